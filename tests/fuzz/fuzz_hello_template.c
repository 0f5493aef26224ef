/* SPDX-License-Identifier: BSD-2-Clause */
/* A captured ClientHello. What is read can be written in both sizes, which are hellos themselves;
 * the small one is never the larger, and what is added is one key share and one group. */
#include "fuzz.h"
#include "tls/hello_template.h"

enum { SHARE_AND_GROUP = 1220 + 2 };

/* Writes the hello and reads that again. Returns its length. */
static size_t rewrite(const struct hello_template *t, enum hello_template_size size)
{
    static unsigned char random[HELLO_TEMPLATE_RANDOM], out[HELLO_TEMPLATE_WRITTEN];
    struct hello_template again;
    struct error e;
    size_t len = hello_template_write(t, size, "mx.example.com", random, out);

    HOLDS(len > 0);
    HOLDS(len > HELLO_TEMPLATE_MAX || hello_template_read(out, len, &again, &e));
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = fuzz_bytes(data, size);
    struct hello_template t;
    struct error e = {0};

    if (hello_template_read(copy, size, &t, &e)) {
        size_t as_it_is = rewrite(&t, HELLO_TEMPLATE_LARGE);

        HOLDS(rewrite(&t, HELLO_TEMPLATE_SMALL) <= as_it_is);
        t.adds_share = true;
        HOLDS(rewrite(&t, HELLO_TEMPLATE_LARGE) <= as_it_is + SHARE_AND_GROUP);
    } else {
        HOLDS(*e.text);
    }
    free(copy);
    return 0;
}
