/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/option_row.h"

#include <string.h>

#include "base/text.h"
#include "base/threshold.h"
#include "dns/dns.h"
#include "plugins/targets.h"
#include "policy/hostname.h"
#include "policy/option_value.h"
#include "base/source_address.h"

const char *option_row_group(enum option_group group)
{
    static const char *const titles[] = {
#define OPTION_GROUP(name, title) [OPTION_GROUP_##name] = title,
#include "plugins/option_groups.def"
#undef OPTION_GROUP
    };

    return titles[group];
}

/* Each reads a value of one type to a field. False with `e` filled. */
typedef bool read_fn(const struct option_row *row, const char *value, void *field, struct error *e);

/* Sets a bool to true. Always true. */
static bool read_flag(const struct option_row *row, const char *value, void *field, struct error *e)
{
    (void)row, (void)value, (void)e;
    *(bool *)field = true;
    return true;
}

/* Adds 1 to an int, up to row->number. Always true. */
static bool read_count(const struct option_row *row, const char *value, void *field,
                       struct error *e)
{
    int *count = field;

    (void)value, (void)e;
    if (*count < row->number)
        ++*count;
    return true;
}

/* Sets an int to row->number. Always true. */
static bool read_constant(const struct option_row *row, const char *value, void *field,
                          struct error *e)
{
    (void)value, (void)e;
    *(int *)field = row->number;
    return true;
}

/* Sets an unsigned. False with `e` filled: the value is not from 1 to row->number. */
static bool read_number(const struct option_row *row, const char *value, void *field,
                        struct error *e)
{
    return option_value_unsigned(value, 1, (unsigned)row->number, row->noun, field, e);
}

/* Sets an int to the index of the value among row->values, from 0; case counts. False with `e`
 * filled: it is none of them. */
static bool read_word(const struct option_row *row, const char *value, void *field, struct error *e)
{
    size_t wanted = strlen(value), len;
    int i = 0;

    for (const char *word = row->values; *word; word += len + strspn(word + len, " "), i++) {
        len = strcspn(word, " ");
        if (len == wanted && memcmp(word, value, len) == 0) {
            *(int *)field = i;
            return true;
        }
    }
    error_set(e, ERROR_USAGE, "is not one of");
    for (const char *word = row->values; *word; word += len + strspn(word + len, " ")) {
        len = strcspn(word, " ");
        text_append(e->text, sizeof e->text, "%s %.*s", word > row->values ? "," : "", (int)len,
                    word);
    }
    return false;
}

/* Sets the const char * that `field` points to, to `s`, borrowed, also if that is NULL. Returns
 * whether `s` is a string: a reader of values returns NULL where it refused, and has filled `e`. */
static bool keep(const char *s, void *field)
{
    *(const char **)field = s;
    return s != NULL;
}

/* Sets a const char * to the value itself. Always true. */
static bool read_text(const struct option_row *row, const char *value, void *field, struct error *e)
{
    (void)row, (void)e;
    return keep(value, field);
}

/* Appends the value itself to a struct option_value_list. False with `e` filled: there are
 * row->number already. */
static bool read_files(const struct option_row *row, const char *value, void *field,
                       struct error *e)
{
    struct option_value_list *list = field;

    if (list->count == (size_t)row->number)
        return error_set(e, ERROR_USAGE, "is one file too many; %d are allowed", row->number);
    list->at[list->count++] = value;
    return true;
}

/* Sets a double, in seconds, from 1 second to 10 years. False with `e` filled. */
static bool read_period(const struct option_row *row, const char *value, void *field,
                        struct error *e)
{
    (void)row;
    return option_value_period(value, field, e);
}

/* Sets a double, in seconds, from 0.1 to 3600. False with `e` filled. */
static bool read_duration(const struct option_row *row, const char *value, void *field,
                          struct error *e)
{
    (void)row;
    return option_value_seconds(value, field, e);
}

/* Sets a time_t. False with `e` filled. */
static bool read_time(const struct option_row *row, const char *value, void *field, struct error *e)
{
    (void)row;
    return option_value_time(value, field, e);
}

/* --- names and addresses --- */

/* Sets a const char * to the name in ASCII form, which is new and never freed. False with `e`
 * filled. */
static bool read_name(const struct option_row *row, const char *value, void *field, struct error *e)
{
    (void)row;
    return keep(hostname_ascii(value, e), field);
}

/* Sets a const char * to "none", or to the name in ASCII form. False with `e` filled. */
static bool read_name_or_none(const struct option_row *row, const char *value, void *field,
                              struct error *e)
{
    if (strcmp(value, "none") == 0)
        return keep("none", field);
    return read_name(row, value, field, e);
}

/* Sets a const char * to an address literal in brackets as it is given, or to the name in ASCII
 * form. False with `e` filled. */
static bool read_helo(const struct option_row *row, const char *value, void *field, struct error *e)
{
    if (value[0] == '[' && hostname_or_address(value, e))
        return keep(value, field);
    return read_name(row, value, field, e);
}

/* Sets a const char * to a reverse-path without angle brackets, "" for <>, as of hostname_sender.
 * False with `e` filled. */
static bool read_sender(const struct option_row *row, const char *value, void *field,
                        struct error *e)
{
    (void)row;
    return keep(hostname_sender(value, e), field);
}

/* Sets a const char * to a reverse-path that is not <>. False with `e` filled, also for <>. */
static bool read_mailbox(const struct option_row *row, const char *value, void *field,
                         struct error *e)
{
    if (!read_sender(row, value, field, e))
        return false;
    return **(const char **)field || error_set(e, ERROR_USAGE, "is not a mail address");
}

/* Sets a const char * to the value itself, ADDRESS:PORT. False with `e` filled. */
static bool read_endpoint(const struct option_row *row, const char *value, void *field,
                          struct error *e)
{
    (void)row;
    return option_value_endpoint(value, e) && keep(value, field);
}

/* Adds a resolver to a struct dns_config. False with `e` filled. */
static bool read_resolver(const struct option_row *row, const char *value, void *field,
                          struct error *e)
{
    const struct dns_config *c = field;

    (void)row;
    if (c->server_count == DNS_SERVERS_MAX)
        return error_set(e, ERROR_USAGE, "is one resolver too many; %d are allowed",
                         DNS_SERVERS_MAX);
    return dns_config_add(field, value) ||
           error_set(e, ERROR_USAGE,
                     "is not the address of a resolver, such as 192.0.2.53, 192.0.2.53:5353 or "
                     "[2001:db8::53]:5353");
}

/* Adds an address to a struct address_pair. Whether the address is ours is known before a
 * connection is tried. False with `e` filled. */
static bool read_source(const struct option_row *row, const char *value, void *field,
                        struct error *e)
{
    struct address_pair *sources = field;
    struct address a;

    (void)row;
    if (!address_parse(value, 0, &a))
        return error_set(e, ERROR_USAGE, "is not an address");
    if (address_pair_of(sources, a.sockaddr.ss_family))
        return error_set(e, ERROR_USAGE, "is a second address of its family");
    return source_address_check(&a, e) && address_pair_add(sources, value);
}

/* --- TLS, thresholds --- */

/* Sets an enum tls_level. False with `e` filled. */
static bool read_level(const struct option_row *row, const char *value, void *field,
                       struct error *e)
{
    (void)row;
    return option_value_level(value, field, e);
}

/* Sets min_version and min_version_name of a struct tls_policy. False with `e` filled. */
static bool read_min_tls(const struct option_row *row, const char *value, void *field,
                         struct error *e)
{
    struct tls_policy *policy = field;

    (void)row;
    return option_value_min_tls(value, &policy->min_version, &policy->min_version_name, e);
}

/* Sets a struct option_value_list, in place of the list of an earlier option. False with `e`
 * filled. */
static bool read_match(const struct option_row *row, const char *value, void *field,
                       struct error *e)
{
    (void)row;
    return option_value_list(value, field, option_value_match, e);
}

/* Sets a struct option_value_list, in place of the list of an earlier option. False with `e`
 * filled. */
static bool read_fingerprints(const struct option_row *row, const char *value, void *field,
                              struct error *e)
{
    (void)row;
    return option_value_list(value, field, option_value_fingerprint, e);
}

/* Sets the states that CODE=STATE gives, in an int [FINDING_COUNT]. False with `e` filled. */
static bool read_on(const struct option_row *row, const char *value, void *field, struct error *e)
{
    (void)row;
    return option_value_on(value, field, e);
}

/* Sets a struct threshold_range. False with `e` filled. */
static bool read_range(const struct option_row *row, const char *value, void *field,
                       struct error *e)
{
    (void)row;
    return option_value_range(value, field, e);
}

/* Sets the range of the stage that the value names, in a struct threshold_range [STAGE_COUNT].
 * False with `e` filled. */
static bool read_stage_range(const struct option_row *row, const char *value, void *field,
                             struct error *e)
{
    (void)row;
    return option_value_stage_range(value, field, e);
}

/* Sets a struct threshold_days. False with `e` filled. */
static bool read_days(const struct option_row *row, const char *value, void *field, struct error *e)
{
    (void)row;
    return threshold_days_parse(value, field) ||
           error_set(e, ERROR_USAGE,
                     "is not WARN[,CRIT] in days or percent, WARN the larger, such as 30,14 or "
                     "33%%,15%%");
}

/* --- targets --- */

/* Adds a host to a struct targets. False with `e` filled. */
static bool read_host(const struct option_row *row, const char *value, void *field, struct error *e)
{
    (void)row;
    return targets_add_host(field, value, e);
}

/* Adds a domain to a struct targets. False with `e` filled. */
static bool read_domain(const struct option_row *row, const char *value, void *field,
                        struct error *e)
{
    (void)row;
    return targets_add_domain(field, value, e);
}

/* Adds a mailbox to a struct targets. False with `e` filled. */
static bool read_address(const struct option_row *row, const char *value, void *field,
                         struct error *e)
{
    (void)row;
    return targets_add_mailbox(field, value, e);
}

/* --- */

static read_fn *const readers[OPTION_TYPES] = {
    [OPTION_FLAG] = read_flag,
    [OPTION_COUNT] = read_count,
    [OPTION_CONSTANT] = read_constant,
    [OPTION_NUMBER] = read_number,
    [OPTION_WORD] = read_word,
    [OPTION_TEXT] = read_text,
    [OPTION_FILES] = read_files,
    [OPTION_DURATION] = read_duration,
    [OPTION_PERIOD] = read_period,
    [OPTION_TIME] = read_time,
    [OPTION_NAME] = read_name,
    [OPTION_NAME_OR_NONE] = read_name_or_none,
    [OPTION_HELO] = read_helo,
    [OPTION_SENDER] = read_sender,
    [OPTION_MAILBOX] = read_mailbox,
    [OPTION_ENDPOINT] = read_endpoint,
    [OPTION_RESOLVERS] = read_resolver,
    [OPTION_SOURCES] = read_source,
    [OPTION_LEVEL] = read_level,
    [OPTION_MIN_TLS] = read_min_tls,
    [OPTION_MATCH] = read_match,
    [OPTION_FINGERPRINTS] = read_fingerprints,
    [OPTION_ON] = read_on,
    [OPTION_RANGE] = read_range,
    [OPTION_STAGE_RANGE] = read_stage_range,
    [OPTION_DAYS] = read_days,
    [OPTION_HOSTS] = read_host,
    [OPTION_DOMAINS] = read_domain,
    [OPTION_ADDRESSES] = read_address,
};

bool option_row_take(const struct option_row *row, void *base, const char *value, struct error *e)
{
    read_fn *read = readers[row->type];

    if (row->given)
        *(bool *)((char *)base + row->given) = true;
    return !read || read(row, value, (char *)base + row->field, e);
}
