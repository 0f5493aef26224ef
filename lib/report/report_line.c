/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_line.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

void report_line_shorten(char *s, size_t max)
{
    char copy[512];

    if (strlen(s) <= max)
        return;
    text_copy(copy, sizeof copy, s);
    text_format(s, max - 2, "%s", copy);
    strcat(s, "...");
}

/* Whether a byte of UTF-8 continues a character that an earlier byte begins. */
static bool is_inside(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

void report_line_cut(char *s, size_t max)
{
    static const char dots[] = "...";
    size_t len = strlen(s), kept = max - strlen(dots), head, tail;

    if (len <= max)
        return;
    head = kept - kept / 2;
    tail = len - kept / 2;
    while (head > 0 && is_inside(s[head]))
        head--;
    while (is_inside(s[tail]))
        tail++;
    memcpy(s + head, dots, strlen(dots));
    memmove(s + head + strlen(dots), s + tail, len - tail + 1);
}

void report_line_count(enum state s, const struct state_count *c, const char *noun, char *out,
                       size_t cap)
{
    size_t unknown = c->by_state[STATE_UNKNOWN];

    text_copy(out, cap, "");
    if (c->by_state[s] == 0)
        return;
    if (s == STATE_UNKNOWN) {
        text_format(out, cap, " (%zu of %zu %s unknown)", unknown, c->all, noun);
        return;
    }
    text_format(out, cap, " (%zu of %zu %s %s", c->by_state[s], c->all - unknown, noun,
                s == STATE_CRITICAL ? "fail" : "warn");
    if (unknown > 0)
        text_append(out, cap, "; %zu unknown", unknown);
    text_append(out, cap, ")");
}
