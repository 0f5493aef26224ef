/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_profile.h"

#include <string.h>

#include "policy/tls_profile.h"
#include "unit/judge/fixture.h"
#include "unit/unit.h"

static const char text[] =
    "[profile]\ndocument = A guideline\nedition = 1\ndate = 2026-11-30\n"
    "[key-sizes]\nrsa = 3072\nrsa-phase-out = 2048\nec = 256\nec-phase-out = 224\n";

static const struct {
    enum cert_kind kind;
    const char *key;
    unsigned bits;
    int want; /* a code, -1: none */
    const char *headline;
} keys[] = {
    {CERT_RSA, "RSA 3072", 3072, -1, NULL},
    {CERT_RSA, "RSA 2048", 2048, F_TLS_PROFILE_DEPRECATED, "RSA key of 2048 bits phased out by p"},
    {CERT_RSA, "RSA 1024", 1024, F_TLS_PROFILE_VIOLATION, "RSA key of 1024 bits not allowed by p"},
    {CERT_ECDSA, "EC 256", 256, -1, NULL},
    {CERT_ECDSA, "EC 224", 224, F_TLS_PROFILE_DEPRECATED,
     "elliptic curve key of 224 bits phased out by p"},
    {CERT_OTHER, "ED448 456", 456, -1, NULL},
    {CERT_OTHER, "DSA 3072", 3072, -1, NULL},
    {CERT_OTHER, "DSA 1024", 1024, F_TLS_PROFILE_VIOLATION,
     "DSA key of 1024 bits not allowed by p"},
    {CERT_OTHER, "unknown key", 0, -1, NULL},
};

START_TEST(key)
{
    static const struct profile_facts whole = {
        .outcomes = {PROFILE_WHOLE, PROFILE_WHOLE, PROFILE_WHOLE, PROFILE_WHOLE, PROFILE_WHOLE,
                     PROFILE_WHOLE, PROFILE_WHOLE, PROFILE_WHOLE, PROFILE_WHOLE}};
    const struct profile_facts *profiles[] = {&whole};
    struct error e = {0};
    struct tls_profile *p = tls_profile_read("p.ini", text, strlen(text), &e);
    struct fixture f;
    struct cert_facts *leaf;
    const struct finding *found;

    fixture_one(&f);
    f.policy.profile = p;
    f.facts.profiles = profiles;
    leaf = &fixture_at(&f, 0, 0)->chain.certs[0];
    leaf->kind = keys[_i].kind;
    leaf->key = keys[_i].key;
    leaf->key_bits = keys[_i].bits;
    fixture_judge(&f);
    ck_assert_uint_eq(fixture_count(&f, F_TLS_PROFILE_VIOLATION) +
                          fixture_count(&f, F_TLS_PROFILE_DEPRECATED),
                      keys[_i].want >= 0);
    ck_assert_uint_eq(fixture_count(&f, F_NOT_PROBED), 0);
    if (keys[_i].want >= 0) {
        found = fixture_find(&f, (enum finding_code)keys[_i].want);
        ck_assert_msg(found, "%s", keys[_i].key);
        ck_assert_str_eq(found->headline, keys[_i].headline);
    }
    fixture_close(&f);
    tls_profile_free(p);
}
END_TEST

UNIT_CASE(judge_profile, {key, COUNT(keys)})
