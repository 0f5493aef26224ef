/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_form.h"

#include <string.h>

enum { LABEL = 30, WIDTH = 80 };

/* The agreement at each level, in the words of such forms. */
static const struct {
    const char *mode, *rule;
} levels[] = {
    [LEVEL_MAY] = {"Opportunistic", "TLS is used where the gateway offers STARTTLS."},
    [LEVEL_ENCRYPT] = {"Required", "All gateways must support STARTTLS. Certificates are not "
                                   "verified."},
    [LEVEL_FINGERPRINT] =
        {"Required - Fingerprint",
         "All gateways must support STARTTLS, with a certificate or public key of "
         "the fingerprints below."},
    [LEVEL_VERIFY] =
        {"Required - Verify",
         "All gateways must support STARTTLS and have a valid certificate. In "
         "addition, \"CN\" or \"Subject Alternative Name\" must correspond to the FQDN "
         "of the MX entry."},
    [LEVEL_SECURE] =
        {"Required - Verify (secure)",
         "All gateways must support STARTTLS and have a valid certificate. In "
         "addition, \"CN\" or \"Subject Alternative Name\" must correspond to the mail "
         "domain, whatever the MX entry says."},
    [LEVEL_DANE] = {"Opportunistic DANE",
                    "TLSA records that DNSSEC secures are binding; without them TLS is used where "
                    "the gateway offers STARTTLS."},
    [LEVEL_DANE_ONLY] = {"Required - DANE", "All gateways must support STARTTLS and match TLSA "
                                            "records that DNSSEC secures."},
};

static const char named[] =
    "All gateways must support STARTTLS and have a valid certificate. In addition, "
    "\"CN\" or \"Subject Alternative Name\" must correspond to one of the "
    "names below.";

static const char not_agreed[] = "TLS is not mandatory in this direction.";

/* Returns the paragraph that says what the form requires of TLS from us to the partner; static. */
static const char *demand_on(const struct partner *p)
{
    if (!p->outbound)
        return not_agreed;
    return tls_policy_verifies(p->level) && p->match.count > 0 ? named : levels[p->level].rule;
}

/* Returns how many bytes the first `count` characters of clean text have; those of all where there
 * are fewer. */
static size_t bytes_of(const char *s, size_t count)
{
    size_t n = 0;

    for (; s[n]; n++) {
        if (((unsigned char)s[n] & 0xc0) != 0x80 && count-- == 0)
            break;
    }
    return n;
}

/* Returns how many bytes of `s` go on a line of `width` characters: up to a blank, which is not
 * counted, else as many as fit; all of them where they fit. */
static size_t line_of(const char *s, size_t width)
{
    size_t fits = bytes_of(s, width), n = fits;

    if (!s[fits])
        return fits;
    while (n > 0 && s[n] != ' ')
        n--;
    return n > 0 ? n : fits;
}

/* Appends text over as many lines as it needs, each with `indent` blanks before it and a newline
 * after it; the blanks of the first line are there already. Appends nothing, not even a newline,
 * for "". */
static void wrapped(struct text *out, int indent, const char *s)
{
    for (bool first = true; *s; first = false) {
        size_t n = line_of(s, (size_t)(WIDTH - indent));

        text_addf(out, "%*s", first ? 0 : indent, "");
        text_add_bytes(out, s, n);
        text_add(out, "\n");
        s += n;
        s += strspn(s, " ");
    }
}

/* Appends text, wrapped, and an empty line. */
static void paragraph(struct text *out, const char *s)
{
    wrapped(out, 0, s);
    text_add(out, "\n");
}

/* Appends a row: the label, indented by two blanks, and in a column of its own the value, wrapped.
 * `value` "": the label alone, to be filled in. `label` "": one more value of the row before. The
 * texts are clean. */
static void row(struct text *out, const char *label, const char *value)
{
    if (!*value)
        text_addf(out, "  %s\n", label);
    else
        text_addf(out, "  %-*s", LABEL - 2, label);
    wrapped(out, LABEL, value);
}

/* Appends a row for each value, the first with the label; without values the label alone. */
static void list_rows(struct text *out, const char *label, const struct form_list *l)
{
    if (l->count == 0)
        row(out, label, "");
    for (size_t i = 0; i < l->count; i++) {
        row(out, label, l->at[i]);
        label = "";
    }
}

/* Appends a row for each value, the first with the label; without values nothing. */
static void optional_rows(struct text *out, const char *label, const struct form_list *l)
{
    if (l->count > 0)
        list_rows(out, label, l);
}

/* Appends a row for each gateway, with its port where it declares one, the first with the label;
 * without gateways the label alone. */
static void gateway_rows(struct text *out, const char *label, const struct form_gateways *g)
{
    if (g->count == 0)
        row(out, label, "");
    for (size_t i = 0; i < g->count; i++) {
        const char *name = g->at[i].name;
        char shown[300];

        text_copy(shown, sizeof shown, name);
        if (strchr(name, ':')) /* an IPv6 address */
            text_format(shown, sizeof shown, "[%s]", name);
        if (g->at[i].port > 0)
            text_append(shown, sizeof shown, ":%u", g->at[i].port);
        row(out, label, shown);
        label = "";
    }
}

/* Appends a row; nothing where `value` is "". */
static void optional_row(struct text *out, const char *label, const char *value)
{
    if (*value)
        row(out, label, value);
}

/* Appends a row with the day in UTC, "2026-11-30"; nothing where `day` is 0. */
static void date_row(struct text *out, const char *label, time_t day)
{
    char date[16] = "";

    if (day > 0)
        text_date(date, sizeof date, day);
    optional_row(out, label, date);
}

/* Appends parts 1 and 2: who we both are. */
static void contacts(const struct partner *p, struct text *out)
{
    text_add(out, "1. Business partner contact details\n\nCompany\n");
    row(out, "Company Name", p->company);
    row(out, "Address", p->address);
    text_add(out, "Technical contact person\n");
    row(out, "Name", p->contact_name);
    row(out, "Email Address", p->contact_email);
    row(out, "Phone", p->contact_phone);
    row(out, "Mobile", p->contact_mobile);
    optional_row(out, "Urgent, day and night", p->contact_urgent);
    optional_row(out, "Second contact", p->contact_second);
    text_add(out, "\n2. Our contact details\n\nTechnical contact person\n");
    row(out, "Department", "");
    row(out, "Email Address", "");
}

enum { MEASURED_MAX = 64 };

/* Appends a row for each text that `text` returns for the first certificate of each session of
 * `ours`, each text once and without "". The texts must live as long as *ours. Where there is none,
 * or `ours` is NULL, appends the label alone. */
static void measured_rows(struct text *out, const char *label, const struct facts *ours,
                          const char *(*text)(const struct cert_facts *c))
{
    const char *said[MEASURED_MAX];
    size_t count = 0;

    for (size_t i = 0; ours && i < ours->plan->request_count && count < MEASURED_MAX; i++) {
        const struct observation *o = ours->observations[i];
        const char *name = o->has_chain ? text(&o->chain.certs[0]) : "";
        size_t k = 0;

        while (k < count && strcmp(said[k], name) != 0)
            k++;
        if (k < count || !*name)
            continue;
        said[count++] = name;
        row(out, count == 1 ? label : "", name);
    }
    if (count == 0)
        row(out, label, "");
}

/* Appends part 3, TLS from the partner to us. `ours` has nothing but sessions to our own gateways;
 * NULL: they were not probed. */
static void inbound(const struct partner *p, const struct form_own *own, const struct facts *ours,
                    struct text *out)
{
    text_add(out, "\n3. TLS from business partner to us\n\n");
    paragraph(out, p->inbound
                       ? "Our gateways refuse mail from the business partner's domains "
                         "that comes without TLS. The business partner's gateways must be "
                         "configured so that mail to our domains is encrypted using TLS, and "
                         "our certificate is validated."
                       : not_agreed);
    text_add(out, "TLS Information\n");
    row(out, "TLS mode", p->inbound ? levels[LEVEL_VERIFY].mode : "Opportunistic");
    list_rows(out, "List of E-Mail-Domains", &own->domains);
    gateway_rows(out, "Gateways", &own->gateways);
    measured_rows(out, "CN of the TLS Certificates", ours, cert_title);
    measured_rows(out, "Name of issuing CA", ours, cert_issuer_title);
    row(out, "Recipient of tests", own->recipient ? own->recipient : "");
    if (p->inbound && p->inbound_level == LEVEL_VERIFY)
        row(out, "Client certificate", "required: our gateways refuse mail without one");
    optional_rows(out, "Your sending hosts", &p->sending_hosts);
    optional_rows(out, "Names in your certificate", &p->sending_certs);
}

/* The part of a path after its last slash. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Appends part 4, TLS from us to the partner, and part 5 where the form has a date. */
static void outbound(const struct partner *p, const struct form_own *own, struct text *out)
{
    const char *root = p->ca_file ? base_name(p->ca_file) : "";
    char clean[256], profile[256];

    if (p->tls_profile)
        text_clean(profile, sizeof profile, p->tls_profile, strlen(p->tls_profile));
    text_clean(clean, sizeof clean, root, strlen(root));
    text_add(out, "\n4. TLS from us to business partner\n\n");
    paragraph(out, demand_on(p));
    if (own->sni && strcmp(own->sni, "none") == 0)
        paragraph(out, "Our mail server sends no SNI.");
    paragraph(out, "For self-signed certificates, please add the root certificates.");
    text_add(out, "TLS Business Partner Information\n");
    row(out, "TLS mode", p->outbound ? levels[p->level].mode : "Opportunistic");
    row(out, "Minimum TLS version", p->min_version_name);
    if (p->tls_profile)
        row(out, "TLS profile", profile);
    list_rows(out, "List of E-Mail-Domains", &p->domains);
    optional_rows(out, "Subdomains", &p->subdomains);
    gateway_rows(out, "Gateways (MX-Records)", &p->gateways);
    list_rows(out, "CN of the TLS certificates", &p->cns);
    optional_rows(out, "Names that match", &p->match);
    optional_rows(out, "SHA-256 fingerprints", &p->fingerprints);
    list_rows(out, "Name of the issuing CA", &p->issuers);
    row(out, "URL (public key of the CA)", p->ca_url);
    row(out, "Root certificate", clean);
    row(out, "CN and CA are pinned", p->pinned ? "yes" : "no");
    if (p->wrapper)
        row(out, "Transport", "TLS from the first byte (RFC 8314), not STARTTLS");
    if (p->fixed_route)
        row(out, "Routing", "to the gateways above, whatever the MX records are");
    if (p->requiretls)
        row(out, "REQUIRETLS", "required: offered by every gateway (RFC 8689)");
    if (p->client_cert)
        row(out, "Our client certificate", "is sent when your gateway asks for one");
    if (p->signed_on + p->valid_until + p->review_on > 0)
        text_add(out, "\n5. Validity\n\n");
    date_row(out, "Signed", p->signed_on);
    date_row(out, "Valid until", p->valid_until);
    date_row(out, "Next review", p->review_on);
}

void report_form(const struct partner *p, const struct form_own *own, const struct facts *ours,
                 struct text *out)
{
    text_add(out, "SMTP - Transport Layer Security (TLS)\n"
                  "Change Request (please check, fill in and send back)\n\n");
    contacts(p, out);
    inbound(p, own, ours, out);
    outbound(p, own, out);
}
