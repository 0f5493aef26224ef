/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/mail_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
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
    {"Temporary lookup error", MAIL_QUEUE_OURS},
    {"host mx.a.test[192.0.2.1] said: 451 4.3.0 Temporary lookup error", MAIL_QUEUE_OTHER},
    {"TLS is required, but unavailable", MAIL_QUEUE_OURS},
    {"DANE TLS: dane-only configured with dnssec lookups disabled", MAIL_QUEUE_OURS},
    {"mx.a.test: dane-only configured, but no requisite library support", MAIL_QUEUE_OURS},
    {"mx.a.test: dane-only configured with MX lookup errors ignored", MAIL_QUEUE_OURS},
    {"mx.a.test: dns resolver options incompatible with dane-only TLS", MAIL_QUEUE_OURS},
    {"REQUIRETLS policy configuration error. The last attempted server was mx.a.test",
     MAIL_QUEUE_OURS},
    {"no TLSA records found", MAIL_QUEUE_PARTNERS},
    {"TLSA records unusable", MAIL_QUEUE_PARTNERS},
    {"non DNSSEC destination", MAIL_QUEUE_PARTNERS},
    {"Verification not possible, MX RRset is insecure", MAIL_QUEUE_PARTNERS},
    {"connect to mx.a.test[192.0.2.1]:25: Connection timed out", MAIL_QUEUE_OTHER},
    {"host mx.a.test[192.0.2.1] said: 450 4.7.1 Greylisted (in reply to RCPT TO command)",
     MAIL_QUEUE_OTHER},
    {"lost connection with mx.a.test[192.0.2.1] while performing the EHLO handshake",
     MAIL_QUEUE_OTHER},
    {"", MAIL_QUEUE_OTHER},
    /* the partner's words */
    {"host mx.a.test[192.0.2.1] said: 450 client TLS configuration problem (in reply to EHLO)",
     MAIL_QUEUE_OTHER},
    {"host mx.a.test[192.0.2.1] said: 450 Cannot start TLS", MAIL_QUEUE_OTHER},
    {"TLS is required, but host mx.a.test[192.0.2.1] refused to start TLS: 454 TLS engine is "
     "unavailable",
     MAIL_QUEUE_PARTNERS},
    {"SMTP error from remote mail server after RCPT TO:<u@a.test>: 450 DANE error",
     MAIL_QUEUE_OTHER},
    {"SMTP error from remote mail server after STARTTLS: 450 (SSL_CTX_new): timed out",
     MAIL_QUEUE_PARTNERS},
    {"SMTP error from remote mail server after", MAIL_QUEUE_OTHER},
    /* Exim */
    {"a TLS session is required, but the server did not offer TLS support", MAIL_QUEUE_PARTNERS},
    {"H=mx.a.test [192.0.2.1]: a TLS session is required, but an attempt to start TLS failed",
     MAIL_QUEUE_PARTNERS},
    {"TLS session: (certificate verification failed): certificate invalid", MAIL_QUEUE_PARTNERS},
    {"SMTP error from remote mail server after STARTTLS: 454 4.7.0 no", MAIL_QUEUE_PARTNERS},
    {"Remote host closed connection in response to TLS-on-connect", MAIL_QUEUE_PARTNERS},
    {"DANE error: tlsa lookup DEFER", MAIL_QUEUE_PARTNERS},
    {"TLS session: (gnutls_handshake): rxd alert: Internal error", MAIL_QUEUE_PARTNERS},
    {"TLS session: (SSL_connect): error:0A000410", MAIL_QUEUE_PARTNERS},
    {"TLS session: (cert/key setup: cert=/c key=/k): no such file", MAIL_QUEUE_OURS},
    {"TLS session: (setting certificate trust): no such file", MAIL_QUEUE_OURS},
    {"TLS session: (gnutls_certificate_set_x509_crl_file): no such file", MAIL_QUEUE_OURS},
    {"TLS session: (gnutls_credentials_set): x", MAIL_QUEUE_OURS},
    {"TLS session: (gnutls_priority_init(NORMAL:X) failed at offset 7): x", MAIL_QUEUE_OURS},
    {"TLS session: (gnutls_global_init): x", MAIL_QUEUE_OURS},
    {"TLS session: (gnutls_init): x", MAIL_QUEUE_OURS},
    {"TLS session: (SSL_CTX_load_verify_locations): error:80000002", MAIL_QUEUE_OURS},
    {"TLS session: (X509_STORE_load_locations): error:80000002", MAIL_QUEUE_OURS},
    {"TLS session: (openssl_options parsing failed)", MAIL_QUEUE_OURS},
    {"TLS session: (library init): x", MAIL_QUEUE_OURS},
    {"TLS session: (context init): x", MAIL_QUEUE_OURS},
    {"TLS session: (gnutls_handshake): timed out", MAIL_QUEUE_OTHER},
    {"TLS session: (SSL_connect): timed out", MAIL_QUEUE_OTHER},
    {"Connection timed out", MAIL_QUEUE_OTHER},
};

START_TEST(a_reason_is_whose)
{
    ck_assert_int_eq(mail_queue_cause(span_of(cases[_i].reason)), cases[_i].want);
}
END_TEST

static void count(void *ctx, const struct mail_queue_entry *entry)
{
    (void)entry;
    ++*(int *)ctx;
}

/* A queue that could not be asked is not an empty one. */
START_TEST(without_a_process_is_an_error)
{
    struct error postfix = {0}, exim = {0};
    int entries = 0;
    rlim_t limit = unit_forbid_files();
    bool by_postfix = mail_queue_postfix("/", deadline_in_ms(10000), count, &entries, &postfix);
    bool by_exim = mail_queue_exim("default", deadline_in_ms(10000), count, &entries, &exim);

    unit_allow_files(limit);
    ck_assert(!by_postfix && !by_exim);
    ck_assert(*postfix.text && *exim.text);
    ck_assert_int_eq(entries, 0);
}
END_TEST

/* --- programs that print a queue --- */

/* "id time address reason;" */
static void show(void *ctx, const struct mail_queue_entry *e)
{
    text_addf(ctx, "%.*s %ld %.*s %.*s;", (int)e->queue_id.len, e->queue_id.at, (long)e->arrived,
              (int)e->address.len, e->address.at, (int)e->reason.len, e->reason.at);
}

static const struct {
    const char *program, *configuration, *body; /* "": Postfix, else Exim's */
    const char *want;                           /* after "!": of the error */
} queues[] = {
    {"exim", "default",
     "[ \"$*\" = -bpr ] && cat <<E\n 1h  2K 1wTqVc-000000-AB <u@a.test>\n"
     "        D d@a.test\n          v@a.test\n          w@a.test\n\n"
     " 1h  2K zzzzzz-00000000000-00AB <>\n          x@a.test\nE\n",
     "1wTqVc-000000-AB 1780273680 v@a.test ;1wTqVc-000000-AB 1780273680 w@a.test ;"
     "zzzzzz-00000000000-00AB 56800235583 x@a.test ;"},
    {"exim", "default", "printf ' 1h 2K 1wTq_c-000000-AB <>\\n  v@a.test\\n'\n",
     "1wTq_c-000000-AB 0 v@a.test ;"},
    {"exim", "default", "printf ' 1h 2K 1wTqVcx000000-AB <>\\n  v@a.test\\n'\n", ""},
    {"exim", "default", "printf ' 1h 2K 1wTqVc-000000-A <>\\n  v@a.test\\n'\n", ""},
    {"exim", "default", "printf '  v@a.test\\n'\n", ""},
    {"exim4", "default", "printf ' 1h 2K 1wTqVc-000000-AB <>\\n  v@a.test\\n'\n",
     "1wTqVc-000000-AB 1780273680 v@a.test ;"},
    {"exim", "/c", "[ \"$*\" = '-C /c -bpr' ] && printf ' 1h 2K 1wTqVc-000000-AB <>\\n  v\\n'\n",
     "1wTqVc-000000-AB 1780273680 v ;"},
    {"exim4", "/c", "exit 0\n", "!exim -bpr"},
    {"exim", "default", "echo 'exim: permission denied' >&2; exit 1\n",
     "!; add the monitoring user to the group Debian-exim"},
    {"exim", "default", "echo 'exim: you are not an Exim user' >&2; exit 1\n",
     "!; add the monitoring user to the group Debian-exim"},
    {"exim", "default", "echo 'exim: no' >&2; exit 1\n", "!exim: no"},
    {"postqueue", "",
     "[ \"$*\" = '-c /c -j' ] && echo '{\"queue_id\": \"A\", \"arrival_time\": 5, "
     "\"recipients\": [{\"address\": \"u@a.test\", \"delay_reason\": \"no\"}, {}]}'\n",
     "A 5 u@a.test no;A 5  ;"},
    {"postqueue", "", "echo '{}'; echo '{\"recipients\": [{\"address\": \"v\"}]}'\n", " 0 v ;"},
    {"postqueue", "", "echo '{\"recipients\": [{\"address\": \"v\"}]}'; echo x\n",
     " 0 v ;!postqueue -j printed a line that is not JSON"},
    {"postqueue", "", "exit 0\n", ""},
    {"postqueue", "", "echo 'postqueue: fatal: not allowed to view the mail queue' >&2; exit 1\n",
     "!; add the monitoring user to authorized_mailq_users"},
    {"postqueue", "", "echo 'postqueue: fatal: see alternate_config_directories' >&2; exit 1\n",
     "!; name the directory in alternate_config_directories of the default main.cf"},
};

START_TEST(queue)
{
    struct error e = {0};
    struct text got;
    struct unit_program p;
    const char *error = strchr(queues[_i].want, '!');
    size_t len = strcspn(queues[_i].want, "!");
    instant deadline = deadline_in_ms(30000);
    bool ok;

    unit_program_make(&p, queues[_i].program, queues[_i].body);
    text_init(&got, 10000);
    ok = *queues[_i].configuration
             ? mail_queue_exim(queues[_i].configuration, deadline, show, &got, &e)
             : mail_queue_postfix("/c", deadline, show, &got, &e);
    unit_program_drop(&p);
    ck_assert_msg(ok == !error, "%d: \"%s\"", _i, e.text);
    ck_assert_msg(strlen(text_str(&got)) == len &&
                      strncmp(text_str(&got), queues[_i].want, len) == 0,
                  "%d: \"%s\"", _i, text_str(&got));
    ck_assert_msg(!error || strstr(e.text, error + 1), "%d: \"%s\"", _i, e.text);
    ck_assert_msg(!error || error[1] == ';' || !strchr(e.text, ';'), "%d: \"%s\"", _i, e.text);
    text_free(&got);
}
END_TEST

UNIT_CASE(mail_queue, {a_reason_is_whose, COUNT(cases)}, {without_a_process_is_an_error, 1},
          {queue, COUNT(queues)})
