/* SPDX-License-Identifier: BSD-2-Clause */
#include "expect.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

static size_t digits(const char *p)
{
    size_t n = 0;

    while (isdigit((unsigned char)p[n]))
        n++;
    return n;
}

static size_t fraction(const char *p)
{
    size_t n = *p == '.' ? digits(p + 1) : 0;

    return n > 0 ? n + 1 : 0;
}

static size_t span_seconds(const char *p)
{
    size_t n = digits(p), f = n > 0 ? fraction(p + n) : 0;

    return f > 0 ? n + f : 0;
}

static size_t span_grouped(const char *p)
{
    return isdigit((unsigned char)*p) ? strspn(p, "0123456789,") : 0;
}

static size_t span_days(const char *p)
{
    size_t sign = *p == '-', n = digits(p + sign);

    return n > 0 ? sign + n + fraction(p + sign + n) : 0;
}

/* The blanks that fill a column up depend on the timings in it. */
static size_t span_blanks(const char *p)
{
    return strspn(p, " ");
}

static const struct {
    const char *name;
    size_t (*span)(const char *p);
} placeholders[] = {
    {"{s}", span_seconds}, {"{ms}", span_grouped}, {"{days}", span_days},
    {"{n}", digits},       {"{_}", span_blanks},
};

static bool match(const char *want, const char *got);

static bool match_any(const char *want, const char *got)
{
    for (;; got++) {
        if (match(want, got))
            return true;
        if (*got == '\0')
            return false;
    }
}

static bool match(const char *want, const char *got)
{
    for (;; want++, got++) {
        if (strncmp(want, "{*}", 3) == 0)
            return match_any(want + 3, got);
        for (size_t i = 0; *want == '{' && i < sizeof placeholders / sizeof *placeholders; i++) {
            size_t len = strlen(placeholders[i].name);
            size_t span;

            if (strncmp(want, placeholders[i].name, len) != 0)
                continue;
            span = placeholders[i].span(got);
            return span > 0 && match(want + len, got + span);
        }
        if (*want != *got)
            return false;
        if (*want == '\0')
            return true;
    }
}

/* What is left of a terminal's line once it was wiped: a progress line, which a slow machine has
 * more of, is compared only where one is expected. */
static const char *after_wiping(const char *want, const char *got)
{
    static const char wipe[] = "\033[K";
    const char *next;

    if (strstr(want, wipe) != NULL)
        return got;
    while ((next = strstr(got, wipe)) != NULL)
        got = next + strlen(wipe);
    return got;
}

bool expect_match(const char *want, const char *got)
{
    return match(want, after_wiping(want, got));
}

/* Longest common subsequence from the ends, so that walking forwards gives the difference. */
static unsigned *common(char **want, size_t n_want, char **got, size_t n_got)
{
    size_t width = n_got + 1;
    unsigned *best = need((n_want + 1) * width, sizeof *best);

    for (size_t i = n_want; i-- > 0;) {
        for (size_t j = n_got; j-- > 0;) {
            unsigned down = best[(i + 1) * width + j], right = best[i * width + j + 1];

            if (expect_match(want[i], got[j]))
                best[i * width + j] = best[(i + 1) * width + j + 1] + 1;
            else
                best[i * width + j] = down > right ? down : right;
        }
    }
    return best;
}

/* Control bytes would hide in a terminal what the difference is. */
static void show_line(struct buf *report, const char *mark, const char *line)
{
    buf_str(report, mark);
    for (; *line != '\0'; line++) {
        unsigned char c = (unsigned char)*line;

        if (c < 0x20 || c == 0x7f)
            buf_fmt(report, "\\x%02x", c);
        else
            buf_add(report, line, 1);
    }
    buf_str(report, "\n");
}

bool expect_lines(char **want, size_t n_want, char **got, size_t n_got, struct buf *report)
{
    unsigned *best = common(want, n_want, got, n_got);
    size_t width = n_got + 1, i = 0, j = 0;
    bool same = n_want == n_got && best[0] == n_want;

    while (!same && (i < n_want || j < n_got)) {
        if (i < n_want && j < n_got && expect_match(want[i], got[j])) {
            show_line(report, "      ", got[j++]);
            i++;
        } else if (j == n_got ||
                   (i < n_want && best[(i + 1) * width + j] >= best[i * width + j + 1])) {
            show_line(report, "    - ", want[i++]);
        } else {
            show_line(report, "    + ", got[j++]);
        }
    }
    free(best);
    return same;
}

bool expect_contains(char **want, size_t n_want, char **got, size_t n_got, struct buf *report)
{
    bool all = true;

    for (size_t i = 0; i < n_want; i++) {
        size_t j = 0;

        while (j < n_got && !expect_match(want[i], got[j]))
            j++;
        if (j < n_got)
            continue;
        all = false;
        show_line(report, "    - ", want[i]);
    }
    for (size_t j = 0; !all && j < n_got; j++)
        show_line(report, "      ", got[j]);
    return all;
}

static char *replace_all(const char *line, const char *pattern, const char *by)
{
    struct buf out = {0};
    regex_t re;
    regmatch_t m;

    buf_str(&out, "");
    if (regcomp(&re, pattern, REG_EXTENDED) != 0)
        return copy_of(line, strlen(line));
    while (regexec(&re, line, 1, &m, 0) == 0) {
        buf_add(&out, line, (size_t)m.rm_so);
        buf_str(&out, by);
        line += m.rm_eo;
    }
    buf_str(&out, line);
    regfree(&re);
    return out.p;
}

char *expect_generalise(const char *line)
{
    char *seconds = replace_all(line, "[0-9]+\\.[0-9]{3}s", "{s}s");
    char *both = replace_all(seconds, "\\([0-9,]+ms\\)", "({ms}ms)");

    free(seconds);
    return both;
}
