/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/extra_handshake.h"

#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"

bool extra_handshake_verify(const struct probe_config *c, const struct plan_request *r,
                            STACK_OF(X509) * chain, struct trust_facts *out)
{
    struct trust_query q = {.now = c->now,
                            .names = r->names,
                            .name_count = r->name_count,
                            .tlsa = r->tlsa,
                            .tlsa_count = r->tlsa_count,
                            .dane_names = r->dane_names,
                            .dane_name_count = r->dane_name_count,
                            .pkix_path = !tls_policy_is_dane(r->policy->level),
                            .keep_der = c->certificates};

    if (!trust_verify(r->policy->trust, chain, &q, out))
        return false;
    if (!shortage_noted())
        return true;
    trust_facts_clear(out);
    return false;
}

void extra_handshake_staple(const struct probe_config *c, const struct conn *conn,
                            const struct trust_facts *f, struct staple *out)
{
    const struct cert_facts *issuer = trust_issuer_of(f, &f->certs[0]);
    const unsigned char *staple;
    size_t len;

    staple = conn_staple(conn, &len);
    out->came = staple != NULL;
    if (staple && issuer)
        revocation_ocsp(&f->certs[0], issuer, staple, len, c->fresh, &out->fact);
}

/* Whether the run has time left. */
static bool has_time(const struct probe_config *c)
{
    return deadline_left_ms(c->deadline) > 0;
}

/* Whether the session's own handshake failed for a reason that another client may get to know,
 * whatever time is left. Whoever asked for a client certificate and then refused has named the
 * reason. */
static bool wants_diagnosis(const struct observation *o)
{
    enum probe_fault f = o->stages[STAGE_TLS].fault;

    return o->stages[STAGE_TLS].entered && o->client == CONN_CLIENT_NOT_ASKED &&
           (f == PROBE_TLS || f == PROBE_CLOSED || f == PROBE_FAILED);
}

struct handshake_config extra_handshake_config(const struct probe_config *c,
                                               const struct tls_policy *policy)
{
    return (struct handshake_config){.trust = policy->trust,
                                     .min_version = policy->min_version,
                                     .helo = c->helo,
                                     .sources = &c->sources,
                                     .wrapper = policy->wrapper,
                                     .stage_ms = c->stage_ms,
                                     .greeting_ms = c->greeting_ms,
                                     .deadline = c->deadline};
}

/* Curves of OpenSSL that it does not offer by default (RFC 7027, RFC 8422 5.1.1). */
#define RARE_GROUPS                                                                                \
    "brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:secp256k1:secp224r1:P-256:P-384:P-521:X25519"

/* Further handshakes, as long as each is refused: then another one may succeed. */
void extra_handshake_diagnose(const struct probe_config *c, const struct plan_request *r,
                              struct observation *o)
{
    const struct handshake_variant variants[DIAGNOSIS_COUNT] = {
        [DIAGNOSIS_LAX] = {.sni = r->sni, .lax = true},
        [DIAGNOSIS_NO_SNI] = {.sni = NULL},
        [DIAGNOSIS_TLS_1_2] = {.sni = r->sni, .tls_1_2 = true},
        [DIAGNOSIS_GROUPS] = {.sni = r->sni, .groups = RARE_GROUPS},
    };
    struct handshake_config config = extra_handshake_config(c, r->policy);

    if (!wants_diagnosis(o) || !has_time(c))
        return;
    o->diagnosis = calloc(1, sizeof *o->diagnosis);
    for (int i = 0; o->diagnosis && i < DIAGNOSIS_COUNT && has_time(c); i++) {
        struct handshake *try = &o->diagnosis->tries[i];

        if (i == DIAGNOSIS_NO_SNI && !r->sni)
            continue;
        pool_checkpoint(c->watch);
        conn_close(handshake_open(&config, r->address, &variants[i], try));
        if (!try->refused)
            break;
    }
}

/* Makes one more session as `variant` says, its SNI included, not that of *r, and verifies its
 * chain. Never NULL: a failure is a fact of the result, which an observation takes over. */
static const struct extra_handshake *look_again(const struct probe_config *c,
                                                const struct plan_request *r,
                                                const struct handshake_variant *variant)
{
    struct handshake_config config = extra_handshake_config(c, r->policy);
    struct extra_handshake out = {0};
    STACK_OF(X509) *chain = NULL;
    struct conn *conn;

    pool_checkpoint(c->watch);
    conn = handshake_open(&config, r->address, variant, &out.handshake);
    if (conn)
        chain = conn_peer_chain(conn);
    out.has_chain = chain && extra_handshake_verify(c, r, chain, &out.chain);
    if (chain && !out.has_chain) {
        out.handshake.local = true;
        text_copy(out.handshake.reason, sizeof out.handshake.reason, "out of memory");
    }
    if (out.has_chain)
        extra_handshake_staple(c, conn, &out.chain, &out.staple);
    conn_close(conn);
    return observation_keep_handshake(&out);
}

/* Whether another end certificate came than the first of `first`, which the caller has seen to be
 * there. False where none came. */
static bool differs(const struct extra_handshake *other, const struct trust_facts *first)
{
    return other->has_chain && strcmp(other->chain.certs[0].sha256, first->certs[0].sha256) != 0;
}

/* Most senders send no SNI; some know but one kind of key. Whether it is SNI that decides, or which
 * of several machines behind the address answers, one more look with SNI tells. */
void extra_handshake_look(const struct probe_config *c, const struct plan_request *r,
                          struct observation *o)
{
    enum cert_kind kind = o->chain.certs[0].kind;
    struct handshake_variant without_sni = {0}, with_sni = {.sni = r->sni};
    struct handshake_variant other = {
        .sni = r->sni, .kind = kind == CERT_RSA ? CERT_ECDSA : CERT_RSA, .staple = true};

    if (r->sni)
        o->without_sni = look_again(c, r, &without_sni);
    if (differs(o->without_sni, &o->chain))
        o->again = look_again(c, r, &with_sni);
    if (kind != CERT_OTHER)
        o->other_kind = look_again(c, r, &other);
}
