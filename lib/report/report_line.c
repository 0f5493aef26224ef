/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_line.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

enum {
    WORD_SHORT = 14, /* a longer word is cut rather than left out */
    HEAD_LEAST = 14  /* beside a last word that stays whole */
};

static const char dots[] = "...";

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

/* Puts dots in the place of the bytes of `s` from `head` to `tail`, neither of which is inside a
 * character. There must be at least as many. */
static void replace_by_dots(char *s, size_t head, size_t tail)
{
    memcpy(s + head, dots, strlen(dots));
    memmove(s + head + strlen(dots), s + tail, strlen(s + tail) + 1);
}

void report_line_cut(char *s, size_t max)
{
    size_t len = strlen(s), kept = max - strlen(dots), head, tail;

    if (len <= max)
        return;
    head = kept - kept / 2;
    tail = len - kept / 2;
    while (head > 0 && is_inside(s[head]))
        head--;
    while (is_inside(s[tail]))
        tail++;
    replace_by_dots(s, head, tail);
}

/* Returns the offset of the blank nearest to `at`: at or after it if `step` is 1, at or before it
 * if `step` is -1. `at` where none is near. */
static size_t near_blank(const char *s, size_t at, int step)
{
    size_t i = at;

    for (int n = 0; n < WORD_SHORT && i > 0 && s[i]; n++, i += (size_t)step) {
        if (s[i] == ' ')
            return i;
    }
    return at;
}

void report_line_cut_words(char *s, size_t max)
{
    size_t len = strlen(s), kept = max - strlen(dots), head, wider, tail = len - kept / 2;
    const char *last = strrchr(s, ' ');

    if (len <= max)
        return;
    if (last && last < s + tail && len - (size_t)(last - s) + HEAD_LEAST < kept)
        tail = (size_t)(last - s);
    else
        tail = near_blank(s, tail, 1);
    while (is_inside(s[tail]))
        tail++;
    head = near_blank(s, kept - (len - tail), -1);
    if (s[head] == ' ' && head + (len - tail) < kept)
        head++;
    wider = near_blank(s, len - (kept - head), 1);
    if (s[wider] == ' ')
        tail = wider;
    while (head > 0 && is_inside(s[head]))
        head--;
    replace_by_dots(s, head, tail);
}

const char *report_line_verb(enum state s)
{
    if (s == STATE_UNKNOWN)
        return "unknown";
    return s == STATE_CRITICAL ? "fail" : "warn";
}

void report_line_count(enum state s, const struct state_count *c, const char *noun, char *out,
                       size_t cap)
{
    size_t unknown = c->by_state[STATE_UNKNOWN], known = c->all - unknown;

    text_copy(out, cap, "");
    if (c->by_state[s] == 0)
        return;
    if (s == STATE_UNKNOWN)
        known = c->all;
    text_format(out, cap, "%zu of %zu %s %s", c->by_state[s], known, noun, report_line_verb(s));
    if (s != STATE_UNKNOWN && unknown > 0)
        text_append(out, cap, "; %zu unknown", unknown);
}
