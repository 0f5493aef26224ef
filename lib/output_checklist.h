/* output_checklist: the steps to mandatory TLS with each partner, and how far each of them is. */
#ifndef OUTPUT_CHECKLIST_H
#define OUTPUT_CHECKLIST_H

#include "report.h"

/* Appends one checklist for each partner of the fleet. What was not measured says why. */
void output_checklist(const struct report_config *c, const struct report_input *in,
                      struct text *out);

#endif
