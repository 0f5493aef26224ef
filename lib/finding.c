#include "finding.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const state_names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

#define OK_ STATE_OK
#define WARN STATE_WARNING
#define CRIT STATE_CRITICAL
#define UNKN STATE_UNKNOWN
#define ALL GROUP_ALWAYS
#define TLS GROUP_TLS
#define CERT GROUP_CERT
#define MX_CERT FINDING_OF_MX_CERT
#define SMTP_TLS FINDING_OF_SMTP_TLS
#define PARTNER FINDING_OF_PARTNER_POLICY

static const struct finding_info table[FINDING_COUNT] = {
    [F_DNS_FAILURE] = {"dns-failure", UNKN, NULL, ALL,
                       "no usable DNS answer (time-out, SERVFAIL without a DNSSEC cause, REFUSED)"},
    [F_DNSSEC_INVALID] = {"dnssec-invalid", CRIT, NULL, ALL,
                          "DNSSEC validation of an answer failed"},
    [F_DOMAIN_NOT_FOUND] = {"domain-not-found", CRIT, NULL, ALL, "the domain does not exist"},
    [F_NULL_MX] = {"null-mx", CRIT, NULL, ALL, "the domain says that it takes no mail (RFC 7505)"},
    [F_NO_ADDRESS] = {"no-address", WARN, "critical when it leaves the target no gateway", ALL,
                      "an MX host without address, or that is an address"},
    [F_MX_IS_CNAME] = {"mx-is-cname", WARN, NULL, ALL,
                       "an MX host that is an alias (RFC 2181 10.3)"},
    [F_FAMILY_UNAVAILABLE] = {"family-unavailable", OK_, NULL, ALL,
                              "this machine has no route for that address family"},
    [F_CONNECTION_FAILED] = {"connection-failed", WARN, NULL, ALL,
                             "an address refused, unreachable, or silent or closed before its "
                             "greeting"},
    [F_NO_GATEWAY_REACHABLE] = {"no-gateway-reachable", CRIT, NULL, ALL,
                                "no address of a target came to a greeting"},
    [F_THROTTLED] = {"throttled", WARN, NULL, ALL, "421 at any stage"},
    [F_GREETING_REJECTED] = {"greeting-rejected", CRIT, NULL, ALL,
                             "a greeting that is 5xx, or no SMTP"},
    [F_EHLO_REJECTED] = {"ehlo-rejected", CRIT, NULL, ALL,
                         "a reply to EHLO that is 5xx, or no SMTP"},
    [F_PROTOCOL_ERROR] = {"protocol-error", CRIT, NULL, ALL,
                          "after the greeting: a reply that breaks RFC 5321 or the size limits, "
                          "silence, a closed connection"},
    [F_STARTTLS_NOT_SUPPORTED] = {"starttls-not-supported", CRIT, NULL, TLS,
                                  "STARTTLS not offered"},
    [F_STARTTLS_STRIPPED] = {"starttls-stripped", CRIT, NULL, TLS,
                             "not offered, and the reply bears a middlebox's signature"},
    [F_STARTTLS_REFUSED] = {"starttls-refused", CRIT, NULL, TLS,
                            "STARTTLS offered, then not answered 220"},
    [F_STARTTLS_INJECTION] = {"starttls-injection", CRIT, NULL, TLS,
                              "bytes in clear behind the 220 to STARTTLS"},
    [F_TLS_HANDSHAKE_FAILED] = {"tls-handshake-failed", CRIT, NULL, TLS,
                                "no TLS session, or an alert right after the handshake"},
    [F_TLS_VERSION] = {"tls-version", CRIT, NULL, TLS, "only TLS versions below --min-tls"},
    [F_CERTIFICATE_EXPIRED] = {"certificate-expired", CRIT, NULL, CERT,
                               "a certificate of the path has expired"},
    [F_CERTIFICATE_NOT_YET_VALID] = {"certificate-not-yet-valid", CRIT, NULL, CERT,
                                     "a certificate of the path is not valid yet"},
    [F_CERTIFICATE_EXPIRING] = {"certificate-expiring", WARN, "critical below -D's second limit",
                                CERT, "the first certificate of the path ends soon"},
    [F_CERTIFICATE_SUPERFLUOUS] = {"certificate-superfluous", OK_, NULL, CERT,
                                   "an expired certificate is served that is not on the path"},
    [F_CERTIFICATE_HOST_MISMATCH] = {"certificate-host-mismatch", CRIT, NULL, CERT,
                                     "the certificate is for none of the names that --match gives"},
    [F_CERTIFICATE_NOT_TRUSTED] = {"certificate-not-trusted", CRIT, NULL, CERT,
                                   "no path to a trusted root, or the wrong purpose"},
    [F_CERTIFICATE_CN_ONLY] = {"certificate-cn-only", WARN, NULL, CERT,
                               "matched by CN, for want of a DNS name"},
    [F_CERTIFICATE_WEAK] = {"certificate-weak", CRIT, NULL, CERT,
                            "a key or signature that OpenSSL's default security level refuses"},
    [F_CERTIFICATE_REVOKED] = {"certificate-revoked", CRIT, NULL, CERT,
                               "revoked, by stapled OCSP, --ocsp or --crl"},
    [F_OCSP_UNAVAILABLE] = {"ocsp-unavailable", WARN, NULL, CERT,
                            "OCSP or CRL asked for, or stapled, and no valid answer"},
    [F_MUST_STAPLE_MISSING] = {"must-staple-missing", WARN, NULL, CERT,
                               "the certificate demands an OCSP staple, none that is valid came"},
    [F_CERTIFICATES_DIFFER] = {"certificates-differ", WARN,
                               "ok where verdict, issuer, names and -D agree", CERT,
                               "the addresses of one MX host serve different certificates"},
    [F_SNI_DEPENDENT] =
        {"sni-dependent", WARN, "ok where that one passes too", CERT,
         "without SNI another certificate or chain, which fails the level, or none"},
    [F_FINGERPRINT_MISMATCH] = {"fingerprint-mismatch", CRIT, NULL, ALL,
                                "level fingerprint: none of the digests matches"},
    [F_TLSA_INVALID] = {"tlsa-invalid", CRIT, NULL, ALL, "usable TLSA records, none matches"},
    [F_TLSA_UNUSABLE] = {"tlsa-unusable", WARN, NULL, ALL,
                         "TLSA records, but none that SMTP can use (RFC 7672 3.1.3)"},
    [F_DANE_ABSENT] = {"dane-absent", WARN, NULL, ALL, "level dane: no secure TLSA record"},
    [F_DANE_REQUIRED] = {"dane-required", CRIT, NULL, ALL,
                         "level dane-only: no usable secure TLSA record"},
    [F_STS_POLICY_FETCH_ERROR] = {"sts-policy-fetch-error", WARN, NULL, ALL,
                                  "the MTA-STS policy cannot be fetched (RFC 8461 3.3)"},
    [F_STS_POLICY_INVALID] = {"sts-policy-invalid", WARN, NULL, ALL,
                              "the MTA-STS record or policy breaks RFC 8461"},
    [F_STS_WEBPKI_INVALID] = {"sts-webpki-invalid", WARN, NULL, ALL,
                              "the policy host's certificate does not verify"},
    [F_STS_MX_MISMATCH] = {"sts-mx-mismatch", CRIT, "warning in mode testing", ALL,
                           "an MX host that the MTA-STS policy does not list"},
    [F_TLSRPT_INVALID] = {"tlsrpt-invalid", WARN, NULL, ALL,
                          "a TLSRPT record that breaks RFC 8460"},
    [F_SENDER_REJECTED] = {"sender-rejected", WARN, NULL, ALL, "5xx to MAIL FROM"},
    [F_RECIPIENT_REJECTED] = {"recipient-rejected", WARN, NULL, ALL, "5xx to RCPT TO"},
    [F_DEFERRED] = {"deferred", OK_, "warning for greeting and EHLO", ALL,
                    "4xx other than 421, such as greylisting"},
    [F_PLAINTEXT_ACCEPTED] = {"plaintext-accepted", CRIT, NULL, ALL,
                              "our own gateway accepted the sender without TLS"},
    [F_PLAINTEXT_INCONCLUSIVE] =
        {"plaintext-inconclusive", UNKN, NULL, ALL,
         "our own gateway refused the sender, but not for the lack of TLS"},
    [F_SLOW] = {"slow", WARN, "by -w, -c, --stage-warning and --stage-critical", ALL,
                "a gateway or a stage takes longer than allowed"},
    [F_MX_UNDECLARED] = {"mx-undeclared", WARN, NULL, ALL,
                         "an MX host of a partner's domain that the form does not declare"},
    [F_MX_MISSING] = {"mx-missing", WARN, NULL, ALL,
                      "a declared gateway that is an MX host of none of the partner's domains"},
    [F_CERTIFICATE_CN_CHANGED] = {"certificate-cn-changed", WARN, "critical with pinned = yes",
                                  CERT, "the certificate has none of the names that the form has"},
    [F_ISSUER_CHANGED] = {"issuer-changed", WARN, "critical with pinned = yes", CERT,
                          "the certificate is from none of the CAs that the form has"},
    [F_OWN_POLICY_MISSING] = {"own-policy-missing", CRIT, NULL, ALL,
                              "our own mail server has no TLS policy for a partner's domain"},
    [F_OWN_POLICY_WEAK] = {"own-policy-weak", CRIT, NULL, ALL,
                           "our own mail server's TLS policy demands less than the form"},
    [F_FORM_INVALID] = {"form-invalid", UNKN, NULL, ALL,
                        "a form that cannot be read; the other partners are still judged"},
    [F_NOT_PROBED] = {"not-probed", UNKN, NULL, ALL,
                      "the run ended, or this machine ran short, before this gateway's turn"},
};

/* Which plugins can meet it; 0 stands for all of them. */
static const unsigned char plugins_of[FINDING_COUNT] = {
    [F_CERTIFICATE_REVOKED] = MX_CERT,     [F_OCSP_UNAVAILABLE] = MX_CERT,
    [F_MUST_STAPLE_MISSING] = MX_CERT,     [F_SNI_DEPENDENT] = MX_CERT,
    [F_STS_POLICY_FETCH_ERROR] = MX_CERT,  [F_STS_POLICY_INVALID] = MX_CERT,
    [F_STS_WEBPKI_INVALID] = MX_CERT,      [F_STS_MX_MISMATCH] = MX_CERT,
    [F_TLSRPT_INVALID] = MX_CERT,          [F_MX_UNDECLARED] = PARTNER,
    [F_MX_MISSING] = PARTNER,              [F_CERTIFICATE_CN_CHANGED] = PARTNER,
    [F_ISSUER_CHANGED] = PARTNER,          [F_OWN_POLICY_MISSING] = PARTNER,
    [F_OWN_POLICY_WEAK] = PARTNER,         [F_FORM_INVALID] = PARTNER,
    [F_SENDER_REJECTED] = SMTP_TLS | PARTNER,
    [F_RECIPIENT_REJECTED] = SMTP_TLS | PARTNER,
    [F_PLAINTEXT_ACCEPTED] = SMTP_TLS | PARTNER,
    [F_PLAINTEXT_INCONCLUSIVE] = SMTP_TLS | PARTNER,
};

const char *state_name(enum state s)
{
    return state_names[s];
}

bool state_from_name(const char *name, enum state *out)
{
    for (int s = STATE_OK; s <= STATE_UNKNOWN; s++) {
        if (strcasecmp(name, state_names[s]) == 0) {
            *out = (enum state)s;
            return true;
        }
    }
    return false;
}

int state_rank(enum state s)
{
    static const int rank[] = {
        [STATE_OK] = 0, [STATE_UNKNOWN] = 1, [STATE_WARNING] = 2, [STATE_CRITICAL] = 3};

    return rank[s];
}

enum state state_worse(enum state a, enum state b)
{
    return state_rank(a) >= state_rank(b) ? a : b;
}

const struct finding_info *finding_info(enum finding_code c)
{
    return &table[c];
}

bool finding_is_of(enum finding_code c, unsigned plugin)
{
    return plugins_of[c] == 0 || (plugins_of[c] & plugin);
}

bool finding_from_code(const char *code, enum finding_code *out)
{
    for (int c = 0; c < FINDING_COUNT; c++) {
        if (strcmp(table[c].code, code) == 0) {
            *out = (enum finding_code)c;
            return true;
        }
    }
    return false;
}

struct finding *finding_add(struct finding_list *l, enum finding_code code)
{
    struct finding *f;

    if ((l->count & (l->count - 1)) == 0) { /* full at each power of two */
        f = realloc(l->at, (l->count ? 2 * l->count : 1) * sizeof *f);
        if (!f) {
            l->failed = true;
            return NULL;
        }
        l->at = f;
    }
    f = &l->at[l->count++];
    *f = (struct finding){
        .code = code, .target = FINDING_NONE, .host = FINDING_NONE, .address = FINDING_NONE};
    return f;
}

static bool is_same(const struct finding *a, const struct finding *b)
{
    return a->code == b->code && a->host == b->host && a->address == b->address &&
           (a->host != FINDING_NONE || a->target == b->target) &&
           strcmp(a->headline, b->headline) == 0 && strcmp(a->detail, b->detail) == 0;
}

/* To compare each of ten thousand findings with all others would take longer than to judge. */
void finding_add_once(struct finding_list *l, const struct finding *f)
{
    size_t place = f->host != FINDING_NONE ? f->host : f->target;
    size_t *bucket = &l->buckets[(31 * place + f->code) % FINDING_BUCKETS];
    struct finding *added;

    for (size_t i = *bucket; i > 0; i = l->at[i - 1].next) {
        if (is_same(&l->at[i - 1], f))
            return;
    }
    added = finding_add(l, f->code);
    if (!added)
        return;
    *added = *f;
    added->next = *bucket;
    *bucket = l->count;
}

static int compare_index(size_t a, size_t b)
{
    a++; /* FINDING_NONE first */
    b++;
    return a < b ? -1 : a > b;
}

/* Mail still flows with TLS: of one state, that ranks behind what stops it or bares it. */
static bool is_not_yet_a_fault(enum finding_code c)
{
    return c == F_CERTIFICATE_EXPIRING || c == F_SLOW;
}

static int compare(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int order = state_rank(y->state) - state_rank(x->state);

    if (order == 0)
        order = (int)is_not_yet_a_fault(x->code) - (int)is_not_yet_a_fault(y->code);
    if (order == 0)
        order = compare_index(x->order, y->order);
    if (order == 0)
        order = compare_index(x->address, y->address);
    return order ? order : (int)x->code - (int)y->code;
}

void finding_sort(struct finding_list *l)
{
    if (l->count > 1)
        qsort(l->at, l->count, sizeof *l->at, compare);
}

void finding_list_clear(struct finding_list *l)
{
    free(l->at);
    *l = (struct finding_list){0};
}
