/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/print_opensmtpd.h"

#include <string.h>

/* Appends all names of the partner, as of form_name, in quotes, with commas between: no wildcard
 * covers more than one label, so none of them is left out. */
static void add_domains(const struct partner *p, struct text *out)
{
    const char *domain;

    for (size_t i = 0; (domain = form_name(p, i)); i++)
        text_addf(out, "%s\"%s\"", i ? ", " : "", domain);
}

/* Whether the form's ca-file counts: without verification it would be read for nothing. */
static bool has_ca(const struct partner *p)
{
    return p->ca_file && p->level != LEVEL_ENCRYPT;
}

/* Whether OpenSMTPD can do what the form requires of mail to the partner, whether there is any or
 * not. Its minimum version is not looked at: that is smtpd's own. */
static bool opensmtpd_can(const struct partner *p)
{
    enum tls_level level = print_common_level(p);

    return level == LEVEL_ENCRYPT || (level == LEVEL_VERIFY && print_common_plain(p->ca_file));
}

/* Appends the host of a fixed route, no wildcard, as the option of an action, with a blank
 * before. */
static void add_host(const struct form_gateway *g, struct text *out)
{
    text_add(out, " host \"smtp+tls://");
    if (strchr(g->name, ':'))
        text_addf(out, "[%s]", g->name);
    else
        text_add(out, g->name);
    if (g->port)
        text_addf(out, ":%u", g->port);
    text_add(out, "\"");
}

static const char opensmtpd_head[] =
    "# TLS with %zu partner%s as their forms require, for OpenSMTPD 6.8 or later.\n"
    "# Put this into smtpd.conf before the first match of yours that would take this mail.\n"
    "# The TLS version is smtpd's own; a \"*.\" is one label here, so that subdomains stand by "
    "name.\n";

/* Appends what follows a partner's heading: the table, action and matches for mail to the partner,
 * and comments on what OpenSMTPD cannot do in either direction. */
static void add_opensmtpd(const struct print_common_policy *a, const struct partner *p,
                          struct text *out)
{
    char name[PRINT_COMMON_NAME];

    print_common_name(a, p, name);
    /* Its criterion `tls` parses, but up to 7.8 comes to a temporary failure of whatever mail gets
     * that far. */
    if (p->inbound)
        text_add(out, "# OpenSMTPD cannot refuse these senders without TLS, only all, by "
                      "\"listen on ... tls-require\"\n");
    if (!p->outbound)
        return;
    if (p->fixed_route && p->gateways.count > 1)
        text_add(out, "# OpenSMTPD relays to one host alone, so this is the first of the fixed "
                      "route\n");
    if (!opensmtpd_can(p)) {
        print_common_cannot(p, "OpenSMTPD", out);
        return;
    }
    text_addf(out, "table \"partner_%s_domains\" { ", name);
    add_domains(p, out);
    text_add(out, " }\n");
    if (has_ca(p))
        text_addf(out, "ca \"partner_%s\" cert \"%s\"\n", name, p->ca_file);
    text_addf(out, "action \"partner_%s\" relay", name);
    if (p->fixed_route)
        add_host(&p->gateways.at[0], out);
    text_add(out, p->level == LEVEL_ENCRYPT ? " tls no-verify" : " tls");
    if (has_ca(p))
        text_addf(out, " ca \"partner_%s\"", name);
    text_addf(out,
              "\nmatch from local for domain <\"partner_%s_domains\"> action \"partner_%s\"\n"
              "match auth from any for domain <\"partner_%s_domains\"> action \"partner_%s\"\n",
              name, name, name, name);
}

/* Whether matches are written for the partner: we send mail to it, and OpenSMTPD can do what its
 * form requires. */
static bool is_matched(const struct partner *p)
{
    return p->outbound && opensmtpd_can(p);
}

/* Whether no earlier partner's wildcard takes mail for a name of p's, because the first match
 * counts. Always true for a wildcard of p's. False with `e` filled: one does. */
static bool is_first(const struct print_common_names *w, const struct partner *p, const char *name,
                     struct error *e)
{
    const char *suffix = strchr(name, '.');
    struct print_common_walk walk = {.key = suffix};
    const struct partner *other;

    while ((other = print_common_covering(w, &walk)) && walk.key == suffix) {
        if (other < p && *name != '*')
            return error_set(e, ERROR_FILE,
                             "%.100s:%d: OpenSMTPD would send mail for %.100s as *%.60s of [%.40s] "
                             "requires: put [%.40s] before [%.40s]",
                             p->file, p->line, name, suffix, other->id, p->id, other->id);
    }
    return true;
}

/* Whether no earlier partner's wildcard takes mail for any name of p's. False with `e` filled. */
static bool are_first(const struct print_common_names *w, const struct partner *p, struct error *e)
{
    const char *name;

    for (size_t i = 0; (name = form_name(p, i)); i++) {
        if (!is_first(w, p, name, e))
            return false;
    }
    return true;
}

/* Whether no partner's wildcard takes mail for a name of a later partner. False with `e` filled:
 * one does, or memory. */
static bool check_order(const struct print_common_policy *a, struct error *e)
{
    struct print_common_names w;
    bool ok = print_common_names(a, is_matched, &w) || error_memory(e);

    for (size_t i = 0; ok && i < a->count; i++)
        ok = !is_matched(&a->partners[i]) || are_first(&w, &a->partners[i], e);
    print_common_names_clear(&w);
    return ok;
}

bool print_opensmtpd(const struct print_common_policy *a, struct text *out, struct error *e)
{
    if (!check_order(a, e))
        return false;
    text_addf(out, opensmtpd_head, a->count, text_plural(a->count));
    for (size_t i = 0; i < a->count; i++) {
        print_common_heading(&a->partners[i], out);
        add_opensmtpd(a, &a->partners[i], out);
    }
    return print_common_done(out, e);
}
