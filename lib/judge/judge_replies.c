/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_replies.h"

#include <string.h>

#include "base/text.h"

static const struct {
    const char *headline, *expected;
} kinds[SMTP_DEVIATIONS] = {
    [SMTP_CR_CR_LF] = {"reply lines end in CR CR LF", "CR LF (RFC 5321 2.3.8)"},
    [SMTP_BARE_LF] = {"reply lines end in LF without CR", "CR LF (RFC 5321 2.3.8)"},
    [SMTP_EMPTY_LINE] = {"empty line in a reply", "a reply code on each line (RFC 5321 4.2.1)"},
    [SMTP_NO_CODE] = {"line without reply code in a reply",
                      "a reply code on each line (RFC 5321 4.2.1)"},
    [SMTP_NO_BLANK] = {"reply code without blank or hyphen after it",
                       "a blank or a hyphen after the code (RFC 5321 4.2.1)"},
    [SMTP_CODE_CHANGE] = {"reply code changes within a reply",
                          "the same code on all lines (RFC 5321 4.2.1)"},
    [SMTP_NUL] = {"NUL byte in a reply", "printable characters (RFC 5321 4.2)"},
    [SMTP_LONG_LINE] = {"reply line of more than 2048 bytes",
                        "at most 512 bytes (RFC 5321 4.5.3.1.5)"},
    [SMTP_OTHER_CODE] = {"another 2xx reply code than required",
                         "220 for greeting and STARTTLS, 250 for EHLO (RFC 5321 4.3.2)"},
    [SMTP_KEYWORD] = {"STARTTLS offered in a form that not all senders recognize",
                      "STARTTLS at the beginning of a line, then a blank or nothing (RFC 5321 "
                      "4.1.1.1)"},
    [SMTP_UNNAMED] = {"greeting without host name, for which Postfix does not use STARTTLS",
                      "220 and a host name (RFC 5321 4.2)"},
};

/* Returns the name of a stage's reply; NULL for stages without one: dns, connect, cert, tls. */
static const char *reply_name(enum stage s)
{
    static const char *const names[STAGE_COUNT] = {
        [STAGE_GREETING] = "greeting",       [STAGE_EHLO] = "EHLO reply",
        [STAGE_STARTTLS] = "STARTTLS reply", [STAGE_EHLO_TLS] = "EHLO reply after the handshake",
        [STAGE_MAIL] = "MAIL reply",         [STAGE_RCPT] = "RCPT reply"};

    return names[s];
}

/* Whether a firewall has masked the greeting with asterisks. */
static bool is_masked(const struct observation *o)
{
    const struct stage_fact *greeting = &o->stages[STAGE_GREETING];

    return (greeting->deviations & 1u << SMTP_UNNAMED) && strstr(greeting->text, "****");
}

/* Whether the stage's reply has the deviation (SMTP_...) although the stage passed, so that senders
 * accept it, and nothing worse will be found because of it. */
static bool counts(const struct observation *o, int stage, int deviation)
{
    const struct stage_fact *f = &o->stages[stage];

    if (f->fault != PROBE_FINE || !(f->deviations & 1u << deviation))
        return false;
    return deviation != SMTP_UNNAMED || !is_masked(o) ||
           o->stages[STAGE_STARTTLS].fault != PROBE_NOT_OFFERED;
}

/* Adds one finding for all stages where the deviation (SMTP_...) counts. Does nothing where it
 * counts nowhere. */
static void find_deviation(struct judge *j, struct judge_place at, const struct observation *o,
                           int deviation)
{
    enum stage first = STAGE_COUNT;
    char where[200] = "", detail[FINDING_DETAIL];

    for (int s = STAGE_GREETING; s < STAGE_COUNT; s++) {
        if (!counts(o, s, deviation))
            continue;
        text_join(where, sizeof where, reply_name((enum stage)s));
        if (first == STAGE_COUNT)
            first = (enum stage)s;
    }
    if (first == STAGE_COUNT)
        return;
    text_format(detail, sizeof detail, "expected %s, seen in %s: %s", kinds[deviation].expected,
                where,
                deviation == SMTP_CODE_CHANGE ? o->stages[first].text : o->stages[first].odd);
    judge_find(
        j, at,
        &(struct judge_found){F_PROTOCOL_DEVIATION, first, kinds[deviation].headline, detail});
}

void judge_replies_deviations(struct judge *j, struct judge_place at, const struct observation *o)
{
    for (int d = 0; d < SMTP_DEVIATIONS; d++)
        find_deviation(j, at, o, d);
}

void judge_replies_injection(struct judge *j, struct judge_place at, const struct observation *o)
{
    const char *due = "the TLS handshake";
    struct judge_words w;

    if (o->injected == 0)
        return;
    text_copy(w.headline, sizeof w.headline,
              "plaintext data after the STARTTLS response (command injection)");
    if (o->injected_before) {
        text_copy(w.headline, sizeof w.headline, "plaintext data before the STARTTLS response");
        due = "nothing until STARTTLS is sent";
    }
    text_format(w.detail, sizeof w.detail, "expected %s, seen %zu byte%s: %s", due, o->injected,
                text_plural(o->injected), o->injected_text);
    judge_find_words(j, at, F_STARTTLS_INJECTION, STAGE_STARTTLS, &w);
}

void judge_replies_not_offered(struct judge *j, struct judge_place at, const struct observation *o)
{
    const char *seen = text_or(o->keywords, "no extension");
    enum finding_code code = F_STARTTLS_NOT_SUPPORTED;
    struct judge_words w;

    text_copy(w.headline, sizeof w.headline, "STARTTLS not offered");
    text_format(w.detail, sizeof w.detail, "expected STARTTLS in the EHLO reply, seen: %s", seen);
    if (o->stripped) {
        code = F_STARTTLS_STRIPPED;
        text_format(w.headline, sizeof w.headline, "STARTTLS removed on the way, %s in its place",
                    o->stripped_by);
    } else if (is_masked(o)) {
        code = F_STARTTLS_STRIPPED;
        text_copy(w.headline, sizeof w.headline,
                  "STARTTLS removed on the way by the device that masks the greeting");
        text_append(w.detail, sizeof w.detail, "; greeting: %s", o->stages[STAGE_GREETING].text);
    } else if (o->starttls_first) {
        text_copy(w.headline, sizeof w.headline,
                  "STARTTLS not offered: it is on the first line, which is the host name");
        text_format(w.detail, sizeof w.detail,
                    "expected STARTTLS on a further line of the EHLO reply, seen: %s",
                    o->stages[STAGE_EHLO].text);
    }
    judge_find_words(j, at, code, STAGE_STARTTLS, &w);
}

void judge_replies_requiretls(struct judge *j, struct judge_place at, const struct observation *o)
{
    const char *seen = text_or(o->tls_keywords, "no extension");
    struct judge_words w;

    if (!j->policy->requiretls || !o->has_offer || o->requiretls)
        return;
    text_copy(w.headline, sizeof w.headline, "REQUIRETLS not offered");
    text_format(w.detail, sizeof w.detail,
                "expected REQUIRETLS in the EHLO reply after TLS, by requiretls = yes in the form; "
                "seen: %s",
                seen);
    judge_find_words(j, at, F_REQUIRETLS_MISSING, STAGE_EHLO_TLS, &w);
}

bool judge_replies_overwritten(struct judge *j, struct judge_place at, enum stage s,
                               const struct stage_fact *f)
{
    struct judge_words w;

    if (!f->echo[0])
        return false;
    text_format(w.headline, sizeof w.headline, "%s overwritten on the way with %s",
                s == STAGE_EHLO ? "EHLO" : "STARTTLS", f->echo);
    text_format(w.detail, sizeof w.detail, "expected %s, seen: %s", s == STAGE_EHLO ? "250" : "220",
                f->text);
    judge_find_words(j, at, F_STARTTLS_STRIPPED, s, &w);
    return true;
}
