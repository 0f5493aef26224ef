/* SPDX-License-Identifier: BSD-2-Clause */
/* exim_known: what Exim has told so far, and what it still has to be asked.
 *
 * Whoever reads the configuration asks here. A value that is not known yet is noted, and asked in
 * one process for all: so the number of processes does not grow with the partners. Whoever asked
 * tries again when the answers are there. */
#ifndef MTA_EXIM_KNOWN_H
#define MTA_EXIM_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "mta/exim_expand.h"
#include "mta/exim_output.h"

enum exim_answer {
    EXIM_ANSWERED,
    EXIM_PENDING, /* it will be asked; the caller tries again later */
    EXIM_UNSOUND, /* it cannot be asked, for it depends on the mail; the value says on what */
    EXIM_FAILED   /* Exim could not answer; the value is what it wrote */
};

enum exim_need_kind { EXIM_NEED_LISTS, EXIM_NEED_TEXT };

struct exim_need {
    enum exim_need_kind kind;
    char *key;              /* "+name" of a list; the text for exim -be */
    enum exim_answer state; /* never EXIM_UNSOUND */
    struct span value;
};

/* Begins zeroed. */
struct exim_known {
    struct exim_settings settings;
    struct exim_need *needs;
    size_t need_count;
    struct hash need_index;
    bool failed; /* memory ran out */
};

void exim_known_clear(struct exim_known *k);

/* A named list as it is configured. EXIM_FAILED: there is none of that kind and name, or Exim could
 * not be asked. *value is valid until exim_known_clear. */
enum exim_answer exim_known_list(struct exim_known *k, enum exim_kind kind, struct span name,
                                 struct span *value);

/* Expands a configured value for a subject. */
enum exim_answer exim_known_expand(struct exim_known *k, struct span value,
                                   const struct exim_subject *subject, struct span *expanded);

/* The output of exim -be for a text that is ready for it. */
enum exim_answer exim_known_text(struct exim_known *k, const char *text, struct span *expanded);

/* How many needs of a kind nobody has asked about yet. */
size_t exim_known_pending(const struct exim_known *k, enum exim_need_kind kind);

/* The pending texts as input of exim -be, each in a line that tells where its answer begins and
 * ends. */
void exim_known_input(const struct exim_known *k, struct text *out);

/* Takes the output of exim -be for that input. It must outlive *k. */
void exim_known_answers(struct exim_known *k, struct span output);

/* Whatever of a kind is pending was asked in vain: `why` says why. It must outlive *k. */
void exim_known_give_up(struct exim_known *k, enum exim_need_kind kind, struct span why);

#endif
