#include "output_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Each comes to NULL where memory is short, which makes NULL of all that it is part of. */

static json_t *appended(json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) == 0)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *with(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) == 0)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *string_or_null(const char *s)
{
    return s && s[0] ? json_string(s) : json_null();
}

static json_t *clean_string(const char *s)
{
    char buf[512];

    text_clean(buf, sizeof buf, s, strlen(s));
    return json_string(buf);
}

static json_t *time_value(time_t t)
{
    struct tm tm;
    char buf[40];

    gmtime_r(&t, &tm);
    strftime(buf, sizeof buf, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return json_string(buf);
}

/* Three decimals: what the figures are good for. */
static json_t *rounded(double value)
{
    double scaled = value * 1000 + (value < 0 ? -0.5 : 0.5);

    return json_real((double)(int64_t)scaled / 1000);
}

static json_t *names_value(const struct cert_facts *c)
{
    json_t *names = json_array();

    for (size_t i = 0; i < c->name_count; i++)
        names = appended(names, json_string(c->names[i]));
    return names;
}

static json_t *certificate_value(const struct cert_facts *c)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:o, s:b, s:o}",
                     "subject", c->subject, "issuer", c->issuer, "cn", string_or_null(c->cn),
                     "names", names_value(c), "serial", c->serial, "not_before",
                     time_value(c->not_before), "not_after", time_value(c->not_after), "key",
                     c->key, "signature", c->signature, "sha256", c->sha256, "key_sha256",
                     c->key_sha256, "ca_issuers", string_or_null(c->aia), "served", c->served,
                     "path", c->path ? json_integer(c->path) : json_null());
}

static json_t *certificates_value(bool has_chain, const struct trust_facts *f)
{
    json_t *list = json_array();

    for (size_t i = 0; has_chain && i < f->cert_count; i++)
        list = appended(list, certificate_value(&f->certs[i]));
    return list;
}

static json_t *stages_value(const struct report_input *in, size_t host, size_t address)
{
    const struct observation *o = report_observation(in, host, address);
    const struct address_verdict *v = &in->verdict->hosts[host].addresses[address];
    json_t *stages = json_object();

    for (int s = STAGE_CONNECT; s < STAGE_COUNT; s++) {
        const struct stage_fact *f = &o->stages[s];

        if (!f->entered)
            continue;
        stages = with(stages, stage_info((enum stage)s)->name,
                      json_pack("{s:b, s:o, s:o, s:o}", "ok", v->passed[s], "seconds",
                                f->us < 0 ? json_null() : rounded((double)f->us / 1e6), "code",
                                f->code ? json_integer(f->code) : json_null(), "text",
                                string_or_null(f->text)));
    }
    return stages;
}

static json_t *tls_value(const struct observation *o)
{
    if (!o->has_tls)
        return json_null();
    return json_pack("{s:s, s:s, s:o}", "version", o->tls.version_name, "cipher", o->tls.cipher,
                     "group", string_or_null(o->tls.group));
}

static json_t *address_value(const struct report_input *in, size_t host, size_t address)
{
    const struct observation *o = report_observation(in, host, address);
    const struct address_verdict *v = &in->verdict->hosts[host].addresses[address];

    return json_pack("{s:s, s:b, s:i, s:o, s:o, s:o, s:o}", "address",
                     in->resolution->hosts[host].addresses[address].text, "reached", v->reached,
                     "confidence", v->confidence, "stages", stages_value(in, host, address), "tls",
                     tls_value(o), "cert_days", v->end.first ? rounded(v->end.days) : json_null(),
                     "certificates", certificates_value(o->has_chain, &o->chain));
}

static json_t *revocation_value(const struct revocation_fact *f)
{
    static const char *const names[] = {NULL, "good", "revoked", "unknown", "invalid", NULL};

    if (!names[f->status])
        return json_null();
    return json_pack("{s:s, s:o, s:o, s:o}", "status", names[f->status], "since",
                     f->since ? time_value(f->since) : json_null(), "reason",
                     string_or_null(f->reason), "why", string_or_null(f->why));
}

static json_t *staple_value(const struct staple *s)
{
    return s->came ? revocation_value(&s->fact) : json_null();
}

static json_t *look_value(const struct second_look *l)
{
    if (!l->look.tried)
        return json_null();
    return json_pack("{s:b, s:o, s:o, s:o}", "handshake", l->look.succeeded, "reason",
                     string_or_null(l->look.reason), "certificates",
                     certificates_value(l->has_chain, &l->chain), "staple",
                     staple_value(&l->staple));
}

static json_t *dane_value(const struct trust_facts *f)
{
    if (!f->dane_asked)
        return json_null();
    return json_pack("{s:b, s:o}", "matched", f->dane_matched, "usage",
                     f->dane_matched ? json_integer(f->dane_usage) : json_null());
}

/* What check_mx_cert knows besides. */
static json_t *with_senders(json_t *address, const struct observation *o,
                            const struct path_end *end)
{
    address = with(address, "trusted",
                   o->has_chain ? json_boolean(o->chain.pkix.count == 0) : json_null());
    address =
        with(address, "first_to_end", end->first ? json_string(end->first->sha256) : json_null());
    address = with(address, "dane", o->has_chain ? dane_value(&o->chain) : json_null());
    address = with(address, "staple", staple_value(&o->staple));
    address = with(address, "without_sni", look_value(&o->without_sni));
    address = with(address, "other_key", look_value(&o->other_kind));
    return address;
}

static json_t *records_value(const struct sts_records *r)
{
    return json_pack("{s:i, s:b}", "count", (int)r->count, "valid", r->ok);
}

static json_t *sts_value(const struct sts_facts *f)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "record", records_value(&f->records), "id",
        string_or_null(f->record.id), "policy_valid", json_boolean(f->policy_ok), "mode",
        f->policy_ok ? json_string(mtasts_mode_name(f->policy.mode)) : json_null(), "max_age",
        f->policy_ok ? json_integer(f->policy.max_age) : json_null(), "mx",
        string_or_null(f->policy.mx), "fetch_error", string_or_null(f->fetch_why), "fault",
        string_or_null(f->record.fault[0] ? f->record.fault : f->policy.fault));
}

static json_t *tlsrpt_value(const struct sts_facts *f)
{
    return json_pack("{s:o, s:o, s:o}", "record", records_value(&f->reports), "rua",
                     string_or_null(f->report.rua), "fault", string_or_null(f->report.fault));
}

static json_t *revocations_value(const struct report_input *in)
{
    json_t *list = json_array();

    for (size_t i = 0; i < in->revocation_count; i++) {
        const struct revocation_check *c = &in->revocations[i];

        if (atomic_load(&c->done))
            list = appended(list, json_pack("{s:s, s:o, s:o}", "sha256", c->sha256, "ocsp",
                                            revocation_value(&c->ocsp), "crl",
                                            revocation_value(&c->crl)));
    }
    return list;
}

static json_t *tlsa_value(const struct resolve_host *h)
{
    json_t *list = json_array();
    char record[200];

    for (size_t i = 0; i < h->tlsa_count; i++) {
        dane_tlsa_text(&h->tlsa[i], record, sizeof record);
        list = appended(list, json_string(record));
    }
    return list;
}

/* A gateway that stands there under several partners' terms is said once. */
static enum state state_of_twins(const struct report_input *in, size_t host)
{
    enum state s = STATE_OK;

    for (size_t h = in->resolution->hosts[host].first; h != RESOLVE_NONE;
         h = in->resolution->hosts[h].twin)
        s = state_worse(s, in->verdict->hosts[h].state);
    return s;
}

static json_t *gateway_value(const struct report_input *in, size_t host)
{
    const struct resolve_host *h = &in->resolution->hosts[host];
    const struct host_verdict *v = &in->verdict->hosts[host];
    json_t *addresses = json_array();

    for (size_t a = 0; a < h->address_count; a++) {
        json_t *address = address_value(in, host, a);

        if (in->judge->certificates)
            address = with_senders(address, report_observation(in, host, a), &v->addresses[a].end);
        addresses = appended(addresses, address);
    }
    return json_pack("{s:s, s:i, s:s, s:o, s:b, s:o, s:o, s:o}", "host", h->shown, "port",
                     (int)h->port, "state", state_name(state_of_twins(in, host)), "confidence",
                     v->confidence < 0 ? json_null() : rounded(v->confidence), "dnssec", h->secure,
                     "dns_seconds", rounded((double)judge_dns_us(in->resolution, host) / 1e6),
                     "tlsa", tlsa_value(h), "addresses", addresses);
}

static json_t *gateways_value(const struct report_input *in)
{
    struct report_walk w = {.seen = calloc(in->resolution->host_count + 1, sizeof *w.seen)};
    json_t *list = w.seen ? json_array() : NULL;
    size_t host;

    while (w.seen && report_next_host(in->resolution, &w, &host))
        list = appended(list, gateway_value(in, host));
    free(w.seen);
    return list;
}

static json_t *mx_value(const struct resolution *r, const struct resolve_target *t)
{
    json_t *list = json_array();

    for (size_t m = 0; m < t->mx_count; m++)
        list = appended(list, json_pack("{s:s, s:i}", "host", r->hosts[t->mx[m].host].shown,
                                        "preference", (int)t->mx[m].preference));
    return list;
}

/* The partner that a target belongs to, else null. */
static json_t *partner_of(const struct report_input *in, size_t target)
{
    const struct fleet *f = in->fleet;

    return target == FINDING_NONE ? json_null()
                                  : json_string(f->members[f->member_of[target]].partner->id);
}

static json_t *targets_value(const struct report_input *in)
{
    static const char *const kinds[] = {"host", "domain", "mailbox", "wildcard", "name"};
    const struct resolution *r = in->resolution;
    json_t *list = json_array();

    for (size_t i = 0; i < r->target_count; i++) {
        const struct resolve_target *t = &r->targets[i];
        const struct target_verdict *v = &in->verdict->targets[i];
        json_t *value;

        if (resolve_is_empty(t))
            continue;
        value = json_pack("{s:o, s:s, s:o, s:s, s:i, s:b, s:b, s:b, s:o}", "name",
                          clean_string(t->ask->name), "kind", kinds[t->ask->kind], "recipient",
                          string_or_null(t->ask->recipient), "state", state_name(v->state),
                          "confidence", v->confidence, "dnssec", t->secure, "null_mx", t->null_mx,
                          "implicit_mx", t->implicit, "mx", mx_value(r, t));
        bool said = in->sts && atomic_load(&in->sts[i].done);

        if (in->judge->certificates) {
            value = with(value, "mta_sts", said ? sts_value(&in->sts[i]) : json_null());
            value = with(value, "tlsrpt", said ? tlsrpt_value(&in->sts[i]) : json_null());
        }
        if (in->fleet)
            value = with(value, "partner", partner_of(in, i));
        list = appended(list, value);
    }
    return list;
}

static json_t *partners_value(const struct report_input *in)
{
    json_t *list = json_array();

    for (size_t i = 0; i < in->fleet->count; i++) {
        const struct partner *p = in->fleet->members[i].partner;
        const struct member_verdict *v = &in->verdict->members[i];
        struct text line;

        text_init(&line, 512);
        report_partner(in, i, &line);
        list = appended(
            list, line.failed
                      ? NULL
                      : json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:o}", "name", p->id, "company",
                                  p->company, "state", state_name(v->state), "summary",
                                  text_str(&line), "gateways_total", (int)v->gateways.all,
                                  "gateways_ok", (int)v->gateways.ok, "cert_days",
                                  v->soonest ? rounded(v->soonest->end.days) : json_null()));
        text_free(&line);
    }
    return list;
}

static json_t *finding_value(const struct resolution *r, const struct finding *f)
{
    bool host = f->host != FINDING_NONE;

    return json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:o}", "code", finding_info(f->code)->code, "state",
        state_name(f->state), "target",
        f->target == FINDING_NONE ? json_null() : clean_string(r->targets[f->target].ask->name),
        "gateway", host ? json_string(r->hosts[f->host].shown) : json_null(), "address",
        f->address == FINDING_NONE ? json_null()
                                   : json_string(r->hosts[f->host].addresses[f->address].text),
        "stage", f->stage == STAGE_COUNT ? json_null() : json_string(stage_info(f->stage)->name),
        "headline", f->headline, "detail", string_or_null(f->detail));
}

static json_t *findings_value(const struct report_input *in)
{
    json_t *list = json_array();

    for (size_t i = 0; i < in->verdict->findings.count; i++) {
        const struct finding *f = &in->verdict->findings.at[i];
        json_t *value = finding_value(in->resolution, f);

        if (in->fleet)
            value = with(value, "partner", partner_of(in, f->target));
        list = appended(list, value);
    }
    return list;
}

/* json_dumps would lose a key, unnoticed, where its own buffer cannot grow. */
static int add_chunk(const char *chunk, size_t len, void *out)
{
    text_add_bytes(out, chunk, len);
    return 0;
}

void output_json(const struct report_config *c, const struct report_input *in, struct text *out)
{
    const struct verdict *v = in->verdict;
    struct text summary;
    json_t *root;

    text_init(&summary, 512);
    report_first_line(c, in, &summary);
    root = json_pack("{s:i, s:s, s:s, s:i, s:s, s:i, s:i, s:i, s:o, s:o, s:o, s:o}", "version", 1,
                     "service", c->service, "state", state_name(v->state), "exit_status",
                     (int)v->state, "summary", text_str(&summary), "confidence", v->confidence,
                     "gateways_total", (int)v->gateways.all, "gateways_ok", (int)v->gateways.ok,
                     "seconds", rounded(c->seconds), "findings", findings_value(in), "targets",
                     targets_value(in), "gateways", gateways_value(in));
    if (in->judge->certificates)
        root = with(root, "revocations", revocations_value(in));
    if (in->fleet)
        root = with(root, "partners", partners_value(in));
    if (json_dump_callback(root, add_chunk, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) != 0 ||
        summary.failed)
        out->failed = true;
    text_add(out, "\n");
    json_decref(root);
    text_free(&summary);
}
