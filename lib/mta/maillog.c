/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "mta/maillog_exim.h"
#include "mta/maillog_files.h"
#include "mta/maillog_journal.h"
#include "mta/maillog_postfix.h"

enum {
    BLOCK = 512 * 1024, /* longer lines are skipped; with each block, what the tracker looks at goes
                           from one core's cache to the next one's: small blocks are slower */
    AHEAD = 12,         /* events between looking one up and taking it */
    THREADS_MAX = 4,
    CACHE_LINE = 64,
    SHORTEST = 24,  /* of a line that says something: bounds the events of a block */
    SETTLING = 3600 /* seconds before the period whose lines decide about sessions in it */
};

struct block {
    char *bytes; /* of BLOCK */
    size_t len;
    uint64_t number;
    time_t written; /* when the block's file was */
    struct maillog_event *events;
    size_t event_count, event_room;
    uint64_t lines, unknown;
};

/* One log, from the first file to the last. */
struct reading {
    const struct maillog_config *c;
    struct maillog_files files;
    struct maillog_track *track;
    char apart[CACHE_LINE];    /* what follows changes while other threads read what is before */
    pthread_mutex_t read_lock; /* of what is between here and take_lock */
    size_t file;
    char *carry; /* of BLOCK: the beginning of a line whose end is in the next block */
    size_t carry_len;
    bool skipping; /* the line is longer than a block */
    uint64_t next;
    bool failed;
    struct error error;
    pthread_mutex_t take_lock;
    pthread_cond_t taken;
    uint64_t turn; /* the number of the block whose events are taken next */
    uint64_t lines, unknown;
};

/* --- blocks, under read_lock --- */

/* Ends the reading; the first error is kept. Under read_lock, or by the only thread. */
static void fail(struct reading *r, const struct error *e)
{
    if (!r->failed)
        r->error = *e;
    r->failed = true;
}

/* Fills a block with what was kept of the last one and with bytes of file r->file, which there must
 * be and which stays the same. *ended: that file has no more. False: reading failed, r->error says
 * why, and *ended is unchanged. */
static bool fill(struct reading *r, struct block *b, bool *ended)
{
    struct maillog_file *file = &r->files.at[r->file];
    struct error e;
    size_t got = 1;

    memcpy(b->bytes, r->carry, r->carry_len);
    b->len = r->carry_len;
    r->carry_len = 0;
    b->written = file->id.written;
    while (b->len < BLOCK && got > 0) {
        if (!maillog_stream_read(file->stream, b->bytes + b->len, BLOCK - b->len, &got, &e)) {
            fail(r, &e);
            return false;
        }
        b->len += got;
    }
    *ended = got == 0;
    return true;
}

/* Where r->skipping says that the block begins within a line that is too long: removes the rest of
 * that line, which is the whole block where it has no newline. */
static void skip(struct reading *r, struct block *b)
{
    char *newline = memchr(b->bytes, '\n', b->len);

    if (!r->skipping)
        return;
    if (!newline) {
        b->len = 0;
        return;
    }
    b->len -= (size_t)(newline + 1 - b->bytes);
    memmove(b->bytes, newline + 1, b->len);
    r->skipping = false;
}

/* Keeps what is after the last newline for the next block. At the end of a file it is a line that
 * is being written: it is dropped, and the next file begins. A full block without newline is
 * dropped too, and counts as an unknown line. */
static void cut(struct reading *r, struct block *b, bool ended)
{
    char *newline = memrchr(b->bytes, '\n', b->len);
    size_t whole = newline ? (size_t)(newline + 1 - b->bytes) : 0;

    if (ended) {
        b->len = whole;
        r->skipping = false;
        r->file++;
        return;
    }
    if (whole == 0 && b->len == BLOCK) {
        r->skipping = true;
        b->lines++;
        b->unknown++;
        b->len = 0;
        return;
    }
    r->carry_len = b->len - whole;
    memcpy(r->carry, b->bytes + whole, r->carry_len);
    b->len = whole;
}

/* The next block of whole lines, perhaps an empty one, which must be taken. False: there is none,
 * or reading has failed. */
static bool next_block(struct reading *r, struct block *b)
{
    bool ended = false;

    b->lines = b->unknown = 0;
    if (r->failed || r->file == r->files.count || !fill(r, b, &ended))
        return false;
    skip(r, b);
    cut(r, b, ended);
    b->number = r->next++;
    return true;
}

/* --- lines --- */

/* Whether a tag is that of Exim: it begins with "exim", as "exim4" does; case counts. */
static bool is_exim(struct span tag)
{
    return span_begins(tag, "exim");
}

/* Takes off what Exim puts before its line in syslog: "[1/2] " where the line is too long for one
 * of syslog, "[7] " where it has a process but no time. True: the line goes on elsewhere. Later
 * parts stay as they are, so that a long subject does not become a line. */
static bool skip_brackets(struct span *text)
{
    bool is_first = span_begins(*text, "[1/");
    struct span rest = *text, number;
    unsigned n;

    while (span_skip(&rest, "[")) {
        if (!span_skip(&rest, "1/"))
            span_skip(&rest, "1\\");
        number = span_until(&rest, ']');
        if (!span_number(number, &n) || !span_skip(&rest, " "))
            return is_first;
        *text = rest;
    }
    return is_first;
}

/* Puts the line of Exim's that is inside a line of syslog, where it is complete, with its own time
 * before the text, in its place. Any other line stays as it is. True: as skip_brackets. */
static inline bool unwrap(struct maillog_line *line)
{
    bool goes_on = skip_brackets(&line->text);
    struct maillog_line in;

    if (line->text.len > 11 && line->text.at[4] == '-' && line->text.at[7] == '-' &&
        maillog_line_divide(line->text, &in))
        *line = in;
    return goes_on;
}

/* As maillog_exim_event, for a line as it is in the log. */
static inline bool read_exim(struct maillog_line *line, struct maillog_event *out)
{
    bool goes_on = unwrap(line);

    return maillog_exim_event(line, goes_on, out);
}

/* Fills *out, but for its time, by what a line says; a line of Exim's may be another one
 * afterwards, which has the time. False: it says nothing that matters, and *out is of no use. */
static inline bool read_event(struct maillog_line *line, struct maillog_event *out)
{
    enum maillog_daemon daemon = maillog_postfix_daemon(line->tag);

    if (daemon != MAILLOG_NO_DAEMON)
        return maillog_postfix_event(daemon, line, out);
    return is_exim(line->tag) && read_exim(line, out);
}

/* Prepares an event for the tracker, and notes whose its message is. For any thread. */
static inline void prepare(const struct reading *r, struct maillog_event *e)
{
    maillog_track_prepare(r->track, e);
    if (!r->c->owner_of)
        return;
    if (e->kind == MAILLOG_DELIVERY || e->kind == MAILLOG_SENDER || e->kind == MAILLOG_RECEIVED) {
        e->owner = r->c->owner_of(r->c->owners, e->address);
        e->unwanted = !e->owner;
    }
}

/* Counts a line, `text` without its newline, and adds its event where it says something, is not too
 * old, and the block has room. */
static inline void read_line(const struct reading *r, struct block *b, struct maillog_clock *clock,
                             struct span text)
{
    struct maillog_line line;
    struct maillog_event *e = &b->events[b->event_count];

    b->lines++;
    if (!maillog_line_divide(text, &line)) {
        b->unknown++;
        return;
    }
    if (text.len < SHORTEST || b->event_count == b->event_room || !read_event(&line, e))
        return;
    e->at = maillog_line_time(clock, line.time);
    if (e->at < r->c->since - SETTLING)
        return;
    prepare(r, e);
    b->event_count++;
}

/* Replaces the block's events by those of its bytes, which end with a newline or are none; adds to
 * the counts of lines. Events for which b->events, made before, has no room are dropped. *clock
 * begins zeroed, and is kept from block to block. */
static void read_lines(const struct reading *r, struct block *b, struct maillog_clock *clock)
{
    const char *at = b->bytes, *end = b->bytes + b->len;
    time_t reference = b->written < r->c->now ? b->written : r->c->now;

    if (clock->reference != reference)
        *clock = (struct maillog_clock){.reference = reference};
    b->event_count = 0;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        read_line(r, b, clock, (struct span){at, (size_t)(newline - at)});
        at = newline + 1;
    }
}

/* Waits for the block's turn, and passes its events on; takes take_lock itself. Each block that
 * next_block returned must be taken, or the others wait for ever. */
static void take(struct reading *r, const struct block *b)
{
    pthread_mutex_lock(&r->take_lock);
    while (r->turn != b->number)
        pthread_cond_wait(&r->taken, &r->take_lock);
    for (size_t i = 0; i < b->event_count; i++) {
        if (i + AHEAD < b->event_count)
            maillog_track_expect(r->track, &b->events[i + AHEAD]);
        maillog_track_event(r->track, &b->events[i]);
    }
    r->lines += b->lines;
    r->unknown += b->unknown;
    r->turn++;
    pthread_cond_broadcast(&r->taken);
    pthread_mutex_unlock(&r->take_lock);
}

/* --- threads --- */

/* Allocates memory for a block, which is zeroed before. False: memory; the caller frees what there
 * is. */
static bool make_block(struct block *b)
{
    b->event_room = BLOCK / SHORTEST;
    b->bytes = malloc(BLOCK);
    b->events = calloc(b->event_room + 1, sizeof *b->events);
    return b->bytes && b->events;
}

/* The work of one thread: takes blocks until there are none. `ctx`: the reading, which gets the
 * error. */
static void run(void *ctx, size_t i)
{
    struct reading *r = ctx;
    struct block b = {0};
    struct maillog_clock clock = {0};
    struct error e;
    bool ok = make_block(&b);

    (void)i;
    if (!ok) {
        error_memory(&e);
        pthread_mutex_lock(&r->read_lock);
        fail(r, &e);
        pthread_mutex_unlock(&r->read_lock);
    }
    while (ok) {
        pthread_mutex_lock(&r->read_lock);
        ok = next_block(r, &b);
        pthread_mutex_unlock(&r->read_lock);
        if (!ok)
            break;
        read_lines(r, &b, &clock);
        take(r, &b);
    }
    free(b.bytes);
    free(b.events);
}

/* --- the journal --- */

/* For the journal: whether lines with a tag may say something that matters. */
static bool is_mail_server(struct span tag)
{
    return maillog_postfix_daemon(tag) != MAILLOG_NO_DAEMON || is_exim(tag);
}

/* The journal's sink: takes the event of an entry; `ctx` is the reading. */
static void take_entry(void *ctx, const struct maillog_line *entry, time_t at)
{
    struct reading *r = ctx;
    struct maillog_line line = *entry;
    struct maillog_event e;

    if (!read_event(&line, &e))
        return;
    e.at = at;
    prepare(r, &e);
    maillog_track_event(r->track, &e);
}

/* The work of the thread that reads the journal. `ctx`: the reading, which gets the error. */
static void run_journal(void *ctx, size_t i)
{
    struct reading *r = ctx;
    const struct maillog_journal journal = {.directory = r->c->journal_directory,
                                            .from = r->c->since - SETTLING,
                                            .watch = r->c->watch,
                                            .is_wanted = is_mail_server,
                                            .sink = take_entry,
                                            .ctx = r};
    struct maillog_journal_counts counts;
    struct error e;

    (void)i;
    if (!maillog_journal_read(&journal, &counts, &e))
        fail(r, &e);
    r->lines += counts.entries;
    r->unknown += counts.unknown;
}

/* --- all --- */

/* How many threads read: one for each processor, up to THREADS_MAX. */
static size_t threads(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    if (count < 1)
        return 1;
    return count < THREADS_MAX ? (size_t)count : THREADS_MAX;
}

/* Opens the logs; r->files is closed by clear in any case. False with `e` filled. */
static bool open_all(struct reading *r, struct error *e)
{
    for (size_t i = 0; i < r->c->path_count; i++) {
        if (!maillog_files_add(&r->files, r->c->paths[i], r->c->since, e))
            return false;
    }
    return true;
}

/* Fills *out, which begins zeroed, after the last block and maillog_track_end. */
static void summarise(const struct reading *r, struct maillog_summary *out)
{
    const struct maillog_service *services;

    services = maillog_track_services(r->track, &out->service_count);
    memcpy(out->services, services, out->service_count * sizeof *services);
    out->lines = r->lines;
    out->unknown = r->unknown;
}

/* Frees *r with everything in it. No thread may still use it. */
static void clear(struct reading *r)
{
    maillog_files_close(&r->files);
    maillog_track_free(r->track);
    free(r->carry);
    free(r);
}

/* Reads the files, then the journal. Returns POOL_DONE, also where that failed, or how the run has
 * ended. */
static enum pool_end read_sources(struct reading *r)
{
    size_t n = threads();
    enum pool_end end = POOL_DONE;

    if (r->files.count > 0)
        end = pool_run(r->c->watch, n, n, run, r);
    if (r->c->journal && end == POOL_DONE && !r->failed)
        end = pool_run(r->c->watch, 1, 1, run_journal, r);
    return end;
}

/* Reads the logs and fills *out. False with `e` filled. *late, which begins false: the time was
 * over, so that threads may still use *r, and it must not be cleared; else the caller clears it. */
static bool read_all(struct reading *r, struct maillog_summary *out, bool *late, struct error *e)
{
    if (!open_all(r, e))
        return false;
    *late = read_sources(r) != POOL_DONE;
    if (*late)
        return error_set(e, ERROR_SYSTEM, "the time ran out before the log was read");
    if (r->failed) {
        *e = r->error;
        return false;
    }
    maillog_track_end(r->track);
    summarise(r, out);
    return true;
}

bool maillog_read(const struct maillog_config *c, struct maillog_summary *out, struct error *e)
{
    struct reading *r = calloc(1, sizeof *r);
    bool ok = false, late = false;

    *out = (struct maillog_summary){0};
    if (!r)
        return error_memory(e);
    r->c = c;
    pthread_mutex_init(&r->read_lock, NULL);
    pthread_mutex_init(&r->take_lock, NULL);
    pthread_cond_init(&r->taken, NULL);
    r->carry = malloc(BLOCK);
    r->track = maillog_track_new(c->since, c->sink, c->ctx);
    if (r->track)
        maillog_track_submissions(r->track, c->submission_sink);
    if (r->carry && r->track)
        ok = read_all(r, out, &late, e);
    else
        error_memory(e);
    if (!late)
        clear(r);
    return ok;
}
