/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/partners_mta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "mta/exim.h"
#include "mta/postfix.h"

bool partners_mta_named(const struct form_own *own)
{
    return own->postfix.count > 0 || own->exim;
}

/* Returns `s`, which *m owns from now on. NULL: memory ran out, and `s` is freed, or `s` is
 * NULL. */
static const char *keep(struct partners_mta *m, char *s)
{
    char **grown;

    if (!s)
        return NULL;
    grown = array_grow(m->strings, m->string_count, sizeof *grown);
    if (!grown) {
        free(s);
        return NULL;
    }
    m->strings = grown;
    return grown[m->string_count++] = s;
}

/* "USER@DOMAIN", without angle brackets, which *m owns; NULL: memory ran out. */
static const char *mailbox(struct partners_mta *m, const char *user, const char *domain)
{
    char *s;

    if (asprintf(&s, "%s@%s", user, domain) < 0)
        s = NULL;
    return keep(m, s);
}

/* A mailbox in a subdomain of `suffix`, ".example.com", that no table has; *m owns it. NULL:
 * memory ran out. */
static const char *below(struct partners_mta *m, const char *suffix)
{
    char *s;

    if (asprintf(&s, "postmaster@mailtls-test%s", suffix) < 0)
        s = NULL;
    return keep(m, s);
}

/* --- questions --- */

/* The names of the gateways that a form declares, borrowed, in a new list that *m owns; there are
 * p->gateways.count. NULL: memory ran out. */
static const char **hosts_of(struct partners_mta *m, const struct partner *p)
{
    const char ***grown = array_grow(m->hosts, m->host_lists, sizeof *grown), **list;

    if (!grown)
        return NULL;
    m->hosts = grown;
    list = calloc(p->gateways.count + 1, sizeof *list);
    if (!list)
        return NULL;
    for (size_t i = 0; i < p->gateways.count; i++)
        list[i] = p->gateways.at[i].name;
    return m->hosts[m->host_lists++] = list;
}

/* Appends the index of a partner to a list of `count`, which is moved. False: memory. */
static bool add_partner(size_t **list, size_t count, size_t partner)
{
    size_t *grown = array_grow(*list, count, sizeof *grown);

    if (!grown)
        return false;
    *list = grown;
    grown[count] = partner;
    return true;
}

/* Adds a question, whose texts are borrowed; `partner` is an index of the caller of
 * partners_mta_add, kept as it is. False: memory, also where the recipient is NULL. */
static bool add_question(struct partners_mta *m, struct mta_question question, size_t partner)
{
    struct mta_question *grown = array_grow(m->questions, m->question_count, sizeof *grown);

    if (!grown)
        return false;
    m->questions = grown;
    if (!question.recipient || !add_partner(&m->partner_of, m->question_count, partner))
        return false;
    grown[m->question_count++] = question;
    return true;
}

/* Adds a question for each recipient of [own] that is exactly in question.domain, no wildcard; *any
 * becomes true if there is one, and else stays. False: memory. */
static bool add_given(struct partners_mta *m, const struct form_own *own,
                      struct mta_question question, size_t partner, bool *any)
{
    for (size_t i = 0; i < own->recipients.count; i++) {
        const char *at = strrchr(own->recipients.at[i], '@');

        if (strcmp(at + 1, question.domain) != 0)
            continue;
        question.recipient = own->recipients.at[i];
        *any = true;
        if (!add_question(m, question, partner))
            return false;
    }
    return true;
}

/* Adds the questions about question.domain, whose other members but the recipient are set: for the
 * recipients of [own] in it, or else for postmaster; for a wildcard in a subdomain that no table
 * will have. False: memory. */
static bool add_domain(struct partners_mta *m, const struct form_own *own,
                       struct mta_question question, size_t partner)
{
    bool any = false, wildcard = *question.domain == '*';

    if (!wildcard && !add_given(m, own, question, partner, &any))
        return false;
    if (any)
        return true;
    if (wildcard)
        question.recipient = below(m, question.domain + 1);
    else
        question.recipient = mailbox(m, "postmaster", question.domain);
    return add_question(m, question, partner);
}

/* Adds the questions where mail for each of the partner's names goes. False: memory. */
static bool add_outbound(struct partners_mta *m, const struct form_own *own,
                         const struct partner *p, size_t partner)
{
    const char **hosts = hosts_of(m, p);
    const char *domain;

    if (!hosts)
        return false;
    for (size_t i = 0; (domain = form_name(p, i)); i++) {
        struct mta_question question = {
            .domain = domain, .hosts = hosts, .host_count = p->gateways.count};

        if (!add_domain(m, own, question, partner))
            return false;
    }
    return true;
}

/* --- senders and clients --- */

/* Appends a sender, borrowed. False: memory, also where it is NULL. */
static bool add_sender(struct partners_mta *m, const char *sender)
{
    const char **grown = array_grow(m->senders, m->sender_count, sizeof *grown);

    if (!grown)
        return false;
    m->senders = grown;
    if (!sender)
        return false;
    grown[m->sender_count++] = sender;
    return true;
}

/* Adds the senders of [own], or postmaster at our domains, or without any of these at this
 * machine. Does nothing if there are senders already. False: memory. */
static bool add_senders(struct partners_mta *m, const struct form_own *own)
{
    bool ok = true;

    if (m->sender_count > 0)
        return true;
    for (size_t i = 0; ok && i < own->senders.count; i++)
        ok = add_sender(m, own->senders.at[i]);
    for (size_t i = 0; ok && own->senders.count == 0 && i < own->domains.count; i++)
        ok = add_sender(m, mailbox(m, "postmaster", own->domains.at[i]));
    if (ok && m->sender_count == 0)
        ok = add_sender(m, "postmaster@localhost");
    return ok;
}

/* Adds a client, whose texts are borrowed; `partner` is an index of the caller of partners_mta_add,
 * kept as it is. False: memory, also where a mailbox is NULL. */
static bool add_client(struct partners_mta *m, struct mta_client client, size_t partner)
{
    struct mta_client *grown = array_grow(m->clients, m->client_count, sizeof *grown);

    if (!grown)
        return false;
    m->clients = grown;
    if (!client.sender || !client.recipient ||
        !add_partner(&m->client_partner_of, m->client_count, partner))
        return false;
    grown[m->client_count++] = client;
    return true;
}

/* The recipient of ours that a partner's host sends to: that of [own], or postmaster at one of our
 * domains, which *m owns. NULL: memory. */
static const char *own_recipient(struct partners_mta *m, const struct form_own *own)
{
    if (own->recipient)
        return own->recipient;
    return mailbox(m, "postmaster", own->domains.count ? own->domains.at[0] : "localhost");
}

/* Adds each sending host that is given by its address, with each of the partner's domains as
 * sender. `own`, one for all partners, has exim; the form must outlive *m. Names and networks are
 * left out. False: memory. */
static bool add_inbound(struct partners_mta *m, const struct form_own *own, const struct partner *p,
                        size_t partner)
{
    const char *recipient = own_recipient(m, own), *domain;

    for (size_t h = 0; h < p->sending_hosts.count; h++) {
        const char *host = p->sending_hosts.at[h];

        if (strchr(host, '/') || (!strchr(host, ':') && strspn(host, "0123456789.") < strlen(host)))
            continue;
        for (size_t i = 0; (domain = form_domain(p, i)); i++) {
            struct mta_client client = {.address = host,
                                        .sender = mailbox(m, "postmaster", domain),
                                        .recipient = recipient};

            if (!add_client(m, client, partner))
                return false;
        }
    }
    return true;
}

bool partners_mta_add(struct partners_mta *m, const struct form_own *own, const struct partner *p,
                      size_t partner, bool outbound, bool inbound)
{
    if (!add_senders(m, own) || (outbound && !add_outbound(m, own, p, partner)))
        return false;
    return !inbound || !own->exim || add_inbound(m, own, p, partner);
}

/* --- asking --- */

bool partners_mta_ask(struct partners_mta *m, const struct form_own *own, instant deadline,
                      struct error *e)
{
    const struct mta_ask ask = {.questions = m->questions,
                                .question_count = m->question_count,
                                .senders = m->senders,
                                .sender_count = m->sender_count,
                                .clients = m->clients,
                                .client_count = m->client_count,
                                .deadline = deadline};
    struct mta_facts *f = &m->facts;

    if (m->question_count + m->client_count == 0)
        return true;
    f->servers = calloc(own->postfix.count + 1, sizeof *f->servers);
    if (!f->servers)
        return error_memory(e);
    for (size_t i = 0; i < own->postfix.count; i++) {
        if (!postfix_ask(own->postfix.at[i], &ask, &f->servers[f->count++], e))
            return false;
    }
    if (!own->exim)
        return true;
    return exim_ask(strcmp(own->exim, "default") == 0 ? NULL : own->exim, &ask,
                    &f->servers[f->count++], e);
}

void partners_mta_clear(struct partners_mta *m)
{
    for (size_t i = 0; i < m->facts.count; i++)
        mta_facts_free(&m->facts.servers[i]);
    for (size_t i = 0; i < m->host_lists; i++)
        free(m->hosts[i]);
    for (size_t i = 0; i < m->string_count; i++)
        free(m->strings[i]);
    free(m->facts.servers);
    free(m->questions);
    free(m->partner_of);
    free(m->clients);
    free(m->client_partner_of);
    free(m->senders);
    free(m->hosts);
    free(m->strings);
    *m = (struct partners_mta){0};
}
