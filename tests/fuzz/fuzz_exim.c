/* SPDX-License-Identifier: BSD-2-Clause */
/* What Exim prints, and what is made of its configuration: whatever a program writes, every span
 * lies within it, lists and expansions come to an end, and no answer is taken for another's. */
#include <string.h>

#include "fuzz.h"
#include "mta/exim_ciphers.h"
#include "mta/exim_match.h"

static const char *begin, *end;

static void is_within(struct span s)
{
    HOLDS(s.len == 0 || (s.at >= begin && s.at + s.len <= end));
}

static void settings(struct span text)
{
    struct exim_settings s = {0};
    struct error e;

    HOLDS(exim_output_add_settings(&s, text, &e));
    for (size_t i = 0; i < s.count; i++) {
        const struct exim_setting *at = &s.at[i];

        is_within(at->owner);
        is_within(at->name);
        HOLDS(at->name.len > 0);
        HOLDS(exim_output_find_setting(&s, at->kind, at->owner, at->name) == at);
    }
    exim_output_clear_settings(&s);
}

static void routes(struct span text)
{
    struct span answer, before = text;

    while (exim_output_next_answer(&text, &answer)) {
        struct exim_deliveries d;
        struct error e;

        HOLDS(text.len < before.len);
        before = text;
        is_within(answer);
        HOLDS(exim_output_deliveries_read(answer, &d, &e));
        HOLDS(exim_output_deliveries_are_equal(&d, &d));
        for (size_t i = 0; i < d.count; i++) {
            is_within(d.at[i].address);
            is_within(d.at[i].reason);
            for (size_t k = 0; k < d.at[i].host_count; k++)
                is_within(d.at[i].hosts[k].name);
        }
        exim_output_deliveries_clear(&d);
    }
}

static void replies(struct span text)
{
    struct span reply;
    unsigned code;

    while (exim_output_next_reply(&text, &code, &reply)) {
        HOLDS(code <= 999);
        is_within(reply);
    }
}

/* The first line is a list, what follows the answers to what it makes us ask. */
static void lists(struct span text)
{
    const struct exim_subject subject = {
        .domain = "example.test", .host = "mx.example.test", .address = "192.0.2.1"};
    struct span list = span_until(&text, '\n'), why, wrong;
    struct exim_known k = {0};
    struct text input;
    int version;

    exim_ciphers_gnutls(list, &version, &wrong);
    for (int round = 0; round < 3; round++) {
        exim_match_list(&k, EXIM_HOST_LIST, list, &subject, &why);
        text_init(&input, 1 << 20);
        exim_known_input(&k, &input);
        for (const char *c = text_str(&input); *c; c += strcspn(c, "\n") + 1)
            HOLDS(*c >= '0' && *c <= '9');
        text_free(&input);
        exim_known_answers(&k, text);
        exim_known_give_up(&k, EXIM_NEED_TEXT, span_of(""));
        exim_known_give_up(&k, EXIM_NEED_LISTS, span_of(""));
    }
    HOLDS(exim_known_pending(&k, EXIM_NEED_TEXT) == 0 || !k.failed);
    exim_known_clear(&k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(struct span) = {settings, routes, replies, lists};
    char *copy;

    if (size == 0)
        return 0;
    copy = fuzz_bytes(data + 1, size - 1);
    begin = copy;
    end = copy + size - 1;
    readers[*data % (sizeof readers / sizeof *readers)]((struct span){copy, size - 1});
    free(copy);
    return 0;
}
