/* SPDX-License-Identifier: BSD-2-Clause */
/* A form. What is accepted goes into DNS questions, SMTP commands, file names and a mail server's
 * configuration; what is not, changes nothing. */
#include <string.h>

#include "partner/form.h"
#include "fuzz.h"

static bool is_host(const char *s)
{
    return *s && strlen(s) <= 253 &&
           strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.:") == strlen(s) && s[0] != '.';
}

static void look_at_texts(const struct form_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        HOLDS(l->at[i][0] && fuzz_is_clean(l->at[i]) && strlen(l->at[i]) <= FORM_TEXT_MAX);
}

static void look_at_gateways(const struct form_gateways *g)
{
    HOLDS(g->count <= FORM_LIST_MAX);
    for (size_t i = 0; i < g->count; i++)
        HOLDS(is_host(g->at[i].name) && g->at[i].port <= 65535);
}

/* Absolute, or in the directory of the form. */
static void look_at_path(const char *path)
{
    HOLDS(!path || path[0] == '/' || strncmp(path, "dir/", 4) == 0);
    for (; path && *path; path++)
        HOLDS((unsigned char)*path >= ' ' && *path != '\x7f');
}

static void look_at_domains(const struct partner *p)
{
    const char *domain;
    size_t count = 0;

    for (; (domain = form_domain(p, count)); count++) {
        HOLDS(is_host(domain) && !strchr(domain, ':'));
        for (size_t i = 0; i < count; i++)
            HOLDS(strcmp(form_domain(p, i), domain) != 0);
    }
    HOLDS(p->domains.count > 0 && count == p->domains.count + p->subdomains.count);
}

static void look_at_partner(const struct form *form, const struct partner *p)
{
    const char *const texts[] = {p->company,       p->address,       p->contact_name,
                                 p->contact_email, p->contact_phone, p->contact_mobile,
                                 p->ca_url};

    HOLDS(form_partner(form, p->id) == p && p->line >= 1 && strcmp(p->id, "own") != 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        HOLDS(fuzz_is_clean(texts[i]) && strlen(texts[i]) <= FORM_TEXT_MAX);
    look_at_domains(p);
    look_at_gateways(&p->gateways);
    HOLDS((p->outbound || p->inbound) && (!p->outbound || p->gateways.count > 0));
    look_at_texts(&p->cns);
    look_at_texts(&p->issuers);
    HOLDS(!p->pinned || p->cns.count + p->issuers.count > 0);
    look_at_path(p->ca_file);
    for (size_t i = 0; i < p->match.count; i++)
        HOLDS(is_host(p->match.at[i] + (p->match.at[i][0] == '.')));
    for (size_t i = 0; i < p->fingerprints.count; i++)
        HOLDS(strspn(p->fingerprints.at[i], "0123456789abcdef") == 64 &&
              !p->fingerprints.at[i][64]);
    HOLDS((p->fingerprints.count > 0) == (p->level == LEVEL_FINGERPRINT));
    for (int c = 0; c < FINDING_COUNT; c++)
        HOLDS(p->on[c] >= STATE_DEFAULT && p->on[c] <= STATE_UNKNOWN);
}

static void look_at_own(const struct form_own *o)
{
    look_at_gateways(&o->gateways);
    look_at_gateways(&o->relay);
    for (size_t i = 0; i < o->postfix.count; i++)
        look_at_path(o->postfix.at[i]);
    look_at_path(o->exim);
    HOLDS(!o->sni || is_host(o->sni));
    HOLDS(!o->recipient || (strchr(o->recipient, '@') && !strpbrk(o->recipient, "\r\n")));
    HOLDS(o->given || (!o->sni && !o->recipient && o->gateways.count == 0));
}

static void look_at_error(const struct error *e, const char *name, const uint8_t *data, size_t size)
{
    int line;

    HOLDS(fuzz_is_error(e) && e->cause == ERROR_FILE && is_utf8(e->text) && !strchr(e->text, '\n'));
    HOLDS(strncmp(e->text, name, strlen(name)) == 0 && e->text[strlen(name)] == ':');
    line = atoi(e->text + strlen(name) + 1);
    HOLDS(line >= 1 && line <= fuzz_lines(data, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = fuzz_bytes(data, size);
    struct form form = {0};
    struct error e = {0};
    size_t count;
    bool given;

    if (form_read("dir/f", exact, size, &form, &e))
        HOLDS(e.cause == ERROR_NONE);
    else
        look_at_error(&e, "dir/f", data, size);
    count = form.count;
    given = form.own.given;
    HOLDS(e.cause == ERROR_NONE || (count == 0 && !given));
    for (size_t i = 0; i < count; i++)
        look_at_partner(&form, &form.at[i]);
    look_at_own(&form.own);

    /* What is there already cannot be there again. */
    HOLDS(form_read("dir/g", exact, size, &form, &e) ==
          (!count && !given && e.cause == ERROR_NONE));
    HOLDS(form.count == count && form.own.given == given);
    free(exact);
    form_clear(&form);
    return 0;
}
