/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/probe.h"

#include "probe/xclient.h"

#include <stdlib.h>
#include <string.h>

#include "probe/extra_handshake.h"
#include "probe/probe_stage.h"

enum { FAREWELL_MS = 2000, WRAPPER_MS = 2000, SMTP_PORT = 25 };

/* When a stage that begins now has to end: after stage_ms, but no later than the run. */
static instant stage_deadline(const struct probe_session *s)
{
    return deadline_within(s->c->deadline, s->c->stage_ms);
}

/* Until when to wait for a greeting that begins now: see handshake_greeting_deadline. */
static instant greeting_deadline(const struct probe_config *c)
{
    return handshake_greeting_deadline(c->greeting_ms, c->deadline);
}

/* When a farewell has to end. Nothing is learned from it, so it may not cost a whole stage. */
static instant farewell_deadline(const struct probe_session *s)
{
    return deadline_within(stage_deadline(s), FAREWELL_MS);
}

/* --- the stages --- */

/* Connects. Returns whether the stage passed; if not, its facts say why. */
static bool do_connect(struct probe_session *s)
{
    char reason[CONN_REASON] = "";
    enum conn_status status;

    probe_stage_begin(s, STAGE_CONNECT);
    status = conn_open(&s->smtp.conn, s->r->address, &s->c->sources, stage_deadline(s), reason);
    return probe_stage_end(s, STAGE_CONNECT, probe_stage_conn_fault(status), 0, reason);
}

/* Reads the greeting. Returns whether the stage passed, with a code 2xx. */
static bool do_greeting(struct probe_session *s)
{
    probe_stage_begin(s, STAGE_GREETING);
    return probe_stage_end_smtp(s, STAGE_GREETING,
                                smtp_greeting(&s->smtp, greeting_deadline(s->c)));
}

/* The name that we give in EHLO, borrowed: the configured one, or the address literal of this end,
 * for which the connection must be open. */
static const char *helo(struct probe_session *s)
{
    if (s->c->helo)
        return s->c->helo;
    conn_local_literal(s->smtp.conn, s->helo, sizeof s->helo);
    return s->helo;
}

/* Sends EHLO, for STAGE_EHLO or STAGE_EHLO_TLS. Returns whether that stage passed, with a code
 * 2xx. */
static bool do_ehlo(struct probe_session *s, enum stage stage)
{
    enum smtp_status status;

    probe_stage_begin(s, stage);
    status = smtp_ehlo(&s->smtp, helo(s), stage_deadline(s));
    if (s->o->has_tls && probe_stage_fault(&s->smtp, status) == PROBE_FINE)
        probe_stage_offer(s);
    return probe_stage_end_smtp(s, stage, status);
}

/* Drops plaintext that nothing was asked for, and notes it in the observation; `before`: STARTTLS
 * is still to be sent. A line end before that would only be an empty line in the reply. */
static void note_injection(struct probe_session *s, bool before)
{
    struct stage_fact *f = &s->o->stages[STAGE_STARTTLS];
    char clean[OBSERVATION_INJECTED_SIZE];
    struct conn_stray stray;

    conn_drop_input(s->smtp.conn, &stray);
    if (stray.len == 0)
        return;
    if (before && stray.line_ends) {
        f->deviations |= 1u << SMTP_EMPTY_LINE;
        f->odd = "an empty line";
        return;
    }
    if (s->o->injected == 0) {
        s->o->injected_before = before;
        text_clean(clean, sizeof clean, stray.sample, stray.sampled);
        s->o->injected_text = strings_keep(&s->o->texts, clean);
    }
    s->o->injected += stray.len;
}

/* Whether the run has time left. A stage that begins when all time is over has not been tried. */
static bool has_time(const struct probe_config *c)
{
    return deadline_left_ms(c->deadline) > 0;
}

/* Waits for a seat inside TLS, once a session, which goes on without one if none is free in time.
 * `stage`, which has begun, starts again after the wait, whose time does not count. False: no time
 * is left, and the stage has ended as failed. */
static bool take_seat(struct probe_session *s, enum stage stage)
{
    if (!s->waited) {
        s->waited = true;
        s->seated =
            limiter_acquire(s->c->limiter, deadline_within(s->c->deadline, PROBE_TLS_WAIT_MS));
        atomic_store(&s->o->since, deadline_now());
    }
    return has_time(s->c) || probe_stage_end(s, stage, PROBE_LOCAL, 0, "no time was left for TLS");
}

/* Sends STARTTLS after the reply to EHLO. True: the handshake is due. False: STARTTLS is not
 * offered or was not accepted, or no time was left; the stage's facts say which. */
static bool do_starttls(struct probe_session *s)
{
    const struct smtp_reply *ehlo = &s->smtp.reply;
    enum smtp_status status;

    probe_stage_begin(s, STAGE_STARTTLS);
    s->o->keywords = strings_keep(&s->o->texts, ehlo->keywords);
    s->o->stripped = ehlo->stripped && !ehlo->starttls;
    s->o->stripped_by = strings_keep(&s->o->texts, ehlo->stripped_by);
    s->o->starttls_first = ehlo->starttls_first;
    if (!ehlo->starttls)
        return probe_stage_end(s, STAGE_STARTTLS, PROBE_NOT_OFFERED, 0, "");
    if (!take_seat(s, STAGE_STARTTLS))
        return false;
    note_injection(s, true);
    status = smtp_command(&s->smtp, stage_deadline(s), "STARTTLS");
    if (status == SMTP_REPLIED)
        note_injection(s, false);
    return probe_stage_end_smtp(s, STAGE_STARTTLS, status);
}

/* Makes the handshake. Returns whether it succeeded, whatever the certificate is. */
static bool do_tls(struct probe_session *s)
{
    enum conn_status status;
    SSL *ssl;

    probe_stage_begin(s, STAGE_TLS);
    if (!take_seat(s, STAGE_TLS))
        return false;
    ssl = trust_session(s->r->policy->trust, s->r->policy->min_version);
    if (ssl && s->c->certificates)
        conn_ask_staple(ssl);
    status = conn_start_tls(s->smtp.conn, ssl, s->r->sni, stage_deadline(s));
    probe_stage_client(s);
    s->o->stages[STAGE_TLS].alert = conn_alert(s->smtp.conn);
    if (status == CONN_OK) {
        s->o->has_tls = true;
        conn_tls_facts(s->smtp.conn, &s->o->tls);
    }
    return probe_stage_end(s, STAGE_TLS, probe_stage_conn_fault(status), 0,
                           conn_reason(s->smtp.conn));
}

/* Verifies the chain of a handshake that succeeded. The stage passes if the chain was verified
 * with any result; trust_facts say which. */
static void do_cert(struct probe_session *s)
{
    STACK_OF(X509) *chain = conn_peer_chain(s->smtp.conn);
    struct staple staple = {0};

    probe_stage_begin(s, STAGE_CERT);
    if (!chain) {
        probe_stage_end(s, STAGE_CERT, PROBE_TLS, 0, "no certificate");
        return;
    }
    s->o->has_chain = extra_handshake_verify(s->c, s->r, chain, &s->o->chain);
    if (!s->o->has_chain) {
        probe_stage_end(s, STAGE_CERT, PROBE_LOCAL, 0, "out of memory");
        return;
    }
    if (s->c->certificates) {
        extra_handshake_staple(s->c, s->smtp.conn, &s->o->chain, &staple);
        s->o->staple = observation_keep_staple(&staple);
    }
    probe_stage_end(s, STAGE_CERT, PROBE_FINE, 0, "");
}

/* Whether all bytes are ASCII. */
static bool is_ascii(const char *s)
{
    while (*s && (unsigned char)*s < 0x80)
        s++;
    return *s == '\0';
}

/* Whether an address may be sent: one outside ASCII only to a gateway that offers SMTPUTF8 (RFC
 * 6531 3.3). */
static bool can_send(const struct probe_session *s, const char *address)
{
    return s->smtp.smtputf8 || is_ascii(address);
}

/* Sends MAIL FROM, with SMTPUTF8 if an address of the request needs it and it is offered.
 * SMTP_REPLIED only says that a reply came, whatever its code. */
static enum smtp_status send_mail(struct probe_session *s)
{
    const char *sender = s->r->policy->sender;
    bool ascii = is_ascii(sender);

    for (size_t i = 0; ascii && i < s->r->recipient_count; i++)
        ascii = is_ascii(s->r->recipients[i]);
    return smtp_command(&s->smtp, stage_deadline(s), "MAIL FROM:<%s>%s", sender,
                        !ascii && s->smtp.smtputf8 ? " SMTPUTF8" : "");
}

/* Sends one RCPT and fills *fact; nothing is sent if the address cannot be. True while the session
 * can go on, also if the recipient was refused. */
static bool ask_recipient(struct probe_session *s, const char *recipient,
                          struct recipient_fact *fact)
{
    enum smtp_status status;
    const char *seen;

    *fact = (struct recipient_fact){.text = "", .seen = ""};
    if (!can_send(s, recipient)) {
        fact->fault = PROBE_NOT_OFFERED;
        return true;
    }
    status = smtp_command(&s->smtp, stage_deadline(s), "RCPT TO:<%s>", recipient);
    fact->fault = probe_stage_fault(&s->smtp, status);
    fact->code = s->smtp.reply.code;
    seen = probe_stage_seen(&s->smtp, fact->fault);
    fact->text =
        probe_stage_keep(s->o, probe_stage_words(&s->smtp, fact->fault), OBSERVATION_TEXT_SIZE);
    fact->seen = probe_stage_keep(s->o, seen, OBSERVATION_SEEN_SIZE);
    return status == SMTP_REPLIED && fact->code != 421;
}

/* Asks for one of the recipients and appends its fact to the observation, which has room. True
 * while the session can go on. *stage, which begins without facts, keeps the slowest time, and the
 * outcome of the first recipient who was not accepted. */
static bool do_recipient(struct probe_session *s, const char *recipient, struct stage_fact *stage)
{
    struct recipient_fact *fact = &s->o->recipients[s->o->recipient_count++];
    instant start = deadline_now();
    bool more = ask_recipient(s, recipient, fact);
    int64_t us = deadline_now() - start;

    probe_stage_deviations(s->o, stage, STAGE_RCPT, &s->smtp.reply);
    if (us > stage->us)
        stage->us = us;
    if (stage->fault == PROBE_FINE) {
        stage->fault = fact->fault;
        stage->code = fact->code;
        stage->text = fact->text;
        stage->seen = fact->seen;
    }
    return more;
}

/* Asks for the recipients, of whom there is one or more, after MAIL was accepted. Ends the stage,
 * which passes if all of them were accepted. */
static void do_recipients(struct probe_session *s)
{
    struct stage_fact *stage = probe_stage_begin(s, STAGE_RCPT);
    struct stage_fact result = {.entered = true, STAGE_FACT_NONE};

    s->o->recipients = calloc(s->r->recipient_count, sizeof *s->o->recipients);
    for (size_t i = 0; s->o->recipients && i < s->r->recipient_count; i++) {
        if (!do_recipient(s, s->r->recipients[i], &result))
            break;
    }
    if (!s->o->recipients || s->o->texts.failed) {
        result.fault = PROBE_LOCAL;
        result.text = "out of memory";
    }
    result.passed = result.fault == PROBE_FINE;
    *stage = result;
    atomic_fetch_or(&s->o->final, 1u << STAGE_RCPT);
}

/* Sends MAIL FROM. Returns whether the stage passed, with a code 2xx. False without sending if the
 * sender's address cannot be sent. */
static bool do_mail(struct probe_session *s)
{
    probe_stage_begin(s, STAGE_MAIL);
    if (!can_send(s, s->r->policy->sender))
        return probe_stage_end(s, STAGE_MAIL, PROBE_NOT_OFFERED, 0, "");
    return probe_stage_end_smtp(s, STAGE_MAIL, send_mail(s));
}

/* Sends MAIL and RCPT if the request has recipients, and then QUIT if the server still replies.
 * The stages' facts have the outcome. */
static void do_envelope(struct probe_session *s)
{
    bool asked = s->r->recipient_count > 0;

    if (asked && do_mail(s))
        do_recipients(s);
    if (s->smtp.replied)
        smtp_end(&s->smtp, asked, farewell_deadline(s));
}

/* --- sessions --- */

/* Runs the session with TLS from the first byte, on the connection that do_connect opened. What it
 * saw is in the observation. */
static void wrapper_session(struct probe_session *s)
{
    s->o->stages[STAGE_STARTTLS] =
        (struct stage_fact){.entered = true, .passed = true, .us = -1, STAGE_FACT_NONE};
    atomic_fetch_or(&s->o->final, 1u << STAGE_STARTTLS);
    if (!do_tls(s))
        return;
    do_cert(s);
    if (do_greeting(s) && do_ehlo(s, STAGE_EHLO))
        do_envelope(s);
}

/* Has the session with TLS go on as the client that the policy names. True also where it names
 * none. False: the session was ended, and the observation says why. */
static bool do_xclient(struct probe_session *s)
{
    struct observation *o = s->o;
    char why[XCLIENT_TEXT] = "";

    if (!s->r->policy->xclient_address)
        return true;
    o->xclient_failed = !xclient_run(&s->smtp, s->r->policy, helo(s), stage_deadline(s), why);
    o->xclient_text = strings_keep(&o->texts, why);
    if (o->texts.failed)
        o->xclient_text = "out of memory";
    if (o->xclient_failed && s->smtp.replied)
        smtp_end(&s->smtp, false, farewell_deadline(s));
    return !o->xclient_failed;
}

/* Whether a peer that sent no greeting in time waits for TLS from the first byte, as on port 465
 * (RFC 8314 3.3); false on port 25, where nobody does. It tries a handshake, so that the connection
 * is of no use afterwards. */
static bool awaits_tls(struct probe_session *s)
{
    SSL *ssl;

    if (s->o->stages[STAGE_GREETING].fault != PROBE_SILENT || s->smtp.reply.text[0])
        return false;
    if (address_port(s->r->address) == SMTP_PORT || !has_time(s->c))
        return false;
    ssl = trust_session(s->r->policy->trust, s->r->policy->min_version);
    return conn_start_tls(s->smtp.conn, ssl, s->r->sni,
                          deadline_within(stage_deadline(s), WRAPPER_MS)) == CONN_OK ||
           conn_alert(s->smtp.conn) != 0;
}

/* Runs the session on the connection that do_connect opened. What it saw is in the observation.
 * Without TLS the envelope is asked in plaintext, to show a gateway that takes mail but not TLS. */
static void starttls_session(struct probe_session *s)
{
    if (!do_greeting(s)) {
        s->o->wrapped = s->smtp.reply.tls || awaits_tls(s);
        return;
    }
    if (!do_ehlo(s, STAGE_EHLO))
        return;
    if (!do_starttls(s)) {
        const struct stage_fact *f = &s->o->stages[STAGE_STARTTLS];

        if (f->fault == PROBE_NOT_OFFERED || (f->fault == PROBE_REJECTED && f->code != 421))
            do_envelope(s);
        return;
    }
    if (!do_tls(s))
        return;
    do_cert(s);
    if (do_ehlo(s, STAGE_EHLO_TLS) && do_xclient(s))
        do_envelope(s);
}

/* Notes in *f the outcome of a step of the session in plaintext, whose command was sent; the text
 * goes to s->plain_text. True while the session goes on, which needs a code 2xx. */
static bool plain_step(struct probe_session *s, struct plaintext_fact *f, enum stage stage,
                       enum smtp_status status)
{
    f->at = stage;
    f->fault = probe_stage_fault(&s->smtp, status);
    f->code = s->smtp.reply.code;
    text_copy(s->plain_text, sizeof s->plain_text, probe_stage_words(&s->smtp, f->fault));
    return f->fault == PROBE_FINE;
}

/* Sends RCPT for the recipients, one or more, in turn, until one is accepted, which is one too
 * many, or the session cannot go on. *f has the outcome of the last one, its text is in
 * s->plain_text. */
static void plain_recipients(struct probe_session *s, struct plaintext_fact *f)
{
    for (size_t i = 0; i < s->r->recipient_count; i++) {
        enum smtp_status status =
            smtp_command(&s->smtp, stage_deadline(s), "RCPT TO:<%s>", s->r->recipients[i]);

        if (plain_step(s, f, STAGE_RCPT, status) || f->fault != PROBE_REJECTED || f->code == 421)
            break;
    }
}

/* Has the session in plaintext go on as the client that the policy names. True also where it names
 * none. False: f->xclient_failed is set, and why is in s->plain_text. */
static bool plain_xclient(struct probe_session *s, struct plaintext_fact *f)
{
    if (!s->r->policy->xclient_address)
        return true;
    f->xclient_failed =
        !xclient_run(&s->smtp, s->r->policy, helo(s), stage_deadline(s), s->plain_text);
    return !f->xclient_failed;
}

/* Connects and takes the steps of the session in plaintext, up to RCPT. Fills *f but for its text,
 * which is in s->plain_text. The caller closes the connection. */
static void plain_steps(struct probe_session *s, struct plaintext_fact *f)
{
    enum conn_status status =
        conn_open(&s->smtp.conn, s->r->address, &s->c->sources, stage_deadline(s), s->plain_text);

    f->fault = probe_stage_conn_fault(status);
    if (status != CONN_OK)
        return;
    if (plain_step(s, f, STAGE_GREETING, smtp_greeting(&s->smtp, greeting_deadline(s->c))) &&
        plain_step(s, f, STAGE_EHLO, smtp_ehlo(&s->smtp, helo(s), stage_deadline(s))) &&
        plain_xclient(s, f) && plain_step(s, f, STAGE_MAIL, send_mail(s)))
        plain_recipients(s, f);
    if (s->smtp.replied)
        smtp_end(&s->smtp, f->at >= STAGE_MAIL, farewell_deadline(s));
}

/* Runs the session that ought to be refused (--refuses-plaintext) and fills *f. The caller closes
 * it. */
static void plaintext_session(struct probe_session *s, struct plaintext_fact *f)
{
    *f = (struct plaintext_fact){.asked = true, .at = STAGE_CONNECT, .text = ""};
    s->plain_text[0] = '\0';
    atomic_store(&s->o->since, deadline_now());
    atomic_store(&s->o->at, STAGE_CONNECT);
    pool_checkpoint(s->c->watch);
    plain_steps(s, f);
    f->text = strings_keep(&s->o->texts, s->plain_text);
    if (s->o->texts.failed) {
        f->fault = PROBE_LOCAL;
        f->text = "out of memory";
    }
}

/* Whether a refusal may have had another reason than plaintext: the same once more, after the
 * session with TLS was accepted, tells it from one that only comes first, such as greylisting. */
static bool wants_plaintext_again(const struct observation *o)
{
    const struct plaintext_fact *f = &o->plaintext;

    return f->asked && f->fault == PROBE_REJECTED && f->at >= STAGE_MAIL && f->code >= 500 &&
           f->code != 530 && !observation_names_tls(f->text) && o->stages[STAGE_RCPT].passed;
}

/* Closes the connection, if there is one, without QUIT, and empties s->smtp for the next session,
 * which has the same transcript. All else in *s stays; the seat inside TLS is not given back. */
static void close_session(struct probe_session *s)
{
    conn_close(s->smtp.conn);
    s->smtp = (struct smtp){.transcript = s->smtp.transcript};
}

void probe_run(const struct probe_config *c, const struct plan_request *r, struct observation *o)
{
    struct probe_session s = {.c = c, .r = r, .o = o};

    text_init(&o->transcript, 32768);
    if (c->transcript)
        s.smtp.transcript = &o->transcript;
    if (r->policy->refuses_plaintext && has_time(c)) {
        plaintext_session(&s, &o->plaintext);
        atomic_fetch_or(&o->final, 1u << OBSERVATION_PLAINTEXT_FINAL);
        close_session(&s);
    }
    if (has_time(c) && do_connect(&s))
        (r->policy->wrapper ? wrapper_session : starttls_session)(&s);
    close_session(&s);
    if (wants_plaintext_again(o) && has_time(c)) {
        plaintext_session(&s, &o->plaintext_again);
        close_session(&s);
    }
    extra_handshake_diagnose(c, r, o);
    atomic_store(&o->done, true);
    if (c->certificates && o->has_chain)
        extra_handshake_look(c, r, o);
    if (s.seated)
        limiter_release(c->limiter);
    atomic_store(&o->looked, true);
}
