/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/judge/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge/judge_partners.h"
#include "unit/unit.h"

static const time_t now = 1800000000;

void fixture_open(struct fixture *f)
{
    *f = (struct fixture){.judge = {.now = now}, .r = {.trusted = true}};
    tls_policy_default(&f->policy);
    f->match[0] = "hostname";
    f->policy.match = f->match;
    f->policy.match_count = 1;
}

void fixture_domain(struct fixture *f)
{
    fixture_open(f);
    fixture_target(f, TARGET_DOMAIN, "example.com", NULL);
}

void fixture_close(struct fixture *f)
{
    verdict_clear(&f->verdict);
    for (size_t i = 0; f->o && i < f->plan.request_count; i++)
        observation_clear(&f->o[i]);
    free(f->o);
    free(f->observed);
    plan_clear(&f->plan);
    resolve_clear(&f->r);
}

static void *grow(void *list, size_t count, size_t size)
{
    list = realloc(list, (count + 1) * size);
    ck_assert_ptr_nonnull(list);
    memset((char *)list + count * size, 0, size);
    return list;
}

size_t fixture_target(struct fixture *f, enum target_kind kind, const char *name,
                      const char *recipient)
{
    size_t i = f->r.target_count++;

    ck_assert_uint_lt(i, FIXTURE_ASKS);
    f->targets[i] = (struct target){
        .kind = kind, .name = name, .recipient = recipient, .port = 25, .policy = &f->policy};
    f->r.targets = grow(f->r.targets, i, sizeof *f->r.targets);
    f->r.targets[i].target = &f->targets[i];
    f->r.targets[i].status = DNS_OK;
    f->r.targets[i].why = f->r.targets[i].canonical = "";
    f->r.targets[i].secure = true;
    return i;
}

static size_t find_host(struct fixture *f, const char *name)
{
    char shown[256];
    struct resolve_host *h;

    for (size_t i = 0; i < f->r.host_count; i++) {
        if (strcmp(f->r.hosts[i].name, name) == 0)
            return i;
    }
    f->r.hosts = grow(f->r.hosts, f->r.host_count, sizeof *f->r.hosts);
    h = &f->r.hosts[f->r.host_count];
    h->name = resolve_keep(&f->r, name);
    h->policy = &f->policy;
    h->duplicate = RESOLVE_NONE;
    h->first = f->r.host_count;
    h->port = 25;
    h->secure = true;
    h->tlsa_status = DNS_NODATA;
    h->us = 2000;
    h->mx_us = 1000;
    text_clean(shown, sizeof shown, name, strlen(name));
    h->shown = resolve_keep(&f->r, shown);
    h->why = h->canonical = h->tlsa_why = "";
    h->tlsa_base = h->name;
    return f->r.host_count++;
}

size_t fixture_host(struct fixture *f, size_t target, const char *name, unsigned preference)
{
    struct resolve_target *t = &f->r.targets[target];
    size_t host = find_host(f, name);

    t->mx = grow(t->mx, t->mx_count, sizeof *t->mx);
    t->mx[t->mx_count++] = (struct resolve_mx){host, preference};
    return host;
}

void fixture_address(struct fixture *f, size_t host, const char *address)
{
    struct resolve_host *h = &f->r.hosts[host];

    h->addresses = grow(h->addresses, h->address_count, sizeof *h->addresses);
    ck_assert(address_parse(address, h->port, &h->addresses[h->address_count++]));
}

size_t fixture_gateway(struct fixture *f, size_t target, const char *name, unsigned preference,
                       const char *address)
{
    size_t host = fixture_host(f, target, name, preference);

    fixture_address(f, host, address);
    return host;
}

void fixture_tlsa(struct fixture *f, size_t host, int usage)
{
    struct resolve_host *h = &f->r.hosts[host];
    unsigned char rdata[35] = {(unsigned char)usage, 1, 1};

    h->tlsa = grow(h->tlsa, h->tlsa_count, sizeof *h->tlsa);
    ck_assert(dane_tlsa_read(&h->tlsa[h->tlsa_count++], rdata, sizeof rdata));
    h->tlsa_status = DNS_OK;
    h->tlsa_secure = true;
}

static void fill_cert(struct cert_facts *c, const char *cn, const char *issuer, int path, int days)
{
    char subject[256], issuer_name[256];

    text_format(subject, sizeof subject, "CN=%s", cn);
    text_format(issuer_name, sizeof issuer_name, "CN=%s", issuer);
    cert_facts_init(c);
    c->cn = strings_keep(&c->texts, cn);
    c->issuer_cn = strings_keep(&c->texts, issuer);
    c->subject = strings_keep(&c->texts, subject);
    c->issuer = strings_keep(&c->texts, issuer_name);
    c->key = "EC 256";
    c->signature = "ecdsa-with-SHA256";
    for (int i = 0; i < CERT_SHA256_HEX - 1; i++)
        c->sha256[i] = c->key_sha256[i] = "0123456789abcdef"[(i + path) % 16];
    c->not_after = now + (time_t)days * DAY;
    c->not_before = c->not_after - 365L * DAY;
    c->path = path;
    c->self_issued = strcmp(cn, issuer) == 0;
    c->served = !c->self_issued;
}

/* Leaf, intermediate and root; every reference name matches. */
static void fill_chain(struct trust_facts *t, const struct plan_request *q, const char *cn)
{
    t->certs = calloc(3, sizeof *t->certs);
    t->cert_count = 3;
    fill_cert(&t->certs[0], cn, "Inter", 1, 200);
    fill_cert(&t->certs[1], "Inter", "Root", 2, 300);
    fill_cert(&t->certs[2], "Root", "Root", 3, 1); /* does not count */
    t->names = calloc(q->name_count + 1, sizeof *t->names);
    t->name_count = q->name_count;
    for (size_t i = 0; i < q->name_count; i++)
        t->names[i] = (struct trust_match){q->names[i], CERT_MATCH_SAN};
    t->dane_names = calloc(q->dane_name_count + 1, sizeof *t->dane_names);
    t->dane_name_count = q->dane_name_count;
    for (size_t i = 0; i < q->dane_name_count; i++)
        t->dane_names[i] = (struct trust_match){q->dane_names[i], CERT_MATCH_SAN};
}

static void pass(struct observation *o, enum stage s, int code)
{
    o->stages[s] = (struct stage_fact){
        .entered = true, .passed = true, .code = code, .us = 1000, STAGE_FACT_NONE};
}

static void fill_observation(struct fixture *f, const struct plan_request *q, struct observation *o)
{
    static const struct {
        enum stage stage;
        int code;
    } passed[] = {{STAGE_CONNECT, 0},    {STAGE_GREETING, 220}, {STAGE_EHLO, 250},
                  {STAGE_STARTTLS, 220}, {STAGE_TLS, 0},        {STAGE_CERT, 0},
                  {STAGE_EHLO_TLS, 250}};

    observation_init(o);
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        pass(o, passed[i].stage, passed[i].code);
    o->has_tls = o->has_chain = true;
    o->tls.version = TLS1_3_VERSION;
    text_copy(o->tls.version_name, sizeof o->tls.version_name, "TLSv1.3");
    text_copy(o->tls.cipher, sizeof o->tls.cipher, "TLS_AES_256_GCM_SHA384");
    text_init(&o->transcript, 10000);
    fill_chain(&o->chain, q, f->r.hosts[q->host].shown);
    if (q->recipient_count == 0)
        return;
    pass(o, STAGE_MAIL, 250);
    pass(o, STAGE_RCPT, 250);
    o->recipients = calloc(q->recipient_count, sizeof *o->recipients);
    o->recipient_count = q->recipient_count;
    for (size_t i = 0; i < q->recipient_count; i++)
        o->recipients[i] = (struct recipient_fact){.code = 250, .text = "", .seen = ""};
}

void fixture_observe(struct fixture *f)
{
    ck_assert(plan_make(&f->r, 2, &f->plan));
    f->o = calloc(f->plan.request_count + 1, sizeof *f->o);
    f->observed = calloc(f->plan.request_count + 1, sizeof *f->observed);
    for (size_t i = 0; i < f->plan.request_count; i++) {
        fill_observation(f, &f->plan.requests[i], &f->o[i]);
        f->observed[i] = &f->o[i];
    }
}

void fixture_plan(struct fixture *f)
{
    f->policy.tlsa = tls_policy_is_dane(f->policy.level);
    fixture_observe(f);
}

struct observation *fixture_at(struct fixture *f, size_t host, size_t address)
{
    return &f->o[f->plan.of_host[host][address]];
}

static void drop_chain(struct observation *o)
{
    o->has_chain = false;
    trust_facts_clear(&o->chain);
}

void fixture_fail(struct observation *o, enum stage s, enum probe_fault fault, int code,
                  const char *text)
{
    struct stage_fact *fact = &o->stages[s];

    for (int later = 0; later < STAGE_COUNT; later++) {
        if (stage_order((enum stage)later) > stage_order(s))
            o->stages[later] = (struct stage_fact){.us = -1, STAGE_FACT_NONE};
    }
    *fact = (struct stage_fact){
        .entered = true, .fault = fault, .code = code, .us = 2000, STAGE_FACT_NONE};
    fact->text = strings_keep(&o->texts, text);
    if (stage_order(s) <= stage_order(STAGE_TLS)) {
        o->has_tls = false;
        drop_chain(o);
    }
}

void fixture_no_starttls(struct observation *o)
{
    struct stage_fact mail = o->stages[STAGE_MAIL], rcpt = o->stages[STAGE_RCPT];

    fixture_fail(o, STAGE_STARTTLS, PROBE_NOT_OFFERED, 0, "");
    o->stages[STAGE_MAIL] = mail;
    o->stages[STAGE_RCPT] = rcpt;
}

void fixture_no_names(struct observation *o)
{
    for (size_t i = 0; i < o->chain.name_count; i++)
        o->chain.names[i].match = CERT_MATCH_NONE;
    for (size_t i = 0; i < o->chain.dane_name_count; i++)
        o->chain.dane_names[i].match = CERT_MATCH_NONE;
}

void fixture_add_fault(struct trust_faults *list, int code, int depth)
{
    list->at = grow(list->at, list->count, sizeof *list->at);
    list->at[list->count++] =
        (struct trust_fault){.code = code, .depth = depth, .subject = "leaf", .issuer = "Inter"};
}

void fixture_judge(struct fixture *f)
{
    verdict_clear(&f->verdict);
    f->facts.resolution = &f->r;
    f->facts.plan = &f->plan;
    f->facts.observations = f->observed;
    f->facts.mta = f->partners ? &f->partners->mta.facts : NULL;
    judge_all(&f->judge, &f->facts, &f->verdict);
    if (f->partners)
        judge_partners(&f->facts, f->partners, &f->verdict);
    judge_finish(&f->judge, &f->facts, &f->verdict);
    ck_assert(!f->verdict.failed);
}

const struct finding *fixture_find(const struct fixture *f, enum finding_code code)
{
    for (size_t i = 0; i < f->verdict.findings.count; i++) {
        if (f->verdict.findings.at[i].code == code)
            return &f->verdict.findings.at[i];
    }
    return NULL;
}

void fixture_words(struct finding *f, const char *headline)
{
    char *texts = calloc(1, strlen(headline) + 2);

    ck_assert_ptr_nonnull(texts);
    strcpy(texts, headline);
    if (*f->headline || *f->detail)
        free((char *)f->headline);
    f->headline = texts;
    f->detail = texts + strlen(texts) + 1;
    if (*headline)
        return;
    free(texts); /* of texts that are both empty the list frees none */
    f->headline = f->detail = "";
}

size_t fixture_count(const struct fixture *f, enum finding_code code)
{
    size_t n = 0;

    for (size_t i = 0; i < f->verdict.findings.count; i++)
        n += f->verdict.findings.at[i].code == code;
    return n;
}

const struct report_config fixture_report = {
    .service = "SMTP_TLS", .perfdata_max = 64, .seconds = 0.412, .timeout = 45};

char *fixture_render(const struct fixture *f,
                     void (*write)(const struct report_config *c, const struct report_input *in,
                                   struct text *out),
                     const struct report_config *c)
{
    struct report_input in = {.judge = &f->judge, .facts = &f->facts, .verdict = &f->verdict};
    struct text out;

    text_init(&out, 1000000);
    write(c, &in, &out);
    ck_assert(!out.failed && !out.cut && out.s);
    ck_assert_msg(is_utf8(out.s), "%s", out.s);
    return out.s;
}

void fixture_one(struct fixture *f)
{
    fixture_domain(f);
    fixture_gateway(f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_plan(f);
}
