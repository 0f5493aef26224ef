/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/web/web_server.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void read_request(int fd)
{
    char request[4096];
    size_t len = 0;
    ssize_t n = 1;

    while (n > 0 && len < sizeof request - 1) {
        n = recv(fd, request + len, sizeof request - 1 - len, 0);
        len += n > 0 ? (size_t)n : 0;
        request[len] = '\0';
        if (strstr(request, "\r\n\r\n"))
            return;
    }
}

static void answer(const struct web_server *s, int fd)
{
    char bytes[4096];
    bool sent = send(fd, s->answer, strlen(s->answer), MSG_NOSIGNAL) > 0;

    memset(bytes, 'x', sizeof bytes);
    if (sent && s->fill > 0)
        send(fd, bytes, s->fill, MSG_NOSIGNAL);
}

/* Until the listening socket is shut down. */
static void *serve(void *arg)
{
    struct web_server *s = arg;
    int fd;

    while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
        atomic_fetch_add(&s->connections, 1);
        read_request(fd);
        if (s->answer)
            answer(s, fd);
        else
            read_request(fd); /* until the peer closes */
        close(fd);
    }
    return NULL;
}

void web_server_start(struct web_server *s)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof sa;

    atomic_init(&s->connections, 0);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(s->fd, 0);
    ck_assert_int_eq(bind(s->fd, (struct sockaddr *)&sa, len), 0);
    ck_assert_int_eq(getsockname(s->fd, (struct sockaddr *)&sa, &len), 0);
    ck_assert_int_eq(listen(s->fd, 16), 0);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d/", ntohs(sa.sin_port));
    ck_assert_int_eq(pthread_create(&s->thread, NULL, serve, s), 0);
}

void web_server_stop(struct web_server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
}
