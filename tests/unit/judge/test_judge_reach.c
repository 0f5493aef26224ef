/* SPDX-License-Identifier: BSD-2-Clause */
/* no-gateway-reachable: only where every address was tried and none sent an SMTP greeting. */
#include "judge/judge.h"

#include "unit/judge/fixture.h"
#include "unit/unit.h"

enum how { REACHED, SILENT, NOT_TRIED };

static const struct {
    enum how first, second;
    bool unreachable;
} reaches[] = {
    {REACHED, REACHED, false},  {SILENT, REACHED, false},   {SILENT, SILENT, true},
    {SILENT, NOT_TRIED, false}, {NOT_TRIED, SILENT, false}, {NOT_TRIED, NOT_TRIED, false},
};

static void spoil(struct observation *o, enum how how)
{
    if (how == REACHED)
        return;
    fixture_fail(o, STAGE_CONNECT, PROBE_SILENT, 0, "");
    if (how == NOT_TRIED)
        o->stages[STAGE_CONNECT] = (struct stage_fact){.us = -1, STAGE_FACT_NONE};
}

START_TEST(reach)
{
    const struct finding *found;
    struct fixture f;

    fixture_open(&f);
    fixture_target(&f, TARGET_DOMAIN, "example.test", NULL);
    fixture_gateway(&f, 0, "mx1.example.test", 10, "192.0.2.1");
    fixture_gateway(&f, 0, "mx2.example.test", 10, "192.0.2.2");
    fixture_plan(&f);
    spoil(fixture_at(&f, 0, 0), reaches[_i].first);
    spoil(fixture_at(&f, 1, 0), reaches[_i].second);
    fixture_judge(&f);
    found = fixture_find(&f, F_NO_GATEWAY_REACHABLE);
    ck_assert_int_eq(found != NULL, reaches[_i].unreachable);
    fixture_close(&f);
}
END_TEST

UNIT_CASE(judge_reach, {reach, COUNT(reaches)})
