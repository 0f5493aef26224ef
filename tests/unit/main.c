/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

int main(void)
{
    Suite *suite = suite_create("mailtls-plugins");
    SRunner *runner;
    int failed, ran;

#define ADD(module) suite_add_tcase(suite, unit_##module());
    UNIT_MODULES(ADD)
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    ran = srunner_ntests_run(runner);
    srunner_free(runner);
    printf("%d passed, %d failed\n", ran - failed, failed);
    return failed || ran == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
