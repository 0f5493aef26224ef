/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/der.h"

#include <string.h>

enum { LENGTH_BYTES_MAX = 4 };

int der_peek(const struct der *d)
{
    return d->len > 0 ? d->at[0] : -1;
}

/* Reads the length of the element at d->at, whose first byte is the tag; *len becomes that of the
 * content, which may be more than is left. Returns how many bytes tag and length have, 0: no
 * definite length in its shortest form. */
static size_t read_length(const struct der *d, size_t *len)
{
    size_t count;

    if (d->len < 2)
        return 0;
    *len = d->at[1];
    if (*len < 0x80)
        return 2;
    count = *len & 0x7f;
    if (count == 0 || count > LENGTH_BYTES_MAX || d->len < 2 + count)
        return 0;
    *len = 0;
    for (size_t i = 0; i < count; i++)
        *len = *len << 8 | d->at[2 + i];
    if (*len < 0x80 || d->at[2] == 0)
        return 0;
    return 2 + count;
}

bool der_take(struct der *d, enum der_tag tag, struct der *whole, struct der *content)
{
    size_t len = 0, header = read_length(d, &len);
    const unsigned char *at;

    if (header == 0 || der_peek(d) != (int)tag || len > d->len - header)
        return false;
    at = d->at;
    d->at += header + len;
    d->len -= header + len;
    if (whole)
        *whole = (struct der){at, header + len};
    if (content)
        *content = (struct der){at + header, len};
    return true;
}

bool der_is(const struct der *d, const void *bytes, size_t len)
{
    return d->len == len && memcmp(d->at, bytes, len) == 0;
}

bool der_take_extension(struct der *d, struct der_extension *out)
{
    struct der rest = *d, extension, critical;

    if (!der_take(&rest, DER_SEQUENCE, NULL, &extension) ||
        !der_take(&extension, DER_OID, NULL, &out->oid))
        return false;
    out->critical = false;
    if (der_peek(&extension) == DER_BOOLEAN) {
        if (!der_take(&extension, DER_BOOLEAN, NULL, &critical) || critical.len != 1)
            return false;
        out->critical = critical.at[0] != 0;
    }
    if (!der_take(&extension, DER_OCTET_STRING, NULL, &out->value) || extension.len > 0)
        return false;
    *d = rest;
    return true;
}
