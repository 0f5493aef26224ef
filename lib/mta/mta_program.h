/* SPDX-License-Identifier: BSD-2-Clause */
/* mta_program: runs a program of our mail server, and says as a fact why that did not work. */
#ifndef MTA_MTA_PROGRAM_H
#define MTA_MTA_PROGRAM_H

#include <stdbool.h>

#include "base/process.h"
#include "mta/mta_facts.h"

/* Appends to `l` why a program gave no answer: it is missing, was ended, or failed with a status
 * other than 0. Returns whether there was such a reason. `r` is a result of process_run for a
 * program called `name`. */
bool mta_program_failed(struct mta_server *s, struct mta_fact_list *l, const char *name,
                        const struct process_result *r);

/* Whether a program called `name` ended with status 0. False with `e` filled: why it gave no
 * answer, in its own words where it wrote some. */
bool mta_program_answered(const struct process_result *r, const char *name, struct error *e);

/* Appends that a program runs on which could not be ended, if one does. */
void mta_program_left(struct mta_server *s, const char *name, const struct process_result *r);

/* The last line of what a program wrote that has "fatal: ", "error: " or "panic: ", from there to
 * the line's end; with none of these its last line. The length is 0 where it wrote nothing. */
const char *mta_program_complaint(const char *text, size_t *len);

#endif
