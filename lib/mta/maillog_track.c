/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_track.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "mta/maillog_key.h"
#include "mta/maillog_messages.h"

enum {
    WAYS = 4,
    CACHE_LINE = 64,
    PROCESS_SETS = 4096,
    SETTLED = 3600, /* seconds after which a change of level does not matter any more */
    RETRY = 60      /* seconds after which a delivery of the same message may be another attempt */
};

struct process {
    uint64_t key, stamp; /* key 0: free */
    uint64_t peer;
    uint64_t used_by; /* the queue id that the TLS line has counted for; 0: none */
    time_t used_at;   /* the last time; of Exim: when the level was last another one */
    enum maillog_tls tls;
    uint64_t session; /* its number; messages that wait for its end are a list */
    struct maillog_message *pending;
};

struct maillog_track {
    time_t since;
    maillog_sink *sink;
    maillog_submission_sink *submission_sink; /* NULL: none */
    void *ctx;                                /* of both */
    uint64_t seed;
    char apart[CACHE_LINE]; /* what follows changes while other threads read the seed */
    uint64_t stamp;
    struct maillog_service services[MAILLOG_SERVICES];
    uint64_t service_keys[MAILLOG_SERVICES];
    size_t service_count;
    struct process processes[PROCESS_SETS][WAYS];
    struct maillog_messages messages;
};

struct maillog_track *maillog_track_new(time_t since, maillog_sink *sink, void *ctx)
{
    struct maillog_track *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->since = since;
    t->sink = sink;
    t->ctx = ctx;
    t->seed = hash_text("maillog");
    maillog_messages_begin(&t->messages);
    return t;
}

void maillog_track_submissions(struct maillog_track *t, maillog_submission_sink *sink)
{
    t->submission_sink = sink;
}

void maillog_track_free(struct maillog_track *t)
{
    free(t);
}

const struct maillog_service *maillog_track_services(const struct maillog_track *t, size_t *count)
{
    *count = t->service_count;
    return t->services;
}

/* --- services --- */

/* Whether an event is about mail to us, or from us. */
static bool is_inbound(const struct maillog_event *e)
{
    return e->kind >= MAILLOG_SERVER_CONNECT;
}

/* Whether it matters which service an event is of. */
static bool has_service(const struct maillog_event *e)
{
    return e->kind != MAILLOG_SENDER && e->kind != MAILLOG_SUBMITTED;
}

/* The part of a tag by which services differ: as much as their names have room for. */
static struct span service_name(struct span tag)
{
    if (tag.len > MAILLOG_SERVICE_NAME - 1)
        tag.len = MAILLOG_SERVICE_NAME - 1;
    return tag;
}

/* The index of an event's service, which is added where it is new; the last one where there is no
 * more room. For an event that has_service. Exim is one service out, another in. */
static size_t service_of(struct maillog_track *t, const struct maillog_event *e)
{
    struct span name = service_name(e->tag);
    size_t i;

    for (i = 0; i < t->service_count; i++) {
        if (t->service_keys[i] == e->service)
            return i;
    }
    if (i == MAILLOG_SERVICES)
        return i - 1;
    t->service_keys[i] = e->service;
    text_clean(t->services[i].name, sizeof t->services[i].name, name.at, name.len);
    t->services[i].inbound = is_inbound(e);
    t->service_count++;
    return i;
}

/* Notes that a service has logged TLS, unless the event is before the period. */
static void logs_tls(struct maillog_track *t, size_t service, const struct maillog_event *e)
{
    if (e->at >= t->since)
        t->services[service].logs_tls = true;
}

/* --- tables --- */

/* The process of a key, which counts as just used; NULL: nothing is known of it. */
static struct process *find_process(struct maillog_track *t, uint64_t key)
{
    struct process *set = t->processes[key % PROCESS_SETS];

    for (int i = 0; i < WAYS; i++) {
        if (set[i].key == key) {
            set[i].stamp = ++t->stamp;
            return &set[i];
        }
    }
    return NULL;
}

/* The process of a key, new or not, without anything known of it but used_at, which stays, in a new
 * session. Where there is no room, the one that was not used for the longest time is forgotten. The
 * caller decides about messages that waited for the session before. */
static struct process *begin_process(struct maillog_track *t, uint64_t key)
{
    struct process *set = t->processes[key % PROCESS_SETS], *p = find_process(t, key);

    if (!p) {
        p = set;
        for (int i = 1; i < WAYS; i++) {
            if (set[i].stamp < p->stamp)
                p = &set[i];
        }
    }
    p->key = key;
    p->stamp = ++t->stamp;
    p->peer = p->used_by = 0;
    p->tls = MAILLOG_NOT_LOGGED;
    p->session = t->stamp;
    p->pending = NULL;
    return p;
}

/* --- messages that we received --- */

/* Passes a message on; without a decision it is MAILLOG_UNKNOWN. */
static void pass_on(const struct maillog_track *t, const struct maillog_message *m)
{
    const struct maillog_delivery d = {.at = m->at,
                                       .inbound = true,
                                       .tls = m->decided ? m->tls : MAILLOG_UNKNOWN,
                                       .status = MAILLOG_SENT,
                                       .service = m->service,
                                       .owner = m->owner,
                                       .queue_id = {m->queue_id, m->queue_id_len},
                                       .address = {m->address, m->address_len},
                                       .peer = {m->peer, m->peer_len}};

    t->sink(t->ctx, &d);
}

/* Forgets a message, and passes it on if its sender is known, it is not before the period, and
 * it is somebody's. */
static void emit(struct maillog_track *t, struct maillog_message *m)
{
    if (m->has_sender && !m->unwanted && m->at >= t->since)
        pass_on(t, m);
    maillog_messages_remove(&t->messages, m);
}

/* Sets over what a message went, and passes it on and forgets it if its sender is known. */
static void decide(struct maillog_track *t, struct maillog_message *m, enum maillog_tls tls)
{
    m->tls = tls;
    m->decided = true;
    if (m->has_sender)
        emit(t, m);
}

/* Decides about all messages that wait for the end of the process's session. Where the table was
 * full and a message has lost its place, the older ones of the session stay unknown. */
static void decide_all(struct maillog_track *t, struct process *p, enum maillog_tls tls)
{
    struct maillog_message *m = p->pending;

    p->pending = NULL;
    while (m && m->key && !m->decided && m->session == p->session) {
        struct maillog_message *next = m->next;

        decide(t, m, tls);
        m = next;
    }
}

/* The message of a key, new or not, undecided and without sender; the caller fills in the rest. The
 * message that was not heard of for the longest time makes room, and is passed on. */
static struct maillog_message *begin_message(struct maillog_track *t, uint64_t key)
{
    struct maillog_message *m = maillog_messages_find(&t->messages, key), *oldest;

    if (!m) {
        oldest = maillog_messages_oldest(&t->messages, key);
        if (oldest)
            emit(t, oldest);
        m = maillog_messages_add(&t->messages, key);
    }
    m->stamp = ++t->stamp;
    m->decided = m->has_sender = m->unwanted = false;
    m->next = NULL;
    return m;
}

/* Copies a text without ending it with NUL, and returns how much it kept, `cap` - 1 at most; `cap`
 * is 256 at most. A text that is too long loses its beginning: at the end a mail address has its
 * domain, and a peer its address. */
static unsigned char keep(char *dst, size_t cap, struct span s)
{
    size_t len = s.len;

    if (len > cap - 1)
        len = cap - 1;
    memcpy(dst, s.at + s.len - len, len);
    return (unsigned char)len;
}

/* Begins a message of the process's session; it is decided where the session has TLS already. */
static void on_server_message(struct maillog_track *t, size_t service, struct process *p,
                              const struct maillog_event *e)
{
    struct maillog_message *m = maillog_messages_find(&t->messages, e->message);

    if (m && m->session == p->session && !m->decided)
        return; /* the same line again */
    m = begin_message(t, e->message);
    m->service = service;
    m->session = p->session;
    m->queue_id_len = keep(m->queue_id, sizeof m->queue_id, e->queue_id);
    m->peer_len = keep(m->peer, sizeof m->peer, e->peer);
    if (p->tls >= MAILLOG_ENCRYPTED) {
        m->tls = p->tls;
        m->decided = true;
        return;
    }
    m->next = p->pending;
    p->pending = m;
}

/* Sets the sender of a message that we received, and passes it on and forgets it if it is decided.
 * Nothing where the message is not known or has a sender. */
static void on_sender(struct maillog_track *t, const struct maillog_event *e)
{
    struct maillog_message *m = maillog_messages_find(&t->messages, e->message);

    if (!m || m->has_sender)
        return;
    m->at = e->at;
    m->unwanted = e->unwanted;
    m->owner = e->owner;
    if (!e->unwanted)
        m->address_len = keep(m->address, sizeof m->address, e->address);
    m->has_sender = true;
    if (m->decided)
        emit(t, m);
}

/* The TLS of messages that no TLS line was about, by the event that ends their session. */
static enum maillog_tls at_end(const struct maillog_event *e)
{
    if (e->tls == MAILLOG_ENCRYPTED)
        return MAILLOG_ENCRYPTED;
    if (e->wrapper)
        return MAILLOG_UNKNOWN;
    return e->tls == MAILLOG_PLAINTEXT ? MAILLOG_PLAINTEXT : MAILLOG_NOT_LOGGED;
}

/* An event of smtpd(8): kinds from MAILLOG_SERVER_CONNECT to MAILLOG_SERVER_END. */
static void on_server(struct maillog_track *t, size_t service, const struct maillog_event *e)
{
    uint64_t key = maillog_key_process(service, e->pid);
    struct process *p = find_process(t, key);

    if (e->kind == MAILLOG_SERVER_END) {
        if (p) {
            decide_all(t, p, at_end(e));
            p->tls = MAILLOG_NOT_LOGGED;
        }
        return;
    }
    if (e->kind == MAILLOG_SERVER_CONNECT && p)
        decide_all(t, p, MAILLOG_UNKNOWN); /* the end of the session before was not logged */
    if (!p || e->kind == MAILLOG_SERVER_CONNECT)
        p = begin_process(t, key);
    if (e->kind == MAILLOG_SERVER_MESSAGE)
        on_server_message(t, service, p, e);
    if (e->kind == MAILLOG_SERVER_TLS) {
        decide_all(t, p, MAILLOG_PLAINTEXT); /* they came before TLS */
        logs_tls(t, service, e);
        p->tls = e->tls;
    }
}

/* --- messages that we sent --- */

/* The TLS of a delivery by the last TLS line of its process, with the same peer, which then counts
 * for this message alone; MAILLOG_NOT_LOGGED where none counts, or `p` is NULL. MAILLOG_UNKNOWN: it
 * may be a later attempt of the same message. */
static enum maillog_tls tls_of(struct process *p, const struct maillog_event *e)
{
    if (!p)
        return MAILLOG_NOT_LOGGED;
    if (p->peer != e->connection)
        p->tls = MAILLOG_NOT_LOGGED;
    if (p->tls == MAILLOG_NOT_LOGGED)
        return MAILLOG_NOT_LOGGED;
    if (p->used_by != 0 && p->used_by != e->message)
        return MAILLOG_NOT_LOGGED;
    if (p->used_by == e->message && e->at - p->used_at > RETRY)
        return MAILLOG_UNKNOWN;
    p->used_by = e->message;
    p->used_at = e->at;
    return p->tls;
}

/* The TLS of a delivery by Exim. Over a connection that was there already Exim 4.96 says CV=no
 * though it has verified the server: what that transport has come to with the same host counts, if
 * that has been the same for an hour. */
static enum maillog_tls tls_of_exim(struct maillog_track *t, const struct maillog_event *e)
{
    struct process *p = find_process(t, e->connection);

    if (e->continued) {
        if (e->tls != MAILLOG_ENCRYPTED)
            return e->tls;
        return p && e->at - p->used_at >= SETTLED ? p->tls : MAILLOG_UNKNOWN;
    }
    if (e->tls < MAILLOG_ENCRYPTED)
        return e->tls;
    if (!p) {
        p = begin_process(t, e->connection);
        p->tls = e->tls;
        p->used_at = 0;
    }
    if (p->tls != e->tls)
        p->used_at = e->at;
    p->tls = e->tls;
    return e->tls;
}

/* Passes a delivery on, unless it is before the period or nobody's. */
static void on_delivery(struct maillog_track *t, size_t service, const struct maillog_event *e)
{
    enum maillog_tls tls = e->cut ? MAILLOG_UNKNOWN : e->tls;

    if (e->transport.len > 0 && !e->cut)
        tls = tls_of_exim(t, e);
    if (!e->tls_given)
        tls = tls_of(find_process(t, maillog_key_process(service, e->pid)), e);
    else if (e->tls >= MAILLOG_ENCRYPTED)
        logs_tls(t, service, e);
    if (e->at >= t->since && !e->unwanted)
        t->sink(t->ctx, &(struct maillog_delivery){.at = e->at,
                                                   .tls = tls,
                                                   .status = e->status,
                                                   .service = service,
                                                   .owner = e->owner,
                                                   .queue_id = e->queue_id,
                                                   .address = e->address,
                                                   .peer = e->peer,
                                                   .reason = e->reason});
}

/* Begins a session of the client's process that has TLS. */
static void on_client_tls(struct maillog_track *t, size_t service, const struct maillog_event *e)
{
    struct process *p = begin_process(t, maillog_key_process(service, e->pid));

    p->peer = e->connection;
    p->tls = e->tls;
    logs_tls(t, service, e);
}

/* Forgets the TLS of the client's process, if that is known. */
static void on_client_lost(struct maillog_track *t, size_t service, const struct maillog_event *e)
{
    struct process *p = find_process(t, maillog_key_process(service, e->pid));

    if (p)
        p->tls = MAILLOG_NOT_LOGGED;
}

/* Passes on a message to us whose one line says everything, unless it is before the period or
 * nobody's. */
static void on_received(struct maillog_track *t, size_t service, const struct maillog_event *e)
{
    struct maillog_delivery d = {.at = e->at,
                                 .inbound = true,
                                 .tls = e->cut ? MAILLOG_UNKNOWN : e->tls,
                                 .status = MAILLOG_SENT,
                                 .service = service,
                                 .owner = e->owner,
                                 .queue_id = e->queue_id,
                                 .address = e->address,
                                 .peer = e->peer};

    if (e->tls >= MAILLOG_ENCRYPTED)
        logs_tls(t, service, e);
    if (e->at >= t->since && !e->unwanted)
        t->sink(t->ctx, &d);
}

/* Passes on that a message was submitted, unless it is before the period. */
static void on_submitted(const struct maillog_track *t, const struct maillog_event *e)
{
    const struct maillog_submission s = {e->at, e->queue_id, e->address};

    if (t->submission_sink && e->at >= t->since)
        t->submission_sink(t->ctx, &s);
}

void maillog_track_prepare(const struct maillog_track *t, struct maillog_event *e)
{
    if (has_service(e)) {
        e->service = maillog_key_text(t->seed, service_name(e->tag)); /* is odd */
        if (is_inbound(e))
            e->service++;
    }
    if (e->queue_id.len > 0)
        e->message = maillog_key_text(t->seed, e->queue_id);
    if (e->kind == MAILLOG_CLIENT_TLS || e->kind == MAILLOG_DELIVERY)
        e->connection = maillog_key_text(t->seed, e->peer);
    if (e->transport.len > 0)
        e->connection = maillog_key_pair(e->connection, maillog_key_text(t->seed, e->transport));
}

void maillog_track_expect(const struct maillog_track *t, const struct maillog_event *e)
{
    maillog_messages_expect(&t->messages, e->message);
}

void maillog_track_event(struct maillog_track *t, const struct maillog_event *e)
{
    size_t service;

    if (e->kind == MAILLOG_SENDER) {
        on_sender(t, e);
        return;
    }
    if (e->kind == MAILLOG_SUBMITTED) {
        on_submitted(t, e);
        return;
    }
    service = service_of(t, e);
    switch (e->kind) {
    case MAILLOG_CLIENT_TLS:
        on_client_tls(t, service, e);
        return;
    case MAILLOG_CLIENT_LOST:
        on_client_lost(t, service, e);
        return;
    case MAILLOG_DELIVERY:
        on_delivery(t, service, e);
        return;
    case MAILLOG_RECEIVED:
        on_received(t, service, e);
        return;
    default:
        on_server(t, service, e);
        return;
    }
}

void maillog_track_end(struct maillog_track *t)
{
    for (const struct maillog_message_set *set = t->messages.sets;
         set < t->messages.sets + MAILLOG_MESSAGE_SETS; set++) {
        for (int way = 0; way < MAILLOG_MESSAGE_WAYS; way++) {
            if (set->keys[way])
                emit(t, &t->messages.at[set->places[way]]);
        }
    }
}
