/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/hello_ask.h"

#include "base/text.h"
#include "tls/client_hello.h"

enum { PIECE = 4096 };

/* Sets out->end for a connection that ended before the answer did, by a status other than CONN_OK:
 * HELLO_ASK_SILENT, HELLO_ASK_LOCAL, or else HELLO_ASK_CLOSED, also for an error of the network. */
static void take_failure(const struct conn *conn, enum conn_status status,
                         struct hello_ask_answer *out)
{
    out->end = HELLO_ASK_CLOSED;
    if (status == CONN_TIMEOUT)
        out->end = HELLO_ASK_SILENT;
    if (status == CONN_LOCAL)
        out->end = HELLO_ASK_LOCAL;
    text_copy(out->reason, sizeof out->reason, conn_reason(conn));
}

/* Reads until the answer has an end, or the connection has. */
static void read_answer(struct conn *conn, instant deadline, struct hello_ask_answer *out)
{
    static const enum hello_ask_end ends[] = {
        [SERVER_HELLO_ACCEPTED] = HELLO_ASK_ACCEPTED,
        [SERVER_HELLO_ALERT] = HELLO_ASK_ALERT,
        [SERVER_HELLO_MALFORMED] = HELLO_ASK_MALFORMED,
    };
    struct server_hello_reader r = {0};
    char piece[PIECE];

    while (r.seen.status == SERVER_HELLO_MORE) {
        size_t got;
        enum conn_status status = conn_read(conn, piece, sizeof piece, &got, deadline);

        if (status != CONN_OK) {
            take_failure(conn, status, out);
            return;
        }
        server_hello_take(&r, piece, got);
    }
    out->seen = r.seen;
    out->end = ends[r.seen.status];
    if (r.seen.fault)
        text_copy(out->reason, sizeof out->reason, r.seen.fault);
}

/* Sends the record on a connection where the handshake is due, and takes what comes. The caller
 * closes the connection. */
static void converse(struct conn *conn, const struct hello_ask_record *record, instant deadline,
                     struct hello_ask_answer *out)
{
    unsigned char farewell[14];
    struct conn_stray stray;
    enum conn_status status;
    size_t len;

    conn_drop_input(conn, &stray);
    status = conn_write(conn, (const char *)record->bytes, record->len, deadline);
    if (status != CONN_OK) {
        take_failure(conn, status, out);
        return;
    }
    read_answer(conn, deadline, out);
    len = client_hello_farewell(record->version, farewell);
    if (out->end == HELLO_ASK_ACCEPTED)
        conn_write(conn, (const char *)farewell, len, deadline);
}

void hello_ask(const struct handshake_config *c, const struct address *a,
               const struct hello_ask_record *record, int wait_ms, struct hello_ask_answer *out)
{
    struct smtp smtp = {0};
    struct handshake reached;

    *out = (struct hello_ask_answer){.end = HELLO_ASK_LOCAL};
    if (handshake_reach(c, a, &smtp, &reached)) {
        converse(smtp.conn, record, deadline_within(c->deadline, wait_ms), out);
    } else {
        out->end = reached.local ? HELLO_ASK_LOCAL : HELLO_ASK_UNREACHED;
        out->code = reached.code;
        text_copy(out->reason, sizeof out->reason, reached.reason);
        if (!*out->reason && smtp.reply.text[0])
            text_copy(out->reason, sizeof out->reason, smtp.reply.text);
    }
    conn_close(smtp.conn);
}
