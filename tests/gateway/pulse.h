/* SPDX-License-Identifier: BSD-2-Clause */
/* pulse: how busy the machine is with others, so that what has to end in time is not blamed for it.
 */
#ifndef LAB_PULSE_H
#define LAB_PULSE_H

#include <pthread.h>
#include <stdatomic.h>

struct pulse {
    pthread_t thread;
    double begun; /* the wait for the thread's first turn counts, too */
    atomic_bool over;
    _Atomic double late;
};

/* Starts a thread that wants to run every 5 ms. `p` must stay where it is until pulse_end. */
void pulse_begin(struct pulse *p);

/* The seconds so far for which that thread had to wait for a processor. */
double pulse_late(const struct pulse *p);

/* Ends the thread. The seconds for which that thread had to wait for a processor. */
double pulse_end(struct pulse *p);

#endif
