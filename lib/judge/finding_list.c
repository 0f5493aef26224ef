/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/finding_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* Returns copies of both in one piece of memory: headline, NUL, detail. It is static where both are
 * empty; otherwise free() frees it. NULL: out of memory. */
static const char *keep_texts(const char *headline, const char *detail)
{
    size_t first = strlen(headline) + 1, second = strlen(detail) + 1;
    char *texts;

    if (first + second == 2)
        return "\0";
    texts = malloc(first + second);
    if (!texts)
        return NULL;
    memcpy(texts, headline, first);
    memcpy(texts + first, detail, second);
    return texts;
}

/* Frees the texts of a finding in the list, unless both are "". The finding itself is not freed. */
static void free_texts(const struct finding *f)
{
    if (*f->headline || *f->detail)
        free((char *)f->headline);
}

/* Appends a copy of the finding, texts included, and sets its number. It does not look whether the
 * list has the finding already, nor add it to l->by_place. Returns the copy in the list. NULL:
 * memory ran out, and l->failed is set. */
static struct finding *append(struct finding_list *l, const struct finding *f)
{
    struct finding *at = array_grow(l->at, l->count, sizeof *at);
    const char *texts = at ? keep_texts(f->headline, f->detail) : NULL;

    l->at = at ? at : l->at;
    if (!texts) {
        l->failed = true;
        return NULL;
    }
    at += l->count;
    *at = *f;
    at->headline = texts;
    at->detail = texts + strlen(texts) + 1;
    at->number = l->count++;
    return at;
}

/* Whether two findings have the same code and texts and are about the same gateway and address. Two
 * findings without a gateway must have the same target, too. */
static bool is_same(const struct finding *a, const struct finding *b)
{
    if (a->code != b->code || a->host != b->host || a->address != b->address)
        return false;
    if (a->host == FINDING_NONE && a->target != b->target)
        return false;
    return strcmp(a->headline, b->headline) == 0 && strcmp(a->detail, b->detail) == 0;
}

/* Comparing each of ten thousand findings with all others would take longer than judging. */
void finding_list_add_once(struct finding_list *l, const struct finding *f)
{
    size_t place = f->host != FINDING_NONE ? f->host : f->target;
    uint64_t code = hash_pair(place, f->code);
    struct hash_walk walk;

    for (size_t i = hash_first(&l->by_place, code, &walk); i != HASH_NONE; i = hash_next(&walk)) {
        if (is_same(&l->at[i], f))
            return;
    }
    if (append(l, f) && !hash_add(&l->by_place, code, l->count - 1))
        l->failed = true;
}

/* Returns -1, 0 or 1, where a is smaller than, equal to or greater than b. */
static int compare_numbers(size_t a, size_t b)
{
    if (a == b)
        return 0;
    return a < b ? -1 : 1;
}

/* Compares places in the output or indices of addresses: returns -1, 0 or 1, where a comes before,
 * with or after b. FINDING_NONE comes before all others. */
static int compare_indices(size_t a, size_t b)
{
    return compare_numbers(a + 1, b + 1);
}

/* For qsort: below 0 where finding *a comes before *b, as finding_list_sort says. */
static int compare(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int order = state_rank(y->state) - state_rank(x->state);

    if (order == 0)
        order = (int)finding_code_info(x->code)->mail - (int)finding_code_info(y->code)->mail;
    if (order == 0)
        order = compare_indices(x->order, y->order);
    if (order == 0)
        order = compare_indices(x->address, y->address);
    if (order == 0)
        order = (int)x->code - (int)y->code;
    if (order == 0)
        order = compare_numbers(x->number, y->number);
    return order;
}

void finding_list_sort(struct finding_list *l)
{
    hash_clear(&l->by_place);
    if (l->count > 1)
        qsort(l->at, l->count, sizeof *l->at, compare);
}

void finding_list_clear(struct finding_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free_texts(&l->at[i]);
    free(l->at);
    hash_clear(&l->by_place);
    *l = (struct finding_list){0};
}
