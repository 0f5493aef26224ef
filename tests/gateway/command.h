/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs one command and takes what it writes: its standard output, its standard error, its status.
 */
#ifndef LAB_COMMAND_H
#define LAB_COMMAND_H

#include <stdbool.h>

#include "buf.h"

struct command {
    char **argv, **env;
    int tty;             /* standard output is a terminal of that many columns; 0: no terminal */
    bool inherit;        /* standard output and error are the lab's own */
    int signal;          /* 0: none is sent */
    double signal_after; /* seconds */
    double deadline;     /* command_now() at which it is killed */
};

struct outcome {
    struct buf out, err;
    int status; /* 128 + signal, as a shell says it, where it was killed */
    double seconds;
    double busy;  /* of them, how long the machine was busy with others */
    bool late;    /* killed at the deadline */
    bool orphans; /* it left children running, which were killed */
};

/* Monotonic, in seconds. */
double command_now(void);

struct outcome command_run(const struct command *c);

#endif
