/* SPDX-License-Identifier: BSD-2-Clause */
/* postfix_settings: the parameters of a Postfix instance and of each of its services, asked of
 * postconf(1).
 *
 * Hides postconf's options and output. A service's own settings in master.cf are given to postconf
 * again, because they may change a $name that main.cf uses. */
#ifndef MTA_POSTFIX_SETTINGS_H
#define MTA_POSTFIX_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "mta/mta_facts.h"

/* One parameter, as postconf has it: all $names replaced. */
struct postfix_setting {
    const char *name, *value;
};

struct postfix_settings {
    struct postfix_setting *at;
    size_t count;
    struct text output; /* owns the strings */
};

/* A line of master.cf. */
struct postfix_service {
    const char *name, *type; /* "relay", "unix" */
    const char *command;     /* the daemon: "smtp" */
    bool chroot;
    bool asked, known; /* whether its settings were asked for, and are known */
    struct postfix_settings settings;
};

/* "-o name=value" of a service. */
struct postfix_override {
    const char *service, *type, *name, *value;
};

struct postfix_instance {
    const char *directory;
    char main_cf[512], master_cf[512];
    instant deadline;
    struct mta_server *server; /* takes the facts about what could not be asked */
    struct postfix_service *services;
    size_t service_count;
    struct postfix_override *overrides;
    size_t override_count;
    struct text master, overriding; /* own the strings of these */
};

/* Reads what services there are. `directory`, `server` and `deadline` are set, all else is zeroed.
 * False with `e` filled: memory, or no process could be made. *known: whether postconf answered; if
 * not, the server has a fact that says why. postfix_settings_free is due in any case. */
bool postfix_settings_open(struct postfix_instance *p, bool *known, struct error *e);
/* Reads the texts `master` and `overriding`, as postconf has written them, in place; and a text of
 * settings. False: memory ran out. */
bool postfix_settings_read_services(struct postfix_instance *p);
bool postfix_settings_read(struct postfix_settings *s);

void postfix_settings_free(struct postfix_instance *p);

/* Asks for the version of OpenSSL that Postfix runs with: *major is 3 for "OpenSSL 3.0.19 ...", 0
 * where this Postfix does not say. Errors as above. */
bool postfix_settings_openssl(struct postfix_instance *p, int *major, struct error *e);

/* The service of a name that other parts of Postfix connect to; NULL: none. */
struct postfix_service *postfix_settings_service(struct postfix_instance *p, const char *name);

/* Asks for parameters of a service, unless that was done. `names` ends with NULL; what this version
 * of Postfix does not have is left out of the answer. Errors as of postfix_settings_open: then
 * `known` of the service is false. */
bool postfix_settings_ask(struct postfix_instance *p, struct postfix_service *service,
                          const char *const *names, struct error *e);

/* A parameter's value; "" where it has none or there is no such parameter. */
const char *postfix_settings_get(const struct postfix_service *service, const char *name);

/* The parameter as a source: in master.cf where the service overrides it, else in main.cf. */
struct mta_source postfix_settings_source(const struct postfix_instance *p,
                                          const struct postfix_service *service, const char *name);

/* "3.7.11" as 307; 0 where that is no version. */
int postfix_settings_version(const char *text);

#endif
