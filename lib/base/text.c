/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_COLUMNS = 79 };

void text_init(struct text *t, size_t max)
{
    *t = (struct text){.max = max};
}

void text_free(struct text *t)
{
    free(t->s);
    *t = (struct text){.max = t->max};
}

const char *text_str(const struct text *t)
{
    return t->s ? t->s : "";
}

/* Makes room for `more` bytes and a NUL after the t->len bytes of t->s. False: there is no room,
 * now or later, and t->cut or t->failed says why; then nothing is to be added. */
static bool reserve(struct text *t, size_t more)
{
    size_t cap = t->cap ? t->cap : 256;
    char *s;

    if (t->failed || t->cut)
        return false;
    if (more > t->max - t->len) {
        t->cut = true;
        return false;
    }
    while (cap < t->len + more + 1)
        cap *= 2;
    if (cap == t->cap)
        return true;
    s = realloc(t->s, cap);
    if (!s) {
        t->failed = true;
        return false;
    }
    t->s = s;
    t->cap = cap;
    return true;
}

void text_add_bytes(struct text *t, const char *s, size_t len)
{
    if (!reserve(t, len))
        return;
    memcpy(t->s + t->len, s, len);
    t->len += len;
    t->s[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
    text_add_bytes(t, s, strlen(s));
}

void text_addf(struct text *t, const char *format, ...)
{
    va_list args, again;
    size_t room = t->cap - t->len;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(room > 0 ? t->s + t->len : NULL, room, format, args);
    if (len > 0 && reserve(t, (size_t)len)) {
        if ((size_t)len >= room)
            vsnprintf(t->s + t->len, (size_t)len + 1, format, again);
        t->len += (size_t)len;
    } else if (room > 0) {
        t->s[t->len] = '\0';
    }
    va_end(again);
    va_end(args);
}

void text_add_wrapped(struct text *t, const char *first, const char *s, size_t len)
{
    size_t indent = strlen(first), column = indent;
    const char *end = s + len;

    text_add(t, first);
    while (s < end) {
        size_t word = strcspn(s, " \n");

        if (word > (size_t)(end - s))
            word = (size_t)(end - s);
        if (column > indent && column + 1 + word > TEXT_COLUMNS) {
            text_addf(t, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            text_add(t, " ");
            column++;
        }
        text_add_bytes(t, s, word);
        column += word;
        s += word + 1;
    }
    text_add(t, "\n");
}

/* Returns how many bytes a UTF-8 sequence has that begins with this byte, 1 to 4; 0: none begins
 * with it. Whether the other bytes follow is for the caller to look at. */
static size_t utf8_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    if (first < 0xe0)
        return 2;
    return first < 0xf0 ? 3 : 4;
}

/* Decodes the UTF-8 sequence at `s` (RFC 3629: no overlong forms, no surrogates). Returns its
 * length; 0: `len` (> 0) bytes do not begin with one, *point is unchanged. */
static size_t utf8_decode(const unsigned char *s, size_t len, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = utf8_length(s[0]);
    uint32_t p = s[0];

    if (n == 0 || n > len)
        return 0;
    if (n > 1)
        p &= 0xffu >> (n + 1);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        p = p << 6 | (s[i] & 0x3f);
    }
    if (p < least[n] || p > 0x10ffff || (p >= 0xd800 && p <= 0xdfff))
        return 0;
    *point = p;
    return n;
}

size_t text_utf8(const char *s, size_t len)
{
    size_t at = 0, n;
    uint32_t point;

    while (at < len && (n = utf8_decode((const unsigned char *)s + at, len - at, &point)) > 0)
        at += n;
    return at;
}

/* Whether a terminal, a log or a web page would not show the character with this code point. */
static bool is_invisible(uint32_t p)
{
    return p < 0x20 || (p >= 0x7f && p < 0xa0) || p == 0xad || p == 0x61c || p == 0x180e ||
           (p >= 0x200b && p <= 0x200f) || (p >= 0x2028 && p <= 0x202e) ||
           (p >= 0x2060 && p <= 0x206f) || p == 0xfeff || (p >= 0xfff9 && p <= 0xfffb) ||
           (p >= 0xe0000 && p <= 0xe007f);
}

/* Whether Icinga Web takes the text, `len` (> 0) bytes, for the beginning of a tag, and then the
 * whole output for HTML: <word, then a blank, > or the end. An address like
 * <postmaster@example.com> is none. */
static bool begins_tag(const unsigned char *s, size_t len)
{
    static const char word[] = "0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t n = 1;

    if (s[0] != '<')
        return false;
    while (n < len && memchr(word, s[n], sizeof word - 1))
        n++;
    return n > 1 && (n == len || s[n] == ' ' || s[n] == '>');
}

size_t text_clean(char *dst, size_t cap, const char *src, size_t len)
{
    const unsigned char *s = (const unsigned char *)src;
    size_t out = 0, ellipsis = 0;

    while (len > 0) {
        uint32_t point = 0;
        size_t n = utf8_decode(s, len, &point);
        bool keep =
            n > 0 && !is_invisible(point) && point != '|' && point != '\'' && !begins_tag(s, len);
        size_t add = keep ? n : 1;

        if (out + add >= cap) {
            memcpy(dst + ellipsis, "...", 4);
            return ellipsis + 3;
        }
        if (keep)
            memcpy(dst + out, s, n);
        else
            dst[out] = '?';
        out += add;
        if (out + 4 <= cap)
            ellipsis = out;
        s += n ? n : 1;
        len -= n ? n : 1;
    }
    dst[out] = '\0';
    return out;
}

/* Writes to `dst` as vsnprintf does, but where the text is cut to `cap` (> 0) bytes, NUL included,
 * no part of a character is left at its end. */
static void __attribute__((format(printf, 3, 0)))
format_cut(char *dst, size_t cap, const char *format, va_list args)
{
    int len = vsnprintf(dst, cap, format, args);
    uint32_t point;
    size_t start;

    if (len < 0)
        dst[0] = '\0';
    if (len < 0 || (size_t)len < cap || cap < 2)
        return;
    start = cap - 2;
    while (start > 0 && ((unsigned char)dst[start] & 0xc0) == 0x80)
        start--;
    if (utf8_decode((const unsigned char *)dst + start, cap - 1 - start, &point) == 0)
        dst[start] = '\0';
}

void text_copy(char *dst, size_t cap, const char *src)
{
    text_format(dst, cap, "%s", src);
}

void text_format(char *dst, size_t cap, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_cut(dst, cap, format, args);
    va_end(args);
}

void text_append(char *dst, size_t cap, const char *format, ...)
{
    size_t len = strlen(dst);
    va_list args;

    va_start(args, format);
    format_cut(dst + len, cap - len, format, args);
    va_end(args);
}

const char *text_or(const char *s, const char *otherwise)
{
    return *s ? s : otherwise;
}

bool text_equal(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return strcmp(a, b) == 0;
}

void text_join(char *dst, size_t cap, const char *item)
{
    if (*dst)
        text_append(dst, cap, ", ");
    text_append(dst, cap, "%s", item);
}

const char *text_plural(size_t n)
{
    return n == 1 ? "" : "s";
}

size_t text_width(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

void text_time(char *dst, size_t cap, time_t t)
{
    struct tm tm;

    if (!gmtime_r(&t, &tm) || strftime(dst, cap, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
        dst[0] = '\0';
}

void text_date(char *dst, size_t cap, time_t t)
{
    struct tm tm;

    if (!gmtime_r(&t, &tm) || strftime(dst, cap, "%Y-%m-%d", &tm) == 0)
        dst[0] = '\0';
}

void text_number(char *dst, size_t cap, double value)
{
    char buf[400], *end;

    snprintf(buf, sizeof buf, "%.3f", value);
    end = buf + strlen(buf);
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
    text_copy(dst, cap, strcmp(buf, "-0") == 0 ? "0" : buf);
}

void text_days(char *dst, size_t cap, double days)
{
    char number[400];
    size_t len;

    text_number(number, sizeof number, days);
    if (days >= 0.1)
        text_format(number, sizeof number, "%.1f", days);
    len = strlen(number);
    if (len > 2 && strcmp(number + len - 2, ".0") == 0)
        number[len - 2] = '\0';
    text_format(dst, cap, "%s day%s", number, strcmp(number, "1") == 0 ? "" : "s");
}

void text_duration(char *dst, size_t cap, double seconds)
{
    static const struct {
        double length;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t u = 0;
    long n;

    while (u < 3 && seconds < 2 * units[u].length)
        u++;
    n = (long)(seconds / units[u].length);
    text_format(dst, cap, "%ld %s%s", n, units[u].name, text_plural((size_t)n));
}
