/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/client_hello.h"

#include <openssl/rand.h>
#include <string.h>

#include "tls/tls_code.h"

enum {
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    MESSAGE_CLIENT_HELLO = 1,
    RANDOM_SIZE = 32,
    NAME_MAX_SIZE = 255,
    EXT_SERVER_NAME = 0,
    EXT_GROUPS = 10,
    EXT_POINT_FORMATS = 11,
    EXT_SIGNATURES = 13,
    EXT_MASTER_SECRET = 23,
    EXT_VERSIONS = 43,
    EXT_KEY_SHARE = 51,
    EXT_RENEGOTIATION = 0xff01
};

/* Output under way; past the end nothing is written and `full` is set. */
struct writer {
    unsigned char *at;
    size_t len;
    bool full;
};

/* Appends the lowest `bytes` bytes of a number, the highest first. */
static void put(struct writer *w, unsigned number, size_t bytes)
{
    while (bytes-- > 0) {
        if (w->len == CLIENT_HELLO_MAX) {
            w->full = true;
            return;
        }
        w->at[w->len++] = (unsigned char)(number >> (8 * bytes));
    }
}

/* Appends bytes as they are, without a length before them. */
static void put_bytes(struct writer *w, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        put(w, ((const unsigned char *)bytes)[i], 1);
}

/* Begins a vector whose length takes `bytes` bytes, and leaves room for that length. Returns where
 * the content begins, which `end` needs. */
static size_t begin(struct writer *w, size_t bytes)
{
    put(w, 0, bytes);
    return w->len;
}

/* Ends a vector: writes the length of what follows `start`, which `begin` returned for the same
 * `bytes`, before it. */
static void end(struct writer *w, size_t start, size_t bytes)
{
    struct writer length = {.at = w->at, .len = start - bytes};

    if (!w->full)
        put(&length, (unsigned)(w->len - start), bytes);
}

/* Begins an extension of that type. Returns what `end`, to be called with 2 bytes, needs. */
static size_t begin_extension(struct writer *w, unsigned type)
{
    put(w, type, 2);
    return begin(w, 2);
}

/* Appends a vector of numbers whose length takes 2 bytes. */
static void put_list(struct writer *w, const struct client_hello_list *list)
{
    size_t start = begin(w, 2);

    for (size_t i = 0; i < list->count; i++)
        put(w, list->at[i], 2);
    end(w, start, 2);
}

/* Appends an extension that is a vector as of put_list; nothing where the list is empty. */
static void put_list_extension(struct writer *w, unsigned type,
                               const struct client_hello_list *list)
{
    size_t start;

    if (list->count == 0)
        return;
    start = begin_extension(w, type);
    put_list(w, list);
    end(w, start, 2);
}

/* Appends server_name (RFC 6066 3). The caller has seen to it that `name` has at most 255 bytes. */
static void put_name(struct writer *w, const char *name)
{
    size_t extension = begin_extension(w, EXT_SERVER_NAME), list = begin(w, 2), host;

    put(w, 0, 1); /* host_name */
    host = begin(w, 2);
    put_bytes(w, name, strlen(name));
    end(w, host, 2);
    end(w, list, 2);
    end(w, extension, 2);
}

/* Appends what TLS 1.2 and below have: uncompressed points (RFC 8422 5.1.2) if `groups`, that is if
 * the hello offers groups; secure renegotiation (RFC 5746 3.4); the extended master secret (RFC
 * 7627). */
static void put_1_2(struct writer *w, bool groups)
{
    size_t start;

    if (groups) {
        start = begin_extension(w, EXT_POINT_FORMATS);
        put(w, 0x0100, 2);
        end(w, start, 2);
    }
    start = begin_extension(w, EXT_RENEGOTIATION);
    put(w, 0, 1);
    end(w, start, 2);
    end(w, begin_extension(w, EXT_MASTER_SECRET), 2);
}

/* Appends what TLS 1.3 needs: the version, and no key share (RFC 8446 4.2.1, 4.2.8). */
static void put_1_3(struct writer *w)
{
    size_t start = begin_extension(w, EXT_VERSIONS);

    put(w, 2, 1);
    put(w, TLS_CODE_TLS_1_3, 2);
    end(w, start, 2);
    start = begin_extension(w, EXT_KEY_SHARE);
    put(w, 0, 2);
    end(w, start, 2);
}

/* Appends all extensions that a hello of h->version has, with their length. */
static void put_extensions(struct writer *w, const struct client_hello *h)
{
    size_t start = begin(w, 2);

    if (h->sni)
        put_name(w, h->sni);
    put_list_extension(w, EXT_GROUPS, &h->groups);
    if (h->version >= TLS_CODE_TLS_1_2)
        put_list_extension(w, EXT_SIGNATURES, &h->signatures);
    if (h->version == TLS_CODE_TLS_1_3)
        put_1_3(w);
    else
        put_1_2(w, h->groups.count > 0);
    end(w, start, 2);
}

bool client_hello_random(unsigned char out[CLIENT_HELLO_RANDOM])
{
    return RAND_bytes(out, CLIENT_HELLO_RANDOM) == 1;
}

size_t client_hello_write(const struct client_hello *h, unsigned char out[CLIENT_HELLO_MAX])
{
    bool is_1_3 = h->version == TLS_CODE_TLS_1_3;
    struct writer w = {.at = out};
    size_t record, message;

    if (h->sni && strlen(h->sni) > NAME_MAX_SIZE)
        return 0;
    put(&w, RECORD_HANDSHAKE, 1);
    put(&w, h->version == TLS_CODE_SSL_3 ? TLS_CODE_SSL_3 : 0x0301, 2);
    record = begin(&w, 2);
    put(&w, MESSAGE_CLIENT_HELLO, 1);
    message = begin(&w, 3);
    put(&w, is_1_3 ? TLS_CODE_TLS_1_2 : h->version, 2);
    put_bytes(&w, h->random, RANDOM_SIZE);
    put(&w, is_1_3 ? RANDOM_SIZE : 0, 1); /* a session id, as middleboxes expect (RFC 8446 D.4) */
    if (is_1_3)
        put_bytes(&w, h->random + RANDOM_SIZE, RANDOM_SIZE);
    put_list(&w, &h->suites);
    put(&w, 0x0100, 2); /* no compression */
    put_extensions(&w, h);
    end(&w, message, 3);
    end(&w, record, 2);
    return w.full ? 0 : w.len;
}

size_t client_hello_farewell(uint16_t version, unsigned char out[14])
{
    static const unsigned char levels[] = {1, 90, 1, 0}; /* warnings: user_canceled, close_notify */
    struct writer w = {.at = out};

    for (size_t i = 0; i < sizeof levels; i += 2) {
        put(&w, RECORD_ALERT, 1);
        put(&w, version < TLS_CODE_TLS_1_3 ? version : TLS_CODE_TLS_1_2, 2);
        put(&w, 2, 2);
        put_bytes(&w, levels + i, 2);
    }
    return w.len;
}
