/* own_smtpd: what main.cf makes of the tables that refuse partners' mail without TLS.
 *
 * Hides which restriction lists of smtpd ask a sender's table, what in them bares it of effect, and
 * whether there is TLS to insist on. Where main.cf is not known, nothing is wrong with it. */
#ifndef OWN_SMTPD_H
#define OWN_SMTPD_H

#include <stdbool.h>

#include "own_problem.h"

/* Sets *all where no mail at all is taken without TLS, so that no table need say it of a partner.
 * False with `e` filled where a main.cf could not be read. */
bool own_smtpd_refuses_all(const struct own_check *c, bool *all);

/* Adds what makes `h`, an entry that refuses mail without TLS, do nothing, or refuse all mail.
 * False as above. */
bool own_smtpd_heeds(const struct own_check *c, const struct own_hit *h);

#endif
