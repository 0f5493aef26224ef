/* SPDX-License-Identifier: BSD-2-Clause */
/* How a probe is known again in the log. */
#include "mta/mail_probe.h"

#include <string.h>

#include "unit/unit.h"

enum { AT = 1796018400 };

/* A probe of the partner tuv whose sender is probe@example.com. */
static void begin(struct mail_probe *p)
{
    struct error e;

    ck_assert(mail_probe_begin(p, "probe@example.com", '+', "tuv", &e));
}

/* Passes a submission at AT, with the queue id. */
static void submit(struct mail_probe *p, const char *sender, const char *queue_id)
{
    const struct maillog_submission s = {AT, span_of(queue_id), span_of(sender)};

    mail_probe_submission(p, &s);
}

/* Passes a result at a time for the queue id. */
static void result_at(struct mail_probe *p, time_t at, const char *queue_id,
                      enum maillog_status status, enum maillog_tls tls)
{
    const struct maillog_delivery d = {.at = at,
                                       .status = status,
                                       .tls = tls,
                                       .queue_id = span_of(queue_id),
                                       .address = span_of("u@tuv.test"),
                                       .peer = span_of("mx[192.0.2.1]:25"),
                                       .reason = span_of("(250 ok)")};

    mail_probe_result(p, &d);
}

/* Passes a result at AT. */
static void result(struct mail_probe *p, const char *queue_id, enum maillog_status status,
                   enum maillog_tls tls)
{
    result_at(p, AT, queue_id, status, tls);
}

/* Senders, and when the probe was that they stand for; 0: none of ours. */
static const struct {
    const char *sender;
    time_t begun;
} senders[] = {
    {"probe+tls-tuv-1796018400@example.com", 1796018400},
    {"probe+tls-tuv-1796018460@Example.COM", 1796018460},
    {"probe+tls-tuv-1796018461@example.com", 0}, /* a minute and more in the future */
    {"probe+tls-tuv-999999999999@example.com", 0},
    {"probe+tls-tuv-1796018400@example.org", 0},
    {"probe+tls-cat-1796018400@example.com", 0},
    {"probe+tls-tuv-1-1796018400@example.com", 0}, /* of the partner tuv-1 */
    {"probe+tls-tuv-@example.com", 0},
    {"probe+tls-tuv-1796018400", 0},
    {"probe+tls-tuv-", 0},
    {"probe@example.com", 0},
    {"probe+tls-tuv-99999999999999999999@example.com", 0},
    {"probe+tls-tuv--1@example.com", 0},
    {"", 0},
};

START_TEST(senders_are_known_again)
{
    struct mail_probe p;

    begin(&p);
    submit(&p, senders[_i].sender, "AAAA1");
    ck_assert_int_eq(p.begun, senders[_i].begun);
    ck_assert_str_eq(p.queue_id, senders[_i].begun ? "AAAA1" : "");
}
END_TEST

START_TEST(the_latest_probe_counts)
{
    struct mail_probe p;

    begin(&p);
    result(&p, "", MAILLOG_DELIVERABLE, MAILLOG_VERIFIED);
    ck_assert(!p.done);
    submit(&p, "probe+tls-tuv-1796010000@example.com", "AAAA1");
    result(&p, "AAAA1", MAILLOG_DELIVERABLE, MAILLOG_VERIFIED);
    ck_assert(p.done && p.answer.deliverable);
    submit(&p, "probe+tls-tuv-1796000000@example.com", "AAAA0");
    ck_assert(p.done && strcmp(p.queue_id, "AAAA1") == 0);
    submit(&p, "probe+tls-tuv-1796018000@example.com", "AAAA2");
    ck_assert(!p.done);
    result(&p, "AAAA1", MAILLOG_DELIVERABLE, MAILLOG_VERIFIED);
    result(&p, "AAAA2", MAILLOG_SENT, MAILLOG_VERIFIED);
    ck_assert(!p.done);
    result(&p, "AAAA2", MAILLOG_UNDELIVERABLE, MAILLOG_NOT_LOGGED);
    ck_assert(p.done && !p.answer.deliverable);
    ck_assert_str_eq(p.answer.reason, "250 ok");
}
END_TEST

/* A result counts until there is the next one, and it is known for how long that has been due. */
START_TEST(an_answer_stays_until_the_next)
{
    struct mail_probe p;

    begin(&p);
    submit(&p, "probe+tls-tuv-1796010000@example.com", "AAAA1");
    ck_assert(!p.answered && p.waits == 1796010000);
    result(&p, "AAAA1", MAILLOG_UNDELIVERABLE, MAILLOG_NOT_LOGGED);
    ck_assert(p.answered && p.waits == 0);
    submit(&p, "probe+tls-tuv-1796014000@example.com", "AAAA2");
    submit(&p, "probe+tls-tuv-1796018000@example.com", "AAAA3");
    ck_assert(!p.done && p.answered && !p.answer.deliverable);
    ck_assert_str_eq(p.answer.queue_id, "AAAA1");
    ck_assert_int_eq(p.waits, 1796014000);
    result(&p, "AAAA2", MAILLOG_DELIVERABLE, MAILLOG_VERIFIED);
    ck_assert(!p.done && !p.answer.deliverable);
    result(&p, "AAAA3", MAILLOG_DELIVERABLE, MAILLOG_VERIFIED);
    ck_assert(p.done && p.answer.deliverable && p.waits == 0);
    ck_assert_str_eq(p.answer.queue_id, "AAAA3");
}
END_TEST

/* Services of one reading of the log are not those of another. */
START_TEST(an_answer_that_stays_is_finished_once)
{
    const struct maillog_service silent = {.logs_tls = false}, logs = {.logs_tls = true};
    struct mail_probe p;

    begin(&p);
    submit(&p, "probe+tls-tuv-1796010000@example.com", "AAAA1");
    result(&p, "AAAA1", MAILLOG_DELIVERABLE, MAILLOG_NOT_LOGGED);
    mail_probe_finish(&p, &silent, 1);
    submit(&p, "probe+tls-tuv-1796014000@example.com", "AAAA2");
    mail_probe_finish(&p, &logs, 1);
    ck_assert_int_eq(p.answer.tls, MAILLOG_NOT_LOGGED);
    result(&p, "AAAA2", MAILLOG_DELIVERABLE, MAILLOG_NOT_LOGGED);
    mail_probe_finish(&p, &logs, 1);
    ck_assert_int_eq(p.answer.tls, MAILLOG_PLAINTEXT);
}
END_TEST

/* Whoever has a queue id after the probe, the result is not the probe's. */
START_TEST(a_queue_id_that_is_used_again_is_anothers)
{
    struct mail_probe p;

    begin(&p);
    submit(&p, "probe+tls-tuv-1796018400@example.com", "AAAA1");
    result_at(&p, AT + 3601, "AAAA1", MAILLOG_UNDELIVERABLE, MAILLOG_NOT_LOGGED);
    ck_assert(!p.done);
    result_at(&p, AT + 3600, "AAAA1", MAILLOG_DELIVERABLE, MAILLOG_VERIFIED);
    ck_assert(p.done);
    submit(&p, "probe+tls-cat-1796018400@example.com", "AAAA1");
    result(&p, "AAAA1", MAILLOG_UNDELIVERABLE, MAILLOG_NOT_LOGGED);
    ck_assert(p.done && p.answer.deliverable);
    ck_assert_str_eq(p.answer.queue_id, "AAAA1");
    submit(&p, "probe+tls-tuv-1796018401@example.com", "AAAA1");
    result(&p, "AAAA1", MAILLOG_UNDELIVERABLE, MAILLOG_NOT_LOGGED);
    ck_assert(p.done && !p.answer.deliverable);
}
END_TEST

/* An alias that stands for several addresses is as good as the worst of them. */
START_TEST(one_that_is_undeliverable_decides)
{
    struct mail_probe p;

    begin(&p);
    submit(&p, "probe+tls-tuv-1796018400@example.com", "AAAA1");
    result(&p, "AAAA1", MAILLOG_DELIVERABLE, MAILLOG_VERIFIED);
    result(&p, "AAAA1", MAILLOG_UNDELIVERABLE, MAILLOG_TRUSTED);
    result(&p, "AAAA1", MAILLOG_DELIVERABLE, MAILLOG_VERIFIED);
    ck_assert(!p.answer.deliverable);
    ck_assert_int_eq(p.answer.tls, MAILLOG_TRUSTED);
}
END_TEST

/* What the server said, without the brackets around it. */
static const struct {
    const char *logged, *reason;
} reasons[] = {{"(250 ok)", "250 ok"}, {"(x)", "x"}, {"()", ""}, {"(", ""}, {"", ""}, {"x", "x"}};

START_TEST(a_reason_has_no_brackets)
{
    struct mail_probe p;

    begin(&p);
    submit(&p, "probe+tls-tuv-1796018400@example.com", "AAAA1");
    mail_probe_result(&p, &(struct maillog_delivery){.at = AT,
                                                     .status = MAILLOG_DELIVERABLE,
                                                     .queue_id = span_of("AAAA1"),
                                                     .address = span_of("u@tuv.test"),
                                                     .peer = span_of("mx[192.0.2.1]:25"),
                                                     .reason = span_of(reasons[_i].logged)});
    ck_assert_str_eq(p.answer.reason, reasons[_i].reason);
}
END_TEST

START_TEST(a_service_that_logs_tls_and_did_not_had_none)
{
    const struct maillog_service services[] = {{.logs_tls = false}, {.logs_tls = true}};
    struct mail_probe p = {.answered = true, .answer.tls = MAILLOG_NOT_LOGGED};

    mail_probe_finish(&p, services, 2);
    ck_assert_int_eq(p.answer.tls, MAILLOG_NOT_LOGGED);
    p.answer.service = 1;
    mail_probe_finish(&p, services, 2);
    ck_assert_int_eq(p.answer.tls, MAILLOG_PLAINTEXT);
}
END_TEST

START_TEST(mailboxes_that_take_no_extension_are_errors)
{
    struct mail_probe p;
    struct error e;

    ck_assert(!mail_probe_begin(&p, "\"a b\"@example.com", '+', "tuv", &e));
    ck_assert(!mail_probe_begin(&p, "probe", '+', "tuv", &e));
    ck_assert(
        mail_probe_begin(&p, "a123456789b123456789c123456789d123456789e12@x.test", '-', "tuv", &e));
    ck_assert(!mail_probe_begin(&p, "a123456789b123456789c123456789d123456789e123@x.test", '-',
                                "tuv", &e));
}
END_TEST

UNIT_CASE(mail_probe, {senders_are_known_again, COUNT(senders)}, {the_latest_probe_counts, 1},
          {an_answer_stays_until_the_next, 1}, {an_answer_that_stays_is_finished_once, 1},
          {a_queue_id_that_is_used_again_is_anothers, 1}, {one_that_is_undeliverable_decides, 1},
          {a_reason_has_no_brackets, COUNT(reasons)},
          {a_service_that_logs_tls_and_did_not_had_none, 1},
          {mailboxes_that_take_no_extension_are_errors, 1})
