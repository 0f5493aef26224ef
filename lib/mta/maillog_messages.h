/* SPDX-License-Identifier: BSD-2-Clause */
/* maillog_messages: the messages that we received and that a later line still decides about.
 *
 * Hides the table, whose size is bounded. Its keys are together, apart from the messages, and the
 * place that was freed last is used first: so what a busy log looks at stays in the processor's
 * cache, although the table has room for many messages. */
#ifndef MTA_MAILLOG_MESSAGES_H
#define MTA_MAILLOG_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "mta/maillog_event.h"

enum {
    MAILLOG_MESSAGE_SETS = 8192,
    MAILLOG_MESSAGE_WAYS = 4,
    MAILLOG_MESSAGES = MAILLOG_MESSAGE_SETS * MAILLOG_MESSAGE_WAYS,
    MAILLOG_MESSAGE_KEPT = 256 /* bytes of an address, and of a peer */
};

struct maillog_message {
    uint64_t key, stamp; /* key 0: free */
    uint64_t session;    /* that decides about it; another one where the place was given away */
    struct maillog_message *next; /* of the same session */
    time_t at;
    size_t service;
    enum maillog_tls tls;
    bool decided;    /* its tls is known */
    bool has_sender; /* so are its address and time */
    bool unwanted;   /* it is not passed on */
    void *owner;
    unsigned char queue_id_len, address_len, peer_len;
    char queue_id[24], peer[MAILLOG_MESSAGE_KEPT], address[MAILLOG_MESSAGE_KEPT];
};

/* Messages whose keys are alike share a set. */
struct maillog_message_set {
    uint64_t keys[MAILLOG_MESSAGE_WAYS];   /* 0: free */
    uint32_t places[MAILLOG_MESSAGE_WAYS]; /* of the messages, in maillog_messages */
};

/* Begins zeroed, then maillog_messages_begin. */
struct maillog_messages {
    struct maillog_message_set sets[MAILLOG_MESSAGE_SETS];
    uint32_t free[MAILLOG_MESSAGES]; /* places; the last is used next */
    size_t free_count;
    struct maillog_message at[MAILLOG_MESSAGES];
};

void maillog_messages_begin(struct maillog_messages *m);

/* The message of a key, not 0; NULL: none. */
struct maillog_message *maillog_messages_find(struct maillog_messages *m, uint64_t key);

/* Has the processor fetch what looking that key up needs. */
void maillog_messages_expect(const struct maillog_messages *m, uint64_t key);

/* The message that has to be removed before one with that key can be added: of its set, the one
 * with the lowest stamp. NULL: there is room. */
struct maillog_message *maillog_messages_oldest(struct maillog_messages *m, uint64_t key);

/* Adds a message with a key, not 0, that none has yet, where there is room. Whatever else is in it
 * is for the caller to set. */
struct maillog_message *maillog_messages_add(struct maillog_messages *m, uint64_t key);

/* Frees the place of a message; the key is 0 afterwards, and everything else stays until the place
 * is used again. */
void maillog_messages_remove(struct maillog_messages *m, struct maillog_message *message);

#endif
