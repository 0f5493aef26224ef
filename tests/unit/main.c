#include <stdlib.h>

#include "unit.h"

int main(void)
{
    TCase *(*const cases[])(void) = {
        test_deadline_case,
        test_text_case,
        test_stage_case,
        test_threshold_case,
        test_perfdata_case,
        test_dane_case,
        test_cert_case,
        test_trust_case,
        test_smtp_reply_case,
        test_dns_message_case,
        test_dns_case,
        test_inifile_case,
        test_finding_case,
        test_plan_case,
        test_judge_case,
        test_judge_session_case,
        test_judge_cert_case,
        test_output_case,
        test_options_values_case,
        test_mtasts_case, test_pool_case,
        test_found_case,
    };
    Suite *suite = suite_create("mailtls-plugins");
    SRunner *runner;
    int failed;

    for (int i = 0; i < COUNT(cases); i++)
        suite_add_tcase(suite, cases[i]());
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
