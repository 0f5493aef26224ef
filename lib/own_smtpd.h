/* own_smtpd: what Postfix's smtpd makes of an access table's entry, by main.cf.
 *
 * Hides which lists of restrictions ask a sender's table, what in them, in the entry or in a class
 * that either names bares it of effect, and whether there is TLS to insist on. Where main.cf is not
 * known, nothing is wrong with it. */
#ifndef OWN_SMTPD_H
#define OWN_SMTPD_H

#include <stdbool.h>

#include "own_problem.h"

/* Sets *all where no mail at all is taken without TLS, so that no table need say it of a partner.
 * False with `e` filled where a main.cf could not be read. */
bool own_smtpd_refuses_all(const struct own_check *c, bool *all);

/* Adds that `h`, an entry that is not passed over, does not refuse mail without TLS, or what makes
 * it do nothing, or refuse all mail; notes as unclear what hangs on a class that is not known.
 * False as above. */
bool own_smtpd_judge(const struct own_check *c, const struct own_hit *h);

#endif
