/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/json_value.h"

#include <stdint.h>

json_t *json_value_append(json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) == 0)
        return list;
    json_decref(list);
    return NULL;
}

json_t *json_value_with(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) == 0)
        return object;
    json_decref(object);
    return NULL;
}

json_t *json_value_text(const char *s)
{
    return s && s[0] ? json_string(s) : json_null();
}

json_t *json_value_time(time_t t)
{
    struct tm tm;
    char buf[40];

    gmtime_r(&t, &tm);
    strftime(buf, sizeof buf, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return json_string(buf);
}

json_t *json_value_rounded(double value)
{
    double scaled = value * 1000 + (value < 0 ? -0.5 : 0.5);

    return json_real((double)(int64_t)scaled / 1000);
}
