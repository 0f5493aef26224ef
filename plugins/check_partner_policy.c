/* check_partner_policy: the partners' signed forms against reality, in both directions. */
#include <stdlib.h>
#include <string.h>

#include "forms.h"
#include "options.h"
#include "plugin.h"
#include "run.h"

enum { SESSIONS_PER_ADDRESS = 2 };

/* What this plugin's own options come to. */
struct own {
    const char *path, *partner;
    bool outbound, inbound; /* at first as given, then the directions to look at */
    struct form form;
    struct fleet fleet;
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

static const struct options_spec specs[] = {
    {"form", 'f', "FILE|DIRECTORY", set_form, "a form, or a directory of them (*.ini)"},
    {"partner", 0, "NAME", set_partner, "only this one, by its section's name (all)"},
    {"outbound", 0, NULL, set_outbound, "only from us to the partner"},
    {"inbound", 0, NULL, set_inbound, "only from the partner to us"},
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
    return forms_read(own->path, own->partner, &own->form, &own->fleet, e);
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

static void leave_out(void *target, struct resolution *r)
{
    fleet_drop_found(&((struct own *)target)->fleet, r);
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
    if (!make_fleet(&own, &o))
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
                                .resolved = leave_out,
                                .complete = complete,
                                .clear = clear});
}
