/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum {
    TEXT_MAX = 16000, /* Exim's buffer for a line has 16384 bytes */
    NAME_SIZE = 300
};

void exim_known_clear(struct exim_known *k)
{
    for (size_t i = 0; i < k->need_count; i++)
        free(k->needs[i].key);
    free(k->needs);
    hash_clear(&k->need_index);
    exim_output_clear_settings(&k->settings);
    *k = (struct exim_known){0};
}

/* --- needs --- */

/* The code under which the index has a need. */
static uint64_t code_of(enum exim_need_kind kind, struct span key)
{
    return hash_pair((uint64_t)kind, hash_bytes(key.at, key.len));
}

/* The need of that kind and exactly that key, valid until the next add_need; NULL: it was not noted
 * yet. */
static struct exim_need *find_need(struct exim_known *k, enum exim_need_kind kind, struct span key)
{
    struct hash_walk walk;
    uint64_t code = code_of(kind, key);

    for (size_t i = hash_first(&k->need_index, code, &walk); i != HASH_NONE; i = hash_next(&walk)) {
        if (k->needs[i].kind == kind && span_is(key, k->needs[i].key))
            return &k->needs[i];
    }
    return NULL;
}

/* Notes a need, which is not there yet, as EXIM_PENDING, and copies the key. False: memory ran out;
 * exim_known_clear frees. */
static bool add_need(struct exim_known *k, enum exim_need_kind kind, struct span key)
{
    struct exim_need *grown = array_grow(k->needs, k->need_count, sizeof *grown);
    char *copy;

    if (!grown)
        return false;
    k->needs = grown;
    copy = strndup(key.at, key.len);
    if (!copy)
        return false;
    k->needs[k->need_count++] =
        (struct exim_need){.kind = kind, .key = copy, .state = EXIM_PENDING, .value = span_of("")};
    return hash_add(&k->need_index, code_of(kind, key), k->need_count - 1);
}

/* The state and *value of a need. One that is new is added: EXIM_PENDING, and *value is empty. Out
 * of memory sets k->failed, and is EXIM_PENDING too. */
static enum exim_answer state_of(struct exim_known *k, enum exim_need_kind kind, struct span key,
                                 struct span *value)
{
    const struct exim_need *need = find_need(k, kind, key);

    if (need) {
        *value = need->value;
        return need->state;
    }
    *value = span_of("");
    if (!add_need(k, kind, key))
        k->failed = true;
    return EXIM_PENDING;
}

size_t exim_known_pending(const struct exim_known *k, enum exim_need_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < k->need_count; i++)
        count += k->needs[i].kind == kind && k->needs[i].state == EXIM_PENDING;
    return count;
}

void exim_known_give_up(struct exim_known *k, enum exim_need_kind kind, struct span why)
{
    for (size_t i = 0; i < k->need_count; i++) {
        if (k->needs[i].kind != kind || k->needs[i].state != EXIM_PENDING)
            continue;
        k->needs[i].state = EXIM_FAILED;
        k->needs[i].value = why;
    }
}

/* --- lists --- */

enum exim_answer exim_known_list(struct exim_known *k, enum exim_kind kind, struct span name,
                                 struct span *value)
{
    const struct exim_setting *list =
        exim_output_find_setting(&k->settings, kind, span_of(""), name);
    char key[NAME_SIZE];

    if (!list) {
        text_format(key, sizeof key, "+%.*s", (int)name.len, name.at);
        return state_of(k, EXIM_NEED_LISTS, span_of(key), value);
    }
    *value = list->value;
    return list->hidden ? EXIM_FAILED : EXIM_ANSWERED;
}

/* --- expansions --- */

enum exim_answer exim_known_text(struct exim_known *k, const char *text, struct span *expanded)
{
    struct span key = span_of(text);

    if (key.len > TEXT_MAX || span_find(key, "\n") < key.len || span_find(key, "\r") < key.len) {
        *expanded = span_of("too long");
        return EXIM_UNSOUND;
    }
    return state_of(k, EXIM_NEED_TEXT, key, expanded);
}

enum exim_answer exim_known_expand(struct exim_known *k, struct span value,
                                   const struct exim_subject *subject, struct span *expanded)
{
    struct text text;
    enum exim_answer answer = EXIM_UNSOUND;

    *expanded = value;
    if (!exim_expand_needed(value))
        return EXIM_ANSWERED;
    text_init(&text, TEXT_MAX);
    if (exim_expand_prepare(value, subject, &text, expanded))
        answer = exim_known_text(k, text_str(&text), expanded);
    k->failed = k->failed || text.failed;
    text_free(&text);
    return answer;
}

void exim_known_input(const struct exim_known *k, struct text *out)
{
    /* A line must not begin with a capital letter: Exim would take it for a macro. */
    for (size_t i = 0; i < k->need_count; i++) {
        if (k->needs[i].kind == EXIM_NEED_TEXT && k->needs[i].state == EXIM_PENDING)
            text_addf(out, "%zu:%s:%zu\n", i, k->needs[i].key, i);
    }
}

/* Answers a need, whose index is `i` in k->needs, by what the marks "I:" and ":I" enclose in
 * `answer`, which the need then borrows. False: the marks are not there, and the need is unchanged.
 */
static bool take(struct exim_need *need, size_t i, struct span answer)
{
    char mark[24];
    size_t len;

    snprintf(mark, sizeof mark, "%zu:", i);
    if (!span_skip(&answer, mark))
        return false;
    len = (size_t)snprintf(mark, sizeof mark, ":%zu", i);
    if (answer.len < len || memcmp(answer.at + answer.len - len, mark, len) != 0)
        return false;
    need->state = EXIM_ANSWERED;
    need->value = (struct span){.at = answer.at, .len = answer.len - len};
    return true;
}

void exim_known_answers(struct exim_known *k, struct span output)
{
    struct span answer;

    for (size_t i = 0; i < k->need_count; i++) {
        struct exim_need *need = &k->needs[i];

        if (need->kind != EXIM_NEED_TEXT || need->state != EXIM_PENDING)
            continue;
        if (!exim_output_next_answer(&output, &answer))
            return;
        if (take(need, i, answer))
            continue;
        span_skip(&answer, "Failed: ");
        need->state = EXIM_FAILED;
        need->value = answer;
    }
}
