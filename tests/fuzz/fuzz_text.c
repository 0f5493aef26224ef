/* SPDX-License-Identifier: BSD-2-Clause */
/* The sanitiser, and formatting that cuts. The first byte is the size of the destination. */
#include <string.h>

#include "fuzz.h"
#include "base/text.h"

static bool has_tag(const char *s)
{
    static const char word[] = "0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    for (s = strchr(s, '<'); s; s = strchr(s + 1, '<')) {
        size_t n = strspn(s + 1, word);

        if (n > 0 && (s[1 + n] == '\0' || s[1 + n] == ' ' || s[1 + n] == '>'))
            return true;
    }
    return false;
}

static void clean(const char *src, size_t len, size_t cap)
{
    char *out = malloc(cap), *again = malloc(cap);
    size_t n;

    HOLDS(out && again);
    n = text_clean(out, cap, src, len);
    HOLDS(n < cap && strlen(out) == n);
    HOLDS(fuzz_is_clean(out) && !has_tag(out));
    HOLDS(len == 0 || n > 0);
    HOLDS(n <= len || n <= 3);
    HOLDS(text_clean(again, cap, out, n) == n && strcmp(out, again) == 0);
    /* Clean text that fits comes out as it is. */
    if (len < cap && !memchr(src, 0, len)) {
        char *whole = fuzz_string((const uint8_t *)src, len);

        if (n == len && fuzz_is_clean(whole) && !strchr(out, '?'))
            HOLDS(strcmp(out, whole) == 0);
        free(whole);
    }
    free(out);
    free(again);
}

/* For text that is clean already: here, made so. */
static void format(const char *src, size_t len, size_t cap)
{
    char *whole = malloc(len + 8), *out = malloc(cap);
    size_t n;

    HOLDS(whole && out);
    text_clean(whole, len + 8, src, len);
    text_copy(out, cap, whole);
    n = strlen(out);
    HOLDS(n < cap && fuzz_is_clean(out) && strncmp(out, whole, n) == 0);
    HOLDS(n == strlen(whole) || n + 4 >= cap); /* nothing but a piece of a character is missing */
    text_format(out, cap, "%s: %s", "x", whole);
    HOLDS(strlen(out) < cap && fuzz_is_clean(out));
    text_append(out, cap, "%s", whole);
    HOLDS(strlen(out) < cap && fuzz_is_clean(out));
    free(whole);
    free(out);
}

static void grow(const char *s, size_t max)
{
    struct text t;

    text_init(&t, max);
    for (int i = 0; i < 3; i++) {
        text_add(&t, s);
        text_addf(&t, "%s%d", s, i);
        HOLDS(t.len <= max && strlen(text_str(&t)) == t.len && !t.failed);
    }
    HOLDS(t.cut == (6 * strlen(s) + 3 > max));
    text_free(&t);
    HOLDS(*text_str(&t) == '\0' && t.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t cap;
    char *s;

    if (size < 1)
        return 0;
    cap = data[0] + 5u;
    s = fuzz_bytes(data + 1, size - 1);
    clean(s, size - 1, cap);
    format(s, size - 1, cap);
    free(s);
    s = fuzz_string(data + 1, size - 1);
    grow(s, cap);
    free(s);
    return 0;
}
