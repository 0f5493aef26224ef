/* smtp_reply: one SMTP reply from its lines (RFC 5321 4.2). Pure; it judges nothing.
 *
 * The reply keeps cleaned text and the facts of an EHLO reply, never the lines themselves. */
#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

enum { SMTP_REPLY_LINES_MAX = 200, SMTP_REPLY_BYTES_MAX = 65536 };

enum smtp_reply_state {
    SMTP_REPLY_MORE, /* a further line is due */
    SMTP_REPLY_DONE,
    SMTP_REPLY_NO_SMTP, /* the first line is no SMTP reply at all */
    SMTP_REPLY_BROKEN   /* breaks RFC 5321 or the limits: `fault` says how */
};

struct smtp_reply {
    int code;       /* 200..599; 0 before the first line */
    char text[256]; /* code and words of all lines, cleaned */
    char fault[96];
    bool starttls;   /* offered (RFC 3207 2) */
    bool pipelining; /* offered (RFC 2920 2) */
    bool stripped;   /* a line bears a middlebox's signature */
    char stripped_by[32];
    char keywords[256]; /* of the EHLO reply, blank between them */
    size_t lines, bytes;
};

/* Adds one line of `len` bytes without its line end. Start with a zeroed struct. */
enum smtp_reply_state smtp_reply_line(struct smtp_reply *r, const char *line, size_t len);

#endif
