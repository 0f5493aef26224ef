/* SPDX-License-Identifier: BSD-2-Clause */
/* verdict: what judging comes to. It has everything that a report needs besides the facts. */
#ifndef JUDGE_VERDICT_H
#define JUDGE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge/finding_list.h"
#include "policy/stage.h"
#include "policy/state.h"
#include "policy/tls_policy.h"
#include "tls/cert.h"
#include "tls/tls_code.h"

/* When a path expires, and when that alerts. */
struct path_expiry {
    const struct cert_facts *first; /* the certificate that expires first, or NULL */
    double days, lifetime;
    double limits[2]; /* of -D, in days, for that certificate; below 0: none */
};

struct address_verdict {
    bool reached; /* sent an SMTP greeting, or with TLS first completed a handshake */
    bool passed[STAGE_COUNT];
    bool dane; /* usable records decide about the certificate */
    int confidence;
    enum state cert_state;                /* worst of its certificate findings */
    int64_t total_us;                     /* from the look-ups to RCPT */
    struct path_expiry expiry;            /* the soonest */
    struct path_expiry kinds[CERT_KINDS]; /* of RSA and ECDSA, where both are served */
};

/* What counts of a gateway towards its TLS profile, beside the kinds of tls_code. */
enum { VERDICT_PROFILE_SIZES = TLS_CODE_KINDS, VERDICT_PROFILE_SUBJECTS };

/* How a gateway stands towards its TLS profile, counted by subject, whatever state --on gives to
 * findings. All 0 where it was not asked. */
struct profile_verdict {
    bool asked;
    size_t address;                               /* where it was asked */
    uint8_t violations[VERDICT_PROFILE_SUBJECTS]; /* accepted and not allowed, or required and
                                                     refused */
    uint8_t deprecated[VERDICT_PROFILE_SUBJECTS]; /* accepted and phased out */
};

struct host_verdict {
    struct address_verdict *addresses;
    size_t target; /* the first that leads to it */
    size_t order;  /* its place in the output, after all targets */
    enum state state;
    bool used;         /* some target leads to it */
    bool unreachable;  /* mail to some target finds no address at any of its hosts */
    bool renewal;      /* some of its addresses differ from the form, which is a finding */
    double confidence; /* of its reached addresses; below 0: none */
    size_t soonest;    /* address whose path expires first, FINDING_NONE where unknown */
    int64_t dns_us;    /* its look-ups, and the slowest MX lookup that led to it */
    struct profile_verdict profile;
};

struct target_verdict {
    enum state state;
    int confidence;
    bool unused;     /* a declared gateway that no MX record of its partner leads to */
    bool *in_mtasts; /* of each of its MX hosts: the MTA-STS policy lists it, or there is none that
                        counts; NULL where MTA-STS was not looked at */
};

/* How many are in each state; ok: neither CRITICAL nor UNKNOWN. */
struct state_count {
    size_t all, ok, by_state[4];
};

/* The claim about gateways without a fault. A finding that --on lets count as OK still restricts
 * it. */
struct verdict_claim {
    enum tls_level level;
    bool plaintext_refused;
    bool by_own_mta; /* our own mail servers say so, and nothing was probed */
};

/* One partner's row. */
struct partner_verdict {
    const char *id, *company; /* the form's */
    enum state state;
    struct state_count gateways; /* distinct, under however many policies */
    size_t first, finding_count; /* its findings: indices in by_partner, the worst first */
    const struct address_verdict *soonest;
    struct verdict_claim claim;
};

struct verdict {
    struct finding_list findings; /* sorted */
    struct host_verdict *hosts;   /* as in the resolution */
    struct target_verdict *targets;
    struct partner_verdict *partners; /* none where the targets are nobody's in particular */
    size_t *by_partner;               /* indices of findings, those of one partner together */
    size_t invalid_forms;             /* forms that cannot be read: partners that are not judged */
    enum state state;
    int confidence;              /* the lowest of the targets */
    struct state_count gateways; /* distinct */
    struct verdict_claim claim;
    size_t host_count, target_count, partner_count;
    bool failed; /* memory ran out: UNKNOWN */
};

void verdict_clear(struct verdict *v);

/* Counts one more. */
void verdict_count(struct state_count *c, enum state s);

/* The address whose path expires first of all, of our own gateways only where there are no
 * partners; NULL where no path is known. */
const struct address_verdict *verdict_soonest(const struct verdict *v);

/* The place of a finding among the findings of the i-th partner: 0 is the worst. */
const struct finding *verdict_partner_finding(const struct verdict *v, size_t partner, size_t i);

#endif
