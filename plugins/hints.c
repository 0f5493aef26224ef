/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/hints.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/closest.h"
#include "base/text.h"

enum { NAME_SIZE = 256, TYPED_SIZE = 128, PORT_SIZE = 6 };

/* --- unknown options --- */

/* Writes the options that begin with the `len` bytes of `name`, which has no dashes before it, as
 * "--a, --b", cut to `cap`; returns how many they are. `longs` ends as getopt_long(3) wants it. */
static size_t add_candidates(const struct option *longs, const char *name, size_t len, char *out,
                             size_t cap)
{
    size_t count = 0;

    *out = '\0';
    for (; longs->name; longs++) {
        if (strncmp(longs->name, name, len) != 0)
            continue;
        text_append(out, cap, "%s--%s", count > 0 ? ", " : "", longs->name);
        count++;
    }
    return count;
}

void hints_unknown(const struct option *longs, const char *word, struct error *e)
{
    const char *name = word + strspn(word, "-");
    size_t len = strcspn(name, "=");
    char candidates[TYPED_SIZE], bare[CLOSEST_WORD_MAX + 2];
    struct closest c = {.word = bare};

    if (len > 0 && add_candidates(longs, name, len, candidates, sizeof candidates) > 1) {
        error_set(e, ERROR_USAGE, "option \"%.60s\" is ambiguous: %s", word, candidates);
        return;
    }
    text_format(bare, sizeof bare, "%.*s", (int)(len < sizeof bare ? len : sizeof bare - 1), name);
    for (; longs->name; longs++)
        closest_offer(&c, longs->name);
    if (c.name)
        error_set(e, ERROR_USAGE, "unknown option \"%.100s\"; the closest one is --%s", word,
                  c.name);
    else
        error_set(e, ERROR_USAGE, "unknown option \"%.100s\"; see --help", word);
}

/* --- targets --- */

/* The parts of a target that somebody typed. */
struct typed {
    bool url, mailbox, bracketed, literal;
    char local[NAME_SIZE]; /* of a mailbox, up to the '@' */
    char name[NAME_SIZE];  /* host, domain or address, without brackets */
    char port[PORT_SIZE];  /* or "" */
};

/* Whether a plugin's own options, which end with a row without name, have --form. */
static bool has_forms(const struct option_row *rows)
{
    for (; rows->name; rows++) {
        if (strcmp(rows->name, "form") == 0)
            return true;
    }
    return false;
}

/* The letter of the first option of a type, among rows that end with one without name; 0: there is
 * none. */
static char letter_of(const struct option_row *rows, enum option_type type)
{
    for (; rows->name; rows++) {
        if (rows->type == type)
            return rows->letter;
    }
    return '\0';
}

/* Copies `len` bytes and ends them with NUL. False: they do not fit, and `out` is unchanged. */
static bool keep(char *out, size_t cap, const char *s, size_t len)
{
    if (len >= cap)
        return false;
    memcpy(out, s, len);
    out[len] = '\0';
    return true;
}

/* Takes ":PORT" to t->port; true also for "", which leaves it. False: it is anything else. */
static bool take_port(struct typed *t, const char *s)
{
    size_t digits = strspn(s + 1, "0123456789");

    if (*s == '\0')
        return true;
    return *s == ':' && digits > 0 && s[1 + digits] == '\0' &&
           keep(t->port, sizeof t->port, s + 1, digits);
}

/* Takes HOST, ADDRESS or [ADDRESS], each with :PORT or without: fills name, port and literal of
 * *t, which is zeroed at first. HOST may be anything without a colon, also "". False: the rest is
 * no port, or it is too long. */
static bool take_host(struct typed *t, const char *s)
{
    const char *close = *s == '[' ? strchr(s, ']') : NULL;
    struct address a;
    size_t len = strcspn(s, ":");

    t->literal = true;
    if (close)
        return keep(t->name, sizeof t->name, s + 1, (size_t)(close - s - 1)) &&
               address_parse(t->name, 1, &a) && take_port(t, close + 1);
    if (address_parse(s, 1, &a))
        return keep(t->name, sizeof t->name, s, strlen(s));
    if (!keep(t->name, sizeof t->name, s, len) || !take_port(t, s + len))
        return false;
    t->literal = address_parse(t->name, 1, &a);
    return true;
}

/* Takes the host of a URL: between "://", after which `rest` begins, and the path, without a
 * user's name. False as take_host. */
static bool take_url(struct typed *t, const char *rest)
{
    char authority[NAME_SIZE];
    const char *user;

    t->url = true;
    if (!keep(authority, sizeof authority, rest, strcspn(rest, "/?#")))
        return false;
    user = strrchr(authority, '@');
    return take_host(t, user ? user + 1 : authority);
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Whether a text may be the name of a host or domain: it has a letter, and nothing but the
 * characters of names. */
static bool is_name(const char *s)
{
    size_t len = strspn(s, LETTERS "0123456789-._");

    return len > 0 && s[len] == '\0' && strpbrk(s, LETTERS) && s[0] != '.' && s[0] != '-' &&
           !strstr(s, "..");
}

/* Whether a local part is not empty and needs no quotes in a shell; nearly all have no other
 * characters. */
static bool is_plain_local(const char *s)
{
    size_t len = strspn(s, LETTERS "0123456789-._+=");

    return len > 0 && s[len] == '\0';
}

/* Takes LOCAL@HOST, or NAME <LOCAL@HOST> with or without NAME, into *t, which is zeroed at first;
 * `s` is not empty. HOST is as of take_host, so the caller checks whether it may be a name. False:
 * `s` is anything else, has a port, or LOCAL needs quotes. */
static bool take_mailbox(struct typed *t, const char *s)
{
    const char *open = strrchr(s, '<'), *at;
    char bare[NAME_SIZE];

    t->mailbox = true;
    t->bracketed = open && s[strlen(s) - 1] == '>';
    if (t->bracketed)
        s = open + 1;
    if (!keep(bare, sizeof bare, s, strlen(s) - t->bracketed))
        return false;
    at = strrchr(bare, '@');
    return at && keep(t->local, sizeof t->local, bare, (size_t)(at - bare)) &&
           is_plain_local(t->local) && take_host(t, at + 1) && !*t->port;
}

/* Recognises a target that somebody typed, and fills *t. False: there is nothing to recognise in
 * it. */
static bool take_apart(const char *s, struct typed *t)
{
    const char *scheme = strstr(s, "://");
    bool ok;

    *t = (struct typed){0};
    if (scheme)
        ok = take_url(t, scheme + 3);
    else if (strchr(s, '@'))
        ok = take_mailbox(t, s);
    else
        ok = take_host(t, s);
    return ok && (t->literal || is_name(t->name));
}

/* Writes to `out`, of TYPED_SIZE bytes, the option to type instead: "-a info@example.com", "-H
 * mx1.example.com -p 2525"; "" where the plugin has none. `kind`: the option that a name alone is
 * for. */
static void instead(const struct option_row *rows, const struct typed *t, enum option_type kind,
                    char *out)
{
    enum option_type type = kind;
    char letter;

    *out = '\0';
    if (t->mailbox)
        type = letter_of(rows, OPTION_ADDRESSES) ? OPTION_ADDRESSES : OPTION_DOMAINS;
    else if (t->literal)
        type = OPTION_HOSTS;
    letter = letter_of(rows, type);
    if (!letter)
        return;
    text_format(out, TYPED_SIZE, "-%c ", letter);
    if (type == OPTION_ADDRESSES)
        text_append(out, TYPED_SIZE, "%s@", t->local);
    text_append(out, TYPED_SIZE, "%s", t->name);
    if (*t->port)
        text_append(out, TYPED_SIZE, " -p %s", t->port);
}

void hints_argument(const struct option_row *rows, const char *word, struct error *e)
{
    char host[TYPED_SIZE] = "", domain[TYPED_SIZE] = "";
    struct typed t;

    if (take_apart(word, &t)) {
        instead(rows, &t, OPTION_DOMAINS, domain);
        instead(rows, &t, OPTION_HOSTS, host);
    }
    if (*host && strcmp(host, domain) != 0)
        error_set(e, ERROR_USAGE,
                  "unexpected argument \"%.60s\"; type %s for a domain, %s for a gateway", word,
                  domain, host);
    else if (*host)
        error_set(e, ERROR_USAGE, "unexpected argument \"%.60s\"; type %s", word, host);
    else if (has_forms(rows))
        error_set(e, ERROR_USAGE, "unexpected argument \"%.60s\"; type -f %.60s if it is a form",
                  word, word);
    else
        error_set(e, ERROR_USAGE, "unexpected argument \"%.100s\"; see --help", word);
}

/* Whether options of a type name targets: -H, -d or -a. */
static bool is_of_targets(enum option_type type)
{
    return type == OPTION_HOSTS || type == OPTION_DOMAINS || type == OPTION_ADDRESSES;
}

/* The reason why an option of a type, for which is_of_targets is true, does not take the value, as
 * a static text: "is a URL". NULL: none that we know. */
static const char *noun_of(const struct typed *t, enum option_type type)
{
    if (t->url)
        return "is a URL";
    if (t->mailbox && !t->bracketed && type == OPTION_ADDRESSES)
        return NULL;
    if (t->mailbox)
        return t->bracketed ? "has angle brackets" : "is a mail address";
    if (*t->port)
        return "names a port";
    if (t->literal && type != OPTION_HOSTS)
        return "is an address of a host";
    if (type == OPTION_ADDRESSES && strchr(t->name, '.'))
        return "is a domain";
    return NULL;
}

void hints_value(const struct option_row *rows, const struct option_row *row, const char *value,
                 struct error *e)
{
    enum option_type kind = row->type == OPTION_ADDRESSES ? OPTION_DOMAINS : row->type;
    char typed[TYPED_SIZE];
    const char *noun;
    struct typed t;

    if (e->cause != ERROR_USAGE || !is_of_targets(row->type) || !take_apart(value, &t))
        return;
    noun = noun_of(&t, row->type);
    if (!noun)
        return;
    instead(rows, &t, kind, typed);
    if (*typed)
        error_set(e, ERROR_USAGE, "%s; type %s", noun, typed);
}
