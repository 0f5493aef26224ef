/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_cert.h"

#include "judge/cert_check.h"
#include "judge/cert_words.h"
#include "judge/judge_expiry.h"

/* Adds a finding for each failure, none where there is none, and frees the list, which is empty
 * afterwards. `f` is the chain that was checked. Passes failures->failed on to the verdict. All
 * three indices of `at` must be set. */
static void find_failures(struct judge *j, struct judge_place at, const struct trust_facts *f,
                          struct cert_failures *failures)
{
    for (size_t i = 0; i < failures->count; i++) {
        struct judge_words w = {0};

        cert_words(j, at, f, &failures->at[i], &w);
        judge_find_words(j, at, cert_check_code(failures->at[i].kind), STAGE_CERT, &w);
    }
    if (failures->failed)
        j->v->findings.failed = true;
    cert_check_clear(failures);
}

void judge_cert_chain(struct judge *j, struct judge_place at, const struct trust_facts *f)
{
    struct address_verdict *v = &j->v->hosts[at.host].addresses[at.address];
    struct cert_failures failures = {0};

    v->dane = cert_check_is_dane(j->policy, f);
    cert_check_chain(j->policy, f, j->c->now, &failures);
    find_failures(j, at, f, &failures);
    judge_expiry_note(j, v, f);
    if (cert_check_has_dates(j->policy, f))
        judge_expiry(j, at, f);
}

void judge_cert_names(struct judge *j, struct judge_place at, const struct trust_facts *f,
                      bool dane_only)
{
    const struct resolve_target *t = &j->facts->resolution->targets[at.target];
    const struct resolve_host *h = &j->facts->resolution->hosts[at.host];
    struct cert_failures failures = {0};

    if (dane_only)
        cert_check_dane_names(j->policy, t, h, f, &failures);
    else
        cert_check_names(j->policy, t, h, f, &failures);
    find_failures(j, at, f, &failures);
}

void judge_cert_tlsa_mismatch(struct judge *j, struct judge_place at, const struct trust_facts *f)
{
    const struct cert_failure failure = {.kind = CERT_CHECK_TLSA};
    struct judge_words w = {0};

    cert_words(j, at, f, &failure, &w);
    judge_find_as(j, at, STATE_WARNING,
                  &(struct judge_found){F_TLSA_INVALID, STAGE_CERT, w.headline, w.detail});
}

bool judge_cert_refuses(struct judge *j, struct judge_place at, const struct trust_facts *f,
                        struct judge_words *out)
{
    const struct resolve_target *t = &j->facts->resolution->targets[at.target];
    const struct resolve_host *h = &j->facts->resolution->hosts[at.host];
    bool dane = cert_check_is_dane(j->policy, f), refused = false;
    struct cert_failures failures = {0};

    cert_check_chain(j->policy, f, j->c->now, &failures);
    cert_check_names(j->policy, t, h, f, &failures);
    for (size_t i = 0; i < failures.count && !refused; i++) {
        enum finding_code code = cert_check_code(failures.at[i].kind);
        enum state s = judge_find_state(j, code, finding_code_info(code)->state, dane);

        refused = s == STATE_CRITICAL;
        if (refused)
            cert_words(j, at, f, &failures.at[i], out);
    }
    if (failures.failed)
        j->v->findings.failed = true;
    cert_check_clear(&failures);
    return refused;
}
