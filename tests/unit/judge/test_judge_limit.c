/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge.h"

#include "unit/judge/fixture.h"
#include "unit/unit.h"

static const struct {
    const char *name;
    instant left; /* microseconds; 0: there is no limit */
    enum target_role role;
    size_t targets;
    size_t found;
} limits[] = {
    {"no limit", 0, TARGET_ASKED, DEADLINE_ITEMS + 4, 0},
    {"time enough", 60000000, TARGET_ASKED, DEADLINE_ITEMS + 4, 0},
    {"over, but few targets", -1, TARGET_ASKED, DEADLINE_ITEMS, 0},
    {"over, asked for by the command line", -1, TARGET_ASKED, DEADLINE_ITEMS + 4, 1},
    {"over, domains of partners", -1, TARGET_PARTNER_DOMAIN, DEADLINE_ITEMS + 4, 2},
};

START_TEST(time_is_over)
{
    enum { DOMAINS = 2 }; /* of each partner */
    struct deadline_limit limit = {.at = deadline_now() + limits[_i].left};
    struct fixture f;

    fixture_open(&f);
    for (size_t i = 0; i < limits[_i].targets; i++) {
        size_t t = fixture_target(&f, TARGET_DOMAIN, "example.com", NULL);

        f.targets[t].role = limits[_i].role;
        f.targets[t].partner = t / DOMAINS;
        fixture_host(&f, t, "mx.example.com", 10);
    }
    fixture_address(&f, 0, "192.0.2.1");
    fixture_plan(&f);
    f.judge.limit = limits[_i].left ? &limit : NULL;
    fixture_judge(&f);
    ck_assert_uint_eq(fixture_count(&f, F_NOT_PROBED), limits[_i].found);
    ck_assert_int_eq(f.verdict.state, limits[_i].found > 0 ? STATE_UNKNOWN : STATE_OK);
    for (size_t t = 0; t < DEADLINE_ITEMS; t++)
        ck_assert_int_eq(f.verdict.targets[t].state, STATE_OK);
    for (size_t t = DEADLINE_ITEMS; t < f.verdict.target_count; t++)
        ck_assert_int_eq(f.verdict.targets[t].state, f.verdict.state);
    fixture_close(&f);
}
END_TEST

UNIT_CASE(judge_limit, {time_is_over, COUNT(limits)})
