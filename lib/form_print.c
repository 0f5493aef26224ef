#include "form_print.h"

#include <string.h>

enum { LABEL = 30, WIDTH = 80 };

/* What the two agree on at each level, in the words of such forms. */
static const struct {
    const char *mode, *demand;
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

static const char *demand_on(const struct partner *p)
{
    bool verifies = p->level == LEVEL_VERIFY || p->level == LEVEL_SECURE;

    if (!p->outbound)
        return not_agreed;
    return verifies && p->match.count > 0 ? named : levels[p->level].demand;
}

/* How many bytes the first `count` characters have. */
static size_t bytes_of(const char *s, size_t count)
{
    size_t n = 0;

    for (; s[n]; n++) {
        if (((unsigned char)s[n] & 0xc0) != 0x80 && count-- == 0)
            break;
    }
    return n;
}

/* The part of `s` that goes on a line of `width` characters: up to a blank, else what fits. */
static size_t line_of(const char *s, size_t width)
{
    size_t fits = bytes_of(s, width), n = fits;

    if (!s[fits])
        return fits;
    while (n > 0 && s[n] != ' ')
        n--;
    return n > 0 ? n : fits;
}

/* Text over as many lines as it needs, each begun by `indent` blanks; the first is begun already.
 */
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

static void paragraph(struct text *out, const char *s)
{
    wrapped(out, 0, s);
    text_add(out, "\n");
}

/* "  label      value", or the label alone, to be filled in. Without label: one more value. */
static void row(struct text *out, const char *label, const char *value)
{
    if (!*value)
        text_addf(out, "  %s\n", label);
    else
        text_addf(out, "  %-*s", LABEL - 2, label);
    wrapped(out, LABEL, value);
}

static void list_rows(struct text *out, const char *label, const struct form_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        row(out, i == 0 ? label : "", l->at[i]);
    if (l->count == 0)
        row(out, label, "");
}

static void optional_rows(struct text *out, const char *label, const struct form_list *l)
{
    if (l->count > 0)
        list_rows(out, label, l);
}

static void gateway_rows(struct text *out, const char *label, const struct form_gateways *g)
{
    for (size_t i = 0; i < g->count; i++) {
        bool v6 = strchr(g->at[i].name, ':') != NULL;
        char shown[300];

        text_format(shown, sizeof shown, v6 ? "[%s]" : "%s", g->at[i].name);
        if (g->at[i].port > 0)
            text_append(shown, sizeof shown, ":%u", g->at[i].port);
        row(out, i == 0 ? label : "", shown);
    }
    if (g->count == 0)
        row(out, label, "");
}

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
    text_add(out, "\n2. Our contact details\n\nTechnical contact person\n");
    row(out, "Department", "");
    row(out, "Email Address", "");
}

static void inbound(const struct partner *p, const struct form_own *own, struct text *out)
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
    row(out, "List of E-Mail-Domains", "");
    gateway_rows(out, "Gateways", &own->gateways);
    row(out, "CN of the TLS Certificates", "");
    row(out, "Name of issuing CA", "");
    row(out, "Recipient of tests", own->recipient ? own->recipient : "");
}

static void outbound(const struct partner *p, const struct form_own *own, struct text *out)
{
    const char *ca_file = p->ca_file ? strrchr(p->ca_file, '/') : NULL;
    char clean[256] = "";

    if (p->ca_file) {
        ca_file = ca_file ? ca_file + 1 : p->ca_file;
        text_clean(clean, sizeof clean, ca_file, strlen(ca_file));
    }
    text_add(out, "\n4. TLS from us to business partner\n\n");
    paragraph(out, demand_on(p));
    if (own->sni && strcmp(own->sni, "none") == 0)
        paragraph(out, "Our mail server sends no SNI.");
    paragraph(out, "For self-signed certificates, please add the root certificates.");
    text_add(out, "TLS Business Partner Information\n");
    row(out, "TLS mode", p->outbound ? levels[p->level].mode : "Opportunistic");
    row(out, "Least TLS version", p->min_version_name);
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
}

void form_print(const struct partner *p, const struct form_own *own, struct text *out)
{
    text_add(out, "SMTP - Transport Layer Security (TLS)\n"
                  "Change Request (please check, fill in and send back)\n\n");
    contacts(p, out);
    inbound(p, own, out);
    outbound(p, own, out);
}
