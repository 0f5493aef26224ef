/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/dns/names.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/unit.h"
#include "unit/dns/wire.h"

enum { ASKED_MAX = 64 };

struct names {
    const struct names_record *table;
    int fd;
    struct sockaddr_in here;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what was asked */
    struct {
        char name[256];
        unsigned type;
    } asked[ASKED_MAX];
    size_t asked_count;
    struct wire w;
};

static void add_record(struct wire *w, const struct names_record *r)
{
    static const unsigned char tlsa[35] = {3, 1, 1};
    unsigned char a[4];
    size_t at;

    if (r->type == DNS_MX) {
        wire_mx(w, r->name, r->preference, r->value);
    } else if (r->type == DNS_CNAME) {
        wire_alias(w, r->name, r->value);
    } else {
        at = wire_record(w, WIRE_ANSWER, r->name, r->type);
        if (r->type != DNS_TLSA)
            ck_assert_int_eq(inet_pton(AF_INET, r->value, a), 1);
        wire_bytes(w, r->type == DNS_TLSA ? tlsa : a, r->type == DNS_TLSA ? sizeof tlsa : sizeof a);
        wire_end(w, at);
    }
}

/* The reply to a question, but for its ID. An alias is in the table before its target. */
static void answer(struct names *n, const char *name, unsigned type)
{
    unsigned rcode = 3; /* NXDOMAIN */
    bool secure = true, any = false;

    wire_begin(&n->w, 0, name, type);
    for (const struct names_record *r = n->table; r->name; r++) {
        if (strcasecmp(r->name, name) != 0)
            continue;
        rcode = rcode == 3 ? 0 : rcode;
        if (r->type == type && !r->value) {
            rcode = 2;
        } else if (r->value && (r->type == type || r->type == DNS_CNAME)) {
            add_record(&n->w, r);
            secure = secure && r->type != DNS_MX && r->preference == NAMES_SECURE;
            any = true;
            name = r->type == DNS_CNAME && type != DNS_CNAME ? r->value : name;
        }
    }
    n->w.b[3] |= (unsigned char)(rcode | (any && secure ? WIRE_AD : 0));
}

/* "3www7example0" to "www.example". Returns its length on the wire. */
static size_t read_name(const unsigned char *p, char out[256])
{
    size_t at = 0;

    *out = '\0';
    while (p[at]) {
        snprintf(out + strlen(out), 256 - strlen(out), "%s%.*s", at ? "." : "", p[at], p + at + 1);
        at += p[at] + 1u;
    }
    return at + 1;
}

static void note(struct names *n, const char *name, unsigned type)
{
    pthread_mutex_lock(&n->lock);
    memcpy(n->asked[n->asked_count % ASKED_MAX].name, name, strlen(name) + 1);
    n->asked[n->asked_count++ % ASKED_MAX].type = type;
    pthread_mutex_unlock(&n->lock);
}

static void *serve(void *arg)
{
    struct names *n = arg;
    unsigned char q[600] = {0};
    struct sockaddr_in from;
    socklen_t len = sizeof from;

    while (recvfrom(n->fd, q, sizeof q - 1, 0, (struct sockaddr *)&from, &len) > WIRE_HEADER) {
        char name[256];
        size_t end = WIRE_HEADER + read_name(q + WIRE_HEADER, name);
        unsigned type = (unsigned)q[end] << 8 | q[end + 1];

        note(n, name, type);
        answer(n, name, type);
        memcpy(n->w.b, q, 2);
        sendto(n->fd, n->w.b, n->w.n, 0, (struct sockaddr *)&from, len);
        len = sizeof from;
    }
    return NULL;
}

struct names *names_begin(const struct names_record *table)
{
    struct names *n = calloc(1, sizeof *n);
    socklen_t len = sizeof n->here;

    ck_assert_ptr_nonnull(n);
    n->table = table;
    pthread_mutex_init(&n->lock, NULL);
    n->here =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    n->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(n->fd, (struct sockaddr *)&n->here, len), 0);
    ck_assert_int_eq(getsockname(n->fd, (struct sockaddr *)&n->here, &len), 0);
    ck_assert_int_eq(pthread_create(&n->thread, NULL, serve, n), 0);
    return n;
}

void names_serve(const struct names *n, const char *host, struct dns_config *out)
{
    char server[64];

    snprintf(server, sizeof server, "%s:%u", host, ntohs(n->here.sin_port));
    ck_assert(dns_config_add(out, server));
}

void names_resolve(struct names *n, const struct target *targets, size_t count,
                   struct resolution *out)
{
    struct resolve_config c = {
        .family = AF_INET, .parallel = 4, .stage_ms = 10000, .deadline = deadline_in_ms(20000)};
    struct pool_watch watch;

    names_serve(n, "127.0.0.1", &c.dns);
    pool_watch_init(&watch, c.deadline);
    resolve_all(&c, targets, count, &watch, out);
    ck_assert(!out->failed && watch.end == POOL_DONE);
}

size_t names_asked(struct names *n, const char *name, enum dns_type type)
{
    size_t count = 0;

    pthread_mutex_lock(&n->lock);
    ck_assert_uint_le(n->asked_count, ASKED_MAX);
    for (size_t i = 0; i < n->asked_count; i++)
        count += n->asked[i].type == (unsigned)type && strcasecmp(n->asked[i].name, name) == 0;
    pthread_mutex_unlock(&n->lock);
    return count;
}

/* An empty datagram is the thread's end. */
void names_end(struct names *n)
{
    sendto(n->fd, "", 0, 0, (struct sockaddr *)&n->here, sizeof n->here);
    pthread_join(n->thread, NULL);
    pthread_mutex_destroy(&n->lock);
    close(n->fd);
    free(n);
}
