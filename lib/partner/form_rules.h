/* SPDX-License-Identifier: BSD-2-Clause */
/* form_rules: a section of a form as a whole: which fields it must have, and which go together. A
 * part of form. */
#ifndef PARTNER_FORM_RULES_H
#define PARTNER_FORM_RULES_H

#include "partner/form.h"

/* A section that was read: what its fields came to, and where each is. */
struct form_section {
    const char *path, *name;       /* of the form; name: clean and short, for messages */
    struct partner *partner;       /* whose section it is; NULL in [own] and before any section */
    struct form_own *own;          /* NULL unless it is [own] */
    int lines[FORM_FIELDS_MAX];    /* where each field is first, 0: nowhere */
    bool refused[FORM_FIELDS_MAX]; /* whether an entry of the field is wrong */
    bool damaged;                  /* a line is malformed: nobody knows which field it has */
    struct form_faults *faults;
};

/* Adds an error for each rule that the section breaks; a rule about a field that may be on a line
 * that was refused is left out. False with `e` filled: memory. */
bool form_rules_hold(const struct form_section *s, struct error *e);

/* Adds the error "name:line: text". False with `e` filled: memory. */
bool form_rules_fault(const struct form_section *s, int line, const char *text, struct error *e);

#endif
