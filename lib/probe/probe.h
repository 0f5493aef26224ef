/* SPDX-License-Identifier: BSD-2-Clause */
/* probe: walks one gateway address through the stages and writes down what it saw.
 *
 * Hides the order of the conversation (RFC 5321 4.1.4, RFC 3207 4). It stops at the first stage
 * that makes the next impossible, and keeps all earlier facts. It knows no severity; DATA is never
 * sent. */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include <stdbool.h>
#include <time.h>

#include "probe/observation.h"
#include "probe/plan.h"
#include "base/limiter.h"
#include "base/pool.h"

/* How many sessions are inside TLS concurrently, where each holds some 80 KiB, and how long another
 * one waits for that at most, in milliseconds. */
enum { PROBE_TLS_SESSIONS = 256, PROBE_TLS_WAIT_MS = 2000 };

struct probe_config {
    const char *helo;            /* NULL: this end's address literal (RFC 5321 4.1.3) */
    struct address_pair sources; /* that we connect from, where they are given */
    bool transcript;
    bool certificates; /* look at them as other senders do too, ask for a staple, keep them whole */
    time_t fresh;      /* when a staple has to be fresh; 0: not looked at */
    int stage_ms;      /* for each stage but the greeting */
    int greeting_ms;   /* for the greeting: see handshake_greeting_deadline */
    instant deadline;
    time_t now;
    const struct pool_watch *watch; /* sessions stay where they are when this ends; or NULL */
    struct limiter *limiter;        /* PROBE_TLS_SESSIONS for all sessions of the run */
};

/* Runs one session (two where plaintext must be refused, one more to name the cause of a failed
 * handshake, up to two more with `certificates`), one after the other. The observation is as
 * observation_init left it; observation_clear frees it. */
void probe_run(const struct probe_config *c, const struct plan_request *r, struct observation *o);

#endif
