/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/client_hello.h"

#include <openssl/rand.h>
#include <string.h>

#include "tls/hello_writer.h"
#include "tls/tls_code.h"

enum {
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    MESSAGE_CLIENT_HELLO = 1,
    RANDOM_SIZE = 32,
    NAME_MAX_SIZE = 255,
    EXT_GROUPS = 10,
    EXT_POINT_FORMATS = 11,
    EXT_SIGNATURES = 13,
    EXT_MASTER_SECRET = 23,
    EXT_VERSIONS = 43,
    EXT_KEY_SHARE = 51,
    EXT_RENEGOTIATION = 0xff01
};

/* Appends a vector of numbers whose length takes 2 bytes. */
static void put_list(struct hello_writer *w, const struct client_hello_list *list)
{
    hello_writer_begin(w, 2);
    for (size_t i = 0; i < list->count; i++)
        hello_writer_put(w, list->at[i], 2);
    hello_writer_end(w);
}

/* Appends an extension that is a vector as of put_list; nothing where the list is empty. */
static void put_list_extension(struct hello_writer *w, unsigned type,
                               const struct client_hello_list *list)
{
    if (list->count == 0)
        return;
    hello_writer_extension(w, type);
    put_list(w, list);
    hello_writer_end(w);
}

/* Appends what TLS 1.2 and below have: uncompressed points (RFC 8422 5.1.2) if `groups`, that is if
 * the hello offers groups; secure renegotiation (RFC 5746 3.4); the extended master secret (RFC
 * 7627). */
static void put_1_2(struct hello_writer *w, bool groups)
{
    if (groups) {
        hello_writer_extension(w, EXT_POINT_FORMATS);
        hello_writer_put(w, 0x0100, 2);
        hello_writer_end(w);
    }
    hello_writer_extension(w, EXT_RENEGOTIATION);
    hello_writer_put(w, 0, 1);
    hello_writer_end(w);
    hello_writer_extension(w, EXT_MASTER_SECRET);
    hello_writer_end(w);
}

/* Appends what TLS 1.3 needs: the version, and no key share (RFC 8446 4.2.1, 4.2.8). */
static void put_1_3(struct hello_writer *w)
{
    hello_writer_extension(w, EXT_VERSIONS);
    hello_writer_put(w, 2, 1);
    hello_writer_put(w, TLS_CODE_TLS_1_3, 2);
    hello_writer_end(w);
    hello_writer_extension(w, EXT_KEY_SHARE);
    hello_writer_put(w, 0, 2);
    hello_writer_end(w);
}

/* Appends all extensions that a hello of h->version has, with their length. */
static void put_extensions(struct hello_writer *w, const struct client_hello *h)
{
    hello_writer_begin(w, 2);
    if (h->sni)
        hello_writer_name(w, h->sni);
    put_list_extension(w, EXT_GROUPS, &h->groups);
    if (h->version >= TLS_CODE_TLS_1_2)
        put_list_extension(w, EXT_SIGNATURES, &h->signatures);
    if (h->version == TLS_CODE_TLS_1_3)
        put_1_3(w);
    else
        put_1_2(w, h->groups.count > 0);
    hello_writer_end(w);
}

/* Appends the session id: with TLS 1.3 one, as middleboxes expect (RFC 8446 D.4), else none. */
static void put_session(struct hello_writer *w, const struct client_hello *h)
{
    hello_writer_begin(w, 1);
    if (h->version == TLS_CODE_TLS_1_3)
        hello_writer_bytes(w, h->random + RANDOM_SIZE, RANDOM_SIZE);
    hello_writer_end(w);
}

bool client_hello_random(unsigned char out[CLIENT_HELLO_RANDOM])
{
    return RAND_bytes(out, CLIENT_HELLO_RANDOM) == 1;
}

size_t client_hello_write(const struct client_hello *h, unsigned char out[CLIENT_HELLO_MAX])
{
    bool is_1_3 = h->version == TLS_CODE_TLS_1_3;
    struct hello_writer w = {.at = out, .cap = CLIENT_HELLO_MAX};

    if (h->sni && strlen(h->sni) > NAME_MAX_SIZE)
        return 0;
    hello_writer_put(&w, RECORD_HANDSHAKE, 1);
    hello_writer_put(&w, h->version == TLS_CODE_SSL_3 ? TLS_CODE_SSL_3 : 0x0301, 2);
    hello_writer_begin(&w, 2);
    hello_writer_put(&w, MESSAGE_CLIENT_HELLO, 1);
    hello_writer_begin(&w, 3);
    hello_writer_put(&w, is_1_3 ? TLS_CODE_TLS_1_2 : h->version, 2);
    hello_writer_bytes(&w, h->random, RANDOM_SIZE);
    put_session(&w, h);
    put_list(&w, &h->suites);
    hello_writer_put(&w, 0x0100, 2); /* no compression */
    put_extensions(&w, h);
    hello_writer_end(&w);
    hello_writer_end(&w);
    return w.full ? 0 : w.len;
}

size_t client_hello_farewell(uint16_t version, unsigned char out[14])
{
    static const unsigned char levels[] = {1, 90, 1, 0}; /* warnings: user_canceled, close_notify */
    struct hello_writer w = {.at = out, .cap = 14};

    for (size_t i = 0; i < sizeof levels; i += 2) {
        hello_writer_put(&w, RECORD_ALERT, 1);
        hello_writer_put(&w, version < TLS_CODE_TLS_1_3 ? version : TLS_CODE_TLS_1_2, 2);
        hello_writer_put(&w, 2, 2);
        hello_writer_bytes(&w, levels + i, 2);
    }
    return w.len;
}
