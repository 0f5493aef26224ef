/* SPDX-License-Identifier: BSD-2-Clause */
/* utf8: what is UTF-8, by the table of RFC 3629 4 written out, so that it owes nothing to the code
 * under test. */
#ifndef TESTS_UTF8_H
#define TESTS_UTF8_H

#include <stdbool.h>

bool is_utf8(const char *s);

#endif
