/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/partners_profiles.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

const struct tls_profile *partners_profiles_get(struct partners_profiles *p, const char *value,
                                                struct error *e)
{
    uint64_t code = hash_text(value);
    struct partners_profile *grown;
    struct hash_walk walk;
    struct tls_profile *new;

    for (size_t i = hash_first(&p->values, code, &walk); i != HASH_NONE; i = hash_next(&walk)) {
        if (strcmp(p->at[i].value, value) == 0)
            return p->at[i].profile;
    }
    new = tls_profile_load(value, p->directories, p->directory_count, e);
    if (!new)
        return NULL;
    grown = array_grow(p->at, p->count, sizeof *grown);
    if (grown)
        p->at = grown;
    if (!grown || !hash_add(&p->values, code, p->count)) {
        tls_profile_free(new);
        error_memory(e);
        return NULL;
    }
    p->at[p->count++] = (struct partners_profile){new, value};
    return new;
}

void partners_profiles_clear(struct partners_profiles *p)
{
    for (size_t i = 0; i < p->count; i++)
        tls_profile_free(p->at[i].profile);
    free(p->at);
    hash_clear(&p->values);
    *p = (struct partners_profiles){0};
}
