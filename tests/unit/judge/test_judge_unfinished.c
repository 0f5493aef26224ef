/* SPDX-License-Identifier: BSD-2-Clause */
/* What could not be found out is neither well nor a fault of the gateway. */
#include "unit/judge/fixture.h"
#include "unit/unit.h"

static const enum probe_fault cert_faults[] = {PROBE_LOCAL, PROBE_UNFINISHED, PROBE_TLS};

START_TEST(unverified_certificate_is_not_ok)
{
    struct fixture f;
    struct observation *o;

    fixture_one(&f);
    o = fixture_at(&f, 0, 0);
    fixture_fail(o, STAGE_CERT, cert_faults[_i], 0, "");
    trust_facts_clear(&o->chain);
    o->has_chain = false;
    fixture_judge(&f);
    ck_assert_ptr_nonnull(
        fixture_find(&f, cert_faults[_i] == PROBE_TLS ? F_TLS_HANDSHAKE_FAILED : F_NOT_PROBED));
    ck_assert_int_ne(f.verdict.state, STATE_OK);
    fixture_close(&f);
}
END_TEST

START_TEST(failed_look_up_is_no_lack_of_dnssec)
{
    struct fixture f;

    fixture_domain(&f);
    f.policy.level = LEVEL_DANE_ONLY;
    fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_plan(&f);
    f.r.hosts[0].status = DNS_FAILURE;
    f.r.hosts[0].secure = false;
    fixture_judge(&f);
    ck_assert_ptr_nonnull(fixture_find(&f, F_DNS_FAILURE));
    ck_assert_ptr_null(fixture_find(&f, F_DANE_REQUIRED));
    ck_assert_int_eq(f.verdict.state, STATE_UNKNOWN);
    fixture_close(&f);
}
END_TEST

UNIT_CASE(judge_unfinished, {unverified_certificate_is_not_ok, COUNT(cert_faults)},
          {failed_look_up_is_no_lack_of_dnssec, 1})
