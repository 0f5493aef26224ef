/* own_policy: our own mail server's policy against a partner's form: is what was agreed enforced?
 *
 * Hides which keys Postfix would look up for the partner's domains, and what is weaker than agreed.
 * It opens nothing and knows no severity. */
#ifndef OWN_POLICY_H
#define OWN_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "own_problem.h"

/* Adds what is wrong with smtp_tls_policy_maps, where mail goes out to the partner, and with
 * check_sender_access, where it comes in: each where `own` names tables. False with `e` filled
 * where a table could not be asked. */
bool own_policy_check(const struct own_asked *a, struct own_problems *out, struct err *e);

/* The level that a form comes to: verify and secure are one but for the names, and it is verify
 * where the MX host's is among them. */
enum tls_level own_level(const struct partner *p);

/* Next-hops of mail to a domain, by `own`'s transport table; the domain itself where it has none.
 */
bool own_next_hops(const struct own_asked *a, const char *domain, struct postfix_hops *out,
                   struct err *e);

/* The i-th name whose mail the form is about, a wildcard as its apex and itself; NULL behind the
 * last. */
const char *own_domain(const struct partner *p, size_t i);

/* The smtp_tls_policy_maps value that the form asks for. False: more than Postfix's syntax can say,
 * or than `cap` holds. */
bool own_policy_value(const struct partner *p, const struct form_own *own, char *dst, size_t cap);

#endif
