#include "terms.h"

#include <string.h>

static const char *const names[] = {"may",    "encrypt", "fingerprint", "verify",
                                    "secure", "dane",    "dane-only"};

bool level_is_dane(enum tls_level level)
{
    return level == LEVEL_DANE || level == LEVEL_DANE_ONLY;
}

const char *level_name(enum tls_level level)
{
    return names[level];
}

void terms_default(struct terms *t)
{
    *t = (struct terms){.level = LEVEL_VERIFY,
                        .min_version = TLS1_2_VERSION,
                        .min_version_name = "1.2",
                        .sender = ""};
    for (int c = 0; c < FINDING_COUNT; c++)
        t->on[c] = STATE_DEFAULT;
}

bool terms_connect_alike(const struct terms *a, const struct terms *b)
{
    return a->min_version == b->min_version && a->tlsa == b->tlsa &&
           level_is_dane(a->level) == level_is_dane(b->level) && a->trust == b->trust &&
           a->refuses_plaintext == b->refuses_plaintext && strcmp(a->sender, b->sender) == 0;
}
