/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "hello/own_hello_parts.h"

enum { ARGS_MAX = 6 };

/* Writes the command line to `argv`. With debugging, exim -bV prints the versions of libraries. */
static void write_command(const struct own_hello_config *c, const char *program, bool debugging,
                          const char *argv[ARGS_MAX])
{
    size_t n = 0;

    argv[n++] = program;
    if (c->exim) {
        argv[n++] = "-C";
        argv[n++] = c->exim;
    }
    if (debugging)
        argv[n++] = "-d-all+tls";
    argv[n++] = "-bV";
    argv[n] = NULL;
}

/* Runs "exim -bV", or exim4 where there is no exim, which *program then says. True:
 * process_result_free is due. */
static bool ask(const struct own_hello_config *c, const char **program, struct process_result *out,
                struct error *e)
{
    static const char *const programs[] = {"exim", "exim4"};
    const char *argv[ARGS_MAX];

    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        *program = programs[i];
        write_command(c, *program, false, argv);
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

/* Takes the kind of library from the rest of the line "Support for: crypteq IPv6 GnuTLS DANE". */
static void take_support(struct span line, struct sent_hello *out)
{
    if (span_find(line, "GnuTLS") == line.len)
        return;
    text_copy(out->library, sizeof out->library, "GnuTLS");
    out->use = SENT_HELLO_OTHER_LIBRARY;
}

/* Fills program, library and use from what exim -bV prints, as far as it is there. */
static void take(const char *printed, struct sent_hello *out)
{
    struct span rest = span_of(printed);
    const char *library = NULL;

    while (rest.len > 0) {
        struct span line = span_trim(span_until(&rest, '\n'));

        if (span_skip(&line, "Exim version "))
            take_version(line, out);
        else if (span_skip(&line, "Support for:"))
            take_support(line, out);
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

/* Takes the version of the library. Exim prints it also to a user to whom it then denies debugging,
 * by its exit status. False with `e` filled: memory, or no process. */
static bool ask_library(const struct own_hello_config *c, const char *program,
                        struct sent_hello *out, struct error *e)
{
    const char *argv[ARGS_MAX];
    struct process_task task = {.argv = argv,
                                .output_max = OWN_HELLO_OUTPUT_MAX,
                                .drop_errors = true,
                                .deadline = c->deadline};
    struct process_result r = {0};

    write_command(c, program, true, argv);
    if (!process_run(&task, &r, e))
        return false;
    if (r.end == PROCESS_EXITED)
        take(text_str(&r.out), out);
    process_result_free(&r);
    return true;
}

bool own_hello_parts_exim(const struct own_hello_config *c, struct sent_hello *out, struct error *e)
{
    struct hello_openssl_settings s = {.has_name = true};
    struct process_result r;
    const char *program;

    out->source = SENT_HELLO_EXIM;
    out->use = SENT_HELLO_LIBRARY_NOT_KNOWN;
    text_copy(out->program, sizeof out->program, "Exim");
    if (!ask(c, &program, &r, e))
        return false;
    take(text_str(&r.out), out);
    process_result_free(&r);
    return ask_library(c, program, out, e) &&
           own_hello_parts_make(&s, "OpenSSL", &out->template, e);
}
