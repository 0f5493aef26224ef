/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/mail_tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "mta/maillog_key.h"

enum { DOMAIN_MAX = 255 };

/* --- networks --- */

/* Appends a network to a list, which is moved; true also for a text that is none, which is passed
 * over. False: memory. */
static bool add_network(struct network **list, size_t *count, struct span s)
{
    struct network network, *at;

    if (!network_parse(s, &network))
        return true;
    at = array_grow(*list, *count, sizeof *at);
    if (!at)
        return false;
    *list = at;
    at[(*count)++] = network;
    return true;
}

bool mail_tally_internal(struct mail_tally *t, const char *networks)
{
    struct span rest = span_of(networks), word;

    while ((word = span_word(&rest, " \t\n,")).len > 0) {
        if (!add_network(&t->internal, &t->internal_count, word))
            return false;
    }
    return true;
}

/* Whether one of the networks contains the address, which is a network of one address. */
static bool is_in(const struct network *list, size_t count, const struct network *address)
{
    for (size_t i = 0; i < count; i++) {
        if (network_contains(&list[i], address))
            return true;
    }
    return false;
}

/* --- the beginning --- */

/* The code of a name in t->domains, in any case. A busy log has many addresses: this is quicker
 * than hash_bytes, and only our forms put names in. */
static uint64_t name_code(const struct mail_tally *t, struct span name)
{
    return maillog_key_name(t->seed, name) / 2; /* whose lowest bit is always set */
}

/* Adds a name of the partner with that index to t->names and t->domains. False: memory. */
static bool add_name(struct mail_tally *t, const char *name, size_t partner)
{
    struct mail_name *names = array_grow(t->names, t->name_count, sizeof *names);

    if (!names)
        return false;
    t->names = names;
    names[t->name_count] = (struct mail_name){name, partner};
    return hash_add(&t->domains, name_code(t, span_of(*name == '*' ? name + 1 : name)),
                    t->name_count++);
}

/* Adds the names of the partner p, whose index in t->partners is given. False: memory. */
static bool add_domains(struct mail_tally *t, const struct partner *p, size_t index)
{
    const char *name;

    for (size_t i = 0; (name = form_name(p, i)); i++) {
        if (*name == '*')
            t->wildcards = true;
        if (!add_name(t, name, index))
            return false;
    }
    return true;
}

/* Adds a partner, for whom there is room, with its names and hosts. False: memory. */
static bool add_partner(struct mail_tally *t, const struct partner *p)
{
    size_t index = t->count++;
    struct mail_partner *m = &t->partners[index];

    m->partner = p;
    for (size_t i = 0; i < p->sending_hosts.count; i++) {
        if (!add_network(&m->hosts, &m->host_count, span_of(p->sending_hosts.at[i])))
            return false;
    }
    return add_domains(t, p, index);
}

bool mail_tally_begin(struct mail_tally *t, const struct form *form, const struct partner *only)
{
    t->own = &form->own;
    t->seed = hash_text("mail_tally");
    t->partners = calloc(form->count + 1, sizeof *t->partners);
    t->deferrals = calloc(MAIL_DEFERRALS, sizeof *t->deferrals);
    if (!t->deferrals)
        return false;
    for (size_t i = 0; t->partners && i < form->count; i++) {
        if ((!only || only == &form->at[i]) && !add_partner(t, &form->at[i]))
            return false;
    }
    for (size_t i = 0; i < form->own.internal.count; i++) {
        if (!mail_tally_internal(t, form->own.internal.at[i]))
            return false;
    }
    return t->partners != NULL;
}

void mail_tally_clear(struct mail_tally *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->partners[i].hosts);
    free(t->partners);
    free(t->internal);
    free(t->deferrals);
    free(t->names);
    hash_clear(&t->domains);
    *t = (struct mail_tally){0};
}

/* --- whose it is --- */

/* The partner that has that name, in any case; with `below`, the wildcard whose names end in
 * `name`, which begins with a dot. NULL: none. */
static struct mail_partner *partner_of_name(struct mail_tally *t, struct span name, bool below)
{
    struct hash_walk walk;

    for (size_t i = hash_first(&t->domains, name_code(t, name), &walk); i != HASH_NONE;
         i = hash_next(&walk)) {
        const struct mail_name *found = &t->names[i];

        if ((*found->text == '*') == below && span_is_folded(name, found->text + below))
            return &t->partners[found->partner];
    }
    return NULL;
}

/* What is after the last '@' of an address without angle brackets. Empty: there is nothing, or it
 * is too long or has a NUL. */
static struct span domain_of(struct span address)
{
    const char *at = address.len > 0 ? memrchr(address.at, '@', address.len) : NULL;
    size_t len = at ? address.len - (size_t)(at + 1 - address.at) : 0;

    if (len == 0 || len > DOMAIN_MAX || memchr(at + 1, '\0', len))
        return (struct span){0};
    return (struct span){at + 1, len};
}

/* The partner with a wildcard above a domain. NULL: none. */
static struct mail_partner *partner_above(struct mail_tally *t, struct span domain)
{
    struct mail_partner *found = NULL;

    while (!found && domain.len > 0) {
        if (domain.at[0] == '.')
            found = partner_of_name(t, domain, true);
        domain = (struct span){domain.at + 1, domain.len - 1};
    }
    return found;
}

struct mail_partner *mail_tally_partner(struct mail_tally *t, struct span address)
{
    struct span domain = domain_of(address);
    struct mail_partner *found = NULL;

    if (domain.len > 0)
        found = partner_of_name(t, domain, false);
    if (!found && t->wildcards)
        found = partner_above(t, domain);
    return found;
}

void *mail_tally_owner(void *ctx, struct span address)
{
    return mail_tally_partner(ctx, address);
}

/* --- where it went, or came from --- */

/* "host[address]:port" and "host [address]:port" in parts. */
struct peer {
    struct span host, port;
    struct network address;
};

/* Takes "host[address]:port" or "host (helo) [address]:port" apart at its last '['; the spans are
 * parts of `s`, host and port empty where they are missing. A name of which there is nothing but
 * the client's word is in parentheses, which stay. False: there is no address, as for a socket, and
 * *out is of no use. */
static bool read_peer(struct span s, struct peer *out)
{
    const char *open = s.len > 0 ? memrchr(s.at, '[', s.len) : NULL, *close;
    struct span address, name;

    if (!open)
        return false;
    name = (struct span){s.at, (size_t)(open - s.at)};
    out->host = span_until(&name, ' ');
    address = (struct span){open + 1, s.len - (size_t)(open + 1 - s.at)};
    close = memchr(address.at, ']', address.len);
    if (!close)
        return false;
    out->port = (struct span){close + 1, address.len - (size_t)(close + 1 - address.at)};
    span_skip(&out->port, ":");
    address.len = (size_t)(close - address.at);
    return network_parse(address, &out->address);
}

/* Whether a peer is at a loopback address or in one of our networks. Relays of [own] are not looked
 * at. */
static bool is_internal(const struct mail_tally *t, const struct peer *p)
{
    return network_is_loopback(&p->address) || is_in(t->internal, t->internal_count, &p->address);
}

/* Whether a peer is what `name` says: an address, a network or a host's name. Ports are not looked
 * at, nor is the case of names. */
static bool is_host(const struct peer *p, const char *name)
{
    struct network address;

    if (network_parse(span_of(name), &address))
        return network_contains(&address, &p->address);
    return span_is_folded(p->host, name);
}

/* Whether a peer is a relay of ours. A port that one side does not have is not compared. */
static bool is_relay(const struct mail_tally *t, const struct peer *p)
{
    const struct form_gateways *relays = &t->own->relay;
    unsigned port = 0;

    span_number(p->port, &port);
    for (size_t i = 0; i < relays->count; i++) {
        const struct form_gateway *g = &relays->at[i];

        if ((g->port == 0 || port == 0 || g->port == port) && is_host(p, g->name))
            return true;
    }
    return false;
}

/* Whether a peer is one of the partner's sending-hosts, by address or by name. */
static bool is_sending_host(const struct mail_partner *m, const struct peer *p)
{
    const struct form_list *names = &m->partner->sending_hosts;

    if (is_in(m->hosts, m->host_count, &p->address))
        return true;
    for (size_t i = 0; i < names->count; i++) {
        if (is_host(p, names->at[i]))
            return true;
    }
    return false;
}

/* --- counting --- */

/* Counts a delivery that was sent to the partner or received, no relay's, and keeps it as an
 * example if it was in plaintext, is not verified, or has no TLS line. d->service is below
 * MAILLOG_SERVICES. */
static void count(struct mail_direction *dir, const struct maillog_delivery *d)
{
    if (d->tls == MAILLOG_NOT_LOGGED) {
        dir->no_tls_line[d->service]++;
        mail_examples_add(&dir->silent, d);
        return;
    }
    dir->count[d->tls]++;
    if (d->tls == MAILLOG_PLAINTEXT)
        mail_examples_add(&dir->plaintext, d);
    if (!d->inbound && (d->tls == MAILLOG_ENCRYPTED || d->tls == MAILLOG_TRUSTED))
        mail_examples_add(&dir->unverified, d);
}

/* The place for the deferral with that code, of message_code or domain_code; never NULL. Only if
 * its `of` is that code, the deferral is the one that is meant. */
static struct mail_deferral *deferral_of(const struct mail_tally *t, uint64_t code)
{
    return &t->deferrals[code % MAIL_DEFERRALS];
}

/* The code of a queue id, which is never 0. */
static uint64_t message_code(struct span queue_id)
{
    return hash_bytes(queue_id.at, queue_id.len) | 1;
}

/* The code of the domain of a mail address, in any case, which is never 0, nor likely to be a queue
 * id's. 1 for an address without a domain. */
static uint64_t domain_code(struct span address)
{
    struct span domain = domain_of(address);
    char lower[DOMAIN_MAX];

    for (size_t i = 0; i < domain.len; i++) {
        char c = domain.at[i];

        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    return domain.len > 0 ? hash_bytes(lower, domain.len) | 1 : 1;
}

/* The reason that is noted; an empty span: none is. Borrowed. */
static struct span noted_reason(const struct mail_tally *t, uint64_t code)
{
    const struct mail_deferral *x = deferral_of(t, code);

    return span_of(x->of == code ? x->reason : "");
}

/* Notes a reason for a code of message_code or domain_code; it is copied. One that is not about TLS
 * is noted only in place of an earlier one, which is not true any more. */
static void note_reason(struct mail_tally *t, uint64_t code, struct span reason)
{
    struct mail_deferral *x = deferral_of(t, code);

    if (mail_queue_cause(reason) == MAIL_QUEUE_OTHER && x->of != code)
        return;
    x->of = code;
    text_clean(x->reason, sizeof x->reason, reason.at, reason.len);
}

/* Notes why a message was deferred. "retry time not reached" means that the message was not tried,
 * because of what another one to the same domain has met. */
static void note_deferral(struct mail_tally *t, const struct maillog_delivery *d)
{
    uint64_t message = message_code(d->queue_id), domain = domain_code(d->address);
    char other[MAIL_REASON]; /* a copy: both may have one place */

    if (!span_begins(d->reason, "retry time not reached")) {
        note_reason(t, message, d->reason);
        note_reason(t, domain, d->reason);
    } else if (noted_reason(t, message).len == 0) {
        span_copy(noted_reason(t, domain), other, sizeof other);
        note_reason(t, message, span_of(other));
    }
}

/* Why a message waits, by the queue or else by the log; an empty span where neither says it.
 * Borrowed from either. */
static struct span reason_of(const struct mail_tally *t, const struct mail_queue_entry *entry)
{
    if (entry->reason.len > 0)
        return entry->reason;
    return noted_reason(t, message_code(entry->queue_id));
}

/* Counts a recipient who waits, and keeps the entry, with `reason` instead of its own, if it is the
 * oldest so far. Both are copied. */
static void add_waiting(struct mail_waiting *w, const struct mail_queue_entry *entry,
                        struct span reason)
{
    if (w->count++ > 0 && entry->arrived >= w->oldest)
        return;
    w->oldest = entry->arrived;
    text_clean(w->queue_id, sizeof w->queue_id, entry->queue_id.at, entry->queue_id.len);
    text_clean(w->reason, sizeof w->reason, reason.at, reason.len);
}

void mail_tally_waiting(void *ctx, const struct mail_queue_entry *entry)
{
    struct mail_tally *t = ctx;
    struct mail_partner *m = mail_tally_partner(t, entry->address);
    struct span reason = reason_of(t, entry);
    enum mail_queue_cause cause = mail_queue_cause(reason);

    if (m && cause == MAIL_QUEUE_PARTNERS)
        add_waiting(&m->waiting, entry, reason);
    if (m && cause == MAIL_QUEUE_OURS)
        add_waiting(&t->broken, entry, reason);
}

void mail_tally_add(void *ctx, const struct maillog_delivery *d)
{
    struct mail_tally *t = ctx;
    struct mail_partner *m;
    struct peer peer;

    if (d->status != MAILLOG_SENT && d->status != MAILLOG_DEFERRED)
        return;
    m = d->owner ? d->owner : mail_tally_partner(t, d->address);
    if (m && d->status == MAILLOG_DEFERRED)
        note_deferral(t, d);
    if (d->status == MAILLOG_DEFERRED)
        return;
    if (!m || !read_peer(d->peer, &peer))
        return;
    if (!d->inbound && is_relay(t, &peer))
        m->sent.relayed++;
    else if (is_internal(t, &peer))
        return;
    else if (!d->inbound)
        count(&m->sent, d);
    else if (is_sending_host(m, &peer))
        count(&m->received, d);
    else
        count(&m->other, d);
}

/* Counts the messages without a TLS line as in plaintext if their service, an index in `services`,
 * logs TLS, or else as not logged. To be called once for each direction. */
static void finish(struct mail_direction *d, const struct maillog_service *services, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (services[i].logs_tls)
            d->count[MAILLOG_PLAINTEXT] += d->no_tls_line[i];
        else
            d->count[MAILLOG_NOT_LOGGED] += d->no_tls_line[i];
    }
    mail_examples_join(&d->plaintext, &d->silent, services);
}

void mail_tally_finish(struct mail_tally *t, const struct maillog_service *services, size_t n)
{
    for (size_t i = 0; i < t->count; i++) {
        finish(&t->partners[i].sent, services, n);
        finish(&t->partners[i].received, services, n);
        finish(&t->partners[i].other, services, n);
    }
}

uint64_t mail_tally_total(const struct mail_direction *d)
{
    uint64_t total = 0;

    for (int i = 0; i < MAILLOG_TLS_COUNT; i++)
        total += d->count[i];
    return total;
}

uint64_t mail_tally_unknown(const struct mail_direction *d)
{
    return d->count[MAILLOG_UNKNOWN] + d->count[MAILLOG_NOT_LOGGED];
}
