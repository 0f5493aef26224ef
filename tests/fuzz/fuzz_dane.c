/* SPDX-License-Identifier: BSD-2-Clause */
/* The RDATA of a TLSA record. */
#include <string.h>

#include "tls/dane.h"
#include "fuzz.h"

static void look_at_text(const struct dane_tlsa *t, size_t cap)
{
    char *text = malloc(cap), start[24];

    HOLDS(text);
    dane_tlsa_text(t, text, cap);
    HOLDS(memchr(text, 0, cap) && fuzz_is_clean(text));
    snprintf(start, sizeof start, "%u %u %u ", t->usage, t->selector, t->matching);
    HOLDS(strncmp(text, start, cap - 1 < strlen(start) ? cap - 1 : strlen(start)) == 0);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char *rdata = (unsigned char *)fuzz_string(data, size);
    struct dane_tlsa t = {0};
    bool ok = dane_tlsa_read(&t, rdata, size);

    HOLDS(ok == (size >= 4 && size - 3 <= DANE_DATA_MAX));
    if (ok) {
        HOLDS(t.len == size - 3 && memcmp(t.data, rdata + 3, t.len) == 0);
        HOLDS(t.usage == rdata[0] && t.selector == rdata[1] && t.matching == rdata[2]);
        if (dane_tlsa_usable(&t)) {
            HOLDS(t.usage == 2 || t.usage == 3);
            HOLDS(t.selector <= 1 && t.matching <= 2);
            HOLDS(t.matching != 1 || t.len == 32);
            HOLDS(t.matching != 2 || t.len == 64);
        }
        for (size_t cap = 1; cap < 200; cap += 22)
            look_at_text(&t, cap);
    }
    dane_tlsa_clear(&t);
    HOLDS(!t.data && t.len == 0);
    free(rdata);
    return 0;
}
