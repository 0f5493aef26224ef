/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/postfix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/text.h"
#include "mta/postfix_below.h"
#include "mta/postfix_entry.h"
#include "mta/postfix_filter.h"
#include "mta/postfix_route.h"
#include "mta/postfix_tls.h"

/* Rounds of look-ups: of the route, of what the route's answer makes necessary, of the policy. */
enum { ROUNDS = 3, NAME_LEN = 512 };

/* One instance that is being asked; postfix_ask sets it up and frees. */
struct asker {
    const struct mta_ask *ask;
    struct postfix_instance instance;
    struct postfix_tables tables;
    struct postfix_service *rewrite;
    struct postfix_below_list below;
    struct mta_server *server;
    struct error *e;
    int version, openssl;
    bool pending; /* of the pass under way */
    bool broken;  /* `e` is filled */
};

/* The subject of one pass: a question, or a name below one. */
struct subject {
    size_t question;               /* index in ask->questions */
    const char *recipient, *below; /* below: the key of a table, "" for a question itself */
};

/* The i-th subject, below subject_count: the questions come first. */
static struct subject subject_at(const struct asker *a, size_t i)
{
    if (i < a->ask->question_count)
        return (struct subject){i, a->ask->questions[i].recipient, ""};
    i -= a->ask->question_count;
    return (struct subject){a->below.at[i].question, a->below.at[i].recipient, a->below.at[i].key};
}

/* How many subjects a pass has. */
static size_t subject_count(const struct asker *a)
{
    return a->ask->question_count + a->below.count;
}

/* --- the next hops of a route --- */

/* Asks for the parameters of a service whose daemon is smtp(8) or lmtp(8), and fills *c. False:
 * they are not known, as a fact of the server says, or a->broken is set with a->e filled. */
static bool client_of(struct asker *a, struct postfix_service *service, struct postfix_client *c)
{
    const char *prefix = postfix_tls_prefix(service->command);

    if (!postfix_settings_ask(&a->instance, service, postfix_tls_names(prefix), a->e))
        a->broken = true;
    *c = (struct postfix_client){.instance = &a->instance,
                                 .service = service,
                                 .tables = &a->tables,
                                 .queue_directory =
                                     postfix_settings_get(a->rewrite, "queue_directory"),
                                 .prefix = prefix,
                                 .version = a->version,
                                 .openssl = a->openssl};
    if (service->known && !a->broken &&
        !postfix_tables_list(&a->tables,
                             postfix_tls_setting(c, "discard_ehlo_keyword_address_maps"), a->e))
        a->broken = true;
    return service->known && !a->broken;
}

/* A next hop under way. */
struct hop {
    char text[NAME_LEN], name[NAME_LEN], port[32]; /* without "inet:"; lower case; "": none */
    bool by_mx, fallback, valid;
};

/* Takes the next hop off a list, and fills *h but for `fallback`; h->valid says whether it can be
 * read. False: no more. */
static bool next_hop(struct span *list, struct hop *h)
{
    struct span one = span_word(list, ", \t\r\n");

    if (one.len == 0)
        return false;
    span_skip(&one, "inet:");
    h->valid = span_copy(one, h->text, sizeof h->text) &&
               postfix_entry_read_hop(h->text, h->name, sizeof h->name, h->port, &h->by_mx);
    return true;
}

/* The hop as postfix_tls takes it; it points into *h and into the question with that index. */
static struct postfix_destination destination_of(const struct asker *a, const struct hop *h,
                                                 size_t question, const struct postfix_client *c)
{
    const struct mta_question *q = &a->ask->questions[question];

    return (struct postfix_destination){
        .next_hop = h->text,
        .name = h->name,
        .by_mx = h->by_mx && strcmp(c->prefix, "smtp_") == 0,
        .hosts = q->hosts,
        .host_count = q->host_count,
    };
}

/* Calls `each` for the hops of a route, then for the fallback relays. `out` is passed on, and may
 * be NULL. */
static void each_hop(struct asker *a, const struct postfix_client *c,
                     const struct postfix_route *route, size_t question, struct mta_route *out,
                     void (*each)(struct asker *a, const struct postfix_client *c,
                                  const struct postfix_destination *d, const struct hop *h,
                                  struct mta_route *out))
{
    struct span list = span_of(route->next_hop);
    struct hop h = {.fallback = false};

    for (int pass = 0; pass < 2; pass++) {
        while (next_hop(&list, &h)) {
            struct postfix_destination d = destination_of(a, &h, question, c);

            each(a, c, &d, &h, out);
        }
        list = span_of(postfix_tls_setting(c, "fallback_relay"));
        h.fallback = true;
    }
}

/* For each_hop: looks the policy up, and sets a->pending where it is not known yet. */
static void look(struct asker *a, const struct postfix_client *c,
                 const struct postfix_destination *d, const struct hop *h, struct mta_route *out)
{
    (void)out;
    if (h->valid && postfix_tls_find(c, d) == POSTFIX_PENDING)
        a->pending = true;
}

/* Appends to a hop what postmap warned of the tables where its policy is looked up. */
static void add_warnings(struct asker *a, const struct postfix_client *c, struct mta_hop *hop)
{
    const char *sites = postfix_tls_setting(c, "tls_per_site");
    const struct postfix_maps *m =
        postfix_tables_of(&a->tables, text_or(postfix_tls_setting(c, "tls_policy_maps"), sites));

    for (size_t i = 0; m && i < m->count; i++)
        postfix_tables_warn(a->server, &hop->facts, &a->tables.at[m->tables[i]]);
}

/* For each_hop: adds the hop with its policy to `out`, which is not NULL. */
static void fill(struct asker *a, const struct postfix_client *c,
                 const struct postfix_destination *d, const struct hop *h, struct mta_route *out)
{
    struct mta_server *s = a->server;
    struct mta_hop *hop = mta_facts_add_hop(s, out);

    if (!hop)
        return;
    hop->next_hop = mta_facts_copy(s, h->text, strlen(h->text));
    hop->name = mta_facts_copy(s, h->name, strlen(h->name));
    hop->port = postfix_entry_port(*h->port ? h->port : postfix_tls_setting(c, "tcp_port"));
    hop->by_mx = d->by_mx;
    hop->fallback = h->fallback;
    hop->service = mta_facts_copy(s, c->service->name, strlen(c->service->name));
    if (h->fallback) {
        char full[64];

        snprintf(full, sizeof full, "%sfallback_relay", c->prefix);
        hop->source = postfix_settings_source(&a->instance, c->service, full);
    } else {
        hop->source = out->source;
    }
    if (h->valid)
        postfix_tls_fill(c, d, hop);
    else
        mta_facts_add_fact(s, &hop->facts, MTA_PARAMETER_MALFORMED, hop->source, h->text);
    add_warnings(a, c, hop);
}

/* --- routes --- */

/* The origin as a source; all "" where it has no key. */
static struct mta_source source_of(struct asker *a, const struct postfix_origin *o)
{
    if (!o->key)
        return mta_facts_source(a->server, NULL, 0, NULL, NULL);
    if (!o->file && o->service)
        return postfix_settings_source(&a->instance, o->service, o->key);
    if (!o->file)
        return postfix_settings_source(&a->instance, a->rewrite, o->key);
    return mta_facts_source(a->server, o->file, 0, o->key, o->value);
}

/* The fate of mail that a service gets, by its daemon alone, so that it is MTA_SENT for a socket,
 * too; MTA_UNKNOWN where the daemon is not listed. */
static enum mta_fate fate_of(const struct postfix_service *service)
{
    static const struct {
        const char *command;
        enum mta_fate fate;
    } daemons[] = {{"error", MTA_BOUNCED}, {"discard", MTA_DISCARDED}, {"local", MTA_KEPT},
                   {"virtual", MTA_KEPT},  {"smtp", MTA_SENT},         {"lmtp", MTA_SENT}};

    if (strcmp(service->command, "error") == 0 && strcmp(service->name, "retry") == 0)
        return MTA_DEFERRED;
    for (size_t i = 0; i < sizeof daemons / sizeof *daemons; i++) {
        if (strcmp(daemons[i].command, service->command) == 0)
            return daemons[i].fate;
    }
    return MTA_UNKNOWN;
}

/* Whether a next hop is a socket on this machine, "unix:PATH". */
static bool is_socket(const char *next_hop)
{
    return strncmp(next_hop, "unix:", 5) == 0;
}

/* Appends why a look-up failed, and sets out->fate: MTA_DEFERRED or MTA_UNKNOWN. `failed` is filled
 * by POSTFIX_ERROR; where it has no table, its key is the path of a file. */
static void add_failure(struct asker *a, struct mta_route *out, const struct postfix_hit *failed)
{
    struct mta_server *s = a->server;

    if (failed->table)
        postfix_tables_fact(s, &out->facts, failed->table, failed->key);
    else
        mta_facts_add_fact(s, &out->facts, MTA_TABLE_FAILED,
                           mta_facts_source(s, failed->key, 0, NULL, NULL), NULL);
    out->fate =
        out->facts.count && mta_facts_defers(out->facts.at[0].code) ? MTA_DEFERRED : MTA_UNKNOWN;
}

/* Fills fate, source, hops and facts by a route of kind POSTFIX_ROUTE_SENT; any fate may come. */
static void fill_sent(struct asker *a, const struct postfix_route *route, struct mta_route *out)
{
    struct postfix_service *service = postfix_settings_service(&a->instance, route->service);
    struct postfix_client c;

    out->source = source_of(a, &route->origin);
    out->fate = MTA_DEFERRED; /* "mail transport unavailable" */
    if (!service) {
        mta_facts_add_fact(
            a->server, &out->facts, MTA_PARAMETER_MALFORMED,
            mta_facts_source(a->server, a->instance.master_cf, 0, route->service, NULL), NULL);
        return;
    }
    out->fate = fate_of(service);
    if (out->fate == MTA_SENT && is_socket(route->next_hop))
        out->fate = MTA_KEPT;
    if (out->fate == MTA_UNKNOWN)
        mta_facts_add_fact(
            a->server, &out->facts, MTA_NOT_FOLLOWED,
            mta_facts_source(a->server, a->instance.master_cf, 0, service->name, service->command),
            NULL);
    if (out->fate != MTA_SENT)
        return;
    if (client_of(a, service, &c))
        each_hop(a, &c, route, out->question, out, fill);
    else
        out->fate = MTA_UNKNOWN;
}

/* Adds the route of a subject by the result of find_route; `sender`: "" where it is for all. */
static void fill_route(struct asker *a, const struct subject *subject, const char *sender,
                       enum postfix_answer answer, const struct postfix_route *route)
{
    struct mta_server *s = a->server;
    struct mta_route *out = mta_facts_add_route(s, subject->question, subject->recipient);

    if (!out)
        return;
    out->below = mta_facts_copy(s, subject->below, strlen(subject->below));
    out->sender = mta_facts_copy(s, sender, strlen(sender));
    out->fate = MTA_UNKNOWN;
    if (answer == POSTFIX_PENDING) {
        mta_facts_add_fact(s, &out->facts, MTA_TIME_OVER, out->source, NULL);
    } else if (answer == POSTFIX_ERROR) {
        add_failure(a, out, &route->failed);
    } else if (route->kind == POSTFIX_ROUTE_NOT_FOLLOWED) {
        mta_facts_add_fact(s, &out->facts, MTA_NOT_FOLLOWED, source_of(a, &route->origin), NULL);
    } else if (route->kind == POSTFIX_ROUTE_BOUNCED) {
        out->fate = MTA_BOUNCED;
        out->source = source_of(a, &route->origin);
    } else {
        fill_sent(a, route, out);
    }
}

/* Looks up the TLS policies of a route that is known; a->pending: not all are known yet. */
static void look_further(struct asker *a, size_t question, const struct postfix_route *route)
{
    struct postfix_service *service = postfix_settings_service(&a->instance, route->service);
    struct postfix_client c;

    if (route->kind != POSTFIX_ROUTE_SENT || !service || fate_of(service) != MTA_SENT ||
        is_socket(route->next_hop))
        return;
    if (client_of(a, service, &c))
        each_hop(a, &c, route, question, NULL, look);
}

/* Whether two routes have the same kind, service and next hop; their origins may differ. */
static bool same_way(const struct postfix_route *a, const struct postfix_route *b)
{
    return a->kind == b->kind && strcmp(a->service, b->service) == 0 &&
           strcmp(a->next_hop, b->next_hop) == 0;
}

/* The route of mail: POSTFIX_FOUND, PENDING, or ERROR with route->failed filled. A content filter
 * counts before it: then it is FOUND, and not followed. */
static enum postfix_answer find_route(struct asker *a, const char *sender, const char *recipient,
                                      struct postfix_route *route)
{
    const struct postfix_lookup lookup = {a->rewrite, &a->tables};
    struct postfix_origin filter = {0};
    enum postfix_answer filtered = postfix_filter_find(&a->instance, &lookup, recipient, &filter);
    enum postfix_answer answer =
        postfix_route_find(a->rewrite, &a->tables, sender, recipient, route);

    if (filtered == POSTFIX_PENDING || filtered == POSTFIX_NONE)
        return postfix_address_first(filtered, answer);
    *route = (struct postfix_route){.kind = POSTFIX_ROUTE_NOT_FOLLOWED, .origin = filter};
    return POSTFIX_FOUND;
}

/* Looks up one subject, from each sender where that matters; only the `last` pass adds routes. A
 * sender whose mail goes the same way as the first one's is left out. */
static void pass_subject(struct asker *a, const struct subject *subject, bool last)
{
    bool by_sender = postfix_route_by_sender(a->rewrite);
    size_t senders = by_sender ? a->ask->sender_count : 1;
    struct postfix_route first, route;
    enum postfix_answer first_answer = POSTFIX_PENDING;

    for (size_t i = 0; i < senders && !a->broken; i++) {
        const char *sender = a->ask->senders[i];
        enum postfix_answer answer = find_route(a, sender, subject->recipient, &route);

        if (i == 0) {
            first = route;
            first_answer = answer;
        } else if (last && answer == first_answer && same_way(&first, &route)) {
            continue;
        }
        if (last)
            fill_route(a, subject, by_sender ? sender : "", answer, &route);
        else if (answer == POSTFIX_PENDING)
            a->pending = true;
        else if (answer == POSTFIX_FOUND)
            look_further(a, subject->question, &route);
    }
}

/* Looks up all subjects; only the `last` pass adds routes. a->pending: something is not known yet.
 * a->broken: memory or a process is missing, and a->e is filled. */
static void pass(struct asker *a, bool last)
{
    a->pending = false;
    for (size_t i = 0; i < subject_count(a) && !a->broken; i++) {
        struct subject subject = subject_at(a, i);

        pass_subject(a, &subject, last);
    }
}

/* --- all of it --- */

/* Lists the tables of the client with that name that may have keys below a wildcard, or words for
 * servers. True also where there is no such client. False with a->e filled. */
static bool list_client(struct asker *a, const char *name)
{
    struct postfix_service *service = postfix_settings_service(&a->instance, name);
    struct postfix_client c;

    if (!service || fate_of(service) != MTA_SENT || !client_of(a, service, &c))
        return !a->broken;
    if (!postfix_below_due(a->ask))
        return true;
    return postfix_tables_list(&a->tables, postfix_tls_setting(&c, "tls_policy_maps"), a->e) &&
           (postfix_below_add(&a->below, &a->tables, postfix_tls_setting(&c, "tls_policy_maps"),
                              a->ask) ||
            error_memory(a->e));
}

/* Lists the tables of clients and of transport_maps. False with a->e filled. */
static bool list_tables(struct asker *a)
{
    const char *transports = postfix_settings_get(a->rewrite, "transport_maps");

    if (!list_client(a, "smtp") || !list_client(a, "relay"))
        return false;
    if (!postfix_below_due(a->ask))
        return true;
    return postfix_tables_list(&a->tables, transports, a->e) &&
           (postfix_below_add(&a->below, &a->tables, transports, a->ask) || error_memory(a->e));
}

/* Asks the tables in rounds, and adds all routes. False with a->e filled. */
static bool ask_tables(struct asker *a)
{
    size_t asked = 1;

    for (int round = 0; round < ROUNDS && asked > 0; round++) {
        pass(a, false);
        if (a->broken || !postfix_tables_ask(&a->tables, &asked, a->e))
            return false;
    }
    pass(a, true);
    return !a->broken;
}

/* Asks for the parameters of the service that finds routes. *known: whether there are any; if not,
 * the server has a fact. False with a->e filled. */
static bool read_parameters(struct asker *a, bool *known)
{
    const char *version;

    *known = false;
    a->rewrite = postfix_settings_service(&a->instance, "rewrite");
    if (!a->rewrite) {
        mta_facts_add_fact(a->server, &a->server->facts, MTA_SERVICE_MISSING,
                           mta_facts_source(a->server, a->instance.master_cf, 0, "rewrite", NULL),
                           NULL);
        return true;
    }
    if (!postfix_settings_ask(&a->instance, a->rewrite, postfix_route_names, a->e))
        return false;
    *known = a->rewrite->known;
    if (*known && !postfix_filter_ask(&a->instance, a->e))
        return false;
    version = postfix_settings_get(a->rewrite, "mail_version");
    a->server->version = mta_facts_copy(a->server, version, strlen(version));
    a->version = postfix_settings_version(version);
    return postfix_settings_openssl(&a->instance, &a->openssl, a->e);
}

/* Adds all routes; none where a fact of the server says why not. False with a->e filled. */
static bool ask_instance(struct asker *a)
{
    struct stat st;
    bool known;

    if (stat(a->instance.directory, &st) != 0 || !S_ISDIR(st.st_mode)) {
        mta_facts_add_fact(a->server, &a->server->facts, MTA_CONFIG_MISSING,
                           mta_facts_source(a->server, a->instance.directory, 0, NULL, NULL), NULL);
        return true;
    }
    if (!postfix_settings_open(&a->instance, &known, a->e) ||
        (known && !read_parameters(a, &known)))
        return false;
    return !known || (list_tables(a) && ask_tables(a));
}

/* Adds unknown routes where there are none: the facts of the server count for all questions. */
static void add_unknown(struct asker *a)
{
    if (a->server->route_count > 0)
        return;
    for (size_t i = 0; i < a->ask->question_count; i++) {
        struct mta_route *r = mta_facts_add_route(a->server, i, a->ask->questions[i].recipient);

        if (r)
            r->fate = MTA_UNKNOWN;
    }
}

bool postfix_ask(const char *directory, const struct mta_ask *ask, struct mta_server *out,
                 struct error *e)
{
    struct asker a = {
        .ask = ask,
        .server = out,
        .e = e,
        .instance = {.directory = directory, .deadline = ask->deadline, .server = out},
        .tables = {.directory = directory, .deadline = ask->deadline, .server = out},
    };
    bool ok;

    mta_facts_init(out, MTA_POSTFIX, directory);
    ok = ask_instance(&a);
    if (ok)
        add_unknown(&a);
    postfix_below_free(&a.below);
    postfix_tables_free(&a.tables);
    postfix_settings_free(&a.instance);
    return ok && (!out->failed || error_memory(e));
}
