/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/revocation_fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/shortage.h"
#include "base/text.h"

/* --- what to ask about --- */

/* Adds a certificate with its issuer, and counts its CRLs, unless the list has the certificate, by
 * its SHA-256. Both are borrowed and must outlive the list. False: memory; the caller clears the
 * list, which may be half filled. */
static bool add_pair(struct revocation_fetch_list *l, const struct cert_facts *c,
                     const struct cert_facts *issuer)
{
    size_t count = l->checks.count;
    struct revocation_fetch_pair *pairs;

    if (revocation_checks_find(&l->checks, c->sha256))
        return true;
    pairs = array_grow(l->pairs, count, sizeof *pairs);
    if (!pairs)
        return false;
    l->pairs = pairs;
    pairs[count] = (struct revocation_fetch_pair){c, issuer};
    if (!revocation_checks_add(&l->checks, c->sha256))
        return false;
    for (size_t i = 0; i < c->url_count; i++) {
        if (c->urls[i].kind == CERT_URL_CRL && !crl_store_add(&l->crls, c->urls[i].text))
            return false;
    }
    return true;
}

/* Adds each certificate of the verified path whose issuer is in that path, too; nothing of a chain
 * that did not verify. False: memory. */
static bool add_chain(struct revocation_fetch_list *l, const struct trust_facts *f)
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

bool revocation_fetch_list_make(const struct observation *observations, size_t count,
                                struct revocation_fetch_list *out)
{
    bool ok = true;

    *out = (struct revocation_fetch_list){0};
    crl_store_init(&out->crls, CRL_STORE_MAX);
    for (size_t i = 0; ok && i < count; i++) {
        const struct observation *o = &observations[i];

        if (!atomic_load(&o->done) || !atomic_load(&o->looked))
            continue;
        ok = (!o->has_chain || add_chain(out, &o->chain)) &&
             (!o->other_kind->has_chain || add_chain(out, &o->other_kind->chain)) &&
             (!o->again->has_chain || add_chain(out, &o->again->chain));
    }
    if (!ok)
        revocation_fetch_clear(out);
    return ok;
}

void revocation_fetch_clear(struct revocation_fetch_list *l)
{
    crl_store_clear(&l->crls);
    free(l->pairs);
    revocation_checks_clear(&l->checks);
    *l = (struct revocation_fetch_list){0};
}

/* --- asking --- */

/* Makes REVOCATION_INVALID REVOCATION_LOCAL where our memory is short: an answer that cannot be
 * used is no fault of the CA's then. Else nothing changes. */
static void blame_memory(struct revocation_fact *fact)
{
    if (fact->status == REVOCATION_INVALID && shortage_noted())
        fact->status = REVOCATION_LOCAL;
}

/* Asks the responder at `url` and replaces *out in any case. REVOCATION_INVALID: out->why says why
 * it gave no answer that counts; REVOCATION_LOCAL: our memory; else what the responder says. */
static void ask_responder(const struct revocation_fetch_config *c,
                          const struct revocation_fetch_pair *p, const char *url,
                          struct revocation_fact *out)
{
    struct http_request r = {.url = url,
                             .plain = true,
                             .body_type = "application/ocsp-request",
                             .max = REVOCATION_OCSP_MAX};
    struct http_answer a = {.status = HTTP_LOCAL};
    unsigned char *request = revocation_request(p->cert, p->issuer, &r.body_len);

    r.body = request;
    *out = (struct revocation_fact){.status = REVOCATION_INVALID};
    if (request)
        http_fetch(&c->web, &r, &a);
    if (a.status == HTTP_LOCAL)
        out->status = REVOCATION_LOCAL;
    else if (a.status != HTTP_ANSWERED)
        text_copy(out->why, sizeof out->why, a.why);
    else if (a.code != 200)
        text_format(out->why, sizeof out->why, "expected status 200, seen %ld", a.code);
    else
        revocation_ocsp(p->cert, p->issuer, (unsigned char *)a.body, a.len, c->fresh, out);
    blame_memory(out);
    http_answer_clear(&a);
    free(request);
}

/* Whether no other responder need be asked, for this one says good or revoked. Where one does not
 * know the certificate, another may. */
static bool is_settled(const struct revocation_fact *fact)
{
    return fact->status == REVOCATION_GOOD || fact->status == REVOCATION_REVOKED;
}

/* Appends "from URL: WHY" to s->tried, after "; " where something is there already. The words are
 * fact->why, but for REVOCATION_UNKNOWN and REVOCATION_LOCAL, which have words of their own. */
static void note_tried(struct revocation_source *s, const char *url,
                       const struct revocation_fact *fact)
{
    const char *why = fact->why;

    if (fact->status == REVOCATION_UNKNOWN)
        why = "the responder does not know the certificate";
    else if (fact->status == REVOCATION_LOCAL)
        why = "out of memory";
    if (s->tried[0])
        text_append(s->tried, sizeof s->tried, "; ");
    text_append(s->tried, sizeof s->tried, "from %s: %s", url, why);
}

/* Asks the responders that the certificate names in turn, until one knows it; out->fact and
 * out->url are of the last one asked, out->tried names those that did not know it. *out begins
 * zeroed; without a responder nothing changes. */
static void ask_responders(const struct revocation_fetch_config *c,
                           const struct revocation_fetch_pair *p, struct revocation_source *out)
{
    for (size_t i = 0; i < p->cert->url_count && !is_settled(&out->fact); i++) {
        const struct cert_url *url = &p->cert->urls[i];

        if (url->kind != CERT_URL_OCSP)
            continue;
        ask_responder(c, p, url->text, &out->fact);
        out->url = url->text;
        if (!is_settled(&out->fact))
            note_tried(out, url->text, &out->fact);
    }
}

/* Asks the lists of the distribution points in turn, until one revokes the certificate, or the
 * lists together cover every reason (RFC 5280 6.3.3). out->fact and out->url are of the last one
 * asked, out->tried names those that left it open. REVOCATION_GOOD: every reason is covered. *out
 * begins zeroed; without a list nothing changes. */
static void ask_lists(const struct revocation_fetch_config *c, struct crl_store *store,
                      const struct revocation_fetch_pair *p, struct revocation_source *out)
{
    unsigned covered = 0;

    for (size_t i = 0; i < p->cert->url_count; i++) {
        const struct cert_url *url = &p->cert->urls[i];

        if (url->kind != CERT_URL_CRL)
            continue;
        covered |= crl_store_ask(store, &c->web, p->cert, p->issuer, url, c->fresh, &out->fact);
        out->url = url->text;
        blame_memory(&out->fact);
        if (out->fact.status == REVOCATION_REVOKED || covered == CRL_ALL_REASONS)
            return;
        if (out->fact.status == REVOCATION_GOOD)
            text_copy(out->fact.why, sizeof out->fact.why,
                      "it covers only some reasons for revocation");
        note_tried(out, url->text, &out->fact);
    }
    if (out->fact.status == REVOCATION_GOOD)
        out->fact.status = REVOCATION_INVALID;
}

/* Tells the store that the certificate has been answered, for each of its lists: called once for
 * each certificate of the list, also where no CRL is asked for. */
static void release_lists(struct crl_store *store, const struct cert_facts *cert)
{
    for (size_t i = 0; i < cert->url_count; i++) {
        if (cert->urls[i].kind == CERT_URL_CRL)
            crl_store_done(store, cert->urls[i].text);
    }
}

/* Sets the status of a source that was not asked; `why` takes the place of s->tried. */
static void set_unnamed(struct revocation_source *s, enum revocation_status status, const char *why)
{
    s->fact.status = status;
    text_copy(s->tried, sizeof s->tried, why);
}

/* Sets the status of what was to be asked and the certificate, a leaf, does not name; the caller
 * asks for leaves alone. A CA may have but one of the two, and needs no responders: where the other
 * one is asked and named, nothing changes. */
static void note_unnamed(const struct revocation_fetch_config *c, const struct cert_facts *leaf,
                         struct revocation_check *out)
{
    bool ocsp = cert_url_count(leaf, CERT_URL_OCSP) > 0;
    bool crl = cert_url_count(leaf, CERT_URL_CRL) > 0;

    if (c->ocsp && !ocsp && !(c->crl && crl))
        set_unnamed(&out->ocsp, REVOCATION_UNNAMED,
                    crl ? "the certificate names no responder, but a CRL: use --crl"
                        : "the certificate names no responder");
    if (c->crl && !crl && !(c->ocsp && ocsp))
        set_unnamed(&out->crl, REVOCATION_INVALID,
                    "the certificate names no CRL that HTTP can fetch");
}

void revocation_fetch_one(const struct revocation_fetch_config *c, struct revocation_fetch_list *l,
                          size_t i)
{
    const struct revocation_fetch_pair *p = &l->pairs[i];
    struct revocation_check *check = &l->checks.at[i];

    if (c->ocsp)
        ask_responders(c, p, &check->ocsp);
    if (c->crl)
        ask_lists(c, &l->crls, p, &check->crl);
    release_lists(&l->crls, p->cert);
    if (p->cert->path == 1)
        note_unnamed(c, p->cert, check);
    atomic_store(&check->done, true);
}
