/* SPDX-License-Identifier: BSD-2-Clause */
/* measure: runs commands in turn, round after round, and tells what each run cost.
 *
 *   measure ROUNDS -- COMMAND ARGUMENT... [-- COMMAND ARGUMENT...]...
 *
 * A line a run: number of the command from 0, CPU time in microseconds, wall time in microseconds,
 * peak memory in KiB, exit status (-1: killed by a signal). Their input is "QUIT", their output
 * goes nowhere. A program of its own because the peak that the kernel reports of a child is never
 * below that of what it was forked from, and this one is small. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 32, LIMIT_S = 150 };

static long long now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static long long us(struct timeval t)
{
    return t.tv_sec * 1000000LL + t.tv_usec;
}

/* "QUIT" for clients that take their commands from there. */
static int input(void)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0 || write(ends[1], "QUIT\r\n", 6) != 6)
        exit(2);
    close(ends[1]);
    return ends[0];
}

static void become(char **argv, int in)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

    dup2(in, 0);
    dup2(nowhere, 1);
    dup2(nowhere, 2);
    alarm(LIMIT_S);
    execvp(argv[0], argv);
    _exit(127);
}

static void run(int number, char **argv)
{
    long long start = now_us();
    int in = input(), status;
    struct rusage u;
    pid_t pid = fork();

    if (pid == 0)
        become(argv, in);
    close(in);
    if (pid < 0 || wait4(pid, &status, 0, &u) != pid)
        exit(2);
    printf("%d %lld %lld %ld %d\n", number, us(u.ru_utime) + us(u.ru_stime), now_us() - start,
           u.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char **commands[COMMANDS_MAX];
    int n = 0, rounds = argc > 1 ? atoi(argv[1]) : 0;

    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--") != 0)
            continue;
        argv[i] = NULL;
        if (n < COMMANDS_MAX && i + 1 < argc)
            commands[n++] = &argv[i + 1];
    }
    if (rounds < 1 || n == 0)
        return 2;
    for (int r = 0; r < rounds; r++)
        for (int i = 0; i < n; i++)
            run(i, commands[i]);
    return 0;
}
