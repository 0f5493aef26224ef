/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/hello_template.h"

#include <openssl/rand.h>
#include <stdint.h>
#include <string.h>

#include "tls/hello_part.h"
#include "tls/hello_writer.h"
#include "tls/tls_code.h"

enum {
    RECORD_HANDSHAKE = 22,
    MESSAGE_CLIENT_HELLO = 1,
    RECORD_HEADER = 5,
    NAME_MAX_SIZE = 255,
    RANDOM_SIZE = 32,
    EXT_SERVER_NAME = 0,
    EXT_GROUPS = 10,
    EXT_PADDING = 21, /* RFC 7685 */
    EXT_TICKET = 35,  /* RFC 5077 */
    EXT_PRE_SHARED_KEY = 41,
    EXT_EARLY_DATA = 42,
    EXT_VERSIONS = 43,
    EXT_COOKIE = 44,
    EXT_KEY_SHARE = 51,
    GROUP_X25519 = 29,
    GROUP_X25519MLKEM768 = 0x11ec,
    X25519_SIZE = 32,
    /* The encapsulation key of ML-KEM-768: 768 numbers of 12 bits, and a seed (FIPS 203 7.2). */
    MLKEM_NUMBERS = 768,
    MLKEM_MODULUS = 3329,
    MLKEM_SIZE = MLKEM_NUMBERS / 2 * 3 + 32,
    LARGE_SHARE = 512 /* no key of an elliptic curve is larger, each with ML-KEM is */
};

/* Where the random bytes are used. */
enum { AT_RANDOM = 0, AT_SESSION = 32, AT_MLKEM = 64, AT_X25519 = AT_MLKEM + MLKEM_SIZE };

/* A ClientHello, taken apart. */
struct parts {
    unsigned record_version, version;
    struct hello_part session, suites, compression, extensions;
};

/* Takes a record apart. False: it is not one with a whole ClientHello and nothing else. The session
 * id has at most 32 bytes. */
static bool take_apart(const unsigned char *bytes, size_t len, struct parts *out)
{
    struct hello_part r = {.at = bytes, .len = len}, record, message;

    if (hello_part_number(&r, 1) != RECORD_HANDSHAKE)
        return false;
    out->record_version = hello_part_number(&r, 2);
    record = hello_part_vector(&r, 2);
    if (hello_part_number(&record, 1) != MESSAGE_CLIENT_HELLO)
        return false;
    message = hello_part_vector(&record, 3);
    out->version = hello_part_number(&message, 2);
    hello_part_take(&message, RANDOM_SIZE);
    out->session = hello_part_vector(&message, 1);
    out->suites = hello_part_vector(&message, 2);
    out->compression = hello_part_vector(&message, 1);
    out->extensions = hello_part_vector(&message, 2);
    if (r.broken || record.broken || message.broken || out->session.len > RANDOM_SIZE)
        return false;
    return r.len == 0 && record.len == 0 && message.len == 0;
}

/* Whether a list of numbers, after its length of `bytes` bytes, has `wanted`. */
static bool lists(struct hello_part list, size_t bytes, unsigned wanted)
{
    struct hello_part content = hello_part_vector(&list, bytes);

    while (content.len > 0) {
        if (hello_part_number(&content, 2) == wanted)
            return true;
    }
    return false;
}

/* Whether the content of the extension supported_groups is well formed: one list of whole numbers,
 * not empty, and nothing after it. */
static bool is_groups(struct hello_part content)
{
    struct hello_part groups = hello_part_vector(&content, 2);

    return !content.broken && content.len == 0 && groups.len > 0 && groups.len % 2 == 0;
}

/* Whether a key share has the size that keys of its group have, as far as they are made here. */
static bool has_size(unsigned group, size_t size)
{
    if (group == GROUP_X25519)
        return size == X25519_SIZE;
    if (group == GROUP_X25519MLKEM768)
        return size == MLKEM_SIZE + X25519_SIZE;
    return true;
}

/* Whether the content of the extension key_share is well formed. */
static bool is_key_share(struct hello_part content)
{
    struct hello_part shares = hello_part_vector(&content, 2);

    while (shares.len > 0) {
        unsigned group = hello_part_number(&shares, 2);

        if (!has_size(group, hello_part_vector(&shares, 2).len))
            return false;
    }
    return !shares.broken && !content.broken && content.len == 0;
}

/* What the extensions of a hello are. */
struct found {
    bool name, groups, versions, key_share, resumes;
};

/* Sets *flag. False: it was set already, because a hello has an extension twice (RFC 8446 4.2). */
static bool first(bool *flag)
{
    bool again = *flag;

    *flag = true;
    return !again;
}

/* Notes what one extension is. False: it is malformed, or one that matters is there twice. */
static bool note(unsigned type, struct hello_part content, struct found *out)
{
    switch (type) {
    case EXT_SERVER_NAME:
        return first(&out->name);
    case EXT_GROUPS:
        return first(&out->groups) && is_groups(content);
    case EXT_VERSIONS:
        out->versions = lists(content, 1, TLS_CODE_TLS_1_3);
        return true;
    case EXT_KEY_SHARE:
        return first(&out->key_share) && is_key_share(content);
    case EXT_PRE_SHARED_KEY:
    case EXT_EARLY_DATA:
    case EXT_COOKIE:
        out->resumes = true;
        return true;
    default:
        return true;
    }
}

bool hello_template_read(const void *bytes, size_t len, struct hello_template *out, struct error *e)
{
    static const char malformed[] = "is not a TLS record with one whole ClientHello";
    struct found found = {0};
    struct parts p;

    *out = (struct hello_template){0};
    if (len > HELLO_TEMPLATE_MAX)
        return error_set(e, ERROR_USAGE, "has more than %d bytes", HELLO_TEMPLATE_MAX);
    if (!take_apart(bytes, len, &p))
        return error_set(e, ERROR_USAGE, "%s", malformed);
    while (p.extensions.len > 0) {
        unsigned type = hello_part_number(&p.extensions, 2);
        struct hello_part content = hello_part_vector(&p.extensions, 2);

        if (!note(type, content, &found))
            p.extensions.broken = true;
    }
    if (p.extensions.broken)
        return error_set(e, ERROR_USAGE, "%s", malformed);
    if (!found.versions || !found.key_share || !found.groups)
        return error_set(e, ERROR_USAGE, "is a ClientHello without TLS 1.3");
    if (found.resumes)
        return error_set(e, ERROR_USAGE,
                         "is a ClientHello that resumes a session; "
                         "give the first one of a new session");
    memcpy(out->bytes, bytes, len);
    out->len = len;
    out->has_name = found.name;
    return true;
}

bool hello_template_random(unsigned char out[HELLO_TEMPLATE_RANDOM])
{
    return RAND_bytes(out, HELLO_TEMPLATE_RANDOM) == 1;
}

/* --- writing --- */

/* A record under way. */
struct writing {
    const struct hello_template *t;
    enum hello_template_size size;
    const char *name;
    const unsigned char *random;
    struct hello_writer out;
};

/* Appends an encapsulation key of ML-KEM-768 made of random bytes: two numbers below the modulus in
 * three bytes (FIPS 203 4.2.1, 7.2), which a server checks, and a seed. */
static void put_mlkem(struct hello_writer *w, const unsigned char *random)
{
    for (size_t i = 0; i < MLKEM_NUMBERS / 2; i++, random += 3) {
        unsigned first = (random[0] | (random[1] & 0x0fu) << 8) % MLKEM_MODULUS;
        unsigned second = (random[1] >> 4 | (unsigned)random[2] << 4) % MLKEM_MODULUS;

        hello_writer_put(w, first & 0xff, 1);
        hello_writer_put(w, first >> 8 | (second & 0x0f) << 4, 1);
        hello_writer_put(w, second >> 4, 1);
    }
    hello_writer_bytes(w, random, MLKEM_SIZE - MLKEM_NUMBERS / 2 * 3);
}

/* Appends a key share, new if its group is one whose keys are made here. */
static void put_share(struct writing *w, unsigned group, struct hello_part key)
{
    if (w->size == HELLO_TEMPLATE_SMALL && (key.len > LARGE_SHARE || group == GROUP_X25519MLKEM768))
        return;
    hello_writer_put(&w->out, group, 2);
    hello_writer_begin(&w->out, 2);
    if (group == GROUP_X25519MLKEM768)
        put_mlkem(&w->out, w->random + AT_MLKEM);
    if (group == GROUP_X25519 || group == GROUP_X25519MLKEM768)
        hello_writer_bytes(&w->out, w->random + AT_X25519, X25519_SIZE);
    else
        hello_writer_bytes(&w->out, key.at, key.len);
    hello_writer_end(&w->out);
}

/* Whether a key share for X25519MLKEM768 is among those of an extension's content. */
static bool has_share(struct hello_part content)
{
    struct hello_part shares = hello_part_vector(&content, 2);

    while (shares.len > 0) {
        unsigned group = hello_part_number(&shares, 2);

        hello_part_vector(&shares, 2);
        if (group == GROUP_X25519MLKEM768)
            return true;
    }
    return false;
}

/* Appends the content of key_share. */
static void put_shares(struct writing *w, struct hello_part content)
{
    bool adds = w->t->adds_share && !has_share(content);
    struct hello_part shares = hello_part_vector(&content, 2);

    hello_writer_begin(&w->out, 2);
    if (adds)
        put_share(w, GROUP_X25519MLKEM768, (struct hello_part){0});
    while (shares.len > 0) {
        unsigned group = hello_part_number(&shares, 2);

        put_share(w, group, hello_part_vector(&shares, 2));
    }
    hello_writer_end(&w->out);
}

/* Appends the content of supported_groups. */
static void put_groups(struct writing *w, struct hello_part content)
{
    bool adds = w->t->adds_share && !lists(content, 2, GROUP_X25519MLKEM768);
    struct hello_part groups = hello_part_vector(&content, 2);

    hello_writer_begin(&w->out, 2);
    if (adds)
        hello_writer_put(&w->out, GROUP_X25519MLKEM768, 2);
    hello_writer_bytes(&w->out, groups.at, groups.len);
    hello_writer_end(&w->out);
}

/* Appends an extension. */
static void put_extension(struct writing *w, unsigned type, struct hello_part content)
{
    bool small = w->size == HELLO_TEMPLATE_SMALL;

    if (type == EXT_SERVER_NAME) {
        if (w->name)
            hello_writer_name(&w->out, w->name);
        return;
    }
    if (type == EXT_PADDING && small)
        return;
    hello_writer_extension(&w->out, type);
    if (type == EXT_KEY_SHARE)
        put_shares(w, content);
    else if (type == EXT_GROUPS)
        put_groups(w, content);
    else if (type != EXT_TICKET || !small)
        hello_writer_bytes(&w->out, content.at, content.len);
    hello_writer_end(&w->out);
}

/* Appends the message, without its type and length. */
static void put_message(struct writing *w, struct parts *p)
{
    hello_writer_put(&w->out, p->version, 2);
    hello_writer_bytes(&w->out, w->random + AT_RANDOM, RANDOM_SIZE);
    hello_writer_put(&w->out, (unsigned)p->session.len, 1);
    hello_writer_bytes(&w->out, w->random + AT_SESSION, p->session.len);
    hello_writer_begin(&w->out, 2);
    hello_writer_bytes(&w->out, p->suites.at, p->suites.len);
    hello_writer_end(&w->out);
    hello_writer_begin(&w->out, 1);
    hello_writer_bytes(&w->out, p->compression.at, p->compression.len);
    hello_writer_end(&w->out);
    hello_writer_begin(&w->out, 2);
    while (p->extensions.len > 0) {
        unsigned type = hello_part_number(&p->extensions, 2);

        put_extension(w, type, hello_part_vector(&p->extensions, 2));
    }
    hello_writer_end(&w->out);
}

size_t hello_template_write(const struct hello_template *t, enum hello_template_size size,
                            const char *name, const unsigned char random[HELLO_TEMPLATE_RANDOM],
                            unsigned char *out)
{
    struct writing w = {.t = t,
                        .size = size,
                        .name = name,
                        .random = random,
                        .out = {.at = out, .cap = HELLO_TEMPLATE_WRITTEN}};
    struct parts p;

    if ((name && strlen(name) > NAME_MAX_SIZE) || !take_apart(t->bytes, t->len, &p))
        return 0;
    hello_writer_put(&w.out, RECORD_HANDSHAKE, 1);
    hello_writer_put(&w.out, p.record_version, 2);
    hello_writer_begin(&w.out, 2);
    hello_writer_put(&w.out, MESSAGE_CLIENT_HELLO, 1);
    hello_writer_begin(&w.out, 3);
    put_message(&w, &p);
    hello_writer_end(&w.out);
    hello_writer_end(&w.out);
    return w.out.full ? 0 : w.out.len;
}
