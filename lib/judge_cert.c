#include "judge_cert.h"

#include <string.h>

#include "text.h"

enum { DAY = 86400 };

/* What decides about a gateway's certificate. */
enum policy { POLICY_NONE, POLICY_PKIX, POLICY_DANE, POLICY_FINGERPRINT };

static size_t usable_count(const struct resolve_host *h)
{
    size_t count = 0;

    for (size_t i = 0; i < h->tlsa_count; i++)
        count += dane_tlsa_usable(&h->tlsa[i]);
    return count;
}

/* At the dane levels without usable records there is nothing to hold the certificate against. */
static enum policy policy_for(const struct judge *j, const struct trust_facts *f)
{
    switch (j->terms->level) {
    case LEVEL_VERIFY:
    case LEVEL_SECURE:
        return POLICY_PKIX;
    case LEVEL_FINGERPRINT:
        return POLICY_FINGERPRINT;
    case LEVEL_DANE:
    case LEVEL_DANE_ONLY:
        return f->dane_asked ? POLICY_DANE : POLICY_NONE;
    default:
        return POLICY_NONE;
    }
}

/* "3 days", "5 hours", "40 seconds" */
static void duration_text(double seconds, char *out, size_t cap)
{
    static const struct {
        double length;
        const char *name;
    } units[] = {{DAY, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t u = 0;
    long n;

    while (u < 3 && seconds < 2 * units[u].length)
        u++;
    n = (long)(seconds / units[u].length);
    text_format(out, cap, "%ld %s%s", n, units[u].name, n == 1 ? "" : "s");
}

/* --- DANE records --- */

/* No usable secure record: what that is depends on the level. */
static void find_absent(struct judge *j, struct judge_place at, const char *why)
{
    bool only = j->terms->level == LEVEL_DANE_ONLY;

    judge_find(j, at, only ? F_DANE_REQUIRED : F_DANE_ABSENT, STATE_DEFAULT, STAGE_CERT,
               "no usable DNSSEC-secured TLSA record", why);
}

static void find_unusable(struct judge *j, struct judge_place at, const struct resolve_host *h)
{
    char record[200], detail[440];

    dane_tlsa_text(&h->tlsa[0], record, sizeof record);
    text_format(detail, sizeof detail,
                "expected usage 2 or 3 (RFC 7672 3.1.3) in a known form (RFC 6698 4.1), "
                "seen %zu record%s, first: %s",
                h->tlsa_count, h->tlsa_count == 1 ? "" : "s", record);
    judge_find(j, at, F_TLSA_UNUSABLE, STATE_DEFAULT, STAGE_CERT, "no TLSA record is usable",
               detail);
    if (j->terms->level == LEVEL_DANE_ONLY)
        find_absent(j, at, detail);
}

void judge_tlsa_usable(struct judge *j, struct judge_place at)
{
    const struct resolve_host *h = &j->in->resolution->hosts[at.host];

    if (usable_count(h) == 0)
        find_unusable(j, at, h);
}

void judge_dane_records(struct judge *j, struct judge_place at)
{
    const struct resolution *r = j->in->resolution;
    const struct resolve_host *h = &r->hosts[at.host];
    char detail[440];

    if (!level_is_dane(j->terms->level))
        return;
    if (!r->trusted && !h->literal) {
        judge_find(j, at, F_DNS_FAILURE, STATE_DEFAULT, STAGE_DNS,
                   "DANE needs a resolver whose AD bit can be trusted",
                   "expected a validating resolver on loopback, or --trust-ad");
        return;
    }
    if (h->status == DNS_FAILURE || h->status == DNS_BOGUS)
        return; /* which is a finding of its own, and says nothing of what is secure */
    text_format(detail, sizeof detail, "_%u._tcp.%s: %s", h->port, h->shown,
                h->tlsa_why[0] ? h->tlsa_why : "no record");
    if (h->literal)
        find_absent(j, at, "it was given by its address, which has none");
    else if (!resolve_tlsa_counts(h))
        find_absent(j, at, "its address records are not secured by DNSSEC");
    else if (h->tlsa_status == DNS_FAILURE || h->tlsa_status == DNS_BOGUS)
        judge_find(j, at, h->tlsa_status == DNS_BOGUS ? F_DNSSEC_INVALID : F_DNS_FAILURE,
                   STATE_DEFAULT, STAGE_DNS, "TLSA look-up failed", detail);
    else if (h->tlsa_status != DNS_OK)
        find_absent(j, at, "none found");
    else if (!h->tlsa_secure)
        find_absent(j, at, "its TLSA records are not secured by DNSSEC");
    else
        judge_tlsa_usable(j, at);
}

/* --- dates --- */

static void judge_end(struct judge *j, struct judge_place at, const struct cert_facts *c)
{
    char when[40], span[32], headline[160], detail[440];
    double left = difftime(c->not_after, j->c->now);
    bool early = difftime(c->not_before, j->c->now) > 0;

    if (left > 0 && !early)
        return;
    text_time(when, sizeof when, early ? c->not_before : c->not_after);
    duration_text(early ? difftime(c->not_before, j->c->now) : -left, span, sizeof span);
    text_format(headline, sizeof headline,
                early ? "%s is not valid yet, for another %s" : "%s expired %s ago", cert_role(c),
                span);
    text_format(detail, sizeof detail, "%s, valid %s %s", cert_title(c), early ? "from" : "until",
                when);
    judge_find(j, at, early ? F_CERTIFICATE_NOT_YET_VALID : F_CERTIFICATE_EXPIRED, STATE_DEFAULT,
               STAGE_CERT, headline, detail);
}

/* The first of the path to end; the root is left out, for clients have their own copy. */
static const struct cert_facts *first_to_end(const struct trust_facts *f)
{
    const struct cert_facts *first = NULL;

    for (size_t i = 0; i < f->cert_count; i++) {
        const struct cert_facts *c = &f->certs[i];

        if (c->path == 0 || (c->path > 1 && c->self_issued))
            continue;
        if (!first || c->not_after < first->not_after)
            first = c;
    }
    return first;
}

static void note_end(struct judge *j, struct address_verdict *v, const struct trust_facts *f)
{
    const struct cert_facts *c = first_to_end(f);
    struct path_end end = {.first = c};

    if (!c)
        return;
    end.days = difftime(c->not_after, j->c->now) / DAY;
    end.lifetime = cert_lifetime_days(c);
    threshold_days_for(&j->c->days, c->path == 1, end.lifetime, end.limits);
    if (j->face)
        v->kinds[f->certs[0].kind] = end;
    if (!v->end.first || end.days < v->end.days)
        v->end = end;
}

/* Each certificate of the path against its own limits; the soonest that alerts is the finding. */
static void judge_expiring(struct judge *j, struct judge_place at, const struct trust_facts *f)
{
    const struct cert_facts *worst = NULL;
    bool worst_critical = false;
    char when[40], span[32], limit[32], headline[160], detail[440];
    double limits[2];

    for (size_t i = 0; i < f->cert_count; i++) {
        const struct cert_facts *c = &f->certs[i];
        double days = difftime(c->not_after, j->c->now) / DAY;
        bool critical;

        if (c->path == 0 || (c->path > 1 && c->self_issued) || days <= 0)
            continue;
        threshold_days_for(&j->c->days, c->path == 1, cert_lifetime_days(c), limits);
        critical = days < limits[1];
        if (days >= limits[0] && !critical)
            continue;
        if (!worst || (critical && !worst_critical) ||
            (critical == worst_critical && c->not_after < worst->not_after)) {
            worst = c;
            worst_critical = critical;
        }
    }
    if (!worst)
        return;
    threshold_days_for(&j->c->days, worst->path == 1, cert_lifetime_days(worst), limits);
    text_time(when, sizeof when, worst->not_after);
    duration_text(difftime(worst->not_after, j->c->now), span, sizeof span);
    text_format(headline, sizeof headline, "%s ends in %s", cert_role(worst), span);
    text_number(limit, sizeof limit, worst_critical ? limits[1] : limits[0]);
    text_format(detail, sizeof detail, "%s, valid until %s; expected more than %s days",
                cert_title(worst), when, limit);
    judge_find(j, at, F_CERTIFICATE_EXPIRING, worst_critical ? STATE_CRITICAL : STATE_WARNING,
               STAGE_CERT, headline, detail);
}

static void judge_dates(struct judge *j, struct judge_place at, const struct trust_facts *f)
{
    char when[40], detail[440];

    for (size_t i = 0; i < f->cert_count; i++) {
        const struct cert_facts *c = &f->certs[i];

        if (c->path > 0) {
            judge_end(j, at, c);
        } else if (difftime(c->not_after, j->c->now) <= 0) {
            text_time(when, sizeof when, c->not_after);
            text_format(detail, sizeof detail, "%s, valid until %s; no path needs it",
                        cert_title(c), when);
            judge_find(j, at, F_CERTIFICATE_SUPERFLUOUS, STATE_DEFAULT, STAGE_CERT,
                       "a superfluous certificate has expired", detail);
        }
    }
    judge_expiring(j, at, f);
}

/* --- trust --- */

static bool is_weakness(int code)
{
    return code == X509_V_ERR_EE_KEY_TOO_SMALL || code == X509_V_ERR_CA_KEY_TOO_SMALL ||
           code == X509_V_ERR_CA_MD_TOO_WEAK;
}

static void find_weak(struct judge *j, struct judge_place at, const struct trust_facts *f,
                      const struct trust_fault *fault)
{
    const struct cert_facts *c = NULL;
    char detail[440];

    for (size_t i = 0; i < f->cert_count; i++) {
        if (f->certs[i].path == fault->depth + 1)
            c = &f->certs[i];
    }
    text_format(detail, sizeof detail,
                "%s: expected what OpenSSL takes by default, seen %s signed with %s: %s",
                fault->subject, c ? c->key : "?", c ? c->signature : "?",
                X509_verify_cert_error_string(fault->code));
    judge_find(j, at, F_CERTIFICATE_WEAK, STATE_DEFAULT, STAGE_CERT,
               fault->code == X509_V_ERR_CA_MD_TOO_WEAK ? "signature of a certificate is too weak"
                                                        : "key of a certificate is too weak",
               detail);
}

/* Where the roots of a partner's form are, clean; "" where they are the trust store's. */
static void name_ca_file(const struct judge *j, struct judge_place at, char *out, size_t cap)
{
    const struct fleet *f = j->in->fleet;
    const char *file = f ? f->members[f->member_of[at.target]].partner->ca_file : NULL;

    text_copy(out, cap, "");
    if (file && fleet_role_of(j->in->resolution->targets[at.target].ask) != FLEET_INBOUND)
        text_clean(out, cap, file, strlen(file));
}

static void self_signed(const struct judge *j, const char *ca_file, const char *subject,
                        struct finding *out)
{
    text_copy(out->headline, sizeof out->headline, "certificate is self-signed and not trusted");
    if (*ca_file)
        text_format(out->detail, sizeof out->detail, "expected one of ca-file %s, seen %s alone",
                    ca_file, subject);
    else
        text_format(out->detail, sizeof out->detail,
                    "expected a trusted issuer, seen %s alone; if it was agreed on, give it by %s",
                    subject, j->in->fleet ? "ca-file in the form" : "--ca-file");
}

static void missing_issuer(const struct trust_fault *fault, const struct trust_facts *f,
                           const char *ca_file, struct finding *out)
{
    size_t served = 0;

    for (size_t i = 0; i < f->cert_count; i++)
        served += f->certs[i].served;
    text_copy(out->headline, sizeof out->headline,
              fault->depth == 0 && served == 1
                  ? "intermediate certificate is missing, or its CA unknown"
                  : "issuer of the certificate chain is unknown");
    text_format(out->detail, sizeof out->detail,
                "expected the issuer of %s to be served or %s%s, seen neither: %s%s%s",
                fault->subject, *ca_file ? "in ca-file " : "trusted", ca_file, fault->issuer,
                fault->aia[0] ? "; its URL: " : "", fault->aia);
}

static void find_untrusted(struct judge *j, struct judge_place at, const struct trust_facts *f,
                           const struct trust_fault *fault)
{
    struct finding words = {0};
    char ca_file[160];

    name_ca_file(j, at, ca_file, sizeof ca_file);
    switch (fault->code) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        missing_issuer(fault, f, ca_file, &words);
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        self_signed(j, ca_file, fault->subject, &words);
        break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        text_copy(words.headline, sizeof words.headline, "root certificate is not trusted");
        text_format(words.detail, sizeof words.detail, "expected a root of %s%s, seen %s",
                    *ca_file ? "ca-file " : "the trust store", ca_file, fault->subject);
        break;
    default:
        text_format(words.headline, sizeof words.headline, "certificate does not verify: %s",
                    X509_verify_cert_error_string(fault->code));
        text_format(words.detail, sizeof words.detail,
                    "expected a path that verifies, seen at depth %d: %s", fault->depth,
                    fault->subject);
        break;
    }
    judge_find(j, at, F_CERTIFICATE_NOT_TRUSTED, STATE_DEFAULT, STAGE_CERT, words.headline,
               words.detail);
}

static void judge_trust(struct judge *j, struct judge_place at, const struct trust_facts *f,
                        const struct trust_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (is_weakness(faults->at[i].code))
            find_weak(j, at, f, &faults->at[i]);
        else
            find_untrusted(j, at, f, &faults->at[i]);
    }
}

/* --- the policies --- */

static void judge_fingerprint(struct judge *j, struct judge_place at, const struct trust_facts *f)
{
    const struct cert_facts *leaf = &f->certs[0];
    char detail[440];

    for (size_t i = 0; i < j->terms->fingerprint_count; i++) {
        if (strcmp(j->terms->fingerprints[i], leaf->sha256) == 0 ||
            strcmp(j->terms->fingerprints[i], leaf->key_sha256) == 0)
            return;
    }
    text_format(detail, sizeof detail, "expected %s%s, seen certificate %s, key %s",
                j->terms->fingerprints[0], j->terms->fingerprint_count > 1 ? " or others" : "",
                leaf->sha256, leaf->key_sha256);
    judge_find(j, at, F_FINGERPRINT_MISMATCH, STATE_DEFAULT, STAGE_CERT,
               "certificate has another fingerprint", detail);
}

void judge_tlsa_mismatch(struct judge *j, struct judge_place at, const struct trust_facts *f,
                         int state)
{
    const struct resolve_host *h = &j->in->resolution->hosts[at.host];
    char record[200], detail[440];

    dane_tlsa_text(&h->tlsa[0], record, sizeof record);
    text_format(detail, sizeof detail,
                "expected %s%s; seen certificate SHA-256 %.16s..., key SHA-256 %.16s...", record,
                h->tlsa_count > 1 ? " or another record" : "", f->certs[0].sha256,
                f->certs[0].key_sha256);
    judge_find(j, at, F_TLSA_INVALID, state, STAGE_CERT, "no TLSA record matches the certificate",
               detail);
}

/* The name that clients go by: the CN only where there is no other. */
static const char *name_of(const struct cert_facts *leaf)
{
    return leaf->name_count > 0 ? leaf->names[0] : cert_title(leaf);
}

static void judge_dane(struct judge *j, struct judge_place at, const struct trust_facts *f)
{
    if (!f->dane_matched) {
        judge_tlsa_mismatch(j, at, f, STATE_DEFAULT);
    } else if (f->dane_usage != 3) { /* with which nothing else counts (RFC 7672 3.1.1) */
        judge_trust(j, at, f, &f->dane);
        judge_dates(j, at, f);
    }
}

void judge_certificate(struct judge *j, struct judge_place at, const struct trust_facts *f)
{
    struct address_verdict *v = &j->v->hosts[at.host].addresses[at.address];

    note_end(j, v, f);
    v->dane = policy_for(j, f) == POLICY_DANE;
    switch (policy_for(j, f)) {
    case POLICY_DANE:
        judge_dane(j, at, f);
        break;
    case POLICY_FINGERPRINT:
        judge_fingerprint(j, at, f);
        break;
    case POLICY_PKIX:
    case POLICY_NONE: /* findings that the level turns into ok */
        judge_trust(j, at, f, &f->pkix);
        judge_dates(j, at, f);
        break;
    }
}

/* --- names --- */

static enum cert_match match_of(const struct trust_match *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i].name, name) == 0)
            return names[i].match;
    }
    return CERT_MATCH_NONE;
}

/* "a or b or c" */
static void add_expected(char *expected, size_t cap, const char *name)
{
    char clean[256];

    text_clean(clean, sizeof clean, name, strlen(name));
    text_append(expected, cap, "%s%s", *expected ? " or " : "", clean);
}

static void find_mismatch(struct judge *j, struct judge_place at, const struct trust_facts *f,
                          const char *expected)
{
    const struct cert_facts *leaf = &f->certs[0];
    char headline[160], seen[200] = "", detail[440];

    for (size_t i = 0; i < leaf->name_count && i < 6; i++)
        text_append(seen, sizeof seen, "%s%s", i ? ", " : "", leaf->names[i]);
    if (leaf->name_count > 6)
        text_append(seen, sizeof seen, " and %zu more", leaf->name_count - 6);
    if (leaf->name_count == 0)
        text_format(seen, sizeof seen, "CN %s", leaf->cn[0] ? leaf->cn : "(none)");
    text_format(headline, sizeof headline, "certificate is for another host: %s", name_of(leaf));
    text_format(detail, sizeof detail, "expected %s, seen %s", expected, seen);
    judge_find(j, at, F_CERTIFICATE_HOST_MISMATCH, STATE_DEFAULT, STAGE_CERT, headline, detail);
}

/* RFC 7672 3.2.1: with usage 3 no name counts. */
void judge_dane_names(struct judge *j, struct judge_place at, const struct trust_facts *f)
{
    const struct resolution *r = j->in->resolution;
    const char *names[PLAN_DANE_NAMES];
    size_t count = plan_dane_names(&r->targets[at.target], &r->hosts[at.host], names);
    char expected[256] = "", detail[440];

    if (policy_for(j, f) != POLICY_DANE || !f->dane_matched || f->dane_usage == 3)
        return;
    for (size_t i = 0; i < count; i++) {
        if (match_of(f->dane_names, f->dane_name_count, names[i]) != CERT_MATCH_NONE)
            return;
        add_expected(expected, sizeof expected, names[i]);
    }
    text_format(detail, sizeof detail, "expected %s, seen %s", expected, name_of(&f->certs[0]));
    judge_find(j, at, F_CERTIFICATE_HOST_MISMATCH, STATE_DEFAULT, STAGE_CERT,
               "certificate is for another host", detail);
}

void judge_names(struct judge *j, struct judge_place at, const struct trust_facts *f)
{
    const struct resolve_target *t = &j->in->resolution->targets[at.target];
    const struct resolve_host *h = &j->in->resolution->hosts[at.host];
    enum policy policy = policy_for(j, f);
    enum cert_match best = CERT_MATCH_NONE;
    char buf[DNS_NAME + 1], expected[256] = "", detail[440];

    judge_dane_names(j, at, f);
    if (policy != POLICY_PKIX && policy != POLICY_NONE)
        return;
    for (size_t i = 0; i < j->terms->match_count; i++) {
        const char *name = plan_name(j->terms->match[i], t, h, buf);
        enum cert_match m = match_of(f->names, f->name_count, name);

        if (m == CERT_MATCH_SAN || best == CERT_MATCH_NONE)
            best = m;
        add_expected(expected, sizeof expected, name);
    }
    if (best == CERT_MATCH_NONE) {
        find_mismatch(j, at, f, expected);
    } else if (best == CERT_MATCH_CN) {
        text_format(detail, sizeof detail, "expected a DNS name %s, seen CN %s alone", expected,
                    f->certs[0].cn);
        judge_find(j, at, F_CERTIFICATE_CN_ONLY, STATE_DEFAULT, STAGE_CERT,
                   "certificate has its name only as CN", detail);
    }
}
