/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_program.h"

#include <string.h>

#include "base/process_answer.h"
#include "mta/mta_program.h"

enum { ARGUMENTS_MAX = 600, PROGRAM_MS = 5000 };

/* Runs the program p->name once, for q->ms at most; however that ends, *out says it. After it hung
 * it is not run: *out is PROCESS_STOPPED. False with `e` filled, and nothing to free: memory, or no
 * process. */
static bool run(struct exim_program *p, const struct exim_question *q, struct process_result *out,
                struct error *e)
{
    const char *argv[ARGUMENTS_MAX];
    size_t count = 0;
    struct process_task task = {.argv = argv,
                                .input = q->input,
                                .input_len = q->input ? strlen(q->input) : 0,
                                .output_max = q->output_max,
                                .drop_errors = true,
                                .deadline = deadline_within(p->ask->deadline, q->ms)};

    *out = (struct process_result){.end = PROCESS_STOPPED};
    if (p->over)
        return true;
    argv[count++] = p->name;
    if (p->config) {
        argv[count++] = "-C";
        argv[count++] = p->config;
    }
    for (size_t i = 0; q->arguments[i] && count < ARGUMENTS_MAX - 1; i++)
        argv[count++] = q->arguments[i];
    argv[count] = NULL;
    if (!process_run(&task, out, e))
        return false;
    return true;
}

/* Joins lines in place: Exim's messages go on in lines that begin with blanks. */
static void join_lines(struct text *t)
{
    for (size_t i = 0; i + 1 < t->len; i++) {
        if (t->s[i] == '\n' && t->s[i + 1] == ' ')
            t->s[i] = ' ';
    }
}

/* Whether the program gave no answer, by how it ended and its status. Notes why as a fact of the
 * server, but nothing more after a time-out, and sets p->over there. */
static bool has_failed(struct exim_program *p, struct process_result *out)
{
    bool over = p->over;

    join_lines(&out->err);
    p->over = over || out->end == PROCESS_TIMEOUT || out->end == PROCESS_STOPPED;
    return over || mta_program_failed(p->server, &p->server->facts, p->name, out);
}

/* Where the program gave no answer, notes that as has_failed does, and empties out->out. Else
 * nothing changes. */
static void note_failure(struct exim_program *p, struct process_result *out)
{
    if (!has_failed(p, out))
        return;
    text_free(&out->out);
    text_init(&out->out, 0);
}

bool exim_program_find(struct exim_program *p, const char *const *arguments,
                       struct process_result *out, struct error *e)
{
    static const char *const names[] = {"exim", "exim4"};
    const struct exim_question q = {arguments, NULL, PROGRAM_MS, PROCESS_ERRORS_MAX};

    *out = (struct process_result){0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        process_result_free(out);
        p->name = names[i];
        if (!run(p, &q, out, e))
            return false;
        if (out->end != PROCESS_MISSING)
            break;
    }
    if (out->end == PROCESS_MISSING)
        p->name = names[0];
    p->found = out->end == PROCESS_EXITED && out->status == 0;
    note_failure(p, out);
    return true;
}

bool exim_program_ask(struct exim_program *p, const struct exim_question *question,
                      struct process_result *out, struct error *e)
{
    if (!run(p, question, out, e))
        return false;
    note_failure(p, out);
    return true;
}

bool exim_program_ask_any(struct exim_program *p, const struct exim_question *question,
                          struct process_result *out, struct error *e)
{
    if (!run(p, question, out, e))
        return false;
    if (out->end == PROCESS_EXITED && out->out.len > 0)
        mta_program_left(p->server, p->name, out);
    else
        has_failed(p, out);
    return true;
}

bool exim_program_try(struct exim_program *p, const struct exim_question *question,
                      struct process_result *out, struct span *complaint, struct error *e)
{
    *complaint = span_of("");
    if (!run(p, question, out, e))
        return false;
    if (out->end == PROCESS_EXITED && out->status != 0) {
        mta_program_left(p->server, p->name, out);
        complaint->at = process_answer_complaint(text_str(&out->err), &complaint->len);
    } else {
        note_failure(p, out);
    }
    return true;
}
