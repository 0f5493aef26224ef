/* fleet: the partners of one run: what is asked for each of them, and under which terms.
 *
 * Hides how a form becomes targets: its domains, the zone's wildcard, its declared gateways, and
 * for the way back our own gateways with each of its domains as a sender. It probes nothing. */
#ifndef FLEET_H
#define FLEET_H

#include <stdbool.h>
#include <stddef.h>

#include "form.h"
#include "own_problem.h"
#include "resolve.h"
#include "terms.h"

struct fleet_member {
    const struct partner *partner;
    struct terms outbound;
    bool outbound_asked;
    bool access_asked;            /* our own tables against its senders, */
    bool access_known;            /* which could be read, and understood */
    struct terms *inbound;        /* one for each of its domains, as a sender */
    size_t first, count;          /* its targets */
    bool policy_known;            /* our own mail server's policy for mail to it was looked at */
    struct own_problems problems; /* of that policy, */
    size_t inbound_problems;      /* and behind so many, of the one for mail from it */
};

/* A form that could not be read: "path:line: field: text". */
struct fleet_invalid {
    char text[256];
};

struct fleet {
    struct fleet_member *members;
    size_t count;
    const struct terms *terms; /* of the command line */
    struct resolve_ask *asks;  /* of all members, in their order */
    size_t ask_count;
    size_t *member_of; /* of each ask, and so of each target */
    struct fleet_invalid *invalid;
    size_t invalid_count;
    size_t unread_count;   /* of these, what [own] names: they are no partners */
    struct trust **trusts; /* of partners with roots of their own */
    const char **trust_files;
    size_t trust_count;
    char **strings; /* owned names */
    size_t string_count;
};

struct fleet_config {
    const struct form *form;
    const struct partner *only; /* NULL: all of them */
    const struct terms *terms;  /* of the command line, which beat a form's where they are given */
    bool level_given, min_version_given, match_given;
    bool outbound, inbound; /* the directions to look at */
    unsigned port;          /* of MX hosts, and of gateways that are declared without one */
};

/* Fills *out, which begins zeroed but for `invalid`. False: memory; fleet_clear frees in any case.
 * The form and the terms of the command line must outlive the fleet. */
bool fleet_make(const struct fleet_config *c, struct fleet *out);
void fleet_clear(struct fleet *f);

/* Adds a form that cannot be read. False: memory. */
bool fleet_add_invalid(struct fleet *f, const char *text);

/* Drops the targets of declared gateways that a domain of the same partner leads to anyway, so that
 * only those are left that no MX record names; and addresses of a family that is not asked for. */
void fleet_drop_found(const struct fleet *f, struct resolution *r);

/* Whether no gateway at all is probed for a member: our own tables say what there is to say. */
bool fleet_is_by_tables(const struct fleet_member *m);

/* What a target is to its partner: a sender's domain is one that only our own tables are asked
 * about. */
enum fleet_role { FLEET_DOMAIN, FLEET_DECLARED, FLEET_INBOUND, FLEET_SENDER };

enum fleet_role fleet_role_of(const struct resolve_ask *ask);

#endif
