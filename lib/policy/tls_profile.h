/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_profile: a published guideline for TLS, as a file: what a gateway may accept (the profile
 * files in share/mailtls-plugins/profiles, docs/profiles.md).
 *
 * Hides the file's syntax. A profile is constant once it was read, and may be used by all threads.
 * Whether a gateway keeps to it is for the judge to say. */
#ifndef POLICY_TLS_PROFILE_H
#define POLICY_TLS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"
#include "tls/tls_code.h"

/* What a profile says of a protocol version, cipher suite, group or signature algorithm. */
enum tls_profile_rating {
    TLS_PROFILE_ALLOWED,   /* also where the profile says nothing about its kind */
    TLS_PROFILE_PHASE_OUT, /* still, or in the last year that it may be used */
    TLS_PROFILE_FORBIDDEN  /* also what is not listed */
};

/* Keys and finite fields, whose sizes have limits of their own. */
enum tls_profile_key {
    TLS_PROFILE_RSA,
    TLS_PROFILE_EC,
    TLS_PROFILE_DH, /* the field of an ephemeral key exchange with TLS 1.2 and below */
    TLS_PROFILE_KEYS
};

struct tls_profile_entry {
    uint16_t number;
    bool required; /* must be accepted; it is allowed, too */
    enum tls_profile_rating rating;
    int until; /* the last year in which it is allowed; 0: without an end */
};

/* What a section of the file lists. */
struct tls_profile_set {
    bool given;
    struct tls_profile_entry *at; /* owned */
    size_t count;
    char *source; /* where the document says so, or NULL; owned */
};

/* In bits; 0: not limited. */
struct tls_profile_size {
    unsigned allowed, phase_out; /* from how many bits on; phase_out is 0 or below `allowed` */
};

/* Texts are clean and owned. */
struct tls_profile {
    char *name; /* the file's, without ".ini" */
    char *document, *edition, *date;
    struct tls_profile_set sets[TLS_CODE_KINDS];
    struct tls_profile_size sizes[TLS_PROFILE_KEYS];
};

/* Reads a profile from `len` bytes; `path` names it in messages. The caller frees the result by
 * tls_profile_free. NULL with `e` filled: "PATH:LINE: SECTION: KEY: text", or memory. */
struct tls_profile *tls_profile_read(const char *path, const char *data, size_t len,
                                     struct error *e);

/* The same with a file that is found and read: one of that path where `value` has a "/", else
 * NAME.ini in the first of the `count` directories that has it. */
struct tls_profile *tls_profile_load(const char *value, const char *const *directories,
                                     size_t count, struct error *e);

/* NULL is fine. */
void tls_profile_free(struct tls_profile *p);

/* What the profile says of a number in the year of `now`, in UTC. */
enum tls_profile_rating tls_profile_rate(const struct tls_profile *p, enum tls_code_kind kind,
                                         unsigned number, time_t now);

/* Whether the profile requires a number. */
bool tls_profile_requires(const struct tls_profile *p, enum tls_code_kind kind, unsigned number);

/* The rating of a key or a field of `bits` bits. */
enum tls_profile_rating tls_profile_rate_size(const struct tls_profile *p, enum tls_profile_key key,
                                              unsigned bits);

#endif
