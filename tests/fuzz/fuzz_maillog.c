/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a mail log: whatever is written there, every part is inside of its line, and what comes
 * out of the tracker is a message of these lines. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "mta/mail_queue.h"
#include "mta/maillog_exim.h"
#include "mta/maillog_postfix.h"
#include "mta/maillog_track.h"

enum { REFERENCE = 1796018400 };

/* The line that is being read, or everything that was. */
struct seen {
    const char *at;
    size_t len;
};

static bool is_inside(struct span s, struct seen whole)
{
    return s.len == 0 || (s.at >= whole.at && s.at + s.len <= whole.at + whole.len);
}

static void on_message(void *ctx, const struct maillog_delivery *d)
{
    (void)ctx;
    HOLDS(d->tls >= MAILLOG_UNKNOWN && d->tls < MAILLOG_TLS_COUNT);
    HOLDS(d->service < MAILLOG_SERVICES);
    HOLDS(d->at >= REFERENCE - 86400);
    HOLDS(!d->inbound || d->status == MAILLOG_SENT);
    HOLDS(d->queue_id.len > 0);
    mail_queue_cause(d->reason);
}

static void check(const struct maillog_event *e, struct seen line)
{
    HOLDS(is_inside(e->queue_id, line) && is_inside(e->address, line));
    HOLDS(is_inside(e->peer, line) && is_inside(e->reason, line));
    HOLDS(e->tls < MAILLOG_TLS_COUNT);
}

static void read_line(struct maillog_track *t, struct maillog_clock *clock, struct span text)
{
    struct seen whole = {text.at, text.len};
    struct maillog_line line;
    struct maillog_event e;

    if (!maillog_line_divide(text, &line))
        return;
    HOLDS(is_inside(line.text, whole) && is_inside(line.time, whole));
    HOLDS(line.tag.len > 0);
    for (int daemon = MAILLOG_CLIENT; daemon <= MAILLOG_PICKUP; daemon++) {
        if (maillog_postfix_event((enum maillog_daemon)daemon, &line, &e))
            check(&e, whole);
        else
            continue;
        if (maillog_postfix_daemon(line.tag) == (enum maillog_daemon)daemon) {
            e.at = maillog_line_time(clock, line.time);
            maillog_track_prepare(t, &e);
            maillog_track_event(t, &e);
        }
    }
    if (maillog_exim_event(&line, text.len % 2 == 1, &e)) {
        check(&e, whole);
        HOLDS(e.queue_id.len == 16 || e.queue_id.len == 23);
        e.at = maillog_line_time(clock, line.time);
        maillog_track_prepare(t, &e);
        maillog_track_event(t, &e);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct maillog_track *t; /* goes on: its tables are large, and a log has no beginning */
    struct maillog_clock clock = {.reference = REFERENCE};
    const struct maillog_service *services;
    size_t count;
    char *copy = fuzz_bytes(data, size);
    struct span rest = {copy, size};

    if (!t)
        t = maillog_track_new(REFERENCE - 86400, on_message, NULL);
    while (rest.len > 0) {
        struct span text = span_until(&rest, '\n');
        char *line = fuzz_bytes((const uint8_t *)text.at, text.len); /* ends where memory ends */

        read_line(t, &clock, (struct span){line, text.len});
        free(line);
    }
    if (size % 64 == 0)
        maillog_track_end(t);
    services = maillog_track_services(t, &count);
    for (size_t i = 0; i < count; i++)
        HOLDS(fuzz_is_clean(services[i].name));
    free(copy);
    return 0;
}
