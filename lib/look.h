/* look: one more session to an address, only as far as its handshake, which differs from the normal
 * one: to name the cause of a failure, and to see what other senders see.
 *
 * Hides how the handshake is reached. It judges nothing and verifies nothing. */
#ifndef LOOK_H
#define LOOK_H

#include <stdbool.h>

#include "cert.h"
#include "conn.h"
#include "address.h"
#include "trust.h"

struct look_config {
    const struct trust *trust;
    int min_version;  /* unless everything is allowed */
    const char *helo; /* NULL: this end's address literal */
    bool wrapper;     /* TLS from the first byte */
    int stage_ms;
    instant deadline;
};

/* How the handshake differs. */
struct look_wish {
    const char *sni;     /* NULL: none */
    bool lax;            /* everything allowed */
    enum cert_kind kind; /* CERT_OTHER: any */
    bool staple;         /* ask for one */
};

struct look {
    bool tried;
    bool reached; /* came to the handshake */
    int code;     /* of the last reply where it did not */
    bool succeeded;
    bool local;  /* our side ran short */
    bool silent; /* the handshake had no end in time */
    struct conn_tls tls;
    char reason[CONN_REASON];
};

/* Fills *out. Returns the connection, to be closed, if its handshake succeeded, else NULL. */
struct conn *look_open(const struct look_config *c, const struct address *a,
                       const struct look_wish *wish, struct look *out);

#endif
