/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_perfdata.h"

#include <stdlib.h>
#include <string.h>

#include "unit/judge/fixture.h"
#include "unit/unit.h"

START_TEST(whole_perfdata)
{
    struct fixture f;
    char *out;

    fixture_open(&f);
    fixture_target(&f, TARGET_DOMAIN, "hella.com", NULL);
    fixture_gateway(&f, 0, "mail1.hella.com", 10, "192.0.2.1");
    fixture_plan(&f);
    fixture_at(&f, 0, 0)->chain.certs[0].not_after = f.judge.now + 83 * DAY + DAY * 2 / 5;
    fixture_at(&f, 0, 0)->stages[STAGE_CONNECT].us = 144000;
    fixture_at(&f, 0, 0)->stages[STAGE_GREETING].us = 1006000;
    fixture_judge(&f);
    out = fixture_render(&f, report_perfdata, &fixture_report);
    ck_assert_str_eq(out, "time=0.412s;;;0;45 confidence=100%;;;0;100 gateways=1;;;0 "
                          "gateways_ok=1;;;0;1 cert_days_min=83.4;30:;14:;; "
                          "'mail1.hella.com::dns'=0.003s "
                          "'mail1.hella.com::connect'=0.144s 'mail1.hella.com::greeting'=1.006s "
                          "'mail1.hella.com::ehlo'=0.001s 'mail1.hella.com::starttls'=0.001s "
                          "'mail1.hella.com::cert'=0.001s 'mail1.hella.com::tls'=0.001s "
                          "'mail1.hella.com::ehlo_tls'=0.001s 'mail1.hella.com::total'=1.158s "
                          "'mail1.hella.com::cert_days'=83.4;30:;14:;;");
    free(out);
    fixture_close(&f);
}
END_TEST

/* --- perfdata of other set-ups --- */

static const struct {
    const char *name;
    enum report_perfdata perfdata;
    bool plain;
    const char *days; /* -D, or NULL */
    unsigned port;
    const char *holds, *lacks; /* NULL: nothing */
} perfdatas[] = {
    {"plain thresholds", PERFDATA_GATEWAY, true, NULL, 25, "cert_days_min=200.0;30;14;0;365",
     "30:"},
    {"another port", PERFDATA_GATEWAY, false, NULL, 587, "'mx.example.com:587::connect'=", NULL},
    {"the worst of two addresses", PERFDATA_GATEWAY, false, NULL, 25,
     "'mx.example.com::connect'=0.007s", "192.0.2"},
    {"the soonest of two addresses", PERFDATA_GATEWAY, false, NULL, 25,
     "'mx.example.com::cert_days'=200.0;30:;14:;;", "250"},
    {"an address", PERFDATA_ADDRESS, false, NULL, 25, "'mx.example.com/192.0.2.1::connect'=0.001s",
     "'mx.example.com::"},
    {"an IPv6 address", PERFDATA_ADDRESS, false, NULL, 25,
     "'mx.example.com/2001-db8--1::connect'=0.007s", NULL},
    {"an address's own certificate", PERFDATA_ADDRESS, false, NULL, 25,
     "'mx.example.com/2001-db8--1::cert_days'=250.0;", NULL},
    {"-D 60", PERFDATA_GATEWAY, false, "60", 25, "cert_days_min=200.0;60:;;;", NULL},
    {"-D with decimals", PERFDATA_GATEWAY, false, "2.5,0.25", 25,
     "cert_days_min=200.0;2.5:;0.25:;;", NULL},
    {"-D very small, no exponent", PERFDATA_GATEWAY, false, "1,0.00001", 25, "=200.0;1:;", "e-"},
    {"-D very large, no exponent", PERFDATA_GATEWAY, false, "99999999999999,1", 25, ":;1:;;", "e+"},
};

START_TEST(perfdata)
{
    struct report_config c = fixture_report;
    struct fixture f;
    char *out;

    fixture_domain(&f);
    fixture_host(&f, 0, "mx.example.com", 10);
    f.r.hosts[0].port = perfdatas[_i].port;
    fixture_address(&f, 0, "192.0.2.1");
    fixture_address(&f, 0, "2001:db8::1");
    ck_assert(!perfdatas[_i].days || threshold_days_parse(perfdatas[_i].days, &f.judge.days));
    fixture_plan(&f);
    fixture_at(&f, 0, 1)->stages[STAGE_CONNECT].us = 7000;
    fixture_at(&f, 0, 1)->chain.certs[0].not_after += 50 * DAY;
    fixture_judge(&f);
    c.perfdata = perfdatas[_i].perfdata;
    c.plain_thresholds = perfdatas[_i].plain;
    out = fixture_render(&f, report_perfdata, &c);
    ck_assert_msg(!perfdatas[_i].holds || strstr(out, perfdatas[_i].holds), "%s: %s",
                  perfdatas[_i].name, out);
    ck_assert_msg(!perfdatas[_i].lacks || !strstr(out, perfdatas[_i].lacks), "%s: %s",
                  perfdatas[_i].name, out);
    free(out);
    fixture_close(&f);
}
END_TEST

/* A stage that was not reached has no datum; the others still have. */
START_TEST(perfdata_of_a_failure)
{
    struct fixture f;
    char *out;

    fixture_one(&f);
    fixture_no_starttls(fixture_at(&f, 0, 0));
    fixture_judge(&f);
    out = fixture_render(&f, report_perfdata, &fixture_report);
    ck_assert_ptr_nonnull(strstr(out, "confidence=10%;;;0;100 gateways=1;;;0 "
                                      "gateways_ok=0;;;0;1 'mx.example.com::dns'="));
    ck_assert_ptr_nonnull(strstr(out, "::ehlo'="));
    ck_assert_ptr_null(strstr(out, "::tls'="));
    ck_assert_ptr_null(strstr(out, "::cert'="));
    ck_assert_ptr_null(strstr(out, "cert_days"));
    ck_assert_ptr_null(strchr(out, 'U'));
    free(out);
    fixture_close(&f);
}
END_TEST

UNIT_CASE(report_perfdata, {whole_perfdata, 1}, {perfdata, COUNT(perfdatas)},
          {perfdata_of_a_failure, 1})
