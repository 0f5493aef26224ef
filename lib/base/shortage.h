/* SPDX-License-Identifier: BSD-2-Clause */
/* shortage: what this machine has too little of: memory inside a library that does not say so, and
 * open files.
 *
 * OpenSSL calls a lack of memory "decode error", "unsupported" or a certificate that is not
 * trusted. After the first lack, a failure is never reported as the fault of a gateway. */
#ifndef BASE_SHORTAGE_H
#define BASE_SHORTAGE_H

#include <stdbool.h>
#include <stddef.h>

/* An allocation has failed. In any thread. */
void shortage_note(void);

/* Whether one has failed by now, anywhere in the process. */
bool shortage_noted(void);

/* The words for an errno: written to `buf` (`size` bytes), or, for a limit of open files, a static
 * text with what to do about it. */
const char *shortage_words(int error, char *buf, size_t size);

#endif
