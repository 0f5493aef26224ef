/* SPDX-License-Identifier: BSD-2-Clause */
/* What events come to, where their number or their time is at a limit. Events that lines of a log
 * are read as are in test_maillog.c. */
#include "mta/maillog_track.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mta/maillog_messages.h"
#include "unit/unit.h"

enum { SINCE = 1000000, PROCESSES = 100000 };

static const char *const words[MAILLOG_TLS_COUNT] = {
    [MAILLOG_UNKNOWN] = "unknown",     [MAILLOG_NOT_LOGGED] = "silent",
    [MAILLOG_PLAINTEXT] = "plaintext", [MAILLOG_ENCRYPTED] = "encrypted",
    [MAILLOG_TRUSTED] = "trusted",     [MAILLOG_VERIFIED] = "verified"};

/* Deliveries as words, with '<' before what we received. */
static void keep(void *ctx, const struct maillog_delivery *d)
{
    text_addf(ctx, "%s%.*s %s\n", d->inbound ? "<" : "", (int)d->queue_id.len, d->queue_id.at,
              words[d->tls]);
}

static struct maillog_track *begin(struct text *out)
{
    struct maillog_track *t = maillog_track_new(SINCE, keep, out);

    ck_assert_ptr_nonnull(t);
    text_init(out, 1 << 20);
    return t;
}

static void end(struct maillog_track *t, struct text *out, const char *want)
{
    ck_assert_str_eq(text_str(out), want);
    text_free(out);
    maillog_track_free(t);
}

static struct maillog_event event(enum maillog_event_kind kind, const char *tag, uint32_t pid,
                                  time_t at)
{
    struct maillog_event e;

    maillog_event_begin(&e, span_of(tag), pid);
    e.kind = kind;
    e.at = at;
    e.peer = span_of("mx.a.test[192.0.2.1]:25");
    return e;
}

static void add(struct maillog_track *t, struct maillog_event *e)
{
    maillog_track_prepare(t, e);
    maillog_track_event(t, e);
}

static void client_tls(struct maillog_track *t, uint32_t pid, time_t at)
{
    struct maillog_event e = event(MAILLOG_CLIENT_TLS, "postfix/smtp", pid, at);

    e.tls = MAILLOG_VERIFIED;
    add(t, &e);
}

static void sent(struct maillog_track *t, const char *id, uint32_t pid, time_t at)
{
    struct maillog_event e = event(MAILLOG_DELIVERY, "postfix/smtp", pid, at);

    e.queue_id = span_of(id);
    add(t, &e);
}

/* --- the table of processes --- */

START_TEST(a_process_that_is_used_stays)
{
    struct text out;
    struct maillog_track *t = begin(&out);

    client_tls(t, 1, SINCE);
    sent(t, "A", 1, SINCE);
    for (uint32_t pid = 2; pid < PROCESSES; pid++) {
        client_tls(t, pid, SINCE);
        if (pid % 64 == 0)
            sent(t, "A", 1, SINCE - 1); /* before the period: it is not passed on */
    }
    sent(t, "A", 1, SINCE);
    sent(t, "B", 2, SINCE); /* it was not used, and is forgotten */
    end(t, &out, "A verified\nA verified\nB silent\n");
}
END_TEST

/* --- the table of messages --- */

/* Keys of one set, each another one. */
static uint64_t key(uint64_t i)
{
    return (7 + i * MAILLOG_MESSAGE_SETS) * 2 + 1;
}

static void of_key(struct maillog_track *t, enum maillog_event_kind kind, uint32_t pid, uint64_t i,
                   enum maillog_tls tls)
{
    struct maillog_event e = event(kind, "postfix/smtpd", pid, SINCE);
    char id[24];

    snprintf(id, sizeof id, "M%d", (int)i);
    e.queue_id = span_of(id);
    e.address = span_of("u@a.test");
    e.tls = tls;
    maillog_track_prepare(t, &e);
    e.message = key(i);
    maillog_track_event(t, &e);
}

static void message(struct maillog_track *t, uint32_t pid, uint64_t i)
{
    of_key(t, MAILLOG_SERVER_MESSAGE, pid, i, MAILLOG_UNKNOWN);
    of_key(t, MAILLOG_SENDER, pid, i, MAILLOG_UNKNOWN);
}

START_TEST(the_oldest_message_makes_room)
{
    struct text out;
    struct maillog_track *t = begin(&out);

    message(t, 1, 0);
    for (uint64_t i = 1; i < MAILLOG_MESSAGE_WAYS; i++)
        message(t, 2, i);
    of_key(t, MAILLOG_SERVER_END, 1, 0, MAILLOG_ENCRYPTED); /* M0 leaves, M4 takes its place */
    for (uint64_t i = 4; i < 8; i++)
        message(t, 3, i);
    of_key(t, MAILLOG_SERVER_END, 3, 0, MAILLOG_PLAINTEXT);
    maillog_track_end(t);
    end(t, &out,
        "<M0 encrypted\n<M1 unknown\n<M2 unknown\n<M3 unknown\n<M7 plaintext\n<M6 plaintext\n"
        "<M5 plaintext\n<M4 plaintext\n");
}
END_TEST

START_TEST(a_message_that_lost_its_place_leaves_the_older_ones_unknown)
{
    struct text out;
    struct maillog_track *t = begin(&out);

    for (uint64_t i = 0; i < 3; i++)
        message(t, 1, i);
    message(t, 2, 3);
    message(t, 2, 4); /* in the place of M0 */
    message(t, 2, 5); /* in the place of M1 */
    of_key(t, MAILLOG_SERVER_END, 1, 0, MAILLOG_ENCRYPTED);
    of_key(t, MAILLOG_SERVER_END, 2, 0, MAILLOG_PLAINTEXT);
    end(t, &out,
        "<M0 unknown\n<M1 unknown\n<M2 encrypted\n<M5 plaintext\n<M4 plaintext\n<M3 plaintext\n");
}
END_TEST

/* --- times --- */

static void exim(struct maillog_track *t, const char *id, time_t at, bool continued,
                 enum maillog_tls tls)
{
    struct maillog_event e = event(MAILLOG_DELIVERY, "exim", 1, at);

    e.queue_id = span_of(id);
    e.transport = span_of("remote_smtp");
    e.tls_given = true;
    e.continued = continued;
    e.tls = tls;
    add(t, &e);
}

START_TEST(a_level_of_exim_is_settled_after_an_hour)
{
    struct text out;
    struct maillog_track *t = begin(&out);

    exim(t, "A", SINCE, false, MAILLOG_VERIFIED);
    exim(t, "B", SINCE, true, MAILLOG_ENCRYPTED); /* it has never been another one */
    exim(t, "C", SINCE, true, MAILLOG_PLAINTEXT);
    exim(t, "D", SINCE + 1, false, MAILLOG_ENCRYPTED);
    exim(t, "E", SINCE + 3600, true, MAILLOG_ENCRYPTED);
    exim(t, "F", SINCE + 3601, true, MAILLOG_ENCRYPTED);
    exim(t, "G", SINCE + 3602, false, MAILLOG_PLAINTEXT);
    exim(t, "H", SINCE + 3603, true, MAILLOG_ENCRYPTED);
    end(t, &out,
        "A verified\nB verified\nC plaintext\nD encrypted\nE unknown\nF encrypted\nG plaintext\n"
        "H encrypted\n");
}
END_TEST

/* What takes the place of a process that was used a second ago has been the same all along. */
START_TEST(a_level_of_exim_is_settled_at_first)
{
    struct text out;
    struct maillog_track *t = begin(&out);

    for (uint32_t pid = 1; pid < PROCESSES; pid++) {
        client_tls(t, pid, SINCE - 1);
        sent(t, "A", pid, SINCE - 1);
    }
    exim(t, "B", SINCE, false, MAILLOG_VERIFIED);
    exim(t, "C", SINCE, true, MAILLOG_ENCRYPTED);
    end(t, &out, "B verified\nC verified\n");
}
END_TEST

START_TEST(after_a_minute_it_may_be_another_attempt)
{
    struct text out;
    struct maillog_track *t = begin(&out);

    client_tls(t, 1, SINCE);
    sent(t, "A", 1, SINCE);
    sent(t, "A", 1, SINCE + 60);  /* a minute after the last */
    sent(t, "A", 1, SINCE + 120); /* counts from there on */
    sent(t, "A", 1, SINCE + 181);
    end(t, &out, "A verified\nA verified\nA verified\nA unknown\n");
}
END_TEST

static void submitted(void *ctx, const struct maillog_submission *s)
{
    text_addf(ctx, "%.*s by %.*s\n", (int)s->queue_id.len, s->queue_id.at, (int)s->sender.len,
              s->sender.at);
}

/* What is at the first second of the period is of the period, what is before it is not. */
START_TEST(the_period_has_its_first_second)
{
    struct text out;
    struct maillog_track *t = begin(&out);

    for (time_t at = SINCE - 1; at <= SINCE; at++) {
        struct maillog_event e = event(MAILLOG_RECEIVED, "exim", 1, at);

        sent(t, at == SINCE ? "A1" : "A0", 1, at);
        e.queue_id = span_of(at == SINCE ? "B1" : "B0");
        e.tls = MAILLOG_ENCRYPTED;
        add(t, &e);
        e = event(MAILLOG_SUBMITTED, "postfix/pickup", 1, at);
        e.queue_id = span_of(at == SINCE ? "C1" : "C0");
        e.address = span_of("u@a.test");
        add(t, &e); /* nobody asks for it yet */
        maillog_track_submissions(t, submitted);
        add(t, &e);
        maillog_track_submissions(t, NULL);
    }
    end(t, &out, "A1 silent\n<B1 encrypted\nC1 by u@a.test\n");
}
END_TEST

/* A service has logged TLS where it did so in the period, whichever kind of line said so. */
START_TEST(tls_before_the_period_is_not_what_a_service_logs)
{
    static const enum maillog_event_kind kinds[] = {MAILLOG_CLIENT_TLS, MAILLOG_DELIVERY,
                                                    MAILLOG_RECEIVED, MAILLOG_SERVER_TLS};
    struct text out;
    struct maillog_track *t = begin(&out);
    const struct maillog_service *services;
    struct maillog_event e;
    size_t count;

    for (int late = 0; late < 2; late++) {
        e = event(kinds[_i], "postfix/any", 1, SINCE - 1 + late);
        e.unwanted = e.tls_given = true;
        e.tls = MAILLOG_ENCRYPTED;
        add(t, &e);
        services = maillog_track_services(t, &count);
        ck_assert_uint_eq(count, 1);
        ck_assert_int_eq(services[0].logs_tls, late);
        ck_assert_int_eq(services[0].inbound, kinds[_i] >= MAILLOG_SERVER_CONNECT);
    }
    end(t, &out, "");
}
END_TEST

/* --- services --- */

START_TEST(the_last_service_stands_for_what_is_beyond)
{
    struct text out;
    struct maillog_track *t = begin(&out);
    const struct maillog_service *services;
    struct maillog_event e;
    char tag[2 * MAILLOG_SERVICE_NAME];
    size_t count;

    for (unsigned i = 0; i < MAILLOG_SERVICES + 2; i++) {
        snprintf(tag, sizeof tag, "postfix/%u", i);
        e = event(MAILLOG_CLIENT_LOST, tag, 1, SINCE);
        add(t, &e);
        add(t, &e);
        services = maillog_track_services(t, &count);
        ck_assert_uint_eq(count, i < MAILLOG_SERVICES ? i + 1 : MAILLOG_SERVICES);
    }
    ck_assert_str_eq(services[0].name, "postfix/0");
    ck_assert_str_eq(services[MAILLOG_SERVICES - 1].name, "postfix/63");
    ck_assert(!services[MAILLOG_SERVICES - 1].logs_tls);
    e = event(MAILLOG_CLIENT_TLS, "postfix/65", 1, SINCE);
    add(t, &e);
    ck_assert(services[MAILLOG_SERVICES - 1].logs_tls);
    end(t, &out, "");
}
END_TEST

/* Names that differ in what there is no room for are one service. */
START_TEST(a_service_has_as_much_of_its_name_as_there_is_room_for)
{
    struct text out;
    struct maillog_track *t = begin(&out);
    char tag[MAILLOG_SERVICE_NAME + 2];
    size_t count;

    memset(tag, 'a', sizeof tag);
    tag[MAILLOG_SERVICE_NAME + 1] = '\0';
    for (size_t at = MAILLOG_SERVICE_NAME; at > MAILLOG_SERVICE_NAME - 3; at--) {
        struct maillog_event e = event(MAILLOG_CLIENT_LOST, tag, 1, SINCE);
        const struct maillog_service *services;

        tag[at] = 'b';
        add(t, &e);
        services = maillog_track_services(t, &count);
        ck_assert_uint_eq(count, at >= MAILLOG_SERVICE_NAME - 1 ? 1 : 2);
        ck_assert_uint_eq(strlen(services[0].name), MAILLOG_SERVICE_NAME - 1);
    }
    end(t, &out, "");
}
END_TEST

UNIT_CASE(maillog_track, {a_process_that_is_used_stays, 1}, {the_oldest_message_makes_room, 1},
          {a_message_that_lost_its_place_leaves_the_older_ones_unknown, 1},
          {a_level_of_exim_is_settled_after_an_hour, 1}, {a_level_of_exim_is_settled_at_first, 1},
          {after_a_minute_it_may_be_another_attempt, 1}, {the_period_has_its_first_second, 1},
          {tls_before_the_period_is_not_what_a_service_logs, 4},
          {the_last_service_stands_for_what_is_beyond, 1},
          {a_service_has_as_much_of_its_name_as_there_is_room_for, 1})
