/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/mtasts.h"

#include <string.h>

#include "unit/unit.h"

/* Refused with those words, or, where they are NULL, not. */
static void was_read(const char *in, bool ok, const char *fault, const char *want)
{
    ck_assert_msg(ok == !want, "%s: %s", in, fault);
    if (want)
        ck_assert_msg(strstr(fault, want), "%s: %s", in, fault);
}

static const struct {
    const char *record, *id, *fault; /* id or fault */
} records[] = {
    {"v=STSv1; id=20160831085700Z;", "20160831085700Z", NULL},
    {"v=STSv1;id=1", "1", NULL},
    {"v=STSv1 ;\tid=1 ;", "1", NULL},
    {"v=STSv1; x-1_.=visible!; id=1", "1", NULL},
    {"v=STSv1; a=1; id=1", "1", NULL},
    {"v=STSv1; a2345678901234567890123456789012=1; id=1", "1", NULL},
    {"v=STSv1; a23456789012345678901234567890123=1; id=1", NULL, "not name=value"},
    {"v=STSv1; =1; id=1", NULL, "not name=value"},
    {"v=STSv1; id=1; id=2", "1", NULL},
    {"v=STSv1; id=12345678901234567890123456789012", "12345678901234567890123456789012", NULL},
    {"v=STSv1; id=123456789012345678901234567890123", NULL, "id is not 1 to 32"},
    {"v=STSv1; id=a-b", NULL, "id is not 1 to 32"},
    {"v=STSv1; id=", NULL, "not name=value"},
    {"v=STSv1; id", NULL, "not name=value"},
    {"v=STSv1; id=1; ;", NULL, "not name=value"},
    {"v=STSv1; id=1; a=b c", NULL, "not name=value"},
    {"v=STSv1; id=1; a=b=c", NULL, "not name=value"},
    {"v=STSv1; id=1; -a=b", NULL, "not name=value"},
    {"v=STSv1", NULL, "no id"},
    {"v=STSv1; ID=1", NULL, "no id"},
    {"v=stsv1; id=1", NULL, "does not begin"},
    {"id=1; v=STSv1", NULL, "does not begin"},
    {" v=STSv1; id=1", NULL, "does not begin"},
    {"", NULL, "no id"},
};

START_TEST(record)
{
    const char *s = records[_i].record;
    struct mtasts_record r;

    was_read(s, mtasts_record_read(s, strlen(s), &r), r.fault, records[_i].fault);
    if (records[_i].id)
        ck_assert_str_eq(r.id, records[_i].id);
}
END_TEST

static const struct {
    const char *record, *fault; /* NULL: it can be read */
} reports[] = {
    {"v=TLSRPTv1; rua=mailto:reports@example.com", NULL},
    {"v=TLSRPTv1;rua=https://reporting.example.com/v1/tlsrpt;", NULL},
    {"v=TLSRPTv1; rua=mailto:a@b.test , https://c.test/x?y=z", NULL},
    {"v=TLSRPTv1; ext=1; rua=MAILTO:a@b.test", NULL},
    {"v=TLSRPTv1; rua=mailto:a@b.test\t,\thttps://c.test/ ;", NULL},
    {"v=TLSRPTv1; ext=a=b; rua=mailto:a@b.test", "not name=value: ext=a=b"},
    {"v=TLSRPTv1; ext=a b; rua=mailto:a@b.test", "not name=value"},
    {"v=TLSRPTv1; rua=mailto:a@b.test\x01", "not name=value"},
    {"v=TLSRPTv1; rua=http://c.test/", "rua is no"},
    {"v=TLSRPTv1; rua=mailto:nobody", "rua is no"},
    {"v=TLSRPTv1; rua=mailto:a@b.test!10m", "rua is no"},
    {"v=TLSRPTv1; rua=mailto:a@b.test,", "rua is no"},
    {"v=TLSRPTv1; rua=https://", "rua is no"},
    {"v=TLSRPTv1", "no rua"},
    {"v=TLSRPTv2; rua=mailto:a@b.test", "does not begin"},
};

START_TEST(report)
{
    const char *s = reports[_i].record;
    struct tlsrpt_record r;

    was_read(s, mtasts_tlsrpt_read(s, strlen(s), &r), r.fault, reports[_i].fault);
}
END_TEST

#define HEAD "version: STSv1\nmode: enforce\nmax_age: 1\n"

static const struct {
    const char *policy, *fault; /* NULL: it can be read */
} policies[] = {
    {HEAD "mx: a.test\n", NULL},
    {"version: STSv1\r\nmode: testing\r\nmx: *.a.test\r\nmax_age: 31557600\r\n", NULL},
    {"mx:a.test\nmax_age:0\nmode:none\nversion:STSv1", NULL},
    {"version: STSv1 \nmode:\tnone\nmax_age: 1", NULL},
    {HEAD "mx: a.test\nmode: none\nmax_age: x\nnew: anything at all", NULL},
    {"version: STSv1\nmode: none\nmax_age: 0000000001\n", NULL},
    {HEAD, "no mx"},
    {"mode: none\nmax_age: 1\n", "no version"},
    {"version: STSv1\nmax_age: 1\nmx: a.test\n", "no mode"},
    {"version: STSv1\nmode: none\n", "no max_age"},
    {HEAD "mx: a.*.test\n", "mx is neither"},
    {HEAD "mx: *\n", "mx is neither"},
    {HEAD "mx: *.\n", "mx is neither"},
    {HEAD "mx: a..test\n", "mx is neither"},
    {HEAD "mx: a.test.\n", "mx is neither"},
    {HEAD "mx: a test\n", "mx is neither"},
    {HEAD "mx: a_b.test\n", "line 4: mx is neither"},
    {HEAD "mx: -a.test\n", "mx is neither"},
    {HEAD "mx: a-.test\n", "mx is neither"},
    {HEAD "mx: *.-a.test\n", "mx is neither"},
    {HEAD "mx: a--b.x-y.test\nmx: 1.test\n", NULL},
    {HEAD "mx: a.test\n\n", "not key: value"},
    {HEAD "mx\n", "not key: value"},
    {HEAD "mx:\n", "not key: value"},
    {HEAD " mx: a.test\n", "not key: value"},
    {HEAD "mx: a\rb\n", "not key: value"},
    {"version: STSv1\nmode: none\nmax_age: 31557601", "max_age is not"},
    {"version: STSv1\nmode: none\nmax_age: -1", "max_age is not"},
    {"version: STSv1\nmode: none\nmax_age: 12345678901", "max_age is not"},
    {"version: STSv1\nmode: ENFORCE\nmax_age: 1", "mode is none of"},
    {"version: stsv1\nmode: none\nmax_age: 1", "version is not"},
    {"", "no version"},
};

START_TEST(policy)
{
    const char *s = policies[_i].policy;
    struct mtasts_policy p;

    was_read(s, mtasts_policy_read(s, strlen(s), &p), p.fault, policies[_i].fault);
}
END_TEST

/* The correct lines count beside the wrong ones, and the first fault is told with its line. */
static const struct {
    const char *policy;
    bool usable;
    size_t mx_count;
    const char *fault;
} faulty[] = {
    {"version: STSv1\nmode: enforce\nmx: a_b.test\nmx: b.test\n", true, 1, "line 3: mx is neither"},
    {"version: STSv1\nmode: enforce\nmx: a.test\n", true, 1, "it has no max_age"},
    {HEAD "mx: a.test\n\n", true, 1, "line 5: it is not key: value"},
    {"version: STSv1\nmode: none\nmax_age: x\n", true, 0, "line 3: max_age"},
    {HEAD "mx: a_b.test\n", false, 0, "line 4: mx is neither"},
    {"version: STSv1\nmode: strict\nmax_age: 1\nmx: a.test\n", false, 1, "line 2: mode"},
    {"version: STSv2\nmode: enforce\nmax_age: 1\nmx: a.test\n", false, 1, "line 1: version"},
    {"mode: enforce\nmax_age: x\nmx: a.test\n", false, 1, "line 2: max_age"},
    {"<html>\n", false, 0, "line 1: it is not key: value"},
};

START_TEST(as_far_as_it_goes)
{
    const char *s = faulty[_i].policy;
    struct mtasts_policy p;

    ck_assert(!mtasts_policy_read(s, strlen(s), &p));
    ck_assert_msg(p.usable == faulty[_i].usable, "%s", s);
    ck_assert_uint_eq(p.mx_count, faulty[_i].mx_count);
    ck_assert_msg(strstr(p.fault, faulty[_i].fault) == p.fault, "%s: %s", s, p.fault);
}
END_TEST

START_TEST(repeated_keys)
{
    static const char s[] = "mode: testing\nversion: STSv1\nmx: a.test\nmode: enforce\nmx: "
                            "b.test\nmax_age: 7\nmax_age: 9\n";
    struct mtasts_policy p;

    ck_assert(mtasts_policy_read(s, sizeof s - 1, &p));
    ck_assert(p.mode == MTASTS_TESTING && p.max_age == 7 && p.mx_count == 2);
    ck_assert_str_eq(p.mx, "a.test, b.test");
}
END_TEST

START_TEST(limit)
{
    static char s[MTASTS_POLICY_MAX + 1] = HEAD "mx: a.test\nfill: ";
    size_t head = strlen(s);
    struct mtasts_policy p;

    memset(s + head, 'x', sizeof s - head);
    ck_assert(mtasts_policy_read(s, sizeof s - 1, &p));
    ck_assert(!mtasts_policy_read(s, sizeof s, &p));
}
END_TEST

static const struct {
    const char *pattern, *host;
    bool want;
} matches[] = {
    {"a.test", "a.test", true},     {"A.Test", "a.test", true},
    {"a.test", "b.a.test", false},  {"*.a.test", "mx.a.test", true},
    {"*.a.test", "a.test", false},  {"*.a.test", "x.y.a.test", false},
    {"*.a.test", ".a.test", false}, {"*.a.test", "mxa.test", false},
    {"a.test", "a.tes", false},     {"a.test", "", false},
};

START_TEST(match)
{
    char s[200] = HEAD "mx: other.test\nmx: ";

    strcat(strcat(s, matches[_i].pattern), "\n");
    ck_assert_msg(mtasts_policy_lists(s, strlen(s), matches[_i].host) == matches[_i].want, "%s %s",
                  matches[_i].pattern, matches[_i].host);
}
END_TEST

START_TEST(join)
{
    static const unsigned char two[] = "\3abc\0\2de", cut[] = "\3ab", none[] = "";
    char out[8];

    ck_assert_uint_eq(mtasts_join(two, sizeof two - 1, out, sizeof out), 5);
    ck_assert_mem_eq(out, "abcde", 5);
    ck_assert_uint_eq(mtasts_join(cut, sizeof cut - 1, out, sizeof out), 0);
    ck_assert_uint_eq(mtasts_join(none, 0, out, sizeof out), 0);
    ck_assert_uint_eq(mtasts_join(two, sizeof two - 1, out, 4), 0);
}
END_TEST

START_TEST(which_record)
{
    ck_assert(mtasts_is_record("v=STSv1", 7) && mtasts_is_record("v=STSv1 ; id=1", 14));
    ck_assert(!mtasts_is_record("v=STSv12;", 9) && !mtasts_is_record("v=STSv1 id", 10));
    ck_assert(mtasts_is_tlsrpt("v=TLSRPTv1;", 11) && !mtasts_is_tlsrpt("v=STSv1;", 8));
}
END_TEST

UNIT_CASE(mtasts, {record, COUNT(records)}, {report, COUNT(reports)}, {policy, COUNT(policies)},
          {as_far_as_it_goes, COUNT(faulty)}, {match, COUNT(matches)}, {repeated_keys, 1},
          {limit, 1}, {join, 1}, {which_record, 1})
