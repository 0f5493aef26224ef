#include "output.h"

#include "output_certs.h"
#include "output_checklist.h"
#include "output_details.h"
#include "output_json.h"
#include "output_matrix.h"
#include "output_perfdata.h"

/* What the service is about: stages, or certificates. */
static void add_table(const struct report_config *c, const struct report_input *in,
                      struct text *out)
{
    if (in->judge->certificates)
        output_certs(c, in, c->verbosity >= 1, out);
    else
        output_matrix(c, in, out);
}

static void render_nagios(const struct report_config *c, const struct report_input *in,
                          struct text *out)
{
    report_first_line(c, in, out);
    if (c->perfdata != PERFDATA_NONE && !in->verdict->failed) {
        text_add(out, " | ");
        output_perfdata(c, in, out);
    }
    text_add(out, "\n");
    if (in->verdict->failed)
        return;
    report_findings(in, c->verbosity >= 1, out);
    if (c->verbosity >= 1)
        add_table(c, in, out);
    if (c->verbosity >= 2)
        output_details(c, in, out);
}

static void render_table(const struct report_config *c, const struct report_input *in,
                         struct text *out)
{
    add_table(c, in, out);
    report_findings(in, c->verbosity >= 1, out);
    if (c->verbosity >= 2)
        output_details(c, in, out);
    report_first_line(c, in, out);
    text_add(out, "\n");
}

void output_render(const struct report_config *c, const struct report_input *in, struct text *out)
{
    if (in->verdict->failed || c->format == REPORT_NAGIOS)
        render_nagios(c, in, out);
    else if (c->format == REPORT_JSON)
        output_json(c, in, out);
    else if (c->format == REPORT_CHECKLIST)
        output_checklist(c, in, out);
    else
        render_table(c, in, out);
}
