/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/options_print.h"

#include <string.h>

#include "plugins/work.h"
#include "report/finding_text.h"

/* Appends an option with its names and its argument, and its help below. */
static void add_row(struct text *out, const struct option_row *s)
{
    const char *sign = s->argument ? "=" : "";
    const char *argument = s->argument ? s->argument : "";

    if (s->letter)
        text_addf(out, "  -%c, --%s%s%s\n", s->letter, s->name, sign, argument);
    else
        text_addf(out, "      --%s%s%s\n", s->name, sign, argument);
    text_add_wrapped(out, "        ", s->help, strlen(s->help));
}

/* Whether a table, which ends with a zeroed row, has an option of the group. */
static bool has_group(const struct option_row *rows, enum option_group group)
{
    for (; rows->name; rows++) {
        if (rows->group == group)
            return true;
    }
    return false;
}

/* Appends the group's options of a table. */
static void add_rows(struct text *out, const struct option_row *rows, enum option_group group)
{
    for (; rows->name; rows++) {
        if (rows->group == group)
            add_row(out, rows);
    }
}

/* Appends an empty line, and the text in lines of at most 79 columns. */
static void add_paragraph(struct text *out, const char *s)
{
    text_add(out, "\n");
    text_add_wrapped(out, "", s, strlen(s));
}

/* Prints --help and ends the process with UNKNOWN, because nothing was checked. */
static _Noreturn void print_help(const struct options_plugin *p, const struct option_row *shared)
{
    struct text out;

    text_init(&out, 65536);
    text_addf(&out, "%s: %s\n\nExamples:\n", p->name, p->purpose);
    for (size_t i = 0; i < OPTIONS_EXAMPLES; i++)
        text_addf(&out, "  %s\n", p->examples[i]);
    text_addf(&out, "\nUsage: %s\n", p->synopsis);
    for (enum option_group group = 0; group < OPTION_GROUPS; group++) {
        if (!has_group(p->rows, group) && !has_group(shared, group))
            continue;
        text_addf(&out, "\n%s:\n", option_row_group(group));
        add_rows(&out, p->rows, group);
        add_rows(&out, shared, group);
    }
    add_paragraph(&out, "Defaults are in brackets. A RANGE is written as the monitoring plugins "
                        "write it: 10 alerts above 10, 10: below 10, @10:20 inside. A DURATION is "
                        "in seconds, or has a unit: s, m, h or d.");
    add_paragraph(&out, "Exit status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.");
    text_addf(&out, "\nThe manual: man %s\n", p->name);
    work_end(&out, STATE_UNKNOWN);
}

void options_print_usage(const struct options_plugin *p)
{
    struct text out;

    text_init(&out, 4096);
    text_addf(&out, "%s: %s\n\nUsage: %s\n\nSee %s --help, and the man page %s(8).\n", p->name,
              p->purpose, p->synopsis, p->name, p->name);
    work_end(&out, STATE_UNKNOWN);
}

/* Prints --version and ends the process with UNKNOWN. */
static _Noreturn void print_version(const struct options_plugin *p)
{
    struct text out;

    text_init(&out, 256);
    text_addf(&out, "%s %s (mailtls-plugins", p->name, VERSION);
    if (p->library)
        text_addf(&out, ", %s", p->library());
    text_add(&out, ")\n");
    work_end(&out, STATE_UNKNOWN);
}

/* Prints --list-findings and ends the process with UNKNOWN. */
static _Noreturn void print_findings(const struct options_plugin *p)
{
    struct text out;

    text_init(&out, 65536);
    for (int c = 0; c < FINDING_COUNT; c++) {
        const struct finding_info *i = finding_code_info((enum finding_code)c);

        if (!finding_code_is_of((enum finding_code)c, p->findings))
            continue;
        text_addf(&out, "%-26s %-8s  %s", i->code, state_name(i->state), i->when);
        if (i->state_note)
            text_addf(&out, " (%s)", i->state_note);
        text_add(&out, "\n");
    }
    work_end(&out, STATE_UNKNOWN);
}

/* Prints the error that the plugin has no finding of that code, and ends the process. */
static _Noreturn void refuse_code(const struct options_plugin *p, const char *code)
{
    const char *closest = finding_code_closest(code, p->findings);
    struct error e;

    error_set(&e, ERROR_USAGE, "--explain: \"%.100s\" is not a code of --list-findings", code);
    if (closest)
        text_append(e.text, sizeof e.text, "; the closest one is %s", closest);
    work_fail(e.text);
}

/* The name of a plugin that can meet the finding. */
static const char *plugin_of(enum finding_code c)
{
    if (finding_code_is_of(c, FINDING_OF_SMTP_TLS))
        return "check_smtp_tls";
    if (finding_code_is_of(c, FINDING_OF_MX_CERT))
        return "check_mx_cert";
    return finding_code_is_of(c, FINDING_OF_PARTNER_POLICY) ? "check_partner_policy"
                                                            : "check_mail_log";
}

/* Prints the meaning of a finding and ends the process with UNKNOWN. If the plugin has no finding
 * of that code, this error is printed instead. */
static _Noreturn void print_explanation(const struct options_plugin *p, const char *code)
{
    struct text out;
    struct error e;
    enum finding_code c;

    if (!finding_code_from_name(code, &c))
        refuse_code(p, code);
    if (!finding_code_is_of(c, p->findings)) {
        error_set(&e, ERROR_USAGE,
                  "--explain: \"%s\" is a finding of another plugin; type %s --explain %s", code,
                  plugin_of(c), code);
        work_fail(e.text);
    }
    text_init(&out, 8192);
    finding_text_explain(&out, c);
    work_end(&out, STATE_UNKNOWN);
}

void options_print(const struct options_plugin *p, const struct option_row *shared,
                   const char *name, const char *value)
{
    if (strcmp(name, "help") == 0)
        print_help(p, shared);
    if (strcmp(name, "version") == 0)
        print_version(p);
    if (strcmp(name, "explain") == 0)
        print_explanation(p, value);
    print_findings(p);
}
