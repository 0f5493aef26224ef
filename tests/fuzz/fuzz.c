/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

#include <string.h>

bool fuzz_is_clean(const char *s)
{
    if (!is_utf8(s) || strpbrk(s, "|'\x7f"))
        return false;
    for (; *s; s++) {
        /* C1 controls are U+0080 to U+009F: c2 80 to c2 9f */
        if ((unsigned char)s[0] < 0x20 ||
            ((unsigned char)s[0] == 0xc2 && (unsigned char)s[1] < 0xa0))
            return false;
    }
    return true;
}

bool fuzz_is_error(const struct error *e)
{
    return e->cause != ERROR_NONE && e->text[0] && strlen(e->text) < sizeof e->text;
}

static char *copied(const uint8_t *data, size_t size, size_t room)
{
    char *s = malloc(room);

    HOLDS(s);
    if (size > 0)
        memcpy(s, data, size);
    return s;
}

char *fuzz_string(const uint8_t *data, size_t size)
{
    char *s = copied(data, size, size + 1);

    s[size] = '\0';
    return s;
}

char *fuzz_bytes(const uint8_t *data, size_t size)
{
    return copied(data, size, size ? size : 1);
}

int fuzz_lines(const uint8_t *data, size_t size)
{
    int lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    return lines;
}
