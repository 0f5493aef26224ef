/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/work.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/process.h"
#include "plugins/failure.h"
#include "plugins/output.h"
#include "plugins/progress.h"

/* The work thread also judges and renders, which goes deeper than a session. */
#ifdef POOL_STACK
#define WORK_STACK (4 * POOL_STACK)
#else
#define WORK_STACK (1024 * 1024)
#endif

enum {
    TAKEN = WORK_WRITE + 1, /* the phase, once main has taken over */
    RESERVE_MS = 200,
    RESERVE_ITEMS = 4000, /* for which that is enough */
    RESERVE_MORE = 1000,  /* and how many more of them take */
    RESERVE_MORE_MS = 10,
    DEFAULT_TIMEOUT = 45,
    TICK_MS = 100,
    QUIET_US = 2000000, /* in which nothing is shown */
    KICK = SIGUSR1
};

static struct {
    const char *service;
    void (*work)(int argc, char **argv);
    int argc;
    char **argv;
    pthread_t main;
    instant start;
    atomic_int phase;  /* enum work_phase, or TAKEN */
    atomic_int status; /* enum state, once the phase is WORK_WRITE */
    atomic_bool json;  /* a run without a report says why as JSON */
    atomic_bool begun; /* somebody writes to standard output, and nobody else may */

    pthread_mutex_t times;                 /* for the next six */
    double timeout;                        /* seconds */
    size_t items;                          /* sessions or targets */
    int64_t reserve;                       /* microseconds */
    bool hurried;                          /* by a signal, after which the end only comes nearer */
    struct deadline_limit deadline, limit; /* of the run, and of judging; read without the mutex */
    _Atomic instant rendered_by;           /* read without the mutex, too */

    enum state (*line)(void *arg, struct text *out);
    void *line_arg;
    atomic_bool judged; /* the two above may be used */

    struct pool_watch watch;
} run = {.times = PTHREAD_MUTEX_INITIALIZER, .timeout = DEFAULT_TIMEOUT};

/* --- time --- */

/* The time that judging and writing need at the end, in microseconds, at most a fifth of a short
 * run. With run.times held. */
static int64_t reserve_us(void)
{
    int64_t fifth = (int64_t)(run.timeout * 200000), ms = RESERVE_MS;

    if (run.items > RESERVE_ITEMS)
        ms += (int64_t)((run.items - RESERVE_ITEMS + RESERVE_MORE - 1) / RESERVE_MORE) *
              RESERVE_MORE_MS;
    return fifth < ms * 1000 ? fifth : ms * 1000;
}

/* Sets the deadlines of a run that ends at that instant, with run.times held. The reserve, by
 * eighths: three to wait for sessions that cannot be interrupted, two to judge targets, two to put
 * the verdict together and render it, one to write. */
static void end_by(instant at)
{
    atomic_store(&run.deadline.at, at);
    atomic_store(&run.limit.at, at - run.reserve * 3 / 8);
    atomic_store(&run.rendered_by, at - run.reserve / 8);
}

/* Computes reserve and deadlines anew, with run.times held. After a signal the run's end stays as
 * it is. */
static void set_times(void)
{
    instant due = run.start + (instant)(run.timeout * 1e6);

    run.reserve = reserve_us();
    run.watch.deadline = due - run.reserve * 5 / 8;
    if (!run.hurried)
        end_by(due);
}

void work_set_timeout(double seconds)
{
    pthread_mutex_lock(&run.times);
    run.timeout = seconds;
    set_times();
    pthread_mutex_unlock(&run.times);
    pthread_kill(run.main, KICK);
}

void work_set_items(size_t count)
{
    pthread_mutex_lock(&run.times);
    run.items = count;
    set_times();
    pthread_mutex_unlock(&run.times);
}

/* For main, after a signal: brings the end forward, never back, and pools are not waited for any
 * longer. */
static void hurry(void)
{
    instant due;

    pthread_mutex_lock(&run.times);
    run.hurried = true;
    due = deadline_now() + run.reserve;
    if (due < atomic_load(&run.deadline.at))
        end_by(due);
    pthread_mutex_unlock(&run.times);
    pool_watch_end(&run.watch, POOL_SIGNAL);
}

instant work_start(void)
{
    return run.start;
}

/* Only the work thread changes what this reads. */
instant work_deadline(void)
{
    return run.start + (instant)(run.timeout * 1e6) - run.reserve;
}

struct pool_watch *work_watch(void)
{
    return &run.watch;
}

const struct deadline_limit *work_limit(void)
{
    return &run.limit;
}

/* --- phases --- */

/* Waits for ever: the other thread is about to end the process. */
static _Noreturn void wait_for_end(void)
{
    for (;;)
        pause();
}

/* Moves the phase on to an enum work_phase. False: main has taken over, and the phase stays. */
static bool move_on(int to)
{
    int now = atomic_load(&run.phase);

    while (now != TAKEN) {
        if (atomic_compare_exchange_weak(&run.phase, &now, to))
            return true;
    }
    return false;
}

void work_enter(enum work_phase phase)
{
    if (!move_on((int)phase))
        wait_for_end();
}

void work_judged(enum state (*line)(void *arg, struct text *out), void *arg)
{
    run.line = line;
    run.line_arg = arg;
    atomic_store(&run.judged, true);
    pthread_kill(run.main, KICK);
}

/* --- the work thread's end --- */

bool work_exits_in_order(void)
{
#ifdef ORDERLY_EXIT
    return atomic_load(&run.watch.end) == POOL_DONE;
#else
    return false;
#endif
}

void work_write(enum state state)
{
    atomic_store(&run.status, (int)state);
    work_enter(WORK_WRITE);
}

/* Writes to standard output, in WORK_WRITE; does not return where main does that. The result is as
 * of output_write. */
static enum output_result write_out(const char *s, size_t len)
{
    if (atomic_exchange(&run.begun, true))
        wait_for_end();
    progress_end();
    return output_write(s, len, &run.deadline);
}

/* Ends the process with the state, by `exit` or `_exit`. */
static _Noreturn void end_process(enum state state)
{
    if (work_exits_in_order())
        exit((int)state);
    _exit((int)state);
}

void work_end(const struct text *out, enum state state)
{
    enum output_result result;
    char sorry[80];

    if (out->failed || out->cut || out->len == 0) {
        state = STATE_UNKNOWN;
        snprintf(sorry, sizeof sorry, "%s UNKNOWN - out of memory\n", run.service);
        work_write(state);
        write_out(sorry, strlen(sorry));
        end_process(state);
    }
    work_write(state);
    result = write_out(out->s, out->len);
    end_process(result == OUTPUT_FAILED ? STATE_UNKNOWN : state);
}

/* Adds the error `why` of the file, which is cleaned here, to `line`, which ends in a newline. A
 * state that is worse than UNKNOWN keeps its line, and the file's error is below; else the line
 * becomes that error. */
static void add_unwritten(struct text *line, const char *why, enum state state)
{
    char clean[256];

    text_clean(clean, sizeof clean, why, strlen(why));
    if (state != STATE_UNKNOWN) {
        text_addf(line, "\\_ [UNKNOWN] --output: %s\n", clean);
        return;
    }
    text_free(line);
    text_init(line, 1024);
    text_addf(line, "%s UNKNOWN - --output: %s\n", run.service, clean);
}

void work_end_file(const char *path, const struct text *report, struct text *line, enum state state)
{
    struct error e;

    if (report->failed || report->cut || line->failed)
        work_end(report, STATE_UNKNOWN);
    if (!output_replace(path, report->s, report->len, &e)) {
        state = state_worse(state, STATE_UNKNOWN);
        add_unwritten(line, e.text, state);
    }
    work_end(line, state);
}

void work_set_json(void)
{
    atomic_store(&run.json, true);
}

bool work_prints_json(void)
{
    return atomic_load(&run.json);
}

void work_fail(const char *text)
{
    const char *code = FAILURE_ENDED;
    struct text out;
    char clean[512];

    text_clean(clean, sizeof clean, text, strlen(text));
    text_init(&out, OUTPUT_PIECE);
    if (atomic_load(&run.phase) <= WORK_FORMS)
        code = atomic_load(&run.phase) == WORK_FORMS ? FAILURE_FORM : FAILURE_USAGE;
    failure_print(run.service, code, clean, work_prints_json(), &out);
    work_end(&out, STATE_UNKNOWN);
}

/* --- main --- */

/* What is under way in the phase, up to WORK_JUDGE: "looking up names". */
static const char *activity(int phase)
{
    static const char *const names[] = {
        [WORK_OPTIONS] = "reading the options",   [WORK_FORMS] = "reading the forms",
        [WORK_MTA] = "asking our mail server",    [WORK_LOG] = "reading log and queue",
        [WORK_RESOLVE] = "looking up names",      [WORK_PROBE] = "probing gateways",
        [WORK_FETCH] = "asking about revocation", [WORK_JUDGE] = "judging",
    };

    return names[phase];
}

/* Appends "ended by SIGTERM", or for signal 0 "no result within 45 s". */
static void add_reason(int signal, struct text *out)
{
    char seconds[32];

    if (signal) {
        text_addf(out, "ended by %s", signal == SIGTERM ? "SIGTERM" : "SIGINT");
        return;
    }
    pthread_mutex_lock(&run.times);
    text_number(seconds, sizeof seconds, run.timeout);
    pthread_mutex_unlock(&run.times);
    text_addf(out, "no result within %s s", seconds);
}

/* Appends why there is no report; `signal` as of add_reason. */
static void add_interrupted(int phase, int signal, struct text *out)
{
    struct text why;
    char path[160];

    text_init(&why, 512);
    add_reason(signal, &why);
    text_addf(&why, " while %s", activity(phase));
    file_current(path, sizeof path);
    if (*path)
        text_addf(&why, ": \"%s\"", path);
    failure_print(run.service, FAILURE_ENDED, text_str(&why), work_prints_json(), out);
}

/* Prints the line for a report, of that state, that a slow disk has not taken, unless the work
 * thread has begun to print. For main, in WORK_WRITE. */
static void print_late(enum state state)
{
    char line[120];

    if (atomic_exchange(&run.begun, true))
        return;
    progress_end();
    snprintf(line, sizeof line, "%s %s - --output: the file was not written in time\n", run.service,
             state_name(state));
    output_line(line, strlen(line));
}

/* Takes over: prints the first line that there can be and ends the process; where the work thread
 * has begun to write, only ends it, with the work's state. `signal`: which one came, or 0. */
static _Noreturn void take_over(int signal)
{
    enum state state = STATE_UNKNOWN;
    struct text out;
    int phase = atomic_load(&run.phase);

    while (phase != WORK_WRITE && !atomic_compare_exchange_weak(&run.phase, &phase, TAKEN))
        continue;
    output_abandon();
    if (phase == WORK_WRITE) {
        print_late((enum state)atomic_load(&run.status));
        process_stop_all();
        _exit(atomic_load(&run.status));
    }
    text_init(&out, OUTPUT_PIECE);
    if (atomic_load(&run.judged)) {
        state = run.line(run.line_arg, &out);
        text_add(&out, "\n");
    } else {
        add_interrupted(phase, signal, &out);
    }
    progress_end();
    output_line(text_str(&out), out.len);
    process_stop_all();
    _exit((int)state);
}

/* Shows what is under way, once the run has taken so long that somebody may wonder. */
static void show_progress(void)
{
    int phase = atomic_load(&run.phase);

    if (phase <= WORK_JUDGE && deadline_now() - run.start >= QUIET_US)
        progress_show(activity(phase));
}

/* The instant when main takes over. A report that is still being rendered shortly before the end
 * is left out: then there is time for its first line. */
static instant end_of_wait(void)
{
    bool rendering = atomic_load(&run.phase) == WORK_JUDGE && atomic_load(&run.judged);

    return atomic_load(rendering ? &run.rendered_by : &run.deadline.at);
}

/* Waits for a signal until it is time to take over, or the next tick. Returns SIGTERM or SIGINT;
 * 0: neither came. */
static int await_signal(void)
{
    int left = deadline_left_ms(end_of_wait());
    int ms = left < TICK_MS ? left : TICK_MS;
    struct timespec wait = {ms / 1000, ms % 1000 * 1000000L};
    sigset_t set;
    int got;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, KICK);
    got = sigtimedwait(&set, NULL, &wait);
    return got == SIGTERM || got == SIGINT ? got : 0;
}

/* For main, once the work has begun: waits for signals and deadlines. Never returns. */
static _Noreturn void watch(void)
{
    int signal = 0;

    for (;;) {
        int got = await_signal();

        if (got && signal)
            take_over(signal);
        if (got) {
            signal = got;
            hurry();
        }
        if (signal && atomic_load(&run.phase) < WORK_RESOLVE)
            take_over(signal);
        if (deadline_left_ms(end_of_wait()) == 0)
            take_over(signal);
        show_progress();
    }
}

/* Blocks the signals that main waits for, in all threads that are made later, and has SIGPIPE
 * ignored. */
static void block_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, KICK);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* The work thread. Never returns, even if the work does. */
static void *do_work(void *arg)
{
    (void)arg;
    run.work(run.argc, run.argv);
    wait_for_end();
}

/* Starts the work thread. False: no thread can be made. */
static bool start_work(void)
{
    pthread_attr_t attr;
    pthread_t thread;
    bool ok;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, WORK_STACK);
    ok = pthread_create(&thread, &attr, do_work, NULL) == 0;
    pthread_attr_destroy(&attr);
    return ok;
}

void work_run(const char *service, void (*work)(int argc, char **argv), int argc, char **argv)
{
    run.start = deadline_now();
    output_open_standard();
    block_signals();
    run.service = service;
    run.work = work;
    run.argc = argc;
    run.argv = argv;
    run.main = pthread_self();
    pool_watch_init(&run.watch, 0);
    set_times();
    if (!start_work())
        work_fail("no thread can be started");
    watch();
}
