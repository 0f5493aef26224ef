/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_output.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* --- lines --- */

/* Takes the next line off the beginning of *text, without CR and LF; it may be empty. False: none
 * is left. */
static bool next_line(struct span *text, struct span *line)
{
    if (text->len == 0)
        return false;
    *line = span_until(text, '\n');
    if (line->len > 0 && line->at[line->len - 1] == '\r')
        line->len--;
    return true;
}

/* The span without its first `start` bytes, which it must have. */
static struct span from(struct span s, size_t start)
{
    return (struct span){.at = s.at + start, .len = s.len - start};
}

/* Whether a span ends with `text`. */
static bool ends(struct span s, const char *text)
{
    size_t len = strlen(text);

    return s.len >= len && memcmp(s.at + s.len - len, text, len) == 0;
}

/* Divides *s at the first `text`: *before is what precedes it, *s what follows. False: there is
 * none, and nothing changes. */
static bool divide(struct span *s, const char *text, struct span *before)
{
    size_t at = span_find(*s, text);

    if (at == s->len)
        return false;
    *before = (struct span){.at = s->at, .len = at};
    *s = from(*s, at + strlen(text));
    return true;
}

/* Negative, 0 or positive, as of memcmp; a span that begins with the other comes after it. */
static int compare(struct span a, struct span b)
{
    size_t least = a.len < b.len ? a.len : b.len;
    int order = 0;

    if (least > 0)
        order = memcmp(a.at, b.at, least);
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

/* --- options and lists --- */

/* The code under which the index has a setting. */
static uint64_t key_of(enum exim_kind kind, struct span owner, struct span name)
{
    unsigned char k = (unsigned char)kind;

    return hash_pair(hash_pair(hash_bytes(&k, 1), hash_bytes(owner.at, owner.len)),
                     hash_bytes(name.at, name.len));
}

const struct exim_setting *exim_output_find_setting(const struct exim_settings *s,
                                                    enum exim_kind kind, struct span owner,
                                                    struct span name)
{
    struct hash_walk walk;
    uint64_t code = key_of(kind, owner, name);

    for (size_t i = hash_first(&s->index, code, &walk); i != HASH_NONE; i = hash_next(&walk)) {
        const struct exim_setting *found = &s->at[i];

        if (found->kind == kind && compare(found->owner, owner) == 0 &&
            compare(found->name, name) == 0)
            return found;
    }
    return NULL;
}

const struct exim_setting *exim_output_get_setting(const struct exim_settings *s,
                                                   enum exim_kind kind, struct span owner,
                                                   const char *name)
{
    return exim_output_find_setting(s, kind, owner, span_of(name));
}

/* Takes kind and owner from the first line of the options of a router or transport, "dnslookup
 * router:". False: it is another line, and *owner is unchanged. */
static bool read_heading(struct span line, struct exim_setting *owner)
{
    bool router = ends(line, " router:");
    struct span name;

    if (!router && !ends(line, " transport:"))
        return false;
    name = span_word(&line, " ");
    if (span_find(name, "=") < name.len)
        return false;
    owner->kind = router ? EXIM_ROUTER : EXIM_TRANSPORT;
    owner->owner = name;
    return true;
}

static const struct {
    const char *word;
    enum exim_kind kind;
} lists[] = {{"domainlist ", EXIM_DOMAIN_LIST}, {"hostlist ", EXIM_HOST_LIST}};

/* Reads one line that is not a heading: "NAME = VALUE", "NAME", "no_NAME", "hostlist NAME = VALUE".
 * Sets name, value and hidden; kind and owner only where it is a list, else they stay. False: it
 * has no name, or one with blanks; *s is changed nevertheless. */
static bool read_setting(struct span line, struct exim_setting *s)
{
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (!span_skip(&line, lists[i].word))
            continue;
        s->kind = lists[i].kind;
        s->owner = span_of("");
    }
    s->value = line;
    if (divide(&s->value, " =", &s->name)) {
        span_skip(&s->value, " ");
    } else {
        s->value = span_of("yes");
        if (span_skip(&line, "no_"))
            s->value = span_of("no");
        s->name = line;
    }
    s->hidden = span_is(s->value, "<value not displayable>");
    return s->name.len > 0 && span_find(s->name, " ") == s->name.len;
}

/* Appends a setting, which is not there yet; its spans stay borrowed. False: memory ran out. */
static bool add_setting(struct exim_settings *s, const struct exim_setting *setting)
{
    struct exim_setting *grown = array_grow(s->at, s->count, sizeof *grown);

    if (!grown)
        return false;
    s->at = grown;
    s->at[s->count] = *setting;
    if (!hash_add(&s->index, key_of(setting->kind, setting->owner, setting->name), s->count))
        return false;
    s->count++;
    return true;
}

/* Appends the name of a router, borrowed, also one that is there. False: memory ran out. */
static bool add_router(struct exim_settings *s, struct span name)
{
    struct span *grown = array_grow(s->routers, s->router_count, sizeof *grown);

    if (!grown)
        return false;
    s->routers = grown;
    s->routers[s->router_count++] = name;
    return true;
}

bool exim_output_add_settings(struct exim_settings *s, struct span text, struct error *e)
{
    struct exim_setting setting = {.kind = EXIM_MAIN, .owner = span_of("")};
    struct span line;
    bool ok = true;

    while (ok && next_line(&text, &line)) {
        if (read_heading(line, &setting))
            ok = setting.kind != EXIM_ROUTER || add_router(s, setting.owner);
        else if (read_setting(line, &setting) &&
                 !exim_output_find_setting(s, setting.kind, setting.owner, setting.name))
            ok = add_setting(s, &setting);
    }
    return ok || error_memory(e);
}

void exim_output_clear_settings(struct exim_settings *s)
{
    free(s->at);
    free(s->routers);
    hash_clear(&s->index);
    *s = (struct exim_settings){0};
}

/* --- answers --- */

bool exim_output_next_answer(struct span *text, struct span *answer)
{
    static const char prompt[] = "> ";
    struct span rest = *text;
    size_t end;

    if (!span_skip(&rest, prompt))
        return false;
    end = span_find(rest, "\n> ");
    if (end == rest.len)
        return false;
    *answer = (struct span){.at = rest.at, .len = end};
    *text = from(rest, end + 1);
    return true;
}

/* --- deliveries --- */

/* Appends a delivery without router, transport and hosts; takes ": " off the beginning of `reason`.
 * It is valid until the next one is added. NULL: memory ran out. */
static struct exim_delivery *add_delivery(struct exim_deliveries *d, enum exim_outcome outcome,
                                          struct span address, struct span reason)
{
    struct exim_delivery *grown = array_grow(d->at, d->count, sizeof *grown);

    if (!grown)
        return NULL;
    d->at = grown;
    span_skip(&reason, ": ");
    grown += d->count++;
    *grown = (struct exim_delivery){.outcome = outcome,
                                    .address = address,
                                    .reason = reason,
                                    .router = span_of(""),
                                    .transport = span_of("")};
    return grown;
}

/* Appends the delivery that a line, which is neither empty nor begins with a blank, is about, as
 * add_delivery; a line that is not understood is an address that is routed. NULL: memory ran out.
 */
static struct exim_delivery *begin_delivery(struct exim_deliveries *d, struct span line)
{
    static const struct {
        const char *words;
        enum exim_outcome outcome;
    } outcomes[] = {{" is undeliverable", EXIM_UNDELIVERABLE},
                    {" cannot be resolved at this time", EXIM_DEFERRED},
                    {" -> ", EXIM_REDIRECTED}};
    struct span none = span_of(""), address;

    if (span_skip(&line, "syntax error: "))
        return add_delivery(d, EXIM_MISREAD, none, line);
    if (span_begins(line, "mail to ") && ends(line, " is discarded"))
        return add_delivery(d, EXIM_DISCARDED, none, none);
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        if (divide(&line, outcomes[i].words, &address))
            return add_delivery(d, outcomes[i].outcome, address, line);
    }
    if (!divide(&line, "   [duplicate", &address))
        address = line;
    return add_delivery(d, EXIM_ROUTED, address, none);
}

/* Sets router and transport by "R, transport = T"; any other text changes nothing. */
static void read_route(struct span line, struct exim_delivery *d)
{
    if (divide(&line, ", transport = ", &d->router))
        d->transport = line;
}

/* Appends the host of "mx.example.com [192.0.2.1] MX=10 port=25"; only the name must be there.
 * False: memory ran out. */
static bool read_host(struct span line, struct exim_delivery *d)
{
    struct exim_host h = {.address = span_of(""), .mx = -1}, *grown;
    unsigned number;

    h.name = span_word(&line, " ");
    for (struct span word = span_word(&line, " "); word.len > 0; word = span_word(&line, " ")) {
        if (span_skip(&word, "MX=") && span_number(word, &number))
            h.mx = (int)number;
        else if (span_skip(&word, "port=") && span_number(word, &number))
            h.port = number;
        else if (span_skip(&word, "[") && ends(word, "]"))
            h.address = (struct span){.at = word.at, .len = word.len - 1};
    }
    if (span_is(h.address, "unknown"))
        h.address.len = 0;
    grown = array_grow(d->hosts, d->host_count, sizeof *grown);
    if (!grown)
        return false;
    d->hosts = grown;
    d->hosts[d->host_count++] = h;
    return true;
}

/* For qsort, of struct exim_host: by preference, name and address; the port does not count. */
static int order_hosts(const void *a, const void *b)
{
    const struct exim_host *x = a, *y = b;
    int order = (x->mx > y->mx) - (x->mx < y->mx);

    if (order == 0)
        order = compare(x->name, y->name);
    return order != 0 ? order : compare(x->address, y->address);
}

/* Takes what a line that begins with a blank says about the delivery before it; `d` is NULL where
 * there is none. A line about something else changes nothing. False: memory ran out. */
static bool read_more(struct span line, struct exim_delivery *d)
{
    if (!d)
        return true;
    if (span_skip(&line, "  router = "))
        read_route(line, d);
    else if (span_skip(&line, "  transport = "))
        d->transport = line;
    else if (span_skip(&line, "  host "))
        return read_host(line, d);
    return true;
}

bool exim_output_deliveries_read(struct span answer, struct exim_deliveries *out, struct error *e)
{
    struct exim_delivery *last = NULL;
    struct span line;

    *out = (struct exim_deliveries){0};
    while (next_line(&answer, &line)) {
        bool ok = true;

        if (span_begins(line, " "))
            ok = read_more(line, last);
        else if (line.len > 0 && !span_begins(line, "***"))
            ok = (last = begin_delivery(out, line)) != NULL;
        if (!ok)
            return error_memory(e);
    }
    for (size_t i = 0; i < out->count; i++) {
        if (out->at[i].host_count > 1)
            qsort(out->at[i].hosts, out->at[i].host_count, sizeof *out->at[i].hosts, order_hosts);
    }
    return true;
}

void exim_output_deliveries_clear(struct exim_deliveries *d)
{
    for (size_t i = 0; i < d->count; i++)
        free(d->at[i].hosts);
    free(d->at);
    *d = (struct exim_deliveries){0};
}

/* Whether two deliveries are equal, but for their reasons; hosts must be in the same order. */
static bool are_equal(const struct exim_delivery *a, const struct exim_delivery *b)
{
    if (a->outcome != b->outcome || a->host_count != b->host_count)
        return false;
    if (compare(a->address, b->address) != 0 || compare(a->router, b->router) != 0 ||
        compare(a->transport, b->transport) != 0)
        return false;
    for (size_t i = 0; i < a->host_count; i++) {
        if (order_hosts(&a->hosts[i], &b->hosts[i]) != 0 || a->hosts[i].port != b->hosts[i].port)
            return false;
    }
    return true;
}

bool exim_output_deliveries_are_equal(const struct exim_deliveries *a,
                                      const struct exim_deliveries *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!are_equal(&a->at[i], &b->at[i]))
            return false;
    }
    return true;
}

/* --- replies --- */

bool exim_output_next_reply(struct span *text, unsigned *code, struct span *reply)
{
    struct span line;

    while (next_line(text, &line)) {
        struct span digits = {.at = line.at, .len = 3};

        if (line.len < 3 || !span_number(digits, code))
            continue;
        if (line.len > 3 && line.at[3] == '-')
            continue;
        *reply = line;
        return true;
    }
    return false;
}
