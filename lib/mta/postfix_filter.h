/* SPDX-License-Identifier: BSD-2-Clause */
/* postfix_filter: what takes mail to a content filter before Postfix looks for its route
 * (FILTER_README): content_filter of the services that accept mail, and FILTER in the access tables
 * that smtpd(8) looks a recipient up in.
 *
 * A filter on this machine gives mail back to this Postfix, so that the route is as without it;
 * where any other filter sends mail is not known here. */
#ifndef MTA_POSTFIX_FILTER_H
#define MTA_POSTFIX_FILTER_H

#include "mta/postfix_address.h"
#include "mta/postfix_route.h"

/* Asks for the parameters of each service that accepts mail, and of cleanup(8): the server gets a
 * fact where header or body checks have FILTER. Errors as of postfix_settings_ask. */
bool postfix_filter_ask(struct postfix_instance *p, struct error *e);

/* Whether mail for `recipient` goes to a filter that is not on this machine: POSTFIX_FOUND, with
 * *origin what sends it there; POSTFIX_NONE or POSTFIX_PENDING. A table that gives no answer sends
 * mail to no filter: smtpd(8) then refuses the mail. */
enum postfix_answer postfix_filter_find(const struct postfix_instance *p,
                                        const struct postfix_lookup *l, const char *recipient,
                                        struct postfix_origin *origin);

#endif
