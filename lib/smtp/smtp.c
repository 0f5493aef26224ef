/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtp/smtp.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* After a line without reply code the others follow soon, or what speaks there is no SMTP server.
 */
enum { COMMAND_MAX = 1024, NO_CODE_MS = 2000 };

/* Adds "SIDE LINE" to the transcript, with a newline; the line is cleaned and cut to 511 bytes.
 * `side` is "C:" or "S:". Without a transcript nothing is added. */
static void note(struct smtp *s, const char *side, const char *line, size_t len)
{
    char clean[512];

    if (!s->transcript)
        return;
    text_clean(clean, sizeof clean, line, len);
    text_addf(s->transcript, "%s %s\n", side, clean);
}

/* The status for a conn_status other than CONN_OK: SMTP_CLOSED for CONN_FAILED, CONN_CLOSED and
 * CONN_NO_ROUTE. For CONN_TOO_LONG it sets reply.fault. */
static enum smtp_status from_conn(struct smtp *s, enum conn_status c)
{
    switch (c) {
    case CONN_TIMEOUT:
        return SMTP_SILENT;
    case CONN_TOO_LONG:
        s->reply.fault = "a line of more than 64 KiB";
        return SMTP_BROKEN;
    case CONN_TLS:
        return SMTP_TLS_ALERT;
    case CONN_LOCAL:
        return SMTP_LOCAL;
    default:
        return SMTP_CLOSED;
    }
}

/* Adds the one deviation that the end of a line shows, if any. */
static void note_line_end(struct smtp_reply *r, const struct conn_line *line)
{
    if (line->cut)
        smtp_reply_deviates(r, SMTP_LONG_LINE, line->text, line->len);
    else if (line->crs == 0)
        smtp_reply_deviates(r, SMTP_BARE_LF, line->text, line->len);
    else if (line->crs > 1)
        smtp_reply_deviates(r, SMTP_CR_CR_LF, line->text, line->len);
}

/* The result of a reply that has no last line; `c` is not CONN_OK, and `line` is what came of the
 * next line. `no_code`: the line before it had no reply code. */
static enum smtp_status unfinished(struct smtp *s, enum conn_status c, const struct conn_line *line,
                                   bool no_code)
{
    smtp_reply_rest(&s->reply, line->text, line->len);
    if (c == CONN_LOCAL || !no_code)
        return from_conn(s, c);
    if (s->reply.code == 0)
        return SMTP_NO_SMTP;
    s->reply.fault = "a line without reply code, and none that ends the reply";
    return SMTP_BROKEN;
}

/* Whether a line begins as an alert or a handshake of SSL 3.0 or later does (RFC 8446 5.1). Only of
 * the first line of a reply does this say something. */
static bool is_tls_record(const struct conn_line *line)
{
    return line->len >= 2 && (line->text[0] == 0x15 || line->text[0] == 0x16) &&
           line->text[1] == 0x03;
}

/* Reads one reply to s->reply, which is zeroed first. SMTP_REPLIED: it is whole, and s->replied is
 * true. Else s->reply has what came. */
static enum smtp_status read_reply(struct smtp *s, instant deadline)
{
    enum smtp_reply_state state = SMTP_REPLY_MORE;
    struct conn_line line;

    memset(&s->reply, 0, sizeof s->reply);
    s->replied = false;
    while (state == SMTP_REPLY_MORE || state == SMTP_REPLY_NO_CODE) {
        bool no_code = state == SMTP_REPLY_NO_CODE;
        instant until = no_code ? deadline_within(deadline, NO_CODE_MS) : deadline;
        enum conn_status c = conn_read_line(s->conn, &line, until);

        s->reply.tls = s->reply.tls || (s->reply.lines == 0 && is_tls_record(&line));
        if (c != CONN_OK)
            return unfinished(s, c, &line, no_code);
        note(s, "S:", line.text, line.len);
        note_line_end(&s->reply, &line);
        state = smtp_reply_line(&s->reply, line.text, line.len);
    }
    s->replied = state == SMTP_REPLY_DONE;
    return s->replied ? SMTP_REPLIED : SMTP_BROKEN;
}

enum smtp_status smtp_greeting(struct smtp *s, instant deadline)
{
    enum smtp_status status = read_reply(s, deadline);

    if (status == SMTP_REPLIED && smtp_reply_is_masked(s->reply.text))
        smtp_reply_deviates(&s->reply, SMTP_UNNAMED, s->reply.text, strlen(s->reply.text));
    return status;
}

enum smtp_status smtp_command(struct smtp *s, instant deadline, const char *format, ...)
{
    char command[COMMAND_MAX];
    enum conn_status c;
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(command, sizeof command - 2, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof command - 2)
        len = (int)strlen(command);
    note(s, "C:", command, (size_t)len);
    memcpy(command + len, "\r\n", 2);
    c = conn_write(s->conn, command, (size_t)len + 2, deadline);
    if (c != CONN_OK) {
        memset(&s->reply, 0, sizeof s->reply);
        s->replied = false;
        return from_conn(s, c);
    }
    return read_reply(s, deadline);
}

enum smtp_status smtp_ehlo(struct smtp *s, const char *name, instant deadline)
{
    enum smtp_status status = smtp_command(s, deadline, "EHLO %s", name);

    s->pipelining = status == SMTP_REPLIED && s->reply.pipelining;
    s->smtputf8 = status == SMTP_REPLIED && s->reply.smtputf8;
    if (status != SMTP_REPLIED || !(s->reply.deviations & 1u << SMTP_LONG_LINE))
        return status;
    /* Neither Postfix nor Exim keeps that much of it: they would miss what is offered after that.
     */
    s->reply.fault = "a line of more than 2048 bytes";
    return SMTP_BROKEN;
}

void smtp_end(struct smtp *s, bool reset, instant deadline)
{
    bool together = reset && s->pipelining;
    const char *last = together ? "RSET\r\nQUIT\r\n" : "QUIT\r\n";

    if (reset && !together && smtp_command(s, deadline, "RSET") != SMTP_REPLIED)
        return;
    if (together)
        note(s, "C:", "RSET", 4);
    note(s, "C:", "QUIT", 4);
    conn_write(s->conn, last, strlen(last), deadline);
}
