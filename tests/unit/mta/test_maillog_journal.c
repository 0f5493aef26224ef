/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "mta/maillog.h"
#include "unit/mta/fake_journal.h"
#include "unit/unit.h"

#define MACHINE "0123456789abcdef0123456789abcdef"
#define SECOND UINT64_C(1000000)

enum { SINCE = 1700000000 };

/* --- a directory of files --- */

/* Names, those of directories with a '/' at the end; "old-" in a name: of before the period. */
static const char *const names[] = {
    MACHINE "/",
    MACHINE ".space/",
    MACHINE "0/",
    "other/",
    "system.journal",
    "user.journal~",
    "old-system.journal",
    "journal",
    "x.journals",
    MACHINE "/a.journal",
    MACHINE ".space/b.journal",
    MACHINE "0/c.journal",
    "other/d.journal",
    MACHINE "/" MACHINE "/",
    MACHINE "/" MACHINE "/e.journal",
};

static char dir[32];

static void make_files(void)
{
    char path[200];

    snprintf(dir, sizeof dir, "/tmp/unit-journal-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    for (int i = 0; i < COUNT(names); i++) {
        const struct timespec written = {.tv_sec = strstr(names[i], "old-") ? SINCE - 1 : SINCE};
        const struct timespec times[] = {written, written};

        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        if (path[strlen(path) - 1] == '/') {
            ck_assert_int_eq(mkdir(path, 0700), 0);
            continue;
        }
        fclose(fopen(path, "w"));
        ck_assert_int_eq(utimensat(0, path, times, 0), 0);
    }
}

static void drop_files(void)
{
    char path[200];

    for (int i = COUNT(names) - 1; i >= 0; i--) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        ck_assert_int_eq(remove(path), 0);
    }
    rmdir(dir);
}

/* --- reading --- */

static bool is_postfix(struct span tag)
{
    return span_find(tag, "postfix/") == 0;
}

static void record(void *ctx, const struct maillog_line *line, time_t at)
{
    text_addf(ctx, "%ld %.*s[%u] %.*s\n", (long)(at - SINCE), (int)line->tag.len, line->tag.at,
              line->pid, (int)line->text.len, line->text.at);
}

/* Reads what fake_journal has, out of `from`, and compares what comes, or the error. */
static struct maillog_journal_counts read_from(const char *from, const char *want)
{
    struct pool_watch watch;
    struct maillog_journal_counts counts;
    struct error e = {0};
    struct text out;
    const struct maillog_journal j = {.directory = from,
                                      .from = SINCE,
                                      .watch = &watch,
                                      .is_wanted = is_postfix,
                                      .sink = record,
                                      .ctx = &out};

    text_init(&out, 1 << 20);
    pool_watch_init(&watch, deadline_in_ms(60000));
    if (!maillog_journal_read(&j, &counts, &e))
        text_addf(&out, "%s: %s", e.cause == ERROR_FILE ? "file" : "memory", e.text);
    ck_assert_str_eq(text_str(&out), want);
    ck_assert_int_eq(fake_journal.live, 0);
    text_free(&out);
    return counts;
}

static const struct fake_journal_entry entries[] = {
    {(SINCE - 1) * SECOND, "postfix/smtp", "1", NULL, "before the period"},
    {SINCE * SECOND, "postfix/smtp", "12", "13", "first"},
    {SINCE * SECOND + 1, "sshd", "1", NULL, "another's"},
    {(SINCE + 1) * SECOND - 1, "postfix/smtpd", NULL, "14", "_PID"},
    {(SINCE + 2) * SECOND, "postfix/qmgr", NULL, NULL, "no process"},
    {(SINCE + 3) * SECOND, "postfix/qmgr", "1234567890", NULL, "a long number"},
    {(SINCE + 4) * SECOND, "postfix/qmgr", "12x", NULL, "no number"},
    {(SINCE + 5) * SECOND, "postfix/qmgr", "1", NULL, NULL},
    {(SINCE + 6) * SECOND, "postfix/qmgr", "1", NULL, ""},
    {(SINCE + 7) * SECOND, "postfix/a2345678901234567890123456789012345678901234567890123456", "0",
     NULL, "an identifier of 64 bytes"},
    {(SINCE + 8) * SECOND, "postfix/a23456789012345678901234567890123456789012345678901234567", "0",
     NULL, "one of 65"},
    {0},
};

static void begin(const struct fake_journal_entry *list)
{
    fake_journal = (struct fake_journal){.entries = list};
    make_files();
}

START_TEST(wanted_entries_of_the_period)
{
    struct maillog_journal_counts counts;

    begin(entries);
    counts = read_from(
        dir, "0 postfix/smtp[12] first\n0 postfix/smtpd[14] _PID\n2 postfix/qmgr[0] no process\n"
             "3 postfix/qmgr[123456789] a long number\n4 postfix/qmgr[12] no number\n"
             "7 postfix/a2345678901234567890123456789012345678901234567890123456[0] "
             "an identifier of 64 bytes\n");
    ck_assert_uint_eq(counts.entries, 8);
    ck_assert_uint_eq(counts.unknown, 2);
    ck_assert_uint_eq(fake_journal.from, SINCE);
    ck_assert_uint_eq(fake_journal.text, MAILLOG_JOURNAL_TEXT);
    ck_assert_str_eq(fake_journal.opened, "a.journal b.journal system.journal user.journal~ ");
    drop_files();
}
END_TEST

/* --- what there is not --- */

static const struct fake_journal_entry others[] = {{SINCE * SECOND, "sshd", "1", NULL, "x"}, {0}};

START_TEST(nothing_of_a_mail_server)
{
    static const char want[] =
        "file: no mail server has logged to the journal; give the log file by --log";

    begin(others);
    read_from(dir, want);
    fake_journal.entries = entries + COUNT(entries) - 1;
    read_from(dir, want);
    drop_files();
}
END_TEST

START_TEST(files_that_are_all_old)
{
    char path[64];

    fake_journal = (struct fake_journal){.entries = entries};
    snprintf(dir, sizeof dir, "/tmp/unit-journal-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/x.journal", dir);
    fclose(fopen(path, "w"));
    ck_assert_int_eq(
        utimensat(0, path, (const struct timespec[]){{SINCE - 1, 0}, {SINCE - 1, 0}}, 0), 0);
    read_from(dir, "file: no mail server has logged to the journal; give the log file by --log");
    ck_assert_uint_eq(fake_journal.opens, 0);
    unlink(path);
    rmdir(dir);
}
END_TEST

START_TEST(this_machine)
{
    begin(entries);
    read_from(NULL, "file: this machine has no journal in /var/log/journal or /run/log/journal");
    fake_journal.machine = -ENOENT;
    read_from(NULL, "file: this machine has no journal: no /etc/machine-id");
    drop_files();
}
END_TEST

#define THIS "abababababababababababababababab" /* the fake's machine */

/* Makes a directory below `dir`, and files in it. */
static void make_directory(const char *name, const char *const *files)
{
    char command[300];

    for (; *files; files++) {
        snprintf(command, sizeof command, "d=%s/%s; mkdir -p $d && >$d/%s", dir, name, *files);
        ck_assert_int_eq(system(command), 0);
    }
}

/* Of both directories, the files of the services: not those of users, nor of other machines. */
START_TEST(the_system_journal)
{
    static const char *const kept[] = {"system.journal", "system@1.journal~", "user-1.journal",
                                       "x.journal",      "system.old",        NULL};
    static const char *const volatiles[] = {"system@2.journal", "user-2.journal", NULL};
    static const struct fake_journal_entry log[] = {
        {SINCE * SECOND, "postfix/smtp", "12", NULL, "sent"}, {0}};
    char command[64];

    fake_journal = (struct fake_journal){.entries = log, .root = dir};
    snprintf(dir, sizeof dir, "/tmp/unit-journal-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    make_directory("var/log/journal/" THIS, kept);
    make_directory("run/log/journal/" THIS, volatiles);
    make_directory("var/log/journal/" MACHINE, kept);
    read_from(NULL, "0 postfix/smtp[12] sent\n");
    ck_assert_str_eq(fake_journal.opened, "system.journal system@1.journal~ system@2.journal ");
    fake_journal.seek = -EBADMSG;
    read_from(NULL, "file: \"system journal\": is damaged");
    snprintf(command, sizeof command, "rm -r %s", dir);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* --- what fails --- */

static const struct {
    int status;
    const char *want; /* after the name */
} faults[] = {
    {-EBADMSG, "is damaged"},
    {-ENODATA, "is damaged"},
    {-EPROTONOSUPPORT,
     "was written by a later version of systemd, or is compressed in another way"},
    {-EACCES, "Permission denied"},
};

START_TEST(a_file_that_cannot_be_opened)
{
    char want[200];

    begin(entries);
    fake_journal.bad = "system";
    fake_journal.open = faults[_i].status;
    snprintf(want, sizeof want, "file: \"%s/system.journal\": %s", dir, faults[_i].want);
    read_from(dir, want);
    /* a rotation renames files between the look and the opening */
    ck_assert_uint_eq(fake_journal.opens, 3 * (1 + 3));
    drop_files();
}
END_TEST

START_TEST(no_memory_to_open)
{
    begin(entries);
    fake_journal.bad = "system";
    fake_journal.open = -ENOMEM;
    read_from(dir, "memory: out of memory");
    drop_files();
}
END_TEST

/* The second look finds what the first did not. */
START_TEST(a_rotation)
{
    begin(others);
    fake_journal.bad = "system";
    fake_journal.open = -ENOENT;
    fake_journal.good_after = 1;
    read_from(dir, "file: no mail server has logged to the journal; give the log file by --log");
    drop_files();
}
END_TEST

static int *const calls[] = {&fake_journal.unique, &fake_journal.threshold, &fake_journal.seek,
                             &fake_journal.match, &fake_journal.next};

START_TEST(a_call_that_fails)
{
    static const struct fake_journal_entry none[] = {
        {(SINCE - 1) * SECOND, "postfix/smtp", "1", NULL, "x"}, {0}};
    char want[200];

    begin(none);
    *calls[_i] = -EACCES;
    snprintf(want, sizeof want, "file: \"%s\": Permission denied", dir);
    read_from(dir, want);
    drop_files();
}
END_TEST

START_TEST(as_many_services_as_may_be)
{
    static struct fake_journal_entry many[MAILLOG_JOURNAL_TAGS + 2];
    static char tags[MAILLOG_JOURNAL_TAGS + 1][24];

    for (int i = 0; i <= MAILLOG_JOURNAL_TAGS; i++) {
        snprintf(tags[i], sizeof tags[i], "postfix/%d", i);
        many[i] = (struct fake_journal_entry){(SINCE - 1) * SECOND, tags[i], "1", NULL, "x"};
    }
    begin(many);
    read_from(dir, "file: more than 256 services of mail servers log to the journal");
    many[MAILLOG_JOURNAL_TAGS].at = 0;
    read_from(dir, "");
    drop_files();
}
END_TEST

/* --- what the entries come to --- */

static void keep(void *ctx, const struct maillog_delivery *d)
{
    text_addf(ctx, "%ld %.*s %d\n", (long)(d->at - SINCE), (int)d->queue_id.len, d->queue_id.at,
              (int)d->tls);
}

START_TEST(entries_come_to_messages)
{
    static const struct fake_journal_entry log[] = {
        {(SINCE + 1) * SECOND, "postfix/smtp", "7", NULL,
         "Verified TLS connection established to mx.a.test[192.0.2.1]:25: TLSv1.3 with cipher X"},
        {(SINCE + 2) * SECOND, "postfix/smtp", "7", NULL, "a line that says nothing"},
        {(SINCE + 3) * SECOND, "postfix/smtp", "7", NULL,
         "AAAA1: to=<u@a.test>, relay=mx.a.test[192.0.2.1]:25, delay=1, delays=0/0/1/0, "
         "dsn=2.0.0, status=sent (250 ok)"},
        {(SINCE + 4) * SECOND, "exim", "9", NULL,
         "1abcde-000001-AB => u@a.test R=r T=t H=mx.a.test [192.0.2.1]:25 X=TLS1.3:X:256 CV=yes"},
        {(SINCE + 4) * SECOND, "sendmail", "9", NULL, "AAAA2: to=<u@a.test>"},
        {0}};
    struct pool_watch watch;
    struct maillog_summary s;
    struct error e = {0};
    struct text out;
    struct maillog_config c = {.journal = true,
                               .since = SINCE,
                               .now = SINCE + 86400,
                               .watch = &watch,
                               .sink = keep,
                               .ctx = &out};
    char want[80];

    begin(log);
    c.journal_directory = dir;
    text_init(&out, 1000);
    pool_watch_init(&watch, deadline_in_ms(60000));
    ck_assert_msg(maillog_read(&c, &s, &e), "%s", e.text);
    snprintf(want, sizeof want, "3 AAAA1 %d\n4 1abcde-000001-AB %d\n", MAILLOG_VERIFIED,
             MAILLOG_VERIFIED);
    ck_assert_str_eq(text_str(&out), want);
    ck_assert_uint_eq(s.lines, 4);
    fake_journal.seek = -EBADMSG;
    ck_assert(!maillog_read(&c, &s, &e));
    ck_assert_int_eq(e.cause, ERROR_FILE);
    text_free(&out);
    drop_files();
}
END_TEST

UNIT_CASE(maillog_journal, {wanted_entries_of_the_period, 1}, {nothing_of_a_mail_server, 1},
          {files_that_are_all_old, 1}, {this_machine, 1}, {the_system_journal, 1},
          {a_file_that_cannot_be_opened, COUNT(faults)}, {no_memory_to_open, 1}, {a_rotation, 1},
          {a_call_that_fails, COUNT(calls)}, {as_many_services_as_may_be, 1},
          {entries_come_to_messages, 1})
