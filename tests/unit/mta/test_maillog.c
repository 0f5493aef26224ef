/* SPDX-License-Identifier: BSD-2-Clause */
/* What lines of a log come to. Each case is a sentence of docs/mail-log.md. */
#include "mta/maillog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "unit/unit.h"

enum { NOW = 1796018400, DAY = 86400 }; /* 2026-11-30 06:00:00 UTC */

#define HEAD "Nov 30 05:00:00 mx "
#define SMTP HEAD "postfix/smtp[7]: "
#define SMTPD HEAD "postfix/smtpd[8]: "
#define QMGR HEAD "postfix/qmgr[9]: "
#define MX "mx.a.test[192.0.2.1]:25"
#define TLS(word, where) word " TLS connection established to " where ": TLSv1.3 with cipher X\n"
#define SENT(id, where, more)                                                                      \
    id ": to=<u@a.test>, relay=" where ", " more                                                   \
       "delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)\n"
#define FROM "out.a.test[192.0.2.9]"
#define ENDED SMTPD "disconnect from " FROM " ehlo=2 "
#define COUNTS "mail=1 rcpt=1 data=1 quit=1 commands=5\n"
#define LATER "Nov 30 05:01:01 mx postfix/smtp[7]: "
#define MANY(n) SMTPD "AAAA" #n ": client=" FROM "\n" QMGR "AAAA" #n ": from=<u@a.test>, size=1\n"
#define EXIM_ID "1abcde-000001-AB "
#define EXIM "2026-11-30 05:00:00 " EXIM_ID
#define HOST "H=mx.a.test [192.0.2.1]:25 "
#define NEXT "H=mx.a.test [192.0.2.1]:25* " /* over a connection that was there already */
#define EXIM_AT(time, id) "2026-11-30 " time " " id " => u@a.test R=r "
#define OVER "X=TLS1.3:X:256 CV="

/* A log, and what comes out: "ID WHAT" of each message, with '<' before what we received. */
static const struct {
    const char *log, *want;
} cases[] = {
    /* --- levels --- */
    {SMTP TLS("Verified", MX) SMTP SENT("AAAA1", MX, ""), "AAAA1 verified\n"},
    {SMTP TLS("Trusted", MX) SMTP SENT("AAAA1", MX, ""), "AAAA1 trusted\n"},
    {SMTP TLS("Untrusted", MX) SMTP SENT("AAAA1", MX, ""), "AAAA1 encrypted\n"},
    {SMTP TLS("Anonymous", MX) SMTP SENT("AAAA1", MX, ""), "AAAA1 encrypted\n"},
    {SMTP SENT("AAAA1", MX, ""), "AAAA1 silent\n"},
    /* several recipients, long queue ids, lmtp, another instance, IPv6 */
    {SMTP TLS("Verified", MX) SMTP SENT("AAAA1", MX, "") SMTP SENT("AAAA1", MX, ""),
     "AAAA1 verified\nAAAA1 verified\n"},
    {SMTP TLS("Verified", MX) SMTP SENT("4Q1aBcDxYz123", MX, ""), "4Q1aBcDxYz123 verified\n"},
    {HEAD "postfix-out/relay/lmtp[7]: " TLS("Verified", "[2001:db8::1]:24") HEAD
     "postfix-out/relay/lmtp[7]: " SENT("AAAA1", "[2001:db8::1]:24", ""),
     "AAAA1 verified\n"},
    /* --- a TLS line counts for the same process, --- */
    {SMTP TLS("Verified", MX) HEAD "postfix/smtp[77]: " SENT("AAAA1", MX, ""), "AAAA1 silent\n"},
    {SMTP TLS("Verified", MX) HEAD "postfix-out/smtp[7]: " SENT("AAAA1", MX, ""), "AAAA1 silent\n"},
    /* the same host[address]:port, */
    {SMTP TLS("Verified", MX) SMTP SENT("AAAA1", "mx.a.test[192.0.2.2]:25", ""), "AAAA1 silent\n"},
    {SMTP TLS("Verified", MX) SMTP SENT("AAAA1", "mx.a.test[192.0.2.1]:26", ""), "AAAA1 silent\n"},
    {SMTP TLS("Verified", MX) SMTP SENT("AAAA1", "mx.b.test[192.0.2.1]:25", ""), "AAAA1 silent\n"},
    /* until a lost connection, "Cannot start TLS", */
    {SMTP TLS("Trusted", MX) SMTP "AAAA1: lost connection with mx.a.test[192.0.2.1] while sending "
                                  "message body\n" SMTP SENT("AAAA1", MX, ""),
     "AAAA1 silent\n"},
    {SMTP TLS("Trusted", MX) SMTP
     "AAAA1: Cannot start TLS: handshake failure\n" SMTP SENT("AAAA1", MX, ""),
     "AAAA1 silent\n"},
    {SMTP TLS("Trusted", MX) SMTP "SSL_connect error to " MX ": -1\n" SMTP SENT("AAAA1", MX, ""),
     "AAAA1 silent\n"},
    {SMTP TLS("Trusted", MX) SMTP
     "AAAA1: conversation with mx.a.test[192.0.2.1] timed out while receiving the initial "
     "server greeting\n" SMTP SENT("AAAA1", MX, ""),
     "AAAA1 silent\n"},
    /* a new connection: without reuse it is one, */
    {SMTP TLS("Verified", MX) SMTP SENT("AAAA1", MX, "") SMTP SENT("AAAA2", MX, ""),
     "AAAA1 verified\nAAAA2 silent\n"},
    {SMTP TLS("Verified", MX) SMTP SENT("AAAA1", MX, "") SMTP TLS("Untrusted", MX)
         SMTP SENT("AAAA2", MX, ""),
     "AAAA1 verified\nAAAA2 encrypted\n"},
    /* with reuse there is a line of its own; without that line the session had no TLS, */
    {SMTP TLS("Verified", MX) SMTP SENT("AAAA1", MX, "") SMTP
     "Verified TLS connection reused to " MX ": TLSv1.3\n" SMTP SENT("AAAA2", MX, "conn_use=2, "),
     "AAAA1 verified\nAAAA2 verified\n"},
    {SMTP TLS("Verified", MX) SMTP SENT("AAAA1", MX, "") SMTP SENT("AAAA2", MX, "conn_use=2, "),
     "AAAA1 verified\nAAAA2 silent\n"},
    /* another attempt, a minute later, by the same process: nobody knows */
    {SMTP TLS("Verified", MX) SMTP SENT("AAAA1", MX, "") LATER SENT("AAAA1", MX, ""),
     "AAAA1 verified\nAAAA1 unknown\n"},
    /* or another relay */
    {SMTP TLS("Verified", MX) SMTP SENT("AAAA1", "other[192.0.2.3]:25", "")
         SMTP SENT("AAAA1", MX, ""),
     "AAAA1 silent\nAAAA1 silent\n"},
    /* --- tls= of Postfix 3.11 wins --- */
    {SMTP TLS("Verified", MX) SMTP SENT("AAAA1", MX, "tls=none, "), "AAAA1 plaintext\n"},
    {SMTP SENT("AAAA1", MX, "tls=verify, "), "AAAA1 verified\n"},
    {SMTP SENT("AAAA1", MX, "tls=verify:none, "), "AAAA1 plaintext\n"},
    {SMTP SENT("AAAA1", MX, "tls=dane:encrypt, "), "AAAA1 encrypted\n"},
    {SMTP SENT("AAAA1", MX, "tls=may, "), "AAAA1 encrypted\n"},
    {SMTP SENT("AAAA1", MX, "tls=encrypt, "), "AAAA1 encrypted\n"},
    {SMTP SENT("AAAA1", MX, "tls=halfdane, "), "AAAA1 encrypted\n"},
    {SMTP SENT("AAAA1", MX, "tls=fingerprint, "), "AAAA1 verified\n"},
    {SMTP SENT("AAAA1", MX, "tls=secure/requiretls, "), "AAAA1 verified\n"},
    {SMTP SENT("AAAA1", MX, "tls=dane, "), "AAAA1 verified\n"},
    {SMTP SENT("AAAA1", MX, "tls=!verify, "), "AAAA1 unknown\n"},
    {SMTP SENT("AAAA1", MX, "tls=?verify, "), "AAAA1 unknown\n"},
    {SMTP SENT("AAAA1", MX, "tls=verify?, "), "AAAA1 unknown\n"},
    {SMTP SENT("AAAA1", MX, "tls=!encrypt/!requiretls:nostarttls, "), "AAAA1 unknown\n"},
    {SMTP SENT("AAAA1", MX, "tls=encrypt/requiretls:none, "), "AAAA1 encrypted\n"},
    {SMTP SENT("AAAA1", MX, "tls=dane-only, "), "AAAA1 verified\n"},
    {SMTP SENT("AAAA1", MX, "tls=, "), "AAAA1 unknown\n"},
    {SMTP SENT("AAAA1", MX, "tls=later, "), "AAAA1 unknown\n"},
    /* --- the clock is set back, or on; another year, which is none of the period --- */
    {LATER TLS("Verified", MX) SMTP SENT("AAAA1", MX, ""), "AAAA1 verified\n"},
    {LATER TLS("Verified", MX) LATER SENT("AAAA1", MX, "") SMTP SENT("AAAA1", MX, ""),
     "AAAA1 verified\nAAAA1 verified\n"},
    {"Nov 29 07:00:00 mx postfix/smtp[7]: " TLS("Verified", MX) SMTP SENT("AAAA1", MX, ""),
     "AAAA1 verified\n"},
    {"Nov 30 05:01:00 mx postfix/smtpd[8]: connect from " FROM "\n" SMTPD "AAAA1: client=" FROM
     "\n" QMGR "AAAA1: from=<u@a.test>, size=1\n" ENDED "starttls=1 " COUNTS,
     "<AAAA1 encrypted\n"},
    {EXIM_AT("05:00:01", "1abcde-000001-AB") "T=t " HOST OVER "yes\n" EXIM_AT(
         "04:00:00", "1abcde-000002-AB") "T=t " NEXT OVER "no\n",
     "1abcde-000001-AB verified\n1abcde-000002-AB verified\n"},
    {"Dec  2 05:00:00 mx postfix/smtp[7]: " SENT("AAAA1", MX, "tls=verify, "), ""},
    {"Dec 31 05:00:00 mx postfix/smtp[7]: " SENT("AAAA1", MX, "tls=verify, "), ""},
    /* --- the last line is being written, or was when the power went --- */
    {SMTP SENT("AAAA1", MX, "tls=verify, ") SMTP "AAAA2: to=<u@a.test>, relay=" MX
                                                 ", delay=1, dsn=2.0.0, status=sent (250 ok)",
     "AAAA1 verified\n"},
    {SMTP SENT("AAAA1", MX, "tls=verify, ") SMTP "AAAA2: to=<u@a.test>, relay=" MX ", del",
     "AAAA1 verified\n"},
    {SMTP "AAAA2: to=<u@a.test>, relay=" MX ", del\n" SMTP SENT("AAAA1", MX, "tls=verify, "),
     "AAAA1 verified\n"},
    /* --- deferred and returned --- */
    {SMTP "AAAA1: to=<u@a.test>, relay=none, delay=1, dsn=4.7.4, status=deferred (TLS is required, "
          "but was not offered by host " MX ")\n",
     ""},
    {SMTP "AAAA1: to=<u@a.test>, orig_to=<x>, relay=" MX ", delay=1, dsn=5.0.0, status=bounced "
          "(status=sent)\n",
     ""},
    /* --- received --- */
    {SMTPD "connect from " FROM "\n" SMTPD "Anonymous TLS connection established from " FROM
           ": TLSv1.3\n" SMTPD "AAAA1: client=" FROM "\n" QMGR
           "AAAA1: from=<u@a.test>, size=1, nrcpt=1\n" ENDED "starttls=1 " COUNTS,
     "<AAAA1 encrypted\n"},
    {SMTPD "connect from " FROM "\n" SMTPD "Trusted TLS connection established from " FROM
           ": TLSv1.3\n" SMTPD "AAAA1: client=" FROM ", sasl_method=PLAIN\n" QMGR
           "AAAA1: from=<u@a.test>, size=1\n",
     "<AAAA1 trusted\n"},
    {SMTPD "connect from " FROM "\n" SMTPD "AAAA1: client=" FROM "\n" QMGR
           "AAAA1: from=<u@a.test>, size=1\n" ENDED "starttls=1 " COUNTS,
     "<AAAA1 encrypted\n"},
    {SMTPD "connect from " FROM "\n" SMTPD "AAAA1: client=" FROM "\n" QMGR
           "AAAA1: from=<u@a.test>, size=1\n" ENDED COUNTS,
     "<AAAA1 plaintext\n"},
    {SMTPD "connect from " FROM "\n" SMTPD "AAAA1: client=" FROM "\n" QMGR
           "AAAA1: from=<u@a.test>, size=1\n" ENDED "starttls=0/1 " COUNTS,
     "<AAAA1 plaintext\n"},
    /* TLS began after the first message */
    {SMTPD "connect from " FROM "\n" SMTPD "AAAA1: client=" FROM "\n" QMGR
           "AAAA1: from=<u@a.test>, size=1\n" SMTPD
           "Anonymous TLS connection established from " FROM ": TLSv1.3\n" SMTPD
           "AAAA2: client=" FROM "\n" QMGR "AAAA2: from=<u@a.test>, size=1\n" ENDED
           "starttls=1 " COUNTS,
     "<AAAA1 plaintext\n<AAAA2 encrypted\n"},
    /* many messages in one session */
    {SMTPD "connect from " FROM "\n" MANY(1) MANY(2) MANY(3) MANY(4) MANY(5) MANY(6) MANY(7) MANY(8)
         MANY(9) ENDED COUNTS,
     "<AAAA9 plaintext\n<AAAA8 plaintext\n<AAAA7 plaintext\n<AAAA6 plaintext\n"
     "<AAAA5 plaintext\n<AAAA4 plaintext\n<AAAA3 plaintext\n<AAAA2 plaintext\n"
     "<AAAA1 plaintext\n"},
    /* the end of the session is not in the log, or says nothing */
    {SMTPD "connect from " FROM "\n" SMTPD "AAAA1: client=" FROM "\n" QMGR
           "AAAA1: from=<u@a.test>, size=1\n",
     "<AAAA1 unknown\n"},
    {SMTPD "AAAA1: client=" FROM "\n" QMGR "AAAA1: from=<u@a.test>, size=1\n" SMTPD
           "connect from " FROM "\n",
     "<AAAA1 unknown\n"},
    /* TLS from the first byte has no STARTTLS to count */
    {HEAD "postfix/smtps/smtpd[8]: AAAA1: client=" FROM "\n" QMGR
          "AAAA1: from=<u@a.test>, size=1\n" HEAD "postfix/smtps/smtpd[8]: disconnect from " FROM
          " ehlo=1 " COUNTS,
     "<AAAA1 unknown\n"},
    /* a session is the process's: another one has its own */
    {SMTPD "connect from " FROM "\n" SMTPD "Anonymous TLS connection established from " FROM
           ": TLSv1.3\n" SMTPD "disconnect from " FROM
           " ehlo=2 starttls=1 quit=1 commands=4\n" SMTPD "connect from " FROM "\n" SMTPD
           "AAAA1: client=" FROM "\n" QMGR "AAAA1: from=<u@a.test>, size=1\n" ENDED COUNTS,
     "<AAAA1 plaintext\n"},
    /* the same line again, also after another session has the queue id; every message is passed on
       once */
    {SMTPD "connect from " FROM "\n" SMTPD "AAAA1: client=" FROM "\n" SMTPD "AAAA2: client=" FROM
           "\n" SMTPD "AAAA1: client=" FROM "\n" QMGR "AAAA1: from=<u@a.test>, size=1\n" QMGR
           "AAAA2: from=<u@a.test>, size=1\n" ENDED "starttls=1 " COUNTS,
     "<AAAA2 encrypted\n<AAAA1 encrypted\n"},
    {SMTPD "connect from " FROM "\n" SMTPD "AAAA1: client=" FROM "\n" SMTPD "AAAA2: client=" FROM
           "\n" HEAD "postfix/smtpd[18]: AAAA1: client=" FROM "\n" SMTPD "AAAA1: client=" FROM
           "\n" ENDED "starttls=1 " COUNTS QMGR "AAAA1: from=<u@a.test>, size=1\n" QMGR
           "AAAA2: from=<u@a.test>, size=1\n",
     "<AAAA1 encrypted\n<AAAA2 encrypted\n"},
    /* mail that was not received by SMTP */
    {HEAD "postfix/pickup[5]: AAAA1: uid=0 from=<u@a.test>\n" QMGR
          "AAAA1: from=<u@a.test>, size=1\n",
     "+AAAA1 u@a.test\n"},
    {HEAD "postfix/pickup[5]: AAAA1: uid=0 from=<\"a b>\"@a.test> orig_id=AAAA0\n",
     "+AAAA1 \"a b>\"@a.test\n"},
    {HEAD "postfix/pickup[5]: AAAA1: uid=0 from=<u@a.test\n", ""},
    {HEAD "postfix/pickup[5]: warning: AAAA1: uid=0 from=<u@a.test>\n", ""},
    /* addresses that were verified, which sends nothing */
    {SMTP TLS("Verified", MX) SMTP "AAAA1: to=<u@a.test>, relay=" MX
                                   ", status=deliverable (250 ok)\n",
     "?AAAA1 verified\n"},
    {SMTP TLS("Trusted", MX) SMTP "AAAA1: to=<u@a.test>, relay=" MX
                                  ", status=undeliverable (550 no)\n",
     "!AAAA1 trusted\n"},
    /* --- Exim --- */
    {EXIM "=> u@a.test R=r T=t " HOST "X=TLS1.3:X:256 CV=yes DN=\"CN=mx, O=a b\" C=\"250 ok\"\n",
     "1abcde-000001-AB verified\n"},
    {EXIM "-> u@a.test R=r T=t " HOST "X=TLS1.3:X:256 CV=dane C=\"250 ok\"\n",
     "1abcde-000001-AB verified\n"},
    {EXIM "=> u <u@a.test> R=r T=t " HOST "X=TLS1.3:X:256 CV=no C=\"250 ok\"\n",
     "1abcde-000001-AB encrypted\n"},
    {EXIM "=> u@a.test R=r T=t " HOST "C=\"250 X=TLS1.3 CV=yes\"\n", "1abcde-000001-AB silent\n"},
    {EXIM "== u@a.test R=r T=t defer (-37): a TLS session is required\n", ""},
    {EXIM "** u@a.test R=r T=t: all hosts failed\n", ""},
    {EXIM "<= u@a.test H=out.a.test (x) [192.0.2.9] P=esmtps X=TLS1.3:X:256 CV=yes S=1\n",
     "<1abcde-000001-AB verified\n"},
    {EXIM "<= u@a.test H=out.a.test [192.0.2.9] P=esmtps S=1\n", "<1abcde-000001-AB encrypted\n"},
    {EXIM "<= u@a.test H=out.a.test [192.0.2.9] P=esmtp S=1\n", "<1abcde-000001-AB plaintext\n"},
    {EXIM "<= u@a.test U=root P=local S=1\n", ""},
    {"2026-11-30 05:00:00 1abcde-0000000abcd-0001 => u@a.test R=r T=t " HOST
     "X=TLS1.3:X:256 CV=yes\n",
     "1abcde-0000000abcd-0001 verified\n"},
    {HEAD "exim[7]: " EXIM "=> u@a.test R=r T=t " HOST "X=TLS1.3:X:256 CV=yes\n",
     "1abcde-000001-AB verified\n"},
    /* syslog_timestamp is off; a line that is too long for one of syslog */
    {HEAD "exim[7]: [7] " EXIM_ID "=> u@a.test R=r T=t " HOST "X=TLS1.3:X:256 CV=yes\n",
     "1abcde-000001-AB verified\n"},
    {HEAD "exim[7]: [1\\2] " EXIM "=> u@a.test R=r T=t " HOST "X=TLS1.3:X:256 CV=no\n",
     "1abcde-000001-AB encrypted\n"},
    {HEAD "exim[7]: [1/2] " EXIM "=> u@a.test R=r T=t " HOST "X=TLS1.3:X:256 CV=yes C=\"2\n" HEAD
          "exim[7]: [2/2] 50 ok\"\n",
     "1abcde-000001-AB verified\n"},
    {HEAD "exim[7]: [1/2] " EXIM "=> u@a.test R=r T=t " HOST "X=TLS1.3:X:256 CV=no C=\"2\n",
     "1abcde-000001-AB encrypted\n"},
    {HEAD "exim[7]: [1/2] [7] " EXIM_ID "=> u@a.test R=r T=t " HOST "X\n",
     "1abcde-000001-AB unknown\n"},
    {HEAD "exim[7]: [1/2] " EXIM "<= u@a.test H=out.a.test [192.0.2.9] P=esmtp\n",
     "<1abcde-000001-AB unknown\n"},
    {HEAD "exim[7]: [2/2] " EXIM "=> u@a.test R=r T=t " HOST "X=TLS1.3:X:256 CV=yes\n", ""},
    {HEAD "exim[7]: [7 " EXIM_ID "=> u@a.test R=r T=t " HOST "X=TLS1.3:X:256 CV=yes\n", ""},
    /* a connection that was there already: what the transport has come to with the host before */
    {EXIM_AT("05:00:00", "1abcde-000001-AB") "T=t " HOST OVER "yes\n" EXIM_AT(
         "05:00:01", "1abcde-000002-AB") "T=t " NEXT OVER "no\n",
     "1abcde-000001-AB verified\n1abcde-000002-AB verified\n"},
    {EXIM_AT("05:00:00", "1abcde-000001-AB") "T=t " HOST OVER "no\n" EXIM_AT(
         "05:00:01", "1abcde-000002-AB") "T=t " NEXT OVER "no\n",
     "1abcde-000001-AB encrypted\n1abcde-000002-AB encrypted\n"},
    /* another transport, or host; nothing before; in plaintext; CV=yes is believed */
    {EXIM_AT("05:00:00", "1abcde-000001-AB") "T=t " HOST OVER "yes\n" EXIM_AT(
         "05:00:01", "1abcde-000002-AB") "T=other " NEXT OVER "no\n",
     "1abcde-000001-AB verified\n1abcde-000002-AB unknown\n"},
    {EXIM_AT("05:00:00", "1abcde-000001-AB") "T=t H=mx.a.test [192.0.2.2]:25 " OVER "yes\n" EXIM_AT(
         "05:00:01", "1abcde-000002-AB") "T=t " NEXT OVER "no\n",
     "1abcde-000001-AB verified\n1abcde-000002-AB unknown\n"},
    {EXIM_AT("05:00:01", "1abcde-000002-AB") "T=t " NEXT OVER "no\n", "1abcde-000002-AB unknown\n"},
    {EXIM_AT("05:00:00", "1abcde-000001-AB") "T=t " HOST OVER "yes\n" EXIM_AT(
         "05:00:01", "1abcde-000002-AB") "T=t " NEXT "\n",
     "1abcde-000001-AB verified\n1abcde-000002-AB silent\n"},
    {EXIM_AT("05:00:01", "1abcde-000002-AB") "T=t " NEXT OVER "yes\n",
     "1abcde-000002-AB verified\n"},
    /* the level has changed within the hour */
    {EXIM_AT("03:00:00", "1abcde-000001-AB") "T=t " HOST OVER "no\n" EXIM_AT(
         "04:00:01", "1abcde-000002-AB") "T=t " HOST
         OVER "yes\n" EXIM_AT("05:00:00", "1abcde-000003-AB") "T=t " NEXT OVER "no\n" EXIM_AT(
             "05:00:01", "1abcde-000004-AB") "T=t " NEXT OVER "no\n",
     "1abcde-000001-AB encrypted\n1abcde-000002-AB verified\n1abcde-000003-AB unknown\n"
     "1abcde-000004-AB verified\n"},
    /* --- lines that are to be read as nothing, or not to end anything --- */
    {SMTP "AAAA1: to=<u@a.test>, relay=" MX "\n", ""},
    {SMTP SENT("warning", MX, ""), ""},
    {SMTP SENT("NOQUEUE", MX, ""), ""},
    {SMTP "AAAA1: to=<\"a>, relay=" MX
          ", status=sent (\"@a.test>, relay=none, status=deferred (x)\n",
     ""},
    {"\n\n \n" SMTP SENT("AAAA1", MX, "tls=none, "), "AAAA1 plaintext\n"},
    {SMTP SENT("AAAA1", MX, "tls=none, ") SMTP "AAAA2: to=<u@a.test>, rel", "AAAA1 plaintext\n"},
    {"Nov 28 05:00:00 mx postfix/smtp[7]: " SENT("AAAA1", MX, "tls=none, "), ""},
};

struct recorder {
    struct text out;
    maillog_owner_of *owner_of;
};

static void record(void *ctx, const struct maillog_delivery *d)
{
    static const char *const words[] = {"unknown",   "silent",  "plaintext",
                                        "encrypted", "trusted", "verified"};
    static const char *const marks[] = {
        [MAILLOG_SENT] = "", [MAILLOG_DELIVERABLE] = "?", [MAILLOG_UNDELIVERABLE] = "!"};
    struct recorder *r = ctx;

    ck_assert_ptr_eq(d->owner, r->owner_of ? r : NULL);
    if (d->status == MAILLOG_DEFERRED || d->status == MAILLOG_BOUNCED)
        return;
    if (d->address.len == 0 || !memchr(d->peer.at, '[', d->peer.len))
        return;
    text_addf(&r->out, "%s%.*s %s\n", d->inbound ? "<" : marks[d->status], (int)d->queue_id.len,
              d->queue_id.at, words[d->tls]);
}

static void record_submission(void *ctx, const struct maillog_submission *s)
{
    struct recorder *r = ctx;

    text_addf(&r->out, "+%.*s %.*s\n", (int)s->queue_id.len, s->queue_id.at, (int)s->sender.len,
              s->sender.at);
}

/* Reads the text of a log. */
static void read_text(const char *text, size_t len, struct recorder *r, struct maillog_summary *s)
{
    char path[64];
    const char *const paths[] = {path};
    struct pool_watch watch;
    struct maillog_config c = {.paths = paths,
                               .path_count = 1,
                               .since = NOW - DAY,
                               .now = NOW,
                               .watch = &watch,
                               .sink = record,
                               .owner_of = r->owner_of,
                               .owners = r,
                               .submission_sink = record_submission,
                               .ctx = r};
    struct error e;

    unit_file(text, len, path);
    pool_watch_init(&watch, deadline_in_ms(60000));
    text_init(&r->out, 1024 * 1024);
    ck_assert(maillog_read(&c, s, &e));
    unlink(path);
}

START_TEST(lines_come_to_messages)
{
    struct recorder r = {0};
    struct maillog_summary s;

    setenv("TZ", "UTC", 1);
    read_text(cases[_i].log, strlen(cases[_i].log), &r, &s);
    ck_assert_str_eq(text_str(&r.out), cases[_i].want);
    text_free(&r.out);
}
END_TEST

/* Every service by itself, and only what it logged in the period. */
START_TEST(services_log_tls_or_not)
{
    static const char log[] = "Nov 29 05:30:00 mx postfix-old/smtp[7]: " TLS("Verified", MX)
        SMTP TLS("Verified", MX) HEAD "postfix-b/smtp[7]: " SENT("AAAA1", MX, "") HEAD
        "postfix-c/smtp[7]: " SENT("AAAA1", MX, "tls=verify, ") HEAD
        "exim[7]: [1/2] " EXIM "=> u@a.test R=r T=t " HOST "X=TLS1.3:X:256 C\n";
    struct recorder r = {0};
    struct maillog_summary s;
    char got[256] = "";

    setenv("TZ", "UTC", 1);
    read_text(log, sizeof log - 1, &r, &s);
    for (size_t i = 0; i < s.service_count; i++) {
        strcat(got, s.services[i].name);
        strcat(got, s.services[i].logs_tls ? " yes\n" : " no\n");
    }
    ck_assert_str_eq(got, "postfix-old/smtp no\npostfix/smtp yes\npostfix-b/smtp no\n"
                          "postfix-c/smtp yes\nexim yes\n");
    text_free(&r.out);
}
END_TEST

/* Many blocks, read by several threads: what comes out is in the log's order. NULs, and a line of a
 * megabyte, are passed over. */
START_TEST(blocks_are_taken_in_order)
{
    enum { MESSAGES = 20000, LONG = 1024 * 1024 };
    struct text log, want;
    struct recorder r = {0};
    struct maillog_summary s;
    char *huge = malloc(LONG + 1);

    setenv("TZ", "UTC", 1);
    memset(huge, 'x', LONG);
    huge[LONG] = '\0';
    text_init(&log, 64 * 1024 * 1024);
    text_init(&want, 64 * 1024 * 1024);
    for (int i = 0; i < MESSAGES; i++) {
        text_add(&log, SMTP);
        text_addf(&log, TLS("Verified", "m%d[192.0.2.1]:25"), i);
        if (i == MESSAGES / 2)
            text_addf(&log, "%s\n" HEAD "%c%s\n", huge, 1, huge);
        text_add(&log, SMTP);
        text_addf(&log, SENT("A%05d", "m%d[192.0.2.1]:25", ""), i, i);
        text_addf(&want, "A%05d verified\n", i);
    }
    read_text(log.s, log.len, &r, &s);
    ck_assert_str_eq(text_str(&r.out), text_str(&want));
    ck_assert_uint_eq(s.unknown, 2);
    text_free(&log);
    text_free(&want);
    text_free(&r.out);
    free(huge);
}
END_TEST

/* A line of a block's size, with its newline, is read wherever it is; a longer one is not. */
START_TEST(a_line_is_as_long_as_a_block)
{
    enum { BLOCK = 512 * 1024 };
    static const char begins[] = SMTP "AAAA1: to=<u@a.test>, relay=" MX ", tls=none, status=sent (";
    struct text log;
    struct recorder r = {0};
    struct maillog_summary s;
    char *rest = malloc(BLOCK + 1);

    setenv("TZ", "UTC", 1);
    text_init(&log, 2 * BLOCK);
    for (int i = 0; i < _i / 2 * 1000; i++)
        text_add(&log, SMTP "a line before\n");
    memset(rest, 'x', BLOCK);
    rest[BLOCK - sizeof begins + (size_t)(_i % 2)] = '\0';
    text_addf(&log, "%s%s\n" SMTP SENT("AAAA2", MX, "tls=none, "), begins, rest);
    read_text(log.s, log.len, &r, &s);
    ck_assert_str_eq(text_str(&r.out),
                     _i % 2 ? "AAAA2 plaintext\n" : "AAAA1 plaintext\nAAAA2 plaintext\n");
    ck_assert_int_eq((int)s.unknown, _i % 2);
    text_free(&log);
    text_free(&r.out);
    free(rest);
}
END_TEST

/* Of a test's recorder, which is ctx, is everything at a.test. */
static void *owner_of(void *ctx, struct span address)
{
    return span_find(address, "@a.test") < address.len ? ctx : NULL;
}

/* Messages of nobody are not passed on; their lines count all the same: the first TLS line is that
 * of the message to b.test. */
START_TEST(messages_of_nobody_are_followed_only)
{
    static const char log[] = SMTP TLS("Verified", MX) SMTP
        "BBBB1: to=<u@b.test>, relay=" MX ", status=sent (250 ok)\n" SMTP SENT("AAAA1", MX, "")
            SMTPD "connect from " FROM "\n" SMTPD "AAAA2: client=" FROM "\n" QMGR
                  "AAAA2: from=<u@a.test>, size=1\n" SMTPD "BBBB2: client=" FROM "\n" QMGR
                  "BBBB2: from=<u@b.test>, size=1\n" ENDED "starttls=1 " COUNTS EXIM
                  "<= u@b.test H=x [192.0.2.9] P=esmtps X=TLS1.3:X:256 CV=no\n" EXIM
                  "<= u@a.test H=x [192.0.2.9] P=esmtps X=TLS1.3:X:256 CV=no\n";
    struct recorder r = {.owner_of = owner_of};
    struct maillog_summary s;

    setenv("TZ", "UTC", 1);
    read_text(log, sizeof log - 1, &r, &s);
    ck_assert_str_eq(text_str(&r.out),
                     "AAAA1 silent\n<AAAA2 encrypted\n<1abcde-000001-AB encrypted\n");
    text_free(&r.out);
}
END_TEST

START_TEST(a_nul_ends_nothing)
{
    static const char log[] = SMTP "x\0y\n" SMTP SENT("AAAA1", MX, "tls=none, ");
    struct recorder r = {0};
    struct maillog_summary s;

    setenv("TZ", "UTC", 1);
    read_text(log, sizeof log - 1, &r, &s);
    ck_assert_str_eq(text_str(&r.out), "AAAA1 plaintext\n");
    ck_assert_uint_eq(s.lines, 2);
    text_free(&r.out);
}
END_TEST

START_TEST(a_log_that_is_not_there_is_an_error)
{
    static const char *const paths[] = {"/nonexistent/mail.log"};
    struct pool_watch watch;
    struct maillog_config c = {.paths = paths, .path_count = 1, .watch = &watch, .sink = record};
    struct maillog_summary s;
    struct error e;

    pool_watch_init(&watch, deadline_in_ms(60000));
    ck_assert(!maillog_read(&c, &s, &e));
    ck_assert_int_eq(e.cause, ERROR_FILE);
}
END_TEST

UNIT_CASE(maillog, {lines_come_to_messages, COUNT(cases)}, {services_log_tls_or_not, 1},
          {blocks_are_taken_in_order, 1}, {a_line_is_as_long_as_a_block, 4},
          {messages_of_nobody_are_followed_only, 1}, {a_nul_ends_nothing, 1},
          {a_log_that_is_not_there_is_an_error, 1})
