#include "output_details.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void add_date(struct text *out, time_t t)
{
    struct tm tm;
    char buf[40];

    gmtime_r(&t, &tm);
    strftime(buf, sizeof buf, "%Y-%m-%d", &tm);
    text_add(out, buf);
}

static void add_certificate(struct text *out, const struct cert_facts *c)
{
    const char *where = c->path == 0 ? "not on the path" : c->served ? "served" : "from the store";

    text_addf(out, "    certificate: %s\n", c->subject[0] ? c->subject : "(no subject)");
    text_addf(out, "      issuer: %s\n      serial: %s\n      valid: ", c->issuer, c->serial);
    add_date(out, c->not_before);
    text_add(out, " to ");
    add_date(out, c->not_after);
    text_addf(out, ", %s, %s, %s\n", c->key, c->signature, where);
    if (c->name_count > 0)
        text_add(out, "      names:");
    for (size_t i = 0; i < c->name_count; i++)
        text_addf(out, "%s%s", i ? ", " : " ", c->names[i]);
    if (c->name_count > 0)
        text_add(out, "\n");
    text_addf(out, "      sha256: %s\n      key sha256: %s\n", c->sha256, c->key_sha256);
}

static void add_records(struct text *out, const struct resolve_host *h)
{
    char record[200];

    for (size_t i = 0; i < h->tlsa_count; i++) {
        dane_tlsa_text(&h->tlsa[i], record, sizeof record);
        text_addf(out, "    TLSA: %s%s\n", record,
                  dane_tlsa_usable(&h->tlsa[i]) ? "" : " (unusable for SMTP)");
    }
}

static void add_transcript(struct text *out, const char *transcript)
{
    while (*transcript) {
        size_t len = strcspn(transcript, "\n");

        text_addf(out, "    %.*s\n", (int)len, transcript);
        transcript += len + (transcript[len] == '\n');
    }
}

static void add_chain(struct text *out, const struct trust_facts *f)
{
    for (size_t i = 0; i < f->cert_count; i++)
        add_certificate(out, &f->certs[i]);
}

static void add_address(const struct report_config *c, const struct report_input *in,
                        struct text *out, const struct resolve_host *h, const char *address,
                        const struct observation *o)
{
    const struct trust_facts *other = observation_other_chain(o);
    char label[280];

    report_label(h, label, sizeof label);
    text_addf(out, "%s [%s]\n", label, address);
    if (o->has_tls)
        text_addf(out, "    TLS: %s, %s%s%s\n", o->tls.version_name, o->tls.cipher,
                  o->tls.group[0] ? ", " : "", o->tls.group);
    if (!in->judge->certificates) /* else the table has them */
        add_records(out, h);
    if (o->has_chain)
        add_chain(out, &o->chain);
    if (other) {
        text_addf(out, "    with %s:\n", other->certs[0].key);
        add_chain(out, other);
    }
    if (o->without_sni.has_chain) {
        text_add(out, "    without SNI:\n");
        add_chain(out, &o->without_sni.chain);
    }
    if (c->verbosity >= 3) {
        add_transcript(out, text_str(&o->transcript));
        out->failed = out->failed || o->transcript.failed;
    }
}

void output_details(const struct report_config *c, const struct report_input *in, struct text *out)
{
    const struct resolution *r = in->resolution;
    bool *seen = calloc(r->host_count + 1, sizeof *seen);
    size_t host;

    while (seen && report_next_host(r, seen, &host)) {
        for (size_t a = 0; a < r->hosts[host].address_count; a++)
            add_address(c, in, out, &r->hosts[host], r->hosts[host].addresses[a].text,
                        report_observation(in, host, a));
    }
    out->failed = out->failed || !seen;
    free(seen);
}
