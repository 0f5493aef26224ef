/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_line.h"

#include <string.h>

enum { TAG_MAX = 80, DIGITS_MAX = 9, HOUR = 10, DAY_SECONDS = 86400 };

/* Whether a byte is an ASCII digit. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What follows the first byte `c`; empty where there is none. By value, unlike span_until: a span
 * to which a pointer is passed has to be in memory, and reading it back takes time. */
static struct span after_byte(struct span s, char c)
{
    size_t n = span_index(s, c, c);

    if (n < s.len)
        n++;
    return (struct span){s.at + n, s.len - n};
}

/* Takes everything up to the next blank, or else the rest, and the blank, which is not returned. */
static struct span take_word(struct span *s)
{
    return span_until(s, ' ');
}

/* Whether a line begins with a date such as "2026-11-30", with something after it. */
static bool is_iso_date(struct span s)
{
    return s.len >= 11 && is_digit(s.at[0]) && s.at[4] == '-' && s.at[7] == '-' &&
           is_digit(s.at[9]);
}

/* Whether a line begins with a time such as "Nov 30 05:29:23 ". */
static bool is_syslog_time(struct span s)
{
    return s.len > MAILLOG_SYSLOG_TIME && s.at[3] == ' ' && s.at[6] == ' ' && s.at[9] == ':' &&
           s.at[12] == ':' && s.at[MAILLOG_SYSLOG_TIME] == ' ';
}

/* The digits at the beginning, 9 at most, as a number; 0: there are none. *len: how many. */
static inline uint32_t read_number(struct span s, size_t *len)
{
    size_t end = s.len < DIGITS_MAX ? s.len : DIGITS_MAX, i = 0;
    uint32_t n = 0, digit;

    for (; i < end && (digit = (unsigned char)s.at[i] - (uint32_t)'0') < 10; i++)
        n = n * 10 + digit;
    *len = i;
    return n;
}

/* The digits at the beginning, 9 at most, as a number; 0: there are none. */
static uint32_t number_of(struct span s)
{
    size_t len;

    return read_number(s, &len);
}

/* Where the tag ends: before '[', or the first ':' where no pid follows. 0: there is no tag, or it
 * has a blank or is too long. */
static size_t tag_length(struct span s)
{
    struct span word = {s.at, s.len < TAG_MAX ? s.len : TAG_MAX};
    size_t colon;

    word.len = span_index(word, ' ', '[');
    if (word.len < s.len && word.at[word.len] == '[' && word.len < TAG_MAX)
        return word.len;
    colon = span_index(word, ':', ':');
    return colon < word.len ? colon : 0;
}

/* Fills tag, pid and text by "tag[pid]: text" or "tag: text"; pid is 0 where there is none. The
 * time stays. The text may be empty. False: it is neither. */
static inline bool divide_tag(struct span rest, struct maillog_line *out)
{
    size_t len = tag_length(rest);

    if (len == 0)
        return false;
    out->tag = (struct span){rest.at, len};
    out->pid = 0;
    rest = (struct span){rest.at + len + 1, rest.len - len - 1};
    if (rest.at[-1] == '[') {
        out->pid = read_number(rest, &len);
        rest = (struct span){rest.at + len, rest.len - len};
        if (rest.len > 0 && rest.at[0] == ']')
            rest = (struct span){rest.at + 1, rest.len - 1};
        else
            rest = after_byte(rest, ']');
        if (rest.len == 0 || rest.at[0] != ':')
            return false;
        rest = (struct span){rest.at + 1, rest.len - 1};
    }
    if (rest.len > 0 && rest.at[0] == ' ')
        rest = (struct span){rest.at + 1, rest.len - 1};
    out->text.at = rest.at;
    out->text.len = rest.len;
    return true;
}

/* Fills *out by "TIME HOST APP PID MSGID SD text", which is what follows "<22>1 " (RFC 5424 6); pid
 * is 0 where there is none. The text stays empty where tag or text is missing. */
static void divide_rfc5424(struct span rest, struct maillog_line *out)
{
    out->time = take_word(&rest);
    take_word(&rest);
    out->tag = take_word(&rest);
    out->pid = number_of(take_word(&rest));
    take_word(&rest);
    if (rest.len > 0 && rest.at[0] == '[')
        span_until(&rest, ']');
    else
        span_skip(&rest, "-");
    span_skip(&rest, " ");
    span_skip(&rest, "\xef\xbb\xbf");
    if (out->tag.len > 0)
        out->text = rest;
}

/* Fills *out by a line of a file of Exim's: "2026-11-30 05:29:23.123 +0100 [123] text", whose date
 * is tested before. The tag is "exim"; pid is 0 where there is none. The text may be empty. */
static void divide_exim(struct span line, struct maillog_line *out)
{
    struct span rest = line, pid;

    take_word(&rest);
    take_word(&rest);
    if (rest.len > 5 && (rest.at[0] == '+' || rest.at[0] == '-') && is_digit(rest.at[1]))
        take_word(&rest);
    out->time = (struct span){line.at, (size_t)(rest.at - line.at)};
    out->tag = span_of("exim");
    out->pid = 0;
    if (span_skip(&rest, "[")) {
        pid = span_until(&rest, ']');
        out->pid = number_of(pid);
        span_skip(&rest, " ");
    }
    out->text = rest;
}

/* Fills out->time, and returns what follows "Nov 30 05:29:23 HOST ", whose time is tested before.
 */
static inline struct span after_syslog_host(struct span line, struct maillog_line *out)
{
    size_t head = MAILLOG_SYSLOG_TIME + 1;

    out->time = (struct span){line.at, MAILLOG_SYSLOG_TIME};
    return after_byte((struct span){line.at + head, line.len - head}, ' ');
}

/* Fills out->time, and returns the "tag[pid]: text" in "TIME HOST tag[pid]: text" or "TIME
 * tag[pid]: text"; or in "TIME stdout F LINE" or "TIME LINE", as container engines keep and show
 * what a container printed, where LINE begins with a time of RFC 3164. That TIME begins with a date
 * is tested before. */
static struct span after_iso_host(struct span line, struct maillog_line *out)
{
    struct span rest = line, after, host;

    out->time = take_word(&rest);
    if (is_syslog_time(rest))
        return after_syslog_host(rest, out);
    after = rest;
    host = take_word(&rest);
    if (host.len > 0 && host.at[host.len - 1] == ':')
        return after;
    if (span_is(host, "stdout") || span_is(host, "stderr")) {
        take_word(&rest);
        if (is_syslog_time(rest))
            return after_syslog_host(rest, out);
    }
    return rest;
}

/* As after_host, for a line that does not begin with a time of RFC 3164. Where the result's `at` is
 * NULL, *out is filled already, or its text is empty and the line has no form. */
static struct span after_other_host(struct span line, struct maillog_line *out)
{
    struct span rest = line;

    out->text = (struct span){0};
    if (rest.len > 0 && rest.at[0] == '<') {
        span_until(&rest, '>');
        if (span_skip(&rest, "1 ")) {
            divide_rfc5424(rest, out);
            return (struct span){0};
        }
    }
    if (is_syslog_time(rest))
        return after_syslog_host(rest, out);
    if (!is_iso_date(rest))
        return (struct span){0};
    if (rest.at[10] != ' ')
        return after_iso_host(rest, out);
    divide_exim(rest, out);
    return (struct span){0};
}

/* Fills out->time, and returns the "tag[pid]: text" after it and the host. Where a line has not
 * that form, `at` is NULL: *out is filled, but for the text, which is empty, if the line has no
 * form. */
static inline struct span after_host(struct span line, struct maillog_line *out)
{
    if (is_syslog_time(line) && line.at[0] != '<')
        return after_syslog_host(line, out);
    return after_other_host(line, out);
}

bool maillog_line_divide(struct span line, struct maillog_line *out)
{
    struct span rest = after_host(line, out);

    return rest.at ? divide_tag(rest, out) : out->text.len > 0;
}

/* --- times --- */

/* The number of two digits, the first of which may be a blank; -1: they are no digits. */
static int two(const char *s)
{
    char tens = s[0];

    if (tens == ' ')
        tens = '0';
    if (!is_digit(tens) || !is_digit(s[1]))
        return -1;
    return (tens - '0') * 10 + (s[1] - '0');
}

/* The month of a name of 3 letters, "Jan": 0 to 11; -1: there is none. */
static int month_of(const char *s)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; i < 12; i++) {
        if (memcmp(names + 3 * i, s, 3) == 0)
            return i;
    }
    return -1;
}

/* When the hour of "Nov 30 05:" begins in local time, in the latest year that does not put it more
 * than a day after `reference`. 0: it is no time. */
static time_t hour_begins(time_t reference, const char *s)
{
    struct tm now, tm = {.tm_mon = month_of(s), .tm_mday = two(s + 4), .tm_hour = two(s + 7)};
    struct tm earlier;
    time_t t;

    if (tm.tm_mon < 0 || tm.tm_mday < 1 || tm.tm_hour < 0)
        return 0;
    localtime_r(&reference, &now);
    tm.tm_year = now.tm_year;
    tm.tm_isdst = -1;
    earlier = tm;
    earlier.tm_year--;
    t = mktime(&tm);
    return t > reference + DAY_SECONDS ? mktime(&earlier) : t;
}

/* The time of the 15 bytes "Nov 30 05:29:23", in local time; 0: that is no time. */
static time_t syslog_time(struct maillog_clock *clock, const char *s)
{
    int minute = two(s + 10), second = two(s + 13);

    if (memcmp(clock->hour, s, HOUR) != 0) {
        clock->base = hour_begins(clock->reference, s);
        memcpy(clock->hour, s, HOUR);
    }
    if (clock->base <= 0 || minute < 0 || second < 0)
        return 0;
    return clock->base + minute * 60 + second;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar, negative before it; month 1 to 12, day 1
 * to 31. */
static int64_t days_to(int year, int month, int day)
{
    int64_t y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* The offset of a zone from UTC in seconds, positive in the east: 3600 for "+01:00" and "+0100", 0
 * for "Z"; whether there are digits after the sign is not checked. False: there is no zone. */
static bool zone_of(struct span s, int *seconds)
{
    int sign = 1, minutes = 3; /* where the minutes are */

    *seconds = 0;
    if (s.len > 0 && (s.at[0] == 'Z' || s.at[0] == 'z'))
        return true;
    if (s.len < 5 || (s.at[0] != '+' && s.at[0] != '-'))
        return false;
    if (s.at[0] == '-')
        sign = -1;
    if (s.at[3] == ':' && s.len > 5)
        minutes = 4;
    *seconds = sign * (two(s.at + 1) * 3600 + two(s.at + minutes) * 60);
    return true;
}

/* The local time of "2026-11-30 05:29:23", whose digits are checked already; month 1 to 12. For a
 * file of Exim's without log_timezone. */
static time_t local_time(struct maillog_clock *clock, int year, int month, const char *s)
{
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = two(s + 8),
                    .tm_hour = two(s + 11),
                    .tm_isdst = -1};

    if (memcmp(clock->hour, s + 3, HOUR) != 0) { /* "6-11-30 05" */
        clock->base = mktime(&tm);
        memcpy(clock->hour, s + 3, HOUR);
    }
    return clock->base + two(s + 14) * 60 + two(s + 17);
}

/* Whether the 19 bytes of "2026-11-30 05:29:23" have digits where these are; nothing else is
 * checked. */
static bool has_iso_digits(const char *s)
{
    static const int at[] = {0, 2, 5, 8, 11, 14, 17};

    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        if (s[at[i]] == ' ' || two(s + at[i]) < 0)
            return false;
    }
    return true;
}

/* The time of "2026-11-30T05:29:23.123+01:00" and of Exim's "2026-11-30 05:29:23 +0100"; without a
 * zone it is local. 0: that is no time. */
static time_t iso_time(struct maillog_clock *clock, struct span time)
{
    struct span zone;
    int year, month, seconds;
    size_t at = 19;

    if (time.len < at || !has_iso_digits(time.at))
        return 0;
    year = two(time.at) * 100 + two(time.at + 2);
    month = two(time.at + 5);
    while (at < time.len && (time.at[at] == '.' || time.at[at] == ',' || is_digit(time.at[at])))
        at++;
    zone = span_trim((struct span){time.at + at, time.len - at});
    if (!zone_of(zone, &seconds))
        return local_time(clock, year, month, time.at);
    return (time_t)(days_to(year, month, two(time.at + 8)) * DAY_SECONDS +
                    two(time.at + 11) * 3600 + two(time.at + 14) * 60 + two(time.at + 17) -
                    seconds);
}

time_t maillog_line_read_time(struct maillog_clock *clock, struct span time)
{
    if (time.len != MAILLOG_SYSLOG_TIME)
        return iso_time(clock, time);
    clock->last = syslog_time(clock, time.at);
    memcpy(clock->second, time.at, MAILLOG_SYSLOG_TIME);
    return clock->last;
}
