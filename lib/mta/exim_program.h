/* SPDX-License-Identifier: BSD-2-Clause */
/* exim_program: runs Exim, whichever name it has, and notes as facts of the server what went wrong.
 *
 * An Exim that hangs is not asked again. */
#ifndef MTA_EXIM_PROGRAM_H
#define MTA_EXIM_PROGRAM_H

#include "base/process.h"
#include "base/span.h"
#include "mta/mta_facts.h"

struct exim_program {
    const char *config; /* for -C, or NULL */
    const struct mta_ask *ask;
    struct mta_server *server;
    const char *name; /* "exim" or "exim4" */
    bool found;       /* and it answered */
    bool over;        /* it did not end in time: nothing more is asked */
};

struct exim_question {
    const char *const *arguments; /* without the program's name and -C; ends with NULL */
    const char *input;            /* or NULL */
    int ms;                       /* that it may take, within the deadline of all */
    size_t output_max;
};

/* Runs the first question, under each name that Exim has. Sets `found`. *out is filled in any case,
 * and process_result_free is due. False with `e` filled: memory, or no process. */
bool exim_program_find(struct exim_program *p, const char *const *arguments,
                       struct process_result *out, struct error *e);

/* Runs Exim. Where it fails, the server gets a fact and *out has no output. *out is filled in any
 * case, and process_result_free is due. False with `e` filled: memory, or no process. */
bool exim_program_ask(struct exim_program *p, const struct exim_question *question,
                      struct process_result *out, struct error *e);

/* The same for exim -bt and -bh: what it has answered counts, whatever its exit status is, and
 * where it hangs what it answered before. */
bool exim_program_ask_any(struct exim_program *p, const struct exim_question *question,
                          struct process_result *out, struct error *e);

/* The same for exim -be, which gives up what rights it has: where it ends with a status other than
 * 0 that is no fact about the server, and *complaint is what it wrote, in *out. Else it is empty.
 */
bool exim_program_try(struct exim_program *p, const struct exim_question *question,
                      struct process_result *out, struct span *complaint, struct error *e);

#endif
