#include "conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

struct conn {
    int fd;
    SSL *ssl; /* NULL while in clear */
    char in[CONN_LINE_MAX];
    size_t start, end;
    bool asked; /* for a client certificate, and we have none */
    char reason[CONN_REASON];
};

static void errno_reason(int error, char *reason)
{
    char buf[100];

    text_copy(reason, CONN_REASON, strerror_r(error, buf, sizeof buf));
}

/* Drains OpenSSL's queue; the first entry is the cause. */
static void tls_reason(struct conn *c)
{
    unsigned long code = ERR_get_error();
    const char *s = code ? ERR_reason_error_string(code) : NULL;

    text_format(c->reason, sizeof c->reason, "%s%s",
                c->asked ? "client certificate asked for, then " : "", s ? s : "connection closed");
    ERR_clear_error();
}

static enum conn_status wait_for(struct conn *c, short events, instant deadline)
{
    struct pollfd p = {.fd = c->fd, .events = events};
    int n;

    do {
        int left = deadline_left_ms(deadline);

        if (left == 0)
            return CONN_TIMEOUT;
        n = poll(&p, 1, left);
    } while (n == 0 || (n < 0 && errno == EINTR));
    return CONN_OK;
}

/* Nagle would hold our EHLO behind the TLS Finished; delayed ACKs hold the server behind its
 * tickets. */
static void ack_at_once(const struct conn *c)
{
    int on = 1;

    setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

static enum conn_status socket_status(struct conn *c, int error)
{
    errno_reason(error, c->reason);
    return error == ENOMEM || error == ENOBUFS ? CONN_LOCAL : CONN_FAILED;
}

static enum conn_status finish_connect(struct conn *c, instant deadline)
{
    enum conn_status s = wait_for(c, POLLOUT, deadline);
    socklen_t len = sizeof(int);
    int error = 0;

    if (s != CONN_OK)
        return s;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    return error ? socket_status(c, error) : CONN_OK;
}

static bool is_no_route(int error)
{
    return error == ENETUNREACH || error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

static enum conn_status connect_socket(struct conn *c, const struct sockaddr *address,
                                       socklen_t length, instant deadline)
{
    int on = 1;

    c->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) {
        errno_reason(errno, c->reason);
        return is_no_route(errno) ? CONN_NO_ROUTE : CONN_LOCAL;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, address, length) == 0)
        return CONN_OK;
    if (errno == EINPROGRESS)
        return finish_connect(c, deadline);
    if (is_no_route(errno)) {
        errno_reason(errno, c->reason);
        return CONN_NO_ROUTE;
    }
    return socket_status(c, errno);
}

enum conn_status conn_open(struct conn **out, const struct sockaddr *address, socklen_t length,
                           instant deadline, char *reason)
{
    struct conn *c = calloc(1, sizeof *c);
    enum conn_status s;

    *out = NULL;
    if (!c) {
        text_copy(reason, CONN_REASON, "out of memory");
        return CONN_LOCAL;
    }
    c->fd = -1;
    s = connect_socket(c, address, length, deadline);
    if (s == CONN_OK) {
        *out = c;
    } else {
        text_copy(reason, CONN_REASON, c->reason);
        conn_close(c);
    }
    return s;
}

/* What an SSL call that returned `ret` <= 0 means: CONN_OK is "try again". */
static enum conn_status tls_progress(struct conn *c, int ret, instant deadline)
{
    int saved = errno;

    switch (SSL_get_error(c->ssl, ret)) {
    case SSL_ERROR_WANT_READ:
        return wait_for(c, POLLIN, deadline);
    case SSL_ERROR_WANT_WRITE:
        return wait_for(c, POLLOUT, deadline);
    case SSL_ERROR_ZERO_RETURN:
        return CONN_CLOSED;
    case SSL_ERROR_SYSCALL:
        ERR_clear_error();
        if (saved == 0)
            return CONN_CLOSED;
        return socket_status(c, saved);
    default:
        tls_reason(c);
        return CONN_TLS;
    }
}

static enum conn_status receive_tls(struct conn *c, char *buf, size_t cap, size_t *got,
                                    instant deadline)
{
    for (;;) {
        enum conn_status s;
        int n;

        ack_at_once(c);
        ERR_clear_error();
        errno = 0;
        n = SSL_read(c->ssl, buf, (int)cap);
        if (n > 0) {
            *got = (size_t)n;
            return CONN_OK;
        }
        s = tls_progress(c, n, deadline);
        if (s != CONN_OK)
            return s;
    }
}

static enum conn_status receive_clear(struct conn *c, char *buf, size_t cap, size_t *got,
                                      instant deadline)
{
    for (;;) {
        enum conn_status s;
        ssize_t n;

        ack_at_once(c);
        n = recv(c->fd, buf, cap, 0);
        if (n > 0) {
            *got = (size_t)n;
            return CONN_OK;
        }
        if (n == 0)
            return CONN_CLOSED;
        if (errno != EAGAIN && errno != EINTR)
            return socket_status(c, errno);
        s = wait_for(c, POLLIN, deadline);
        if (s != CONN_OK)
            return s;
    }
}

/* Moves what is left to the front and appends at least one byte. A peer that always has more ready
 * would never let us wait, so the deadline is looked at here too. */
static enum conn_status fill(struct conn *c, instant deadline)
{
    size_t got = 0;
    enum conn_status s;

    if (deadline_left_ms(deadline) == 0)
        return CONN_TIMEOUT;
    memmove(c->in, c->in + c->start, c->end - c->start);
    c->end -= c->start;
    c->start = 0;
    if (c->end == sizeof c->in)
        return CONN_TOO_LONG;
    s = (c->ssl ? receive_tls : receive_clear)(c, c->in + c->end, sizeof c->in - c->end, &got,
                                               deadline);
    c->end += got;
    return s;
}

enum conn_status conn_read_line(struct conn *c, char *line, size_t *len, instant deadline)
{
    size_t searched = 0;

    c->reason[0] = '\0';
    for (;;) {
        char *from = c->in + c->start;
        char *lf = memchr(from + searched, '\n', c->end - c->start - searched);
        enum conn_status s;

        if (lf) {
            *len = (size_t)(lf - from);
            memcpy(line, from, *len);
            c->start += *len + 1;
            if (*len > 0 && line[*len - 1] == '\r')
                --*len;
            return CONN_OK;
        }
        searched = c->end - c->start;
        s = fill(c, deadline);
        if (s != CONN_OK)
            return s;
    }
}

static enum conn_status write_some(struct conn *c, const char *data, size_t len, size_t *sent,
                                   instant deadline)
{
    ssize_t n;

    *sent = 0;
    if (c->ssl) {
        int ret;

        ERR_clear_error();
        errno = 0;
        ret = SSL_write(c->ssl, data, (int)len);
        if (ret <= 0)
            return tls_progress(c, ret, deadline);
        *sent = (size_t)ret;
        return CONN_OK;
    }
    n = send(c->fd, data, len, MSG_NOSIGNAL);
    if (n >= 0) {
        *sent = (size_t)n;
        return CONN_OK;
    }
    if (errno == EAGAIN || errno == EINTR)
        return wait_for(c, POLLOUT, deadline);
    return socket_status(c, errno);
}

enum conn_status conn_write(struct conn *c, const char *data, size_t len, instant deadline)
{
    c->reason[0] = '\0';
    while (len > 0) {
        size_t sent;
        enum conn_status s = write_some(c, data, len, &sent, deadline);

        if (s != CONN_OK)
            return s;
        data += sent;
        len -= sent;
    }
    return CONN_OK;
}

size_t conn_drop_input(struct conn *c, char *sample, size_t cap, size_t *sampled)
{
    size_t buffered = c->end - c->start, dropped = buffered;
    char waiting[CONN_LINE_MAX];
    ssize_t n = recv(c->fd, waiting, sizeof waiting, MSG_PEEK | MSG_DONTWAIT);

    *sampled = buffered < cap ? buffered : cap;
    memcpy(sample, c->in + c->start, *sampled);
    c->start = c->end = 0;
    if (n <= 0)
        return dropped;
    if (*sampled == 0) {
        *sampled = (size_t)n < cap ? (size_t)n : cap;
        memcpy(sample, waiting, *sampled);
    }
    n = recv(c->fd, waiting, sizeof waiting, MSG_DONTWAIT);
    return dropped + (n > 0 ? (size_t)n : 0);
}

/* An alert says at most "handshake failure" where a client certificate was wanted. */
static int note_request(SSL *ssl, void *arg)
{
    ((struct conn *)arg)->asked = SSL_get_certificate(ssl) == NULL;
    return 1;
}

enum conn_status conn_start_tls(struct conn *c, SSL *ssl, const char *sni, instant deadline)
{
    c->reason[0] = '\0';
    c->ssl = ssl;
    if (!ssl || !SSL_set_fd(ssl, c->fd) || (sni && !SSL_set_tlsext_host_name(ssl, sni))) {
        text_copy(c->reason, sizeof c->reason, "out of memory");
        return CONN_LOCAL;
    }
    SSL_set_cert_cb(ssl, note_request, c);
    for (;;) {
        enum conn_status s;
        int ret;

        if (deadline_left_ms(deadline) == 0)
            return CONN_TIMEOUT;
        ack_at_once(c);
        ERR_clear_error();
        errno = 0;
        ret = SSL_connect(ssl);
        if (ret == 1)
            return CONN_OK;
        s = tls_progress(c, ret, deadline);
        if (s != CONN_OK)
            return s;
    }
}

void conn_tls_facts(const struct conn *c, struct conn_tls *out)
{
    X509 *leaf = SSL_get0_peer_certificate(c->ssl);
    EVP_PKEY *key = leaf ? X509_get0_pubkey(leaf) : NULL;
    int nid = (int)SSL_get_negotiated_group(c->ssl);
    const char *group = nid > 0 ? SSL_group_to_name(c->ssl, nid) : NULL;

    *out = (struct conn_tls){.version = SSL_version(c->ssl)};
    text_copy(out->version_name, sizeof out->version_name, SSL_get_version(c->ssl));
    text_copy(out->cipher, sizeof out->cipher, SSL_get_cipher_name(c->ssl));
    text_copy(out->group, sizeof out->group, group ? group : "");
    text_copy(out->key, sizeof out->key, "no certificate");
    if (key)
        snprintf(out->key, sizeof out->key, "%s %d", EVP_PKEY_get0_type_name(key),
                 EVP_PKEY_get_bits(key));
}

STACK_OF(X509) * conn_peer_chain(const struct conn *c)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(c->ssl);

    return chain && sk_X509_num(chain) > 0 ? chain : NULL;
}

const unsigned char *conn_staple(const struct conn *c, size_t *len)
{
    const unsigned char *staple = NULL;
    long n = SSL_get_tlsext_status_ocsp_resp(c->ssl, &staple);

    *len = n > 0 ? (size_t)n : 0;
    return n > 0 ? staple : NULL;
}

const char *conn_reason(const struct conn *c)
{
    return c->reason;
}

void conn_local_literal(const struct conn *c, char *out, size_t cap)
{
    struct sockaddr_storage a = {0};
    socklen_t len = sizeof a;
    char host[INET6_ADDRSTRLEN] = "127.0.0.1";

    getsockname(c->fd, (struct sockaddr *)&a, &len);
    if (a.ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&a)->sin6_addr, host, sizeof host);
        snprintf(out, cap, "[IPv6:%s]", host);
        return;
    }
    if (a.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&a)->sin_addr, host, sizeof host);
    snprintf(out, cap, "[%s]", host);
}

void conn_close(struct conn *c)
{
    if (!c)
        return;
    if (c->ssl && SSL_is_init_finished(c->ssl))
        SSL_shutdown(c->ssl);
    ERR_clear_error();
    SSL_free(c->ssl);
    if (c->fd >= 0)
        close(c->fd);
    free(c);
}
