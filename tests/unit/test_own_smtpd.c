#include "own_smtpd.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "beside.h"
#include "own_policy.h"
#include "text.h"
#include "unit.h"

static bool check(const struct beside *t, struct own_problems *out, struct err *e)
{
    static char *maps[] = {BESIDE_TABLE}, *domains[] = {"a.com", "b.com"};
    struct form_own own = {
        .given = true, .file = "own.ini", .postfix_access = {maps, 1}, .lines = {[4] = 6}};
    struct partner p = {.id = "a", .domains = {domains, 2}, .inbound = true, .level = LEVEL_VERIFY};
    struct own_asked a = {.partner = &p, .own = &own, .inbound = true, .reader = beside_reader(t)};

    *out = (struct own_problems){0};
    return own_policy_check(&a, out, e);
}

#define REFUSED "a.com reject_plaintext_session\nb.com reject_plaintext_session\n"
#define MAY "smtpd_tls_security_level = may\n"
#define SENDER "smtpd_sender_restrictions = "
#define RCPT "smtpd_recipient_restrictions = "
#define ASK "check_sender_access hash:/t0"
#define EXPECTED "expected check_sender_access texthash:/t0 "
#define UNUSED_IN(list, seen)                                                                      \
    "missing a.com: our main.cf does not use the access table; " EXPECTED "in " list               \
    "; seen " seen "\n"
#define UNUSED(seen) UNUSED_IN("smtpd_sender_restrictions", seen)
#define PERMITS(list, seen)                                                                        \
    "weak a.com: own policy: main.cf permits mail before it asks for TLS; " EXPECTED               \
    "before any permit in " list "; seen " seen " in /main.cf:2\n"
#define WARNS(seen)                                                                                \
    "weak a.com: own policy: main.cf only warns of mail without TLS; " EXPECTED                    \
    "without warn_if_reject in smtpd_sender_restrictions; seen " seen " in /main.cf:2\n"
#define NO_TLS(domain, line)                                                                       \
    "weak " domain ": own policy: Postfix offers no TLS, all its mail is refused; expected "       \
    "smtpd_tls_security_level = may in /main.cf; seen " domain " reject_plaintext_session in "     \
    "/t0:" line "\n"

static const struct {
    const char *main, *want;
} mains[] = {
    {NULL, ""},
    {MAY SENDER ASK "\n", ""},
    {MAY SENDER "permit_mynetworks,Check_Sender_Access proxy:hash:/t0\n", ""},
    {MAY SENDER "hash:/t0\n", ""},
    {MAY SENDER "permit_mynetworks, check_client_access hash:/permit, " ASK ", permit\n", ""},
    {MAY SENDER "check_sender_access { unionmap:{hash:/b, hash:/t0} }\n", ""},
    {MAY SENDER "$ours\nours = " ASK "\n", ""},
    {MAY RCPT "reject_unauth_destination, " ASK "\n", ""},
    {MAY "smtpd_relay_restrictions = " ASK "\n", ""},
    {MAY "smtpd_data_restrictions = " ASK "\n", ""},
    {MAY "smtpd_client_restrictions = " ASK "\n", ""},
    {MAY "smtpd_helo_restrictions = " ASK "\nsmtpd_delay_reject = yes\n", ""},
    /* not named at all, or not as a table of senders */
    {MAY, UNUSED("none in /main.cf")},
    {MAY SENDER "\n", UNUSED("none in /main.cf:2")},
    {MAY SENDER "check_sender_access hash:/old\n",
     UNUSED("check_sender_access hash:/old in /main.cf:2")},
    {MAY SENDER "check_client_access hash:/t0\n",
     UNUSED("check_client_access hash:/t0 in /main.cf:2")},
    {MAY RCPT "hash:/t0\n", UNUSED("none in /main.cf")},
    {MAY SENDER "check_sender_access\n", UNUSED("check_sender_access in /main.cf:2")},
    {MAY SENDER "warn_if_reject\n", UNUSED("warn_if_reject in /main.cf:2")},
    {MAY "smtpd_end_of_data_restrictions = " ASK "\n", UNUSED("none in /main.cf")},
    /* the sender is not known there yet */
    {MAY "smtpd_client_restrictions = " ASK "\nsmtpd_delay_reject = no\n",
     UNUSED("none in /main.cf")},
    {MAY SENDER ASK "\nsmtpd_delay_reject = no\n", ""},
    /* without effect, unless another list has it too */
    {MAY SENDER "permit, " ASK "\n", PERMITS("smtpd_sender_restrictions", "permit, " ASK)},
    {MAY RCPT "permit_auth_destination " ASK "\n",
     PERMITS("smtpd_recipient_restrictions", "permit_auth_destination " ASK)},
    {MAY SENDER "permit, " ASK "\n" RCPT ASK "\n", ""},
    {MAY SENDER "permit\n" RCPT ASK "\n", ""},
    {MAY SENDER "check_policy_service inet:permit:1 " ASK "\n", ""},
    {MAY SENDER "warn_if_reject " ASK "\n", WARNS("warn_if_reject " ASK)},
    {MAY SENDER "warn_if_reject reject_unknown_sender_domain " ASK "\n", ""},
    /* by a class */
    {MAY SENDER "tls\nsmtpd_restriction_classes = a, tls\ntls = " ASK "\n", ""},
    {MAY SENDER "tls\ntls = " ASK "\n", UNUSED("tls in /main.cf:2")},
    {MAY SENDER "warn_if_reject tls\nsmtpd_restriction_classes = tls\ntls = " ASK "\n",
     WARNS("warn_if_reject tls")},
    {MAY SENDER "all " ASK "\nsmtpd_restriction_classes = all\nall = permit\n",
     PERMITS("smtpd_sender_restrictions", "all " ASK)},
    {MAY SENDER "check_client_access hash:/b\nsmtpd_restriction_classes = tls\ntls = " ASK "\n",
     ""},
    {MAY SENDER "hash:/b\nsmtpd_restriction_classes = tls\ntls = " ASK "\n", ""},
    {MAY "smtpd_restriction_classes = tls\ntls = " ASK "\n", UNUSED("none in /main.cf")},
    {MAY SENDER "a\nsmtpd_restriction_classes = a b\na = b b\nb = a a\n", ""},
    /* not known */
    {MAY SENDER "$elsewhere\n", ""},
    {MAY SENDER "permit, " ASK "\n" RCPT "$elsewhere\n", ""},
    {MAY "smtpd_restriction_classes = $elsewhere\n", ""},
    {MAY SENDER "tls\nsmtpd_restriction_classes = tls\ntls = $elsewhere\n", ""},
    /* no table is needed */
    {"smtpd_tls_security_level = encrypt\n", ""},
    {"smtpd_tls_security_level = verify\n", ""},
    {"smtpd_enforce_tls = yes\n", ""},
    {MAY "smtpd_enforce_tls = yes\n", UNUSED("none in /main.cf")},
    {MAY SENDER "reject_plaintext_session\n", ""},
    {MAY SENDER "permit_mynetworks tls\nsmtpd_restriction_classes = tls\n"
                "tls = reject_plaintext_session\n",
     ""},
    /* no TLS */
    {"#\n" SENDER ASK "\n", NO_TLS("a.com", "1") NO_TLS("b.com", "2")},
    {"smtpd_tls_security_level = none\n" SENDER ASK "\nsmtpd_use_tls = yes\n",
     NO_TLS("a.com", "1") NO_TLS("b.com", "2")},
    {"smtpd_use_tls = yes\n" SENDER ASK "\n", ""},
    {"smtpd_use_tls = $elsewhere\n" SENDER ASK "\n", ""},
    {"smtpd_tls_security_level = $elsewhere\n" SENDER ASK "\n", ""},
    {"#\n", UNUSED("none in /main.cf")},
};

static void found(const struct beside *t, struct text *out)
{
    struct own_problems l;
    struct err e = {0};

    text_init(out, 10000);
    ck_assert_msg(check(t, &l, &e), "%s", e.text);
    for (size_t i = 0; i < l.count; i++)
        text_addf(out, "%s %s: %s; %s\n", l.at[i].missing ? "missing" : "weak", l.at[i].domain,
                  l.at[i].headline, l.at[i].detail);
    own_problems_clear(&l);
}

START_TEST(judged)
{
    struct beside t = {REFUSED, mains[_i].main};
    struct text out;

    found(&t, &out);
    ck_assert_msg(strcmp(text_str(&out), mains[_i].want) == 0, "%s: %s",
                  mains[_i].main ? mains[_i].main : "none", text_str(&out));
    text_free(&out);
}
END_TEST

/* What a table does not refuse main.cf may, and no main.cf makes up for what it lets in. */
START_TEST(without_entry)
{
    static const struct {
        const char *main;
        bool enough;
    } entries[] = {
        {"smtpd_tls_security_level = encrypt\n", true},
        {MAY RCPT "permit_mynetworks, reject_plaintext_session\n", true},
        {RCPT "permit_mynetworks, reject_plaintext_session\n", false},
        {MAY RCPT "permit, reject_plaintext_session\n", false},
        {MAY RCPT "warn_if_reject reject_plaintext_session\n", false},
        {MAY SENDER ASK "\n", false},
    };
    static const char *const tables[] = {"c.com OK\n", "a.com OK\nb.com OK\n"};

    for (size_t i = 0; i < COUNT(tables); i++) {
        struct beside t = {tables[i], entries[_i].main};
        struct text out;

        found(&t, &out);
        ck_assert_msg((out.len == 0) == entries[_i].enough, "%d: %s", _i, text_str(&out));
        text_free(&out);
    }
}
END_TEST

#define CLASS "smtpd_restriction_classes = tls, other\n"
#define WEAK(value)                                                                                \
    "weak a.com: own policy: its senders are not refused for want of TLS; expected "               \
    "reject_plaintext_session; seen a.com " value " in /t0:1\n"
#define UNCLEAR(value) "unclear a.com " value " in /t0:1\n"

/* What an entry comes to, where main.cf uses the table. */
static const struct {
    const char *value, *main, *want;
} entries[] = {
    {"Reject_Plaintext_Session", CLASS, ""},
    {"permit_mynetworks, reject_plaintext_session", CLASS, ""},
    {"permit, reject_plaintext_session", CLASS, WEAK("permit, reject_plaintext_session")},
    {"permit_mynetworks ok reject_plaintext_session", CLASS,
     WEAK("permit_mynetworks ok reject_plaintext_session")},
    {"warn_if_reject reject_plaintext_session", CLASS,
     WEAK("warn_if_reject reject_plaintext_session")},
    {"permit_mynetworks", CLASS, WEAK("permit_mynetworks")},
    {"OK reject_plaintext_session", CLASS, WEAK("OK reject_plaintext_session")},
    /* a class */
    {"tls", CLASS "tls = reject_plaintext_session\n", ""},
    {"permit_mynetworks, tls", CLASS "tls = other\nother = reject_plaintext_session\n", ""},
    {"other, tls", CLASS "tls = reject_plaintext_session\nother = permit\n", WEAK("other, tls")},
    {"warn_if_reject tls", CLASS "tls = reject_plaintext_session\n", WEAK("warn_if_reject tls")},
    {"tls", CLASS "tls = permit_mynetworks\n", WEAK("tls")},
    {"tls", CLASS, WEAK("tls")},
    {"tls", "tls = reject_plaintext_session\n", WEAK("tls")},
    {"TLS", CLASS "tls = reject_plaintext_session\n", WEAK("TLS")},
    {"check_tls", "smtpd_restriction_classes = check_tls\ncheck_tls = reject_plaintext_session\n",
     ""},
    /* what is not known */
    {"tls", CLASS "tls = tls\n", UNCLEAR("tls")},
    {"tls", CLASS "tls = $elsewhere\n", UNCLEAR("tls")},
    {"permit, tls", CLASS "tls = $elsewhere\n", WEAK("permit, tls")},
    {"tls, reject_plaintext_session", CLASS "tls = $elsewhere\n", ""},
    {"tls", CLASS "tls = check_client_access hash:/b\n", UNCLEAR("tls")},
    {"tls", CLASS "tls = check_client_access hash:/b, reject_plaintext_session\n", ""},
    {"tls", NULL, UNCLEAR("tls")},
    {"tls", "smtpd_restriction_classes = $elsewhere\n", UNCLEAR("tls")},
    {"permit_mynetworks, reject_rbl_client bl.test, sleep 5", NULL,
     WEAK("permit_mynetworks, reject_rbl_client bl.test, sleep 5")},
    {"permit, tls", NULL, WEAK("permit, tls")},
    {"tls, reject_plaintext_session", NULL, ""},
};

START_TEST(entry)
{
    char access[200], main[400];
    struct beside t = {access, entries[_i].main ? main : NULL};
    struct own_problems l;
    struct text out;
    struct err e = {0};

    snprintf(access, sizeof access, "a.com %s\nb.com reject_plaintext_session\n",
             entries[_i].value);
    snprintf(main, sizeof main, MAY SENDER ASK "\n%s", entries[_i].main ? entries[_i].main : "");
    found(&t, &out);
    ck_assert(check(&t, &l, &e));
    if (*l.unclear)
        text_addf(&out, "unclear %s\n", l.unclear);
    ck_assert_msg(strcmp(text_str(&out), entries[_i].want) == 0, "%d: %s", _i, text_str(&out));
    own_problems_clear(&l);
    text_free(&out);
}
END_TEST

/* That main.cf does not use the table is wrong whatever the entry comes to; that there is no TLS is
 * not. */
START_TEST(unclear_entry)
{
    static const struct {
        const char *main;
        size_t count;
    } mains_of[] = {{MAY CLASS "tls = $elsewhere\nother = permit_mynetworks\n", 1},
                    {SENDER ASK "\n" CLASS "tls = $elsewhere\n", 0}};

    for (size_t i = 0; i < COUNT(mains_of); i++) {
        struct beside t = {"a.com tls\nb.com tls\n", mains_of[i].main};
        struct own_problems l;
        struct err e = {0};

        ck_assert(check(&t, &l, &e));
        ck_assert_uint_eq(l.count, mains_of[i].count);
        ck_assert_int_eq(*l.unclear == '\0', l.count > 0);
        own_problems_clear(&l);
    }
}
END_TEST

START_TEST(fails)
{
    struct beside t = {REFUSED, "fail"};
    struct own_problems l;
    struct err e;

    ck_assert(!check(&t, &l, &e));
    ck_assert_str_eq(e.text, "own.ini:6: postfix-access: /main.cf:1: \"fail\" is not NAME = VALUE");
    own_problems_clear(&l);
}
END_TEST

UNIT_CASE(own_smtpd, {judged, COUNT(mains)}, {without_entry, 6}, {entry, COUNT(entries)},
          {unclear_entry, 1}, {fails, 1})
