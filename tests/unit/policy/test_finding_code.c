/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/finding_code.h"

#include <string.h>

#include "unit/unit.h"

/* Codes and states as FINDINGS of check_smtp_tls(8) has them. */
static const struct {
    const char *code;
    enum state state;
} codes[] = {
    {"dns-failure", STATE_UNKNOWN},
    {"dnssec-invalid", STATE_CRITICAL},
    {"domain-not-found", STATE_CRITICAL},
    {"null-mx", STATE_CRITICAL},
    {"no-address", STATE_WARNING},
    {"address-unusable", STATE_CRITICAL},
    {"mx-is-cname", STATE_WARNING},
    {"family-unavailable", STATE_OK},
    {"connection-failed", STATE_WARNING},
    {"no-gateway-reachable", STATE_CRITICAL},
    {"throttled", STATE_WARNING},
    {"greeting-rejected", STATE_CRITICAL},
    {"ehlo-rejected", STATE_CRITICAL},
    {"protocol-error", STATE_CRITICAL},
    {"protocol-deviation", STATE_WARNING},
    {"starttls-not-supported", STATE_CRITICAL},
    {"starttls-stripped", STATE_CRITICAL},
    {"starttls-refused", STATE_CRITICAL},
    {"starttls-injection", STATE_CRITICAL},
    {"tls-handshake-failed", STATE_CRITICAL},
    {"tls-version", STATE_CRITICAL},
    {"certificate-expired", STATE_CRITICAL},
    {"certificate-not-yet-valid", STATE_CRITICAL},
    {"certificate-superfluous", STATE_OK},
    {"certificate-host-mismatch", STATE_CRITICAL},
    {"certificate-not-trusted", STATE_CRITICAL},
    {"certificate-cn-only", STATE_WARNING},
    {"certificate-weak", STATE_CRITICAL},
    {"certificates-differ", STATE_WARNING},
    {"fingerprint-mismatch", STATE_CRITICAL},
    {"tlsa-invalid", STATE_CRITICAL},
    {"tlsa-unusable", STATE_WARNING},
    {"dane-absent", STATE_WARNING},
    {"dane-required", STATE_CRITICAL},
    {"sender-rejected", STATE_WARNING},
    {"recipient-rejected", STATE_WARNING},
    {"deferred", STATE_OK},
    {"plaintext-accepted", STATE_CRITICAL},
    {"plaintext-inconclusive", STATE_UNKNOWN},
    {"not-probed", STATE_UNKNOWN},
};

START_TEST(codes_and_states)
{
    enum finding_code c;

    ck_assert_msg(finding_code_from_name(codes[_i].code, &c), "%s is unknown", codes[_i].code);
    ck_assert_str_eq(finding_code_info(c)->code, codes[_i].code);
    ck_assert_msg(finding_code_info(c)->state == codes[_i].state, "%s: %s", codes[_i].code,
                  state_name(finding_code_info(c)->state));
}
END_TEST

START_TEST(round_trip)
{
    const struct finding_info *info = finding_code_info((enum finding_code)_i);
    enum finding_code c;

    ck_assert_ptr_nonnull(info->code);
    ck_assert(info->when && info->when[0]);
    ck_assert(finding_code_from_name(info->code, &c));
    ck_assert_int_eq(c, _i);
    ck_assert_uint_eq(strspn(info->code, "abcdefghijklmnopqrstuvwxyz-"), strlen(info->code));
}
END_TEST

static const char *const strangers[] = {"", "slow ", "SLOW", "slo", "tls-versions", "=ok"};

START_TEST(unknown_code)
{
    enum finding_code c = F_SLOW;

    ck_assert(!finding_code_from_name(strangers[_i], &c));
    ck_assert_int_eq(c, F_SLOW);
}
END_TEST

UNIT_CASE(finding_code, {codes_and_states, COUNT(codes)}, {round_trip, FINDING_COUNT},
          {unknown_code, COUNT(strangers)})
