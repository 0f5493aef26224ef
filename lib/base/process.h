/* SPDX-License-Identifier: BSD-2-Clause */
/* process: runs one program to its end or to a deadline.
 *
 * Hides where the program is found, how its environment looks, its pipes, and how it is ended. The
 * program runs in a process group of its own, with an empty signal mask, default dispositions, no
 * descriptor above 2, and PATH and LC_ALL as its whole environment. There is no shell.
 *
 * The caller's process must have descriptors 0 to 2 open and ignore SIGPIPE. Several threads may
 * run programs concurrently. A caller that is ended by SIGKILL may leave a program behind. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "base/error.h"
#include "base/text.h"

enum process_end {
    PROCESS_EXITED,   /* `status` is its exit status */
    PROCESS_SIGNALED, /* a signal ended the program, which was not ours: `status` is its number */
    PROCESS_MISSING,  /* no directory has a program of that name */
    PROCESS_DENIED,   /* there is one, but we may not execute it */
    PROCESS_TIMEOUT,  /* the deadline passed */
    PROCESS_TOO_LONG, /* it wrote more than `output_max` or PROCESS_ERRORS_MAX bytes */
    PROCESS_STOPPED   /* process_stop_all was called */
};

enum { PROCESS_ERRORS_MAX = 256 * 1024 }; /* bytes of standard error */

struct process_task {
    const char *const *argv; /* ends with NULL; argv[0] is a name without slash, "postconf" */
    const char *input;       /* standard input; NULL: /dev/null */
    size_t input_len;
    size_t output_max; /* bytes of standard output */
    bool drop_errors;  /* standard error after PROCESS_ERRORS_MAX bytes is dropped */
    instant deadline;
};

struct process_result {
    enum process_end end;
    int status;
    pid_t left;      /* a process that runs on, because it is another user's; 0: none */
    char path[64];   /* of the program; "" where it is missing */
    struct text out; /* standard output and error as far as they were read; */
    struct text err; /* each NUL is a '?', all else is raw: hostile, not clean */
};

/* Runs a task. True: *out says how it ended, whatever that was, and process_result_free is due.
 * False with `e` filled, and nothing to free: memory, or no descriptor or process could be made. */
bool process_run(const struct process_task *task, struct process_result *out, struct error *e);

void process_result_free(struct process_result *r);

/* Kills each program that runs, and lets no other begin: process_run returns PROCESS_STOPPED. For
 * the thread that is about to end the process; takes at most about 100 ms. */
void process_stop_all(void);

/* Where programs are looked for: absolute, without a slash at the end; ends with NULL. A build for
 * tests links another definition. */
const char *const *process_directories(void);

#endif
