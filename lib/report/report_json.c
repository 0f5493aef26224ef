/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/span.h"
#include "report/json_value.h"
#include "report/json_writer.h"
#include "report/report_hello.h"
#include "report/report_profile.h"
#include "report/report_summary.h"

/* Each value is a new reference, or NULL where memory is short, which makes NULL of everything that
 * contains it. Members are written to the object that `out` has begun. */

/* Returns a new string of the text, cleaned here and cut to 511 bytes. NULL: memory. */
static json_t *clean_string(const char *s)
{
    char buf[512];

    text_clean(buf, sizeof buf, s, strlen(s));
    return json_string(buf);
}

/* Returns a new integer; JSON's null for 0. NULL: memory. */
static json_t *integer_or_null(int value)
{
    return value ? json_integer(value) : json_null();
}

/* Returns microseconds as a new real of seconds; JSON's null where they are negative, because there
 * was nothing to wait for. NULL: memory. */
static json_t *seconds_or_null(int64_t us)
{
    return us < 0 ? json_null() : json_value_rounded((double)us / 1e6);
}

/* Returns a new array of the certificate's DNS names and addresses, which may be empty. NULL:
 * memory. */
static json_t *names_value(const struct cert_facts *c)
{
    json_t *names = json_array();

    for (size_t i = 0; i < c->name_count; i++)
        names = json_value_append(names, json_string(c->names[i]));
    return names;
}

/* Returns a new object about one certificate. NULL: memory. */
static json_t *certificate_value(const struct cert_facts *c)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:o, s:b, s:o}",
                     "subject", c->subject, "issuer", c->issuer, "cn", json_value_text(c->cn),
                     "names", names_value(c), "serial", c->serial, "not_before",
                     json_value_time(c->not_before), "not_after", json_value_time(c->not_after),
                     "key", c->key, "signature", c->signature, "sha256", c->sha256, "key_sha256",
                     c->key_sha256, "ca_issuers", json_value_text(c->aia), "served", c->served,
                     "path", integer_or_null(c->path));
}

/* Returns a new array of an object for each certificate of `f`, which is empty where has_chain, of
 * the same handshake, is false. NULL: memory. */
static json_t *certificates_value(bool has_chain, const struct trust_facts *f)
{
    json_t *list = json_array();

    for (size_t i = 0; has_chain && i < f->cert_count; i++)
        list = json_value_append(list, certificate_value(&f->certs[i]));
    return list;
}

/* Returns a new object with a member for each stage after dns that was entered. NULL: memory. */
static json_t *stages_value(const struct report_input *in, size_t host, size_t address)
{
    const struct observation *o = facts_observation(in->facts, host, address);
    const struct address_verdict *v = &in->verdict->hosts[host].addresses[address];
    json_t *stages = json_object();

    for (int s = STAGE_CONNECT; s < STAGE_COUNT; s++) {
        const struct stage_fact *f = &o->stages[s];

        if (!f->entered)
            continue;
        stages = json_value_with(stages, stage_info((enum stage)s)->name,
                                 json_pack("{s:b, s:o, s:o, s:o}", "ok", v->passed[s], "seconds",
                                           seconds_or_null(f->us), "code", integer_or_null(f->code),
                                           "text", json_value_text(f->text)));
    }
    return stages;
}

/* Returns a new object about the session's TLS; JSON's null without TLS. NULL: memory. */
static json_t *tls_value(const struct observation *o)
{
    if (!o->has_tls)
        return json_null();
    return json_pack("{s:s, s:s, s:o}", "version", o->tls.version_name, "cipher", o->tls.cipher,
                     "group", json_value_text(o->tls.group));
}

/* Returns a new array of the keywords that the gateway offers inside TLS, which may be empty;
 * JSON's null where no whole reply to EHLO came there. NULL: memory. */
static json_t *extensions_value(const struct observation *o)
{
    struct span rest = span_of(o->tls_keywords), word;
    json_t *list = o->has_offer ? json_array() : json_null();

    while ((word = span_word(&rest, " ")).len > 0)
        list = json_value_append(list, json_stringn(word.at, word.len));
    return list;
}

/* Returns a new object about the request for a client certificate; JSON's null where none came.
 * NULL: memory. */
static json_t *client_certificate_value(const struct observation *o)
{
    struct span rest = span_of(o->own_cert.cas), name;
    json_t *list = json_array();

    if (o->client == CONN_CLIENT_NOT_ASKED) {
        json_decref(list);
        return json_null();
    }
    while (rest.len > 0) {
        name = span_until(&rest, '\n');
        list = json_value_append(list, json_stringn(name.at, name.len));
    }
    return json_pack("{s:b, s:i, s:o}", "sent", o->client == CONN_CLIENT_SHOWN, "ca_count",
                     (int)o->own_cert.ca_count, "cas", list);
}

/* Returns a new object about one address, without the members that with_senders adds. NULL:
 * memory. */
static json_t *address_value(const struct report_input *in, size_t host, size_t address)
{
    const struct observation *o = facts_observation(in->facts, host, address);
    const struct address_verdict *v = &in->verdict->hosts[host].addresses[address];

    return json_pack(
        "{s:s, s:b, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "address",
        in->facts->resolution->hosts[host].addresses[address].text, "reached", v->reached,
        "confidence", v->confidence, "stages", stages_value(in, host, address), "tls", tls_value(o),
        "extensions", extensions_value(o), "client_certificate", client_certificate_value(o),
        "cert_days", v->expiry.first ? json_value_rounded(v->expiry.days) : json_null(),
        "certificates", certificates_value(o->has_chain, &o->chain));
}

/* Returns a new object about one answer; JSON's null where nothing is known: not asked, or our
 * memory ran out. NULL: memory. */
static json_t *revocation_value(const struct revocation_fact *f)
{
    static const char *const names[] = {
        [REVOCATION_GOOD] = "good",       [REVOCATION_REVOKED] = "revoked",
        [REVOCATION_UNKNOWN] = "unknown", [REVOCATION_INVALID] = "invalid",
        [REVOCATION_LOCAL] = NULL,
    };

    if (!names[f->status])
        return json_null();
    return json_pack("{s:s, s:o, s:o, s:o}", "status", names[f->status], "since",
                     f->since ? json_value_time(f->since) : json_null(), "reason",
                     json_value_text(f->reason), "why", json_value_text(f->why));
}

/* Returns a new object about a stapled answer; JSON's null where none came. NULL: memory. */
static json_t *staple_value(const struct staple *s)
{
    return s->came ? revocation_value(&s->fact) : json_null();
}

/* Returns a new object about an extra handshake; JSON's null where it was not tried. NULL:
 * memory. */
static json_t *handshake_value(const struct extra_handshake *l)
{
    if (!l->handshake.tried)
        return json_null();
    return json_pack("{s:b, s:o, s:o, s:o}", "handshake", l->handshake.succeeded, "reason",
                     json_value_text(l->handshake.reason), "certificates",
                     certificates_value(l->has_chain, &l->chain), "staple",
                     staple_value(&l->staple));
}

/* Returns a new object about a chain that was served; JSON's null where there were no usable TLSA
 * records. NULL: memory. */
static json_t *dane_value(const struct trust_facts *f)
{
    if (!f->dane_asked)
        return json_null();
    return json_pack("{s:b, s:o}", "matched", f->dane_matched, "usage",
                     f->dane_matched ? json_integer(f->dane_usage) : json_null());
}

/* Returns `address`, an object that is the function's from now on, with the members that only
 * check_mx_cert has. `end`: of the verdict on the same address. NULL: memory, or `address` is
 * NULL. */
static json_t *with_senders(json_t *address, const struct observation *o,
                            const struct path_expiry *end)
{
    json_t *trusted = json_null(), *dane = json_null();

    if (o->has_chain) {
        trusted = json_boolean(o->chain.pkix.count == 0);
        dane = dane_value(&o->chain);
    }
    address = json_value_with(address, "trusted", trusted);
    address = json_value_with(address, "first_to_expire",
                              end->first ? json_string(end->first->sha256) : json_null());
    address = json_value_with(address, "dane", dane);
    address = json_value_with(address, "staple", staple_value(o->staple));
    address = json_value_with(address, "without_sni", handshake_value(o->without_sni));
    address = json_value_with(address, "again", handshake_value(o->again));
    address = json_value_with(address, "other_key", handshake_value(o->other_kind));
    return address;
}

/* Returns a new object about the TXT records of one name. NULL: memory. */
static json_t *records_value(const struct mtasts_records *r)
{
    return json_pack("{s:i, s:b}", "count", (int)r->count, "valid", r->ok);
}

/* Returns a new object about MTA-STS. `f` must be done. NULL: memory. */
static json_t *mtasts_value(const struct mtasts_facts *f)
{
    const char *fault = text_or(f->record.fault, f->policy.fault);
    json_t *mode = json_null(), *max_age = json_null();

    if (f->policy_ok) {
        mode = json_string(mtasts_mode_name(f->policy.mode));
        max_age = json_integer(f->policy.max_age);
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "record",
                     records_value(&f->records), "id", json_value_text(f->record.id),
                     "policy_valid", json_boolean(f->policy_ok), "mode", mode, "max_age", max_age,
                     "mx", json_value_text(f->policy.mx), "fetch_error",
                     json_value_text(f->fetch_why), "fault", json_value_text(fault));
}

/* Returns a new object about TLSRPT. `f` must be done. NULL: memory. */
static json_t *tlsrpt_value(const struct mtasts_facts *f)
{
    return json_pack("{s:o, s:o, s:o}", "record", records_value(&f->reports), "rua",
                     json_value_text(f->report.rua), "fault", json_value_text(f->report.fault));
}

/* Writes the member revocations: an array of the certificates whose check is done. `checks` NULL:
 * it is empty. */
static void add_revocations(const struct revocation_checks *checks, struct json_writer *out)
{
    json_writer_open(out, "revocations");
    for (size_t i = 0; checks && i < checks->count; i++) {
        const struct revocation_check *c = &checks->at[i];

        if (atomic_load(&c->done))
            json_writer_add(out, NULL,
                            json_pack("{s:s, s:o, s:o}", "sha256", c->sha256, "ocsp",
                                      revocation_value(&c->ocsp.fact), "crl",
                                      revocation_value(&c->crl.fact)));
    }
    json_writer_close(out);
}

/* Returns a new array of the host's TLSA records as text, which may be empty. NULL: memory. */
static json_t *tlsa_value(const struct resolve_host *h)
{
    json_t *list = json_array();
    char record[200];

    for (size_t i = 0; i < h->tlsa_count; i++) {
        dane_tlsa_text(&h->tlsa[i], record, sizeof record);
        list = json_value_append(list, json_string(record));
    }
    return list;
}

/* Returns the worst state of a gateway under all of its policies, because the report shows it once.
 * `host` may be any of its indices. */
static enum state state_of_duplicates(const struct report_input *in, size_t host)
{
    enum state s = STATE_OK;

    for (size_t h = in->facts->resolution->hosts[host].first; h != RESOLVE_NONE;
         h = in->facts->resolution->hosts[h].duplicate)
        s = state_worse(s, in->verdict->hosts[h].state);
    return s;
}

/* Returns a new object about one gateway and its addresses. `host` is any index that a target leads
 * to; the state is the worst of all policies. NULL: memory. */
static json_t *gateway_value(const struct report_input *in, size_t host)
{
    const struct resolve_host *h = &in->facts->resolution->hosts[host];
    const struct host_verdict *v = &in->verdict->hosts[host];
    json_t *addresses = json_array();

    for (size_t a = 0; a < h->address_count; a++) {
        json_t *address = address_value(in, host, a);

        if (in->judge->certificates)
            address = with_senders(address, facts_observation(in->facts, host, a),
                                   &v->addresses[a].expiry);
        address = report_profile_with(address, in, in->facts->plan->of_host[host][a]);
        address = report_hello_with(address, in, in->facts->plan->of_host[host][a]);
        addresses = json_value_append(addresses, address);
    }
    return json_pack("{s:s, s:i, s:s, s:o, s:b, s:o, s:o, s:o}", "host", h->shown, "port",
                     (int)h->port, "state", state_name(state_of_duplicates(in, host)), "confidence",
                     v->confidence < 0 ? json_null() : json_value_rounded(v->confidence), "dnssec",
                     h->secure, "dns_seconds", json_value_rounded((double)v->dns_us / 1e6), "tlsa",
                     tlsa_value(h), "addresses", addresses);
}

/* Writes the member gateways, an array with each gateway once. Where memory is short it is empty or
 * lacks some, and out->out->failed is set. */
static void add_gateways(const struct report_input *in, struct json_writer *out)
{
    struct report_walk w = {.seen = calloc(in->facts->resolution->host_count + 1, sizeof *w.seen)};
    size_t host;

    json_writer_open(out, "gateways");
    if (!w.seen)
        out->out->failed = true;
    while (w.seen && report_next_host(in->facts, &w, &host))
        json_writer_add(out, NULL, gateway_value(in, host));
    json_writer_close(out);
    free(w.seen);
}

/* Returns a new array of the target's MX hosts, which may be empty. NULL: memory. */
static json_t *mx_value(const struct resolution *r, const struct plan_target *t)
{
    json_t *list = json_array();

    for (size_t m = 0; m < t->mx_count; m++)
        list =
            json_value_append(list, json_pack("{s:s, s:i}", "host", r->hosts[t->mx[m].host].shown,
                                              "preference", (int)t->mx[m].preference));
    return list;
}

/* Returns a new string, the id of the partner that a target belongs to; JSON's null where `target`
 * is FINDING_NONE. There must be partners. NULL: memory. */
static json_t *partner_of(const struct report_input *in, size_t target)
{
    if (target == FINDING_NONE)
        return json_null();
    return json_string(
        in->verdict->partners[in->facts->resolution->targets[target].target->partner].id);
}

/* The object with what the target says about TLS for its mail; null where that was not asked. */
static json_t *with_mtasts(json_t *value, const struct facts *f, size_t target)
{
    json_t *mtasts = json_null(), *tlsrpt = json_null();

    if (f->mtasts && atomic_load(&f->mtasts[target].done)) {
        mtasts = mtasts_value(&f->mtasts[target]);
        tlsrpt = tlsrpt_value(&f->mtasts[target]);
    }
    value = json_value_with(value, "mta_sts", mtasts);
    return json_value_with(value, "tlsrpt", tlsrpt);
}

/* Returns a new object about one target. NULL: memory. */
static json_t *target_value(const struct report_input *in, size_t target)
{
    static const char *const kinds[] = {"host", "domain", "mailbox", "wildcard", "name"};
    const struct resolution *r = in->facts->resolution;
    const struct resolve_target *t = &r->targets[target];
    const struct target_verdict *v = &in->verdict->targets[target];
    json_t *value =
        json_pack("{s:o, s:s, s:o, s:s, s:i, s:b, s:b, s:b, s:o}", "name",
                  clean_string(t->target->name), "kind", kinds[t->target->kind], "recipient",
                  json_value_text(t->target->recipient), "state", state_name(v->state),
                  "confidence", v->confidence, "dnssec", t->secure, "null_mx", t->null_mx,
                  "implicit_mx", t->implicit, "mx", mx_value(r, &in->facts->plan->targets[target]));

    if (in->judge->certificates)
        value = with_mtasts(value, in->facts, target);
    if (in->verdict->partner_count > 0)
        value = json_value_with(value, "partner", partner_of(in, target));
    return value;
}

/* Writes the member targets, an array without those that are empty. */
static void add_targets(const struct report_input *in, struct json_writer *out)
{
    json_writer_open(out, "targets");
    for (size_t i = 0; i < in->facts->resolution->target_count; i++)
        if (!plan_target_is_empty(&in->facts->plan->targets[i]))
            json_writer_add(out, NULL, target_value(in, i));
    json_writer_close(out);
}

/* Returns the line as a new string; NULL where line->failed or memory is short. The line remains
 * the caller's. */
static json_t *line_value(const struct text *line)
{
    return line->failed ? NULL : json_string(text_str(line));
}

/* Returns a new object about one partner's row. NULL: memory. */
static json_t *partner_value(const struct report_input *in, size_t partner)
{
    const struct partner_verdict *v = &in->verdict->partners[partner];
    json_t *value, *days = v->soonest ? json_value_rounded(v->soonest->expiry.days) : json_null();
    struct text line;

    text_init(&line, 512);
    report_summary_partner(in, partner, &line);
    value = json_pack("{s:s, s:s, s:s, s:o, s:i, s:i, s:o}", "name", v->id, "company", v->company,
                      "state", state_name(v->state), "summary", line_value(&line), "gateways_total",
                      (int)v->gateways.all, "gateways_ok", (int)v->gateways.ok, "cert_days", days);
    text_free(&line);
    return value;
}

/* Writes the member partners, an array of the rows. */
static void add_partners(const struct report_input *in, struct json_writer *out)
{
    json_writer_open(out, "partners");
    for (size_t i = 0; i < in->verdict->partner_count; i++)
        json_writer_add(out, NULL, partner_value(in, i));
    json_writer_close(out);
}

/* Returns a new object about one finding, without its partner. NULL: memory. */
static json_t *finding_value(const struct resolution *r, const struct finding *f)
{
    const char *gateway = NULL, *address = NULL, *stage = NULL;
    json_t *target = json_null();

    if (f->target != FINDING_NONE)
        target = clean_string(r->targets[f->target].target->name);
    if (f->host != FINDING_NONE)
        gateway = r->hosts[f->host].shown;
    if (f->address != FINDING_NONE)
        address = r->hosts[f->host].addresses[f->address].text;
    if (f->stage != STAGE_COUNT)
        stage = stage_info(f->stage)->name;
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:o}", "code",
                     finding_code_info(f->code)->code, "state", state_name(f->state), "target",
                     target, "gateway", json_value_text(gateway), "address",
                     json_value_text(address), "stage", json_value_text(stage), "headline",
                     f->headline, "detail", json_value_text(f->detail));
}

/* Writes the member findings, an array of all of them, OK included. */
static void add_findings(const struct report_input *in, struct json_writer *out)
{
    json_writer_open(out, "findings");
    for (size_t i = 0; i < in->verdict->findings.count; i++) {
        const struct finding *f = &in->verdict->findings.at[i];
        json_t *value = finding_value(in->facts->resolution, f);

        if (in->verdict->partner_count > 0)
            value = json_value_with(value, "partner", partner_of(in, f->target));
        json_writer_add(out, NULL, value);
    }
    json_writer_close(out);
}

/* Writes the members about the run as a whole, from version to seconds. */
static void add_verdict(const struct report_config *c, const struct report_input *in,
                        struct json_writer *out)
{
    const struct verdict *v = in->verdict;
    struct text summary;

    text_init(&summary, 512);
    report_summary(c, in, &summary);
    json_writer_add(out, "version", json_integer(1));
    json_writer_add(out, "service", json_string(c->service));
    json_writer_add(out, "state", json_string(state_name(v->state)));
    json_writer_add(out, "exit_status", json_integer((int)v->state));
    json_writer_add(out, "summary", line_value(&summary));
    json_writer_add(out, "confidence", json_integer(v->confidence));
    json_writer_add(out, "gateways_total", json_integer((int)v->gateways.all));
    json_writer_add(out, "gateways_ok", json_integer((int)v->gateways.ok));
    json_writer_add(out, "seconds", json_value_rounded(c->seconds));
    text_free(&summary);
}

void report_json(const struct report_config *c, const struct report_input *in, struct text *out)
{
    struct json_writer w;

    json_writer_begin(&w, out);
    add_verdict(c, in, &w);
    add_findings(in, &w);
    add_targets(in, &w);
    add_gateways(in, &w);
    if (in->judge->certificates)
        add_revocations(in->facts->revocations, &w);
    if (in->verdict->partner_count > 0)
        add_partners(in, &w);
    json_writer_end(&w);
}
