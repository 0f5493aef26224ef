/* SPDX-License-Identifier: BSD-2-Clause */
/* smtp: the client's half of an SMTP session (RFC 5321, 3207) over one conn.
 *
 * Hides how commands are written and replies read. Every function sends at most one command and
 * reads one whole reply to one deadline. DATA does not exist here. */
#ifndef SMTP_SMTP_H
#define SMTP_SMTP_H

#include "smtp/conn.h"
#include "base/deadline.h"
#include "smtp/smtp_reply.h"
#include "base/text.h"

struct smtp {
    struct conn *conn;       /* the caller's */
    struct text *transcript; /* or NULL */
    struct smtp_reply reply; /* the last one */
    bool replied;            /* it came whole */
    bool pipelining;         /* offered in the last EHLO reply */
    bool smtputf8;           /* offered there, too */
};

enum smtp_status {
    SMTP_REPLIED,   /* a whole reply: look at its code */
    SMTP_SILENT,    /* the deadline passed */
    SMTP_CLOSED,    /* connection ended: conn_reason, "" where in order */
    SMTP_NO_SMTP,   /* what came is no SMTP */
    SMTP_BROKEN,    /* beyond the limits, or without an end: reply.fault says how */
    SMTP_TLS_ALERT, /* TLS failed under us: conn_reason */
    SMTP_LOCAL      /* this machine ran out of memory or files: conn_reason */
};

/* Reads the greeting (RFC 5321 3.1). Whatever the status, reply.text has what came. */
enum smtp_status smtp_greeting(struct smtp *s, instant deadline);

/* Sends EHLO; its reply says what the server offers (RFC 5321 4.1.1.1). */
enum smtp_status smtp_ehlo(struct smtp *s, const char *name, instant deadline);

/* Sends one command line, CRLF added, and reads its reply. */
enum smtp_status smtp_command(struct smtp *s, instant deadline, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* RSET if `reset`, then QUIT, whose reply is not waited for, though a client should (RFC 5321
 * 4.1.1.10); nor is that of RSET where the last EHLO reply offered PIPELINING (RFC 2920 3.1). */
void smtp_end(struct smtp *s, bool reset, instant deadline);

#endif
