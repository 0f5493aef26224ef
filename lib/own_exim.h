/* own_exim: our own Exim's configuration against a partner's form.
 *
 * Hides which router and transport mail to the partner's domains takes, and which of the
 * transport's options come to which TLS level. It opens nothing and knows no severity. */
#ifndef OWN_EXIM_H
#define OWN_EXIM_H

#include "own_problem.h"

/* Adds what is wrong with a->exim where mail goes out to the partner. Host lists are held against
 * a->mx; of the reader only `readable` is used. */
void own_exim_check(const struct own_asked *a, struct own_problems *out);

#endif
