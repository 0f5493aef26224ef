/* SPDX-License-Identifier: BSD-2-Clause */
/* hello_template: the ClientHello of another program, sent again: as large as that program makes
 * it, and small, with the same extensions but without its large key shares.
 *
 * Hides its bytes (RFC 8446 4.1.2), and what must not be sent twice: random, session id and the key
 * shares of X25519 and X25519MLKEM768 are new, the server name is the caller's. The new keys are
 * well formed, but nobody has their secrets: the handshake ends after the server's answer. Reading
 * and writing are pure; nothing is allocated. */
#ifndef TLS_HELLO_TEMPLATE_H
#define TLS_HELLO_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum {
    HELLO_TEMPLATE_MAX = 8192,      /* bytes of a record that is read */
    HELLO_TEMPLATE_WRITTEN = 10240, /* room for one that is written, with a longer name, and more */
    HELLO_TEMPLATE_RANDOM = 1280,   /* random and session id, 32 bytes each; keys */
    HELLO_TEMPLATE_SEGMENT = 1400   /* so many bytes fit one TCP segment on every usual path */
};

/* A record with one ClientHello, which hello_template_read has checked. */
struct hello_template {
    unsigned char bytes[HELLO_TEMPLATE_MAX];
    size_t len;
    bool has_name;   /* it has a server name; without one, none is sent */
    bool adds_share; /* X25519MLKEM768 is added to its groups and key shares where it is not there:
                        what newer versions of the same library send. The caller sets it */
};

enum hello_template_size {
    HELLO_TEMPLATE_LARGE,
    HELLO_TEMPLATE_SMALL /* without large key shares, session ticket and padding */
};

/* Checks a record, from its first byte to its last. False with `e` filled, "is not ...": it is none
 * with a whole ClientHello that offers TLS 1.3 and a key share, or it resumes a session. */
bool hello_template_read(const void *bytes, size_t len, struct hello_template *out,
                         struct error *e);

/* Draws the random bytes for a record. False: OpenSSL has none. */
bool hello_template_random(unsigned char out[HELLO_TEMPLATE_RANDOM]);

/* Writes a record of that size to `out`, HELLO_TEMPLATE_WRITTEN bytes. `name` has at most 255
 * bytes; NULL: none. Returns the length; 0: it does not fit. */
size_t hello_template_write(const struct hello_template *t, enum hello_template_size size,
                            const char *name, const unsigned char random[HELLO_TEMPLATE_RANDOM],
                            unsigned char *out);

#endif
