/* own_problem: what is wrong with our own mail server's policy, and how its tables are read.
 *
 * Hides how a problem is worded, and what else may have been meant where a key is not there. Tables
 * are asked through a reader, to which text and postmap(1) are the same. It opens nothing. */
#ifndef OWN_PROBLEM_H
#define OWN_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "exim_config.h"
#include "form.h"
#include "postfix_map.h"
#include "postfix_policy.h"

enum own_answer {
    OWN_NONE,
    OWN_FOUND,
    OWN_IGNORED, /* there is a line, which Postfix passes over: why is in the text */
    OWN_REFUSED, /* Postfix cannot use the table: why is in the text */
    OWN_ERROR    /* we could not ask: `e` is filled */
};

struct own_value {
    char text[POSTFIX_VALUE_MAX]; /* raw */
    int line;                     /* 0: not known */
};

struct own_reader {
    /* What `map`, "texthash:/etc/postfix/tls_policy", has for a key. */
    enum own_answer (*look_up)(void *ctx, const char *map, const char *key, struct own_value *out,
                               struct err *e);
    bool (*readable)(void *ctx, const char *path); /* a file that the policy names */
    /* What the main.cf beside `map` sets a parameter to, "" where it sets nothing: OWN_FOUND, with
     * the line, which is 0 where it is not set; OWN_NONE: nothing is known of it. NULL: there is no
     * main.cf. */
    enum own_answer (*main_cf)(void *ctx, const char *map, const char *name, struct own_value *out,
                               struct err *e);
    bool (*same_file)(void *ctx, const char *a, const char *b); /* with main_cf only */
    void *ctx;
};

/* The answer of a table that was read as text. */
enum own_answer own_value_of(const struct postfix_map *m, const char *key, struct own_value *out);

struct own_asked {
    const struct partner *partner;
    const struct form_own *own;
    const char *const *mx; /* names of the partner's MX hosts */
    size_t mx_count;
    struct own_reader reader;
    const struct exim_config *exim; /* our own Exim's configuration, or NULL */
    bool outbound, inbound;         /* the directions to look at, of those of the form */
};

struct own_problem {
    bool missing;     /* own-policy-missing, else own-policy-weak */
    char domain[256]; /* of the partner; "*.tuv.com": its subdomains */
    char headline[160];
    char detail[440]; /* what was expected, what was seen and where */
};

/* A growing list. Begins zeroed; own_problems_clear frees it. */
struct own_problems {
    struct own_problem *at;
    size_t count;
    bool failed;       /* memory ran out */
    char unclear[280]; /* "KEY VALUE in PLACE": the first entry of which nothing can be said, or ""
                        */
};

void own_problems_clear(struct own_problems *l);

/* Leaves each problem at the first domain that has it: one entry is one problem, however many
 * subdomains it stands for. */
void own_problems_once(struct own_problems *l);

/* Adds one with its domain; NULL where memory ran out. */
struct own_problem *own_problem_add(struct own_problems *l, bool missing, const char *domain);

/* One domain's check under way. */
struct own_check {
    const struct own_asked *a;
    const struct form_list *maps; /* in the order of look-up */
    struct own_problems *out;
    struct err *e;
    const char *domain;
};

/* What a key was found to have. */
struct own_hit {
    size_t map; /* in the check's maps */
    char key[POSTFIX_KEY_MAX];
    struct own_value value;
};

/* Asks the tables from the `from`-th on for a key, as Postfix does. */
enum own_answer own_find(const struct own_check *c, size_t from, const char *key,
                         struct own_hit *h);

/* The main.cf beside a table: "/etc/postfix/main.cf". False: too long. */
bool own_main_path(const char *map, char *dst, size_t cap);

/* "/etc/postfix/tls_policy:7", clean. */
void own_place(const char *map, int line, char *dst, size_t cap);

/* Adds a problem with an entry: `what` is wrong, `expected` a value. */
void own_weak(const struct own_check *c, const struct own_hit *h, const char *what,
              const char *expected);

/* Notes an entry that hangs on what is not known. */
void own_unclear(const struct own_check *c, const struct own_hit *h);

/* Adds that no table has `key`, with what may have been meant. */
void own_missing(const struct own_check *c, const char *what, const char *key,
                 const char *expected);

#endif
