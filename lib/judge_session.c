#include "judge_session.h"

#include <string.h>
#include <strings.h>

#include "text.h"

struct words {
    char headline[160], detail[440];
};

/* What was being waited for. */
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

/* Before the greeting there is nothing to answer to. */
static const char *preposition(enum stage s)
{
    return s <= STAGE_GREETING || s == STAGE_TLS ? "" : "answer to ";
}

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

static void fault_words(enum stage s, const struct stage_fact *f, struct words *w)
{
    const char *noun = stage_noun(s), *to = preposition(s), *due = expected(s);
    double seconds = (double)f->us / 1e6;

    text_format(w->detail, sizeof w->detail, "expected %s, seen: %s", due, f->text);
    switch (f->fault) {
    case PROBE_SILENT:
        text_format(w->headline, sizeof w->headline, "no %s%s within %.1f s", to, noun, seconds);
        text_format(w->detail, sizeof w->detail, "expected %s, seen nothing", due);
        break;
    case PROBE_UNFINISHED:
        text_format(w->headline, sizeof w->headline, "no %s%s after %.1f s, when the run ended", to,
                    noun, seconds);
        text_format(w->detail, sizeof w->detail, "expected %s, seen nothing yet", due);
        break;
    case PROBE_CLOSED:
        text_format(w->headline, sizeof w->headline, "connection closed without %s%s", to, noun);
        text_format(w->detail, sizeof w->detail, "expected %s, seen the end of the connection",
                    due);
        break;
    case PROBE_BROKEN:
        text_format(w->headline, sizeof w->headline, "malformed %s%s: %s", to, noun, f->text);
        text_format(w->detail, sizeof w->detail, "expected %s as RFC 5321 has it", due);
        break;
    case PROBE_NO_SMTP:
        text_format(w->headline, sizeof w->headline, "%s%s is not SMTP", to, noun);
        break;
    case PROBE_REJECTED:
        text_format(w->headline, sizeof w->headline, "%s%s is %d", to, noun, f->code);
        break;
    case PROBE_TLS:
        text_format(w->headline, sizeof w->headline, "TLS alert after the handshake: %s", f->text);
        text_format(w->detail, sizeof w->detail, "expected the session to go on");
        break;
    default:
        text_format(w->headline, sizeof w->headline, "no %s%s: %s", to, noun, f->text);
        text_format(w->detail, sizeof w->detail, "expected %s", due);
        break;
    }
}

static void find_fault(struct judge *j, struct judge_place at, enum finding_code code, enum stage s,
                       const struct stage_fact *f)
{
    struct words w;

    fault_words(s, f, &w);
    judge_find(j, at, code, STATE_DEFAULT, s, w.headline, w.detail);
}

static void judge_connect(struct judge *j, struct judge_place at, const struct stage_fact *f)
{
    struct words w;

    fault_words(STAGE_CONNECT, f, &w);
    if (f->fault == PROBE_NO_ROUTE)
        judge_find(j, at, F_FAMILY_UNAVAILABLE, STATE_DEFAULT, STAGE_CONNECT,
                   "no route for this address family", f->text);
    else
        judge_find(j, at, f->fault == PROBE_LOCAL ? F_NOT_PROBED : F_CONNECTION_FAILED,
                   STATE_DEFAULT, STAGE_CONNECT, w.headline, w.detail);
}

/* A reply with another code than is due; `rejected` is what a 5xx means at this stage. */
static void judge_code(struct judge *j, struct judge_place at, enum stage s,
                       const struct stage_fact *f, enum finding_code rejected)
{
    bool temporary = f->code / 100 == 4, early = s <= STAGE_EHLO || s == STAGE_EHLO_TLS;
    struct words w;

    fault_words(s, f, &w);
    if (f->code == 421)
        judge_find(j, at, F_THROTTLED, STATE_DEFAULT, s, w.headline, w.detail);
    else if (temporary)
        judge_find(j, at, F_DEFERRED, early ? STATE_WARNING : STATE_OK, s, w.headline, w.detail);
    else /* what a session that looks for plaintext is told is judged by judge_plaintext */
        judge_find(j, at, rejected,
                   j->terms->refuses_plaintext && s >= STAGE_MAIL ? STATE_OK : STATE_DEFAULT, s,
                   w.headline, w.detail);
}

static void judge_greeting(struct judge *j, struct judge_place at, const struct stage_fact *f)
{
    switch (f->fault) {
    case PROBE_REJECTED:
        judge_code(j, at, STAGE_GREETING, f, F_GREETING_REJECTED);
        break;
    case PROBE_NO_SMTP:
    case PROBE_BROKEN:
        find_fault(j, at, F_GREETING_REJECTED, STAGE_GREETING, f);
        break;
    case PROBE_TLS:
        find_fault(j, at, F_TLS_HANDSHAKE_FAILED, STAGE_TLS, f);
        break;
    case PROBE_LOCAL:
        find_fault(j, at, F_NOT_PROBED, STAGE_GREETING, f);
        break;
    default:
        find_fault(j, at, F_CONNECTION_FAILED, STAGE_GREETING, f);
        break;
    }
}

/* A stage after the greeting. */
static void judge_reply(struct judge *j, struct judge_place at, enum stage s,
                        const struct stage_fact *f, enum finding_code rejected)
{
    if (f->fault == PROBE_REJECTED)
        judge_code(j, at, s, f, rejected);
    else if (f->fault == PROBE_NO_SMTP && (s == STAGE_EHLO || s == STAGE_EHLO_TLS))
        find_fault(j, at, F_EHLO_REJECTED, s, f);
    else if (f->fault == PROBE_TLS)
        find_fault(j, at, F_TLS_HANDSHAKE_FAILED, STAGE_TLS, f);
    else
        find_fault(j, at, f->fault == PROBE_LOCAL ? F_NOT_PROBED : F_PROTOCOL_ERROR, s, f);
}

static void judge_starttls(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct stage_fact *f = &o->stages[STAGE_STARTTLS];
    struct words w;

    if (f->fault == PROBE_NOT_OFFERED && o->stripped) {
        text_format(w.headline, sizeof w.headline, "STARTTLS removed on the way, %s in its place",
                    o->stripped_by);
        text_format(w.detail, sizeof w.detail, "expected STARTTLS in the EHLO reply, seen: %s",
                    o->keywords);
        judge_find(j, at, F_STARTTLS_STRIPPED, STATE_DEFAULT, STAGE_STARTTLS, w.headline, w.detail);
    } else if (f->fault == PROBE_NOT_OFFERED) {
        text_format(w.detail, sizeof w.detail, "expected STARTTLS in the EHLO reply, seen: %s",
                    o->keywords[0] ? o->keywords : "no extension");
        judge_find(j, at, F_STARTTLS_NOT_SUPPORTED, STATE_DEFAULT, STAGE_STARTTLS,
                   "STARTTLS not offered", w.detail);
    } else if (f->fault == PROBE_REJECTED && f->code != 421) {
        fault_words(STAGE_STARTTLS, f, &w);
        judge_find(j, at, F_STARTTLS_REFUSED, STATE_DEFAULT, STAGE_STARTTLS, w.headline, w.detail);
    } else {
        judge_reply(j, at, STAGE_STARTTLS, f, F_STARTTLS_REFUSED);
    }
}

/* The cause as the second handshake, with everything allowed, found it. */
static void judge_tls(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct stage_fact *f = &o->stages[STAGE_TLS];
    const struct look *d = &o->diagnosis;
    struct words w;

    if (f->fault == PROBE_LOCAL) {
        find_fault(j, at, F_NOT_PROBED, STAGE_TLS, f);
        return;
    }
    if (d->succeeded && d->tls.version < j->terms->min_version) {
        text_format(w.headline, sizeof w.headline, "%s is its best, %s the least allowed",
                    d->tls.version_name, j->terms->min_version_name);
        text_format(w.detail, sizeof w.detail, "expected TLS %s or later, seen %s with %s",
                    j->terms->min_version_name, d->tls.version_name, d->tls.cipher);
        judge_find(j, at, F_TLS_VERSION, STATE_DEFAULT, STAGE_TLS, w.headline, w.detail);
        return;
    }
    text_format(w.headline, sizeof w.headline, "TLS handshake failed: %s",
                f->text[0]                 ? f->text
                : f->fault == PROBE_CLOSED ? "connection closed"
                                           : "no answer");
    if (f->fault == PROBE_SILENT || f->fault == PROBE_UNFINISHED)
        fault_words(STAGE_TLS, f, &w);
    text_format(w.detail, sizeof w.detail, "expected TLS %s or later", j->terms->min_version_name);
    if (d->succeeded)
        text_append(w.detail, sizeof w.detail,
                    ", seen only with everything allowed: %s, %s, %s%s%s", d->tls.version_name,
                    d->tls.cipher, d->tls.key, d->tls.group[0] ? ", " : "", d->tls.group);
    else if (d->tried)
        text_append(w.detail, sizeof w.detail, ", seen with everything allowed: %s",
                    d->reason[0] ? d->reason : "no answer");
    else
        text_append(w.detail, sizeof w.detail, ", seen nothing");
    judge_find(j, at, F_TLS_HANDSHAKE_FAILED, STATE_DEFAULT, STAGE_TLS, w.headline, w.detail);
}

/* Without a verdict on the certificate there is none on the gateway. */
static void judge_unverified(struct judge *j, struct judge_place at, const struct stage_fact *f)
{
    char headline[160];

    text_format(headline, sizeof headline, "certificate not verified: %s",
                f->text[0] ? f->text : "the run ended before");
    judge_find(j, at, f->fault == PROBE_TLS ? F_TLS_HANDSHAKE_FAILED : F_NOT_PROBED, STATE_DEFAULT,
               STAGE_CERT, headline, NULL);
}

static void judge_injection(struct judge *j, struct judge_place at, const struct observation *o)
{
    char detail[200];

    if (o->injected == 0)
        return;
    text_format(detail, sizeof detail, "expected the handshake, seen %zu byte%s in clear: %s",
                o->injected, o->injected == 1 ? "" : "s", o->injected_text);
    judge_find(j, at, F_STARTTLS_INJECTION, STATE_DEFAULT, STAGE_STARTTLS,
               "bytes in clear behind the reply to STARTTLS", detail);
}

/* Latency against --stage-warning and --stage-critical. */
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
    judge_find(j, at, F_SLOW, critical ? STATE_CRITICAL : STATE_WARNING, s, headline, detail);
}

static void judge_latencies(struct judge *j, struct judge_place at, const struct observation *o)
{
    judge_latency(j, at, STAGE_DNS, judge_dns_us(j->in->resolution, at.host));
    for (int s = STAGE_CONNECT; s < STAGE_COUNT; s++) {
        if (o->stages[s].entered)
            judge_latency(j, at, (enum stage)s, o->stages[s].us);
    }
}

void judge_session(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct stage_fact *f = o->stages;

    if (!f[STAGE_CONNECT].entered) {
        judge_find(j, at, F_NOT_PROBED, STATE_DEFAULT, STAGE_CONNECT,
                   "not probed: the run ended before its turn", NULL);
        return;
    }
    if (f[STAGE_CONNECT].fault != PROBE_FINE)
        judge_connect(j, at, &f[STAGE_CONNECT]);
    if (f[STAGE_GREETING].fault != PROBE_FINE)
        judge_greeting(j, at, &f[STAGE_GREETING]);
    if (f[STAGE_EHLO].fault != PROBE_FINE)
        judge_reply(j, at, STAGE_EHLO, &f[STAGE_EHLO], F_EHLO_REJECTED);
    if (f[STAGE_STARTTLS].fault != PROBE_FINE)
        judge_starttls(j, at, o);
    judge_injection(j, at, o);
    if (f[STAGE_TLS].fault != PROBE_FINE)
        judge_tls(j, at, o);
    if (f[STAGE_CERT].fault != PROBE_FINE)
        judge_unverified(j, at, &f[STAGE_CERT]);
    if (f[STAGE_EHLO_TLS].fault != PROBE_FINE)
        judge_reply(j, at, STAGE_EHLO_TLS, &f[STAGE_EHLO_TLS], F_EHLO_REJECTED);
    judge_latencies(j, at, o);
}

void judge_envelope(struct judge *j, struct judge_place at, const struct observation *o,
                    size_t recipient)
{
    const struct stage_fact *mail = &o->stages[STAGE_MAIL], *rcpt = &o->stages[STAGE_RCPT];
    struct stage_fact fact = *rcpt;

    if (mail->fault != PROBE_FINE)
        judge_reply(j, at, STAGE_MAIL, mail, F_SENDER_REJECTED);
    if (recipient < o->recipient_count) {
        fact.fault = o->recipients[recipient].fault;
        fact.code = o->recipients[recipient].code;
        text_copy(fact.text, sizeof fact.text, o->recipients[recipient].text);
    }
    if (fact.fault != PROBE_FINE)
        judge_reply(j, at, STAGE_RCPT, &fact, F_RECIPIENT_REJECTED);
}

static bool is_tls_word(const char *word, size_t len)
{
    static const char *const words[] = {"tls",     "starttls",  "ssl",
                                        "encrypt", "encrypted", "encryption"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == len && strncasecmp(words[i], word, len) == 0)
            return true;
    }
    return false;
}

/* Whole words only: a host or mailbox that is repeated back may well have one in its name. */
static bool has_tls_word(const char *text)
{
    static const char delimiters[] = " ,;:()\"!?/";

    while (*text) {
        size_t len = strcspn(text, delimiters), bare = len;

        while (bare > 0 && text[bare - 1] == '.')
            bare--;
        if (is_tls_word(text, bare))
            return true;
        text += len + (text[len] != '\0');
    }
    return false;
}

/* Whether a refusal names its reason: 530 or 5.7.0 (RFC 3207 4), or words of TLS. */
static bool names_tls(const struct plaintext_fact *p)
{
    return p->code == 530 || strstr(p->text, " 5.7.0 ") || strstr(p->text, "-5.7.0 ") ||
           has_tls_word(p->text);
}

void judge_plaintext(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct plaintext_fact *p = &o->plaintext;
    const struct stage_fact *control = &o->stages[STAGE_RCPT];
    bool refused = p->fault == PROBE_REJECTED && p->at >= STAGE_MAIL && p->code >= 400;
    bool accepted = p->fault == PROBE_FINE && p->at == STAGE_RCPT;
    bool accepted_later = !o->has_tls && control->passed; /* that session was in clear too */
    char sender[120], headline[160], detail[440];

    if (!p->asked)
        return;
    text_clean(sender, sizeof sender, j->terms->sender, strlen(j->terms->sender));
    if (accepted || accepted_later) {
        text_format(headline, sizeof headline, "takes mail without TLS from %s", sender);
        text_format(detail, sizeof detail, "expected a refusal of MAIL or RCPT in clear, seen: %s",
                    accepted ? p->text : control->text);
        judge_find(j, at, F_PLAINTEXT_ACCEPTED, STATE_DEFAULT, STAGE_COUNT, headline, detail);
        return;
    }
    if (refused && (names_tls(p) || control->passed))
        return;
    text_format(detail, sizeof detail, "%s in clear, %s: %s; with TLS, rcpt: %s", sender,
                stage_info(p->at)->name, p->text[0] ? p->text : "no reply",
                control->text[0] ? control->text : "not reached");
    judge_find(j, at, F_PLAINTEXT_INCONCLUSIVE, STATE_DEFAULT, STAGE_COUNT,
               "unclear whether mail without TLS is refused", detail);
}
