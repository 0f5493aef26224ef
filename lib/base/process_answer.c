/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/process_answer.h"

#include <string.h>

const char *process_answer_complaint(const char *text, size_t *len)
{
    static const char *const words[] = {"fatal: ", "error: ", "panic: "};
    const char *found = "", *last = "";

    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t n = strcspn(line, "\n");

        if (n > 0)
            last = line;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            const char *at = memmem(line, n, words[i], strlen(words[i]));

            if (at)
                found = at;
        }
    }
    if (!*found)
        found = last;
    *len = strcspn(found, "\n");
    return found;
}

bool process_answer_came(const struct process_result *r, const char *name, struct error *e)
{
    const char *said;
    size_t len;

    switch (r->end) {
    case PROCESS_MISSING:
        return error_set(e, ERROR_FILE, "%.60s is not installed", name);
    case PROCESS_DENIED:
        return error_set(e, ERROR_FILE, "%.60s may not be executed", name);
    case PROCESS_TIMEOUT:
    case PROCESS_STOPPED:
        return error_set(e, ERROR_FILE, "%.60s did not answer in time", name);
    case PROCESS_TOO_LONG:
        return error_set(e, ERROR_FILE, "%.60s printed too much", name);
    default:
        break;
    }
    if (r->end == PROCESS_EXITED && r->status == 0)
        return true;
    said = process_answer_complaint(text_str(&r->err), &len);
    if (len == 0)
        return error_set(e, ERROR_FILE, "%.60s ended with %s %d, and printed no reason", name,
                         r->end == PROCESS_EXITED ? "status" : "signal", r->status);
    return error_set(e, ERROR_FILE, "%.60s: %.*s", name, (int)(len < 100 ? len : 100), said);
}
