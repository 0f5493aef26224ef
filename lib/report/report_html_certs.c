/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_html_certs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "report/cert_list.h"
#include "report/html_page.h"
#include "report/report_offers.h"

enum { PLACES_MAX = 64, DAY = 86400 };
enum { HOST, PROTOCOL, CIPHER, GROUP, CERTIFICATE, ISSUER, DAYS, COLUMNS };

/* A session of the part. */
struct session {
    size_t host, address;
};

/* One part under way. */
struct part {
    struct report_html_certs *s;
    struct html_writer *w;
    struct session *sessions;
    size_t count;
    struct cert_list certs;
};

bool report_html_certs_begin(struct report_html_certs *s)
{
    s->part_of = calloc(s->in->facts->plan->request_count + 1, sizeof *s->part_of);
    return s->part_of != NULL;
}

/* Writes "gateway [address]", or the address alone where the gateway was given by it. */
static void name_place(const struct report_input *in, size_t host, size_t address, char *out,
                       size_t cap)
{
    const struct resolve_host *h = &in->facts->resolution->hosts[host];

    report_label(h, out, cap);
    if (!h->literal)
        text_append(out, cap, " [%s]", h->addresses[address].text);
}

/* --- collecting --- */

/* Adds the certificates of a chain that an address shows. `note`: in which handshake, as a
 * cert_place has it; static. */
static void collect_chain(struct part *p, const struct trust_facts *f, struct session at,
                          const char *note)
{
    for (size_t i = 0; i < f->cert_count; i++) {
        struct cert_place place = {.host = at.host, .address = at.address, .note = note};
        bool known;

        if (cert_list_add(&p->certs, &f->certs[i], place, &known) == CERT_LIST_NONE)
            p->w->out->failed = true;
    }
}

/* Whether the leaf of a chain is that of the usual handshake. False where that showed no
 * certificate. */
static bool is_same(const struct trust_facts *f, const struct observation *o)
{
    return o->has_chain && strcmp(f->certs[0].sha256, o->chain.certs[0].sha256) == 0;
}

/* Adds the certificates of all handshakes with an address that brought others. */
static void collect_certificates(struct part *p, struct session at)
{
    const struct observation *o = facts_observation(p->s->in->facts, at.host, at.address);
    const struct trust_facts *other = observation_other_chain(o);
    const struct trust_facts *second = observation_second_chain(o);

    if (o->has_chain)
        collect_chain(p, &o->chain, at, "");
    if (other)
        collect_chain(p, other, at, "with another type of key");
    if (second)
        collect_chain(p, second, at, "in a second handshake");
    if (o->without_sni->has_chain && !is_same(&o->without_sni->chain, o))
        collect_chain(p, &o->without_sni->chain, at, "without SNI");
}

/* Adds the session to an address and its certificates, unless the part has the session already, as
 * under another policy or target. */
static void collect_session(struct part *p, struct session at)
{
    size_t request = p->s->in->facts->plan->of_host[at.host][at.address];
    struct session *grown;

    if (p->s->part_of[request] == p->s->part)
        return;
    p->s->part_of[request] = p->s->part;
    grown = array_grow(p->sessions, p->count, sizeof *grown);
    if (!grown) {
        p->w->out->failed = true;
        return;
    }
    p->sessions = grown;
    p->sessions[p->count++] = at;
    collect_certificates(p, at);
}

/* Adds the sessions to the gateways of a target. */
static void collect_target(struct part *p, const struct plan_target *t)
{
    for (size_t m = 0; m < t->mx_count; m++) {
        size_t host = t->mx[m].host;
        size_t count = p->s->in->facts->resolution->hosts[host].address_count;

        for (size_t a = 0; a < count; a++)
            collect_session(p, (struct session){host, a});
    }
}

/* --- what was negotiated --- */

/* Adds the row of one session to a table that has room. */
static void fill_session(const struct part *p, struct session at, struct text_table *t)
{
    const struct report_input *in = p->s->in;
    const struct observation *o = facts_observation(in->facts, at.host, at.address);
    const struct path_expiry *expiry = &in->verdict->hosts[at.host].addresses[at.address].expiry;
    struct text_table_cell *row = text_table_row(t);

    name_place(in, at.host, at.address, row[HOST].text, sizeof row->text);
    text_copy(row[PROTOCOL].text, sizeof row->text, o->has_tls ? o->tls.version_name : "no TLS");
    if (o->has_tls) {
        text_copy(row[CIPHER].text, sizeof row->text, o->tls.cipher);
        text_copy(row[GROUP].text, sizeof row->text, o->tls.group);
    }
    if (o->has_chain) {
        text_copy(row[CERTIFICATE].text, sizeof row->text, cert_title(&o->chain.certs[0]));
        text_copy(row[ISSUER].text, sizeof row->text, cert_issuer_title(&o->chain.certs[0]));
    }
    if (expiry->first)
        text_format(row[DAYS].text, sizeof row->text, "%.1f", expiry->days);
}

/* Writes the table of the part's sessions, with its heading. There must be a session. */
static void add_sessions(const struct part *p)
{
    static const char *const heads[COLUMNS] = {"Gateway",     "TLS",    "Cipher",   "Key exchange",
                                               "Certificate", "Issuer", "Days left"};
    struct text_table t;

    if (!text_table_init(&t, COLUMNS, p->count + 1, 1u << DAYS)) {
        p->w->out->failed = true;
        return;
    }
    text_table_heads(&t, heads);
    for (size_t i = 0; i < p->count; i++)
        fill_session(p, p->sessions[i], &t);
    html_writer_element(p->w, "h3", NULL, "Sessions");
    html_page_table(p->w, &t, NULL);
    text_table_free(&t);
}

/* --- what the gateways offer and ask for --- */

/* Whether something of it is known in any session of the part. */
static bool has_offers(const struct part *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct session *at = &p->sessions[i];

        if (report_offers_known(facts_observation(p->s->in->facts, at->host, at->address)))
            return true;
    }
    return false;
}

/* Writes the table of extensions and requests, with its heading; nothing where nothing is known. */
static void add_offers(const struct part *p)
{
    char place[400];

    if (!has_offers(p))
        return;
    html_writer_element(p->w, "h3", NULL, "SMTP extensions and client certificates");
    html_writer_open(p->w, "div");
    html_writer_attribute(p->w, "class", "table");
    html_writer_open(p->w, "table");
    report_offers_html_head(p->w);
    html_writer_open(p->w, "tbody");
    for (size_t i = 0; i < p->count; i++) {
        struct session at = p->sessions[i];
        const struct observation *o = facts_observation(p->s->in->facts, at.host, at.address);

        if (!report_offers_known(o))
            continue;
        name_place(p->s->in, at.host, at.address, place, sizeof place);
        report_offers_html_row(place, o, p->w);
    }
    html_writer_close(p->w);
    html_writer_close(p->w);
    html_writer_close(p->w);
}

/* --- certificates --- */

/* Opens the row of one field, as far as its value. */
static void begin_field(struct html_writer *w, const char *field)
{
    html_writer_open(w, "tr");
    html_writer_open(w, "th");
    html_writer_attribute(w, "scope", "row");
    html_writer_text(w, field);
    html_writer_close(w);
    html_writer_open(w, "td");
}

/* Closes what begin_field opened. */
static void end_field(struct html_writer *w)
{
    html_writer_close(w);
    html_writer_close(w);
}

/* Writes a field with one value; nothing where that is "". */
static void add_field(struct html_writer *w, const char *field, const char *value)
{
    if (!*value)
        return;
    begin_field(w, field);
    html_writer_text(w, value);
    end_field(w);
}

/* Writes the dates of a certificate, and how many days are left at `now`. */
static void add_validity(struct html_writer *w, const struct cert_facts *c, time_t now)
{
    char from[40], until[40];
    double days = difftime(c->not_after, now) / DAY;

    text_time(from, sizeof from, c->not_before);
    text_time(until, sizeof until, c->not_after);
    begin_field(w, "Valid");
    html_writer_textf(w, "%s to %s, ", from, until);
    if (days < 0)
        html_writer_textf(w, "expired %.1f days ago", -days);
    else
        html_writer_textf(w, "%.1f days left", days);
    end_field(w);
}

/* Writes the names of a certificate; nothing where it has none. */
static void add_names(struct html_writer *w, const struct cert_facts *c)
{
    if (c->name_count == 0)
        return;
    begin_field(w, "Names");
    for (size_t i = 0; i < c->name_count; i++) {
        if (i > 0)
            html_writer_text(w, ", ");
        html_writer_text(w, c->names[i]);
    }
    end_field(w);
}

/* Writes where a certificate was seen, a line for each place, the first PLACES_MAX of them. */
static void add_places(const struct part *p, const struct cert_entry *entry)
{
    size_t count = 0;
    char place[400];

    begin_field(p->w, "Seen at");
    for (size_t i = entry->first; i != CERT_LIST_NONE; i = p->certs.places[i].next) {
        const struct cert_place *at = &p->certs.places[i];

        if (++count > PLACES_MAX)
            continue;
        if (count > 1) {
            html_writer_open(p->w, "br");
            html_writer_close(p->w);
        }
        name_place(p->s->in, at->host, at->address, place, sizeof place);
        html_writer_textf(p->w, "%s, %s%s%s", place, cert_list_origin(at->cert),
                          *at->note ? " " : "", at->note);
    }
    if (count > PLACES_MAX)
        html_writer_textf(p->w, " and %zu more", count - PLACES_MAX);
    end_field(p->w);
}

/* Writes everything about one certificate. */
static void add_certificate(const struct part *p, const struct cert_entry *entry)
{
    const struct cert_facts *c = entry->cert;
    struct html_writer *w = p->w;

    html_writer_open(w, "table");
    html_writer_attribute(w, "class", "facts");
    html_writer_element(w, "caption", NULL, cert_title(c));
    html_writer_open(w, "tbody");
    add_field(w, "Subject", text_or(c->subject, "(no subject)"));
    add_field(w, "Issuer", c->issuer);
    add_field(w, "Serial number", c->serial);
    add_validity(w, c, p->s->in->judge->now);
    add_field(w, "Key", c->key);
    add_field(w, "Signature", c->signature);
    add_names(w, c);
    add_field(w, "SHA-256", c->sha256);
    add_field(w, "SHA-256 of the key", c->key_sha256);
    add_places(p, entry);
    html_writer_close(w);
    html_writer_close(w);
}

/* Writes each certificate of the part, with their heading; nothing where there is none. */
static void add_certificates(const struct part *p)
{
    if (p->certs.count == 0)
        return;
    html_writer_element(p->w, "h3", NULL, "Certificates");
    for (size_t i = 0; i < p->certs.count; i++)
        add_certificate(p, &p->certs.entries[i]);
}

/* Writes the transcript of each session of the part, with their heading. */
static void add_transcripts(const struct part *p)
{
    char place[400];

    html_writer_element(p->w, "h3", NULL, "SMTP transcripts");
    for (size_t i = 0; i < p->count; i++) {
        struct session at = p->sessions[i];
        const struct observation *o = facts_observation(p->s->in->facts, at.host, at.address);

        name_place(p->s->in, at.host, at.address, place, sizeof place);
        html_writer_element(p->w, "p", NULL, place);
        html_writer_element(p->w, "pre", NULL, text_str(&o->transcript));
        html_writer_check(p->w, &o->transcript);
    }
}

void report_html_certs(struct report_html_certs *s, size_t first, size_t end, struct html_writer *w)
{
    struct part p = {.s = s, .w = w};

    s->part++;
    for (size_t t = first; t < end; t++)
        collect_target(&p, &s->in->facts->plan->targets[t]);
    if (p.count > 0) {
        add_sessions(&p);
        add_offers(&p);
        add_certificates(&p);
        if (s->transcripts)
            add_transcripts(&p);
    }
    cert_list_clear(&p.certs);
    free(p.sessions);
}
