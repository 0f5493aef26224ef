/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtp/smtp.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/smtp/pair.h"
#include "unit/unit.h"

enum { LONG_MS = 20000 };

/* A session whose peer has said everything already, and says no more. */
struct session {
    struct pair pair;
    struct text transcript;
    struct smtp smtp;
};

static void session_open(struct session *s, const char *said, size_t len)
{
    pair_open(&s->pair);
    text_init(&s->transcript, 100000);
    s->smtp = (struct smtp){.conn = s->pair.conn, .transcript = &s->transcript};
    ck_assert_int_eq(send(s->pair.peer, said, len, 0), (ssize_t)len);
    shutdown(s->pair.peer, SHUT_WR);
}

/* Ends our side and compares what it sent. */
static void session_close(struct session *s, const char *sent)
{
    char got[2048];
    size_t len = 0;
    ssize_t n;

    conn_close(s->pair.conn);
    s->pair.conn = NULL;
    while ((n = recv(s->pair.peer, got + len, sizeof got - 1 - len, 0)) > 0)
        len += (size_t)n;
    got[len] = '\0';
    ck_assert_str_eq(got, sent);
    pair_close(&s->pair);
    text_free(&s->transcript);
}

#define SAID(literal) literal, sizeof literal - 1

static const struct {
    const char *said;
    size_t len;
    enum smtp_status status;
    int code;
    const char *text, *fault;
    bool tls, unnamed;
} greetings[] = {
    {SAID("220 mx\r\n"), SMTP_REPLIED, 220, "220 mx", NULL, false, false},
    {SAID("220 ****\r\n"), SMTP_REPLIED, 220, "220 ****", NULL, false, true},
    {SAID("220-mx\r\n220 2\r\n"), SMTP_REPLIED, 220, "220-mx 2", NULL, false, false},
    {SAID("554 no\r\n"), SMTP_REPLIED, 554, "554 no", NULL, false, false},
    {SAID(""), SMTP_CLOSED, 0, "", NULL, false, false},
    {SAID("220 m"), SMTP_CLOSED, 0, "220 m", NULL, false, false},
    {SAID("220-mx\r\n"), SMTP_CLOSED, 220, "220-mx", NULL, false, false},
    {SAID("hello\r\n"), SMTP_NO_SMTP, 0, "hello", NULL, false, false},
    {SAID("220-mx\r\nhello\r\n"), SMTP_BROKEN, 220, "220-mx hello",
     "a line without reply code, and none that ends the reply", false, false},
    {SAID("\x15\x03\x01"), SMTP_CLOSED, 0, "???", NULL, true, false},
    {SAID("\x16\x03"), SMTP_CLOSED, 0, "??", NULL, true, false},
    {SAID("\x14\x03"), SMTP_CLOSED, 0, "??", NULL, false, false},
    {SAID("\x15\x02"), SMTP_CLOSED, 0, "??", NULL, false, false},
    {SAID("\x15"), SMTP_CLOSED, 0, "?", NULL, false, false},
    {SAID("220-mx\r\n\x15\x03\r\n"), SMTP_BROKEN, 220, "220-mx ??",
     "a line without reply code, and none that ends the reply", false, false},
};

START_TEST(greeting)
{
    struct session s;
    enum smtp_status status;

    session_open(&s, greetings[_i].said, greetings[_i].len);
    status = smtp_greeting(&s.smtp, deadline_in_ms(LONG_MS));
    ck_assert_int_eq(status, greetings[_i].status);
    ck_assert_int_eq(s.smtp.replied, status == SMTP_REPLIED);
    ck_assert_int_eq(s.smtp.reply.code, greetings[_i].code);
    ck_assert_str_eq(s.smtp.reply.text, greetings[_i].text);
    ck_assert_pstr_eq(s.smtp.reply.fault, greetings[_i].fault);
    ck_assert_int_eq(s.smtp.reply.tls, greetings[_i].tls);
    ck_assert_int_eq((s.smtp.reply.deviations & 1u << SMTP_UNNAMED) != 0, greetings[_i].unnamed);
    session_close(&s, "");
}
END_TEST

START_TEST(silence)
{
    struct session s;

    pair_open(&s.pair);
    text_init(&s.transcript, 1000);
    s.smtp = (struct smtp){.conn = s.pair.conn, .replied = true};
    ck_assert_int_eq(smtp_greeting(&s.smtp, deadline_in_ms(50)), SMTP_SILENT);
    ck_assert(!s.smtp.replied);
    session_close(&s, "");
}
END_TEST

static const struct {
    const char *said;
    size_t len;
    enum smtp_status status;
    bool pipelining, smtputf8;
    unsigned deviations;
} ehlos[] = {
    {SAID("250-mx\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n"), SMTP_REPLIED, true, true, 0},
    {SAID("250-mx\r\n250 PIPELINING\r\n"), SMTP_REPLIED, true, false, 0},
    {SAID("250-mx\r\n250 SMTPUTF8\r\n"), SMTP_REPLIED, false, true, 0},
    {SAID("250-mx\n250 PIPELINING\r\r\n"), SMTP_REPLIED, true, false,
     1u << SMTP_BARE_LF | 1u << SMTP_CR_CR_LF},
    {SAID("250-mx\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n"), SMTP_CLOSED, false, false, 0},
};

START_TEST(ehlo)
{
    struct session s;

    session_open(&s, ehlos[_i].said, ehlos[_i].len);
    s.smtp.pipelining = s.smtp.smtputf8 = !ehlos[_i].pipelining;
    ck_assert_int_eq(smtp_ehlo(&s.smtp, "client.test", deadline_in_ms(LONG_MS)), ehlos[_i].status);
    ck_assert_int_eq(s.smtp.pipelining, ehlos[_i].pipelining);
    ck_assert_int_eq(s.smtp.smtputf8, ehlos[_i].smtputf8);
    ck_assert_uint_eq(s.smtp.reply.deviations, ehlos[_i].deviations);
    session_close(&s, "EHLO client.test\r\n");
}
END_TEST

/* A line that neither Postfix nor Exim would read to its end. */
START_TEST(long_line)
{
    size_t len = CONN_LINE_MAX + (size_t)_i;
    char *said = malloc(len + 2);
    struct session s;

    ck_assert_ptr_nonnull(said);
    memset(said, 'x', len);
    memcpy(said, "250 ", 4);
    memcpy(said + len, "\r\n", 2);
    session_open(&s, said, len + 2);
    ck_assert_int_eq(smtp_ehlo(&s.smtp, "c", deadline_in_ms(LONG_MS)),
                     _i == 0 ? SMTP_REPLIED : SMTP_BROKEN);
    ck_assert_pstr_eq(s.smtp.reply.fault, _i == 0 ? NULL : "a line of more than 2048 bytes");
    session_close(&s, "EHLO c\r\n");
    free(said);
}
END_TEST

/* A command that is too long is cut, and ends in CRLF all the same. */
static const struct {
    size_t given, sent;
} commands[] = {{10, 10}, {1020, 1020}, {1021, 1021}, {1022, 1021}, {1500, 1021}};

START_TEST(command)
{
    char given[2000], want[2000];
    struct session s;

    memset(given, 'a', sizeof given);
    given[commands[_i].given] = '\0';
    memcpy(want, given, commands[_i].sent);
    strcpy(want + commands[_i].sent, "\r\n");
    session_open(&s, SAID("250 ok\r\n"));
    ck_assert_int_eq(smtp_command(&s.smtp, deadline_in_ms(LONG_MS), "%s", given), SMTP_REPLIED);
    ck_assert_int_eq(s.smtp.reply.code, 250);
    if (_i == 0)
        ck_assert_str_eq(text_str(&s.transcript), "C: aaaaaaaaaa\nS: 250 ok\n");
    session_close(&s, want);
}
END_TEST

static const struct {
    bool reset, pipelining;
    const char *said, *sent, *transcript;
} ends[] = {
    {false, false, "", "QUIT\r\n", "C: QUIT\n"},
    {false, true, "", "QUIT\r\n", "C: QUIT\n"},
    {true, true, "", "RSET\r\nQUIT\r\n", "C: RSET\nC: QUIT\n"},
    {true, false, "250 ok\r\n", "RSET\r\nQUIT\r\n", "C: RSET\nS: 250 ok\nC: QUIT\n"},
    {true, false, "", "RSET\r\n", "C: RSET\n"},
};

START_TEST(leave)
{
    struct session s;

    session_open(&s, ends[_i].said, strlen(ends[_i].said));
    s.smtp.pipelining = ends[_i].pipelining;
    smtp_end(&s.smtp, ends[_i].reset, deadline_in_ms(LONG_MS));
    ck_assert_str_eq(text_str(&s.transcript), ends[_i].transcript);
    session_close(&s, ends[_i].sent);
}
END_TEST

UNIT_CASE(smtp, {greeting, COUNT(greetings)}, {silence, 1}, {ehlo, COUNT(ehlos)}, {long_line, 2},
          {command, COUNT(commands)}, {leave, COUNT(ends)})
