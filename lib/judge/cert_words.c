/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/cert_words.h"

#include <string.h>

#include "base/text.h"
#include "judge/cert_untrusted.h"

enum { NAMES_SHOWN = 6 };

/* Replaces the headline. The text is clean already; it is cut where it is too long. */
static void headline(struct judge_words *w, const char *text)
{
    text_copy(w->headline, sizeof w->headline, text);
}

/* The gateway of a finding, which must have one. */
static const struct resolve_host *host_at(const struct judge *j, struct judge_place at)
{
    return &j->facts->resolution->hosts[at.host];
}

/* The target of a finding, which must have one. */
static const struct resolve_target *target_at(const struct judge *j, struct judge_place at)
{
    return &j->facts->resolution->targets[at.target];
}

/* --- strength --- */

/* Returns the certificate of the path at the depth of the fault, 0 for the leaf; it is one of
 * f->certs. NULL: none. The fault must be one of `f`. */
static const struct cert_facts *cert_of(const struct trust_facts *f,
                                        const struct trust_fault *fault)
{
    for (size_t i = f->cert_count; i-- > 0;) {
        if (f->certs[i].path == fault->depth + 1)
            return &f->certs[i];
    }
    return NULL;
}

/* Writes headline and detail: a key or a signature of the path is too weak. All functions that are
 * named after a failure write both and check nothing. */
static void weak(const struct trust_facts *f, const struct trust_fault *fault,
                 struct judge_words *w)
{
    const struct cert_facts unknown = {.key = "?", .signature = "?"}, *c = cert_of(f, fault);

    if (!c)
        c = &unknown;
    headline(w, "key of a certificate is too weak");
    if (fault->code == X509_V_ERR_CA_MD_TOO_WEAK)
        headline(w, "signature of a certificate is too weak");
    text_format(w->detail, sizeof w->detail,
                "%s: expected a key and a signature that OpenSSL accepts by default, seen %s "
                "signed with %s: %s",
                fault->subject, c->key, c->signature, X509_verify_cert_error_string(fault->code));
}

/* --- dates --- */

/* Writes headline and detail. not_after must be before j->c->now. */
static void expired(const struct judge *j, const struct cert_facts *c, struct judge_words *w)
{
    char when[40], span[32];

    text_time(when, sizeof when, c->not_after);
    text_duration(span, sizeof span, difftime(j->c->now, c->not_after));
    text_format(w->headline, sizeof w->headline, "%s expired %s ago", cert_role(c), span);
    text_format(w->detail, sizeof w->detail, "%s, valid until %s", cert_title(c), when);
}

/* Writes headline and detail. not_before must be after j->c->now. */
static void early(const struct judge *j, const struct cert_facts *c, struct judge_words *w)
{
    char when[40], span[32];

    text_time(when, sizeof when, c->not_before);
    text_duration(span, sizeof span, difftime(c->not_before, j->c->now));
    text_format(w->headline, sizeof w->headline, "%s becomes valid in %s", cert_role(c), span);
    text_format(w->detail, sizeof w->detail, "%s, valid from %s", cert_title(c), when);
}

/* --- fingerprints and TLSA records --- */

/* Writes headline and detail: neither the leaf nor its key has a fingerprint of the policy, which
 * must have one. */
static void fingerprint(const struct tls_policy *policy, const struct cert_facts *leaf,
                        struct judge_words *w)
{
    headline(w, "certificate has another fingerprint");
    text_format(w->detail, sizeof w->detail, "expected %s%s, seen certificate %s, key %s",
                policy->fingerprints[0], policy->fingerprint_count > 1 ? " or others" : "",
                leaf->sha256, leaf->key_sha256);
}

/* Writes headline and detail: no record matches. The example is the first usable record, or the
 * last one where none is usable. The host must have a TLSA record. */
static void tlsa(const struct resolve_host *h, const struct cert_facts *leaf, struct judge_words *w)
{
    char record[200];
    size_t first = 0;

    while (first + 1 < h->tlsa_count && !dane_tlsa_usable(&h->tlsa[first]))
        first++;
    dane_tlsa_text(&h->tlsa[first], record, sizeof record);
    headline(w, "no TLSA record matches the certificate");
    text_format(w->detail, sizeof w->detail,
                "expected %s%s; seen certificate SHA-256 %.16s..., key SHA-256 %.16s...", record,
                h->tlsa_count > 1 ? " or another record" : "", leaf->sha256, leaf->key_sha256);
}

/* --- names --- */

/* Returns the name that clients go by: the first DNS or IP name, and the CN only where there is
 * none. Never NULL; it belongs to `leaf`. */
static const char *name_of(const struct cert_facts *leaf)
{
    return leaf->name_count > 0 ? leaf->names[0] : cert_title(leaf);
}

/* Appends a name, which is cleaned here, after " or " unless `expected` is "": "a or b or c". */
static void add_expected(char *expected, size_t cap, const char *name)
{
    char clean[256];

    text_clean(clean, sizeof clean, name, strlen(name));
    text_append(expected, cap, "%s%s", *expected ? " or " : "", clean);
}

/* Replaces `out` by the names that the policy's match gives, cleaned: "a or b". The place must have
 * a target and a gateway. */
static void list_expected(const struct judge *j, struct judge_place at, char *out, size_t cap)
{
    char buf[DNS_NAME + 1];

    text_copy(out, cap, "");
    for (size_t i = 0; i < j->policy->match_count; i++)
        add_expected(out, cap,
                     plan_name(j->policy->match[i], target_at(j, at), host_at(j, at), buf));
}

/* Returns a detail of a certificate's name that is easily overlooked, such as "a blank before it",
 * or "". Always sets both: the name without blanks around it goes from *start to before *end, which
 * are offsets in `name`. */
static const char *oddity_of(const char *name, size_t *start, size_t *end)
{
    *start = strspn(name, " ");
    *end = strlen(name);
    while (*end > *start && name[*end - 1] == ' ')
        --*end;
    if (*end > *start && name[*end - 1] == '.')
        return "a dot at its end";
    if (*start > 0)
        return "a blank before it";
    if (name[*end] != '\0')
        return "a blank at its end";
    return memchr(name, ' ', *end) ? "a blank inside" : "";
}

/* Appends a name of a certificate, which is clean already, without blanks around it, and its oddity
 * where it has one: "example.com (with a blank before it)". It adds no separator. */
static void add_spelled(char *out, size_t cap, const char *name)
{
    size_t start, end;
    const char *oddity = oddity_of(name, &start, &end);

    text_append(out, cap, "%.*s", (int)(end - start), name + start);
    if (*oddity)
        text_append(out, cap, " (with %s)", oddity);
}

/* Writes the headline alone: the oddity of the name that clients go by where it has one, else that
 * the certificate is for another host. */
static void mismatch_headline(const struct cert_facts *leaf, struct judge_words *w)
{
    const char *name = name_of(leaf);
    size_t start, end;
    const char *oddity = oddity_of(name, &start, &end);

    if (*oddity && leaf->name_count > 0)
        text_format(w->headline, sizeof w->headline, "name in the certificate has %s: %.*s", oddity,
                    (int)(end - start), name + start);
    else
        text_format(w->headline, sizeof w->headline, "certificate is for another host: %s", name);
}

/* Replaces `out` by the certificate's first names and how many more it has ("a.test, b.test and 3
 * more"), or by "CN ..." where it has none, "CN (none)" without either. */
static void list_seen(const struct cert_facts *leaf, char *out, size_t cap)
{
    text_copy(out, cap, "");
    for (size_t i = 0; i < leaf->name_count && i < NAMES_SHOWN; i++) {
        if (i > 0)
            text_append(out, cap, ", ");
        add_spelled(out, cap, leaf->names[i]);
    }
    if (leaf->name_count > NAMES_SHOWN)
        text_append(out, cap, " and %zu more", leaf->name_count - NAMES_SHOWN);
    if (leaf->name_count == 0)
        text_format(out, cap, "CN %s", text_or(leaf->cn, "(none)"));
}

/* Writes headline and detail: the leaf is for none of the names that the policy's match gives. The
 * place must have a target and a gateway. */
static void mismatch(const struct judge *j, struct judge_place at, const struct cert_facts *leaf,
                     struct judge_words *w)
{
    char expected[256], seen[200];

    list_expected(j, at, expected, sizeof expected);
    list_seen(leaf, seen, sizeof seen);
    mismatch_headline(leaf, w);
    text_format(w->detail, sizeof w->detail, "expected %s, seen %s", expected, seen);
}

/* Writes headline and detail: the leaf is for none of the names that count with DANE-TA. The place
 * must have a target and a gateway. */
static void dane_mismatch(const struct judge *j, struct judge_place at,
                          const struct cert_facts *leaf, struct judge_words *w)
{
    const char *names[PLAN_DANE_NAMES];
    size_t count = plan_dane_names(target_at(j, at), host_at(j, at), names);
    char expected[256] = "";

    for (size_t i = 0; i < count; i++)
        add_expected(expected, sizeof expected, names[i]);
    headline(w, "certificate is for another host");
    text_format(w->detail, sizeof w->detail, "expected %s, seen %s", expected, name_of(leaf));
}

/* Writes headline and detail: the leaf has a name that the policy's match gives as CN alone. The
 * place must have a target and a gateway. */
static void cn_only(const struct judge *j, struct judge_place at, const struct cert_facts *leaf,
                    struct judge_words *w)
{
    char expected[256];

    list_expected(j, at, expected, sizeof expected);
    headline(w, "certificate has its name only as CN");
    text_format(w->detail, sizeof w->detail, "expected a DNS name %s, seen CN %s alone", expected,
                leaf->cn);
}

void cert_words(const struct judge *j, struct judge_place at, const struct trust_facts *f,
                const struct cert_failure *failure, struct judge_words *out)
{
    const struct cert_facts *leaf = &f->certs[0];

    switch (failure->kind) {
    case CERT_CHECK_UNTRUSTED:
        cert_untrusted(j, target_at(j, at), f, failure->fault, out);
        break;
    case CERT_CHECK_NO_ROOTS:
        headline(out, "our trust store is empty");
        text_format(out->detail, sizeof out->detail, "the certificate cannot be verified: %s",
                    trust_empty(j->policy->trust));
        break;
    case CERT_CHECK_UNREADABLE:
        headline(out, "our trust store cannot be read");
        text_format(out->detail, sizeof out->detail,
                    "the certificate cannot be verified; expected %s in %s", failure->fault->issuer,
                    failure->fault->unreadable);
        break;
    case CERT_CHECK_WEAK:
        weak(f, failure->fault, out);
        break;
    case CERT_CHECK_EXPIRED:
        expired(j, failure->cert, out);
        break;
    case CERT_CHECK_EARLY:
        early(j, failure->cert, out);
        break;
    case CERT_CHECK_FINGERPRINT:
        fingerprint(j->policy, leaf, out);
        break;
    case CERT_CHECK_TLSA:
        tlsa(host_at(j, at), leaf, out);
        break;
    case CERT_CHECK_DANE_NAME:
        dane_mismatch(j, at, leaf, out);
        break;
    case CERT_CHECK_NAME:
        mismatch(j, at, leaf, out);
        break;
    case CERT_CHECK_CN_ONLY:
        cn_only(j, at, leaf, out);
        break;
    }
}
