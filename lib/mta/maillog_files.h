/* SPDX-License-Identifier: BSD-2-Clause */
/* maillog_files: the files of one log, the rotated ones included, oldest first.
 *
 * Hides how files are rotated: mail.log.1, mail.log.2.gz, mail.log-20261130.xz. All are open when
 * reading begins, so that a rotation under way neither loses a line nor gives one twice. */
#ifndef MTA_MAILLOG_FILES_H
#define MTA_MAILLOG_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/error.h"
#include "mta/maillog_stream.h"

enum { MAILLOG_FILES_MAX = 256 };

struct maillog_file {
    struct maillog_stream *stream;
    struct maillog_stream_file id;
    unsigned long number; /* of mail.log.NUMBER: the higher, the older; 0: none */
    char *path;
};

/* Begins zeroed. */
struct maillog_files {
    struct maillog_file *at;
    size_t count;
};

/* Opens a log and its rotated files that were written after `since`, and adds them. A file that is
 * there already is not added twice. False with `e` filled: ERROR_FILE or ERROR_MEMORY;
 * maillog_files_close is due in any case. */
bool maillog_files_add(struct maillog_files *f, const char *path, time_t since, struct error *e);

void maillog_files_close(struct maillog_files *f);

#endif
