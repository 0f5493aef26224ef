/* SPDX-License-Identifier: BSD-2-Clause */
#include "peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void peer_fault(const struct peer *p, const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    text = text_of_list(fmt, args);
    va_end(args);
    lab_fault(p->lab, "%s:%d: gateway %s: %s", p->file, p->verb_line, p->address, text);
    free(text);
}

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

bool peer_write(struct peer *p, const void *bytes, size_t len)
{
    size_t written;

    p->spoke = true;
    if (p->fd < 0)
        return false;
    if (len == 0)
        return true;
    if (p->ssl == NULL)
        return send_all(p->fd, bytes, len);
    ERR_clear_error();
    return SSL_write_ex(p->ssl, bytes, len, &written) == 1;
}

static bool readable(const struct peer *p, int ms)
{
    struct pollfd pfd = {.fd = p->fd, .events = POLLIN};

    return poll(&pfd, 1, ms) > 0;
}

static enum peer_read fill(struct peer *p)
{
    size_t room, n = 0;
    ssize_t got;

    if (p->at > 0) {
        memmove(p->in, p->in + p->at, p->len - p->at);
        p->len -= p->at;
        p->at = 0;
    }
    room = sizeof p->in - p->len;
    if (room == 0)
        return PEER_TOO_LONG;
    if (p->fd < 0)
        return PEER_END;
    if ((p->ssl == NULL || SSL_pending(p->ssl) == 0) && !readable(p, PEER_GUARD * 1000))
        return PEER_SILENT;
    if (p->ssl != NULL) {
        ERR_clear_error();
        if (SSL_read_ex(p->ssl, p->in + p->len, room, &n) != 1)
            return PEER_END;
    } else {
        got = recv(p->fd, p->in + p->len, room, 0);
        if (got <= 0)
            return PEER_END;
        n = (size_t)got;
    }
    p->len += n;
    return PEER_LINE;
}

/* Who hears nothing may see whether we wait for TLS from the first byte. */
static bool is_client_hello(const struct peer *p)
{
    return p->ssl == NULL && p->len > p->at && p->in[p->at] == 0x16;
}

enum peer_read peer_line(struct peer *p, char *line, size_t size, bool *bare_lf)
{
    char *end;
    size_t len;

    while ((end = memchr(p->in + p->at, '\n', p->len - p->at)) == NULL) {
        enum peer_read result = fill(p);

        if (is_client_hello(p)) {
            p->len = p->at = 0;
            return PEER_END;
        }
        if (result == PEER_LINE)
            continue;
        if (result == PEER_END && p->len > p->at)
            peer_fault(p, "the client closed in the midst of a line: \"%.*s\"",
                       (int)(p->len - p->at), p->in + p->at);
        return result;
    }
    len = (size_t)(end - (p->in + p->at));
    *bare_lf = len == 0 || end[-1] != '\r';
    snprintf(line, size, "%.*s", (int)(*bare_lf ? len : len - 1), p->in + p->at);
    p->at += len + 1;
    return PEER_LINE;
}

bool peer_has_more(struct peer *p)
{
    char byte;

    return p->at < p->len || (p->fd >= 0 && recv(p->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0);
}

void peer_wait(struct peer *p, double seconds)
{
    struct pollfd pfd = {.fd = p->fd, .events = POLLRDHUP};

    if (seconds > 0)
        poll(&pfd, 1, (int)(seconds * 1000 + 0.5));
}

static void discard(int fd, int ms)
{
    char bytes[4096];
    struct pollfd pfd = {.fd = fd, .events = POLLIN};

    while (poll(&pfd, 1, ms) > 0 && recv(fd, bytes, sizeof bytes, 0) > 0)
        ;
}

void peer_hang(struct peer *p)
{
    if (p->fd >= 0)
        discard(p->fd, -1);
}

/* ---- TLS ---- */

/* The record's length, as its header says, which is not taken. */
static size_t record_length(struct peer *p)
{
    unsigned char header[5];

    if (!readable(p, PEER_GUARD * 1000) ||
        recv(p->fd, header, sizeof header, MSG_PEEK | MSG_WAITALL) != sizeof header)
        return 0;
    return sizeof header + ((size_t)header[3] << 8 | header[4]);
}

bool peer_hello(struct peer *p)
{
    return p->fd >= 0 && record_length(p) > 0;
}

/* Whether the peer has left a handshake without close_notify, by what SSL_accept has returned. A
 * handshake that the server has refused is none of these. */
static bool left_without_farewell(const SSL *ssl, int accepted)
{
    int error = SSL_get_error(ssl, accepted);

    if (accepted == 1 || (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN))
        return false;
    return error == SSL_ERROR_SYSCALL ||
           ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

bool peer_tls(struct peer *p, const struct tls_server *t)
{
    int accepted;
    bool done;

    if (p->fd >= 0 && t->hello_max > 0 && record_length(p) > t->hello_max) {
        if (t->hello_silence)
            peer_hang(p);
        return false;
    }
    if (p->fd < 0 || (p->ssl = SSL_new(t->ctx)) == NULL)
        return false;
    SSL_set_fd(p->ssl, p->fd);
    ERR_clear_error();
    accepted = SSL_accept(p->ssl);
    done = accepted == 1;
    if (done && t->fail)
        peer_fault(p, "the TLS handshake was to fail, but came about");
    if (t->farewell && left_without_farewell(p->ssl, accepted))
        peer_fault(p, "the TLS handshake was left without close_notify");
    if (!done) {
        SSL_free(p->ssl);
        p->ssl = NULL;
    }
    return done;
}

static bool feed(struct peer *p, BIO *bio)
{
    char bytes[4096];
    ssize_t n;

    if (!readable(p, PEER_GUARD * 1000) || (n = recv(p->fd, bytes, sizeof bytes, 0)) <= 0)
        return false;
    return BIO_write(bio, bytes, (int)n) == (int)n;
}

void peer_tls_partly(struct peer *p, const struct tls_server *t, size_t limit, double pause)
{
    SSL *ssl = SSL_new(t->ctx);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    char *flight = NULL;
    size_t len = 0;

    SSL_set_bio(ssl, in, out);
    while (BIO_ctrl_pending(out) == 0 && feed(p, in)) {
        ERR_clear_error();
        SSL_accept(ssl);
    }
    len = (size_t)BIO_get_mem_data(out, &flight);
    if (limit < len)
        len = limit;
    for (size_t i = 0; pause > 0 && i < len; i++) {
        if (!send_all(p->fd, flight + i, 1))
            break;
        peer_wait(p, pause);
    }
    if (pause <= 0)
        send_all(p->fd, flight, len);
    peer_hang(p);
    SSL_free(ssl);
}

/* ---- the end ---- */

void peer_close(struct peer *p)
{
    if (p->ssl != NULL) {
        ERR_clear_error();
        SSL_shutdown(p->ssl);
        SSL_free(p->ssl);
        p->ssl = NULL;
    }
    if (p->fd < 0)
        return;
    /* close() with unread bytes would send RST and take back what was sent before. */
    shutdown(p->fd, SHUT_WR);
    discard(p->fd, 2000);
    close(p->fd);
    p->fd = -1;
}

void peer_reset(struct peer *p)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    SSL_free(p->ssl);
    p->ssl = NULL;
    if (p->fd < 0)
        return;
    setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(p->fd);
    p->fd = -1;
}

void peer_leave(struct peer *p, const void *bytes, size_t len)
{
    int on = 1;

    setsockopt(p->fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
    peer_write(p, bytes, len);
    SSL_free(p->ssl);
    p->ssl = NULL;
    close(p->fd);
    p->fd = -1;
}
