/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_expand.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

/* One value under way. Begins zeroed, but with subject, rest, out and why. */
struct scan {
    const struct exim_subject *subject;
    struct span rest; /* of the value */
    struct text *out;
    struct span *why;
    /* For each open brace: whether a '/' follows it. Exim refuses a file name that contains the
     * recipient's domain, because that is tainted; exim -be would open the file. */
    bool slash[DEPTH_MAX];
    size_t depth;
};

bool exim_expand_is_plain(const char *name)
{
    if (!name || *name == '\0')
        return false;
    for (; *name; name++) {
        if (!isalnum((unsigned char)*name) && !strchr(".:-_", *name))
            return false;
    }
    return true;
}

bool exim_expand_needed(struct span value)
{
    return span_find(value, "$") < value.len || span_find(value, "\\") < value.len;
}

/* Takes `len` bytes, which the rest must have, off the rest and adds them to the output. */
static void pass(struct scan *s, size_t len)
{
    text_add_bytes(s->out, s->rest.at, len);
    if (memchr(s->rest.at, '/', len))
        s->slash[s->depth] = true;
    s->rest.at += len;
    s->rest.len -= len;
}

/* Always false. `why` becomes *s->why, the part of the value that is the reason. */
static bool refuse(struct scan *s, struct span why)
{
    *s->why = why;
    return false;
}

/* Whether a value has a word that cannot be expanded here: conditions about the message or the
 * session, and what talks to others. True: *why is that word in the value; else it is unchanged. */
static bool is_about_message(struct span value, struct span *why)
{
    static const char *const words[] = {"first_delivery", "queue_running", "def:",   "acl{",
                                        "acl {",          "pam{",          "pam {",  "radius",
                                        "ldapauth",       "saslauthd",     "pwcheck"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t at = span_find(value, words[i]);

        if (at == value.len)
            continue;
        *why = (struct span){.at = value.at + at, .len = strlen(words[i])};
        return true;
    }
    return false;
}

/* Whether a word is one of `count` words; case counts. */
static bool is_one_of(struct span word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (span_is(word, words[i]))
            return true;
    }
    return false;
}

/* Whether a word is an item or operator of Exim that depends on its arguments alone. */
static bool is_pure_item(struct span word)
{
    static const char *const items[] = {
        "if",      "lookup", "extract", "listextract", "filter", "map",      "reduce", "sg",
        "tr",      "substr", "length",  "strlen",      "lc",     "uc",       "domain", "local_part",
        "address", "mask",   "quote",   "rxquote",     "eval",   "listcount"};

    return is_one_of(word, items, sizeof items / sizeof *items);
}

/* Whether a variable, named without '$', has one value everywhere, or a part of the expansion sets
 * it itself, as it does "1" and "item". */
static bool is_constant(struct span name)
{
    static const char *const names[] = {"primary_hostname", "qualify_domain", "qualify_recipient",
                                        "value", "item"};
    unsigned number;

    return span_number(name, &number) || is_one_of(name, names, sizeof names / sizeof *names);
}

/* The value of "domain", "host" or "host_address", which may not be plain; NULL: it is not known,
 * or the variable is another one. */
static const char *value_of(const struct exim_subject *subject, struct span name)
{
    if (span_is(name, "domain"))
        return subject->domain;
    if (span_is(name, "host"))
        return subject->host;
    if (span_is(name, "host_address"))
        return subject->address;
    return NULL;
}

/* Takes a variable off the rest, which begins with its text of `len` bytes, "$domain" or
 * "${domain}"; `name` is "domain". Adds that text as it is where the variable is constant, else its
 * value. False: the value is not known or not plain, or may be part of a file name; *s->why is the
 * text. */
static bool variable(struct scan *s, struct span name, size_t len)
{
    struct span whole = {.at = s->rest.at, .len = len};
    const char *value = value_of(s->subject, name);

    if (is_constant(name)) {
        pass(s, len);
        return true;
    }
    if (!exim_expand_is_plain(value) || s->slash[s->depth])
        return refuse(s, whole);
    text_add(s->out, value);
    s->rest.at += len;
    s->rest.len -= len;
    return true;
}

/* The letters, digits and underscores from `start` of the rest on, perhaps none; borrowed. */
static struct span word_at(const struct scan *s, size_t start)
{
    struct span word = {.at = s->rest.at + start, .len = 0};

    while (start + word.len < s->rest.len &&
           (isalnum((unsigned char)word.at[word.len]) || word.at[word.len] == '_'))
        word.len++;
    return word;
}

/* Takes '$', with which the rest begins, off the rest, and with a variable, "$name" or "${name}",
 * all of its text. Of "${item ...}" and "${operator:...}" only the '$' is taken. Adds what these
 * become. False: they cannot be expanded here; *s->why is the part of the value. */
static bool dollar(struct scan *s)
{
    bool braced = s->rest.len > 1 && s->rest.at[1] == '{';
    struct span name = word_at(s, braced ? 2 : 1);
    size_t end = (braced ? 2 : 1) + name.len;

    if (name.len == 0)
        return refuse(s, (struct span){.at = s->rest.at, .len = end});
    if (!braced)
        return variable(s, name, end);
    if (end < s->rest.len && s->rest.at[end] == '}')
        return variable(s, name, end + 1);
    if (!is_pure_item(name))
        return refuse(s, name);
    pass(s, 1); /* its brace is counted like any other */
    return true;
}

/* Takes a backslash off the rest, which begins with it, and what it protects: one byte if there is
 * one, or after "\N" everything up to the next "\N", which goes with it, or the end. Adds all to
 * the output as it is. */
static void backslash(struct scan *s)
{
    static const char verbatim[] = "\\N";
    struct span behind = s->rest;
    size_t end;

    if (!span_skip(&behind, verbatim)) {
        pass(s, s->rest.len > 1 ? 2 : 1);
        return;
    }
    end = span_find(behind, verbatim);
    if (end == behind.len)
        pass(s, s->rest.len);
    else
        pass(s, end + 2 * strlen(verbatim));
}

/* Takes the brace `c`, with which the rest begins, off the rest, adds it and counts the depth.
 * False: braces nest too deeply, *s->why is the rest. */
static bool brace(struct scan *s, char c)
{
    if (c == '{' && s->depth == DEPTH_MAX - 1)
        return refuse(s, s->rest);
    if (c == '{')
        s->slash[++s->depth] = false;
    else if (s->depth > 0)
        s->depth--;
    pass(s, 1);
    return true;
}

/* Takes one byte or more off the rest, which is not empty, and adds what they become. False: they
 * cannot be expanded here; *s->why is the part of the value. The caller has asked is_about_message
 * about the whole value; that each brace is closed is left to exim -be. */
static bool step(struct scan *s)
{
    char c = *s->rest.at;

    if (c == '$')
        return dollar(s);
    if (c == '{' || c == '}')
        return brace(s, c);
    if (c == '\\') {
        backslash(s);
        return true;
    }
    pass(s, 1);
    return true;
}

bool exim_expand_prepare(struct span value, const struct exim_subject *subject, struct text *out,
                         struct span *why)
{
    struct scan s = {.subject = subject, .rest = value, .out = out, .why = why};

    if (is_about_message(value, why))
        return false;
    while (s.rest.len > 0) {
        if (!step(&s))
            return false;
    }
    return true;
}
