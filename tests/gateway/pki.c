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

struct pki {
    const char *dir;
    time_t start;
    struct cert *certs;
    size_t n;
    long serial;
};

/* One `cert` line, read. */
struct request {
    const struct statement *where;
    const char *name, *key, *issuer, *chain, *from, *to, *md, *aia, *ocsp, *crl, *eku, *dns, *ip,
        *same;
    const struct word *cn, *o;
    bool ca, must_staple;
    long pad, serial;
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

static void read_option(struct request *r, const struct word *w)
{
    const struct {
        const char *key;
        const char **value;
    } texts[] = {
        {"key", &r->key}, {"issuer", &r->issuer}, {"chain", &r->chain}, {"from", &r->from},
        {"to", &r->to},   {"md", &r->md},         {"aia", &r->aia},     {"eku", &r->eku},
        {"dns", &r->dns}, {"ip", &r->ip},           {"ocsp", &r->ocsp},     {"crl", &r->crl},
        {"same", &r->same},
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
    else if ((value = script_value(w, "serial")) != NULL)
        r->serial = script_number(r->where, value, 0, 2147483647);
    else
        script_error(r->where, "cert: unknown option \"%s\"", w->p);
}

static struct request read_request(const struct statement *s)
{
    struct request r = {
        .where = s,
        .name = script_text(s, 1),
        .key = "ec",
        .issuer = "inter",
        .chain = "inter",
        .from = "-30d",
        .to = "+83d12h",
        .md = "sha256",
        .eku = "server",
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

    X509_NAME_add_entry_by_NID(name, nid, type < 0 ? V_ASN1_T61STRING : V_ASN1_UTF8STRING, value, len,
                               -1, 0);
}

static void set_subject(X509 *x, const struct request *r)
{
    X509_NAME *name = X509_NAME_new();

    if (r->o != NULL)
        name_entry(name, NID_organizationName, r->o);
    if (r->cn != NULL)
        name_entry(name, NID_commonName, r->cn);
    X509_set_subject_name(x, name);
    X509_NAME_free(name);
}

static void extend(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;

    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    if (ext != NULL)
        X509_add_ext(x, ext, -1);
    X509_EXTENSION_free(ext);
}

static void push_name(GENERAL_NAMES *names, int type, const void *bytes, size_t len)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value = type == GEN_DNS ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();

    ASN1_STRING_set(value, bytes, (int)len);
    GENERAL_NAME_set0_value(name, type, value);
    sk_GENERAL_NAME_push(names, name);
}

static void push_ip(GENERAL_NAMES *names, const struct statement *where, const char *text)
{
    unsigned char address[16];

    if (inet_pton(AF_INET, text, address) == 1)
        push_name(names, GEN_IPADD, address, 4);
    else if (inet_pton(AF_INET6, text, address) == 1)
        push_name(names, GEN_IPADD, address, 16);
    else
        script_error(where, "\"%s\" is not an address", text);
}

static void set_alt_names(X509 *x, const struct request *r)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    char *list, *next, *item;

    if (r->dns != NULL) {
        list = next = copy_of(r->dns, strlen(r->dns));
        while ((item = strsep(&next, ",")) != NULL)
            push_name(names, GEN_DNS, item, strlen(item));
        free(list);
    }
    if (r->ip != NULL) {
        list = next = copy_of(r->ip, strlen(r->ip));
        while ((item = strsep(&next, ",")) != NULL)
            push_ip(names, r->where, item);
        free(list);
    }
    if (sk_GENERAL_NAME_num(names) > 0)
        X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
    GENERAL_NAMES_free(names);
}

static void set_padding(X509 *x, size_t len)
{
    ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1);
    ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
    char *bytes = need(len, 1);
    X509_EXTENSION *ext;

    memset(bytes, 'x', len);
    ASN1_STRING_set(data, bytes, (int)len);
    ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, data);
    X509_add_ext(x, ext, -1);
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(data);
    ASN1_OBJECT_free(oid);
    free(bytes);
}

static void set_usage(X509 *x, X509 *issuer, const struct request *r)
{
    if (strcmp(r->eku, "server") == 0)
        extend(x, issuer, NID_ext_key_usage, "serverAuth");
    else if (strcmp(r->eku, "client") == 0)
        extend(x, issuer, NID_ext_key_usage, "clientAuth");
    else if (strcmp(r->eku, "none") != 0)
        script_error(r->where, "eku: \"%s\" is none of server, client, none", r->eku);
}

static void set_extensions(X509 *x, X509 *issuer, const struct request *r)
{
    extend(x, issuer, NID_basic_constraints, r->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (r->ca)
        extend(x, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    else
        set_usage(x, issuer, r);
    extend(x, issuer, NID_subject_key_identifier, "hash");
    extend(x, issuer, NID_authority_key_identifier, "keyid");
    set_alt_names(x, r);
    if (r->aia != NULL || r->ocsp != NULL) {
        char *value = text_of("%s%s%s%s%s", r->aia ? "caIssuers;URI:" : "", r->aia ? r->aia : "",
                              r->aia && r->ocsp ? "," : "", r->ocsp ? "OCSP;URI:" : "",
                              r->ocsp ? r->ocsp : "");

        extend(x, issuer, NID_info_access, value);
        free(value);
    }
    if (r->crl != NULL) {
        char *value = text_of("URI:%s", r->crl);

        extend(x, issuer, NID_crl_distribution_points, value);
        free(value);
    }
    if (r->must_staple)
        extend(x, issuer, NID_tlsfeature, "status_request");
    if (r->pad > 0)
        set_padding(x, (size_t)r->pad);
}

static void sign(X509 *x, EVP_PKEY *key, const struct request *r)
{
    const EVP_MD *md = EVP_get_digestbyname(r->md);

    if (md == NULL)
        script_error(r->where, "md: unknown digest \"%s\"", r->md);
    if (X509_sign(x, key, EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 ? NULL : md) <= 0)
        script_error(r->where,
                     "the key of %s cannot sign certificate %s with %s (md5 needs an RSA issuer)",
                     r->issuer, r->name, r->md);
}

static void build(struct pki *pki, const struct request *r, struct cert *c)
{
    const struct cert *issuer = strcmp(r->issuer, "self") == 0 ? c : pki_find(pki, r->issuer);

    if (issuer == NULL)
        script_error(r->where, "issuer: there is no certificate \"%s\" above this line", r->issuer);
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
    set_extensions(c->x, issuer->x, r);
    sign(c->x, issuer->key, r);
}

static void take(const struct pki *pki, const struct request *r, struct cert *c)
{
    const struct cert *twin = pki_find(pki, r->same);

    if (twin == NULL)
        script_error(r->where, "same: there is no certificate \"%s\" above this line", r->same);
    c->x = twin->x;
    c->key = twin->key;
}

/* "inter,other*3": in that order, each as often as it says. */
static void set_chain(const struct pki *pki, const struct request *r, struct cert *c)
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
            script_error(r->where, "chain: there is no certificate \"%s\" above this line", item);
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

static void make(struct pki *pki, const struct request *r)
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
    struct request r = read_request(s);

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
    struct request r = {
        .where = &where,
        .name = name,
        .key = "ec",
        .issuer = issuer,
        .chain = "none",
        .from = "-365d",
        .to = "+3652d",
        .md = "sha256",
        .eku = "none",
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
