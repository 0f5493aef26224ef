/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/profile_facts.h"

unsigned profile_facts_number(const struct profile_answer *a, enum tls_code_kind kind)
{
    switch (kind) {
    case TLS_CODE_VERSION:
        return a->version;
    case TLS_CODE_SUITE:
        return a->suite;
    case TLS_CODE_GROUP:
        return a->group;
    case TLS_CODE_SIGNATURE:
        return a->signature;
    default:
        return 0;
    }
}

bool profile_facts_required(const struct profile_facts *f, enum tls_code_kind kind, unsigned number)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct profile_answer *a = &f->at[i];

        if (a->question == PROFILE_REQUIRED && a->asked == number && a->asked_kind == (int)kind)
            return true;
    }
    return false;
}
