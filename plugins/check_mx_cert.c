/* check_mx_cert: the certificates of a domain's MX hosts, as all kinds of senders see them. */
#include <stdlib.h>
#include <string.h>

#include "asks.h"
#include "options.h"
#include "plugin.h"
#include "revoke.h"
#include "run.h"
#include "sts.h"

/* What this plugin's own options come to, and what it finds out beside the sessions. */
struct own {
    struct asks asks;
    bool ocsp, crl, no_mta_sts;
    const char *server; /* --mta-sts-server */
    struct sts_facts *sts;
    struct revoke_config revoke_config;
    struct revoke_list revoke;
};

static bool set_host(void *target, const char *value, struct err *e)
{
    return asks_add_host(&((struct own *)target)->asks, value, e);
}

static bool set_domain(void *target, const char *value, struct err *e)
{
    return asks_add_domain(&((struct own *)target)->asks, value, e);
}

static bool set_ocsp(void *target, const char *value, struct err *e)
{
    (void)value, (void)e;
    ((struct own *)target)->ocsp = true;
    return true;
}

static bool set_crl(void *target, const char *value, struct err *e)
{
    (void)value, (void)e;
    ((struct own *)target)->crl = true;
    return true;
}

static bool set_no_mta_sts(void *target, const char *value, struct err *e)
{
    (void)value, (void)e;
    ((struct own *)target)->no_mta_sts = true;
    return true;
}

/* 192.0.2.1:443, [2001:db8::1]:443 */
static bool set_server(void *target, const char *value, struct err *e)
{
    const char *colon = strrchr(value, ':');
    size_t len = colon ? (size_t)(colon - value) : 0;
    bool v6 = len > 2 && value[0] == '[' && value[len - 1] == ']';
    struct address ignored;
    char address[64];
    unsigned port;

    if (len == 0 || len >= sizeof address)
        return err_set(e, ERR_USAGE, "is not ADDRESS:PORT");
    text_format(address, sizeof address, "%.*s", (int)(v6 ? len - 2 : len), value + v6);
    if (!address_parse(address, 1, &ignored) || v6 != (strchr(address, ':') != NULL))
        return err_set(e, ERR_USAGE, "is not ADDRESS:PORT");
    ((struct own *)target)->server = value;
    return value_unsigned(colon + 1, 1, 65535, "port number", &port, e);
}

static const struct options_spec specs[] = {
    {"domain", 'd', "DOMAIN", set_domain,
     "all MX hosts of a domain, its MTA-STS and TLSRPT, repeat"},
    {"host", 'H', "HOST", set_host, "a gateway by name or address, repeat"},
    {"ocsp", 0, NULL, set_ocsp, "ask the OCSP responders that the certificates name"},
    {"crl", 0, NULL, set_crl, "fetch the CRLs that the certificates name"},
    {"no-mta-sts", 0, NULL, set_no_mta_sts, "look at neither MTA-STS nor TLSRPT"},
    {"mta-sts-server", 0, "ADDR:PORT", set_server,
     "connect there for each policy; verified like the policy host itself"},
    {0},
};

static bool check_own(void *target, struct options *o, struct err *e)
{
    struct own *own = target;

    if (own->asks.count == 0)
        return err_set(e, ERR_USAGE, "one of -d and -H is needed; see --help");
    if (own->server && own->no_mta_sts)
        return err_set(e, ERR_USAGE, "--mta-sts-server makes no sense with --no-mta-sts");
    if (o->port == 0)
        o->port = 25;
    o->judge.certificates = true;
    o->terms.tlsa = true;
    return asks_complete(&own->asks, o->port, &o->terms, o->family, e);
}

static struct web_config web_config(const struct run *r)
{
    const struct options *o = r->task.o;
    struct web_config c = {.dns = &o->dns,
                           .family = o->family,
                           .stage_ms = (int)(o->stage_timeout * 1000),
                           .deadline = r->targets_end};

    trust_paths(&o->trust, &c.trust.file, &c.trust.dir);
    c.trust.now = o->judge.now;
    return c;
}

/* What a domain says about itself, while its gateways are probed. */
static void look_at_domain(void *target, const struct run *r, size_t i)
{
    struct own *own = target;
    struct sts_config c = {.web = web_config(r), .server = own->server};

    if (own->asks.at[i].kind == RESOLVE_DOMAIN)
        sts_look(&c, own->asks.at[i].name, &own->sts[i]);
}

static void ask_one(void *target, size_t i)
{
    struct own *own = target;

    revoke_ask(&own->revoke_config, &own->revoke, i);
}

/* Each certificate once, however many gateways serve it. */
static void ask_revocation(void *target, struct run *r)
{
    struct own *own = target;

    own->revoke_config = (struct revoke_config){
        .web = web_config(r), .ocsp = own->ocsp, .crl = own->crl, .fresh = r->probe.fresh};
    if (!revoke_list_make(r->observations, r->plan.request_count, &own->revoke)) {
        r->resolution.failed = true;
        return;
    }
    pool_run(&r->watch, own->revoke.count, r->task.o->parallel, ask_one, own);
}

static void complete(void *target, struct judge_input *in)
{
    struct own *own = target;

    in->sts = own->sts;
    in->revocations = own->revoke.checks;
    in->revocation_count = own->revoke.count;
}

static void clear(void *target)
{
    struct own *own = target;

    for (size_t i = 0; own->sts && i < own->asks.count; i++)
        sts_clear(&own->sts[i]);
    free(own->sts);
    revoke_clear(&own->revoke);
}

int main(int argc, char **argv)
{
    static struct own own;
    static const struct options_plugin plugin = {
        .name = "check_mx_cert",
        .service = "MX_CERT",
        .purpose = "checks the certificates of a domain's MX hosts",
        .synopsis = "check_mx_cert {-d DOMAIN | -H HOST}... [OPTION...]",
        .findings = FINDING_OF_MX_CERT,
        .specs = specs,
        .own = &own,
        .check = check_own,
    };
    static struct options o;
    static struct run r;
    struct run_task task = {.o = &o,
                            .asks = own.asks.at,
                            .per_address = 1,
                            .probe = {.certificates = true},
                            .start = deadline_now(),
                            .own = &own,
                            .complete = complete,
                            .clear = clear};

    plugin_begin();
    options_parse(&plugin, argc, argv, &o);
    task.ask_count = own.asks.count;
    task.probe.fresh = o.at_given ? 0 : o.judge.now;
    if (!own.no_mta_sts) {
        own.sts = calloc(own.asks.count, sizeof *own.sts);
        task.beside = look_at_domain;
        task.beside_count = own.asks.count;
    }
    if (own.ocsp || own.crl)
        task.after = ask_revocation;
    if ((!own.sts && !own.no_mta_sts) || ((task.beside || task.after) && !http_begin()))
        plugin_usage_error(plugin.service, "out of memory");
    run_task(&r, plugin.service, &task);
}
