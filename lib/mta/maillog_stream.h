/* SPDX-License-Identifier: BSD-2-Clause */
/* maillog_stream: the bytes of one file of a log, which may be compressed (gzip, xz, zstd).
 *
 * Hides the formats, which are recognised by their first bytes, whatever the name is. Only regular
 * files are opened, and reading ends where the file ended when it was opened. */
#ifndef MTA_MAILLOG_STREAM_H
#define MTA_MAILLOG_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "base/error.h"

struct maillog_stream;

/* What identifies a file, and when it was last written. */
struct maillog_stream_file {
    dev_t device;
    ino_t inode;
    time_t written;
};

/* NULL with `e` filled: ERROR_FILE, the text "\"PATH\": REASON"; or ERROR_MEMORY. *missing says
 * whether there is no such file. */
struct maillog_stream *maillog_stream_open(const char *path, struct maillog_stream_file *file,
                                           bool *missing, struct error *e);

/* Whether two files, of which nothing was read yet, begin with the same bytes, as far as both go,
 * up to some thousand: one of them is a copy, perhaps one that is being made. */
bool maillog_stream_same(const struct maillog_stream *a, const struct maillog_stream *b);

/* When the file was last written, by now. */
time_t maillog_stream_written(const struct maillog_stream *s);

/* Reads up to `cap` bytes; 0 at the end. False with `e` filled. */
bool maillog_stream_read(struct maillog_stream *s, char *buf, size_t cap, size_t *got,
                         struct error *e);

void maillog_stream_close(struct maillog_stream *s);

#endif
