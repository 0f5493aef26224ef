#include "stage.h"

#include <string.h>

#include "unit.h"

static const struct {
    const char *name, *column;
    int weight;
} stages[STAGE_COUNT] = {
    {"dns", NULL, 0},           {"connect", "Connect", 4},   {"greeting", "Allowed", 3},
    {"ehlo", "Can Use", 3},     {"starttls", "TLS Adv", 30}, {"cert", "Cert OK", 30},
    {"tls", "TLS Neg", 30},     {"ehlo_tls", NULL, 0},       {"mail", "Sndr OK", 0},
    {"rcpt", "Rcvr OK", 0},
};

START_TEST(contract)
{
    const struct stage_info *s = stage_info((enum stage)_i);
    enum stage found;

    ck_assert_str_eq(s->name, stages[_i].name);
    ck_assert_pstr_eq(s->column, stages[_i].column);
    ck_assert_int_eq(s->weight, stages[_i].weight);
    ck_assert(stage_from_name(stages[_i].name, &found));
    ck_assert_int_eq(found, _i);
}
END_TEST

static const char *const strangers[] = {"", "DNS", "data", "ehlo-tls", "connect ", "starttl",
                                       "total"};

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

UNIT_CASE(stage, {contract, COUNT(stages)}, {unknown, COUNT(strangers)}, {order_in_time, 1})
