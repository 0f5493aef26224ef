/* SPDX-License-Identifier: BSD-2-Clause */
/* maillog: reads mail logs, and passes on what became of each message.
 *
 * Hides files, the journal of systemd, formats, blocks and threads: blocks are read one after the
 * other, divided into lines by several threads, and their events are taken in order. Memory does
 * not depend on the log's size.
 */
#ifndef MTA_MAILLOG_H
#define MTA_MAILLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"
#include "base/pool.h"
#include "mta/maillog_track.h"

/* Whose a message to or from an address is; the address is hostile text. NULL: nobody's. Such
 * messages are not passed on, but tracked: their lines say what other lines mean. */
typedef void *maillog_owner_of(void *ctx, struct span address);

struct maillog_config {
    const char *const *paths; /* the logs; rotated files are found beside them */
    size_t path_count;
    bool journal;                  /* the journal of systemd, after the logs */
    const char *journal_directory; /* of its files; NULL: this machine's own */
    time_t since, now;
    struct pool_watch *watch;
    maillog_sink *sink;         /* is called for each message, never concurrently */
    maillog_owner_of *owner_of; /* several threads call it; NULL: all messages are passed on */
    void *owners;               /* the ctx of owner_of */
    maillog_submission_sink *submission_sink; /* for each that was submitted; NULL: for none */
    void *ctx;                                /* of both */
};

/* What the log is like. */
struct maillog_summary {
    struct maillog_service services[MAILLOG_SERVICES];
    size_t service_count;
    uint64_t lines;
    uint64_t
        unknown; /* lines without time and tag of a known format, and lines that are too long */
};

/* Reads all logs. False with `e` filled: ERROR_FILE, ERROR_MEMORY, or ERROR_SYSTEM where the time
 * was over: then threads may still run, and nothing may be freed. */
bool maillog_read(const struct maillog_config *c, struct maillog_summary *out, struct error *e);

#endif
