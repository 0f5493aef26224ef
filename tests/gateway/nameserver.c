/* SPDX-License-Identifier: BSD-2-Clause */
#include "nameserver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"

/* One alone would be what a thousand questions wait for, and no resolver has but one. */
enum { UDP_THREADS = 4 };

struct nameserver {
    struct lab *lab;
    const struct zone *zone;
    int udp, tcp;
};

/* One query over UDP, or one connection over TCP. */
struct job {
    const struct nameserver *server;
    int fd;
    struct sockaddr_in from;
    uint8_t wire[4096];
    size_t len;
};

/* ---- sockets ---- */

static int local_socket(const struct lab *lab, int type, int port)
{
    struct sockaddr_in sa = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = inet_addr(lab->ns_address)};
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof sa) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static int port_of(int fd)
{
    struct sockaddr_in sa = {0};
    socklen_t len = sizeof sa;

    getsockname(fd, (struct sockaddr *)&sa, &len);
    return ntohs(sa.sin_port);
}

struct nameserver *nameserver_bind(struct lab *lab)
{
    static const struct statement where = {.file = "lab"};
    struct nameserver *n = need(1, sizeof *n);

    n->lab = lab;
    n->udp = -1;
    for (int i = 0; i < 50 && n->udp < 0; i++) {
        n->tcp = local_socket(lab, SOCK_STREAM, lab->ns_port);
        n->udp = n->tcp >= 0 ? local_socket(lab, SOCK_DGRAM, port_of(n->tcp)) : -1;
        if (n->udp < 0 && n->tcp >= 0)
            close(n->tcp);
    }
    if (n->udp < 0 || listen(n->tcp, 256) != 0)
        script_error(&where, "no free port for the name server: %s", strerror(errno));
    lab->ns_port = port_of(n->udp);
    lab->silent_port = port_of(local_socket(lab, SOCK_DGRAM, 0));
    return n;
}

static void pause_for(double seconds)
{
    struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};

    nanosleep(&t, NULL);
}

/* ---- UDP ---- */

static void send_to(const struct job *j, int fd, const struct buf *b)
{
    sendto(fd, b->p, b->len, MSG_NOSIGNAL, (const struct sockaddr *)&j->from, sizeof j->from);
}

static void forge(const struct job *j, const struct query *q)
{
    struct buf forged = answer_forged(q);
    int other = q->rule->forge == FORGE_SOURCE ? local_socket(j->server->lab, SOCK_DGRAM, 0) : -1;

    send_to(j, other >= 0 ? other : j->fd, &forged);
    if (other >= 0)
        close(other);
    free(forged.p);
    pause_for(0.05);
}

static void note_unasked(const struct job *j, const struct query *q)
{
    char *name, *type;

    if (!q->rule->unasked)
        return;
    name = ldns_rdf2str(q->name);
    type = ldns_rr_type2str(q->type);
    lab_fault(j->server->lab, "name server: asked for %s %s", name, type);
    free(name);
    free(type);
}

static void answer_udp(const struct job *j)
{
    struct query q;
    struct buf answer;

    if (!query_read(j->server->zone, j->wire, j->len, &q))
        return;
    note_unasked(j, &q);
    if (!q.rule->silence) {
        pause_for(q.rule->delay);
        if (q.rule->forge != FORGE_NOTHING)
            forge(j, &q);
        if (!q.rule->only) {
            answer = answer_make(j->server->zone, &q, false);
            send_to(j, j->fd, &answer);
            free(answer.p);
        }
    }
    query_free(&q);
}

static void *answer_udp_thread(void *arg)
{
    answer_udp(arg);
    free(arg);
    return NULL;
}

/* Only what takes time needs a thread of its own. */
static bool takes_time(const struct job *j)
{
    struct query q;
    bool slow = false;

    if (query_read(j->server->zone, j->wire, j->len, &q)) {
        slow = q.rule->delay > 0 || q.rule->forge != FORGE_NOTHING;
        query_free(&q);
    }
    return slow;
}

static void *serve_udp(void *arg)
{
    struct nameserver *n = arg;
    struct job j = {.server = n, .fd = n->udp};

    for (;;) {
        socklen_t len = sizeof j.from;
        ssize_t got = recvfrom(n->udp, j.wire, sizeof j.wire, 0, (struct sockaddr *)&j.from, &len);
        struct job *own;

        if (got <= 0)
            continue;
        j.len = (size_t)got;
        if (!takes_time(&j)) {
            answer_udp(&j);
            continue;
        }
        own = need(1, sizeof *own);
        *own = j;
        if (!lab_thread(answer_udp_thread, own))
            free(own);
    }
    return NULL;
}

/* ---- TCP ---- */

static bool peer_gone(int fd)
{
    struct pollfd pfd = {.fd = fd, .events = POLLRDHUP};

    return poll(&pfd, 1, 0) > 0;
}

static bool read_exactly(int fd, uint8_t *to, size_t len)
{
    return len == 0 || recv(fd, to, len, MSG_WAITALL) == (ssize_t)len;
}

static bool write_bytes(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static bool drip(int fd, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (peer_gone(fd) || !write_bytes(fd, bytes + i, 1))
            return false;
        pause_for(1);
    }
    return true;
}

static struct buf framed(struct buf answer)
{
    struct buf out = {0};
    uint8_t size[2] = {(uint8_t)(answer.len >> 8), (uint8_t)answer.len};

    buf_add(&out, size, 2);
    buf_add(&out, answer.p, answer.len);
    free(answer.p);
    return out;
}

/* Unrelated answers for ever: the same one under another ID. */
static void flood(int fd, struct buf *message)
{
    message->p[2] = (char)~message->p[2];
    while (write_bytes(fd, message->p, message->len))
        ;
}

static bool answer_tcp(const struct job *j, const struct query *q)
{
    enum zone_tcp how = q->rule->tcp;
    struct buf out;
    bool more;

    if (how == STREAM_CLOSE)
        return false;
    if (how == STREAM_SILENCE || q->rule->silence) {
        while (!peer_gone(j->fd))
            pause_for(0.02);
        return false;
    }
    pause_for(q->rule->delay);
    out = framed(q->rule->pointers ? answer_pointers(q) : answer_make(j->server->zone, q, true));
    more = how == STREAM_DRIP ? drip(j->fd, out.p, out.len) : write_bytes(j->fd, out.p, out.len);
    if (more && how == STREAM_ENDLESS)
        flood(j->fd, &out);
    free(out.p);
    return more;
}

static void *serve_connection(void *arg)
{
    struct job *j = arg;
    uint8_t size[2];
    bool more = true;

    while (more && read_exactly(j->fd, size, 2)) {
        struct query q;

        j->len = (size_t)(size[0] << 8 | size[1]);
        if (j->len > sizeof j->wire || !read_exactly(j->fd, j->wire, j->len) ||
            !query_read(j->server->zone, j->wire, j->len, &q))
            break;
        note_unasked(j, &q);
        more = answer_tcp(j, &q);
        query_free(&q);
    }
    close(j->fd);
    free(j);
    return NULL;
}

static void *serve_tcp(void *arg)
{
    struct nameserver *n = arg;

    for (;;) {
        struct job *j = need(1, sizeof *j);
        int on = 1;

        j->server = n;
        j->fd = accept4(n->tcp, NULL, NULL, SOCK_CLOEXEC);
        if (j->fd >= 0)
            setsockopt(j->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (j->fd < 0 || !lab_thread(serve_connection, j)) {
            if (j->fd >= 0)
                close(j->fd);
            free(j);
        }
    }
    return NULL;
}

void nameserver_start(struct nameserver *n, const struct zone *z)
{
    n->zone = z;
    for (int i = 0; i < UDP_THREADS; i++)
        lab_thread(serve_udp, n);
    lab_thread(serve_tcp, n);
}
