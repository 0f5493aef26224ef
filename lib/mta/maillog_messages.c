/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_messages.h"

/* The lowest bit of a key says nothing: it is 1 in all of them. */
static struct maillog_message_set *set_of(struct maillog_messages *m, uint64_t key)
{
    return &m->sets[key / 2 % MAILLOG_MESSAGE_SETS];
}

/* The way of a key, or of 0 for a free one, in a set; MAILLOG_MESSAGE_WAYS: there is none. */
static int way_of(const struct maillog_message_set *set, uint64_t key)
{
    int way = 0;

    while (way < MAILLOG_MESSAGE_WAYS && set->keys[way] != key)
        way++;
    return way;
}

void maillog_messages_begin(struct maillog_messages *m)
{
    for (uint32_t i = 0; i < MAILLOG_MESSAGES; i++)
        m->free[i] = MAILLOG_MESSAGES - 1 - i;
    m->free_count = MAILLOG_MESSAGES;
}

struct maillog_message *maillog_messages_find(struct maillog_messages *m, uint64_t key)
{
    const struct maillog_message_set *set = set_of(m, key);
    int way = way_of(set, key);

    return way < MAILLOG_MESSAGE_WAYS ? &m->at[set->places[way]] : NULL;
}

void maillog_messages_expect(const struct maillog_messages *m, uint64_t key)
{
    __builtin_prefetch(&m->sets[key / 2 % MAILLOG_MESSAGE_SETS]);
}

struct maillog_message *maillog_messages_oldest(struct maillog_messages *m, uint64_t key)
{
    const struct maillog_message_set *set = set_of(m, key);
    struct maillog_message *oldest = &m->at[set->places[0]];

    if (way_of(set, 0) < MAILLOG_MESSAGE_WAYS)
        return NULL;
    for (int way = 1; way < MAILLOG_MESSAGE_WAYS; way++) {
        if (m->at[set->places[way]].stamp < oldest->stamp)
            oldest = &m->at[set->places[way]];
    }
    return oldest;
}

struct maillog_message *maillog_messages_add(struct maillog_messages *m, uint64_t key)
{
    struct maillog_message_set *set = set_of(m, key);
    int way = way_of(set, 0);
    uint32_t place = m->free[--m->free_count];

    set->keys[way] = key;
    set->places[way] = place;
    m->at[place].key = key;
    return &m->at[place];
}

void maillog_messages_remove(struct maillog_messages *m, struct maillog_message *message)
{
    struct maillog_message_set *set = set_of(m, message->key);
    int way = way_of(set, message->key);

    m->free[m->free_count++] = set->places[way];
    set->keys[way] = 0;
    message->key = 0;
}
