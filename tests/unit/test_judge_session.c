#include "judge_session.h"

#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "unit.h"

/* --- one stage goes wrong --- */

static const struct {
    const char *name;
    enum stage stage;
    enum probe_fault fault;
    int reply;
    enum finding_code code;
    enum state state;
} faults[] = {
    {"greeting 554", STAGE_GREETING, PROBE_REJECTED, 554, F_GREETING_REJECTED, STATE_CRITICAL},
    {"greeting 421", STAGE_GREETING, PROBE_REJECTED, 421, F_THROTTLED, STATE_WARNING},
    {"greeting 450", STAGE_GREETING, PROBE_REJECTED, 450, F_DEFERRED, STATE_WARNING},
    {"greeting no SMTP", STAGE_GREETING, PROBE_NO_SMTP, 0, F_GREETING_REJECTED, STATE_CRITICAL},
    {"greeting broken", STAGE_GREETING, PROBE_BROKEN, 220, F_GREETING_REJECTED, STATE_CRITICAL},
    {"greeting, our side", STAGE_GREETING, PROBE_LOCAL, 0, F_NOT_PROBED, STATE_UNKNOWN},
    {"EHLO 502", STAGE_EHLO, PROBE_REJECTED, 502, F_EHLO_REJECTED, STATE_CRITICAL},
    {"EHLO 421", STAGE_EHLO, PROBE_REJECTED, 421, F_THROTTLED, STATE_WARNING},
    {"EHLO 451", STAGE_EHLO, PROBE_REJECTED, 451, F_DEFERRED, STATE_WARNING},
    {"EHLO no SMTP", STAGE_EHLO, PROBE_NO_SMTP, 0, F_EHLO_REJECTED, STATE_CRITICAL},
    {"EHLO silent", STAGE_EHLO, PROBE_SILENT, 0, F_PROTOCOL_ERROR, STATE_CRITICAL},
    {"EHLO closed", STAGE_EHLO, PROBE_CLOSED, 0, F_PROTOCOL_ERROR, STATE_CRITICAL},
    {"EHLO reset", STAGE_EHLO, PROBE_FAILED, 0, F_PROTOCOL_ERROR, STATE_CRITICAL},
    {"EHLO broken", STAGE_EHLO, PROBE_BROKEN, 250, F_PROTOCOL_ERROR, STATE_CRITICAL},
    {"EHLO unfinished", STAGE_EHLO, PROBE_UNFINISHED, 0, F_PROTOCOL_ERROR, STATE_CRITICAL},
    {"STARTTLS not offered", STAGE_STARTTLS, PROBE_NOT_OFFERED, 0, F_STARTTLS_NOT_SUPPORTED,
     STATE_CRITICAL},
    {"STARTTLS 454", STAGE_STARTTLS, PROBE_REJECTED, 454, F_STARTTLS_REFUSED, STATE_CRITICAL},
    {"STARTTLS 502", STAGE_STARTTLS, PROBE_REJECTED, 502, F_STARTTLS_REFUSED, STATE_CRITICAL},
    {"STARTTLS 250", STAGE_STARTTLS, PROBE_REJECTED, 250, F_STARTTLS_REFUSED, STATE_CRITICAL},
    {"STARTTLS 421", STAGE_STARTTLS, PROBE_REJECTED, 421, F_THROTTLED, STATE_WARNING},
    {"STARTTLS silent", STAGE_STARTTLS, PROBE_SILENT, 0, F_PROTOCOL_ERROR, STATE_CRITICAL},
    {"handshake", STAGE_TLS, PROBE_TLS, 0, F_TLS_HANDSHAKE_FAILED, STATE_CRITICAL},
    {"handshake silent", STAGE_TLS, PROBE_SILENT, 0, F_TLS_HANDSHAKE_FAILED, STATE_CRITICAL},
    {"handshake closed", STAGE_TLS, PROBE_CLOSED, 0, F_TLS_HANDSHAKE_FAILED, STATE_CRITICAL},
    {"handshake, our side", STAGE_TLS, PROBE_LOCAL, 0, F_NOT_PROBED, STATE_UNKNOWN},
    {"EHLO after it, alert", STAGE_EHLO_TLS, PROBE_TLS, 0, F_TLS_HANDSHAKE_FAILED, STATE_CRITICAL},
    {"EHLO after it, 554", STAGE_EHLO_TLS, PROBE_REJECTED, 554, F_EHLO_REJECTED, STATE_CRITICAL},
    {"EHLO after it, 450", STAGE_EHLO_TLS, PROBE_REJECTED, 450, F_DEFERRED, STATE_WARNING},
    {"EHLO after it, closed", STAGE_EHLO_TLS, PROBE_CLOSED, 0, F_PROTOCOL_ERROR, STATE_CRITICAL},
    {"MAIL 550", STAGE_MAIL, PROBE_REJECTED, 550, F_SENDER_REJECTED, STATE_WARNING},
    {"MAIL 451", STAGE_MAIL, PROBE_REJECTED, 451, F_DEFERRED, STATE_OK},
    {"MAIL 421", STAGE_MAIL, PROBE_REJECTED, 421, F_THROTTLED, STATE_WARNING},
    {"MAIL silent", STAGE_MAIL, PROBE_SILENT, 0, F_PROTOCOL_ERROR, STATE_CRITICAL},
    {"RCPT 550", STAGE_RCPT, PROBE_REJECTED, 550, F_RECIPIENT_REJECTED, STATE_WARNING},
    {"RCPT 450, greylisting", STAGE_RCPT, PROBE_REJECTED, 450, F_DEFERRED, STATE_OK},
    {"RCPT 421", STAGE_RCPT, PROBE_REJECTED, 421, F_THROTTLED, STATE_WARNING},
    {"RCPT no SMTP", STAGE_RCPT, PROBE_NO_SMTP, 0, F_PROTOCOL_ERROR, STATE_CRITICAL},
};

static void open_mailbox(struct fixture *f)
{
    fixture_open(f);
    fixture_target(f, RESOLVE_MAILBOX, "example.com", "info@example.com");
    fixture_gateway(f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_plan(f);
}

START_TEST(fault)
{
    struct fixture f;
    struct observation *o;

    open_mailbox(&f);
    o = fixture_at(&f, 0, 0);
    fixture_fail(o, faults[_i].stage, faults[_i].fault, faults[_i].reply, "999 words");
    if (faults[_i].stage == STAGE_MAIL)
        o->recipient_count = 0;
    if (faults[_i].stage == STAGE_RCPT) {
        o->recipients[0].fault = faults[_i].fault;
        o->recipients[0].code = faults[_i].reply;
    }
    fixture_judge(&f);
    if (faults[_i].fault == PROBE_SILENT && faults[_i].stage == STAGE_GREETING)
        ck_assert_ptr_nonnull(fixture_find(&f, F_NO_GATEWAY_REACHABLE));
    ck_assert_msg(f.verdict.findings.count > 0, "%s: no finding", faults[_i].name);
    ck_assert_msg(fixture_find(&f, faults[_i].code) != NULL, "%s: %s instead", faults[_i].name,
                  finding_info(f.verdict.findings.at[0].code)->code);
    ck_assert_msg(fixture_find(&f, faults[_i].code)->state == faults[_i].state, "%s: %s",
                  faults[_i].name, state_name(fixture_find(&f, faults[_i].code)->state));
    for (size_t i = 0; i < f.verdict.findings.count; i++) {
        ck_assert(f.verdict.findings.at[i].headline[0]);
        ck_assert(is_utf8(f.verdict.findings.at[i].headline));
    }
    fixture_close(&f);
}
END_TEST

START_TEST(stripped)
{
    struct fixture f;
    struct observation *o;

    fixture_one(&f);
    o = fixture_at(&f, 0, 0);
    fixture_no_starttls(o);
    o->stripped = true;
    snprintf(o->stripped_by, sizeof o->stripped_by, "XXXXXXXA");
    fixture_judge(&f);
    ck_assert_ptr_nonnull(fixture_find(&f, F_STARTTLS_STRIPPED));
    ck_assert_ptr_null(fixture_find(&f, F_STARTTLS_NOT_SUPPORTED));
    ck_assert_int_eq(f.verdict.confidence, 10);
    fixture_close(&f);
}
END_TEST

/* --- the handshake's cause --- */

static const struct {
    const char *name;
    bool tried, succeeded;
    int version;
    enum finding_code code;
} diagnoses[] = {
    {"nothing known", false, false, 0, F_TLS_HANDSHAKE_FAILED},
    {"fails too", true, false, 0, F_TLS_HANDSHAKE_FAILED},
    {"old version", true, true, TLS1_1_VERSION, F_TLS_VERSION},
    {"weak cipher", true, true, TLS1_2_VERSION, F_TLS_HANDSHAKE_FAILED},
};

START_TEST(diagnosis)
{
    struct fixture f;
    struct observation *o;

    fixture_one(&f);
    o = fixture_at(&f, 0, 0);
    fixture_fail(o, STAGE_TLS, PROBE_TLS, 0, "alert");
    o->diagnosis = (struct look){.tried = diagnoses[_i].tried,
                                      .succeeded = diagnoses[_i].succeeded};
    o->diagnosis.tls.version = diagnoses[_i].version;
    fixture_judge(&f);
    ck_assert_msg(fixture_find(&f, diagnoses[_i].code) != NULL, "%s", diagnoses[_i].name);
    ck_assert_uint_eq(f.verdict.findings.count, 1);
    ck_assert_int_eq(f.verdict.state, STATE_CRITICAL);
    ck_assert_int_eq(f.verdict.confidence, 40);
    fixture_close(&f);
}
END_TEST

START_TEST(injection)
{
    struct fixture f;
    struct observation *o;

    fixture_one(&f);
    o = fixture_at(&f, 0, 0);
    o->injected = 17;
    snprintf(o->injected_text, sizeof o->injected_text, "250 evil");
    fixture_judge(&f);
    ck_assert_uint_eq(f.verdict.findings.count, 1);
    ck_assert_int_eq(f.verdict.findings.at[0].code, F_STARTTLS_INJECTION);
    ck_assert_ptr_nonnull(strstr(f.verdict.findings.at[0].detail, "17 bytes"));
    ck_assert_int_eq(f.verdict.confidence, 70);
    fixture_close(&f);
}
END_TEST

/* --- recipients of several targets --- */

START_TEST(each_recipient_its_own)
{
    struct fixture f;
    struct observation *o;
    const struct plan_request *q;
    size_t host;

    fixture_open(&f);
    fixture_target(&f, RESOLVE_MAILBOX, "example.com", "a@example.com");
    fixture_target(&f, RESOLVE_MAILBOX, "example.com", "b@example.com");
    host = fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_host(&f, 1, "mx.example.com", 10);
    fixture_plan(&f);
    o = fixture_at(&f, host, 0);
    q = &f.plan.requests[0];
    ck_assert_uint_eq(q->recipient_count, 2);
    for (size_t i = 0; i < 2; i++) {
        if (strcmp(q->recipients[i], "b@example.com") == 0) {
            o->recipients[i].fault = PROBE_REJECTED;
            o->recipients[i].code = 550;
            snprintf(o->recipients[i].text, sizeof o->recipients[i].text, "550 no b");
        }
    }
    fixture_judge(&f);
    ck_assert_uint_eq(fixture_count(&f, F_RECIPIENT_REJECTED), 1);
    ck_assert_uint_eq(fixture_find(&f, F_RECIPIENT_REJECTED)->target, 1);
    fixture_close(&f);
}
END_TEST

/* --- contract section 8 --- */

static const struct {
    const char *name;
    enum stage at;
    enum probe_fault fault;
    int code;
    const char *text;
    bool control; /* RCPT passed after STARTTLS */
    int want;     /* a finding, -1: none */
} plaintexts[] = {
    {"accepted", STAGE_RCPT, PROBE_FINE, 250, "250 ok", true, F_PLAINTEXT_ACCEPTED},
    {"accepted, control refused", STAGE_RCPT, PROBE_FINE, 250, "250 ok", false,
     F_PLAINTEXT_ACCEPTED},
    {"MAIL refused, control accepted", STAGE_MAIL, PROBE_REJECTED, 550, "550 no", true, -1},
    {"RCPT refused, control accepted", STAGE_RCPT, PROBE_REJECTED, 550, "550 no", true, -1},
    {"RCPT deferred, control accepted", STAGE_RCPT, PROBE_REJECTED, 450, "450 no", true, -1},
    {"530", STAGE_MAIL, PROBE_REJECTED, 530, "530 no", false, -1},
    {"5.7.0", STAGE_RCPT, PROBE_REJECTED, 554, "554 5.7.0 no", false, -1},
    {"5.7.0, several lines", STAGE_RCPT, PROBE_REJECTED, 554, "554-5.7.0 no", false, -1},
    {"5.7.01 is another", STAGE_RCPT, PROBE_REJECTED, 554, "554 15.7.0 no", false,
     F_PLAINTEXT_INCONCLUSIVE},
    {"names TLS", STAGE_RCPT, PROBE_REJECTED, 550, "550 Use tls, please", false, -1},
    {"names STARTTLS", STAGE_MAIL, PROBE_REJECTED, 451, "451 Must issue a STARTTLS first", false,
     -1},
    {"names encryption", STAGE_RCPT, PROBE_REJECTED, 550, "550 Encryption required", false, -1},
    {"both refused", STAGE_RCPT, PROBE_REJECTED, 550, "550 no", false, F_PLAINTEXT_INCONCLUSIVE},
    {"both deferred", STAGE_RCPT, PROBE_REJECTED, 450, "450 greylisted", false,
     F_PLAINTEXT_INCONCLUSIVE},
    {"EHLO refused", STAGE_EHLO, PROBE_REJECTED, 550, "550 no", true, F_PLAINTEXT_INCONCLUSIVE},
    {"greeting 421", STAGE_GREETING, PROBE_REJECTED, 421, "421 TLS", true,
     F_PLAINTEXT_INCONCLUSIVE},
    {"silent", STAGE_RCPT, PROBE_SILENT, 0, "", true, F_PLAINTEXT_INCONCLUSIVE},
    {"closed at MAIL", STAGE_MAIL, PROBE_CLOSED, 0, "", true, F_PLAINTEXT_INCONCLUSIVE},
    {"no connection", STAGE_CONNECT, PROBE_FAILED, 0, "Connection refused", true,
     F_PLAINTEXT_INCONCLUSIVE},
    {"broken", STAGE_RCPT, PROBE_BROKEN, 250, "250 ok", true, F_PLAINTEXT_INCONCLUSIVE},
};

START_TEST(plaintext)
{
    struct fixture f;
    struct observation *o;
    const struct finding *accepted, *inconclusive;

    open_mailbox(&f);
    f.terms.refuses_plaintext = true;
    f.terms.sender = "partner@example.net";
    o = fixture_at(&f, 0, 0);
    o->plaintext = (struct plaintext_fact){.asked = true, .at = plaintexts[_i].at,
                                           .fault = plaintexts[_i].fault,
                                           .code = plaintexts[_i].code};
    snprintf(o->plaintext.text, sizeof o->plaintext.text, "%s", plaintexts[_i].text);
    if (!plaintexts[_i].control) {
        fixture_fail(o, STAGE_RCPT, PROBE_REJECTED, 550, "550 no");
        o->recipients[0].fault = PROBE_REJECTED;
        o->recipients[0].code = 550;
    }
    fixture_judge(&f);
    accepted = fixture_find(&f, F_PLAINTEXT_ACCEPTED);
    inconclusive = fixture_find(&f, F_PLAINTEXT_INCONCLUSIVE);
    ck_assert_msg(!accepted == (plaintexts[_i].want != F_PLAINTEXT_ACCEPTED), "%s",
                  plaintexts[_i].name);
    ck_assert_msg(!inconclusive == (plaintexts[_i].want != F_PLAINTEXT_INCONCLUSIVE), "%s",
                  plaintexts[_i].name);
    ck_assert(!accepted || accepted->state == STATE_CRITICAL);
    ck_assert(!inconclusive || inconclusive->state == STATE_UNKNOWN);
    fixture_close(&f);
}
END_TEST

START_TEST(plaintext_not_asked)
{
    struct fixture f;

    open_mailbox(&f);
    fixture_judge(&f);
    ck_assert_uint_eq(f.verdict.findings.count, 0);
    fixture_close(&f);
}
END_TEST

UNIT_CASE(judge_session, {fault, COUNT(faults)}, {stripped, 1}, {diagnosis, COUNT(diagnoses)},
          {injection, 1}, {each_recipient_its_own, 1}, {plaintext, COUNT(plaintexts)},
          {plaintext_not_asked, 1})
