/* SPDX-License-Identifier: BSD-2-Clause */
/* json_writer: one JSON object, written member by member, so that a large report is never in memory
 * as a tree.
 *
 * Lays out as jansson does with JSON_INDENT(2). */
#ifndef REPORT_JSON_WRITER_H
#define REPORT_JSON_WRITER_H

#include <jansson.h>

#include "base/text.h"

struct json_writer {
    struct text *out; /* the caller's; out->failed says that memory ran out */
    size_t depth;     /* of objects and arrays that are open */
    bool any;         /* the innermost of them has a member */
};

/* The object's "{", appended to *out. */
void json_writer_begin(struct json_writer *w, struct text *out);

/* One more member of the object (key NULL: of the array) that is open. Frees the value; NULL, which
 * jansson returns where memory is short, sets out->failed. */
void json_writer_add(struct json_writer *w, const char *key, json_t *value);

/* Members of an array that is itself a member of the object; json_writer_close ends it. */
void json_writer_open(struct json_writer *w, const char *key);
void json_writer_close(struct json_writer *w);

/* The object's "}" and a newline. */
void json_writer_end(struct json_writer *w);

#endif
