#include "probe.h"

#include <stdlib.h>
#include <string.h>

#include "smtp.h"

enum { FAREWELL_MS = 2000 };

/* One session under way. */
struct session {
    const struct probe_config *c;
    const struct plan_request *r;
    struct observation *o;
    struct smtp smtp;
    bool waited, seated; /* for and in a seat inside TLS */
    char helo[80];
};

static instant stage_deadline(const struct session *s)
{
    return deadline_within(s->c->deadline, s->c->stage_ms);
}

/* Nothing is learned from a farewell, so it may not cost a whole stage. */
static instant farewell_deadline(const struct session *s)
{
    return deadline_within(stage_deadline(s), FAREWELL_MS);
}

/* --- writing facts down: one writer, readers look at final ones only --- */

static struct stage_fact *begin(struct session *s, enum stage stage)
{
    struct stage_fact *f = &s->o->stages[stage];

    f->entered = true;
    atomic_store(&s->o->since, deadline_now());
    atomic_store(&s->o->at, (int)stage);
    return f;
}

static bool end(struct session *s, enum stage stage, enum probe_fault fault, int code,
                const char *text)
{
    struct stage_fact *f = &s->o->stages[stage];

    f->us = deadline_now() - atomic_load(&s->o->since);
    f->fault = fault;
    f->passed = fault == PROBE_FINE;
    f->code = code;
    text_clean(f->text, sizeof f->text, text, strlen(text));
    atomic_fetch_or(&s->o->final, 1u << stage);
    return f->passed;
}

static enum probe_fault fault_of_conn(enum conn_status status)
{
    static const enum probe_fault faults[] = {
        [CONN_OK] = PROBE_FINE,           [CONN_TIMEOUT] = PROBE_SILENT,
        [CONN_CLOSED] = PROBE_CLOSED,     [CONN_FAILED] = PROBE_FAILED,
        [CONN_NO_ROUTE] = PROBE_NO_ROUTE, [CONN_TOO_LONG] = PROBE_BROKEN,
        [CONN_TLS] = PROBE_TLS,           [CONN_LOCAL] = PROBE_LOCAL,
    };

    return faults[status];
}

/* Before the envelope RFC 5321 4.3.2 lists one code of success, which we insist on; in it any 2xx
 * will do, for a client goes by the first digit (4.2). */
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
        return code / 100 == 2;
    }
}

static enum probe_fault fault_of_smtp(const struct smtp *s, enum smtp_status status,
                                      enum stage stage)
{
    switch (status) {
    case SMTP_REPLIED:
        return is_due(stage, s->reply.code) ? PROBE_FINE : PROBE_REJECTED;
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
        return conn_reason(s->conn)[0] ? PROBE_FAILED : PROBE_CLOSED;
    }
}

/* What to keep of a reply, or of the lack of one. */
static const char *words_of(const struct smtp *s, enum probe_fault fault)
{
    if (fault == PROBE_BROKEN)
        return s->reply.fault;
    return fault == PROBE_FINE || fault == PROBE_REJECTED || fault == PROBE_NO_SMTP
               ? s->reply.text
               : conn_reason(s->conn);
}

static bool end_smtp(struct session *s, enum stage stage, enum smtp_status status)
{
    enum probe_fault fault = fault_of_smtp(&s->smtp, status, stage);

    return end(s, stage, fault, s->smtp.reply.code, words_of(&s->smtp, fault));
}

/* --- the stages --- */

static bool do_connect(struct session *s)
{
    char reason[CONN_REASON] = "";
    enum conn_status status;

    begin(s, STAGE_CONNECT);
    status = conn_open(&s->smtp.conn, s->r->address, stage_deadline(s), reason);
    return end(s, STAGE_CONNECT, fault_of_conn(status), 0, reason);
}

static bool do_greeting(struct session *s)
{
    begin(s, STAGE_GREETING);
    return end_smtp(s, STAGE_GREETING, smtp_greeting(&s->smtp, stage_deadline(s)));
}

static const char *helo(struct session *s)
{
    if (s->c->helo)
        return s->c->helo;
    conn_local_literal(s->smtp.conn, s->helo, sizeof s->helo);
    return s->helo;
}

static bool do_ehlo(struct session *s, enum stage stage)
{
    begin(s, stage);
    return end_smtp(s, stage, smtp_ehlo(&s->smtp, helo(s), stage_deadline(s)));
}

/* Bytes that nothing was asked for: behind the 220, or ahead of it, to be taken for it. */
static void note_injection(struct session *s)
{
    char sample[48];
    size_t len = 0, injected = conn_drop_input(s->smtp.conn, sample, sizeof sample, &len);

    if (s->o->injected == 0)
        text_clean(s->o->injected_text, sizeof s->o->injected_text, sample, len);
    s->o->injected += injected;
}

/* What begins when all time is over has not been tried. */
static bool has_time(const struct probe_config *c)
{
    return deadline_left_ms(c->deadline) > 0;
}

/* Before TLS. The stage that has begun starts anew behind the wait, which is nobody's time. */
static bool take_seat(struct session *s, enum stage stage)
{
    if (!s->waited) {
        s->waited = true;
        s->seated = seats_take(s->c->seats, deadline_within(s->c->deadline, PROBE_SEAT_MS));
        atomic_store(&s->o->since, deadline_now());
    }
    return has_time(s->c) || end(s, stage, PROBE_LOCAL, 0, "no time was left for TLS");
}

/* Only 220 will do here (RFC 3207 4). */
static bool do_starttls(struct session *s)
{
    const struct smtp_reply *ehlo = &s->smtp.reply;
    enum smtp_status status;

    begin(s, STAGE_STARTTLS);
    text_copy(s->o->keywords, sizeof s->o->keywords, ehlo->keywords);
    s->o->stripped = ehlo->stripped && !ehlo->starttls;
    text_copy(s->o->stripped_by, sizeof s->o->stripped_by, ehlo->stripped_by);
    if (!ehlo->starttls)
        return end(s, STAGE_STARTTLS, PROBE_NOT_OFFERED, 0, "");
    if (!take_seat(s, STAGE_STARTTLS))
        return false;
    note_injection(s);
    status = smtp_command(&s->smtp, stage_deadline(s), "STARTTLS");
    if (status == SMTP_REPLIED)
        note_injection(s);
    return end_smtp(s, STAGE_STARTTLS, status);
}

static bool do_tls(struct session *s)
{
    enum conn_status status;
    SSL *ssl;

    begin(s, STAGE_TLS);
    if (!take_seat(s, STAGE_TLS))
        return false;
    ssl = trust_session(s->r->terms->trust, s->r->terms->min_version);
    if (ssl && s->c->certificates)
        conn_ask_staple(ssl);
    status = conn_start_tls(s->smtp.conn, ssl, s->r->sni, stage_deadline(s));
    if (status == CONN_OK) {
        s->o->has_tls = true;
        conn_tls_facts(s->smtp.conn, &s->o->tls);
    }
    return end(s, STAGE_TLS, fault_of_conn(status), 0, conn_reason(s->smtp.conn));
}

static bool verify(const struct probe_config *c, const struct plan_request *r,
                   STACK_OF(X509) * chain, struct trust_facts *out)
{
    struct trust_query q = {.now = c->now,
                            .names = r->names,
                            .name_count = r->name_count,
                            .tlsa = r->tlsa,
                            .tlsa_count = r->tlsa_count,
                            .dane_names = r->dane_names,
                            .dane_name_count = r->dane_name_count,
                            .pkix_path = !level_is_dane(r->terms->level),
                            .keep_der = c->certificates};

    return trust_verify(r->terms->trust, chain, &q, out);
}

static void note_staple(const struct probe_config *c, const struct conn *conn,
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

static void do_cert(struct session *s)
{
    STACK_OF(X509) *chain = conn_peer_chain(s->smtp.conn);

    begin(s, STAGE_CERT);
    if (!chain) {
        end(s, STAGE_CERT, PROBE_TLS, 0, "no certificate");
        return;
    }
    s->o->has_chain = verify(s->c, s->r, chain, &s->o->chain);
    if (s->o->has_chain && s->c->certificates)
        note_staple(s->c, s->smtp.conn, &s->o->chain, &s->o->staple);
    end(s, STAGE_CERT, s->o->has_chain ? PROBE_FINE : PROBE_LOCAL, 0,
        s->o->has_chain ? "" : "out of memory");
}

/* One RCPT; true while the session can go on. Keeps the slowest, and the first that was not
 * accepted. */
static bool do_recipient(struct session *s, const char *recipient, struct stage_fact *stage)
{
    struct recipient_fact *fact = &s->o->recipients[s->o->recipient_count++];
    instant start = deadline_now();
    enum smtp_status status = smtp_command(&s->smtp, stage_deadline(s), "RCPT TO:<%s>", recipient);
    enum probe_fault fault = fault_of_smtp(&s->smtp, status, STAGE_RCPT);
    int64_t us = deadline_now() - start;

    fact->fault = fault;
    fact->code = s->smtp.reply.code;
    text_copy(fact->text, sizeof fact->text, words_of(&s->smtp, fault));
    stage->us = us > stage->us ? us : stage->us;
    if (stage->fault == PROBE_FINE) {
        stage->fault = fault;
        stage->code = fact->code;
        text_copy(stage->text, sizeof stage->text, fact->text);
    }
    return status == SMTP_REPLIED && fact->code != 421;
}

static void do_recipients(struct session *s)
{
    struct stage_fact *stage = begin(s, STAGE_RCPT), result = {.entered = true};

    s->o->recipients = calloc(s->r->recipient_count, sizeof *s->o->recipients);
    if (!s->o->recipients) {
        result.fault = PROBE_LOCAL;
        text_copy(result.text, sizeof result.text, "out of memory");
    }
    for (size_t i = 0; s->o->recipients && i < s->r->recipient_count; i++) {
        if (!do_recipient(s, s->r->recipients[i], &result))
            break;
    }
    result.passed = result.fault == PROBE_FINE;
    *stage = result;
    atomic_fetch_or(&s->o->final, 1u << STAGE_RCPT);
}

static bool do_mail(struct session *s)
{
    begin(s, STAGE_MAIL);
    return end_smtp(
        s, STAGE_MAIL,
        smtp_command(&s->smtp, stage_deadline(s), "MAIL FROM:<%s>", s->r->terms->sender));
}

static void do_envelope(struct session *s)
{
    bool asked = s->r->recipient_count > 0;

    if (asked && do_mail(s))
        do_recipients(s);
    if (s->smtp.reply.code != 0)
        smtp_end(&s->smtp, asked, farewell_deadline(s));
}

/* --- sessions --- */

static void wrapper_session(struct session *s)
{
    s->o->stages[STAGE_STARTTLS] = (struct stage_fact){.entered = true, .passed = true, .us = -1};
    atomic_fetch_or(&s->o->final, 1u << STAGE_STARTTLS);
    if (!do_tls(s))
        return;
    do_cert(s);
    if (do_greeting(s) && do_ehlo(s, STAGE_EHLO))
        do_envelope(s);
}

/* Without TLS the envelope is asked in clear, to show a gateway that takes mail but not TLS. */
static void starttls_session(struct session *s)
{
    if (!do_greeting(s) || !do_ehlo(s, STAGE_EHLO))
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
    if (do_ehlo(s, STAGE_EHLO_TLS))
        do_envelope(s);
}

/* Whether a handshake failed for a reason that a more lenient client may get to know. */
static bool wants_diagnosis(const struct observation *o)
{
    enum probe_fault f = o->stages[STAGE_TLS].fault;

    return o->stages[STAGE_TLS].entered &&
           (f == PROBE_TLS || f == PROBE_CLOSED || f == PROBE_FAILED);
}

static struct look_config look_config(const struct probe_config *c, const struct terms *terms)
{
    return (struct look_config){.trust = terms->trust,
                                .min_version = terms->min_version,
                                .helo = c->helo,
                                .wrapper = c->wrapper,
                                .stage_ms = c->stage_ms,
                                .deadline = c->deadline};
}

static void diagnose(const struct probe_config *c, const struct plan_request *r, struct look *out)
{
    struct look_config config = look_config(c, r->terms);
    struct look_wish wish = {.sni = r->sni, .lax = true};

    conn_close(look_open(&config, r->address, &wish, out));
}

static void look_again(const struct probe_config *c, const struct plan_request *r,
                       const struct look_wish *wish, struct second_look *out)
{
    struct look_config config = look_config(c, r->terms);
    struct conn *conn = look_open(&config, r->address, wish, &out->look);
    STACK_OF(X509) *chain = conn ? conn_peer_chain(conn) : NULL;

    out->has_chain = chain && verify(c, r, chain, &out->chain);
    if (chain && !out->has_chain) {
        out->look.local = true;
        text_copy(out->look.reason, sizeof out->look.reason, "out of memory");
    }
    if (out->has_chain)
        note_staple(c, conn, &out->chain, &out->staple);
    conn_close(conn);
}

/* Most senders send no SNI; some know but one kind of key. */
static void look_as_others(const struct probe_config *c, const struct plan_request *r,
                           struct observation *o)
{
    enum cert_kind kind = o->chain.certs[0].kind;
    struct look_wish without_sni = {0};
    struct look_wish other = {
        .sni = r->sni, .kind = kind == CERT_RSA ? CERT_ECDSA : CERT_RSA, .staple = true};

    if (r->sni)
        look_again(c, r, &without_sni, &o->without_sni);
    if (kind != CERT_OTHER)
        look_again(c, r, &other, &o->other_kind);
}

/* One step of the session in clear; true while it goes on. */
static bool plain_step(struct session *s, struct plaintext_fact *f, enum stage stage,
                       enum smtp_status status)
{
    f->at = stage;
    f->fault = fault_of_smtp(&s->smtp, status, stage);
    f->code = s->smtp.reply.code;
    text_copy(f->text, sizeof f->text, words_of(&s->smtp, f->fault));
    return f->fault == PROBE_FINE;
}

/* The recipients in turn, until one is accepted: that is one too many. */
static void plain_recipients(struct session *s, struct plaintext_fact *f)
{
    for (size_t i = 0; i < s->r->recipient_count; i++) {
        enum smtp_status status =
            smtp_command(&s->smtp, stage_deadline(s), "RCPT TO:<%s>", s->r->recipients[i]);

        if (plain_step(s, f, STAGE_RCPT, status) || f->fault != PROBE_REJECTED || f->code == 421)
            break;
    }
}

/* The session that ought to be refused (--refuses-plaintext). */
static void plaintext_session(struct session *s)
{
    struct plaintext_fact *f = &s->o->plaintext;
    enum conn_status status;

    *f = (struct plaintext_fact){.asked = true, .at = STAGE_CONNECT};
    atomic_store(&s->o->since, deadline_now());
    atomic_store(&s->o->at, STAGE_CONNECT);
    status = conn_open(&s->smtp.conn, s->r->address, stage_deadline(s), f->text);
    f->fault = fault_of_conn(status);
    if (status != CONN_OK)
        return;
    if (plain_step(s, f, STAGE_GREETING, smtp_greeting(&s->smtp, stage_deadline(s))) &&
        plain_step(s, f, STAGE_EHLO, smtp_ehlo(&s->smtp, helo(s), stage_deadline(s))) &&
        plain_step(
            s, f, STAGE_MAIL,
            smtp_command(&s->smtp, stage_deadline(s), "MAIL FROM:<%s>", s->r->terms->sender)))
        plain_recipients(s, f);
    if (s->smtp.reply.code != 0)
        smtp_end(&s->smtp, f->at >= STAGE_MAIL, farewell_deadline(s));
}

static void close_session(struct session *s)
{
    conn_close(s->smtp.conn);
    s->smtp = (struct smtp){.transcript = s->smtp.transcript};
}

void probe_run(const struct probe_config *c, const struct plan_request *r, struct observation *o)
{
    struct session s = {.c = c, .r = r, .o = o};

    text_init(&o->transcript, 32768);
    if (c->transcript)
        s.smtp.transcript = &o->transcript;
    if (r->terms->refuses_plaintext && has_time(c)) {
        plaintext_session(&s);
        atomic_fetch_or(&o->final, 1u << OBSERVATION_PLAINTEXT_FINAL);
        close_session(&s);
    }
    if (has_time(c) && do_connect(&s))
        (c->wrapper ? wrapper_session : starttls_session)(&s);
    close_session(&s);
    if (wants_diagnosis(o) && has_time(c))
        diagnose(c, r, &o->diagnosis);
    atomic_store(&o->done, true);
    if (c->certificates && o->has_chain)
        look_as_others(c, r, o);
    if (s.seated)
        seats_leave(c->seats);
    atomic_store(&o->looked, true);
}
