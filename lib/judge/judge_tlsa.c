/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_tlsa.h"

#include "base/text.h"

size_t judge_tlsa_usable(const struct resolve_host *h)
{
    size_t count = 0;

    for (size_t i = 0; i < h->tlsa_count; i++)
        count += dane_tlsa_usable(&h->tlsa[i]);
    return count;
}

/* Adds that there is no usable secure record, with `why`, which is clean, as detail:
 * F_DANE_REQUIRED at level dane-only, F_DANE_ABSENT at any other. */
static void find_absent(struct judge *j, struct judge_place at, const char *why)
{
    bool required = j->policy->level == LEVEL_DANE_ONLY;

    judge_find(j, at,
               &(struct judge_found){required ? F_DANE_REQUIRED : F_DANE_ABSENT, STAGE_CERT,
                                     "no usable DNSSEC-secured TLSA record", why});
}

/* Adds that no record of the host is usable, with the first as an example. The host must have a
 * record; that none is usable is the caller's to check. */
static void find_unusable(struct judge *j, struct judge_place at, const struct resolve_host *h)
{
    char record[200], why[120], detail[FINDING_DETAIL];

    dane_tlsa_text(&h->tlsa[0], record, sizeof record);
    dane_tlsa_why(&h->tlsa[0], why, sizeof why);
    text_format(detail, sizeof detail,
                "expected usage 2 or 3 (RFC 7672 3.1.3) with data that can be read, "
                "seen %zu record%s, first: %s: %s",
                h->tlsa_count, text_plural(h->tlsa_count), record, why);
    judge_find(
        j, at,
        &(struct judge_found){F_TLSA_UNUSABLE, STAGE_CERT, "no TLSA record is usable", detail});
}

/* Adds one unusable record. `alone`: no other is usable. Beside a usable one a record for other
 * purposes does no harm and is OK; a broken one is a mistake that shows when the usable one
 * goes. */
static void find_unusable_record(struct judge *j, struct judge_place at, const struct dane_tlsa *t,
                                 bool alone)
{
    char record[200], why[120], headline[FINDING_HEADLINE];
    struct judge_found found = {F_TLSA_UNUSABLE, alone ? STAGE_CERT : STAGE_DNS, headline, record};

    dane_tlsa_text(t, record, sizeof record);
    dane_tlsa_why(t, why, sizeof why);
    text_format(headline, sizeof headline, "TLSA record is unusable: %s", why);
    if (alone || dane_tlsa_malformed(t))
        judge_find(j, at, &found);
    else
        judge_find_as(j, at, STATE_OK, &found);
}

/* Adds what is wrong with secure records: with j->c->certificates each unusable one, else only that
 * none is usable. Does nothing where all are usable. The host must have a record. */
static void judge_usable(struct judge *j, struct judge_place at, const struct resolve_host *h)
{
    size_t usable = judge_tlsa_usable(h);
    char detail[80];

    for (size_t i = 0; j->c->certificates && i < h->tlsa_count; i++) {
        if (!dane_tlsa_usable(&h->tlsa[i]))
            find_unusable_record(j, at, &h->tlsa[i], usable == 0);
    }
    if (usable > 0)
        return;
    if (!j->c->certificates)
        find_unusable(j, at, h);
    text_format(detail, sizeof detail, "%zu record%s found, none is usable", h->tlsa_count,
                text_plural(h->tlsa_count));
    if (j->policy->level == LEVEL_DANE_ONLY)
        find_absent(j, at, detail);
}

/* Whether a lookup failed; no record at all is no failure. */
static bool is_failure(enum dns_status s)
{
    return s == DNS_FAILURE || s == DNS_BOGUS;
}

/* Adds that the TLSA lookup failed: F_DNSSEC_INVALID or F_DNS_FAILURE. h->tlsa_status must be
 * DNS_BOGUS or DNS_FAILURE, and the level one with DANE. */
static void find_failed(struct judge *j, struct judge_place at, const struct resolve_host *h)
{
    bool bogus = h->tlsa_status == DNS_BOGUS;
    char detail[FINDING_DETAIL];

    text_format(detail, sizeof detail, "_%u._tcp.%s: %s", h->port, h->shown,
                text_or(h->tlsa_why, "no record"));
    judge_find(j, at,
               &(struct judge_found){bogus ? F_DNSSEC_INVALID : F_DNS_FAILURE, STAGE_DNS,
                                     "TLSA lookup failed", detail});
}

/* Adds what keeps the records of a gateway from counting at a dane level, which j->policy must
 * have. Does nothing where they are secure and all usable. The resolver must be trusted, unless the
 * gateway was given as an address, and the address lookup must not have failed. */
static void judge_records(struct judge *j, struct judge_place at, const struct resolve_host *h)
{
    if (h->literal)
        find_absent(j, at, "the gateway was given as an address, which has none");
    else if (!resolve_tlsa_counts(h))
        find_absent(j, at, "its address records are not secured by DNSSEC");
    else if (is_failure(h->tlsa_status))
        find_failed(j, at, h);
    else if (h->tlsa_status != DNS_OK)
        find_absent(j, at, "none found");
    else if (!h->tlsa_secure)
        find_absent(j, at, "its TLSA records are not secured by DNSSEC");
    else
        judge_usable(j, at, h);
}

void judge_tlsa(struct judge *j, struct judge_place at)
{
    const struct resolution *r = j->facts->resolution;
    const struct resolve_host *h = &r->hosts[at.host];
    char detail[FINDING_DETAIL];

    if (!tls_policy_is_dane(j->policy->level))
        return;
    if (!h->literal && (h->plain || r->targets[at.target].plain)) {
        judge_find(j, at,
                   &(struct judge_found){F_DNS_FAILURE, STAGE_DNS,
                                         "DANE needs a resolver with EDNS",
                                         "expected EDNS for DNSSEC (RFC 3225), seen answers to "
                                         "questions without EDNS only"});
        return;
    }
    if (!r->trusted && !h->literal) {
        text_format(detail, sizeof detail,
                    "expected a validating resolver on loopback, or --trust-ad, seen %s",
                    r->doubted);
        judge_find(j, at,
                   &(struct judge_found){F_DNS_FAILURE, STAGE_DNS,
                                         "DANE needs a resolver whose AD bit can be trusted",
                                         detail});
        return;
    }
    if (is_failure(h->status))
        return; /* which is a finding of its own, and says nothing of what is secure */
    judge_records(j, at, h);
}

void judge_tlsa_of_others(struct judge *j, struct judge_place at)
{
    const struct resolution *r = j->facts->resolution;
    const struct resolve_host *h = &r->hosts[at.host];
    char detail[FINDING_DETAIL];
    struct judge_found failed = {F_DNS_FAILURE, STAGE_DNS, "TLSA lookup failed", detail};

    if (!j->c->certificates || tls_policy_is_dane(j->policy->level))
        return;
    if (!r->trusted || !resolve_tlsa_counts(h))
        return;
    text_format(detail, sizeof detail, "senders with DANE defer their mail; %s", h->tlsa_why);
    if (h->tlsa_status == DNS_BOGUS) {
        failed.code = F_DNSSEC_INVALID;
        judge_find_as(j, at, STATE_WARNING, &failed);
    } else if (h->tlsa_status == DNS_FAILURE) {
        judge_find(j, at, &failed);
    } else if (h->tlsa_status == DNS_OK && h->tlsa_secure) {
        judge_usable(j, at, h);
    }
}
