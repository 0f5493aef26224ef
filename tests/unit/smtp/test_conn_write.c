/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtp/conn.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/smtp/pair.h"
#include "unit/unit.h"

enum { LARGE = 64 * 1024 * 1024 }; /* more than the kernel takes before the peer reads */

static void *read_all(void *arg)
{
    const struct pair *p = arg;
    static char piece[65536];
    static size_t total;
    ssize_t n;

    total = 0;
    while ((n = recv(p->peer, piece, sizeof piece, 0)) > 0) {
        for (ssize_t i = 0; i < n && piece[i] == 'x'; i++)
            total++;
    }
    return &total;
}

START_TEST(large_write)
{
    char *data = malloc(LARGE);
    pthread_t thread;
    struct pair p;
    void *total;

    ck_assert_ptr_nonnull(data);
    memset(data, 'x', LARGE);
    pair_open(&p);
    ck_assert_int_eq(conn_write(p.conn, data, LARGE, deadline_in_ms(100)), CONN_TIMEOUT);
    pair_close(&p);
    pair_open(&p);
    ck_assert_int_eq(pthread_create(&thread, NULL, read_all, &p), 0);
    ck_assert_int_eq(conn_write(p.conn, data, LARGE, deadline_in_ms(60000)), CONN_OK);
    conn_close(p.conn);
    p.conn = NULL;
    pthread_join(thread, &total);
    ck_assert_uint_eq(*(size_t *)total, LARGE);
    pair_close(&p);
    free(data);
}
END_TEST

/* The peer is gone, and has not read what we wrote: the kernel says so at the second write. */
START_TEST(write_to_nobody)
{
    enum conn_status status = CONN_OK;
    struct pair p;

    pair_open(&p);
    close(p.peer);
    p.peer = -1;
    for (int i = 0; i < 100 && status == CONN_OK; i++) {
        status = conn_write(p.conn, "NOOP\r\n", 6, deadline_in_ms(10000));
        poll(NULL, 0, 10);
    }
    ck_assert_int_eq(status, CONN_FAILED);
    ck_assert_msg(strcmp(conn_reason(p.conn), "Broken pipe") == 0 ||
                      strcmp(conn_reason(p.conn), "Connection reset by peer") == 0,
                  "%s", conn_reason(p.conn));
    pair_close(&p);
}
END_TEST

UNIT_CASE(conn_write, {large_write, 1}, {write_to_nobody, 1})
