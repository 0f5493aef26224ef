/* SPDX-License-Identifier: BSD-2-Clause */
/* maillog_journal: what mail servers have written to a journal of systemd.
 *
 * Hides libsystemd, and which files a journal has. Only entries whose SYSLOG_IDENTIFIER is one that
 * the caller asks for are read. */
#ifndef MTA_MAILLOG_JOURNAL_H
#define MTA_MAILLOG_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"
#include "base/pool.h"
#include "mta/maillog_line.h"

enum {
    MAILLOG_JOURNAL_TAGS = 256,       /* identifiers in one journal that may be wanted */
    MAILLOG_JOURNAL_TAG = 64,         /* bytes of an identifier; longer ones are not wanted */
    MAILLOG_JOURNAL_TEXT = 64 * 1024, /* bytes of a message; the rest is cut off */
};

struct maillog_journal {
    const char *directory; /* of *.journal files; NULL: the system journal of this machine */
    time_t from;           /* earlier entries are passed over */
    const struct pool_watch *watch;     /* its end ends the reading, which does not return then */
    bool (*is_wanted)(struct span tag); /* whether entries with that identifier are read */
    /* Called for each entry, in the order of their times, one after the other. The spans of the
     * line are hostile text, and are there during the call only; the line's time is empty. */
    void (*sink)(void *ctx, const struct maillog_line *line, time_t at);
    void *ctx; /* of the sink */
};

struct maillog_journal_counts {
    uint64_t entries; /* of wanted identifiers */
    uint64_t unknown; /* those of them without a readable message; they do not reach the sink */
};

/* Reads a journal and fills *counts, in the caller's thread. False with `e` filled: ERROR_MEMORY;
 * or ERROR_FILE: the journal or a file of it cannot be read, is not there, or has nothing that is
 * wanted. */
bool maillog_journal_read(const struct maillog_journal *j, struct maillog_journal_counts *counts,
                          struct error *e);

#endif
