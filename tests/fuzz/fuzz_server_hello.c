/* SPDX-License-Identifier: BSD-2-Clause */
/* A server's answer to a ClientHello. However it is cut, it is read alike, and it has an end. */
#include <string.h>

#include "fuzz.h"
#include "tls/server_hello.h"
#include "tls/tls_code.h"

/* Takes the bytes in pieces of at most `size`. */
static struct server_hello take(const char *bytes, size_t len, size_t size)
{
    static struct server_hello_reader r;

    memset(&r, 0, sizeof r);
    server_hello_take(&r, bytes, 0);
    for (size_t i = 0; i < len; i += size) {
        server_hello_take(&r, bytes + i, len - i < size ? len - i : size);
        HOLDS(r.taken <= SERVER_HELLO_MAX);
    }
    return r.seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = fuzz_bytes(data, size);
    struct server_hello whole = take(copy, size, size + 1), bytes = take(copy, size, 1);

    free(copy);
    HOLDS(whole.fault && bytes.fault && strcmp(whole.fault, bytes.fault) == 0);
    HOLDS(whole.status == bytes.status && whole.version == bytes.version);
    HOLDS(whole.suite == bytes.suite && whole.group == bytes.group);
    HOLDS(whole.signature == bytes.signature && whole.alert == bytes.alert);
    HOLDS((whole.status == SERVER_HELLO_MALFORMED) == (*whole.fault != '\0'));
    if (whole.status == SERVER_HELLO_ACCEPTED)
        HOLDS(whole.version >= TLS_CODE_SSL_3 && whole.version <= TLS_CODE_TLS_1_3);
    if (whole.status == SERVER_HELLO_ALERT)
        HOLDS(whole.alert >= 0 && whole.alert <= 255);
    HOLDS(whole.dh_bits == 0 || whole.group != 0);
    return 0;
}
