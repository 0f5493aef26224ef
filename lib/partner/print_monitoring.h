/* SPDX-License-Identifier: BSD-2-Clause */
/* print_monitoring: the hosts of partners for Icinga 2 and Nagios, so that nothing of a form is
 * entered twice. icinga-templates/ makes the services of them.
 *
 * Hides how texts and options are quoted there. Pure. */
#ifndef PARTNER_PRINT_MONITORING_H
#define PARTNER_PRINT_MONITORING_H

#include "base/text.h"
#include "partner/form.h"

/* Objects for Icinga 2: a host for each partner, with its domains and gateways. */
void print_monitoring_icinga(const struct partner *partners, size_t count, struct text *out);

/* Objects for Nagios Core 4: a host for each partner, and one for each of its gateways. */
void print_monitoring_nagios(const struct partner *partners, size_t count, struct text *out);

#endif
