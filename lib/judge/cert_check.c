/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/cert_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "probe/plan.h"

/* The basis of the verdict on a certificate. */
enum basis { BY_NOTHING, BY_TRUST_STORE, BY_TLSA, BY_FINGERPRINT };

/* Returns by which means the policy verifies the chain. BY_NOTHING: at the levels may and encrypt,
 * and at the dane levels where there are no usable records. */
static enum basis basis_of(const struct tls_policy *policy, const struct trust_facts *f)
{
    switch (policy->level) {
    case LEVEL_VERIFY:
    case LEVEL_SECURE:
        return BY_TRUST_STORE;
    case LEVEL_FINGERPRINT:
        return BY_FINGERPRINT;
    case LEVEL_DANE:
    case LEVEL_DANE_ONLY:
        return f->dane_asked ? BY_TLSA : BY_NOTHING;
    default:
        return BY_NOTHING;
    }
}

bool cert_check_is_dane(const struct tls_policy *policy, const struct trust_facts *f)
{
    return basis_of(policy, f) == BY_TLSA;
}

/* Whether a record of usage 3 matched: DANE-EE, with which nothing else counts (RFC 7672 3.1.1).
 * The TLS level is not looked at: the caller has checked that TLSA records decide. */
static bool is_by_leaf(const struct trust_facts *f)
{
    return f->dane_matched && f->dane_usage == 3;
}

bool cert_check_has_dates(const struct tls_policy *policy, const struct trust_facts *f)
{
    switch (basis_of(policy, f)) {
    case BY_FINGERPRINT:
        return false;
    case BY_TLSA:
        return f->dane_matched && !is_by_leaf(f);
    default:
        return true;
    }
}

/* Appends a copy of the failure. Where memory runs out it sets l->failed and appends nothing. */
static void add(struct cert_failures *l, struct cert_failure failure)
{
    struct cert_failure *at = array_grow(l->at, l->count, sizeof *at);

    if (!at) {
        l->failed = true;
        return;
    }
    l->at = at;
    at[l->count++] = failure;
}

/* --- the chain --- */

/* Whether an X509_V_ERR_... code says that a key or a signature is too weak. */
static bool is_weakness(int code)
{
    return code == X509_V_ERR_EE_KEY_TOO_SMALL || code == X509_V_ERR_CA_KEY_TOO_SMALL ||
           code == X509_V_ERR_CA_MD_TOO_WEAK;
}

/* Whether an X509_V_ERR_... code only says that no certificate of the path is trusted. */
static bool is_lack_of_trust(int code)
{
    return code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           code == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
           code == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

/* Returns CERT_CHECK_WEAK, _NO_ROOTS or _UNREADABLE where that fits the fault, else _UNTRUSTED.
 * `empty`: our trust store is empty. */
static enum cert_check_kind kind_of(const struct trust_fault *fault, bool empty)
{
    if (is_weakness(fault->code))
        return CERT_CHECK_WEAK;
    if (empty && is_lack_of_trust(fault->code))
        return CERT_CHECK_NO_ROOTS;
    if (fault->unreadable[0])
        return CERT_CHECK_UNREADABLE;
    return CERT_CHECK_UNTRUSTED;
}

/* Appends a failure for each fault, and nothing where there is none. The failures point to the
 * faults, so `faults` must outlive *out. `empty`: our trust store is empty. */
static void check_trust(const struct trust_faults *faults, bool empty, struct cert_failures *out)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct trust_fault *fault = &faults->at[i];

        add(out, (struct cert_failure){.kind = kind_of(fault, empty), .fault = fault});
    }
}

/* Appends a failure for each certificate of the path that has expired or is not valid yet at `now`;
 * one that is both is not valid yet. Certificates that were served outside the path do not count.
 * The failures point to the certificates, so `f` must outlive *out. */
static void check_dates(const struct trust_facts *f, time_t now, struct cert_failures *out)
{
    for (size_t i = 0; i < f->cert_count; i++) {
        const struct cert_facts *c = &f->certs[i];

        if (c->path == 0)
            continue;
        if (difftime(c->not_before, now) > 0)
            add(out, (struct cert_failure){.kind = CERT_CHECK_EARLY, .cert = c});
        else if (difftime(c->not_after, now) < 0) /* notAfter is valid (RFC 5280 4.1.2.5) */
            add(out, (struct cert_failure){.kind = CERT_CHECK_EXPIRED, .cert = c});
    }
}

/* Whether the certificate or its key has one of the policy's fingerprints, which are in lower case
 * as those of the certificate. False where the policy has none. */
static bool has_fingerprint(const struct tls_policy *policy, const struct cert_facts *leaf)
{
    for (size_t i = 0; i < policy->fingerprint_count; i++) {
        const char *fingerprint = policy->fingerprints[i];

        if (strcmp(fingerprint, leaf->sha256) == 0 || strcmp(fingerprint, leaf->key_sha256) == 0)
            return true;
    }
    return false;
}

void cert_check_chain(const struct tls_policy *policy, const struct trust_facts *f, time_t now,
                      struct cert_failures *out)
{
    bool by_tlsa = cert_check_is_dane(policy, f);

    if (basis_of(policy, f) == BY_FINGERPRINT && !has_fingerprint(policy, &f->certs[0]))
        add(out, (struct cert_failure){.kind = CERT_CHECK_FINGERPRINT});
    if (by_tlsa && !f->dane_matched)
        add(out, (struct cert_failure){.kind = CERT_CHECK_TLSA});
    if (!cert_check_has_dates(policy, f))
        return;
    if (by_tlsa)
        check_trust(&f->dane, false, out);
    else
        check_trust(&f->pkix, trust_empty(policy->trust) != NULL, out);
    check_dates(f, now, out);
}

/* --- names --- */

/* Returns the match of the entry with exactly that name, case included. CERT_MATCH_NONE: the entry
 * says so, or no entry has the name, because the session was not compared with it. */
static enum cert_match match_of(const struct trust_match *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i].name, name) == 0)
            return names[i].match;
    }
    return CERT_MATCH_NONE;
}

void cert_check_dane_names(const struct tls_policy *policy, const struct resolve_target *t,
                           const struct resolve_host *h, const struct trust_facts *f,
                           struct cert_failures *out)
{
    const char *names[PLAN_DANE_NAMES];
    size_t count = plan_dane_names(t, h, names);

    if (!cert_check_is_dane(policy, f) || !f->dane_matched || is_by_leaf(f))
        return;
    for (size_t i = 0; i < count; i++) {
        if (match_of(f->dane_names, f->dane_name_count, names[i]) != CERT_MATCH_NONE)
            return;
    }
    add(out, (struct cert_failure){.kind = CERT_CHECK_DANE_NAME});
}

/* Returns the best match of all names that policy->match gives for mail to `t` by way of `h`:
 * CERT_MATCH_SAN, else _CN, else _NONE. */
static enum cert_match best_match(const struct tls_policy *policy, const struct resolve_target *t,
                                  const struct resolve_host *h, const struct trust_facts *f)
{
    enum cert_match best = CERT_MATCH_NONE;
    char buf[DNS_NAME + 1];

    for (size_t i = 0; i < policy->match_count; i++) {
        const char *name = plan_name(policy->match[i], t, h, buf);
        enum cert_match m = match_of(f->names, f->name_count, name);

        if (m == CERT_MATCH_SAN || best == CERT_MATCH_NONE)
            best = m;
    }
    return best;
}

void cert_check_names(const struct tls_policy *policy, const struct resolve_target *t,
                      const struct resolve_host *h, const struct trust_facts *f,
                      struct cert_failures *out)
{
    enum basis basis = basis_of(policy, f);
    enum cert_match best;

    cert_check_dane_names(policy, t, h, f, out);
    if (basis == BY_TLSA || basis == BY_FINGERPRINT)
        return;
    best = best_match(policy, t, h, f);
    if (best == CERT_MATCH_NONE)
        add(out, (struct cert_failure){.kind = CERT_CHECK_NAME});
    if (best == CERT_MATCH_CN)
        add(out, (struct cert_failure){.kind = CERT_CHECK_CN_ONLY});
}

enum finding_code cert_check_code(enum cert_check_kind kind)
{
    static const enum finding_code codes[] = {
        [CERT_CHECK_UNTRUSTED] = F_CERTIFICATE_NOT_TRUSTED,
        [CERT_CHECK_NO_ROOTS] = F_TRUST_STORE_EMPTY,
        [CERT_CHECK_UNREADABLE] = F_TRUST_STORE_UNREADABLE,
        [CERT_CHECK_WEAK] = F_CERTIFICATE_WEAK,
        [CERT_CHECK_EXPIRED] = F_CERTIFICATE_EXPIRED,
        [CERT_CHECK_EARLY] = F_CERTIFICATE_NOT_YET_VALID,
        [CERT_CHECK_FINGERPRINT] = F_FINGERPRINT_MISMATCH,
        [CERT_CHECK_TLSA] = F_TLSA_INVALID,
        [CERT_CHECK_DANE_NAME] = F_CERTIFICATE_HOST_MISMATCH,
        [CERT_CHECK_NAME] = F_CERTIFICATE_HOST_MISMATCH,
        [CERT_CHECK_CN_ONLY] = F_CERTIFICATE_CN_ONLY,
    };

    return codes[kind];
}

void cert_check_clear(struct cert_failures *l)
{
    free(l->at);
    *l = (struct cert_failures){0};
}
