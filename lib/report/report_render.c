/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_render.h"

#include "report/report_certs.h"
#include "report/report_details.h"
#include "report/report_findings.h"
#include "report/report_html.h"
#include "report/report_json.h"
#include "report/report_matrix.h"
#include "report/report_openmetrics.h"
#include "report/report_partners.h"
#include "report/report_perfdata.h"
#include "report/report_summary.h"

/* Appends the table that the plugin is about: of stages, or of certificates. */
static void add_table(const struct report_config *c, const struct report_input *in,
                      struct text *out)
{
    if (in->judge->certificates)
        report_certs(c, in, c->verbosity >= 1, out);
    else
        report_matrix(c, in, out);
}

void report_render_status(const struct report_config *c, const struct report_input *in,
                          struct text *out)
{
    report_summary(c, in, out);
    if (c->perfdata != PERFDATA_NONE && !in->verdict->failed) {
        text_add(out, " | ");
        report_perfdata(c, in, out);
    }
    text_add(out, "\n");
}

/* Appends status line, findings and, from verbosity 1 on, more. The status line alone where the
 * verdict failed. */
static void render_nagios(const struct report_config *c, const struct report_input *in,
                          struct text *out)
{
    report_render_status(c, in, out);
    if (in->verdict->failed)
        return;
    report_findings(c, in, c->verbosity >= 1, out);
    if (c->verbosity >= 1)
        add_table(c, in, out);
    if (c->verbosity >= 2)
        report_details(c, in, out);
}

/* Appends the partners' table and that of the gateways, findings, details from verbosity 2 on, the
 * summary, and with c->unasked report_unasked, the last newline included. The verdict must not have
 * failed. */
static void render_table(const struct report_config *c, const struct report_input *in,
                         struct text *out)
{
    report_partners(c, in, out);
    add_table(c, in, out);
    report_findings(c, in, c->verbosity >= 1, out);
    if (c->verbosity >= 2)
        report_details(c, in, out);
    report_summary(c, in, out);
    text_add(out, "\n");
    report_unasked(c, out);
}

void report_render(const struct report_config *c, const struct report_input *in, struct text *out)
{
    if (in->verdict->failed || c->format == REPORT_NAGIOS)
        render_nagios(c, in, out);
    else if (c->format == REPORT_JSON)
        report_json(c, in, out);
    else if (c->format == REPORT_OPENMETRICS)
        report_openmetrics(c, in, out);
    else if (c->format == REPORT_HTML)
        report_html(c, in, NULL, out);
    else
        render_table(c, in, out);
}
