/* SPDX-License-Identifier: BSD-2-Clause */
/* print_common: what the policies for Postfix, Exim and OpenSMTPD have in common: partners' names,
 * and which partner's wildcard is the narrowest.
 *
 * It opens nothing. */
#ifndef PARTNER_PRINT_COMMON_H
#define PARTNER_PRINT_COMMON_H

#include "base/hash.h"
#include "base/text.h"
#include "partner/form.h"
#include "partner/partners_mta.h"

enum { PRINT_COMMON_NAME = 100 };

struct print_common_policy {
    const struct partner *partners;
    size_t count;
    const struct form_own *own;
    const struct partners_mta *mta; /* for next hops, answered; NULL: none was asked. A partner's
                                       index is that in `partners` */
};

/* The level that a form comes to: verify and secure are one but for the names, and it is verify
 * where the MX host's is among them. */
enum tls_level print_common_level(const struct partner *p);

/* "# tuv: TUV Rheinland Group"; a "\" of the company becomes "/". */
void print_common_heading(const struct partner *p, struct text *out);

/* The comment in place of what a mail server cannot say. */
void print_common_cannot(const struct partner *p, const char *server, struct text *out);

/* A name for configuration, the same for no two partners; dst has PRINT_COMMON_NAME bytes. */
void print_common_name(const struct print_common_policy *a, const struct partner *p, char *dst);

/* Whether a path needs no quoting, or there is none. */
bool print_common_plain(const char *path);

/* Whether *out is whole; otherwise `e` is filled. */
bool print_common_done(const struct text *out, struct error *e);

/* --- names of several partners --- */

/* The names and wildcards of some of the partners. */
struct print_common_names {
    const struct print_common_policy *policy;
    struct hash index; /* of the partners, by name; a wildcard without its "*" */
};

/* Those of the partners for which `counts` is true. False: out of memory. print_common_names_clear
 * frees. */
bool print_common_names(const struct print_common_policy *a, bool (*counts)(const struct partner *),
                        struct print_common_names *w);
void print_common_names_clear(struct print_common_names *w);

/* A walk over what covers a name: first the name, then the wildcards above it, the narrowest first.
 */
struct print_common_walk {
    const char *key; /* begins as the name, or as ".example.com" for wildcards alone */
    struct hash_walk walk;
    bool begun;
};

/* The next partner that has walk->key; NULL after the last. */
const struct partner *print_common_covering(const struct print_common_names *w,
                                            struct print_common_walk *walk);

/* Whether another partner than p has the name, or the narrowest wildcard above it. */
bool print_common_narrowed(const struct print_common_names *w, const struct partner *p,
                           const char *name);

#endif
