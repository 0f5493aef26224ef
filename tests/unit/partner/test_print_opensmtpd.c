/* SPDX-License-Identifier: BSD-2-Clause */
/* That the program takes it was tried with OpenSMTPD 6.8. */
#include "partner/print_opensmtpd.h"

#include <string.h>

#include "unit/partner/print.h"
#include "unit/unit.h"

#define OPENSMTPD_SENDERS                                                                          \
    "# OpenSMTPD cannot refuse these senders without TLS, only all, by "                           \
    "\"listen on ... tls-require\"\n"

START_TEST(opensmtpd)
{
    struct text t;

    print_text(print_opensmtpd, print_forms, &t);
    ck_assert_str_eq(
        print_body(&t),
        "# tuv: TUV Rheinland Group\n" OPENSMTPD_SENDERS
        "table \"partner_tuv_domains\" { \"tuv.com\", \"*.tuv.com\", \"de.tuv.com\", "
        "\"asia.tuv.com\" }\n"
        "action \"partner_tuv\" relay tls\n"
        "match from local for domain <\"partner_tuv_domains\"> action \"partner_tuv\"\n"
        "match auth from any for domain <\"partner_tuv_domains\"> action \"partner_tuv\"\n"
        "\n# hella\n" OPENSMTPD_SENDERS "table \"partner_hella_domains\" { \"hella.com\" }\n"
        "ca \"partner_hella\" cert \"/ca/root.pem\"\n"
        "action \"partner_hella\" relay tls ca \"partner_hella\"\n"
        "match from local for domain <\"partner_hella_domains\"> action \"partner_hella\"\n"
        "match auth from any for domain <\"partner_hella_domains\"> action \"partner_hella\"\n"
        "\n# finger.print\n" OPENSMTPD_SENDERS
        "# OpenSMTPD cannot enforce tls-level fingerprint with this form's match and ca-file\n"
        "\n# dane\n"
        "# OpenSMTPD cannot enforce tls-level dane-only with this form's match and ca-file\n"
        "\n# any\n" OPENSMTPD_SENDERS);
    text_free(&t);
}
END_TEST

static const struct print_case cases[] = {
    {"tls-level = encrypt\n", "relay tls no-verify\n"},
    {"tls-level = encrypt\nca-file = a\"b\\\n", " }\naction \"partner_x\" relay tls no-verify\n"},
    {"company = A\\B \\\n", "# x: A/B /\ntable"},
    {"tls-level = secure\n", NULL},
    {"tls-level = verify\nca-file = a\"b\n", NULL},
};

START_TEST(fields)
{
    print_check(print_opensmtpd, &cases[_i]);
}
END_TEST

UNIT_CASE(print_opensmtpd, {opensmtpd, 1}, {fields, COUNT(cases)})
