/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/postfix_address.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "mta/postfix_list.h"

enum { KEY_MAX = 640 };

bool postfix_address_has_parents(const struct postfix_lookup *l, const char *list)
{
    struct span rest =
                    span_of(postfix_settings_get(l->rewrite, "parent_domain_matches_subdomains")),
                name;

    while ((name = postfix_tables_token(&rest)).len > 0) {
        if (span_is(name, list))
            return true;
    }
    return false;
}

enum postfix_answer postfix_address_first(enum postfix_answer a, enum postfix_answer b)
{
    return a == POSTFIX_NONE ? b : a;
}

/* Writes "user+extension@domain" as "user@domain" to `dst`, by recipient_delimiter. False: the
 * address has no extension or no domain, or does not fit; `dst` is of no use then. */
static bool without_extension(const struct postfix_lookup *l, const char *address, char *dst,
                              size_t cap)
{
    const char *delimiters = postfix_settings_get(l->rewrite, "recipient_delimiter"),
               *at = strrchr(address, '@');
    size_t user;

    if (!*delimiters || !at)
        return false;
    user = 1 + strcspn(address + 1, delimiters);
    if (address + user >= at)
        return false;
    return snprintf(dst, cap, "%.*s%s", (int)user, address, at) < (int)cap;
}

void postfix_address_look(const struct postfix_lookup *l, const char *spec, const char *key,
                          bool whole, enum postfix_answer *answer, struct postfix_hit *hit)
{
    struct postfix_hit one;
    enum postfix_answer got;

    if (*answer == POSTFIX_FOUND || *answer == POSTFIX_ERROR)
        return;
    got = postfix_tables_find(l->tables, spec, key, whole, &one);
    if (*answer == POSTFIX_NONE && got != POSTFIX_NONE) {
        *answer = got;
        *hit = one;
    }
}

enum postfix_answer postfix_address_find(const struct postfix_lookup *l, const char *spec,
                                         const char *address, struct postfix_hit *hit)
{
    enum postfix_answer answer = POSTFIX_NONE;
    char bare[KEY_MAX];

    *hit = (struct postfix_hit){0};
    postfix_address_look(l, spec, address, true, &answer, hit);
    if (without_extension(l, address, bare, sizeof bare))
        postfix_address_look(l, spec, bare, false, &answer, hit);
    return answer;
}

enum postfix_answer postfix_address_find_mailbox(const struct postfix_lookup *l, const char *spec,
                                                 const char *address, struct postfix_hit *hit)
{
    enum postfix_answer answer = postfix_address_find(l, spec, address, hit);
    const char *at = strrchr(address, '@');

    if (at)
        postfix_address_look(l, spec, at, false, &answer, hit);
    return answer;
}

/* Whether a sender's domain is this machine's, so that its user alone is a key, too: POSTFIX_FOUND,
 * NONE, PENDING or ERROR. */
static enum postfix_answer is_local(const struct postfix_lookup *l, const char *domain)
{
    struct postfix_hit ignored;

    if (strcasecmp(domain, postfix_settings_get(l->rewrite, "myorigin")) == 0)
        return POSTFIX_FOUND;
    return postfix_list_has(l->tables, postfix_settings_get(l->rewrite, "mydestination"), domain, 0,
                            &ignored);
}

/* Looks up the user of an address that has an '@', first with its extension, then without: for a
 * sender of this machine. *answer and *hit change only where *answer is POSTFIX_NONE. */
static void look_user(const struct postfix_lookup *l, const char *spec, const char *address,
                      enum postfix_answer *answer, struct postfix_hit *hit)
{
    char user[KEY_MAX], bare[KEY_MAX];

    if (snprintf(user, sizeof user, "%s", address) < (int)sizeof user) {
        *strrchr(user, '@') = '\0';
        postfix_address_look(l, spec, user, false, answer, hit);
    }
    if (without_extension(l, address, bare, sizeof bare)) {
        *strrchr(bare, '@') = '\0';
        postfix_address_look(l, spec, bare, false, answer, hit);
    }
}

enum postfix_answer postfix_address_find_sender(const struct postfix_lookup *l, const char *spec,
                                                const char *sender, struct postfix_hit *hit)
{
    enum postfix_answer answer, local;
    const char *at = strrchr(sender, '@');

    *hit = (struct postfix_hit){0};
    if (!*spec || !at)
        return POSTFIX_NONE;
    answer = postfix_address_find(l, spec, sender, hit);
    local = is_local(l, at + 1);
    if (local == POSTFIX_PENDING)
        answer = postfix_address_first(answer, POSTFIX_PENDING);
    if (local == POSTFIX_FOUND)
        look_user(l, spec, sender, &answer, hit);
    postfix_address_look(l, spec, at, false, &answer, hit);
    return answer;
}

enum postfix_answer postfix_address_find_domains(const struct postfix_lookup *l, const char *spec,
                                                 const char *list, const char *address,
                                                 struct postfix_hit *hit)
{
    bool bare = postfix_address_has_parents(l, list);
    enum postfix_answer answer = postfix_address_find(l, spec, address, hit);
    const char *at = strrchr(address, '@'), *next;

    for (const char *key = at ? at + 1 : NULL; key; key = next) {
        postfix_address_look(l, spec, key, false, &answer, hit);
        next = strchr(key + 1, '.');
        if (next && bare)
            next++;
    }
    return answer;
}
