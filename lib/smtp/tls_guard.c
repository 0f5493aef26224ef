/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtp/tls_guard.h"

#include <openssl/bio.h>

/* For BIO_set_callback_ex(3), whose callback argument is the tls_guard: returns `ret`, or -1, "try
 * again later", before a read that is too late or too much. Counts what was read. */
static long watch(BIO *bio, int operation, const char *data, size_t len, int cmd, long arg, int ret,
                  size_t *processed)
{
    struct tls_guard *g = (struct tls_guard *)BIO_get_callback_arg(bio);

    (void)data, (void)len, (void)cmd, (void)arg;
    if (operation == (BIO_CB_READ | BIO_CB_RETURN) && ret > 0 && processed)
        g->taken += *processed;
    if (operation != BIO_CB_READ)
        return ret;
    if (deadline_left_ms(g->deadline) > 0 && !tls_guard_is_over(g))
        return ret;
    BIO_set_retry_read(bio);
    return -1;
}

void tls_guard_watch(struct tls_guard *g, SSL *ssl)
{
    BIO *bio = SSL_get_rbio(ssl);

    BIO_set_callback_ex(bio, watch);
    BIO_set_callback_arg(bio, (char *)g);
}

bool tls_guard_is_over(const struct tls_guard *g)
{
    return g->taken > TLS_GUARD_MAX;
}
