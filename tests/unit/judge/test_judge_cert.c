/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_cert.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "unit/judge/fixture.h"
#include "unit/unit.h"

enum { LEAF, INTER, ROOT };

static struct cert_facts *cert(struct fixture *f, int which)
{
    return &fixture_at(f, 0, 0)->chain.certs[which];
}

/* --- -D, exactly at the limit and a second off --- */

static const struct {
    const char *name, *spec; /* NULL: the defaults */
    int which;
    double lifetime; /* days */
    long long left;  /* seconds */
    int want;        /* a state, -1: no finding at all */
} ends[] = {
    {"warning, at the limit", NULL, LEAF, 365, 30LL * DAY, -1},
    {"warning, a second more", NULL, LEAF, 365, 30LL * DAY + 1, -1},
    {"warning, a second less", NULL, LEAF, 365, 30LL * DAY - 1, STATE_WARNING},
    {"critical, at the limit", NULL, LEAF, 365, 14LL * DAY, STATE_WARNING},
    {"critical, a second more", NULL, LEAF, 365, 14LL * DAY + 1, STATE_WARNING},
    {"critical, a second less", NULL, LEAF, 365, 14LL * DAY - 1, STATE_CRITICAL},
    {"a second left", NULL, LEAF, 365, 1, STATE_CRITICAL},
    {"25 % of 80 days, at the limit", NULL, LEAF, 80, 20LL * DAY, -1},
    {"25 % of 80 days, a second less", NULL, LEAF, 80, 20LL * DAY - 1, STATE_WARNING},
    {"10 % of 80 days, at the limit", NULL, LEAF, 80, 8LL * DAY, STATE_WARNING},
    {"10 % of 80 days, a second less", NULL, LEAF, 80, 8LL * DAY - 1, STATE_CRITICAL},
    {"a fresh one of 6 days", NULL, LEAF, 6, 5LL * DAY, -1},
    {"intermediate, at the limit", NULL, INTER, 80, 30LL * DAY, -1},
    {"intermediate, a second less", NULL, INTER, 80, 30LL * DAY - 1, STATE_WARNING},
    {"intermediate, critical", NULL, INTER, 80, 14LL * DAY - 1, STATE_CRITICAL},
    {"the root does not count", NULL, ROOT, 80, 1, -1},
    {"-D 60,45", "60,45", LEAF, 365, 60LL * DAY - 1, STATE_WARNING},
    {"-D 60,45, critical", "60,45", LEAF, 365, 45LL * DAY - 1, STATE_CRITICAL},
    {"-D 60", "60", LEAF, 365, 1, STATE_WARNING},
    {"-D 60, above", "60", LEAF, 365, 60LL * DAY, -1},
    {"-D 0.5", "0.5", LEAF, 365, DAY / 2, -1},
    {"-D 0.5, a second less", "0.5", LEAF, 365, DAY / 2 - 1, STATE_WARNING},
    {"-D 50%,25% of 80 days, at the limit", "50%,25%", LEAF, 80, 40LL * DAY, -1},
    {"-D 50%,25% of 80 days, a second less", "50%,25%", LEAF, 80, 40LL * DAY - 1, STATE_WARNING},
    {"-D 50%,25% of 80 days, critical", "50%,25%", LEAF, 80, 20LL * DAY - 1, STATE_CRITICAL},
    {"-D 50%,25%, intermediate at 30", "50%,25%", INTER, 80, 30LL * DAY, -1},
    {"-D 50%,25%, intermediate below 30", "50%,25%", INTER, 80, 30LL * DAY - 1, STATE_WARNING},
    {"-D 50%,25%, intermediate below 14", "50%,25%", INTER, 80, 14LL * DAY - 1, STATE_CRITICAL},
};

START_TEST(expiring)
{
    struct fixture f;
    const struct finding *found;
    struct cert_facts *c;

    fixture_one(&f);
    ck_assert(!ends[_i].spec || threshold_days_parse(ends[_i].spec, &f.judge.days));
    c = cert(&f, ends[_i].which);
    c->not_after = f.judge.now + (time_t)ends[_i].left;
    c->not_before = c->not_after - (time_t)(ends[_i].lifetime * DAY);
    fixture_judge(&f);
    found = fixture_find(&f, F_CERTIFICATE_EXPIRING);
    ck_assert_msg(!found == (ends[_i].want < 0), "%s", ends[_i].name);
    ck_assert_uint_eq(f.verdict.findings.count, found != NULL);
    if (found)
        ck_assert_msg((int)found->state == ends[_i].want, "%s: %s", ends[_i].name,
                      state_name(found->state));
    ck_assert_int_eq(f.verdict.confidence, 100); /* it is valid still */
    fixture_close(&f);
}
END_TEST

/* The soonest of the path is named; a critical one before a warning. */
START_TEST(worst_is_named)
{
    struct fixture f;

    fixture_one(&f);
    cert(&f, LEAF)->not_after = f.judge.now + 20 * DAY;
    cert(&f, INTER)->not_after = f.judge.now + 10 * DAY;
    fixture_judge(&f);
    ck_assert_uint_eq(fixture_count(&f, F_CERTIFICATE_EXPIRING), 1);
    ck_assert_ptr_nonnull(strstr(f.verdict.findings.at[0].headline, "intermediate"));
    ck_assert_int_eq(f.verdict.state, STATE_CRITICAL);
    ck_assert_ptr_eq(f.verdict.hosts[0].addresses[0].expiry.first, cert(&f, INTER));
    ck_assert_double_eq_tol(f.verdict.hosts[0].addresses[0].expiry.days, 10, 1e-9);
    fixture_close(&f);
}
END_TEST

static const struct {
    const char *name;
    int which;
    long long from, until; /* seconds from now */
    int want;              /* a finding, -1: none */
} validities[] = {
    {"expired a second ago", LEAF, -100LL * DAY, -1, F_CERTIFICATE_EXPIRED},
    {"ends now, and is still valid", LEAF, -100LL * DAY, 0, F_CERTIFICATE_EXPIRING},
    {"root ends now, and is still valid", ROOT, -100LL * DAY, 0, -1},
    {"expired long ago", LEAF, -9000LL * DAY, -8000LL * DAY, F_CERTIFICATE_EXPIRED},
    {"intermediate expired", INTER, -100LL * DAY, -1, F_CERTIFICATE_EXPIRED},
    {"root expired", ROOT, -100LL * DAY, -1, F_CERTIFICATE_EXPIRED},
    {"valid from now", LEAF, 0, 300LL * DAY, -1},
    {"valid in a second", LEAF, 1, 300LL * DAY, F_CERTIFICATE_NOT_YET_VALID},
    {"intermediate not yet valid", INTER, 1, 300LL * DAY, F_CERTIFICATE_NOT_YET_VALID},
};

START_TEST(validity)
{
    struct fixture f;
    struct cert_facts *c;

    fixture_one(&f);
    c = cert(&f, validities[_i].which);
    c->not_before = f.judge.now + (time_t)validities[_i].from;
    c->not_after = f.judge.now + (time_t)validities[_i].until;
    fixture_judge(&f);
    ck_assert_msg(f.verdict.findings.count == (validities[_i].want >= 0), "%s: %zu findings",
                  validities[_i].name, f.verdict.findings.count);
    if (validities[_i].want >= 0) {
        ck_assert_int_eq(f.verdict.findings.at[0].code, validities[_i].want);
        ck_assert_int_eq(f.verdict.state, STATE_CRITICAL);
        ck_assert_int_eq(f.verdict.confidence,
                         validities[_i].want == F_CERTIFICATE_EXPIRING ? 100 : 70);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(superfluous)
{
    struct fixture f;
    struct cert_facts *c;

    fixture_one(&f);
    c = cert(&f, ROOT);
    c->path = 0;
    c->served = true;
    c->not_after = f.judge.now - DAY;
    fixture_judge(&f);
    ck_assert_uint_eq(f.verdict.findings.count, 1);
    ck_assert_int_eq(f.verdict.findings.at[0].code, F_CERTIFICATE_SUPERFLUOUS);
    ck_assert_int_eq(f.verdict.state, STATE_OK);
    ck_assert_int_eq(f.verdict.confidence, 100);
    fixture_close(&f);
}
END_TEST

/* --- trust --- */

static const struct {
    int fault;
    enum finding_code code;
} faults[] = {
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, F_CERTIFICATE_NOT_TRUSTED},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, F_CERTIFICATE_NOT_TRUSTED},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, F_CERTIFICATE_NOT_TRUSTED},
    {X509_V_ERR_INVALID_PURPOSE, F_CERTIFICATE_NOT_TRUSTED},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, F_CERTIFICATE_NOT_TRUSTED},
    {X509_V_ERR_EE_KEY_TOO_SMALL, F_CERTIFICATE_WEAK},
    {X509_V_ERR_CA_KEY_TOO_SMALL, F_CERTIFICATE_WEAK},
    {X509_V_ERR_CA_MD_TOO_WEAK, F_CERTIFICATE_WEAK},
};

START_TEST(trust)
{
    struct fixture f;

    fixture_one(&f);
    fixture_add_fault(&fixture_at(&f, 0, 0)->chain.pkix, faults[_i].fault, 0);
    fixture_judge(&f);
    ck_assert_uint_eq(f.verdict.findings.count, 1);
    ck_assert_int_eq(f.verdict.findings.at[0].code, faults[_i].code);
    ck_assert(f.verdict.state == STATE_CRITICAL && f.verdict.confidence == 70);
    fixture_close(&f);
}
END_TEST

/* Every fault of a chain together. */
START_TEST(all_at_once)
{
    struct fixture f;

    fixture_one(&f);
    fixture_add_fault(&fixture_at(&f, 0, 0)->chain.pkix, X509_V_ERR_EE_KEY_TOO_SMALL, 0);
    fixture_add_fault(&fixture_at(&f, 0, 0)->chain.pkix,
                      X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0);
    cert(&f, LEAF)->not_after = f.judge.now - 1;
    fixture_no_names(fixture_at(&f, 0, 0));
    fixture_judge(&f);
    ck_assert_uint_eq(f.verdict.findings.count, 4);
    ck_assert_ptr_nonnull(fixture_find(&f, F_CERTIFICATE_WEAK));
    ck_assert_ptr_nonnull(fixture_find(&f, F_CERTIFICATE_NOT_TRUSTED));
    ck_assert_ptr_nonnull(fixture_find(&f, F_CERTIFICATE_EXPIRED));
    ck_assert_ptr_nonnull(fixture_find(&f, F_CERTIFICATE_HOST_MISMATCH));
    ck_assert_int_eq(f.verdict.confidence, 70);
    fixture_close(&f);
}
END_TEST

/* --- names --- */

static const struct {
    enum cert_match first, second; /* of two --match entries */
    int want;
} name_matches[] = {
    {CERT_MATCH_SAN, CERT_MATCH_SAN, -1},
    {CERT_MATCH_SAN, CERT_MATCH_NONE, -1},
    {CERT_MATCH_NONE, CERT_MATCH_SAN, -1},
    {CERT_MATCH_CN, CERT_MATCH_NONE, F_CERTIFICATE_CN_ONLY},
    {CERT_MATCH_NONE, CERT_MATCH_CN, F_CERTIFICATE_CN_ONLY},
    {CERT_MATCH_CN, CERT_MATCH_CN, F_CERTIFICATE_CN_ONLY},
    {CERT_MATCH_NONE, CERT_MATCH_NONE, F_CERTIFICATE_HOST_MISMATCH},
};

START_TEST(names)
{
    struct fixture f;
    struct trust_match *m;

    fixture_domain(&f);
    f.match[0] = "hostname";
    f.match[1] = "nexthop";
    f.policy.match_count = 2;
    fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_plan(&f);
    m = fixture_at(&f, 0, 0)->chain.names;
    m[0].match = name_matches[_i].first;
    m[1].match = name_matches[_i].second;
    fixture_judge(&f);
    ck_assert_uint_eq(f.verdict.findings.count, name_matches[_i].want >= 0);
    if (name_matches[_i].want >= 0) {
        ck_assert_int_eq(f.verdict.findings.at[0].code, name_matches[_i].want);
        ck_assert_ptr_nonnull(
            strstr(f.verdict.findings.at[0].detail, "mx.example.com or example.com"));
    }
    fixture_close(&f);
}
END_TEST

/* --- fingerprints --- */

static const struct {
    bool certificate, key, matches;
} prints[] = {{true, false, true}, {false, true, true}, {true, true, true}, {false, false, false}};

START_TEST(fingerprint)
{
    static const char other[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const char *given[2] = {other, other};
    struct fixture f;

    fixture_one(&f);
    f.policy.level = LEVEL_FINGERPRINT;
    f.policy.fingerprints = given;
    f.policy.fingerprint_count = 2;
    memset(cert(&f, LEAF)->key_sha256, 'b', CERT_SHA256_HEX - 1);
    if (prints[_i].certificate)
        given[1] = cert(&f, LEAF)->sha256;
    if (prints[_i].key)
        given[0] = cert(&f, LEAF)->key_sha256;
    fixture_no_names(fixture_at(&f, 0, 0)); /* nothing else about it counts */
    cert(&f, LEAF)->not_after = f.judge.now - 1;
    fixture_add_fault(&fixture_at(&f, 0, 0)->chain.pkix, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 0);
    fixture_judge(&f);
    ck_assert_int_eq(f.verdict.state, prints[_i].matches ? STATE_OK : STATE_CRITICAL);
    ck_assert(!fixture_find(&f, F_FINGERPRINT_MISMATCH) == prints[_i].matches);
    ck_assert_int_eq(f.verdict.confidence, prints[_i].matches ? 100 : 70);
    fixture_close(&f);
}
END_TEST

/* --- DANE --- */

enum dane_row {
    NO_TLSA,
    USAGE_3,
    USAGE_2,
    UNUSABLE,
    INSECURE_TLSA,
    INSECURE_ADDRESS,
    TLSA_FAILS,
    TLSA_BOGUS,
    UNTRUSTED_RESOLVER,
    MX_INSECURE,
    SECURE_ALIAS,
    ALIAS_FAILS
};

static const struct {
    const char *name;
    enum dane_row row;
    bool matched, named, expired; /* of the certificate */
    enum state dane, dane_only;
    enum finding_code code, code_only; /* at dane and dane-only */
} danes[] = {
#define NONE FINDING_COUNT
#define O STATE_OK
#define W STATE_WARNING
#define C STATE_CRITICAL
#define U STATE_UNKNOWN
    {"3 matches", USAGE_3, 1, 1, 0, O, O, NONE, NONE},
    {"3 matches, another name", USAGE_3, 1, 0, 0, O, O, NONE, NONE},
    {"3 matches, expired", USAGE_3, 1, 1, 1, O, O, NONE, NONE},
    {"3 does not match", USAGE_3, 0, 1, 0, C, C, F_TLSA_INVALID, F_TLSA_INVALID},
    {"2 matches", USAGE_2, 1, 1, 0, O, O, NONE, NONE},
    {"2 matches, another name", USAGE_2, 1, 0, 0, C, C, F_CERTIFICATE_HOST_MISMATCH,
     F_CERTIFICATE_HOST_MISMATCH},
    {"2 matches, expired", USAGE_2, 1, 1, 1, C, C, F_CERTIFICATE_EXPIRED, F_CERTIFICATE_EXPIRED},
    {"2 does not match", USAGE_2, 0, 1, 0, C, C, F_TLSA_INVALID, F_TLSA_INVALID},
    {"no records", NO_TLSA, 0, 0, 1, W, C, F_DANE_ABSENT, F_DANE_REQUIRED},
    {"none usable", UNUSABLE, 0, 0, 1, W, C, F_TLSA_UNUSABLE, F_DANE_REQUIRED},
    {"records not secure", INSECURE_TLSA, 0, 0, 1, W, C, F_DANE_ABSENT, F_DANE_REQUIRED},
    {"addresses not secure", INSECURE_ADDRESS, 0, 0, 1, W, C, F_DANE_ABSENT, F_DANE_REQUIRED},
    {"TLSA lookup fails", TLSA_FAILS, 0, 0, 0, U, U, F_DNS_FAILURE, F_DNS_FAILURE},
    {"TLSA lookup bogus", TLSA_BOGUS, 0, 0, 0, C, C, F_DNSSEC_INVALID, F_DNSSEC_INVALID},
    {"AD cannot be trusted", UNTRUSTED_RESOLVER, 0, 0, 0, U, U, F_DNS_FAILURE, F_DNS_FAILURE},
    {"MX not secure", MX_INSECURE, 1, 1, 0, O, C, NONE, F_DANE_REQUIRED},
    {"secure alias, matches", SECURE_ALIAS, 1, 1, 0, O, O, NONE, NONE},
    {"secure alias, does not match", SECURE_ALIAS, 0, 1, 0, C, C, F_TLSA_INVALID, F_TLSA_INVALID},
    {"alias cannot be looked up", ALIAS_FAILS, 0, 0, 0, U, U, F_DNS_FAILURE, F_DNS_FAILURE},
};

static void arrange_dane(struct fixture *f, enum dane_row row)
{
    struct resolve_host *h = &f->r.hosts[0];

    switch (row) {
    case NO_TLSA:
        break;
    case UNUSABLE:
        fixture_tlsa(f, 0, 1);
        break;
    case INSECURE_TLSA:
        fixture_tlsa(f, 0, 3);
        h->tlsa_secure = false;
        break;
    case INSECURE_ADDRESS: /* answers and failures for TLSA are ignored (RFC 7672 2.2.2) */
        h->secure = false;
        h->tlsa_status = DNS_FAILURE;
        break;
    case TLSA_FAILS:
        h->tlsa_status = DNS_FAILURE;
        break;
    case TLSA_BOGUS:
        h->tlsa_status = DNS_BOGUS;
        break;
    case UNTRUSTED_RESOLVER:
        f->r.trusted = false;
        h->secure = h->tlsa_secure = false;
        break;
    case SECURE_ALIAS: /* to addresses that are not (RFC 7672 2.2.2) */
        fixture_tlsa(f, 0, 3);
        h->secure = false;
        h->alias_secure = true;
        break;
    case ALIAS_FAILS:
        h->secure = false;
        h->alias_secure = true;
        h->tlsa_status = DNS_FAILURE;
        break;
    case MX_INSECURE:
        fixture_tlsa(f, 0, 3);
        f->r.targets[0].secure = false;
        break;
    default:
        fixture_tlsa(f, 0, row == USAGE_3 ? 3 : 2);
        break;
    }
}

START_TEST(dane)
{
    int row = _i / 2;
    bool only = _i % 2;
    enum state want = only ? danes[row].dane_only : danes[row].dane;
    enum finding_code code = only ? danes[row].code_only : danes[row].code;
    struct trust_facts *t;
    struct fixture f;

    fixture_domain(&f);
    f.policy.level = only ? LEVEL_DANE_ONLY : LEVEL_DANE;
    fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    arrange_dane(&f, danes[row].row);
    fixture_plan(&f);
    t = &fixture_at(&f, 0, 0)->chain;
    t->dane_asked = danes[row].row == USAGE_3 || danes[row].row == USAGE_2 ||
                    danes[row].row == MX_INSECURE || danes[row].row == SECURE_ALIAS;
    t->dane_matched = danes[row].matched;
    t->dane_usage = !t->dane_matched ? 0 : danes[row].row == USAGE_2 ? 2 : 3;
    if (!danes[row].named)
        fixture_no_names(fixture_at(&f, 0, 0));
    if (danes[row].expired)
        t->certs[LEAF].not_after = f.judge.now - 1;
    fixture_add_fault(&fixture_at(&f, 0, 0)->chain.pkix, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 0);
    fixture_judge(&f);
    ck_assert_msg(f.verdict.state == want, "%s, %s: %s, %s", danes[row].name,
                  only ? "dane-only" : "dane", state_name(f.verdict.state),
                  f.verdict.findings.count ? f.verdict.findings.at[0].headline : "no finding");
    if (code != NONE) {
        ck_assert_msg(fixture_find(&f, code) != NULL, "%s", danes[row].name);
        ck_assert_int_eq(fixture_find(&f, code)->state, want);
    }
    fixture_close(&f);
}
END_TEST

/* DANE-TA is judged by its own pass, not by that over the trust store, which may be empty. */
static const struct {
    int fault;
    enum finding_code code;
} own_faults[] = {
    {X509_V_ERR_EE_KEY_TOO_SMALL, F_CERTIFICATE_WEAK},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, F_CERTIFICATE_NOT_TRUSTED},
};

START_TEST(dane_ta_own_faults)
{
    struct trust_facts *t;
    struct fixture f;

    fixture_domain(&f);
    f.policy.level = LEVEL_DANE;
    fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_tlsa(&f, 0, 2);
    fixture_plan(&f);
    t = &fixture_at(&f, 0, 0)->chain;
    t->dane_asked = t->dane_matched = true;
    t->dane_usage = 2;
    fixture_add_fault(&t->dane, own_faults[_i].fault, 0);
    fixture_judge(&f);
    ck_assert_uint_eq(f.verdict.findings.count, 1);
    ck_assert_int_eq(f.verdict.findings.at[0].code, own_faults[_i].code);
    ck_assert_int_eq(f.verdict.state, STATE_CRITICAL);
    fixture_close(&f);
}
END_TEST

UNIT_CASE(judge_cert, {expiring, COUNT(ends)}, {worst_is_named, 1}, {validity, COUNT(validities)},
          {superfluous, 1}, {trust, COUNT(faults)}, {all_at_once, 1}, {names, COUNT(name_matches)},
          {fingerprint, COUNT(prints)}, {dane, 2 * COUNT(danes)},
          {dane_ta_own_faults, COUNT(own_faults)})
