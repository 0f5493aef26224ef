/* SPDX-License-Identifier: BSD-2-Clause */
/* web_server: a server on loopback that says the same to everybody, whatever is asked. */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

struct web_server {
    const char *answer; /* sent to each connection, which is then closed; NULL: nothing is said */
    size_t fill;        /* bytes `x` after it, at most 4096 */
    int fd;
    char url[64]; /* http://127.0.0.1:PORT/ */
    atomic_int connections;
    pthread_t thread;
};

/* Fills in all but the first two members. A failure fails the test. */
void web_server_start(struct web_server *s);
void web_server_stop(struct web_server *s);

#endif
