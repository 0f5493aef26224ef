/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "keys.h"
#include "lab.h"
#include "pki_extensions.h"

struct pki {
    const char *dir;
    time_t start;
    struct cert *certs;
    size_t n;
    long serial;
};

const struct cert *pki_find(const struct pki *pki, const char *name)
{
    for (size_t i = 0; i < pki->n; i++)
        if (strcmp(pki->certs[i].name, name) == 0)
            return &pki->certs[i];
    return NULL;
}

const struct cert *pki_at(const struct pki *pki, size_t n)
{
    return n < pki->n ? &pki->certs[n] : NULL;
}

/* ---- the line ---- */

static void read_option(struct pki_request *r, const struct word *w)
{
    const struct {
        const char *key;
        const char **value;
    } texts[] = {
        {"key", &r->key}, {"issuer", &r->issuer}, {"chain", &r->chain}, {"from", &r->from},
        {"to", &r->to},   {"md", &r->md},         {"aia", &r->aia},     {"eku", &r->eku},
        {"dns", &r->dns}, {"ip", &r->ip},         {"ocsp", &r->ocsp},   {"same", &r->same},
        {"ku", &r->ku},   {"akid", &r->akid},
    };
    const char *value;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if ((value = script_value(w, texts[i].key)) == NULL)
            continue;
        *texts[i].value = value;
        return;
    }
    if (script_value(w, "cn") != NULL)
        r->cn = w;
    else if (script_value(w, "o") != NULL)
        r->o = w;
    else if ((value = script_value(w, "ca")) != NULL)
        r->ca = strcmp(value, "yes") == 0;
    else if ((value = script_value(w, "must-staple")) != NULL)
        r->must_staple = strcmp(value, "yes") == 0;
    else if ((value = script_value(w, "pad")) != NULL)
        r->pad = script_number(r->where, value, 1, 2000000);
    else if ((value = script_value(w, "ext")) != NULL && r->n_ext < sizeof r->ext / sizeof *r->ext)
        r->ext[r->n_ext++] = value;
    else if ((value = script_value(w, "crl")) != NULL && r->n_crl < sizeof r->crl / sizeof *r->crl)
        r->crl[r->n_crl++] = value;
    else if ((value = script_value(w, "names")) != NULL)
        r->names = script_number(r->where, value, 1, 5000);
    else if ((value = script_value(w, "constraints")) != NULL)
        r->constraints = script_number(r->where, value, 1, 5000);
    else if ((value = script_value(w, "serial")) != NULL)
        r->serial = script_number(r->where, value, 0, 2147483647);
    else
        script_error(r->where, "cert: unknown option \"%s\"", w->p);
}

static struct pki_request read_request(const struct statement *s)
{
    struct pki_request r = {
        .where = s,
        .name = script_text(s, 1),
        .key = "ec",
        .issuer = "inter",
        .chain = "inter",
        .from = "-30d",
        .to = "+83d12h",
        .md = "sha256",
        .eku = "server",
        .akid = "yes",
        .serial = -1,
    };

    for (size_t i = 2; i < s->n; i++)
        read_option(&r, &s->words[i]);
    return r;
}

/* ---- building ---- */

/* Raw, without OpenSSL's checks: hostile bytes are what some scenarios are about. Only a UTF8String
 * that is none cannot be encoded. */
static void name_entry(X509_NAME *name, int nid, const struct word *w)
{
    const unsigned char *value = (const unsigned char *)w->p + w->key_len + 1;
    int len = (int)(w->len - w->key_len - 1);
    int type = ASN1_mbstring_copy(NULL, value, len, MBSTRING_UTF8, B_ASN1_UTF8STRING);

    X509_NAME_add_entry_by_NID(name, nid, type < 0 ? V_ASN1_T61STRING : V_ASN1_UTF8STRING, value,
                               len, -1, 0);
}

static void set_subject(X509 *x, const struct pki_request *r)
{
    X509_NAME *name = X509_NAME_new();

    if (r->o != NULL)
        name_entry(name, NID_organizationName, r->o);
    if (r->cn != NULL)
        name_entry(name, NID_commonName, r->cn);
    X509_set_subject_name(x, name);
    X509_NAME_free(name);
}

static void sign(X509 *x, EVP_PKEY *key, const struct pki_request *r)
{
    const EVP_MD *md = EVP_get_digestbyname(r->md);

    if (md == NULL)
        script_error(r->where, "md: unknown digest \"%s\"", r->md);
    if (X509_sign(x, key, EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 ? NULL : md) <= 0)
        script_error(r->where,
                     "the key of %s cannot sign certificate %s with %s (md5 needs an RSA issuer)",
                     r->issuer, r->name, r->md);
}

static void build(struct pki *pki, const struct pki_request *r, struct cert *c)
{
    const struct cert *issuer = strcmp(r->issuer, "self") == 0 ? c : pki_find(pki, r->issuer);

    if (issuer == NULL)
        script_error(r->where, "issuer: there is not a certificate \"%s\" above this line",
                     r->issuer);
    c->key = keys_make(r->key);
    if (c->key == NULL)
        script_error(r->where, "key: cannot make a key \"%s\"", r->key);
    c->x = X509_new();
    X509_set_version(c->x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(c->x), r->serial >= 0 ? r->serial : ++pki->serial);
    ASN1_TIME_set(X509_getm_notBefore(c->x), lab_time(r->where, pki->start, r->from));
    ASN1_TIME_set(X509_getm_notAfter(c->x), lab_time(r->where, pki->start, r->to));
    set_subject(c->x, r);
    X509_set_issuer_name(c->x, X509_get_subject_name(issuer->x));
    X509_set_pubkey(c->x, c->key);
    pki_set_extensions(c->x, issuer->x, r);
    sign(c->x, issuer->key, r);
}

static void take(const struct pki *pki, const struct pki_request *r, struct cert *c)
{
    const struct cert *twin = pki_find(pki, r->same);

    if (twin == NULL)
        script_error(r->where, "same: there is not a certificate \"%s\" above this line", r->same);
    c->x = twin->x;
    c->key = twin->key;
}

/* "inter,other*3": in that order, each as often as it says. */
static void set_chain(const struct pki *pki, const struct pki_request *r, struct cert *c)
{
    char *list = copy_of(r->chain, strlen(r->chain)), *next = list, *item;

    c->chain = sk_X509_new_null();
    while (strcmp(r->chain, "none") != 0 && (item = strsep(&next, ",")) != NULL) {
        char *star = strchr(item, '*');
        long times = star != NULL ? script_number(r->where, star + 1, 1, 10000) : 1;
        const struct cert *link;

        if (star != NULL)
            *star = '\0';
        link = strcmp(item, r->name) == 0 ? c : pki_find(pki, item);
        if (link == NULL)
            script_error(r->where, "chain: there is not a certificate \"%s\" above this line",
                         item);
        while (times-- > 0)
            sk_X509_push(c->chain, link->x);
    }
    free(list);
}

static void save(const struct pki *pki, struct cert *c)
{
    FILE *f;

    c->pem = text_of("%s/pki/%s.pem", pki->dir, c->name);
    c->key_pem = text_of("%s/pki/%s.key", pki->dir, c->name);
    if ((f = fopen(c->pem, "we")) != NULL) {
        PEM_write_X509(f, c->x);
        fclose(f);
    }
    if ((f = fopen(c->key_pem, "we")) != NULL) {
        PEM_write_PrivateKey(f, c->key, NULL, NULL, 0, NULL, NULL);
        fclose(f);
    }
}

static void make(struct pki *pki, const struct pki_request *r)
{
    struct cert c = {.name = copy_of(r->name, strlen(r->name))};

    if (pki_find(pki, r->name) != NULL)
        script_error(r->where, "there is a certificate \"%s\" already", r->name);
    if (r->same != NULL)
        take(pki, r, &c);
    else
        build(pki, r, &c);
    set_chain(pki, r, &c);
    save(pki, &c);
    pki->certs = grow(pki->certs, &pki->n, sizeof *pki->certs);
    pki->certs[pki->n - 1] = c;
}

void pki_add(struct pki *pki, const struct statement *s)
{
    struct pki_request r = read_request(s);

    if (strchr(r.name, '/') != NULL)
        script_error(s, "a certificate's name is a file's name, too: no slash");
    make(pki, &r);
}

static void make_authority(struct pki *pki, const char *name, const char *issuer, const char *cn)
{
    static const struct statement where = {.file = "predefined"};
    char *full_cn = text_of("cn=%s", cn);
    struct word cn_word = {.p = full_cn, .len = strlen(full_cn), .key_len = 2};
    char o[] = "o=Lab";
    struct word o_word = {.p = o, .len = sizeof o - 1, .key_len = 1};
    struct pki_request r = {
        .where = &where,
        .name = name,
        .key = "ec",
        .issuer = issuer,
        .chain = "none",
        .from = "-365d",
        .to = "+3652d",
        .md = "sha256",
        .eku = "none",
        .akid = "yes",
        .ca = true,
        .serial = -1,
        .cn = &cn_word,
        .o = &o_word,
    };

    make(pki, &r);
    free(full_cn);
}

struct pki *pki_new(const char *dir, time_t start)
{
    struct pki *pki = need(1, sizeof *pki);
    char *sub = text_of("%s/pki", dir);

    pki->dir = dir;
    pki->start = start;
    pki->serial = 4096;
    mkdir(sub, 0700);
    free(sub);
    make_authority(pki, "root", "self", "Lab Root CA");
    make_authority(pki, "inter", "root", "Lab Intermediate CA");
    make_authority(pki, "stranger", "self", "Stranger Root CA");
    return pki;
}

char *pki_hex(const struct cert *cert, int selector, int matching)
{
    unsigned char *der = NULL, md[EVP_MAX_MD_SIZE];
    const unsigned char *data;
    int len = selector == 0 ? i2d_X509(cert->x, &der)
                            : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert->x), &der);
    unsigned n = (unsigned)len;
    struct buf hex = {0};

    data = der;
    if (matching != 0) {
        EVP_Digest(der, (size_t)len, md, &n, matching == 2 ? EVP_sha512() : EVP_sha256(), NULL);
        data = md;
    }
    for (unsigned i = 0; i < n; i++)
        buf_fmt(&hex, "%02x", data[i]);
    OPENSSL_free(der);
    return hex.p;
}
