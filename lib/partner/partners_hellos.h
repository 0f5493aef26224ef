/* SPDX-License-Identifier: BSD-2-Clause */
/* partners_hellos: the ClientHello that our Postfix sends to each partner, where entries of
 * smtp_tls_policy_maps differ from its parameters.
 *
 * Hides which entry is a partner's: that of the first next hop of mail to it which has one. */
#ifndef PARTNER_PARTNERS_HELLOS_H
#define PARTNER_PARTNERS_HELLOS_H

#include "hello/own_hello.h"
#include "partner/partners.h"

/* Begins zeroed. */
struct partners_hellos {
    struct sent_hello *at; /* one for each set of attributes */
};

/* Sets outbound.hello of each partner whose entry has attributes that change the hello; NULL where
 * Postfix then sends none that is large. partners_ask comes first; the first Postfix of [own] is
 * asked, which `c` has. False with `e` filled as own_hello_load_entries does. */
bool partners_hellos_load(struct partners_hellos *h, struct partners *f,
                          const struct own_hello_config *c, struct error *e);

void partners_hellos_clear(struct partners_hellos *h);

#endif
