/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtp/smtp_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

enum { LINES = 6 };

#define BIT(deviation) (1u << SMTP_##deviation)

/* Only the state after the last line of a row is compared; no line before ends the reply. */
static const struct {
    const char *name;
    const char *lines[LINES];
    enum smtp_reply_state state;
    int code;
    const char *text; /* NULL: whatever */
    bool starttls;
    unsigned deviations;
} replies[] = {
    {"one line",
     {"220 mx.example.com ESMTP"},
     SMTP_REPLY_DONE,
     220,
     "220 mx.example.com ESMTP",
     0,
     0},
    {"code alone", {"250"}, SMTP_REPLY_DONE, 250, "250", 0, 0},
    {"code and blank", {"250 "}, SMTP_REPLY_DONE, 250, "250 ", 0, 0},
    {"EHLO",
     {"250-mx.example.com", "250-PIPELINING", "250-STARTTLS", "250 8BITMIME"},
     SMTP_REPLY_DONE,
     250,
     "250-mx.example.com PIPELINING STARTTLS 8BITMIME",
     1,
     0},
    {"STARTTLS last", {"250-mx.example.com", "250 STARTTLS"}, SMTP_REPLY_DONE, 250, NULL, 1, 0},
    {"starttls, lower case", {"250-mx", "250 starttls"}, SMTP_REPLY_DONE, 250, NULL, 1, 0},
    {"STARTTLS with a parameter",
     {"250-mx", "250 STARTTLS REQUIRED"},
     SMTP_REPLY_DONE,
     250,
     NULL,
     1,
     0},
    {"STARTTLSX", {"250-mx", "250-STARTTLSX", "250 HELP"}, SMTP_REPLY_DONE, 250, NULL, 0, 0},
    {"XSTARTTLS", {"250-mx", "250 XSTARTTLS"}, SMTP_REPLY_DONE, 250, NULL, 0, 0},
    {"STARTTL", {"250-mx", "250 STARTTL"}, SMTP_REPLY_DONE, 250, NULL, 0, 0},
    {"START TLS", {"250-mx", "250 START TLS"}, SMTP_REPLY_DONE, 250, NULL, 0, 0},
    {"STARTTLS as a parameter", {"250-mx", "250 X STARTTLS"}, SMTP_REPLY_DONE, 250, NULL, 0, 0},
    {"STARTTLS as the host's name", {"250-STARTTLS", "250 HELP"}, SMTP_REPLY_DONE, 250, NULL, 0, 0},
    {"STARTTLS alone is the host's name", {"250 STARTTLS"}, SMTP_REPLY_DONE, 250, NULL, 0, 0},
    {"no extension", {"250 mx.example.com"}, SMTP_REPLY_DONE, 250, NULL, 0, 0},
    {"last line without text",
     {"250-mx.example.com", "250"},
     SMTP_REPLY_DONE,
     250,
     "250-mx.example.com",
     0,
     0},
    {"last line without text, but blank",
     {"250-mx.example.com", "250 "},
     SMTP_REPLY_DONE,
     250,
     NULL,
     0,
     0},
    {"middle line without text",
     {"250-mx", "250-", "250 STARTTLS"},
     SMTP_REPLY_DONE,
     250,
     NULL,
     1,
     0},
    {"first line ends in a hyphen", {"250-"}, SMTP_REPLY_MORE, 250, NULL, 0, 0},
    {"code at the lower end", {"200 x"}, SMTP_REPLY_DONE, 200, NULL, 0, 0},
    {"code at the upper end", {"599 x"}, SMTP_REPLY_DONE, 599, NULL, 0, 0},
    {"enhanced code", {"550 5.7.1 no"}, SMTP_REPLY_DONE, 550, "550 5.7.1 no", 0, 0},
    {"control bytes are cleaned",
     {"220 a\033[31m|b'c"},
     SMTP_REPLY_DONE,
     220,
     "220 a?[31m?b?c",
     0,
     0},
    {"invalid UTF-8 is cleaned", {"220 \xff\xc0\xaf"}, SMTP_REPLY_DONE, 220, "220 ???", 0, 0},
    {"a code that SMTP does not have", {"199 x"}, SMTP_REPLY_DONE, 199, NULL, 0, 0},
    {"another", {"999 x"}, SMTP_REPLY_DONE, 999, NULL, 0, 0},
    {"code 0", {"000 x"}, SMTP_REPLY_NO_CODE, 0, NULL, 0, BIT(NO_CODE)},
    {"empty line", {""}, SMTP_REPLY_NO_CODE, 0, NULL, 0, BIT(EMPTY_LINE)},
    {"two digits", {"22"}, SMTP_REPLY_NO_CODE, 0, NULL, 0, BIT(NO_CODE)},
    {"four digits", {"2200 x"}, SMTP_REPLY_NO_CODE, 0, NULL, 0, BIT(NO_CODE)},
    {"250STARTTLS as a first line", {"250STARTTLS"}, SMTP_REPLY_NO_CODE, 0, NULL, 0, BIT(NO_BLANK)},
    {"leading blank", {" 220 x"}, SMTP_REPLY_NO_CODE, 0, NULL, 0, BIT(NO_CODE)},
    {"tab after the code", {"220\tx"}, SMTP_REPLY_NO_CODE, 0, "220?x", 0, BIT(NO_BLANK)},
    {"SSH", {"SSH-2.0-OpenSSH_9.2"}, SMTP_REPLY_NO_CODE, 0, "SSH-2.0-OpenSSH_9.2", 0, BIT(NO_CODE)},
    {"HTTP", {"HTTP/1.1 400 Bad Request"}, SMTP_REPLY_NO_CODE, 0, NULL, 0, BIT(NO_CODE)},
    {"TLS alert", {"\x15\x03\x01"}, SMTP_REPLY_NO_CODE, 0, "???", 0, BIT(NO_CODE)},
    {"negative code", {"-20 x"}, SMTP_REPLY_NO_CODE, 0, NULL, 0, BIT(NO_CODE)},
    {"text before the greeting",
     {"hello", "220 mx"},
     SMTP_REPLY_DONE,
     220,
     "hello 220 mx",
     0,
     BIT(NO_CODE)},
    {"empty line before the greeting",
     {"", "220 mx"},
     SMTP_REPLY_DONE,
     220,
     "220 mx",
     0,
     BIT(EMPTY_LINE)},
    {"250STARTTLS", {"250-mx", "250STARTTLS"}, SMTP_REPLY_NO_CODE, 250, NULL, 0, BIT(NO_BLANK)},
    {"250STARTTLS, and an end",
     {"250-mx", "250STARTTLS", "250 x"},
     SMTP_REPLY_DONE,
     250,
     "250-mx 250STARTTLS x",
     0,
     BIT(NO_BLANK)},
    {"another code",
     {"250-mx", "550 STARTTLS"},
     SMTP_REPLY_DONE,
     550,
     "250-mx 550 STARTTLS",
     1,
     BIT(CODE_CHANGE)},
    {"another code, to go on",
     {"250-mx", "251-STARTTLS"},
     SMTP_REPLY_MORE,
     251,
     NULL,
     1,
     BIT(CODE_CHANGE)},
    {"another code without text",
     {"250-mx", "550"},
     SMTP_REPLY_DONE,
     550,
     NULL,
     0,
     BIT(CODE_CHANGE)},
    {"a refusal that becomes none",
     {"521-no", "220 mx"},
     SMTP_REPLY_DONE,
     220,
     "521-no 220 mx",
     0,
     BIT(CODE_CHANGE)},
    {"continuation without code",
     {"250-mx", "STARTTLS"},
     SMTP_REPLY_NO_CODE,
     250,
     NULL,
     0,
     BIT(NO_CODE)},
    {"empty continuation", {"250-mx", ""}, SMTP_REPLY_NO_CODE, 250, NULL, 0, BIT(EMPTY_LINE)},
    {"continuation of two digits",
     {"250-mx", "25"},
     SMTP_REPLY_NO_CODE,
     250,
     NULL,
     0,
     BIT(NO_CODE)},
    {"a tab after STARTTLS",
     {"250-mx", "250 STARTTLS\tx"},
     SMTP_REPLY_DONE,
     250,
     NULL,
     1,
     BIT(KEYWORD)},
    {"STARTTLS=", {"250-mx", "250 STARTTLS=x"}, SMTP_REPLY_DONE, 250, NULL, 1, BIT(KEYWORD)},
    {"a blank before STARTTLS",
     {"250-mx", "250- STARTTLS", "250 x"},
     SMTP_REPLY_DONE,
     250,
     NULL,
     1,
     BIT(KEYWORD)},
    {"a tab after SIZE", {"250-mx", "250 SIZE\t9"}, SMTP_REPLY_DONE, 250, NULL, 0, 0},
    {"several deviations",
     {"", "220-mx", "hello", "250 mx"},
     SMTP_REPLY_DONE,
     250,
     "220-mx hello 250 mx",
     0,
     BIT(EMPTY_LINE) | BIT(NO_CODE) | BIT(CODE_CHANGE)},
};

START_TEST(table)
{
    struct smtp_reply r = {0};
    enum smtp_reply_state state = SMTP_REPLY_MORE;

    for (int i = 0; i < LINES && replies[_i].lines[i]; i++) {
        char line[64]; /* as long as the line, so that the sanitisers see what is read behind it */
        size_t len = strlen(replies[_i].lines[i]);

        ck_assert_msg(state == SMTP_REPLY_MORE || state == SMTP_REPLY_NO_CODE,
                      "%s: ends before line %d", replies[_i].name, i);
        memset(line, '#', sizeof line);
        memcpy(line, replies[_i].lines[i], len);
        state = smtp_reply_line(&r, line, len);
    }
    ck_assert_msg(state == replies[_i].state, "%s: state %d", replies[_i].name, (int)state);
    ck_assert_msg(r.code == replies[_i].code, "%s: code %d", replies[_i].name, r.code);
    ck_assert_msg(r.starttls == replies[_i].starttls, "%s: STARTTLS", replies[_i].name);
    ck_assert_msg(!strchr(r.text, '#') && !strchr(r.keywords, '#'), "%s: \"%s\", \"%s\"",
                  replies[_i].name, r.text, r.keywords);
    if (replies[_i].text)
        ck_assert_str_eq(r.text, replies[_i].text);
    ck_assert_msg(r.deviations == replies[_i].deviations, "%s: %#x", replies[_i].name,
                  r.deviations);
    ck_assert_int_eq(r.odd[0] != '\0', r.deviations != 0);
    ck_assert_int_eq(r.fault != NULL, state == SMTP_REPLY_BROKEN);
    ck_assert(is_utf8(r.text) && is_utf8(r.keywords) && is_utf8(r.odd));
}
END_TEST

static const struct {
    const char *keyword;
    bool stripped;
    const char *by;
} signatures[] = {
    {"XXXXXXXA", true, "XXXXXXXA"},
    {"XXXXXXXB", true, "XXXXXXXB"},
    {"XXXXXXXX", true, "XXXXXXXX"},
    {"********", true, "********"},
    {"****", true, "****"},
    {"XXXX", false, ""},
    {"XAXXXXXX", false, ""},
    {"XFORWARD", false, ""},
    {"XCLIENT", false, ""},
    {"X-EXPS", false, ""},
    {"***", false, ""},
    {"8BITMIME", false, ""},
    {"", false, ""},
};

START_TEST(stripped)
{
    struct smtp_reply r = {0};
    char line[64];
    int len = snprintf(line, sizeof line, "250-%s", signatures[_i].keyword);

    ck_assert_int_eq(smtp_reply_line(&r, "250-mx", 6), SMTP_REPLY_MORE);
    ck_assert_int_eq(smtp_reply_line(&r, line, (size_t)len), SMTP_REPLY_MORE);
    ck_assert_int_eq(smtp_reply_line(&r, "250 HELP", 8), SMTP_REPLY_DONE);
    ck_assert_msg(r.stripped == signatures[_i].stripped, "%s", signatures[_i].keyword);
    ck_assert_str_eq(r.stripped_by, signatures[_i].by);
    ck_assert(!r.starttls);
}
END_TEST

START_TEST(keywords)
{
    struct smtp_reply r = {0};

    smtp_reply_line(&r, "250-mx.example.com hello", 24);
    smtp_reply_line(&r, "250-SIZE 35882577", 17);
    smtp_reply_line(&r, "250-pipelining", 14);
    smtp_reply_line(&r, "250-a|b\033 c", 10);
    smtp_reply_line(&r, "250 STARTTLS", 12);
    ck_assert_str_eq(r.keywords, "SIZE pipelining a?b? STARTTLS");
    ck_assert(r.pipelining && r.starttls);
    ck_assert_uint_eq(r.lines, 5);
}
END_TEST

static const struct {
    const char *line;
    size_t len;
    int state;
    unsigned deviations;
} nuls[] = {
    {"220 a\0b", 7, SMTP_REPLY_DONE, BIT(NUL)},
    {"220 \0", 5, SMTP_REPLY_DONE, BIT(NUL)},
    {"220\0", 4, SMTP_REPLY_NO_CODE, BIT(NUL) | BIT(NO_BLANK)},
    {"\0"
     "220 x",
     6, SMTP_REPLY_NO_CODE, BIT(NUL) | BIT(NO_CODE)},
    {"2\0", 2, SMTP_REPLY_NO_CODE, BIT(NUL) | BIT(NO_CODE)},
};

START_TEST(nul)
{
    struct smtp_reply r = {0};

    ck_assert_int_eq(smtp_reply_line(&r, nuls[_i].line, nuls[_i].len), nuls[_i].state);
    ck_assert_uint_eq(r.deviations, nuls[_i].deviations);
}
END_TEST

START_TEST(nul_in_continuation)
{
    struct smtp_reply r = {0};

    smtp_reply_line(&r, "250-mx", 6);
    ck_assert_int_eq(smtp_reply_line(&r, "250 STARTTLS\0", 13), SMTP_REPLY_DONE);
    ck_assert(r.starttls);
    ck_assert_uint_eq(r.deviations, BIT(NUL) | BIT(KEYWORD));
}
END_TEST

static const struct {
    const char *line;
    bool first;
} hosts[] = {
    {"250-STARTTLS", true},   {"250 STARTTLS", true},     {"250-starttls hello", true},
    {"250-STARTTLSX", false}, {"250-mx STARTTLS", false}, {"250-STARTTL", false},
};

START_TEST(starttls_first)
{
    struct smtp_reply r = {0};

    smtp_reply_line(&r, hosts[_i].line, strlen(hosts[_i].line));
    ck_assert_msg(r.starttls_first == hosts[_i].first, "%s", hosts[_i].line);
    smtp_reply_line(&r, "250 STARTTLS", 12);
    ck_assert_msg(r.starttls_first == hosts[_i].first, "%s, then STARTTLS", hosts[_i].line);
}
END_TEST

static const struct {
    const char *text;
    bool masked;
} greetings[] = {
    {"220 ****", true},     {"220 ********2***0**", true},
    {"220", true},          {"220 ", true},
    {"220 mx ****", false}, {"220 *-*", false},
    {"250 ****", false},    {"220 mx", false},
};

START_TEST(masked)
{
    ck_assert_msg(smtp_reply_is_masked(greetings[_i].text) == greetings[_i].masked, "%s",
                  greetings[_i].text);
}
END_TEST

static const struct {
    const char *text;
    size_t len, at; /* at 0: none */
} echoes[] = {
    {"500 5.5.1 Command unrecognized: \"XXXXXXXX\"", 8, 33},
    {"500 XXXXXXXX", 8, 4},
    {"500 5.5.1 XXXX unrecognized", 4, 10},
    {"500 XXXXXXXX: no", 4, 0},
    {"500 XXXXXXXXX", 8, 0},
    {"500 STARTTLS", 8, 0},
    {"500 AXXXXXXX", 8, 0},
    {"500 XXXXXXXA", 8, 0},
    {"500", 8, 0},
    {"", 4, 0},
};

START_TEST(echo)
{
    const char *text = echoes[_i].text, *found = smtp_reply_echo(text, echoes[_i].len);

    ck_assert_msg(echoes[_i].at ? found == text + echoes[_i].at : !found, "%s", text);
}
END_TEST

START_TEST(line_limit)
{
    struct smtp_reply r = {0};

    for (int i = 1; i <= SMTP_REPLY_LINES_MAX; i++)
        ck_assert_int_eq(smtp_reply_line(&r, "250-x", 5), SMTP_REPLY_MORE);
    ck_assert_int_eq(smtp_reply_line(&r, "250 x", 5), SMTP_REPLY_BROKEN);
    r = (struct smtp_reply){0};
    for (int i = 1; i < SMTP_REPLY_LINES_MAX; i++)
        ck_assert_int_eq(smtp_reply_line(&r, "250-x", 5), SMTP_REPLY_MORE);
    ck_assert_int_eq(smtp_reply_line(&r, "250 x", 5), SMTP_REPLY_DONE);
}
END_TEST

START_TEST(byte_limit)
{
    static char line[SMTP_REPLY_BYTES_MAX + 1];
    struct smtp_reply r = {0};

    memset(line, 'x', sizeof line);
    memcpy(line, "250-", 4);
    ck_assert_int_eq(smtp_reply_line(&r, line, SMTP_REPLY_BYTES_MAX - 5), SMTP_REPLY_MORE);
    ck_assert_int_eq(smtp_reply_line(&r, "250 x", 5), SMTP_REPLY_DONE);
    r = (struct smtp_reply){0};
    ck_assert_int_eq(smtp_reply_line(&r, line, SMTP_REPLY_BYTES_MAX - 4), SMTP_REPLY_MORE);
    ck_assert_int_eq(smtp_reply_line(&r, "250 x", 5), SMTP_REPLY_BROKEN);
    r = (struct smtp_reply){0};
    ck_assert_int_eq(smtp_reply_line(&r, line, SMTP_REPLY_BYTES_MAX + 1), SMTP_REPLY_BROKEN);
}
END_TEST

/* Long lines and many keywords fill the texts, and no more than them. */
START_TEST(long_text)
{
    struct smtp_reply r = {0};
    char line[2000] = "250-";
    size_t chars = 225 + (size_t)_i;

    for (size_t i = 0; i + 3 < chars; i += 2)
        strcat(line, "\xc3\xbc");
    smtp_reply_line(&r, line, strlen(line));
    for (int i = 0; i < 50; i++) {
        smtp_reply_line(&r, line, strlen(line));
        smtp_reply_line(&r, "250-K\xe2\x82\xac K", 10);
    }
    ck_assert_int_eq(smtp_reply_line(&r, "250 STARTTLS", 12), SMTP_REPLY_DONE);
    ck_assert(r.starttls);
    ck_assert(is_utf8(r.text) && is_utf8(r.keywords));
    ck_assert_uint_lt(strlen(r.text), sizeof r.text);
    ck_assert_uint_lt(strlen(r.keywords), sizeof r.keywords);
    ck_assert_str_eq(strrchr(r.keywords, ' '), " K\xe2\x82\xac"); /* none is cut */
}
END_TEST

START_TEST(bare_code_ends_a_reply)
{
    static const char last[3] = {'2', '5', '0'}; /* nothing after it may be read */
    struct smtp_reply r = {0};
    char *line = malloc(sizeof last);

    ck_assert_ptr_nonnull(line);
    memcpy(line, last, sizeof last);
    ck_assert_int_eq(smtp_reply_line(&r, "250-mx1", 7), SMTP_REPLY_MORE);
    ck_assert_int_eq(smtp_reply_line(&r, line, sizeof last), SMTP_REPLY_DONE);
    ck_assert_str_eq(r.text, "250-mx1");
    free(line);
}
END_TEST

UNIT_CASE(smtp_reply, {table, COUNT(replies)}, {stripped, COUNT(signatures)}, {keywords, 1},
          {nul, COUNT(nuls)}, {nul_in_continuation, 1}, {starttls_first, COUNT(hosts)},
          {masked, COUNT(greetings)}, {echo, COUNT(echoes)}, {line_limit, 1}, {byte_limit, 1},
          {long_text, 50}, {bare_code_ends_a_reply, 1})
