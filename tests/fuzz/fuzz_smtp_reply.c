/* Lines of one reply. Bounded whatever comes, and STARTTLS is believed only where a line offers it. */
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "smtp_reply.h"

static bool offers(const char *line, size_t len, const char *keyword)
{
    size_t n = strlen(keyword);

    return len >= 4 + n && strncasecmp(line + 4, keyword, n) == 0 && (len == 4 + n || line[4 + n] == ' ');
}

static void look_at(const struct smtp_reply *r, enum smtp_reply_state s)
{
    HOLDS(s >= SMTP_REPLY_MORE && s <= SMTP_REPLY_BROKEN);
    HOLDS(r->code == 0 || (r->code >= 200 && r->code <= 599));
    HOLDS(memchr(r->text, 0, sizeof r->text) && fuzz_is_clean(r->text));
    HOLDS(memchr(r->keywords, 0, sizeof r->keywords) && fuzz_is_clean(r->keywords));
    HOLDS(memchr(r->stripped_by, 0, sizeof r->stripped_by) && fuzz_is_clean(r->stripped_by));
    HOLDS(memchr(r->fault, 0, sizeof r->fault) && fuzz_is_clean(r->fault));
    HOLDS(r->stripped == (r->stripped_by[0] != '\0'));
    HOLDS((s == SMTP_REPLY_NO_SMTP || s == SMTP_REPLY_BROKEN) == (r->fault[0] != '\0'));
    if (s == SMTP_REPLY_NO_SMTP)
        HOLDS(r->lines == 1 && r->code == 0);
    if (s == SMTP_REPLY_MORE || s == SMTP_REPLY_DONE)
        HOLDS(r->code != 0 && r->lines <= SMTP_REPLY_LINES_MAX && r->bytes <= SMTP_REPLY_BYTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct smtp_reply r = {0};
    enum smtp_reply_state s = SMTP_REPLY_MORE;
    bool starttls = false, pipelining = false;
    size_t lines = 0;

    while (s == SMTP_REPLY_MORE && size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t len = end ? (size_t)(end - data) : size, taken = len + (end != NULL);
        char *line;

        if (len > 0 && data[len - 1] == '\r')
            len--;
        line = fuzz_bytes(data, len);
        s = smtp_reply_line(&r, line, len);
        look_at(&r, s);
        lines++;
        if (lines > 1 && (s == SMTP_REPLY_MORE || s == SMTP_REPLY_DONE)) {
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
