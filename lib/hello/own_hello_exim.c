/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/span.h"
#include "hello/own_hello_parts.h"

/* Runs "exim -bV", or exim4 where there is no exim. True: process_result_free is due. */
static bool ask(const struct own_hello_config *c, struct process_result *out, struct error *e)
{
    static const char *const programs[] = {"exim", "exim4"};

    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        const char *argv[] = {programs[i], "-bV", NULL, NULL, NULL};

        if (c->exim) {
            argv[1] = "-C";
            argv[2] = c->exim;
            argv[3] = "-bV";
        }
        if (own_hello_parts_run(argv, c->deadline, out, e))
            return true;
        if (out->end != PROCESS_MISSING)
            return false;
    }
    return false;
}

/* Sets out->program from a line "Exim version 4.96 #2 built 26-Nov-2026 14:26:47". */
static void take_version(struct span line, struct sent_hello *out)
{
    struct span version = span_word(&line, " \t");
    char text[32];

    text_clean(text, sizeof text, version.at, version.len);
    text_format(out->program, sizeof out->program, "Exim %s", text);
}

/* Sets library and use from the line about the library that Exim runs with, which comes after the
 * one that names it: "Runtime: OpenSSL 3.0.19 27 Jan 2026", for GnuTLS "Runtime: 3.7.9". */
static void take_library(const char *library, struct span runtime, struct sent_hello *out)
{
    char text[64];
    int version;

    text_clean(text, sizeof text, runtime.at, runtime.len);
    if (strcmp(library, "GnuTLS") == 0) {
        text_format(out->library, sizeof out->library, "GnuTLS %.40s", text);
        out->use = SENT_HELLO_OTHER_LIBRARY;
        return;
    }
    version = own_hello_parts_library(text, out);
    out->use = SENT_HELLO_SETTINGS_NOT_KNOWN;
    if (version == 0)
        out->use = SENT_HELLO_LIBRARY_NOT_KNOWN;
    else if (version < OWN_HELLO_KEY_SHARE)
        out->use = SENT_HELLO_OLD_LIBRARY;
}

/* Fills program, library and use from what exim -bV prints. */
static void take(const char *printed, struct sent_hello *out)
{
    struct span rest = span_of(printed);
    const char *library = NULL;

    out->use = SENT_HELLO_LIBRARY_NOT_KNOWN;
    text_copy(out->program, sizeof out->program, "Exim");
    while (rest.len > 0) {
        struct span line = span_trim(span_until(&rest, '\n'));

        if (span_skip(&line, "Exim version "))
            take_version(line, out);
        else if (span_begins(line, "Library version: OpenSSL:"))
            library = "OpenSSL";
        else if (span_begins(line, "Library version: GnuTLS:"))
            library = "GnuTLS";
        else if (library && span_skip(&line, "Runtime: ")) {
            take_library(library, line, out);
            library = NULL;
        }
    }
}

bool own_hello_parts_exim(const struct own_hello_config *c, struct sent_hello *out, struct error *e)
{
    struct hello_openssl_settings s = {.has_name = true};
    struct process_result r;

    out->source = SENT_HELLO_EXIM;
    if (!ask(c, &r, e))
        return false;
    take(text_str(&r.out), out);
    process_result_free(&r);
    return own_hello_parts_make(&s, "OpenSSL", &out->template, e);
}
