/* SPDX-License-Identifier: BSD-2-Clause */
/* The result of a question to real servers: whose AD counts, who is asked after an error. */
#include "dns/dns.h"

#include <string.h>

#include "unit/dns/names.h"
#include "unit/unit.h"

/* An alias below its target is answered alone, so that its target is asked for by itself. */
static const struct names_record records[] = {
    {"mx.test", DNS_A, NAMES_SECURE, "192.0.2.1"},
    {"insecure.test", DNS_CNAME, 0, "mx.test"},
    {"secure.test", DNS_CNAME, NAMES_SECURE, "mx.test"},
    {0},
};

static const struct names_record failing[] = {{"mx.test", DNS_A, 0, NULL}, {0}};

static struct dns_answer ask(const struct dns_config *c, const char *name)
{
    const struct dns_question q = {.name = name, .type = DNS_A};
    struct dns_answer a;

    dns_query(c, &q, deadline_in_ms(20000), &a);
    return a;
}

static const struct {
    const char *host; /* where the server is asked: 0.0.0.0 reaches loopback, and is not loopback */
    bool trust_ad;
    const char *name;
    bool secure;
} asked[] = {
    {"127.0.0.1", false, "mx.test", true},        {"0.0.0.0", false, "mx.test", false},
    {"0.0.0.0", true, "mx.test", true},           {"127.0.0.1", false, "secure.test", true},
    {"127.0.0.1", false, "insecure.test", false}, /* it taints what follows */
};

START_TEST(ad)
{
    struct names *n = names_begin(records);
    struct dns_config c = {.trust_ad = asked[_i].trust_ad};
    struct dns_answer a;

    names_serve(n, asked[_i].host, &c);
    a = ask(&c, asked[_i].name);
    ck_assert_int_eq(a.status, DNS_OK);
    ck_assert_msg(a.secure == asked[_i].secure, "%s at %s", asked[_i].name, asked[_i].host);
    dns_message_clear(&a);
    names_end(n);
}
END_TEST

/* A server's error sends us to the next, and stands when all have one. */
START_TEST(after_an_error)
{
    struct names *bad = names_begin(failing), *worse = names_begin(failing),
                 *good = names_begin(records);
    struct dns_config two = {0}, three = {0};
    struct dns_answer a;

    names_serve(bad, "127.0.0.1", &two);
    names_serve(worse, "127.0.0.1", &two);
    a = ask(&two, "mx.test");
    ck_assert_int_ne(a.status, DNS_OK);
    dns_message_clear(&a);
    names_serve(bad, "127.0.0.1", &three);
    names_serve(worse, "127.0.0.1", &three);
    names_serve(good, "127.0.0.1", &three);
    a = ask(&three, "mx.test");
    ck_assert_int_eq(a.status, DNS_OK);
    ck_assert_uint_eq(a.count, 1);
    dns_message_clear(&a);
    names_end(bad);
    names_end(worse);
    names_end(good);
}
END_TEST

UNIT_CASE(dns_servers, {ad, COUNT(asked)}, {after_an_error, 1})
