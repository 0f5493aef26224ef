/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/mta_program.h"

#include <stdio.h>
#include <string.h>

const char *mta_program_complaint(const char *text, size_t *len)
{
    static const char *const words[] = {"fatal: ", "error: ", "panic: "};
    const char *found = "", *last = "";

    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t n = strcspn(line, "\n");

        if (n > 0)
            last = line;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            const char *at = memmem(line, n, words[i], strlen(words[i]));

            if (at)
                found = at;
        }
    }
    if (!*found)
        found = last;
    *len = strcspn(found, "\n");
    return found;
}

/* Appends that a program ended with a status or by a signal, and its complaint, cut at 511 bytes:
 * r->end is PROCESS_EXITED or PROCESS_SIGNALED. */
static void add_failure(struct mta_server *s, struct mta_fact_list *l, const char *name,
                        const struct process_result *r)
{
    char status[32], text[512];
    size_t len;
    const char *said = mta_program_complaint(text_str(&r->err), &len);

    snprintf(status, sizeof status, "%s %d", r->end == PROCESS_EXITED ? "status" : "signal",
             r->status);
    snprintf(text, sizeof text, "%.*s", (int)(len < sizeof text ? len : sizeof text - 1), said);
    mta_facts_add_fact(s, l, MTA_PROGRAM_FAILED, mta_facts_source(s, r->path, 0, name, status),
                       text);
}

bool mta_program_failed(struct mta_server *s, struct mta_fact_list *l, const char *name,
                        const struct process_result *r)
{
    static const enum mta_fact_code codes[] = {
        [PROCESS_MISSING] = MTA_PROGRAM_MISSING, [PROCESS_DENIED] = MTA_PROGRAM_DENIED,
        [PROCESS_TIMEOUT] = MTA_PROGRAM_TIMEOUT, [PROCESS_TOO_LONG] = MTA_PROGRAM_TOO_LONG,
        [PROCESS_STOPPED] = MTA_TIME_OVER,
    };

    mta_program_left(s, name, r);
    if (r->end == PROCESS_EXITED && r->status == 0)
        return false;
    if (r->end == PROCESS_EXITED || r->end == PROCESS_SIGNALED)
        add_failure(s, l, name, r);
    else
        mta_facts_add_fact(s, l, codes[r->end], mta_facts_source(s, r->path, 0, name, NULL), NULL);
    return true;
}

void mta_program_left(struct mta_server *s, const char *name, const struct process_result *r)
{
    char pid[32];

    if (r->left == 0)
        return;
    snprintf(pid, sizeof pid, "%ld", (long)r->left);
    mta_facts_add_fact(s, &s->facts, MTA_PROGRAM_LEFT, mta_facts_source(s, r->path, 0, name, pid),
                       NULL);
}

bool mta_program_answered(const struct process_result *r, const char *name, struct error *e)
{
    const char *said;
    size_t len;

    switch (r->end) {
    case PROCESS_MISSING:
        return error_set(e, ERROR_FILE, "%.60s is not installed", name);
    case PROCESS_DENIED:
        return error_set(e, ERROR_FILE, "%.60s may not be executed", name);
    case PROCESS_TIMEOUT:
    case PROCESS_STOPPED:
        return error_set(e, ERROR_FILE, "%.60s did not answer in time", name);
    case PROCESS_TOO_LONG:
        return error_set(e, ERROR_FILE, "%.60s printed too much", name);
    default:
        break;
    }
    if (r->end == PROCESS_EXITED && r->status == 0)
        return true;
    said = mta_program_complaint(text_str(&r->err), &len);
    if (len == 0)
        return error_set(e, ERROR_FILE, "%.60s ended with %s %d, and printed no reason", name,
                         r->end == PROCESS_EXITED ? "status" : "signal", r->status);
    return error_set(e, ERROR_FILE, "%.60s: %.*s", name, (int)(len < 100 ? len : 100), said);
}
