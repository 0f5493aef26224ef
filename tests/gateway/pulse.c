/* SPDX-License-Identifier: BSD-2-Clause */
#include "pulse.h"

#include <time.h>

#include "command.h"

#define PERIOD 0.005 /* seconds */

static void *beat(void *arg)
{
    struct pulse *p = arg;
    double due = p->begun;

    do {
        struct timespec at;

        due += PERIOD;
        at.tv_sec = (time_t)due;
        at.tv_nsec = (long)((due - (double)at.tv_sec) * 1e9);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
        atomic_store(&p->late, atomic_load(&p->late) + command_now() - due);
        due = command_now();
    } while (!atomic_load(&p->over));
    return NULL;
}

void pulse_begin(struct pulse *p)
{
    p->begun = command_now();
    atomic_store(&p->late, 0);
    atomic_store(&p->over, false);
    pthread_create(&p->thread, NULL, beat, p);
}

double pulse_late(const struct pulse *p)
{
    return atomic_load(&p->late);
}

double pulse_end(struct pulse *p)
{
    atomic_store(&p->over, true);
    pthread_join(p->thread, NULL);
    return pulse_late(p);
}
