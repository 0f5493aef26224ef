#include "postfix_policy.h"

#include <openssl/ssl.h>
#include <string.h>

#include "text.h"
#include "unit.h"

static void show_list(struct text *t, const char *name, const struct postfix_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        text_addf(t, " %s=%s", name, l->at[i]);
}

static void show(struct text *t, const struct postfix_policy *p)
{
    text_add(t, p->level < 0 ? "none" : level_name((enum tls_level)p->level));
    show_list(t, "match", &p->match);
    show_list(t, "tafile", &p->tafile);
    if (p->protocols)
        text_addf(t, " protocols=%s", p->protocols);
    if (p->ciphers)
        text_addf(t, " ciphers=%s", p->ciphers);
    if (p->servername)
        text_addf(t, " servername=%s", p->servername);
}

static const struct {
    const char *value, *want; /* NULL: refused, */
    const char *why;          /* for that */
} policies[] = {
    {"may", "may", NULL},
    {"MAY", "may", NULL},
    {"none", "none", NULL},
    {"none match=x", "none", NULL},
    {"encrypt", "encrypt", NULL},
    {"dane", "dane", NULL},
    {"half-dane", "dane", NULL},
    {"dane-only", "dane-only", NULL},
    {"secure match=.example.net:example.net", "secure match=.example.net match=example.net", NULL},
    {"secure match=nexthop,ciphers=high", "secure match=nexthop ciphers=high", NULL},
    {"verify match=hostname  match=b protocols=>=TLSv1.2",
     "verify match=hostname match=b protocols=>=TLSv1.2", NULL},
    {"verify protocols=!SSLv3:!TLSv1", "verify protocols=!SSLv3:!TLSv1", NULL},
    {"verify { protocols = !SSLv3, !TLSv1 }", "verify protocols=!SSLv3, !TLSv1", NULL},
    {"verify {tafile = /a b}", "verify tafile=/a b", NULL},
    {"verify tafile=/a tafile=/b", "verify tafile=/a tafile=/b", NULL},
    {"verify Match=x", "verify match=x", NULL},
    {"verify exclude=aNULL connection_reuse=no", "verify", NULL},
    {"encrypt servername=mx.a", "encrypt servername=mx.a", NULL},
    {"fingerprint match=AA:BB|CC:DD match=EE:FF", "fingerprint match=AA:BB match=CC:DD match=EE:FF",
     NULL},
    {"", NULL, "unknown level \"\""},
    {"must", NULL, "unknown level \"must\""},
    {"verify match", NULL, "no name=value: \"match\""},
    {"verify =x", NULL, "no name=value: \"=x\""},
    {"verify { match = x", NULL, "no name=value: \"{ match = x\""},
    {"verify match=", NULL, "wrong at this level, repeated or malformed: \"match=\""},
    {"may match=x", NULL, "wrong at this level, repeated or malformed: \"match=x\""},
    {"encrypt tafile=/x", NULL, "wrong at this level, repeated or malformed: \"tafile=/x\""},
    {"verify ciphers=high ciphers=low", NULL,
     "wrong at this level, repeated or malformed: \"ciphers=low\""},
    {"verify protocols=TLSv9", NULL,
     "wrong at this level, repeated or malformed: \"protocols=TLSv9\""},
    {"verify maych=x", NULL, "unknown attribute \"maych=x\""},
    {"verify \033|'", NULL, "no name=value: \"???\""},
};

START_TEST(reads_policy)
{
    static struct postfix_policy p;
    struct text t;
    char why[160] = "";
    bool ok = postfix_policy_read(policies[_i].value, &p, why, sizeof why);

    ck_assert_msg(ok == (policies[_i].want != NULL), "%s: %s", policies[_i].value, why);
    if (!ok) {
        ck_assert_str_eq(why, policies[_i].why);
        return;
    }
    text_init(&t, 1000);
    show(&t, &p);
    ck_assert_str_eq(text_str(&t), policies[_i].want);
    text_free(&t);
}
END_TEST

START_TEST(bounds_policy)
{
    static struct postfix_policy p;
    static char value[POSTFIX_VALUE_MAX + 1];
    char why[160];

    memset(value, 'x', sizeof value - 1);
    ck_assert(!postfix_policy_read(value, &p, why, sizeof why));
    ck_assert_ptr_nonnull(strstr(why, "too long"));
    strcpy(value, "verify match=a");
    for (size_t i = 1; i < POSTFIX_LIST_MAX; i++)
        strcat(value, ":a");
    ck_assert(postfix_policy_read(value, &p, why, sizeof why));
    strcat(value, ":a");
    ck_assert(!postfix_policy_read(value, &p, why, sizeof why));
}
END_TEST

static const struct {
    const char *protocols;
    int want;
} protocols[] = {
    {">=TLSv1.2", TLS1_2_VERSION},
    {">=tlsv1", TLS1_VERSION},
    {">=0303", TLS1_2_VERSION},
    {">=0", SSL3_VERSION},
    {"", SSL3_VERSION},
    {"<=TLSv1.2", SSL3_VERSION},
    {"!SSLv2, !SSLv3", TLS1_VERSION},
    {"!SSLv2:!SSLv3:!TLSv1:!TLSv1.1", TLS1_2_VERSION},
    {"TLSv1.2 TLSv1.3", TLS1_2_VERSION},
    {"TLSv1.1:!TLSv1.1", 0},
    {">=TLSv1.3 <=TLSv1.2", 0},
    {"TLSv1.4", -1},
    {">=", -1},
    {"!", -1},
    {"0303", -1},
    {">=ffffff", -1},
};

START_TEST(lowest)
{
    ck_assert_msg(postfix_protocols_lowest(protocols[_i].protocols) == protocols[_i].want, "%s",
                  protocols[_i].protocols);
}
END_TEST

static const struct {
    const char *match, *name, *hop;
    bool want;
} covers[] = {
    {"hostname", "mx.b", "a", true},
    {"nexthop", "a.com", "a.com", true},
    {"nexthop", "mx.a.com", "[MX.a.com]:25", true},
    {"nexthop", "mx.a.com", "a.com", false},
    {"dot-nexthop", "mx5.de.tuv.com", "tuv.com", true},
    {"dot-nexthop", "tuv.com", "tuv.com", false},
    {"dot-nexthop", "xtuv.com", "tuv.com", false},
    {"dot-nexthop", "mx.b.com", "a.com:25", false},
    {".b.com", "mx.b.com", "a.com", true},
    {".b.com", "b.com", "a.com", false},
    {"MX.b.com", "mx.b.com", "a.com", true},
    {"x", "mx.b.com", "a.com", false},
};

START_TEST(matches)
{
    struct postfix_list match = {{covers[_i].match}, 1}, other = {{"x.y", covers[_i].match}, 2};

    ck_assert_msg(
        postfix_match_covers(&match, covers[_i].name, covers[_i].hop) == covers[_i].want &&
            postfix_match_covers(&other, covers[_i].name, covers[_i].hop) == covers[_i].want,
        "%s %s", covers[_i].match, covers[_i].name);
}
END_TEST

static const struct {
    const char *(*parent)(const char *key);
    const char *first, *want;
} chains[] = {
    {postfix_dotted_parent, "de.tuv.com", "de.tuv.com .tuv.com .com"},
    {postfix_dotted_parent, ".tuv.com", ".tuv.com .com"},
    {postfix_dotted_parent, "[de.tuv.com]", "[de.tuv.com]"},
    {postfix_dotted_parent, "de.tuv.com:25", "de.tuv.com:25"},
    {postfix_dotted_parent, "com", "com"},
    {postfix_bare_parent, "de.tuv.com", "de.tuv.com tuv.com com"},
    {postfix_bare_parent, "tuv.", "tuv."},
};

START_TEST(keys)
{
    struct text t;

    text_init(&t, 200);
    for (const char *key = chains[_i].first; key; key = chains[_i].parent(key))
        text_addf(&t, "%s%s", t.len ? " " : "", key);
    ck_assert_str_eq(text_str(&t), chains[_i].want);
    text_free(&t);
}
END_TEST

static const struct {
    const char *value, *want; /* "a.com" is the domain */
} hops[] = {
    {"", "a.com;"},
    {"smtp", "a.com;"},
    {":", "a.com;"},
    {"smtp:", "a.com;"},
    {"smtp:[MX.b]:25", "[mx.b]:25;"},
    {":[mx.b]", "[mx.b];"},
    {"smtp: [mx.b], [mx.c]:26", "[mx.b];[mx.c]:26;"},
    {"smtp:mx.b:smtp", "mx.b:smtp;"},
    {"error:no such place", ""},
    {"discard:", ""},
};

START_TEST(transports)
{
    static struct postfix_hops out;
    struct text t;

    text_init(&t, 200);
    ck_assert(postfix_transport_read(hops[_i].value, "a.com", &out));
    for (size_t i = 0; i < out.list.count; i++)
        text_addf(&t, "%s;", out.list.at[i]);
    ck_assert_str_eq(text_str(&t), hops[_i].want);
    text_free(&t);
}
END_TEST

static const struct {
    const char *value;
    enum postfix_access want;
} accesses[] = {
    {"reject_plaintext_session", POSTFIX_ACCESS_LIST},
    {"permit_mynetworks, reject_plaintext_session", POSTFIX_ACCESS_LIST},
    {"our_class", POSTFIX_ACCESS_LIST},
    {"OKAY", POSTFIX_ACCESS_LIST},
    {"OK", POSTFIX_ACCESS_PASSES},
    {"OK reject_plaintext_session", POSTFIX_ACCESS_PASSES},
    {"RELAY", POSTFIX_ACCESS_PASSES},
    {"550 reject_plaintext_session", POSTFIX_ACCESS_PASSES},
    {"REJECT try reject_plaintext_session", POSTFIX_ACCESS_PASSES},
    {"reject_plaintext_session, check_client_access hash:/a", POSTFIX_ACCESS_PASSES},
    {"DUNNO", POSTFIX_ACCESS_NEXT},
    {"WARN seen: a", POSTFIX_ACCESS_NEXT},
    {", ", POSTFIX_ACCESS_PASSES},
    {"", POSTFIX_ACCESS_PASSES},
};

START_TEST(access_values)
{
    ck_assert_msg(postfix_access_read(accesses[_i].value) == accesses[_i].want, "%s",
                  accesses[_i].value);
}
END_TEST

START_TEST(restrictions)
{
    static const char *const has[] = {"defer", "Permit", "reject_plaintext_session", "sleep",
                                      "warn_if_reject"};
    static const char *const no[] = {"",      "reject_",      "reject_plaintext", "must_encrypt",
                                     "rejec", "permit reject"};

    for (size_t i = 0; i < COUNT(has); i++)
        ck_assert_msg(postfix_has_restriction(has[i]), "%s", has[i]);
    for (size_t i = 0; i < COUNT(no); i++)
        ck_assert_msg(!postfix_has_restriction(no[i]), "%s", no[i]);
}
END_TEST

UNIT_CASE(postfix_policy, {reads_policy, COUNT(policies)}, {bounds_policy, 1},
          {lowest, COUNT(protocols)}, {matches, COUNT(covers)}, {keys, COUNT(chains)},
          {transports, COUNT(hops)}, {access_values, COUNT(accesses)}, {restrictions, 1})
