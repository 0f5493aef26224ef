/* SPDX-License-Identifier: BSD-2-Clause */
/* failure: the JSON of a run that has nothing to judge, because of a usage error, a form that
 * cannot be read, or the end of the time.
 *
 * Hides its layout, of which the schemas have the description. The texts are clean. */
#ifndef PLUGINS_FAILURE_H
#define PLUGINS_FAILURE_H

#include <stdbool.h>

#include "base/text.h"
#include "report/json_writer.h"

#define FAILURE_USAGE "usage-error"
#define FAILURE_FORM "form-invalid"
#define FAILURE_ENDED "not-probed"

/* Begins the object in *out, which then belongs to *w until failure_end. `summary` is the first
 * line of the other formats. Where memory is short, out->failed is set. */
void failure_begin(struct json_writer *w, const char *service, const char *summary,
                   struct text *out);

/* Adds one finding, of one of the codes above. */
void failure_add(struct json_writer *w, const char *code, const char *headline);

void failure_end(struct json_writer *w);

/* Appends the whole: as JSON with one finding, or "SERVICE UNKNOWN - text" and a newline. */
void failure_print(const char *service, const char *code, const char *text, bool json,
                   struct text *out);

#endif
