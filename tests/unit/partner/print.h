/* SPDX-License-Identifier: BSD-2-Clause */
/* print: forms as configuration, for the tests of partner/print_*. */
#ifndef PRINT_H
#define PRINT_H

#include "partner/print_common.h"

#define PRINT_DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

typedef bool print_fn(const struct print_common_policy *a, struct text *out, struct error *e);

extern const char print_forms[]; /* five partners of different levels */

/* Reads a form, which has to be valid. */
void print_read(const char *text, struct form *form);

/* What the form is printed as, which has to succeed. The caller frees it. */
void print_text(print_fn *p, const char *form, struct text *out);

/* The error where it has to fail. */
void print_error(print_fn *p, const char *form, struct error *e);

/* What is after the comments at the head. */
const char *print_body(const struct text *t);

/* One outbound partner [x] with these fields: `want` is in what is printed; NULL: the server cannot
 * enforce the level. */
struct print_case {
    const char *fields, *want;
};

void print_check(print_fn *p, const struct print_case *c);

#endif
