/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/handshake.h"

#include "base/text.h"

enum { REST_MS = 5000 }; /* for what comes after the greeting */

instant handshake_greeting_deadline(int greeting_ms, instant deadline)
{
    int64_t left = deadline_left_ms(deadline), rest = left / 2 < REST_MS ? left / 2 : REST_MS;

    return deadline_within(deadline, greeting_ms > 0 ? greeting_ms : left - rest);
}

/* When a stage that begins now has to end: after stage_ms, but no later than the session. */
static instant stage_deadline(const struct handshake_config *c)
{
    return deadline_within(c->deadline, c->stage_ms);
}

/* Whether the command with that status, whose reply is in *smtp, lets the session go on, as in the
 * session that this one is to be compared with: a reply came whole, with a code 2xx. */
static bool accepts(const struct smtp *smtp, enum smtp_status status)
{
    return status == SMTP_REPLIED && smtp->reply.code / 100 == 2;
}

/* Speaks SMTP on the open connection until the handshake is due; with a wrapper nothing is said.
 * False: a reply is missing or its code is not 2xx. The last reply, if any came, is in *smtp. */
static bool speak(const struct handshake_config *c, struct smtp *smtp)
{
    char literal[80];
    const char *helo = c->helo;
    instant greeting = handshake_greeting_deadline(c->greeting_ms, c->deadline);

    if (c->wrapper)
        return true;
    if (!helo) {
        conn_local_literal(smtp->conn, literal, sizeof literal);
        helo = literal;
    }

    return accepts(smtp, smtp_greeting(smtp, greeting)) &&
           accepts(smtp, smtp_ehlo(smtp, helo, stage_deadline(c))) &&
           accepts(smtp, smtp_command(smtp, stage_deadline(c), "STARTTLS"));
}

bool handshake_reach(const struct handshake_config *c, const struct address *a, struct smtp *smtp,
                     struct handshake *out)
{
    enum conn_status status;

    *out = (struct handshake){.tried = true};
    status = conn_open(&smtp->conn, a, c->sources, stage_deadline(c), out->reason);
    out->local = status == CONN_LOCAL;
    if (status != CONN_OK)
        return false;
    out->reached = speak(c, smtp);
    out->code = smtp->reply.code;
    if (!out->reached)
        text_copy(out->reason, sizeof out->reason, conn_reason(smtp->conn));
    return out->reached;
}

/* Offers only what TLS 1.2 and 1.3 have for this kind of key, which is CERT_RSA or CERT_ECDSA. */
static void ask_kind(SSL *ssl, enum cert_kind kind)
{
    if (kind == CERT_RSA) {
        SSL_set_cipher_list(ssl, "aRSA");
        SSL_set1_sigalgs_list(ssl, "RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:"
                                   "RSA+SHA384:RSA+SHA512");
    } else {
        SSL_set_cipher_list(ssl, "aECDSA");
        SSL_set1_sigalgs_list(ssl, "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512");
    }
}

/* A new TLS session as the variant describes it, without its SNI; conn_start_tls takes it over.
 * NULL: memory, which conn_start_tls takes as well. */
static SSL *session(const struct handshake_config *c, const struct handshake_variant *variant)
{
    SSL *ssl = trust_session(c->trust, variant->lax ? TRUST_ANY_VERSION : c->min_version);

    if (ssl && variant->kind != CERT_OTHER)
        ask_kind(ssl, variant->kind);
    if (ssl && variant->staple)
        conn_ask_staple(ssl);
    if (ssl && (variant->tls_1_2 || variant->groups)) {
        SSL_set_min_proto_version(ssl, TLS1_2_VERSION);
        SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    }
    if (ssl && variant->groups)
        SSL_set1_groups_list(ssl, variant->groups);
    return ssl;
}

struct conn *handshake_open(const struct handshake_config *c, const struct address *a,
                            const struct handshake_variant *variant, struct handshake *out)
{
    struct smtp smtp = {0};
    enum conn_status status;

    if (handshake_reach(c, a, &smtp, out)) {
        status = conn_start_tls(smtp.conn, session(c, variant), variant->sni, stage_deadline(c));
        out->succeeded = status == CONN_OK;
        out->refused = conn_alert(smtp.conn) || status == CONN_CLOSED || status == CONN_FAILED;
        out->silent = status == CONN_TIMEOUT;
        out->local = status == CONN_LOCAL;
        text_copy(out->reason, sizeof out->reason,
                  status == CONN_CLOSED ? "connection closed" : conn_reason(smtp.conn));
    }
    if (out->succeeded) {
        conn_tls_facts(smtp.conn, &out->tls);
        return smtp.conn;
    }
    conn_close(smtp.conn);
    return NULL;
}
