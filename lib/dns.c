#include "dns.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "text.h"

enum { QUERY_MAX = 512, FIRST_TRY_MS = 2000, LAST_TRY_MS = 8000, DNS_PORT = 53 };

/* --- servers --- */

static bool split_port(char *s, unsigned *port)
{
    char *colon = s[0] == '[' ? strchr(s, ']') : strchr(s, ':');
    unsigned long n;
    char *end;

    *port = DNS_PORT;
    if (s[0] == '[') {
        if (!colon)
            return false;
        *colon++ = '\0';
        memmove(s, s + 1, strlen(s));
        if (*colon == '\0')
            return true;
    } else if (!colon || strchr(colon + 1, ':')) {
        return true; /* no port, or an IPv6 address without brackets */
    }
    if (colon[0] != ':' || colon[1] < '0' || colon[1] > '9')
        return false;
    n = strtoul(colon + 1, &end, 10);
    *port = (unsigned)n;
    *colon = '\0';
    return *end == '\0' && n > 0 && n <= 65535;
}

/* A link-local address needs its interface: fe80::1%eth0 (RFC 4007 11). */
static bool parse_zoned(char *host, unsigned port, struct address *out)
{
    char *zone = strchr(host, '%');
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->sockaddr;

    if (zone)
        *zone++ = '\0';
    if (!address_parse(host, port, out) || (zone && in6->sin6_family != AF_INET6))
        return false;
    if (zone)
        in6->sin6_scope_id = if_nametoindex(zone);
    return !zone || in6->sin6_scope_id != 0;
}

bool dns_config_add(struct dns_config *c, const char *server)
{
    struct dns_server s = {0};
    char host[64];
    unsigned port;

    if (c->server_count == DNS_SERVERS_MAX || strlen(server) >= sizeof host)
        return false;
    strcpy(host, server);
    strcpy(s.text, server);
    if (!split_port(host, &port) || !parse_zoned(host, port, &s.address))
        return false;
    c->servers[c->server_count++] = s;
    return true;
}

void dns_config_read(struct dns_config *c, const char *text)
{
    char line[256];

    while (*text) {
        size_t len = strcspn(text, "\n");
        char *save = NULL, *word;

        snprintf(line, sizeof line, "%.*s", (int)(len < sizeof line ? len : sizeof line - 1), text);
        text += len + (text[len] == '\n');
        word = strtok_r(line, " \t\r", &save);
        if (word && strcmp(word, "nameserver") == 0) {
            word = strtok_r(NULL, " \t\r", &save);
            if (word)
                dns_config_add(c, word);
        } else if (word && strcmp(word, "options") == 0) {
            while ((word = strtok_r(NULL, " \t\r", &save)))
                c->trust_ad = c->trust_ad || strcmp(word, "trust-ad") == 0;
        }
    }
}

bool dns_config_trusted(const struct dns_config *c)
{
    for (size_t i = 0; i < c->server_count; i++) {
        if (!c->trust_ad && !address_is_loopback(&c->servers[i].address))
            return false;
    }
    return c->server_count > 0;
}

/* --- transport --- */

/* One question, and the try under way. */
struct exchange {
    const struct dns_config *config;
    const struct dns_question *question;
    bool cd;
    bool truncated[DNS_SERVERS_MAX]; /* its answer did not fit a datagram: TCP alone will do */
    struct dns_answer *out;
    struct dns_rcode rcode;

    size_t at; /* the server that is being asked */
    const struct dns_server *server;
    instant deadline;
    unsigned char query[QUERY_MAX];
    size_t query_len;
    uint16_t id;
};

/* Of one try: an answer, an error of the server's, or nothing in time. */
enum try { TRY_ANSWER, TRY_ALIAS, TRY_ERROR, TRY_NOTHING };

static bool ready(int fd, short events, instant deadline)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;

    do {
        int left = deadline_left_ms(deadline);

        if (left == 0)
            return false;
        n = poll(&p, 1, left);
    } while (n == 0 || (n < 0 && errno == EINTR));
    return n > 0;
}

static void note_errno(struct exchange *x)
{
    char buf[100];

    text_format(x->out->why, sizeof x->out->why, "%s: %s", x->server->text,
                strerror_r(errno, buf, sizeof buf));
}

static int open_socket(struct exchange *x, int type)
{
    int fd = socket(x->server->address.sockaddr.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || (connect(fd, (const struct sockaddr *)&x->server->address.sockaddr,
                           x->server->address.length) != 0 &&
                   errno != EINPROGRESS)) {
        note_errno(x);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static bool transfer(int fd, unsigned char *buf, size_t len, bool writing, instant deadline)
{
    while (len > 0) {
        ssize_t n;

        if (!ready(fd, writing ? POLLOUT : POLLIN, deadline))
            return false;
        n = writing ? send(fd, buf, len, MSG_NOSIGNAL) : recv(fd, buf, len, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (n > 0) {
            buf += n;
            len -= (size_t)n;
        }
    }
    return true;
}

static enum dns_verdict read_message(struct exchange *x, const unsigned char *buf, size_t len)
{
    dns_answer_clear(x->out);
    return dns_message_read(buf, len, x->question, x->id, x->out, &x->rcode);
}

static enum try from_verdict(struct exchange *x, enum dns_verdict v)
{
    char why[sizeof x->out->why];

    if (v == DNS_MESSAGE_ANSWER)
        return TRY_ANSWER;
    if (v == DNS_MESSAGE_ALIAS)
        return TRY_ALIAS;
    text_copy(why, sizeof why, v == DNS_MESSAGE_ERROR ? x->out->why : "a malformed answer");
    dns_answer_clear(x->out);
    snprintf(x->out->why, sizeof x->out->why, "%.100s from %s", why, x->server->text);
    return TRY_ERROR;
}

/* One message over TCP: a length of two bytes, then the message (RFC 1035 4.2.2). */
static enum try ask_tcp(struct exchange *x)
{
    unsigned char head[2] = {(unsigned char)(x->query_len >> 8), (unsigned char)x->query_len};
    unsigned char *buf = NULL;
    enum try result = TRY_NOTHING;
    size_t len;
    int fd = open_socket(x, SOCK_STREAM);

    if (fd < 0)
        return TRY_NOTHING;
    if (!transfer(fd, head, 2, true, x->deadline) ||
        !transfer(fd, x->query, x->query_len, true, x->deadline) ||
        !transfer(fd, head, 2, false, x->deadline)) {
        snprintf(x->out->why, sizeof x->out->why, "no answer over TCP from %s", x->server->text);
        goto out;
    }
    len = (size_t)(head[0] << 8 | head[1]);
    buf = malloc(len + 1);
    if (!buf || !transfer(fd, buf, len, false, x->deadline)) {
        snprintf(x->out->why, sizeof x->out->why, "no whole answer over TCP from %s",
                 x->server->text);
        goto out;
    }
    result = from_verdict(x, read_message(x, buf, len));
out:
    free(buf);
    close(fd);
    return result;
}

/* Waits for the datagram that answers, past all that do not. The socket is connected, so the kernel
 * drops what comes from elsewhere; ID and question are compared (RFC 5452 9.1). */
static enum try await_udp(struct exchange *x, int fd)
{
    unsigned char buf[4096];

    while (ready(fd, POLLIN, x->deadline)) {
        ssize_t n = recv(fd, buf, sizeof buf, 0);
        enum dns_verdict v;

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n < 0) {
            note_errno(x);
            return TRY_NOTHING;
        }
        v = read_message(x, buf, (size_t)n);
        if (v == DNS_MESSAGE_TRUNCATED) {
            x->truncated[x->at] = true;
            return ask_tcp(x);
        }
        if (v != DNS_MESSAGE_OTHER)
            return from_verdict(x, v);
    }
    dns_answer_clear(x->out);
    snprintf(x->out->why, sizeof x->out->why, "no answer from %s", x->server->text);
    return TRY_NOTHING;
}

static enum try ask_udp(struct exchange *x)
{
    int fd = open_socket(x, SOCK_DGRAM);
    enum try result;

    if (fd < 0)
        return TRY_NOTHING;
    if (send(fd, x->query, x->query_len, MSG_NOSIGNAL) < 0) {
        note_errno(x);
        result = TRY_NOTHING;
    } else {
        result = await_udp(x, fd);
    }
    close(fd);
    return result;
}

/* --- one question, until somebody answers --- */

static enum try ask_once(struct exchange *x)
{
    enum try result;

    x->server = &x->config->servers[x->at];
    x->rcode = (struct dns_rcode){0};
    if (getrandom(&x->id, sizeof x->id, 0) != (ssize_t)sizeof x->id)
        x->id = (uint16_t)deadline_now();
    x->query_len = dns_message_query(x->query, sizeof x->query, x->question, x->id, x->cd);
    if (x->query_len == 0) {
        text_copy(x->out->why, sizeof x->out->why, "not a domain name");
        return TRY_ERROR;
    }
    result = x->truncated[x->at] ? ask_tcp(x) : ask_udp(x);
    x->out->secure =
        x->out->secure && (x->config->trust_ad || address_is_loopback(&x->server->address));
    return result;
}

/* How long to wait for the first server: no longer than leaves time for the others. */
static int64_t first_share(const struct dns_config *c, instant deadline)
{
    int64_t share = deadline_left_ms(deadline) / ((int64_t)c->server_count + 1);

    return c->server_count == 1 || share > FIRST_TRY_MS ? FIRST_TRY_MS : share;
}

/* Each server in turn, round after round; each gets a share of the time. A server's error sends us
 * to the next at once, and stands when all have one. */
static enum try ask_all(struct exchange *x, instant deadline)
{
    size_t errors = 0, servers = x->config->server_count;
    int64_t share = first_share(x->config, deadline);

    for (size_t i = 0; errors < servers && deadline_left_ms(deadline) > 0; i++) {
        enum try t;

        x->at = i % servers;
        x->deadline = deadline_within(deadline, share);
        t = ask_once(x);
        if (t == TRY_ANSWER || t == TRY_ALIAS)
            return t;
        errors = t == TRY_ERROR ? errors + 1 : 0;
        if (t == TRY_NOTHING && deadline_left_ms(x->deadline) > 0)
            poll(NULL, 0, 50); /* refused at once: do not spin */
        if (x->at == servers - 1 && share < LAST_TRY_MS)
            share *= 2;
    }
    if (!x->out->why[0])
        text_copy(x->out->why, sizeof x->out->why, "no time was left to ask");
    return errors > 0 ? TRY_ERROR : TRY_NOTHING;
}

/* A resolver that fails a question, answers it with CD set, and fails it again has found it bogus.
 * One that answers the second time had only stumbled. */
static enum try ask_again(struct exchange *x, instant deadline)
{
    struct dns_answer unchecked = {0};
    struct exchange cd = {
        .config = x->config, .question = x->question, .cd = true, .out = &unchecked};
    enum try t = ask_all(&cd, deadline);

    dns_answer_clear(&unchecked);
    if (t != TRY_ANSWER && t != TRY_ALIAS)
        return TRY_ERROR;
    dns_answer_clear(x->out);
    t = ask_all(x, deadline);
    x->rcode.bogus = t == TRY_ERROR && x->rcode.code == LDNS_RCODE_SERVFAIL;
    return t;
}

static enum try ask(struct exchange *x, instant deadline)
{
    enum try t = ask_all(x, deadline);

    if (t == TRY_ERROR && x->rcode.code == LDNS_RCODE_SERVFAIL && !x->rcode.bogus)
        t = ask_again(x, deadline);
    if (t != TRY_ANSWER && t != TRY_ALIAS)
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
    instant start = deadline_now();
    bool secure = true, alias = false;

    *out = (struct dns_answer){0};
    for (int hops = 0;; hops++) {
        struct exchange x = {.config = c, .question = &at, .out = out};
        enum try t = ask(&x, deadline);

        secure = secure && out->secure;
        if (t == TRY_ALIAS && hops < DNS_ALIASES_MAX) {
            alias = true;
            text_copy(name, sizeof name, out->canonical);
            at.name = name;
            dns_answer_clear(out);
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
    out->us = deadline_now() - start;
}
