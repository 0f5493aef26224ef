/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/shortage.h"
#include "base/text.h"

enum { QUERY_MAX = 512 }; /* bytes */
enum { FIRST_TRY_MS = 2000, LAST_TRY_MS = 8000, CONFIRM_MS = 1000 };
enum { SLICE_MS = 20, PATIENCE_MS = 300 };

/* --- transport --- */

/* One question, and the try under way. Begins zeroed, but with what is above `truncated`, `out`,
 * and fd -1. */
struct exchange {
    const struct dns_config *config;
    const struct dns_question *question;
    struct dns_memory *memory;
    bool cd;
    bool truncated[DNS_SERVERS_MAX]; /* its answer did not fit a datagram: TCP alone will do */
    bool mute[DNS_SERVERS_MAX];      /* said nothing to the last question, which had EDNS */
    char refused[160];               /* servers that could not be sent to, one after another */
    struct dns_answer *out;
    struct dns_rcode rcode;

    size_t at; /* the server that is being asked */
    const struct dns_server *server;
    bool plain; /* without EDNS */
    int fd;
    instant deadline, until; /* of this try, of all tries */
    instant patience;        /* with an answer that nobody needs; 0: somebody does */
    unsigned char query[QUERY_MAX];
    size_t query_len;
    uint16_t id;
};

/* The result of one try: an answer, an error of the server's, nothing in time, or no way to it. */
enum try { TRY_ANSWER, TRY_ALIAS, TRY_ERROR, TRY_NOTHING, TRY_REFUSED };

/* Whether a try has filled x->out with an answer, TRY_ALIAS too; its status may be DNS_FAILURE. */
static bool is_answer(enum try t)
{
    return t == TRY_ANSWER || t == TRY_ALIAS;
}

/* Whether nobody needs the answer, and PATIENCE_MS have passed since a call first found that. */
static bool is_unneeded(struct exchange *x)
{
    if (!x->question->unneeded || !atomic_load(x->question->unneeded))
        return false;
    if (x->patience == 0)
        x->patience = deadline_in_ms(PATIENCE_MS);
    return deadline_left_ms(x->patience) == 0;
}

/* Waits for poll(2)'s `events`. False: the deadline passes, nobody waits for the answer any more,
 * or poll fails. */
static bool ready(struct exchange *x, short events)
{
    struct pollfd p = {.fd = x->fd, .events = events};
    int n;

    do {
        int left = deadline_left_ms(x->deadline);

        if (left == 0 || is_unneeded(x))
            return false;
        n = poll(&p, 1, x->question->unneeded && left > SLICE_MS ? SLICE_MS : left);
    } while (n == 0 || (n < 0 && errno == EINTR));
    return n > 0;
}

/* Writes the server and an errno's words to out->why, and adds them to x->refused. Always
 * TRY_REFUSED. */
static enum try refused(struct exchange *x, int error)
{
    const char *who = x->server->text;
    char buf[100];

    if (error == EMFILE || error == ENFILE) {
        who = "cannot be asked";
        x->refused[0] = '\0';
    }
    text_format(x->out->why, sizeof x->out->why, "%s: %s", who,
                shortage_words(error, buf, sizeof buf));
    text_join(x->refused, sizeof x->refused, x->out->why);
    return TRY_REFUSED;
}

/* Writes "WHAT from SERVER" to out->why. Always TRY_NOTHING. */
static enum try nothing(struct exchange *x, const char *what)
{
    snprintf(x->out->why, sizeof x->out->why, "%s from %s", what, x->server->text);
    return TRY_NOTHING;
}

/* Connects x->fd to x->server, or begins to; the caller closes it in either case. False: errno. */
static bool open_socket(struct exchange *x, int type)
{
    const struct address *a = &x->server->address;

    x->fd = socket(a->sockaddr.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (x->fd < 0)
        return false;
    return connect(x->fd, (const struct sockaddr *)&a->sockaddr, a->length) == 0 ||
           errno == EINPROGRESS;
}

/* Closes x->fd unless it is -1; errno stays as it is. */
static void close_socket(struct exchange *x)
{
    int saved = errno;

    if (x->fd >= 0)
        close(x->fd);
    x->fd = -1;
    errno = saved;
}

/* Sends or receives all `len` bytes. False: not in time, or the connection ended or failed. */
static bool transfer(struct exchange *x, unsigned char *buf, size_t len, bool writing)
{
    while (len > 0) {
        ssize_t n;

        if (!ready(x, writing ? POLLOUT : POLLIN))
            return false;
        if (writing)
            n = send(x->fd, buf, len, MSG_NOSIGNAL);
        else
            n = recv(x->fd, buf, len, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (n > 0) {
            buf += n;
            len -= (size_t)n;
        }
    }
    return true;
}

/* Clears x->out, then reads the message to it and to x->rcode. */
static enum dns_verdict read_message(struct exchange *x, const unsigned char *buf, size_t len)
{
    dns_message_clear(x->out);
    return dns_message_read(buf, len, x->question, x->id, x->out, &x->rcode);
}

/* By a message's verdict TRY_ANSWER, TRY_ALIAS, or else TRY_ERROR: x->out has nothing but `why`. */
static enum try from_verdict(struct exchange *x, enum dns_verdict v)
{
    char why[sizeof x->out->why];

    if (v == DNS_MESSAGE_ANSWER)
        return TRY_ANSWER;
    if (v == DNS_MESSAGE_ALIAS)
        return TRY_ALIAS;
    text_copy(why, sizeof why, v == DNS_MESSAGE_ERROR ? x->out->why : "a malformed answer");
    dns_message_clear(x->out);
    snprintf(x->out->why, sizeof x->out->why, "%.100s from %s", why, x->server->text);
    return TRY_ERROR;
}

/* Waits for connect(2). Returns its errno; 0: connected, or not in time. */
static int connect_error(struct exchange *x)
{
    socklen_t len = sizeof(int);
    int error = 0;

    if (ready(x, POLLOUT))
        getsockopt(x->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    return error;
}

/* Sends x->query to x->fd and reads the answer, each after its length (RFC 1035 4.2.2). */
static enum try exchange_tcp(struct exchange *x)
{
    unsigned char head[2] = {(unsigned char)(x->query_len >> 8), (unsigned char)x->query_len};
    unsigned char *buf;
    enum try result;
    size_t len;

    if (!transfer(x, head, 2, true) || !transfer(x, x->query, x->query_len, true) ||
        !transfer(x, head, 2, false))
        return nothing(x, "no answer over TCP");
    len = (size_t)(head[0] << 8 | head[1]);
    buf = malloc(len + 1);
    if (buf && transfer(x, buf, len, false))
        result = from_verdict(x, read_message(x, buf, len));
    else
        result = nothing(x, "no complete answer over TCP");
    free(buf);
    return result;
}

/* Sends x->query to x->server over TCP and reads the answer; opens and closes x->fd. */
static enum try ask_tcp(struct exchange *x)
{
    enum try result;
    int error;

    error = open_socket(x, SOCK_STREAM) ? connect_error(x) : errno;
    result = error ? refused(x, error) : exchange_tcp(x);
    close_socket(x);
    return result;
}

/* Waits for the datagram that answers; if that is truncated, asks by TCP. The socket is connected,
 * so the kernel drops what is from elsewhere; ID and question are compared (RFC 5452 9.1). */
static enum try await_udp(struct exchange *x)
{
    unsigned char buf[4096];

    while (ready(x, POLLIN)) {
        ssize_t n = recv(x->fd, buf, sizeof buf, 0);
        enum dns_verdict v;

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n < 0)
            return refused(x, errno);
        v = read_message(x, buf, (size_t)n);
        if (v == DNS_MESSAGE_TRUNCATED) {
            x->truncated[x->at] = true;
            close_socket(x);
            return ask_tcp(x);
        }
        if (v != DNS_MESSAGE_OTHER)
            return from_verdict(x, v);
    }
    dns_message_clear(x->out);
    return nothing(x, "no answer");
}

/* Sends x->query to x->server as a datagram and reads the answer; if that is truncated, by TCP. */
static enum try ask_udp(struct exchange *x)
{
    enum try result;

    if (open_socket(x, SOCK_DGRAM) && send(x->fd, x->query, x->query_len, MSG_NOSIGNAL) >= 0)
        result = await_udp(x);
    else
        result = refused(x, errno);
    close_socket(x);
    return result;
}

/* --- one server --- */

/* One try of server x->at until x->deadline, without EDNS where `plain`. Fills x->out and x->rcode;
 * x->out->secure stays only where the server's AD counts. */
static enum try ask_once(struct exchange *x, bool plain)
{
    unsigned flags = plain ? DNS_QUERY_PLAIN : 0;
    enum try result;

    if (x->cd)
        flags |= DNS_QUERY_CD;
    x->server = &x->config->servers[x->at];
    x->plain = plain;
    x->rcode = (struct dns_rcode){0};
    if (getrandom(&x->id, sizeof x->id, 0) != (ssize_t)sizeof x->id)
        x->id = (uint16_t)deadline_now();
    x->query_len = dns_message_query(x->query, sizeof x->query, x->question, x->id, flags);
    if (x->query_len == 0) {
        text_copy(x->out->why, sizeof x->out->why, "not a domain name");
        return TRY_ERROR;
    }
    result = x->config->use_vc || x->truncated[x->at] ? ask_tcp(x) : ask_udp(x);
    x->out->plain = plain && is_answer(result);
    x->out->secure = x->out->secure && !plain && dns_config_believes(x->config, x->at);
    return result;
}

/* Whether server x->at is known to answer only without EDNS. */
static bool knows_no_edns(const struct exchange *x)
{
    return atomic_load(&x->memory->no_edns) >> x->at & 1;
}

/* Whether x->rcode may refuse EDNS: FORMERR, NOTIMP and BADVERS (RFC 6891 6.1.3 and 7). */
static bool refuses_edns(const struct exchange *x)
{
    return x->rcode.code == LDNS_RCODE_FORMERR || x->rcode.code == LDNS_RCODE_NOTIMPL ||
           x->rcode.code == 16;
}

/* A server that was silent has answered without EDNS: `first`, in x->out. Asks with EDNS again, for
 * a packet may have been lost. Returns that answer if it comes; else `first`, x->out unchanged. */
static enum try confirm(struct exchange *x, enum try first)
{
    struct dns_answer plain = *x->out;
    enum try t;

    *x->out = (struct dns_answer){0};
    x->deadline = deadline_within(x->until, CONFIRM_MS);
    t = ask_once(x, false);
    if (is_answer(t)) {
        dns_message_clear(&plain);
        return t;
    }
    dns_message_clear(x->out);
    *x->out = plain;
    atomic_fetch_or(&x->memory->no_edns, 1u << x->at);
    return first;
}

/* Tries server x->at, with EDNS unless that is known to be in vain, and perhaps once more. */
static enum try ask_server(struct exchange *x)
{
    bool mute = x->mute[x->at];
    enum try t = ask_once(x, mute || knows_no_edns(x));

    x->mute[x->at] = t == TRY_NOTHING && !x->plain;
    if (t == TRY_ERROR && !x->plain && refuses_edns(x)) {
        t = ask_once(x, true);
        if (is_answer(t))
            atomic_fetch_or(&x->memory->no_edns, 1u << x->at);
    } else if (is_answer(t) && mute && !knows_no_edns(x)) {
        t = confirm(x, t);
    }
    return t;
}

/* --- one question, until somebody answers --- */

/* How many milliseconds each server's first try has, so that the others have time, too. */
static int64_t first_share(const struct dns_config *c, instant deadline)
{
    int64_t share = deadline_left_ms(deadline) / ((int64_t)c->server_count + 1);

    if (c->timeout > 0)
        return (int64_t)c->timeout * 1000;
    return c->server_count == 1 || share > FIRST_TRY_MS ? FIRST_TRY_MS : share;
}

/* How many tries all servers have together; SIZE_MAX: no limit. One more than resolv.conf says is
 * for the question without EDNS, which the C library asks from the beginning. */
static size_t tries_of(const struct dns_config *c)
{
    return c->attempts > 0 ? (c->attempts + 1) * c->server_count : SIZE_MAX;
}

/* The index of the server to begin with; server_count is not 0. */
static size_t first_server(const struct dns_config *c)
{
    return c->rotate ? (size_t)deadline_now() % c->server_count : 0;
}

/* How the tries that have failed in a row have failed. */
struct failures {
    size_t count;
    bool error, sent;       /* a server answered with an error; some server was sent to, ever */
    struct dns_rcode rcode; /* of the error */
    char why[192];
};

/* Takes in a try that was no answer. TRY_NOTHING sets the count of the row to 0. */
static void note_failure(struct failures *f, const struct exchange *x, enum try t)
{
    f->count = t == TRY_NOTHING ? 0 : f->count + 1;
    f->sent = f->sent || t != TRY_REFUSED;
    if (t == TRY_ERROR) {
        f->rcode = x->rcode;
        text_copy(f->why, sizeof f->why, x->out->why);
    }
    f->error = t == TRY_ERROR || (f->error && f->count > 1);
}

/* The result of a question that all servers have failed, or for which time is over: TRY_ERROR with
 * rcode and why of the last error, or TRY_NOTHING. Fills out->why and ->refused, not the status. */
static enum try give_up(struct exchange *x, const struct failures *f)
{
    x->out->refused = !f->sent && x->refused[0];
    if (f->error) {
        x->rcode = f->rcode;
        text_copy(x->out->why, sizeof x->out->why, f->why);
    } else if (x->out->refused) {
        text_copy(x->out->why, sizeof x->out->why, x->refused);
    } else if (is_unneeded(x)) {
        text_copy(x->out->why, sizeof x->out->why, "the answer was not waited for");
    } else if (!x->out->why[0]) {
        text_copy(x->out->why, sizeof x->out->why, "no time was left to ask");
    }
    return f->error ? TRY_ERROR : TRY_NOTHING;
}

/* Asks each server in turn, round after round, for a share of the time; after an error the next one
 * immediately. *x->out is zeroed before. Returns TRY_ANSWER or TRY_ALIAS; else, with out->why,
 * TRY_ERROR and x->rcode if a server sent an error and none was silent since, or TRY_NOTHING. */
static enum try ask_all(struct exchange *x, instant deadline)
{
    size_t servers = x->config->server_count, tries = tries_of(x->config);
    int64_t share = first_share(x->config, deadline);
    size_t first = servers > 0 ? first_server(x->config) : 0;
    struct failures f = {0};

    x->until = deadline;
    for (size_t i = 0; f.count < servers && i < tries && deadline_left_ms(deadline) > 0; i++) {
        enum try t;

        if (is_unneeded(x))
            break;
        x->at = (first + i) % servers;
        x->deadline = deadline_within(deadline, share);
        t = ask_server(x);
        if (is_answer(t))
            return t;
        note_failure(&f, x, t);
        if (i % servers == servers - 1 && share < LAST_TRY_MS)
            share *= 2;
    }
    return give_up(x, &f);
}

/* After SERVFAIL, asks with CD set. No answer: TRY_ERROR, *x is unchanged. Else returns as ask_all
 * without CD; SERVFAIL again means that the resolver found the data bogus: x->rcode.bogus. */
static enum try ask_again(struct exchange *x, instant deadline)
{
    struct dns_answer unchecked = {0};
    struct exchange cd = {.config = x->config,
                          .question = x->question,
                          .memory = x->memory,
                          .cd = true,
                          .out = &unchecked,
                          .fd = -1};
    enum try t = ask_all(&cd, deadline);

    dns_message_clear(&unchecked);
    if (!is_answer(t))
        return TRY_ERROR;
    dns_message_clear(x->out);
    t = ask_all(x, deadline);
    x->rcode.bogus = t == TRY_ERROR && x->rcode.code == LDNS_RCODE_SERVFAIL;
    return t;
}

/* As ask_all, but SERVFAIL is looked into. Without an answer, x->out->status is DNS_BOGUS or
 * DNS_FAILURE. */
static enum try ask(struct exchange *x, instant deadline)
{
    enum try t = ask_all(x, deadline);

    if (t == TRY_ERROR && x->rcode.code == LDNS_RCODE_SERVFAIL && !x->rcode.bogus)
        t = ask_again(x, deadline);
    if (!is_answer(t))
        x->out->status = t == TRY_ERROR && x->rcode.code == LDNS_RCODE_SERVFAIL && x->rcode.bogus
                             ? DNS_BOGUS
                             : DNS_FAILURE;
    return t;
}

void dns_query(const struct dns_config *c, const struct dns_question *q, instant deadline,
               struct dns_answer *out)
{
    struct dns_question at = *q;
    char name[DNS_NAME];
    struct dns_memory own = {0};
    instant start = deadline_now();
    bool secure = true, alias = false, plain = false;

    *out = (struct dns_answer){0};
    for (int hops = 0;; hops++) {
        struct exchange x = {.config = c,
                             .question = &at,
                             .memory = c->memory ? c->memory : &own,
                             .out = out,
                             .fd = -1};
        enum try t = ask(&x, deadline);

        secure = secure && out->secure;
        plain = plain || out->plain;
        if (t == TRY_ALIAS && hops < DNS_ALIASES_MAX) {
            alias = true;
            text_copy(name, sizeof name, out->canonical);
            at.name = name;
            dns_message_clear(out);
            continue;
        }
        if (t == TRY_ALIAS) {
            out->status = DNS_FAILURE;
            text_copy(out->why, sizeof out->why, "the CNAME records form too long a chain");
        }
        break;
    }
    out->secure = secure && (out->status == DNS_OK || out->status == DNS_NODATA ||
                             out->status == DNS_NXDOMAIN);
    out->alias = out->alias || alias;
    out->plain = plain;
    out->us = deadline_now() - start;
}
