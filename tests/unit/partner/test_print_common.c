/* SPDX-License-Identifier: BSD-2-Clause */
/* Forms at random whose names and wildcards overlap: mail for a name gets the policy of the partner
 * that has the name, or else the narrowest wildcard above it, as the three programs read what is
 * printed. */
#include "partner/print_common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mta/postfix_entry.h"
#include "partner/print_exim.h"
#include "partner/print_opensmtpd.h"
#include "partner/print_postfix.h"
#include "unit/partner/print.h"
#include "unit/unit.h"

enum { ROUNDS = 2000, PARTNERS = 4, NONE = -1 };

static const char *const names[] = {
    "x.test",     "a.x.test",     "b.x.test",     "a.a.x.test",   "b.a.x.test",
    "a.b.x.test", "a.a.a.x.test", "b.a.a.x.test", "a.b.a.x.test", "c.x.test",
};

/* They become the same name, or look like one that has a number. */
static const char *const ids[] = {"a-1", "a_1", "a.1", "a_1_2", "a_1_1", "a-1-2", "a_", "a"};

static unsigned drawn(unsigned *state, unsigned below)
{
    *state = *state * 1103515245u + 12345u;
    return *state / 65536 % below;
}

/* A form of some partners; all of the levels that the three programs can enforce, and one that two
 * of them cannot. */
static void draw_form(unsigned *state, struct text *out)
{
    static const char *const below[] = {"a", "b", "a.a", "b.a", "a.b"};
    unsigned first = drawn(state, COUNT(ids));

    text_init(out, 10000);
    for (unsigned i = 0; i < PARTNERS; i++) {
        const char *base;

        text_addf(out, "[%s]\ngateways = mx.test\ndirection = outbound\n",
                  ids[(first + 3 * i) % COUNT(ids)]);
        if (drawn(state, 4) == 0)
            text_addf(out, "tls-level = verify\nmatch = p%u.test\n", i);
        else
            text_addf(out, "tls-level = %s\nmin-tls = 1.%u\n", i % 2 ? "encrypt" : "verify", i % 4);
        base = names[drawn(state, 5)];
        text_addf(out, "domains = *.%s %s\nsubdomains = %s.%s\n", base, names[drawn(state, 10)],
                  below[drawn(state, COUNT(below))], base);
    }
}

/* --- whose policy a name is due --- */

static bool covers(const char *wildcard, const char *name)
{
    size_t len = strlen(name), n = strlen(wildcard + 1);

    return *wildcard == '*' && len > n && strcmp(name + len - n, wildcard + 1) == 0;
}

/* Of the partners for which `can` is true, the first that fits best. */
static int due(const struct form *form, const char *name, const bool *can)
{
    size_t best = 0;
    int partner = NONE;

    for (size_t i = 0; i < form->count; i++) {
        const char *own;

        for (size_t n = 0; can[i] && (own = form_name(&form->at[i], n)); n++) {
            size_t fit = covers(own, name) ? strlen(own) : 0;

            if (strcmp(own, name) == 0)
                fit = 1000;
            if (fit > best) {
                best = fit;
                partner = (int)i;
            }
        }
    }
    return partner;
}

/* Whether the form of a partner for which `can` is true has the name itself. */
static bool is_declared(const struct form *form, const char *name, const bool *can)
{
    const char *own;

    for (size_t i = 0; i < form->count; i++) {
        for (size_t n = 0; can[i] && (own = form_name(&form->at[i], n)); n++)
            if (strcmp(own, name) == 0)
                return true;
    }
    return false;
}

/* --- whose policy a name gets --- */

/* The value of a key in Postfix's table; NULL. */
static const char *value_of(const char *table, const char *key)
{
    size_t len = strlen(key);

    for (const char *line = table; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, len) == 0 && line[len] == ' ')
            return line + len + 1;
    }
    return NULL;
}

static int postfix_gives(const struct form *form, const char *table, const char *name)
{
    char entry[1000], want[1000], why[100];
    static struct postfix_entry read;
    const char *value = value_of(table, name);

    for (const char *key = strchr(name, '.'); key && !value; key = strchr(key + 1, '.'))
        value = value_of(table, key);
    if (!value)
        return NONE;
    snprintf(entry, sizeof entry, "%.*s", (int)strcspn(value, "\n"), value);
    ck_assert_msg(postfix_entry_read(entry, 307, &read, why, sizeof why), "%s: %s", entry, why);
    for (size_t i = 0; i < form->count; i++) {
        if (print_postfix_entry(&form->at[i], &form->own, want, sizeof want) &&
            strcmp(want, entry) == 0)
            return (int)i;
    }
    return NONE;
}

static int partner_named(const struct form *form, const char *name, size_t len)
{
    const struct print_common_policy a = {.partners = form->at, .count = form->count};
    int found = NONE;

    for (size_t i = 0; i < form->count; i++) {
        char own[PRINT_COMMON_NAME];

        print_common_name(&a, &form->at[i], own);
        if (strlen(own) != len || strncmp(own, name, len) != 0)
            continue;
        ck_assert_msg(found == NONE, "%s twice", own);
        found = (int)i;
    }
    return found;
}

/* The first item of Exim's list that fits decides: 1 taken, -1 left, 0 none fits. */
static int exim_decides(const char *list, const char *name)
{
    char copy[2000], *rest = copy;

    snprintf(copy, sizeof copy, "%.*s", (int)strcspn(list, "\n"), list);
    for (char *item; (item = strsep(&rest, ":"));) {
        item += strspn(item, " ");
        bool left = *item == '!';

        item += strspn(item, "! ");
        item[strcspn(item, " ")] = '\0';
        if (strcmp(item, name) == 0 || covers(item, name))
            return left ? -1 : 1;
    }
    return 0;
}

static int exim_gives(const struct form *form, const char *conf, const char *name)
{
    static const char head[] = ":\n  driver = dnslookup\n  domains = ";

    for (const char *at = conf; (at = strstr(at, head)); at++) {
        const char *label = at;

        while (label[-1] != '\n')
            label--;
        label += strlen("partner_");
        if (exim_decides(at + strlen(head), name) > 0)
            return partner_named(form, label, (size_t)(at - label));
    }
    return NONE;
}

/* Its "*" stands for one label. */
static int opensmtpd_gives(const struct form *form, const char *conf, const char *name)
{
    static const char head[] = "\ntable \"partner_";
    char exact[300], wildcard[300];

    snprintf(exact, sizeof exact, "\"%s\"", name);
    snprintf(wildcard, sizeof wildcard, "\"*%s\"", strchr(name, '.'));
    for (const char *at = conf; (at = strstr(at, head)); at++) {
        const char *label = at + strlen(head), *end = strstr(label, "_domains\" {");
        const char *newline = strchr(label, '\n'), *a = strstr(end, exact);
        const char *b = strstr(end, wildcard);

        if ((a && a < newline) || (b && b < newline))
            return partner_named(form, label, (size_t)(end - label));
    }
    return NONE;
}

/* --- all of it --- */

struct program {
    const char *name;
    print_fn *print;
    int (*gives)(const struct form *form, const char *printed, const char *name);
    bool any_match; /* it can enforce every match */
    bool one_label; /* only names that forms declare are compared */
};

static const struct program programs[] = {
    {"Postfix", print_postfix, postfix_gives, true, false},
    {"Exim", print_exim, exim_gives, false, false},
    {"OpenSMTPD", print_opensmtpd, opensmtpd_gives, false, true},
};

static void compare(const struct program *p, const struct form *form, const char *form_text,
                    const char *printed)
{
    bool can[PARTNERS];

    for (size_t i = 0; i < form->count; i++)
        can[i] = p->any_match || form->at[i].match.count == 0;
    for (size_t n = 0; n < COUNT(names); n++) {
        int want = due(form, names[n], can), got;

        if (p->one_label && !is_declared(form, names[n], can))
            continue;
        got = p->gives(form, printed, names[n]);
        ck_assert_msg(got == want, "%s, %s: partner %d rather than %d\n%s\n%s", p->name, names[n],
                      got, want, form_text, printed);
    }
}

START_TEST(narrowest)
{
    const struct program *p = &programs[_i];
    unsigned state = 1, compared = 0, refused = 0;

    for (int round = 0; round < ROUNDS; round++) {
        struct form form = {0};
        struct text text, out;
        struct error e = {0};

        draw_form(&state, &text);
        text_init(&out, 100000);
        if (form_read("/f.ini", text.s, text.len, &form, &e)) {
            const struct print_common_policy a = {form.at, form.count, &form.own, NULL};

            if (p->print(&a, &out, &e)) {
                compare(p, &form, text.s, out.s);
                compared++;
            } else {
                ck_assert_msg(strstr(e.text, "] before ["), "%s", e.text);
                refused++;
            }
        }
        form_clear(&form);
        text_free(&text);
        text_free(&out);
    }
    ck_assert_msg(compared > 50, "%u compared, %u refused", compared, refused);
    ck_assert((refused > 0) == p->one_label);
}
END_TEST

UNIT_CASE(print_common, {narrowest, COUNT(programs)})
