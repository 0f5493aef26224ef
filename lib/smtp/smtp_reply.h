/* SPDX-License-Identifier: BSD-2-Clause */
/* smtp_reply: one SMTP reply from its lines (RFC 5321 4.2). Pure; it judges nothing.
 *
 * It reads as Postfix does: a line that is no reply line does not end the reply, and the last line
 * has the code that counts. Where a reply departs from RFC 5321, it says so. The reply keeps
 * cleaned text and the facts of an EHLO reply, never the lines themselves. */
#ifndef SMTP_SMTP_REPLY_H
#define SMTP_SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

enum { SMTP_REPLY_LINES_MAX = 200, SMTP_REPLY_BYTES_MAX = 65536 };

enum smtp_reply_state {
    SMTP_REPLY_MORE,    /* a further line is due */
    SMTP_REPLY_NO_CODE, /* a further line is due, and this one had no reply code */
    SMTP_REPLY_DONE,
    SMTP_REPLY_BROKEN /* beyond the limits: `fault` says how */
};

/* How a reply departs from RFC 5321 although senders accept it. */
enum smtp_deviation {
    SMTP_CR_CR_LF,    /* a line ends in more than one CR and LF (2.3.8) */
    SMTP_BARE_LF,     /* a line ends in LF without CR (2.3.8) */
    SMTP_EMPTY_LINE,  /* an empty line in a reply, or before it */
    SMTP_NO_CODE,     /* a line that does not begin with a reply code (4.2.1) */
    SMTP_NO_BLANK,    /* a reply code that neither blank nor hyphen follows (4.2.1) */
    SMTP_CODE_CHANGE, /* lines with different codes (4.2.1) */
    SMTP_NUL,         /* a NUL byte (2.4) */
    SMTP_LONG_LINE,   /* a line of more than CONN_LINE_MAX bytes (4.5.3.1.5) */
    SMTP_OTHER_CODE,  /* another 2xx than is due (4.3.2) */
    SMTP_KEYWORD,     /* STARTTLS with other than blanks around it (4.1.1.1) */
    SMTP_UNNAMED,     /* a greeting that names no host (4.2) */
    SMTP_DEVIATIONS
};

struct smtp_reply {
    int code;            /* of the last line that has one; 0: none has */
    char text[256];      /* code and words of all lines, cleaned */
    const char *fault;   /* static; NULL where it is not broken */
    unsigned deviations; /* a bit for each */
    char odd[64];        /* the first line that departs from RFC 5321, cleaned */
    bool starttls;       /* offered (RFC 3207 2) */
    bool starttls_first; /* STARTTLS is on the first line, which is the host's name */
    bool pipelining;     /* offered (RFC 2920 2) */
    bool smtputf8;       /* offered (RFC 6531 3.1) */
    bool requiretls;     /* offered (RFC 8689 2) */
    bool tls;            /* it begins as a TLS record does (RFC 8446 5.1) */
    bool stripped;       /* a line bears a middlebox's signature */
    char stripped_by[32];
    char keywords[256]; /* of the EHLO reply, as far as they fit; blank between them */
    size_t lines, bytes;
};

/* Adds one line of `len` bytes without its line end. Start with a zeroed struct. */
enum smtp_reply_state smtp_reply_line(struct smtp_reply *r, const char *line, size_t len);

/* Adds a deviation that the line itself does not show. */
void smtp_reply_deviates(struct smtp_reply *r, enum smtp_deviation d, const char *line, size_t len);

/* Adds to the text what came of a line that has no end. */
void smtp_reply_rest(struct smtp_reply *r, const char *line, size_t len);

/* Whether the text of a reply has nothing but what a firewall leaves of a greeting: "220 ****2**0".
 * Postfix then sends HELO, so that STARTTLS is never offered. */
bool smtp_reply_is_masked(const char *text);

/* The word of `len` letters X in a reply, which is what a firewall left of a command of that length
 * and the server repeats; NULL where there is none. Borrowed from `text`. */
const char *smtp_reply_echo(const char *text, size_t len);

#endif
