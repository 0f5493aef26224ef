/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/finding_text.h"

#include <string.h>

static const struct {
    const char *meaning, *cure;
} table[FINDING_COUNT] = {
#define FINDING(name, code, state, mail, group, plugins, note, when, meaning, cure) {meaning, cure},
#include "policy/finding.def"
#undef FINDING
};

const char *finding_text_meaning(enum finding_code c)
{
    return table[c].meaning;
}

const char *finding_text_cure(enum finding_code c)
{
    return table[c].cure;
}

/* Appends the steps, which '\n' separates, each wrapped and with a newline at its end; they begin
 * with "- " where there are several. */
static void add_cure(struct text *out, const char *cure)
{
    const char *mark = strchr(cure, '\n') ? "  - " : "  ";

    while (*cure) {
        size_t len = strcspn(cure, "\n");

        text_add_wrapped(out, mark, cure, len);
        cure += len;
        if (*cure == '\n')
            cure++;
    }
}

/* Returns at which TLS levels a finding of the group is OK whatever its state (see tls_policy), as
 * "; OK at ..."; "" for GROUP_ALWAYS. Static. */
static const char *milder_levels(enum finding_group g)
{
    switch (g) {
    case GROUP_TLS:
        return "; OK at the TLS level may";
    case GROUP_CERT:
        return "; OK at the TLS levels may, encrypt and fingerprint";
    case GROUP_ALWAYS:
        break;
    }
    return "";
}

/* Appends the lines that begin with the code and with "State: ", wrapped. */
static void add_head(struct text *out, const struct finding_info *info)
{
    char head[64], state[256];

    text_format(head, sizeof head, "%s: ", info->code);
    text_add_wrapped(out, head, info->when, strlen(info->when));
    text_format(state, sizeof state, "%s", state_name(info->state));
    if (info->state_note)
        text_append(state, sizeof state, " (%s)", info->state_note);
    text_append(state, sizeof state, "%s", milder_levels(info->group));
    text_add_wrapped(out, "State: ", state, strlen(state));
}

void finding_text_explain(struct text *out, enum finding_code c)
{
    add_head(out, finding_code_info(c));
    text_add(out, "\nWhat it means:\n");
    text_add_wrapped(out, "  ", table[c].meaning, strlen(table[c].meaning));
    text_add(out, "\nWhat to do:\n");
    add_cure(out, table[c].cure);
}
