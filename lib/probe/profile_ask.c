/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/profile_ask.h"

#include "base/text.h"
#include "tls/server_hello.h"
#include "tls/tls_code.h"

enum { PIECE = 4096 };

/* Whether a list has the number. */
static bool lists(const struct client_hello_list *list, unsigned number)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->at[i] == number)
            return true;
    }
    return false;
}

/* Whether a server that accepted may answer the hello like that: version, suite, and with TLS 1.3
 * the group. Below, groups are not looked at, for servers choose others, too; signatures never
 * are. */
static bool was_offered(const struct client_hello *hello, const struct server_hello *seen)
{
    if (seen->version > hello->version || !lists(&hello->suites, seen->suite))
        return false;
    if (hello->version != TLS_CODE_TLS_1_3)
        return true;
    return seen->version == TLS_CODE_TLS_1_3 && lists(&hello->groups, seen->group);
}

/* Copies what the server chose. out->end becomes PROFILE_ACCEPTED; or PROFILE_MALFORMED, with a
 * reason, where that was not offered. */
static void take_answer(const struct client_hello *hello, const struct server_hello *seen,
                        struct profile_answer *out, char reason[PROFILE_REASON])
{
    char name[8];

    out->end = PROFILE_ACCEPTED;
    out->version = seen->version;
    out->suite = seen->suite;
    out->group = seen->group;
    out->signature = seen->signature;
    out->dh_bits = seen->dh_bits;
    if (was_offered(hello, seen))
        return;
    out->end = PROFILE_MALFORMED;
    text_format(reason, PROFILE_REASON, "an answer that was not offered: %s",
                tls_code_name(TLS_CODE_SUITE, seen->suite, name));
}

/* Sets out->end for a connection that ended before the answer did, by a status other than CONN_OK:
 * PROFILE_SILENT, PROFILE_LOCAL, or else PROFILE_CLOSED, also for an error of the network. */
static void take_failure(enum conn_status status, struct profile_answer *out)
{
    out->end = PROFILE_CLOSED;
    if (status == CONN_TIMEOUT)
        out->end = PROFILE_SILENT;
    if (status == CONN_LOCAL)
        out->end = PROFILE_LOCAL;
}

/* Reads until the answer has an end, or the connection has. Sets out->end, what belongs to it, and
 * the reason, "" where there is none. */
static void read_answer(struct conn *conn, const struct client_hello *hello, instant deadline,
                        struct profile_answer *out, char reason[PROFILE_REASON])
{
    struct server_hello_reader r = {0};
    char piece[PIECE];

    while (r.seen.status == SERVER_HELLO_MORE) {
        size_t got;
        enum conn_status status = conn_read(conn, piece, sizeof piece, &got, deadline);

        if (status != CONN_OK) {
            take_failure(status, out);
            text_copy(reason, PROFILE_REASON, conn_reason(conn));
            return;
        }
        server_hello_take(&r, piece, got);
    }
    if (r.seen.status == SERVER_HELLO_ACCEPTED) {
        take_answer(hello, &r.seen, out, reason);
        return;
    }
    out->end = r.seen.status == SERVER_HELLO_ALERT ? PROFILE_ALERT : PROFILE_MALFORMED;
    out->alert = r.seen.alert;
    text_copy(reason, PROFILE_REASON, r.seen.fault);
}

/* Sends the hello, with random bytes instead of its own, on a connection where the handshake is
 * due, and takes what comes. out->end is PROFILE_LOCAL before, and stays so with no hello to send.
 * The caller closes the connection. */
static void converse(struct conn *conn, const struct client_hello *hello, instant deadline,
                     struct profile_answer *out, char reason[PROFILE_REASON])
{
    unsigned char random[CLIENT_HELLO_RANDOM], bytes[CLIENT_HELLO_MAX], farewell[14];
    struct client_hello mine = *hello;
    struct conn_stray stray;
    enum conn_status status;
    size_t len = 0;

    mine.random = random;
    if (client_hello_random(random))
        len = client_hello_write(&mine, bytes);
    if (len == 0) {
        text_copy(reason, PROFILE_REASON, "no ClientHello can be made");
        return;
    }
    conn_drop_input(conn, &stray);
    status = conn_write(conn, (const char *)bytes, len, deadline);
    if (status != CONN_OK) {
        take_failure(status, out);
        text_copy(reason, PROFILE_REASON, conn_reason(conn));
        return;
    }
    read_answer(conn, hello, deadline, out, reason);
    len = client_hello_farewell(hello->version, farewell);
    if (out->end == PROFILE_ACCEPTED)
        conn_write(conn, (const char *)farewell, len, deadline);
}

void profile_ask(const struct handshake_config *c, const struct address *a,
                 const struct client_hello *hello, struct profile_answer *out,
                 char reason[PROFILE_REASON])
{
    struct smtp smtp = {0};
    struct handshake reached;

    *out = (struct profile_answer){.end = PROFILE_LOCAL};
    reason[0] = '\0';
    if (handshake_reach(c, a, &smtp, &reached)) {
        converse(smtp.conn, hello, deadline_within(c->deadline, c->stage_ms), out, reason);
    } else {
        out->end = reached.local ? PROFILE_LOCAL : PROFILE_UNREACHED;
        out->code = reached.code;
        text_copy(reason, PROFILE_REASON, reached.reason);
        if (!*reason && smtp.reply.text[0])
            text_copy(reason, PROFILE_REASON, smtp.reply.text);
    }
    conn_close(smtp.conn);
}
