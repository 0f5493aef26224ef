/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/option_value.h"

#include "policy/stage.h"
#include "unit/unit.h"

/* What is said of a value that is refused. */
enum kind { SECONDS, PERIOD, RANGE, STAGE_RANGE, ON, LEVEL, MIN_TLS, TIME, LIST, FINGERPRINT };

#define LEVEL_NONE "is not one of may, encrypt, fingerprint, verify, secure, dane, dane-only"
#define LEVEL_HALF                                                                                 \
    "does not say whether the certificate is verified; write verify, or encrypt for TLS without "  \
    "verification"
#define NO_RANGE "is not a range such as 10, 10:, ~:10, 5:10 or @5:10"
#define RANGE_UNIT "has a unit; a range is in seconds, such as 10 or 0.5"
#define NO_PERIOD "is not a duration from 1s to 3660d, such as 24h or 30d"
#define NO_STAGE                                                                                   \
    "is not STAGE=RANGE with a stage of dns, connect, greeting, ehlo, starttls, cert, tls, "       \
    "ehlo_tls, mail, rcpt"

static const struct {
    enum kind kind;
    const char *in, *why; /* NULL: taken */
} refusals[] = {
    {SECONDS, "3600.1", "is not a time from 0.1 seconds to 1 hour, such as 45, 45s or 2m"},
    {PERIOD, "1", NULL},
    {PERIOD, "0.999", NO_PERIOD},
    {PERIOD, "3660d", NULL},
    {PERIOD, "3660.1d", NO_PERIOD},
    {PERIOD, "x", NO_PERIOD},
    {RANGE, "5s", RANGE_UNIT},
    {RANGE, "@1:5ms", RANGE_UNIT},
    {RANGE, "s", NO_RANGE},
    {RANGE, "5m", NO_RANGE},
    {RANGE, "5sx", NO_RANGE},
    {STAGE_RANGE, "connect=5s", RANGE_UNIT},
    {STAGE_RANGE, "connect", NO_STAGE},
    {STAGE_RANGE, "x=5", NO_STAGE},
    {ON, "throttled=bad", "has none of the states ok, warning, critical, unknown"},
    {ON, "throttle=ok",
     "is not CODE=STATE with a code of --list-findings; the closest one is throttled"},
    {ON, "throttle", "is not CODE=STATE with a code of --list-findings"},
    {ON, "zzz=ok", "is not CODE=STATE with a code of --list-findings"},
    {LEVEL, "verfy", "is not a level; the closest one is verify"},
    {LEVEL, "mandatory", LEVEL_HALF},
    {LEVEL, "ENFORCED", LEVEL_HALF},
    {LEVEL, "forced", LEVEL_HALF},
    {LEVEL, "zzz", LEVEL_NONE},
    {MIN_TLS, "1.4", "is not one of 1.0, 1.1, 1.2, 1.3"},
    {TIME, "2027",
     "is neither a date such as 2027-01-31 nor an RFC 3339 time such as 2027-01-31T12:00:00Z"},
    {LIST, "hostnam", "is not a domain name; the closest word is hostname"},
    {LIST, "a b", "is neither a host name nor an address"},
    {FINGERPRINT, "00", "is not a SHA-256 in hexadecimal"},
};

static bool read_value(enum kind kind, const char *in, struct error *e)
{
    static struct option_value_list names;
    static struct threshold_range ranges[STAGE_COUNT];
    static int states[FINDING_COUNT];
    const char *name;
    double number;
    time_t t;
    int version;

    switch (kind) {
    case SECONDS:
        return option_value_seconds(in, &number, e);
    case PERIOD:
        return option_value_period(in, &number, e);
    case RANGE:
        return option_value_range(in, ranges, e);
    case STAGE_RANGE:
        return option_value_stage_range(in, ranges, e);
    case ON:
        return option_value_on(in, states, e);
    case LEVEL:
        return option_value_level(in, &(enum tls_level){0}, e);
    case MIN_TLS:
        return option_value_min_tls(in, &version, &name, e);
    case TIME:
        return option_value_time(in, &t, e);
    case LIST:
        return option_value_list(in, &names, option_value_match, e);
    default:
        return option_value_fingerprint(in, e) != NULL;
    }
}

START_TEST(refusal)
{
    struct error e = {0};
    bool ok = read_value(refusals[_i].kind, refusals[_i].in, &e);

    ck_assert_msg(ok == !refusals[_i].why, "\"%s\"", refusals[_i].in);
    ck_assert_str_eq(e.text, refusals[_i].why ? refusals[_i].why : "");
    ck_assert_int_eq(e.cause, refusals[_i].why ? ERROR_USAGE : ERROR_NONE);
}
END_TEST

UNIT_CASE(option_refusal, {refusal, COUNT(refusals)})
