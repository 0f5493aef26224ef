/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/server_hello.h"

#include <openssl/sha.h>
#include <string.h>

#include "tls/hello_part.h"
#include "tls/tls_code.h"

enum {
    RECORD_CIPHER_SPEC = 20,
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    RECORD_MAX = 1 << 14,
    MESSAGE_HEADER = 4,
    MESSAGE_SERVER_HELLO = 2,
    MESSAGE_KEY_EXCHANGE = 12,
    MESSAGE_DONE = 14,
    ALERT_FATAL = 2,
    EXT_VERSIONS = 43,
    EXT_KEY_SHARE = 51,
    CURVE_NAMED = 3,
    RANDOM_SIZE = 32
};

/* The random of a HelloRetryRequest: SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3). */
static const unsigned char retry_random[RANDOM_SIZE] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

/* The primes of RFC 7919, by the SHA-256 of their bytes. */
static const struct {
    unsigned bits;
    uint16_t group;
    const char *sha256;
} fields[] = {
    {2048, 256, "9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966"},
    {3072, 257, "0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17"},
    {4096, 258, "4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e"},
    {6144, 259, "227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7"},
    {8192, 260, "770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833"},
};

/* Notes that the answer is malformed because of `fault`, a static text such as "no TLS record".
 * Always SERVER_HELLO_MALFORMED, which the caller is to put into r->seen.status. */
static enum server_hello_status malformed(struct server_hello_reader *r, const char *fault)
{
    r->seen.fault = fault;
    return SERVER_HELLO_MALFORMED;
}

/* --- messages --- */

/* Takes supported_versions, which replaces seen->version, and the group of key_share from the
 * content of the extensions, which may be empty. False: one is cut; *seen may have changed. */
static bool take_extensions(struct server_hello *seen, struct hello_part in)
{
    while (in.len > 0) {
        unsigned type = hello_part_number(&in, 2);
        struct hello_part content = hello_part_vector(&in, 2);

        if (type == EXT_VERSIONS)
            seen->version = (uint16_t)hello_part_number(&content, 2);
        if (type == EXT_KEY_SHARE)
            seen->group = (uint16_t)hello_part_number(&content, 2);
        if (in.broken || content.broken)
            return false;
    }
    return true;
}

/* Whether a ServerKeyExchange, which names the group, follows a ServerHello, whose version and
 * suite are in *seen. False for a suite that tls_code does not know, and with TLS 1.3. */
static bool has_key_exchange(const struct server_hello *seen)
{
    const struct tls_code *suite = tls_code_find(TLS_CODE_SUITE, seen->suite);

    return suite && seen->version < TLS_CODE_TLS_1_3 &&
           (suite->use & (TLS_CODE_ECDHE | TLS_CODE_DHE)) != 0;
}

/* Reads the content of a ServerHello or HelloRetryRequest into r->seen. Returns ACCEPTED, MORE
 * where a ServerKeyExchange is due, or MALFORMED. Whether it was offered is not looked at. */
static enum server_hello_status read_hello(struct server_hello_reader *r, struct hello_part in)
{
    struct server_hello *seen = &r->seen;
    struct hello_part random, extensions = {0};

    if (seen->version)
        return malformed(r, "a second ServerHello");
    seen->version = (uint16_t)hello_part_number(&in, 2);
    random = hello_part_take(&in, RANDOM_SIZE);
    seen->retry = !random.broken && memcmp(random.at, retry_random, RANDOM_SIZE) == 0;
    hello_part_vector(&in, 1); /* session id */
    seen->suite = (uint16_t)hello_part_number(&in, 2);
    hello_part_number(&in, 1); /* compression */
    if (in.len > 0)
        extensions = hello_part_vector(&in, 2);
    if (in.broken || in.len > 0 || !take_extensions(seen, extensions))
        return malformed(r, "a truncated ServerHello");
    if (seen->version < TLS_CODE_SSL_3 || seen->version > TLS_CODE_TLS_1_3)
        return malformed(r, "a ServerHello of an unknown version");
    if (seen->retry && seen->version != TLS_CODE_TLS_1_3)
        return malformed(r, "a HelloRetryRequest below TLS 1.3");
    return has_key_exchange(seen) ? SERVER_HELLO_MORE : SERVER_HELLO_ACCEPTED;
}

/* The number of the finite field with that prime, which has `bits` bits and no zero byte in front;
 * TLS_CODE_OTHER_DH where it is none of RFC 7919. */
static uint16_t group_of(struct hello_part prime, unsigned bits)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hex[2 * SHA256_DIGEST_LENGTH + 1] = "";
    static const char digits[] = "0123456789abcdef";

    if (!SHA256(prime.at, prime.len, digest))
        return TLS_CODE_OTHER_DH;
    for (size_t i = 0; i < sizeof digest; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i].bits == bits && strcmp(fields[i].sha256, hex) == 0)
            return fields[i].group;
    }
    return TLS_CODE_OTHER_DH;
}

/* Takes prime, generator and public value (RFC 5246 7.4.3), and notes size and group. Sets
 * in->broken where one is cut, or the prime is 0. */
static void take_field(struct server_hello *seen, struct hello_part *in)
{
    struct hello_part prime = hello_part_vector(in, 2);

    hello_part_vector(in, 2);
    hello_part_vector(in, 2);
    while (prime.len > 0 && *prime.at == 0) {
        prime.at++;
        prime.len--;
    }
    if (prime.len == 0) {
        in->broken = true;
        return;
    }
    seen->dh_bits = (unsigned)prime.len * 8;
    for (unsigned top = *prime.at; top < 128; top <<= 1)
        seen->dh_bits--;
    seen->group = group_of(prime, seen->dh_bits);
}

/* Takes curve and public value (RFC 8422 5.4), and notes the group. Sets in->broken where one is
 * cut, or the curve is not named by a number. */
static void take_curve(struct server_hello *seen, struct hello_part *in)
{
    if (hello_part_number(in, 1) != CURVE_NAMED)
        in->broken = true;
    seen->group = (uint16_t)hello_part_number(in, 2);
    hello_part_vector(in, 1);
}

/* Reads the content of a ServerKeyExchange; has_key_exchange is true of the ServerHello before.
 * Returns ACCEPTED or MALFORMED. */
static enum server_hello_status read_key_exchange(struct server_hello_reader *r,
                                                  struct hello_part in)
{
    struct server_hello *seen = &r->seen;
    const struct tls_code *suite = tls_code_find(TLS_CODE_SUITE, seen->suite);

    if (suite->use & TLS_CODE_ECDHE)
        take_curve(seen, &in);
    else
        take_field(seen, &in);
    if (seen->version == TLS_CODE_TLS_1_2) {
        seen->signature = (uint16_t)hello_part_number(&in, 2);
        hello_part_vector(&in, 2);
    }
    if (in.broken)
        return malformed(r, "a truncated ServerKeyExchange");
    return SERVER_HELLO_ACCEPTED;
}

/* Reads the message that is whole in r->message, which begin_message has let through: ServerHello
 * or ServerKeyExchange. Returns the status afterwards. */
static enum server_hello_status read_message(struct server_hello_reader *r)
{
    struct hello_part in = {.at = r->message + MESSAGE_HEADER,
                            .len = r->message_len - MESSAGE_HEADER};

    if (r->message[0] == MESSAGE_SERVER_HELLO)
        return read_hello(r, in);
    return read_key_exchange(r, in);
}

/* --- records --- */

/* Looks at the header of a message, which is whole in r->message. *need becomes the size of the
 * message with its header. MORE: it is to be kept, or its content will be skipped, by r->skip, and
 * r->message_len is 0 again. Else MALFORMED. */
static enum server_hello_status begin_message(struct server_hello_reader *r, size_t *need)
{
    const unsigned char *h = r->message;
    size_t len = (size_t)h[1] << 16 | (size_t)h[2] << 8 | h[3];

    *need = MESSAGE_HEADER + len;
    if (h[0] == MESSAGE_SERVER_HELLO || (h[0] == MESSAGE_KEY_EXCHANGE && r->seen.version)) {
        if (*need > SERVER_HELLO_MESSAGE_MAX)
            return malformed(r, "a message that is too long");
        return SERVER_HELLO_MORE;
    }
    if (!r->seen.version)
        return malformed(r, "a message other than ServerHello");
    if (h[0] == MESSAGE_DONE)
        return malformed(r, "no ServerKeyExchange");
    r->skip = len;
    r->message_len = 0;
    return SERVER_HELLO_MORE;
}

/* Takes some of `len` bytes, 1 or more, of the content of a handshake record. Sets *used, which is
 * at most `len`, and returns the status afterwards. */
static enum server_hello_status take_handshake(struct server_hello_reader *r,
                                               const unsigned char *data, size_t len, size_t *used)
{
    size_t need = MESSAGE_HEADER, room;
    enum server_hello_status s = SERVER_HELLO_MORE;

    if (r->skip > 0) {
        *used = r->skip < len ? r->skip : len;
        r->skip -= *used;
        return SERVER_HELLO_MORE;
    }
    if (r->message_len >= MESSAGE_HEADER)
        s = begin_message(r, &need);
    room = need - r->message_len;
    *used = room < len ? room : len;
    memcpy(r->message + r->message_len, data, *used);
    r->message_len += *used;
    if (r->message_len == MESSAGE_HEADER && need == MESSAGE_HEADER)
        s = begin_message(r, &need);
    if (s == SERVER_HELLO_MORE && r->message_len >= MESSAGE_HEADER && r->message_len == need) {
        s = read_message(r);
        r->message_len = 0;
    }
    return s;
}

/* Takes one byte of an alert; *used becomes 1. Returns ALERT, with r->seen.alert set, after a fatal
 * alert or close_notify, else MORE: a warning is passed over, as OpenSSL and GnuTLS do. */
static enum server_hello_status take_alert(struct server_hello_reader *r, const unsigned char *data,
                                           size_t *used)
{
    *used = 1;
    r->alert[r->alert_len++] = *data;
    if (r->alert_len < sizeof r->alert)
        return SERVER_HELLO_MORE;
    r->alert_len = 0;
    if (r->alert[0] != ALERT_FATAL && r->alert[1] != 0)
        return SERVER_HELLO_MORE;
    r->seen.alert = r->alert[1];
    return SERVER_HELLO_ALERT;
}

/* Looks at the header of a record, which is whole in r->header, and sets r->record_left, 1 or more.
 * Returns MORE or MALFORMED. */
static enum server_hello_status begin_record(struct server_hello_reader *r)
{
    const unsigned char *h = r->header;

    r->record_left = (size_t)h[3] << 8 | h[4];
    if (h[0] < RECORD_CIPHER_SPEC || h[0] > RECORD_HANDSHAKE || h[1] != 3)
        return malformed(r, "no TLS record");
    if (r->record_left == 0 || r->record_left > RECORD_MAX)
        return malformed(r, "a record of a forbidden length");
    return SERVER_HELLO_MORE;
}

/* Takes some of `len` bytes, 1 or more, all of one record's header or content. Sets *used, and
 * returns the status afterwards, which the caller puts into r->seen. */
static enum server_hello_status take_some(struct server_hello_reader *r, const unsigned char *data,
                                          size_t len, size_t *used)
{
    enum server_hello_status s = SERVER_HELLO_MORE;

    if (r->header_len < sizeof r->header) {
        *used = 1;
        r->header[r->header_len++] = *data;
        return r->header_len == sizeof r->header ? begin_record(r) : SERVER_HELLO_MORE;
    }
    *used = len < r->record_left ? len : r->record_left;
    if (r->header[0] == RECORD_HANDSHAKE)
        s = take_handshake(r, data, *used, used);
    else if (r->header[0] == RECORD_ALERT)
        s = take_alert(r, data, used);
    r->record_left -= *used;
    if (r->record_left == 0)
        r->header_len = 0;
    return s;
}

enum server_hello_status server_hello_take(struct server_hello_reader *r, const void *data,
                                           size_t len)
{
    const unsigned char *at = data;

    if (!r->seen.fault)
        r->seen.fault = "";
    while (len > 0 && r->seen.status == SERVER_HELLO_MORE) {
        size_t used = 0;

        r->seen.status = take_some(r, at, len, &used);
        at += used;
        len -= used;
        r->taken += used;
        if (r->seen.status == SERVER_HELLO_MORE && r->taken >= SERVER_HELLO_MAX)
            r->seen.status = malformed(r, "an answer without an end");
    }
    return r->seen.status;
}
