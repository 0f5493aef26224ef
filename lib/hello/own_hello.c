/* SPDX-License-Identifier: BSD-2-Clause */
#include "hello/own_hello.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/process_answer.h"
#include "base/span.h"
#include "base/text.h"
#include "hello/own_hello_parts.h"

bool own_hello_parts_run(const char *const *argv, instant deadline, struct process_result *out,
                         struct error *e)
{
    struct process_task task = {
        .argv = argv, .output_max = OWN_HELLO_OUTPUT_MAX, .deadline = deadline};

    *out = (struct process_result){0};
    if (!process_run(&task, out, e))
        return false;
    if (process_answer_came(out, argv[0], e))
        return true;
    process_result_free(out);
    return false;
}

bool own_hello_parts_make(const struct hello_openssl_settings *s, const char *of,
                          struct hello_template *out, struct error *e)
{
    struct error why;

    if (!hello_openssl_make(s, out, &why))
        return error_set(e, why.cause, "the configuration of %s %s", of, why.text);
    out->adds_share = true;
    return true;
}

int own_hello_parts_library(const char *text, struct sent_hello *h)
{
    struct span rest = span_of(text), name = span_word(&rest, " \t\r\n");
    struct span version = span_word(&rest, " \t\r\n");
    char number[32];
    int major, minor;

    h->library[0] = '\0';
    if (!span_is(name, "OpenSSL") || !span_copy(version, number, sizeof number))
        return 0;
    if (sscanf(number, "%d.%d", &major, &minor) != 2 || major < 1 || major > 99 || minor < 0 ||
        minor > 99)
        return 0;
    text_clean(number, sizeof number, version.at, version.len);
    text_format(h->library, sizeof h->library, "OpenSSL %s", number);
    return major * 100 + minor;
}

/* --- groups --- */

/* What the groups so far come to. */
struct shares {
    bool any;          /* a group */
    bool first_hybrid; /* the first is X25519MLKEM768: without a mark, its share is sent alone */
    bool marked;       /* some group is marked: shares are sent for these */
    bool hybrid, hybrid_marked;
};

/* Takes one entry: a name, before it "?" (may be unknown), "*" (a share is sent) and "-" (taken
 * out of the list); or "DEFAULT", which marks X25519MLKEM768, unless the list has it already, and
 * X25519. */
static void take_group(struct shares *s, struct span entry)
{
    bool marked = false, out = false, hybrid;

    for (; entry.len > 0 && strchr("?*-", *entry.at); entry.at++, entry.len--) {
        marked = marked || *entry.at == '*';
        out = out || *entry.at == '-';
    }
    hybrid = span_is_folded(entry, "X25519MLKEM768") || span_is_folded(entry, "DEFAULT");
    if (out && hybrid) {
        s->hybrid = s->hybrid_marked = s->first_hybrid = false;
        return;
    }
    if (out)
        return;
    if (span_is_folded(entry, "DEFAULT"))
        marked = true;
    if (!s->any)
        s->first_hybrid = hybrid;
    if (hybrid && !s->hybrid)
        s->hybrid_marked = marked;
    s->any = true;
    s->marked = s->marked || marked;
    s->hybrid = s->hybrid || hybrid;
}

bool own_hello_groups_send(const char *curves, const char *ffdhe)
{
    const char *lists[] = {curves, ffdhe};
    struct shares s = {0};

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct span rest = span_of(lists[i]), one;

        while ((one = span_word(&rest, ", \t\r\n:/")).len > 0)
            take_group(&s, one);
    }
    if (!s.any)
        return true;
    return s.marked ? s.hybrid_marked : s.first_hybrid;
}

/* --- the other sources --- */

/* Whether the hello of the template is large, and small without its key shares, as a comparison
 * needs. False with `e` filled. */
static bool is_large(const struct hello_template *t, struct error *e)
{
    static const unsigned char random[HELLO_TEMPLATE_RANDOM];
    unsigned char out[HELLO_TEMPLATE_WRITTEN];
    size_t small_len = hello_template_write(t, HELLO_TEMPLATE_SMALL, NULL, random, out);

    if (t->len <= HELLO_TEMPLATE_SEGMENT)
        return error_set(e, ERROR_USAGE,
                         "has a ClientHello of %zu bytes, which fits one TCP segment: no gateway "
                         "fails because of its size",
                         t->len);
    if (small_len == 0 || small_len > HELLO_TEMPLATE_SEGMENT)
        return error_set(e, ERROR_USAGE,
                         "has a ClientHello of %zu bytes that is large also without key shares, "
                         "session ticket and padding",
                         t->len);
    return true;
}

/* Reads the hello from a file. */
static bool read_file(const char *path, struct sent_hello *out, struct error *e)
{
    struct error why = {0};
    size_t len;
    char *bytes = file_read(path, HELLO_TEMPLATE_MAX, &len, &why);
    bool ok;

    if (!bytes && why.cause == ERROR_MEMORY)
        return error_memory(e);
    if (!bytes)
        return error_set(e, ERROR_FILE, "%.180s; give postfix, exim, openssl or a file", why.text);
    ok = hello_template_read(bytes, len, &out->template, &why) && is_large(&out->template, &why);
    free(bytes);
    out->source = SENT_HELLO_FILE;
    text_clean(out->program, sizeof out->program, path, strlen(path));
    if (out->template.has_name)
        out->name = SENT_HELLO_HOST_NAME;
    return ok || error_set(e, ERROR_USAGE, "\"%.100s\" %s", out->program, why.text);
}

/* Makes the hello of our own OpenSSL. */
static bool make_own(struct sent_hello *out, struct error *e)
{
    struct hello_openssl_settings s = {.has_name = true};

    out->source = SENT_HELLO_OPENSSL;
    out->name = SENT_HELLO_HOST_NAME;
    own_hello_parts_library(hello_openssl_text(), out);
    return own_hello_parts_make(&s, "OpenSSL", &out->template, e);
}

bool own_hello_load(const struct own_hello_config *c, struct sent_hello *out, struct error *e)
{
    *out = (struct sent_hello){0};
    if (strcmp(c->value, "postfix") == 0)
        return own_hello_parts_postfix(c, out, e);
    if (strcmp(c->value, "exim") == 0)
        return own_hello_parts_exim(c, out, e);
    if (strcmp(c->value, "openssl") == 0)
        return make_own(out, e);
    return read_file(c->value, out, e);
}
