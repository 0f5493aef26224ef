/* SPDX-License-Identifier: BSD-2-Clause */
/* postfix_route: to which next hop Postfix sends mail for a recipient.
 *
 * Hides the order in which trivial-rewrite(8) looks: address classes (ADDRESS_CLASS_README),
 * sender-dependent maps, default_transport and relay_transport, relayhost, transport(5). The
 * look-ups themselves are postmap's. */
#ifndef MTA_POSTFIX_ROUTE_H
#define MTA_POSTFIX_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "mta/postfix_settings.h"
#include "mta/postfix_tables.h"

enum { POSTFIX_HOP_MAX = 2048 };

/* The setting that decided: a parameter (file NULL) or an entry of a table. Raw; the strings live
 * as long as settings and tables. */
struct postfix_origin {
    const char *file, *key, *value;
    const struct postfix_service *service; /* of a parameter; NULL: the one that finds routes */
};

struct postfix_route {
    enum {
        POSTFIX_ROUTE_SENT,        /* by `service` to `next_hop` */
        POSTFIX_ROUTE_BOUNCED,     /* by `origin` */
        POSTFIX_ROUTE_NOT_FOLLOWED /* what `origin` does to the recipient is not followed */
    } kind;
    char service[128], next_hop[POSTFIX_HOP_MAX];
    struct postfix_origin origin; /* of the next hop; all NULL where it is the recipient's domain */
    struct postfix_hit failed;    /* where the answer is POSTFIX_ERROR: which table, which key */
};

/* The parameters that decide; to be asked of the service "rewrite". Ends with NULL. */
extern const char *const postfix_route_names[];

/* Finds the route of mail from `sender` for `recipient`. POSTFIX_FOUND, POSTFIX_PENDING, or
 * POSTFIX_ERROR with `failed` filled. `rewrite` has the parameters. */
enum postfix_answer postfix_route_find(const struct postfix_service *rewrite,
                                       struct postfix_tables *tables, const char *sender,
                                       const char *recipient, struct postfix_route *out);

/* Whether the route depends on the sender at all. */
bool postfix_route_by_sender(const struct postfix_service *rewrite);

#endif
