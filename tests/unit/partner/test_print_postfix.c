/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/print_postfix.h"

#include <stdlib.h>
#include <string.h>

#include "unit/partner/print.h"
#include "unit/unit.h"

START_TEST(postfix)
{
    struct text t;

    print_text(print_postfix, print_forms, &t);
    ck_assert_ptr_nonnull(strstr(t.s, "# TLS with 5 partners as"));
    ck_assert_str_eq(
        print_body(&t),
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
        "# hella.com: see hella; this partner requires fingerprint "
        "match=00:11:22:33:44:55:66:77:88:"
        "99:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff protocols=>=TLSv1.2\n"
        "#: f.example reject_plaintext_session\n"
        "# hella.com: see hella; this partner requires reject_plaintext_session\n"
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
                             "postfix = /etc/postfix\n";

/* What Postfix answered about each name of the form, in its order: next hops; "": bounced; NULL: it
 * did not answer. */
struct answers {
    const char *hops[3];
};

static void answer(struct partners_mta *m, const struct form *form, const struct answers *a)
{
    struct mta_server *s = calloc(1, sizeof *s);

    ck_assert(partners_mta_add(m, &form->own, &form->at[0], 0, true, false));
    ck_assert_uint_eq(m->question_count, 3);
    m->facts = (struct mta_facts){s, 1};
    mta_facts_init(s, MTA_POSTFIX, "/etc/postfix");
    for (size_t i = 0; i < 3; i++) {
        struct mta_route *r = mta_facts_add_route(s, i, m->questions[i].recipient);

        r->fate = a->hops[i] ? MTA_SENT : MTA_UNKNOWN;
        if (a->hops[i] && *a->hops[i]) {
            struct mta_hop *hop = mta_facts_add_hop(s, r);

            hop->next_hop = a->hops[i];
            hop->name = a->hops[i];
            hop->by_mx = *a->hops[i] != '[';
        }
    }
}

static bool print_answered(const struct answers *a, struct text *out, struct error *e)
{
    struct partners_mta mta = {0};
    struct form form;
    bool ok;

    print_read(routed, &form);
    answer(&mta, &form, a);
    struct print_common_policy asked = {
        .partners = form.at, .count = form.count, .own = &form.own, .mta = &mta};
    text_init(out, 100000);
    ok = print_postfix(&asked, out, e);
    partners_mta_clear(&mta);
    form_clear(&form);
    return ok;
}

static const struct {
    struct answers answers;
    const char *want;
} by_hop[] = {
    {{{"tuv.com", "mailtls-test.tuv.com", "de.tuv.com"}}, "tuv.com V\n.tuv.com V\n"},
    {{{"[mx.b]:25", "[mx.b]:25", "de.tuv.com"}}, "[mx.b]:25 V\n"},
    {{{"tuv.com", "mailtls-test.tuv.com", "[a]"}}, "tuv.com V\n.tuv.com V\n[a] V\n"},
    {{{"", "", ""}}, ""},
};

START_TEST(next_hops)
{
    struct text t, want;
    struct error e = {0};

    ck_assert_msg(print_answered(&by_hop[_i].answers, &t, &e), "%s", e.text);
    text_init(&want, 1000);
    text_add(&want, "# tuv\n");
    for (const char *s = by_hop[_i].want; *s; s++) {
        if (*s == 'V')
            text_add(&want, "verify match=hostname protocols=>=TLSv1.2");
        else
            text_add_bytes(&want, s, 1);
    }
    ck_assert_str_eq(print_body(&t), text_str(&want));
    text_free(&want);
    text_free(&t);
}
END_TEST

/* A table that lacks a partner would let its mail go in plaintext. */
START_TEST(fails)
{
    const struct answers none = {{"tuv.com", NULL, "de.tuv.com"}};
    struct text t;
    struct error e = {0};

    ck_assert(!print_answered(&none, &t, &e));
    ck_assert_str_eq(e.text, "/forms/f.ini:6: postfix: it does not say where mail for *.tuv.com "
                             "goes; see --own");
    text_free(&t);
}
END_TEST

/* A route of as many hosts as a form may have: none is left out. */
START_TEST(fixed_routes_are_whole)
{
    enum { HOSTS = 1024 };
    struct text form, want, t;

    text_init(&form, 200000);
    text_init(&want, 200000);
    text_add(&form,
             "[x]\ndomains = x.example\ndirection = outbound\nfixed-route = yes\ngateways =");
    text_add(&want, "#> x.example smtp:");
    for (int i = 0; i < HOSTS; i++) {
        text_addf(&form, " mx%d.x.example:2525", i);
        text_addf(&want, "%s[mx%d.x.example]:2525", i ? ", " : "", i);
    }
    text_add(&form, "\n");
    text_add(&want, "\n");
    print_text(print_postfix, text_str(&form), &t);
    ck_assert_ptr_nonnull(strstr(text_str(&t), text_str(&want)));
    text_free(&form);
    text_free(&want);
    text_free(&t);
}
END_TEST

static const struct print_case cases[] = {
    {"tls-level = verify\nca-file = a,b\n", NULL},
    {"[own]\nsni = mx.a\n", " servername=mx.a\n"},
};

START_TEST(fields)
{
    print_check(print_postfix, &cases[_i]);
}
END_TEST

UNIT_CASE(print_postfix, {postfix, 1}, {next_hops, COUNT(by_hop)}, {fails, 1},
          {fixed_routes_are_whole, 1}, {fields, COUNT(cases)})
