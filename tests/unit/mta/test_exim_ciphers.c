/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_ciphers.h"

#include <openssl/tls1.h>
#include <string.h>

#include "unit/unit.h"

/* The versions that Exim 4.96 with GnuTLS 3.7.9 negotiated with servers of each version. */
static const struct {
    const char *priority;
    bool taken;
    int version;
} strings[] = {
    {"NORMAL", true, TLS1_VERSION},
    {"normal", true, TLS1_VERSION},
    {"PERFORMANCE", true, TLS1_VERSION},
    {"PFS", true, TLS1_VERSION},
    {"LEGACY", true, TLS1_VERSION},
    {"SECURE128", true, TLS1_VERSION},
    {"SECURE192", true, TLS1_2_VERSION},
    {"SECURE256", true, TLS1_2_VERSION},
    {"NORMAL:%COMPAT", true, TLS1_VERSION},
    {"NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3", true, TLS1_2_VERSION},
    {"NORMAL:-VERS-TLS-ALL:+VERS-TLS1.3", true, TLS1_3_VERSION},
    {"NORMAL:-VERS-TLS1.0", true, TLS1_1_VERSION},
    {"NORMAL:!VERS-TLS1.0:-VERS-TLS1.1", true, TLS1_2_VERSION},
    {" NORMAL : -VERS-TLS1.0 ", true, TLS1_1_VERSION},
    {"NORMAL:+VERS-SSL3.0", true, 0},
    {"NONE:+VERS-ALL", true, TLS1_VERSION},
    {"@SYSTEM", true, 0},
    {"TLSv1.2:!aNULL", false, 0},
    {"HIGH", false, 0},
    {"", false, 0},
    {"NORMAL:-VERS-ALL", false, 0},
    {"NONE", false, 0},
};

START_TEST(reads)
{
    struct span wrong;
    int version = -1;

    ck_assert_msg(exim_ciphers_gnutls(span_of(strings[_i].priority), &version, &wrong) ==
                      strings[_i].taken,
                  "%s", strings[_i].priority);
    ck_assert_msg(version == strings[_i].version, "%s: %x", strings[_i].priority,
                  (unsigned)version);
}
END_TEST

UNIT_CASE(exim_ciphers, {reads, COUNT(strings)})
