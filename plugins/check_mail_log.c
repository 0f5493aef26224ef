/* SPDX-License-Identifier: BSD-2-Clause */
/* check_mail_log: what really happened to the partners' mail, out of our mail server's log. */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>

#include "judge/judge_mail.h"
#include "mta/mail_probe.h"
#include "mta/maillog.h"
#include "mta/maillog_settings.h"
#include "partner/mail_tally.h"
#include "plugins/forms.h"
#include "plugins/options.h"
#include "plugins/work.h"
#include "report/report_mail.h"

#define SERVICE "MAIL_LOG"

enum { REPORT_MAX = 256 * 1024 * 1024, PROBLEMS_MAX = 64, INSTANCES_MAX = 32 };

/* Of --verify. */
enum {
    PROBE_PERIOD = 3600,    /* seconds between two probes of a partner */
    PROBE_WAIT_MS = 15000,  /* for the result; later runs find it, too */
    PROBE_LOOK_MS = 500,    /* between two looks at the log */
    PROBE_RESERVE_MS = 5000 /* of the run's time are left for everything else */
};

/* What this plugin's own options come to, and what it found. */
struct own {
    const char *path, *partner;
    struct option_value_list logs;
    bool journal;
    const char *journal_directory; /* NULL: this machine's journal */
    double since;                  /* seconds */
    time_t now;
    int verbose;
    bool queue, waiting_given, at_given;
    const char *verify; /* an address; NULL: none */
    size_t verified;    /* index of the partner whose address that is */
    struct mail_probe probe;
    bool has_queue; /* all queues have answered */
    struct form form;
    struct partners partners; /* of which only the forms that cannot be read are used */
    struct maillog_settings instances[INSTANCES_MAX];
    size_t instance_count;
    bool first_answers; /* the first that [own] names, by which --verify asks: instances[0] */
    struct mail_tally tally;
    struct maillog_summary log;
    bool has_log;
    struct error problems[PROBLEMS_MAX];
    size_t problem_count;
    struct mail_judge judge;
    struct mail_facts facts;
    struct mail_verdict verdict;
    struct mail_report report;
};

#define FIELD(name) offsetof(struct own, name)

static const struct option_row rows[] = {
#define OPTION OPTION_ROW
#define SHARED(name)
#include "plugins/check_mail_log.def"
#undef SHARED
#undef OPTION
    {0},
};

static const char *const shared[] = {
#define OPTION(...)
#define SHARED(name) name,
#include "plugins/check_mail_log.def"
#undef SHARED
#undef OPTION
    NULL,
};

/* Whether a log or the journal is to be read. */
static bool has_source(const struct own *own)
{
    return own->logs.count > 0 || own->journal;
}

/* The options_plugin's check, after all options were read. False with `e` filled. */
static bool check_own(void *target, struct options *o, struct error *e)
{
    struct own *own = target;

    if (!own->path)
        return error_set(e, ERROR_USAGE, "give the forms by -f; see --help");
    own->journal = own->journal || own->journal_directory;
    if (own->logs.count > 0 && own->journal)
        return error_set(e, ERROR_USAGE,
                         "give either --log or --journal: what is in both would count twice");
    if (!has_source(own) && !own->queue)
        return error_set(
            e, ERROR_USAGE,
            "give the log of our mail server by --log or --journal, or --queue; see --help");
    if (own->verify && (!has_source(own) || own->at_given))
        return error_set(e, ERROR_USAGE, "--verify requires --log or --journal, and not --at");
    if (own->verify && own->since < 2 * PROBE_PERIOD)
        return error_set(e, ERROR_USAGE, "--verify requires --since of 2h or more");
    if (own->waiting_given && !own->queue)
        return error_set(e, ERROR_USAGE, "--waiting and --waiting-count require --queue");
    o->output.verbosity = own->verbose;
    return true;
}

/* Notes a copy of the error for the verdict; those beyond PROBLEMS_MAX are left out. Ends the
 * process if the error is about memory. */
static void add_problem(struct own *own, const struct error *e)
{
    if (e->cause == ERROR_MEMORY)
        work_fail(e->text);
    if (own->problem_count < PROBLEMS_MAX)
        own->problems[own->problem_count++] = *e;
}

/* Reads the forms and begins to count. Ends the process where they cannot be read. */
static void read_forms(struct own *own)
{
    const struct partner *only = NULL;
    struct error e = {0};

    work_enter(WORK_FORMS);
    if (!forms_read(own->path, own->partner, &own->form, &own->partners, &e))
        work_fail(e.text);
    if (own->partner)
        only = form_partner(&own->form, own->partner);
    if (!mail_tally_begin(&own->tally, &own->form, only))
        work_fail("out of memory");
}

/* Asks our Postfix instances for our networks, whose sessions do not count, and for what is logged
 * now. One that does not answer is a problem that is noted. */
static void ask_instances(struct own *own)
{
    const struct form_list *postfix = &own->form.own.postfix;

    work_enter(WORK_MTA);
    for (size_t i = 0; i < postfix->count && own->instance_count < INSTANCES_MAX; i++) {
        struct maillog_settings *s = &own->instances[own->instance_count];
        struct error e;

        if (!maillog_settings_ask(postfix->at[i], work_deadline(), s, &e)) {
            add_problem(own, &e);
            continue;
        }
        own->instance_count++;
        own->first_answers = own->first_answers || i == 0;
        if (!mail_tally_internal(&own->tally, s->networks))
            work_fail("out of memory");
    }
}

/* Begins to look for the latest probe of --verify, if that is given, after our Postfix instances
 * were asked. Ends the process where the forms do not allow it. */
static void prepare_probe(struct own *own)
{
    const struct form_own *side = &own->form.own;
    char delimiter = own->first_answers ? own->instances[0].delimiter : '+';
    const struct mail_partner *m;
    struct error e;

    if (!own->verify)
        return;
    if (side->postfix.count == 0 || !side->verify_sender)
        work_fail("--verify requires postfix and verify-sender in [own] of the forms");
    m = mail_tally_partner(&own->tally, span_of(own->verify));
    if (!m) {
        error_set(&e, ERROR_USAGE, "--verify: \"%.150s\": no partner has this domain", own->verify);
        work_fail(e.text);
    }
    own->verified = (size_t)(m - own->tally.partners);
    if (!mail_probe_begin(&own->probe, side->verify_sender, delimiter, m->partner->id, &e))
        work_fail(e.text);
}

/* Sets logs_tls of each service of a log whose instance has it log TLS now, though no line shows
 * it; other services stay. */
static void complete_services(const struct own *own, struct maillog_summary *log)
{
    for (size_t i = 0; i < log->service_count; i++) {
        struct maillog_service *s = &log->services[i];

        for (size_t k = 0; k < own->instance_count; k++)
            s->logs_tls =
                s->logs_tls || maillog_settings_logs(&own->instances[k], s->name, s->inbound);
    }
}

/* Notes why a log cannot be read, with the cure, a group, where a file may not be read. Ends the
 * process if the time is over. */
static void add_log_problem(struct own *own, struct error *e)
{
    const char *group = own->journal ? "the group systemd-journal" : "its group, such as adm";

    if (e->cause == ERROR_SYSTEM)
        work_fail(e->text);
    if (e->number == EACCES)
        text_append(e->text, sizeof e->text, ": add the monitoring user to %s", group);
    add_problem(own, e);
}

/* For maillog_read, with `struct own` as ctx. */
static void on_delivery(void *ctx, const struct maillog_delivery *d)
{
    struct own *own = ctx;

    mail_tally_add(&own->tally, d);
    if (own->verify)
        mail_probe_result(&own->probe, d);
}

/* For maillog_read when it looks for the result of a probe, which is ctx. */
static void on_probe_result(void *ctx, const struct maillog_delivery *d)
{
    mail_probe_result(ctx, d);
}

/* For maillog_read when it looks for the result of a probe, which is ctx. */
static void on_probe_submission(void *ctx, const struct maillog_submission *s)
{
    mail_probe_submission(ctx, s);
}

/* For maillog_read, with `struct own` as ctx. */
static void on_submission(void *ctx, const struct maillog_submission *s)
{
    struct own *own = ctx;

    if (own->verify)
        mail_probe_submission(&own->probe, s);
}

/* What is read, for maillog_read; since, sinks and ctx are still to be set. */
static struct maillog_config source_of(const struct own *own)
{
    return (struct maillog_config){.paths = own->logs.at,
                                   .path_count = own->logs.count,
                                   .journal = own->journal,
                                   .journal_directory = own->journal_directory,
                                   .now = own->now,
                                   .watch = work_watch()};
}

/* Reads the logs, if there are any. Where one cannot be read, own->has_log is false, and the
 * problem is noted. Ends the process if the time is over. */
static void read_log(struct own *own)
{
    struct maillog_config c = source_of(own);
    struct error e;

    c.since = own->judge.since;
    c.sink = on_delivery;
    if (!own->verify) /* whose result may have another address */
        c.owner_of = mail_tally_owner;
    c.owners = &own->tally;
    c.submission_sink = on_submission;
    c.ctx = own;
    if (!has_source(own))
        return;
    work_enter(WORK_LOG);
    own->has_log = maillog_read(&c, &own->log, &e);
    if (!own->has_log)
        add_log_problem(own, &e);
    complete_services(own, &own->log);
    mail_tally_finish(&own->tally, own->log.services, own->log.service_count);
    mail_probe_finish(&own->probe, own->log.services, own->log.service_count);
}

/* Sets logs_tls of services that send and that the first reading, own->log, has seen log TLS. Those
 * that receive stay. */
static void inherit_services(const struct own *own, struct maillog_summary *log)
{
    for (size_t i = 0; i < log->service_count; i++) {
        struct maillog_service *s = &log->services[i];

        for (size_t k = 0; k < own->log.service_count; k++) {
            if (strcmp(s->name, own->log.services[k].name) == 0 && !s->inbound)
                s->logs_tls = s->logs_tls || own->log.services[k].logs_tls;
        }
    }
}

/* Reads in the log what has been written since the probe began. Returns whether it is worth while
 * to look again: not once the result is there, or a log cannot be read, which is noted. Ends the
 * process if the time is over. */
static bool look_for_result(struct own *own)
{
    struct maillog_config c = source_of(own);
    struct maillog_summary log;
    struct error e;

    c.since = own->probe.begun - 1; /* a log has whole seconds */
    c.sink = on_probe_result;
    c.submission_sink = on_probe_submission;
    c.ctx = &own->probe;
    if (!maillog_read(&c, &log, &e)) {
        add_log_problem(own, &e);
        return false;
    }
    complete_services(own, &log);
    inherit_services(own, &log);
    mail_probe_finish(&own->probe, log.services, log.service_count);
    return !own->probe.done;
}

/* Waits for the result of the probe that has begun, as long as there is time. */
static void wait_for_result(struct own *own)
{
    instant until = deadline_within(work_deadline() - PROBE_RESERVE_MS * 1000, PROBE_WAIT_MS);
    int64_t took = 0;

    do {
        instant begun;

        if (deadline_left_ms(until) <= PROBE_LOOK_MS + took)
            return;
        poll(NULL, 0, PROBE_LOOK_MS + (int)took);
        begun = deadline_now();
        if (!look_for_result(own))
            return;
        took = (deadline_now() - begun) / 1000;
    } while (true);
}

/* With --verify: has the address verified, unless there was a probe in the last hour. Not without
 * the log, which says when that was, nor without the instance's delimiter, by which later runs know
 * the probe. */
static void verify(struct own *own)
{
    struct error e;

    if (!own->verify || !own->has_log || !own->first_answers ||
        own->now - own->probe.begun < PROBE_PERIOD)
        return;
    if (mail_probe_start(&own->probe, own->form.own.postfix.at[0], own->verify, own->now,
                         work_deadline(), &e))
        wait_for_result(own);
    else
        add_problem(own, &e);
}

/* Notes that a queue has not answered; *e as of add_problem. */
static void add_queue_problem(struct own *own, const struct error *e)
{
    own->has_queue = false;
    add_problem(own, e);
}

/* Asks the queue of the Postfix with that configuration directory. If it does not answer, that is
 * noted. */
static void ask_postfix_queue(struct own *own, const char *directory)
{
    struct error e;

    if (!mail_queue_postfix(directory, work_deadline(), mail_tally_waiting, &own->tally, &e))
        add_queue_problem(own, &e);
}

/* Asks Exim's queue; `configuration` as of struct form_own. If it does not answer, that is noted,
 * also if there is no log, because Exim's reasons are in its log alone. */
static void ask_exim_queue(struct own *own, const char *configuration)
{
    struct error e;

    if (!own->has_log) {
        error_set(&e, ERROR_FILE,
                  "Exim's queue does not say why mail waits; give its log by --log or --journal");
        add_queue_problem(own, &e);
        return;
    }
    if (!mail_queue_exim(configuration, work_deadline(), mail_tally_waiting, &own->tally, &e))
        add_queue_problem(own, &e);
}

/* Asks all queues if --queue is given; after the log, which has Exim's reasons. */
static void read_queues(struct own *own)
{
    const struct form_own *side = &own->form.own;
    struct error e;

    if (!own->queue)
        return;
    work_enter(WORK_LOG);
    own->has_queue = true;
    if (side->postfix.count == 0 && !side->exim) {
        error_set(&e, ERROR_FILE, "--queue: [own] of the forms names neither postfix nor exim");
        add_queue_problem(own, &e);
    }
    for (size_t i = 0; i < side->postfix.count; i++)
        ask_postfix_queue(own, side->postfix.at[i]);
    if (side->exim)
        ask_exim_queue(own, side->exim);
}

/* For work_judged, with `struct own` as `arg`: appends the first line without newline, and returns
 * the state. main prints it when rendering takes too long. */
static enum state first_line(void *arg, struct text *out)
{
    const struct own *own = arg;

    report_mail_summary(&own->report, out);
    return own->verdict.state;
}

/* Judges what was found and fills own->report. From then on main can print a first line. */
static void judge(struct own *own, struct options *o)
{
    work_enter(WORK_JUDGE);
    own->judge.on = o->policy.on;
    own->facts = (struct mail_facts){.tally = &own->tally,
                                     .log = own->has_log ? &own->log : NULL,
                                     .queue = own->has_queue,
                                     .probed = own->verified,
                                     .problems = own->problems,
                                     .problem_count = own->problem_count,
                                     .invalid = own->partners.invalid,
                                     .invalid_count = own->partners.invalid_count};
    if (own->probe.begun > 0)
        own->facts.probe = &own->probe;
    judge_mail(&own->judge, &own->facts, &own->verdict);
    o->output.seconds = (double)(deadline_now() - work_start()) / 1e6;
    own->report = (struct mail_report){&o->output, &own->judge, &own->facts, &own->verdict};
    work_judged(first_line, own);
}

/* Frees the verdict, the tally and the forms. */
static void clear(struct own *own)
{
    judge_mail_clear(&own->verdict);
    mail_tally_clear(&own->tally);
    form_clear(&own->form);
    partners_clear_invalid(&own->partners);
}

/* Writes the report to standard output or to the file. Ends the process with the verdict's state,
 * or with UNKNOWN where it cannot be written. */
static _Noreturn void report(struct own *own, const struct options *o)
{
    enum state state = own->verdict.state;
    struct text out, line;

    text_init(&out, REPORT_MAX);
    text_init(&line, REPORT_MAX);
    report_mail(&own->report, &out);
    if (o->output_file)
        report_mail_status(&own->report, &line);
    work_write(state);
    if (work_exits_in_order())
        clear(own);
    if (o->output_file)
        work_end_file(o->output_file, &out, &line, state);
    work_end(&out, state);
}

/* The work thread's whole run. Never returns: report ends the process, or an error does. */
static void work(int argc, char **argv)
{
    static struct own own = {.since = 24 * 3600.0, .judge = {.waiting = 30 * 60.0}};
    static const struct options_plugin plugin = {
        .name = "check_mail_log",
        .service = SERVICE,
        .purpose = "compares our mail server's log with partners' forms",
        .synopsis = "check_mail_log -f FILE|DIRECTORY --log FILE [--queue] [OPTION...]",
        .examples = {"check_mail_log -f partners --log /var/log/mail.log",
                     "check_mail_log -f partners --log /var/log/mail.log --since 30d --queue",
                     "check_mail_log -f partners --partner tuv --log mainlog"},
        .findings = FINDING_OF_MAIL_LOG,
        .rows = rows,
        .shared = shared,
        .own = &own,
        .check = check_own,
    };
    static struct options o;

    own.now = time(NULL);
    options_parse(&plugin, argc, argv, &o);
    work_set_timeout(o.timeout);
    own.judge.now = own.now;
    own.judge.since = own.now - (time_t)own.since;
    read_forms(&own);
    ask_instances(&own);
    prepare_probe(&own);
    read_log(&own);
    verify(&own);
    read_queues(&own);
    judge(&own, &o);
    report(&own, &o);
}

int main(int argc, char **argv)
{
    work_run(SERVICE, work, argc, argv);
}
