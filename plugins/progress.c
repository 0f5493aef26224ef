/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/progress.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "plugins/output.h"

#define WIPE "\r\033[K"

static struct {
    pthread_mutex_t lock; /* for all members, and for the terminal's line */
    bool enabled;
    char line[100]; /* what is shown, or "" */
    const atomic_size_t *done;
    size_t all;
    const char *what;
} progress = {.lock = PTHREAD_MUTEX_INITIALIZER};

void progress_enable(void)
{
    pthread_mutex_lock(&progress.lock);
    progress.enabled = true;
    pthread_mutex_unlock(&progress.lock);
}

void progress_count(const atomic_size_t *done, size_t all, const char *what)
{
    pthread_mutex_lock(&progress.lock);
    progress.done = done;
    progress.all = all;
    progress.what = what;
    pthread_mutex_unlock(&progress.lock);
}

/* Prints the line, unless it is shown already, with the lock held. */
static void print_line(const char *activity)
{
    char line[sizeof progress.line];

    if (progress.done)
        snprintf(line, sizeof line, WIPE "%zu of %zu %s", atomic_load(progress.done), progress.all,
                 progress.what);
    else
        snprintf(line, sizeof line, WIPE "%s ...", activity);
    if (strcmp(line, progress.line) == 0)
        return;
    strcpy(progress.line, line);
    output_line(line, strlen(line));
}

void progress_show(const char *activity)
{
    pthread_mutex_lock(&progress.lock);
    if (progress.enabled)
        print_line(activity);
    pthread_mutex_unlock(&progress.lock);
}

void progress_end(void)
{
    pthread_mutex_lock(&progress.lock);
    if (*progress.line)
        output_line(WIPE, strlen(WIPE));
    progress.enabled = false;
    *progress.line = '\0';
    pthread_mutex_unlock(&progress.lock);
}
