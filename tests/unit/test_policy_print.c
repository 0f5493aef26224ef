#include "policy_print.h"

#include <stdlib.h>
#include <string.h>

#include "own_policy.h"
#include "unit.h"

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char forms[] = "[tuv]\n"
                            "company = TUV Rheinland Group\n"
                            "domains = *.tuv.com\n"
                            "subdomains = de.tuv.com asia.tuv.com\n"
                            "gateways = mx5.de.tuv.com:25\n"
                            "[hella]\n"
                            "domains = hella.com\n"
                            "gateways = mail1.hella.com\n"
                            "ca-file = /ca/root.pem\n"
                            "[finger.print]\n"
                            "domains = f.example hella.com\n"
                            "gateways = mx.f.example\n"
                            "tls-level = fingerprint\n"
                            "fingerprint = " DIGEST "\n"
                            "[dane]\n"
                            "domains = d.example\n"
                            "gateways = mx.d.example\n"
                            "tls-level = dane-only\n"
                            "direction = outbound\n"
                            "[any]\n"
                            "domains = any.example\n"
                            "tls-level = may\n"
                            "direction = inbound\n";

static const char *transport = "";

static enum own_answer in_transport(void *ctx, const char *map, const char *key,
                                    struct own_value *out, struct err *e)
{
    struct postfix_map m;
    enum own_answer answer;

    (void)ctx;
    ck_assert_str_eq(map, "hash:/t");
    if (strcmp(transport, "fail") == 0) {
        err_set(e, ERR_FILE, "no table");
        return OWN_ERROR;
    }
    ck_assert(postfix_map_read(map, transport, strlen(transport), &m, e));
    answer = own_value_of(&m, key, out);
    postfix_map_clear(&m);
    return answer;
}

typedef bool printer(const struct policy_asked *a, struct text *out, struct err *e);

static bool print(printer *p, const struct form *form, struct text *out, struct err *e)
{
    struct policy_asked asked = {.partners = form->at,
                                 .count = form->count,
                                 .own = &form->own,
                                 .reader = {.look_up = in_transport}};

    text_init(out, 100000);
    return p(&asked, out, e);
}

static void read_form(const char *text, struct form *form)
{
    struct err e = {0};

    *form = (struct form){0};
    ck_assert_msg(form_read("/forms/f.ini", text, strlen(text), form, &e), "%s", e.text);
}

/* What `form` is printed as, behind the comments at the head. */
static void printed(printer *p, const char *form_text, struct text *out)
{
    struct form form;
    struct err e = {0};

    read_form(form_text, &form);
    ck_assert_msg(print(p, &form, out, &e), "%s", e.text);
    form_clear(&form);
}

static const char *behind_head(const struct text *t)
{
    const char *at = strstr(text_str(t), "\n\n");

    ck_assert_ptr_nonnull(at);
    return at + 2;
}

START_TEST(postfix)
{
    struct text t;

    printed(policy_print_postfix, forms, &t);
    ck_assert_ptr_nonnull(strstr(t.s, "# TLS with 5 partners as"));
    ck_assert_str_eq(
        behind_head(&t),
        "# tuv: TUV Rheinland Group\n"
        "tuv.com verify match=hostname protocols=>=TLSv1.2\n"
        ".tuv.com verify match=hostname protocols=>=TLSv1.2\n"
        "#: tuv.com reject_plaintext_session\n"
        "#: .tuv.com reject_plaintext_session\n"
        "\n# hella\n"
        "hella.com verify match=hostname protocols=>=TLSv1.2 tafile=/ca/root.pem\n"
        "#: hella.com reject_plaintext_session\n"
        "\n# finger.print\n"
        "f.example fingerprint match=00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:"
        "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff protocols=>=TLSv1.2\n"
        "# hella.com: see hella; this partner asks for fingerprint "
        "match=00:11:22:33:44:55:66:77:88:"
        "99:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff protocols=>=TLSv1.2\n"
        "#: f.example reject_plaintext_session\n"
        "# hella.com: see hella; this partner asks for reject_plaintext_session\n"
        "\n# dane\n"
        "d.example dane-only protocols=>=TLSv1.2\n"
        "\n# any\n"
        "#: any.example reject_plaintext_session\n");
    text_free(&t);
}
END_TEST

static const char routed[] = "[tuv]\n"
                             "domains = *.tuv.com\n"
                             "subdomains = de.tuv.com\n"
                             "gateways = mx5.de.tuv.com\n"
                             "direction = outbound\n"
                             "[own]\n"
                             "sni = none\n"
                             "postfix-policy = hash:/p\n"
                             "postfix-transport = hash:/t\n";

START_TEST(postfix_transport)
{
    static const struct {
        const char *table, *want;
    } cases[] = {
        {"", "tuv.com V\n.tuv.com V\nde.tuv.com V\n"},
        {"tuv.com smtp:[mx.b]:25\n.tuv.com smtp:[mx.b]:25\n", "[mx.b]:25 V\n"},
        {"de.tuv.com :[a],[b]\n", "tuv.com V\n.tuv.com V\n[a] V\n[b] V\n"},
        {"* error:no\n", ""},
    };
    struct text t, want;

    transport = cases[_i].table;
    printed(policy_print_postfix, routed, &t);
    text_init(&want, 1000);
    text_add(&want, "# tuv\n");
    for (const char *s = cases[_i].want; *s; s++) {
        if (*s == 'V')
            text_add(&want, "verify match=hostname protocols=>=TLSv1.2");
        else
            text_add_bytes(&want, s, 1);
    }
    ck_assert_str_eq(behind_head(&t), text_str(&want));
    text_free(&want);
    text_free(&t);
}
END_TEST

START_TEST(fails)
{
    struct form form;
    struct text t;
    struct err e = {0};

    transport = "fail";
    read_form(routed, &form);
    ck_assert(!print(policy_print_postfix, &form, &t, &e));
    ck_assert_str_eq(e.text, "/forms/f.ini:9: postfix-transport: no table");
    text_free(&t);
    transport = "";
    form_clear(&form);
}
END_TEST

/* --- what is printed passes the check --- */

struct tables {
    struct postfix_map policy, senders;
};

static enum own_answer in_print(void *ctx, const char *map, const char *key, struct own_value *out,
                                struct err *e)
{
    struct tables *t = ctx;

    if (strcmp(map, "hash:/t") == 0)
        return in_transport(ctx, map, key, out, e);
    return own_value_of(strcmp(map, "hash:/p") == 0 ? &t->policy : &t->senders, key, out);
}

static bool always(void *ctx, const char *path)
{
    (void)ctx;
    return *path == '/';
}

/* Both tables of one print, as its head says that they are made. */
static void read_tables(const struct text *printed_text, struct tables *t)
{
    struct text senders;
    struct err e = {0};

    text_init(&senders, 100000);
    for (const char *at = text_str(printed_text); (at = strstr(at, "\n#: ")); at += 3)
        text_addf(&senders, "%.*s\n", (int)strcspn(at + 4, "\n"), at + 4);
    ck_assert(postfix_map_read("p", text_str(printed_text), printed_text->len, &t->policy, &e));
    ck_assert(postfix_map_read("a", text_str(&senders), senders.len, &t->senders, &e));
    text_free(&senders);
    ck_assert(!t->policy.duplicate && !t->senders.duplicate);
}

static const char by_next_hop[] = "tls-level = secure\n";

static const char *const rounds[] = {
    by_next_hop,
    "tls-level = verify\n",
    "tls-level = encrypt\nmin-tls = 1.0\n",
    "tls-level = secure\nmatch = mx5.de.tuv.com mx.else.net\n",
    "tls-level = dane\n",
    "tls-level = dane-only\nmin-tls = 1.3\n",
    "tls-level = fingerprint\nfingerprint = " DIGEST "\n",
    "tls-level = verify\nca-file = root.pem\n",
    "tls-level = may\n",
    "tls-level = verify\nmatch = hostname nexthop\n",
};

static const char *const transports[] = {"", "* :[mx5.de.tuv.com]:25\n",
                                         ".tuv.com smtp:a.net, b.net\n"};

START_TEST(round_trip)
{
    static const char *const mx[] = {"mx5.de.tuv.com"};
    const char *fields = rounds[_i % COUNT(rounds)];
    struct own_problems problems = {0};
    struct tables tables = {0};
    struct form form;
    struct text text, t;
    struct err e = {0};

    text_init(&text, 10000);
    text_addf(&text,
              "[tuv]\ndomains = *.tuv.com else.tuv.com\nsubdomains = a.b.tuv.com\n"
              "gateways = mx5.de.tuv.com\n%s[own]\npostfix-policy = hash:/p\n"
              "postfix-access = hash:/a\npostfix-transport = hash:/t\n",
              fields);
    read_form(text_str(&text), &form);
    transport = transports[_i / COUNT(rounds)];
    ck_assert(print(policy_print_postfix, &form, &t, &e));
    read_tables(&t, &tables);
    struct own_asked asked = {.partner = form.at,
                              .own = &form.own,
                              .outbound = true,
                              .inbound = true,
                              .mx = mx,
                              /* The next-hop's own names cover what they cover. */
                              .mx_count = strcmp(fields, by_next_hop) == 0 ? 0 : 1,
                              .reader = {.look_up = in_print, .readable = always, .ctx = &tables}};
    ck_assert_msg(own_policy_check(&asked, &problems, &e), "%s", e.text);
    ck_assert_msg(problems.count == 0, "%s%s", fields, problems.count ? problems.at[0].detail : "");
    /* The check is one that finds what is not there. */
    ck_assert_uint_ge(tables.senders.count, 2);
    tables.senders.count = 0;
    ck_assert(own_policy_check(&asked, &problems, &e) && problems.count > 0);
    ck_assert(tables.policy.count >= 1 || strstr(fields, "may"));
    transport = "";
    own_problems_clear(&problems);
    postfix_map_clear(&tables.policy);
    postfix_map_clear(&tables.senders);
    form_clear(&form);
    text_free(&text);
    text_free(&t);
}
END_TEST

/* --- the others; that their programs take it was tried with Exim 4.96 and OpenSMTPD 6.8 --- */

START_TEST(exim)
{
    struct text t;

    printed(policy_print_exim, forms, &t);
    ck_assert_str_eq(
        behind_head(&t),
        "# --- behind \"begin routers\", before the router of other domains ---\n"
        "\n# tuv: TUV Rheinland Group\n"
        "partner_tuv:\n"
        "  driver = dnslookup\n"
        "  domains = tuv.com : *.tuv.com\n"
        "  transport = partner_tuv\n"
        "  no_more\n"
        "\n# hella\n"
        "partner_hella:\n"
        "  driver = dnslookup\n"
        "  domains = hella.com\n"
        "  transport = partner_hella\n"
        "  no_more\n"
        "\n# finger.print\n"
        "# Exim cannot enforce tls-level fingerprint with this form's match and ca-file\n"
        "\n# dane\n"
        "partner_dane:\n"
        "  driver = dnslookup\n"
        "  domains = d.example\n"
        "  transport = partner_dane\n"
        "  dnssec_request_domains = *\n"
        "  no_more\n"
        "\n# --- behind \"begin transports\" ---\n"
        "\n# tuv: TUV Rheinland Group\n"
        "partner_tuv:\n"
        "  driver = smtp\n"
        "  hosts_require_tls = *\n"
        "  tls_verify_hosts = *\n"
        "  tls_verify_cert_hostnames = *\n"
        "  tls_verify_certificates = system\n"
        ".ifdef _HAVE_GNUTLS\n"
        "  tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3\n"
        ".else\n"
        "  tls_require_ciphers = TLSv1.2:!aNULL:!eNULL\n"
        ".endif\n"
        "\n# hella\n"
        "partner_hella:\n"
        "  driver = smtp\n"
        "  hosts_require_tls = *\n"
        "  tls_verify_hosts = *\n"
        "  tls_verify_cert_hostnames = *\n"
        "  tls_verify_certificates = /ca/root.pem\n"
        ".ifdef _HAVE_GNUTLS\n"
        "  tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3\n"
        ".else\n"
        "  tls_require_ciphers = TLSv1.2:!aNULL:!eNULL\n"
        ".endif\n"
        "\n# finger.print\n"
        "# Exim cannot enforce tls-level fingerprint with this form's match and ca-file\n"
        "\n# dane\n"
        "partner_dane:\n"
        "  driver = smtp\n"
        "  hosts_require_tls = *\n"
        "  hosts_require_dane = *\n"
        "  dnssec_request_domains = *\n"
        ".ifdef _HAVE_GNUTLS\n"
        "  tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3\n"
        ".else\n"
        "  tls_require_ciphers = TLSv1.2:!aNULL:!eNULL\n"
        ".endif\n"
        "\n# --- first in the ACL that acl_smtp_rcpt names ---\n"
        "\n# tuv: TUV Rheinland Group\n"
        "deny\n"
        "  message = 5.7.0 TLS is required\n"
        "  sender_domains = tuv.com : *.tuv.com\n"
        "  !encrypted = *\n"
        "\n# hella\n"
        "deny\n"
        "  message = 5.7.0 TLS is required\n"
        "  sender_domains = hella.com\n"
        "  !encrypted = *\n"
        "\n# finger.print\n"
        "deny\n"
        "  message = 5.7.0 TLS is required\n"
        "  sender_domains = f.example : hella.com\n"
        "  !encrypted = *\n"
        "\n# any\n"
        "deny\n"
        "  message = 5.7.0 TLS is required\n"
        "  sender_domains = any.example\n"
        "  !encrypted = *\n");
    text_free(&t);
}
END_TEST

#define OPENSMTPD_SENDERS                                                                          \
    "# OpenSMTPD cannot refuse these senders without TLS, only all, by "                           \
    "\"listen on ... tls-require\"\n"

START_TEST(opensmtpd)
{
    struct text t;

    printed(policy_print_opensmtpd, forms, &t);
    ck_assert_str_eq(
        behind_head(&t),
        "# tuv: TUV Rheinland Group\n" OPENSMTPD_SENDERS
        "table \"partner_tuv_domains\" { \"tuv.com\", \"*.tuv.com\", \"de.tuv.com\", "
        "\"asia.tuv.com\" }\n"
        "action \"partner_tuv\" relay tls\n"
        "match from local for domain <\"partner_tuv_domains\"> action \"partner_tuv\"\n"
        "match auth from any for domain <\"partner_tuv_domains\"> action \"partner_tuv\"\n"
        "\n# hella\n" OPENSMTPD_SENDERS "table \"partner_hella_domains\" { \"hella.com\" }\n"
        "ca \"partner_hella\" cert \"/ca/root.pem\"\n"
        "action \"partner_hella\" relay tls ca \"partner_hella\"\n"
        "match from local for domain <\"partner_hella_domains\"> action \"partner_hella\"\n"
        "match auth from any for domain <\"partner_hella_domains\"> action \"partner_hella\"\n"
        "\n# finger.print\n" OPENSMTPD_SENDERS
        "# OpenSMTPD cannot enforce tls-level fingerprint with this form's match and ca-file\n"
        "\n# dane\n"
        "# OpenSMTPD cannot enforce tls-level dane-only with this form's match and ca-file\n"
        "\n# any\n" OPENSMTPD_SENDERS);
    text_free(&t);
}
END_TEST

static const struct {
    const char *fields;
    printer *printer;
    const char *want; /* NULL: cannot */
} others[] = {
    {"tls-level = encrypt\n", policy_print_opensmtpd, "relay tls no-verify\n"},
    {"tls-level = secure\n", policy_print_opensmtpd, NULL},
    {"tls-level = secure\n", policy_print_exim, NULL},
    {"tls-level = secure\nmatch = hostname\n", policy_print_exim,
     "tls_verify_cert_hostnames = *\n"},
    {"tls-level = verify\nmatch = nexthop\n", policy_print_exim, NULL},
    {"tls-level = verify\nca-file = a$b\n", policy_print_exim, NULL},
    {"tls-level = verify\nca-file = a\"b\n", policy_print_opensmtpd, NULL},
    {"tls-level = verify\nca-file = a,b\n", policy_print_postfix, NULL},
    {"tls-level = dane\n", policy_print_exim, "driver = smtp\n  hosts_try_dane = *\n"},
    {"min-tls = 1.3\n", policy_print_exim,
     "NORMAL:-VERS-ALL:+VERS-TLS1.3\n.endif\n# with OpenSSL: openssl_options"},
    {"min-tls = 1.1\n", policy_print_exim, "tls_verify_certificates = system\n\n# ---"},
    {"[own]\nsni = mx.a\n", policy_print_exim, "tls_sni = mx.a\n"},
    {"[own]\nsni = mx.a\n", policy_print_postfix, " servername=mx.a\n"},
};

START_TEST(other)
{
    struct text t, form;

    text_init(&form, 1000);
    text_addf(&form, "[x]\ndomains = x.example\ngateways = mx.x.example\ndirection = outbound\n%s",
              others[_i].fields);
    printed(others[_i].printer, text_str(&form), &t);
    ck_assert_msg(strstr(t.s, others[_i].want ? others[_i].want : " cannot enforce tls-level "),
                  "%s", t.s);
    ck_assert_int_eq(strstr(t.s, " cannot enforce ") == NULL, others[_i].want != NULL);
    text_free(&form);
    text_free(&t);
}
END_TEST

UNIT_CASE(policy_print, {postfix, 1}, {postfix_transport, 4}, {fails, 1},
          {round_trip, COUNT(rounds) * COUNT(transports)}, {exim, 1}, {opensmtpd, 1},
          {other, COUNT(others)})
