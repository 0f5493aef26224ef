/* SPDX-License-Identifier: BSD-2-Clause */
/* What postconf and postmap print, and what the values mean: whatever a program writes, every text
 * ends where the output does, every key has an answer, and no answer is another key's. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "mta/postfix_entry.h"
#include "mta/postfix_postmap.h"
#include "mta/postfix_settings.h"
#include "policy/postfix_protocols.h"

static struct text text_of(const char *s)
{
    struct text t;

    text_init(&t, 1024 * 1024);
    text_add(&t, s);
    return t;
}

static void entries(const char *value)
{
    static const int versions[] = {307, 309, 310};
    char name[64], port[32], why[100];
    struct postfix_protocols range;
    struct postfix_entry e;
    bool by_mx;

    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        if (postfix_entry_read(value, versions[i], &e, why, sizeof why))
            HOLDS(e.level >= MTA_LEVEL_NONE && e.level <= LEVEL_DANE_ONLY);
        HOLDS(strlen(why) < sizeof why && e.match_count <= POSTFIX_ENTRY_NAMES);
    }
    if (postfix_protocols_read(value, &range))
        HOLDS(range.lowest <= range.highest && range.highest <= 0x0304);
    if (postfix_entry_read_hop(value, name, sizeof name, port, &by_mx))
        HOLDS(*name && strlen(name) < sizeof name && strlen(port) < sizeof port);
    postfix_entry_is_hostname(value);
}

/* Both halves of the input as postconf -M and -P, and as -x. */
static void settings(const char *first, const char *second)
{
    struct postfix_instance p = {.master = text_of(first), .overriding = text_of(second)};
    struct postfix_service service = {.settings = {.output = text_of(second)}};

    HOLDS(postfix_settings_read_services(&p));
    for (size_t i = 0; i < p.service_count; i++)
        HOLDS(*p.services[i].name && *p.services[i].type && *p.services[i].command);
    for (size_t i = 0; i < p.override_count; i++)
        HOLDS(p.overrides[i].name && p.overrides[i].value);
    postfix_settings_service(&p, "smtp");
    HOLDS(postfix_settings_read(&service.settings));
    for (size_t i = 0; i < service.settings.count; i++)
        HOLDS(postfix_settings_get(&service, service.settings.at[i].name));
    free(service.settings.at);
    text_free(&service.settings.output);
    postfix_settings_free(&p);
}

/* As what postmap writes about three keys, and its complaints. */
static void answers(const char *out, const char *err, int status)
{
    static const char *const keys[] = {"a.test", ".test", "b"};
    struct postfix_tables t = {.directory = "/"};
    struct process_result r = {.status = status, .out = text_of(out), .err = text_of(err)};
    struct postfix_hit hit;

    for (size_t i = 0; i < 3; i++)
        postfix_tables_find(&t, "texthash:/t", keys[i], true, &hit);
    postfix_postmap_take(&t.at[0], &r);
    for (size_t i = 0; i < 3; i++) {
        enum postfix_answer answer = postfix_tables_find(&t, "texthash:/t", keys[i], true, &hit);

        HOLDS(answer != POSTFIX_PENDING);
        HOLDS((answer == POSTFIX_FOUND) == (answer != POSTFIX_ERROR && hit.value != NULL));
    }
    process_result_free(&r);
    r = (struct process_result){.status = status, .out = text_of(out), .err = text_of(err)};
    t.at[0].failed = t.at[0].duplicate = false;
    HOLDS(postfix_postmap_take_listing(&t.at[0], &r));
    HOLDS(t.at[0].listed != t.at[0].failed);
    process_result_free(&r);
    for (size_t i = 0; i < t.at[0].all_count; i++)
        HOLDS(!strchr(t.at[0].all[i].key, '\t') && !strchr(t.at[0].all[i].value, '\n'));
    postfix_tables_free(&t);
}

/* A list of tables ends, and each token is within it. */
static void tokens(const char *list)
{
    struct span rest = {list, strlen(list)}, token;

    while ((token = postfix_tables_token(&rest)).len > 0)
        HOLDS(token.at >= list && token.at + token.len <= list + strlen(list));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *second;

    if (!text)
        return 0;
    for (size_t i = 0; i < size; i++)
        text[i] = data[i] ? (char)data[i] : '?';
    text[size] = '\0';
    entries(text);
    tokens(text);
    second = strchr(text, '\f');
    if (second)
        *second++ = '\0';
    else
        second = text + size;
    settings(text, second);
    answers(text, second, size % 3);
    free(text);
    return 0;
}
