/* SPDX-License-Identifier: BSD-2-Clause */
/* check_smtp_tls: every gateway of a domain, stage by stage. */
#include <stddef.h>

#include "plugins/targets.h"
#include "policy/hostname.h"
#include "plugins/options.h"
#include "plugins/run.h"
#include "plugins/work.h"

#define SERVICE "SMTP_TLS"

enum { SESSIONS_PER_ADDRESS = 2 };

/* The values of this plugin's own options. */
struct own {
    struct targets targets;
    const char *sender, *plaintext_sender; /* NULL: not given */
    const char *xclient;
    bool wrapper, refuses_unverified;
};

#define FIELD(name) offsetof(struct own, name)

static const struct option_row rows[] = {
#define OPTION OPTION_ROW
#include "plugins/check_smtp_tls.def"
#undef OPTION
    {0},
};

/* Whether a target is a mailbox, as -a gives it. */
static bool has_recipient(const struct own *own)
{
    for (size_t i = 0; i < own->targets.count; i++) {
        if (own->targets.at[i].recipient)
            return true;
    }
    return false;
}

/* Checks the options that belong to --refuses-plaintext, and sets them in o->policy. False with
 * `e` filled. */
static bool check_plaintext(const struct own *own, struct options *o, struct error *e)
{
    struct error why;

    if (own->xclient && !own->plaintext_sender)
        return error_set(e, ERROR_USAGE, "--xclient needs --refuses-plaintext");
    if (own->refuses_unverified && !own->plaintext_sender)
        return error_set(e, ERROR_USAGE, "--refuses-unverified needs --refuses-plaintext");
    o->policy.refuses_plaintext = own->plaintext_sender != NULL;
    o->policy.refuses_unverified = own->refuses_unverified;
    if (!own->xclient ||
        hostname_xclient(own->xclient, &o->policy.xclient_address, &o->policy.xclient_name, &why))
        return true;
    return error_set(e, ERROR_USAGE, "--xclient: \"%.60s\" %.120s", own->xclient, why.text);
}

/* The options_plugin's check, after all options were read, which also completes the targets. False
 * with `e` filled. */
static bool check_own(void *target, struct options *o, struct error *e)
{
    struct own *own = target;

    if (own->targets.count == 0)
        return error_set(e, ERROR_USAGE, "give a target by -H, -d or -a; see --help");
    if (own->sender && !own->plaintext_sender && !has_recipient(own))
        return error_set(e, ERROR_USAGE,
                         "-f requires -a: the sender is sent only with a recipient");
    if (own->plaintext_sender && own->sender)
        return error_set(e, ERROR_USAGE, "--refuses-plaintext names the sender; leave out -f");
    if (own->plaintext_sender && own->wrapper)
        return error_set(e, ERROR_USAGE,
                         "--refuses-plaintext and --tls-wrapper cannot be combined");
    if (own->sender || own->plaintext_sender)
        o->policy.sender = own->sender ? own->sender : own->plaintext_sender;
    if (!check_plaintext(own, o, e))
        return false;
    if (o->port == 0)
        o->port = own->wrapper ? 465 : 25;
    o->policy.wrapper = own->wrapper;
    return targets_complete(&own->targets, o->port, &o->policy, o->family, e);
}

/* The run_end's clear: frees what `struct own` holds. */
static void clear(void *own)
{
    targets_clear(&((struct own *)own)->targets);
}

/* The work thread's whole run. Never returns: run_report ends the process, or an error does. */
static void work(int argc, char **argv)
{
    static struct own own;
    static const struct options_plugin plugin = {
        .name = "check_smtp_tls",
        .service = SERVICE,
        .purpose = "checks each mail gateway of a domain for mandatory TLS",
        .synopsis = "check_smtp_tls {-d DOMAIN | -a ADDRESS | -H HOST}... [OPTION...]",
        .examples = {"check_smtp_tls -d example.com",
                     "check_smtp_tls -a info@example.com --format table",
                     "check_smtp_tls -H mx1.example.com --tls-level secure -vv"},
        .findings = FINDING_OF_SMTP_TLS,
        .rows = rows,
        .library = options_trust_library,
        .own = &own,
        .check = check_own,
    };
    static struct options o;
    static struct run r;

    options_parse(&plugin, argc, argv, &o);
    work_set_timeout(o.timeout);
    options_trust(&o);
    options_hello(&o, NULL, NULL);
    run_resolve(&r, &o, own.targets.at, own.targets.count);
    run_plan(&r, SESSIONS_PER_ADDRESS);
    run_probe(&r, &(struct probe_config){0}, &(struct run_beside){0});
    run_profiles(&r);
    run_hellos(&r);
    run_judge(&r, &(struct facts){0});
    run_report(&r, &(struct run_end){.own = &own, .clear = clear});
}

int main(int argc, char **argv)
{
    work_run(SERVICE, work, argc, argv);
}
