/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/stage.h"

#include <string.h>

#include "unit/unit.h"

static const struct {
    enum stage stage;
    const char *name, *column;
    int weight;
} stages[] = {
    {STAGE_DNS, "dns", NULL, 0},
    {STAGE_CONNECT, "connect", "Connect", 4},
    {STAGE_GREETING, "greeting", "Allowed", 3},
    {STAGE_EHLO, "ehlo", "Can Use", 3},
    {STAGE_STARTTLS, "starttls", "TLS Adv", 30},
    {STAGE_CERT, "cert", "Cert OK", 30},
    {STAGE_TLS, "tls", "TLS Neg", 30},
    {STAGE_EHLO_TLS, "ehlo_tls", NULL, 0},
    {STAGE_MAIL, "mail", "Sndr OK", 0},
    {STAGE_RCPT, "rcpt", "Rcvr OK", 0},
};

START_TEST(names_and_weights)
{
    const struct stage_info *s = stage_info(stages[_i].stage);
    enum stage found;

    ck_assert_str_eq(s->name, stages[_i].name);
    ck_assert_pstr_eq(s->column, stages[_i].column);
    ck_assert_int_eq(s->weight, stages[_i].weight);
    ck_assert(stage_from_name(stages[_i].name, &found));
    ck_assert_int_eq(found, stages[_i].stage);
}
END_TEST

static const char *const strangers[] = {"",         "DNS",     "data", "ehlo-tls",
                                        "connect ", "starttl", "total"};

START_TEST(unknown)
{
    enum stage s = STAGE_RCPT;

    ck_assert(!stage_from_name(strangers[_i], &s));
    ck_assert_int_eq(s, STAGE_RCPT);
}
END_TEST

START_TEST(order_in_time)
{
    bool seen[STAGE_COUNT] = {false};

    for (int s = 0; s < STAGE_COUNT; s++) {
        int at = stage_order((enum stage)s);

        ck_assert(at >= 0 && at < STAGE_COUNT && !seen[at]);
        seen[at] = true;
    }
    ck_assert_int_lt(stage_order(STAGE_STARTTLS), stage_order(STAGE_TLS));
    ck_assert_int_lt(stage_order(STAGE_TLS), stage_order(STAGE_CERT));
    ck_assert_int_lt(stage_order(STAGE_CERT), stage_order(STAGE_EHLO_TLS));
}
END_TEST

UNIT_CASE(stage, {names_and_weights, COUNT(stages)}, {unknown, COUNT(strangers)},
          {order_in_time, 1})
