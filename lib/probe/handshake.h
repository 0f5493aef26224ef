/* SPDX-License-Identifier: BSD-2-Clause */
/* handshake: one more session to an address, only as far as its handshake, which differs from the
 * normal one: to name the cause of a failure, and to see what other senders see.
 *
 * Hides how the handshake is reached. It judges nothing and verifies nothing. */
#ifndef PROBE_HANDSHAKE_H
#define PROBE_HANDSHAKE_H

#include <stdbool.h>

#include "tls/cert.h"
#include "smtp/conn.h"
#include "smtp/smtp.h"
#include "base/address.h"
#include "tls/trust.h"

struct handshake_config {
    const struct trust *trust;
    int min_version;                    /* unless everything is allowed */
    const char *helo;                   /* NULL: this end's address literal */
    const struct address_pair *sources; /* that we connect from */
    bool wrapper;                       /* TLS from the first byte */
    int stage_ms, greeting_ms;          /* greeting_ms: see handshake_greeting_deadline */
    instant deadline;
};

/* How the handshake differs. */
struct handshake_variant {
    const char *sni;     /* NULL: none */
    bool lax;            /* everything allowed */
    bool tls_1_2;        /* that version only */
    const char *groups;  /* these curves instead of the usual ones, with TLS 1.2; NULL: no */
    enum cert_kind kind; /* CERT_OTHER: any */
    bool staple;         /* ask for one */
};

struct handshake {
    bool tried;
    bool reached; /* came to the handshake */
    int code;     /* of the last reply where it did not */
    bool succeeded;
    bool refused; /* the peer sent an alert or ended the connection */
    bool local;   /* this machine ran out of memory or files */
    bool silent;  /* the handshake had no end in time */
    struct conn_tls tls;
    char reason[CONN_REASON];
};

/* Until when to wait for a greeting that begins now: `greeting_ms`, or where that is 0 what
 * `deadline` leaves less 5 seconds, at least half of it. Senders wait five minutes (RFC
 * 5321 4.5.3.2.1). */
instant handshake_greeting_deadline(int greeting_ms, instant deadline);

/* Connects, and speaks SMTP until the handshake is due; with a wrapper nothing is said. True: it
 * is. Sets tried, reached, code, reason and local of *out. The caller closes smtp->conn in any
 * case.
 */
bool handshake_reach(const struct handshake_config *c, const struct address *a, struct smtp *smtp,
                     struct handshake *out);

/* Fills *out. Returns the connection, to be closed, if its handshake succeeded, else NULL. */
struct conn *handshake_open(const struct handshake_config *c, const struct address *a,
                            const struct handshake_variant *variant, struct handshake *out);

#endif
