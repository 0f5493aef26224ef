/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_files.h"

#include <fcntl.h>
#include <lzma.h>
#include <pthread.h>
#include <stdatomic.h>
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
    put_text("mail.log.5", "6 ", 0);
    put_text("mail.log.6", "too old ", -1);
    put_text("mail.log.old", "another ", 10);
    put_text("mail.logs.1", "another ", 10);
    put_text("mail.log.1a", "another ", 10);
    expect("6 5 4 3 2 1 ");
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

/* logrotate's copytruncate copies the log, and then truncates it. Or the log was renamed and
 * compressed after it was opened: then the file has its time. */
START_TEST(a_copy_is_not_read_twice)
{
    struct place p;

    begin(&p);
    put_text("mail.log", "11 12 13 ", 400);
    put_text("mail.log.1", "11 12 ", 400);
    put_text("mail.log.2", "9 10 ", 300);
    expect("9 10 11 12 13 ");
    put_text("mail.log.1", "11 12 13 ", 400);
    expect("9 10 11 12 13 ");
    put_text("mail.log", "", 410);
    expect("9 10 11 12 13 ");
    put_text("mail.log", "14 ", 420);
    expect("9 10 11 12 13 14 ");
    ck_assert_int_eq(unlink("mail.log.1"), 0);
    put_gzip("mail.log.1.gz", "14 ", 420);
    expect("9 10 14 ");
    put_gzip("mail.log.1.gz", "13 ", 419);
    expect("9 10 13 14 ");
    end(&p);
}
END_TEST

/* Its lines are in another file by then, which nobody has opened. */
START_TEST(a_log_that_is_truncated_under_way_is_an_error)
{
    enum { SIZE = 65536 };
    struct place p;
    struct maillog_files f = {0};
    struct error e = {0};
    char *text = malloc(SIZE);
    size_t got = 1;
    bool ok;

    begin(&p);
    memset(text, 'x', SIZE);
    put("mail.log", text, SIZE, 300);
    ck_assert(maillog_files_add(&f, "mail.log", SINCE, &e));
    ck_assert_int_eq(truncate("mail.log", 0), 0);
    do
        ok = maillog_stream_read(f.at[0].stream, text, SIZE, &got, &e);
    while (ok && got > 0);
    ck_assert(!ok);
    ck_assert_str_eq(e.text, "\"mail.log\": was truncated while it was read");
    maillog_files_close(&f);
    free(text);
    end(&p);
}
END_TEST

/* Generations of a log of five numbers each, which are rotated and compressed as logrotate does. */
struct rotation {
    atomic_bool over;
    atomic_int begun, ended; /* how many */
};

static void rotate(struct rotation *r)
{
    char line[128] = "", old[256] = "";
    int generation = r->begun++;
    FILE *f;

    rename("mail.log.3.gz", "mail.log.4.gz");
    rename("mail.log.2.gz", "mail.log.3.gz");
    rename("mail.log.1", "mail.log.2");
    rename("mail.log", "mail.log.1");
    for (int i = 0; i < 5; i++)
        snprintf(line + strlen(line), sizeof line - strlen(line), "%d ", 5 * generation + i);
    put_text("mail.log", line, generation);
    f = fopen("mail.log.2", "r");
    if (f) {
        old[fread(old, 1, sizeof old - 1, f)] = '\0';
        fclose(f);
        put_gzip("mail.log.2.gz", old, generation - 2);
        unlink("mail.log.2");
    }
    r->ended++;
}

static void *rotate_on(void *ctx)
{
    struct rotation *r = ctx;

    while (!r->over) {
        rotate(r);
        usleep(3000);
    }
    return NULL;
}

/* The numbers are there one after the other, none twice, from the first that is left. */
static void expect_sequence(const char *text)
{
    char *end;
    long last = strtol(text, &end, 10);

    for (const char *at = end; *at && at[1]; at = end) {
        long next = strtol(at, &end, 10);

        ck_assert_msg(next == last + 1, "%ld after %ld in %s", next, last, text);
        last = next;
    }
}

START_TEST(nothing_is_lost_while_files_are_rotated)
{
    enum { ROUNDS = 100 };
    struct rotation r = {.over = false};
    int judged = 0;
    struct place p;
    pthread_t thread;
    char got[4096];

    begin(&p);
    for (int i = 0; i < 8; i++)
        rotate(&r);
    ck_assert_int_eq(pthread_create(&thread, NULL, rotate_on, &r), 0);
    while (judged < ROUNDS) {
        struct maillog_files f = {0};
        struct error e;
        int ended = r.ended, begun;

        ck_assert_msg(maillog_files_add(&f, "mail.log", 0, &e), "%s", e.text);
        begun = r.begun;
        read_all(&f, got, sizeof got);
        if (begun == ended + 1) { /* one rotation, which may be over or not */
            expect_sequence(got);
            judged++;
        }
        maillog_files_close(&f);
    }
    r.over = true;
    pthread_join(thread, NULL);
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
          {a_rotation_under_way_loses_and_repeats_nothing, 1}, {a_copy_is_not_read_twice, 1},
          {a_log_that_is_truncated_under_way_is_an_error, 1},
          {nothing_is_lost_while_files_are_rotated, 1}, {the_form_is_recognised_by_the_content, 1},
          {what_is_damaged_is_an_error, 3}, {only_regular_files_are_read, 1})
