/* SPDX-License-Identifier: BSD-2-Clause */
/* process_answer: whether a program that was run gave an answer, and if not, why. Pure. */
#ifndef BASE_PROCESS_ANSWER_H
#define BASE_PROCESS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/process.h"

/* Whether a program called `name` ended with status 0. False with `e` filled: why it gave no
 * answer, in its own words, which are raw, where it wrote some. */
bool process_answer_came(const struct process_result *r, const char *name, struct error *e);

/* The last line of what a program wrote that has "fatal: ", "error: " or "panic: ", from there to
 * the line's end; with none of these its last line. The length is 0 where it wrote nothing. */
const char *process_answer_complaint(const char *text, size_t *len);

#endif
