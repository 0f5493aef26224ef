/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "plugins/extra_opts.h"
#include "plugins/hints.h"
#include "plugins/options_print.h"
#include "plugins/progress.h"
#include "plugins/terminal.h"
#include "plugins/work.h"

enum { ROWS_MAX = 80, FIRST_LONG = 256 };

/* Of --color, in the order of its words. */
enum { COLOUR_AUTO, COLOUR_ALWAYS };

#define FIELD(name) offsetof(struct options, name)

static const struct option_row all_shared[] = {
#define OPTION OPTION_ROW
#include "plugins/options.def"
#undef OPTION
    {0},
};

/* --- the table of a plugin --- */

struct table {
    const struct option_row *rows[ROWS_MAX];
    void *bases[ROWS_MAX]; /* what a row's field is in */
    size_t count;
    struct option longs[2 * ROWS_MAX + 1];
    size_t long_count;
    char letters[2 * ROWS_MAX + 2];
    struct option_row shared[ROWS_MAX]; /* those that the plugin has; ends with a zeroed one */
};

/* Whether a plugin has the shared option of that name. */
static bool has_shared(const struct options_plugin *p, const char *name)
{
    if (!p->shared)
        return true;
    for (size_t i = 0; p->shared[i]; i++) {
        if (strcmp(p->shared[i], name) == 0)
            return true;
    }
    return false;
}

/* Copies the shared rows that the plugin has to t->shared, which is zeroed. */
static void choose_shared(struct table *t, const struct options_plugin *p)
{
    size_t count = 0;

    for (const struct option_row *row = all_shared; row->name; row++) {
        if (has_shared(p, row->name))
            t->shared[count++] = *row;
    }
}

/* Adds a long name of the row that add_rows adds next. */
static void add_long(struct table *t, const char *name, const struct option_row *row)
{
    int argument = row->argument ? required_argument : no_argument;

    if (row->type == OPTION_EXTRA)
        argument = optional_argument;
    t->longs[t->long_count++] = (struct option){name, argument, NULL, FIRST_LONG + (int)t->count};
}

/* Adds rows, up to one without name, whose fields are in `base`. Nothing is copied. */
static void add_rows(struct table *t, const struct option_row *rows, void *base)
{
    size_t letters = strlen(t->letters);

    for (; rows->name; rows++) {
        t->rows[t->count] = rows;
        t->bases[t->count] = base;
        add_long(t, rows->name, rows);
        if (rows->also)
            add_long(t, rows->also, rows);
        if (rows->letter)
            t->letters[letters++] = rows->letter;
        if (rows->letter && rows->argument)
            t->letters[letters++] = ':';
        t->count++;
    }
}

/* The row of what getopt_long returned, and its index in t->rows; NULL: none, and the index is of
 * no use. */
static const struct option_row *find_row(const struct table *t, int c, size_t *index)
{
    for (*index = 0; *index < t->count; ++*index) {
        if (c == FIRST_LONG + (int)*index || (c < FIRST_LONG && t->rows[*index]->letter == c))
            return t->rows[*index];
    }
    return NULL;
}

/* Has the next call of getopt_long begin with the first argument, without messages of its own.
 * getopt(3) keeps its place in an argv in variables of its own. */
static void begin_getopt(void)
{
    opterr = 0;
    optind = 0;
}

/* --- parsing --- */

/* Whether getopt_long returned `c` for the argument "-?", which is no option. */
static bool is_question_mark(int c)
{
    return c == '?' && optopt == '?';
}

/* Options that only print something are done first, wherever they are and whatever is wrong with
 * the rest. Then the process ends; the function returns where there is no such option. */
static void print_first(const struct options_plugin *p, const struct table *t, int argc,
                        char **argv)
{
    int c;

    begin_getopt();
    while ((c = getopt_long(argc, argv, t->letters, t->longs, NULL)) != -1) {
        size_t index;
        const struct option_row *row = find_row(t, c, &index);

        if (is_question_mark(c))
            options_print_usage(p);
        if (row && row->type == OPTION_PRINTS)
            options_print(p, t->shared, row->name, optarg);
    }
}

/* What has to be known of arguments before any is taken. */
struct foreseen {
    bool json, output, ipv4, ipv6, match;
};

static struct foreseen foresee(const struct table *t, int argc, char **argv)
{
    struct foreseen f = {0};
    int c;

    begin_getopt();
    while ((c = getopt_long(argc, argv, t->letters, t->longs, NULL)) != -1) {
        size_t index;
        const struct option_row *row = find_row(t, c, &index);
        const char *name = row ? row->name : "";

        if (strcmp(name, "format") == 0)
            f.json = strcmp(optarg, "json") == 0;
        f.output = f.output || strcmp(name, "output") == 0;
        f.ipv4 = f.ipv4 || strcmp(name, "ipv4") == 0;
        f.ipv6 = f.ipv6 || strcmp(name, "ipv6") == 0;
        f.match = f.match || strcmp(name, "match") == 0;
    }
    return f;
}

/* An error is printed in the format that is asked for, wherever that is. With --output, standard
 * output has a line in every format. */
static void choose_error_format(const struct foreseen *f)
{
    if (f->json && !f->output)
        work_set_json();
}

/* Prints the error of an argument for which getopt_long returned `c`, right after it did, and ends
 * the process. */
static _Noreturn void refuse_argument(const struct table *t, char **argv, int c)
{
    struct error e;
    const char *word = argv[optind - 1];

    if (c == ':')
        error_set(&e, ERROR_USAGE, "%.100s: value missing", word);
    else if (optopt > 0 && optopt < FIRST_LONG)
        error_set(&e, ERROR_USAGE, "unknown option \"-%c\"; see --help", optopt);
    else if (optopt >= FIRST_LONG)
        error_set(&e, ERROR_USAGE, "%.100s: takes no value", word);
    else
        hints_unknown(t->longs, word, &e);
    work_fail(e.text);
}

/* Puts a value into the row's field of `base`; NULL: the option has none. Ends the process with
 * the error where the value is refused. */
static void take(const struct options_plugin *p, const struct option_row *row, void *base,
                 const char *value)
{
    struct error e = {0}, full;

    if (option_row_take(row, base, value, &e))
        return;
    if (value)
        hints_value(p->rows, row, value, &e);
    if (value && e.cause == ERROR_USAGE)
        error_set(&full, ERROR_USAGE, "--%s: \"%.100s\" %.140s", row->name, value, e.text);
    else
        error_set(&full, e.cause, "--%s: %.200s", row->name, e.text);
    work_fail(full.text);
}

/* The option p->rest, which takes further arguments, once it was given; NULL: none, or it was not
 * given. */
static const struct option_row *rest_row(const struct options_plugin *p)
{
    for (const struct option_row *row = p->rows; p->rest && row->name; row++) {
        if (strcmp(row->name, p->rest) == 0 && *(const bool *)((const char *)p->own + row->given))
            return row;
    }
    return NULL;
}

/* Takes all options and further arguments. Ends the process with the first error. */
static void take_all(const struct options_plugin *p, const struct table *t, int argc, char **argv)
{
    const struct option_row *row;
    struct error e;
    int c;

    begin_getopt();
    while ((c = getopt_long(argc, argv, t->letters, t->longs, NULL)) != -1) {
        size_t index;

        row = find_row(t, c, &index);
        if (!row)
            refuse_argument(t, argv, c);
        take(p, row, t->bases[index], optarg);
    }
    while (optind < argc && (row = rest_row(p)))
        take(p, row, p->own, argv[optind++]);
    if (optind < argc) {
        hints_argument(p->rows, argv[optind], &e);
        work_fail(e.text);
    }
}

/* Sets *o to the defaults of all options. */
static void defaults(const struct options_plugin *p, struct options *o)
{
    *o = (struct options){.timeout = 45, .stage_timeout = 20, .family = AF_UNSPEC, .parallel = 256};
    tls_policy_default(&o->policy);
    o->judge.now = time(NULL);
    o->output.service = p->service;
    o->output.perfdata_max = 64;
}

/* Writes the error that a warning range never warns, because the critical range contains it.
 * `stage`: the name of the stage whose ranges they are, or "". Always false. */
static bool refuse_hidden(const char *stage, const struct threshold_range *warn,
                          const struct threshold_range *crit, struct error *e)
{
    const char *prefix = *stage ? "stage-" : "";
    const char *equals = *stage ? "=" : "";

    return error_set(e, ERROR_USAGE,
                     "--%scritical: \"%s%s%s\" alerts wherever --%swarning \"%s%s%s\" does, and "
                     "CRITICAL wins; give --%scritical the wider range",
                     prefix, stage, equals, crit->text, prefix, stage, equals, warn->text, prefix);
}

/* Whether each warning range can warn: no critical range hides it. False with `e` filled. */
static bool check_ranges(const struct judge_config *c, struct error *e)
{
    if (threshold_hides(&c->crit, &c->warn))
        return refuse_hidden("", &c->warn, &c->crit, e);
    for (int s = 0; s < STAGE_COUNT; s++) {
        if (threshold_hides(&c->stage_crit[s], &c->stage_warn[s]))
            return refuse_hidden(stage_info((enum stage)s)->name, &c->stage_warn[s],
                                 &c->stage_crit[s], e);
    }
    return true;
}

/* Completes how the report looks where a person reads it, from --format and --color. An explicit
 * --format stays. */
static void complete_terminal(struct options *o)
{
    bool watched = terminal_is_output(), terminal = watched && !o->output_file;

    o->output.unasked = terminal && !o->format_given;
    if (o->output.unasked)
        o->output.format = REPORT_TABLE;
    if (watched && (o->output_file || o->output.format == REPORT_TABLE))
        progress_enable();
    if (o->output.format != REPORT_TABLE)
        return;
    o->output.width = terminal_columns(terminal);
    o->output.colour = o->colour == COLOUR_ALWAYS ||
                       (o->colour == COLOUR_AUTO && terminal && terminal_takes_colour());
}

/* Whether the level may have --match. A section of extra options may have names for checks at other
 * levels. False with `e` filled. */
static bool check_match(const struct options *o, const struct foreseen *f, struct error *e)
{
    enum tls_level level = o->policy.level;

    if (!f->match || level == LEVEL_MAY || tls_policy_verifies(level))
        return true;
    return error_set(e, ERROR_USAGE,
                     "--match requires --tls-level verify or secure; %s does not use it",
                     tls_policy_level_name(level));
}

/* Checks the rules that need the values of several options, and fills what follows from them.
 * False with `e` filled. */
static bool complete(struct options *o, const struct foreseen *f, struct error *e)
{
    bool fingerprint = o->policy.level == LEVEL_FINGERPRINT;

    if (fingerprint != (o->fingerprints.count > 0))
        return error_set(e, ERROR_USAGE,
                         fingerprint ? "--tls-level fingerprint requires --fingerprint"
                                     : "--fingerprint requires --tls-level fingerprint");
    if (!check_match(o, f, e))
        return false;
    if (o->trust.client_key && !o->trust.client_cert)
        return error_set(e, ERROR_USAGE, "--client-key requires --client-cert");
    if (!check_ranges(&o->judge, e))
        return false;
    o->match_given = o->match.count > 0;
    if (o->match.count == 0 && o->policy.level == LEVEL_SECURE) {
        o->match.at[o->match.count++] = "nexthop";
        o->match.at[o->match.count++] = "dot-nexthop";
    } else if (o->match.count == 0) {
        o->match.at[o->match.count++] = "hostname";
    }
    o->policy.match = o->match.at;
    o->policy.match_count = o->match.count;
    o->policy.fingerprints = o->fingerprints.at;
    o->policy.fingerprint_count = o->fingerprints.count;
    o->policy.tlsa = tls_policy_is_dane(o->policy.level);
    o->output.timeout = o->timeout;
    o->output.plain_thresholds = o->thresholds == 1;
    complete_terminal(o);
    return true;
}

void options_parse(const struct options_plugin *p, int argc, char **argv, struct options *o)
{
    struct table t = {.letters = ":"};
    struct foreseen f, all;
    struct error e = {0};

    defaults(p, o);
    choose_shared(&t, p);
    add_rows(&t, t.shared, o);
    add_rows(&t, p->rows, p->own);
    print_first(p, &t, argc, argv);
    f = foresee(&t, argc, argv);
    choose_error_format(&f);
    if (f.ipv4 && f.ipv6)
        work_fail("-4 and -6 cannot be combined; without them, both families are used");
    o->argv = extra_opts_expand(p->name, &argc, argv, &e);
    if (!o->argv)
        work_fail(e.text);
    all = foresee(&t, argc, o->argv);
    choose_error_format(&all);
    take_all(p, &t, argc, o->argv);
    if (!complete(o, &f, &e) || (p->check && !p->check(p->own, o, &e)))
        work_fail(e.text);
}
