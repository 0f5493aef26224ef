/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/profile_ask.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/unit.h"

/* A gateway that answers one ClientHello. */
struct gateway {
    int listener;
    struct address address;
    unsigned char answer[256];
    size_t len;
    pthread_t thread;
};

static void read_line(int fd)
{
    char c = 0;

    while (c != '\n' && recv(fd, &c, 1, 0) == 1)
        continue;
}

static void say(int fd, const void *data, size_t len)
{
    ck_assert_int_eq(send(fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void *serve(void *arg)
{
    struct gateway *g = arg;
    int fd = accept(g->listener, NULL, NULL);
    char rest[4096];

    say(fd, "220 mx\r\n", 8);
    read_line(fd);
    say(fd, "250-mx\r\n250 STARTTLS\r\n", 22);
    read_line(fd);
    say(fd, "220 go\r\n", 8);
    if (recv(fd, rest, sizeof rest, 0) > 0)
        say(fd, g->answer, g->len);
    shutdown(fd, SHUT_WR);
    while (recv(fd, rest, sizeof rest, 0) > 0)
        continue;
    close(fd);
    return NULL;
}

/* `hex`: the answer in hexadecimal; blanks are passed over. */
static void begin(struct gateway *g, const char *hex)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;

    *g = (struct gateway){.listener = socket(AF_INET, SOCK_STREAM, 0)};
    for (; *hex; hex += 2) {
        unsigned byte;

        while (*hex == ' ')
            hex++;
        ck_assert_int_eq(sscanf(hex, "%2x", &byte), 1);
        g->answer[g->len++] = (unsigned char)byte;
    }
    ck_assert_int_eq(bind(g->listener, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(listen(g->listener, 1), 0);
    getsockname(g->listener, (struct sockaddr *)&at, &len);
    ck_assert(address_parse("127.0.0.1", ntohs(at.sin_port), &g->address));
    ck_assert_int_eq(pthread_create(&g->thread, NULL, serve, g), 0);
}

static void end(struct gateway *g)
{
    pthread_join(g->thread, NULL);
    close(g->listener);
}

#define RANDOM "00000000000000000000000000000000 00000000000000000000000000000000"
/* A ServerHello of TLS 1.3 with a suite and a group, and one of a version below. */
#define HELLO_1_3(suite, group)                                                                    \
    "160303 003c 02 000038 0303 " RANDOM " 00 " suite " 00 0010 00330006 " group                   \
    " 0002 abcd 002b0002 0304"
#define HELLO(version, suite) "160303 002a 02 000026 " version RANDOM " 00 " suite " 00"

#define UNOFFERED "it chooses what was not offered: "

/* The hello offers TLS_AES_128_GCM_SHA256, RSA with AES128-SHA and AES256-SHA, and secp256r1. */
static const struct {
    uint16_t version; /* of the hello */
    const char *hex;
    enum hello_ask_end end;
    unsigned chosen; /* version */
    const char *reason;
} answers[] = {
    {0x0304, HELLO_1_3("1301", "0017"), HELLO_ASK_ACCEPTED, 0x0304, ""},
    {0x0304, HELLO_1_3("1301", "001d"), HELLO_ASK_MALFORMED, 0x0304,
     UNOFFERED "TLS_AES_128_GCM_SHA256"},
    {0x0304, HELLO_1_3("1302", "0017"), HELLO_ASK_MALFORMED, 0x0304,
     UNOFFERED "TLS_AES_256_GCM_SHA384"},
    {0x0304, HELLO("0303", "002f"), HELLO_ASK_MALFORMED, 0x0303,
     UNOFFERED "TLS_RSA_WITH_AES_128_CBC_SHA"},
    {0x0303, HELLO("0303", "002f"), HELLO_ASK_ACCEPTED, 0x0303, ""},
    {0x0303, HELLO("0303", "0035"), HELLO_ASK_ACCEPTED, 0x0303, ""},
    {0x0303, HELLO("0302", "0035"), HELLO_ASK_ACCEPTED, 0x0302, ""},
    {0x0303, HELLO("0303", "000a"), HELLO_ASK_MALFORMED, 0x0303,
     UNOFFERED "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
    {0x0302, HELLO("0303", "002f"), HELLO_ASK_MALFORMED, 0x0303,
     UNOFFERED "TLS_RSA_WITH_AES_128_CBC_SHA"},
    {0x0303, HELLO_1_3("1301", "0017"), HELLO_ASK_MALFORMED, 0x0304,
     UNOFFERED "TLS_AES_128_GCM_SHA256"},
    {0x0303, "150303 0002 0228", HELLO_ASK_ALERT, 0, ""},
    {0x0303, "323230206d78 0d0a", HELLO_ASK_MALFORMED, 0, "no TLS record"},
};

START_TEST(answer)
{
    static const uint16_t suites[] = {0x1301, 0x002f, 0x0035}, groups[] = {0x0017};
    const struct address_pair anywhere = {0};
    const struct handshake_config c = {.helo = "client.test",
                                       .sources = &anywhere,
                                       .stage_ms = 20000,
                                       .greeting_ms = 20000,
                                       .deadline = deadline_in_ms(30000)};
    const struct client_hello hello = {
        .version = answers[_i].version, .suites = {suites, 3}, .groups = {groups, 1}};
    struct profile_answer out;
    char reason[PROFILE_REASON] = "before";
    struct gateway g;

    begin(&g, answers[_i].hex);
    profile_ask(&c, &g.address, &hello, &out, reason);
    end(&g);
    ck_assert_msg(out.end == answers[_i].end, "end %d: %s", (int)out.end, reason);
    ck_assert_str_eq(reason, answers[_i].reason);
    ck_assert_uint_eq(out.version, answers[_i].chosen);
    ck_assert_int_eq(out.alert, answers[_i].end == HELLO_ASK_ALERT ? 40 : 0);
    ck_assert_int_eq(out.code, 0);
}
END_TEST

/* A hello that does not fit is not sent. */
START_TEST(too_long)
{
    static uint16_t suites[CLIENT_HELLO_MAX];
    const struct client_hello hello = {.version = 0x0303, .suites = {suites, CLIENT_HELLO_MAX}};
    struct profile_answer out = {.end = HELLO_ASK_ACCEPTED, .version = 9};
    char reason[PROFILE_REASON] = "";

    profile_ask(&(struct handshake_config){0}, &(struct address){0}, &hello, &out, reason);
    ck_assert_int_eq(out.end, HELLO_ASK_LOCAL);
    ck_assert_uint_eq(out.version, 0);
    ck_assert_str_eq(reason, "no ClientHello can be made");
}
END_TEST

START_TEST(number)
{
    const struct profile_facts facts = {
        .count = 2,
        .at = {{.question = PROFILE_REQUIRED,
                .asked = 29,
                .asked_kind = TLS_CODE_GROUP,
                .version = 1,
                .suite = 2,
                .group = 3,
                .signature = 4},
               {.question = PROFILE_GROUPS_1_3, .asked = 23, .asked_kind = TLS_CODE_GROUP}}};

    ck_assert_uint_eq(profile_facts_number(&facts.at[0], TLS_CODE_VERSION), 1);
    ck_assert_uint_eq(profile_facts_number(&facts.at[0], TLS_CODE_SUITE), 2);
    ck_assert_uint_eq(profile_facts_number(&facts.at[0], TLS_CODE_GROUP), 3);
    ck_assert_uint_eq(profile_facts_number(&facts.at[0], TLS_CODE_SIGNATURE), 4);
    ck_assert_uint_eq(profile_facts_number(&facts.at[0], TLS_CODE_KINDS), 0);
    ck_assert(profile_facts_required(&facts, TLS_CODE_GROUP, 29));
    ck_assert(!profile_facts_required(&facts, TLS_CODE_GROUP, 30));
    ck_assert(!profile_facts_required(&facts, TLS_CODE_SUITE, 29));
    ck_assert(!profile_facts_required(&facts, TLS_CODE_GROUP, 23));
}
END_TEST

UNIT_CASE(profile_ask, {answer, COUNT(answers)}, {too_long, 1}, {number, 1})
