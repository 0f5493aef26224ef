/* SPDX-License-Identifier: BSD-2-Clause */
/* check_partner_policy: the partners' signed forms against reality, in both directions. */
#include <stddef.h>
#include <stdlib.h>

#include "judge/judge_partners.h"
#include "report/report_checklist.h"
#include "report/report_draft.h"
#include "report/report_form.h"
#include "report/report_html.h"
#include "report/report_render.h"
#include "plugins/failure.h"
#include "plugins/forms.h"
#include "plugins/options.h"
#include "plugins/plugin.h"
#include "partner/partners_hellos.h"
#include "partner/print_exim.h"
#include "partner/print_opensmtpd.h"
#include "partner/print_postfix.h"
#include "plugins/targets.h"
#include "partner/print_monitoring.h"
#include "plugins/run.h"
#include "plugins/work.h"

#define SERVICE "PARTNER_POLICY"

enum { SESSIONS_PER_ADDRESS = 2 };

/* The texts that --print writes instead of a verdict, in the order of its words in
 * check_partner_policy.def; the checklist is a verdict, in a form of its own. */
enum {
    PRINT_POSTFIX,
    PRINT_EXIM,
    PRINT_OPENSMTPD,
    PRINT_FORM,
    PRINT_CHECK,
    PRINT_ICINGA,
    PRINT_NAGIOS,
    PRINT_NOTHING
};

/* The values of this plugin's own options. */
struct own {
    const char *path, *partner;
    struct target *measured; /* our gateways, for --print form */
    struct targets draft;    /* the domains of --draft */
    bool draft_given;
    bool outbound, inbound; /* at first as given, then the directions to look at */
    bool own, no_own;       /* one of the two halves alone */
    int print;              /* PRINT_... */
    struct form form;
    struct partners partners;
    struct partners_hellos hellos; /* of partners to whom our Postfix sends another than usually */
};

/* Appends a form for each partner, a form feed between two, with our side as `ours` has it; NULL:
 * it is not known. */
static void add_forms(const struct print_common_policy *a, const struct facts *ours,
                      struct text *out)
{
    for (size_t i = 0; i < a->count; i++) {
        if (i > 0)
            text_add(out, "\n\f\n");
        report_form(&a->partners[i], a->own, ours, out);
    }
}

/* The print_fn of form, without what our gateways show. Always true. */
static bool print_forms(const struct print_common_policy *a, struct text *out, struct error *e)
{
    (void)e;
    add_forms(a, NULL, out);
    return true;
}

/* The print_fn of icinga. Always true. */
static bool print_icinga(const struct print_common_policy *a, struct text *out, struct error *e)
{
    (void)e;
    print_monitoring_icinga(a->partners, a->count, out);
    return true;
}

/* The print_fn of nagios. Always true. */
static bool print_nagios(const struct print_common_policy *a, struct text *out, struct error *e)
{
    (void)e;
    print_monitoring_nagios(a->partners, a->count, out);
    return true;
}

/* False with `e` filled: it cannot be printed whole. */
typedef bool print_fn(const struct print_common_policy *a, struct text *out, struct error *e);

/* `print` is NULL for the checklist, which is printed like any report. */
static const struct {
    const char *word;
    print_fn *print;
} printers[] = {
    [PRINT_POSTFIX] = {"postfix", print_postfix},
    [PRINT_EXIM] = {"exim", print_exim},
    [PRINT_OPENSMTPD] = {"opensmtpd", print_opensmtpd},
    [PRINT_FORM] = {"form", print_forms},
    [PRINT_CHECK] = {"check", NULL},
    [PRINT_ICINGA] = {"icinga", print_icinga},
    [PRINT_NAGIOS] = {"nagios", print_nagios},
    [PRINT_NOTHING] = {"", NULL},
};

#define FIELD(name) offsetof(struct own, name)

static const struct option_row rows[] = {
#define OPTION OPTION_ROW
#include "plugins/check_partner_policy.def"
#undef OPTION
    {0},
};

/* The options_plugin's check, after all options were read. Sets both directions where none is
 * given; with --draft it completes the targets. False with `e` filled. */
static bool check_own(void *target, struct options *o, struct error *e)
{
    struct own *own = target;

    if (own->draft_given && own->path)
        return error_set(e, ERROR_USAGE, "--draft and -f cannot be combined");
    if (own->draft_given && own->print != PRINT_NOTHING)
        return error_set(e, ERROR_USAGE, "--draft and --print cannot be combined");
    if (own->draft_given)
        return targets_complete(&own->draft, o->port ? o->port : 25, &o->policy, o->family, e);
    if (!own->path)
        return error_set(e, ERROR_USAGE, "give the forms by -f; see --help");
    if (own->outbound && own->inbound)
        return error_set(
            e, ERROR_USAGE,
            "--outbound and --inbound cannot be combined; leave out both to check both");
    if (own->own && own->no_own)
        return error_set(e, ERROR_USAGE,
                         "--own and --no-own cannot be combined; leave out both to check both");
    if (!own->outbound && !own->inbound)
        own->outbound = own->inbound = true;
    return true;
}

/* Prints the line, and every error of the forms, as JSON. Ends the process with UNKNOWN. */
static _Noreturn void fail_forms_json(const struct partners *p, const char *line)
{
    struct json_writer w;
    struct text out;

    text_init(&out, 16 * 1024 * 1024);
    failure_begin(&w, SERVICE, line, &out);
    for (size_t i = 0; i < p->invalid_count; i++)
        failure_add(&w, FAILURE_FORM, p->invalid[i].text);
    failure_end(&w);
    work_end(&out, STATE_UNKNOWN);
}

/* Prints `why`, clean and without newline, and below it every error of the forms if there are
 * several. Ends the process with UNKNOWN. */
static _Noreturn void fail_forms(const struct own *own, const char *why)
{
    const struct partners *p = &own->partners;
    char example[256], line[640];
    struct text out;

    text_format(line, sizeof line, SERVICE " UNKNOWN - %s", why);
    if (p->invalid_count > 1)
        text_append(line, sizeof line, " (%zu errors)", p->invalid_count);
    if (work_prints_json() && p->invalid_count == 0)
        work_fail(why);
    if (work_prints_json())
        fail_forms_json(p, line);
    text_init(&out, 16 * 1024 * 1024);
    text_addf(&out, "%s\n", line);
    for (size_t i = 0; p->invalid_count > 1 && i < p->invalid_count; i++)
        text_addf(&out, "\\_ [UNKNOWN] %s\n", p->invalid[i].text);
    if (own->form.faults.basic) {
        plugin_example("partners/tuv.ini", example, sizeof example);
        text_addf(&out, "mailtls-partner(5) describes a form. An example is %s.\n", example);
    }
    work_end(&out, STATE_UNKNOWN);
}

/* Reads the forms. Ends the process where they cannot be read. */
static void read_forms(struct own *own)
{
    struct error e = {0};

    work_enter(WORK_FORMS);
    if (!forms_read(own->path, own->partner, &own->form, &own->partners, &e))
        fail_forms(own, e.text);
}

/* Asks where our Postfix, of which [own] has one or more, sends mail for the partners of *asked,
 * which decides about the keys of its table. `mta` begins zeroed. Ends the process where it cannot
 * be asked. */
static void ask_for_hops(const struct print_common_policy *asked, struct partners_mta *mta,
                         instant deadline)
{
    struct error e;

    work_enter(WORK_MTA);
    for (size_t i = 0; i < asked->count; i++) {
        const struct partner *p = &asked->partners[i];

        if (p->outbound && !partners_mta_add(mta, asked->own, p, i, true, false))
            work_fail("out of memory");
    }
    if (!partners_mta_ask(mta, asked->own, deadline, &e))
        work_fail(e.text);
}

/* The partners that are asked for: all of them, or the one of --partner, who is in the forms.
 * Borrowed from `own`; mta is NULL. */
static struct print_common_policy asked_for(const struct own *own)
{
    struct print_common_policy asked = {
        .partners = own->form.at, .count = own->form.count, .own = &own->form.own};

    if (own->partner) {
        asked.partners = form_partner(&own->form, own->partner);
        asked.count = 1;
    }
    return asked;
}

/* Prints everything or nothing: mail to a partner that is missing would be sent in plaintext.
 * own->print has a print_fn. Ends the process with OK, or UNKNOWN where something cannot be
 * printed. */
static _Noreturn void print(struct own *own, const struct options *o)
{
    struct partners_mta mta = {0};
    struct print_common_policy asked = asked_for(own);
    struct text out, line;
    struct error e;

    asked.mta = &mta;
    if (own->partners.invalid_count > 0)
        fail_forms(own, own->partners.invalid[0].text);
    if (own->print == PRINT_POSTFIX && !own->no_own && own->form.own.postfix.count > 0)
        ask_for_hops(&asked, &mta, options_mta_deadline(o));
    text_init(&out, 64 * 1024 * 1024);
    if (!printers[own->print].print(&asked, &out, &e))
        work_fail(e.text);
    if (!o->output_file)
        work_end(&out, STATE_OK);
    text_init(&line, 1024);
    text_addf(&line, SERVICE " OK - %s written for %zu partner%s\n", printers[own->print].word,
              asked.count, text_plural(asked.count));
    work_end_file(o->output_file, &out, &line, STATE_OK);
}

/* The half that --own or --no-own asks for. */
static enum partners_half half_of(const struct own *own)
{
    if (own->own)
        return PARTNERS_OWN;
    return own->no_own ? PARTNERS_NO_OWN : PARTNERS_BOTH;
}

/* Makes the targets of each partner, with their policies. Ends the process where nothing can be
 * checked for any partner. */
static void make_partners(struct own *own, const struct options *o)
{
    struct partners_config c = {.form = &own->form,
                                .policy = &o->policy,
                                .level_given = o->level_given,
                                .min_version_given = o->min_version_given,
                                .match_given = o->match_given,
                                .outbound = own->outbound,
                                .inbound = own->inbound,
                                .half = half_of(own),
                                .port = o->port,
                                .now = o->judge.now};

    c.profile_directories = plugin_profile_directories(&c.profile_directory_count);

    if (own->partner)
        c.only = form_partner(&own->form, own->partner);
    if (!partners_make(&c, &own->partners))
        work_fail("out of memory");
    if (own->partners.count == 0)
        fail_forms(own, own->partners.invalid[0].text);
}

/* Asks our mail servers. Ends the process where they cannot be asked. */
static void ask_own_mail_servers(struct own *own, const struct options *o)
{
    struct error e;

    work_enter(WORK_MTA);
    if (!partners_ask(&own->partners, options_mta_deadline(o), &e))
        work_fail(e.text);
}

/* Has the ClientHello of --hello, by the mail server that [own] names first. */
static void ask_for_hello(const struct own *own, struct options *o)
{
    const struct form_own *ours = &own->form.own;
    const char *exim = ours->exim && strcmp(ours->exim, "default") != 0 ? ours->exim : NULL;

    options_hello(o, ours->postfix.count > 0 ? ours->postfix.at[0] : NULL, exim);
}

/* Has the partners' own ClientHellos, where our Postfix has entries for their destinations. Ends
 * the process where it cannot be asked. */
static void ask_for_partners_hellos(struct own *own, const struct options *o)
{
    const struct form_own *ours = &own->form.own;
    const struct own_hello_config c = {.postfix =
                                           ours->postfix.count > 0 ? ours->postfix.at[0] : NULL,
                                       .deadline = options_mta_deadline(o)};
    struct error e = {0};
    char text[sizeof e.text + 32];

    if (!o->sent_hello || o->sent_hello->source != SENT_HELLO_POSTFIX)
        return;
    if (partners_hellos_load(&own->hellos, &own->partners, &c, &e))
        return;
    snprintf(text, sizeof text, "--hello postfix: %s", e.text);
    work_fail(text);
}

/* The run_end's render for the checklist. */
static void print_checklist(void *target, const struct report_config *c,
                            const struct report_input *in, struct text *out)
{
    const struct own *own = target;

    report_checklist(c, in, &own->partners, out);
}

/* The run_end's render for --format html: the page has the forms, too. */
static void print_page(void *target, const struct report_config *c, const struct report_input *in,
                       struct text *out)
{
    const struct own *own = target;

    if (in->verdict->failed)
        report_render(c, in, out);
    else
        report_html(c, in, &own->partners, out);
}

/* The run_end's clear: frees what `struct own` holds. */
static void clear(void *target)
{
    struct own *own = target;

    targets_clear(&own->draft);
    free(own->measured);
    partners_clear(&own->partners);
    partners_hellos_clear(&own->hellos);
    form_clear(&own->form);
}

/* --- forms and drafts, for which gateways are asked --- */

/* The run_end's render for forms, with our gateways as the run saw them. */
static void print_measured(void *target, const struct report_config *c,
                           const struct report_input *in, struct text *out)
{
    const struct print_common_policy asked = asked_for(target);

    (void)c;
    add_forms(&asked, in->facts, out);
}

/* Asks our gateways, of which [own] has one or more, for their certificates, as a partner's mail
 * server sees them, and writes the forms. Ends the process with OK or UNKNOWN. */
static _Noreturn void measure(struct own *own, struct run *r, struct options *o)
{
    const struct form_gateways *g = &own->form.own.gateways;
    struct target *targets = calloc(g->count, sizeof *targets);

    if (own->partners.invalid_count > 0)
        fail_forms(own, own->partners.invalid[0].text);
    if (!targets)
        work_fail("out of memory");
    for (size_t i = 0; i < g->count; i++)
        targets[i] = (struct target){.kind = TARGET_HOST,
                                     .name = g->at[i].name,
                                     .port = g->at[i].port ? g->at[i].port : 25,
                                     .policy = &o->policy};
    own->measured = targets;
    options_trust(o);
    run_resolve(r, o, targets, g->count);
    run_plan(r, SESSIONS_PER_ADDRESS);
    run_probe(r, &(struct probe_config){0}, &(struct run_beside){0});
    run_judge(r, &(struct facts){0});
    run_report(r, &(struct run_end){
                      .own = own, .render = print_measured, .clear = clear, .is_form = true});
}

/* The run_end's render for --draft. */
static void print_draft(void *target, const struct report_config *c, const struct report_input *in,
                        struct text *out)
{
    (void)target, (void)c;
    report_draft(in, out);
}

/* Asks the gateways of the domains of --draft and writes a form for each domain. Ends the process
 * with OK or UNKNOWN. */
static _Noreturn void draft(struct own *own, struct run *r, struct options *o)
{
    options_trust(o);
    run_resolve(r, o, own->draft.at, own->draft.count);
    run_plan(r, SESSIONS_PER_ADDRESS);
    run_probe(r, &(struct probe_config){0}, &(struct run_beside){0});
    run_judge(r, &(struct facts){0});
    run_report(
        r, &(struct run_end){.own = own, .render = print_draft, .clear = clear, .is_form = true});
}

/* The work thread's whole run. Never returns: each way ends the process. */
static void work(int argc, char **argv)
{
    static struct own own = {.print = PRINT_NOTHING};
    static const struct options_plugin plugin = {
        .name = "check_partner_policy",
        .service = SERVICE,
        .purpose = "checks gateways and mail server against partners' forms",
        .synopsis = "check_partner_policy -f FILE|DIRECTORY [--partner NAME] [OPTION...]",
        .examples = {"check_partner_policy -f partners",
                     "check_partner_policy -f partners --partner tuv -v",
                     "check_partner_policy -f partners --print postfix >tls_policy"},
        .findings = FINDING_OF_PARTNER_POLICY,
        .rows = rows,
        .library = options_trust_library,
        .own = &own,
        .rest = "draft",
        .check = check_own,
    };
    static struct options o;
    static struct run r;
    struct run_end end = {.own = &own, .clear = clear};

    options_parse(&plugin, argc, argv, &o);
    work_set_timeout(o.timeout);
    if (own.draft_given)
        draft(&own, &r, &o);
    read_forms(&own);
    if (own.print == PRINT_FORM && !own.no_own && own.form.own.gateways.count > 0)
        measure(&own, &r, &o);
    if (printers[own.print].print)
        print(&own, &o);
    options_trust(&o);
    ask_for_hello(&own, &o);
    make_partners(&own, &o);
    ask_own_mail_servers(&own, &o);
    ask_for_partners_hellos(&own, &o);
    run_resolve(&r, &o, own.partners.targets, own.partners.target_count);
    run_plan(&r, SESSIONS_PER_ADDRESS);
    run_probe(&r, &(struct probe_config){0}, &(struct run_beside){0});
    run_profiles(&r);
    run_hellos(&r);
    run_judge(&r, &(struct facts){.mta = &own.partners.mta.facts});
    judge_partners(&r.facts, &own.partners, &r.verdict);
    if (own.print == PRINT_CHECK)
        end.render = print_checklist;
    else if (o.output.format == REPORT_HTML)
        end.render = print_page;
    run_report(&r, &end);
}

int main(int argc, char **argv)
{
    work_run(SERVICE, work, argc, argv);
}
