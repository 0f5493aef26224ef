/* SPDX-License-Identifier: BSD-2-Clause */
/* What own_hello makes of the answers of postconf and of exim -bV, which programs in their place
 * give: "program" where they are. */
#include "hello/own_hello.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "unit/unit.h"

static const char *const uses[] = {
    [SENT_HELLO_USED] = "used",
    [SENT_HELLO_OLD_LIBRARY] = "old",
    [SENT_HELLO_LIBRARY_NOT_KNOWN] = "library?",
    [SENT_HELLO_OTHER_LIBRARY] = "other",
    [SENT_HELLO_OTHER_GROUPS] = "groups",
    [SENT_HELLO_SETTINGS_NOT_KNOWN] = "settings?",
};

static const char *const names[] = {[SENT_HELLO_NO_NAME] = "no name",
                                    [SENT_HELLO_HOST_NAME] = "host",
                                    [SENT_HELLO_FIXED_NAME] = "fixed"};

/* "Postfix 3.10.4, OpenSSL 3.5.1: used, host " */
static void show(const struct sent_hello *h, bool ok, const struct error *e, char *out, size_t cap)
{
    if (ok)
        text_format(out, cap, "%s, %s: %s, %s %s", h->program, h->library, uses[h->use],
                    names[h->name], h->server_name);
    else
        text_copy(out, cap, e->text);
}

/* --- Postfix --- */

#define NO_GROUPS "tls_eecdh_auto_curves =\ntls_ffdhe_auto_groups =\n"

static const struct {
    const char *library, *parameters; /* of postconf -T run-version, and -x */
    const char *want;
} postfix[] = {
    {"OpenSSL 3.5.1 1 Jul 2025", "mail_version = 3.10.4\n" NO_GROUPS,
     "Postfix 3.10.4, OpenSSL 3.5.1: used, no name "},
    {"OpenSSL 3.4.9 x", "mail_version = 3.10.4\n" NO_GROUPS,
     "Postfix 3.10.4, OpenSSL 3.4.9: old, no name "},
    {"OpenSSL 4.0.0 x", "mail_version = 3.10.4\n" NO_GROUPS,
     "Postfix 3.10.4, OpenSSL 4.0.0: used, no name "},
    {"LibreSSL 3.9.0", "mail_version = 3.10.4\n" NO_GROUPS, "Postfix 3.10.4, : library?, no name "},
    {"OpenSSL three", "mail_version = 3.10.4\n" NO_GROUPS, "Postfix 3.10.4, : library?, no name "},
    {"OpenSSL 0.9.8", "mail_version = 3.10.4\n" NO_GROUPS, "Postfix 3.10.4, : library?, no name "},
    /* when an empty list came to mean OpenSSL's own groups */
    {"OpenSSL 3.5.1", "mail_version = 3.6.16\n" NO_GROUPS,
     "Postfix 3.6.16, OpenSSL 3.5.1: groups, no name "},
    {"OpenSSL 3.5.1", "mail_version = 3.6.17\n" NO_GROUPS,
     "Postfix 3.6.17, OpenSSL 3.5.1: used, no name "},
    {"OpenSSL 3.5.1", "mail_version = 3.7.12\n" NO_GROUPS,
     "Postfix 3.7.12, OpenSSL 3.5.1: groups, no name "},
    {"OpenSSL 3.5.1", "mail_version = 3.7.13\n" NO_GROUPS,
     "Postfix 3.7.13, OpenSSL 3.5.1: used, no name "},
    {"OpenSSL 3.5.1", "mail_version = 3.8.7\n" NO_GROUPS,
     "Postfix 3.8.7, OpenSSL 3.5.1: groups, no name "},
    {"OpenSSL 3.5.1", "mail_version = 3.8.8\n" NO_GROUPS,
     "Postfix 3.8.8, OpenSSL 3.5.1: used, no name "},
    {"OpenSSL 3.5.1", "mail_version = 3.9.1\n" NO_GROUPS,
     "Postfix 3.9.1, OpenSSL 3.5.1: groups, no name "},
    {"OpenSSL 3.5.1", "mail_version = 3.9.2\n" NO_GROUPS,
     "Postfix 3.9.2, OpenSSL 3.5.1: used, no name "},
    {"OpenSSL 3.5.1", "mail_version = 3.9-RC1\n" NO_GROUPS,
     "Postfix 3.9-RC1, OpenSSL 3.5.1: groups, no name "},
    {"OpenSSL 3.5.1", "mail_version = 3.5.25\n" NO_GROUPS,
     "Postfix 3.5.25, OpenSSL 3.5.1: groups, no name "},
    {"OpenSSL 3.5.1", "mail_version = 4.0\n" NO_GROUPS,
     "Postfix 4.0, OpenSSL 3.5.1: used, no name "},
    {"OpenSSL 3.5.1", "mail_version = next\n" NO_GROUPS,
     "Postfix next, OpenSSL 3.5.1: groups, no name "},
    /* groups, and a configuration of OpenSSL that may have others */
    {"OpenSSL 3.5.1", "mail_version = 3.6.1\ntls_eecdh_auto_curves = X25519MLKEM768\n",
     "Postfix 3.6.1, OpenSSL 3.5.1: used, no name "},
    {"OpenSSL 3.5.1", "mail_version = 3.10.4\ntls_eecdh_auto_curves = X25519\n",
     "Postfix 3.10.4, OpenSSL 3.5.1: groups, no name "},
    {"OpenSSL 3.5.1", "mail_version = 3.10.4\ntls_config_file = /c\n" NO_GROUPS,
     "Postfix 3.10.4, OpenSSL 3.5.1: settings?, no name "},
    {"OpenSSL 3.5.1", "mail_version = 3.10.4\ntls_config_file = none\n" NO_GROUPS,
     "Postfix 3.10.4, OpenSSL 3.5.1: used, no name "},
    {"OpenSSL 3.5.1", "mail_version = 3.10.4\ntls_config_file = default\n" NO_GROUPS,
     "Postfix 3.10.4, OpenSSL 3.5.1: used, no name "},
    {"OpenSSL 3.5.1",
     "mail_version = 3.10.4\ntls_config_file = /c\ntls_eecdh_auto_curves = X25519MLKEM768\n",
     "Postfix 3.10.4, OpenSSL 3.5.1: used, no name "},
    {"OpenSSL 3.4.1", "mail_version = 3.10.4\ntls_config_file = /c\n" NO_GROUPS,
     "Postfix 3.10.4, OpenSSL 3.4.1: old, no name "},
    /* names */
    {"OpenSSL 3.5.1", "mail_version = 3.10.4\nsmtp_tls_servername = hostname\n" NO_GROUPS,
     "Postfix 3.10.4, OpenSSL 3.5.1: used, host hostname"},
    {"OpenSSL 3.5.1", "mail_version = 3.10.4\nsmtp_tls_servername = nexthop\n" NO_GROUPS,
     "Postfix 3.10.4, OpenSSL 3.5.1: used, host nexthop"},
    {"OpenSSL 3.5.1", "mail_version = 3.10.4\nsmtp_tls_servername = x.test\n" NO_GROUPS,
     "Postfix 3.10.4, OpenSSL 3.5.1: used, fixed x.test"},
    /* what cannot be used */
    {"OpenSSL 3.5.1", "smtp_tls_mandatory_protocols = x\n",
     "smtp_tls_mandatory_protocols is not a list of protocols: \"x\""},
    {"OpenSSL 3.5.1", "smtp_tls_mandatory_protocols = !TLSv1.3\n",
     "smtp_tls_mandatory_protocols excludes TLS 1.3, so that Postfix sends no large ClientHello"},
    {"OpenSSL 3.5.1", "tls_medium_cipherlist = nosuch\n",
     "the configuration of Postfix has no cipher suite in \"nosuch:!aNULL\""},
    {"OpenSSL 3.5.1",
     "smtp_tls_mandatory_ciphers = HIGH\ntls_medium_cipherlist = x\ntls_high_cipherlist = nosuch\n"
     "smtp_tls_exclude_ciphers = a, b\nsmtp_tls_mandatory_exclude_ciphers = c:d\n",
     "the configuration of Postfix has no cipher suite in \"nosuch:!a:!b:!c:!d:!aNULL\""},
};

START_TEST(of_postfix)
{
    static const char body[] = "case $* in\n-P) ;;\n'-T run-version') echo '%s' ;;\n"
                               "*) cat <<E\n%sE\nesac\n";
    const struct own_hello_config c = {.value = "postfix", .deadline = deadline_in_ms(30000)};
    static struct sent_hello h;
    struct error e = {0};
    char script[2000], got[400];
    struct unit_program p;
    bool ok;

    snprintf(script, sizeof script, body, postfix[_i].library, postfix[_i].parameters);
    unit_program_make(&p, "postconf", script);
    ok = own_hello_load(&c, &h, &e);
    unit_program_drop(&p);
    show(&h, ok, &e, got, sizeof got);
    ck_assert_str_eq(got, postfix[_i].want);
}
END_TEST

/* What master.cf sets for smtp/unix is given to postconf again, and nothing else. */
START_TEST(overrides)
{
    const struct own_hello_config c = {
        .value = "postfix", .postfix = "/c", .deadline = deadline_in_ms(30000)};
    static struct sent_hello h;
    struct error e = {0};
    struct unit_program p;

    unit_program_make(
        &p, "postconf",
        "case $* in\n'-c /c -P') printf 'smtp/unix/a =   x y\\nsmtp/inet/b = y\\n"
        "relay/unix/c = z\\nsmtp/unix/d =\\nsmtp/unix/e\\n' ;;\n"
        "*run-version) ;;\n*) [ \"$1 $2 $3 $4 $5 $6 $7 $8\" = '-c /c -o a=x y -o d= -x "
        "mail_version' ] && [ \"$4\" = 'a=x y' ] && echo 'mail_version = 5' ;;\nesac\n");
    ck_assert_msg(own_hello_load(&c, &h, &e), "%s", e.text);
    unit_program_drop(&p);
    ck_assert_str_eq(h.program, "Postfix 5");
}
END_TEST

/* Entries have their own in place of parameters; one that cannot be used has no hello. */
START_TEST(entries)
{
    static const struct own_hello_entry asked[] = {
        {0},
        {.servername = "hostname"},
        {.protocols = "!TLSv1.3"},
        {.protocols = ">=TLSv1.2"},
        {.ciphers = "low"},
        {.exclude = "ALL"},
    };
    static struct sent_hello out[COUNT(asked)];
    const struct own_hello_config c = {.deadline = deadline_in_ms(30000)};
    struct error e = {0};
    struct unit_program p;

    unit_program_make(
        &p, "postconf",
        "[ \"$1\" = -x ] && printf 'mail_version = 3.10.4\\ntls_low_cipherlist = nosuch\\n"
        "smtp_tls_servername = x.test\\n'\nexit 0\n");
    ck_assert_msg(own_hello_load_entries(&c, asked, COUNT(asked), out, &e), "%s", e.text);
    unit_program_drop(&p);
    for (int i = 0; i < COUNT(asked); i++)
        ck_assert_msg((out[i].template.len > 0) == (i == 0 || i == 1 || i == 3), "%d", i);
    ck_assert_int_eq(out[0].name, SENT_HELLO_FIXED_NAME);
    ck_assert_int_eq(out[1].name, SENT_HELLO_HOST_NAME);
    ck_assert(out[0].template.adds_share && out[1].template.has_name);
}
END_TEST

/* An entry's exclusions are in the place of both lists. */
START_TEST(exclusions)
{
    static const struct own_hello_entry asked[] = {{0}, {.exclude = "RC4"}};
    static struct sent_hello out[COUNT(asked)];
    const struct own_hello_config c = {.deadline = deadline_in_ms(30000)};
    struct error e = {0};
    struct unit_program p;

    unit_program_make(
        &p, "postconf",
        "[ \"$1\" = -x ] && printf 'smtp_tls_mandatory_exclude_ciphers = ALL\\n'\nexit 0\n");
    ck_assert_msg(own_hello_load_entries(&c, asked, COUNT(asked), out, &e), "%s", e.text);
    unit_program_drop(&p);
    ck_assert_uint_eq(out[0].template.len, 0);
    ck_assert_uint_gt(out[1].template.len, 0);
}
END_TEST

/* --- Exim --- */

static const struct {
    const char *program, *body, *want;
} exims[] = {
    {"exim",
     /* it prints the library to a user who may not debug, and then fails */
     "echo 'Exim version 4.98 #2'\n[ $1 = -bV ] && exit 0\nprintf 'Library version: OpenSSL: x\\n"
     "          Runtime: OpenSSL 3.5.1 1 Jul\\n'; exit 1\n",
     "Exim 4.98, OpenSSL 3.5.1: settings?, no name "},
    {"exim4",
     "printf 'Exim version 4.98\\nLibrary version: OpenSSL: x\\n Runtime: OpenSSL 3.4.1\\n'\n",
     "Exim 4.98, OpenSSL 3.4.1: old, no name "},
    {"exim", "printf 'Exim version 4.98\\nLibrary version: OpenSSL: x\\n Runtime: x\\n'\n",
     "Exim 4.98, : library?, no name "},
    {"exim", "printf 'Exim version 4.98\\nLibrary version: GnuTLS: x\\n Runtime: 3.7.9\\n'\n",
     "Exim 4.98, GnuTLS 3.7.9: other, no name "},
    {"exim", "printf 'Exim version 4.98\\nSupport for: IPv6 GnuTLS\\n'\n",
     "Exim 4.98, GnuTLS: other, no name "},
    {"exim",
     "printf 'Exim version 4.98\\nSupport for: IPv6\\nLibrary version: PCRE: x\\n Runtime: 8\\n'\n",
     "Exim 4.98, : library?, no name "},
    {"exim", "echo 'exim: no' >&2; exit 1\n", "exim: exim: no"},
};

START_TEST(of_exim)
{
    const struct own_hello_config c = {.value = "exim", .deadline = deadline_in_ms(30000)};
    static struct sent_hello h;
    struct error e = {0};
    char got[400];
    struct unit_program p;
    bool ok;

    unit_program_make(&p, exims[_i].program, exims[_i].body);
    ok = own_hello_load(&c, &h, &e);
    unit_program_drop(&p);
    show(&h, ok, &e, got, sizeof got);
    ck_assert_str_eq(got, exims[_i].want);
}
END_TEST

UNIT_CASE(own_hello_asked, {of_postfix, COUNT(postfix)}, {overrides, 1}, {entries, 1},
          {exclusions, 1}, {of_exim, COUNT(exims)})
