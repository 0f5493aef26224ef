/* SPDX-License-Identifier: BSD-2-Clause */
/* floor: the same session as check_smtp_tls with OpenSSL alone; what one check cannot cost less
 * than.
 *
 *   floor ADDRESS PORT NAME RECIPIENT [COUNT THREADS]
 *
 * The chain must end in the trust store's directory (SSL_CERT_DIR) and the certificate must be for
 * NAME. With COUNT, as many sessions at consecutive addresses over THREADS threads; a %d in NAME is
 * then the session's number from 1. Exit status 0 where all went well. It has no deadlines and
 * believes every reply: it is a yardstick, not a client. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STACK = 256 * 1024 };

struct job {
    struct sockaddr_in first;
    const char *name, *recipient;
    SSL_CTX *ctx;
    int count;
    atomic_int next, failed;
};

static int receive(int fd, SSL *ssl, char *buf, int cap)
{
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    return ssl ? SSL_read(ssl, buf, cap) : (int)read(fd, buf, (size_t)cap);
}

/* Reads a reply up to its last line; true where that begins with `digit`. */
static bool reply(int fd, SSL *ssl, char digit)
{
    char buf[4096];
    int used = 0, line = 0;

    while (used < (int)sizeof buf) {
        int n = receive(fd, ssl, buf + used, (int)sizeof buf - used);
        char *end;

        if (n <= 0)
            return false;
        used += n;
        while ((end = memchr(buf + line, '\n', (size_t)(used - line)))) {
            if (end - (buf + line) > 3 && buf[line + 3] == ' ')
                return buf[line] == digit;
            line = (int)(end - buf) + 1;
        }
    }
    return false;
}

static bool ask(int fd, SSL *ssl, const char *command)
{
    int len = (int)strlen(command);
    bool sent = ssl ? SSL_write(ssl, command, len) == len : write(fd, command, (size_t)len) == len;

    return sent && reply(fd, ssl, '2');
}

static bool handshake(SSL *ssl, int fd, const char *name)
{
    return SSL_set_fd(ssl, fd) && SSL_set_tlsext_host_name(ssl, name) && SSL_set1_host(ssl, name) &&
           SSL_connect(ssl) == 1;
}

static bool session(const struct job *j, int number)
{
    struct sockaddr_in to = j->first;
    char name[256], rcpt[600];
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SSL *ssl = SSL_new(j->ctx);
    bool ok;

    to.sin_addr.s_addr = htonl(ntohl(to.sin_addr.s_addr) + (uint32_t)number);
    if (strstr(j->name, "%d"))
        snprintf(name, sizeof name, "%.*s%d%s", (int)(strstr(j->name, "%d") - j->name), j->name,
                 number + 1, strstr(j->name, "%d") + 2);
    else
        snprintf(name, sizeof name, "%s", j->name);
    snprintf(rcpt, sizeof rcpt, "RCPT TO:<%.500s>\r\n", j->recipient);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ok = fd >= 0 && ssl && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 &&
         reply(fd, NULL, '2') && ask(fd, NULL, "EHLO [127.0.0.1]\r\n") &&
         ask(fd, NULL, "STARTTLS\r\n") && handshake(ssl, fd, name) &&
         ask(fd, ssl, "EHLO [127.0.0.1]\r\n") && ask(fd, ssl, "MAIL FROM:<>\r\n") &&
         ask(fd, ssl, rcpt) && SSL_write(ssl, "QUIT\r\n", 6) == 6;
    SSL_free(ssl);
    close(fd);
    return ok;
}

static void *work(void *arg)
{
    struct job *j = arg;
    int i;

    while ((i = atomic_fetch_add(&j->next, 1)) < j->count)
        if (!session(j, i))
            atomic_fetch_add(&j->failed, 1);
    return NULL;
}

static void work_side_by_side(struct job *j, int n)
{
    pthread_t *threads = calloc((size_t)n, sizeof *threads);
    pthread_attr_t attr;
    int made = 0;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    while (threads && made < n && pthread_create(&threads[made], &attr, work, j) == 0)
        made++;
    for (int i = 0; i < made; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}

int main(int argc, char **argv)
{
    struct job j = {.count = 1};

    if (argc != 5 && argc != 7)
        return 3;
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_ADD_ALL_CIPHERS, NULL);
    j.first =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
    inet_pton(AF_INET, argv[1], &j.first.sin_addr);
    j.name = argv[3];
    j.recipient = argv[4];
    j.count = argc == 7 ? atoi(argv[5]) : 1;
    j.ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(j.ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_default_verify_dir(j.ctx);
    if (argc == 7)
        work_side_by_side(&j, atoi(argv[6]));
    else
        work(&j);
    if (j.failed)
        fprintf(stderr, "floor: %d of %d sessions failed: %s\n", j.failed, j.count,
                ERR_reason_error_string(ERR_peek_error()));
    _exit(j.failed || j.next < j.count);
}
