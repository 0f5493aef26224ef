/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_tls.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/threshold.h"

enum { DAY = 86400 };

/* --- the cause of a failed handshake --- */

static const char *const try_words[DIAGNOSIS_COUNT] = {
    [DIAGNOSIS_LAX] = "with everything allowed",
    [DIAGNOSIS_NO_SNI] = "without SNI",
    [DIAGNOSIS_TLS_1_2] = "with TLS 1.2 only",
    [DIAGNOSIS_GROUPS] = "with curves that clients do not offer",
};

/* Appends version, cipher, key and group of a diagnosis' handshake, which must have succeeded, to
 * the detail, without separator. */
static void add_success(const struct handshake *h, char *detail, size_t cap)
{
    text_append(detail, cap, "%s, %s, %s", h->tls.version_name, h->tls.cipher, h->tls.key);
    if (h->tls.group[0])
        text_append(detail, cap, ", %s", h->tls.group);
}

/* Appends "; no success ..." with the tries that were reached after the first, all of which must
 * have failed. Appends nothing where none was reached. */
static void add_failures(const struct diagnosis *d, char *detail, size_t cap)
{
    const char *separator = "; no success ";

    for (int i = DIAGNOSIS_LAX + 1; i < DIAGNOSIS_COUNT; i++) {
        if (!d->tries[i].reached)
            continue;
        text_append(detail, cap, "%s%s", separator, try_words[i]);
        separator = ", ";
    }
}

/* Appends ", seen ...": why the first try, DIAGNOSIS_LAX, failed, and which other one succeeded, or
 * which failed too. The first try must have been made and have failed. */
static void add_tries(const struct diagnosis *d, char *detail, size_t cap)
{
    const struct handshake *lax = &d->tries[DIAGNOSIS_LAX];

    text_append(detail, cap, ", seen with everything allowed: %s",
                text_or(lax->reason, "no answer"));
    for (int i = DIAGNOSIS_LAX + 1; i < DIAGNOSIS_COUNT; i++) {
        if (!d->tries[i].succeeded)
            continue;
        text_append(detail, cap, "; it succeeds %s: ", try_words[i]);
        add_success(&d->tries[i], detail, cap);
        return;
    }
    add_failures(d, detail, cap);
}

void judge_tls_diagnosis(const struct judge *j, struct judge_place at, const struct diagnosis *d,
                         char detail[FINDING_DETAIL])
{
    const size_t cap = FINDING_DETAIL;
    const struct plan_request *q = facts_request(j->facts, at.host, at.address);

    text_format(detail, cap, "expected TLS %s or later", j->policy->min_version_name);
    if (!d || !d->tries[DIAGNOSIS_LAX].tried) {
        text_append(detail, cap, ", seen nothing");
    } else if (d->tries[DIAGNOSIS_LAX].succeeded) {
        text_append(detail, cap, ", seen only with everything allowed: ");
        add_success(&d->tries[DIAGNOSIS_LAX], detail, cap);
    } else if (d->tries[DIAGNOSIS_NO_SNI].succeeded) {
        text_append(detail, cap, " with SNI %s, seen only without SNI: ", q->sni);
        add_success(&d->tries[DIAGNOSIS_NO_SNI], detail, cap);
    } else {
        add_tries(d, detail, cap);
    }
}

/* --- client certificates --- */

/* Whether an alert (SSL_AD_...) says, or may say, that a client certificate is missing or bad (RFC
 * 8446 6.2). */
static bool is_about_certificate(int alert)
{
    static const int alerts[] = {SSL_AD_HANDSHAKE_FAILURE,    SSL_AD_NO_CERTIFICATE,
                                 SSL_AD_BAD_CERTIFICATE,      SSL_AD_CERTIFICATE_REVOKED,
                                 SSL_AD_CERTIFICATE_EXPIRED,  SSL_AD_CERTIFICATE_UNKNOWN,
                                 SSL_AD_UNKNOWN_CA,           SSL_AD_ACCESS_DENIED,
                                 SSL_AD_CERTIFICATE_REQUIRED, SSL_AD_UNSUPPORTED_CERTIFICATE};

    for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++) {
        if (alerts[i] == alert)
            return true;
    }
    return false;
}

/* Returns the subject of the enhanced status code that follows the reply code, 7 of "550 5.7.1 ..."
 * (RFC 3463); -1: the reply has none. */
static int subject_of(const char *reply)
{
    if (strlen(reply) < 8 || reply[5] != '.' || reply[7] != '.')
        return -1;
    return reply[6] - '0';
}

/* Whether a refusal of MAIL may be for the client certificate rather than for the sender: it says
 * security or policy (RFC 3463 3.8), or is permanent and has no enhanced status code. f->fault must
 * be PROBE_REJECTED. */
static bool mail_is_about_certificate(const struct stage_fact *f)
{
    int subject = subject_of(f->text);

    return subject == 7 || (subject < 0 && f->code / 100 == 5);
}

/* Whether the fault of the stage may be for the client certificate, if the gateway asked for one,
 * which is the caller's to check. False where the stage did not fail, or was silent. */
static bool refuses_certificate(const struct observation *o, enum stage stage)
{
    const struct stage_fact *f = &o->stages[stage];

    switch (f->fault) {
    case PROBE_TLS:
        /* GnuTLS has no other word for an empty list of certificates in TLS 1.2. */
        if (f->alert == SSL_AD_DECODE_ERROR)
            return o->client == CONN_CLIENT_NONE;
        return is_about_certificate(f->alert);
    case PROBE_CLOSED:
    case PROBE_FAILED:
        return true;
    case PROBE_REJECTED:
        if (strcasestr(f->text, "certificate"))
            return true;
        if (f->code == 421) /* too busy, unless it says otherwise */
            return false;
        return stage != STAGE_MAIL || mail_is_about_certificate(f);
    default:
        return false;
    }
}

/* Returns in words where in the session the refusal came; static, never NULL. STAGE_EHLO,
 * STAGE_EHLO_TLS and any stage without words of its own: at EHLO. */
static const char *place_of(enum stage stage)
{
    switch (stage) {
    case STAGE_TLS:
        return "in the handshake";
    case STAGE_GREETING:
        return "instead of the greeting";
    case STAGE_MAIL:
        return "at MAIL";
    default:
        return "at EHLO";
    }
}

/* Where our client certificate is from, in words; static. */
static const char *place_of_own(const struct judge *j)
{
    return j->policy->own_certificate ? "client-cert of the form" : "--client-cert";
}

bool judge_tls_client_certificate(struct judge *j, struct judge_place at,
                                  const struct observation *o, enum stage stage)
{
    const struct stage_fact *f = &o->stages[stage];
    const char *headline = "gateway requires a client certificate";
    const char *then = text_or(f->text, "the end of the connection");
    char advice[80] = "give one by --client-cert";
    char detail[440];

    if (o->client == CONN_CLIENT_NOT_ASKED || !refuses_certificate(o, stage))
        return false;
    if (o->client == CONN_CLIENT_SHOWN) {
        headline = "gateway refuses our client certificate";
        text_format(advice, sizeof advice, "it received the one of %s", place_of_own(j));
    }
    text_format(detail, sizeof detail,
                "expected the session to continue, seen a request for a client certificate, "
                "then %s: %s; %s",
                place_of(stage), then, advice);
    judge_find(j, at,
               &(struct judge_found){F_CLIENT_CERTIFICATE_REQUIRED, STAGE_TLS, headline, detail});
    return true;
}

/* Adds a fault of our own client certificate, which the caller has checked. Both texts are
 * clean. */
static void find_unsuitable(struct judge *j, struct judge_place at, const char *headline,
                            const char *detail)
{
    judge_find(j, at,
               &(struct judge_found){F_CLIENT_CERTIFICATE_UNSUITABLE, STAGE_TLS, headline, detail});
}

/* Adds that our client certificate, or one of its chain, is not valid now. Otherwise does
 * nothing. */
static void judge_own_dates(struct judge *j, struct judge_place at, const struct client_cert *own)
{
    const char *place = place_of_own(j);
    char when[40], detail[440];

    if (j->c->now > own->not_after) {
        text_time(when, sizeof when, own->not_after);
        text_format(detail, sizeof detail, "%s is valid until %s", place, when);
        find_unsuitable(j, at, "our client certificate has expired", detail);
    }
    if (j->c->now < own->not_before) {
        text_time(when, sizeof when, own->not_before);
        text_format(detail, sizeof detail, "%s is valid from %s", place, when);
        find_unsuitable(j, at, "our client certificate is not valid yet", detail);
    }
    if (own->expiring[0] && j->c->now > own->expires) {
        text_time(when, sizeof when, own->expires);
        text_format(detail, sizeof detail, "%s has the certificate %s, which is valid until %s",
                    place, own->expiring, when);
        find_unsuitable(j, at, "the chain of our client certificate has expired", detail);
    }
}

/* A certificate of ours that may be about to expire; borrowed. */
struct expiring {
    const char *what;    /* "our client certificate" */
    const char *subject; /* clean */
    time_t not_after;
    double limits[2]; /* in days, for warning and critical; below 0: never */
    const char *advice;
};

/* Adds that the certificate expires within one of its limits. Does nothing where it does not, or
 * has expired, which is a finding of its own. */
static void judge_own_expiring(struct judge *j, struct judge_place at, const struct expiring *x)
{
    const char *path = j->policy->client_cert ? j->policy->client_cert : "";
    double left = difftime(x->not_after, j->c->now), days = left / DAY;
    enum state state = days < x->limits[1] ? STATE_CRITICAL : STATE_WARNING;
    char file[160], when[40], span[32], limit[32];
    struct judge_words w;

    if (days < 0 || (days >= x->limits[0] && days >= x->limits[1]))
        return;
    text_clean(file, sizeof file, path, strlen(path));
    text_time(when, sizeof when, x->not_after);
    text_duration(span, sizeof span, left);
    text_days(limit, sizeof limit, x->limits[state == STATE_CRITICAL]);
    text_format(w.headline, sizeof w.headline, "%s expires in %s", x->what, span);
    text_format(w.detail, sizeof w.detail,
                "%s in %s (%s), valid until %s; expected more than %s; %s", x->subject, file,
                place_of_own(j), when, limit, x->advice);
    judge_find_as(
        j, at, state,
        &(struct judge_found){F_CLIENT_CERTIFICATE_EXPIRING, STAGE_TLS, w.headline, w.detail});
}

/* Adds that our client certificate, whose dates must be known, or one of its chain, is about to
 * expire by -D; for the chain, the default days count where -D is in percent. */
static void judge_own_expiry(struct judge *j, struct judge_place at, const struct client_cert *own)
{
    struct expiring leaf = {.what = "our client certificate",
                            .subject = own->subject,
                            .not_after = own->not_after,
                            .advice = "renew it here and in our mail server"};
    struct expiring chain = {.what = "our client certificate's chain",
                             .subject = own->expiring,
                             .not_after = own->expires,
                             .advice = "put the CA's next intermediate certificate into the file"};

    threshold_days_for(&j->c->days, true, difftime(own->not_after, own->not_before) / DAY,
                       leaf.limits);
    threshold_days_for(&j->c->days, false, 0, chain.limits);
    judge_own_expiring(j, at, &leaf);
    if (own->expiring[0])
        judge_own_expiring(j, at, &chain);
}

/* Adds that the CA of our client certificate is not among those that the gateway names. It checks
 * nothing. */
static void find_other_ca(struct judge *j, struct judge_place at, const struct client_cert *own)
{
    const char *name = own->cas;
    char detail[FINDING_DETAIL];

    text_format(detail, sizeof detail,
                "%s is issued by %s; expected an issuer that the gateway names:", place_of_own(j),
                own->issuer);
    for (int i = 0; i < 2 && *name; i++) {
        int len = (int)strcspn(name, "\n");

        text_append(detail, sizeof detail, "%s %.*s", i ? " or" : "", len, name);
        name += len + 1;
    }
    if (own->ca_count > 2)
        text_append(detail, sizeof detail, " or %zu more", own->ca_count - 2);
    find_unsuitable(j, at, "our client certificate is from a CA not asked for", detail);
}

void judge_tls_own_certificate(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct client_cert *own = &o->own_cert;
    char detail[440];

    if (o->client != CONN_CLIENT_SHOWN)
        return;
    judge_own_dates(j, at, own);
    judge_own_expiry(j, at, own);
    if (own->no_signing) {
        text_format(detail, sizeof detail, "expected digitalSignature in the key usage of %s",
                    place_of_own(j));
        find_unsuitable(j, at, "our client certificate is not for signatures", detail);
    }
    if (own->no_purpose) {
        text_format(detail, sizeof detail, "expected clientAuth in the extended key usage of %s",
                    place_of_own(j));
        find_unsuitable(j, at, "our client certificate is not for TLS clients", detail);
    }
    if (own->unlinked[0]) {
        text_format(detail, sizeof detail,
                    "expected in %s each certificate after the one that it issued; %s is not the "
                    "issuer of the certificate before",
                    place_of_own(j), own->unlinked);
        find_unsuitable(j, at, "the chain of our client certificate is broken", detail);
    }
    if (own->other_ca)
        find_other_ca(j, at, own);
}

/* --- key usage --- */

/* Adds that the key usage of the leaf forbids the handshake of `tls`, if it does. `tls` is the
 * handshake in which the chain `f` was served, which must have a leaf. */
static void judge_usage(struct judge *j, struct judge_place at, const struct trust_facts *f,
                        const struct conn_tls *tls)
{
    const struct cert_facts *leaf = &f->certs[0];
    bool allowed = tls->enciphers ? leaf->enciphers : leaf->signs;
    const char *usage = tls->enciphers ? "keyEncipherment" : "digitalSignature";
    char headline[160], detail[440];

    if (allowed || leaf->kind == CERT_OTHER)
        return;
    text_format(headline, sizeof headline, "key usage of the certificate lacks %s", usage);
    text_format(
        detail, sizeof detail,
        "expected %s for %s with %s, %s; senders with GnuTLS, such as Exim on Debian, refuse "
        "the handshake",
        usage, tls->version_name, tls->cipher, tls->key);
    judge_find(j, at, &(struct judge_found){F_CERTIFICATE_KEY_USAGE, STAGE_TLS, headline, detail});
}

void judge_tls_key_usage(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct trust_facts *other = observation_other_chain(o);

    if (!o->has_chain)
        return;
    j->label = other ? cert_kind_name(o->chain.certs[0].kind) : NULL;
    judge_usage(j, at, &o->chain, &o->tls);
    if (other) {
        j->label = cert_kind_name(other->certs[0].kind);
        judge_usage(j, at, other, &o->other_kind->handshake.tls);
    }
    j->label = NULL;
}
