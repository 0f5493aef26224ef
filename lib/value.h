/* value: one value, as an option or a form has it, to what it stands for.
 *
 * Hides the syntax of names, addresses, mailboxes, times and lists. Each returns false or NULL with
 * the error's text, in front of which the asker puts where the value stands. Strings that are
 * returned are the caller's to free. Pure. */
#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "err.h"
#include "terms.h"
#include "threshold.h"

enum { VALUE_LIST_MAX = 256 };

struct value_list {
    const char *at[VALUE_LIST_MAX]; /* owned */
    size_t count;
};

bool value_seconds(const char *s, double *out, struct err *e);
bool value_unsigned(const char *s, unsigned least, unsigned most, const char *noun, unsigned *out,
                    struct err *e);
bool value_range(const char *s, struct threshold_range *out, struct err *e);
/* STAGE=RANGE */
bool value_stage_range(const char *s, struct threshold_range *ranges, struct err *e);
/* CODE=STATE, to an array of FINDING_COUNT */
bool value_on(const char *s, int *states, struct err *e);
bool value_level(const char *s, enum tls_level *out, struct err *e);
/* "1.2" to TLS1_2_VERSION and its name, which is static. */
bool value_min_tls(const char *s, int *version, const char **name, struct err *e);
/* RFC 3339 5.6 */
bool value_time(const char *s, time_t *out, struct err *e);
/* "a,b,c" in place of what is there, which is freed; each passed through `each`, which returns NULL
 * where it will not have it, else a string to be freed. */
bool value_list(const char *s, struct value_list *out,
                const char *(*each)(const char *item, struct err *e), struct err *e);
const char *value_fingerprint(const char *item, struct err *e);
const char *value_match(const char *item, struct err *e);

/* A host or domain name in ASCII form, lower case (IDNA2008, RFC 5891 5). */
const char *value_name(const char *value, struct err *e);

/* The same, or an address literal, also in brackets (RFC 5321 4.1.3). */
const char *value_host(const char *value, struct err *e);

/* local@domain (RFC 5321 4.1.2) with the domain in ASCII form, which *domain points to if it is
 * wanted. */
const char *value_mailbox(const char *value, const char **domain, struct err *e);

#endif
