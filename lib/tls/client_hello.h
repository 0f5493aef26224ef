/* SPDX-License-Identifier: BSD-2-Clause */
/* client_hello: a ClientHello that offers exactly what the caller says, whatever OpenSSL has (RFC
 * 5246 7.4.1.2, RFC 8446 4.1.2).
 *
 * Hides the encoding. Nothing is encrypted: with TLS 1.3 no key share is sent, so a server that
 * accepts the offer names its suite and its group in a HelloRetryRequest (RFC 8446 4.2.8). Writing
 * is pure; nothing is allocated. */
#ifndef TLS_CLIENT_HELLO_H
#define TLS_CLIENT_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for every suite, group and signature algorithm that there is, and a name. */
enum { CLIENT_HELLO_MAX = 2048, CLIENT_HELLO_RANDOM = 64 };

/* Numbers of IANA, in the order of preference. */
struct client_hello_list {
    const uint16_t *at;
    size_t count;
};

struct client_hello {
    uint16_t version; /* 0x0300 to 0x0304: the highest that is offered. With TLS 1.3 no other
                         version is; without it, a server may choose any below (RFC 5246 E.1) */
    struct client_hello_list suites;     /* at least one */
    struct client_hello_list groups;     /* none: the extension is left out */
    struct client_hello_list signatures; /* the same; ignored below TLS 1.2 */
    const char *sni;                     /* NULL: none; at most 255 bytes */
    const unsigned char *random;         /* CLIENT_HELLO_RANDOM bytes: random and session id */
};

/* Draws random bytes for a hello. False: OpenSSL has none. */
bool client_hello_random(unsigned char out[CLIENT_HELLO_RANDOM]);

/* Writes the record. Returns its length; 0: it does not fit. */
size_t client_hello_write(const struct client_hello *h, unsigned char out[CLIENT_HELLO_MAX]);

/* Writes the alerts that end a handshake in order, user_canceled and close_notify (RFC 8446 6.1),
 * as records in plaintext of that version. Returns their length, 14. */
size_t client_hello_farewell(uint16_t version, unsigned char out[14]);

#endif
