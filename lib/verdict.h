/* verdict: what judging is given and comes to, and the one way a finding is added to it.
 *
 * Hides what a finding counts as at a TLS level and under --on. Pure. */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "finding.h"
#include "fleet.h"
#include "plan.h"
#include "probe.h"
#include "resolve.h"
#include "sts.h"
#include "threshold.h"

struct judge_config {
    struct threshold_range warn, crit;
    struct threshold_range stage_warn[STAGE_COUNT], stage_crit[STAGE_COUNT];
    struct threshold_days days;
    bool certificates; /* what other senders see, staples, and TLSA whatever the level */
    time_t now;
};

/* What is to be judged: observations[i] is of plan->requests[i]. */
struct judge_input {
    const struct resolution *resolution;
    const struct plan *plan;
    const struct observation *observations;
    const struct revocation_check *revocations; /* or none */
    size_t revocation_count;
    const struct sts_facts *sts; /* of each target; NULL: not asked for */
    const struct fleet *fleet;   /* whose targets these are; NULL: nobody's in particular */
};

/* When a path ends, and when that alerts. */
struct path_end {
    const struct cert_facts *first; /* to end, or NULL */
    double days, lifetime;
    double limits[2]; /* of -D, in days, for that certificate; below 0: none */
};

struct address_verdict {
    bool reached; /* came to a greeting, or with TLS first to a handshake */
    bool passed[STAGE_COUNT];
    bool dane; /* usable records decide about the certificate */
    int confidence;
    enum state cert_state;             /* worst of its certificate findings */
    struct path_end end;               /* the soonest */
    struct path_end kinds[CERT_KINDS]; /* of RSA and ECDSA, where both are served */
};

struct host_verdict {
    struct address_verdict *addresses;
    enum state state;
    bool used;    /* by some target */
    bool renewal; /* some of its addresses have left what the form declares, and that is said */
    double confidence; /* of its reached addresses; below 0: none */
    size_t soonest;    /* address whose path ends first, FINDING_NONE where unknown */
};

struct target_verdict {
    enum state state;
    int confidence;
};

/* How many are in each state; ok: neither CRITICAL nor UNKNOWN. */
struct state_count {
    size_t all, ok, by_state[4];
};

struct member_verdict {
    enum state state;
    struct state_count gateways; /* distinct, whatever terms they stand there under */
    size_t worst;                /* of its findings, the first; FINDING_NONE where it has none */
    const struct address_verdict *soonest;
};

struct verdict {
    struct finding_list findings; /* sorted */
    struct host_verdict *hosts;   /* as in the resolution */
    struct target_verdict *targets;
    struct member_verdict *members; /* as in the fleet, if there is one */
    enum state state;
    int confidence;              /* the lowest of the targets */
    struct state_count gateways; /* likewise */
    size_t host_count, target_count, member_count;
    bool failed; /* memory ran out: UNKNOWN */
};

void verdict_clear(struct verdict *v);

/* How long a gateway's session took from look-up to RCPT, in microseconds. */
int64_t judge_total_us(const struct resolution *r, size_t host, const struct observation *o);

/* The look-ups for a gateway: its own and the slowest MX look-up that led to it. */
int64_t judge_dns_us(const struct resolution *r, size_t host);

void state_count_add(struct state_count *c, enum state s);

/* What the targets are to a host that some of them lead to. */
struct judge_host {
    size_t target; /* the first */
    size_t order;  /* place in the output, behind all targets */
    bool stranded; /* mail to some target finds no address at any of its hosts */
};

/* One judgement under way. */
struct judge {
    const struct judge_config *c;
    const struct judge_input *in;
    const struct terms *terms; /* of what is being judged */
    struct verdict *v;
    struct judge_host *hosts; /* as in the resolution */
    const char *face; /* "RSA", "ECDSA": which of two certificates is being judged; else NULL */
};

/* What a finding is about. */
struct judge_place {
    size_t target, host, address;
};

/* What the session to an address saw. */
const struct observation *judge_observation(const struct judge *j, size_t host, size_t address);

/* Adds a finding with its default state (or `state` where that is not STATE_DEFAULT), as the level
 * and --on have it. `detail` may be NULL. */
void judge_find(struct judge *j, struct judge_place at, enum finding_code code, int state,
                enum stage stage, const char *headline, const char *detail);

#endif
