/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/postfix_route.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mta/mta_files.h"
#include "mta/postfix_address.h"
#include "mta/postfix_list.h"

const char *const postfix_route_names[] = {"mail_version",
                                           "mydestination",
                                           "myorigin",
                                           "virtual_alias_domains",
                                           "virtual_alias_maps",
                                           "virtual_mailbox_domains",
                                           "relay_domains",
                                           "local_transport",
                                           "virtual_transport",
                                           "relay_transport",
                                           "default_transport",
                                           "relayhost",
                                           "sender_dependent_relayhost_maps",
                                           "sender_dependent_default_transport_maps",
                                           "transport_maps",
                                           "relocated_maps",
                                           "canonical_maps",
                                           "recipient_canonical_maps",
                                           "recipient_delimiter",
                                           "parent_domain_matches_subdomains",
                                           "queue_directory",
                                           NULL};

/* One recipient whose route is looked for. *out begins as a route that is sent to the domain. */
struct finder {
    struct postfix_lookup lookup;
    const char *sender, *recipient, *domain; /* of the recipient */
    struct postfix_route *out;
};

/* The value of a parameter of postfix_route_names, borrowed; "" where it has none. */
static const char *setting(const struct finder *f, const char *name)
{
    return postfix_settings_get(f->lookup.rewrite, name);
}

/* --- what changes a recipient --- */

/* Whether all addresses of a look-up's result are in the recipient's domain, in any case of
 * letters; false for one without a domain, true where the result is empty. */
static bool stays_in_domain(const struct finder *f, const char *result)
{
    struct span rest = span_of(result), address;

    while ((address = span_word(&rest, ", \t\r\n")).len > 0) {
        size_t at = span_find(address, "@");

        if (address.len - at != strlen(f->domain) + 1 ||
            strncasecmp(address.at + at + 1, f->domain, strlen(f->domain)) != 0)
            return false;
    }
    return true;
}

/* Whether a map gives the recipient another domain: POSTFIX_FOUND, and the route is one that is not
 * followed; NONE, also for another mailbox of its domain; PENDING, or ERROR with f->out->failed
 * filled. */
static enum postfix_answer find_rewriting(struct finder *f)
{
    static const char *const maps[] = {"recipient_canonical_maps", "canonical_maps",
                                       "virtual_alias_maps"};
    enum postfix_answer answer = POSTFIX_NONE;

    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        struct postfix_hit hit;
        enum postfix_answer one =
            postfix_address_find_mailbox(&f->lookup, setting(f, maps[i]), f->recipient, &hit);

        if (one == POSTFIX_ERROR && answer == POSTFIX_NONE) {
            f->out->failed = hit;
            return one;
        }
        if (one == POSTFIX_PENDING)
            answer = POSTFIX_PENDING;
        if (one != POSTFIX_FOUND || answer != POSTFIX_NONE || stays_in_domain(f, hit.value))
            continue;
        f->out->kind = POSTFIX_ROUTE_NOT_FOLLOWED;
        f->out->origin = (struct postfix_origin){hit.table->name, hit.key, hit.value, NULL};
        return POSTFIX_FOUND;
    }
    return answer;
}

/* --- the class of the recipient's domain --- */

enum class { LOCAL, ALIAS, MAILBOX, RELAY, DEFAULT };

/* The class of the recipient's domain: POSTFIX_FOUND with *class, DEFAULT where no list has the
 * domain; PENDING, or ERROR with f->out->failed filled, and *class is of no use. */
static enum postfix_answer find_class(struct finder *f, enum class *class)
{
    static const struct {
        const char *list;
        enum class class;
    } lists[] = {{"mydestination", LOCAL},
                 {"virtual_alias_domains", ALIAS},
                 {"virtual_mailbox_domains", MAILBOX},
                 {"relay_domains", RELAY}};
    enum postfix_answer answer = POSTFIX_FOUND;

    *class = DEFAULT;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const char *list = setting(f, lists[i].list);
        unsigned flags = lists[i].class == RELAY ? POSTFIX_LIST_DOMAINS : 0;
        struct postfix_hit failed;
        enum postfix_answer one;

        if (flags && postfix_address_has_parents(&f->lookup, lists[i].list))
            flags |= POSTFIX_LIST_PARENTS;
        one = postfix_list_has(f->lookup.tables, list, f->domain, flags, &failed);
        if (one == POSTFIX_PENDING)
            answer = POSTFIX_PENDING;
        if (one == POSTFIX_NONE || answer == POSTFIX_PENDING)
            continue;
        *class = lists[i].class;
        f->out->failed = failed;
        return one;
    }
    return answer;
}

/* --- transport and next hop --- */

/* Copies `len` bytes and ends them with NUL. False: they do not fit, and nothing is copied. */
static bool put(char *dst, size_t cap, const char *src, size_t len)
{
    if (len >= cap)
        return false;
    memcpy(dst, src, len);
    dst[len] = '\0';
    return true;
}

/* Sets the service by "transport:nexthop" of main.cf or a sender-dependent map; next hop and origin
 * only where the value has a next hop. False: too long; the route is then of no use. */
static bool set_transport(struct finder *f, const char *value, struct postfix_origin origin)
{
    const char *colon = strchrnul(value, ':');

    if (!put(f->out->service, sizeof f->out->service, value, (size_t)(colon - value)))
        return false;
    if (!*colon || !colon[1])
        return true;
    f->out->origin = origin;
    return put(f->out->next_hop, sizeof f->out->next_hop, colon + 1, strlen(colon + 1));
}

/* Whether a pattern's result has a part of the address in it, as by "$1": trivial-rewrite(8) passes
 * over such a rule, but postmap(1) does not. Then the table, a file or "{ rules }", does not have
 * the result's text; true also where we cannot read the file. False for tables that are no
 * patterns. */
static bool is_substituted(const struct postfix_hit *hit)
{
    const char *path = strchr(hit->table->asked, ':');
    bool found = strstr(hit->table->asked, hit->value) != NULL;
    char *text = NULL;

    if (!hit->table->pattern || found || !path || (path[1] != '/' && path[1] != '{'))
        return false;
    if (path[1] == '/' && mta_files_read(path + 1, &text) == MTA_FILE_READ)
        found = strstr(text, hit->value) != NULL;
    free(text);
    return !found;
}

/* Marks the route as one that we do not follow, because of what a table answers. */
static void leave_route(struct postfix_route *r, const struct postfix_hit *hit)
{
    r->kind = POSTFIX_ROUTE_NOT_FOLLOWED;
    r->origin = (struct postfix_origin){hit->table->name, hit->key, hit->value, NULL};
}

/* Sets the route by "transport:nexthop" of transport_maps, over what find_main has set: an empty
 * transport leaves the service, an empty next hop means the recipient's domain, and both empty
 * change nothing. False: too long; the route is then of no use. */
static bool override(struct finder *f, const struct postfix_hit *hit)
{
    struct postfix_route *r = f->out;
    const char *colon = strchrnul(hit->value, ':'), *hop = *colon ? colon + 1 : "";
    bool changes = colon != hit->value;

    if (changes && !put(r->service, sizeof r->service, hit->value, (size_t)(colon - hit->value)))
        return false;
    if (!changes && !*hop)
        return true;
    r->origin = (struct postfix_origin){hit->table->name, hit->key, hit->value, NULL};
    if (!*hop)
        hop = f->domain;
    return put(r->next_hop, sizeof r->next_hop, hop, strlen(hop));
}

/* Sets the next hop by relayhost, or by what a sender's map has in its place; with neither the next
 * hop stays, and where it is too long, or a pattern's result with a part of the sender, the kind is
 * POSTFIX_ROUTE_NOT_FOLLOWED. POSTFIX_FOUND in these cases; PENDING, or ERROR with f->out->failed
 * filled. */
static enum postfix_answer find_relay(struct finder *f)
{
    static const char maps[] = "sender_dependent_relayhost_maps";
    struct postfix_route *r = f->out;
    const char *relayhost = setting(f, "relayhost");
    struct postfix_hit hit;
    enum postfix_answer answer =
        postfix_address_find_sender(&f->lookup, setting(f, maps), f->sender, &hit);
    struct postfix_origin origin = {NULL, "relayhost", relayhost, NULL};

    if (answer == POSTFIX_ERROR)
        r->failed = hit;
    if (answer == POSTFIX_ERROR || answer == POSTFIX_PENDING)
        return answer;
    if (answer == POSTFIX_FOUND && strcasecmp(hit.value, "DUNNO") != 0) {
        relayhost = hit.value;
        origin = (struct postfix_origin){hit.table->name, hit.key, hit.value, NULL};
        if (is_substituted(&hit)) {
            leave_route(r, &hit);
            return POSTFIX_FOUND;
        }
    }
    if (!*relayhost)
        return POSTFIX_FOUND;
    r->origin = origin;
    if (put(r->next_hop, sizeof r->next_hop, relayhost, strlen(relayhost)))
        return POSTFIX_FOUND;
    r->kind = POSTFIX_ROUTE_NOT_FOLLOWED;
    return POSTFIX_FOUND;
}

/* The value of default_transport, or what a sender's map has in its place; *value and *origin are
 * filled in any case. Where that is a pattern's result with a part of the sender, the route's kind
 * becomes POSTFIX_ROUTE_NOT_FOLLOWED. POSTFIX_FOUND, PENDING, or ERROR with f->out->failed filled.
 */
static enum postfix_answer find_default(struct finder *f, const char **value,
                                        struct postfix_origin *origin)
{
    struct postfix_hit hit;
    enum postfix_answer answer = postfix_address_find_sender(
        &f->lookup, setting(f, "sender_dependent_default_transport_maps"), f->sender, &hit);

    *value = setting(f, "default_transport");
    *origin = (struct postfix_origin){NULL, "default_transport", *value, NULL};
    if (answer == POSTFIX_ERROR)
        f->out->failed = hit;
    if (answer == POSTFIX_FOUND && strcasecmp(hit.value, "DUNNO") != 0) {
        *value = hit.value;
        *origin = (struct postfix_origin){hit.table->name, hit.key, hit.value, NULL};
        if (is_substituted(&hit))
            leave_route(f->out, &hit);
    }
    return postfix_address_first(answer, POSTFIX_FOUND);
}

/* Sets the route as main.cf and the sender have it, without transport_maps; the class is not ALIAS.
 * POSTFIX_FOUND, also where the kind is POSTFIX_ROUTE_NOT_FOLLOWED; PENDING, or ERROR with
 * f->out->failed filled. */
static enum postfix_answer find_main(struct finder *f, enum class class)
{
    static const char *const names[] = {
        [LOCAL] = "local_transport", [MAILBOX] = "virtual_transport", [RELAY] = "relay_transport"};
    const char *value = NULL;
    struct postfix_origin origin = {0};
    enum postfix_answer relay = POSTFIX_FOUND, transport = POSTFIX_FOUND;

    if (class == RELAY || class == DEFAULT)
        relay = find_relay(f);
    if (class == DEFAULT) {
        transport = find_default(f, &value, &origin);
    } else {
        value = setting(f, names[class]);
        origin = (struct postfix_origin){NULL, names[class], value, NULL};
    }
    if (transport != POSTFIX_FOUND || relay != POSTFIX_FOUND)
        return transport == POSTFIX_FOUND ? relay : transport;
    if (f->out->kind == POSTFIX_ROUTE_SENT && !set_transport(f, value, origin))
        f->out->kind = POSTFIX_ROUTE_NOT_FOLLOWED;
    return POSTFIX_FOUND;
}

/* Looks the recipient up in transport_maps, "*" last: POSTFIX_FOUND or ERROR with *hit filled,
 * NONE, or PENDING. */
static enum postfix_answer find_transport(const struct finder *f, struct postfix_hit *hit)
{
    const char *spec = setting(f, "transport_maps");
    enum postfix_answer answer =
        postfix_address_find_domains(&f->lookup, spec, "transport_maps", f->recipient, hit);

    postfix_address_look(&f->lookup, spec, "*", true, &answer, hit);
    return answer;
}

/* The route of a recipient that nothing rewrites: POSTFIX_FOUND with *f->out filled; PENDING, or
 * ERROR with f->out->failed filled. */
static enum postfix_answer find_route(struct finder *f)
{
    struct postfix_route *r = f->out;
    struct postfix_hit hit;
    enum class class;
    enum postfix_answer known = find_class(f, &class);
    enum postfix_answer transport = find_transport(f, &hit);
    enum postfix_answer main_cf;

    if (known == POSTFIX_ERROR)
        return known;
    if (known == POSTFIX_FOUND && class == ALIAS) {
        r->kind = POSTFIX_ROUTE_BOUNCED;
        r->origin = (struct postfix_origin){NULL, "virtual_alias_domains",
                                            setting(f, "virtual_alias_domains"), NULL};
        return POSTFIX_FOUND;
    }
    main_cf = find_main(f, class);
    if (known == POSTFIX_PENDING || transport == POSTFIX_PENDING)
        return POSTFIX_PENDING;
    if (main_cf != POSTFIX_FOUND || r->kind != POSTFIX_ROUTE_SENT)
        return main_cf;
    if (transport == POSTFIX_ERROR)
        r->failed = hit;
    if (transport == POSTFIX_FOUND && (is_substituted(&hit) || !override(f, &hit)))
        leave_route(r, &hit);
    return transport == POSTFIX_ERROR ? POSTFIX_ERROR : POSTFIX_FOUND;
}

/* Whether the recipient has moved, and its mail is bounced: POSTFIX_FOUND, and the route says so;
 * NONE, PENDING, or ERROR with f->out->failed filled. */
static enum postfix_answer find_relocated(struct finder *f)
{
    struct postfix_hit hit;
    enum postfix_answer answer =
        postfix_address_find_mailbox(&f->lookup, setting(f, "relocated_maps"), f->recipient, &hit);

    if (answer == POSTFIX_ERROR)
        f->out->failed = hit;
    if (answer != POSTFIX_FOUND)
        return answer;
    f->out->kind = POSTFIX_ROUTE_BOUNCED;
    f->out->origin = (struct postfix_origin){hit.table->name, hit.key, hit.value, NULL};
    return POSTFIX_FOUND;
}

enum postfix_answer postfix_route_find(const struct postfix_service *rewrite,
                                       struct postfix_tables *tables, const char *sender,
                                       const char *recipient, struct postfix_route *out)
{
    const char *at = strrchr(recipient, '@');
    struct finder f = {{rewrite, tables}, sender, recipient, at ? at + 1 : "", out};
    enum postfix_answer rewriting, route, relocated;

    *out = (struct postfix_route){.kind = POSTFIX_ROUTE_SENT};
    put(out->next_hop, sizeof out->next_hop, f.domain, strlen(f.domain));
    rewriting = find_rewriting(&f);
    if (rewriting == POSTFIX_FOUND || rewriting == POSTFIX_ERROR)
        return rewriting;
    route = find_route(&f);
    if (route == POSTFIX_ERROR)
        return rewriting == POSTFIX_PENDING ? rewriting : route;
    relocated = find_relocated(&f);
    if (rewriting == POSTFIX_PENDING || route == POSTFIX_PENDING)
        return POSTFIX_PENDING;
    return postfix_address_first(relocated, route);
}

bool postfix_route_by_sender(const struct postfix_service *rewrite)
{
    return *postfix_settings_get(rewrite, "sender_dependent_relayhost_maps") ||
           *postfix_settings_get(rewrite, "sender_dependent_default_transport_maps");
}
