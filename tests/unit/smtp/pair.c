/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/smtp/pair.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/unit.h"

void pair_open(struct pair *p)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    struct address_pair anywhere = {0};
    struct address a;
    char reason[CONN_REASON];
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    getsockname(listener, (struct sockaddr *)&at, &len);
    ck_assert(address_parse("127.0.0.1", ntohs(at.sin_port), &a));
    ck_assert_int_eq(conn_open(&p->conn, &a, &anywhere, deadline_in_ms(10000), reason), CONN_OK);
    p->peer = accept(listener, NULL, NULL);
    ck_assert_int_ge(p->peer, 0);
    close(listener);
}

void pair_close(struct pair *p)
{
    conn_close(p->conn);
    if (p->peer >= 0)
        close(p->peer);
}
