/* SPDX-License-Identifier: BSD-2-Clause */
/* A form, printed for Postfix: our own check can read every entry, at the level of the form; no key
 * is there twice, and nothing of a form begins a line of its own. For the others: names of routers
 * are names. */
#include <string.h>

#include "fuzz.h"
#include "mta/postfix_entry.h"
#include "partner/print_exim.h"
#include "partner/print_opensmtpd.h"
#include "partner/print_postfix.h"

enum { PRINTED_MAX = 1 << 22, KEYS_MAX = 4096 };

typedef bool print_fn(const struct print_common_policy *a, struct text *out, struct error *e);

static bool has_level(const struct form *form, int level)
{
    for (size_t i = 0; i < form->count; i++) {
        if ((int)form->at[i].level == level)
            return true;
    }
    return false;
}

static void look_at_entry(const struct form *form, const char *line, size_t len)
{
    static struct postfix_entry entry;
    char *copy = fuzz_string((const uint8_t *)line, len), *value = strchr(copy, ' '), why[200];

    HOLDS(value && value > copy);
    HOLDS(postfix_entry_read(value + 1, 306, &entry, why, sizeof why));
    HOLDS(has_level(form, entry.level));
    free(copy);
}

static void look_at_table(const struct form *form, const char *table)
{
    static const char *keys[KEYS_MAX];
    size_t count = 0;

    for (const char *line = table; *line; line += strcspn(line, "\n") + 1) {
        size_t len = strcspn(line, "\n"), key = strcspn(line, " ") + 1;

        if (len == 0 || *line == '#')
            continue;
        look_at_entry(form, line, len);
        for (size_t i = 0; i < count; i++)
            HOLDS(strncmp(keys[i], line, key) != 0);
        if (count < KEYS_MAX)
            keys[count++] = line;
    }
}

static void look_at_lines(const char *conf)
{
    for (const char *line = conf; (line = strstr(line, "\npartner_")); line++) {
        size_t len =
            strspn(line + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

        HOLDS(strncmp(line + 1 + len, ":\n", 2) == 0);
    }
}

static void print(print_fn *p, const struct form *form, struct text *out)
{
    const struct print_common_policy a = {
        .partners = form->at, .count = form->count, .own = &form->own};
    struct error e = {0};

    text_init(out, PRINTED_MAX);
    if (!p(&a, out, &e)) {
        HOLDS(fuzz_is_error(&e) || e.cause == ERROR_FILE || e.cause == ERROR_MEMORY);
        text_free(out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = fuzz_bytes(data, size);
    struct form form = {0};
    struct error e = {0};
    struct text out;

    if (form_read("/dir/f", exact, size, &form, &e)) {
        print(print_postfix, &form, &out);
        look_at_table(&form, text_str(&out));
        text_free(&out);
        print(print_exim, &form, &out);
        look_at_lines(text_str(&out));
        text_free(&out);
        print(print_opensmtpd, &form, &out);
        text_free(&out);
    }
    free(exact);
    form_clear(&form);
    return 0;
}
