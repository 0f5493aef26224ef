/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/mta/exim_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/unit.h"

enum { FILES = 8, LONG_MS = 20000, TEXT_MAX = 20000 };

/* --- an Exim that plays what it is told --- */

static const char script[] = "#!/bin/sh\n"
                             "cd \"${0%/*}\" || exit 9\n"
                             "echo \"$*\" >>calls\n"
                             "case \" $*\" in\n"
                             "*' -bV') cat version; exit 0 ;;\n"
                             "*' -bP primary_hostname routers transports') cat settings ;;\n"
                             "*' -bP '*) cat lists ;;\n"
                             "*' -bt') cat >asked; cat routes; exit 2 ;;\n"
                             "*' -be') sed 's/^/> /' | sed -f texts; echo '> ' ;;\n"
                             "*' -bh '*) cat >session; cat replies ;;\n"
                             "esac\n"
                             "exit $(cat status)\n";

static const char *const names[FILES] = {"version", "settings", "lists",  "routes",
                                         "texts",   "replies",  "status", "exim"};

void exim_place_put(const struct exim_place *p, const char *name, const char *text)
{
    char path[64];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", p->dir, name);
    f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
    ck_assert_int_eq(chmod(path, 0700), 0);
}

void exim_place_get(const struct exim_place *p, const char *name, char *text, size_t cap)
{
    char path[64];
    FILE *f;

    *text = '\0';
    snprintf(path, sizeof path, "%s/%s", p->dir, name);
    f = fopen(path, "r");
    if (!f)
        return;
    text[fread(text, 1, cap - 1, f)] = '\0';
    fclose(f);
}

void exim_place_make(struct exim_place *p)
{
    static const char *const texts[FILES] = {BUILT, "", "", "", "", "", "0", script};

    signal(SIGPIPE, SIG_IGN);
    snprintf(p->dir, sizeof p->dir, "/tmp/unit-exim-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(p->dir));
    for (int i = 0; i < FILES; i++)
        exim_place_put(p, names[i], texts[i]);
    setenv("MAILTLS_TEST_PROGRAMS", p->dir, 1);
}

void exim_place_drop(const struct exim_place *p)
{
    static const char *const written[] = {"calls", "asked", "session", "exim4", "conf"};
    char path[64];

    unsetenv("MAILTLS_TEST_PROGRAMS");
    for (int i = 0; i < FILES + COUNT(written); i++) {
        snprintf(path, sizeof path, "%s/%s", p->dir, i < FILES ? names[i] : written[i - FILES]);
        unlink(path);
    }
    rmdir(p->dir);
}

/* --- what is asked, and what comes of it --- */

static const struct mta_question questions[] = {
    {.recipient = "postmaster@example.test", .domain = "example.test"},
    {.recipient = "u@other.test", .domain = "other.test"},
};
static const char *const senders[] = {"postmaster@example.com", "b@example.com"};

struct mta_ask exim_one_question(void)
{
    return (struct mta_ask){.questions = questions,
                            .question_count = 1,
                            .senders = senders,
                            .sender_count = 1,
                            .deadline = deadline_in_ms(LONG_MS)};
}

static const char *code_name(enum mta_fact_code code)
{
    static const struct {
        enum mta_fact_code code;
        const char *name;
    } codes[] = {{MTA_PROGRAM_MISSING, "program-missing"},
                 {MTA_PROGRAM_DENIED, "program-denied"},
                 {MTA_PROGRAM_FAILED, "program-failed"},
                 {MTA_PROGRAM_TIMEOUT, "program-timeout"},
                 {MTA_PROGRAM_TOO_LONG, "program-too-long"},
                 {MTA_CONFIG_MISSING, "config-missing"},
                 {MTA_TABLE_FAILED, "table-failed"},
                 {MTA_VALUE_HIDDEN, "value-hidden"},
                 {MTA_VALUE_UNEXPANDED, "value-unexpanded"},
                 {MTA_CA_UNREADABLE, "ca-unreadable"},
                 {MTA_NOT_FOLLOWED, "not-followed"},
                 {MTA_TIME_OVER, "time-over"},
                 {MTA_PARAMETER_MALFORMED, "parameter-malformed"},
                 {MTA_CA_NONE, "ca-none"},
                 {MTA_CA_MISSING, "ca-missing"},
                 {MTA_CA_EMPTY, "ca-empty"},
                 {MTA_CERT_MISSING, "cert-missing"},
                 {MTA_DNSSEC_OFF, "dnssec-off"},
                 {MTA_STARTTLS_DISCARDED, "starttls-discarded"},
                 {MTA_TLS_NOT_BUILT, "tls-not-built"},
                 {MTA_HOSTS_LIMITED, "hosts-limited"}};

    for (int i = 0; i < COUNT(codes); i++) {
        if (codes[i].code == code)
            return codes[i].name;
    }
    return "?";
}

static void add_source(struct text *t, const struct mta_source *s)
{
    text_addf(t, " [%s: %s = %s]", s->file, s->key, s->value);
}

static void add_facts(struct text *t, const char *indent, const struct mta_fact_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        text_addf(t, "%s%s", indent, code_name(l->at[i].code));
        add_source(t, &l->at[i].source);
        text_addf(t, "%s%s\n", *l->at[i].text ? " " : "", l->at[i].text);
    }
}

static void add_hop(struct text *t, const struct mta_hop *h)
{
    text_addf(t, "  %s%s%s by %s", h->next_hop, h->by_mx ? " (MX)" : "",
              h->fallback ? " (fallback)" : "", h->service);
    if (*h->source.file)
        add_source(t, &h->source);
    text_addf(t, "\n   %s%s%s",
              h->policy.level < 0 ? "none" : tls_policy_level_name((enum tls_level)h->policy.level),
              h->policy.match.count > 0 ? " match=" : "",
              h->policy.match.count > 0 ? h->policy.match.at[0] : "");
    if (h->policy.min_version != 0)
        text_addf(t, " >=%x", (unsigned)h->policy.min_version);
    text_addf(t, "%s", h->policy.wrapper ? " wrapper" : "");
    add_source(t, &h->policy.source);
    text_add(t, "\n");
    add_facts(t, "   ", &h->facts);
}

void exim_describe(const struct mta_server *s, struct text *t)
{
    static const char *const fates[] = {"sent",    "kept",     "discarded",
                                        "bounced", "deferred", "unknown"};

    text_init(t, TEXT_MAX);
    add_facts(t, "", &s->facts);
    for (size_t i = 0; i < s->route_count; i++) {
        const struct mta_route *r = &s->routes[i];

        text_addf(t, "%zu%s%s %s", r->question, *r->sender ? " from " : "", r->sender,
                  fates[r->fate]);
        if (r->fate != MTA_SENT && r->fate != MTA_UNKNOWN)
            add_source(t, &r->source);
        text_add(t, "\n");
        add_facts(t, "  ", &r->facts);
        for (size_t h = 0; h < r->hop_count; h++)
            add_hop(t, &r->hops[h]);
    }
    for (size_t i = 0; i < s->refusal_count; i++)
        text_addf(t, "client %zu: %s %u %s\n", s->refusals[i].client, s->refusals[i].command,
                  s->refusals[i].code, s->refusals[i].reply);
}

void exim_check(const char *config, const struct mta_ask *ask, const char *due)
{
    struct mta_server s;
    struct text t;
    struct error e = {0};

    ck_assert_msg(exim_ask(config, ask, &s, &e), "%s", e.text);
    exim_describe(&s, &t);
    ck_assert_str_eq(text_str(&t), due);
    text_free(&t);
    mta_facts_free(&s);
}
