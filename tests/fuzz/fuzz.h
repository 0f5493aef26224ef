/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz: what the fuzz targets share: an assertion that names itself, and properties of text written
 * independently of lib/text.c. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../utf8.h"
#include "base/error.h"

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Fit for plugin output: valid UTF-8 without control bytes, '|' and single quotes. */
bool fuzz_is_clean(const char *s);

/* A usage error that has a cause and a text. */
bool fuzz_is_error(const struct error *e);

/* The input as a NUL-terminated string on the heap, so that reading past its end is caught. */
char *fuzz_string(const uint8_t *data, size_t size);

/* The same without a NUL behind it. */
char *fuzz_bytes(const uint8_t *data, size_t size);

/* How many lines it has, the last one without an end included. */
int fuzz_lines(const uint8_t *data, size_t size);

#endif
