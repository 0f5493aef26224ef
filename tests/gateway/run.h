/* SPDX-License-Identifier: BSD-2-Clause */
/* The `run` lines of a scenario: commands with their directives, compared with what is expected. */
#ifndef LAB_RUN_H
#define LAB_RUN_H

#include "lab.h"

struct settings {
    const char *bin;  /* where the plugins are */
    const char *wrap; /* a command put before them, or NULL */
    double slow;      /* multiplies what must not take longer */
    bool update, show, verbose;
    bool well_known; /* ports 25 and 53, instead of free ones */
};

struct result {
    int status;
    double busy;     /* seconds for which it had to wait for a processor */
    bool complained; /* it wrote to standard error, or left a child running */
    char **lines;
    size_t n;
};

/* Runs it; the report says what differs and is empty where nothing does. */
struct result run_play(struct lab *lab, const struct scenario *sc, const struct run_script *run,
                       const struct settings *settings, struct buf *report);

/* For --show: prints the command line and lets it write to our terminal. */
void run_show(struct lab *lab, const struct scenario *sc, const struct run_script *run,
              const struct settings *settings);

/* Rewrites the file with what was got as what is expected. */
void run_update(struct lab *lab, struct scenario *sc, const struct result *results);

#endif
