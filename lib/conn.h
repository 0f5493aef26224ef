/* conn: one TCP connection and, from some moment on, TLS over it.
 *
 * Hides the socket, the buffer, poll and OpenSSL's want-read and want-write. What the peer does is
 * a status; only what fails on our side is CONN_LOCAL. It never retries and never waits past a
 * deadline. */
#ifndef CONN_H
#define CONN_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "deadline.h"

enum conn_status {
    CONN_OK,
    CONN_TIMEOUT,  /* the deadline passed */
    CONN_CLOSED,   /* the peer ended the connection in order */
    CONN_FAILED,   /* refused, reset, unreachable: conn_reason says which */
    CONN_NO_ROUTE, /* the kernel has no route for this family, and said so at once */
    CONN_TOO_LONG, /* a line beyond the buffer */
    CONN_TLS,      /* TLS failed: conn_reason has OpenSSL's words */
    CONN_LOCAL     /* our own memory or descriptors ran out */
};

enum { CONN_LINE_MAX = 2048, CONN_REASON = 160 };

struct conn;

/* Facts of the TLS session, copied while it lives. */
struct conn_tls {
    int version; /* TLS1_VERSION .. */
    char version_name[16], cipher[48], group[32], key[24];
};

/* Opens a connection. *out is NULL unless CONN_OK; `reason` (CONN_REASON bytes) is then filled. */
enum conn_status conn_open(struct conn **out, const struct address *a, instant deadline,
                           char *reason);

/* Reads one line into `line` (CONN_LINE_MAX bytes) without its CRLF or LF. Bytes behind it stay for
 * the next call. The line may hold NUL bytes. */
enum conn_status conn_read_line(struct conn *c, char *line, size_t *len, instant deadline);

/* Writes all of it. */
enum conn_status conn_write(struct conn *c, const char *data, size_t len, instant deadline);

/* Drops what the peer sent in clear and we have not read, bytes that wait in the kernel included,
 * for none of it may count under TLS (RFC 3207 4.2); returns how much that was. At most `cap` are
 * copied to `sample`; *sampled says how many. */
size_t conn_drop_input(struct conn *c, char *sample, size_t cap, size_t *sampled);

/* The handshake. Takes over `ssl`, also where it fails. `sni` (RFC 6066 3) may be NULL. */
enum conn_status conn_start_tls(struct conn *c, SSL *ssl, const char *sni, instant deadline);

/* Facts of the session; call only after conn_start_tls succeeded. */
void conn_tls_facts(const struct conn *c, struct conn_tls *out);

/* The chain as the peer sent it, leaf first, borrowed; NULL where it sent none. */
STACK_OF(X509) * conn_peer_chain(const struct conn *c);

/* Has a handshake ask for an OCSP staple (RFC 6066 8). */
void conn_ask_staple(SSL *ssl);
/* The OCSP response that the peer stapled, borrowed; NULL where it sent none. */
const unsigned char *conn_staple(const struct conn *c, size_t *len);

/* Why the last call did not succeed, for people; "" where there is nothing to say. */
const char *conn_reason(const struct conn *c);

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]": this end, as RFC 5321 4.1.3 writes it. */
void conn_local_literal(const struct conn *c, char *out, size_t cap);

/* Closes without waiting. NULL is fine. */
void conn_close(struct conn *c);

#endif
