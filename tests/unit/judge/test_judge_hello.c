/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_hello.h"

#include <string.h>

#include "base/text.h"
#include "policy/sent_hello.h"
#include "probe/hello_facts.h"
#include "unit/judge/fixture.h"
#include "unit/unit.h"

/* Answers to hellos of 1700, 300 and 1700 bytes. */
#define ACCEPTED                                                                                   \
    {                                                                                              \
        .end = HELLO_ASK_ACCEPTED, .seen.version = 0x0304                                          \
    }
#define ALERT                                                                                      \
    {                                                                                              \
        .end = HELLO_ASK_ALERT, .seen.alert = 99 /* without a name */                              \
    }
#define CLOSED                                                                                     \
    {                                                                                              \
        .end = HELLO_ASK_CLOSED, .reason = "not shown"                                             \
    }
#define SILENT                                                                                     \
    {                                                                                              \
        .end = HELLO_ASK_SILENT                                                                    \
    }

static const struct {
    struct hello_ask_answer answers[HELLO_TRIES_MAX];
    size_t count;
    const char *detail; /* of what was not found out; NULL: nothing is to be said */
} unclear[] = {
    {{ACCEPTED}, 1, NULL},
    {{SILENT, ACCEPTED, ACCEPTED}, 3, NULL},
    {{CLOSED, SILENT},
     2,
     "expected a ServerHello, seen a closed connection to 1700 bytes, then no answer in time to "
     "300 bytes"},
    {{ALERT, ALERT},
     2,
     "expected a ServerHello, seen alert 99 to 1700 bytes, then alert 99 to "
     "300 bytes: refused whatever its size"},
    {{{.end = HELLO_ASK_UNREACHED, .reason = "421 busy"}},
     1,
     "expected a ServerHello, seen no handshake (421 busy) to 1700 bytes"},
    {{{.end = HELLO_ASK_MALFORMED}},
     1,
     "expected a ServerHello, seen a malformed answer to 1700 bytes"},
    {{{.end = HELLO_ASK_MALFORMED, .reason = "no version"}},
     1,
     "expected a ServerHello, seen a malformed answer (no version) to 1700 bytes"},
    {{{.end = HELLO_ASK_LOCAL, .reason = "no socket"}},
     1,
     "expected a ServerHello, seen a failure on this machine (no socket) to 1700 bytes"},
    {{SILENT, ACCEPTED, {.end = HELLO_ASK_UNREACHED}},
     3,
     "expected a ServerHello, seen no answer in time to 1700 bytes, then TLSv1.3 to 300 bytes, "
     "then no handshake to 1700 bytes"},
};

static void open_hello(struct fixture *f, struct sent_hello *hello, struct hello_facts *facts,
                       const struct hello_ask_answer *answers, size_t count)
{
    fixture_one(f);
    f->policy.hello = hello;
    for (size_t i = 0; i < count; i++)
        facts->at[i] = (struct hello_try){i != 1, i != 1 ? 1700 : 300, answers[i]};
    facts->count = count;
}

START_TEST(not_found_out)
{
    struct sent_hello hello = {.source = SENT_HELLO_OPENSSL};
    struct hello_facts facts = {0};
    const struct hello_facts *all[] = {&facts};
    struct fixture f;

    open_hello(&f, &hello, &facts, unclear[_i].answers, unclear[_i].count);
    f.facts.hellos = all;
    fixture_judge(&f);
    ck_assert_uint_eq(f.verdict.findings.count, unclear[_i].detail != NULL);
    if (unclear[_i].detail) {
        ck_assert_int_eq(f.verdict.findings.at[0].code, F_NOT_PROBED);
        ck_assert_str_eq(f.verdict.findings.at[0].headline,
                         "not tested with the ClientHello of --hello");
        ck_assert_str_eq(f.verdict.findings.at[0].detail, unclear[_i].detail);
    }
    fixture_close(&f);
}
END_TEST

/* Nothing was asked: because the run ended, or because there was nothing to ask. */
START_TEST(not_asked)
{
    struct sent_hello hello = {.source = SENT_HELLO_OPENSSL};
    const struct hello_facts *all[] = {NULL};
    struct fixture f;

    fixture_one(&f);
    f.policy.hello = _i == 2 ? NULL : &hello;
    f.facts.hellos = _i == 1 ? all : NULL;
    fixture_judge(&f);
    ck_assert_uint_eq(f.verdict.findings.count, _i < 2);
    if (_i < 2) {
        ck_assert_int_eq(f.verdict.findings.at[0].code, F_NOT_PROBED);
        ck_assert_str_eq(f.verdict.findings.at[0].detail, "the run ended first");
    }
    fixture_fail(fixture_at(&f, 0, 0), STAGE_TLS, PROBE_CLOSED, 0, "");
    fixture_judge(&f);
    ck_assert_uint_eq(fixture_count(&f, F_NOT_PROBED), 0);
    fixture_close(&f);
}
END_TEST

#define POSTFIX SENT_HELLO_POSTFIX, "Postfix 3.10.4", "OpenSSL 3.5.1"

static const struct {
    enum sent_hello_source source;
    const char *program, *library;
    enum sent_hello_use use;
    enum state state;
    const char *words;
} uses[] = {
    {SENT_HELLO_OPENSSL, "", "OpenSSL 3.0.17", SENT_HELLO_NOT_KNOWN, STATE_WARNING,
     "OpenSSL 3.5 and later send the large one; --hello postfix or exim asks whether our mail "
     "server does"},
    {SENT_HELLO_FILE, "hello.bin", "", SENT_HELLO_NOT_KNOWN, STATE_WARNING,
     "the large one is that of hello.bin"},
    {SENT_HELLO_EXIM, "Exim 4.96", "", SENT_HELLO_NOT_KNOWN, STATE_WARNING,
     "assumed: our Exim 4.96 may send the large one"},
    {POSTFIX, SENT_HELLO_USED, STATE_CRITICAL,
     "assumed: our Postfix 3.10.4 with OpenSSL 3.5.1 sends the large one, because no setting "
     "prevents it"},
    {POSTFIX, SENT_HELLO_OLD_LIBRARY, STATE_WARNING,
     "our Postfix 3.10.4 with OpenSSL 3.5.1 does not send the large one; OpenSSL 3.5 and later do"},
    {POSTFIX, SENT_HELLO_OTHER_GROUPS, STATE_WARNING,
     "our Postfix 3.10.4 with OpenSSL 3.5.1 does not send the large one, because of its "
     "tls_eecdh_auto_curves and tls_ffdhe_auto_groups"},
    {POSTFIX, SENT_HELLO_LIBRARY_NOT_KNOWN, STATE_WARNING,
     "assumed: our Postfix 3.10.4 with OpenSSL 3.5.1 sends the large one if it runs with OpenSSL "
     "3.5 or later, which it does not say"},
    {POSTFIX, SENT_HELLO_SETTINGS_NOT_KNOWN, STATE_WARNING,
     "assumed: our Postfix 3.10.4 with OpenSSL 3.5.1 sends the large one, unless its configuration "
     "of OpenSSL sets other groups"},
    {SENT_HELLO_EXIM, "Exim 4.96", "GnuTLS 3.7.9", SENT_HELLO_OTHER_LIBRARY, STATE_WARNING,
     "our Exim 4.96 with GnuTLS 3.7.9 sends the large one only with a post-quantum key share"},
};

START_TEST(sensitive)
{
    static const struct hello_ask_answer answers[] = {CLOSED, ACCEPTED, ALERT};
    struct sent_hello hello = {.source = uses[_i].source, .use = uses[_i].use};
    struct hello_facts facts = {0};
    const struct hello_facts *all[] = {&facts};
    struct fixture f;
    char detail[500];

    text_copy(hello.program, sizeof hello.program, uses[_i].program);
    text_copy(hello.library, sizeof hello.library, uses[_i].library);
    open_hello(&f, &hello, &facts, answers, 3);
    f.facts.hellos = all;
    fixture_judge(&f);
    ck_assert_uint_eq(f.verdict.findings.count, 1);
    ck_assert_int_eq(f.verdict.findings.at[0].code, F_HELLO_SIZE_SENSITIVE);
    ck_assert_int_eq(f.verdict.findings.at[0].state, uses[_i].state);
    ck_assert_str_eq(f.verdict.findings.at[0].headline, "no TLS with a large ClientHello");
    text_format(detail, sizeof detail,
                "expected TLSv1.3 with 1700 bytes, as with 300 bytes, seen a closed connection, "
                "and again alert 99; %s",
                uses[_i].words);
    ck_assert_str_eq(f.verdict.findings.at[0].detail, detail);
    fixture_close(&f);
}
END_TEST

UNIT_CASE(judge_hello, {not_found_out, COUNT(unclear)}, {not_asked, 3}, {sensitive, COUNT(uses)})
