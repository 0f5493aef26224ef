/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/mta_program.h"

#include <stdio.h>

#include "base/process_answer.h"

/* Appends that a program ended with a status or by a signal, and its complaint, cut at 511 bytes:
 * r->end is PROCESS_EXITED or PROCESS_SIGNALED. */
static void add_failure(struct mta_server *s, struct mta_fact_list *l, const char *name,
                        const struct process_result *r)
{
    char status[32], text[512];
    size_t len;
    const char *said = process_answer_complaint(text_str(&r->err), &len);

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
