/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/cert.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "unit/tls/pki.h"
#include "unit/unit.h"

/* A string that is not in the encoding that it claims is cleaned byte by byte. */
START_TEST(not_utf8)
{
    struct pki p = pki_make(&(struct pki_spec){.cn = "Z\xc3\xbcrich"}, NULL);
    X509_NAME_ENTRY *entry = X509_NAME_get_entry(X509_get_subject_name(p.x), 0);
    struct cert_facts f;

    ck_assert_int_eq(ASN1_STRING_set(X509_NAME_ENTRY_get_data(entry), "Z\xfcri|ch", 7), 1);
    ck_assert(cert_facts_from(p.x, &f));
    ck_assert_str_eq(f.cn, "Z?ri?ch");
    cert_facts_clear(&f);
    pki_free(&p);
}
END_TEST

/* What OpenSSL refuses although each extension can be read. */
START_TEST(refused_extension)
{
    struct pki p = pki_make(&(struct pki_spec){.cn = "x"}, NULL);
    ASN1_BIT_STRING *no_bits = ASN1_BIT_STRING_new();
    char why[CERT_MALFORMED] = "before";

    ck_assert(!cert_malformed(p.x, why, sizeof why));
    ck_assert_str_eq(why, "");
    pki_free(&p);
    p = pki_make(&(struct pki_spec){.cn = "x"}, NULL);
    ck_assert_int_eq(X509_add1_ext_i2d(p.x, NID_key_usage, no_bits, 0, 0), 1);
    ck_assert(cert_malformed(p.x, why, sizeof why));
    ck_assert_str_eq(why, "an extension that OpenSSL refuses");
    ASN1_BIT_STRING_free(no_bits);
    pki_free(&p);
}
END_TEST

UNIT_CASE(cert_malformed, {not_utf8, 1}, {refused_extension, 1})
