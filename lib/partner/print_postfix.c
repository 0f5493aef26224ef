/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/print_postfix.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRY_MAX = 8192, HOP_MAX = 300 };

/* --- the entry of a form --- */

/* Whether mail never goes without TLS at a level: at may it can, and at dane where there are no
 * TLSA records. Where TLS may be left out, a stricter version would only leave it out more often.
 */
static bool is_mandatory(enum tls_level level)
{
    return level != LEVEL_MAY && level != LEVEL_DANE;
}

/* The minimum version as Postfix writes it after "TLSv": "1", "1.1", "1.2". Borrowed. */
static const char *version_name(const struct partner *p)
{
    return p->min_version == TLS1_VERSION ? "1" : p->min_version_name;
}

/* Appends a blank and match=, with the form's names, or those of the level, which is verify or
 * secure. What has no room is cut, which the caller sees by the length. */
static void add_match(const struct partner *p, char *dst, size_t cap)
{
    text_append(dst, cap, " match=");
    for (size_t i = 0; i < p->match.count; i++)
        text_append(dst, cap, "%s%s", i ? ":" : "", p->match.at[i]);
    if (p->match.count == 0)
        text_append(dst, cap, p->level == LEVEL_VERIFY ? "hostname" : "nexthop:dot-nexthop");
}

/* Appends a blank and match= with a fingerprint, `hex` without colons, a colon after each byte of
 * it but the last. What has no room is cut, which the caller sees by the length. */
static void add_digest(const char *hex, char *dst, size_t cap)
{
    text_append(dst, cap, " match=");
    for (size_t i = 0; hex[i] && hex[i + 1]; i += 2)
        text_append(dst, cap, "%s%.2s", i ? ":" : "", hex + i);
}

bool print_postfix_entry(const struct partner *p, const struct form_own *own, char *dst, size_t cap)
{
    bool pkix = tls_policy_verifies(p->level);

    text_copy(dst, cap, tls_policy_level_name(p->level));
    if (pkix)
        add_match(p, dst, cap);
    for (size_t i = 0; p->level == LEVEL_FINGERPRINT && i < p->fingerprints.count; i++)
        add_digest(p->fingerprints.at[i], dst, cap);
    if (is_mandatory(p->level))
        text_append(dst, cap, " protocols=>=TLSv%s", version_name(p));
    if (pkix && p->ca_file)
        text_append(dst, cap, " tafile=%s", p->ca_file);
    if (own->sni && strcmp(own->sni, "none") != 0)
        text_append(dst, cap, " servername=%s", own->sni);
    /* What is cut ends within a character's length of the end. */
    return strlen(dst) + 5 < cap && !(pkix && p->ca_file && strpbrk(p->ca_file, ", \t\r\n{}"));
}

/* --- tables --- */

/* A table that is being written. */
struct table {
    void *keys; /* that it contains so far */
    const char *prefix;
    const struct print_common_names *names;
    struct text *out;
    size_t count; /* of its keys */
    bool failed;  /* memory ran out */
};

struct key {
    const struct partner *partner; /* who had it first */
    char name[];
};

/* Compares struct key by name for tsearch. */
static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct key *)a)->name, ((const struct key *)b)->name);
}

/* Whose the key `name` is: p's, unless another partner had it before. A new one is copied and
 * counted in t->count. NULL: no memory. */
static const struct partner *claim(struct table *t, const char *name, const struct partner *p)
{
    struct key *key = malloc(sizeof *key + strlen(name) + 1), **at;

    if (!key)
        return NULL;
    key->partner = p;
    strcpy(key->name, name);
    at = tsearch(key, &t->keys, by_name);
    if (at && *at == key)
        t->count++;
    else
        free(key);
    return at ? (*at)->partner : NULL;
}

/* Writes an entry of p's to t->out; `key`, a next hop, a name or ".example.com", and `value` are
 * copied. A key that p has already is not written again; another partner's is a comment. Sets
 * t->failed where memory runs out. */
static void add_key(struct table *t, const struct partner *p, const char *key, const char *value)
{
    size_t before = t->count;
    const struct partner *holder = claim(t, key, p);

    if (!holder)
        t->failed = true;
    else if (holder != p)
        text_addf(t->out, "# %s: see %s; this partner requires %s\n", key, holder->id, value);
    else if (t->count > before)
        text_addf(t->out, "%s%s %s\n", t->prefix, key, value);
}

/* Whether a name of p's, as of form_name, needs a key of its own: it is a wildcard, or mail for it
 * would not get p's policy by the key of a wildcard of p's. */
static bool needs_key(const struct table *t, const struct partner *p, const char *domain)
{
    return *domain == '*' || !form_covers(p, domain) || print_common_narrowed(t->names, p, domain);
}

/* Writes the entry under each next hop that our Postfix, the first server of a->mta, which was
 * asked, uses for `domain`, a name of p's as of form_name. False: it did not answer about the
 * domain. Sets t->failed where memory runs out. */
static bool add_hops(const struct print_common_policy *a, struct table *t, const struct partner *p,
                     const char *domain, const char *value)
{
    const struct mta_server *s = &a->mta->facts.servers[0];
    bool answered = false;

    for (size_t i = 0; i < s->route_count; i++) {
        const struct mta_route *r = &s->routes[i];

        if (a->mta->partner_of[r->question] != (size_t)(p - a->partners) || *r->below ||
            strcmp(a->mta->questions[r->question].domain, domain) != 0)
            continue;
        answered = r->fate != MTA_UNKNOWN;
        for (size_t h = 0; h < r->hop_count; h++) {
            if (!r->hops[h].by_mx || strcmp(r->hops[h].name, strchr(r->recipient, '@') + 1) != 0)
                add_key(t, p, r->hops[h].next_hop, value);
            else if (needs_key(t, p, domain))
                add_key(t, p, domain + (*domain == '*'), value);
        }
    }
    return answered;
}

/* Writes a host of a fixed route, no wildcard, as a next hop: "[mx.example.com]:26". */
static void write_hop(const struct form_gateway *g, char *dst, size_t cap)
{
    text_format(dst, cap, "[%s]", g->name);
    if (g->port)
        text_append(dst, cap, ":%u", g->port);
}

/* Writes the entry under each host of a fixed route, which has no wildcards, as a transport table
 * has it, and a line for that table for each name. Sets t->failed where memory runs out. */
static void add_fixed(struct table *t, const struct partner *p, const char *value)
{
    const char *domain;
    char hop[HOP_MAX];

    for (size_t i = 0; i < p->gateways.count; i++) {
        write_hop(&p->gateways.at[i], hop, sizeof hop);
        add_key(t, p, hop, value);
    }
    for (size_t n = 0; (domain = form_name(p, n)); n++) {
        if (*domain != '*' && form_covers(p, domain))
            continue;
        text_addf(t->out, "#> %s smtp:", domain + (*domain == '*'));
        for (size_t i = 0; i < p->gateways.count; i++) {
            write_hop(&p->gateways.at[i], hop, sizeof hop);
            text_addf(t->out, "%s%s", i ? ", " : "", hop);
        }
        text_add(t->out, "\n");
    }
}

/* Writes entries for mail to p, to whom we send, to the table, or a comment if Postfix cannot say
 * them. False with `e` filled: our Postfix did not say where mail for a domain goes. Sets t->failed
 * where memory runs out. */
static bool add_policies(const struct print_common_policy *a, struct table *t,
                         const struct partner *p, struct error *e)
{
    bool asked = a->mta && a->mta->facts.count > 0 && a->mta->facts.servers[0].kind == MTA_POSTFIX;
    char value[ENTRY_MAX];
    const char *domain;

    if (p->level == LEVEL_MAY || !print_postfix_entry(p, a->own, value, sizeof value)) {
        print_common_cannot(p, "Postfix", t->out);
        return true;
    }
    for (size_t i = 0; (domain = form_name(p, i)); i++) {
        if (asked && !add_hops(a, t, p, domain, value))
            return error_set(e, ERROR_FILE,
                             "%.100s:%d: postfix: it does not say where mail for %.60s goes; see "
                             "--own",
                             a->own->file, a->own->line, domain);
        if (!asked && !p->fixed_route && needs_key(t, p, domain))
            add_key(t, p, domain + (*domain == '*'), value);
    }
    if (!asked && p->fixed_route)
        add_fixed(t, p, value);
    return true;
}

/* Writes the names of p, who sends us mail, to the table of what we receive. Sets t->failed where
 * memory runs out. */
static void add_senders(struct table *t, const struct partner *p)
{
    const char *domain;

    for (size_t i = 0; (domain = form_name(p, i)); i++)
        if (needs_key(t, p, domain))
            add_key(t, p, domain + (*domain == '*'), "reject_plaintext_session");
}

static const char postfix_head[] =
    "# TLS with %zu partner%s as their forms require, for Postfix 3.6 or later.\n"
    "#\n"
    "# To send: this file is a table. In main.cf:\n"
    "#   smtp_tls_policy_maps = texthash:/etc/postfix/tls_policy\n"
    "#   smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt\n"
    "#   smtp_tls_fingerprint_digest = sha256\n"
    "#   smtp_dns_support_level = dnssec\n"
    "# The last two count for the levels fingerprint and dane-only. A tafile= has to be there "
    "inside\n"
    "# the chroot, too, where master.cf has smtp run in one.\n"
    "#\n"
    "# Partners with fixed-route have lines that begin with \"#>\", for transport_maps:\n"
    "#   sed -n 's/^#> //p' tls_policy >transport\n"
    "# They are keys with the brackets of their next hop, exactly as they are in that table.\n"
    "#\n"
    "# To receive: the lines that begin with \"#:\" are a second table:\n"
    "#   sed -n 's/^#: //p' tls_policy >tls_senders\n"
    "# In main.cf, with STARTTLS on offer, before what permits more than mynetworks:\n"
    "#   smtpd_sender_restrictions = check_sender_access texthash:/etc/postfix/tls_senders\n";

/* For print_common_names: whether we send mail to the partner. */
static bool sends(const struct partner *p)
{
    return p->outbound;
}

/* For print_common_names: whether the partner sends mail to us. */
static bool receives(const struct partner *p)
{
    return p->inbound;
}

/* Writes the entries of all partners, to `to` for mail to them, to `from` for mail from them.
 * False with `e` filled: memory, or as add_policies. */
static bool add_tables(const struct print_common_policy *a, struct table *to, struct table *from,
                       struct error *e)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct partner *p = &a->partners[i];

        print_common_heading(p, to->out);
        if (p->outbound && !add_policies(a, to, p, e))
            return false;
        if (p->inbound)
            add_senders(from, p);
    }
    return !(to->failed || from->failed) || error_memory(e);
}

bool print_postfix(const struct print_common_policy *a, struct text *out, struct error *e)
{
    struct print_common_names sent, received;
    struct table to = {.prefix = "", .names = &sent, .out = out};
    struct table from = {.prefix = "#: ", .names = &received, .out = out};
    bool indexed = print_common_names(a, sends, &sent);
    bool ok;

    indexed = print_common_names(a, receives, &received) && indexed;
    text_addf(out, postfix_head, a->count, text_plural(a->count));
    if (indexed)
        ok = add_tables(a, &to, &from, e);
    else
        ok = error_memory(e);
    tdestroy(to.keys, free);
    tdestroy(from.keys, free);
    print_common_names_clear(&sent);
    print_common_names_clear(&received);
    return ok && print_common_done(out, e);
}
