/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_own_text.h"

#include "unit/unit.h"

static const struct {
    const char *reply;
    bool names_tls;
} replies[] = {
    {"550 Must issue a STARTTLS command first", true},
    {"550 no Tls", true},
    {"550 Encryption required", true},
    {"550 relay not permitted", false},
    {"", false},
};

START_TEST(refusal)
{
    ck_assert_int_eq(judge_own_text_names_tls(replies[_i].reply), replies[_i].names_tls);
}
END_TEST

UNIT_CASE(judge_own_text, {refusal, COUNT(replies)})
