/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_own_text.h"

#include <string.h>

#include "base/text.h"
#include "judge/judge_own_exim.h"

enum { SOURCE_MAX = 300 };

const char *judge_own_text_name(const struct mta_server *s)
{
    return s->kind == MTA_EXIM ? "Exim" : "Postfix";
}

void judge_own_text_source(const struct mta_source *source, char *dst, size_t cap)
{
    bool parameter = *source->file == '/' || strncmp(source->file, "transport ", 10) == 0 ||
                     strncmp(source->file, "router ", 7) == 0;

    text_copy(dst, cap, "");
    if (*source->key)
        text_append(dst, cap, "%.120s", source->key);
    if (parameter && *source->key)
        text_append(dst, cap, "%s", *source->value ? " = " : " (empty)");
    else if (*source->value)
        text_append(dst, cap, " ");
    text_append(dst, cap, "%.100s", source->value);
    if (*source->file)
        text_append(dst, cap, "%s%.100s", *dst ? " in " : "", source->file);
    if (source->line > 0)
        text_append(dst, cap, ":%d", source->line);
}

/* A fact under way to text. */
struct words {
    const struct mta_server *server;
    const struct mta_fact *f;
    const char *name; /* of the server */
    struct judge_own_text *out;
};

#define HEADLINE(w, ...) text_format((w)->out->headline, sizeof(w)->out->headline, __VA_ARGS__)
#define DETAIL(w, ...) text_format((w)->out->detail, sizeof(w)->out->detail, __VA_ARGS__)

/* Returns the words for a fact as they begin, and empties *out. All three arguments must outlive
 * the result. */
static struct words words_for(const struct mta_server *s, const struct mta_fact *f,
                              struct judge_own_text *out)
{
    *out = (struct judge_own_text){.headline = "", .detail = ""};
    return (struct words){s, f, judge_own_text_name(s), out};
}

/* --- what could not be asked --- */

/* Writes headline and detail for MTA_PROGRAM_...; any other code is taken for MTA_PROGRAM_FAILED.
 * The headline says what happened to the program, the detail what it wrote or what to do. */
static void say_program(const struct words *w)
{
    const char *program = w->f->source.key;

    switch (w->f->code) {
    case MTA_PROGRAM_MISSING:
        HEADLINE(w, "our %s cannot be asked: %s is not installed on this machine", w->name,
                 program);
        DETAIL(w,
               "expected %s in /usr/sbin, /usr/bin or /usr/local; run the check with --own on "
               "the mail server, and with --no-own here",
               program);
        break;
    case MTA_PROGRAM_DENIED:
        HEADLINE(w, "our %s cannot be asked: our user may not run %s", w->name, program);
        DETAIL(w,
               "run the whole plugin by sudo, or add the monitoring user to the program's group");
        break;
    case MTA_PROGRAM_TIMEOUT:
        HEADLINE(w, "our %s cannot be asked: no answer from %s in time", w->name, program);
        DETAIL(w, "run %s by hand as the monitoring user; raise -t where it only needs longer",
               program);
        break;
    case MTA_PROGRAM_TOO_LONG:
        HEADLINE(w, "our %s cannot be asked: %s writes without end", w->name, program);
        DETAIL(w, "run %s by hand as the monitoring user", program);
        break;
    case MTA_PROGRAM_LEFT:
        HEADLINE(w, "%s (process %s) could not be ended and runs on", program, w->f->source.value);
        DETAIL(w, "it runs as root; end it by hand if it does not end by itself");
        break;
    default:
        HEADLINE(w, "our %s cannot be asked: %s failed", w->name, program);
        DETAIL(w, "%s: %.300s; run %s by hand as the monitoring user", w->f->source.value,
               w->f->text, program);
    }
}

/* Writes headline and detail for MTA_TABLE_..., of a table that gave no answer; any other code is
 * taken for MTA_TABLE_FAILED. */
static void say_table(const struct words *w)
{
    const struct mta_source *s = &w->f->source;

    HEADLINE(w, "a table of our %s gives no answer: %.90s", w->name, s->file);
    switch (w->f->code) {
    case MTA_TABLE_DENIED:
        DETAIL(w, "seen \"%.150s\"; ", w->f->text);
        if (*s->value)
            text_append(w->out->detail, sizeof w->out->detail,
                        "add the monitoring user to group %s, or ", s->value);
        text_append(w->out->detail, sizeof w->out->detail, "run the whole plugin by sudo");
        break;
    case MTA_TABLE_TIMEOUT:
        DETAIL(w, "expected an answer within 5 s; look at the daemon that the table asks");
        break;
    case MTA_TABLE_TOO_LONG:
        DETAIL(w, "expected at most 16 MiB and 1,000,000 entries, seen more; correct the table");
        break;
    default:
        DETAIL(w,
               "asked for %.80s, seen \"%.200s\"; correct the table, or start the daemon that it "
               "asks",
               text_or(s->key, "all entries"), w->f->text);
    }
}

void judge_own_text_unknown(const struct mta_server *s, const struct mta_fact *f,
                            struct judge_own_text *out)
{
    struct words w = words_for(s, f, out);
    char source[SOURCE_MAX];

    judge_own_text_source(&f->source, source, sizeof source);
    if (s->kind == MTA_EXIM && judge_own_exim_unknown(f, source, out))
        return;
    switch (f->code) {
    case MTA_TABLE_FAILED:
    case MTA_TABLE_DENIED:
    case MTA_TABLE_TIMEOUT:
    case MTA_TABLE_TOO_LONG:
        say_table(&w);
        break;
    case MTA_CONFIG_MISSING:
        HEADLINE(&w, "our %s cannot be asked: %.80s is not there", w.name, f->source.file);
        DETAIL(&w, "correct [own], or run the check with --own on the mail server and with "
                   "--no-own here");
        break;
    case MTA_SERVICE_MISSING:
        HEADLINE(&w, "our %s cannot be asked: it has no service %s", w.name, f->source.key);
        DETAIL(&w, "expected it in %.120s; name the instance that sends in [own]", f->source.file);
        break;
    case MTA_CA_UNREADABLE:
        HEADLINE(&w, "our user cannot read the CAs of our %s", w.name);
        DETAIL(&w, "seen %s; let the monitoring user read it, or run the whole plugin by sudo",
               source);
        break;
    case MTA_NOT_FOLLOWED:
        HEADLINE(&w, "what our %s does with the mail is not followed: %.60s", w.name,
                 f->source.key);
        DETAIL(&w, "seen %s; look at the route by hand", source);
        break;
    case MTA_TIME_OVER:
        HEADLINE(&w, "the time ran out before our %s had answered", w.name);
        DETAIL(&w, "raise -t or --stage-timeout");
        break;
    default:
        say_program(&w);
    }
}

/* --- what keeps mail from being sent --- */

/* Returns why mail is deferred, as words to follow a colon: "it trusts no CA"; static, never NULL.
 * Only for facts that defer mail: any other code is taken for MTA_PARAMETER_MALFORMED. */
static const char *why_deferred(const struct words *w)
{
    switch (w->f->code) {
    case MTA_ENTRY_MALFORMED:
        return "the policy entry is malformed";
    case MTA_TABLE_DUPLICATE:
        return "a key is in the table twice";
    case MTA_CA_NONE:
        return "it trusts no CA";
    case MTA_CA_MISSING:
        return "the CA file is not there";
    case MTA_CA_EMPTY:
        return "no certificate of a CA is there";
    case MTA_CA_OWN:
        return "its only CA is our own certificate";
    case MTA_CERT_MISSING:
        return "our client certificate is not there";
    case MTA_DNSSEC_OFF:
        return "DANE needs DNSSEC, which is off";
    case MTA_STARTTLS_DISCARDED:
        return "it ignores STARTTLS";
    case MTA_TLS_NOT_BUILT:
        return "it has no TLS";
    default:
        return "a parameter is malformed";
    }
}

void judge_own_text_deferred(const struct mta_server *s, const struct mta_fact *f,
                             struct judge_own_text *out)
{
    struct words w = words_for(s, f, out);
    char source[SOURCE_MAX];

    judge_own_text_source(&f->source, source, sizeof source);
    HEADLINE(&w, "our %s defers mail to it: %s", w.name, why_deferred(&w));
    DETAIL(&w, "seen %s", source);
    if (*f->text && f->code != MTA_TABLE_DUPLICATE)
        text_append(out->detail, sizeof out->detail, "; wrong: %.100s", f->text);
}

/* --- what weakens a policy --- */

void judge_own_text_weak(const struct mta_server *s, const struct mta_fact *f,
                         struct judge_own_text *out)
{
    struct words w = words_for(s, f, out);
    char source[SOURCE_MAX];

    judge_own_text_source(&f->source, source, sizeof source);
    DETAIL(&w, "seen %s", source);
    switch (f->code) {
    case MTA_LIST_COMMENT:
        HEADLINE(&w, "our %s takes a comment for names of certificates", w.name);
        break;
    case MTA_CIPHERS_NULL:
        HEADLINE(&w, "our %s allows cipher suites that do not encrypt", w.name);
        break;
    default:
        out->headline[0] = '\0';
    }
}

void judge_own_text_warning(const struct mta_hop *hop, char *dst, size_t cap)
{
    const struct mta_policy *p = &hop->policy;

    for (size_t i = 0; i < hop->facts.count; i++) {
        const struct mta_fact *f = &hop->facts.at[i];

        if (f->code != MTA_TABLE_WARNING ||
            (p->found && strcmp(f->source.file, p->source.file) != 0))
            continue;
        text_append(dst, cap, "; postmap warns \"%.200s\"", f->text);
        return;
    }
}

/* --- inbound --- */

bool judge_own_text_names_tls(const char *reply)
{
    return strcasestr(reply, "tls") || strcasestr(reply, "encrypt");
}
