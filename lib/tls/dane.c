/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/dane.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

bool dane_tlsa_fits(size_t len)
{
    return len >= 4 && len - 3 <= DANE_DATA_MAX;
}

bool dane_tlsa_read(struct dane_tlsa *out, const unsigned char *rdata, size_t len)
{
    unsigned char *data;

    if (!dane_tlsa_fits(len))
        return false;
    data = malloc(len - 3);
    if (!data)
        return false;
    memcpy(data, rdata + 3, len - 3);
    *out = (struct dane_tlsa){rdata[0], rdata[1], rdata[2], data, len - 3};
    return true;
}

void dane_tlsa_clear(struct dane_tlsa *t)
{
    free(t->data);
    *t = (struct dane_tlsa){0};
}

/* Whether the data are one whole certificate whose key OpenSSL can read. */
static bool is_certificate(const unsigned char *data, size_t len)
{
    const unsigned char *p = data;
    X509 *x = d2i_X509(NULL, &p, (long)len);
    bool ok = x && p == data + len && X509_get0_pubkey(x);

    X509_free(x);
    ERR_clear_error();
    return ok;
}

/* Whether the data are one whole SubjectPublicKeyInfo that OpenSSL can read. */
static bool is_key(const unsigned char *data, size_t len)
{
    const unsigned char *p = data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)len);
    bool ok = key && p == data + len;

    EVP_PKEY_free(key);
    ERR_clear_error();
    return ok;
}

enum dane_problem dane_tlsa_problem(const struct dane_tlsa *t)
{
    static const size_t digest_length[] = {0, 32, 64};

    if (t->usage != 2 && t->usage != 3)
        return DANE_USAGE;
    if (t->selector > 1)
        return DANE_SELECTOR;
    if (t->matching > 2)
        return DANE_MATCHING;
    if (t->matching > 0 && t->len != digest_length[t->matching])
        return DANE_DIGEST;
    if (t->matching == 0 && t->selector == 0 && !is_certificate(t->data, t->len))
        return DANE_CERTIFICATE;
    if (t->matching == 0 && t->selector == 1 && !is_key(t->data, t->len))
        return DANE_KEY;
    return DANE_USABLE;
}

bool dane_tlsa_usable(const struct dane_tlsa *t)
{
    return dane_tlsa_problem(t) == DANE_USABLE;
}

bool dane_tlsa_malformed(const struct dane_tlsa *t)
{
    enum dane_problem problem = dane_tlsa_problem(t);

    return problem == DANE_DIGEST || problem == DANE_CERTIFICATE || problem == DANE_KEY;
}

void dane_tlsa_why(const struct dane_tlsa *t, char *out, size_t cap)
{
    switch (dane_tlsa_problem(t)) {
    case DANE_USABLE:
        text_copy(out, cap, "");
        break;
    case DANE_USAGE:
        text_format(out, cap, "usage %u is not for SMTP (RFC 7672 3.1.3)", t->usage);
        break;
    case DANE_SELECTOR:
        text_format(out, cap, "selector %u is unknown", t->selector);
        break;
    case DANE_MATCHING:
        text_format(out, cap, "matching type %u is unknown", t->matching);
        break;
    case DANE_DIGEST:
        text_format(out, cap, "its digest has %zu bytes, expected %d", t->len,
                    t->matching == 1 ? 32 : 64);
        break;
    case DANE_CERTIFICATE:
        text_copy(out, cap, "its data are not a certificate that OpenSSL can read");
        break;
    case DANE_KEY:
        text_copy(out, cap, "its data are not a public key that OpenSSL can read");
        break;
    }
}

void dane_tlsa_text(const struct dane_tlsa *t, char *out, size_t cap)
{
    size_t shown = t->len > 64 ? 64 : t->len;

    out[0] = '\0';
    text_append(out, cap, "%u %u %u ", t->usage, t->selector, t->matching);
    for (size_t i = 0; i < shown; i++)
        text_append(out, cap, "%02x", t->data[i]);
    if (shown < t->len)
        text_append(out, cap, "...");
}
