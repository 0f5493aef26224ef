/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/crl_store.h"

#include <string.h>

#include "unit/unit.h"
#include "unit/web/web_server.h"

static struct revocation_fact ask(struct crl_store *s, const char *text)
{
    static const struct dns_config no_dns;
    struct http_fetch_config web = {
        .dns = &no_dns, .stage_ms = 60 * 1000, .deadline = deadline_in_ms(60 * 1000)};
    struct cert_facts cert = {0}, issuer = {0};
    struct cert_url url = {0};
    struct revocation_fact out = {0};

    url.text = (char *)text;
    ck_assert_uint_eq(crl_store_ask(s, &web, &cert, &issuer, &url, 1800000000, &out), 0);
    return out;
}

static const struct {
    const char *answer, *why;
} answers[] = {
    {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "expected status 200, seen 404"},
    {"HTTP/1.1 200 OK\r\n\r\nnot a list", "it is not a CRL"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "it is not a CRL"},
};

/* A URL is fetched once, however many certificates name it, and also where no list comes. */
START_TEST(fetched_once)
{
    struct web_server server = {.answer = answers[_i].answer};
    struct crl_store s;

    ck_assert(http_begin());
    web_server_start(&server);
    crl_store_init(&s, 1000);
    for (int i = 0; i < 3; i++)
        ck_assert(crl_store_add(&s, server.url));
    ck_assert_uint_eq(s.count, 1);
    for (int i = 0; i < 3; i++) {
        struct revocation_fact fact = ask(&s, server.url);

        ck_assert_int_eq(fact.status, REVOCATION_INVALID);
        ck_assert_str_eq(fact.why, answers[_i].why);
    }
    web_server_stop(&server);
    ck_assert_int_eq(atomic_load(&server.connections), 1);
    crl_store_clear(&s);
}
END_TEST

/* A list's memory is free for others when the last certificate that names it has been answered. */
START_TEST(room_is_given_back)
{
    struct web_server server = {.answer = "HTTP/1.1 200 OK\r\n\r\nnot a list"};
    char url[64];
    struct crl_store s;

    ck_assert(http_begin());
    web_server_start(&server);
    crl_store_init(&s, 1000);
    ck_assert(crl_store_add(&s, server.url) && crl_store_add(&s, server.url));
    memcpy(url, server.url, sizeof url); /* the text counts, not where it is */
    ask(&s, url);
    ck_assert_uint_lt(atomic_load(&s.budget.left), 1000);
    crl_store_done(&s, url);
    ck_assert_uint_lt(atomic_load(&s.budget.left), 1000);
    crl_store_done(&s, url);
    ck_assert_uint_eq(atomic_load(&s.budget.left), 1000);
    web_server_stop(&server);
    crl_store_clear(&s);
}
END_TEST

UNIT_CASE(crl_store, {fetched_once, COUNT(answers)}, {room_is_given_back, 1})
