/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_details.h"

#include <stdlib.h>
#include <string.h>

#include "report/cert_list.h"
#include "report/report_hello.h"
#include "report/report_offers.h"
#include "report/report_profile.h"

/* Appends the day, "2026-11-30", in UTC, without newline. */
static void add_date(struct text *out, time_t t)
{
    char buf[40];

    text_date(buf, sizeof buf, t);
    text_add(out, buf);
}

/* Appends the lines about one certificate. */
static void add_certificate(struct text *out, const struct cert_facts *c)
{
    text_addf(out, "    certificate: %s\n", text_or(c->subject, "(no subject)"));
    text_addf(out, "      issuer: %s\n      serial: %s\n      valid: ", c->issuer, c->serial);
    add_date(out, c->not_before);
    text_add(out, " to ");
    add_date(out, c->not_after);
    text_addf(out, ", %s, %s, %s\n", c->key, c->signature, cert_list_origin(c));
    if (c->name_count > 0)
        text_add(out, "      names:");
    for (size_t i = 0; i < c->name_count; i++)
        text_addf(out, "%s%s", i ? ", " : " ", c->names[i]);
    if (c->name_count > 0)
        text_add(out, "\n");
    text_addf(out, "      sha256: %s\n      key sha256: %s\n", c->sha256, c->key_sha256);
}

/* Appends a line for each TLSA record of the host; nothing where it has none. */
static void add_records(struct text *out, const struct resolve_host *h)
{
    char record[200];

    for (size_t i = 0; i < h->tlsa_count; i++) {
        dane_tlsa_text(&h->tlsa[i], record, sizeof record);
        text_addf(out, "    TLSA: %s%s\n", record,
                  dane_tlsa_usable(&h->tlsa[i]) ? "" : " (unusable for SMTP)");
    }
}

/* Appends each line of the transcript, indented. The last one need not have a newline. */
static void add_transcript(struct text *out, const char *transcript)
{
    while (*transcript) {
        size_t len = strcspn(transcript, "\n");

        text_addf(out, "    %.*s\n", (int)len, transcript);
        transcript += len + (transcript[len] == '\n');
    }
}

/* What all addresses of a report share. */
struct details {
    const struct report_config *c;
    const struct report_input *in;
    struct text *out;
    struct cert_list certs; /* that have been shown */
    bool *hosts, *requests; /* gateways and sessions that have been shown: each once, even if it is
                               there under several policies */
};

/* Appends one line for a certificate that was shown before, with the place of that. `entry` is its
 * index in d->certs. */
static void add_reference(struct details *d, const struct cert_facts *c, size_t entry)
{
    const struct cert_place *first = &d->certs.places[d->certs.entries[entry].first];
    const struct resolve_host *h = &d->in->facts->resolution->hosts[first->host];
    char label[280];

    report_label(h, label, sizeof label);
    text_addf(d->out, "    certificate: %s, %s, as at %s [%s]\n",
              c->subject[0] ? c->subject : cert_title(c), cert_list_origin(c), label,
              h->addresses[first->address].text);
}

/* Appends the lines about each certificate of a chain that was served at an address, both indices
 * as in the resolution; one line where the certificate was shown before. */
static void add_chain(struct details *d, const struct trust_facts *f, size_t host, size_t address)
{
    for (size_t i = 0; i < f->cert_count; i++) {
        struct cert_place place = {.host = host, .address = address, .note = ""};
        bool known;
        size_t entry = cert_list_add(&d->certs, &f->certs[i], place, &known);

        if (entry == CERT_LIST_NONE)
            d->out->failed = true;
        else if (known)
            add_reference(d, &f->certs[i], entry);
        else
            add_certificate(d->out, &f->certs[i]);
    }
}

/* Appends everything about one address: its label, TLS, certificates, and at -vvv the conversation.
 * `request` is the index of the session to it, plan->of_host[host][address]. */
static void add_address(struct details *d, size_t host, size_t address, size_t request)
{
    const struct resolve_host *h = &d->in->facts->resolution->hosts[host];
    const struct observation *o = d->in->facts->observations[request];
    const struct trust_facts *other = observation_other_chain(o);
    struct text *out = d->out;
    char label[280];

    report_label(h, label, sizeof label);
    text_addf(out, "%s [%s]\n", label, h->addresses[address].text);
    if (o->has_tls)
        text_addf(out, "    TLS: %s, %s%s%s\n", o->tls.version_name, o->tls.cipher,
                  o->tls.group[0] ? ", " : "", o->tls.group);
    report_offers_add(o, out);
    report_profile_add(d->in, request, out);
    report_hello_add(d->in, request, out);
    if (!d->in->judge->certificates) /* else the table has them */
        add_records(out, h);
    if (o->has_chain)
        add_chain(d, &o->chain, host, address);
    if (other) {
        text_addf(out, "    with %s:\n", other->certs[0].key);
        add_chain(d, other, host, address);
    }
    if (o->without_sni->has_chain) {
        text_add(out, "    without SNI:\n");
        add_chain(d, &o->without_sni->chain, host, address);
    }
    if (d->c->verbosity >= 3) {
        add_transcript(out, text_str(&o->transcript));
        out->failed = out->failed || o->transcript.failed;
    }
}

/* Appends the addresses of a target's gateways that have not been shown yet. */
static void add_target(struct details *d, const struct plan_target *t)
{
    for (size_t m = 0; m < t->mx_count; m++) {
        size_t host = t->mx[m].host;
        const struct resolve_host *h = &d->in->facts->resolution->hosts[host];
        bool again = d->hosts[h->first];

        d->hosts[h->first] = true;
        for (size_t a = 0; a < h->address_count; a++) {
            size_t request = d->in->facts->plan->of_host[host][a];

            if (again && d->requests[request])
                continue;
            d->requests[request] = true;
            add_address(d, host, a, request);
        }
    }
}

void report_details(const struct report_config *c, const struct report_input *in, struct text *out)
{
    const struct facts *f = in->facts;
    struct details d = {.c = c,
                        .in = in,
                        .out = out,
                        .hosts = calloc(f->resolution->host_count + 1, sizeof *d.hosts),
                        .requests = calloc(f->plan->request_count + 1, sizeof *d.requests)};

    if (d.hosts && d.requests) {
        for (size_t t = 0; t < f->resolution->target_count; t++)
            add_target(&d, &f->plan->targets[t]);
    } else {
        out->failed = true;
    }
    cert_list_clear(&d.certs);
    free(d.hosts);
    free(d.requests);
}
