/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_differ.h"

#include <stdio.h>
#include <string.h>

#include "unit/judge/fixture.h"
#include "unit/unit.h"

enum { LEAF };

enum differ { SAME, RENEWED, ISSUER, NAMES, VERDICT, BAND, NEAR, AT_WARNING, AT_CRITICAL };

static void differ(struct fixture *f, struct observation *o, enum differ how)
{
    struct cert_facts *leaf = &o->chain.certs[LEAF];

    if (how != SAME)
        memset(leaf->sha256, 'a' + (int)how, CERT_SHA256_HEX - 1);
    switch (how) {
    case RENEWED:
        leaf->not_after += 30L * DAY;
        break;
    case ISSUER:
        leaf->issuer = "CN=Other";
        break;
    case NAMES:
        fixture_no_names(o);
        break;
    case VERDICT:
        leaf->not_after = f->judge.now - DAY;
        break;
    case BAND:
        leaf->not_after = f->judge.now + 20L * DAY;
        break;
    case NEAR:
        leaf->not_after = f->judge.now + 5L * DAY;
        break;
    case AT_WARNING:
        leaf->not_after = f->judge.now + 30L * DAY;
        break;
    case AT_CRITICAL:
        leaf->not_after = f->judge.now + 14L * DAY;
        break;
    default:
        break;
    }
}

static const struct {
    const char *name;
    enum differ addresses[4];
    size_t count;
    int want; /* a state, -1: no finding */
} differences[] = {
    {"one address", {SAME}, 1, -1},
    {"the same", {SAME, SAME}, 2, -1},
    {"renewed, no more", {SAME, RENEWED}, 2, STATE_OK},
    {"another issuer", {SAME, ISSUER}, 2, STATE_WARNING},
    {"another name", {SAME, NAMES}, 2, STATE_WARNING},
    {"another verdict", {SAME, VERDICT}, 2, STATE_WARNING},
    {"across a threshold", {SAME, BAND}, 2, STATE_WARNING},
    {"both below it", {BAND, BAND}, 2, -1},
    {"across the other threshold", {BAND, NEAR}, 2, STATE_WARNING},
    {"across both", {SAME, NEAR}, 2, STATE_WARNING},
    {"both below the other", {NEAR, NEAR}, 2, -1},
    {"third address", {SAME, SAME, ISSUER}, 3, STATE_WARNING},
    {"one that matters behind one that does not", {SAME, RENEWED, ISSUER}, 3, STATE_WARNING},
    {"one that does not behind one that matters", {SAME, ISSUER, RENEWED}, 3, STATE_WARNING},
    {"none matters", {SAME, RENEWED, RENEWED}, 3, STATE_OK},
};

/* Makes a gateway with that many addresses, all alike. */
static void begin(struct fixture *f, size_t count)
{
    char address[32];

    fixture_domain(f);
    fixture_host(f, 0, "mx.example.com", 10);
    for (size_t i = 0; i < count; i++) {
        snprintf(address, sizeof address, "192.0.2.%zu", i + 1);
        fixture_address(f, 0, address);
    }
    fixture_plan(f);
}

START_TEST(certificates_differ)
{
    struct fixture f;
    const struct finding *found;

    begin(&f, differences[_i].count);
    for (size_t i = 0; i < differences[_i].count; i++)
        differ(&f, fixture_at(&f, 0, i), differences[_i].addresses[i]);
    fixture_judge(&f);
    found = fixture_find(&f, F_CERTIFICATES_DIFFER);
    ck_assert_uint_le(fixture_count(&f, F_CERTIFICATES_DIFFER), 1);
    ck_assert_msg(!found == (differences[_i].want < 0), "%s", differences[_i].name);
    if (found) {
        ck_assert_msg((int)found->state == differences[_i].want, "%s: %s", differences[_i].name,
                      state_name(found->state));
        ck_assert(found->host == 0 && found->address == FINDING_NONE);
    }
    fixture_close(&f);
}
END_TEST

/* An address that came to no handshake differs from nothing. */
START_TEST(differ_only_where_served)
{
    struct fixture f;

    fixture_domain(&f);
    fixture_host(&f, 0, "mx.example.com", 10);
    fixture_address(&f, 0, "192.0.2.1");
    fixture_address(&f, 0, "192.0.2.2");
    fixture_plan(&f);
    fixture_no_starttls(fixture_at(&f, 0, 0));
    fixture_judge(&f);
    ck_assert_uint_eq(fixture_count(&f, F_CERTIFICATES_DIFFER), 0);
    fixture_close(&f);
}
END_TEST

/* Where sessions are shared, an address also has the names of other gateways: none of ours. */
START_TEST(differ_in_own_names)
{
    struct observation *shared;
    struct fixture f;

    fixture_domain(&f);
    f.policy.sni = "none";
    fixture_host(&f, 0, "b.example.com", 10);
    fixture_host(&f, 0, "a.example.com", 20);
    fixture_address(&f, 0, "192.0.2.2");
    fixture_address(&f, 1, "192.0.2.1");
    fixture_address(&f, 1, "192.0.2.2");
    fixture_plan(&f);
    shared = fixture_at(&f, 1, 1);
    ck_assert_ptr_eq(shared, fixture_at(&f, 0, 0));
    ck_assert_uint_eq(shared->chain.name_count, 2);
    for (size_t i = 0; i < 2; i++) {
        if (strcmp(shared->chain.names[i].name, "b.example.com") == 0)
            shared->chain.names[i].match = CERT_MATCH_NONE;
    }
    memset(shared->chain.certs[LEAF].sha256, 'a', CERT_SHA256_HEX - 1);
    fixture_judge(&f);
    ck_assert_uint_eq(fixture_find(&f, F_CERTIFICATE_HOST_MISMATCH)->host, 0);
    ck_assert_uint_eq(fixture_count(&f, F_CERTIFICATES_DIFFER), 1);
    ck_assert_int_eq(fixture_find(&f, F_CERTIFICATES_DIFFER)->state, STATE_OK);
    fixture_close(&f);
}
END_TEST

/* Not every CA has a CN. */
START_TEST(issuer_without_cn)
{
    struct fixture f;
    struct cert_facts *renewed;

    fixture_domain(&f);
    fixture_host(&f, 0, "mx.example.com", 10);
    fixture_address(&f, 0, "192.0.2.1");
    fixture_address(&f, 0, "192.0.2.2");
    fixture_plan(&f);
    renewed = &fixture_at(&f, 0, 1)->chain.certs[LEAF];
    memset(renewed->sha256, 'a', CERT_SHA256_HEX - 1);
    renewed->issuer_cn = "";
    renewed->issuer = "OU=Class 3,O=Example";
    fixture_judge(&f);
    ck_assert_ptr_nonnull(
        strstr(fixture_find(&f, F_CERTIFICATES_DIFFER)->detail, " by OU=Class 3,O=Example until"));
    fixture_close(&f);
}
END_TEST

/* With --on certificate-expiring=ok the state of both is the same; the limits of -D count all the
 * same. */
static const struct {
    enum differ first, second;
    bool differ;
} limits[] = {
    {SAME, BAND, true},        {BAND, NEAR, true},       {SAME, NEAR, true},
    {SAME, SAME, false},       {BAND, BAND, false},      {NEAR, NEAR, false},
    {SAME, AT_WARNING, false}, {AT_WARNING, BAND, true}, {BAND, AT_CRITICAL, false},
    {AT_CRITICAL, NEAR, true},
};

START_TEST(limits_count_whatever_the_state)
{
    struct fixture f;

    begin(&f, 2);
    f.policy.on[F_CERTIFICATE_EXPIRING] = STATE_OK;
    differ(&f, fixture_at(&f, 0, 0), limits[_i].first);
    differ(&f, fixture_at(&f, 0, 1), limits[_i].second);
    fixture_judge(&f);
    ck_assert_int_eq(f.verdict.state, limits[_i].differ ? STATE_WARNING : STATE_OK);
    fixture_close(&f);
}
END_TEST

UNIT_CASE(judge_differ, {certificates_differ, COUNT(differences)},
          {limits_count_whatever_the_state, COUNT(limits)}, {differ_only_where_served, 1},
          {differ_in_own_names, 1}, {issuer_without_cn, 1})
