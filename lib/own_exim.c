#include "own_exim.h"

#include <string.h>

#include "own_policy.h"
#include "text.h"

/* One transport against the form. */
struct way {
    const struct own_asked *a;
    const struct exim_config *c;
    struct own_problems *out;
    const char *domain, *transport;
    bool unsure; /* an item was met that only Exim can resolve */
};

static const struct exim_option *transport_option(const struct way *w, const char *name)
{
    return exim_option(w->c, "transports", w->transport, name);
}

/* --- the way that mail takes --- */

static bool is_smtp(const struct exim_config *c, const char *transport)
{
    const struct exim_option *driver = exim_option(c, "transports", transport, "driver");

    return driver && strcmp(driver->value, "smtp") == 0;
}

/* Whether a router may pass mail on for reasons that do not stand in the domain. */
static bool is_conditional(const struct exim_config *c, const char *router)
{
    static const char *const conditions[] = {
        "condition",   "senders",           "local_parts",       "check_local_user",
        "verify_only", "local_part_prefix", "local_part_suffix", "require_files"};

    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (exim_option(c, "routers", router, conditions[i]))
            return true;
    return false;
}

/* The domains that manualroute has in its rules: "DOMAINS HOSTS; DOMAINS HOSTS". */
static bool route_list_has(const struct exim_config *c, const char *rules, const char *domain)
{
    bool unsure = false;

    while (*rules) {
        const char *end = rules + strcspn(rules, ";"), *at = rules + strspn(rules, " \t");
        char pattern[320];

        text_format(pattern, sizeof pattern, "%.*s", (int)strcspn(at, " \t;"), at);
        rules = end + (*end == ';');
        if (*pattern && exim_list_has(c, "domainlist", pattern, domain, &unsure))
            return true;
    }
    return false;
}

static bool router_takes(const struct exim_config *c, const char *router, const char *domain)
{
    const struct exim_option *domains = exim_option(c, "routers", router, "domains");
    const struct exim_option *rules = exim_option(c, "routers", router, "route_list");
    bool unsure = false;

    if (is_conditional(c, router))
        return false;
    if (domains && !exim_list_has(c, "domainlist", domains->value, domain, &unsure))
        return false;
    return !rules || route_list_has(c, rules->value, domain);
}

/* The smtp transport of the first router that takes a domain, NULL where none does. */
static const char *transport_for(const struct exim_config *c, const char *domain)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct exim_option *o = &c->at[i];

        if (strcmp(o->section, "routers") == 0 && strcmp(o->name, "transport") == 0 &&
            is_smtp(c, o->value) && router_takes(c, o->driver, domain))
            return o->value;
    }
    return NULL;
}

/* --- problems --- */

/* What is wrong, and what the option says where there is one. */
static void problem(const struct way *w, bool missing, const char *what, const char *expected,
                    const struct exim_option *seen)
{
    struct own_problem *p = own_problem_add(w->out, missing, w->domain);
    const char *file = w->a->own->exim_config ? w->a->own->exim_config : "";
    char place[200], value[120];

    if (!p)
        return;
    own_place(file, seen ? seen->line : 0, place, sizeof place);
    text_format(p->headline, sizeof p->headline, "own policy: %s", what);
    text_format(p->detail, sizeof p->detail, "expected %s; seen ", expected);
    if (seen) {
        text_clean(value, sizeof value, seen->value, strlen(seen->value));
        text_append(p->detail, sizeof p->detail, "%.40s = %s", seen->name, value);
    } else {
        text_append(p->detail, sizeof p->detail, "none");
    }
    if (w->transport)
        text_append(p->detail, sizeof p->detail, " in transport %.60s", w->transport);
    text_append(p->detail, sizeof p->detail, " of %s", place);
    if (w->unsure)
        text_append(p->detail, sizeof p->detail,
                    "; look-ups, files and expansions are not followed");
}

/* --- a gateway --- */

/* Whether an option's list has the gateway; without the option, whether the default has. */
static bool covers(struct way *w, const char *name, const char *gateway, bool otherwise)
{
    const struct exim_option *o = transport_option(w, name);

    return o ? exim_list_has(w->c, "hostlist", o->value, gateway, &w->unsure) : otherwise;
}

static void check_root(const struct way *w)
{
    const char *root = w->a->partner->ca_file;
    const struct exim_option *o = transport_option(w, "tls_verify_certificates");
    char expected[300];

    if (o && *o->value == '/' && !w->a->reader.readable(w->a->reader.ctx, o->value))
        problem(w, false, "its trust anchor cannot be read",
                "tls_verify_certificates with a file that can be read", o);
    else if (root && (!o || strcmp(o->value, "system") == 0)) {
        text_format(expected, sizeof expected, "tls_verify_certificates = %s", root);
        problem(w, false, "the form's root is not its trust anchor", expected, o);
    }
}

enum {
    AUTHENTICATED = 1u << LEVEL_FINGERPRINT | 1u << LEVEL_VERIFY | 1u << LEVEL_DANE,
    BY_DANE = 1u << LEVEL_SECURE | 1u << LEVEL_DANE_ONLY
};

/* What the transport has to have for a gateway, in turn. Exim sends in clear to a host that offers
 * no STARTTLS unless hosts_require_tls or hosts_require_dane has it, whatever else is set; names of
 * certificates it knows from DNS alone, so that only DANE makes them as sure as `secure` has them.
 */
static const struct {
    const char *option;
    unsigned levels;
    bool otherwise; /* whether it covers any host where it is not set */
    const char *what;
} demands[] = {
    {"hosts_require_tls", 1u << LEVEL_ENCRYPT | AUTHENTICATED | BY_DANE, false,
     "weaker than the form"},
    {"hosts_require_dane", BY_DANE, false, "weaker than the form"},
    {"tls_verify_hosts", AUTHENTICATED, false, "weaker than the form"},
    {"tls_verify_cert_hostnames", AUTHENTICATED, true, "names in certificates are not compared"},
};

/* Adds the first of these that does not cover the gateway; false where there is one. */
static bool check_gateway(struct way *w, const char *gateway)
{
    enum tls_level level = own_level(w->a->partner);
    char expected[160];

    if (covers(w, "hosts_require_dane", gateway, false) ||
        (level == LEVEL_DANE && covers(w, "hosts_try_dane", gateway, true)))
        return true;
    for (size_t i = 0; i < sizeof demands / sizeof *demands; i++) {
        const struct exim_option *set = transport_option(w, demands[i].option);
        bool missing = i == 0 && !set;

        if (!(demands[i].levels >> level & 1u) ||
            covers(w, demands[i].option, gateway, demands[i].otherwise))
            continue;
        text_format(expected, sizeof expected, "%s that covers %.100s", demands[i].option, gateway);
        problem(w, missing, missing ? "TLS is not required" : demands[i].what, expected, set);
        return false;
    }
    return true;
}

void own_exim_check(const struct own_asked *a, struct own_problems *out)
{
    struct way w = {.a = a, .c = a->exim, .out = out};
    enum tls_level level = own_level(a->partner);
    bool ok;

    if (!a->partner->outbound || !a->outbound || level == LEVEL_MAY)
        return;
    for (size_t i = 0; (w.domain = own_domain(a->partner, i)); i++) {
        w.transport = transport_for(w.c, w.domain);
        w.unsure = false;
        if (!w.transport) {
            problem(&w, true, "no router sends it by an smtp transport",
                    "a router with that domain", NULL);
            continue;
        }
        /* Without names of gateways only a list that has any host is enough. */
        ok = a->mx_count > 0 || check_gateway(&w, "*");
        for (size_t k = 0; ok && k < a->mx_count; k++)
            ok = check_gateway(&w, a->mx[k]);
        if (ok && (level == LEVEL_VERIFY || level == LEVEL_FINGERPRINT))
            check_root(&w);
    }
    own_problems_once(out);
}
