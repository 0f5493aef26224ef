/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/probe_stage.h"

#include <string.h>

struct stage_fact *probe_stage_begin(struct probe_session *s, enum stage stage)
{
    struct stage_fact *f = &s->o->stages[stage];

    f->entered = true;
    atomic_store(&s->o->since, deadline_now());
    atomic_store(&s->o->at, (int)stage);
    pool_checkpoint(s->c->watch);
    return f;
}

const char *probe_stage_keep(struct observation *o, const char *text, size_t size)
{
    char clean[OBSERVATION_TEXT_SIZE];

    text_clean(clean, size, text, strlen(text));
    return strings_keep(&o->texts, clean);
}

bool probe_stage_end(struct probe_session *s, enum stage stage, enum probe_fault fault, int code,
                     const char *text)
{
    struct stage_fact *f = &s->o->stages[stage];
    struct strings *texts = &s->o->texts;

    f->us = deadline_now() - atomic_load(&s->o->since);
    f->text = probe_stage_keep(s->o, text, OBSERVATION_TEXT_SIZE);
    if (texts->failed) {
        fault = PROBE_LOCAL;
        f->text = "out of memory";
    }
    f->fault = fault;
    f->passed = fault == PROBE_FINE;
    f->code = code;
    atomic_fetch_or(&s->o->final, 1u << stage);
    return f->passed;
}

enum probe_fault probe_stage_conn_fault(enum conn_status status)
{
    static const enum probe_fault faults[] = {
        [CONN_OK] = PROBE_FINE,           [CONN_TIMEOUT] = PROBE_SILENT,
        [CONN_CLOSED] = PROBE_CLOSED,     [CONN_FAILED] = PROBE_FAILED,
        [CONN_NO_ROUTE] = PROBE_NO_ROUTE, [CONN_TOO_LONG] = PROBE_BROKEN,
        [CONN_TLS] = PROBE_TLS,           [CONN_LOCAL] = PROBE_LOCAL,
    };

    return faults[status];
}

/* Whether `code`, a 2xx, is one that the stage may have. Before the envelope RFC 5321 4.3.2 and
 * RFC 3207 4 list one code of success. A client goes by the first digit (RFC 5321 4.2). */
static bool is_due(enum stage stage, int code)
{
    switch (stage) {
    case STAGE_GREETING:
    case STAGE_STARTTLS:
        return code == 220;
    case STAGE_EHLO:
    case STAGE_EHLO_TLS:
        return code == 250;
    default:
        return true;
    }
}

enum probe_fault probe_stage_fault(const struct smtp *s, enum smtp_status status)
{
    switch (status) {
    case SMTP_REPLIED:
        return s->reply.code / 100 == 2 ? PROBE_FINE : PROBE_REJECTED;
    case SMTP_SILENT:
        return PROBE_SILENT;
    case SMTP_NO_SMTP:
        return PROBE_NO_SMTP;
    case SMTP_BROKEN:
        return PROBE_BROKEN;
    case SMTP_TLS_ALERT:
        return PROBE_TLS;
    case SMTP_LOCAL:
        return PROBE_LOCAL;
    default:
        break;
    }
    if (conn_reason(s->conn)[0])
        return PROBE_FAILED;
    return PROBE_CLOSED;
}

/* Whether the text of a stage with that fault is a reason of ours, and not the reply itself, so
 * that what came of a reply is to be kept besides. False for PROBE_FINE, too. */
static bool has_seen(enum probe_fault fault)
{
    return fault != PROBE_FINE && fault != PROBE_REJECTED && fault != PROBE_NO_SMTP;
}

const char *probe_stage_words(const struct smtp *s, enum probe_fault fault)
{
    if (fault == PROBE_BROKEN)
        return s->reply.fault;
    return has_seen(fault) ? conn_reason(s->conn) : s->reply.text;
}

const char *probe_stage_seen(const struct smtp *s, enum probe_fault fault)
{
    return has_seen(fault) ? s->reply.text : "";
}

void probe_stage_client(struct probe_session *s)
{
    struct conn_request r;

    s->o->client = conn_client_certificate(s->smtp.conn);
    if (s->o->client == CONN_CLIENT_NOT_ASKED)
        return;
    conn_client_request(s->smtp.conn, &r);
    client_cert_read(&(struct client_cert_request){r.cas, r.own, r.chain}, &s->o->texts,
                     &s->o->own_cert);
}

void probe_stage_offer(struct probe_session *s)
{
    s->o->tls_keywords = strings_keep(&s->o->texts, s->smtp.reply.keywords);
    s->o->requiretls = s->smtp.reply.requiretls;
    s->o->has_offer = true;
    atomic_fetch_or(&s->o->final, 1u << OBSERVATION_OFFER_FINAL);
}

void probe_stage_deviations(struct observation *o, struct stage_fact *f, enum stage stage,
                            struct smtp_reply *reply)
{
    bool changes = reply->deviations & 1u << SMTP_CODE_CHANGE;

    if (reply->code / 100 == 2 && !is_due(stage, reply->code) && !changes)
        smtp_reply_deviates(reply, SMTP_OTHER_CODE, reply->text, strlen(reply->text));
    if (f->deviations == 0)
        f->odd = strings_keep(&o->texts, reply->odd);
    f->deviations |= reply->deviations;
}

/* Sets f->echo if `reply`, a refusal, repeats our command overwritten with X, else leaves it:
 * "XXXX" for EHLO, "XXXXXXXX" for STARTTLS, which have their command's length. Other stages have
 * none. */
static void note_echo(struct stage_fact *f, enum stage stage, const struct smtp_reply *reply)
{
    if (stage == STAGE_EHLO && smtp_reply_echo(reply->text, 4))
        f->echo = "XXXX";
    if (stage == STAGE_STARTTLS && smtp_reply_echo(reply->text, 8))
        f->echo = "XXXXXXXX";
}

bool probe_stage_end_smtp(struct probe_session *s, enum stage stage, enum smtp_status status)
{
    struct stage_fact *f = &s->o->stages[stage];
    enum probe_fault fault = probe_stage_fault(&s->smtp, status);
    const char *seen = probe_stage_seen(&s->smtp, fault);

    f->seen = probe_stage_keep(s->o, seen, OBSERVATION_SEEN_SIZE);
    f->alert = conn_alert(s->smtp.conn);
    probe_stage_deviations(s->o, f, stage, &s->smtp.reply);
    if (fault == PROBE_REJECTED)
        note_echo(f, stage, &s->smtp.reply);
    return probe_stage_end(s, stage, fault, s->smtp.reply.code, probe_stage_words(&s->smtp, fault));
}
