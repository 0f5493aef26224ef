/* SPDX-License-Identifier: BSD-2-Clause */
/* exim_expand: makes of a configured value a text that exim -be can expand in the transport's place
 * (Exim specification, chapter 11).
 *
 * exim -be knows no recipient and no host. Their variables are replaced here; a value that depends
 * on anything else that is known only when mail is sent, or that has effects, is refused. Pure. */
#ifndef MTA_EXIM_EXPAND_H
#define MTA_EXIM_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "base/text.h"

/* For which mail a value is expanded. NULL: not known. Names come from DNS: whatever is not plain
 * counts as not known. */
struct exim_subject {
    const char *domain; /* of the recipient */
    const char *host;
    const char *address;
};

/* Whether a name or an address has letters, digits, dots, colons, hyphens and underscores alone, so
 * that it stands for itself in whatever Exim expands. */
bool exim_expand_is_plain(const char *name);

/* Whether Exim would expand the value at all. */
bool exim_expand_needed(struct span value);

/* Adds to *out the value with the subject's names in it. False: exim -be would give another answer
 * than the transport; *why is the part of the value that is the reason. */
bool exim_expand_prepare(struct span value, const struct exim_subject *subject, struct text *out,
                         struct span *why);

#endif
