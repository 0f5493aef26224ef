/* SPDX-License-Identifier: BSD-2-Clause */
#include "zone.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki.h"

#define BUCKETS 8192

struct zone {
    struct lab *lab;
    struct zone_node *buckets[BUCKETS];
    ldns_rdf **secure;
    size_t n_secure;
    struct zone_rule *rules;
    size_t n_rules;
};

/* ---- names ---- */

/* A length byte is below 64, so folding the whole wire form only folds letters. */
static size_t fold(const ldns_rdf *name, char key[256])
{
    size_t len = ldns_rdf_size(name);

    for (size_t i = 0; i < len && i < 256; i++)
        key[i] = (char)tolower(ldns_rdf_data(name)[i]);
    return len;
}

static size_t bucket(const char *key, size_t len)
{
    unsigned long h = 5381;

    for (size_t i = 0; i < len; i++)
        h = h * 33 + (unsigned char)key[i];
    return h % BUCKETS;
}

static struct zone_node *lookup(const struct zone *z, const char *key, size_t len)
{
    struct zone_node *n = z->buckets[bucket(key, len)];

    while (n != NULL && (n->key_len != len || memcmp(n->key, key, len) != 0))
        n = n->next;
    return n;
}

const struct zone_node *zone_cover(const struct zone *z, const ldns_rdf *name, bool *is_wildcard)
{
    char key[256], star[258] = "\001*";
    size_t len = fold(name, key), at = 0;
    const struct zone_node *n = lookup(z, key, len);

    *is_wildcard = false;
    while (n == NULL && key[at] != 0) {
        at += 1 + (size_t)key[at];
        memcpy(star + 2, key + at, len - at);
        n = lookup(z, star, len - at + 2);
        *is_wildcard = n != NULL;
        if (n == NULL && lookup(z, key + at, len - at) != NULL)
            return NULL; /* the closest encloser hides wildcards above it (RFC 4592 3.3.1) */
    }
    return n;
}

bool zone_is_secure(const struct zone *z, const ldns_rdf *name)
{
    char key[256];
    size_t len = fold(name, key), at = 0;

    for (size_t i = 0; i < z->n_secure; i++)
        if (ldns_dname_compare(name, z->secure[i]) == 0 ||
            ldns_dname_is_subdomain(name, z->secure[i]))
            return true;
    for (;;) {
        const struct zone_node *n = lookup(z, key + at, len - at);

        for (size_t i = 0; n != NULL && i < n->n; i++)
            if (n->records[i].secure)
                return true;
        if (n != NULL || key[at] == 0)
            return false;
        at += 1 + (size_t)key[at];
    }
}

const struct zone_rule *zone_rule_for(const struct zone *z, const ldns_rdf *name, ldns_rr_type type)
{
    for (size_t i = 0; i < z->n_rules; i++) {
        const struct zone_rule *r = &z->rules[i];

        if ((r->type == 0 || r->type == type) &&
            (r->owner == NULL || ldns_dname_compare(r->owner, name) == 0))
            return r;
    }
    return NULL;
}

static ldns_rdf *name_from(const struct statement *s, const char *text)
{
    ldns_rdf *name = ldns_dname_new_frm_str(text);

    if (name == NULL)
        script_error(s, "\"%s\" is not a domain name", text);
    return name;
}

/* ---- records ---- */

/* TLSA data may end in cert:NAME: the association data made from that certificate. */
static char *with_association(struct zone *z, const struct statement *s, const char *rdata)
{
    const char *at = strstr(rdata, "cert:");
    int usage, selector, matching;
    char *name, *hex, *out;
    const struct cert *cert;

    if (at == NULL || sscanf(rdata, "%d %d %d", &usage, &selector, &matching) != 3)
        return copy_of(rdata, strlen(rdata));
    name = copy_of(at + 5, strcspn(at + 5, " \t"));
    cert = pki_find(z->lab->pki, name);
    if (cert == NULL)
        script_error(s, "there is not a certificate \"%s\"", name);
    hex = pki_hex(cert, selector, matching);
    out = text_of("%.*s%s", (int)(at - rdata), rdata, hex);
    free(hex);
    free(name);
    return out;
}

static ldns_rr *record_from(struct zone *z, const struct statement *s, const char *owner,
                            const char *type, const char *rdata)
{
    bool tlsa = strcasecmp(type, "TLSA") == 0;
    char *data = tlsa ? with_association(z, s, rdata) : copy_of(rdata, strlen(rdata));
    char *text = text_of("%s 300 IN %s %s", owner, type, data);
    ldns_rr *rr = NULL;
    ldns_status status = ldns_rr_new_frm_str(&rr, text, 300, NULL, NULL);

    if (status != LDNS_STATUS_OK)
        script_error(s, "record \"%s\": %s", text, ldns_get_errorstr_by_id(status));
    free(text);
    free(data);
    return rr;
}

static void put(struct zone *z, ldns_rr *rr, bool secure)
{
    char key[256];
    size_t len = fold(ldns_rr_owner(rr), key);
    struct zone_node *n = lookup(z, key, len);

    if (n == NULL) {
        struct zone_node **head = &z->buckets[bucket(key, len)];

        n = need(1, sizeof *n);
        n->key = copy_of(key, len);
        n->key_len = len;
        n->next = *head;
        *head = n;
    }
    n->records = grow(n->records, &n->n, sizeof *n->records);
    n->records[n->n - 1] = (struct zone_record){rr, secure};
}

/* The raw text from the i-th word on: rdata has quoting rules of its own. */
static char *raw_from(struct zone *z, const struct statement *s, size_t i)
{
    const char *raw = s->raw + s->words[i].at;

    return lab_expand(z->lab, s, raw, strlen(raw)).p;
}

static void read_record(struct zone *z, const struct statement *s)
{
    size_t i = script_is(&s->words[1], "secure") ? 2 : 1;
    const char *owner = script_text(s, i), *type = script_text(s, i + 1);
    char *rdata;

    script_text(s, i + 2);
    rdata = raw_from(z, s, i + 2);
    put(z, record_from(z, s, owner, type, rdata), i == 2);
    free(rdata);
}

/* "mx%d.example.test." with the number for %d. */
static char *numbered(const char *pattern, long n)
{
    const char *at = strstr(pattern, "%d");

    if (at == NULL)
        return copy_of(pattern, strlen(pattern));
    return text_of("%.*s%ld%s", (int)(at - pattern), pattern, n, at + 2);
}

/* record-range COUNT mx%d.example.test. A 127.1.0.1 */
static void read_record_range(struct zone *z, const struct statement *s)
{
    size_t i = script_is(&s->words[1], "secure") ? 2 : 1;
    long count = script_number(s, script_text(s, i), 1, 100000);
    struct in_addr first;

    if (strcasecmp(script_text(s, i + 2), "A") != 0 ||
        inet_pton(AF_INET, script_text(s, i + 3), &first) != 1)
        script_error(s, "record-range COUNT NAME A ADDRESS");
    for (long n = 1; n <= count; n++) {
        struct in_addr a = {htonl(ntohl(first.s_addr) + (uint32_t)(n - 1))};
        char text[INET_ADDRSTRLEN], *owner = numbered(s->words[i + 1].p, n);

        inet_ntop(AF_INET, &a, text, sizeof text);
        put(z, record_from(z, s, owner, "A", text), i == 2);
        free(owner);
    }
}

/* mx-range COUNT example.test. 10 mx%d.example.test. */
static void read_mx_range(struct zone *z, const struct statement *s)
{
    size_t i = script_is(&s->words[1], "secure") ? 2 : 1;
    long count = script_number(s, script_text(s, i), 1, 100000);
    const char *owner = script_text(s, i + 1), *preference = script_text(s, i + 2);

    for (long n = 1; n <= count; n++) {
        char *host = numbered(script_text(s, i + 3), n),
             *rdata = text_of("%s %s", preference, host);

        put(z, record_from(z, s, owner, "MX", rdata), i == 2);
        free(host);
        free(rdata);
    }
}

/* ---- misbehaviour ---- */

static bool read_rcode(struct zone_rule *r, const struct word *w)
{
    static const struct {
        const char *name;
        int rcode;
    } rcodes[] = {{"formerr", 1}, {"servfail", 2}, {"nxdomain", 3},
                  {"notimp", 4},  {"refused", 5},  {"badvers", 16}};

    for (size_t i = 0; i < sizeof rcodes / sizeof *rcodes; i++)
        if (script_is(w, rcodes[i].name)) {
            r->rcode = rcodes[i].rcode;
            return true;
        }
    return false;
}

static bool read_flag(struct zone_rule *r, const struct word *w)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        {"bogus", &r->bogus},
        {"silence", &r->silence},
        {"ad", &r->ad},
        {"garbage", &r->garbage},
        {"short", &r->is_short},
        {"empty-question", &r->empty_question},
        {"no-opt", &r->no_opt},
        {"edns-only", &r->edns_only},
        {"truncate", &r->truncate},
        {"only", &r->only},
        {"pointers", &r->pointers},
        {"unasked", &r->unasked},
    };

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (script_is(w, flags[i].name))
            return *flags[i].flag = true;
    return false;
}

static int choice(const struct statement *s, const char *value, const char *const *names)
{
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(value, names[i]) == 0)
            return i;
    script_error(s, "dns: unknown value \"%s\"", value);
}

/* forge=HOW [only] TYPE RDATA...: takes the rest of the line. */
static size_t read_forge(struct zone *z, struct zone_rule *r, const struct statement *s, size_t i)
{
    static const char *const how[] = {"", "wrong-id", "wrong-source", "wrong-question", NULL};
    char *rdata;

    r->forge = (enum zone_forge)choice(s, script_value(&s->words[i], "forge"), how);
    i++;
    if (i < s->n && script_is(&s->words[i], "only")) {
        r->only = true;
        i++;
    }
    script_text(s, i + 1);
    rdata = raw_from(z, s, i + 1);
    r->forged = record_from(z, s, script_text(s, 1), script_text(s, i), rdata);
    free(rdata);
    return s->n;
}

static size_t read_behaviour(struct zone *z, struct zone_rule *r, const struct statement *s,
                             size_t i)
{
    static const char *const tcp[] = {"normal", "drip", "silence", "close", "endless", NULL};
    const struct word *w = &s->words[i];
    const char *value;

    if (read_rcode(r, w) || read_flag(r, w))
        return i + 1;
    if (script_value(w, "forge") != NULL)
        return read_forge(z, r, s, i);
    if ((value = script_value(w, "ede")) != NULL)
        r->ede = (int)script_number(s, value, 0, 65535);
    else if ((value = script_value(w, "delay")) != NULL)
        r->delay = script_seconds(s, value);
    else if ((value = script_value(w, "many")) != NULL)
        r->many = script_number(s, value, 1, 60000);
    else if ((value = script_value(w, "tcp")) != NULL)
        r->tcp = (enum zone_tcp)choice(s, value, tcp);
    else
        script_error(s, "dns: unknown behaviour \"%s\"", w->p);
    return i + 1;
}

static void read_rule(struct zone *z, const struct statement *s)
{
    struct zone_rule r = {.rcode = -1, .ede = -1};
    const char *owner = script_text(s, 1), *type = script_text(s, 2);

    script_text(s, 3);
    r.owner = strcmp(owner, "*") == 0 ? NULL : name_from(s, owner);
    r.type = strcmp(type, "ANY") == 0 ? 0 : ldns_get_rr_type_by_name(type);
    if (r.type == 0 && strcmp(type, "ANY") != 0)
        script_error(s, "dns: unknown type \"%s\"", type);
    for (size_t i = 3; i < s->n;)
        i = read_behaviour(z, &r, s, i);
    z->rules = grow(z->rules, &z->n_rules, sizeof *z->rules);
    z->rules[z->n_rules - 1] = r;
}

struct zone *zone_read(struct lab *lab, const struct scenario *sc)
{
    struct zone *z = need(1, sizeof *z);

    z->lab = lab;
    for (size_t i = 0; i < sc->n_dns; i++) {
        struct statement s = lab_expand_words(lab, &sc->dns[i]);

        script_text(&s, 1);
        if (script_is(&s.words[0], "record")) {
            read_record(z, &s);
        } else if (script_is(&s.words[0], "record-range")) {
            read_record_range(z, &s);
        } else if (script_is(&s.words[0], "mx-range")) {
            read_mx_range(z, &s);
        } else if (script_is(&s.words[0], "dns")) {
            read_rule(z, &s);
        } else {
            z->secure = grow(z->secure, &z->n_secure, sizeof *z->secure);
            z->secure[z->n_secure - 1] = name_from(&s, script_text(&s, 1));
        }
    }
    return z;
}
