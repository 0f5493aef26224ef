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

/* What has been shown: a gateway's sessions once, under however many terms it stands there. */
struct seen {
    bool *hosts, *requests;
};

static void add_target(const struct report_config *c, const struct report_input *in,
                       const struct resolve_target *t, struct seen *seen, struct text *out)
{
    for (size_t m = 0; m < t->mx_count; m++) {
        size_t host = t->mx[m].host;
        const struct resolve_host *h = &in->resolution->hosts[host];
        bool again = seen->hosts[h->first];

        seen->hosts[h->first] = true;
        for (size_t a = 0; a < h->address_count; a++) {
            size_t request = in->plan->of_host[host][a];

            if (again && seen->requests[request])
                continue;
            seen->requests[request] = true;
            add_address(c, in, out, h, h->addresses[a].text, &in->observations[request]);
        }
    }
}

void output_details(const struct report_config *c, const struct report_input *in, struct text *out)
{
    const struct resolution *r = in->resolution;
    struct seen seen = {.hosts = calloc(r->host_count + 1, sizeof *seen.hosts),
                        .requests = calloc(in->plan->request_count + 1, sizeof *seen.requests)};

    if (seen.hosts && seen.requests) {
        for (size_t t = 0; t < r->target_count; t++)
            add_target(c, in, &r->targets[t], &seen, out);
    } else {
        out->failed = true;
    }
    free(seen.hosts);
    free(seen.requests);
}
