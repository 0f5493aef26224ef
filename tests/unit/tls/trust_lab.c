/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/tls/trust_lab.h"

#include <unistd.h>

#include "unit/unit.h"

static void make_certs(struct trust_lab *l)
{
    const struct pki *root = &l->certs[ROOT], *inter = &l->certs[INTER];

    l->now = time(NULL);
    l->certs[ROOT] = pki_make(&(struct pki_spec){.cn = "Root", .ca = true}, NULL);
    l->certs[STRANGER] = pki_make(&(struct pki_spec){.cn = "Stranger", .ca = true}, NULL);
    l->certs[INTER] = pki_make(&(struct pki_spec){.cn = "Inter", .ca = true}, root);
    l->certs[LEAF] = pki_make(&(struct pki_spec){.cn = "mx.example.com",
                                                 .san = "DNS:mx.example.com",
                                                 .aia = "caIssuers;URI:http://ca.example/i"},
                              inter);
    l->certs[EXPIRED] = pki_make(&(struct pki_spec){.cn = "mx.example.com",
                                                    .san = "DNS:mx.example.com",
                                                    .from = l->now - 90 * TRUST_LAB_DAY,
                                                    .until = l->now - TRUST_LAB_DAY},
                                 inter);
    l->certs[ALONE] =
        pki_make(&(struct pki_spec){.cn = "mx.example.com", .san = "DNS:mx.example.com"}, NULL);
    l->certs[CLIENT] = pki_make(&(struct pki_spec){.cn = "mx.example.com",
                                                   .san = "DNS:mx.example.com",
                                                   .eku = "clientAuth"},
                                inter);
}

/* Its key takes its time, so only where it is asked for. */
static void make_weak(struct trust_lab *l)
{
    l->certs[WEAK] = pki_make(&(struct pki_spec){.cn = "mx.example.com",
                                                 .san = "DNS:mx.example.com",
                                                 .key = PKI_RSA_1024},
                              &l->certs[INTER]);
}

void trust_lab_trust(struct trust_lab *l, const struct trust_config *config)
{
    struct error e = {0};

    trust_free(l->trust);
    l->trust = trust_new(config, &e);
    ck_assert_msg(l->trust != NULL, "%s", e.text);
}

void trust_lab_open(struct trust_lab *l, const enum who *served, size_t count, enum who anchor)
{
    make_certs(l);
    if (served[0] == WEAK)
        make_weak(l);
    pki_file(&l->certs[anchor].x, 1, l->ca_file);
    l->chain = sk_X509_new_null();
    for (size_t i = 0; i < count && served[i] != NOBODY; i++)
        sk_X509_push(l->chain, l->certs[served[i]].x);
    trust_lab_trust(l, &(struct trust_config){.ca_file = l->ca_file});
}

void trust_lab_close(struct trust_lab *l)
{
    unlink(l->ca_file);
    trust_free(l->trust);
    sk_X509_free(l->chain);
    for (int i = 0; i < WHO_COUNT; i++)
        pki_free(&l->certs[i]);
}

const char *const trust_lab_names[2] = {"mx.example.com", "mx.example.org"};

void trust_lab_is_trusted(const struct trust_lab *l, time_t now)
{
    struct trust_query q = {.now = now, .names = trust_lab_names, .name_count = 1};
    struct trust_facts f;

    ck_assert(trust_verify(l->trust, l->chain, &q, &f));
    ck_assert_uint_eq(f.pkix.count, 0);
    trust_facts_clear(&f);
}

bool trust_lab_has_fault(const struct trust_faults *f, int code)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->at[i].code == code)
            return true;
    }
    return false;
}
