/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys that are looked up for an address, and the route that comes of them, with tables in
 * memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "mta/postfix_address.h"
#include "mta/postfix_list.h"
#include "mta/postfix_route.h"
#include "unit/mta/tables_fixture.h"
#include "unit/unit.h"

struct place {
    struct postfix_service rewrite;
    struct mta_server server;
    struct postfix_tables tables;
    struct postfix_lookup lookup;
    char asked[400]; /* the keys, in order */
};

static void begin(struct place *p, const char *settings)
{
    memset(p, 0, sizeof *p);
    text_init(&p->rewrite.settings.output, 100000);
    text_add(&p->rewrite.settings.output, settings);
    ck_assert(postfix_settings_read(&p->rewrite.settings));
    mta_facts_init(&p->server, MTA_POSTFIX, "/etc/postfix");
    p->tables.server = &p->server;
    p->lookup = (struct postfix_lookup){&p->rewrite, &p->tables};
}

static void end(struct place *p)
{
    postfix_tables_free(&p->tables);
    free(p->rewrite.settings.at);
    text_free(&p->rewrite.settings.output);
    mta_facts_free(&p->server);
}

static bool answer_all(struct place *p, const char *lines)
{
    return tables_answer(&p->tables, lines, p->asked, sizeof p->asked);
}

static const char *const words[] = {[POSTFIX_NONE] = "none",
                                    [POSTFIX_FOUND] = "found",
                                    [POSTFIX_PENDING] = "pending",
                                    [POSTFIX_ERROR] = "error"};

/* --- keys --- */

#define SETTINGS                                                                                   \
    "recipient_delimiter = +-\nmyorigin = own.test\nmydestination = here.test, texthash:/d\n"      \
    "parent_domain_matches_subdomains = relay_domains,transport_maps\n"

enum kind { FIND, MAILBOX, DOMAINS, PARENTS, SENDER };

static const struct {
    enum kind kind;
    const char *address, *lines;
    const char *asked; /* in the first round */
    const char *want;  /* answer, key and value */
} keys[] = {
    {FIND, "u+x@a.test", "", "u+x@a.test u@a.test ", "none"},
    {FIND, "u-x@a.test", "t: u@a.test v\n", "u-x@a.test u@a.test ", "found u@a.test v"},
    {FIND, "u+x@a.test", "t: u@a.test v\nt: u+x@a.test w\n", "u+x@a.test u@a.test ",
     "found u+x@a.test w"},
    {FIND, "u+x@a.test", "t: u@a.test v\nt: u+x@a.test -\n", "u+x@a.test u@a.test ",
     "error u+x@a.test "},
    {FIND, "u@a+x.test", "", "u@a+x.test ", "none"},
    {FIND, "+u@a.test", "", "+u@a.test ", "none"},
    {FIND, "u+@a.test", "", "u+@a.test u@a.test ", "none"},
    {FIND, "u+x", "", "u+x ", "none"},
    {FIND, "@a.test", "", "@a.test ", "none"},
    {FIND, "", "", "", "none"},
    {FIND, "u\x1f@a.test", "", "", "none"},
    {FIND, "u @a.test", "t: u @a.test v\n", "u @a.test ", "none"},
    {MAILBOX, "u@a.test", "t: @a.test v\n", "u@a.test @a.test ", "found @a.test v"},
    {MAILBOX, "u", "t: u v\n", "u ", "found u v"},
    {DOMAINS, "u@b.a.test", "t: .test v\n", "u@b.a.test b.a.test .a.test .test ", "found .test v"},
    {DOMAINS, "u@b.a.test", "t: .a.test v\nt: .test w\n", "u@b.a.test b.a.test .a.test .test ",
     "found .a.test v"},
    {PARENTS, "u@b.a.test", "t: test v\n", "u@b.a.test b.a.test a.test test ", "found test v"},
    {DOMAINS, "u", "", "u ", "none"},
    {SENDER, "u+x@a.test", "", "u+x@a.test u@a.test @a.test a.test ", "none"},
    {SENDER, "u@a.test", "t: @a.test v\nt: u v\n", "u@a.test @a.test a.test ", "found @a.test v"},
    {SENDER, "u+x@own.test", "t: @own.test v\n", "u+x@own.test u@own.test u+x u @own.test ",
     "found @own.test v"},
    {SENDER, "u+x@own.test", "t: u+x v\nt: u w\n", "u+x@own.test u@own.test u+x u @own.test ",
     "found u+x v"},
    {SENDER, "u+x@OWN.test", "t: u w\n", "u+x@OWN.test u@OWN.test u+x u @OWN.test ", "found u w"},
    {SENDER, "u@here.test", "t: u w\n", "u@here.test u @here.test ", "found u w"},
    {SENDER, "u@there.test", "texthash:/d there.test x\nt: u w\n",
     "u@there.test @there.test there.test u ", "found u w"},
    {SENDER, "u", "t: u v\n", "", "none"},
    {SENDER, "", "", "", "none"},
};

static enum postfix_answer find_key(struct place *p, int i, struct postfix_hit *hit)
{
    switch (keys[i].kind) {
    case FIND:
        return postfix_address_find(&p->lookup, "t:", keys[i].address, hit);
    case MAILBOX:
        return postfix_address_find_mailbox(&p->lookup, "t:", keys[i].address, hit);
    case DOMAINS:
        return postfix_address_find_domains(&p->lookup, "t:", "smtpd_access_maps", keys[i].address,
                                            hit);
    case PARENTS:
        return postfix_address_find_domains(&p->lookup, "t:", "transport_maps", keys[i].address,
                                            hit);
    default:
        return postfix_address_find_sender(&p->lookup, "t:", keys[i].address, hit);
    }
}

START_TEST(key)
{
    struct postfix_hit hit;
    enum postfix_answer answer;
    struct place p;
    char got[200];

    begin(&p, SETTINGS);
    answer = find_key(&p, _i, &hit);
    ck_assert_int_eq(answer, *keys[_i].asked ? POSTFIX_PENDING : POSTFIX_NONE);
    for (int round = 0; round < 3 && answer_all(&p, keys[_i].lines); round++)
        answer = find_key(&p, _i, &hit);
    ck_assert_str_eq(p.asked, keys[_i].asked);
    text_format(got, sizeof got, "%s", words[answer]);
    if (hit.key)
        text_append(got, sizeof got, " %s %s", hit.key, text_or(hit.value ? hit.value : "", ""));
    ck_assert_str_eq(got, keys[_i].want);
    ck_assert_int_eq(hit.table != NULL, answer == POSTFIX_FOUND || answer == POSTFIX_ERROR);
    end(&p);
}
END_TEST

/* --- lists --- */

enum { BELOW = POSTFIX_LIST_DOMAINS, BARE = POSTFIX_LIST_DOMAINS | POSTFIX_LIST_PARENTS };

static const struct {
    const char *list; /* of the domain b.a.test; "%" is a file that has the next text */
    const char *file;
    unsigned flags;
    const char *lines, *asked, *want;
} lists[] = {
    {"x.test, B.a.test", "", 0, "", "", "found"},
    {"a.test .a.test", "", 0, "", "", "none"},
    {"!b.a.test b.a.test", "", 0, "", "", "none"},
    {"!!b.a.test", "", 0, "", "", "found"},
    {"!x.test", "", 0, "", "", "none"},
    {"# b.a.test", "", 0, "", "", "none"},
    {"b.a.test #", "", 0, "", "", "found"},
    {".A.test", "", BELOW, "", "", "found"},
    {"a.test", "", BELOW, "", "", "none"},
    {"a.test", "", BARE, "", "", "found"},
    {".a.test", "", BARE, "", "", "none"},
    {".test", "", BELOW, "", "", "found"},
    {"test", "", BARE, "", "", "found"},
    {"est", "", BARE, "", "", "none"},
    {".b.a.test", "", BELOW, "", "", "none"},
    {"x.b.a.test", "", BARE, "", "", "none"},
    {"[b:a.test]", "", 0, "", "", "none"},
    {"t:", "", 0, "t: b.a.test x\n", "b.a.test ", "found"},
    {"t:", "", 0, "t: a.test x\n", "b.a.test ", "none"},
    {"t:", "", 0, "t: b.a.test -\n", "b.a.test ", "error t: b.a.test"},
    {"!t:", "", 0, "t: b.a.test -\n", "b.a.test ", "error t: b.a.test"},
    {"t:", "", BELOW, "t: .a.test x\n", "b.a.test .a.test .test ", "found"},
    {"t:", "", BARE, "t: test x\n", "b.a.test a.test test ", "found"},
    {"t:", "", BELOW, "", "b.a.test .a.test .test ", "none"},
    {"t:", "", BELOW, "t: .a.test -\n", "b.a.test .a.test .test ", "error t: .a.test"},
    {"regexp:/t", "", BELOW, "regexp:/t b.a.test x\n", "b.a.test ", "found"},
    {"!t: u:", "", 0, "t: b.a.test x\nu: b.a.test x\n", "b.a.test b.a.test ", "none"},
    {"t: b.a.test", "", 0, "", "b.a.test ", "found"},
    {"%", "x.test\nb.a.test\n", 0, "", "", "found"},
    {"%", "#b.a.test\nx.test\n", 0, "", "", "none"},
    {"%", "b.a.test", 0, "", "", "found"},
    {"!%", "b.a.test\n", 0, "", "", "none"},
    {"%", ".a.test\n", BELOW, "", "", "found"},
    {"% x.test", "t:\n", 0, "t: b.a.test x\n", "b.a.test ", "found"},
    {"/none/list", "", 0, "", "", "error - /none/list"},
    {"%", "%\n", 0, "", "", "error - %"}, /* a file that names itself */
};

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

/* Copies a text with `path` in the place of each "%". */
static void with_path(const char *text, const char *path, char *out, size_t cap)
{
    *out = '\0';
    for (; *text; text++)
        text_append(out, cap, "%.*s", *text == '%' ? (int)strlen(path) : 1,
                    *text == '%' ? path : text);
}

START_TEST(list)
{
    char path[64], text[200], spec[200], want[200], got[200];
    struct postfix_hit failed = {0};
    enum postfix_answer answer;
    struct place p;

    begin(&p, "");
    unit_file("", 0, path);
    with_path(lists[_i].file, path, text, sizeof text);
    unlink(path);
    if (*lists[_i].file)
        write_file(path, text);
    with_path(lists[_i].list, path, spec, sizeof spec);
    with_path(lists[_i].want, path, want, sizeof want);
    answer = postfix_list_has(&p.tables, spec, "b.a.test", lists[_i].flags, &failed);
    if (answer_all(&p, lists[_i].lines)) /* one round is enough */
        answer = postfix_list_has(&p.tables, spec, "b.a.test", lists[_i].flags, &failed);
    text_format(got, sizeof got, "%s", words[answer]);
    if (answer == POSTFIX_ERROR)
        text_append(got, sizeof got, " %s %s", failed.table ? failed.table->name : "-", failed.key);
    ck_assert_msg(strcmp(got, want) == 0, "%d: %s, due %s", _i, got, want);
    ck_assert_str_eq(p.asked, lists[_i].asked);
    unlink(path);
    end(&p);
}
END_TEST

/* --- routes --- */

#define MAIN                                                                                       \
    "default_transport = smtp\nrelay_transport = relay\nlocal_transport = local:here\n"            \
    "virtual_transport = virtual\nmyorigin = own.test\n"
#define HOP200 /* bytes */                                                                         \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
    "xxxx"                                                                                         \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
    "xxxx"
#define HOP2000 HOP200 HOP200 HOP200 HOP200 HOP200 HOP200 HOP200 HOP200 HOP200 HOP200 HOP200

static const struct {
    const char *settings, *lines; /* of main.cf, beside MAIN; of tables */
    const char *want;             /* kind, service, next hop; of what; what failed */
} routes[] = {
    {"", "", "sent smtp a.test"},
    {"relayhost = [x]\n", "", "sent smtp [x] relayhost [x]"},
    {"default_transport = smtp:[y]\nrelayhost = [x]\n", "",
     "sent smtp [y] default_transport smtp:[y]"},
    {"default_transport = smtp:\nrelayhost = [x]\n", "", "sent smtp [x] relayhost [x]"},
    {"mydestination = a.test\nrelayhost = [x]\n", "", "sent local here local_transport local:here"},
    {"virtual_mailbox_domains = a.test\n", "", "sent virtual a.test"},
    {"virtual_alias_domains = a.test\n", "", "bounced virtual_alias_domains a.test"},
    {"relay_domains = a.test\nrelayhost = [x]\n", "", "sent relay [x] relayhost [x]"},
    {"mydestination = a.test\nrelay_domains = a.test\n", "",
     "sent local here local_transport local:here"},
    {"virtual_mailbox_domains = a.test\nrelay_domains = a.test\n", "", "sent virtual a.test"},
    {"mydestination = t:\n", "t: a.test -\n", "failed t: a.test"},
    {"relay_domains = t:\nparent_domain_matches_subdomains = relay_domains\n", "t: test x\n",
     "sent relay a.test"},
    {"relay_domains = t:\n", "t: .test x\n", "sent relay a.test"},
    {"mydestination = t:\n", "t: .test x\n", "sent smtp a.test"},
    {"mydestination = t:\nrelay_domains = s:\n", "s: a.test x\n", "sent relay a.test"},
    /* what changes the recipient */
    {"virtual_alias_maps = t:\n", "t: u@a.test v@b.test\n", "elsewhere t: u@a.test v@b.test"},
    {"virtual_alias_maps = t:\n", "t: u@a.test v@A.test, w@a.test\n", "sent smtp a.test"},
    {"virtual_alias_maps = t:\n", "t: u@a.test v@a.test, w@b.test\n",
     "elsewhere t: u@a.test v@a.test, w@b.test"},
    {"virtual_alias_maps = t:\n", "t: u@a.test v\n", "elsewhere t: u@a.test v"},
    {"canonical_maps = t:\n", "t: @a.test v@xa.test\n", "elsewhere t: @a.test v@xa.test"},
    {"canonical_maps = t:\n", "t: @a.test v@aa.test\n", "elsewhere t: @a.test v@aa.test"},
    {"recipient_canonical_maps = t:\ncanonical_maps = s:\n",
     "t: u@a.test v@b.test\ns: u@a.test -\n", "elsewhere t: u@a.test v@b.test"},
    {"recipient_canonical_maps = t:\n", "t: u@a.test -\n", "failed t: u@a.test"},
    {"virtual_alias_maps = t:\n", "t: @a.test -\n", "failed t: @a.test"},
    {"relocated_maps = t:\n", "t: u@a.test x\n", "bounced t: u@a.test x"},
    {"relocated_maps = t:\n", "t: @a.test -\n", "failed t: @a.test"},
    {"relocated_maps = t:\nmydestination = s:\n", "t: @a.test x\ns: a.test -\n",
     "failed s: a.test"},
    /* by the sender */
    {"sender_dependent_relayhost_maps = t:\nrelayhost = [x]\n", "t: us@b.test [y]\n",
     "sent smtp [y] t: us@b.test [y]"},
    {"sender_dependent_relayhost_maps = t:\nrelayhost = [x]\n", "t: us@b.test dunno\n",
     "sent smtp [x] relayhost [x]"},
    {"sender_dependent_relayhost_maps = t:\n", "t: @b.test -\n", "failed t: @b.test"},
    {"sender_dependent_default_transport_maps = t:\n", "t: @b.test relay:[y]\n",
     "sent relay [y] t: @b.test relay:[y]"},
    {"sender_dependent_default_transport_maps = t:\n", "t: @b.test Dunno\n", "sent smtp a.test"},
    {"sender_dependent_default_transport_maps = t:\n", "t: @b.test -\n", "failed t: @b.test"},
    /* transport_maps */
    {"transport_maps = t:\nrelayhost = [x]\n", "t: a.test relay:[y]\n",
     "sent relay [y] t: a.test relay:[y]"},
    {"transport_maps = t:\nrelayhost = [x]\n", "t: a.test relay:\n",
     "sent relay a.test t: a.test relay:"},
    {"transport_maps = t:\nrelayhost = [x]\n", "t: a.test :[y]\n", "sent smtp [y] t: a.test :[y]"},
    {"transport_maps = t:\nrelayhost = [x]\n", "t: a.test :\n", "sent smtp [x] relayhost [x]"},
    {"transport_maps = t:\nrelayhost = [x]\n", "t: a.test relay\n",
     "sent relay a.test t: a.test relay"},
    {"transport_maps = t:\n", "t: * relay:[y]\n", "sent relay [y] t: * relay:[y]"},
    {"transport_maps = t:\n", "t: a.test -\n", "failed t: a.test"},
    {"transport_maps = t:\nvirtual_alias_domains = a.test\n", "t: a.test -\n",
     "bounced virtual_alias_domains a.test"},
    /* A pattern whose result has a part of the address is passed over. */
    {"transport_maps = regexp:%\n", "regexp:% u@a.test smtp:[k]\n",
     "sent smtp [k] regexp:% u@a.test smtp:[k]"},
    {"transport_maps = regexp:%\n", "regexp:% u@a.test smtp:[m]\n",
     "elsewhere regexp:% u@a.test smtp:[m]"},
    {"transport_maps = regexp:/none\n", "regexp:/none u@a.test smtp:[k]\n",
     "elsewhere regexp:/none u@a.test smtp:[k]"},
    {"transport_maps = pcre:{{/a/ smtp:[i]}}\n", "pcre:{{/a/ smtp:[i]}} u@a.test smtp:[i]\n",
     "sent smtp a.test"},
    /* too long */
    {"relayhost = " HOP2000 "\ntransport_maps = t:\n", "t: a.test relay:[y]\n", "elsewhere"},
    {"relayhost = " HOP2000 "\n", "", "elsewhere"},
    {"default_transport = " HOP200 ":x\n", "", "elsewhere"},
    {"default_transport = smtp:" HOP2000 "\n", "", "elsewhere"},
};

static void show_route(const struct postfix_route *r, enum postfix_answer answer, char *out,
                       size_t cap)
{
    static const char *const kinds[] = {"sent", "bounced", "elsewhere"};

    if (answer == POSTFIX_ERROR) {
        text_format(out, cap, "failed %s %s", r->failed.table->name, r->failed.key);
        return;
    }
    ck_assert_int_eq(answer, POSTFIX_FOUND);
    text_copy(out, cap, kinds[r->kind]);
    if (r->kind == POSTFIX_ROUTE_SENT)
        text_append(out, cap, " %s %s", r->service, r->next_hop);
    if (r->origin.key && strlen(r->origin.value) < 100)
        text_append(out, cap, " %s%s%s %s", r->origin.file ? r->origin.file : "",
                    r->origin.file ? " " : "", r->origin.key, r->origin.value);
}

START_TEST(route)
{
    char path[64], settings[4000], lines[400], want[200], got[2400];
    struct postfix_route r;
    enum postfix_answer answer;
    struct place p;

    unit_file("/a/ smtp:[k]\n", 13, path);
    with_path(routes[_i].settings, path, settings, sizeof settings);
    text_append(settings, sizeof settings, "%s", MAIN);
    with_path(routes[_i].lines, path, lines, sizeof lines);
    begin(&p, settings);
    answer = postfix_route_find(&p.rewrite, &p.tables, "us@b.test", "u@a.test", &r);
    if (answer_all(&p, lines)) { /* one round is enough */
        ck_assert(answer == POSTFIX_PENDING || r.kind == POSTFIX_ROUTE_BOUNCED);
        answer = postfix_route_find(&p.rewrite, &p.tables, "us@b.test", "u@a.test", &r);
    }
    show_route(&r, answer, got, sizeof got);
    with_path(routes[_i].want, path, want, sizeof want);
    ck_assert_msg(strcmp(got, want) == 0, "%d: %s, due %s", _i, got, want);
    unlink(path);
    end(&p);
}
END_TEST

/* --- answers that come before others --- */

/* Has a table answer about one key alone. */
static void know(struct place *p, const char *spec, const char *one, const char *lines)
{
    struct postfix_hit hit;

    ck_assert_int_eq(postfix_tables_find(&p->tables, spec, one, true, &hit), POSTFIX_PENDING);
    ck_assert(answer_all(p, lines));
}

/* A later key decides once the keys before it are known to have no answer. */
START_TEST(not_before)
{
    static const char *const values[] = {"x", "-"};
    struct postfix_hit hit;
    struct place p;
    char lines[100];

    begin(&p, SETTINGS);
    text_format(lines, sizeof lines, "t: u@a.test %s\n", values[_i]);
    know(&p, "t:", "u@a.test", lines);
    ck_assert_int_eq(postfix_address_find(&p.lookup, "t:", "u+x@a.test", &hit), POSTFIX_PENDING);
    ck_assert_ptr_null(hit.table);
    text_format(lines, sizeof lines, "t: b.a.test %s\n", values[_i]);
    know(&p, "t:", "b.a.test", lines);
    ck_assert_int_eq(postfix_list_has(&p.tables, "s: t:", "b.a.test", 0, &hit), POSTFIX_PENDING);
    ck_assert_int_eq(postfix_list_has(&p.tables, "t:", ".b.a.test", BELOW, &hit), POSTFIX_PENDING);
    end(&p);
}
END_TEST

static const struct {
    const char *settings, *spec, *key, *value;
} later[] = {
    {"canonical_maps = t:\nvirtual_alias_maps = s:\n", "s:", "u@a.test", "v@b.test"},
    {"canonical_maps = t:\nvirtual_alias_maps = s:\n", "s:", "u@a.test", "-"},
    {"mydestination = t:\nrelay_domains = s:\n", "s:", "a.test", "x"},
    {"mydestination = t:\nrelay_domains = s:\n", "s:", "a.test", "-"},
    {"mydestination = t:\nvirtual_alias_domains = s:\n", "s:", "a.test", "x"},
    {"canonical_maps = t:\nmydestination = s:\n", "s:", "a.test", "-"},
    {"canonical_maps = t:\nrelocated_maps = s:\n", "s:", "u@a.test", "x"},
    {"mydestination = t:\nrelocated_maps = s:\n", "s:", "u@a.test", "x"},
    {"mydestination = t:\ntransport_maps = s:\n", "s:", "a.test", "relay:[x]"},
};

START_TEST(route_not_before)
{
    struct postfix_route r;
    struct place p;
    char settings[1000], lines[100];

    text_format(settings, sizeof settings, "%s%s", later[_i].settings, MAIN);
    begin(&p, settings);
    text_format(lines, sizeof lines, "%s %s %s\n", later[_i].spec, later[_i].key, later[_i].value);
    know(&p, later[_i].spec, later[_i].key, lines);
    ck_assert_int_eq(postfix_route_find(&p.rewrite, &p.tables, "us@b.test", "u@a.test", &r),
                     POSTFIX_PENDING);
    end(&p);
}
END_TEST

/* A list may be in a file that a file names, four deep. */
START_TEST(nested)
{
    char paths[5][64], text[70];
    struct postfix_hit failed;
    struct place p;

    begin(&p, "");
    unit_file("b.a.test", 8, paths[0]);
    for (int i = 1; i < COUNT(paths); i++) {
        text_format(text, sizeof text, "%s\n", paths[i - 1]);
        unit_file(text, strlen(text), paths[i]);
    }
    ck_assert_int_eq(postfix_list_has(&p.tables, paths[3], "b.a.test", 0, &failed), POSTFIX_FOUND);
    ck_assert_int_eq(postfix_list_has(&p.tables, paths[4], "b.a.test", 0, &failed), POSTFIX_ERROR);
    ck_assert_str_eq(failed.key, paths[0]);
    for (int i = 0; i < COUNT(paths); i++)
        unlink(paths[i]);
    end(&p);
}
END_TEST

UNIT_CASE(postfix_lookup, {key, COUNT(keys)}, {list, COUNT(lists)}, {route, COUNT(routes)},
          {not_before, 2}, {route_not_before, COUNT(later)}, {nested, 1})
