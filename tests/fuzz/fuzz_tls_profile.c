/* SPDX-License-Identifier: BSD-2-Clause */
/* A file of a TLS profile. Either it is refused in one clear line, or it rates everything. */
#include <string.h>

#include "fuzz.h"
#include "policy/tls_profile.h"

static void look_at(const struct tls_profile *p)
{
    HOLDS(*p->name && fuzz_is_clean(p->name) && fuzz_is_clean(p->document));
    HOLDS(fuzz_is_clean(p->edition) && strlen(p->date) >= 7);
    for (enum tls_code_kind kind = 0; kind < TLS_CODE_KINDS; kind++) {
        const struct tls_profile_set *set = &p->sets[kind];
        size_t all;

        tls_code_all(kind, &all);
        HOLDS(set->count <= all && (set->given || set->count == 0));
        HOLDS(!set->source || fuzz_is_clean(set->source));
        for (size_t i = 0; i < set->count; i++) {
            HOLDS(tls_code_find(kind, set->at[i].number));
            HOLDS(tls_profile_rate(p, kind, set->at[i].number, 0) <= TLS_PROFILE_FORBIDDEN);
        }
        HOLDS(!set->given || tls_profile_rate(p, kind, 0x5a5a, 0) == TLS_PROFILE_FORBIDDEN);
    }
    for (enum tls_profile_key key = 0; key < TLS_PROFILE_KEYS; key++)
        HOLDS(tls_profile_rate_size(p, key, 16384) == TLS_PROFILE_ALLOWED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_bytes(data, size);
    struct error e = {0};
    struct tls_profile *p = tls_profile_read("dir/fuzz.ini", text, size, &e);

    if (p)
        look_at(p);
    else
        HOLDS(e.cause == ERROR_FILE && *e.text && !strchr(e.text, '\n'));
    tls_profile_free(p);
    free(text);
    return 0;
}
