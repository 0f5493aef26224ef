#include "seats.h"

#include <time.h>

void seats_init(struct seats *s, unsigned count)
{
    sem_init(&s->free, 0, count);
}

bool seats_take(struct seats *s, instant until)
{
    struct timespec t = {until / 1000000, until % 1000000 * 1000};

    return sem_clockwait(&s->free, CLOCK_MONOTONIC, &t) == 0;
}

void seats_leave(struct seats *s)
{
    sem_post(&s->free);
}
