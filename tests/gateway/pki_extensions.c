/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki_extensions.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

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

static void set_alt_names(X509 *x, const struct pki_request *r)
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
    for (long i = 1; i <= r->names; i++) {
        item = text_of("n%ld.example.test", i);
        push_name(names, GEN_DNS, item, strlen(item));
        free(item);
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

/* "2.5.29.17:0500": an extension as it is, also one that is there already. */
static void set_raw(X509 *x, const struct pki_request *r, const char *text)
{
    char *oid = copy_of(text, strcspn(text, ":"));
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    const char *hex = strchr(text, ':');
    ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
    long len = 0;
    unsigned char *bytes = hex != NULL ? OPENSSL_hexstr2buf(hex + 1, &len) : NULL;
    X509_EXTENSION *ext;

    if (object == NULL || bytes == NULL)
        script_error(r->where, "ext: \"%s\" is not OID:HEX", text);
    ASN1_STRING_set(data, bytes, (int)len);
    ext = X509_EXTENSION_create_by_OBJ(NULL, object, 0, data);
    X509_add_ext(x, ext, -1);
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(data);
    ASN1_OBJECT_free(object);
    OPENSSL_free(bytes);
    free(oid);
}

/* Permits n1.example.test, n2.example.test and so on. */
static void set_constraints(X509 *x, long count)
{
    NAME_CONSTRAINTS *constraints = NAME_CONSTRAINTS_new();

    constraints->permittedSubtrees = sk_GENERAL_SUBTREE_new_null();
    for (long i = 1; i <= count; i++) {
        GENERAL_SUBTREE *tree = GENERAL_SUBTREE_new();
        char *name = text_of("n%ld.example.test", i);
        ASN1_STRING *value = ASN1_IA5STRING_new();

        ASN1_STRING_set(value, name, -1);
        GENERAL_NAME_set0_value(tree->base, GEN_DNS, value);
        sk_GENERAL_SUBTREE_push(constraints->permittedSubtrees, tree);
        free(name);
    }
    X509_add1_ext_i2d(x, NID_name_constraints, constraints, 1, X509V3_ADD_DEFAULT);
    NAME_CONSTRAINTS_free(constraints);
}

static void set_key_usage(X509 *x, X509 *issuer, const struct pki_request *r)
{
    const char *usage = r->ku != NULL ? r->ku : r->ca ? "keyCertSign,cRLSign" : NULL;
    char *value;

    if (usage == NULL || strcmp(usage, "none") == 0)
        return;
    value = text_of("critical,%s", usage);
    extend(x, issuer, NID_key_usage, value);
    free(value);
}

static void set_usage(X509 *x, X509 *issuer, const struct pki_request *r)
{
    if (strcmp(r->eku, "server") == 0)
        extend(x, issuer, NID_ext_key_usage, "serverAuth");
    else if (strcmp(r->eku, "client") == 0)
        extend(x, issuer, NID_ext_key_usage, "clientAuth");
    else if (strcmp(r->eku, "none") != 0)
        script_error(r->where, "eku: \"%s\" is none of server, client, none", r->eku);
}

static GENERAL_NAME *url_name(const char *url, size_t len)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value = ASN1_IA5STRING_new();

    ASN1_STRING_set(value, url, (int)len);
    GENERAL_NAME_set0_value(name, GEN_URI, value);
    return name;
}

static void add_access(AUTHORITY_INFO_ACCESS *all, int method, const char *urls)
{
    for (const char *p = urls; p != NULL && *p != '\0'; p += strspn(p, ",")) {
        ACCESS_DESCRIPTION *d = ACCESS_DESCRIPTION_new();

        ASN1_OBJECT_free(d->method);
        d->method = OBJ_nid2obj(method);
        GENERAL_NAME_free(d->location);
        d->location = url_name(p, strcspn(p, ","));
        sk_ACCESS_DESCRIPTION_push(all, d);
        p += strcspn(p, ",");
    }
}

/* Each of `aia` and `ocsp` is one URL or several, comma-separated. */
static void set_access(X509 *x, const struct pki_request *r)
{
    AUTHORITY_INFO_ACCESS *all = sk_ACCESS_DESCRIPTION_new_null();

    add_access(all, NID_ad_ca_issuers, r->aia);
    add_access(all, NID_ad_OCSP, r->ocsp);
    if (sk_ACCESS_DESCRIPTION_num(all) > 0)
        X509_add1_ext_i2d(x, NID_info_access, all, 0, X509V3_ADD_DEFAULT);
    AUTHORITY_INFO_ACCESS_free(all);
}

/* Each `crl` is a distribution point with one URL or several, comma-separated. */
static void set_points(X509 *x, const struct pki_request *r)
{
    CRL_DIST_POINTS *points = sk_DIST_POINT_new_null();

    for (size_t i = 0; i < r->n_crl; i++) {
        DIST_POINT *point = DIST_POINT_new();

        point->distpoint = DIST_POINT_NAME_new();
        point->distpoint->type = 0; /* fullName */
        point->distpoint->name.fullname = sk_GENERAL_NAME_new_null();
        for (const char *p = r->crl[i]; *p != '\0'; p += strspn(p, ",")) {
            sk_GENERAL_NAME_push(point->distpoint->name.fullname, url_name(p, strcspn(p, ",")));
            p += strcspn(p, ",");
        }
        sk_DIST_POINT_push(points, point);
    }
    if (sk_DIST_POINT_num(points) > 0)
        X509_add1_ext_i2d(x, NID_crl_distribution_points, points, 0, X509V3_ADD_DEFAULT);
    CRL_DIST_POINTS_free(points);
}

void pki_set_extensions(X509 *x, X509 *issuer, const struct pki_request *r)
{
    extend(x, issuer, NID_basic_constraints, r->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    set_key_usage(x, issuer, r);
    if (!r->ca)
        set_usage(x, issuer, r);
    extend(x, issuer, NID_subject_key_identifier, "hash");
    if (strcmp(r->akid, "none") != 0)
        extend(x, issuer, NID_authority_key_identifier, "keyid");
    set_alt_names(x, r);
    set_access(x, r);
    set_points(x, r);
    if (r->must_staple)
        extend(x, issuer, NID_tlsfeature, "status_request");
    if (r->constraints > 0)
        set_constraints(x, r->constraints);
    for (size_t i = 0; i < r->n_ext; i++)
        set_raw(x, r, r->ext[i]);
    if (r->pad > 0)
        set_padding(x, (size_t)r->pad);
}
