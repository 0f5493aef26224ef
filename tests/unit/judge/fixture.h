/* SPDX-License-Identifier: BSD-2-Clause */
/* fixture: a resolution, its plan and observations in memory, as if resolved and probed. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "judge/judge.h"
#include "report/report_render.h"
#include "probe/plan.h"
#include "probe/probe.h"
#include "probe/resolve.h"

enum { FIXTURE_ASKS = 1100, DAY = 86400 };

struct fixture {
    struct target targets[FIXTURE_ASKS];
    struct resolution r;
    struct tls_policy policy; /* of all targets */
    struct plan plan;
    struct observation *o;
    const struct observation **observed; /* the same */
    struct facts facts;                  /* all of that, as it is judged */
    struct judge_config judge;
    struct verdict verdict;
    const char *match[4];
    const struct partners *partners; /* whose targets these are, or NULL */
};

/* Level verify, --match hostname, one `now`, nothing resolved. */
void fixture_open(struct fixture *f);
/* With one target, example.com. */
void fixture_domain(struct fixture *f);
void fixture_close(struct fixture *f);

size_t fixture_target(struct fixture *f, enum target_kind kind, const char *name,
                      const char *recipient);
/* A gateway of a target; the same name is the same gateway. */
size_t fixture_host(struct fixture *f, size_t target, const char *name, unsigned preference);
void fixture_address(struct fixture *f, size_t host, const char *address);
/* Both: a gateway that has one address. */
size_t fixture_gateway(struct fixture *f, size_t target, const char *name, unsigned preference,
                       const char *address);
void fixture_tlsa(struct fixture *f, size_t host, int usage);

/* Plans, and gives each request an observation that is all well. */
void fixture_plan(struct fixture *f);
/* The same where the terms of the targets are their own. */
void fixture_observe(struct fixture *f);
struct observation *fixture_at(struct fixture *f, size_t host, size_t address);

/* The session stops at a stage: nothing behind it was entered. */
void fixture_fail(struct observation *o, enum stage s, enum probe_fault fault, int code,
                  const char *text);
/* As where STARTTLS is not offered: MAIL and RCPT are still asked in plaintext. */
void fixture_no_starttls(struct observation *o);
void fixture_no_names(struct observation *o);
void fixture_add_fault(struct trust_faults *list, int code, int depth);

void fixture_judge(struct fixture *f);
const struct finding *fixture_find(const struct fixture *f, enum finding_code code);
/* Gives a finding other texts than it was found with. */
void fixture_words(struct finding *f, const char *headline);
size_t fixture_count(const struct fixture *f, enum finding_code code);

/* The text that `write` appends to an empty one: UTF-8, in one piece. The caller frees it. */
extern const struct report_config fixture_report;
char *fixture_render(const struct fixture *f,
                     void (*write)(const struct report_config *c, const struct report_input *in,
                                   struct text *out),
                     const struct report_config *c);

/* One domain, one gateway "mx.example.com" [192.0.2.1], planned. */
void fixture_one(struct fixture *f);

#endif
