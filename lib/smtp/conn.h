/* SPDX-License-Identifier: BSD-2-Clause */
/* conn: one TCP connection and, from some moment on, TLS over it.
 *
 * Hides the socket, the buffer, poll and OpenSSL's want-read and want-write. The behaviour of the
 * peer is a status; only what fails on our side is CONN_LOCAL. It never retries and never waits
 * past a deadline. */
#ifndef SMTP_CONN_H
#define SMTP_CONN_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "base/deadline.h"

enum conn_status {
    CONN_OK,
    CONN_TIMEOUT,  /* the deadline passed */
    CONN_CLOSED,   /* the peer ended the connection in order */
    CONN_FAILED,   /* refused, reset, unreachable: conn_reason says which */
    CONN_NO_ROUTE, /* the kernel has no route for this family, and said so immediately */
    CONN_TOO_LONG, /* a line of more than CONN_SKIP_MAX bytes, or a handshake without an end */
    CONN_TLS,      /* TLS failed: conn_reason has OpenSSL's words */
    CONN_LOCAL     /* our own memory or descriptors ran out */
};

enum { CONN_LINE_MAX = 2048, CONN_SKIP_MAX = 65536, CONN_REASON = 160 };

struct conn;

/* A line without its line end: any number of CR, then LF. It may hold NUL bytes. */
struct conn_line {
    char text[CONN_LINE_MAX];
    size_t len;
    size_t crs; /* how many CR the line end had; RFC 5321 2.3.8 has one */
    bool cut;   /* longer than the buffer; the rest was skipped, its line end included */
};

/* Facts of the TLS session, copied while it lives. */
struct conn_tls {
    int version; /* TLS1_VERSION .. */
    char version_name[16], cipher[48], group[32], key[24];
    bool enciphers; /* the server's key takes an encrypted secret, and signs nothing */
};

/* Whether the peer asked for a client certificate, and what it got. */
enum conn_client { CONN_CLIENT_NOT_ASKED, CONN_CLIENT_NONE, CONN_CLIENT_SHOWN };

struct conn_request {
    const STACK_OF(X509_NAME) * cas; /* or NULL */
    X509 *own;                       /* our certificate, or NULL */
    STACK_OF(X509) * chain;          /* what is sent with it, or NULL */
};

/* Opens a connection to `a`, from the address of its family in `sources`, if there is one. *out is
 * NULL unless CONN_OK; `reason` (CONN_REASON bytes) is then filled. */
enum conn_status conn_open(struct conn **out, const struct address *a,
                           const struct address_pair *sources, instant deadline, char *reason);

/* Reads one line. Bytes after it stay for the next call. Unless CONN_OK, *line holds what came of a
 * line that has no end. */
enum conn_status conn_read_line(struct conn *c, struct conn_line *line, instant deadline);

/* Reads up to `cap` bytes, whatever they are; *got is at least 1 where CONN_OK is returned, else 0.
 */
enum conn_status conn_read(struct conn *c, char *buf, size_t cap, size_t *got, instant deadline);

/* Writes all of it. */
enum conn_status conn_write(struct conn *c, const char *data, size_t len, instant deadline);

/* Data that the peer sent although nothing was asked for. */
struct conn_stray {
    size_t len;
    bool line_ends; /* nothing but CR and LF */
    char sample[48];
    size_t sampled;
};

/* Drops plaintext that we have not read, the kernel's buffer included, for none of it may count in
 * the TLS session (RFC 3207 4.2). Fills *out. */
void conn_drop_input(struct conn *c, struct conn_stray *out);

/* The handshake. Takes over `ssl`, also where it fails. `sni` (RFC 6066 3) may be NULL. */
enum conn_status conn_start_tls(struct conn *c, SSL *ssl, const char *sni, instant deadline);

/* Facts of the session; call only after conn_start_tls succeeded. */
void conn_tls_facts(const struct conn *c, struct conn_tls *out);

enum conn_client conn_client_certificate(const struct conn *c);

/* What the peer's request for a client certificate names, and what we have for it; borrowed. Call
 * only where one came. */
void conn_client_request(const struct conn *c, struct conn_request *out);

/* The fatal alert that the peer sent (RFC 8446 6.2), 0: none. */
int conn_alert(const struct conn *c);

/* The chain as the peer sent it, leaf first, borrowed; NULL where it sent none. */
STACK_OF(X509) * conn_peer_chain(const struct conn *c);

/* Has a handshake ask for an OCSP staple (RFC 6066 8). */
static inline void conn_ask_staple(SSL *ssl)
{
    SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
}

/* The OCSP response that the peer stapled, borrowed; NULL where it sent none. */
const unsigned char *conn_staple(const struct conn *c, size_t *len);

/* Why the last call did not succeed, for people; "" where there is nothing to say. */
const char *conn_reason(const struct conn *c);

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]": this end, as RFC 5321 4.1.3 writes it. */
void conn_local_literal(const struct conn *c, char *out, size_t cap);

/* Closes without waiting. NULL is fine. */
void conn_close(struct conn *c);

#endif
