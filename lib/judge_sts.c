#include "judge_sts.h"

#include "text.h"

/* What the two TXT records share; false where there is nothing more to say about it. */
static bool judge_records(struct judge *j, struct judge_place at, const struct sts_records *r,
                          const char *what, enum finding_code invalid, const char *fault)
{
    char headline[160], detail[440];
    bool bogus = r->status == DNS_BOGUS;

    if (bogus || r->status == DNS_FAILURE) {
        text_format(headline, sizeof headline, "%s look-up %s", what,
                    bogus ? "fails DNSSEC validation" : "failed");
        judge_find(j, at, bogus ? F_DNSSEC_INVALID : F_DNS_FAILURE, STATE_DEFAULT, STAGE_DNS,
                   headline, r->why);
        return false;
    }
    if (r->count == 0 || r->ok)
        return r->ok;
    text_format(headline, sizeof headline, "%s record is not valid", what);
    text_format(detail, sizeof detail, "expected exactly one, seen %zu", r->count);
    judge_find(j, at, invalid, STATE_DEFAULT, STAGE_DNS, headline, r->count > 1 ? detail : fault);
    return false;
}

bool judge_sts_lists(const struct sts_facts *f, const struct resolve_host *h)
{
    return !f->policy_ok || f->policy.mode == MTASTS_NONE ||
           mtasts_policy_lists(f->text, f->len, h->name);
}

static void judge_hosts(struct judge *j, struct judge_place at, const struct sts_facts *f)
{
    const struct resolution *r = j->in->resolution;
    const struct resolve_target *t = &r->targets[at.target];
    const char *mode = mtasts_mode_name(f->policy.mode);
    char headline[160], detail[440];

    for (size_t m = 0; m < t->mx_count; m++) {
        at.host = t->mx[m].host;
        if (judge_sts_lists(f, &r->hosts[at.host]))
            continue;
        text_format(headline, sizeof headline, "MX host is not in the MTA-STS policy, mode %s",
                    mode);
        text_format(detail, sizeof detail, "policy of %s: expected one of %s", t->ask->name,
                    f->policy.mx);
        judge_find(j, at, F_STS_MX_MISMATCH,
                   f->policy.mode == MTASTS_ENFORCE ? STATE_CRITICAL : STATE_WARNING, STAGE_DNS,
                   headline, detail);
    }
}

static void judge_policy(struct judge *j, struct judge_place at, const struct sts_facts *f)
{
    switch (f->fetch) {
    case STS_FETCH_FAILED:
        judge_find(j, at, F_STS_POLICY_FETCH_ERROR, STATE_DEFAULT, STAGE_DNS,
                   "MTA-STS policy cannot be fetched", f->fetch_why);
        break;
    case STS_UNTRUSTED:
        judge_find(j, at, F_STS_WEBPKI_INVALID, STATE_DEFAULT, STAGE_DNS,
                   "certificate of the MTA-STS policy host does not verify", f->fetch_why);
        break;
    case STS_LOCAL:
        judge_find(j, at, F_NOT_PROBED, STATE_DEFAULT, STAGE_DNS,
                   "MTA-STS policy is not known: out of memory", NULL);
        break;
    case STS_FETCHED:
        if (f->policy_ok)
            judge_hosts(j, at, f);
        else
            judge_find(j, at, F_STS_POLICY_INVALID, STATE_DEFAULT, STAGE_DNS,
                       "MTA-STS policy is not valid", f->policy.fault);
        break;
    case STS_NOT_FETCHED:
        break;
    }
}

void judge_sts(struct judge *j, size_t target)
{
    const struct sts_facts *f = j->in->sts ? &j->in->sts[target] : NULL;
    const struct resolve_target *t = &j->in->resolution->targets[target];
    struct judge_place at = {target, FINDING_NONE, FINDING_NONE};

    if (!f || t->ask->kind != RESOLVE_DOMAIN || t->status != DNS_OK || t->null_mx)
        return;
    if (!atomic_load(&f->done)) {
        judge_find(j, at, F_NOT_PROBED, STATE_DEFAULT, STAGE_DNS,
                   "MTA-STS and TLSRPT not known: the run ended before", NULL);
        return;
    }
    if (judge_records(j, at, &f->records, "MTA-STS", F_STS_POLICY_INVALID, f->record.fault))
        judge_policy(j, at, f);
    judge_records(j, at, &f->reports, "TLSRPT", F_TLSRPT_INVALID, f->report.fault);
}
