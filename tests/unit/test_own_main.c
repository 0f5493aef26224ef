#include "own_main.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "beside.h"
#include "own_policy.h"
#include "text.h"
#include "unit.h"

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define DIGEST                                                                                     \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:"   \
    "EE:FF"

static bool check(enum tls_level level, const struct beside *t, struct own_problems *out,
                  struct err *e)
{
    static char *maps[] = {BESIDE_TABLE}, *domains[] = {"a.com", "b.com"}, *digest[] = {HEX};
    struct form_own own = {
        .given = true, .file = "own.ini", .postfix_policy = {maps, 1}, .lines = {[3] = 5}};
    struct partner p = {.id = "a",
                        .domains = {domains, 2},
                        .fingerprints = {digest, level == LEVEL_FINGERPRINT},
                        .outbound = true,
                        .level = level,
                        .min_version = TLS1_2_VERSION,
                        .min_version_name = "1.2"};
    struct own_asked a = {.partner = &p, .own = &own, .outbound = true, .reader = beside_reader(t)};

    *out = (struct own_problems){0};
    return own_policy_check(&a, out, e);
}

#define USED "smtp_tls_policy_maps = texthash:/t0\n"
#define UNUSED(list, line)                                                                         \
    "missing a.com: our main.cf does not use the policy table; expected smtp_tls_policy_maps = "   \
    "texthash:/t0; seen " list " in /main.cf" line "\n"
#define NO_CA(policy)                                                                              \
    "weak a.com: own policy: Postfix trusts no CA, mail is deferred; expected smtp_tls_CAfile or " \
    "smtp_tls_CApath in /main.cf; seen a.com " policy " in /t0:1\n"

static const struct {
    enum tls_level level;
    const char *policy, *main, *want;
} mains[] = {
    {LEVEL_VERIFY, "verify", NULL, ""},
    {LEVEL_VERIFY, "verify", USED "smtp_tls_CAfile = /ca\n", ""},
    {LEVEL_VERIFY, "verify", USED "smtp_tls_CApath = /ca\n", ""},
    {LEVEL_VERIFY, "verify", USED "smtp_tls_trust_anchor_file = /ca\n", ""},
    {LEVEL_VERIFY, "verify", USED, NO_CA("verify")},
    {LEVEL_VERIFY, "secure", USED "smtp_tls_CAfile =\n", NO_CA("secure")},
    {LEVEL_ENCRYPT, "verify", USED, NO_CA("verify")},
    {LEVEL_VERIFY, "verify", USED "tls_append_default_CA = yes\n", NO_CA("verify")},
    {LEVEL_VERIFY, "verify", USED "smtp_tls_CAfile = $system_ca\n", ""},
    {LEVEL_VERIFY, "verify tafile=/there", USED, ""},
    {LEVEL_VERIFY, "dane-only", USED, ""},
    {LEVEL_ENCRYPT, "encrypt", USED, ""},
    {LEVEL_ENCRYPT, "encrypt", "smtp_tls_policy_maps = hash:/b, proxy:hash:/t0\n", ""},
    {LEVEL_ENCRYPT, "encrypt", "smtp_tls_policy_maps = unionmap:{cdb:/b texthash:/t0}\n", ""},
    {LEVEL_ENCRYPT, "encrypt", "smtp_tls_policy_maps = texthash:${config_directory}/t0\n", ""},
    {LEVEL_ENCRYPT, "encrypt", "smtp_tls_policy_maps = $default_database_type:/b\n", ""},
    {LEVEL_ENCRYPT, "encrypt", "", UNUSED("none", "")},
    {LEVEL_ENCRYPT, "encrypt", "#\nsmtp_tls_policy_maps = hash:/b|,\n /t0\n",
     UNUSED("hash:/b?, /t0", ":2")},
    {LEVEL_MAY, "may", "", ""},
    {LEVEL_FINGERPRINT, "fingerprint match=" DIGEST, USED, ""},
    {LEVEL_FINGERPRINT, "fingerprint match=" DIGEST, USED "smtp_tls_fingerprint_digest = SHA256\n",
     ""},
    {LEVEL_ENCRYPT, "fingerprint match=AA", USED "smtp_tls_fingerprint_digest = md5\n", ""},
    {LEVEL_FINGERPRINT, "fingerprint match=" DIGEST, USED "smtp_tls_fingerprint_digest = md5\n",
     "weak a.com: own policy: Postfix compares fingerprints by another digest, mail is deferred; "
     "expected smtp_tls_fingerprint_digest = sha256, not md5 as in /main.cf:2; seen a.com "
     "fingerprint match=" DIGEST " in /t0:1\n"},
};

START_TEST(judged)
{
    struct own_problems l;
    struct err e = {0};
    char policy[400];
    struct beside t = {policy, mains[_i].main};
    struct text found;

    /* Whatever is wrong with it is said once, of the first domain. */
    snprintf(policy, sizeof policy, "a.com %s\nb.com dane-only\n", mains[_i].policy);
    text_init(&found, 10000);
    ck_assert_msg(check(mains[_i].level, &t, &l, &e), "%s", e.text);
    for (size_t i = 0; i < l.count; i++)
        text_addf(&found, "%s %s: %s; %s\n", l.at[i].missing ? "missing" : "weak", l.at[i].domain,
                  l.at[i].headline, l.at[i].detail);
    ck_assert_msg(strcmp(text_str(&found), mains[_i].want) == 0, "%d: %s", _i, text_str(&found));
    text_free(&found);
    own_problems_clear(&l);
}
END_TEST

START_TEST(fails)
{
    struct beside t = {"a.com verify\n", "fail"};
    struct own_problems l;
    struct err e;

    ck_assert(!check(LEVEL_VERIFY, &t, &l, &e));
    ck_assert_str_eq(e.text, "own.ini:5: postfix-policy: /main.cf:1: \"fail\" is not NAME = VALUE");
    own_problems_clear(&l);
}
END_TEST

START_TEST(places)
{
    char path[21];

    ck_assert(own_main_path("hash:/etc/postfix/p", path, sizeof path));
    ck_assert_str_eq(path, "/etc/postfix/main.cf");
    ck_assert(own_main_path("hash:p", path, sizeof path));
    ck_assert_str_eq(path, "main.cf");
    ck_assert(!own_main_path("hash:/etc/postfix/p", path, 20));
}
END_TEST

#define PARENTS "parent_domain_matches_subdomains ="

/* Whether a key has no dot before its subdomains, in tables of either kind. */
static const struct {
    const char *main;
    bool access, transport;
} styles[] = {
    {NULL, true, false},
    {"#\n", true, false},
    {PARENTS "\n", false, false},
    {PARENTS " debug_peer_list,relay_domains\n", false, false},
    {PARENTS " relay_domains, transport_maps\n", false, true},
    {PARENTS " $more Transport_Maps\nmore = SMTPD_ACCESS_MAPS,\n", true, true},
    {PARENTS " !smtpd_access_maps !!transport_maps smtpd_access_maps\n", false, true},
    {PARENTS " smtpd_access_maps.\n", false, false},
    {PARENTS " smtpd_access_maps /features hash:/features\n", true, false},
    {PARENTS " /features transport_maps\n", true, false},
    {PARENTS " hash:/features transport_maps\n", true, false},
    {PARENTS " $elsewhere transport_maps\n", true, false},
};

START_TEST(parents)
{
    struct beside t = {"", styles[_i].main};
    struct own_asked a = {.reader = beside_reader(&t)};
    struct err e = {0};
    struct own_check c = {.a = &a, .e = &e};
    bool bare;

    ck_assert(own_main_parents(&c, "texthash:/t0", "smtpd_access_maps", &bare));
    ck_assert_msg(bare == styles[_i].access, "%d", _i);
    ck_assert(own_main_parents(&c, "texthash:/t0", "transport_maps", &bare));
    ck_assert_msg(bare == styles[_i].transport, "%d", _i);
    t.main = "fail";
    ck_assert(!own_main_parents(&c, "texthash:/t0", "transport_maps", &bare));
}
END_TEST

/* A transport table: {domain, main.cf, next-hop}. */
static const struct {
    const char *domain, *main, *want;
} routes[] = {
    {"tuv.com", NULL, "[own]"},
    {"de.tuv.com", NULL, "[dotted]"},
    {"*.tuv.com", NULL, "[dotted]"},
    {"a.net", NULL, "[all]"},
    {"*.a.net", NULL, "[all]"},
    {"de.tuv.com", PARENTS " transport_maps\n", "[own]"},
    {"*.tuv.com", PARENTS " transport_maps\n", "[own]"},
    {"a.net", PARENTS " transport_maps\n", "[all]"},
};

START_TEST(next_hops)
{
    struct beside t = {"tuv.com :[own]\n.tuv.com :[dotted]\n* :[all]\n", routes[_i].main};
    struct form_own own = {.given = true, .file = "own.ini", .postfix_transport = "texthash:/t0"};
    struct own_asked a = {.own = &own, .reader = beside_reader(&t)};
    struct postfix_hops hops;
    struct err e;

    ck_assert(own_next_hops(&a, routes[_i].domain, &hops, &e));
    ck_assert_uint_eq(hops.list.count, 1);
    ck_assert_str_eq(hops.list.at[0], routes[_i].want);
}
END_TEST

UNIT_CASE(own_main, {judged, COUNT(mains)}, {fails, 1}, {places, 1}, {parents, COUNT(styles)},
          {next_hops, COUNT(routes)})
