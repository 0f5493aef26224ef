/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/mail_found.h"

void mail_found_init(struct mail_found *f, enum finding_code code)
{
    *f = (struct mail_found){.code = code, .state = finding_code_info(code)->state};
}

const char *mail_found_seen(enum maillog_tls tls)
{
    static const char *const words[] = {
        [MAILLOG_UNKNOWN] = "unknown",           [MAILLOG_NOT_LOGGED] = "not logged",
        [MAILLOG_PLAINTEXT] = "plaintext",       [MAILLOG_ENCRYPTED] = "encrypted, not verified",
        [MAILLOG_TRUSTED] = "name not verified", [MAILLOG_VERIFIED] = "verified",
    };

    return words[tls];
}

bool mail_found_requires_tls(const struct partner *p)
{
    return p->level != LEVEL_MAY && p->level != LEVEL_DANE;
}

bool mail_found_requires_certificate(const struct partner *p)
{
    return mail_found_requires_tls(p) && p->level != LEVEL_ENCRYPT;
}
