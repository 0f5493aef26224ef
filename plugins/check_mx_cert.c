/* SPDX-License-Identifier: BSD-2-Clause */
/* check_mx_cert: the certificates of a domain's MX hosts, as all kinds of senders see them. */
#include <stdlib.h>

#include "plugins/targets.h"
#include "plugins/options.h"
#include "web/revocation_fetch.h"
#include "plugins/run.h"
#include "plugins/work.h"
#include "web/mtasts_fetch.h"

#define SERVICE "MX_CERT"

enum { SESSIONS_PER_ADDRESS = 1 };

/* The values of this plugin's own options, and the facts that it collects beside the sessions. */
struct own {
    struct targets targets;
    bool ocsp, crl, no_mta_sts;
    const char *server; /* --mta-sts-server */
    struct mtasts_facts *mtasts;
    struct revocation_fetch_config revocation_fetch_config;
    struct revocation_fetch_list revoke;
};

#define FIELD(name) offsetof(struct own, name)

static const struct option_row rows[] = {
#define OPTION OPTION_ROW
#include "plugins/check_mx_cert.def"
#undef OPTION
    {0},
};

/* The options_plugin's check, after all options were read, which also completes the targets. False
 * with `e` filled. */
static bool check_own(void *target, struct options *o, struct error *e)
{
    struct own *own = target;

    if (own->targets.count == 0)
        return error_set(e, ERROR_USAGE, "give a target by -d or -H; see --help");
    if (own->server && own->no_mta_sts)
        return error_set(e, ERROR_USAGE, "--mta-sts-server and --no-mta-sts cannot be combined");
    if (o->port == 0)
        o->port = 25;
    o->judge.certificates = true;
    o->policy.tlsa = true;
    return targets_complete(&own->targets, o->port, &o->policy, o->family, e);
}

/* The configuration of what is fetched in this run. It borrows from the options. */
static struct http_fetch_config http_fetch_config(const struct run *r)
{
    const struct options *o = r->o;
    struct http_fetch_config c = {.dns = &o->dns,
                                  .family = o->family,
                                  .stage_ms = (int)(o->stage_timeout * 1000),
                                  .deadline = r->deadline};

    trust_paths(&o->trust, &c.trust.file, &c.trust.dir);
    c.trust.now = o->judge.now;
    return c;
}

/* The run_beside's fn, for the i-th target. Fetches the policies of a domain that takes mail,
 * while its gateways are probed; does nothing for other targets. */
static void look_at_domain(void *target, const struct run *r, size_t i)
{
    struct own *own = target;
    struct mtasts_fetch_config c = {.web = http_fetch_config(r), .server = own->server};
    const struct resolve_target *t = &r->resolution.targets[i];

    if (own->targets.at[i].kind == TARGET_DOMAIN && t->status == DNS_OK && !t->null_mx)
        mtasts_fetch(&c, own->targets.at[i].name, &own->mtasts[i]);
}

/* The fn of run_fetch: asks about the revocation of the i-th certificate. */
static void ask_one(void *target, size_t i)
{
    struct own *own = target;

    revocation_fetch_one(&own->revocation_fetch_config, &own->revoke, i);
}

/* Asks about the revocation of each certificate once, however many gateways serve it; --ocsp or
 * --crl is given, and the sessions are over. Does nothing where memory ran out. */
static void ask_revocation(struct own *own, struct run *r)
{
    own->revocation_fetch_config = (struct revocation_fetch_config){
        .web = http_fetch_config(r), .ocsp = own->ocsp, .crl = own->crl, .fresh = r->probe.fresh};
    if (!run_has_memory(r))
        return;
    if (!revocation_fetch_list_make(r->observations, r->plan.request_count, &own->revoke))
        run_out_of_memory(r);
    else
        run_fetch(r, own->revoke.checks.count, ask_one, own);
}

/* Gets ready what this plugin does beside the sessions and after them. Returns what is to be done
 * beside them, whose count is 0 if that is nothing. Ends the process where memory runs out. */
static struct run_beside prepare(struct own *own)
{
    struct run_beside beside = {0};
    bool ok = true;

    if (!own->no_mta_sts) {
        own->mtasts = calloc(own->targets.count, sizeof *own->mtasts);
        beside = (struct run_beside){own->targets.count, look_at_domain, own};
        ok = own->mtasts != NULL;
    }
    if (!ok || ((beside.count > 0 || own->ocsp || own->crl) && !http_begin()))
        work_fail("out of memory");
    return beside;
}

/* The run_end's clear: frees what `struct own` holds. */
static void clear(void *target)
{
    struct own *own = target;

    for (size_t i = 0; own->mtasts && i < own->targets.count; i++)
        mtasts_facts_clear(&own->mtasts[i]);
    free(own->mtasts);
    revocation_fetch_clear(&own->revoke);
    targets_clear(&own->targets);
}

/* The work thread's whole run. Never returns: run_report ends the process, or an error does. */
static void work(int argc, char **argv)
{
    static struct own own;
    static const struct options_plugin plugin = {
        .name = "check_mx_cert",
        .service = SERVICE,
        .purpose = "checks the certificates of a domain's MX hosts",
        .synopsis = "check_mx_cert {-d DOMAIN | -H HOST}... [OPTION...]",
        .examples = {"check_mx_cert -d example.com",
                     "check_mx_cert -d example.com --format table -v",
                     "check_mx_cert -H mx1.example.com -D 33%,15% --ocsp --crl"},
        .findings = FINDING_OF_MX_CERT,
        .rows = rows,
        .library = options_trust_library,
        .own = &own,
        .check = check_own,
    };
    static struct options o;
    static struct run r;
    struct run_beside beside;

    options_parse(&plugin, argc, argv, &o);
    work_set_timeout(o.timeout);
    options_trust(&o);
    options_hello(&o, NULL, NULL);
    beside = prepare(&own);
    run_resolve(&r, &o, own.targets.at, own.targets.count);
    run_plan(&r, SESSIONS_PER_ADDRESS);
    run_probe(&r,
              &(struct probe_config){.certificates = true, .fresh = o.at_given ? 0 : o.judge.now},
              &beside);
    run_profiles(&r);
    run_hellos(&r);
    if (own.ocsp || own.crl)
        ask_revocation(&own, &r);
    run_judge(&r, &(struct facts){.mtasts = own.mtasts, .revocations = &own.revoke.checks});
    run_report(&r, &(struct run_end){.own = &own, .clear = clear});
}

int main(int argc, char **argv)
{
    work_run(SERVICE, work, argc, argv);
}
