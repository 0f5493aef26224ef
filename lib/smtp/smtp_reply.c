/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtp/smtp_reply.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* The number that the first three digits of a line make; 0 where it does not begin with three, or
 * with more. */
static int reply_code(const char *line, size_t len)
{
    size_t digits = 0;

    while (digits < len && digits < 4 && isdigit((unsigned char)line[digits]))
        digits++;
    if (digits != 3)
        return 0;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* Whether a keyword is nothing but four or more "*", or eight X, of which the last may be any byte.
 * Middleboxes overwrite the keyword in place, so it keeps its eight characters. */
static bool is_overwritten(const char *word, size_t len)
{
    if (len < 4)
        return false;
    for (size_t i = 1; i < len; i++) {
        if (word[i] != word[0] && !(i == len - 1 && word[0] == 'X'))
            return false;
    }
    return word[0] == '*' || (word[0] == 'X' && len == 8);
}

/* Notes the keyword of a line of an EHLO reply after its first; `text` follows code and separator.
 * A line without a keyword changes nothing. Postfix takes it after blanks and up to "=", Exim up to
 * white space: what one of them recognizes is offered. */
static void note_keyword(struct smtp_reply *r, const char *text, size_t len)
{
    size_t blanks = 0, word;
    char clean[40];

    while (blanks < len && text[blanks] == ' ')
        blanks++;
    for (word = blanks; word < len && !memchr(" \t=", text[word], 3) && text[word]; word++)
        continue;
    if (word == blanks)
        return;
    text_clean(clean, sizeof clean, text + blanks, word - blanks);
    if (strcasecmp(clean, "STARTTLS") == 0) {
        r->starttls = true;
        if (blanks > 0 || (word < len && text[word] != ' '))
            smtp_reply_deviates(r, SMTP_KEYWORD, text, len);
    }
    r->pipelining = r->pipelining || strcasecmp(clean, "PIPELINING") == 0;
    r->smtputf8 = r->smtputf8 || strcasecmp(clean, "SMTPUTF8") == 0;
    r->requiretls = r->requiretls || strcasecmp(clean, "REQUIRETLS") == 0;
    if (is_overwritten(text + blanks, word - blanks)) {
        r->stripped = true;
        text_copy(r->stripped_by, sizeof r->stripped_by, clean);
    }
    if (strlen(r->keywords) + 1 + strlen(clean) < sizeof r->keywords)
        text_append(r->keywords, sizeof r->keywords, "%s%s", r->keywords[0] ? " " : "", clean);
}

/* Appends a line to r->text, cleaned, after a blank unless r->text is empty, as far as there is
 * room. `repeats`: the line has the code of the line before it, and only its words are added, if
 * any. */
static void note_text(struct smtp_reply *r, const char *line, size_t len, bool repeats)
{
    size_t used = strlen(r->text), room = sizeof r->text - used, skip = repeats ? 4 : 0;

    if (used == 0) {
        text_clean(r->text, room, line, len);
    } else if (len > skip && room > 8) {
        r->text[used] = ' ';
        text_clean(r->text + used + 1, room - 1, line + skip, len - skip);
    }
}

/* Keeps `fault`, which is static. Always SMTP_REPLY_BROKEN. */
static enum smtp_reply_state broken(struct smtp_reply *r, const char *fault)
{
    r->fault = fault;
    return SMTP_REPLY_BROKEN;
}

/* Whether a blank or hyphen follows the code of a line whose reply_code is not 0 (RFC 5321 4.2.1);
 * true for a code alone. */
static bool is_separated(const char *line, size_t len)
{
    return len == 3 || line[3] == ' ' || line[3] == '-';
}

/* Notes how a line departs from RFC 5321, if it does; `code` is its reply_code, 0: none. r->code
 * must still be that of the line before, 0 before the first. */
static void note_line(struct smtp_reply *r, const char *line, size_t len, int code)
{
    if (len == 0)
        smtp_reply_deviates(r, SMTP_EMPTY_LINE, "an empty line", 13);
    else if (code == 0)
        smtp_reply_deviates(r, SMTP_NO_CODE, line, len);
    else if (!is_separated(line, len))
        smtp_reply_deviates(r, SMTP_NO_BLANK, line, len);
    else if (r->code != 0 && code != r->code)
        smtp_reply_deviates(r, SMTP_CODE_CHANGE, line, len);
    if (memchr(line, '\0', len))
        smtp_reply_deviates(r, SMTP_NUL, line, len);
}

enum smtp_reply_state smtp_reply_line(struct smtp_reply *r, const char *line, size_t len)
{
    int code = reply_code(line, len);

    r->lines++;
    r->bytes += len;
    note_line(r, line, len, code);
    note_text(r, line, len, code != 0 && code == r->code && is_separated(line, len));
    if (r->lines > SMTP_REPLY_LINES_MAX || r->bytes > SMTP_REPLY_BYTES_MAX)
        return broken(r, "more than 200 lines or 64 KiB in one reply");
    if (code == 0 || !is_separated(line, len))
        return SMTP_REPLY_NO_CODE;
    if (r->code == 0 && len >= 12 && strncasecmp(line + 4, "STARTTLS", 8) == 0)
        r->starttls_first = len == 12 || line[12] == ' ';
    if (r->code != 0 && len > 4)
        note_keyword(r, line + 4, len - 4);
    r->code = code;
    return len > 3 && line[3] == '-' ? SMTP_REPLY_MORE : SMTP_REPLY_DONE;
}

void smtp_reply_deviates(struct smtp_reply *r, enum smtp_deviation d, const char *line, size_t len)
{
    if (!r->odd[0])
        text_clean(r->odd, sizeof r->odd, line, len);
    r->deviations |= 1u << d;
}

void smtp_reply_rest(struct smtp_reply *r, const char *line, size_t len)
{
    if (len > 0)
        note_text(r, line, len, false);
}

bool smtp_reply_is_masked(const char *text)
{
    return text[strspn(text, "20 *")] == '\0';
}

const char *smtp_reply_echo(const char *text, size_t len)
{
    while (*text) {
        size_t word = 0;

        while (isalnum((unsigned char)text[word]))
            word++;
        if (word == len && strspn(text, "X") == len)
            return text;
        text += word > 0 ? word : 1;
    }
    return NULL;
}
