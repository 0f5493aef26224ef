/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_config: the thresholds that facts are judged by. Pure data. */
#ifndef JUDGE_JUDGE_CONFIG_H
#define JUDGE_JUDGE_CONFIG_H

#include <stdbool.h>
#include <time.h>

#include "base/deadline.h"
#include "base/threshold.h"
#include "policy/stage.h"

struct judge_config {
    struct threshold_range warn, crit; /* of the whole session, in seconds */
    struct threshold_range stage_warn[STAGE_COUNT], stage_crit[STAGE_COUNT];
    struct threshold_days days;
    const struct deadline_limit *limit; /* until when targets are judged; NULL: without end */
    bool certificates; /* what other senders see, staples, and TLSA whatever the level */
    time_t now;
};

#endif
