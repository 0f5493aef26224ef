/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/postfix_filter.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mta/mta_files.h"

/* The restrictions, from the second on, name access tables. */
static const char *const names[] = {"content_filter",
                                    "smtpd_client_restrictions",
                                    "smtpd_helo_restrictions",
                                    "smtpd_sender_restrictions",
                                    "smtpd_relay_restrictions",
                                    "smtpd_recipient_restrictions",
                                    "smtpd_data_restrictions",
                                    "smtpd_end_of_data_restrictions",
                                    NULL};

/* Whether a service's daemon takes mail from a client or a user. */
static bool accepts_mail(const struct postfix_service *service)
{
    static const char *const commands[] = {"smtpd", "pickup", "qmqpd"};

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(service->command, commands[i]) == 0)
            return true;
    }
    return false;
}

/* Whether the next hop of a filter, "transport:nexthop", is on this machine; false where the filter
 * has no next hop. */
static bool is_on_this_machine(const char *filter)
{
    const char *hop = strchr(filter, ':');
    static const char *const local[] = {"[127.",          "127.",        "[::1]",
                                        "localhost",      "[localhost]", "inet:127.",
                                        "inet:localhost", "unix:",       "/"};

    if (!hop)
        return false;
    for (size_t i = 0; i < sizeof local / sizeof *local; i++) {
        if (strncasecmp(hop + 1, local[i], strlen(local[i])) == 0)
            return true;
    }
    return false;
}

/* --- header and body checks --- */

/* Whether a table's text has FILTER to another machine among its actions; lines of comments count,
 * too. */
static bool names_filter(const char *text)
{
    static const char action[] = "FILTER";

    for (const char *at = text; (at = strcasestr(at, action)); at += strlen(action)) {
        const char *to = at + strlen(action);

        if (at > text && strchr(" \t", at[-1]) && strchr(" \t", *to) && *to &&
            !is_on_this_machine(to + strspn(to, " \t")))
            return true;
    }
    return false;
}

/* Whether a table of patterns, "regexp:/path" or "pcre:/path", sends mail to a filter on another
 * machine. False where our user cannot read it, and for tables of other types. */
static bool has_filter(struct span table)
{
    char path[512], *text = NULL;
    bool found = false;

    span_skip(&table, "proxy:");
    if (!span_skip(&table, "regexp:") && !span_skip(&table, "pcre:"))
        return false;
    if (span_copy(table, path, sizeof path) && mta_files_read(path, &text) == MTA_FILE_READ)
        found = names_filter(text);
    free(text);
    return found;
}

/* Adds a fact of the server about the first list of checks of a cleanup(8) that may send mail to a
 * filter on another machine: by what is in the mail, which nobody knows here. Errors as of
 * postfix_settings_ask. */
static bool ask_checks(struct postfix_instance *p, struct postfix_service *cleanup, struct error *e)
{
    static const char *const checks[] = {"header_checks", "mime_header_checks",
                                         "nested_header_checks", "body_checks", NULL};
    bool found = false;

    if (!postfix_settings_ask(p, cleanup, checks, e))
        return false;
    for (size_t i = 0; !found && checks[i]; i++) {
        struct span list = span_of(postfix_settings_get(cleanup, checks[i])), table;

        while (!found && (table = postfix_tables_token(&list)).len > 0)
            found = has_filter(table);
        if (found)
            mta_facts_add_fact(p->server, &p->server->facts, MTA_NOT_FOLLOWED,
                               postfix_settings_source(p, cleanup, checks[i]), NULL);
    }
    return true;
}

bool postfix_filter_ask(struct postfix_instance *p, struct error *e)
{
    for (size_t i = 0; i < p->service_count; i++) {
        struct postfix_service *service = &p->services[i];

        if (accepts_mail(service) && !postfix_settings_ask(p, service, names, e))
            return false;
        if (strcmp(service->command, "cleanup") == 0 && !ask_checks(p, service, e))
            return false;
    }
    return true;
}

/* --- access tables --- */

/* Whether an action of access(5), as a table has it, is FILTER, in any case of letters, to another
 * machine. */
static bool is_filter(const char *action)
{
    struct span rest = span_of(action);
    struct span verb = span_word(&rest, " \t");

    return span_is_folded(verb, "FILTER") && !is_on_this_machine(rest.at + strspn(rest.at, " \t"));
}

/* Whether one table of a restriction sends mail to a filter on another machine: POSTFIX_FOUND with
 * *origin filled, POSTFIX_PENDING, or else POSTFIX_NONE, also where the table gives no answer. */
static enum postfix_answer find_action(const struct postfix_lookup *l, struct span table,
                                       const char *recipient, struct postfix_origin *origin)
{
    char spec[512];
    struct postfix_hit hit;
    enum postfix_answer answer;

    if (!span_copy(table, spec, sizeof spec))
        return POSTFIX_NONE;
    answer = postfix_address_find_domains(l, spec, "smtpd_access_maps", recipient, &hit);
    if (answer == POSTFIX_PENDING)
        return answer;
    if (answer != POSTFIX_FOUND || !is_filter(hit.value))
        return POSTFIX_NONE;
    *origin = (struct postfix_origin){hit.table->name, hit.key, hit.value, NULL};
    return POSTFIX_FOUND;
}

/* Whether a table that `list`, the value of a parameter of restrictions, checks recipients with
 * sends mail to a filter on another machine: POSTFIX_FOUND with *origin filled, by the first that
 * does; PENDING where a table is still to be asked, or else NONE. */
static enum postfix_answer find_in_list(const struct postfix_lookup *l, const char *list,
                                        const char *recipient, struct postfix_origin *origin)
{
    struct span rest = span_of(list), word;
    enum postfix_answer answer = POSTFIX_NONE;
    bool named = false;

    while (answer != POSTFIX_FOUND && (word = postfix_tables_token(&rest)).len > 0) {
        if (named) {
            enum postfix_answer one = find_action(l, word, recipient, origin);

            if (one != POSTFIX_NONE)
                answer = one;
        }
        named = span_is(word, "check_recipient_access");
    }
    return answer;
}

/* --- a service --- */

/* Whether a service that accepts mail sends it to a filter on another machine, by its
 * content_filter, or in smtpd(8) by its restrictions: POSTFIX_FOUND with *origin filled; PENDING,
 * or else NONE. The service has been asked for `names`. */
static enum postfix_answer find_of_service(const struct postfix_service *service,
                                           const struct postfix_lookup *l, const char *recipient,
                                           struct postfix_origin *origin)
{
    const char *filter = postfix_settings_get(service, "content_filter");
    enum postfix_answer answer = POSTFIX_NONE;

    if (*filter && !is_on_this_machine(filter)) {
        *origin = (struct postfix_origin){NULL, "content_filter", filter, service};
        return POSTFIX_FOUND;
    }
    if (strcmp(service->command, "smtpd") != 0)
        return POSTFIX_NONE;
    for (size_t i = 1; names[i]; i++) {
        const char *list = postfix_settings_get(service, names[i]);
        enum postfix_answer one = find_in_list(l, list, recipient, origin);

        if (one == POSTFIX_FOUND)
            return one;
        if (one == POSTFIX_PENDING)
            answer = one;
    }
    return answer;
}

enum postfix_answer postfix_filter_find(const struct postfix_instance *p,
                                        const struct postfix_lookup *l, const char *recipient,
                                        struct postfix_origin *origin)
{
    enum postfix_answer answer = POSTFIX_NONE;

    for (size_t i = 0; i < p->service_count; i++) {
        enum postfix_answer one;

        if (!accepts_mail(&p->services[i]))
            continue;
        one = find_of_service(&p->services[i], l, recipient, origin);
        if (one == POSTFIX_FOUND)
            return one;
        if (one == POSTFIX_PENDING)
            answer = one;
    }
    return answer;
}
