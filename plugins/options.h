/* SPDX-License-Identifier: BSD-2-Clause */
/* options: the command line of all plugins.
 *
 * Hides the table of what all plugins share; each plugin adds one of its own. A row names the type
 * of an option's value and the field that takes it, and --help is made from the same rows. Errors
 * name option and value. Prints and ends the process for --help, --version, --list-findings,
 * --explain and every usage error. */
#ifndef PLUGINS_OPTIONS_H
#define PLUGINS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/error.h"
#include "dns/dns.h"
#include "judge/verdict.h"
#include "plugins/option_row.h"
#include "policy/option_value.h"
#include "policy/sent_hello.h"
#include "report/report.h"
#include "tls/trust.h"

/* The values of the options that all plugins share. */
struct options {
    char **argv;                   /* with the extra options; option values point into it */
    double timeout, stage_timeout; /* seconds */
    bool stage_timeout_given;
    bool at_given; /* --at: another time than now */
    unsigned port; /* 0: the plugin's default */
    int family;
    unsigned parallel;
    struct dns_config dns;
    struct dns_memory dns_memory;
    bool allow_loopback;
    struct trust_config trust;
    const char *helo;
    const char *tls_profile;             /* a name or a path; NULL: none */
    const char *hello;                   /* "postfix", "exim", "openssl" or a path; NULL: none */
    const struct sent_hello *sent_hello; /* what options_hello made of it; NULL: none */
    struct address_pair sources;
    struct option_value_list match, fingerprints;
    struct tls_policy policy; /* of all targets, unless a plugin has others */
    bool level_given, min_version_given, match_given;
    struct judge_config judge;
    struct report_config output;
    bool format_given;
    int colour;              /* --color: auto, always, never */
    int thresholds;          /* --perfdata-thresholds: 1 for plain numbers */
    const char *output_file; /* NULL: standard output */
};

enum { OPTIONS_EXAMPLES = 3 };

struct options_plugin {
    const char *name, *service, *purpose, *synopsis;
    const char *examples[OPTIONS_EXAMPLES];
    unsigned findings;             /* FINDING_OF_ ...: what --list-findings lists */
    const struct option_row *rows; /* ends with a zeroed one */
    const char *const *shared;     /* which of the shared rows it has; ends with NULL; NULL: all */
    const char *(*library)(void);  /* what --version names beside ours; NULL: nothing */
    void *own;                     /* what the rows' fields are in */
    const char *rest; /* the option that takes further arguments, too, once it was given; or NULL */
    /* The rules that need the values of several options; NULL: none. False with the error's whole
     * text. */
    bool (*check)(void *own, struct options *o, struct error *e);
};

/* Fills *o, and the plugin's own, from argv and the extra options' files. Returns only where all is
 * well; o->policy.trust is then still to be made, by options_trust. */
void options_parse(const struct options_plugin *p, int argc, char **argv, struct options *o);

/* Reads OpenSSL's configuration and the certificates that the options name into o->policy.trust,
 * which is the caller's to free. Returns only where all is well. */
void options_trust(struct options *o);

/* Sets o->sent_hello, which is the caller's to free, by o->hello, after options_trust; does nothing
 * without it. `postfix` is the directory of the configuration that is asked, `exim` such a file;
 * NULL: the mail server's default. Returns only where all is well. */
void options_hello(struct options *o, const char *postfix, const char *exim);

/* Until when our mail servers may answer: they must leave time for everything else. */
instant options_mta_deadline(const struct options *o);

/* The version of OpenSSL. */
const char *options_trust_library(void);

#endif
