#include "smtp.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { COMMAND_MAX = 1024 };

static void note(struct smtp *s, const char *side, const char *line, size_t len)
{
    char clean[512];

    if (!s->transcript)
        return;
    text_clean(clean, sizeof clean, line, len);
    text_addf(s->transcript, "%s %s\n", side, clean);
}

static enum smtp_status from_conn(struct smtp *s, enum conn_status c)
{
    switch (c) {
    case CONN_TIMEOUT:
        return SMTP_SILENT;
    case CONN_TOO_LONG:
        snprintf(s->reply.fault, sizeof s->reply.fault, "a line of over %d bytes", CONN_LINE_MAX);
        return SMTP_BROKEN;
    case CONN_TLS:
        return SMTP_TLS_ALERT;
    case CONN_LOCAL:
        return SMTP_LOCAL;
    default:
        return SMTP_CLOSED;
    }
}

static enum smtp_status read_reply(struct smtp *s, instant deadline)
{
    char line[CONN_LINE_MAX];
    enum smtp_reply_state state;
    size_t len;

    memset(&s->reply, 0, sizeof s->reply);
    do {
        enum conn_status c = conn_read_line(s->conn, line, &len, deadline);

        if (c != CONN_OK)
            return from_conn(s, c);
        note(s, "S:", line, len);
        state = smtp_reply_line(&s->reply, line, len);
    } while (state == SMTP_REPLY_MORE);
    if (state == SMTP_REPLY_NO_SMTP)
        return SMTP_NO_SMTP;
    return state == SMTP_REPLY_DONE ? SMTP_REPLIED : SMTP_BROKEN;
}

enum smtp_status smtp_greeting(struct smtp *s, instant deadline)
{
    return read_reply(s, deadline);
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
        return from_conn(s, c);
    }
    return read_reply(s, deadline);
}

enum smtp_status smtp_ehlo(struct smtp *s, const char *name, instant deadline)
{
    enum smtp_status status = smtp_command(s, deadline, "EHLO %s", name);

    s->pipelining = status == SMTP_REPLIED && s->reply.pipelining;
    return status;
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
