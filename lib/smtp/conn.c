/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtp/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/shortage.h"
#include "base/text.h"
#include "base/source_address.h"
#include "smtp/tls_guard.h"
#include "tls/tls_reason.h"

struct conn {
    int fd;
    SSL *ssl;                   /* NULL while in plaintext */
    char in[CONN_LINE_MAX + 2]; /* a line and its CR LF */
    size_t start, end;
    enum conn_client client; /* an alert need not tell that a certificate was required */
    int alert;
    struct tls_guard guard;
    char reason[CONN_REASON];
};

/* Writes an errno's words to `reason`, of CONN_REASON bytes. */
static void errno_reason(int error, char *reason)
{
    char buf[100];

    text_copy(reason, CONN_REASON, shortage_words(error, buf, sizeof buf));
}

/* Writes OpenSSL's first error to c->reason, and an alert to c->alert; drains the queue. */
static void tls_reason(struct conn *c)
{
    int alert = tls_reason_take(c->reason, sizeof c->reason);

    if (alert)
        c->alert = alert;
}

/* Writes an errno's words to c->reason. CONN_LOCAL: memory is short; else CONN_FAILED. */
static enum conn_status socket_status(struct conn *c, int error)
{
    errno_reason(error, c->reason);
    return error == ENOMEM || error == ENOBUFS ? CONN_LOCAL : CONN_FAILED;
}

/* Waits for poll(2)'s `events`: CONN_OK, CONN_TIMEOUT, or socket_status of an error. */
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
    return n < 0 ? socket_status(c, errno) : CONN_OK;
}

/* Has the next ACK sent without delay: a server would wait for it after its session tickets. */
static void ack_at_once(const struct conn *c)
{
    int on = 1;

    setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

/* Waits for connect(2) on c->fd. CONN_OK, CONN_TIMEOUT, or socket_status of its error. */
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

/* Connects c->fd, from `source` unless it is NULL. The caller closes it, also where it fails. */
static enum conn_status connect_socket(struct conn *c, const struct address *a,
                                       const struct address *source, instant deadline)
{
    enum conn_status s;
    int on = 1, error;

    c->fd = socket(a->sockaddr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) {
        error = errno;
        errno_reason(error, c->reason);
        return is_no_route(error) ? CONN_NO_ROUTE : CONN_LOCAL;
    }
    /* Nagle's algorithm would delay our EHLO after the TLS Finished. */
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (source && !source_address_bind(c->fd, source, c->reason, sizeof c->reason))
        return CONN_LOCAL;
    if (connect(c->fd, (const struct sockaddr *)&a->sockaddr, a->length) == 0)
        return CONN_OK;
    error = errno;
    if (error == EINPROGRESS)
        return finish_connect(c, deadline);
    s = socket_status(c, error);
    return is_no_route(error) ? CONN_NO_ROUTE : s;
}

enum conn_status conn_open(struct conn **out, const struct address *a,
                           const struct address_pair *sources, instant deadline, char *reason)
{
    struct conn *c = calloc(1, sizeof *c);
    enum conn_status s;

    *out = NULL;
    if (!c) {
        text_copy(reason, CONN_REASON, "out of memory");
        return CONN_LOCAL;
    }
    c->fd = -1;
    s = connect_socket(c, a, address_pair_of(sources, a->sockaddr.ss_family), deadline);
    if (s == CONN_OK) {
        *out = c;
    } else {
        text_copy(reason, CONN_REASON, c->reason);
        conn_close(c);
    }
    return s;
}

/* The meaning of an SSL call that has just returned `ret` <= 0; may wait. errno and the error queue
 * were cleared before that call. CONN_OK: make the same call again. */
static enum conn_status tls_progress(struct conn *c, int ret, instant deadline)
{
    int saved = errno;

    if (tls_guard_is_over(&c->guard)) {
        ERR_clear_error();
        text_format(c->reason, sizeof c->reason, "more than %d KiB without an end",
                    TLS_GUARD_MAX / 1024);
        return CONN_TLS;
    }
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
        if (shortage_noted()) {
            text_copy(c->reason, sizeof c->reason, "out of memory");
            return CONN_LOCAL;
        }
        tls_reason(c);
        return CONN_TLS;
    }
}

/* One try, which may wait; CONN_OK without a byte is "try again". *got is 0 unless CONN_OK. */
static enum conn_status read_some(struct conn *c, char *buf, size_t cap, size_t *got,
                                  instant deadline)
{
    ssize_t n;

    *got = 0;
    ack_at_once(c);
    if (c->ssl) {
        int ret;

        ERR_clear_error();
        errno = 0;
        c->guard.deadline = deadline;
        ret = SSL_read(c->ssl, buf, (int)cap);
        if (ret <= 0)
            return tls_progress(c, ret, deadline);
        *got = (size_t)ret;
        return CONN_OK;
    }
    n = recv(c->fd, buf, cap, 0);
    if (n > 0) {
        *got = (size_t)n;
        return CONN_OK;
    }
    if (n == 0)
        return CONN_CLOSED;
    if (errno == EAGAIN || errno == EINTR)
        return wait_for(c, POLLIN, deadline);
    return socket_status(c, errno);
}

/* Moves what is left in c->in, which is not full, to its front and appends what one read gives,
 * perhaps nothing. Looks at the clock: a peer may always have more ready, and we would not wait. */
static enum conn_status fill(struct conn *c, instant deadline)
{
    enum conn_status s;
    size_t got;

    if (deadline_left_ms(deadline) == 0)
        return CONN_TIMEOUT;
    memmove(c->in, c->in + c->start, c->end - c->start);
    c->end -= c->start;
    c->start = 0;
    s = read_some(c, c->in + c->end, sizeof c->in - c->end, &got, deadline);
    c->end += got;
    return s;
}

/* Takes `used` bytes from c->in to *line; the last `end`, 0 or 1, is LF. line->cut was
 * assigned before, and becomes true where the line does not fit. */
static void take_line(struct conn *c, struct conn_line *line, size_t used, size_t end)
{
    size_t len = used - end;

    line->crs = 0;
    while (end > 0 && len > 0 && c->in[c->start + len - 1] == '\r') {
        len--;
        line->crs++;
    }
    line->cut = line->cut || len > sizeof line->text;
    line->len = len < sizeof line->text ? len : sizeof line->text;
    memcpy(line->text, c->in + c->start, line->len);
    c->start += used;
}

/* Drops the rest of a line and its LF. CONN_TOO_LONG: that is more than CONN_SKIP_MAX bytes. */
static enum conn_status skip_line(struct conn *c, instant deadline)
{
    size_t skipped = 0;

    for (;;) {
        char *from = c->in + c->start, *lf = memchr(from, '\n', c->end - c->start);
        enum conn_status s;

        if (lf) {
            c->start += (size_t)(lf - from) + 1;
            return CONN_OK;
        }
        skipped += c->end - c->start;
        c->start = c->end = 0;
        if (skipped > CONN_SKIP_MAX)
            return CONN_TOO_LONG;
        s = fill(c, deadline);
        if (s != CONN_OK)
            return s;
    }
}

enum conn_status conn_read_line(struct conn *c, struct conn_line *line, instant deadline)
{
    size_t searched = 0;

    c->reason[0] = '\0';
    line->cut = false;
    for (;;) {
        char *from = c->in + c->start;
        char *lf = memchr(from + searched, '\n', c->end - c->start - searched);
        enum conn_status s;

        if (lf) {
            take_line(c, line, (size_t)(lf - from) + 1, 1);
            return CONN_OK;
        }
        searched = c->end - c->start;
        line->cut = searched == sizeof c->in;
        if (line->cut) {
            take_line(c, line, searched, 0);
            return skip_line(c, deadline);
        }
        s = fill(c, deadline);
        if (s != CONN_OK) {
            take_line(c, line, searched, 0);
            return s;
        }
    }
}

enum conn_status conn_read(struct conn *c, char *buf, size_t cap, size_t *got, instant deadline)
{
    enum conn_status s = CONN_OK;

    c->reason[0] = '\0';
    while (s == CONN_OK && c->start == c->end)
        s = fill(c, deadline);
    *got = c->end - c->start < cap ? c->end - c->start : cap;
    memcpy(buf, c->in + c->start, *got);
    c->start += *got;
    return *got > 0 ? CONN_OK : s;
}

/* One try, which may wait; CONN_OK with *sent 0 is "try again". */
static enum conn_status write_some(struct conn *c, const char *data, size_t len, size_t *sent,
                                   instant deadline)
{
    ssize_t n;

    *sent = 0;
    if (c->ssl) {
        int ret;

        ERR_clear_error();
        errno = 0;
        c->guard.deadline = deadline;
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
    c->guard.taken = 0;
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

/* Adds bytes to *out, which begins zeroed but for line_ends; the first fill its sample. */
static void note_stray(struct conn_stray *out, const char *bytes, size_t len)
{
    size_t room = sizeof out->sample - out->sampled, take = len < room ? len : room;

    memcpy(out->sample + out->sampled, bytes, take);
    out->sampled += take;
    out->len += len;
    for (size_t i = 0; i < len; i++)
        out->line_ends = out->line_ends && (bytes[i] == '\r' || bytes[i] == '\n');
}

void conn_drop_input(struct conn *c, struct conn_stray *out)
{
    char waiting[CONN_LINE_MAX];
    ssize_t n = recv(c->fd, waiting, sizeof waiting, MSG_DONTWAIT);
    size_t more = n > 0 ? (size_t)n : 0;

    *out = (struct conn_stray){.line_ends = true};
    note_stray(out, c->in + c->start, c->end - c->start);
    note_stray(out, waiting, more);
    c->start = c->end = 0;
}

/* For SSL_set_cert_cb(3), `arg` is the conn: notes that our certificate is asked for. Always 1. */
static int note_request(SSL *ssl, void *arg)
{
    struct conn *c = arg;

    c->client = SSL_get_certificate(ssl) ? CONN_CLIENT_SHOWN : CONN_CLIENT_NONE;
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
    tls_guard_watch(&c->guard, ssl);
    c->guard = (struct tls_guard){.deadline = deadline};
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
        if (tls_guard_is_over(&c->guard))
            return CONN_TOO_LONG;
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
    out->enciphers = SSL_CIPHER_get_kx_nid(SSL_get_current_cipher(c->ssl)) == NID_kx_rsa;
    text_copy(out->version_name, sizeof out->version_name, SSL_get_version(c->ssl));
    text_copy(out->cipher, sizeof out->cipher, SSL_get_cipher_name(c->ssl));
    text_copy(out->group, sizeof out->group, group ? group : "");
    text_copy(out->key, sizeof out->key, "no certificate");
    if (key)
        snprintf(out->key, sizeof out->key, "%s %d", EVP_PKEY_get0_type_name(key),
                 EVP_PKEY_get_bits(key));
}

enum conn_client conn_client_certificate(const struct conn *c)
{
    return c->client;
}

void conn_client_request(const struct conn *c, struct conn_request *out)
{
    *out = (struct conn_request){SSL_get0_peer_CA_list(c->ssl), SSL_get_certificate(c->ssl), NULL};
    SSL_get0_chain_certs(c->ssl, &out->chain);
}

int conn_alert(const struct conn *c)
{
    return c->alert;
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

    getsockname(c->fd, (struct sockaddr *)&a, &len);
    address_literal(&a, out, cap);
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
