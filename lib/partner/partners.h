/* SPDX-License-Identifier: BSD-2-Clause */
/* partners: the partners of one run: what is asked for each of them, and under which terms.
 *
 * Hides how a form becomes targets: its domains, the zone's wildcard, its declared gateways, and
 * for the way back our own gateways with each of its domains as a sender. It probes nothing. */
#ifndef PARTNER_PARTNERS_H
#define PARTNER_PARTNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "partner/form.h"
#include "partner/partners_mta.h"
#include "partner/partners_profiles.h"
#include "probe/target.h"
#include "policy/tls_policy.h"

struct partner_run {
    const struct partner *partner;
    struct tls_policy outbound;
    bool outbound_asked;        /* its gateways are probed */
    bool policy_asked;          /* our mail servers are asked where mail to it goes, */
    bool form_judged;           /* whether the form is still in force */
    bool clients_asked;         /* and whether its hosts may send in plaintext */
    struct tls_policy *inbound; /* one for each of its domains, as a sender */
    size_t first, count;        /* its targets */
};

struct partners_trust {
    struct trust *trust;
    struct trust_files files; /* the form's */
};

/* An error of a form that could not be read: "path:line: field: text". */
struct partners_invalid {
    char text[256];
};

struct partners {
    struct partner_run *runs;
    size_t count;
    const struct tls_policy *policy; /* of the command line */
    struct target *targets;          /* of all members, in their order */
    size_t target_count;
    struct partners_invalid *invalid;
    size_t invalid_count;
    size_t invalid_forms;          /* that they are in */
    const struct form_own *own;    /* the form's [own] */
    struct partners_mta mta;       /* our mail servers' answers; a partner's index is its run's */
    struct partners_trust *trusts; /* of partners with files of their own */
    size_t trust_count;
    struct partners_profiles profiles; /* of partners whose forms name one */
    time_t now;                        /* of the run */
    char **strings;                    /* owned names */
    size_t string_count;
};

/* Which half is looked at: ours can be checked on our mail servers alone, theirs from anywhere. */
enum partners_half { PARTNERS_BOTH, PARTNERS_OWN, PARTNERS_NO_OWN };

struct partners_config {
    const struct form *form;
    const struct partner *only; /* NULL: all of them */
    const struct tls_policy
        *policy; /* of the command line, which beat a form's where they are given */
    bool level_given, min_version_given, match_given;
    bool outbound, inbound; /* the directions to look at */
    enum partners_half half;
    const char *const *profile_directories; /* as tls_profile_load takes them */
    size_t profile_directory_count;
    unsigned port; /* of MX hosts, and of gateways that are declared without one; 0: the usual */
    time_t now;
};

/* Fills *out, which begins zeroed but for `invalid`. False: memory; partners_clear frees in any
 * case. The form and the terms of the command line must outlive the fleet. */
bool partners_make(const struct partners_config *c, struct partners *out);
void partners_clear(struct partners *f);

/* Asks our mail servers. Where one of them falls back to plaintext without TLSA records, those of
 * the partner's gateways are asked for, too. Errors as of partners_mta_ask. */
bool partners_ask(struct partners *f, instant deadline, struct error *e);

/* Adds a form that cannot be read; a further error of the one that was added last. False: memory.
 */
bool partners_add_invalid(struct partners *f, const char *text);
bool partners_add_error(struct partners *f, const char *text);
/* Frees them; partners_clear does so, too. */
void partners_clear_invalid(struct partners *f);

/* Whether no gateway at all is probed for a partner: our mail servers say what there is to say. */
bool partners_is_by_own_mta(const struct partner_run *m);

#endif
