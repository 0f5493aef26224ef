/* SPDX-License-Identifier: BSD-2-Clause */
/* One scenario with servers of its own, in a process of its own: its threads go on until that ends.
 */
#ifndef LAB_SCENARIO_H
#define LAB_SCENARIO_H

#include "run.h"

#define SCENARIO_SECONDS 60.0 /* that a scenario may take, times settings->slow */

/* Exit statuses. A fault in the file itself ends the process with 2, see script.h. LATE: what
 * differs may come from a machine that was busy with others. */
enum { SCENARIO_PASSED = 0, SCENARIO_FAILED = 1, SCENARIO_LATE = 3 };

/* Each takes the file, and an empty directory for the servers' files; each returns an exit status.
 * scenario_serve plays no commands, and ends with standard input or by a signal. */
int scenario_play(const char *file, const char *dir, const struct settings *settings);
int scenario_show(const char *file, const char *dir, const struct settings *settings);
int scenario_serve(const char *file, const char *dir, const struct settings *settings);

#endif
