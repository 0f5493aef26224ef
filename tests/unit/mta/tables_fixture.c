/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/mta/tables_fixture.h"

#include <string.h>

#include "base/text.h"

/* Answers about one key by the lines. */
static void answer_key(const char *table, struct postfix_key *k, const char *lines)
{
    struct span rest = span_of(lines);

    k->answer = POSTFIX_NONE;
    while (rest.len > 0) {
        struct span line = span_until(&rest, '\n'), name = span_word(&line, " "),
                    key = span_word(&line, " ");

        if (!span_is(name, table) || !span_is(key, k->key))
            continue;
        span_skip(&line, " ");
        k->answer = span_is(line, "-") ? POSTFIX_ERROR : POSTFIX_FOUND;
        if (k->answer == POSTFIX_FOUND)
            k->value = strndup(line.at, line.len);
        return;
    }
}

bool tables_answer(struct postfix_tables *t, const char *lines, char *asked, size_t cap)
{
    bool any = false;

    for (size_t i = 0; i < t->count; i++) {
        struct postfix_table *table = &t->at[i];

        for (; table->asked_count < table->count; table->asked_count++) {
            text_append(asked, cap, "%s ", table->at[table->asked_count].key);
            answer_key(table->name, &table->at[table->asked_count], lines);
            any = true;
        }
    }
    return any;
}
