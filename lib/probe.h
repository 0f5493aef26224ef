/* probe: walks one gateway address through the stages and writes down what it saw.
 *
 * Hides the order of the conversation (RFC 5321 4.1.4, RFC 3207 4). It stops at the first stage
 * that makes the next impossible, and keeps all earlier facts. It knows no severity; DATA is never
 * sent. */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <time.h>

#include "observation.h"
#include "plan.h"
#include "seats.h"

/* How many sessions are inside TLS at once, where each holds some 80 KiB, and how long another one
 * waits for that at most, in milliseconds. */
enum { PROBE_SEATS = 256, PROBE_SEAT_MS = 2000 };

struct probe_config {
    const char *helo; /* NULL: this end's address literal (RFC 5321 4.1.3) */
    bool wrapper;     /* TLS from the first byte (RFC 8314 3.3) */
    bool transcript;
    bool certificates; /* look at them as other senders do too, ask for a staple, keep them whole */
    time_t fresh;      /* when a staple has to be fresh; 0: not looked at */
    int stage_ms;
    instant deadline;
    time_t now;
    struct seats *seats; /* PROBE_SEATS for all sessions of the run */
};

/* Runs one session (two where plaintext must be refused, one more to name the cause of a failed
 * handshake, up to two more with `certificates`), one after the other. The observation is zeroed by
 * the caller; observation_clear frees it. */
void probe_run(const struct probe_config *c, const struct plan_request *r, struct observation *o);

#endif
