/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/tls_profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/unit.h"

#define HEAD "[profile]\ndocument = A guideline\nedition = 1\ndate = 2026-11-30\n"

static const char text[] =
    HEAD "[versions]\nsource = table 1\nrequired = TLSv1.3\nallowed = TLSv1.2\nforbidden = TLSv1\n"
         "[cipher-suites]\nallowed = TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384\n"
         "phase-out = AES128-SHA\nuntil-2026 = TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\n"
         "[groups]\n"
         "[key-sizes]\nrsa = 3072\nrsa-phase-out = 2048\nec = 250\n";

/* 2025-12-31, 2026-01-01, 2026-12-31 and 2027-01-01, the last or the first second of each. */
enum { Y2025 = 1767225599, Y2026 = 1767225600, Y2026_END = 1798761599, Y2027 = 1798761600 };

static const struct {
    enum tls_code_kind kind;
    unsigned number;
    time_t now;
    enum tls_profile_rating want;
} rates[] = {
    {TLS_CODE_VERSION, 0x0304, Y2026, TLS_PROFILE_ALLOWED},
    {TLS_CODE_VERSION, 0x0303, Y2026, TLS_PROFILE_ALLOWED},
    {TLS_CODE_VERSION, 0x0301, Y2026, TLS_PROFILE_FORBIDDEN},
    {TLS_CODE_VERSION, 0x0302, Y2026, TLS_PROFILE_FORBIDDEN}, /* not listed */
    {TLS_CODE_SUITE, 0x1302, Y2026, TLS_PROFILE_ALLOWED},
    {TLS_CODE_SUITE, 0x002f, Y2026, TLS_PROFILE_PHASE_OUT},
    {TLS_CODE_SUITE, 0x009e, Y2025, TLS_PROFILE_ALLOWED},
    {TLS_CODE_SUITE, 0x009e, Y2026, TLS_PROFILE_PHASE_OUT},
    {TLS_CODE_SUITE, 0x009e, Y2026_END, TLS_PROFILE_PHASE_OUT},
    {TLS_CODE_SUITE, 0x009e, Y2027, TLS_PROFILE_FORBIDDEN},
    {TLS_CODE_GROUP, 23, Y2026, TLS_PROFILE_FORBIDDEN},       /* an empty section */
    {TLS_CODE_SIGNATURE, 0x0201, Y2026, TLS_PROFILE_ALLOWED}, /* no section */
};

START_TEST(rate)
{
    struct error e = {0};
    struct tls_profile *p = tls_profile_read("dir/mine.ini", text, strlen(text), &e);

    ck_assert_msg(p != NULL, "%s", e.text);
    ck_assert_str_eq(p->name, "mine");
    ck_assert_str_eq(p->document, "A guideline");
    ck_assert_str_eq(p->sets[TLS_CODE_VERSION].source, "table 1");
    ck_assert_int_eq(tls_profile_rate(p, rates[_i].kind, rates[_i].number, rates[_i].now),
                     rates[_i].want);
    tls_profile_free(p);
}
END_TEST

static const struct {
    enum tls_profile_key key;
    unsigned bits;
    enum tls_profile_rating want;
} rated_sizes[] = {
    {TLS_PROFILE_RSA, 3072, TLS_PROFILE_ALLOWED},   {TLS_PROFILE_RSA, 3071, TLS_PROFILE_PHASE_OUT},
    {TLS_PROFILE_RSA, 2048, TLS_PROFILE_PHASE_OUT}, {TLS_PROFILE_RSA, 2047, TLS_PROFILE_FORBIDDEN},
    {TLS_PROFILE_EC, 250, TLS_PROFILE_ALLOWED},     {TLS_PROFILE_EC, 249, TLS_PROFILE_FORBIDDEN},
    {TLS_PROFILE_DH, 1, TLS_PROFILE_ALLOWED},
};

START_TEST(rate_size)
{
    struct error e = {0};
    struct tls_profile *p = tls_profile_read("mine.ini", text, strlen(text), &e);

    ck_assert_int_eq(tls_profile_rate_size(p, rated_sizes[_i].key, rated_sizes[_i].bits),
                     rated_sizes[_i].want);
    tls_profile_free(p);
}
END_TEST

START_TEST(requires_number)
{
    struct error e = {0};
    struct tls_profile *p = tls_profile_read("mine.ini", text, strlen(text), &e);

    ck_assert(tls_profile_requires(p, TLS_CODE_VERSION, 0x0304));
    ck_assert(!tls_profile_requires(p, TLS_CODE_VERSION, 0x0303)); /* allowed */
    ck_assert(!tls_profile_requires(p, TLS_CODE_VERSION, 0x0302)); /* not listed */
    ck_assert(!tls_profile_requires(p, TLS_CODE_GROUP, 0x0304));   /* another kind */
    tls_profile_free(p);
}
END_TEST

static const struct {
    const char *text, *error;
} faults[] = {
    {"", "p.ini: [profile] has to have document, edition and date"},
    {"[profile]\ndocument = x\nedition = 1\n", "document, edition and date"},
    {"document = x\n", "p.ini:1: document: before any section"},
    {"[profil]\n", "p.ini:1: unknown section \"profil\"; did you mean \"profile\"?"},
    {"[ciphers of old]\n", "p.ini:1: unknown section \"ciphers of old\""},
    {"[profile]\ndate = 30.11.2026\n",
     "p.ini:2: profile: date: \"30.11.2026\" is not a date such as 2026-11-30 or 2026-11"},
    {"[profile]\ndate = 2026-13\n", "is not a date"},
    {"[profile]\ndate = 2026-11-3x\n", "is not a date"},
    {"[profile]\ndocument =\n", "p.ini:2: profile: document: \"\" is empty"},
    {"[profile]\ndocument = a\ndocument = b\n", "p.ini:3: profile: document: \"b\" is given twice"},
    {"[profile]\neditions = a\n", "p.ini:2: unknown key \"editions\"; did you mean \"edition\"?"},
    {"[profile]\ndocument\n", "p.ini:2: document: no value"},
    {"[versions]\nalowed = TLSv1.2\n",
     "p.ini:2: unknown key \"alowed\"; did you mean \"allowed\"?"},
    {"[versions]\nallowed = TLSv1.4\n",
     "p.ini:2: versions: allowed: \"TLSv1.4\" is not the name of a protocol version"},
    {"[cipher-suites]\nallowed = TLSv1.2\n", "\"TLSv1.2\" is not the name of a cipher suite"},
    {"[groups]\n\n# a comment\nallowed = x25519 prime256v1\n",
     "p.ini:4: groups: allowed: \"prime256v1\" is not the name of a group"},
    {"[groups]\nallowed = x25519\nforbidden = X25519\n",
     "p.ini:3: groups: forbidden: \"X25519\" is listed already"},
    {"[groups]\nuntil-1999 = x25519\n", "unknown key \"until-1999\""},
    {"[groups]\nuntil-20310 = x25519\n", "unknown key \"until-20310\""},
    {"[groups]\nuntil-31 = x25519\n", "unknown key \"until-31\""},
    {"[key-sizes]\nrsa = 2k\n",
     "p.ini:2: key-sizes: rsa: \"2k\" is not a number of bits from 1 to 16384"},
    {"[key-sizes]\nrsa = -1\n", "is not a number of bits"},
    {"[key-sizes]\nrsa = 99999999999999999999\n", "is not a number of bits"},
    {"[key-sizes]\nrsa = 1\nrsa = 2\n", "p.ini:3: key-sizes: rsa: \"2\" is given twice"},
    {"[key-sizes]\nrsaa = 1\n", "unknown key \"rsaa\"; did you mean \"rsa\"?"},
    {HEAD "[key-sizes]\nrsa = 2048\nrsa-phase-out = 2048\n",
     "p.ini: key-sizes: rsa-phase-out has to be below rsa"},
    {HEAD "[key-sizes]\ndh-phase-out = 2048\n", "dh-phase-out has to be below dh"},
    {"[versions\n", "p.ini:1: neither a section, nor key = value"},
    {"[versions]\nallowed = a|b\n", "\"a?b\" is not the name"},
};

START_TEST(refused)
{
    struct error e = {0};
    const char *s = faults[_i].text;

    ck_assert_ptr_null(tls_profile_read("p.ini", s, strlen(s), &e));
    ck_assert_int_eq(e.cause, ERROR_FILE);
    ck_assert_msg(strstr(e.text, faults[_i].error) != NULL, "%s", e.text);
}
END_TEST

/* A name is looked for in directories, in order; a path is not. */
START_TEST(load)
{
    const char *nowhere[] = {"/nonexistent", "/nonexistent/more"};
    const char *here[] = {"/nonexistent", "/tmp"};
    struct error e = {0};
    struct tls_profile *p;
    char path[64], named[80], *name;

    unit_file(HEAD, strlen(HEAD), path);
    p = tls_profile_load(path, NULL, 0, &e);
    ck_assert_msg(p != NULL, "%s", e.text);
    tls_profile_free(p);
    ck_assert_ptr_null(tls_profile_load("nosuch", nowhere, 2, &e));
    ck_assert_msg(strstr(e.text, "no profile \"nosuch\" in /nonexistent/more") != NULL, "%s",
                  e.text);
    ck_assert_ptr_null(tls_profile_load("./nosuch.ini", here, 2, &e));
    ck_assert_msg(strstr(e.text, "\"./nosuch.ini\": ") != NULL, "%s", e.text);
    *strrchr(path, '/') = '\0';
    name = path + strlen(path) + 1;
    here[1] = path;
    snprintf(named, sizeof named, "%s/%s.ini", path, name);
    path[strlen(path)] = '/';
    ck_assert_int_eq(rename(path, named), 0);
    *strrchr(path, '/') = '\0';
    p = tls_profile_load(name, here, 2, &e);
    ck_assert_msg(p && strcmp(p->name, name) == 0, "%s", e.text);
    tls_profile_free(p);
    unlink(named);
}
END_TEST

/* The profiles that come with the plugins. */
static const struct {
    const char *path, *edition;
} shipped[] = {
    {"profiles/bsi-tr-02102-2.ini", "2025-01"},
    {"profiles/mozilla-intermediate.ini", "6.0"},
    {"profiles/mozilla-modern.ini", "6.0"},
    {"profiles/ncsc-nl.ini", "2025-05"},
};

START_TEST(of_ours)
{
    struct error e = {0};
    struct tls_profile *p = tls_profile_load(shipped[_i].path, NULL, 0, &e);

    ck_assert_msg(p != NULL, "%s", e.text);
    ck_assert_str_eq(p->edition, shipped[_i].edition);
    ck_assert_int_eq(tls_profile_rate(p, TLS_CODE_VERSION, 0x0304, Y2026), TLS_PROFILE_ALLOWED);
    ck_assert_int_eq(tls_profile_rate(p, TLS_CODE_VERSION, 0x0302, Y2026), TLS_PROFILE_FORBIDDEN);
    ck_assert_int_eq(tls_profile_rate(p, TLS_CODE_SUITE, 0x000a, Y2026), TLS_PROFILE_FORBIDDEN);
    ck_assert_int_eq(tls_profile_rate(p, TLS_CODE_GROUP, 23, Y2026), TLS_PROFILE_ALLOWED);
    tls_profile_free(p);
}
END_TEST

UNIT_CASE(tls_profile, {rate, COUNT(rates)}, {rate_size, COUNT(rated_sizes)}, {requires_number, 1},
          {refused, COUNT(faults)}, {load, 1}, {of_ours, COUNT(shipped)})
