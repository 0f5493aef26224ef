/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/tls_code.h"

#include <stdio.h>
#include <strings.h>

/* What a suite or a group is for, as its column in tls_code.def says. */
enum {
    USE_1_2 = TLS_CODE_1_2,
    USE_1_3 = TLS_CODE_1_3,
    USE_BOTH = TLS_CODE_1_2 | TLS_CODE_1_3,
    USE_ECDHE = TLS_CODE_1_2 | TLS_CODE_ECDHE,
    USE_DHE = TLS_CODE_1_2 | TLS_CODE_DHE,
    USE_HYBRID = TLS_CODE_1_3 | TLS_CODE_HYBRID,
    USE_DH = TLS_CODE_DHE
};

#define PROTOCOL(number, name)
#define SUITE(number, kind, name, openssl)
#define GROUP(number, kind, name)
#define SIGNATURE(number, name)

static const struct tls_code versions[] = {
#undef PROTOCOL
#define PROTOCOL(number, name) {number, 0, name, ""},
#include "tls/tls_code.def"
#undef PROTOCOL
#define PROTOCOL(number, name)
};

static const struct tls_code suites[] = {
#undef SUITE
#define SUITE(number, kind, name, openssl) {number, USE_##kind, name, openssl},
#include "tls/tls_code.def"
#undef SUITE
#define SUITE(number, kind, name, openssl)
};

static const struct tls_code groups[] = {
#undef GROUP
#define GROUP(number, kind, name) {number, USE_##kind, name, ""},
#include "tls/tls_code.def"
#undef GROUP
#define GROUP(number, kind, name)
};

static const struct tls_code signatures[] = {
#undef SIGNATURE
#define SIGNATURE(number, name) {number, 0, name, ""},
#include "tls/tls_code.def"
#undef SIGNATURE
#define SIGNATURE(number, name)
};

static const struct {
    const struct tls_code *at;
    size_t count;
    const char *noun;
} kinds[TLS_CODE_KINDS] = {
    [TLS_CODE_VERSION] = {versions, sizeof versions / sizeof *versions, "protocol version"},
    [TLS_CODE_SUITE] = {suites, sizeof suites / sizeof *suites, "cipher suite"},
    [TLS_CODE_GROUP] = {groups, sizeof groups / sizeof *groups, "group"},
    [TLS_CODE_SIGNATURE] = {signatures, sizeof signatures / sizeof *signatures,
                            "signature algorithm"},
};

const struct tls_code *tls_code_all(enum tls_code_kind kind, size_t *count)
{
    *count = kinds[kind].count;
    return kinds[kind].at;
}

const struct tls_code *tls_code_find(enum tls_code_kind kind, unsigned number)
{
    for (size_t i = 0; i < kinds[kind].count; i++) {
        if (kinds[kind].at[i].number == number)
            return &kinds[kind].at[i];
    }
    return NULL;
}

const struct tls_code *tls_code_named(enum tls_code_kind kind, const char *name)
{
    for (size_t i = 0; i < kinds[kind].count; i++) {
        const struct tls_code *c = &kinds[kind].at[i];

        if (strcasecmp(c->name, name) == 0 || (*c->openssl && strcasecmp(c->openssl, name) == 0))
            return c;
    }
    return NULL;
}

const char *tls_code_name(enum tls_code_kind kind, unsigned number, char buf[8])
{
    const struct tls_code *c = tls_code_find(kind, number);

    if (c)
        return c->name;
    snprintf(buf, 8, "0x%04x", number & 0xffff);
    return buf;
}

const char *tls_code_noun(enum tls_code_kind kind)
{
    return kinds[kind].noun;
}
