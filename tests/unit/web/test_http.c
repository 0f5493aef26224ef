/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/http.h"

#include <string.h>

#include "web/http_fetch.h"
#include "unit/unit.h"
#include "unit/web/web_server.h"

enum { FOREVER_MS = 60 * 1000 };

static const struct {
    const char *url, *host; /* NULL: none */
} urls[] = {
    {"https://mta-sts.example.com/.well-known/mta-sts.txt", "mta-sts.example.com"},
    {"http://crl.example:8080/a.crl", "crl.example"},
    {"http://user:secret@crl.example/a.crl", "crl.example"},
    {"http://192.0.2.1/", "192.0.2.1"},
    {"http://[2001:db8::1]:8080/", "2001:db8::1"},
    {"http://a.host.that.does.not.fit/", NULL},
    {"http://crl.example:65536/", NULL},
    {"crl example", NULL},
    {"", NULL},
};

START_TEST(host)
{
    char out[24] = "as before";
    bool due = urls[_i].host != NULL;

    ck_assert_msg(http_host(urls[_i].url, out, sizeof out) == due, "%s: %s", urls[_i].url, out);
    ck_assert_str_eq(out, due ? urls[_i].host : "as before");
}
END_TEST

static const struct http_trust nobody = {.now = 1800000000};

/* The answer to a GET of everything that the server says, of at most `max` bytes. */
static struct http_answer get(struct web_server *s, size_t max, struct http_budget *budget)
{
    struct http_request r = {.url = s->url,
                             .plain = true,
                             .max = max,
                             .budget = budget,
                             .deadline = deadline_in_ms(FOREVER_MS)};
    struct http_answer a;

    ck_assert(http_begin());
    web_server_start(s);
    http_do(&nobody, &r, &a);
    web_server_stop(s);
    return a;
}

START_TEST(answered)
{
    struct web_server s = {.answer = "HTTP/1.1 200 OK\r\nContent-Type: text/\x01plain\r\n\r\nbody"};
    struct http_answer a = get(&s, 4, NULL);

    ck_assert_msg(a.status == HTTP_ANSWERED, "%s", a.why);
    ck_assert_int_eq(a.code, 200);
    ck_assert_str_eq(a.type, "text/?plain");
    ck_assert_uint_eq(a.len, 4);
    ck_assert_str_eq(a.body, "body");
    http_answer_clear(&a);
    ck_assert_ptr_null(a.body);
}
END_TEST

START_TEST(no_redirect)
{
    struct web_server s = {.answer =
                               "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"};
    struct http_answer a = get(&s, 100, NULL);

    ck_assert_int_eq(a.status, HTTP_ANSWERED);
    ck_assert_int_eq(a.code, 302);
    ck_assert_int_eq(atomic_load(&s.connections), 1);
    http_answer_clear(&a);
}
END_TEST

START_TEST(too_large)
{
    struct web_server s = {.answer = "HTTP/1.1 200 OK\r\n\r\n", .fill = 101};
    struct http_answer a = get(&s, 100, NULL);

    ck_assert_int_eq(a.status, HTTP_TOO_LARGE);
    ck_assert_str_eq(a.why, "more than 100 bytes");
    http_answer_clear(&a);
}
END_TEST

/* In whatever pieces it comes, a body of 1,000 bytes and a NUL gets room for 1,001 to 2,000: the
 * first fits, the second does not. */
START_TEST(budget)
{
    struct web_server s = {.answer = "HTTP/1.1 200 OK\r\n\r\n", .fill = 1000};
    enum { MIB = 1024 * 1024 };
    struct http_budget b;
    struct http_answer a, second;

    http_budget_init(&b, 3 * MIB);
    atomic_store(&b.left, 2001);
    a = get(&s, 5000, &b);
    ck_assert_msg(a.status == HTTP_ANSWERED, "%s", a.why);
    ck_assert_uint_gt(a.room, 1000);
    ck_assert_uint_eq(atomic_load(&b.left), 2001 - a.room);
    second = get(&s, 5000, &b);
    ck_assert_int_eq(second.status, HTTP_TOO_LARGE);
    ck_assert_str_eq(second.why, "more than 3 MiB for all CRLs of a run");
    ck_assert_uint_eq(atomic_load(&b.left), 2001 - a.room - second.room);
    http_budget_give_back(&b, a.room);
    http_budget_give_back(&b, second.room);
    ck_assert_uint_eq(atomic_load(&b.left), 2001);
    http_answer_clear(&a);
    http_answer_clear(&second);
}
END_TEST

/* What is not signed comes by https only. */
START_TEST(no_plaintext)
{
    struct web_server s = {.answer = "HTTP/1.1 200 OK\r\n\r\nbody"};
    struct http_request r = {.max = 100, .deadline = deadline_in_ms(FOREVER_MS)};
    struct http_answer a;

    ck_assert(http_begin());
    web_server_start(&s);
    r.url = s.url;
    http_do(&nobody, &r, &a);
    web_server_stop(&s);
    ck_assert_int_eq(a.status, HTTP_FAILED);
    ck_assert_int_eq(atomic_load(&s.connections), 0);
    http_answer_clear(&a);
}
END_TEST

/* libcurl would ask the system's resolver. */
START_TEST(no_look_up)
{
    struct http_request r = {.url = "http://localhost:9/",
                             .plain = true,
                             .max = 100,
                             .deadline = deadline_in_ms(FOREVER_MS)};
    struct http_answer a;

    ck_assert(http_begin());
    http_do(&nobody, &r, &a);
    ck_assert_int_eq(a.status, HTTP_LOCAL);
    ck_assert_str_eq(a.why, "out of memory, or the URL is not valid");
    http_answer_clear(&a);
}
END_TEST

START_TEST(silence)
{
    struct web_server s = {.answer = NULL};
    struct http_request r = {.plain = true, .max = 100};
    struct http_answer a;

    ck_assert(http_begin());
    web_server_start(&s);
    r.url = s.url;
    r.deadline = deadline_in_ms(300);
    http_do(&nobody, &r, &a);
    web_server_stop(&s);
    ck_assert_int_eq(a.status, HTTP_TIMEOUT);
    ck_assert_str_eq(a.why, "no complete answer in time");
    http_answer_clear(&a);
}
END_TEST

/* Nobody is asked where the URL names nobody. */
START_TEST(fetch_from_nobody)
{
    const struct http_fetch_config c = {.stage_ms = 1000, .deadline = deadline_in_ms(FOREVER_MS)};
    struct http_request r = {.url = "crl example", .plain = true, .max = 100};
    struct http_answer a = {.status = HTTP_ANSWERED};

    http_fetch(&c, &r, &a);
    ck_assert_int_eq(a.status, HTTP_FAILED);
    ck_assert_str_eq(a.why, "the URL has no host");
    ck_assert(r.deadline < c.deadline);
    http_answer_clear(&a);
}
END_TEST

/* An address needs no look-up. */
START_TEST(fetch_from_an_address)
{
    const struct http_fetch_config c = {
        .trust = nobody, .stage_ms = FOREVER_MS, .deadline = deadline_in_ms(FOREVER_MS)};
    struct web_server s = {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"};
    struct http_request r = {.url = s.url, .plain = true, .max = 100};
    struct http_answer a;

    ck_assert(http_begin());
    web_server_start(&s);
    http_fetch(&c, &r, &a);
    web_server_stop(&s);
    ck_assert_msg(a.status == HTTP_ANSWERED, "%s", a.why);
    ck_assert_str_eq(a.body, "body");
    ck_assert_ptr_null(r.addresses);
    http_answer_clear(&a);
}
END_TEST

UNIT_CASE(http, {host, COUNT(urls)}, {answered, 1}, {no_redirect, 1}, {too_large, 1}, {budget, 1},
          {no_plaintext, 1}, {no_look_up, 1}, {silence, 1}, {fetch_from_nobody, 1},
          {fetch_from_an_address, 1})
