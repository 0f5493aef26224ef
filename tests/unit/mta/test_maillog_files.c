/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_files.h"

#include <fcntl.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "unit/unit.h"

enum { SINCE = 1000000 };

struct place {
    char dir[64], cwd[256];
};

static void begin(struct place *p)
{
    strcpy(p->dir, "/tmp/mailtls-log-XXXXXX");
    ck_assert_ptr_nonnull(getcwd(p->cwd, sizeof p->cwd));
    ck_assert_ptr_nonnull(mkdtemp(p->dir));
    ck_assert_int_eq(chdir(p->dir), 0);
}

static void end(struct place *p)
{
    char command[128];

    ck_assert_int_eq(chdir(p->cwd), 0);
    snprintf(command, sizeof command, "rm -r %s", p->dir);
    ck_assert_int_eq(system(command), 0);
}

/* A file that was last written `age` seconds after SINCE. */
static void put(const char *name, const void *data, size_t len, long age)
{
    struct timespec times[2] = {{.tv_sec = SINCE + age}, {.tv_sec = SINCE + age}};
    FILE *f = fopen(name, "w");

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, len, f), len);
    fclose(f);
    ck_assert_int_eq(utimensat(AT_FDCWD, name, times, 0), 0);
}

static void put_gzip(const char *name, const char *text, long age)
{
    unsigned char out[512];
    z_stream z = {.next_in = (unsigned char *)text,
                  .avail_in = (uInt)strlen(text),
                  .next_out = out,
                  .avail_out = sizeof out};

    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    put(name, out, sizeof out - z.avail_out, age);
    deflateEnd(&z);
}

static void put_xz(const char *name, const char *text, long age)
{
    unsigned char out[512];
    size_t len = 0;

    ck_assert_int_eq(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, (const uint8_t *)text,
                                             strlen(text), out, &len, sizeof out),
                     LZMA_OK);
    put(name, out, len, age);
}

static void put_zstd(const char *name, const char *text, long age)
{
    unsigned char out[512];
    size_t len = ZSTD_compress(out, sizeof out, text, strlen(text), 3);

    ck_assert(!ZSTD_isError(len));
    put(name, out, len, age);
}

static void put_text(const char *name, const char *text, long age)
{
    put(name, text, strlen(text), age);
}

/* What the files have, one after the other. */
static void read_all(struct maillog_files *f, char *out, size_t cap)
{
    size_t len = 0, got = 0;
    struct error e;

    for (size_t i = 0; i < f->count; i++) {
        do {
            ck_assert(maillog_stream_read(f->at[i].stream, out + len, cap - 1 - len, &got, &e));
            len += got;
        } while (got > 0);
    }
    out[len] = '\0';
}

static void expect(const char *want)
{
    struct maillog_files f = {0};
    struct error e;
    char got[4096];

    ck_assert_msg(maillog_files_add(&f, "mail.log", SINCE, &e), "%s", e.text);
    read_all(&f, got, sizeof got);
    ck_assert_str_eq(got, want);
    maillog_files_close(&f);
}

START_TEST(rotated_files_come_first)
{
    struct place p;

    begin(&p);
    put_text("mail.log", "1 ", 400);
    put_text("mail.log.1", "2 ", 300);
    put_gzip("mail.log.2.gz", "3 ", 200);
    put_xz("mail.log.3.xz", "4 ", 100);
    put_zstd("mail.log.4.zst", "5 ", 50);
    put_text("mail.log.5", "too old ", -1);
    put_text("mail.log.old", "another ", 10);
    put_text("mail.logs.1", "another ", 10);
    expect("5 4 3 2 1 ");
    end(&p);
}
END_TEST

START_TEST(dates_are_names_of_rotated_files)
{
    struct place p;

    begin(&p);
    put_text("mail.log", "1 ", 400);
    put_text("mail.log-20261130", "2 ", 300);
    put_xz("mail.log-20261129.xz", "3 ", 300);
    expect("3 2 1 ");
    end(&p);
}
END_TEST

/* mail.log is renamed and not there again yet; a file is compressed beside itself; a file has two
 * names. */
START_TEST(a_rotation_under_way_loses_and_repeats_nothing)
{
    struct place p;

    begin(&p);
    put_text("mail.log.1", "1 ", 300);
    put_text("mail.log.2", "2 ", 200);
    put_gzip("mail.log.2.gz", "2 ", 200);
    ck_assert_int_eq(link("mail.log.1", "mail.log.0"), 0);
    ck_assert_int_eq(link("mail.log.1", "mail.log.7"), 0);
    expect("2 1 ");
    end(&p);
}
END_TEST

/* Two members, as `cat a.gz b.gz` makes them; and the name says nothing about the form. */
START_TEST(the_form_is_recognised_by_the_content)
{
    struct place p;
    char command[] = "cat a b >mail.log";

    begin(&p);
    put_gzip("a", "1 ", 300);
    put_gzip("b", "2 ", 300);
    ck_assert_int_eq(system(command), 0);
    expect("1 2 ");
    end(&p);
}
END_TEST

START_TEST(what_is_damaged_is_an_error)
{
    static const char *const heads[] = {"\x1f\x8bxxxxxxxxxxxxxxxx", "\xfd\x37zXZxxxxxxxxxxxxx",
                                        "\x28\xb5\x2f\xfdxxxxxxxxxxxxxx"};
    struct place p;
    struct maillog_files f = {0};
    struct error e = {0};
    char buf[64];
    size_t got = 1;
    bool ok;

    begin(&p);
    put_text("mail.log", heads[_i], 300);
    ck_assert(maillog_files_add(&f, "mail.log", SINCE, &e));
    do
        ok = maillog_stream_read(f.at[0].stream, buf, sizeof buf, &got, &e);
    while (ok && got > 0);
    ck_assert(!ok);
    ck_assert_ptr_nonnull(strstr(e.text, "is damaged"));
    maillog_files_close(&f);
    end(&p);
}
END_TEST

START_TEST(only_regular_files_are_read)
{
    struct place p;
    struct maillog_files f = {0};
    struct error e;

    begin(&p);
    ck_assert_int_eq(mkfifo("mail.log", 0600), 0);
    ck_assert(!maillog_files_add(&f, "mail.log", SINCE, &e));
    ck_assert_str_eq(e.text, "\"mail.log\": is not a regular file");
    maillog_files_close(&f);
    ck_assert(!maillog_files_add(&f, "missing.log", SINCE, &e));
    ck_assert_str_eq(e.text, "\"missing.log\": No such file or directory");
    maillog_files_close(&f);
    end(&p);
}
END_TEST

UNIT_CASE(maillog_files, {rotated_files_come_first, 1}, {dates_are_names_of_rotated_files, 1},
          {a_rotation_under_way_loses_and_repeats_nothing, 1},
          {the_form_is_recognised_by_the_content, 1}, {what_is_damaged_is_an_error, 3},
          {only_regular_files_are_read, 1})
