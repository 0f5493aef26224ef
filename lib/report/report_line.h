/* SPDX-License-Identifier: BSD-2-Clause */
/* report_line: parts of a first line that all plugins have. */
#ifndef REPORT_REPORT_LINE_H
#define REPORT_REPORT_LINE_H

#include <stddef.h>

#include "judge/verdict.h"

/* Cuts the text to `max` bytes, 3 at least and less than 512, with dots at the end. */
void report_line_shorten(char *s, size_t max);

/* Cuts UTF-8 to `max` bytes, 3 at least, with dots in the middle: the ends are what differs in
 * names. */
void report_line_cut(char *s, size_t max);

/* As report_line_cut, but cuts between words where the words at the cut are short. */
void report_line_cut_words(char *s, size_t max);

/* Returns what gateways and partners in the state do, which is not OK: "fail", "warn" or "unknown";
 * static. */
const char *report_line_verb(enum state s);

/* Writes how many share the state of the whole, which is not OK: "2 of 3 gateways fail; 1 unknown";
 * "" where none does. `noun`: "gateways" or "partners". */
void report_line_count(enum state s, const struct state_count *c, const char *noun, char *out,
                       size_t cap);

#endif
