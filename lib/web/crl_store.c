/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/crl_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

void crl_store_init(struct crl_store *s, size_t max)
{
    *s = (struct crl_store){0};
    pthread_mutex_init(&s->verifying, NULL);
    http_budget_init(&s->budget, max);
}

/* The entry of a URL, compared byte for byte; borrowed. NULL: crl_store_add was not called for it.
 */
static struct crl_entry *find(const struct crl_store *s, const char *url)
{
    struct hash_walk walk;

    for (size_t i = hash_first(&s->by_url, hash_text(url), &walk); i != HASH_NONE;
         i = hash_next(&walk)) {
        if (strcmp(s->entries[i]->url, url) == 0)
            return s->entries[i];
    }
    return NULL;
}

bool crl_store_add(struct crl_store *s, const char *url)
{
    struct crl_entry *e = find(s, url), **entries;

    if (e) {
        e->users++;
        return true;
    }
    entries = array_grow(s->entries, s->count, sizeof *entries);
    if (!entries)
        return false;
    s->entries = entries;
    e = calloc(1, sizeof *e);
    if (!e || !hash_add(&s->by_url, hash_text(url), s->count)) {
        free(e);
        return false;
    }
    *e = (struct crl_entry){.url = url, .users = 1};
    pthread_mutex_init(&e->lock, NULL);
    s->entries[s->count++] = e;
    return true;
}

/* Frees the body of a list, and gives its room back to the budget. The entry stays, and its list is
 * not fetched again. The caller holds its lock, or is alone. */
static void release(struct crl_store *s, struct crl_entry *e)
{
    http_budget_give_back(&s->budget, e->answer.room);
    http_answer_clear(&e->answer);
    e->is_list = false;
}

/* Fetches the list of an entry and reads it: sets e->fetched, e->answer, and e->is_list where what
 * came is a list; `refuse` words why none came. The caller holds e->lock, and does this once an
 * entry. The body stays, because e->list points into it. */
static void fetch(struct crl_store *s, struct crl_entry *e, const struct http_fetch_config *web)
{
    struct http_request r = {.url = e->url, .plain = true, .max = CRL_MAX, .budget = &s->budget};
    struct http_answer *a = &e->answer;

    e->fetched = true;
    http_fetch(web, &r, a);
    if (a->status != HTTP_ANSWERED || a->code != 200)
        return;
    a->len = crl_from_pem((unsigned char *)a->body, a->len);
    e->is_list = crl_read((unsigned char *)a->body, a->len, &e->list);
}

/* Fills *out with why an answer, which was found to hold no list, holds none: REVOCATION_INVALID
 * with `why`, or REVOCATION_LOCAL without, where our memory ran out. */
static void refuse(const struct http_answer *a, struct revocation_fact *out)
{
    *out = (struct revocation_fact){.status = REVOCATION_INVALID};
    if (a->status == HTTP_LOCAL)
        out->status = REVOCATION_LOCAL;
    else if (a->status != HTTP_ANSWERED)
        text_copy(out->why, sizeof out->why, a->why);
    else if (a->code != 200)
        text_format(out->why, sizeof out->why, "expected status 200, seen %ld", a->code);
    else
        text_copy(out->why, sizeof out->why, "it is not a CRL");
}

unsigned crl_store_ask(struct crl_store *s, const struct http_fetch_config *web,
                       const struct cert_facts *cert, const struct cert_facts *issuer,
                       const struct cert_url *url, time_t now, struct revocation_fact *out)
{
    struct crl_entry *e = find(s, url->text);
    unsigned reasons = 0;

    pthread_mutex_lock(&e->lock);
    if (!e->fetched)
        fetch(s, e, web);
    if (e->is_list) {
        pthread_mutex_lock(&s->verifying);
        crl_verify(&e->list, issuer);
        pthread_mutex_unlock(&s->verifying);
        reasons = crl_check(&e->list, cert, issuer, url->point, now, out);
    } else {
        refuse(&e->answer, out);
    }
    pthread_mutex_unlock(&e->lock);
    return reasons;
}

void crl_store_done(struct crl_store *s, const char *url)
{
    struct crl_entry *e = find(s, url);

    pthread_mutex_lock(&e->lock);
    if (--e->users == 0)
        release(s, e);
    pthread_mutex_unlock(&e->lock);
}

void crl_store_clear(struct crl_store *s)
{
    for (size_t i = 0; i < s->count; i++) {
        release(s, s->entries[i]);
        pthread_mutex_destroy(&s->entries[i]->lock);
        free(s->entries[i]);
    }
    free(s->entries);
    hash_clear(&s->by_url);
    pthread_mutex_destroy(&s->verifying);
    *s = (struct crl_store){0};
}
