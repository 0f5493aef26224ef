/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_draft.h"

#include <string.h>

#include "base/ini.h"

enum { COLUMN = 17, NAMES_MAX = 64 };

/* Hosts of mail whose gateways have names of the customer's, and change them. */
static const struct {
    const char *suffix, *who;
} hosted[] = {
    {".mail.protection.outlook.com", "Microsoft 365"},
    {".mx.microsoft", "Microsoft 365"},
    {".l.google.com", "Google Workspace"},
    {".googlemail.com", "Google Workspace"},
    {".pphosted.com", "Proofpoint"},
    {".ppe-hosted.com", "Proofpoint Essentials"},
    {".mimecast.com", "Mimecast"},
};

/* One domain's draft. */
struct draft {
    const struct report_input *in;
    const struct plan_target *t;
    size_t target;
    struct text *out;
};

/* --- a set of values, in the order in which they are added --- */

struct names {
    const char *at[NAMES_MAX];
    size_t count;
    bool full;
};

/* Adds a value, which is not copied and must outlive *l, unless it is there already, in any case.
 * Sets l->full where there is no room for it. */
static void add_name(struct names *l, const char *s)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcasecmp(l->at[i], s) == 0)
            return;
    }
    l->full = l->full || l->count == NAMES_MAX;
    if (l->count < NAMES_MAX)
        l->at[l->count++] = s;
}

/* Whether a form would give the value back as it is: it is not empty, and nothing in it begins a
 * comment. `list`: nor another entry, because the form reads several values from one line. */
static bool is_plain(const char *s, bool list)
{
    return *s && *s != '#' && !strstr(s, " #") && (!list || !strpbrk(s, " \t,;"));
}

/* Appends "field = value" as one line, the value as it is. */
static void add_field(struct text *out, const char *field, const char *value)
{
    text_addf(out, "%-*s= %s\n", COLUMN - 2, field, value);
}

/* Appends a line "field = value" for each value, and a comment where some had no room. */
static void add_list(struct text *out, const char *field, const struct names *l)
{
    for (size_t i = 0; i < l->count; i++)
        add_field(out, field, l->at[i]);
    if (l->full)
        text_addf(out, "# %s: there are more than %d\n", field, NAMES_MAX);
}

/* --- gateways --- */

/* Returns the host of the target's m-th MX record, below d->t->mx_count. */
static const struct resolve_host *host_at(const struct draft *d, size_t m)
{
    return &d->in->facts->resolution->hosts[d->t->mx[m].host];
}

/* Returns the index in `hosted` of the host of mail that a gateway belongs to, by the end of its
 * name, which is in lower case; -1: none. */
static int hosted_by(const char *name)
{
    for (int i = 0; i < (int)(sizeof hosted / sizeof *hosted); i++) {
        size_t len = strlen(name), n = strlen(hosted[i].suffix);

        if (len > n && strcmp(name + len - n, hosted[i].suffix) == 0)
            return i;
    }
    return -1;
}

/* Writes the gateway as a form has it: its name, or "*.example.com" where it is hosted and its
 * first label may change, and its port unless 25. */
static void write_gateway(const struct resolve_host *h, char *out, size_t cap)
{
    const char *rest = strchr(h->name, '.');

    text_copy(out, cap, h->shown);
    if (rest && hosted_by(h->name) >= 0)
        text_format(out, cap, "*%s", rest);
    if (h->port != 25)
        text_append(out, cap, ":%u", h->port);
}

/* Appends the field gateways, a line for each MX host, placeholders excluded. */
static void add_gateways(const struct draft *d)
{
    char shown[NAMES_MAX + 1][280]; /* the last for one that has no room */
    struct names l = {0};

    for (size_t m = 0; m < d->t->mx_count; m++) {
        if (resolve_is_placeholder(host_at(d, m)))
            continue;
        write_gateway(host_at(d, m), shown[l.count], sizeof shown[l.count]);
        add_name(&l, shown[l.count]);
    }
    add_list(d->out, "gateways", &l);
}

/* Appends a comment for each host of mail whose gateways the domain uses. */
static void add_hosted_comments(const struct draft *d)
{
    int said = -1;

    for (size_t m = 0; m < d->t->mx_count; m++) {
        int who = hosted_by(host_at(d, m)->name);

        if (who >= 0 && (said < 0 || strcmp(hosted[who].who, hosted[said].who) != 0))
            text_addf(d->out, "# Mail is hosted by %s, whose gateways change their names.\n",
                      hosted[who].who);
        if (who >= 0)
            said = who;
    }
}

/* --- certificates --- */

/* Adds title and issuer of the first certificate that each address served, where one was seen. The
 * sets then point into the facts. */
static void collect(const struct draft *d, struct names *cns, struct names *issuers)
{
    for (size_t m = 0; m < d->t->mx_count; m++) {
        for (size_t a = 0; a < host_at(d, m)->address_count; a++) {
            const struct observation *o = facts_observation(d->in->facts, d->t->mx[m].host, a);
            const struct cert_facts *leaf = o->chain.certs;

            if (!o->has_chain)
                continue;
            add_name(cns, cert_title(leaf));
            add_name(issuers, cert_issuer_title(leaf));
        }
    }
}

/* Appends a line for each value, as add_list does. Where one cannot be written in a form, that
 * value is in a comment and the whole field is left out. `list`: the form reads several values from
 * one line. */
static void add_plain(const struct draft *d, const char *field, const struct names *l, bool list)
{
    struct names plain = {.full = l->full};

    for (size_t i = 0; i < l->count; i++) {
        if (is_plain(l->at[i], list))
            add_name(&plain, l->at[i]);
        else
            text_addf(d->out, "# %s: \"%s\" cannot be written here\n", field, l->at[i]);
    }
    if (plain.count == l->count)
        add_list(d->out, field, &plain);
}

/* Appends the fields certificate-cn and issuer, as the gateways have them now. */
static void add_certificates(const struct draft *d)
{
    struct names cns = {0}, issuers = {0};

    collect(d, &cns, &issuers);
    add_plain(d, "certificate-cn", &cns, true);
    add_plain(d, "issuer", &issuers, false);
}

/* --- REQUIRETLS --- */

/* Whether each address of the domain's gateways offers REQUIRETLS inside TLS, and there is one. */
static bool all_require(const struct draft *d)
{
    bool any = false;

    for (size_t m = 0; m < d->t->mx_count; m++) {
        for (size_t a = 0; a < host_at(d, m)->address_count; a++) {
            const struct observation *o = facts_observation(d->in->facts, d->t->mx[m].host, a);

            if (!o->has_offer || !o->requiretls)
                return false;
            any = true;
        }
    }
    return any;
}

/* Appends the field requiretls as a comment where it would pass. What is offered is not agreed. */
static void add_requiretls(const struct draft *d)
{
    if (!all_require(d))
        return;
    text_add(d->out,
             "# Each gateway offers REQUIRETLS (RFC 8689). If the partner agrees to it:\n# ");
    add_field(d->out, "requiretls", "yes");
}

/* --- what is not as mandatory TLS requires --- */

/* Whether a finding is about the domain itself or one of its gateways; one about a gateway counts
 * whatever its target. */
static bool is_about(const struct draft *d, const struct finding *f)
{
    if (f->host == FINDING_NONE)
        return f->target == d->target;
    for (size_t m = 0; m < d->t->mx_count; m++) {
        if (d->t->mx[m].host == f->host)
            return true;
    }
    return false;
}

/* Appends a finding as one line of comment. */
static void add_comment(const struct draft *d, const struct finding *f)
{
    const struct resolution *r = d->in->facts->resolution;
    char place[280];

    report_place(d->in, f, place, sizeof place);
    text_addf(d->out, "# %s: %s", state_name(f->state), place);
    if (f->address != FINDING_NONE)
        text_addf(d->out, " [%s]", r->hosts[f->host].addresses[f->address].text);
    text_addf(d->out, ": %s%s%s (%s)\n", f->headline, *f->detail ? "; " : "", f->detail,
              finding_code_info(f->code)->code);
}

/* Appends the findings about the domain as comments, OK excluded. Returns the level that can be
 * required in spite of them: may, encrypt or verify. Always sets *old: whether the gateways offer
 * only versions of TLS older than usual. */
static enum tls_level add_comments(const struct draft *d, bool *old)
{
    const struct finding_list *l = &d->in->verdict->findings;
    enum tls_level level = LEVEL_VERIFY;

    *old = false;
    for (size_t i = 0; i < l->count; i++) {
        const struct finding *f = &l->at[i];
        enum finding_group group = finding_code_info(f->code)->group;

        if (f->state == STATE_OK || !is_about(d, f))
            continue;
        add_comment(d, f);
        *old = *old || f->code == F_TLS_VERSION;
        if (f->state != STATE_CRITICAL || f->code == F_TLS_VERSION)
            continue;
        if (group == GROUP_TLS)
            level = LEVEL_MAY;
        else if (group == GROUP_CERT && level == LEVEL_VERIFY)
            level = LEVEL_ENCRYPT;
    }
    return level;
}

/* --- the whole --- */

/* Whether any MX host of the domain has an address. */
static bool has_gateway(const struct draft *d)
{
    for (size_t m = 0; m < d->t->mx_count; m++) {
        if (host_at(d, m)->address_count > 0)
            return true;
    }
    return false;
}

/* Appends the domain's section, after comments about what is wrong. has_gateway must be true. */
static void add_section(const struct draft *d)
{
    static const char *const open[] = {"company", "contact-name", "contact-email", "contact-phone",
                                       "contact-urgent"};
    const char *domain = d->t->resolved->target->name, *id = domain;
    enum tls_level level;
    bool old;

    level = add_comments(d, &old);
    add_hosted_comments(d);
    if (strlen(id) > INI_SECTION_MAX)
        id += strlen(id) - INI_SECTION_MAX;
    id += strspn(id, "-.");
    text_addf(d->out, "[%s]\n", id);
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        text_addf(d->out, "%-*s=\n", COLUMN - 2, open[i]);
    add_field(d->out, "domains", domain);
    add_gateways(d);
    add_certificates(d);
    if (level != LEVEL_VERIFY)
        text_add(d->out, "# Agree on verify when this is mended.\n");
    add_field(d->out, "tls-level", tls_policy_level_name(level));
    if (old)
        add_field(d->out, "min-tls", "1.0");
    add_requiretls(d);
    add_field(d->out, "direction", "both");
}

/* Whether a target before the one of that index has the same name, which is in lower case. */
static bool is_repeated(const struct plan *plan, size_t target)
{
    const char *name = plan->targets[target].resolved->target->name;

    for (size_t t = 0; t < target; t++) {
        if (strcmp(plan->targets[t].resolved->target->name, name) == 0)
            return true;
    }
    return false;
}

size_t report_draft(const struct report_input *in, struct text *out)
{
    const struct plan *plan = in->facts->plan;
    char date[16];
    size_t count = 0;

    text_date(date, sizeof date, in->judge->now);
    text_addf(
        out,
        "# Draft of %s, from what DNS and gateways show. Complete company and contacts, have\n"
        "# the partner confirm gateways, names and CA, and add signed = DATE.\n",
        date);
    for (size_t t = 0; t < plan->target_count; t++) {
        struct draft d = {in, &plan->targets[t], t, out};
        bool old;

        if (is_repeated(plan, t))
            continue;
        text_add(out, "\n");
        if (has_gateway(&d)) {
            add_section(&d);
            count++;
            continue;
        }
        text_addf(out, "# %s: no form, because mail there has nowhere to go.\n",
                  d.t->resolved->target->name);
        add_comments(&d, &old);
    }
    return count;
}
