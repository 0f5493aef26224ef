/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection as the gateway sees it: a socket, perhaps TLS on it, and a buffer of what was read
 * ahead.
 *
 * Reads wait at most PEER_GUARD seconds. Not deadline-strict like the probe's own code: a scenario
 * as a whole is guarded by its process. Each peer belongs to one thread. */
#ifndef LAB_PEER_H
#define LAB_PEER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "lab.h"
#include "tls.h"

#define PEER_GUARD 60

struct peer {
    int fd;
    SSL *ssl;
    struct lab *lab;
    const char *address; /* of the gateway, for messages */
    int verb_line;       /* of the scenario, for messages */
    const char *file;
    char in[16384];
    size_t at, len; /* in[at..len) is read and not yet used */
    bool spoke;     /* something was sent: no greeting is due any more */
};

enum peer_read { PEER_LINE, PEER_END, PEER_SILENT, PEER_TOO_LONG };

/* Notes a fault of the scenario with the gateway's address and the line of the script. */
void peer_fault(const struct peer *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

bool peer_write(struct peer *p, const void *bytes, size_t len);
/* One line without its end into `line`; *bare_lf says that it ended without CR. */
enum peer_read peer_line(struct peer *p, char *line, size_t size, bool *bare_lf);
/* Something sent by the peer waits, in the buffer or in the kernel. */
bool peer_has_more(struct peer *p);

/* Both are cut short by the peer's closing. */
void peer_wait(struct peer *p, double seconds);
void peer_hang(struct peer *p);

/* Waits for the header of the client's first record, which is not taken; false: none has come. */
bool peer_hello(struct peer *p);
/* Server handshake; false where it failed, whoever's fault that is. */
bool peer_tls(struct peer *p, const struct tls_server *t);
/* Answers the client's first flight with the first `limit` bytes of the server's, a byte each
 * `pause` seconds where that is not 0, then hangs. */
void peer_tls_partly(struct peer *p, const struct tls_server *t, size_t limit, double pause);

/* Ends with FIN and lets what was sent arrive, or immediately with RST. */
void peer_close(struct peer *p);
void peer_reset(struct peer *p);
/* Sends that and FIN in one segment and is gone: what comes then is answered by RST. */
void peer_leave(struct peer *p, const void *bytes, size_t len);

#endif
