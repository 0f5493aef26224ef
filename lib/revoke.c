#include "revoke.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

/* --- what to ask about --- */

static bool is_listed(const struct revoke_list *l, const struct cert_facts *c)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->pairs[i].cert->sha256, c->sha256) == 0)
            return true;
    }
    return false;
}

static bool add_pair(struct revoke_list *l, const struct cert_facts *c,
                     const struct cert_facts *issuer)
{
    struct revoke_pair *pairs;

    if (is_listed(l, c))
        return true;
    pairs = realloc(l->pairs, (l->count + 1) * sizeof *pairs);
    if (!pairs)
        return false;
    l->pairs = pairs;
    pairs[l->count++] = (struct revoke_pair){c, issuer};
    return true;
}

static bool add_chain(struct revoke_list *l, const struct trust_facts *f)
{
    if (f->pkix.count > 0)
        return true;
    for (size_t i = 0; i < f->cert_count; i++) {
        const struct cert_facts *c = &f->certs[i];
        const struct cert_facts *issuer = c->path > 0 ? trust_issuer_of(f, c) : NULL;

        if (issuer && issuer->path == c->path + 1 && !add_pair(l, c, issuer))
            return false;
    }
    return true;
}

bool revoke_list_make(const struct observation *observations, size_t count, struct revoke_list *out)
{
    bool ok = true;

    *out = (struct revoke_list){0};
    for (size_t i = 0; ok && i < count; i++) {
        const struct observation *o = &observations[i];

        if (!atomic_load(&o->done) || !atomic_load(&o->looked))
            continue;
        ok = (!o->has_chain || add_chain(out, &o->chain)) &&
             (!o->other_kind.has_chain || add_chain(out, &o->other_kind.chain));
    }
    out->checks = ok ? calloc(out->count + 1, sizeof *out->checks) : NULL;
    for (size_t i = 0; out->checks && i < out->count; i++)
        memcpy(out->checks[i].sha256, out->pairs[i].cert->sha256, sizeof out->checks[i].sha256);
    if (!out->checks)
        revoke_clear(out);
    return out->checks != NULL;
}

void revoke_clear(struct revoke_list *l)
{
    free(l->pairs);
    free(l->checks);
    *l = (struct revoke_list){0};
}

/* --- asking --- */

static void refuse(struct revocation_fact *out, const char *why)
{
    out->status = REVOCATION_INVALID;
    text_copy(out->why, sizeof out->why, why);
}

/* True where there is a body to read. */
static bool transfer(const struct revoke_config *c, struct http_request *r, struct http_answer *a,
                     struct revocation_fact *out)
{
    char why[64];

    r->plain = true;
    web_do(&c->web, r, a);
    text_format(why, sizeof why, "expected status 200, seen %ld", a->code);
    if (a->status == HTTP_LOCAL)
        out->status = REVOCATION_LOCAL;
    else if (a->status != HTTP_ANSWERED)
        refuse(out, a->why);
    else if (a->code != 200)
        refuse(out, why);
    return a->status == HTTP_ANSWERED && a->code == 200;
}

static void ask_responder(const struct revoke_config *c, const struct revoke_pair *p,
                          struct revocation_fact *out)
{
    struct http_request r = {
        .url = p->cert->ocsp, .body_type = "application/ocsp-request", .max = REVOCATION_OCSP_MAX};
    struct http_answer a = {0};
    unsigned char *request = revocation_request(p->cert, p->issuer, &r.body_len);

    r.body = request;
    if (!request)
        out->status = REVOCATION_LOCAL;
    else if (transfer(c, &r, &a, out))
        revocation_ocsp(p->cert, p->issuer, (unsigned char *)a.body, a.len, c->fresh, out);
    http_answer_clear(&a);
    free(request);
}

static void fetch_crl(const struct revoke_config *c, const struct revoke_pair *p,
                      struct revocation_fact *out)
{
    struct http_request r = {.url = p->cert->crl, .max = REVOCATION_CRL_MAX};
    struct http_answer a;

    if (transfer(c, &r, &a, out))
        revocation_crl(p->cert, p->issuer, (unsigned char *)a.body, a.len, c->fresh, out);
    http_answer_clear(&a);
}

/* A CA may have but one of the two; where neither says anything about the leaf, that is said. */
void revoke_ask(const struct revoke_config *c, struct revoke_list *l, size_t i)
{
    const struct revoke_pair *p = &l->pairs[i];
    struct revocation_check *check = &l->checks[i];
    bool ocsp = c->ocsp && p->cert->ocsp[0], crl = c->crl && p->cert->crl[0];

    if (ocsp)
        ask_responder(c, p, &check->ocsp);
    if (crl)
        fetch_crl(c, p, &check->crl);
    if (p->cert->path == 1 && c->ocsp && !ocsp && !crl)
        refuse(&check->ocsp, "the certificate names no responder");
    if (p->cert->path == 1 && c->crl && !crl && !ocsp)
        refuse(&check->crl, "the certificate names no CRL that HTTP can fetch");
    atomic_store(&check->done, true);
}
