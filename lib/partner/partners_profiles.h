/* SPDX-License-Identifier: BSD-2-Clause */
/* partners_profiles: the TLS profiles that partners' forms name, each read once. A part of
 * partners. */
#ifndef PARTNER_PARTNERS_PROFILES_H
#define PARTNER_PARTNERS_PROFILES_H

#include <stddef.h>

#include "base/error.h"
#include "base/hash.h"
#include "policy/tls_profile.h"

struct partners_profile {
    struct tls_profile *profile; /* owned */
    const char *value;           /* a form's */
};

/* Begins zeroed, but for the directories, which are as tls_profile_load takes them. */
struct partners_profiles {
    const char *const *directories;
    size_t directory_count;
    struct partners_profile *at;
    size_t count;
    struct hash values; /* their indices */
};

/* The profile of that name or path, which `p` owns; `value` must outlive it. NULL with `e` filled:
 * ERROR_FILE with the text, or ERROR_MEMORY. */
const struct tls_profile *partners_profiles_get(struct partners_profiles *p, const char *value,
                                                struct error *e);

void partners_profiles_clear(struct partners_profiles *p);

#endif
