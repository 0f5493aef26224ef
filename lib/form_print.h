/* form_print: a partner's form as text for people, to be checked, completed and sent back. Pure. */
#ifndef FORM_PRINT_H
#define FORM_PRINT_H

#include "form.h"
#include "text.h"

/* Appends the form of one partner: who we both are, TLS from the partner to us by `own`, TLS from
 * us to the partner by what it declared. What is not known stays blank. Lines of at most 80
 * characters. How findings count and where our mail server keeps its policy is nobody else's
 * business. */
void form_print(const struct partner *p, const struct form_own *own, struct text *out);

#endif
