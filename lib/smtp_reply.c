#include "smtp_reply.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "text.h"

static bool is_digit(char c, char least, char most)
{
    return c >= least && c <= most;
}

/* Three digits, then a blank, a hyphen or the end (RFC 5321 4.2: the text is optional). */
static int reply_code(const char *line, size_t len)
{
    if (len < 3 || !is_digit(line[0], '2', '5') || !is_digit(line[1], '0', '9') ||
        !is_digit(line[2], '0', '9'))
        return 0;
    if (len > 3 && line[3] != ' ' && line[3] != '-')
        return 0;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* Middleboxes overwrite the keyword in place, so it keeps its eight characters. */
static bool is_overwritten(const char *word, size_t len)
{
    if (len < 4)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (word[i] != word[0] && !(i == len - 1 && word[0] == 'X'))
            return false;
    }
    return word[0] == '*' || (word[0] == 'X' && len == 8);
}

static void note_keyword(struct smtp_reply *r, const char *text, size_t len)
{
    size_t word = 0;
    char clean[40];

    while (word < len && text[word] != ' ')
        word++;
    if (word == 0)
        return;
    text_clean(clean, sizeof clean, text, word);
    if (word == 8 && strncasecmp(text, "STARTTLS", 8) == 0)
        r->starttls = true;
    if (word == 10 && strncasecmp(text, "PIPELINING", 10) == 0)
        r->pipelining = true;
    if (is_overwritten(text, word)) {
        r->stripped = true;
        text_copy(r->stripped_by, sizeof r->stripped_by, clean);
    }
    text_append(r->keywords, sizeof r->keywords, "%s%s", r->keywords[0] ? " " : "", clean);
}

static void note_text(struct smtp_reply *r, const char *line, size_t len)
{
    size_t used = strlen(r->text), room = sizeof r->text - used;

    if (r->lines == 1) {
        text_clean(r->text, room, line, len);
    } else if (len > 4 && room > 8) {
        r->text[used] = ' ';
        text_clean(r->text + used + 1, room - 1, line + 4, len - 4);
    }
}

static enum smtp_reply_state broken(struct smtp_reply *r, const char *fault)
{
    text_copy(r->fault, sizeof r->fault, fault);
    return SMTP_REPLY_BROKEN;
}

enum smtp_reply_state smtp_reply_line(struct smtp_reply *r, const char *line, size_t len)
{
    int code = reply_code(line, len);

    r->lines++;
    r->bytes += len;
    if (code == 0 && r->lines == 1) {
        text_clean(r->text, sizeof r->text, line, len);
        text_copy(r->fault, sizeof r->fault, "no SMTP reply");
        return SMTP_REPLY_NO_SMTP;
    }
    if (code == 0)
        return broken(r, "a continuation line without reply code");
    if (r->lines > 1 && code != r->code) {
        snprintf(r->fault, sizeof r->fault, "the code changes from %d to %d within one reply",
                 r->code, code);
        return SMTP_REPLY_BROKEN;
    }
    r->code = code;
    if (memchr(line, '\0', len))
        return broken(r, "a NUL byte in the reply");
    if (r->lines > SMTP_REPLY_LINES_MAX || r->bytes > SMTP_REPLY_BYTES_MAX)
        return broken(r, "more than 200 lines or 64 KiB in one reply");
    note_text(r, line, len);
    if (r->lines > 1 && len > 4)
        note_keyword(r, line + 4, len - 4);
    return len > 3 && line[3] == '-' ? SMTP_REPLY_MORE : SMTP_REPLY_DONE;
}
