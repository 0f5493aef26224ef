/* unit: the unit tests, one TCase for each module, and what they share. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

/* Whether s is UTF-8 as RFC 3629 has it. */
bool unit_is_utf8(const char *s);

/* A new file with that content under TMPDIR; `path` takes its name. The caller unlinks it. */
void unit_file(const void *data, size_t len, char path[64]);

TCase *test_cert_case(void);
TCase *test_dane_case(void);
TCase *test_deadline_case(void);
TCase *test_dns_case(void);
TCase *test_dns_message_case(void);
TCase *test_finding_case(void);
TCase *test_found_case(void);
TCase *test_inifile_case(void);
TCase *test_judge_case(void);
TCase *test_judge_cert_case(void);
TCase *test_judge_session_case(void);
TCase *test_mtasts_case(void);
TCase *test_options_values_case(void);
TCase *test_output_case(void);
TCase *test_perfdata_case(void);
TCase *test_plan_case(void);
TCase *test_pool_case(void);
TCase *test_smtp_reply_case(void);
TCase *test_stage_case(void);
TCase *test_text_case(void);
TCase *test_threshold_case(void);
TCase *test_trust_case(void);

#endif
