/* SPDX-License-Identifier: BSD-2-Clause */
/* exim_output: what Exim's modes for tests print, taken apart (Exim specification, chapter 5).
 *
 * Pure. All spans point into the text that was read, which must outlive what was made of it; they
 * are raw: hostile, not clean. Whatever is not understood is left out. False with `e` filled: out
 * of memory; the clear function is due in any case. */
#ifndef MTA_EXIM_OUTPUT_H
#define MTA_EXIM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/span.h"

/* --- exim -bP: options and named lists --- */

enum exim_kind { EXIM_MAIN, EXIM_ROUTER, EXIM_TRANSPORT, EXIM_DOMAIN_LIST, EXIM_HOST_LIST };

struct exim_setting {
    enum exim_kind kind;
    struct span owner; /* the router or transport; else empty */
    struct span name;
    struct span value; /* as it is configured, not expanded; "yes" or "no" of a switch */
    bool hidden;       /* Exim does not show it to our user */
};

/* Begins zeroed. */
struct exim_settings {
    struct exim_setting *at;
    size_t count;
    struct span *routers; /* their names, in the order in which Exim tries them */
    size_t router_count;
    struct hash index;
};

/* Adds the settings of one output. */
bool exim_output_add_settings(struct exim_settings *s, struct span text, struct error *e);
void exim_output_clear_settings(struct exim_settings *s);

/* A setting, or NULL. `owner` is empty for main options and lists. */
const struct exim_setting *exim_output_get_setting(const struct exim_settings *s,
                                                   enum exim_kind kind, struct span owner,
                                                   const char *name);

/* The same, by a name that is a span. */
const struct exim_setting *exim_output_find_setting(const struct exim_settings *s,
                                                    enum exim_kind kind, struct span owner,
                                                    struct span name);

/* --- exim -bt and -be: an answer after each prompt "> " --- */

/* Takes the next answer off the beginning of *text: what Exim printed between two prompts, without
 * the last line end. False: no complete answer is left. */
bool exim_output_next_answer(struct span *text, struct span *answer);

/* --- exim -bt: where mail for a recipient goes --- */

enum exim_outcome {
    EXIM_ROUTED,     /* by `router` to `transport` */
    EXIM_REDIRECTED, /* to a file, a program or a reply */
    EXIM_UNDELIVERABLE,
    EXIM_DEFERRED,
    EXIM_DISCARDED,
    EXIM_MISREAD /* the recipient's syntax is wrong */
};

struct exim_host {
    struct span name;
    struct span address; /* without brackets; empty where it is not known */
    int mx;              /* preference, -1 where it does not come from an MX record */
    unsigned port;       /* 0: the transport's */
};

struct exim_delivery {
    enum exim_outcome outcome;
    struct span address; /* what the recipient has become */
    struct span reason;  /* empty for users whom Exim does not trust */
    struct span router, transport;
    struct exim_host *hosts;
    size_t host_count;
};

struct exim_deliveries {
    struct exim_delivery *at;
    size_t count;
};

/* The deliveries of one answer, hosts ordered by preference, name and address, because Exim
 * shuffles equal ones. */
bool exim_output_deliveries_read(struct span answer, struct exim_deliveries *out, struct error *e);
void exim_output_deliveries_clear(struct exim_deliveries *d);
bool exim_output_deliveries_are_equal(const struct exim_deliveries *a,
                                      const struct exim_deliveries *b);

/* --- exim -bh: one side of an SMTP session --- */

/* Takes the next reply off the beginning of *text; `reply` is its last line without line end.
 * False: no reply is left. */
bool exim_output_next_reply(struct span *text, unsigned *code, struct span *reply);

#endif
