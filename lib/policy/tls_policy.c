/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/tls_policy.h"

#include <string.h>

#include "base/text.h"

static const char *const names[] = {"may",    "encrypt", "fingerprint", "verify",
                                    "secure", "dane",    "dane-only"};

bool tls_policy_is_dane(enum tls_level level)
{
    return level == LEVEL_DANE || level == LEVEL_DANE_ONLY;
}

bool tls_policy_verifies(enum tls_level level)
{
    return level == LEVEL_VERIFY || level == LEVEL_SECURE;
}

const char *tls_policy_level_name(enum tls_level level)
{
    return names[level];
}

void tls_policy_default(struct tls_policy *t)
{
    *t = (struct tls_policy){.level = LEVEL_VERIFY,
                             .min_version = TLS1_2_VERSION,
                             .min_version_name = "1.2",
                             .sender = ""};
    for (int c = 0; c < FINDING_COUNT; c++)
        t->on[c] = STATE_DEFAULT;
}

bool tls_policy_connects_alike(const struct tls_policy *a, const struct tls_policy *b)
{
    return a->min_version == b->min_version && a->tlsa == b->tlsa && a->wrapper == b->wrapper &&
           tls_policy_is_dane(a->level) == tls_policy_is_dane(b->level) && a->trust == b->trust &&
           a->profile == b->profile && a->hello == b->hello &&
           a->refuses_plaintext == b->refuses_plaintext && strcmp(a->sender, b->sender) == 0 &&
           text_equal(a->xclient_address, b->xclient_address) &&
           text_equal(a->xclient_name, b->xclient_name);
}
