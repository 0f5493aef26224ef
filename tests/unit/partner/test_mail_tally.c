/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/mail_tally.h"

#include <string.h>

#include "unit/unit.h"

static const char form_text[] = "[a]\n"
                                "domains = a.test\n"
                                "gateways = mx.a.test\n"
                                "sending-hosts = 192.0.2.0/28 out.a.test\n"
                                "[w]\n"
                                "domains = *.w.test\n"
                                "gateways = mx.w.test\n"
                                "[own]\n"
                                "domains = example.com\n"
                                "internal = 10.0.0.0/8\n"
                                "relay = relay.example.com:25 198.51.100.7\n";

static void begin(struct form *form, struct mail_tally *t)
{
    struct error e;

    *form = (struct form){0};
    *t = (struct mail_tally){0};
    ck_assert_msg(form_read("f.ini", form_text, strlen(form_text), form, &e), "%s", e.text);
    ck_assert(mail_tally_begin(t, form, NULL));
    ck_assert(mail_tally_internal(t, "127.0.0.0/8 172.16.0.0/12, cidr:/no/network"));
}

static void end(struct form *form, struct mail_tally *t)
{
    mail_tally_clear(t);
    form_clear(form);
}

enum { SENT, RECEIVED, OTHER, RELAYED, NOWHERE };

static const struct {
    bool inbound;
    const char *address, *peer;
    int partner, where;
} cases[] = {
    {false, "u@a.test", "mx.a.test[203.0.113.1]:25", 0, SENT},
    {false, "u@A.TEST", "mx.a.test [203.0.113.1]:25", 0, SENT},
    {false, "\"u@x\"@a.test", "mx.a.test[2001:db8::1]:25", 0, SENT},
    {false, "u@w.test", "mx.w.test[203.0.113.1]:25", 1, SENT},
    {false, "u@deep.sub.w.test", "mx.w.test[203.0.113.1]:25", 1, SENT},
    {false, "u@Deep.Sub.W.TEST", "mx.w.test[203.0.113.1]:25", 1, SENT},
    {false, "u@other.test", "mx.a.test[203.0.113.1]:25", 0, NOWHERE},
    {false, "u@sub.a.test", "mx.a.test[203.0.113.1]:25", 0, NOWHERE},
    {false, "u", "mx.a.test[203.0.113.1]:25", 0, NOWHERE},
    {false, "", "mx.a.test[203.0.113.1]:25", 0, NOWHERE},
    /* loopback, sockets, mynetworks, [own] internal */
    {false, "u@a.test", "localhost[127.0.0.1]:10024", 0, NOWHERE},
    {false, "u@a.test", "localhost[::1]:10024", 0, NOWHERE},
    {false, "u@a.test", "mx[private/lmtp]", 0, NOWHERE},
    {false, "u@a.test", "none", 0, NOWHERE},
    {false, "u@a.test", "filter[10.1.2.3]:25", 0, NOWHERE},
    {false, "u@a.test", "filter[172.16.0.1]:25", 0, NOWHERE},
    {true, "u@a.test", "localhost[127.0.0.1]", 0, NOWHERE},
    {true, "u@a.test", "filter[10.1.2.3]", 0, NOWHERE},
    /* [own] relay */
    {false, "u@a.test", "relay.example.com[203.0.113.7]:25", 0, RELAYED},
    {false, "u@a.test", "relay.example.com[203.0.113.7]:587", 0, SENT},
    {false, "u@a.test", "x[198.51.100.7]:587", 0, RELAYED},
    /* the partner's hosts, by network and by name */
    {true, "u@a.test", "unknown[192.0.2.15]", 0, RECEIVED},
    {true, "u@a.test", "OUT.a.test[203.0.113.5]", 0, RECEIVED},
    {true, "u@a.test", "out.a.test (helo) [203.0.113.5]:40000", 0, RECEIVED},
    {true, "u@a.test", "out.a.test DS [203.0.113.5]", 0, RECEIVED},
    {true, "u@a.test", "unknown[192.0.2.16]", 0, OTHER},
    /* a name that the client gave itself */
    {true, "u@a.test", "(out.a.test) [203.0.113.5]", 0, OTHER},
    {true, "u@a.test", "host.other.test (out.a.test) [203.0.113.5]", 0, OTHER},
    {true, "u@w.test", "mx.w.test[203.0.113.5]", 1, OTHER},
    {true, "", "unknown[192.0.2.15]", 0, NOWHERE},
};

START_TEST(a_message_is_whose_and_counts)
{
    struct form form;
    struct mail_tally t;
    struct mail_partner *m;
    uint64_t got[5];

    begin(&form, &t);
    mail_tally_add(&t, &(struct maillog_delivery){.inbound = cases[_i].inbound,
                                                  .tls = MAILLOG_PLAINTEXT,
                                                  .queue_id = span_of("AAAA1"),
                                                  .address = span_of(cases[_i].address),
                                                  .peer = span_of(cases[_i].peer)});
    m = &t.partners[cases[_i].partner];
    got[SENT] = mail_tally_total(&m->sent);
    got[RECEIVED] = mail_tally_total(&m->received);
    got[OTHER] = mail_tally_total(&m->other);
    got[RELAYED] = m->sent.relayed;
    got[NOWHERE] = 0;
    for (int i = 0; i < NOWHERE; i++)
        ck_assert_msg(got[i] == (i == cases[_i].where), "case %d, %d", _i, i);
    end(&form, &t);
}
END_TEST

static void add(struct mail_tally *t, const char *id, enum maillog_tls tls, size_t service)
{
    mail_tally_add(t, &(struct maillog_delivery){.tls = tls,
                                                 .service = service,
                                                 .queue_id = span_of(id),
                                                 .address = span_of("u@a.test"),
                                                 .peer = span_of("mx[203.0.113.1]:25")});
}

/* No TLS line is plaintext only where the same service logs TLS. */
START_TEST(silence_of_a_service_that_logs_tls_is_plaintext)
{
    static const struct maillog_service services[] = {{.name = "a/smtp", .logs_tls = true},
                                                      {.name = "b/smtp"}};
    struct form form;
    struct mail_tally t;
    const struct mail_direction *d;

    begin(&form, &t);
    d = &t.partners[0].sent;
    add(&t, "AAAA1", MAILLOG_NOT_LOGGED, 0);
    add(&t, "AAAA2", MAILLOG_NOT_LOGGED, 1);
    add(&t, "AAAA3", MAILLOG_VERIFIED, 0);
    mail_tally_finish(&t, services, 2);
    ck_assert_uint_eq(d->count[MAILLOG_PLAINTEXT], 1);
    ck_assert_uint_eq(d->count[MAILLOG_NOT_LOGGED], 1);
    ck_assert_uint_eq(d->count[MAILLOG_VERIFIED], 1);
    ck_assert_uint_eq(mail_tally_unknown(d), 1);
    ck_assert_uint_eq(d->plaintext.seen, 1);
    ck_assert_str_eq(d->plaintext.at[0].queue_id, "AAAA1");
    end(&form, &t);
}
END_TEST

START_TEST(the_latest_examples_are_kept_clean)
{
    struct form form;
    struct mail_tally t;
    const struct mail_examples *l;

    begin(&form, &t);
    l = &t.partners[0].sent.plaintext;
    for (char c = 'A'; c <= 'G'; c++)
        add(&t, (char[]){c, '|', '\0'}, MAILLOG_PLAINTEXT, 0);
    ck_assert_uint_eq(l->seen, 7);
    ck_assert_str_eq(l->at[6 % MAIL_EXAMPLES].queue_id, "G?");
    ck_assert_str_eq(l->at[2].queue_id, "C?");
    end(&form, &t);
}
END_TEST

/* Of messages that the log calls plaintext and those without a TLS line, the latest are kept, in
 * their order. */
START_TEST(silent_examples_are_in_the_order_of_time)
{
    const struct maillog_service logs = {.logs_tls = true};
    const struct mail_examples *l;
    struct form form;
    struct mail_tally t;

    begin(&form, &t);
    for (int i = 0; i < 8; i++)
        mail_tally_add(&t, &(struct maillog_delivery){.at = 100 + i,
                                                      .tls = i == 1 || i == 5 ? MAILLOG_PLAINTEXT
                                                                              : MAILLOG_NOT_LOGGED,
                                                      .queue_id = (struct span){&"ABCDEFGH"[i], 1},
                                                      .address = span_of("u@a.test"),
                                                      .peer = span_of("mx[203.0.113.1]:25")});
    mail_tally_finish(&t, &logs, 1);
    l = &t.partners[0].sent.plaintext;
    for (uint64_t i = 0; i < MAIL_EXAMPLES; i++)
        ck_assert_int_eq(l->at[(l->seen - MAIL_EXAMPLES + i) % MAIL_EXAMPLES].queue_id[0],
                         "DEFGH"[i]);
    end(&form, &t);
}
END_TEST

START_TEST(deferred_mail_is_not_counted)
{
    struct form form;
    struct mail_tally t;

    begin(&form, &t);
    mail_tally_add(&t, &(struct maillog_delivery){.status = MAILLOG_DEFERRED,
                                                  .queue_id = span_of("AAAA1"),
                                                  .address = span_of("u@a.test"),
                                                  .peer = span_of("mx[203.0.113.1]:25")});
    ck_assert_uint_eq(mail_tally_total(&t.partners[0].sent), 0);
    end(&form, &t);
}
END_TEST

#define NO_TLS "a TLS session is required, but the server did not offer TLS support"
#define NOT_TRIED "retry time not reached for any host for 'a.test'"

/* What an Exim's log says of messages, "ID DOMAIN REASON", one a line; and how many of AAAA1, AAAA2
 * and AAAA3 to a.test wait because of the partner's TLS, in its queue, which gives no reasons. */
static const struct {
    const char *log[3][3];
    uint64_t waiting;
} deferrals[] = {
    {{{"AAAA1", "u@a.test", NO_TLS}}, 1},
    {{{"AAAA1", "u@a.test", NO_TLS}, {"AAAA1", "u@a.test", "Connection timed out"}}, 0},
    {{{"AAAA1", "u@a.test", "Connection timed out"}, {"AAAA1", "u@a.test", NO_TLS}}, 1},
    /* the host waits to be tried again: for the messages after it the same holds */
    {{{"AAAA1", "u@a.test", NO_TLS}, {"AAAA1", "u@a.test", NOT_TRIED}}, 1},
    {{{"AAAA1", "u@a.test", NO_TLS}, {"AAAA2", "v@A.TEST", NOT_TRIED}}, 2},
    {{{"AAAA1", "u@a.test", NO_TLS},
      {"AAAA2", "v@a.test", NOT_TRIED},
      {"AAAA2", "v@a.test", "greylisted"}},
     1},
    {{{"AAAA1", "u@a.test", NO_TLS},
      {"AAAA1", "u@a.test", "Connection timed out"},
      {"AAAA2", "v@a.test", NOT_TRIED}},
     0},
    {{{"AAAA1", "u@x.w.test", NO_TLS}, {"AAAA2", "v@a.test", NOT_TRIED}}, 1},
    {{{"AAAA1", "u@a.test", NOT_TRIED}}, 0},
    {{{"AAAA1", "u@a.test", NO_TLS}, {"AAAA2", "v@a.test", "greylisted"}}, 1},
};

START_TEST(mail_waits_for_the_reason_in_the_log)
{
    static const char *const queue[] = {"AAAA1", "AAAA2", "AAAA3"};
    struct form form;
    struct mail_tally t;

    begin(&form, &t);
    for (size_t i = 0; i < 3 && deferrals[_i].log[i][0]; i++)
        mail_tally_add(&t, &(struct maillog_delivery){.status = MAILLOG_DEFERRED,
                                                      .queue_id = span_of(deferrals[_i].log[i][0]),
                                                      .address = span_of(deferrals[_i].log[i][1]),
                                                      .reason = span_of(deferrals[_i].log[i][2])});
    for (size_t i = 0; i < COUNT(queue); i++)
        mail_tally_waiting(&t, &(struct mail_queue_entry){.queue_id = span_of(queue[i]),
                                                          .address = span_of("u@a.test"),
                                                          .reason = span_of("")});
    ck_assert_uint_eq(t.partners[0].waiting.count, deferrals[_i].waiting);
    end(&form, &t);
}
END_TEST

UNIT_CASE(mail_tally, {a_message_is_whose_and_counts, COUNT(cases)},
          {silence_of_a_service_that_logs_tls_is_plaintext, 1},
          {the_latest_examples_are_kept_clean, 1}, {silent_examples_are_in_the_order_of_time, 1},
          {deferred_mail_is_not_counted, 1},
          {mail_waits_for_the_reason_in_the_log, COUNT(deferrals)})
