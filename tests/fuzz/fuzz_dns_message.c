/* SPDX-License-Identifier: BSD-2-Clause */
/* A message from a resolver; the first byte chooses the question, the ID is patched so that it
 * fits. */
#include <string.h>

#include "dns/dns_message.h"
#include "fuzz.h"

enum { ID = 0x1234 };

/* As the header promises: lower case, without the last dot. */
static bool is_name(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)name[i] <= ' ' || (unsigned char)name[i] > '~' ||
            (name[i] >= 'A' && name[i] <= 'Z'))
            return false;
    }
    return len < DNS_NAME;
}

static void look_at_records(const struct dns_answer *a, enum dns_type type)
{
    HOLDS(a->count <= DNS_MESSAGE_MAX / 12 && (a->count == 0 || a->records));
    for (size_t i = 0; i < a->count; i++) {
        const struct dns_record *r = &a->records[i];

        if (a->status != DNS_OK)
            continue;
        HOLDS(type == DNS_MX ? r->name && is_name(r->name) : r->data != NULL);
        HOLDS(type != DNS_A || r->len == 4 || r->len == 0);
        HOLDS(type != DNS_AAAA || r->len == 16 || r->len == 0);
        HOLDS(r->len <= DNS_MESSAGE_MAX);
    }
}

/* What is taken for a name can be asked for again; "" is the root, which nobody asks for. */
static void look_at_alias(const struct dns_answer *a, enum dns_type type)
{
    struct dns_question q = {.name = a->canonical, .type = type};
    unsigned char buf[512];

    HOLDS(is_name(a->canonical));
    HOLDS(*a->canonical == '\0' || dns_message_query(buf, sizeof buf, &q, ID, 0) > 0);
}

static void look_at(const struct dns_answer *a, enum dns_verdict v, enum dns_type type,
                    const struct dns_rcode *rcode)
{
    HOLDS(memchr(a->why, 0, sizeof a->why) && fuzz_is_clean(a->why));
    look_at_records(a, type);
    switch (v) {
    case DNS_MESSAGE_ANSWER:
        HOLDS(a->status == DNS_OK || a->status == DNS_NODATA || a->status == DNS_NXDOMAIN ||
              a->status == DNS_FAILURE);
        HOLDS((a->status == DNS_OK) == (a->count > 0) || a->status == DNS_FAILURE);
        HOLDS(a->status != DNS_FAILURE || a->why[0]);
        HOLDS(a->status != DNS_NXDOMAIN || rcode->code == 3);
        HOLDS(a->status != DNS_OK || rcode->code == 0);
        break;
    case DNS_MESSAGE_ALIAS:
        HOLDS(a->alias && a->count == 0);
        look_at_alias(a, type);
        break;
    case DNS_MESSAGE_ERROR:
        HOLDS(a->why[0] && a->count == 0 && rcode->code != 0 && rcode->code != 3);
        break;
    default:
        HOLDS(a->count == 0 && !a->secure);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum dns_type types[] = {DNS_A, DNS_MX, DNS_AAAA, DNS_TLSA, DNS_TXT, DNS_CNAME};
    struct dns_question q = {.name = "example.test.", .type = DNS_A};
    struct dns_answer a = {0};
    struct dns_rcode rcode;
    enum dns_verdict v;
    unsigned char *message;

    if (size < 1)
        return 0;
    q.type = types[data[0] % (sizeof types / sizeof *types)];
    message = (unsigned char *)fuzz_string(data + 1, size - 1);
    if (size > 3) {
        message[0] = ID >> 8;
        message[1] = ID & 0xff;
    }
    v = dns_message_read(message, size - 1, &q, ID, &a, &rcode);
    look_at(&a, v, q.type, &rcode);
    dns_message_clear(&a);
    if (size > 3) { /* with another ID it is never an answer (RFC 5452 9.1) */
        message[1] ^= 1;
        HOLDS(dns_message_read(message, size - 1, &q, ID, &a, &rcode) == DNS_MESSAGE_OTHER);
        HOLDS(a.count == 0 && !a.secure);
    }
    free(message);
    return 0;
}
