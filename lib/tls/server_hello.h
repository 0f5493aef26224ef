/* SPDX-License-Identifier: BSD-2-Clause */
/* server_hello: what a server answers to a ClientHello of ours, as far as it is in plaintext: a
 * HelloRetryRequest or ServerHello, with TLS 1.2 and below also the ServerKeyExchange, or an alert
 * (RFC 8446 4.1.3, 4.1.4, 6; RFC 5246 7.2, 7.4; RFC 8422 5.4).
 *
 * Hides records and messages, which may be cut anywhere. Bounded: what goes on beyond
 * SERVER_HELLO_MAX bytes is malformed. It checks no signature, allocates nothing, and judges
 * nothing: whether the answer was offered is for the caller to see. */
#ifndef TLS_SERVER_HELLO_H
#define TLS_SERVER_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes that an answer may have, and those of a message that is read. A certificate chain,
 * which is skipped, has the most. */
enum { SERVER_HELLO_MAX = 256 * 1024, SERVER_HELLO_MESSAGE_MAX = 8192 };

enum server_hello_status {
    SERVER_HELLO_MORE,     /* the answer has no end yet */
    SERVER_HELLO_ACCEPTED, /* the server goes on with what the fields say */
    SERVER_HELLO_ALERT,    /* a fatal alert, or close_notify */
    SERVER_HELLO_MALFORMED /* no TLS, against the RFCs, or without an end; `fault` says which */
};

struct server_hello {
    enum server_hello_status status;
    uint16_t version; /* 0: no ServerHello came */
    uint16_t suite;
    bool retry;         /* a HelloRetryRequest */
    uint16_t group;     /* of the key exchange; TLS_CODE_OTHER_DH for a finite field without a name;
                           0: none, or not named */
    unsigned dh_bits;   /* of the prime of a finite field with TLS 1.2 and below; 0: none */
    uint16_t signature; /* of the ServerKeyExchange, with TLS 1.2; 0: none */
    int alert;          /* RFC 8446 6.2 */
    const char *fault;  /* static; "" unless malformed */
};

/* An answer under way. Begins zeroed. Its fields are the module's. */
struct server_hello_reader {
    struct server_hello seen;
    unsigned char header[5], message[SERVER_HELLO_MESSAGE_MAX];
    unsigned char alert[2];
    size_t alert_len;   /* so far */
    size_t header_len;  /* of the record's header, so far */
    size_t record_left; /* of the record's content */
    size_t message_len; /* of the message's header and content that is kept, so far */
    size_t skip;        /* of a message that is not read */
    size_t taken;
};

/* Takes the next `len` bytes. Returns how the answer stands; once it is not SERVER_HELLO_MORE,
 * further bytes are ignored. */
enum server_hello_status server_hello_take(struct server_hello_reader *r, const void *data,
                                           size_t len);

#endif
