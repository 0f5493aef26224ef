/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtp/conn.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/trust.h"
#include "unit/smtp/pair.h"
#include "unit/tls/pki.h"
#include "unit/unit.h"

/* A peer that always has more ready would never let us wait. */
START_TEST(late_though_ready)
{
    struct conn_line line;
    struct pair p;

    pair_open(&p);
    ck_assert_int_eq(write(p.peer, "250 ok\r\n", 8), 8);
    ck_assert_int_eq(conn_read_line(p.conn, &line, deadline_now()), CONN_TIMEOUT);
    ck_assert_uint_eq(line.len, 0);
    ck_assert_int_eq(conn_read_line(p.conn, &line, deadline_in_ms(10000)), CONN_OK);
    ck_assert_uint_eq(line.len, 6);
    pair_close(&p);
}
END_TEST

/* Our own fault, with what to do about it. */
START_TEST(no_files)
{
    struct address_pair anywhere = {0};
    enum conn_status status;
    char reason[CONN_REASON];
    struct conn *c;
    struct address a;
    rlim_t limit;

    ck_assert(address_parse("127.0.0.1", 1, &a));
    limit = unit_forbid_files();
    status = conn_open(&c, &a, &anywhere, deadline_in_ms(10000), reason);
    unit_allow_files(limit);
    ck_assert_int_eq(status, CONN_LOCAL);
    ck_assert_ptr_null(c);
    ck_assert_str_eq(reason, "too many open files here: lower --parallel, or raise our limit "
                             "(ulimit -n)");
}
END_TEST

/* --- renegotiation, which no SMTP gateway needs --- */

struct server {
    SSL *ssl;
    int alert; /* the last one that it received, 0: none */
    pthread_t thread;
};

static void note_alert(const SSL *ssl, int where, int value)
{
    struct server *s = SSL_get_app_data(ssl);

    if (where == SSL_CB_READ_ALERT)
        s->alert = value & 0xff;
}

/* Asks for a renegotiation after the handshake, then reads until the client leaves. */
static void *renegotiate(void *arg)
{
    struct server *s = arg;
    char byte;

    if (SSL_accept(s->ssl) == 1 && SSL_renegotiate(s->ssl) && SSL_do_handshake(s->ssl) == 1) {
        while (SSL_read(s->ssl, &byte, 1) > 0)
            ;
    }
    return NULL;
}

static void server_start(struct server *s, const struct pki *cert, int fd, void *(*play)(void *))
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
    ck_assert(SSL_CTX_use_certificate(ctx, cert->x) && SSL_CTX_use_PrivateKey(ctx, cert->key));
    *s = (struct server){.ssl = SSL_new(ctx)};
    SSL_CTX_free(ctx);
    SSL_set_app_data(s->ssl, s);
    SSL_set_info_callback(s->ssl, note_alert);
    ck_assert(SSL_set_fd(s->ssl, fd));
    ck_assert_int_eq(pthread_create(&s->thread, NULL, play, s), 0);
}

START_TEST(renegotiation_is_refused)
{
    struct trust *trust = trust_new(&(struct trust_config){0}, &(struct error){0});
    struct pki cert = pki_make(&(struct pki_spec){.cn = "mx.example.com"}, NULL);
    struct conn_line line;
    struct server server;
    struct pair p;

    pair_open(&p);
    server_start(&server, &cert, p.peer, renegotiate);
    ck_assert_int_eq(
        conn_start_tls(p.conn, trust_session(trust, TLS1_2_VERSION), NULL, deadline_in_ms(10000)),
        CONN_OK);
    ck_assert_int_ne(conn_read_line(p.conn, &line, deadline_in_ms(10000)), CONN_TIMEOUT);
    shutdown(p.peer, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    ck_assert_int_eq(server.alert, SSL_AD_NO_RENEGOTIATION);
    pair_close(&p);
    SSL_free(server.ssl);
    pki_free(&cert);
    trust_free(trust);
}
END_TEST

/* --- errors of others --- */

/* Answers one byte by a line, some time later, and leaves without close_notify. */
static void *answer_late(void *arg)
{
    struct server *s = arg;
    char byte;

    if (SSL_accept(s->ssl) == 1 && SSL_read(s->ssl, &byte, 1) == 1) {
        poll(NULL, 0, 50);
        SSL_write(s->ssl, "250 ok\r\n", 8);
    }
    shutdown(SSL_get_fd(s->ssl), SHUT_WR);
    return NULL;
}

/* What earlier work has left in the queue of OpenSSL's errors and in errno, before each call. */
static void leave_errors(void)
{
    ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
    errno = EIO;
}

START_TEST(earlier_errors_do_not_count)
{
    struct trust *trust = trust_new(&(struct trust_config){0}, &(struct error){0});
    struct pki cert = pki_make(&(struct pki_spec){.cn = "mx.example.com"}, NULL);
    struct linger now = {.l_onoff = 1};
    instant deadline = deadline_in_ms(20000);
    struct conn_line line;
    struct server server;
    struct pair p;
    enum conn_status status;

    signal(SIGPIPE, SIG_IGN);
    pair_open(&p);
    server_start(&server, &cert, p.peer, answer_late);
    leave_errors();
    status = conn_start_tls(p.conn, trust_session(trust, TLS1_2_VERSION), NULL, deadline);
    ck_assert_msg(status == CONN_OK, "%s", conn_reason(p.conn));
    leave_errors();
    ck_assert_int_eq(conn_write(p.conn, "x", 1, deadline), CONN_OK);
    leave_errors();
    status = conn_read_line(p.conn, &line, deadline);
    ck_assert_msg(status == CONN_OK, "%s", conn_reason(p.conn));
    leave_errors();
    ck_assert_int_eq(conn_read_line(p.conn, &line, deadline), CONN_CLOSED);
    pthread_join(server.thread, NULL);
    SSL_free(server.ssl);
    setsockopt(p.peer, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(p.peer);
    leave_errors();
    ck_assert_int_ne(conn_write(p.conn, "x", 1, deadline), CONN_TLS); /* but CLOSED or FAILED */
    conn_close(p.conn);
    pki_free(&cert);
    trust_free(trust);
}
END_TEST

UNIT_CASE(conn, {late_though_ready, 1}, {no_files, 1}, {renegotiation_is_refused, 1},
          {earlier_errors_do_not_count, 1})
