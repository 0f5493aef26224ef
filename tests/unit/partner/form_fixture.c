/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/partner/form_fixture.h"

#include <openssl/ssl.h>
#include <string.h>

#include "unit/unit.h"

static void show(struct text *t, const char *name, const char *value)
{
    if (value && *value)
        text_addf(t, "%s=%s;", name, value);
}

static void show_list(struct text *t, const char *name, const struct form_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        text_addf(t, "%s%s%s", i ? "," : name, i ? "" : "=", l->at[i]);
    text_add(t, l->count ? ";" : "");
}

static void show_gateways_as(struct text *t, const char *name, const struct form_gateways *g)
{
    for (size_t i = 0; i < g->count; i++)
        text_addf(t, "%s%s%s/%u", i ? "," : name, i ? "" : "=", g->at[i].name, g->at[i].port);
    text_add(t, g->count ? ";" : "");
}

/* In an order of this test's own, whatever order the findings have. */
static void show_on(struct text *t, const struct partner *p)
{
    static const enum finding_code set[] = {F_MX_IS_CNAME, F_THROTTLED, F_SLOW};
    int others = 0;

    for (int c = 0; c < FINDING_COUNT; c++)
        others += p->on[c] != STATE_DEFAULT;
    for (int i = 0; i < COUNT(set); i++) {
        if (p->on[set[i]] == STATE_DEFAULT)
            continue;
        text_addf(t, "on %s=%s;", finding_code_info(set[i])->code,
                  state_name((enum state)p->on[set[i]]));
        others--;
    }
    if (others > 0)
        text_addf(t, "on %d others;", others);
}

static void show_gateways(struct text *t, const struct form_gateways *g)
{
    show_gateways_as(t, "gateways", g);
}

static void show_partner(struct text *t, const struct partner *p)
{
    text_addf(t, "%s:%d[%s]", p->file, p->line, p->id);
    show(t, "company", p->company);
    show(t, "address", p->address);
    show(t, "name", p->contact_name);
    show(t, "email", p->contact_email);
    show(t, "phone", p->contact_phone);
    show(t, "mobile", p->contact_mobile);
    show(t, "urgent", p->contact_urgent);
    show(t, "second", p->contact_second);
    show_list(t, "domains", &p->domains);
    show_list(t, "subdomains", &p->subdomains);
    show_gateways(t, &p->gateways);
    show_list(t, "cn", &p->cns);
    show_list(t, "issuer", &p->issuers);
    text_add(t, p->pinned ? "pinned;" : "");
    text_add(t, p->wrapper ? "wrapper;" : "");
    text_add(t, p->fixed_route ? "fixed;" : "");
    text_add(t, p->requiretls ? "requiretls;" : "");
    show(t, "client-cert", p->client_cert);
    show(t, "client-key", p->client_key);
    show_list(t, "sending-certs", &p->sending_certs);
    if (p->signed_on + p->valid_until + p->review_on > 0)
        text_addf(t, "dates=%lld,%lld,%lld;", (long long)p->signed_on, (long long)p->valid_until,
                  (long long)p->review_on);
    show(t, "ca-file", p->ca_file);
    show(t, "ca-url", p->ca_url);
    text_add(t, p->outbound ? "" : "not outbound;");
    text_add(t, p->inbound ? "" : "not inbound;");
    if (p->level != LEVEL_VERIFY)
        show(t, "level", tls_policy_level_name(p->level));
    show_list(t, "match", &p->match);
    show_list(t, "fingerprint", &p->fingerprints);
    if (p->min_version != TLS1_2_VERSION || strcmp(p->min_version_name, "1.2") != 0)
        text_addf(t, "min=%s/%x;", p->min_version_name, (unsigned)p->min_version);
    if (p->inbound_level != LEVEL_ENCRYPT)
        show(t, "inbound-level", tls_policy_level_name(p->inbound_level));
    show(t, "tls-profile", p->tls_profile);
    show_list(t, "sending-hosts", &p->sending_hosts);
    show(t, "xclient", p->xclient_address);
    show(t, "as", p->xclient_name);
    show_on(t, p);
}

void form_fixture_show(struct text *t, const struct form *form)
{
    const struct form_own *o = &form->own;

    text_init(t, 1000000);
    for (size_t i = 0; i < form->count; i++)
        show_partner(t, &form->at[i]);
    if (!o->given)
        return;
    text_addf(t, "%s:%d[own]", o->file, o->line);
    show_gateways(t, &o->gateways);
    show(t, "recipient", o->recipient);
    show(t, "sni", o->sni);
    show_list(t, "ours", &o->domains);
    show_list(t, "postfix", &o->postfix);
    show(t, "exim", o->exim);
    show_list(t, "senders", &o->senders);
    show_list(t, "recipients", &o->recipients);
    show_gateways_as(t, "relay", &o->relay);
    show_list(t, "internal", &o->internal);
    show(t, "verify", o->verify_sender);
}
