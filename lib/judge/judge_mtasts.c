/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_mtasts.h"

#include <stdlib.h>

#include "base/text.h"

/* --- the TXT records --- */

/* Adds that the lookup of a TXT record failed. r->status must be DNS_FAILURE or DNS_BOGUS. `what`:
 * "MTA-STS" or "TLSRPT". */
static void find_failed(struct judge *j, struct judge_place at, const struct mtasts_records *r,
                        const char *what)
{
    bool bogus = r->status == DNS_BOGUS;
    char headline[FINDING_HEADLINE];

    text_format(headline, sizeof headline, "%s lookup %s", what,
                bogus ? "fails DNSSEC validation" : "failed");
    judge_find(j, at,
               &(struct judge_found){bogus ? F_DNSSEC_INVALID : F_DNS_FAILURE, STAGE_DNS, headline,
                                     r->why});
}

/* One of the two kinds of record. */
struct kind {
    const char *name;          /* "MTA-STS" or "TLSRPT" */
    enum finding_code invalid; /* what a record that is not valid is */
    const char *fault;         /* why the one record cannot be read; clean */
};

/* Returns true where there is exactly one record and it is valid. False: the lookup failed, or
 * there are several records or an invalid one, which is added; or there is none, which is no
 * fault. */
static bool judge_records(struct judge *j, struct judge_place at, const struct mtasts_records *r,
                          const struct kind *kind)
{
    struct judge_words w;

    if (r->status == DNS_BOGUS || r->status == DNS_FAILURE) {
        find_failed(j, at, r, kind->name);
        return false;
    }
    if (r->count == 0 || r->ok)
        return r->ok;
    text_format(w.headline, sizeof w.headline, "%s record is not valid", kind->name);
    text_copy(w.detail, sizeof w.detail, kind->fault);
    if (r->count > 1)
        text_format(w.detail, sizeof w.detail, "expected exactly one, seen %zu", r->count);
    judge_find_words(j, at, kind->invalid, STAGE_DNS, &w);
    return false;
}

/* --- the policy --- */

/* Whether the target's policy lists the gateway's name (RFC 8461 4.1). True, too, where there is no
 * usable policy, or its mode is none. */
static bool is_listed(const struct mtasts_facts *f, const struct resolve_host *h)
{
    if (!f->policy.usable || f->policy.mode == MTASTS_NONE)
        return true;
    return mtasts_policy_lists(f->text, f->len, h->name);
}

/* Sets in_mtasts of the target, NULL before: which of its MX hosts the policy of `f`, the target's,
 * lists. verdict_clear frees it. False: out of memory. It adds no finding. */
static bool note_hosts(struct judge *j, size_t target, const struct mtasts_facts *f)
{
    const struct plan_target *t = &j->facts->plan->targets[target];
    bool *listed = calloc(t->mx_count + 1, sizeof *listed);

    if (!listed)
        return false;
    for (size_t m = 0; m < t->mx_count; m++)
        listed[m] = is_listed(f, &j->facts->resolution->hosts[t->mx[m].host]);
    j->v->targets[target].in_mtasts = listed;
    return true;
}

/* Adds a finding for each MX host that is not in the policy, CRITICAL in mode enforce, else
 * WARNING. Placeholders are passed over. in_mtasts of at.target must be set; at.host is ignored. */
static void judge_hosts(struct judge *j, struct judge_place at, const struct mtasts_facts *f)
{
    const struct plan_target *t = &j->facts->plan->targets[at.target];
    bool enforced = f->policy.mode == MTASTS_ENFORCE;
    struct judge_words w;

    text_format(w.headline, sizeof w.headline, "MX host is not in the MTA-STS policy, mode %s",
                mtasts_mode_name(f->policy.mode));
    text_format(w.detail, sizeof w.detail, "policy of %s: expected one of %s",
                t->resolved->target->name, f->policy.mx);
    for (size_t m = 0; m < t->mx_count; m++) {
        at.host = t->mx[m].host;
        if (resolve_is_placeholder(&j->facts->resolution->hosts[at.host]))
            continue;
        if (!j->v->targets[at.target].in_mtasts[m])
            judge_find_as(
                j, at, enforced ? STATE_CRITICAL : STATE_WARNING,
                &(struct judge_found){F_STS_MX_MISMATCH, STAGE_DNS, w.headline, w.detail});
    }
}

/* Adds that the certificate of the policy host does not verify, with `why`, which is clean, as
 * detail. Where our trust store is empty, that is added instead. */
static void find_untrusted(struct judge *j, struct judge_place at, const char *why)
{
    const char *empty = trust_empty(j->policy->trust);
    char detail[FINDING_DETAIL];

    if (!empty) {
        judge_find(j, at,
                   &(struct judge_found){F_STS_WEBPKI_INVALID, STAGE_DNS,
                                         "certificate of the MTA-STS policy host does not verify",
                                         why});
        return;
    }
    text_format(detail, sizeof detail, "the MTA-STS policy host cannot be verified: %s", empty);
    judge_find(
        j, at,
        &(struct judge_found){F_TRUST_STORE_EMPTY, STAGE_DNS, "our trust store is empty", detail});
}

/* Adds what is wrong with the policy and with MX hosts that it does not list. Does nothing for
 * MTASTS_NOT_FETCHED. The target's TXT record must be valid, and its in_mtasts set. */
static void judge_policy(struct judge *j, struct judge_place at, const struct mtasts_facts *f)
{
    struct judge_found found = {F_NOT_PROBED, STAGE_DNS, NULL, NULL};

    switch (f->fetch) {
    case MTASTS_NOT_FETCHED:
        return;
    case MTASTS_FETCH_FAILED:
        found.code = F_STS_POLICY_FETCH_ERROR;
        found.headline = "MTA-STS policy cannot be fetched";
        found.detail = f->fetch_why;
        break;
    case MTASTS_UNTRUSTED:
        find_untrusted(j, at, f->fetch_why);
        return;
    case MTASTS_LOCAL:
        found.headline = "MTA-STS policy could not be checked: out of memory";
        break;
    case MTASTS_FETCHED:
        judge_hosts(j, at, f);
        if (f->policy_ok)
            return;
        found.code = F_STS_POLICY_INVALID;
        found.headline = "MTA-STS policy is not valid";
        found.detail = f->policy.fault;
        break;
    }
    judge_find(j, at, &found);
}

void judge_mtasts(struct judge *j, size_t target)
{
    const struct mtasts_facts *f = j->facts->mtasts ? &j->facts->mtasts[target] : NULL;
    const struct resolve_target *t = &j->facts->resolution->targets[target];
    struct judge_place at = {target, FINDING_NONE, FINDING_NONE};

    if (!f || t->target->kind != TARGET_DOMAIN || t->status != DNS_OK || t->null_mx)
        return;
    if (!atomic_load(&f->done)) {
        judge_find(j, at,
                   &(struct judge_found){
                       F_NOT_PROBED, STAGE_DNS,
                       "MTA-STS and TLSRPT could not be checked: the run ended before", NULL});
        return;
    }
    if (!note_hosts(j, target, f)) {
        j->v->findings.failed = true;
        return;
    }
    if (judge_records(j, at, &f->records,
                      &(struct kind){"MTA-STS", F_STS_POLICY_INVALID, f->record.fault}))
        judge_policy(j, at, f);
    judge_records(j, at, &f->reports, &(struct kind){"TLSRPT", F_TLSRPT_INVALID, f->report.fault});
}
