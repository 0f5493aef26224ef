/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_hello.h"

#include "base/text.h"
#include "policy/sent_hello.h"
#include "probe/hello_probe.h"
#include "tls/tls_code.h"
#include "tls/tls_reason.h"

enum { ANSWER_WORDS = 220 };

/* Writes how a try ended, as it follows "seen": "the connection closed". */
static void say_answer(const struct hello_try *t, char out[ANSWER_WORDS])
{
    const struct hello_ask_answer *a = &t->answer;
    char name[8];

    switch (a->end) {
    case HELLO_ASK_ACCEPTED:
        text_copy(out, ANSWER_WORDS, tls_code_name(TLS_CODE_VERSION, a->seen.version, name));
        return;
    case HELLO_ASK_ALERT:
        tls_reason_alert(a->seen.alert, out);
        return;
    case HELLO_ASK_CLOSED:
        text_copy(out, ANSWER_WORDS, "a closed connection");
        return;
    case HELLO_ASK_SILENT:
        text_copy(out, ANSWER_WORDS, "no answer in time");
        return;
    case HELLO_ASK_UNREACHED:
        text_copy(out, ANSWER_WORDS, "no handshake");
        break;
    case HELLO_ASK_MALFORMED:
        text_copy(out, ANSWER_WORDS, "a malformed answer");
        break;
    default:
        text_copy(out, ANSWER_WORDS, "a failure on this machine");
        break;
    }
    if (*a->reason)
        text_append(out, ANSWER_WORDS, " (%s)", a->reason);
}

/* Writes whether our mail server sends the large hello, and what is assumed about that. */
static void say_use(const struct sent_hello *h, char *out, size_t cap)
{
    static const struct {
        bool assumed;
        const char *words; /* after the mail server */
    } uses[] = {
        [SENT_HELLO_NOT_KNOWN] = {true, " may send the large one"},
        [SENT_HELLO_USED] = {true, " sends the large one, because no setting prevents it"},
        [SENT_HELLO_OLD_LIBRARY] = {false,
                                    " does not send the large one; OpenSSL 3.5 and later do"},
        [SENT_HELLO_OTHER_GROUPS] = {false, " does not send the large one, because of its "
                                            "tls_eecdh_auto_curves and tls_ffdhe_auto_groups"},
        [SENT_HELLO_LIBRARY_NOT_KNOWN] = {true, " sends the large one if it runs with OpenSSL 3.5 "
                                                "or later, which it does not say"},
        [SENT_HELLO_SETTINGS_NOT_KNOWN] = {true, " sends the large one, unless its configuration "
                                                 "of OpenSSL sets other groups"},
        [SENT_HELLO_OTHER_LIBRARY] = {false,
                                      " sends the large one only with a post-quantum key share"},
    };
    char title[SENT_HELLO_TITLE];

    sent_hello_title(h, title);
    if (h->source == SENT_HELLO_OPENSSL)
        text_copy(out, cap,
                  "OpenSSL 3.5 and later send the large one; --hello postfix or exim asks whether "
                  "our mail server does");
    else if (h->source == SENT_HELLO_FILE)
        text_format(out, cap, "the large one is that of %s", title);
    else
        text_format(out, cap, "%sour %s%s", uses[h->use].assumed ? "assumed: " : "", title,
                    uses[h->use].words);
}

/* Adds that only the large hello fails: critical where our mail server is known to send it. The
 * outcome of *f is HELLO_SENSITIVE, and j->policy->hello is set. It checks nothing. */
static void find_sensitive(struct judge *j, struct judge_place at, const struct hello_facts *f)
{
    const struct sent_hello *h = j->policy->hello;
    char answers[HELLO_TRIES_MAX][ANSWER_WORDS], use[FINDING_DETAIL / 2];
    struct judge_words w;
    enum state s = STATE_WARNING;

    for (size_t i = 0; i < HELLO_TRIES_MAX; i++)
        say_answer(&f->at[i], answers[i]);
    say_use(h, use, sizeof use);
    text_copy(w.headline, sizeof w.headline, "no TLS with a large ClientHello");
    text_format(w.detail, sizeof w.detail,
                "expected %s with %zu bytes, as with %zu bytes, seen %s, and again %s; %s",
                answers[1], f->at[0].size, f->at[1].size, answers[0], answers[2], use);
    if (h->use == SENT_HELLO_USED)
        s = STATE_CRITICAL;
    judge_find_as(j, at, s,
                  &(struct judge_found){F_HELLO_SIZE_SENSITIVE, STAGE_COUNT, w.headline, w.detail});
}

/* Adds that nothing is known about the size, and why. */
static void find_unclear(struct judge *j, struct judge_place at, const char *why)
{
    struct judge_words w;

    text_copy(w.headline, sizeof w.headline, "not tested with the ClientHello of --hello");
    text_copy(w.detail, sizeof w.detail, why);
    judge_find_words(j, at, F_NOT_PROBED, STAGE_COUNT, &w);
}

/* Adds what the tries came to, where that is neither an answer to the large hello nor a failure of
 * it alone. There is a try. */
static void find_tries(struct judge *j, struct judge_place at, const struct hello_facts *f)
{
    char why[FINDING_DETAIL], answer[ANSWER_WORDS];

    text_format(why, sizeof why, "expected a ServerHello, seen");
    for (size_t i = 0; i < f->count; i++) {
        say_answer(&f->at[i], answer);
        text_append(why, sizeof why, "%s %s to %zu bytes", i == 0 ? "" : ", then", answer,
                    f->at[i].size);
    }
    if (hello_facts_outcome(f) == HELLO_REFUSED)
        text_append(why, sizeof why, ": refused whatever its size");
    find_unclear(j, at, why);
}

void judge_hello(struct judge *j, struct judge_place at)
{
    const struct facts *f = j->facts;
    const struct hello_facts *hello = NULL;
    enum hello_outcome outcome;

    if (!j->policy->hello || !hello_probe_is_due(facts_observation(f, at.host, at.address)))
        return;
    if (f->hellos)
        hello = f->hellos[f->plan->of_host[at.host][at.address]];
    outcome = hello ? hello_facts_outcome(hello) : HELLO_UNCLEAR;
    if (outcome == HELLO_SENSITIVE)
        find_sensitive(j, at, hello);
    if (outcome == HELLO_SENSITIVE || outcome == HELLO_FINE)
        return;
    if (!facts_observation(f, at.host, at.address)->has_tls)
        return; /* the failure of the session's handshake says enough */
    if (hello)
        find_tries(j, at, hello);
    else
        find_unclear(j, at, "the run ended first");
}
