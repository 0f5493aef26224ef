/* SPDX-License-Identifier: BSD-2-Clause */
/* unit: the unit tests, one TCase for each module, and what they share. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include "../utf8.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

/* A new file with that content under TMPDIR; `path` takes its name. The caller unlinks it. */
void unit_file(const void *data, size_t len, char path[64]);

/* A directory with one shell script, the only place where programs are looked for until
 * unit_program_drop removes it. */
struct unit_program {
    char dir[40], path[80];
};

/* Makes the script; a pipe that nobody reads is an error from now on, not a signal. */
void unit_program_make(struct unit_program *p, const char *name, const char *body);
void unit_program_drop(const struct unit_program *p);

/* From now on no file can be opened. Returns the limit, for unit_allow_files. */
rlim_t unit_forbid_files(void);
void unit_allow_files(rlim_t limit);

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

/* clang-format off */
#define UNIT_MODULES(DO) \
    DO(deadline) \
    DO(text) \
    DO(span) \
    DO(network) \
    DO(strings) \
    DO(maillog) \
    DO(maillog_exim) \
    DO(maillog_key) \
    DO(maillog_line) \
    DO(maillog_messages) \
    DO(maillog_journal) \
    DO(maillog_settings) \
    DO(maillog_track) \
    DO(maillog_files) \
    DO(mail_tally) \
    DO(mail_queue) \
    DO(mail_probe) \
    DO(stage) \
    DO(threshold) \
    DO(perfdata) \
    DO(openmetrics) \
    DO(html_writer) \
    DO(html_page) \
    DO(crl) \
    DO(dane) \
    DO(tls_code) \
    DO(client_hello) \
    DO(hello_template) \
    DO(server_hello) \
    DO(der) \
    DO(cert) \
    DO(cert_malformed) \
    DO(trust) \
    DO(trust_dane) \
    DO(trust_store) \
    DO(trust_config) \
    DO(revocation) \
    DO(conn) \
    DO(conn_write) \
    DO(smtp) \
    DO(smtp_reply) \
    DO(tls_reason) \
    DO(dns_name) \
    DO(dns_message) \
    DO(dns_scan) \
    DO(dns) \
    DO(dns_query) \
    DO(dns_servers) \
    DO(ini) \
    DO(form) \
    DO(form_limits) \
    DO(form_errors) \
    DO(form_shape) \
    DO(report_form) \
    DO(finding_code) \
    DO(finding_list) \
    DO(state) \
    DO(finding_text) \
    DO(observation) \
    DO(hello_facts) \
    DO(profile_ask) \
    DO(own_hello) \
    DO(own_hello_asked) \
    DO(plan) \
    DO(judge) \
    DO(judge_reach) \
    DO(judge_limit) \
    DO(judge_session) \
    DO(judge_cert) \
    DO(judge_own) \
    DO(judge_own_level) \
    DO(judge_own_text) \
    DO(judge_senders) \
    DO(judge_unfinished) \
    DO(judge_profile) \
    DO(judge_hello) \
    DO(judge_revocation) \
    DO(judge_differ) \
    DO(report) \
    DO(report_perfdata) \
    DO(report_render) \
    DO(report_line) \
    DO(text_table) \
    DO(hostname) \
    DO(option_value) \
    DO(option_refusal) \
    DO(mtasts) \
    DO(tls_profile) \
    DO(tls_policy) \
    DO(array) \
    DO(closest) \
    DO(hash) \
    DO(file_read) \
    DO(pool) \
    DO(limiter) \
    DO(process) \
    DO(process_answer) \
    DO(address) \
    DO(mta_facts) \
    DO(mta_files) \
    DO(postfix_entry) \
    DO(postfix_protocols) \
    DO(postfix) \
    DO(postfix_lookup) \
    DO(postfix_tls) \
    DO(exim_output) \
    DO(exim_expand) \
    DO(exim_ciphers) \
    DO(exim_match) \
    DO(exim) \
    DO(exim_route) \
    DO(exim_process) \
    DO(print_postfix) \
    DO(print_exim) \
    DO(print_opensmtpd) \
    DO(print_common) \
    DO(resolve) \
    DO(http) \
    DO(crl_store) \
    DO(partners) \
    DO(judge_partners) \
    DO(report_partners)
/* clang-format on */

#define UNIT_DECLARE(module) TCase *unit_##module(void);
UNIT_MODULES(UNIT_DECLARE)

#endif
