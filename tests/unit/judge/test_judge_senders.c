/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_senders.h"

#include "unit/judge/fixture.h"
#include "unit/unit.h"

/* Short of descriptors is not short of memory. */
START_TEST(further_session_cut_short)
{
    struct extra_handshake other = {
        .handshake = {.tried = true, .local = true, .reason = "Too many open files"}};
    struct fixture f;
    struct observation *o;

    fixture_one(&f);
    f.judge.certificates = true;
    o = fixture_at(&f, 0, 0);
    o->looked = true;
    o->other_kind = observation_keep_handshake(&other);
    fixture_judge(&f);
    ck_assert_str_eq(fixture_find(&f, F_NOT_PROBED)->headline,
                     "other senders' view could not be checked: Too many open files");
    fixture_close(&f);
}
END_TEST

/* Of two further sessions without a reply one is said, whichever it is. */
static const struct {
    struct handshake without_sni, other_kind;
    const char *found; /* "code: detail"; NULL: nothing is */
} unreached[] = {
    {{.tried = true}, {0}, "connection-failed: expected a further session, seen no reply"},
    {{.tried = true, .code = 421},
     {.tried = true},
     "throttled: expected a further session, seen a reply of 421"},
    {{.tried = true, .code = 550},
     {0},
     "connection-failed: expected a further session, seen a reply of 550"},
    {{0},
     {.tried = true, .code = 421},
     "throttled: expected a further session, seen a reply of 421"},
    {{.tried = true, .reached = true},
     {.tried = true},
     "connection-failed: expected a further session, seen no reply"},
    {{.tried = true, .local = true, .reason = "x"},
     {.tried = true, .code = 421},
     "throttled: expected a further session, seen a reply of 421"},
    {{0}, {0}, NULL},
};

START_TEST(further_session_unreached)
{
    struct extra_handshake first = {.handshake = unreached[_i].without_sni};
    struct extra_handshake second = {.handshake = unreached[_i].other_kind};
    const struct finding *found;
    struct fixture f;
    struct observation *o;
    char got[200] = "";

    fixture_one(&f);
    f.judge.certificates = true;
    o = fixture_at(&f, 0, 0);
    o->looked = true;
    o->without_sni = observation_keep_handshake(&first);
    o->other_kind = observation_keep_handshake(&second);
    fixture_judge(&f);
    for (size_t i = 0; i < f.verdict.findings.count; i++) {
        found = &f.verdict.findings.at[i];
        if (found->code == F_CONNECTION_FAILED || found->code == F_THROTTLED)
            text_append(got, sizeof got, "%s: %s", finding_code_info(found->code)->code,
                        found->detail);
    }
    ck_assert_str_eq(got, unreached[_i].found ? unreached[_i].found : "");
    fixture_close(&f);
}
END_TEST

UNIT_CASE(judge_senders, {further_session_cut_short, 1},
          {further_session_unreached, COUNT(unreached)})
