/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/mta_files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mta/mta_program.h"
#include "unit/unit.h"

#define PEM(base64) "-----BEGIN CERTIFICATE-----\n" base64 "\n-----END CERTIFICATE-----\n"

static const struct {
    const char *text, *own;
    enum mta_files_ca want;
} files[] = {
    {"", NULL, MTA_FILES_CA_EMPTY},
    {"-----BEGIN CERTIFICATE-----\nAAAA\n", NULL, MTA_FILES_CA_EMPTY},
    {"-----END CERTIFICATE-----\n", NULL, MTA_FILES_CA_EMPTY},
    {"-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n", NULL, MTA_FILES_CA_GOOD},
    {PEM("AAAA"), NULL, MTA_FILES_CA_GOOD},
    {PEM("AAAA"), "", MTA_FILES_CA_GOOD},
    {PEM("AAAA"), PEM("AAAA"), MTA_FILES_CA_OWN},
    {PEM("AA\nAA"), "text\n" PEM("A A\tA\r\nA"), MTA_FILES_CA_OWN},
    {PEM("AAAA"), PEM("BBBB"), MTA_FILES_CA_GOOD},
    {PEM("AAAA"), PEM("BBBB") PEM("AAAA"), MTA_FILES_CA_OWN},
    {PEM("AAAA") PEM("BBBB"), PEM("AAAA"), MTA_FILES_CA_GOOD},
    {PEM("BBBB") PEM("AAAA"), PEM("AAAA"), MTA_FILES_CA_GOOD},
    {PEM("AAAA"), PEM("AAAA") PEM("BBBB"), MTA_FILES_CA_OWN},
    {PEM("AAAA") PEM("AAAA"), PEM("AAAA"), MTA_FILES_CA_OWN},
    {PEM("AAAA") "-----BEGIN TRUSTED CERTIFICATE-----\n", PEM("AAAA"), MTA_FILES_CA_OWN},
};

START_TEST(file)
{
    char path[64], own[64];

    unit_file(files[_i].text, strlen(files[_i].text), path);
    if (files[_i].own)
        unit_file(files[_i].own, strlen(files[_i].own), own);
    ck_assert_int_eq(mta_files_ca(path, files[_i].own ? own : NULL), files[_i].want);
    unlink(path);
    if (files[_i].own)
        unlink(own);
}
END_TEST

START_TEST(not_read)
{
    char path[64], below[80], *text;

    unit_file(PEM("AAAA"), strlen(PEM("AAAA")), path);
    snprintf(below, sizeof below, "%s/x", path);
    ck_assert_int_eq(mta_files_ca("/none/ca.pem", NULL), MTA_FILES_CA_MISSING);
    ck_assert_int_eq(mta_files_ca(below, NULL), MTA_FILES_CA_MISSING);
    ck_assert_int_eq(mta_files_ca("/tmp", NULL), MTA_FILES_CA_DENIED);
    ck_assert_int_eq(mta_files_ca("/dev/null", NULL), MTA_FILES_CA_DENIED);
    ck_assert_int_eq(mta_files_ca(path, "/none/own.pem"), MTA_FILES_CA_GOOD);
    ck_assert_int_eq(truncate(path, 8 * 1024 * 1024), 0);
    ck_assert_int_eq(mta_files_read(path, &text), MTA_FILE_READ);
    ck_assert_str_eq(text, PEM("AAAA")); /* the rest is zeros */
    free(text);
    ck_assert_int_eq(truncate(path, 8 * 1024 * 1024 + 1), 0);
    ck_assert_int_eq(mta_files_read(path, &text), MTA_FILE_DENIED);
    ck_assert_ptr_null(text);
    unlink(path);
}
END_TEST

static const struct {
    const char *name;
    enum mta_files_ca want;
} names[] = {
    {"8d6437c3.0", MTA_FILES_CA_GOOD},   {"8d6437c3.12", MTA_FILES_CA_GOOD},
    {"00000000.9", MTA_FILES_CA_GOOD},   {"8d6437c3.r0", MTA_FILES_CA_EMPTY},
    {"8d6437c3.", MTA_FILES_CA_EMPTY},   {"8d6437c3", MTA_FILES_CA_EMPTY},
    {"8d6437c30", MTA_FILES_CA_EMPTY},   {"8d6437c3x0", MTA_FILES_CA_EMPTY},
    {"8d6437c.0", MTA_FILES_CA_EMPTY},   {"8d6437c3a.0", MTA_FILES_CA_EMPTY},
    {"8D6437C3.0", MTA_FILES_CA_EMPTY},  {"ca.pem", MTA_FILES_CA_EMPTY},
    {"x8d6437c3.0", MTA_FILES_CA_EMPTY}, {"8d6437c3.-", MTA_FILES_CA_EMPTY},
};

START_TEST(directory)
{
    char dir[] = "/tmp/unit-files-XXXXXX", path[64];
    int fd;

    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(mta_files_ca_directory(dir), MTA_FILES_CA_EMPTY);
    snprintf(path, sizeof path, "%s/%s", dir, names[_i].name);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_int_eq(mta_files_ca_directory(dir), names[_i].want);
    ck_assert_int_eq(mta_files_ca_directory(path), MTA_FILES_CA_MISSING);
    unlink(path);
    rmdir(dir);
    ck_assert_int_eq(mta_files_ca_directory(dir), MTA_FILES_CA_MISSING);
}
END_TEST

/* --- how a program ended --- */

static const struct {
    enum process_end end;
    int status;
    const char *said;
    enum mta_fact_code code;
    const char *value, *text;
} ends[] = {
    {PROCESS_EXITED, 0, "postconf: warning: x\n", MTA_TIME_OVER, NULL, NULL},
    {PROCESS_EXITED, 1, "postconf: fatal: no\nmore\n", MTA_PROGRAM_FAILED, "status 1", NULL},
    {PROCESS_EXITED, 75, "", MTA_PROGRAM_FAILED, "status 75", ""},
    {PROCESS_SIGNALED, 9, "", MTA_PROGRAM_FAILED, "signal 9", ""},
    {PROCESS_MISSING, 0, "x", MTA_PROGRAM_MISSING, "", ""},
    {PROCESS_DENIED, 0, "x", MTA_PROGRAM_DENIED, "", ""},
    {PROCESS_TIMEOUT, 0, "x", MTA_PROGRAM_TIMEOUT, "", ""},
    {PROCESS_TOO_LONG, 0, "x", MTA_PROGRAM_TOO_LONG, "", ""},
    {PROCESS_STOPPED, 0, "x", MTA_TIME_OVER, "", ""},
};

START_TEST(program)
{
    struct process_result r = {.end = ends[_i].end, .status = ends[_i].status, .left = 12};
    struct mta_fact_list l = {0};
    struct mta_server s;

    mta_facts_init(&s, MTA_POSTFIX, "/etc/postfix");
    strcpy(r.path, "/usr/sbin/postconf");
    text_init(&r.err, 1000);
    text_add(&r.err, ends[_i].said);
    ck_assert_int_eq(mta_program_failed(&s, &l, "postconf", &r), ends[_i].value != NULL);
    ck_assert_uint_eq(l.count, ends[_i].value != NULL);
    if (l.count > 0) {
        ck_assert_int_eq(l.at[0].code, ends[_i].code);
        ck_assert_str_eq(l.at[0].source.key, "postconf");
        ck_assert_str_eq(l.at[0].source.file, "/usr/sbin/postconf");
        ck_assert_str_eq(l.at[0].source.value, ends[_i].value);
        ck_assert_str_eq(l.at[0].text, ends[_i].text ? ends[_i].text : "fatal: no");
    }
    /* what runs on is the server's */
    ck_assert_uint_eq(s.facts.count, 1);
    ck_assert_int_eq(s.facts.at[0].code, MTA_PROGRAM_LEFT);
    ck_assert_str_eq(s.facts.at[0].source.key, "postconf");
    ck_assert_str_eq(s.facts.at[0].source.value, "12");
    r.left = 0;
    mta_program_left(&s, "postconf", &r);
    ck_assert_uint_eq(s.facts.count, 1);
    free(l.at);
    text_free(&r.err);
    mta_facts_free(&s);
}
END_TEST

UNIT_CASE(mta_files, {file, COUNT(files)}, {not_read, 1}, {directory, COUNT(names)},
          {program, COUNT(ends)})
