#include "policy_print.h"

#include <ctype.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "own_policy.h"

static bool done(const struct text *out, struct err *e)
{
    return !(out->failed || out->cut) || err_memory(e);
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* "# tuv: TUV Rheinland Group" */
static void add_heading(const struct partner *p, struct text *out)
{
    text_addf(out, "\n# %s%s%s\n", p->id, *p->company ? ": " : "", p->company);
}

static void add_cannot(const struct partner *p, const char *server, struct text *out)
{
    if (p->level == LEVEL_MAY)
        text_add(out, "# asks for nothing that has to be enforced\n");
    else
        text_addf(out, "# %s cannot enforce tls-level %s with this form's match and ca-file\n",
                  server, level_name(p->level));
}

/* --- Postfix --- */

/* A table that is being written. */
struct table {
    void *keys; /* that stand in it so far */
    const char *prefix;
    struct text *out;
    size_t count;
    bool failed;
};

struct key {
    const struct partner *partner;
    char name[];
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct key *)a)->name, ((const struct key *)b)->name);
}

/* Whose the key is: p's, unless another had it before. NULL: no memory. */
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

/* A key that p has already, as next-hop of two domains, is not written again. */
static void add_key(struct table *t, const struct partner *p, const char *key, const char *value)
{
    size_t before = t->count;
    const struct partner *holder = claim(t, key, p);

    if (!holder)
        t->failed = true;
    else if (holder != p)
        text_addf(t->out, "# %s: see %s; this partner asks for %s\n", key, holder->id, value);
    else if (t->count > before)
        text_addf(t->out, "%s%s %s\n", t->prefix, key, value);
}

static bool add_policies(const struct policy_asked *a, struct table *t, const struct partner *p,
                         struct err *e)
{
    struct own_asked asked = {.partner = p, .own = a->own, .reader = a->reader};
    char value[POSTFIX_VALUE_MAX];
    struct postfix_hops hops;
    const char *domain;

    if (p->level == LEVEL_MAY || !own_policy_value(p, a->own, value, sizeof value)) {
        add_cannot(p, "Postfix", t->out);
        return true;
    }
    for (size_t i = 0; (domain = own_domain(p, i)); i++) {
        if (!own_next_hops(&asked, domain, &hops, e))
            return false;
        for (size_t k = 0; k < hops.list.count; k++) {
            const char *hop = hops.list.at[k];

            if (!a->own->postfix_transport && *hop != '*' && form_covers(p, hop))
                continue;
            add_key(t, p, hop + (*hop == '*'), value);
        }
    }
    return true;
}

static void add_senders(struct table *t, const struct partner *p)
{
    const char *domain;

    for (size_t i = 0; (domain = own_domain(p, i)); i++)
        if (*domain == '*' || !form_covers(p, domain))
            add_key(t, p, domain + (*domain == '*'), "reject_plaintext_session");
}

static const char postfix_head[] =
    "# TLS with %zu partner%s as their forms ask for it, for Postfix 3.6 or later.\n"
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
    "# To receive: the lines that begin with \"#:\" are a second table:\n"
    "#   sed -n 's/^#: //p' tls_policy >tls_senders\n"
    "# In main.cf, with STARTTLS on offer, before what permits more than mynetworks:\n"
    "#   smtpd_sender_restrictions = check_sender_access texthash:/etc/postfix/tls_senders\n";

bool policy_print_postfix(const struct policy_asked *a, struct text *out, struct err *e)
{
    struct table to = {.prefix = "", .out = out}, from = {.prefix = "#: ", .out = out};
    bool ok = true;

    text_addf(out, postfix_head, a->count, plural(a->count));
    for (size_t i = 0; ok && i < a->count; i++) {
        const struct partner *p = &a->partners[i];

        add_heading(p, out);
        if (p->outbound)
            ok = add_policies(a, &to, p, e);
        if (p->inbound)
            add_senders(&from, p);
    }
    tdestroy(to.keys, free);
    tdestroy(from.keys, free);
    if (ok && (to.failed || from.failed))
        return err_memory(e);
    return ok && done(out, e);
}

/* --- Exim and OpenSMTPD --- */

/* A name that configuration can bear, the same for no two partners. */
static void name_of(const struct policy_asked *a, const struct partner *p, char *dst, size_t cap)
{
    bool changed = false;

    text_copy(dst, cap, p->id);
    for (char *c = dst; *c; c++) {
        if (isascii((unsigned char)*c) && isalnum((unsigned char)*c))
            continue;
        changed = changed || *c != '_';
        *c = '_';
    }
    if (changed)
        text_append(dst, cap, "_%zu", (size_t)(p - a->partners) + 1);
}

/* Whether a path needs no quoting, or there is none. */
static bool is_plain(const char *path)
{
    return !path || !strpbrk(path, " \t\r\n\"\\$#{},:'");
}

/* Domains, each with text around it; `all`: those too that a wildcard covers. */
static void add_domains(const struct partner *p, const char *before, const char *between, bool all,
                        struct text *out)
{
    const char *domain;
    size_t n = 0;

    for (size_t i = 0; (domain = own_domain(p, i)); i++)
        if (all || *domain == '*' || !form_covers(p, domain))
            text_addf(out, "%s%s%s", n++ ? between : "", before, domain);
}

/* --- Exim --- */

static const char exim_head[] =
    "# TLS with %zu partner%s as their forms ask for it, for Exim 4.92 or later.\n";

/* Exim and OpenSMTPD compare a certificate with the MX host's name, as DNS has it, or not at all.
 */
static bool exim_can(const struct partner *p)
{
    enum tls_level level = own_level(p);

    return level == LEVEL_ENCRYPT || level_is_dane(level) ||
           (level == LEVEL_VERIFY && is_plain(p->ca_file));
}

static bool opensmtpd_can(const struct partner *p)
{
    enum tls_level level = own_level(p);

    return level == LEVEL_ENCRYPT || (level == LEVEL_VERIFY && is_plain(p->ca_file));
}

static void add_router(const struct policy_asked *a, const struct partner *p, struct text *out)
{
    char name[80];

    name_of(a, p, name, sizeof name);
    text_addf(out, "partner_%s:\n  driver = dnslookup\n  domains = ", name);
    add_domains(p, "", " : ", false, out);
    text_addf(out, "\n  transport = partner_%s\n%s  no_more\n", name,
              level_is_dane(p->level) ? "  dnssec_request_domains = *\n" : "");
}

/* Versions have no option of their own in a transport; suites that came with a version stand for
 * it. */
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

static void add_transport(const struct policy_asked *a, const struct partner *p, struct text *out)
{
    char name[80];

    name_of(a, p, name, sizeof name);
    text_addf(out, "partner_%s:\n  driver = smtp\n", name);
    if (p->level != LEVEL_DANE)
        text_add(out, "  hosts_require_tls = *\n");
    if (own_level(p) == LEVEL_VERIFY)
        text_addf(out,
                  "  tls_verify_hosts = *\n  tls_verify_cert_hostnames = *\n"
                  "  tls_verify_certificates = %s\n",
                  p->ca_file ? p->ca_file : "system");
    if (level_is_dane(p->level))
        text_addf(out, "  hosts_%s_dane = *\n  dnssec_request_domains = *\n",
                  p->level == LEVEL_DANE ? "try" : "require");
    if (a->own->sni && strcmp(a->own->sni, "none") != 0)
        text_addf(out, "  tls_sni = %s\n", a->own->sni);
    if (p->level != LEVEL_DANE)
        add_exim_version(p, out);
}

static void add_exim_part(const struct policy_asked *a, const char *title,
                          void (*add)(const struct policy_asked *, const struct partner *,
                                      struct text *),
                          struct text *out)
{
    text_add(out, title);
    for (size_t i = 0; i < a->count; i++) {
        const struct partner *p = &a->partners[i];

        if (!p->outbound)
            continue;
        add_heading(p, out);
        if (exim_can(p))
            add(a, p, out);
        else
            add_cannot(p, "Exim", out);
    }
}

bool policy_print_exim(const struct policy_asked *a, struct text *out, struct err *e)
{
    text_addf(out, exim_head, a->count, plural(a->count));
    add_exim_part(a, "\n# --- behind \"begin routers\", before the router of other domains ---\n",
                  add_router, out);
    add_exim_part(a, "\n# --- behind \"begin transports\" ---\n", add_transport, out);
    text_add(out, "\n# --- first in the ACL that acl_smtp_rcpt names ---\n");
    for (size_t i = 0; i < a->count; i++) {
        const struct partner *p = &a->partners[i];

        if (!p->inbound)
            continue;
        add_heading(p, out);
        text_add(out, "deny\n  message = 5.7.0 TLS is required\n  sender_domains = ");
        add_domains(p, "", " : ", false, out);
        text_add(out, "\n  !encrypted = *\n");
    }
    return done(out, e);
}

/* --- OpenSMTPD --- */

static const char opensmtpd_head[] =
    "# TLS with %zu partner%s as their forms ask for it, for OpenSMTPD 6.8 or later.\n"
    "# To stand in smtpd.conf before the first match of yours that would take this mail.\n"
    "# The TLS version is smtpd's own; a \"*.\" is one label here, so that subdomains stand by "
    "name.\n";

static void add_opensmtpd(const struct policy_asked *a, const struct partner *p, struct text *out)
{
    char name[80];

    name_of(a, p, name, sizeof name);
    /* Its criterion `tls` parses, but up to 7.8 comes to a temporary failure of whatever mail gets
     * that far. */
    if (p->inbound)
        text_add(out, "# OpenSMTPD cannot refuse these senders without TLS, only all, by "
                      "\"listen on ... tls-require\"\n");
    if (!p->outbound)
        return;
    if (!opensmtpd_can(p)) {
        add_cannot(p, "OpenSMTPD", out);
        return;
    }
    text_addf(out, "table \"partner_%s_domains\" { ", name);
    add_domains(p, "\"", "\", ", true, out);
    text_add(out, "\" }\n");
    if (p->ca_file)
        text_addf(out, "ca \"partner_%s\" cert \"%s\"\n", name, p->ca_file);
    text_addf(out, "action \"partner_%s\" relay tls%s", name,
              p->level == LEVEL_ENCRYPT ? " no-verify" : "");
    if (p->ca_file)
        text_addf(out, " ca \"partner_%s\"", name);
    text_addf(out,
              "\nmatch from local for domain <\"partner_%s_domains\"> action \"partner_%s\"\n"
              "match auth from any for domain <\"partner_%s_domains\"> action \"partner_%s\"\n",
              name, name, name, name);
}

bool policy_print_opensmtpd(const struct policy_asked *a, struct text *out, struct err *e)
{
    text_addf(out, opensmtpd_head, a->count, plural(a->count));
    for (size_t i = 0; i < a->count; i++) {
        add_heading(&a->partners[i], out);
        add_opensmtpd(a, &a->partners[i], out);
    }
    return done(out, e);
}
