/* SPDX-License-Identifier: BSD-2-Clause */
/* mtasts: the TXT record and the policy of MTA-STS (RFC 8461), the record of TLSRPT (RFC 8460).
 *
 * Strict: what the grammars do not have is a fault, said in words. Pure; it allocates nothing and
 * judges nothing. */
#ifndef POLICY_MTASTS_H
#define POLICY_MTASTS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    MTASTS_POLICY_MAX = 65536, /* RFC 8461 3.3 */
    MTASTS_MAX_AGE = 31557600, /* RFC 8461 3.2 */
    MTASTS_TXT_MAX = 4096      /* of a TXT record's strings together */
};

/* Joins the strings of a TXT RDATA without anything between them (RFC 8461 3.1). Returns the
 * length; 0 where the RDATA is malformed or does not fit. */
size_t mtasts_join(const unsigned char *rdata, size_t len, char *out, size_t cap);

/* Whether a record is of MTA-STS (RFC 8461 3.1), of TLSRPT (RFC 8460 3); others at the same name do
 * not count. */
bool mtasts_is_record(const char *s, size_t len);
bool mtasts_is_tlsrpt(const char *s, size_t len);

struct mtasts_record {
    char id[33];
    char fault[120]; /* where it cannot be read */
};

/* Reads the TXT record (RFC 8461 3.1). False with `fault` filled. */
bool mtasts_record_read(const char *s, size_t len, struct mtasts_record *out);

struct tlsrpt_record {
    char rua[200]; /* addresses for reports, cleaned */
    char fault[120];
};

/* Reads the TXT record (RFC 8460 3). False with `fault` filled. */
bool mtasts_tlsrpt_read(const char *s, size_t len, struct tlsrpt_record *out);

enum mtasts_mode { MTASTS_NONE, MTASTS_TESTING, MTASTS_ENFORCE };

struct mtasts_policy {
    enum mtasts_mode mode;
    long max_age; /* seconds */
    size_t mx_count;
    char mx[200]; /* for people: the patterns, cleaned, as many as fit */
    bool usable;  /* version, mode and MX hosts are known, whatever else is wrong */
    char fault[120];
};

/* Reads a policy (RFC 8461 3.2), past what is wrong; of a repeated key other than mx the first one
 * counts. False: `fault` has the first fault, with its line. */
bool mtasts_policy_read(const char *s, size_t len, struct mtasts_policy *out);

/* Whether a policy lists an MX host (RFC 8461 4.1): "*." stands for exactly one
 * label. */
bool mtasts_policy_lists(const char *s, size_t len, const char *host);

const char *mtasts_mode_name(enum mtasts_mode mode);

#endif
