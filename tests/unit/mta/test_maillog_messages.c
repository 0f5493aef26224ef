/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_messages.h"

#include <stdlib.h>

#include "unit/unit.h"

/* Keys of one set, each another one. */
static uint64_t key(uint64_t i)
{
    return (7 + i * MAILLOG_MESSAGE_SETS) * 2 + 1;
}

static struct maillog_messages *begin(void)
{
    struct maillog_messages *m = calloc(1, sizeof *m);

    ck_assert_ptr_nonnull(m);
    maillog_messages_begin(m);
    return m;
}

START_TEST(a_message_is_found_until_it_is_removed)
{
    struct maillog_messages *m = begin();
    struct maillog_message *first = maillog_messages_add(m, key(0));
    struct maillog_message *second = maillog_messages_add(m, key(1));

    ck_assert_ptr_ne(first, second);
    ck_assert_ptr_eq(maillog_messages_find(m, key(0)), first);
    ck_assert_ptr_eq(maillog_messages_find(m, key(1)), second);
    ck_assert_ptr_null(maillog_messages_find(m, key(2)));
    maillog_messages_remove(m, first);
    ck_assert_uint_eq(first->key, 0);
    ck_assert_ptr_null(maillog_messages_find(m, key(0)));
    ck_assert_ptr_eq(maillog_messages_find(m, key(1)), second);
    /* the place that was freed last is used first */
    ck_assert_ptr_eq(maillog_messages_add(m, key(0) + 2), first);
    free(m);
}
END_TEST

START_TEST(a_full_set_names_its_oldest)
{
    struct maillog_messages *m = begin();
    struct maillog_message *oldest;

    for (uint64_t i = 0; i < MAILLOG_MESSAGE_WAYS; i++) {
        ck_assert_ptr_null(maillog_messages_oldest(m, key(9)));
        maillog_messages_add(m, key(i))->stamp = i == 2 ? 1 : 100 + i;
    }
    oldest = maillog_messages_oldest(m, key(9));
    ck_assert_ptr_eq(oldest, maillog_messages_find(m, key(2)));
    ck_assert_ptr_null(maillog_messages_oldest(m, key(9) + 2));
    maillog_messages_remove(m, oldest);
    ck_assert_ptr_null(maillog_messages_oldest(m, key(9)));
    ck_assert_ptr_eq(maillog_messages_add(m, key(9)), oldest);
    free(m);
}
END_TEST

/* Every set can be full, and no two messages share a place. */
START_TEST(there_is_a_place_for_each_way_of_each_set)
{
    struct maillog_messages *m = begin();

    for (uint64_t i = 0; i < MAILLOG_MESSAGES; i++) {
        uint64_t k = 2 * i + 1;

        ck_assert_ptr_null(maillog_messages_oldest(m, k));
        maillog_messages_add(m, k)->session = k;
    }
    for (uint64_t i = 0; i < MAILLOG_MESSAGES; i++)
        ck_assert_uint_eq(maillog_messages_find(m, 2 * i + 1)->session, 2 * i + 1);
    free(m);
}
END_TEST

UNIT_CASE(maillog_messages, {a_message_is_found_until_it_is_removed, 1},
          {a_full_set_names_its_oldest, 1}, {there_is_a_place_for_each_way_of_each_set, 1})
