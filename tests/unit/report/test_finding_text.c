/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/finding_text.h"

#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

static char *explained(enum finding_code c)
{
    struct text out;

    text_init(&out, 8192);
    finding_text_explain(&out, c);
    ck_assert(!out.failed && !out.cut);
    return out.s;
}

START_TEST(whole)
{
    char *s = explained(F_TLS_VERSION);

    ck_assert_str_eq(s,
                     "tls-version: the gateway offers only TLS versions below --min-tls\n"
                     "State: CRITICAL; OK at the TLS level may\n"
                     "\n"
                     "What it means:\n"
                     "  The gateway offers only TLS versions below `--min-tls`.\n"
                     "\n"
                     "What to do:\n"
                     "  - The operator of the gateway enables TLS 1.2 or 1.3.\n"
                     "  - If the partner needs time, use `--min-tls 1.0` until an agreed day.\n");
    free(s);
}
END_TEST

/* A single step has no mark; a note on the state and the milder levels are in one line. */
START_TEST(one_step)
{
    char *s = explained(F_CERTIFICATES_DIFFER);

    ck_assert_ptr_nonnull(strstr(s, "\nWhat to do:\n  One node"));
    ck_assert_ptr_nonnull(strstr(s,
                                 "\nState: WARNING (ok where verdict, issuer, names and -D agree); "
                                 "OK at the TLS\n       levels may, encrypt and fingerprint\n"));
    free(s);
}
END_TEST

/* Every text is there, and no line is longer than a terminal is wide. */
START_TEST(every)
{
    enum finding_code c = (enum finding_code)_i;
    char *s = explained(c), *lines = NULL;

    ck_assert_uint_gt(strlen(finding_text_meaning(c)), 20);
    ck_assert_ptr_null(strchr(finding_text_meaning(c), '\n'));
    ck_assert_uint_gt(strlen(finding_text_cure(c)), 20);
    for (char *line = strtok_r(s, "\n", &lines); line; line = strtok_r(NULL, "\n", &lines))
        ck_assert_msg(strlen(line) < 80, "%s", line);
    free(s);
}
END_TEST

UNIT_CASE(finding_text, {whole, 1}, {one_step, 1}, {every, FINDING_COUNT})
