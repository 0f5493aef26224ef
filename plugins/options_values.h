/* options_values: one option's value to one field. Each returns false with the error's text,
 * without option and value, which options puts in front. */
#ifndef OPTIONS_VALUES_H
#define OPTIONS_VALUES_H

#include "options.h"

bool value_seconds(const char *s, double *out, struct err *e);
bool value_unsigned(const char *s, unsigned least, unsigned most, const char *noun, unsigned *out,
                    struct err *e);
bool value_range(const char *s, struct threshold_range *out, struct err *e);
/* STAGE=RANGE */
bool value_stage_range(const char *s, struct threshold_range *ranges, struct err *e);
/* CODE=STATE */
bool value_on(const char *s, int *states, struct err *e);
bool value_level(const char *s, enum tls_level *out, struct err *e);
bool value_min_tls(const char *s, struct options *o, struct err *e);
/* RFC 3339 */
bool value_time(const char *s, time_t *out, struct err *e);
/* "a,b,c" in place of what is there, which is freed; each passed through `each`, which returns NULL
 * where it will not have it, else a string to be freed. */
bool value_list(const char *s, struct options_list *out,
                const char *(*each)(const char *item, struct err *e), struct err *e);
const char *value_fingerprint(const char *item, struct err *e);
const char *value_match(const char *item, struct err *e);

#endif
