/* SPDX-License-Identifier: BSD-2-Clause */
/* maillog_line: one line of a mail log to its time, tag, process and text.
 *
 * Hides the formats: RFC 3164 (with or without a priority), RFC 5424, ISO 8601 as rsyslog and
 * container engines write it, and Exim's own. Pure; spans point into the line. */
#ifndef MTA_MAILLOG_LINE_H
#define MTA_MAILLOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/span.h"

enum { MAILLOG_SYSLOG_TIME = 15 }; /* the length of a time of RFC 3164 */

/* The year of an RFC 3164 time is the latest that does not put it after `reference`, for a day that
 * clocks may differ. `hour` is kept from line to line, because mktime is slow, and `second` because
 * a busy log has many lines with the same time. */
struct maillog_clock {
    time_t reference;
    char hour[10]; /* "Nov 30 05:" */
    time_t base;
    char second[MAILLOG_SYSLOG_TIME]; /* "Nov 30 05:29:23" */
    time_t last;                      /* when that was; 0: that is no time, or there was none */
};

struct maillog_line {
    struct span time; /* as it is written, for maillog_line_time */
    struct span tag;  /* "postfix/smtp", "postfix-out/relay/smtp"; "exim" of a file of Exim's own */
    uint32_t pid;     /* 0: none */
    struct span text;
};

/* Divides a line, without its newline. False: it has none of the formats. */
bool maillog_line_divide(struct span line, struct maillog_line *out);

/* For maillog_line_time: reads the text, whatever was read before. */
time_t maillog_line_read_time(struct maillog_clock *clock, struct span time);

/* When the line was written; 0: that is no time. */
static inline time_t maillog_line_time(struct maillog_clock *clock, struct span time)
{
    if (time.len == MAILLOG_SYSLOG_TIME && memcmp(clock->second, time.at, time.len) == 0)
        return clock->last;
    return maillog_line_read_time(clock, time);
}

#endif
