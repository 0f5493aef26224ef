/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/trust_store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/tls/trust_lab.h"
#include "unit/unit.h"

/* The contents of the file when the store is made count. */
START_TEST(bundle_is_read_once)
{
    struct trust_lab l = {0};
    char elsewhere[64];

    trust_lab_open(&l, (const enum who[]){LEAF, INTER}, 2, ROOT);
    trust_lab_trust(&l, &(struct trust_config){.env_file = l.ca_file, .env_dir = "/nonexistent"});
    pki_file(&l.certs[STRANGER].x, 1, elsewhere);
    ck_assert_int_eq(rename(elsewhere, l.ca_file), 0);
    trust_lab_is_trusted(&l, l.now);
    unlink(l.ca_file);
    trust_lab_is_trusted(&l, l.now);
    trust_lab_close(&l);
}
END_TEST

START_TEST(bundle_with_junk)
{
    struct trust_lab l = {0};
    struct error e = {0};
    char path[64];
    FILE *file;

    trust_lab_open(&l, (const enum who[]){LEAF, INTER}, 2, STRANGER);
    pki_file((X509 *[]){l.certs[STRANGER].x, l.certs[ROOT].x, l.certs[ROOT].x /* no fault */}, 3,
             path);
    file = fopen(path, "a");
    fputs("# a comment\n", file);
    fflush(file);
    trust_lab_trust(&l, &(struct trust_config){.ca_file = path});
    trust_lab_is_trusted(&l, l.now);
    fputs("-----BEGIN CERTIFICATE-----\nnone\n", file);
    fclose(file);
    ck_assert_ptr_null(trust_new(&(struct trust_config){.ca_file = path}, &e));
    ck_assert_ptr_nonnull(strstr(e.text, path));
    ck_assert_ptr_nonnull(strstr(e.text, "line "));
    unlink(path);
    trust_lab_close(&l);
}
END_TEST

struct racer {
    struct trust_lab *lab;
    size_t faults;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    struct trust_query q = {.now = r->lab->now, .names = trust_lab_names, .name_count = 1};
    struct trust_facts f;

    r->faults = 99;
    if (trust_verify(r->lab->trust, r->lab->chain, &q, &f)) {
        r->faults = f.pkix.count;
        trust_facts_clear(&f);
    }
    return NULL;
}

START_TEST(bundle_by_many_threads)
{
    struct trust_lab l = {0};
    struct racer racers[8];
    pthread_t threads[8];

    trust_lab_open(&l, (const enum who[]){LEAF, INTER}, 2, ROOT);
    for (int i = 0; i < 8; i++) {
        racers[i].lab = &l;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_uint_eq(racers[i].faults, 0);
    }
    trust_lab_close(&l);
}
END_TEST

START_TEST(ca_directory)
{
    struct trust_lab l = {0};
    char dir[] = "/tmp/unit.dir.XXXXXX", file[96];
    struct trust_config config = {.ca_dir = dir};
    struct error e = {0};

    trust_lab_open(&l, (const enum who[]){LEAF, INTER}, 2, STRANGER);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    trust_lab_trust(&l, &config); /* nothing hashed in it */
    ck_assert_ptr_nonnull(strstr(trust_empty(l.trust), dir));
    config.ca_dir = "/nowhere";
    ck_assert_ptr_null(trust_new(&config, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "/nowhere"));
    config.ca_dir = dir;
    unlink(l.ca_file);
    pki_file(&l.certs[ROOT].x, 1, l.ca_file);
    snprintf(file, sizeof file, "%s/%08lx.0", dir,
             X509_NAME_hash_ex(X509_get_subject_name(l.certs[ROOT].x), NULL, NULL, NULL));
    ck_assert_int_eq(rename(l.ca_file, file), 0);
    trust_lab_trust(&l, &config);
    trust_lab_is_trusted(&l, l.now);
    unlink(file);
    rmdir(dir);
    trust_lab_close(&l);
}
END_TEST

/* Roots of one name are all read, those that a FIFO keeps us from are not waited for. */
START_TEST(ca_directory_with_fifo)
{
    struct trust_lab l = {0};
    char dir[] = "/tmp/unit.dir.XXXXXX", file[96], fifo[96], list[128];
    unsigned long hash;

    trust_lab_open(&l, (const enum who[]){LEAF, INTER}, 2, STRANGER);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    hash = X509_NAME_hash_ex(X509_get_subject_name(l.certs[ROOT].x), NULL, NULL, NULL);
    unlink(l.ca_file);
    pki_file(&l.certs[ROOT].x, 1, l.ca_file);
    snprintf(file, sizeof file, "%s/%08lx.0", dir, hash);
    snprintf(fifo, sizeof fifo, "%s/%08lx.1", dir, hash);
    snprintf(list, sizeof list, "/nonexistent:%s", dir);
    ck_assert_int_eq(rename(l.ca_file, file), 0);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    trust_lab_trust(&l, &(struct trust_config){.ca_dir = list});
    trust_lab_is_trusted(&l, l.now);
    unlink(file);
    unlink(fifo);
    rmdir(dir);
    trust_lab_close(&l);
}
END_TEST
UNIT_CASE(trust_store, {bundle_is_read_once, 1}, {bundle_with_junk, 1}, {bundle_by_many_threads, 1},
          {ca_directory, 1}, {ca_directory_with_fifo, 1})
