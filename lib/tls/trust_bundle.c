/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/trust_bundle.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"

/* The text, line by line. */
struct reader {
    const char *at, *end; /* what is still to be read */
    size_t line;          /* of what was read last, from 1 */
};

struct line {
    const char *text;
    size_t len; /* without blanks at its end */
};

/* Takes the next line, which points into the text and may be empty. False: there is none. */
static bool next_line(struct reader *r, struct line *out)
{
    const char *lf;

    if (r->at == r->end)
        return false;
    lf = memchr(r->at, '\n', (size_t)(r->end - r->at));
    *out = (struct line){r->at, (size_t)((lf ? lf : r->end) - r->at)};
    r->at = lf ? lf + 1 : r->end;
    r->line++;
    while (out->len > 0 && strchr(" \t\r", out->text[out->len - 1]))
        out->len--;
    return true;
}

/* Whether a line contains a word, in the same case. */
static bool has(const struct line *l, const char *word)
{
    return memmem(l->text, l->len, word, strlen(word)) != NULL;
}

/* Whether a line is exactly that word. */
static bool is(const struct line *l, const char *word)
{
    return l->len == strlen(word) && memcmp(l->text, word, l->len) == 0;
}

/* Whether it is the line "-----BEGIN ...-----" of a certificate, in one of its three labels. */
static bool begins_certificate(const struct line *l)
{
    return is(l, "-----BEGIN CERTIFICATE-----") || is(l, "-----BEGIN X509 CERTIFICATE-----") ||
           is(l, "-----BEGIN TRUSTED CERTIFICATE-----");
}

/* Whether it is the line "-----END ...-----" of a certificate, in one of those labels. */
static bool ends_certificate(const struct line *l)
{
    return is(l, "-----END CERTIFICATE-----") || is(l, "-----END X509 CERTIFICATE-----") ||
           is(l, "-----END TRUSTED CERTIFICATE-----");
}

/* A bundle is not encrypted, and nobody is there to be asked for a passphrase. */
#define NO_PASSPHRASE ((void *)"")

/* Adds the certificate whose PEM begins at `from` and ends before `to`. False: it cannot be read,
 * or memory is short. */
static bool add_block(X509_STORE *store, const char *from, const char *to)
{
    BIO *bio = BIO_new_mem_buf(from, (int)(to - from));
    X509 *x = bio ? PEM_read_bio_X509_AUX(bio, NULL, NULL, NO_PASSPHRASE) : NULL;
    bool ok = x != NULL;

    if (x) {
        X509_check_purpose(x, -1, 0); /* has its extensions cached before other threads see it */
        X509_STORE_add_cert(store, x);
    }
    X509_free(x);
    BIO_free(bio);
    return ok;
}

/* Adds the certificate whose first line, at `from`, was the last one read, and reads to its last
 * line. False with `e` filled: it cannot be read, or has no end. */
static bool take_block(X509_STORE *store, struct reader *r, const char *from, struct error *e)
{
    size_t first = r->line;
    struct line l;

    while (next_line(r, &l)) {
        if (ends_certificate(&l)) {
            if (add_block(store, from, r->at))
                return true;
            if (shortage_noted())
                return error_memory(e);
            return error_set(e, ERROR_FILE,
                             "line %zu: the certificate that begins here cannot be read", first);
        }
        if (has(&l, "-----END ") && has(&l, "-----BEGIN "))
            return error_set(e, ERROR_FILE,
                             "line %zu: a newline is missing between two certificates", r->line);
        if (has(&l, "-----"))
            return error_set(e, ERROR_FILE,
                             "line %zu: not within a certificate, which began in line %zu", r->line,
                             first);
    }
    return error_set(e, ERROR_FILE, "line %zu: the certificate that begins here has no end", first);
}

/* --- other formats --- */

/* Whether the text begins with a certificate in DER; more may follow. */
static bool is_der_certificate(const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;
    X509 *x = d2i_X509(NULL, &at, (long)len);

    X509_free(x);
    return x != NULL;
}

/* Whether the text begins with PKCS#7 in DER. */
static bool is_der_pkcs7(const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;
    PKCS7 *p = d2i_PKCS7(NULL, &at, (long)len);

    PKCS7_free(p);
    return p != NULL;
}

/* Whether the text begins with PKCS#12 in DER. */
static bool is_der_pkcs12(const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;
    PKCS12 *p = d2i_PKCS12(NULL, &at, (long)len);

    PKCS12_free(p);
    return p != NULL;
}

/* Whether a text that is no PEM is in no format that we know. False with `e` filled: it has to be
 * converted, and how, as the predicate of a sentence about the file. */
static bool refuse_der(const char *text, size_t len, struct error *e)
{
    if (is_der_certificate(text, len))
        return error_set(e, ERROR_FILE, "is DER, not PEM: openssl x509 -inform DER -in FILE");
    if (is_der_pkcs7(text, len))
        return error_set(e, ERROR_FILE,
                         "is PKCS#7, not PEM certificates: "
                         "openssl pkcs7 -inform DER -print_certs -in FILE");
    if (is_der_pkcs12(text, len))
        return error_set(e, ERROR_FILE,
                         "is PKCS#12, not PEM certificates: openssl pkcs12 -nokeys -in FILE");
    return true;
}

/* --- all of it --- */

/* Whether a line outside of certificates, the last one read, is harmless, whatever else it has.
 * False with `e` filled, the text without the file's name. */
static bool pass_line(const struct reader *r, const struct line *l, struct error *e)
{
    if (is(l, "-----BEGIN PKCS7-----") || is(l, "-----BEGIN CMS-----"))
        return error_set(e, ERROR_FILE,
                         "is PKCS#7, not PEM certificates: "
                         "openssl pkcs7 -print_certs -in FILE");
    if (has(l, "CERTIFICATE-----"))
        return error_set(e, ERROR_FILE, "line %zu: neither begins a certificate nor ends one",
                         r->line);
    return true;
}

/* The length of a byte order mark, which some editors put before the first line: 3, or 0 where
 * there is none. */
static size_t byte_order_mark(const char *text, size_t len)
{
    return len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

bool trust_bundle_add(X509_STORE *store, const char *text, size_t len, size_t *count,
                      struct error *e)
{
    struct reader r = {text + byte_order_mark(text, len), text + len, 0};
    struct line l;
    bool ok = true;

    *count = 0;
    if (len > 0 && text[0] == 0x30)
        ok = refuse_der(text, len, e);
    while (ok && next_line(&r, &l)) {
        if (!begins_certificate(&l)) {
            ok = pass_line(&r, &l, e);
            continue;
        }
        ok = take_block(store, &r, l.text, e);
        *count += ok;
    }
    ERR_clear_error();
    return ok;
}

bool trust_bundle_find(X509_STORE *store, const X509_NAME *name, X509_OBJECT *out)
{
    X509_OBJECT *found;
    X509 *x = NULL;

    X509_STORE_lock(store);
    found = X509_OBJECT_retrieve_by_subject(X509_STORE_get0_objects(store), X509_LU_X509, name);
    if (found)
        x = X509_OBJECT_get0_X509(found);
    if (x)
        X509_OBJECT_set1_X509(out, x);
    X509_STORE_unlock(store);
    /* The store takes its own reference of what it is handed; it stays in the store anyway. */
    X509_free(x);
    return x != NULL;
}
