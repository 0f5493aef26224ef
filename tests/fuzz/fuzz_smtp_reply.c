/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of one reply. Bounded whatever comes, and STARTTLS is believed only where a line offers it.
 */
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "smtp/smtp_reply.h"

/* Whether a keyword begins after the code, blanks before it allowed, and ends there. */
static bool offers(const char *line, size_t len, const char *keyword)
{
    size_t n = strlen(keyword), at = 4;

    while (at < len && line[at] == ' ')
        at++;
    return len >= at + n && strncasecmp(line + at, keyword, n) == 0 &&
           (len == at + n || memchr(" \t=", line[at + n], 4));
}

static void look_at(const struct smtp_reply *r, enum smtp_reply_state s)
{
    HOLDS(s >= SMTP_REPLY_MORE && s <= SMTP_REPLY_BROKEN);
    HOLDS(r->code >= 0 && r->code <= 999);
    HOLDS(memchr(r->text, 0, sizeof r->text) && fuzz_is_clean(r->text));
    HOLDS(memchr(r->keywords, 0, sizeof r->keywords) && fuzz_is_clean(r->keywords));
    HOLDS(memchr(r->stripped_by, 0, sizeof r->stripped_by) && fuzz_is_clean(r->stripped_by));
    HOLDS(memchr(r->odd, 0, sizeof r->odd) && fuzz_is_clean(r->odd));
    HOLDS(r->stripped == (r->stripped_by[0] != '\0'));
    HOLDS((s == SMTP_REPLY_BROKEN) == (r->fault != NULL));
    HOLDS(r->deviations < 1u << SMTP_DEVIATIONS);
    if (s == SMTP_REPLY_NO_CODE)
        HOLDS(r->deviations != 0);
    if (s == SMTP_REPLY_MORE || s == SMTP_REPLY_DONE)
        HOLDS(r->code != 0);
    if (s != SMTP_REPLY_BROKEN)
        HOLDS(r->lines <= SMTP_REPLY_LINES_MAX && r->bytes <= SMTP_REPLY_BYTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct smtp_reply r = {0};
    enum smtp_reply_state s = SMTP_REPLY_MORE;
    bool starttls = false, pipelining = false;
    size_t lines = 0, coded = 0;

    while ((s == SMTP_REPLY_MORE || s == SMTP_REPLY_NO_CODE) && size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t len = end ? (size_t)(end - data) : size, taken = len + (end != NULL);
        char *line;

        if (len > 0 && data[len - 1] == '\r')
            len--;
        line = fuzz_bytes(data, len);
        s = smtp_reply_line(&r, line, len);
        look_at(&r, s);
        lines++;
        if (s == SMTP_REPLY_MORE || s == SMTP_REPLY_DONE)
            coded++;
        if (coded > 1 && (s == SMTP_REPLY_MORE || s == SMTP_REPLY_DONE)) {
            starttls = starttls || offers(line, len, "STARTTLS");
            pipelining = pipelining || offers(line, len, "PIPELINING");
        }
        HOLDS(r.starttls == starttls && r.pipelining == pipelining && r.lines == lines);
        free(line);
        data += taken;
        size -= taken;
    }
    return 0;
}
