/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "verbs.h"

struct address {
    struct sockaddr_storage sa;
    socklen_t len;
    char text[INET6_ADDRSTRLEN];
};

struct open_session {
    int fd;
    struct open_session *next;
};

struct listener {
    int fd;
    struct gateway *gateway;
    struct address address;
    size_t total, most; /* guarded by the lab's lock, as is the list */
    struct open_session *open;
};

struct gateway {
    struct lab *lab;
    const struct gateway_script *script;
    struct statement head;
    bool alt, deaf;
    long max_sessions, want_sessions; /* -1: whatever */
    const char *from;                 /* the client's address; NULL: any */
    struct listener *listeners;
    size_t n_listeners;
    struct verbs **sessions;
    size_t n_sessions;
};

struct gateways {
    struct lab *lab;
    struct gateway *list;
    size_t n;
    int epoll;
};

struct connection {
    int fd;
    struct listener *listener;
    struct open_session mark;
    const struct verbs *verbs;
};

/* ---- addresses and ports ---- */

static struct address parse_address(const struct statement *s, const char *text, uint32_t offset)
{
    struct address a = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&a.sa;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a.sa;

    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_addr.s_addr = htonl(ntohl(v4->sin_addr.s_addr) + offset);
        inet_ntop(AF_INET, &v4->sin_addr, a.text, sizeof a.text);
        a.len = sizeof *v4;
    } else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        inet_ntop(AF_INET6, &v6->sin6_addr, a.text, sizeof a.text);
        a.len = sizeof *v6;
    } else {
        script_error(s, "\"%s\" is not an IP address", text);
    }
    return a;
}

static void set_port(struct address *a, int port)
{
    /* Both families have the port at the same place. */
    ((struct sockaddr_in *)&a->sa)->sin_port = htons((uint16_t)port);
}

static int bound_socket(const struct address *a, bool both_families)
{
    int on = 1, off = 0;
    int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (a->sa.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, both_families ? &off : &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&a->sa, a->len) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The wanted port, or for 0 one that nobody has at any address. The socket stays bound, never
 * listens, and so keeps the port from other labs: a connection to an address without a gateway is
 * refused, not played by a stranger. */
static int reserve_port(int wanted)
{
    static const struct statement where = {.file = "lab"};
    struct address any = parse_address(&where, "::", 0);
    struct sockaddr_in got;
    socklen_t len = sizeof any.sa;
    int fd;

    set_port(&any, wanted);
    fd = bound_socket(&any, true);
    if (fd < 0) {
        any = parse_address(&where, "0.0.0.0", 0);
        set_port(&any, wanted);
        fd = bound_socket(&any, false);
    }
    if (fd < 0 || getsockname(fd, (struct sockaddr *)&any.sa, &len) != 0)
        script_error(&where, "no free port: %s", strerror(errno));
    memcpy(&got, &any.sa, sizeof got);
    return ntohs(got.sin_port);
}

static void bind_gateway(struct gateway *g)
{
    for (size_t i = 0; i < g->n_listeners; i++) {
        struct listener *l = &g->listeners[i];

        set_port(&l->address, g->alt ? g->lab->port2 : g->lab->port);
        l->fd = bound_socket(&l->address, false);
        if (l->fd < 0)
            script_error(&g->head, "cannot bind %s: %s", l->address.text, strerror(errno));
    }
}

/* ---- the gateway line ---- */

static void read_options(struct gateway *g, size_t first)
{
    const struct statement *s = &g->head;

    g->max_sessions = g->want_sessions = -1;
    for (size_t i = first; i < s->n; i++) {
        const struct word *w = &s->words[i];
        const char *value;

        if ((value = script_value(w, "max-sessions")) != NULL)
            g->max_sessions = script_number(s, value, 0, 100000);
        else if ((value = script_value(w, "sessions")) != NULL)
            g->want_sessions = script_number(s, value, 0, 100000);
        else if ((value = script_value(w, "port")) != NULL && strcmp(value, "alt") == 0)
            g->alt = true;
        else if ((value = script_value(w, "from")) != NULL)
            g->from = value;
        else if (script_is(w, "deaf"))
            g->deaf = true;
        else
            script_error(s, "gateway: unknown option \"%s\"", w->p);
    }
}

static void read_gateway(struct gateway *g, struct lab *lab, const struct gateway_script *script)
{
    const struct statement *s = &script->head;
    bool range = script_is(&s->words[0], "gateway-range");
    const char *first = script_text(s, 1);

    g->lab = lab;
    g->script = script;
    g->head = *s;
    g->n_listeners = range ? (size_t)script_number(s, script_text(s, 2), 1, 20000) : 1;
    g->listeners = need(g->n_listeners, sizeof *g->listeners);
    for (size_t i = 0; i < g->n_listeners; i++) {
        g->listeners[i].gateway = g;
        g->listeners[i].address = parse_address(s, first, (uint32_t)i);
    }
    read_options(g, range ? 3 : 2);
}

struct gateways *gateways_bind(struct lab *lab, const struct scenario *sc)
{
    struct gateways *g = need(1, sizeof *g);

    g->lab = lab;
    g->n = sc->n_gateways;
    g->list = need(g->n, sizeof *g->list);
    lab->port = reserve_port(lab->port);
    lab->port2 = reserve_port(0);
    for (size_t i = 0; i < g->n; i++) {
        read_gateway(&g->list[i], lab, &sc->gateways[i]);
        bind_gateway(&g->list[i]);
    }
    return g;
}

static void read_verbs(struct gateway *g)
{
    const struct gateway_script *script = g->script;
    struct verbs *session = NULL;

    for (size_t i = 0; i < script->n || session == NULL; i++) {
        bool is_new = i < script->n && script_is(&script->verbs[i].words[0], "session");
        struct statement s;

        if (session == NULL || is_new) {
            g->sessions = grow(g->sessions, &g->n_sessions, sizeof *g->sessions);
            session = g->sessions[g->n_sessions - 1] = verbs_new();
        }
        if (i >= script->n || is_new)
            continue;
        s = lab_expand_words(g->lab, &script->verbs[i]);
        verbs_add(session, g->lab, &s, g->listeners[0].address.text);
    }
}

/* ---- connections ---- */

/* The client may have closed a session and opened the next before our thread noticed: the kernel
 * knows. */
static bool is_established(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;

    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
           info.tcpi_state == TCP_ESTABLISHED;
}

static void count_in(struct connection *c)
{
    struct listener *l = c->listener;
    struct gateway *g = l->gateway;
    size_t now = 0, session;

    pthread_mutex_lock(&g->lab->lock);
    session = l->total < g->n_sessions ? l->total : g->n_sessions - 1;
    c->verbs = g->sessions[session];
    l->total++;
    g->lab->sessions++;
    c->mark.next = l->open;
    l->open = &c->mark;
    if (g->max_sessions >= 0)
        for (const struct open_session *o = l->open; o != NULL; o = o->next)
            now += o == &c->mark || is_established(o->fd);
    if (now > l->most)
        l->most = now;
    pthread_mutex_unlock(&g->lab->lock);
}

static void count_out(struct connection *c)
{
    struct listener *l = c->listener;
    struct open_session **o;

    pthread_mutex_lock(&l->gateway->lab->lock);
    for (o = &l->open; *o != &c->mark; o = &(*o)->next)
        ;
    *o = c->mark.next;
    l->gateway->lab->sessions--;
    pthread_mutex_unlock(&l->gateway->lab->lock);
}

static void *play_connection(void *arg)
{
    struct connection *c = arg;
    struct gateway *g = c->listener->gateway;
    struct peer *p = need(1, sizeof *p);

    p->fd = c->fd;
    p->lab = g->lab;
    p->address = c->listener->address.text;
    verbs_play(c->verbs, p);
    count_out(c);
    if (c->mark.fd >= 0)
        close(c->mark.fd);
    free(p);
    free(c);
    return NULL;
}

/* A client whose address is another than the script's is a failure. */
static void check_client(const struct listener *l, const struct sockaddr_storage *sa)
{
    const char *from = l->gateway->from;
    char text[INET6_ADDRSTRLEN] = "";

    if (from == NULL)
        return;
    if (sa->ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)sa)->sin6_addr, text, sizeof text);
    else
        inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, text, sizeof text);
    if (strcmp(text, from) != 0)
        lab_fault(l->gateway->lab, "gateway %s: connection from %s, not from %s", l->address.text,
                  text, from);
}

static void accept_one(struct listener *l)
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof sa;
    int on = 1, fd = accept4(l->fd, (struct sockaddr *)&sa, &len, SOCK_CLOEXEC);
    struct connection *c;

    if (fd < 0)
        return;
    check_client(l, &sa);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c = need(1, sizeof *c);
    c->listener = l;
    c->fd = fd;
    /* The list has its own descriptor, so that nobody asks about one that was closed and given
     * anew. */
    c->mark.fd = l->gateway->max_sessions >= 0 ? dup(fd) : -1;
    count_in(c);
    if (lab_thread(play_connection, c))
        return;
    lab_fault(l->gateway->lab, "gateway %s: no thread for a connection", l->address.text);
    count_out(c);
    close(fd);
    free(c);
}

static void *accept_all(void *arg)
{
    struct gateways *g = arg;
    struct epoll_event events[64];

    for (;;) {
        int n = epoll_wait(g->epoll, events, 64, -1);

        for (int i = 0; i < n; i++)
            accept_one(events[i].data.ptr);
    }
    return NULL;
}

/* ---- start and end ---- */

/* Two connections of our own fill the queue: the kernel then drops what else comes. */
static void fill_queue(const struct listener *l)
{
    for (int i = 0; i < 2; i++) {
        int fd = socket(l->address.sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd >= 0)
            connect(fd, (const struct sockaddr *)&l->address.sa, l->address.len);
    }
}

static void start_listener(struct gateways *g, struct listener *l)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = l};
    bool deaf = l->gateway->deaf;

    if (listen(l->fd, deaf ? 0 : 1024) != 0)
        script_error(&l->gateway->head, "cannot listen at %s: %s", l->address.text,
                     strerror(errno));
    if (deaf)
        fill_queue(l);
    else
        epoll_ctl(g->epoll, EPOLL_CTL_ADD, l->fd, &event);
}

void gateways_start(struct gateways *g)
{
    g->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < g->n; i++)
        read_verbs(&g->list[i]);
    for (size_t i = 0; i < g->n; i++)
        for (size_t k = 0; k < g->list[i].n_listeners; k++)
            start_listener(g, &g->list[i].listeners[k]);
    if (g->n > 0)
        lab_thread(accept_all, g);
}

static size_t under_way(struct lab *lab)
{
    size_t n;

    pthread_mutex_lock(&lab->lock);
    n = lab->sessions;
    pthread_mutex_unlock(&lab->lock);
    return n;
}

static void judge(const struct gateway *g, const struct listener *l, size_t total, size_t most)
{
    if (g->want_sessions >= 0 && total != (size_t)g->want_sessions)
        lab_fault(g->lab, "%s:%d: gateway %s: %zu sessions, not %ld", g->head.file, g->head.line,
                  l->address.text, total, g->want_sessions);
    if (g->max_sessions >= 0 && most > (size_t)g->max_sessions)
        lab_fault(g->lab, "%s:%d: gateway %s: %zu concurrent sessions, more than %ld", g->head.file,
                  g->head.line, l->address.text, most, g->max_sessions);
}

void gateways_finish(struct gateways *g)
{
    for (int i = 0; i < 300 && under_way(g->lab) > 0; i++)
        usleep(10000);
    for (size_t i = 0; i < g->n; i++) {
        for (size_t k = 0; k < g->list[i].n_listeners; k++) {
            const struct listener *l = &g->list[i].listeners[k];
            size_t total, most;

            pthread_mutex_lock(&g->lab->lock);
            total = l->total;
            most = l->most;
            pthread_mutex_unlock(&g->lab->lock);
            judge(&g->list[i], l, total, most);
        }
    }
}
