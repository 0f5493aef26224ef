/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_exim.h"

#include <string.h>

#include "unit/unit.h"

#define ID "1abcde-000001-AB "
#define TO ID "== u@a.test R=r T=t "
#define NO_TLS "a TLS session is required, but the server did not offer TLS support"

/* Why mail is deferred, and at whom; peer "": the line does not say it. */
static const struct {
    const char *text, *peer, *reason;
} deferrals[] = {
    {TO "defer (-38): " NO_TLS, "", NO_TLS},
    {TO "defer (-38) H=mx.a.test [192.0.2.1]: " NO_TLS, "mx.a.test [192.0.2.1]", NO_TLS},
    {TO "defer (-38) H=mx.a.test [192.0.2.1]:25: " NO_TLS, "mx.a.test [192.0.2.1]:25", NO_TLS},
    {TO "defer (-38) H=mx.a.test [2001:db8::1]:25: " NO_TLS, "mx.a.test [2001:db8::1]:25", NO_TLS},
    {TO "defer (-38) H=mx.a.test [2001:db8::1] DT=1.2s: " NO_TLS, "mx.a.test [2001:db8::1]",
     NO_TLS},
    {TO "defer (-38) H=mx.a.test [192.0.2.1]:25* PRX=[192.0.2.2]:1080 I=[192.0.2.3]:1024: " NO_TLS,
     "mx.a.test [192.0.2.1]:25", NO_TLS},
    {TO "defer (-38) H=mx.a.test [192.0.2.1] I=[2001:db8::1] TFO DT=1.2s: " NO_TLS,
     "mx.a.test [192.0.2.1]", NO_TLS},
    {TO "defer (-38) H=mx.a.test [192.0.2.1]", "mx.a.test [192.0.2.1]", ""},
    {TO "defer (110): Connection timed out", "", "Connection timed out"},
    {TO "defer (-1", "", ""},
    {TO "defer", "", ""},
    {TO "defer (-38) H=", "", ""},
};

START_TEST(a_deferral_has_a_reason)
{
    const struct maillog_line line = {.text = span_of(deferrals[_i].text)};
    struct maillog_event e;

    ck_assert(maillog_exim_event(&line, false, &e));
    ck_assert_int_eq(e.status, MAILLOG_DEFERRED);
    ck_assert(span_is(e.peer, deferrals[_i].peer));
    ck_assert(span_is(e.reason, deferrals[_i].reason));
}
END_TEST

#define SENT ID "=> u@a.test R=r T=t H=mx.a.test "
#define TLS " X=TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256 CV=no C=\"250 OK\""

/* Whether other messages had the connection before. */
static const struct {
    const char *text;
    bool continued;
} connections[] = {
    {SENT "[192.0.2.1]" TLS, false},
    {SENT "[192.0.2.1]:25 I=[192.0.2.3]:1024" TLS, false},
    {SENT "[192.0.2.1]*" TLS, true},
    {SENT "[192.0.2.1]:25* I=[192.0.2.3]:1024" TLS, true},
    /* Exim 4.94 and earlier */
    {SENT "[192.0.2.1]:25 I=[192.0.2.3]:1024*" TLS, true},
    {SENT "[192.0.2.1]:25 I=[2001:db8::1]*" TLS, true},
    {SENT "[192.0.2.1]:25 PRX=[192.0.2.2]:1080*" TLS, true},
    /* data in the packet that opens the connection, and a session of TLS that is resumed */
    {SENT "[192.0.2.1]:25 I=[192.0.2.3]:1024 TFO*" TLS, false},
    {SENT "[192.0.2.1]:25 X=TLS1.3:TLS_AES_256_GCM_SHA384:256* CV=no C=\"250 OK\"", false},
};

START_TEST(a_connection_that_other_messages_had_is_marked)
{
    const struct maillog_line line = {.text = span_of(connections[_i].text)};
    struct maillog_event e;

    ck_assert(maillog_exim_event(&line, false, &e));
    ck_assert_int_eq(e.continued, connections[_i].continued);
    ck_assert_int_eq(e.tls, MAILLOG_ENCRYPTED);
    ck_assert_ptr_null(memchr(e.peer.at, '*', e.peer.len));
}
END_TEST

/* To whom a message went. */
static const struct {
    const char *text, *address;
} recipients[] = {
    {ID "=> u@a.test R=r", "u@a.test"},
    {ID "=> u@a.test <team@us.test> R=r", "u@a.test"},
    {ID "-> u@a.test (list@us.test) <team@us.test> R=r", "u@a.test"},
    {ID "->  u@a.test <\" team\"@us.test> R=r", "u@a.test"},
    {ID "** u@a.test <team@us.test>: Unrouteable address", "u@a.test"},
    {ID "** u@a.test: Unrouteable address", "u@a.test"},
    {ID "=> u <u@us.test> R=r", "u@us.test"},
    {ID "=> \"u v\"@a.test <team@us.test> R=r", "\"u v\"@a.test"},
    {ID "=> /var/mail/u <u@us.test> R=r", "u@us.test"},
    {ID "== <u@a.test> R=r T=t defer (-1): x", "u@a.test"},
};

START_TEST(a_recipient_is_where_the_message_went)
{
    const struct maillog_line line = {.text = span_of(recipients[_i].text)};
    struct maillog_event e;

    ck_assert(maillog_exim_event(&line, false, &e));
    ck_assert(span_is(e.address, recipients[_i].address));
}
END_TEST

#define TO_HOST "[192.0.2.1]:25"
#define X " X=TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256"
#define FROM ID "<= u@a.test H=out.a.test [192.0.2.9]"

/* What the first part of a line says about TLS, and whether the rest could say something else. */
static const struct {
    const char *text;
    enum maillog_tls tls;
    bool cut;
} parts[] = {
    {SENT TO_HOST X " CV=no C=\"250 ok", MAILLOG_ENCRYPTED, false},
    {SENT TO_HOST X " CV=no C=\"", MAILLOG_ENCRYPTED, false},
    {SENT TO_HOST X " CV=no C=", MAILLOG_ENCRYPTED, true},
    {SENT TO_HOST X " CV=no DN=\"CN=mx C=", MAILLOG_ENCRYPTED, true},
    {SENT TO_HOST X " CV=yes DN=\"CN=m", MAILLOG_VERIFIED, false},
    {SENT TO_HOST X " C", MAILLOG_ENCRYPTED, true},
    {SENT TO_HOST " C=\"250 ok", MAILLOG_NOT_LOGGED, false},
    {SENT TO_HOST " ", MAILLOG_UNKNOWN, true},
    {FROM " P=esmtp S=12", MAILLOG_PLAINTEXT, false},
    {FROM " P=esmtp S=1 for u@b.test v@b", MAILLOG_PLAINTEXT, false},
    {FROM " P=esmtp", MAILLOG_PLAINTEXT, true}, /* or esmtps */
    {FROM " P=esmtps", MAILLOG_ENCRYPTED, false},
    {FROM " P=esmtps X=T", MAILLOG_ENCRYPTED, false},
    {FROM " P=", MAILLOG_UNKNOWN, true},
    {FROM, MAILLOG_UNKNOWN, true},
};

START_TEST(a_part_of_a_line_says_what_it_can)
{
    const struct maillog_line line = {.text = span_of(parts[_i].text)};
    struct maillog_event e;

    ck_assert(maillog_exim_event(&line, true, &e));
    ck_assert_int_eq(e.tls, parts[_i].tls);
    ck_assert_int_eq(e.cut, parts[_i].cut);
    ck_assert(maillog_exim_event(&line, false, &e));
    ck_assert(!e.cut);
}
END_TEST

UNIT_CASE(maillog_exim, {a_recipient_is_where_the_message_went, COUNT(recipients)},
          {a_deferral_has_a_reason, COUNT(deferrals)},
          {a_connection_that_other_messages_had_is_marked, COUNT(connections)},
          {a_part_of_a_line_says_what_it_can, COUNT(parts)})
