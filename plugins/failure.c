/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/failure.h"

#include <jansson.h>

#include "policy/finding_code.h"

void failure_begin(struct json_writer *w, const char *service, const char *summary,
                   struct text *out)
{
    json_writer_begin(w, out);
    json_writer_add(w, "version", json_integer(1));
    json_writer_add(w, "service", json_string(service));
    json_writer_add(w, "state", json_string(state_name(STATE_UNKNOWN)));
    json_writer_add(w, "exit_status", json_integer((int)STATE_UNKNOWN));
    json_writer_add(w, "summary", json_string(summary));
    json_writer_open(w, "findings");
}

void failure_add(struct json_writer *w, const char *code, const char *headline)
{
    json_writer_add(w, NULL,
                    json_pack("{s:s, s:s, s:s, s:n}", "code", code, "state",
                              state_name(STATE_UNKNOWN), "headline", headline, "detail"));
}

void failure_end(struct json_writer *w)
{
    json_writer_close(w);
    json_writer_end(w);
}

void failure_print(const char *service, const char *code, const char *text, bool json,
                   struct text *out)
{
    struct json_writer w;
    char line[640];

    text_format(line, sizeof line, "%s UNKNOWN - %s", service, text);
    if (!json) {
        text_addf(out, "%s\n", line);
        return;
    }
    failure_begin(&w, service, line, out);
    failure_add(&w, code, text);
    failure_end(&w);
}
