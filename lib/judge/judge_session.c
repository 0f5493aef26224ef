/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_session.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "judge/judge_replies.h"
#include "judge/judge_tls.h"

/* Returns the noun of what the stage waits for, such as "greeting"; static, never NULL. */
static const char *stage_noun(enum stage s)
{
    static const char *const nouns[STAGE_COUNT] = {
        [STAGE_DNS] = "DNS",           [STAGE_CONNECT] = "connection",
        [STAGE_GREETING] = "greeting", [STAGE_EHLO] = "EHLO",
        [STAGE_STARTTLS] = "STARTTLS", [STAGE_CERT] = "certificate",
        [STAGE_TLS] = "TLS handshake", [STAGE_EHLO_TLS] = "EHLO after the handshake",
        [STAGE_MAIL] = "MAIL",         [STAGE_RCPT] = "RCPT",
    };

    return nouns[s];
}

/* Returns what goes before the stage's noun: "answer to ", or "" where there is nothing to answer
 * to. Static. */
static const char *preposition(enum stage s)
{
    return s <= STAGE_GREETING || s == STAGE_TLS ? "" : "answer to ";
}

/* Returns what is due at a stage, such as "220"; static, never NULL. */
static const char *expected(enum stage s)
{
    switch (s) {
    case STAGE_CONNECT:
        return "a TCP connection";
    case STAGE_GREETING:
    case STAGE_STARTTLS:
        return "220";
    case STAGE_TLS:
        return "a TLS session";
    default:
        return "250";
    }
}

/* Writes headline and detail for a stage that failed; *w need not be initialised. f->fault must not
 * be PROBE_FINE. */
static void fault_words(enum stage s, const struct stage_fact *f, struct judge_words *w)
{
    const char *noun = stage_noun(s), *to = preposition(s), *due = expected(s);
    double seconds = (double)f->us / 1e6;

    text_format(w->detail, sizeof w->detail, "expected %s, seen: %s", due, f->text);
    switch (f->fault) {
    case PROBE_SILENT:
        text_format(w->headline, sizeof w->headline, "no %s%s within %.1f s", to, noun, seconds);
        text_format(w->detail, sizeof w->detail, "expected %s, seen nothing", due);
        if (f->seen[0])
            text_format(w->detail, sizeof w->detail, "expected %s, seen only: %s", due, f->seen);
        break;
    case PROBE_UNFINISHED:
        text_format(w->headline, sizeof w->headline, "no %s%s after %.1f s, when the run ended", to,
                    noun, seconds);
        text_format(w->detail, sizeof w->detail, "expected %s, seen nothing yet", due);
        if (f->seen[0])
            text_format(w->detail, sizeof w->detail, "expected %s, seen only: %s", due, f->seen);
        break;
    case PROBE_CLOSED:
        text_format(w->headline, sizeof w->headline, "connection closed without %s%s", to, noun);
        text_format(w->detail, sizeof w->detail, "expected %s, seen ", due);
        if (f->seen[0])
            text_append(w->detail, sizeof w->detail, "%s, then ", f->seen);
        text_append(w->detail, sizeof w->detail, "the end of the connection");
        break;
    case PROBE_BROKEN:
        text_format(w->headline, sizeof w->headline, "malformed %s%s: %s", to, noun, f->text);
        text_format(w->detail, sizeof w->detail, "expected %s as in RFC 5321, seen: %s", due,
                    f->seen);
        break;
    case PROBE_NO_SMTP:
        text_format(w->headline, sizeof w->headline, "%s%s is not SMTP", to, noun);
        break;
    case PROBE_REJECTED:
        text_format(w->headline, sizeof w->headline, "%s%s is %d", to, noun, f->code);
        break;
    case PROBE_TLS:
        text_format(w->headline, sizeof w->headline, "TLS alert after the handshake: %s", f->text);
        text_format(w->detail, sizeof w->detail, "expected the session to continue");
        break;
    default:
        text_format(w->headline, sizeof w->headline, "no %s%s: %s", to, noun, f->text);
        text_format(w->detail, sizeof w->detail, "expected %s", due);
        if (f->seen[0])
            text_append(w->detail, sizeof w->detail, ", seen only: %s", f->seen);
        break;
    }
}

/* Adds the fault as a finding of that code and stage. It checks nothing. f->fault must not be
 * PROBE_FINE. */
static void find_fault(struct judge *j, struct judge_place at, enum finding_code code, enum stage s,
                       const struct stage_fact *f)
{
    struct judge_words w;

    fault_words(s, f, &w);
    judge_find_words(j, at, code, s, &w);
}

/* Adds why there is no connection. f->fault must not be PROBE_FINE. */
static void judge_connect(struct judge *j, struct judge_place at, const struct stage_fact *f)
{
    struct judge_words w;

    fault_words(STAGE_CONNECT, f, &w);
    if (f->fault == PROBE_NO_ROUTE)
        judge_find(j, at,
                   &(struct judge_found){F_FAMILY_UNAVAILABLE, STAGE_CONNECT,
                                         "no route for this address family", f->text});
    else
        judge_find_words(j, at, f->fault == PROBE_LOCAL ? F_NOT_PROBED : F_CONNECTION_FAILED,
                         STAGE_CONNECT, &w);
}

/* Adds a finding about a reply with another code than is due. f->fault must be PROBE_REJECTED.
 * `rejected` is the finding that any code but 4xx is at this stage. */
static void judge_code(struct judge *j, struct judge_place at, enum stage s,
                       const struct stage_fact *f, enum finding_code rejected)
{
    bool temporary = f->code / 100 == 4, early = s <= STAGE_EHLO || s == STAGE_EHLO_TLS;
    /* what a session that looks for plaintext is told is judged by judge_session_plaintext */
    bool control = j->policy->refuses_plaintext && s >= STAGE_MAIL;
    struct judge_words w;

    fault_words(s, f, &w);
    if (f->code == 421)
        judge_find_words(j, at, F_THROTTLED, s, &w);
    else if (temporary)
        judge_find_as(j, at, early ? STATE_WARNING : STATE_OK,
                      &(struct judge_found){F_DEFERRED, s, w.headline, w.detail});
    else if (control)
        judge_find_as(j, at, STATE_OK, &(struct judge_found){rejected, s, w.headline, w.detail});
    else
        judge_find_words(j, at, rejected, s, &w);
}

/* Adds that there is TLS from the first byte in a session that was to begin in plaintext. `f` is
 * the greeting, which failed. The caller has checked o->wrapped. */
static void judge_wrapped(struct judge *j, struct judge_place at, const struct stage_fact *f)
{
    struct judge_words w;

    fault_words(STAGE_GREETING, f, &w);
    text_format(w.detail, sizeof w.detail,
                "expected 220, seen TLS from the first byte; use --tls-wrapper");
    judge_find_words(j, at, f->fault == PROBE_NO_SMTP ? F_GREETING_REJECTED : F_CONNECTION_FAILED,
                     STAGE_GREETING, &w);
}

/* Adds why the greeting is missing or bad. The stage must have failed. */
static void judge_greeting(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct stage_fact *f = &o->stages[STAGE_GREETING];

    if (o->wrapped) {
        judge_wrapped(j, at, f);
        return;
    }
    switch (f->fault) {
    case PROBE_REJECTED:
        judge_code(j, at, STAGE_GREETING, f, F_GREETING_REJECTED);
        break;
    case PROBE_NO_SMTP:
    case PROBE_BROKEN:
        find_fault(j, at, F_GREETING_REJECTED, STAGE_GREETING, f);
        break;
    case PROBE_LOCAL:
        find_fault(j, at, F_NOT_PROBED, STAGE_GREETING, f);
        break;
    default:
        find_fault(j, at, F_CONNECTION_FAILED, STAGE_GREETING, f);
        break;
    }
}

/* Adds one finding about a stage after the greeting. `f` is that stage, which must have failed;
 * PROBE_NOT_OFFERED is understood of MAIL and RCPT alone. `rejected` is the finding that a refusal
 * is at this stage. */
static void judge_reply(struct judge *j, struct judge_place at, enum stage s,
                        const struct stage_fact *f, enum finding_code rejected)
{
    if (f->fault == PROBE_REJECTED)
        judge_code(j, at, s, f, rejected);
    else if (f->fault == PROBE_NOT_OFFERED) /* of MAIL and RCPT, which were then not sent */
        judge_find(j, at,
                   &(struct judge_found){rejected, s,
                                         "SMTPUTF8 not offered, which the address requires",
                                         "expected SMTPUTF8 in the EHLO reply (RFC 6531 3.3)"});
    else if (f->fault == PROBE_NO_SMTP && (s == STAGE_EHLO || s == STAGE_EHLO_TLS))
        find_fault(j, at, F_EHLO_REJECTED, s, f);
    else if (f->fault == PROBE_TLS)
        find_fault(j, at, F_TLS_HANDSHAKE_FAILED, STAGE_TLS, f);
    else
        find_fault(j, at, f->fault == PROBE_LOCAL ? F_NOT_PROBED : F_PROTOCOL_ERROR, s, f);
}

/* Adds why STARTTLS failed. The stage must have failed. */
static void judge_starttls(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct stage_fact *f = &o->stages[STAGE_STARTTLS];

    if (f->fault == PROBE_NOT_OFFERED)
        judge_replies_not_offered(j, at, o);
    else if (f->fault == PROBE_REJECTED && f->code != 421)
        find_fault(j, at, F_STARTTLS_REFUSED, STAGE_STARTTLS, f);
    else
        judge_reply(j, at, STAGE_STARTTLS, f, F_STARTTLS_REFUSED);
}

/* Whether the gateway speaks TLS, but no version that the policy allows, by the diagnosis of a
 * session whose handshake failed. False where `diagnosis` is NULL: there was none. */
static bool is_old_version(const struct judge *j, const struct diagnosis *diagnosis)
{
    const struct handshake *lax = diagnosis ? &diagnosis->tries[DIAGNOSIS_LAX] : NULL;

    return lax && lax->succeeded && lax->tls.version < j->policy->min_version;
}

/* Adds that the highest version that the gateway offers is too old; the caller has checked that.
 * `tls` is of the diagnosis, whose handshake allows every version; the session's does not. */
static void judge_version(struct judge *j, struct judge_place at, const struct conn_tls *tls)
{
    struct judge_words w;

    text_format(w.headline, sizeof w.headline, "%s is the highest offered; %s is required",
                tls->version_name, j->policy->min_version_name);
    text_format(w.detail, sizeof w.detail, "expected TLS %s or later, seen %s with %s",
                j->policy->min_version_name, tls->version_name, tls->cipher);
    judge_find_words(j, at, F_TLS_VERSION, STAGE_TLS, &w);
}

/* Writes the headline: why the session's own handshake failed. `f` is STAGE_TLS, whose fault is not
 * PROBE_LOCAL. The detail is written for silence alone, and is undefined otherwise. */
static void handshake_headline(const struct stage_fact *f, struct judge_words *w)
{
    const char *why = "no answer";

    if (f->fault == PROBE_SILENT || f->fault == PROBE_UNFINISHED) {
        fault_words(STAGE_TLS, f, w);
        return;
    }
    if (f->fault == PROBE_CLOSED)
        why = "connection closed";
    if (f->text[0])
        why = f->text;
    text_format(w->headline, sizeof w->headline, "TLS handshake failed: %s", why);
}

/* Adds why the handshake failed. The stage must have failed. */
static void judge_tls(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct stage_fact *f = &o->stages[STAGE_TLS];
    struct judge_words w;

    if (f->fault == PROBE_LOCAL) {
        find_fault(j, at, F_NOT_PROBED, STAGE_TLS, f);
        return;
    }
    if (is_old_version(j, o->diagnosis)) {
        judge_version(j, at, &o->diagnosis->tries[DIAGNOSIS_LAX].tls);
        return;
    }
    handshake_headline(f, &w);
    judge_tls_diagnosis(j, at, o->diagnosis, w.detail);
    judge_find_words(j, at, F_TLS_HANDSHAKE_FAILED, STAGE_TLS, &w);
}

/* Adds that the certificate was not verified: without a verdict on it there is none on the gateway.
 * `f` is STAGE_CERT, which must have failed. */
static void judge_unverified(struct judge *j, struct judge_place at, const struct stage_fact *f)
{
    char headline[160];

    text_format(headline, sizeof headline, "certificate not verified: %s",
                text_or(f->text, "the run ended before"));
    judge_find(j, at,
               &(struct judge_found){f->fault == PROBE_TLS ? F_TLS_HANDSHAKE_FAILED : F_NOT_PROBED,
                                     STAGE_CERT, headline, NULL});
}

/* Adds that a stage of `us` microseconds took longer than --stage-warning or --stage-critical
 * allow. Does nothing where it did not, or `us` is below 0. */
static void judge_latency(struct judge *j, struct judge_place at, enum stage s, int64_t us)
{
    const struct threshold_range *warn = &j->c->stage_warn[s], *crit = &j->c->stage_crit[s];
    double seconds = (double)us / 1e6;
    bool critical = threshold_alerts(crit, seconds);
    char headline[80], detail[80];

    if (us < 0 || (!critical && !threshold_alerts(warn, seconds)))
        return;
    text_format(headline, sizeof headline, "%s took %.3f s", stage_info(s)->name, seconds);
    text_format(detail, sizeof detail, "allowed: %s", critical ? crit->text : warn->text);
    judge_find_as(j, at, critical ? STATE_CRITICAL : STATE_WARNING,
                  &(struct judge_found){F_SLOW, s, headline, detail});
}

/* Adds each stage that was entered, and the look-ups, where they took longer than --stage-warning
 * or --stage-critical allow. */
static void judge_latencies(struct judge *j, struct judge_place at, const struct observation *o)
{
    judge_latency(j, at, STAGE_DNS, j->v->hosts[at.host].dns_us);
    for (int s = STAGE_CONNECT; s < STAGE_COUNT; s++) {
        if (o->stages[s].entered)
            judge_latency(j, at, (enum stage)s, o->stages[s].us);
    }
}

void judge_session(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct stage_fact *f = o->stages;

    if (!f[STAGE_CONNECT].entered) {
        judge_find(j, at,
                   &(struct judge_found){F_NOT_PROBED, STAGE_CONNECT,
                                         "not probed: the run ended before its turn", NULL});
        return;
    }
    if (f[STAGE_CONNECT].fault != PROBE_FINE)
        judge_connect(j, at, &f[STAGE_CONNECT]);
    if (f[STAGE_GREETING].fault != PROBE_FINE &&
        !judge_tls_client_certificate(j, at, o, STAGE_GREETING))
        judge_greeting(j, at, o);
    if (f[STAGE_EHLO].fault != PROBE_FINE && !judge_tls_client_certificate(j, at, o, STAGE_EHLO) &&
        !judge_replies_overwritten(j, at, STAGE_EHLO, &f[STAGE_EHLO]))
        judge_reply(j, at, STAGE_EHLO, &f[STAGE_EHLO], F_EHLO_REJECTED);
    if (f[STAGE_STARTTLS].fault != PROBE_FINE &&
        !judge_replies_overwritten(j, at, STAGE_STARTTLS, &f[STAGE_STARTTLS]))
        judge_starttls(j, at, o);
    judge_replies_injection(j, at, o);
    if (f[STAGE_TLS].fault != PROBE_FINE && !judge_tls_client_certificate(j, at, o, STAGE_TLS))
        judge_tls(j, at, o);
    if (f[STAGE_CERT].fault != PROBE_FINE)
        judge_unverified(j, at, &f[STAGE_CERT]);
    if (f[STAGE_EHLO_TLS].fault != PROBE_FINE &&
        !judge_tls_client_certificate(j, at, o, STAGE_EHLO_TLS))
        judge_reply(j, at, STAGE_EHLO_TLS, &f[STAGE_EHLO_TLS], F_EHLO_REJECTED);
    judge_replies_requiretls(j, at, o);
    judge_tls_own_certificate(j, at, o);
    judge_tls_key_usage(j, at, o);
    judge_replies_deviations(j, at, o);
    judge_latencies(j, at, o);
}

void judge_session_envelope(struct judge *j, struct judge_place at, const struct observation *o,
                            size_t recipient)
{
    const struct stage_fact *mail = &o->stages[STAGE_MAIL], *rcpt = &o->stages[STAGE_RCPT];
    struct stage_fact fact = *rcpt;

    if (mail->fault != PROBE_FINE && !judge_tls_client_certificate(j, at, o, STAGE_MAIL))
        judge_reply(j, at, STAGE_MAIL, mail, F_SENDER_REJECTED);
    if (recipient < o->recipient_count && rcpt->fault != PROBE_LOCAL) { /* our shortage is all's */
        fact.fault = o->recipients[recipient].fault;
        fact.code = o->recipients[recipient].code;
        fact.text = o->recipients[recipient].text;
        fact.seen = o->recipients[recipient].seen;
    }
    if (fact.fault != PROBE_FINE)
        judge_reply(j, at, STAGE_RCPT, &fact, F_RECIPIENT_REJECTED);
}

/* Whether a refusal of MAIL or RCPT in plaintext is for the lack of TLS: its code is 530, or its
 * words say so. A 5.7.0 alone may mean anything, and any other 4xx may be greylisting. is_refused
 * must be true of it. */
static bool is_for_tls(const struct plaintext_fact *p)
{
    return p->code == 530 || observation_names_tls(p->text);
}

/* Whether MAIL or RCPT was refused, by 4xx or 5xx. False where it was not asked. */
static bool is_refused(const struct plaintext_fact *p)
{
    return p->asked && p->fault == PROBE_REJECTED && p->at >= STAGE_MAIL && p->code >= 400;
}

/* Whether a permanent refusal in plaintext came again, in the same words, after the recipient was
 * accepted with TLS. is_refused must be true of o->plaintext. */
static bool is_refused_again(const struct observation *o)
{
    const struct plaintext_fact *p = &o->plaintext, *again = &o->plaintext_again;

    return p->code >= 500 && o->stages[STAGE_RCPT].passed && is_refused(again) &&
           again->code == p->code && strcmp(again->text, p->text) == 0;
}

/* Adds that mail in plaintext is accepted. It checks nothing. `sender` and `reply`, the gateway's,
 * are clean. */
static void find_accepted(struct judge *j, struct judge_place at, const char *sender,
                          const char *reply)
{
    char headline[160], detail[440];

    text_format(headline, sizeof headline, "accepts mail without TLS from %s", sender);
    text_format(detail, sizeof detail, "expected a refusal of MAIL or RCPT in plaintext, seen: %s",
                reply);
    judge_find(j, at, &(struct judge_found){F_PLAINTEXT_ACCEPTED, STAGE_COUNT, headline, detail});
}

/* Adds that it is unclear whether mail in plaintext is refused. It checks nothing. `sender` is
 * clean. */
static void find_inconclusive(struct judge *j, struct judge_place at, const char *sender,
                              const struct observation *o)
{
    const struct plaintext_fact *p = &o->plaintext;
    const struct stage_fact *control = &o->stages[STAGE_RCPT];
    const char *seen = text_or(p->text, "no reply");
    const char *with_tls = text_or(control->text, "not reached");
    bool again = p->code >= 500 && is_refused(&o->plaintext_again);
    char detail[440];

    text_format(detail, sizeof detail, "%s in plaintext, %s: %s; with TLS, rcpt: %s", sender,
                stage_info(p->at)->name, seen, with_tls);
    if (again)
        text_append(detail, sizeof detail, "; in plaintext again: %s", o->plaintext_again.text);
    judge_find(j, at,
               &(struct judge_found){F_PLAINTEXT_INCONCLUSIVE, STAGE_COUNT,
                                     "unclear whether mail without TLS is refused", detail});
}

/* Adds that we could not present the partner's host to our gateway by XCLIENT, so that the answer
 * is not about the partner. Returns whether that was so; false: nothing is added, because XCLIENT
 * was not asked for or it worked. */
static bool find_no_xclient(struct judge *j, struct judge_place at, const struct observation *o)
{
    const char *why = o->plaintext.xclient_failed ? o->plaintext.text : o->xclient_text;
    char detail[440];

    if (!o->plaintext.xclient_failed && !o->xclient_failed)
        return false;
    text_format(
        detail, sizeof detail,
        "expected a listener for XCLIENT from %s, a second smtpd of its own in master.cf with "
        "smtpd_authorized_xclient_hosts; seen: %s",
        j->policy->xclient_address, why);
    judge_find(j, at,
               &(struct judge_found){F_PLAINTEXT_INCONCLUSIVE, STAGE_COUNT,
                                     "the partner's host cannot be presented by XCLIENT", detail});
    return true;
}

/* Adds that mail is taken over TLS without a client certificate, where the policy says that it must
 * be refused. Otherwise does nothing. `sender` is clean. */
static void judge_without_certificate(struct judge *j, struct judge_place at, const char *sender,
                                      const struct observation *o)
{
    const struct stage_fact *control = &o->stages[STAGE_RCPT];
    char headline[160], detail[440];

    if (!j->policy->refuses_unverified || !control->passed || !o->has_tls)
        return;
    text_format(headline, sizeof headline, "takes mail without a client certificate from %s",
                sender);
    text_format(detail, sizeof detail,
                "expected a refusal of MAIL or RCPT over TLS without a certificate, seen: %s",
                control->text);
    judge_find(j, at, &(struct judge_found){F_PLAINTEXT_ACCEPTED, STAGE_COUNT, headline, detail});
}

void judge_session_plaintext(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct plaintext_fact *p = &o->plaintext;
    const struct stage_fact *control = &o->stages[STAGE_RCPT];
    bool accepted = p->fault == PROBE_FINE && p->at == STAGE_RCPT;
    char sender[120];

    if (!p->asked || find_no_xclient(j, at, o))
        return;
    text_clean(sender, sizeof sender, j->policy->sender, strlen(j->policy->sender));
    judge_without_certificate(j, at, sender, o);
    if (accepted)
        find_accepted(j, at, sender, p->text);
    else if (!o->has_tls && control->passed) /* that session was in plaintext, too */
        find_accepted(j, at, sender, control->text);
    else if (!is_refused(p) || !(is_for_tls(p) || is_refused_again(o)))
        find_inconclusive(j, at, sender, o);
}
