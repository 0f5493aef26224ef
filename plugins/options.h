/* options: the command line of all plugins.
 *
 * Hides tables of options to fields, from which --help is made too; each plugin adds one of its
 * own. Errors name option and value. Prints and exits for --help, --version, --list-findings and
 * every usage error; so nothing may run before. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "dns.h"
#include "err.h"
#include "report.h"
#include "trust.h"
#include "value.h"
#include "verdict.h"

/* What the options that all plugins share come to. */
struct options {
    char **argv;                   /* with the extra options; option values point into it */
    double timeout, stage_timeout; /* seconds */
    bool at_given;                 /* --at: another time than now */
    unsigned port;                 /* 0: the plugin's default */
    int family;
    unsigned parallel;
    struct dns_config dns;
    struct trust_config trust;
    const char *helo;
    struct value_list match, fingerprints;
    struct terms terms; /* of all targets, unless a plugin has others */
    bool level_given, min_version_given, match_given;
    struct judge_config judge;
    struct report_config output;
};

struct options_spec {
    const char *name;     /* long name */
    char letter;          /* 0: none */
    const char *argument; /* as --help shows it, NULL: takes none */
    /* `target` is the struct options for shared options, the plugin's own struct for its own. False
     * with the error's text, to which option and value are put in front. */
    bool (*set)(void *target, const char *value, struct err *e);
    const char *help;
};

struct options_plugin {
    const char *name, *service, *purpose, *synopsis;
    unsigned findings;                /* FINDING_OF_ ...: what --list-findings lists */
    const struct options_spec *specs; /* ends with a zeroed one */
    void *own;
    /* What only all options together show; NULL: nothing. */
    bool (*check)(void *own, struct options *o, struct err *e);
};

/* Fills *o from argv and the extra options' files; its trust is the caller's to free. Returns only
 * where all is well. */
void options_parse(const struct options_plugin *p, int argc, char **argv, struct options *o);

#endif
