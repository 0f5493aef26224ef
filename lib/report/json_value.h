/* SPDX-License-Identifier: BSD-2-Clause */
/* json_value: values that several JSON reports have, as jansson's.
 *
 * Each function returns a new value, or NULL where memory is short; a NULL that goes into one of
 * them comes out as NULL, so that only the whole has to be checked. */
#ifndef REPORT_JSON_VALUE_H
#define REPORT_JSON_VALUE_H

#include <jansson.h>
#include <time.h>

/* The list with the value in it, or the object with the value as that member. Where that is NULL,
 * both are freed. */
json_t *json_value_append(json_t *list, json_t *value);
json_t *json_value_with(json_t *object, const char *key, json_t *value);

/* A string of clean text; JSON's null for NULL and "". */
json_t *json_value_text(const char *s);

/* A string in UTC, "2026-11-30T05:12:00Z". */
json_t *json_value_time(time_t t);

/* A real with three decimals. */
json_t *json_value_rounded(double value);

#endif
