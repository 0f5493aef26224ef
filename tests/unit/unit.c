#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The table of RFC 3629 4, written out, so that it owes nothing to the code under test. */
static size_t sequence(const unsigned char *s)
{
    static const unsigned char table[][6] = {
        /* first from, to; second from, to; length */
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};

    for (int i = 0; i < COUNT(table); i++) {
        size_t n = table[i][4];

        if (s[0] < table[i][0] || s[0] > table[i][1])
            continue;
        if (n > 1 && (s[1] < table[i][2] || s[1] > table[i][3]))
            return 0;
        for (size_t k = 2; k < n; k++) {
            if (s[k] < 0x80 || s[k] > 0xbf)
                return 0;
        }
        return n;
    }
    return 0;
}

bool unit_is_utf8(const char *s)
{
    const unsigned char *p = (const unsigned char *)s;

    while (*p) {
        size_t n = sequence(p);

        if (n == 0)
            return false;
        p += n;
    }
    return true;
}

void unit_file(const void *data, size_t len, char path[64])
{
    const char *dir = getenv("TMPDIR");
    FILE *f;
    int fd;

    snprintf(path, 64, "%.40s/unit.XXXXXX", dir && *dir ? dir : "/tmp");
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    f = fdopen(fd, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
}

TCase *unit_case(const char *module, const struct unit_test *tests, int count)
{
    TCase *c = tcase_create(module);

    tcase_set_timeout(c, 120); /* for the slowest on a busy machine */
    for (int i = 0; i < count; i++)
        tcase_add_loop_test(c, tests[i].test, 0, tests[i].times);
    return c;
}
