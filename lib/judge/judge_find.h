/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_find: one judgement under way, and the one way a finding is added to its verdict.
 *
 * Hides what a finding counts as at a TLS level and under --on. Pure. */
#ifndef JUDGE_JUDGE_FIND_H
#define JUDGE_JUDGE_FIND_H

#include "judge/facts.h"
#include "judge/judge_config.h"
#include "judge/verdict.h"

/* Begins zeroed, apart from c, facts and v. */
struct judge {
    const struct judge_config *c; /* NULL while forms are compared, which needs no threshold */
    const struct facts *facts;
    const struct tls_policy *policy; /* of what is being judged; set before a finding is added */
    struct verdict *v;
    bool pinned;       /* the certificate counts at level encrypt, too */
    const char *label; /* "RSA", "ECDSA": which of two certificates is being judged; else NULL */
};

/* The subject of a finding: indices, FINDING_NONE where it is about more than one. With an address
 * there is a host. */
struct judge_place {
    size_t target, host, address;
};

/* A finding's texts while they are put together. */
struct judge_words {
    char headline[FINDING_HEADLINE], detail[FINDING_DETAIL];
};

/* What is found. The texts are clean; the finding that is added has copies of them. */
struct judge_found {
    enum finding_code code;
    enum stage stage; /* STAGE_COUNT: none in particular */
    const char *headline;
    const char *detail; /* expected and seen; NULL: nothing more */
};

/* Adds a finding with its code's own state, as the TLS level and --on let it count. */
void judge_find(struct judge *j, struct judge_place at, const struct judge_found *f);

/* The same with another state than the code's own. */
void judge_find_as(struct judge *j, struct judge_place at, enum state s,
                   const struct judge_found *f);

/* Adds a finding with the code's own state and these texts. */
void judge_find_words(struct judge *j, struct judge_place at, enum finding_code code,
                      enum stage stage, const struct judge_words *w);

/* The state of a finding of the code at the level that is being judged by, if its own state is `s`.
 * `dane`: TLSA records decide about the certificate that it is about. */
enum state judge_find_state(const struct judge *j, enum finding_code code, enum state s, bool dane);

#endif
