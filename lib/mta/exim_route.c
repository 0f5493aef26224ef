/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_route.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mta/exim_hosts.h"
#include "mta/exim_match.h"

enum { NAME_SIZE = 256, TEXT_SIZE = 1000 };

/* One delivery of a question's answer. `visit` sets domain and way. */
struct delivery {
    const struct exim_routing *r;
    const struct mta_question *q;
    const struct exim_delivery *d;
    bool guessed;            /* exim -bt found no MX records: the hosts are those of the form */
    const char *domain;      /* that the mail is for by then */
    struct mta_route *route; /* NULL: nothing is written */
    struct exim_way way;
};

/* The option of the delivery's router as it is configured, borrowed; NULL: there is none. */
static const struct exim_setting *router_option(const struct delivery *v, const char *name)
{
    return exim_output_get_setting(&v->r->known->settings, EXIM_ROUTER, v->d->router, name);
}

/* The option of the delivery's transport as it is configured, borrowed; NULL: there is none. */
static const struct exim_setting *transport_option(const struct delivery *v, const char *name)
{
    return exim_output_get_setting(&v->r->known->settings, EXIM_TRANSPORT, v->d->transport, name);
}

/* Whether a setting has exactly that value, case counts; false for NULL. */
static bool is(const struct exim_setting *s, const char *value)
{
    return s && span_is(s->value, value);
}

/* A clean copy that the server owns; "" where memory ran out. */
static const char *copy(const struct delivery *v, struct span s)
{
    return mta_facts_copy(v->r->server, s.at, s.len);
}

/* The option of a router as a source; its value is "" where it is hidden or there is none. */
static struct mta_source router_source(const struct exim_routing *r, struct span router,
                                       const char *option)
{
    const struct exim_setting *set =
        exim_output_get_setting(&r->known->settings, EXIM_ROUTER, router, option);
    char file[NAME_SIZE];
    struct mta_source source;

    text_format(file, sizeof file, "router %.*s", (int)(router.len & 0xff), router.at);
    source = mta_facts_source(r->server, file, 0, option, NULL);
    if (set && !set->hidden)
        source.value = mta_facts_copy(r->server, set->value.at, set->value.len);
    return source;
}

/* --- routers that exim -bt does not show --- */

/* Whether a router takes mail for a domain, as far as the domain decides: EXIM_YES where it has no
 * list of domains. EXIM_UNSURE also while an answer is pending. */
static enum exim_match takes(const struct exim_routing *r, struct span router, const char *domain)
{
    const struct exim_setting *domains =
        exim_output_get_setting(&r->known->settings, EXIM_ROUTER, router, "domains");
    const struct exim_subject subject = {.domain = domain};
    struct span why;

    if (!domains || domains->value.len == 0)
        return EXIM_YES;
    if (domains->hidden)
        return EXIM_UNSURE;
    return exim_match_list(r->known, EXIM_DOMAIN_LIST, domains->value, &subject, &why);
}

/* Whether a value has to do with the message, which exim -bt does not have. */
static bool is_about_message(struct span value)
{
    static const char *const words[] = {
        "$h_",           "$header_",     "$rh_",       "$bh_",           "$message_",
        "$sender_host_", "$sender_helo", "$received_", "$authenticated", "$interface_",
        "$recipients",   "$tls_in",      "$acl_",      "$spam_",         "$dkim_"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char braced[24];

        text_format(braced, sizeof braced, "${%s", words[i] + 1);
        if (span_find(value, words[i]) < value.len || span_find(value, braced) < value.len)
            return true;
    }
    return false;
}

/* Whether mail may be routed in another way than exim -bt tells because of this router. True:
 * *option is the reason, "address_test" or "condition", static. False: *option is of no use. */
static bool is_blind_spot(const struct exim_routing *r, struct span router, const char **option)
{
    const struct exim_settings *s = &r->known->settings;
    const struct exim_setting *condition =
        exim_output_get_setting(s, EXIM_ROUTER, router, "condition");

    if (is(exim_output_get_setting(s, EXIM_ROUTER, router, "verify_only"), "yes"))
        return false;
    *option = "address_test";
    if (is(exim_output_get_setting(s, EXIM_ROUTER, router, "address_test"), "no"))
        return true;
    *option = "condition";
    return condition && (condition->hidden || is_about_message(condition->value));
}

/* Appends a fact to the route for each router, up to the one that exim -bt found, that may send
 * mail elsewhere. Without a route it only notes what is to be asked. */
static void check_routers(const struct delivery *v)
{
    const struct exim_settings *s = &v->r->known->settings;

    for (size_t i = 0; i < s->router_count; i++) {
        struct span router = s->routers[i];
        const char *option;

        if (is_blind_spot(v->r, router, &option) && takes(v->r, router, v->domain) != EXIM_NO &&
            v->route)
            mta_facts_add_fact(v->r->server, &v->route->facts,
                               *option == 'a' ? MTA_NOT_FOLLOWED : MTA_VALUE_UNEXPANDED,
                               router_source(v->r, router, option), NULL);
        if (router.len == v->d->router.len && memcmp(router.at, v->d->router.at, router.len) == 0)
            return;
    }
}

/* --- hops --- */

/* The option that names the hosts of a delivery, as a source; "driver" where none does. */
static struct mta_source hosts_source(const struct delivery *v, const struct exim_targets *t)
{
    static const char *const options[] = {"route_list", "route_data"};

    if (t->option && t->by_router)
        return router_source(v->r, v->d->router, t->option);
    if (t->option)
        return exim_policy_source(v->r->server, &v->way, t->option);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        const struct exim_setting *set = router_option(v, options[i]);

        if (set && set->value.len > 0)
            return router_source(v->r, v->d->router, options[i]);
    }
    return router_source(v->r, v->d->router, "driver");
}

/* Fills in the hop except policy and facts, by its targets, of which `first` is one. Of an MX
 * lookup the name is the domain, and the source stays as it is. */
static void name_hop(const struct delivery *v, struct mta_hop *hop, const struct exim_targets *t,
                     const struct exim_target *first)
{
    struct mta_server *s = v->r->server;
    const char *name = t->by_mx ? v->domain : first->name;
    char next_hop[NAME_SIZE + 16];

    hop->by_mx = t->by_mx;
    hop->fallback = t->fallback;
    hop->port = first->port;
    hop->service = copy(v, v->d->transport);
    hop->name = mta_facts_copy(s, name, strlen(name));
    text_format(next_hop, sizeof next_hop, "%s", hop->name);
    if (hop->port != 0)
        text_append(next_hop, sizeof next_hop, ":%u", hop->port);
    hop->next_hop = mta_facts_copy(s, next_hop, strlen(next_hop));
    if (!t->by_mx)
        hop->source = hosts_source(v, t);
}

/* Adds one hop of the targets from index `first` to before `end`, one at least, which have one name
 * and port or come from an MX lookup. Without a route it only notes what is to be asked. */
static void add_hop(const struct delivery *v, const struct exim_targets *t, size_t first,
                    size_t end)
{
    size_t count = end - first;
    struct exim_tls *found = calloc(count, sizeof *found);
    const char **names = calloc(count, sizeof *names);
    struct mta_hop *hop;

    if (!found || !names) {
        v->r->server->failed = true;
    } else {
        for (size_t i = 0; i < count; i++) {
            const struct exim_target *target = &t->at[first + i];
            struct exim_subject subject = {.domain = v->domain,
                                           .host = *target->name ? target->name : NULL,
                                           .address = target->address};

            names[i] = target->name;
            found[i] = exim_policy_of(&v->way, &subject);
        }
        hop = v->route ? mta_facts_add_hop(v->r->server, v->route) : NULL;
        if (hop) {
            name_hop(v, hop, t, &t->at[first]);
            exim_policy_write(v->r->server, &v->way, hop, found, names, count);
        }
    }
    free(found);
    free(names);
}

/* Adds the hops of all targets, perhaps none: all addresses of one host and port are one hop, and
 * all hosts of an MX lookup. */
static void add_hops(const struct delivery *v, const struct exim_targets *t)
{
    size_t first = 0;

    for (size_t i = 1; i <= t->count; i++) {
        if (i < t->count && t->at[i].port == t->at[first].port &&
            (t->by_mx || strcasecmp(t->at[i].name, t->at[first].name) == 0))
            continue;
        add_hop(v, t, first, i);
        first = i;
    }
}

/* Appends a fact to the route, which there must be; `why` is raw. */
static void add_unknown(const struct delivery *v, enum mta_fact_code code, struct mta_source source,
                        struct span why)
{
    char text[TEXT_SIZE];

    text_clean(text, sizeof text, why.at, why.len);
    mta_facts_add_fact(v->r->server, &v->route->facts, code, source, text);
}

/* Adds hops, with `fallback` as fallback hosts, for the hosts that an option of the router, or else
 * of the transport, names, perhaps none. A value that is not known is a fact of the route, if there
 * is one. */
static void add_named(const struct delivery *v, const char *option, bool by_router, bool fallback)
{
    const struct exim_setting *set =
        by_router ? router_option(v, option) : transport_option(v, option);
    struct exim_targets t = {.option = option, .by_router = by_router, .fallback = fallback};
    struct exim_subject subject = {.domain = v->domain};
    struct span hosts;

    if (!set || set->value.len == 0)
        return;
    if (exim_known_expand(v->r->known, set->value, &subject, &hosts) == EXIM_ANSWERED &&
        !set->hidden) {
        if (!exim_hosts_read(&t, hosts))
            v->r->server->failed = true;
        exim_hosts_port(&t, transport_option(v, "port"));
        add_hops(v, &t);
    } else if (v->route) {
        if (set->hidden)
            hosts = span_of("");
        add_unknown(v, set->hidden ? MTA_VALUE_HIDDEN : MTA_VALUE_UNEXPANDED, hosts_source(v, &t),
                    hosts);
    }
    exim_hosts_free(&t);
}

/* Adds the hops of mail that leaves by SMTP, as is_remote says, fallback hosts last, and facts
 * about its route, if there is one. */
static void add_remote(struct delivery *v)
{
    struct exim_targets t = {.by_mx = is(router_option(v, "driver"), "dnslookup")};
    const struct exim_setting *fallback = router_option(v, "fallback_hosts");
    const struct exim_setting *protocol = transport_option(v, "protocol");
    bool ok = true;

    check_routers(v);
    if (v->route && is(protocol, "lmtp"))
        mta_facts_add_fact(v->r->server, &v->route->facts, MTA_NOT_FOLLOWED,
                           exim_policy_source(v->r->server, &v->way, "protocol"), NULL);
    if (v->guessed)
        ok = exim_hosts_guess(&t, v->q->hosts, v->q->host_count);
    else if (v->d->host_count > 0)
        ok = exim_hosts_take(&t, v->d);
    else
        add_named(v, "hosts", false, false);
    v->r->server->failed = v->r->server->failed || !ok;
    exim_hosts_port(&t, transport_option(v, "port"));
    add_hops(v, &t);
    exim_hosts_free(&t);
    add_named(v, "fallback_hosts", fallback && fallback->value.len > 0, true);
}

/* --- a route --- */

/* The domain of a mailbox, which is part of `address`, in the case that it has there; "" where it
 * has none. */
static const char *domain_of(const char *address)
{
    const char *at = strrchr(address, '@');

    return at ? at + 1 : "";
}

/* Whether a delivery leaves by a transport that speaks SMTP or LMTP. */
static bool is_remote(const struct delivery *v)
{
    return v->d->outcome == EXIM_ROUTED && is(transport_option(v, "driver"), "smtp");
}

/* Whether the router asks for DNSSEC for the delivery's domain, as its option by default does; true
 * also where that is not known. */
static bool asks_dnssec(const struct delivery *v)
{
    static const char *const options[] = {"dnssec_request_domains", "dnssec_require_domains"};
    const struct exim_subject subject = {.domain = v->domain};
    struct span why;

    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        const struct exim_setting *set = router_option(v, options[i]);

        if (set && !set->hidden &&
            exim_match_list(v->r->known, EXIM_DOMAIN_LIST, set->value, &subject, &why) != EXIM_NO)
            return true;
    }
    return false;
}

/* Appends the fact that mail became mail for another domain, to the route, which there must be. */
static void add_elsewhere(const struct delivery *v, const struct mta_question *q)
{
    struct mta_source source = mta_facts_source(v->r->server, "exim -bt", 0, q->recipient, NULL);

    source.value = copy(v, v->d->address);
    mta_facts_add_fact(v->r->server, &v->route->facts, MTA_NOT_FOLLOWED, source, NULL);
}

/* The fate of mail, by the outcome of one delivery. */
static enum mta_fate fate_of(const struct delivery *v)
{
    static const enum mta_fate fates[] = {
        [EXIM_ROUTED] = MTA_KEPT,           [EXIM_REDIRECTED] = MTA_KEPT,
        [EXIM_UNDELIVERABLE] = MTA_BOUNCED, [EXIM_DEFERRED] = MTA_DEFERRED,
        [EXIM_DISCARDED] = MTA_DISCARDED,   [EXIM_MISREAD] = MTA_UNKNOWN};

    return is_remote(v) ? MTA_SENT : fates[v->d->outcome];
}

/* The source of a delivery's fate: the router's transport, or what exim -bt said. */
static struct mta_source fate_source(const struct delivery *v, const struct mta_question *q)
{
    struct mta_source source;

    if (v->d->outcome == EXIM_ROUTED)
        return router_source(v->r, v->d->router, "transport");
    source = mta_facts_source(v->r->server, "exim -bt", 0, q->recipient, NULL);
    source.value = copy(v, v->d->reason);
    return source;
}

/* Adds the hops of one delivery to its route, and sets the route's fate unless that is MTA_SENT
 * already. Without a route it only notes what is to be asked. Sets `domain` and `way` itself. */
static void visit(struct delivery v)
{
    char address[NAME_SIZE * 2];

    if (!span_copy(v.d->address, address, sizeof address))
        *address = '\0';
    for (char *c = address; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    v.domain = domain_of(address);
    v.way = (struct exim_way){
        .known = v.r->known, .library = v.r->library, .transport = v.d->transport};
    v.way.dnssec = asks_dnssec(&v);
    if (v.route && v.route->fate != MTA_SENT) {
        v.route->fate = fate_of(&v);
        v.route->source = fate_source(&v, v.q);
    }
    if (v.route && v.d->outcome == EXIM_ROUTED &&
        strcasecmp(v.domain, domain_of(v.q->recipient)) != 0)
        add_elsewhere(&v, v.q);
    if (is_remote(&v))
        add_remote(&v);
}

/* --- domains without MX records --- */

/* Whether a router takes only some of the mail for its domains, by local part, sender, a condition
 * or the like, or is not used by exim -bt. Its list of domains is not looked at. */
static bool is_conditional(const struct exim_routing *r, struct span router)
{
    static const char *const options[] = {"condition",         "local_parts",
                                          "senders",           "local_part_prefix",
                                          "local_part_suffix", "require_files"};
    const struct exim_settings *s = &r->known->settings;

    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        const struct exim_setting *set =
            exim_output_get_setting(s, EXIM_ROUTER, router, options[i]);

        if (set && set->value.len > 0)
            return true;
    }
    return is(exim_output_get_setting(s, EXIM_ROUTER, router, "check_local_user"), "yes") ||
           is(exim_output_get_setting(s, EXIM_ROUTER, router, "address_test"), "no");
}

/* The router that looks for MX records of a domain, where it is certain that none before it takes
 * the mail. Returns its name, empty where it is not certain. */
static struct span find_lookup(const struct exim_routing *r, const char *domain)
{
    const struct exim_settings *s = &r->known->settings;

    for (size_t i = 0; i < s->router_count; i++) {
        struct span router = s->routers[i];
        const struct exim_setting *driver =
            exim_output_get_setting(s, EXIM_ROUTER, router, "driver");
        enum exim_match taken;

        if (is(driver, "ipliteral") ||
            is(exim_output_get_setting(s, EXIM_ROUTER, router, "verify_only"), "yes"))
            continue;
        taken = takes(r, router, domain);
        if (taken == EXIM_NO)
            continue;
        if (taken == EXIM_YES && is(driver, "dnslookup") && !is_conditional(r, router))
            return router;
        break;
    }
    return span_of("");
}

/* Adds the hops of an answer whose only delivery cannot be routed, else nothing: exim -bt cannot
 * route mail for a domain without MX records, or for a name invented below a wildcard. Where the
 * configuration is plain, the policy is known all the same. `route` may be NULL. */
static void guess(const struct exim_routing *r, const struct mta_question *q,
                  const struct exim_deliveries *answer, struct mta_route *route)
{
    struct exim_delivery d = {.outcome = EXIM_ROUTED, .address = span_of(q->recipient)};
    const struct exim_setting *transport;

    if (answer->count != 1 ||
        (answer->at[0].outcome != EXIM_UNDELIVERABLE && answer->at[0].outcome != EXIM_DEFERRED))
        return;
    d.router = find_lookup(r, domain_of(q->recipient));
    transport = exim_output_get_setting(&r->known->settings, EXIM_ROUTER, d.router, "transport");
    if (!transport)
        return;
    d.transport = transport->value;
    visit((struct delivery){.r = r, .q = q, .d = &d, .guessed = true, .route = route});
}

/* --- all deliveries --- */

/* Appends the fact that exim -bt wrote nothing about a recipient, or cannot read the address. */
static void add_no_answer(const struct exim_routing *r, const struct mta_question *q,
                          const struct exim_deliveries *answer, struct mta_route *route)
{
    struct span reason = answer->count > 0 ? answer->at[0].reason : span_of("");
    char text[TEXT_SIZE];

    text_clean(text, sizeof text, reason.at, reason.len);
    mta_facts_add_fact(r->server, &route->facts, MTA_TABLE_FAILED,
                       mta_facts_source(r->server, "exim -bt", 0, q->recipient, NULL), text);
}

/* Adds the hops of all deliveries of an answer to the route, and sets its fate; an answer without a
 * delivery changes nothing. `route` NULL: only notes in r->known what is to be asked. */
static void visit_all(const struct exim_routing *r, const struct mta_question *q,
                      const struct exim_deliveries *answer, struct mta_route *route)
{
    for (size_t i = 0; i < answer->count; i++)
        visit((struct delivery){.r = r, .q = q, .d = &answer->at[i], .route = route});
    guess(r, q, answer, route);
}

void exim_route_prepare(const struct exim_routing *r, size_t question,
                        const struct exim_deliveries *answer)
{
    visit_all(r, &r->ask->questions[question], answer, NULL);
}

void exim_route_write(const struct exim_routing *r, size_t question, const char *sender,
                      const struct exim_deliveries *answer)
{
    const struct mta_question *q = &r->ask->questions[question];
    struct mta_route *route = mta_facts_add_route(r->server, question, q->recipient);

    if (!route)
        return;
    route->fate = MTA_UNKNOWN;
    route->sender = mta_facts_copy(r->server, sender, strlen(sender));
    visit_all(r, q, answer, route);
    if (route->fate == MTA_UNKNOWN && route->facts.count == 0 && r->server->facts.count == 0)
        add_no_answer(r, q, answer, route);
}
