#include "look.h"

#include "smtp.h"

static instant stage_deadline(const struct look_config *c)
{
    return deadline_within(c->deadline, c->stage_ms);
}

static bool reach_handshake(const struct look_config *c, struct smtp *smtp)
{
    char literal[80];
    const char *helo = c->helo;

    if (c->wrapper)
        return true;
    if (!helo) {
        conn_local_literal(smtp->conn, literal, sizeof literal);
        helo = literal;
    }
    return smtp_greeting(smtp, stage_deadline(c)) == SMTP_REPLIED && smtp->reply.code == 220 &&
           smtp_ehlo(smtp, helo, stage_deadline(c)) == SMTP_REPLIED && smtp->reply.code == 250 &&
           smtp_command(smtp, stage_deadline(c), "STARTTLS") == SMTP_REPLIED &&
           smtp->reply.code == 220;
}

/* Only what TLS 1.2 and 1.3 have for this kind of key. */
static void ask_kind(SSL *ssl, enum cert_kind kind)
{
    bool rsa = kind == CERT_RSA;

    SSL_set_cipher_list(ssl, rsa ? "aRSA" : "aECDSA");
    SSL_set1_sigalgs_list(ssl, rsa ? "RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:"
                                     "RSA+SHA384:RSA+SHA512"
                                   : "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512");
}

static SSL *session(const struct look_config *c, const struct look_wish *wish)
{
    SSL *ssl = trust_session(c->trust, wish->lax ? TRUST_ANY_VERSION : c->min_version);

    if (ssl && wish->kind != CERT_OTHER)
        ask_kind(ssl, wish->kind);
    if (ssl && wish->staple)
        conn_ask_staple(ssl);
    return ssl;
}

struct conn *look_open(const struct look_config *c, const struct address *a,
                       const struct look_wish *wish, struct look *out)
{
    struct smtp smtp = {0};
    enum conn_status status;

    *out = (struct look){.tried = true};
    status = conn_open(&smtp.conn, a, stage_deadline(c), out->reason);
    out->local = status == CONN_LOCAL;
    if (status != CONN_OK)
        return NULL;
    out->reached = reach_handshake(c, &smtp);
    out->code = smtp.reply.code;
    if (out->reached) {
        status = conn_start_tls(smtp.conn, session(c, wish), wish->sni, stage_deadline(c));
        out->succeeded = status == CONN_OK;
        out->silent = status == CONN_TIMEOUT;
        out->local = status == CONN_LOCAL;
    }
    text_copy(out->reason, sizeof out->reason,
              status == CONN_CLOSED ? "connection closed" : conn_reason(smtp.conn));
    if (out->succeeded) {
        conn_tls_facts(smtp.conn, &out->tls);
        return smtp.conn;
    }
    conn_close(smtp.conn);
    return NULL;
}
