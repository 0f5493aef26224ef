/* SPDX-License-Identifier: BSD-2-Clause */
/* work: one thread works, main waits.
 *
 * Hides both. All work is done in the work thread and in those of its pools: reading files, looking
 * up names, probing, judging, writing. main only waits for a signal, the end of the work or the
 * deadline, so that nothing that the work waits for can keep the process from ending in time.
 *
 * The work goes through phases. SIGTERM, SIGINT and the deadline do in each:
 * - WORK_OPTIONS, WORK_FORMS, WORK_MTA, WORK_LOG: main prints a line that names the phase and the
 * file that is being read, and ends the process with UNKNOWN: there is nothing to judge yet.
 * - WORK_RESOLVE, WORK_PROBE, WORK_FETCH: pools are not waited for any longer; the work thread
 * judges what is known and prints that.
 * - WORK_JUDGE: the same, as far as it gets. If the work thread has not begun to print when the
 * time is over, main prints one line instead.
 * - WORK_WRITE: main waits for the end of the writing until the time is over. The exit status is
 *   that of the report, read or not.
 * A compare-and-swap of the phase decides which of the two threads prints; the other one never
 * touches standard output. After a signal the time is over work_reserve later, and after a second
 * signal immediately. */
#ifndef PLUGINS_WORK_H
#define PLUGINS_WORK_H

#include <stdbool.h>

#include "base/deadline.h"
#include "base/error.h"
#include "base/pool.h"
#include "base/text.h"
#include "policy/finding_code.h"

enum work_phase {
    WORK_OPTIONS,
    WORK_FORMS,
    WORK_MTA,
    WORK_LOG,
    WORK_RESOLVE,
    WORK_PROBE,
    WORK_FETCH,
    WORK_JUDGE,
    WORK_WRITE
};

/* The whole of a plugin's main: opens the descriptors 0 to 2, blocks signals, runs `work` in the
 * work thread and waits. `service` is what the first line begins with. `work` ends by work_end or
 * work_fail. */
_Noreturn void work_run(const char *service, void (*work)(int argc, char **argv), int argc,
                        char **argv);

/* --- for the work thread --- */

/* Begins the next phase. Does not return where main has taken over. */
void work_enter(enum work_phase phase);

/* Sets the run's time in seconds, from its start. */
void work_set_timeout(double seconds);

/* Sets how many sessions or targets there are to be judged, whichever are more: the reserve depends
 * on them. */
void work_set_items(size_t count);

instant work_start(void); /* of the process */

/* When sessions and look-ups have to end: the run's deadline less the reserve, which judging and
 * writing need. */
instant work_deadline(void);

/* For the pools of the run. */
struct pool_watch *work_watch(void);

/* Until when targets may be judged. */
const struct deadline_limit *work_limit(void);

/* Has what main prints in WORK_JUDGE when the time is over: `line` adds the first line, without
 * newline, and returns the state. It is called in main, beside the work thread. */
void work_judged(enum state (*line)(void *arg, struct text *out), void *arg);

/* Begins WORK_WRITE: from now on the process ends with that state, whatever is still to be written.
 */
void work_write(enum state state);

/* Writes `out` to standard output and ends the process with the state; with UNKNOWN where the text
 * is not whole or cannot be written. */
_Noreturn void work_end(const struct text *out, enum state state);

/* The same with the report in a file, which it replaces, and one line, newline included, for
 * standard output. Where the file cannot be written, the process ends with UNKNOWN, unless the
 * state is worse. */
_Noreturn void work_end_file(const char *path, const struct text *report, struct text *line,
                             enum state state);

/* Has a run that has nothing to judge say why as JSON. */
void work_set_json(void);
bool work_prints_json(void);

/* "SERVICE UNKNOWN - text", or that as JSON, and exit status 3. */
_Noreturn void work_fail(const char *text);

/* Whether the process will end by `exit`, as sanitizers and coverage need it, which report then;
 * all threads of pools must have ended. Else it ends by `_exit`, and nothing needs to be freed. */
bool work_exits_in_order(void);

#endif
