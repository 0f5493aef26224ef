/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_mail: what became of the partners' mail, compared with their forms. Pure.
 *
 * Linked into check_mail_log alone. */
#ifndef JUDGE_JUDGE_MAIL_H
#define JUDGE_JUDGE_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/error.h"
#include "judge/finding_list.h"
#include "mta/mail_probe.h"
#include "mta/maillog.h"
#include "partner/mail_tally.h"
#include "partner/partners.h"

/* Everything that was seen. */
struct mail_facts {
    const struct mail_tally *tally;    /* finished */
    const struct maillog_summary *log; /* NULL: no log was asked for */
    bool queue;                        /* the queue was asked for */
    const struct mail_probe *probe;    /* of an address of a partner; NULL: none */
    size_t probed;                     /* index of that partner */
    const struct error *problems;      /* what could not be read, and what to do about it */
    size_t problem_count;
    const struct partners_invalid *invalid; /* forms that cannot be read */
    size_t invalid_count;
};

struct mail_judge {
    time_t since, now;
    double waiting;         /* seconds after which waiting mail is critical */
    unsigned waiting_count; /* recipients; 0: however many */
    const int *on;          /* of the command line, FINDING_COUNT of them */
};

struct mail_verdict {
    struct finding_list findings; /* sorted; target: a partner's index */
    enum state *states;           /* of the partners */
    enum state state;
    bool failed; /* memory ran out */
};

/* Always fills *v; judge_mail_clear frees it. */
void judge_mail(const struct mail_judge *c, const struct mail_facts *f, struct mail_verdict *v);
void judge_mail_clear(struct mail_verdict *v);

#endif
