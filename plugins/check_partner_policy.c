/* check_partner_policy: the partners' signed forms against reality, in both directions. */
#include <stdlib.h>
#include <string.h>

#include "fleet_policy.h"
#include "form_print.h"
#include "forms.h"
#include "options.h"
#include "own_tables.h"
#include "plugin.h"
#include "policy_print.h"
#include "run.h"

enum { SESSIONS_PER_ADDRESS = 2 };

/* What this plugin's own options come to. */
struct own {
    const char *path, *partner;
    bool outbound, inbound; /* at first as given, then the directions to look at */
    const struct printer *printer;
    struct form form;
    struct fleet fleet;
    struct own_tables *tables;
};

/* What --print writes instead of a verdict; the checklist is one, in a form of its own. */
struct printer {
    const char *name;
    bool (*print)(const struct policy_asked *a, struct text *out, struct err *e);
};

static bool print_forms(const struct policy_asked *a, struct text *out, struct err *e)
{
    (void)e;
    for (size_t i = 0; i < a->count; i++) {
        if (i > 0)
            text_add(out, "\n\f\n");
        form_print(&a->partners[i], a->own, out);
    }
    return true;
}

static const struct printer printers[] = {
    {"postfix", policy_print_postfix},
    {"exim", policy_print_exim},
    {"opensmtpd", policy_print_opensmtpd},
    {"form", print_forms},
    {"check", NULL},
};

static bool set_form(void *target, const char *value, struct err *e)
{
    (void)e;
    ((struct own *)target)->path = value;
    return true;
}

static bool set_partner(void *target, const char *value, struct err *e)
{
    (void)e;
    ((struct own *)target)->partner = value;
    return true;
}

static bool set_outbound(void *target, const char *value, struct err *e)
{
    (void)value, (void)e;
    ((struct own *)target)->outbound = true;
    return true;
}

static bool set_inbound(void *target, const char *value, struct err *e)
{
    (void)value, (void)e;
    ((struct own *)target)->inbound = true;
    return true;
}

static bool set_print(void *target, const char *value, struct err *e)
{
    struct own *own = target;

    for (size_t i = 0; i < sizeof printers / sizeof *printers; i++) {
        if (strcmp(printers[i].name, value) == 0)
            own->printer = &printers[i];
    }
    return own->printer
               ? true
               : err_set(e, ERR_USAGE, "is not one of postfix, exim, opensmtpd, form, check");
}

static const struct options_spec specs[] = {
    {"form", 'f', "FILE|DIRECTORY", set_form, "a form, or a directory of them (*.ini)"},
    {"partner", 0, "NAME", set_partner, "only this one, by its section's name (all)"},
    {"outbound", 0, NULL, set_outbound, "only from us to the partner"},
    {"inbound", 0, NULL, set_inbound, "only from the partner to us"},
    {"print", 0, "WHAT", set_print,
     "write the policy that the forms ask for, for postfix, exim or opensmtpd; the form, to send "
     "it to the partner; or check, the steps to mandatory TLS and how far each is"},
    {0},
};

static bool check_own(void *target, struct options *o, struct err *e)
{
    struct own *own = target;

    if (!own->path)
        return err_set(e, ERR_USAGE, "-f is needed; see --help");
    if (own->outbound && own->inbound)
        return err_set(e, ERR_USAGE, "--outbound and --inbound leave each other nothing");
    if (!own->outbound && !own->inbound)
        own->outbound = own->inbound = true;
    if (o->port == 0)
        o->port = 25;
    if (own->printer && !own->printer->print)
        o->output.format = REPORT_CHECKLIST;
    return forms_read(own->path, own->partner, &own->form, &own->fleet, e);
}

/* All of it or nothing, for it is put to use: what is missing would be sent in clear. */
static _Noreturn void print(const struct options_plugin *p, struct own *own)
{
    struct policy_asked asked = {.partners = own->form.at,
                                 .count = own->form.count,
                                 .own = &own->form.own,
                                 .reader = own_tables_reader(own->tables)};
    struct text out;
    struct err e;

    if (own->partner) {
        asked.partners = form_partner(&own->form, own->partner);
        asked.count = 1;
    }
    if (own->fleet.invalid_count > 0)
        plugin_usage_error(p->service, own->fleet.invalid[0].text);
    text_init(&out, 64 * 1024 * 1024);
    if (!own->printer->print(&asked, &out, &e))
        plugin_usage_error(p->service, e.text);
    plugin_end(p->service, &out, STATE_OK, POOL_DONE);
}

/* What depends on the trust store, which options make last. */
static bool make_fleet(struct own *own, const struct options *o)
{
    struct fleet_config c = {.form = &own->form,
                             .terms = &o->terms,
                             .level_given = o->level_given,
                             .min_version_given = o->min_version_given,
                             .match_given = o->match_given,
                             .outbound = own->outbound,
                             .inbound = own->inbound,
                             .port = o->port};

    if (own->partner)
        c.only = form_partner(&own->form, own->partner);
    return fleet_make(&c, &own->fleet);
}

/* Our own mail server's policy, where [own] says where that stands. False: memory. */
static bool check_policy(struct own *own, const struct resolution *r)
{
    const struct form_own *o = &own->form.own;
    struct own_asked asked = {.own = o,
                              .reader = own_tables_reader(own->tables),
                              .outbound = own->outbound,
                              .inbound = own->inbound};
    struct err e;

    if (o->exim_config) {
        asked.exim = own_tables_exim(own->tables, o->exim_config, &e);
        if (!asked.exim) {
            form_own_wrong(o, "exim-config", &e);
            if (!fleet_policy_unread(&own->fleet, e.text))
                return false;
        }
    }
    if (!asked.exim && o->postfix_policy.count == 0 && o->postfix_access.count == 0)
        return true;
    return fleet_policy_check(&own->fleet, &asked, r);
}

static void on_resolved(void *target, struct resolution *r)
{
    struct own *own = target;

    fleet_drop_found(&own->fleet, r);
    if (!check_policy(own, r))
        r->failed = true;
}

static void complete(void *target, struct judge_input *in)
{
    in->fleet = &((struct own *)target)->fleet;
}

static void clear(void *target)
{
    struct own *own = target;

    fleet_clear(&own->fleet);
    form_clear(&own->form);
    own_tables_free(own->tables);
}

int main(int argc, char **argv)
{
    static struct own own;
    static const struct options_plugin plugin = {
        .name = "check_partner_policy",
        .service = "PARTNER_POLICY",
        .purpose = "checks partners' forms on mandatory TLS against reality",
        .synopsis = "check_partner_policy -f FILE|DIRECTORY [--partner NAME] [OPTION...]",
        .findings = FINDING_OF_PARTNER_POLICY,
        .specs = specs,
        .own = &own,
        .check = check_own,
    };
    static struct options o;
    static struct run r;
    instant start = deadline_now();

    plugin_begin();
    options_parse(&plugin, argc, argv, &o);
    own.tables = own_tables_new(start + (instant)(o.stage_timeout * 1e6));
    if (own.tables && own.printer && own.printer->print)
        print(&plugin, &own);
    if (!own.tables || !make_fleet(&own, &o))
        plugin_usage_error(plugin.service, "out of memory");
    if (own.fleet.count == 0)
        plugin_usage_error(plugin.service, own.fleet.invalid[0].text);
    run_task(&r, plugin.service,
             &(struct run_task){.o = &o,
                                .asks = own.fleet.asks,
                                .ask_count = own.fleet.ask_count,
                                .per_address = SESSIONS_PER_ADDRESS,
                                .start = start,
                                .own = &own,
                                .resolved = on_resolved,
                                .complete = complete,
                                .clear = clear});
}
