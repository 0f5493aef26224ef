/* unit: the unit tests, one TCase for each module, and what they share. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#include "../utf8.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

/* A new file with that content under TMPDIR; `path` takes its name. The caller unlinks it. */
void unit_file(const void *data, size_t len, char path[64]);

/* What pool watches with sigtimedwait. Only in a test's body, for it is inherited. */
void unit_block_signals(void);

struct unit_test {
    const TTest *test;
    int times;
};

TCase *unit_case(const char *module, const struct unit_test *tests, int count);

/* The tests of a module: {test, how often it runs, _i counting from 0}. */
#define UNIT_CASE(module, ...)                                                                     \
    TCase *unit_##module(void)                                                                     \
    {                                                                                              \
        const struct unit_test tests[] = {__VA_ARGS__};                                            \
                                                                                                   \
        return unit_case(#module, tests, COUNT(tests));                                            \
    }

#define UNIT_MODULES(DO)                                                                           \
    DO(deadline) DO(text) DO(stage) DO(threshold) DO(perfdata) DO(dane) DO(cert) DO(trust)         \
    DO(trust_config) DO(revocation) DO(smtp_reply) DO(dns_message) DO(dns_scan) DO(dns)            \
    DO(inifile) DO(form) DO(form_limits) DO(form_print) DO(finding) DO(observation) DO(plan)       \
    DO(judge) DO(judge_session) DO(judge_cert) DO(judge_differ) DO(report) DO(output_perfdata)     \
    DO(output) DO(value_names) DO(value) DO(mtasts) DO(pool) DO(seats) DO(found) DO(postfix_map)   \
    DO(postfix_main) DO(postfix_policy) DO(own_main) DO(own_policy) DO(policy_print)               \
    DO(exim_config) DO(own_exim) DO(postmap) DO(resolve) DO(fleet) DO(judge_partner)               \
    DO(report_partners) DO(postfix_master) DO(own_smtpd)

#define UNIT_DECLARE(module) TCase *unit_##module(void);
UNIT_MODULES(UNIT_DECLARE)

#endif
