/* SPDX-License-Identifier: BSD-2-Clause */
/* probe_stage: writes down what a stage of a session saw. One writer; readers look at final facts
 * only.
 *
 * Hides how replies and failures become the facts of an observation. */
#ifndef PROBE_PROBE_STAGE_H
#define PROBE_PROBE_STAGE_H

#include "probe/probe.h"
#include "smtp/smtp.h"

/* One session under way. */
struct probe_session {
    const struct probe_config *c;
    const struct plan_request *r;
    struct observation *o;
    struct smtp smtp;
    bool waited, seated; /* for and in a seat inside TLS */
    char helo[80];
    char plain_text[OBSERVATION_TEXT_SIZE]; /* of the session without TLS */
};

/* Begins a stage; returns its facts. */
struct stage_fact *probe_stage_begin(struct probe_session *s, enum stage stage);

/* Ends the stage that was begun, with a reply code (0: none) and the text of a reply or reason,
 * which is cleaned. Returns whether the stage passed. */
bool probe_stage_end(struct probe_session *s, enum stage stage, enum probe_fault fault, int code,
                     const char *text);

/* The same after a command, by its reply. */
bool probe_stage_end_smtp(struct probe_session *s, enum stage stage, enum smtp_status status);

enum probe_fault probe_stage_conn_fault(enum conn_status status);
enum probe_fault probe_stage_fault(const struct smtp *s, enum smtp_status status);

/* The text to keep of a reply, or of the lack of one; and the part of a broken reply that came, if
 * the text does not have it, otherwise "". Borrowed from the session. */
const char *probe_stage_words(const struct smtp *s, enum probe_fault fault);
const char *probe_stage_seen(const struct smtp *s, enum probe_fault fault);

/* Cleans a text, which is cut to `size` bytes, at most OBSERVATION_TEXT_SIZE, and keeps it in the
 * observation. "" where memory ran out: then the next stage says so. */
const char *probe_stage_keep(struct observation *o, const char *text, size_t size);

/* Notes whether the handshake had a request for our certificate, and what it got. */
void probe_stage_client(struct probe_session *s);

/* Notes what the last reply, to EHLO inside TLS, offers. */
void probe_stage_offer(struct probe_session *s);

/* Adds the deviations of a reply to a stage's facts. */
void probe_stage_deviations(struct observation *o, struct stage_fact *f, enum stage stage,
                            struct smtp_reply *reply);

#endif
