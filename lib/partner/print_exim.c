/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/print_exim.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* Whether Exim can do what the form requires of mail to the partner; whether there is any is not
 * looked at. It compares a certificate with the MX host's name, as DNS has it, or not at all. */
static bool exim_can(const struct partner *p)
{
    enum tls_level level = print_common_level(p);

    return level == LEVEL_ENCRYPT || tls_policy_is_dane(level) ||
           (level == LEVEL_VERIFY && print_common_plain(p->ca_file));
}

/* Whether the partner has a router: we send mail to it, and Exim can do what its form requires. */
static bool is_routed(const struct partner *p)
{
    return p->outbound && exim_can(p);
}

/* --- which domains a router takes --- */

/* A name for a partner's router: one that it takes, or another partner's below a wildcard, which it
 * leaves. */
struct item {
    const struct partner *router;
    const char *name;
    bool left;
};

struct routers {
    const struct print_common_policy *policy;
    struct print_common_names names;
    struct item *items; /* by router; the first that fits decides */
    size_t count, next;
};

/* Appends a name, borrowed, to those for the router of a partner; `left`: the router leaves it.
 * False: memory. */
static bool add_item(struct routers *r, const struct partner *router, const char *name, bool left)
{
    struct item *at = array_grow(r->items, r->count, sizeof *at);

    if (!at)
        return false;
    r->items = at;
    at[r->count++] = (struct item){router, name, left};
    return true;
}

/* Has p's router take the name, borrowed, and others with a wildcard above it leave it. A wildcard
 * is not below itself. False: memory. */
static bool add_name(struct routers *r, const struct partner *p, const char *name)
{
    struct print_common_walk walk = {.key = strchr(name + 2 * (*name == '*'), '.')};
    const struct partner *other;

    while ((other = print_common_covering(&r->names, &walk))) {
        if (other != p && !add_item(r, other, name, true))
            return false;
    }
    return add_item(r, p, name, false);
}

/* Has p's router take each of p's names, and others with a wildcard above a name leave it. False:
 * memory. */
static bool add_names(struct routers *r, const struct partner *p)
{
    const char *name;

    for (size_t i = 0; (name = form_name(p, i)); i++) {
        if (!add_name(r, p, name))
            return false;
    }
    return true;
}

/* How many labels a name has, which is one more than its dots. */
static size_t labels(const char *name)
{
    size_t n = 1;

    for (; *name; name++)
        n += *name == '.';
    return n;
}

/* Returns what tells qsort that the first of two comes before the other, or after it. */
static int before(bool first)
{
    return first ? -1 : 1;
}

/* Compares struct item for qsort: by router. In a router, the narrowest first: a wildcard comes
 * after all names below it. */
static int by_router(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    size_t m = labels(x->name), n = labels(y->name);

    if (x->router != y->router)
        return before(x->router < y->router);
    if (m != n)
        return before(m > n);
    if ((*x->name == '*') != (*y->name == '*'))
        return before(*x->name != '*');
    if (x->left != y->left)
        return before(!x->left);
    return strcmp(x->name, y->name);
}

/* Finds the names for all routers, sorted by_router. False: out of memory. clear_routers frees in
 * any case. */
static bool find_routers(const struct print_common_policy *a, struct routers *r)
{
    *r = (struct routers){.policy = a};
    if (!print_common_names(a, is_routed, &r->names))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (is_routed(&a->partners[i]) && !add_names(r, &a->partners[i]))
            return false;
    }
    if (r->count > 0)
        qsort(r->items, r->count, sizeof *r->items, by_router);
    return true;
}

/* Frees what find_routers made, also where it failed. */
static void clear_routers(struct routers *r)
{
    print_common_names_clear(&r->names);
    free(r->items);
}

/* Appends the partner's names with " : " between, without newline and without those that its own
 * wildcard covers. Other partners' names are not looked at. */
static void add_domains(const struct partner *p, struct text *out)
{
    const char *domain, *separator = "";

    for (size_t i = 0; (domain = form_name(p, i)); i++) {
        if (*domain != '*' && form_covers(p, domain))
            continue;
        text_addf(out, "%s%s", separator, domain);
        separator = " : ";
    }
}

/* Appends the domains of the router of p, for whom is_routed is true, without newline. Must be
 * called once for each router, in the order of partners, because it goes on from r->next. */
static void add_routed(struct routers *r, const struct partner *p, struct text *out)
{
    size_t first = r->next;
    bool leaves = false;

    for (; r->next < r->count && r->items[r->next].router == p; r->next++)
        leaves = leaves || r->items[r->next].left;
    if (!leaves) {
        add_domains(p, out);
        return;
    }
    for (size_t i = first; i < r->next; i++) {
        if (i > first)
            text_add(out, " : ");
        text_addf(out, "%s%s", r->items[i].left ? "! " : "", r->items[i].name);
    }
}

/* --- the configuration --- */

static const char exim_head[] =
    "# TLS with %zu partner%s as their forms require, for Exim 4.92 or later.\n";

/* Appends the hosts of a fixed route, which has no wildcards, with " : " between, each colon of a
 * port or an address doubled. */
static void add_hosts(const struct form_gateways *g, struct text *out)
{
    for (size_t i = 0; i < g->count; i++) {
        char host[300];

        text_format(host, sizeof host, "%s", g->at[i].name);
        if (g->at[i].port && strchr(g->at[i].name, ':'))
            text_format(host, sizeof host, "[%s]:%u", g->at[i].name, g->at[i].port);
        else if (g->at[i].port)
            text_append(host, sizeof host, ":%u", g->at[i].port);
        if (i > 0)
            text_add(out, " : ");
        for (const char *s = host; *s; s++)
            text_addf(out, "%.1s%s", s, *s == ':' ? ":" : "");
    }
}

/* Appends the router of a partner for whom is_routed is true. Must be called in the order of
 * partners, as add_routed. */
static void add_router(struct routers *r, const struct partner *p, struct text *out)
{
    char name[PRINT_COMMON_NAME];

    print_common_name(r->policy, p, name);
    text_addf(out, "partner_%s:\n  driver = %s\n  domains = ", name,
              p->fixed_route ? "manualroute" : "dnslookup");
    add_routed(r, p, out);
    if (p->fixed_route) {
        text_add(out, "\n  route_list = * ");
        add_hosts(&p->gateways, out);
    }
    text_addf(out, "\n  transport = partner_%s\n%s  no_more\n", name,
              tls_policy_is_dane(p->level) ? "  dnssec_request_domains = *\n" : "");
}

/* Appends the options of a transport for the minimum version; none if it is below TLS 1.2. The
 * level is not dane. Versions have no option of their own in a transport; suites that came with a
 * version replace it. */
static void add_exim_version(const struct partner *p, struct text *out)
{
    if (p->min_version < TLS1_2_VERSION)
        return;
    text_addf(out,
              ".ifdef _HAVE_GNUTLS\n"
              "  tls_require_ciphers = NORMAL:-VERS-ALL:%s+VERS-TLS1.3\n",
              p->min_version == TLS1_2_VERSION ? "+VERS-TLS1.2:" : "");
    if (p->min_version == TLS1_2_VERSION)
        text_add(out, ".else\n  tls_require_ciphers = TLSv1.2:!aNULL:!eNULL\n");
    text_add(out, ".endif\n");
    if (p->min_version > TLS1_2_VERSION)
        text_add(out,
                 "# with OpenSSL: openssl_options = +no_tlsv1 +no_tlsv1_1 +no_tlsv1_2, for all\n");
}

/* Appends the transport of a partner for whom is_routed is true. */
static void add_transport(struct routers *r, const struct partner *p, struct text *out)
{
    const struct form_own *own = r->policy->own;
    char name[PRINT_COMMON_NAME];

    print_common_name(r->policy, p, name);
    text_addf(out, "partner_%s:\n  driver = smtp\n", name);
    if (p->level != LEVEL_DANE)
        text_add(out, "  hosts_require_tls = *\n");
    if (print_common_level(p) == LEVEL_VERIFY)
        text_addf(out,
                  "  tls_verify_hosts = *\n  tls_verify_cert_hostnames = *\n"
                  "  tls_verify_certificates = %s\n",
                  p->ca_file ? p->ca_file : "system");
    if (tls_policy_is_dane(p->level))
        text_addf(out, "  hosts_%s_dane = *\n  dnssec_request_domains = *\n",
                  p->level == LEVEL_DANE ? "try" : "require");
    if (own->sni && strcmp(own->sni, "none") != 0)
        text_addf(out, "  tls_sni = %s\n", own->sni);
    if (p->level != LEVEL_DANE)
        add_exim_version(p, out);
}

/* Appends a title, and for each partner to whom we send a heading and what `add` appends, or a
 * comment if Exim cannot do what its form requires. */
static void add_part(struct routers *r, const char *title,
                     void (*add)(struct routers *, const struct partner *, struct text *),
                     struct text *out)
{
    text_add(out, title);
    for (size_t i = 0; i < r->policy->count; i++) {
        const struct partner *p = &r->policy->partners[i];

        if (!p->outbound)
            continue;
        print_common_heading(p, out);
        if (exim_can(p))
            add(r, p, out);
        else
            print_common_cannot(p, "Exim", out);
    }
}

/* Appends the whole part of an ACL that refuses mail in plaintext, with its heading: a statement
 * for each partner who sends us mail. */
static void add_acl(const struct print_common_policy *a, struct text *out)
{
    text_add(out, "\n# --- first in the ACL that acl_smtp_rcpt names ---\n");
    for (size_t i = 0; i < a->count; i++) {
        const struct partner *p = &a->partners[i];

        if (!p->inbound)
            continue;
        print_common_heading(p, out);
        text_add(out, "deny\n  message = 5.7.0 TLS is required\n  sender_domains = ");
        add_domains(p, out);
        text_add(out, "\n  !encrypted = *\n");
    }
}

bool print_exim(const struct print_common_policy *a, struct text *out, struct error *e)
{
    struct routers r;
    bool ok = find_routers(a, &r);

    if (ok) {
        text_addf(out, exim_head, a->count, text_plural(a->count));
        add_part(&r, "\n# --- after \"begin routers\", before the router of other domains ---\n",
                 add_router, out);
        add_part(&r, "\n# --- after \"begin transports\" ---\n", add_transport, out);
        add_acl(a, out);
    }
    clear_routers(&r);
    if (!ok)
        return error_memory(e);
    return print_common_done(out, e);
}
