/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/profile_ask.h"

#include "base/text.h"
#include "tls/tls_code.h"

/* Whether a list has the number. */
static bool lists(const struct client_hello_list *list, unsigned number)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->at[i] == number)
            return true;
    }
    return false;
}

/* Whether a server that accepted may answer the hello like that: version, suite, and with TLS 1.3
 * the group. Below, groups are not looked at, for servers choose others, too; signatures never
 * are. */
static bool was_offered(const struct client_hello *hello, const struct server_hello *seen)
{
    if (seen->version > hello->version || !lists(&hello->suites, seen->suite))
        return false;
    if (hello->version != TLS_CODE_TLS_1_3)
        return true;
    return seen->version == TLS_CODE_TLS_1_3 && lists(&hello->groups, seen->group);
}

/* Copies what the server chose. out->end becomes HELLO_ASK_ACCEPTED; or HELLO_ASK_MALFORMED, with a
 * reason, where that was not offered. */
static void take_answer(const struct client_hello *hello, const struct server_hello *seen,
                        struct profile_answer *out, char reason[PROFILE_REASON])
{
    char name[8];

    out->end = HELLO_ASK_ACCEPTED;
    out->version = seen->version;
    out->suite = seen->suite;
    out->group = seen->group;
    out->signature = seen->signature;
    out->dh_bits = seen->dh_bits;
    if (was_offered(hello, seen))
        return;
    out->end = HELLO_ASK_MALFORMED;
    text_format(reason, PROFILE_REASON, "it chooses what was not offered: %s",
                tls_code_name(TLS_CODE_SUITE, seen->suite, name));
}

void profile_ask(const struct handshake_config *c, const struct address *a,
                 const struct client_hello *hello, struct profile_answer *out,
                 char reason[PROFILE_REASON])
{
    unsigned char random[CLIENT_HELLO_RANDOM], bytes[CLIENT_HELLO_MAX];
    struct hello_ask_record record = {.bytes = bytes, .version = hello->version};
    struct client_hello mine = *hello;
    struct hello_ask_answer answer;

    *out = (struct profile_answer){.end = HELLO_ASK_LOCAL};
    mine.random = random;
    if (client_hello_random(random))
        record.len = client_hello_write(&mine, bytes);
    if (record.len == 0) {
        text_copy(reason, PROFILE_REASON, "no ClientHello can be made");
        return;
    }
    hello_ask(c, a, &record, c->stage_ms, &answer);
    out->end = answer.end;
    out->alert = answer.seen.alert;
    out->code = answer.code;
    text_copy(reason, PROFILE_REASON, answer.reason);
    if (answer.end == HELLO_ASK_ACCEPTED)
        take_answer(hello, &answer.seen, out, reason);
}
