/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/sent_hello.h"

#include "base/text.h"

void sent_hello_title(const struct sent_hello *h, char out[SENT_HELLO_TITLE])
{
    text_copy(out, SENT_HELLO_TITLE, text_or(h->program, h->library));
    if (*h->program && *h->library)
        text_append(out, SENT_HELLO_TITLE, " with %s", h->library);
}

const char *sent_hello_server_name(const struct sent_hello *h, const char *host, bool dane)
{
    if (h->name == SENT_HELLO_FIXED_NAME)
        return h->server_name;
    if (h->name == SENT_HELLO_HOST_NAME || dane)
        return host;
    return NULL;
}
