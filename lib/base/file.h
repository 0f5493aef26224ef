/* SPDX-License-Identifier: BSD-2-Clause */
/* file: whole regular files, read so that no path can hold us up.
 *
 * Hides that nothing but a regular file is read: a FIFO would wait for a writer, a device or a
 * socket might never end. Only a regular file on a file system that does not answer can still keep
 * a reader waiting; file_current tells whoever ends the process which file that is. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/error.h"

/* The largest files of certificates that are read: a bundle of them, or a chain, a key, one of a
 * hashed directory. Far more than any of them has. */
enum { FILE_BUNDLE_MAX = 16 * 1024 * 1024, FILE_CERT_MAX = 1024 * 1024 };

/* Reads a whole regular file of at most `max` bytes (below 1 GiB). The caller frees the result,
 * after whose *len bytes there is a NUL. NULL with `e` filled: ERROR_FILE with the text
 * "\"PATH\": REASON", or ERROR_MEMORY. */
char *file_read(const char *path, size_t max, size_t *len, struct error *e);

/* Writes the path of the file that is being read to `out` of `cap` bytes, cleaned; "" where there
 * is none. For any thread. */
void file_current(char *out, size_t cap);

#endif
