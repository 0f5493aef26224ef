/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/xclient.h"

#include <string.h>

#include "base/span.h"
#include "base/text.h"

/* Whether the last reply, which must be that to EHLO, offers XCLIENT, in upper or lower case. */
static bool is_offered(const struct smtp *s)
{
    struct span rest = span_of(s->reply.keywords), word;

    while ((word = span_word(&rest, " ")).len > 0) {
        if (span_is_folded(word, "XCLIENT"))
            return true;
    }
    return false;
}

/* Whether a command was answered by `code`. If not, `text` becomes "WHAT: " and the reply, or "no
 * reply". Else it is unchanged. */
static bool is_answered(const struct smtp *s, enum smtp_status status, int code, const char *what,
                        char text[XCLIENT_TEXT])
{
    if (status == SMTP_REPLIED && s->reply.code == code)
        return true;
    text_format(text, XCLIENT_TEXT, "%s: %s", what,
                status == SMTP_REPLIED ? s->reply.text : "no reply");
    return false;
}

bool xclient_run(struct smtp *s, const struct tls_policy *policy, const char *helo,
                 instant deadline, char text[XCLIENT_TEXT])
{
    const char *name = policy->xclient_name ? policy->xclient_name : "[UNAVAILABLE]";
    const char *address = policy->xclient_address;
    enum smtp_status status;

    if (!is_offered(s)) {
        text_copy(text, XCLIENT_TEXT, "XCLIENT is not offered");
        return false;
    }
    /* With ADDR alone Postfix keeps our own name. */
    status = smtp_command(s, deadline, "XCLIENT NAME=%s REVERSE_NAME=%s ADDR=%s%s", name, name,
                          strchr(address, ':') ? "IPV6:" : "", address);
    if (!is_answered(s, status, 220, "XCLIENT", text))
        return false;
    status = smtp_ehlo(s, helo, deadline);
    return is_answered(s, status, 250, "EHLO after XCLIENT", text);
}
