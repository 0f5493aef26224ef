/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/html_values.h"

#include <string.h>

void html_values_add(struct html_values *v, const char *text, bool differs)
{
    for (size_t i = 0; i < v->count; i++) {
        if (strcmp(v->at[i], text) == 0) {
            v->differs[i] = v->differs[i] || differs;
            return;
        }
    }
    if (v->count == HTML_VALUES_MAX) {
        v->more = true;
        return;
    }
    text_copy(v->at[v->count], HTML_VALUES_BYTES, text);
    v->differs[v->count++] = differs;
}

void html_values_write(const struct html_values *v, const char *none, struct html_writer *w)
{
    html_writer_open(w, "td");
    if (v->count == 0)
        html_writer_element(w, "span", "note", none);
    for (size_t i = 0; i < v->count; i++) {
        if (i > 0) {
            html_writer_open(w, "br");
            html_writer_close(w);
        }
        if (v->differs[i])
            html_writer_element(w, "span", "differs", v->at[i]);
        else
            html_writer_text(w, v->at[i]);
    }
    if (v->more)
        html_writer_text(w, " and more");
    html_writer_close(w);
}
