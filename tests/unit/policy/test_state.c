/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/state.h"

#include "unit/unit.h"

static const struct {
    const char *name;
    bool ok;
    enum state state;
} states[] = {
    {"OK", true, STATE_OK},
    {"ok", true, STATE_OK},
    {"Warning", true, STATE_WARNING},
    {"critical", true, STATE_CRITICAL},
    {"UNKNOWN", true, STATE_UNKNOWN},
    {"", false, 0},
    {"warn", false, 0},
    {"0", false, 0},
};

START_TEST(state_names)
{
    enum state s;

    ck_assert(state_from_name(states[_i].name, &s) == states[_i].ok);
    if (states[_i].ok)
        ck_assert_int_eq(s, states[_i].state);
}
END_TEST

START_TEST(exit_statuses)
{
    static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

    ck_assert_int_eq((int)STATE_OK, 0);
    ck_assert_int_eq((int)STATE_UNKNOWN, 3);
    for (int s = 0; s < 4; s++)
        ck_assert_str_eq(state_name((enum state)s), names[s]);
}
END_TEST

START_TEST(worse)
{
    static const enum state order[] = {STATE_OK, STATE_UNKNOWN, STATE_WARNING, STATE_CRITICAL};

    for (int a = 0; a < 4; a++) {
        for (int b = 0; b < 4; b++)
            ck_assert_int_eq(state_worse(order[a], order[b]), order[a > b ? a : b]);
        ck_assert_int_eq(state_rank(order[a]), a);
    }
}
END_TEST

UNIT_CASE(state, {state_names, COUNT(states)}, {exit_statuses, 1}, {worse, 1})
