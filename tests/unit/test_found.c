/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults that fuzzing and failing memory have found, one test each. */
#include <check.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dns.h"
#include "base/ini.h"
#include "judge/judge.h"
#include "plugins/options.h"
#include "policy/option_value.h"
#include "smtp/smtp_reply.h"
#include "tls/trust.h"
#include "unit.h"

START_TEST(bare_code_ends_a_reply)
{
    static const char last[3] = {'2', '5', '0'}; /* nothing behind it may be read */
    struct smtp_reply r = {0};
    char *line = malloc(sizeof last);

    ck_assert_ptr_nonnull(line);
    memcpy(line, last, sizeof last);
    ck_assert_int_eq(smtp_reply_line(&r, "250-mx1", 7), SMTP_REPLY_MORE);
    ck_assert_int_eq(smtp_reply_line(&r, line, sizeof last), SMTP_REPLY_DONE);
    ck_assert_str_eq(r.text, "250-mx1");
    free(line);
}
END_TEST

START_TEST(resolver_port_beyond_16_bits)
{
    static const char *const servers[] = {"127.0.0.1:65536", "127.0.0.1:4294967349",
                                          "[::1]:18446744073709551669", "127.0.0.1:0"};
    struct dns_config c = {0};

    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
        ck_assert_msg(!dns_config_add(&c, servers[i]), "%s", servers[i]);
    ck_assert_uint_eq(c.server_count, 0);
}
END_TEST

static bool count_keys(void *ctx, const char *section, const char *key, const char *value, int line,
                       struct error *e)
{
    (void)value, (void)line, (void)e;
    *(int *)ctx += key != NULL;
    return section != NULL;
}

START_TEST(ini_value_without_key)
{
    static const char text[] = "[a]\nb = c\n= d\n";
    struct error e = {0};
    int keys = 0;

    ck_assert(!ini_read("f", text, sizeof text - 1, count_keys, &keys, &e));
    ck_assert_int_eq(keys, 1);
    ck_assert_str_eq(e.text, "f:3: neither a section, nor key = value");
}
END_TEST

START_TEST(ini_comment_behind_section)
{
    static const char text[] =
        "[a] ; a comment that is longer than the name of a section may be\nb = c\n";
    struct error e = {0};
    int keys = 0;

    ck_assert_msg(ini_read("f", text, sizeof text - 1, count_keys, &keys, &e), "%s", e.text);
    ck_assert_int_eq(keys, 1);
}
END_TEST

START_TEST(time_is_rfc_3339)
{
    static const struct {
        const char *text;
        bool ok;
        time_t want;
    } rows[] = {
        {"1970-01-01T00:00:00Z", true, 0},
        {"2028-02-29t23:59:60.25+05:30", true, 1835461800},
        {"2027-02-29T00:00:00Z", false, 0},
        {"2027-02-31T00:00:00Z", false, 0},
        {"2027-13-01T00:00:00Z", false, 0},
        {"2027-00-01T00:00:00Z", false, 0},
        {"27-1-1T1:2:3Z", false, 0},
        {" 2027-01-01T00:00:00Z", false, 0},
        {"2027-01-01T 0:00:00Z", false, 0},
        {"2027-01-01T24:00:00Z", false, 0},
        {"2027-01-01T00:00:00.Z", false, 0},
        {"2027-01-01T00:00:00+ 1:00", false, 0},
        {"2027-01-01T00:00:00+-1:00", false, 0},
        {"2027-01-01T00:00:00+01:00x", false, 0},
        {"2027-01", false, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error e = {0};
        time_t got = 0;

        ck_assert_msg(option_value_time(rows[i].text, &got, &e) == rows[i].ok, "%s", rows[i].text);
        ck_assert_msg(got == rows[i].want, "%s: %lld", rows[i].text, (long long)got);
    }
}
END_TEST

static int items_made;

static const char *make_item(const char *item, struct error *e)
{
    (void)e;
    items_made++;
    return strdup(item);
}

START_TEST(list_makes_no_item_without_room)
{
    static struct option_value_list list;
    char commas[OPTION_VALUE_LIST_MAX + 1] = "";
    struct error e = {0};

    memset(commas, ',', OPTION_VALUE_LIST_MAX); /* one item more than there is room for */
    ck_assert(!option_value_list(commas, &list, make_item, &e));
    ck_assert_str_eq(e.text, "has more than 256 entries");
    ck_assert_int_eq(items_made, OPTION_VALUE_LIST_MAX); /* what is made and not kept would leak */
    ck_assert(
        option_value_list("a,b", &list, make_item, &e)); /* and so would what was there before */
    ck_assert_uint_eq(list.count, 2);
    while (list.count > 0)
        free((char *)list.at[--list.count]);
}
END_TEST

/* A certificate that anybody can make; `end` is its notAfter as it is written there. */
static X509 *make_cert(const char *cn, const char *end, EVP_PKEY *key)
{
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);

    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(x, name);
    ASN1_TIME_set_string(X509_getm_notBefore(x), "20200101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(x), "20300101000000Z");
    ASN1_STRING_set(X509_getm_notAfter(x), end, -1);
    X509_set_pubkey(x, key);
    ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
    return x;
}

/* Else a chain of one's own leaf, whose date nobody can read, and behind it the certificate that
 * --fingerprint names would have the latter's facts as the leaf's. */
START_TEST(leaf_with_unreadable_date_stays_the_leaf)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *leaf = make_cert("leaf", "no date at all!", key);
    X509 *other = make_cert("other", "20300101000000Z", key);
    STACK_OF(X509) *chain = sk_X509_new_null();
    struct trust_config config = {.env_dir = "/nonexistent", .env_file = "/nonexistent"};
    struct trust_query q = {.now = 1800000000};
    struct trust_facts f;
    struct error e;
    struct trust *t = trust_new(&config, &e);

    ck_assert_ptr_nonnull(t);
    sk_X509_push(chain, leaf);
    sk_X509_push(chain, other);
    ck_assert(trust_verify(t, chain, &q, &f));
    ck_assert_uint_eq(f.cert_count, 2);
    ck_assert_str_eq(f.certs[0].cn, "leaf");
    ck_assert_int_eq(f.certs[0].not_after, 0);
    trust_facts_clear(&f);
    trust_free(t);
    sk_X509_pop_free(chain, X509_free);
    EVP_PKEY_free(key);
}
END_TEST

/* One domain, one gateway, one address; the rest is as the test has it. */
struct judged {
    struct address address;
    struct resolve_host host;
    struct observation observation;
    struct tls_policy policy;
    struct judge_config config;
    struct verdict verdict;
};

static void judged_begin(struct judged *x, enum tls_level level)
{
    static char name[] = "mx.example.test";

    memset(x, 0, sizeof *x);
    address_parse("192.0.2.1", 25, &x->address);
    x->host = (struct resolve_host){.policy = &x->policy,
                                    .duplicate = RESOLVE_NONE,
                                    .name = name,
                                    .shown = "mx.example.test",
                                    .why = "",
                                    .canonical = "",
                                    .tlsa_why = "",
                                    .tlsa_base = "",
                                    .port = 25,
                                    .addresses = &x->address,
                                    .address_count = 1};
    tls_policy_default(&x->policy);
    x->policy.level = level;
    observation_init(&x->observation);
    for (int s = STAGE_CONNECT; s < STAGE_COUNT; s++)
        x->observation.stages[s].entered = x->observation.stages[s].passed = true;
    x->observation.has_tls = true;
}

static void judged_end(struct judged *x)
{
    const struct target ask = {
        .kind = TARGET_DOMAIN, .name = "example.test", .port = 25, .policy = &x->policy};
    struct resolve_mx mx = {0, 10};
    struct resolve_target target = {.target = &ask,
                                    .status = DNS_OK,
                                    .why = "",
                                    .canonical = "",
                                    .secure = true,
                                    .mx = &mx,
                                    .mx_count = 1};
    struct resolution r = {
        .targets = &target, .target_count = 1, .hosts = &x->host, .host_count = 1, .trusted = true};
    struct plan_request request = {.address = &x->address};
    const struct observation *observed = &x->observation;
    size_t zero = 0, *of_host = &zero;
    struct plan_target planned = {.resolved = &target, .mx = &mx, .mx_count = 1};
    struct plan plan = {.targets = &planned,
                        .target_count = 1,
                        .requests = &request,
                        .request_count = 1,
                        .of_host = &of_host,
                        .host_count = 1};
    struct facts facts = {.resolution = &r, .plan = &plan, .observations = &observed};

    judge_all(&x->config, &facts, &x->verdict);
    judge_finish(&x->config, &facts, &x->verdict);
}

static bool judged_has(const struct judged *x, enum finding_code code)
{
    for (size_t i = 0; i < x->verdict.findings.count; i++) {
        if (x->verdict.findings.at[i].code == code)
            return true;
    }
    return false;
}

static const enum probe_fault cert_faults[] = {PROBE_LOCAL, PROBE_UNFINISHED, PROBE_TLS};

START_TEST(unverified_certificate_is_not_ok)
{
    struct judged x;

    judged_begin(&x, LEVEL_VERIFY);
    x.observation.stages[STAGE_CERT] =
        (struct stage_fact){.entered = true, .fault = cert_faults[_i], STAGE_FACT_NONE};
    judged_end(&x);
    ck_assert(judged_has(&x, cert_faults[_i] == PROBE_TLS ? F_TLS_HANDSHAKE_FAILED : F_NOT_PROBED));
    ck_assert_int_ne(x.verdict.state, STATE_OK);
    verdict_clear(&x.verdict);
}
END_TEST

START_TEST(failed_look_up_is_no_lack_of_dnssec)
{
    struct judged x;

    judged_begin(&x, LEVEL_DANE_ONLY);
    x.host.status = DNS_FAILURE;
    judged_end(&x);
    ck_assert(judged_has(&x, F_DNS_FAILURE));
    ck_assert(!judged_has(&x, F_DANE_REQUIRED));
    ck_assert_int_eq(x.verdict.state, STATE_UNKNOWN);
    verdict_clear(&x.verdict);
}
END_TEST

UNIT_CASE(found, {bare_code_ends_a_reply, 1}, {resolver_port_beyond_16_bits, 1},
          {ini_value_without_key, 1}, {ini_comment_behind_section, 1}, {time_is_rfc_3339, 1},
          {list_makes_no_item_without_room, 1}, {leaf_with_unreadable_date_stays_the_leaf, 1},
          {unverified_certificate_is_not_ok, 3}, {failed_look_up_is_no_lack_of_dnssec, 1})
