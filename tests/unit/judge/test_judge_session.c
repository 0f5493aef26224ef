/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/judge/fixture.h"
#include "unit/unit.h"

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
    fixture_target(f, TARGET_MAILBOX, "example.com", "info@example.com");
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
                  finding_code_info(f.verdict.findings.at[0].code)->code);
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
    o->stripped_by = "XXXXXXXA";
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
    o->diagnosis = calloc(1, sizeof *o->diagnosis);
    o->diagnosis->tries[DIAGNOSIS_LAX] =
        (struct handshake){.tried = diagnoses[_i].tried, .succeeded = diagnoses[_i].succeeded};
    o->diagnosis->tries[DIAGNOSIS_LAX].tls.version = diagnoses[_i].version;
    fixture_judge(&f);
    ck_assert_msg(fixture_find(&f, diagnoses[_i].code) != NULL, "%s", diagnoses[_i].name);
    ck_assert_uint_eq(f.verdict.findings.count, 1);
    ck_assert_int_eq(f.verdict.state, STATE_CRITICAL);
    ck_assert_int_eq(f.verdict.confidence, 40);
    fixture_close(&f);
}
END_TEST

/* --- client certificates --- */

/* The reason of a refusal after a request for a client certificate. */
static const struct {
    enum conn_client client;
    enum stage stage;
    enum probe_fault fault;
    int code, alert;
    const char *text;
    enum finding_code want;
} refusals[] = {
    {CONN_CLIENT_NONE, STAGE_TLS, PROBE_TLS, 0, SSL_AD_HANDSHAKE_FAILURE, "x",
     F_CLIENT_CERTIFICATE_REQUIRED},
    {CONN_CLIENT_NONE, STAGE_TLS, PROBE_CLOSED, 0, 0, "", F_CLIENT_CERTIFICATE_REQUIRED},
    {CONN_CLIENT_NONE, STAGE_TLS, PROBE_TLS, 0, SSL_AD_DECRYPT_ERROR, "x", F_TLS_HANDSHAKE_FAILED},
    {CONN_CLIENT_NONE, STAGE_TLS, PROBE_TLS, 0, SSL_AD_DECODE_ERROR, "x",
     F_CLIENT_CERTIFICATE_REQUIRED},
    {CONN_CLIENT_SHOWN, STAGE_TLS, PROBE_TLS, 0, SSL_AD_DECODE_ERROR, "x", F_TLS_HANDSHAKE_FAILED},
    {CONN_CLIENT_NONE, STAGE_TLS, PROBE_SILENT, 0, 0, "", F_TLS_HANDSHAKE_FAILED},
    {CONN_CLIENT_NOT_ASKED, STAGE_TLS, PROBE_TLS, 0, SSL_AD_HANDSHAKE_FAILURE, "x",
     F_TLS_HANDSHAKE_FAILED},
    {CONN_CLIENT_NONE, STAGE_EHLO_TLS, PROBE_TLS, 0, SSL_AD_CERTIFICATE_REQUIRED, "x",
     F_CLIENT_CERTIFICATE_REQUIRED},
    {CONN_CLIENT_NONE, STAGE_EHLO_TLS, PROBE_CLOSED, 0, 0, "", F_CLIENT_CERTIFICATE_REQUIRED},
    {CONN_CLIENT_NOT_ASKED, STAGE_EHLO_TLS, PROBE_CLOSED, 0, 0, "", F_PROTOCOL_ERROR},
    {CONN_CLIENT_NONE, STAGE_EHLO_TLS, PROBE_REJECTED, 554, 0, "554 no",
     F_CLIENT_CERTIFICATE_REQUIRED},
    {CONN_CLIENT_SHOWN, STAGE_EHLO_TLS, PROBE_REJECTED, 454, 0, "454 no",
     F_CLIENT_CERTIFICATE_REQUIRED},
    {CONN_CLIENT_NONE, STAGE_EHLO_TLS, PROBE_REJECTED, 421, 0, "421 4.7.1 No client Certificate",
     F_CLIENT_CERTIFICATE_REQUIRED},
    {CONN_CLIENT_NONE, STAGE_EHLO_TLS, PROBE_REJECTED, 421, 0, "421 4.7.1 busy", F_THROTTLED},
    {CONN_CLIENT_NONE, STAGE_MAIL, PROBE_REJECTED, 550, 0, "550 no", F_CLIENT_CERTIFICATE_REQUIRED},
    {CONN_CLIENT_NONE, STAGE_MAIL, PROBE_REJECTED, 403, 0, "403 4.7.0 not authenticated",
     F_CLIENT_CERTIFICATE_REQUIRED},
    {CONN_CLIENT_NONE, STAGE_MAIL, PROBE_REJECTED, 550, 0, "550 5.1.8 no", F_SENDER_REJECTED},
    {CONN_CLIENT_NONE, STAGE_MAIL, PROBE_REJECTED, 451, 0, "451 later", F_DEFERRED},
    {CONN_CLIENT_NONE, STAGE_MAIL, PROBE_REJECTED, 451, 0, "451 4.1.8 bad certificate",
     F_CLIENT_CERTIFICATE_REQUIRED},
    {CONN_CLIENT_NOT_ASKED, STAGE_MAIL, PROBE_REJECTED, 550, 0, "550 no", F_SENDER_REJECTED},
    {CONN_CLIENT_NONE, STAGE_MAIL, PROBE_REJECTED, 451, 0, "451 4.7.",
     F_CLIENT_CERTIFICATE_REQUIRED},
    {CONN_CLIENT_NONE, STAGE_MAIL, PROBE_REJECTED, 451, 0, "451 4.7", F_DEFERRED},
    {CONN_CLIENT_NONE, STAGE_MAIL, PROBE_REJECTED, 451, 0, "451 4-7.1", F_DEFERRED},
    {CONN_CLIENT_NONE, STAGE_MAIL, PROBE_REJECTED, 451, 0, "451 4.7-1", F_DEFERRED},
    {CONN_CLIENT_NONE, STAGE_MAIL, PROBE_REJECTED, 451, 0, "451 4.6.1", F_DEFERRED},
};

static const int alerts[] = {SSL_AD_NO_CERTIFICATE,      SSL_AD_BAD_CERTIFICATE,
                             SSL_AD_CERTIFICATE_REVOKED, SSL_AD_CERTIFICATE_EXPIRED,
                             SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA,
                             SSL_AD_ACCESS_DENIED,       SSL_AD_UNSUPPORTED_CERTIFICATE};

START_TEST(alert_about_a_certificate)
{
    struct fixture f;
    struct observation *o;

    fixture_one(&f);
    o = fixture_at(&f, 0, 0);
    fixture_fail(o, STAGE_TLS, PROBE_TLS, 0, "x");
    o->stages[STAGE_TLS].alert = alerts[_i];
    o->client = CONN_CLIENT_NONE;
    fixture_judge(&f);
    ck_assert_uint_eq(f.verdict.findings.count, 1);
    ck_assert_int_eq(f.verdict.findings.at[0].code, F_CLIENT_CERTIFICATE_REQUIRED);
    fixture_close(&f);
}
END_TEST

START_TEST(client_certificate)
{
    struct fixture f;
    struct observation *o;

    fixture_one(&f);
    o = fixture_at(&f, 0, 0);
    fixture_fail(o, refusals[_i].stage, refusals[_i].fault, refusals[_i].code, refusals[_i].text);
    o->stages[refusals[_i].stage].alert = refusals[_i].alert;
    o->client = refusals[_i].client;
    o->own_cert.not_after = f.judge.now + 365 * 86400;
    fixture_judge(&f);
    ck_assert_msg(fixture_find(&f, refusals[_i].want) != NULL, "%d: %s", _i,
                  finding_code_info(f.verdict.findings.at[0].code)->code);
    ck_assert_uint_eq(f.verdict.findings.count, 1);
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
    o->injected_text = "250 evil";
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
    fixture_target(&f, TARGET_MAILBOX, "example.com", "a@example.com");
    fixture_target(&f, TARGET_MAILBOX, "example.com", "b@example.com");
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
            o->recipients[i].text = "550 no b";
        }
    }
    fixture_judge(&f);
    ck_assert_uint_eq(fixture_count(&f, F_RECIPIENT_REJECTED), 1);
    ck_assert_uint_eq(fixture_find(&f, F_RECIPIENT_REJECTED)->target, 1);
    fixture_close(&f);
}
END_TEST

/* --- --refuses-plaintext, as OPTIONS of check_smtp_tls(8) has it --- */

static const struct {
    const char *name;
    enum stage at;
    enum probe_fault fault;
    int code;
    const char *text;
    bool control;      /* RCPT passed after STARTTLS */
    int want;          /* a finding, -1: none */
    const char *again; /* what the second try in plaintext met; NULL: there was none */
} plaintexts[] = {
    {"accepted", STAGE_RCPT, PROBE_FINE, 250, "250 ok", true, F_PLAINTEXT_ACCEPTED, NULL},
    {"accepted, control refused", STAGE_RCPT, PROBE_FINE, 250, "250 ok", false,
     F_PLAINTEXT_ACCEPTED, NULL},
    {"MAIL refused, and again", STAGE_MAIL, PROBE_REJECTED, 550, "550 no", true, -1, "550 no"},
    {"RCPT refused, and again", STAGE_RCPT, PROBE_REJECTED, 550, "550 no", true, -1, "550 no"},
    {"500 is permanent, too", STAGE_RCPT, PROBE_REJECTED, 500, "500 no", true, -1, "500 no"},
    {"refused once", STAGE_RCPT, PROBE_REJECTED, 550, "550 no", true, F_PLAINTEXT_INCONCLUSIVE,
     NULL},
    {"refused otherwise", STAGE_RCPT, PROBE_REJECTED, 550, "550 no", true, F_PLAINTEXT_INCONCLUSIVE,
     "550 not now"},
    {"deferred, as by greylisting", STAGE_RCPT, PROBE_REJECTED, 450, "450 no", true,
     F_PLAINTEXT_INCONCLUSIVE, "450 no"},
    {"530", STAGE_MAIL, PROBE_REJECTED, 530, "530 no", false, -1, NULL},
    {"5.7.0 may mean anything", STAGE_RCPT, PROBE_REJECTED, 554, "554 5.7.0 no", false,
     F_PLAINTEXT_INCONCLUSIVE, NULL},
    {"names TLS", STAGE_RCPT, PROBE_REJECTED, 550, "550 Use tls, please", false, -1, NULL},
    {"names STARTTLS", STAGE_MAIL, PROBE_REJECTED, 451, "451 Must issue a STARTTLS first", false,
     -1, NULL},
    {"names encryption", STAGE_RCPT, PROBE_REJECTED, 550, "550 Encryption required", false, -1,
     NULL},
    {"both refused", STAGE_RCPT, PROBE_REJECTED, 550, "550 no", false, F_PLAINTEXT_INCONCLUSIVE,
     NULL},
    {"both deferred", STAGE_RCPT, PROBE_REJECTED, 450, "450 greylisted", false,
     F_PLAINTEXT_INCONCLUSIVE, NULL},
    {"EHLO refused", STAGE_EHLO, PROBE_REJECTED, 550, "550 no", true, F_PLAINTEXT_INCONCLUSIVE,
     NULL},
    {"greeting 421", STAGE_GREETING, PROBE_REJECTED, 421, "421 TLS", true, F_PLAINTEXT_INCONCLUSIVE,
     NULL},
    {"silent", STAGE_RCPT, PROBE_SILENT, 0, "", true, F_PLAINTEXT_INCONCLUSIVE, NULL},
    {"closed at MAIL", STAGE_MAIL, PROBE_CLOSED, 0, "", true, F_PLAINTEXT_INCONCLUSIVE, NULL},
    {"no connection", STAGE_CONNECT, PROBE_FAILED, 0, "Connection refused", true,
     F_PLAINTEXT_INCONCLUSIVE, NULL},
    {"broken", STAGE_RCPT, PROBE_BROKEN, 250, "250 ok", true, F_PLAINTEXT_INCONCLUSIVE, NULL},
};

START_TEST(plaintext)
{
    struct fixture f;
    struct observation *o;
    const struct finding *accepted, *inconclusive;

    open_mailbox(&f);
    f.policy.refuses_plaintext = true;
    f.policy.sender = "partner@example.net";
    o = fixture_at(&f, 0, 0);
    o->plaintext = (struct plaintext_fact){.asked = true,
                                           .at = plaintexts[_i].at,
                                           .fault = plaintexts[_i].fault,
                                           .code = plaintexts[_i].code,
                                           .text = plaintexts[_i].text};
    o->plaintext_again = o->plaintext;
    o->plaintext_again.asked = plaintexts[_i].again != NULL;
    o->plaintext_again.text = plaintexts[_i].again ? plaintexts[_i].again : "";
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

/* A client that we could not pose as: no reply counts. And one that shows no certificate. */
START_TEST(as_another_client)
{
    struct fixture f;
    struct observation *o;

    open_mailbox(&f);
    f.policy.refuses_plaintext = f.policy.refuses_unverified = true;
    f.policy.sender = "partner@example.net";
    f.policy.xclient_address = "192.0.2.1";
    o = fixture_at(&f, 0, 0);
    o->plaintext = (struct plaintext_fact){
        .asked = true, .at = STAGE_MAIL, .fault = PROBE_REJECTED, .code = 530, .text = "530 no"};
    o->xclient_failed = _i == 0;
    o->plaintext.xclient_failed = _i == 1;
    o->has_tls = true;
    fixture_judge(&f);
    ck_assert(!fixture_find(&f, F_PLAINTEXT_INCONCLUSIVE) == (_i == 2));
    ck_assert(!fixture_find(&f, F_PLAINTEXT_ACCEPTED) == (_i < 2));
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
          {client_certificate, COUNT(refusals)}, {alert_about_a_certificate, COUNT(alerts)},
          {injection, 1}, {each_recipient_its_own, 1}, {plaintext, COUNT(plaintexts)},
          {as_another_client, 3}, {plaintext_not_asked, 1})
