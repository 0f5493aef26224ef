#include <stdlib.h>

#include "unit.h"

int main(void)
{
    Suite *suite = suite_create("mailtls-plugins");
    SRunner *runner;
    int failed;

#define ADD(module) suite_add_tcase(suite, unit_##module());
    UNIT_MODULES(ADD)
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
