/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/finding_list.h"

#include <stdio.h>
#include <string.h>

#include "unit/unit.h"

/* With a headline of its own, so that it is there for certain. */
static void add(struct finding_list *l, enum finding_code c, enum state s, size_t order,
                size_t address)
{
    char headline[20];

    snprintf(headline, sizeof headline, "%zu", l->count);
    finding_list_add_once(l, &(struct finding){.code = c,
                                               .state = s,
                                               .order = order,
                                               .address = address,
                                               .headline = headline,
                                               .detail = ""});
}

START_TEST(sort)
{
    static const struct {
        enum finding_code code;
        enum state state;
        size_t order, address;
    } want[] = {
        {F_TLS_VERSION, STATE_CRITICAL, 0, 1},
        {F_DNSSEC_INVALID, STATE_CRITICAL, 1, FINDING_NONE},
        {F_TLS_VERSION, STATE_CRITICAL, 1, 0},
        {F_CERTIFICATE_EXPIRED, STATE_CRITICAL, 1, 0},
        {F_TLS_VERSION, STATE_CRITICAL, 1, 1},
        {F_CERTIFICATE_EXPIRED, STATE_CRITICAL, 2, 0},
        {F_REQUIRETLS_MISSING, STATE_CRITICAL, 0, 1},
        {F_CERTIFICATE_REVOKED, STATE_CRITICAL, 0, 1},
        {F_PLAINTEXT_ACCEPTED, STATE_CRITICAL, 0, 1},
        {F_TLS_PROFILE_VIOLATION, STATE_CRITICAL, 1, 0},
        {F_DNS_FAILURE, STATE_WARNING, 0, 0},
        {F_CONNECTION_FAILED, STATE_WARNING, 2, 0},
        {F_TLSRPT_INVALID, STATE_WARNING, 1, FINDING_NONE},
        {F_SLOW, STATE_WARNING, 7, 0},
        {F_DNS_FAILURE, STATE_UNKNOWN, 0, 0},
        {F_DNS_FAILURE, STATE_OK, 0, FINDING_NONE},
        {F_DNS_FAILURE, STATE_OK, 0, 0},
    };
    struct finding_list l = {0};
    const int n = COUNT(want);

    /* _i is how the list is shuffled; 5 and n have no common divisor */
    for (int i = 0; i < n; i++) {
        int k = (5 * i + _i) % n;

        add(&l, want[k].code, want[k].state, want[k].order, want[k].address);
    }
    finding_list_sort(&l);
    for (int i = 0; i < n; i++) {
        ck_assert_int_eq(l.at[i].code, want[i].code);
        ck_assert_int_eq(l.at[i].state, want[i].state);
        ck_assert_uint_eq(l.at[i].order, want[i].order);
        ck_assert_uint_eq(l.at[i].address, want[i].address);
    }
    finding_list_clear(&l);
}
END_TEST

/* Texts are the list's own, and those that are alike in everything that is compared stay in the
 * order in which they were added. */
START_TEST(list)
{
    struct finding_list l = {0};
    char headline[20], detail[20];

    finding_list_sort(&l);
    for (int i = 0; i < 1000; i++) {
        snprintf(headline, sizeof headline, "%d", i);
        snprintf(detail, sizeof detail, "%s", i % 2 ? "odd" : "");
        finding_list_add_once(
            &l, &(struct finding){.code = F_SLOW, .headline = headline, .detail = detail});
    }
    finding_list_sort(&l);
    ck_assert_uint_eq(l.count, 1000);
    for (int i = 0; i < 1000; i++) {
        snprintf(headline, sizeof headline, "%d", i);
        ck_assert_str_eq(l.at[i].headline, headline);
        ck_assert_str_eq(l.at[i].detail, i % 2 ? "odd" : "");
    }
    ck_assert(!l.failed);
    finding_list_clear(&l);
    ck_assert(l.at == NULL && l.count == 0);
    finding_list_clear(&l);
}
END_TEST

static const struct {
    size_t target, host, address;
    enum finding_code code;
    const char *headline, *detail;
    size_t count; /* of the list then */
} said[] = {
    {0, 1, 0, F_SLOW, "slow", "1 s", 1},
    {0, 1, 0, F_SLOW, "slow", "1 s", 1},
    {2, 1, 0, F_SLOW, "slow", "1 s", 1}, /* another target leads there */
    {0, 1, 1, F_SLOW, "slow", "1 s", 2},
    {0, 2, 0, F_SLOW, "slow", "1 s", 3},
    {0, 1, 0, F_THROTTLED, "slow", "1 s", 4},
    {0, 1, 0, F_SLOW, "slower", "1 s", 5},
    {0, 1, 0, F_SLOW, "slow", "2 s", 6},
    {0, FINDING_NONE, FINDING_NONE, F_NULL_MX, "none", "", 7},
    {1, FINDING_NONE, FINDING_NONE, F_NULL_MX, "none", "", 8},
    {0, FINDING_NONE, FINDING_NONE, F_NULL_MX, "none", "", 8},
    {FINDING_NONE, FINDING_NONE, FINDING_NONE, F_FORM_INVALID, "f:1", "", 9},
    {FINDING_NONE, FINDING_NONE, FINDING_NONE, F_FORM_INVALID, "f:2", "", 10},
    {FINDING_NONE, FINDING_NONE, FINDING_NONE, F_FORM_INVALID, "f:1", "", 10},
};

START_TEST(once)
{
    struct finding_list l = {0};

    for (size_t i = 0; i < COUNT(said); i++) {
        struct finding f = {.code = said[i].code,
                            .target = said[i].target,
                            .host = said[i].host,
                            .address = said[i].address,
                            .headline = said[i].headline,
                            .detail = said[i].detail};

        finding_list_add_once(&l, &f);
        ck_assert_uint_eq(l.count, said[i].count);
        ck_assert_str_eq(l.at[0].headline, "slow");
    }
    finding_list_clear(&l);
}
END_TEST

/* More than any table has room for at first. */
START_TEST(many_once)
{
    enum { MANY = 3000 };
    struct finding_list l = {0};

    for (size_t i = 0; i < 2 * MANY; i++)
        finding_list_add_once(
            &l, &(struct finding){.code = F_SLOW, .host = i % MANY, .headline = "", .detail = ""});
    ck_assert_uint_eq(l.count, MANY);
    for (size_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(l.at[i].host, i);
    finding_list_clear(&l);
}
END_TEST

UNIT_CASE(finding_list, {sort, 17}, {list, 1}, {once, 1}, {many_once, 1})
