/* SPDX-License-Identifier: BSD-2-Clause */
/* option_row: one option of a plugin: its names, the type of its value, and the field that takes
 * it.
 *
 * Hides how the value of each type is read. */
#ifndef PLUGINS_OPTION_ROW_H
#define PLUGINS_OPTION_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Each with the type of the field. Strings are owned by the process, until its end. */
enum option_type {
    OPTION_PRINTS, /* none: prints something, and the process ends */
    OPTION_EXTRA,  /* none: options of a file have taken its place */

    OPTION_FLAG,     /* bool */
    OPTION_COUNT,    /* int: one more each time, up to `number` */
    OPTION_CONSTANT, /* int: `number` */
    OPTION_NUMBER,   /* unsigned: from 1 to `number`, which is called `noun` */
    OPTION_WORD,     /* int: the index among `values` */
    OPTION_TEXT,     /* const char *: as it is given */
    OPTION_FILES,    /* struct option_value_list: one path more each time, up to `number` */
    OPTION_DURATION, /* double: seconds */
    OPTION_PERIOD,   /* double: seconds, up to years */
    OPTION_TIME,     /* time_t */

    OPTION_NAME,         /* const char *: a domain name */
    OPTION_NAME_OR_NONE, /* const char *: the same, or "none" */
    OPTION_HELO,         /* const char *: a domain name, or an address literal as it is given */
    OPTION_SENDER,       /* const char *: a reverse-path, "" for <> */
    OPTION_MAILBOX,      /* const char *: a reverse-path that is not <> */
    OPTION_ENDPOINT,     /* const char *: ADDRESS:PORT as it is given */
    OPTION_RESOLVERS,    /* struct dns_config: one more each time */

    OPTION_SOURCES, /* struct address_pair: one more each time */

    OPTION_LEVEL,        /* enum tls_level */
    OPTION_MIN_TLS,      /* struct tls_policy: min_version and min_version_name */
    OPTION_MATCH,        /* struct option_value_list */
    OPTION_FINGERPRINTS, /* struct option_value_list */
    OPTION_ON,           /* int [FINDING_COUNT] */
    OPTION_RANGE,        /* struct threshold_range */
    OPTION_STAGE_RANGE,  /* struct threshold_range [STAGE_COUNT] */
    OPTION_DAYS,         /* struct threshold_days */

    OPTION_HOSTS,     /* struct targets: one host more each time */
    OPTION_DOMAINS,   /* struct targets: one domain more each time */
    OPTION_ADDRESSES, /* struct targets: one mailbox more each time */

    OPTION_TYPES
};

/* The heads under which --help and the manual list options. */
enum option_group {
#define OPTION_GROUP(name, title) OPTION_GROUP_##name,
#include "plugins/option_groups.def"
#undef OPTION_GROUP
    OPTION_GROUPS
};

struct option_row {
    const char *name;     /* long name */
    char letter;          /* 0: none */
    const char *argument; /* as --help shows it, NULL: takes none */
    const char *values;   /* the words that it takes, with blanks between; NULL: not a few words */
    enum option_type type;
    size_t field; /* its offset in the struct that the table is for */
    enum option_group group;
    const char *help;
    const char *also; /* another long name, or NULL */
    size_t given;     /* offset of a bool that is set, too; 0: none */
    int number;       /* see the types */
    const char *noun; /* what a number is called in an error; see the types */
};

/* An entry of a .def file as a row. The text for the manual is not needed at run time. */
#define OPTION_ROW(n, l, arg, words, t, at, g, text, manual, ...)                                  \
    {.name = n,                                                                                    \
     .letter = l,                                                                                  \
     .argument = arg,                                                                              \
     .values = words,                                                                              \
     .type = OPTION_##t,                                                                           \
     .field = at,                                                                                  \
     .group = OPTION_GROUP_##g,                                                                    \
     .help = text,                                                                                 \
     __VA_ARGS__},

/* "TLS and certificates" */
const char *option_row_group(enum option_group group);

/* Puts a value, NULL for an option without argument, into the row's field of `base`. False with `e`
 * filled: with ERROR_USAGE a text that option and value are put in front of, as in "is not ...". */
bool option_row_take(const struct option_row *row, void *base, const char *value, struct error *e);

#endif
