/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/unit.h"

#define SMTP "smtp unix - - n - - smtp"
#define SMTPD "smtp inet n - n - - smtpd"

static const struct {
    const char *main, *master;
    const char *networks, *name;
    char delimiter;
    bool client, server;
} cases[] = {
    {"", SMTP "\n", "", "postfix", '+', false, false},
    {"mynetworks = 127.0.0.0/8 10.0.0.0/8\nsyslog_name = out\n", SMTP "\n",
     "127.0.0.0/8 10.0.0.0/8", "out", '+', false, false},
    {"recipient_delimiter = -+\n", SMTP "\n", "", "postfix", '+', false, false},
    {"recipient_delimiter = -_\n", SMTP "\n", "", "postfix", '-', false, false},
    {"smtp_tls_loglevel = 1\n", SMTP "\n", "", "postfix", '+', true, false},
    {"smtpd_tls_loglevel = 2\n", SMTP "\n", "", "postfix", '+', false, true},
    {"smtp_tls_loglevel = 0\nsmtpd_tls_loglevel = 0\n", SMTP "\n", "", "postfix", '+', false,
     false},
    /* a service of master.cf that does not log, of the client or of the server */
    {"smtp_tls_loglevel = 1\nsmtpd_tls_loglevel = 1\n", SMTP " -o smtp_tls_loglevel=0\n", "",
     "postfix", '+', false, true},
    {"smtp_tls_loglevel = 1\nsmtpd_tls_loglevel = 1\n", SMTPD " -o smtpd_tls_loglevel=0\n", "",
     "postfix", '+', true, false},
    {"smtp_tls_loglevel = 1\nsmtpd_tls_loglevel = 1\n", SMTP " -o smtp_tls_loglevel=2\n", "",
     "postfix", '+', true, true},
};

static void put(const char *dir, const char *name, const char *text)
{
    char path[80];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static void drop(const char *dir)
{
    char path[80];

    snprintf(path, sizeof path, "%s/main.cf", dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/master.cf", dir);
    unlink(path);
    rmdir(dir);
}

START_TEST(settings)
{
    char dir[] = "/tmp/unit-settings-XXXXXX";
    struct maillog_settings s;
    struct error e = {0};

    setenv("MAILTLS_TEST_PROGRAMS", "tests/gateway/programs", 1);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    put(dir, "main.cf", cases[_i].main);
    put(dir, "master.cf", cases[_i].master);
    ck_assert_msg(maillog_settings_ask(dir, deadline_in_ms(60000), &s, &e), "%s", e.text);
    drop(dir);
    ck_assert_str_eq(s.networks, cases[_i].networks);
    ck_assert_str_eq(s.syslog_name, cases[_i].name);
    ck_assert_int_eq(s.delimiter, cases[_i].delimiter);
    ck_assert_int_eq(s.client_logs, cases[_i].client);
    ck_assert_int_eq(s.server_logs, cases[_i].server);
}
END_TEST

static const struct {
    const char *service;
    bool inbound, client, server, logs;
} services[] = {
    {"out/smtp", false, true, false, true},       {"out/lmtp", false, true, false, true},
    {"out/smtp", false, false, true, false},      {"out/smtpd", true, false, true, true},
    {"out/smtpd", true, true, false, false},      {"out/smtp", true, true, true, false},
    {"out/smtpd", false, true, true, false},      {"postfix/smtp", false, true, true, false},
    {"out/relay/smtp", false, true, true, false}, {"out/qmgr", false, true, true, false},
};

START_TEST(whether_a_service_logs)
{
    const struct maillog_settings s = {.syslog_name = "out",
                                       .client_logs = services[_i].client,
                                       .server_logs = services[_i].server};

    ck_assert_int_eq(maillog_settings_logs(&s, services[_i].service, services[_i].inbound),
                     services[_i].logs);
}
END_TEST

UNIT_CASE(maillog_settings, {settings, COUNT(cases)}, {whether_a_service_logs, COUNT(services)})
