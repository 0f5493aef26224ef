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

/* Appends that a program runs on which could not be ended, if one does. */
void mta_program_left(struct mta_server *s, const char *name, const struct process_result *r);

#endif
