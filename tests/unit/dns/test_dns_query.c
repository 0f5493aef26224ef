/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to resolvers that are played here, for what a scenario cannot set: resolv.conf's
 * options. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dns/dns.h"
#include "unit/unit.h"

/* A resolver on loopback that answers every question by NODATA, as far as it answers. */
struct server {
    int udp, tcp;
    char text[32];
    unsigned deaf;     /* how many datagrams it does not answer */
    bool deaf_to_edns; /* nor those with EDNS, ever */
    atomic_uint datagrams, streams;
    pthread_t threads[2];
};

static size_t answer(unsigned char *m, size_t len)
{
    size_t end = 12;

    while (end < len && m[end])
        end += m[end] + 1u;
    m[2] |= 0x80;
    m[3] = 0x80;
    m[11] = 0;
    return end + 5;
}

static void *serve_udp(void *arg)
{
    struct server *s = arg;
    unsigned char m[512];
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    ssize_t n;

    while ((n = recvfrom(s->udp, m, sizeof m, 0, (struct sockaddr *)&from, &len)) > 0) {
        bool edns = m[11] > 0;

        if (atomic_fetch_add(&s->datagrams, 1) < s->deaf || (edns && s->deaf_to_edns))
            continue;
        sendto(s->udp, m, answer(m, (size_t)n), 0, (struct sockaddr *)&from, len);
        len = sizeof from;
    }
    return NULL;
}

static void *serve_tcp(void *arg)
{
    struct server *s = arg;
    unsigned char m[514];
    int fd;

    while ((fd = accept(s->tcp, NULL, NULL)) >= 0) {
        ssize_t n = recv(fd, m, 2, MSG_WAITALL);

        n = n == 2 ? recv(fd, m + 2, m[1], MSG_WAITALL) : 0;
        if (n > 0) {
            size_t len = answer(m + 2, (size_t)n);

            m[1] = (unsigned char)len;
            atomic_fetch_add(&s->streams, 1);
            ck_assert_int_eq(send(fd, m, len + 2, 0), (ssize_t)len + 2);
        }
        close(fd);
    }
    return NULL;
}

/* The same port for both; whoever has the one may find the other taken. */
static bool bind_both(struct server *s)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;

    s->udp = socket(AF_INET, SOCK_DGRAM, 0);
    s->tcp = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(s->udp, (struct sockaddr *)&a, sizeof a), 0);
    getsockname(s->udp, (struct sockaddr *)&a, &len);
    snprintf(s->text, sizeof s->text, "127.0.0.1:%d", ntohs(a.sin_port));
    if (bind(s->tcp, (struct sockaddr *)&a, sizeof a) == 0)
        return true;
    close(s->udp);
    close(s->tcp);
    return false;
}

static void serve(struct server *s)
{
    int tries = 0;

    while (!bind_both(s))
        ck_assert_int_lt(++tries, 100);
    ck_assert_int_eq(listen(s->tcp, 8), 0);
    pthread_create(&s->threads[0], NULL, serve_udp, s);
    pthread_create(&s->threads[1], NULL, serve_tcp, s);
}

static void end(struct server *s)
{
    shutdown(s->udp, SHUT_RDWR);
    shutdown(s->tcp, SHUT_RDWR);
    for (int i = 0; i < 2; i++)
        pthread_join(s->threads[i], NULL);
    close(s->udp);
    close(s->tcp);
}

/* Starts `count` servers. Returns a configuration with all of them and these lines of
 * resolv.conf. */
static struct dns_config begin(struct server *s, int count, const char *lines)
{
    struct dns_config c = {0};

    for (int i = 0; i < count; i++) {
        serve(&s[i]);
        ck_assert(dns_config_add(&c, s[i].text));
    }
    dns_config_read(&c, lines);
    return c;
}

static void look_up(const struct dns_config *c, int ms, struct dns_answer *out)
{
    static const struct dns_question q = {.name = "example.test", .type = DNS_MX};

    dns_query(c, &q, deadline_in_ms(ms), out);
}

START_TEST(use_vc)
{
    struct server s = {0};
    struct dns_config c = begin(&s, 1, "options use-vc\n");
    struct dns_answer a;

    look_up(&c, 5000, &a);
    ck_assert_int_eq(a.status, DNS_NODATA);
    ck_assert_uint_eq(s.datagrams, 0);
    ck_assert_uint_eq(s.streams, 1);
    end(&s);
}
END_TEST

/* "timeout:3": the second server is asked after three seconds, not after two. */
START_TEST(timeout)
{
    struct server s[2] = {{.deaf = 9}, {0}};
    struct dns_config c = begin(s, 2, "options timeout:3\n");
    struct dns_answer a;

    look_up(&c, 9000, &a);
    ck_assert_int_eq(a.status, DNS_NODATA);
    ck_assert_int_ge(a.us, 2990000);
    end(&s[0]);
    end(&s[1]);
}
END_TEST

/* "attempts:1": one question with EDNS, one without, and no more although there is time. */
START_TEST(attempts)
{
    struct server deaf = {.deaf = 9};
    struct dns_config c = begin(&deaf, 1, "options timeout:1 attempts:1\n");
    struct dns_answer a;

    look_up(&c, 20000, &a);
    ck_assert_int_eq(a.status, DNS_FAILURE);
    ck_assert_int_lt(a.us, 5000000);
    ck_assert_uint_eq(deaf.datagrams, 2);
    end(&deaf);
}
END_TEST

/* Each of the two servers is asked first for some of 64 questions. */
START_TEST(rotate)
{
    struct server s[2] = {{0}, {0}};
    struct dns_config c = begin(s, 2, "");
    struct dns_answer a;

    look_up(&c, 5000, &a);
    ck_assert_uint_eq(s[1].datagrams, 0);
    dns_config_read(&c, "options rotate\n");
    for (int i = 0; i < 64; i++) {
        look_up(&c, 5000, &a);
        ck_assert_int_eq(a.status, DNS_NODATA);
    }
    ck_assert_uint_gt(s[0].datagrams, 1);
    ck_assert_uint_gt(s[1].datagrams, 0);
    end(&s[0]);
    end(&s[1]);
}
END_TEST

/* One datagram that is lost is no resolver without EDNS: the question is asked with EDNS again. */
START_TEST(lost_packet)
{
    struct server s = {.deaf = 1};
    struct dns_memory memory = {0};
    struct dns_config c = begin(&s, 1, "options timeout:1\n");
    struct dns_answer a;

    c.memory = &memory;
    look_up(&c, 9000, &a);
    ck_assert_int_eq(a.status, DNS_NODATA);
    ck_assert(!a.plain);
    ck_assert_uint_eq(s.datagrams, 3);
    ck_assert_uint_eq(memory.no_edns, 0);
    end(&s);
}
END_TEST

/* A resolver that drops questions with EDNS is found out once. */
START_TEST(remembered)
{
    struct server s = {.deaf_to_edns = true};
    struct dns_memory memory = {0};
    struct dns_config c = begin(&s, 1, "options timeout:1\n");
    struct dns_answer a;
    unsigned asked;

    c.memory = &memory;
    look_up(&c, 9000, &a);
    ck_assert_int_eq(a.status, DNS_NODATA);
    ck_assert(a.plain && !a.secure);
    ck_assert_uint_eq(memory.no_edns, 1);
    asked = s.datagrams;
    look_up(&c, 9000, &a);
    ck_assert(a.plain);
    ck_assert_uint_eq(s.datagrams, asked + 1);
    end(&s);
}
END_TEST

/* Nobody waits for the answer: the question ends. */
START_TEST(unneeded)
{
    struct server deaf = {.deaf = 9};
    atomic_bool no = true;
    const struct dns_question q = {.name = "example.test", .type = DNS_TLSA, .unneeded = &no};
    struct dns_config c = begin(&deaf, 1, "");
    struct dns_answer a;

    dns_query(&c, &q, deadline_in_ms(9000), &a);
    ck_assert_int_eq(a.status, DNS_FAILURE);
    ck_assert_str_eq(a.why, "the answer was not waited for");
    ck_assert_int_lt(a.us, 5000000);
    end(&deaf);
}
END_TEST

/* Closed ports: the run ends immediately, and names all of them. */
START_TEST(all_refuse)
{
    struct dns_config c = {0};
    struct dns_answer a;

    ck_assert(dns_config_add(&c, "127.0.0.1:1"));
    ck_assert(dns_config_add(&c, "127.0.0.2:1"));
    if (_i == 1)
        dns_config_read(&c, "options use-vc\n");
    look_up(&c, 9000, &a);
    ck_assert_int_eq(a.status, DNS_FAILURE);
    ck_assert(a.refused);
    ck_assert_str_eq(a.why, "127.0.0.1:1: Connection refused, 127.0.0.2:1: Connection refused");
    ck_assert_int_lt(a.us, 5000000);
}
END_TEST

/* Our own fault, and no resolver is named for it. */
START_TEST(no_files)
{
    struct dns_config c = {0};
    struct dns_answer a;
    rlim_t limit;

    ck_assert(dns_config_add(&c, "127.0.0.1:1"));
    ck_assert(dns_config_add(&c, "127.0.0.2:1"));
    limit = unit_forbid_files();
    look_up(&c, 9000, &a);
    unit_allow_files(limit);
    ck_assert_int_eq(a.status, DNS_FAILURE);
    ck_assert(a.refused);
    ck_assert_str_eq(a.why, "cannot be asked: too many open files here: lower --parallel, or raise "
                            "our limit (ulimit -n)");
}
END_TEST

/* What cannot be a name is not asked for. */
START_TEST(no_name)
{
    static const char label_of_64[] =
        "0123456789012345678901234567890123456789012345678901234567890123.test";
    const char *const names[] = {"a..test", ".a", label_of_64};
    struct server s = {0};
    struct dns_config c = begin(&s, 1, "");
    struct dns_question q = {.name = names[_i], .type = DNS_A};
    struct dns_answer a;

    dns_query(&c, &q, deadline_in_ms(9000), &a);
    ck_assert_int_eq(a.status, DNS_FAILURE);
    ck_assert_msg(strstr(a.why, "not a domain name"), "%s", a.why);
    ck_assert_uint_eq(s.datagrams, 0);
    ck_assert_uint_eq(s.streams, 0);
    dns_message_clear(&a);
    end(&s);
}
END_TEST

UNIT_CASE(dns_query, {use_vc, 1}, {timeout, 1}, {attempts, 1}, {rotate, 1}, {lost_packet, 1},
          {remembered, 1}, {unneeded, 1}, {all_refuse, 2}, {no_files, 1}, {no_name, 3})
