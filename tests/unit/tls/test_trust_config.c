/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/trust.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/unit.h"

/* Where there is a hashed directory no bundle is parsed, unless the administrator named one. */
START_TEST(paths)
{
    char dir[] = "/tmp/unit.dir.XXXXXX", file[64], list[64];
    const struct {
        const char *name;
        struct trust_config config;
        const char *file, *dir;
    } table[] = {
        {"a hashed directory", {.env_dir = dir}, NULL, dir},
        {"one of several", {.env_dir = list}, NULL, list},
        {"and a bundle that is named", {.env_dir = dir, .env_file = "f"}, "f", dir},
        {"no such directory", {.env_dir = "/nonexistent"}, X509_get_default_cert_file(), NULL},
        {"nor that, but a bundle", {.env_dir = "/nonexistent", .env_file = "f"}, "f", NULL},
        {"--ca-file", {.ca_file = "own", .env_dir = dir, .env_file = "f"}, "own", NULL},
        {"--ca-dir", {.ca_dir = "own", .env_dir = dir, .env_file = "f"}, NULL, "own"},
    };

    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/0123abcd.0", dir);
    snprintf(list, sizeof list, "/nonexistent:%s", dir);
    fclose(fopen(file, "w"));
    for (int i = 0; i < COUNT(table); i++) {
        const char *got_file, *got_dir;

        trust_paths(&table[i].config, &got_file, &got_dir);
        ck_assert_msg(table[i].file ? got_file && strcmp(got_file, table[i].file) == 0 : !got_file,
                      "%s: file %s", table[i].name, got_file);
        ck_assert_msg(table[i].dir ? got_dir && strcmp(got_dir, table[i].dir) == 0 : !got_dir,
                      "%s: directory %s", table[i].name, got_dir);
    }
    unlink(file);
    rmdir(dir);
}
END_TEST

static const struct {
    const char *option;
    struct trust_config config;
} bad_files[] = {
    {"--ca-file", {.ca_file = "/nonexistent/ca.pem"}},
    {"--ca-file", {.ca_file = "/dev/null"}},
    {"--ca-file", {.ca_file = "/"}},
    {"--ca-dir", {.ca_dir = "/nonexistent"}},
    {"--ca-dir", {.ca_dir = "/dev/null"}},
    {"--client-cert", {.client_cert = "/nonexistent/cert.pem"}},
    {"--client-cert", {.client_cert = "/dev/null", .client_key = "/dev/null"}},
};

START_TEST(bad_file)
{
    struct trust_config config = bad_files[_i].config;
    struct error e = {0};

    ck_assert_ptr_null(trust_new(&config, &e));
    ck_assert_int_eq(e.cause, ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(e.text, bad_files[_i].option));
    ck_assert_ptr_nonnull(strchr(e.text, '/'));
}
END_TEST

UNIT_CASE(trust_config, {paths, 1}, {bad_file, COUNT(bad_files)})
