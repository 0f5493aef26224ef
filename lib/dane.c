#include "dane.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

bool dane_tlsa_fits(size_t len)
{
    return len >= 4 && len - 3 <= DANE_DATA_MAX;
}

bool dane_tlsa_read(struct dane_tlsa *out, const unsigned char *rdata, size_t len)
{
    unsigned char *data;

    if (!dane_tlsa_fits(len))
        return false;
    data = malloc(len - 3);
    if (!data)
        return false;
    memcpy(data, rdata + 3, len - 3);
    *out = (struct dane_tlsa){rdata[0], rdata[1], rdata[2], data, len - 3};
    return true;
}

void dane_tlsa_clear(struct dane_tlsa *t)
{
    free(t->data);
    *t = (struct dane_tlsa){0};
}

bool dane_tlsa_usable(const struct dane_tlsa *t)
{
    static const size_t digest_length[] = {0, 32, 64};

    if ((t->usage != 2 && t->usage != 3) || t->selector > 1 || t->matching > 2)
        return false;
    return t->matching == 0 || t->len == digest_length[t->matching];
}

void dane_tlsa_text(const struct dane_tlsa *t, char *out, size_t cap)
{
    size_t shown = t->len > 64 ? 64 : t->len;

    out[0] = '\0';
    text_append(out, cap, "%u %u %u ", t->usage, t->selector, t->matching);
    for (size_t i = 0; i < shown; i++)
        text_append(out, cap, "%02x", t->data[i]);
    if (shown < t->len)
        text_append(out, cap, "...");
}
