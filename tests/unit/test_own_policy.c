#include "own_policy.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "unit.h"

/* Tables by their names; "fail:" cannot be asked. */
struct tables {
    const char *policy[2], *access[2], *transport;
};

static const char *text_of(const struct tables *t, const char *map)
{
    return strcmp(map, "texthash:/p0") == 0   ? t->policy[0]
           : strcmp(map, "texthash:/p1") == 0 ? t->policy[1]
           : strcmp(map, "hash:/a0") == 0     ? t->access[0]
           : strcmp(map, "hash:/a1") == 0     ? t->access[1]
                                              : t->transport;
}

static enum own_answer look_up(void *ctx, const char *map, const char *key, struct own_value *out,
                               struct err *e)
{
    const char *text = text_of(ctx, map);
    struct postfix_map m;
    enum own_answer answer;

    if (strcmp(text, "fail") == 0) {
        err_set(e, ERR_FILE, "%s: no such table", map);
        return OWN_ERROR;
    }
    ck_assert(postfix_map_read(map, text, strlen(text), &m, e));
    answer = own_value_of(&m, key, out);
    postfix_map_clear(&m);
    return answer;
}

static bool readable(void *ctx, const char *path)
{
    (void)ctx;
    return strncmp(path, "/there", 6) == 0;
}

static char *policy_maps[] = {"texthash:/p0", "texthash:/p1"};
static char *access_maps[] = {"hash:/a0", "hash:/a1"};
static char *wildcard[] = {"*.tuv.com"}, *single[] = {"a.com"};
static char *below[] = {"de.tuv.com"};
static char *digest[] = {"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"};
static struct form_gateway gateways[] = {{"mx5.de.tuv.com", 25}};

#define DIGEST                                                                                     \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:"   \
    "EE:FF"

static struct partner partner_of(enum tls_level level)
{
    return (struct partner){.id = "tuv",
                            .domains = {single, 1},
                            .gateways = {gateways, 1},
                            .outbound = true,
                            .inbound = true,
                            .level = level,
                            .min_version = TLS1_2_VERSION,
                            .min_version_name = "1.2"};
}

static struct form_own own_of(const struct tables *t)
{
    return (struct form_own){
        .given = true,
        .file = "own.ini",
        .lines = {[3] = 5, [4] = 6, [5] = 7}, /* as the fields stand in form_fields */
        .postfix_policy = {policy_maps, t->policy[1] ? 2 : t->policy[0] != NULL},
        .postfix_access = {access_maps, t->access[1] ? 2 : t->access[0] != NULL},
        .postfix_transport = t->transport ? "hash:/t" : NULL};
}

static bool check(const struct partner *p, const struct tables *t, struct own_problems *out,
                  struct err *e)
{
    static const char *const mx[] = {"mx1.a.com", "mx.else.net"};
    struct form_own own = own_of(t);
    struct own_asked a = {.partner = p,
                          .own = &own,
                          .outbound = true,
                          .inbound = true,
                          .mx = mx,
                          .mx_count = p->domains.at == single ? 1 : 0,
                          .reader = {.look_up = look_up, .readable = readable, .ctx = (void *)t}};

    *out = (struct own_problems){0};
    return own_policy_check(&a, out, e);
}

/* What is found, as "missing DOMAIN: HEADLINE; DETAIL\n". */
static void found(const struct partner *p, const struct tables *t, struct text *out)
{
    struct own_problems l;
    struct err e = {0};

    text_init(out, 10000);
    ck_assert_msg(check(p, t, &l, &e), "%s", e.text);
    for (size_t i = 0; i < l.count; i++)
        text_addf(out, "%s %s: %s; %s\n", l.at[i].missing ? "missing" : "weak", l.at[i].domain,
                  l.at[i].headline, l.at[i].detail);
    own_problems_clear(&l);
}

/* Which of Postfix's levels are enough for which of the form's. */
static const struct {
    enum tls_level form;
    const char *enough;
} enoughs[] = {
    {LEVEL_MAY, "may encrypt dane fingerprint verify secure dane-only "},
    {LEVEL_ENCRYPT, "encrypt fingerprint verify secure dane-only "},
    {LEVEL_FINGERPRINT, "fingerprint verify secure dane-only "},
    {LEVEL_VERIFY, "fingerprint verify secure dane-only "},
    {LEVEL_SECURE, "fingerprint secure dane-only "},
    {LEVEL_DANE, "dane fingerprint verify secure dane-only "},
    {LEVEL_DANE_ONLY, "fingerprint secure dane-only "},
};

START_TEST(levels)
{
    static const char *const all[] = {"none",        "may",    "encrypt", "dane",
                                      "fingerprint", "verify", "secure",  "dane-only"};
    struct partner p = partner_of(enoughs[_i].form);
    struct text enough, t;

    text_init(&enough, 200);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char map[64];
        struct tables tables = {.policy = {map}};

        snprintf(map, sizeof map, "a.com %s\n", all[i]);
        found(&p, &tables, &t);
        if (t.len == 0)
            text_addf(&enough, "%s ", all[i]);
        else
            ck_assert_msg(strncmp(t.s, "weak a.com: own policy: weaker than the form;", 45) == 0,
                          "%s", t.s);
        text_free(&t);
    }
    ck_assert_str_eq(text_str(&enough), enoughs[_i].enough);
    text_free(&enough);
}
END_TEST

#define EXPECTED "expected verify match=hostname protocols=>=TLSv1.2; seen a.com "

static const struct {
    const char *name;
    struct tables tables;
    const char *want;
} outbound[] = {
    {"as agreed", {.policy = {"a.com verify\n"}}, ""},
    {"may",
     {.policy = {"#\na.com may\n"}},
     "weak a.com: own policy: weaker than the form; " EXPECTED "may in /p0:2\n"},
    {"none",
     {.policy = {"b.com verify\n"}},
     "missing a.com: our Postfix has no TLS policy for it; expected a.com verify match=hostname "
     "protocols=>=TLSv1.2; seen no such key in /p0\n"},
    {"second table", {.policy = {"b.com may\n", "a.com verify\n"}}, ""},
    {"a parent in the first, the name in the second",
     {.policy = {".com may\n", "a.com verify\n"}},
     ""},
    {"hidden",
     {.policy = {"a.com may\n", "a.com secure\n"}},
     "weak a.com: own policy: weaker than the form; " EXPECTED "may in /p0:1; it hides /p1:1\n"},
    {"brackets",
     {.policy = {"[a.com] verify\n"}},
     "missing a.com: our Postfix has no TLS policy for it; expected a.com verify match=hostname "
     "protocols=>=TLSv1.2; seen no such key in /p0; [a.com] in /p0:1 is no key that Postfix looks "
     "up for it\n"},
    {"star",
     {.policy = {"\n*.a.com verify\n"}},
     "missing a.com: our Postfix has no TLS policy for it; expected a.com verify match=hostname "
     "protocols=>=TLSv1.2; seen no such key in /p0; *.a.com in /p0:2 is no key that Postfix looks "
     "up for it\n"},
    {"a gateway's name",
     {.policy = {"[mx5.de.tuv.com]:25 verify\n"}},
     "missing a.com: our Postfix has no TLS policy for it; expected a.com verify match=hostname "
     "protocols=>=TLSv1.2; seen no such key in /p0; [mx5.de.tuv.com]:25 in /p0:1 is no key that "
     "Postfix looks up for it\n"},
    {"no value",
     {.policy = {"a.com\n"}},
     "missing a.com: our Postfix has no TLS policy for it; expected a.com verify match=hostname "
     "protocols=>=TLSv1.2; seen no such key in /p0; Postfix ignores /p0:1: no value\n"},
    {"refused value",
     {.policy = {"a.com verify mach=x\n"}},
     "weak a.com: own policy: invalid, mail is deferred: unknown attribute "
     "\"mach=x\"; " EXPECTED "verify mach=x in /p0:1\n"},
    {"refused table",
     {.policy = {"a.com verify\nb.com may\nb.com may\n"}},
     "weak a.com: own policy: Postfix refuses the table, mail is deferred; expected each "
     "key once; seen a.com a second line for b.com in /p0:3\n"},
    {"secure by another name",
     {.policy = {"a.com secure match=b.com\n"}},
     "weak a.com: own policy: its match does not cover an MX host; expected match= that "
     "covers mx1.a.com; seen a.com secure match=b.com in /p0:1\n"},
    {"secure by the next-hop",
     {.policy = {"a.com secure match=nexthop\n"}},
     "weak a.com: own policy: its match does not cover an MX host; expected match= that "
     "covers mx1.a.com; seen a.com secure match=nexthop in /p0:1\n"},
    {"secure by names below it", {.policy = {"a.com secure\n"}}, ""},
    {"old protocols",
     {.policy = {"a.com verify protocols=!SSLv2:!SSLv3\n"}},
     "weak a.com: own policy: it allows an older TLS version; expected "
     "protocols=>=TLSv1.2; seen a.com verify protocols=!SSLv2:!SSLv3 in /p0:1\n"},
    {"new protocols", {.policy = {"a.com verify protocols=>=TLSv1.3 ciphers=high\n"}}, ""},
    {"null ciphers",
     {.policy = {"a.com verify ciphers=NULL\n"}},
     "weak a.com: own policy: it allows weak ciphers; expected ciphers=high or medium; "
     "seen a.com verify ciphers=NULL in /p0:1\n"},
    {"trust anchor", {.policy = {"a.com verify tafile=/there\n"}}, ""},
    {"no trust anchor",
     {.policy = {"a.com verify tafile=/there tafile=/not\n"}},
     "weak a.com: own policy: its trust anchor cannot be read; expected tafile= with a "
     "file that can be read; seen a.com verify tafile=/there tafile=/not in /p0:1\n"},
    {"control bytes",
     {.policy = {"a.com verify\033|\n"}},
     "weak a.com: own policy: invalid, mail is deferred: unknown level "
     "\"verify??\"; " EXPECTED "verify?? in /p0:1\n"},
    {"transport", {.policy = {"[mx.b]:26 verify\n"}, .transport = "a.com smtp:[mx.b]:26\n"}, ""},
    {"transport to a host",
     {.policy = {"[mx.b] secure\n[c] secure match=nexthop\n"}, .transport = "a.com :[c]\n"},
     ""},
    {"transport to a domain", {.policy = {"b.com secure\n"}, .transport = "a.com :b.com\n"}, ""},
    {"transport to another host",
     {.policy = {"[mx.b] secure match=a.com\n"}, .transport = "a.com :[mx.b]\n"},
     "weak a.com: own policy: its match does not cover an MX host; expected match= that covers "
     "mx.b; seen [mx.b] secure match=a.com in /p0:1\n"},
    {"transport for all", {.policy = {"mx.b verify\n"}, .transport = "* smtp:mx.b\n"}, ""},
    {"transport of the parent", {.policy = {"[b] verify\n"}, .transport = ".com :[b]\n"}, ""},
    {"transport says nothing", {.policy = {"a.com verify\n"}, .transport = "a.com :\n"}, ""},
    {"not sent", {.policy = {"b.com verify\n"}, .transport = "a.com error:no\n"}, ""},
    {"a next-hop has no parents",
     {.policy = {".b.com verify\n"}, .transport = "a.com :[mx.b.com]\n"},
     "missing a.com: our Postfix has no TLS policy for it; expected [mx.b.com] verify "
     "match=hostname "
     "protocols=>=TLSv1.2; seen no such key in /p0; .b.com in /p0:1 is no key that Postfix looks "
     "up for it\n"},
    {"the domain where a next-hop is due",
     {.policy = {"a.com verify\n"}, .transport = "a.com smtp:[mx.b]\n"},
     "missing a.com: our Postfix has no TLS policy for it; expected [mx.b] verify match=hostname "
     "protocols=>=TLSv1.2; seen no such key in /p0; a.com in /p0:1 is no key that Postfix looks up "
     "for it\n"},
    {"one of two next-hops",
     {.policy = {"[b] verify\n"}, .transport = "a.com smtp:[b], [c]\n"},
     "missing a.com: our Postfix has no TLS policy for it; expected [c] verify match=hostname "
     "protocols=>=TLSv1.2; seen no such key in /p0\n"},
};

START_TEST(goes_out)
{
    struct partner p = partner_of(LEVEL_VERIFY);
    struct text t;

    found(&p, &outbound[_i].tables, &t);
    ck_assert_msg(strcmp(text_str(&t), outbound[_i].want) == 0, "%s: %s", outbound[_i].name,
                  text_str(&t));
    text_free(&t);
}
END_TEST

/* Only the domains that a problem is about. */
static const struct {
    const char *name;
    struct tables tables;
    const char *want;
} wildcards[] = {
    {"both keys", {.policy = {"tuv.com verify\n.tuv.com verify\n"}}, ""},
    {"no subdomains", {.policy = {"tuv.com verify\n"}}, "missing *.tuv.com;missing de.tuv.com;"},
    {"subdomains only", {.policy = {".tuv.com verify\n"}}, "missing tuv.com;"},
    {"as the form writes it",
     {.policy = {"*.tuv.com verify\n"}},
     "missing tuv.com;missing *.tuv.com;missing de.tuv.com;"},
    {"one is weak",
     {.policy = {"tuv.com verify\n.tuv.com verify\nde.tuv.com may\n"}},
     "weak de.tuv.com;"},
    {"transport", {.policy = {"[b] verify\n"}, .transport = "tuv.com :[b]\n.tuv.com :[b]\n"}, ""},
    {"transport of some",
     {.policy = {"[b] verify\n"}, .transport = ".tuv.com :[b]\n"},
     "missing tuv.com;"},
    {"senders", {.access = {"tuv.com reject_plaintext_session\n"}}, ""},
    {"senders below",
     {.access = {".tuv.com reject_plaintext_session\n"}},
     "missing tuv.com;missing de.tuv.com;"},
    {"senders, one let in",
     {.access = {"tuv.com reject_plaintext_session\nde.tuv.com OK\n"}},
     "weak de.tuv.com;"},
};

START_TEST(wild)
{
    struct partner p = partner_of(LEVEL_VERIFY);
    struct own_problems l;
    struct text t;
    struct err e;

    p.domains.at = wildcard;
    p.subdomains = (struct form_list){below, 1};
    text_init(&t, 1000);
    ck_assert(check(&p, &wildcards[_i].tables, &l, &e));
    for (size_t i = 0; i < l.count; i++)
        text_addf(&t, "%s %s;", l.at[i].missing ? "missing" : "weak", l.at[i].domain);
    ck_assert_msg(strcmp(text_str(&t), wildcards[_i].want) == 0, "%s: %s", wildcards[_i].name,
                  text_str(&t));
    text_free(&t);
    own_problems_clear(&l);
}
END_TEST

static const struct {
    const char *name;
    struct tables tables;
    const char *want;
} inbound[] = {
    {"refused", {.access = {"a.com reject_plaintext_session\n"}}, ""},
    {"by the parent", {.access = {"com reject_plaintext_session\n"}}, ""},
    {"next table", {.access = {"a.com dunno\n", "a.com reject_plaintext_session\n"}}, ""},
    {"let in before",
     {.access = {"a.com OK\n", "a.com reject_plaintext_session\n"}},
     "weak a.com: own policy: its senders are not refused for want of TLS; expected "
     "reject_plaintext_session; seen a.com OK in hash:/a0:1\n"},
    {"let in by the parent before",
     {.access = {"com OK\n", "a.com reject_plaintext_session\n"}},
     "weak a.com: own policy: its senders are not refused for want of TLS; expected "
     "reject_plaintext_session; seen com OK in hash:/a0:1\n"},
    {"none",
     {.access = {"b.com reject_plaintext_session\n"}},
     "missing a.com: our Postfix has no rule against its mail without TLS; expected a.com "
     "reject_plaintext_session; seen no such key in hash:/a0\n"},
    {"an at sign",
     {.access = {"@a.com reject_plaintext_session\n"}},
     "missing a.com: our Postfix has no rule against its mail without TLS; expected a.com "
     "reject_plaintext_session; seen no such key in hash:/a0; @a.com in hash:/a0:1 is no key that "
     "Postfix looks up for it\n"},
};

START_TEST(comes_in)
{
    struct partner p = partner_of(LEVEL_VERIFY);
    struct text t;

    found(&p, &inbound[_i].tables, &t);
    ck_assert_msg(strcmp(text_str(&t), inbound[_i].want) == 0, "%s: %s", inbound[_i].name,
                  text_str(&t));
    text_free(&t);
}
END_TEST

START_TEST(directions)
{
    static const struct tables nothing = {.policy = {"#"}, .access = {"#"}},
                               none = {.transport = "#"};
    struct partner p = partner_of(LEVEL_VERIFY);
    struct own_problems l;
    struct err e;

    ck_assert(check(&p, &nothing, &l, &e));
    ck_assert_uint_eq(l.count, 2);
    own_problems_clear(&l);
    p.inbound = false;
    ck_assert(check(&p, &nothing, &l, &e));
    ck_assert_ptr_nonnull(strstr(l.at[0].headline, "our Postfix has no TLS policy for it"));
    ck_assert_uint_eq(l.count, 1);
    own_problems_clear(&l);
    p.inbound = true, p.outbound = false;
    ck_assert(check(&p, &nothing, &l, &e));
    ck_assert_ptr_nonnull(strstr(l.at[0].headline, "no rule against"));
    ck_assert_uint_eq(l.count, 1);
    own_problems_clear(&l);
    p.outbound = true;
    ck_assert(check(&p, &none, &l, &e) && l.count == 0);
    p.level = LEVEL_MAY, p.inbound = false;
    ck_assert(check(&p, &nothing, &l, &e) && l.count == 0);
}
END_TEST

START_TEST(errors)
{
    static const struct tables tables[] = {
        {.policy = {"fail"}},
        {.access = {"fail"}},
        {.policy = {"a.com verify\n"}, .transport = "fail"},
        {.policy = {"a.com verify\n"}, .transport = "b\nb x\nb y"}};
    static const char *const want[] = {
        "own.ini:5: postfix-policy: texthash:/p0: no such table",
        "own.ini:6: postfix-access: hash:/a0: no such table",
        "own.ini:7: postfix-transport: hash:/t: no such table",
        "own.ini:7: postfix-transport: hash:/t:3: Postfix refuses it: a second line for b"};
    struct partner p = partner_of(LEVEL_VERIFY);
    struct own_problems l;
    struct err e;

    ck_assert(!check(&p, &tables[_i], &l, &e));
    ck_assert_str_eq(e.text, want[_i]);
    own_problems_clear(&l);
}
END_TEST

/* The form's other demands: {level, match, root, policy, what is wrong or NULL}. */
static const struct {
    enum tls_level level;
    char *match, *root;
    const char *policy, *want;
} demands[] = {
    {LEVEL_VERIFY, "nexthop", NULL, "a.com verify match=hostname\n", "weaker than the form"},
    {LEVEL_VERIFY, "hostname", NULL, "a.com secure match=hostname\n", NULL},
    {LEVEL_SECURE, "hostname", NULL, "a.com verify\n", NULL},
    {LEVEL_SECURE, "mx1.a.com", NULL, "a.com secure match=mx1.a.com\n", NULL},
    {LEVEL_VERIFY, ".else.net", NULL, "a.com verify match=hostname:.else.net\n",
     "weaker than the form"},
    {LEVEL_VERIFY, ".else.net", NULL, "a.com verify match=.else.net\n", NULL},
    {LEVEL_SECURE, "gw.else.net", NULL, "a.com secure match=GW.else.net\n", NULL},
    {LEVEL_SECURE, "gw.else.net", NULL, "a.com secure match=.net\n", "does not cover an MX host"},
    {LEVEL_SECURE, NULL, NULL, "a.com secure match=nexthop\n", NULL},
    {LEVEL_VERIFY, NULL, "/there", "a.com verify\n", "the form's root is not its trust anchor"},
    {LEVEL_VERIFY, NULL, "/there", "a.com verify tafile=/there/other\n", NULL},
    {LEVEL_VERIFY, NULL, "/there", "a.com dane-only\n", NULL},
    {LEVEL_FINGERPRINT, NULL, NULL, "a.com fingerprint match=" DIGEST "\n", NULL},
    {LEVEL_FINGERPRINT, NULL, NULL, "a.com fingerprint match=AA:BB\n", "a fingerprint of the form"},
    {LEVEL_FINGERPRINT, NULL, NULL, "a.com fingerprint match=" DIGEST "|AA:BB\n",
     "a fingerprint that the form does not have"},
    {LEVEL_FINGERPRINT, NULL, NULL, "a.com fingerprint match=" DIGEST ":00\n", "a fingerprint of"},
};

START_TEST(demanded)
{
    struct partner p = partner_of(demands[_i].level);
    struct tables tables = {.policy = {demands[_i].policy}};
    char *match = demands[_i].match;
    struct text t;

    p.match = (struct form_list){&match, match != NULL};
    p.ca_file = demands[_i].root;
    p.fingerprints = (struct form_list){digest, p.level == LEVEL_FINGERPRINT};
    found(&p, &tables, &t);
    if (demands[_i].want)
        ck_assert_msg(t.s && strstr(t.s, demands[_i].want), "%d: %s", _i, text_str(&t));
    else
        ck_assert_msg(t.len == 0, "%d: %s", _i, text_str(&t));
    text_free(&t);
}
END_TEST

static const struct {
    enum tls_level level;
    char *match, *root, *sni;
    const char *want; /* NULL: Postfix cannot say it */
} values[] = {
    {LEVEL_MAY, NULL, NULL, NULL, "may"},
    {LEVEL_ENCRYPT, NULL, NULL, NULL, "encrypt protocols=>=TLSv1.2"},
    {LEVEL_DANE, NULL, NULL, NULL, "dane"},
    {LEVEL_DANE_ONLY, NULL, "/r", NULL, "dane-only protocols=>=TLSv1.2"},
    {LEVEL_VERIFY, NULL, NULL, NULL, "verify match=hostname protocols=>=TLSv1.2"},
    {LEVEL_VERIFY, "mx.a", NULL, NULL, "verify match=mx.a protocols=>=TLSv1.2"},
    {LEVEL_SECURE, NULL, NULL, "none", "secure match=nexthop:dot-nexthop protocols=>=TLSv1.2"},
    {LEVEL_VERIFY, NULL, "/r", "mx.b",
     "verify match=hostname protocols=>=TLSv1.2 tafile=/r servername=mx.b"},
    {LEVEL_VERIFY, NULL, "/a b", NULL, NULL},
    {LEVEL_FINGERPRINT, NULL, NULL, NULL, "fingerprint match=" DIGEST " protocols=>=TLSv1.2"},
};

START_TEST(value)
{
    struct partner p = partner_of(values[_i].level);
    struct form_own own = {.sni = values[_i].sni};
    char *match = values[_i].match, out[POSTFIX_VALUE_MAX];
    bool ok;

    p.match = (struct form_list){&match, match != NULL};
    p.ca_file = values[_i].root;
    p.fingerprints = (struct form_list){digest, p.level == LEVEL_FINGERPRINT};
    ok = own_policy_value(&p, &own, out, sizeof out);
    ck_assert(ok == (values[_i].want != NULL));
    if (ok)
        ck_assert_int_eq(strcasecmp(out, values[_i].want), 0);
    ck_assert(!own_policy_value(&p, &own, out, 3));
}
END_TEST

UNIT_CASE(own_policy, {levels, COUNT(enoughs)}, {goes_out, COUNT(outbound)},
          {wild, COUNT(wildcards)}, {comes_in, COUNT(inbound)}, {directions, 1}, {errors, 4},
          {demanded, COUNT(demands)}, {value, COUNT(values)})
