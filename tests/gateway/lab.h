/* SPDX-License-Identifier: BSD-2-Clause */
/* The state that all parts of one playing scenario share: the directory, the ports, the clock's
 * start, the certificates, and the list of what went wrong at the gateways. */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "buf.h"
#include "script.h"

struct pki;

struct lab {
    const char *dir, *bin;
    time_t start;
    double deadline; /* command_now() at which the scenario's time is over */
    const char *ns_address;
    int port, port2, ns_port, silent_port;
    struct pki *pki;
    pthread_mutex_t lock; /* guards what follows, and the gateways' lists of sessions */
    struct buf faults;
    size_t n_faults;
    size_t sessions; /* connections being played now */
};

/* Notes that the scenario failed; the text is shown once it has ended. */
void lab_fault(struct lab *lab, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A detached thread with a small stack: there may be thousands. False where none can be made. */
bool lab_thread(void *(*body)(void *), void *arg);

/* $DIR/name, whose directories it makes; the caller frees. */
char *lab_path(const struct lab *lab, const char *name);

/* ---- variables ---- */

/* text with $PORT, $FP(NAME) ... replaced, $$ a dollar; what is no variable stays. `where` is for
 * errors. */
struct buf lab_expand(struct lab *lab, const struct statement *where, const char *text, size_t len);
/* A copy of the statement with all its words expanded. */
struct statement lab_expand_words(struct lab *lab, const struct statement *s);
/* The reverse, for --update: known values become the variables they are the values of. */
char *lab_unexpand(struct lab *lab, const char *line);
/* The shell assignments of --serve. */
void lab_print_variables(struct lab *lab);

/* "+3d", "-83d12h", "+90s" from `start`, or an RFC 3339 time in UTC. */
time_t lab_time(const struct statement *where, time_t start, const char *text);

#endif
