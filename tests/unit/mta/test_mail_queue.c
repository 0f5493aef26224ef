/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/mail_queue.h"

#include "unit/unit.h"

static const struct {
    const char *reason;
    enum mail_queue_cause want;
} cases[] = {
    /* Postfix */
    {"TLS is required, but was not offered by host mx.a.test[192.0.2.1]", MAIL_QUEUE_PARTNERS},
    {"TLS is required, but host mx.a.test[192.0.2.1] refused to start TLS: 454 4.7.0 no",
     MAIL_QUEUE_PARTNERS},
    {"Cannot start TLS: handshake failure", MAIL_QUEUE_PARTNERS},
    {"Server certificate not verified", MAIL_QUEUE_PARTNERS},
    {"Server certificate not trusted", MAIL_QUEUE_PARTNERS},
    {"TLSA lookup error for mx.a.test:25", MAIL_QUEUE_PARTNERS},
    {"TLS is required, but our TLS engine is unavailable", MAIL_QUEUE_OURS},
    {"client TLS configuration problem", MAIL_QUEUE_OURS},
    {"TLS policy lookup error for a.test/mx.a.test: ", MAIL_QUEUE_OURS},
    {"connect to mx.a.test[192.0.2.1]:25: Connection timed out", MAIL_QUEUE_OTHER},
    {"host mx.a.test[192.0.2.1] said: 450 4.7.1 Greylisted (in reply to RCPT TO command)",
     MAIL_QUEUE_OTHER},
    {"lost connection with mx.a.test[192.0.2.1] while performing the EHLO handshake",
     MAIL_QUEUE_OTHER},
    {"", MAIL_QUEUE_OTHER},
    /* Exim */
    {"a TLS session is required, but the server did not offer TLS support", MAIL_QUEUE_PARTNERS},
    {"H=mx.a.test [192.0.2.1]: a TLS session is required, but an attempt to start TLS failed",
     MAIL_QUEUE_PARTNERS},
    {"TLS session: (certificate verification failed): certificate invalid", MAIL_QUEUE_PARTNERS},
    {"TLS session: (error in TLS certificate/key setup): no such file", MAIL_QUEUE_OURS},
    {"Connection timed out", MAIL_QUEUE_OTHER},
};

START_TEST(a_reason_is_whose)
{
    ck_assert_int_eq(mail_queue_cause(span_of(cases[_i].reason)), cases[_i].want);
}
END_TEST

UNIT_CASE(mail_queue, {a_reason_is_whose, COUNT(cases)})
