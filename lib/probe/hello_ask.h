/* SPDX-License-Identifier: BSD-2-Clause */
/* hello_ask: one connection to a gateway, one ClientHello, and what comes back.
 *
 * Hides how the handshake is reached, and how it is ended. It judges nothing. */
#ifndef PROBE_HELLO_ASK_H
#define PROBE_HELLO_ASK_H

#include "probe/handshake.h"
#include "tls/server_hello.h"

enum { HELLO_ASK_REASON = 160 };

/* What became of a hello. */
enum hello_ask_end {
    HELLO_ASK_ACCEPTED,  /* a ServerHello or HelloRetryRequest: `seen` has what is in it */
    HELLO_ASK_ALERT,     /* `seen` has which */
    HELLO_ASK_CLOSED,    /* the connection ended without one */
    HELLO_ASK_SILENT,    /* no whole answer in time */
    HELLO_ASK_UNREACHED, /* the gateway did not come to the handshake */
    HELLO_ASK_MALFORMED, /* the answer breaks the RFCs */
    HELLO_ASK_LOCAL      /* this machine ran out of memory or files */
};

struct hello_ask_answer {
    enum hello_ask_end end;
    struct server_hello seen;
    int code; /* of the SMTP reply, where it did not come to the handshake; 0: none */
    char reason[HELLO_ASK_REASON]; /* why there is no answer; "": nothing to say */
};

/* A record that is sent. */
struct hello_ask_record {
    const unsigned char *bytes;
    size_t len;
    uint16_t version; /* in which a handshake that was accepted is ended: TLS_CODE_TLS_1_3 ... */
};

/* Makes the connection and sends the record. The answer may take `wait_ms`. Fills *out. */
void hello_ask(const struct handshake_config *c, const struct address *a,
               const struct hello_ask_record *record, int wait_ms, struct hello_ask_answer *out);

#endif
