/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/option_value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "base/closest.h"
#include "base/text.h"
#include "policy/finding_code.h"
#include "policy/hostname.h"
#include "policy/stage.h"
#include "tls/cert.h"

/* Fills `e` with ERROR_USAGE and the text. Always false. */
static bool refuse(struct error *e, const char *text)
{
    return error_set(e, ERROR_USAGE, "%s", text);
}

bool option_value_seconds(const char *s, double *out, struct error *e)
{
    if (!threshold_duration(s, out) || *out < 0.1 || *out > 3600)
        return refuse(e, "is not a time from 0.1 seconds to 1 hour, such as 45, 45s or 2m");
    return true;
}

bool option_value_period(const char *s, double *out, struct error *e)
{
    if (!threshold_duration(s, out) || *out < 1 || *out > 10 * 366 * 86400.0)
        return refuse(e, "is not a duration from 1s to 3660d, such as 24h or 30d");
    return true;
}

bool option_value_unsigned(const char *s, unsigned least, unsigned most, const char *noun,
                           unsigned *out, struct error *e)
{
    char *end;
    unsigned long n = isdigit((unsigned char)*s) ? strtoul(s, &end, 10) : 0;

    if (!isdigit((unsigned char)*s) || *end || strlen(s) > 9 || n < least || n > most)
        return error_set(e, ERROR_USAGE, "is not a %s", noun);
    *out = (unsigned)n;
    return true;
}

bool option_value_range(const char *s, struct threshold_range *out, struct error *e)
{
    size_t number = strspn(s, "@~:+-.0123456789");

    if (threshold_parse(s, out))
        return true;
    if (number > 0 && (strcmp(s + number, "s") == 0 || strcmp(s + number, "ms") == 0))
        return refuse(e, "has a unit; a range is in seconds, such as 10 or 0.5");
    return refuse(e, "is not a range such as 10, 10:, ~:10, 5:10 or @5:10");
}

/* Splits at the first '=' and copies the key to `key`. Returns what follows the '=', a part of `s`
 * that may be empty. NULL: there is no '=', or the key does not fit. */
static const char *split(const char *s, char *key, size_t cap)
{
    const char *equals = strchr(s, '=');

    if (!equals || (size_t)(equals - s) >= cap)
        return NULL;
    snprintf(key, cap, "%.*s", (int)(equals - s), s);
    return equals + 1;
}

bool option_value_stage_range(const char *s, struct threshold_range *ranges, struct error *e)
{
    char name[32];
    const char *range = split(s, name, sizeof name);
    enum stage stage;

    if (!range || !stage_from_name(name, &stage))
        return refuse(e,
                      "is not STAGE=RANGE with a stage of dns, connect, greeting, ehlo, starttls, "
                      "cert, tls, ehlo_tls, mail, rcpt");
    return option_value_range(range, &ranges[stage], e);
}

bool option_value_on(const char *s, int *states, struct error *e)
{
    char code[64];
    const char *name = split(s, code, sizeof code), *closest;
    enum finding_code c;
    enum state state;

    if (!name || !finding_code_from_name(code, &c)) {
        refuse(e, "is not CODE=STATE with a code of --list-findings");
        closest = name ? finding_code_closest(code, ~0u) : NULL;
        if (closest)
            text_append(e->text, sizeof e->text, "; the closest one is %s", closest);
        return false;
    }
    if (!state_from_name(name, &state))
        return refuse(e, "has none of the states ok, warning, critical, unknown");
    states[c] = (int)state;
    return true;
}

/* Whether two words are the same but for case, blanks, hyphens and underscores. */
static bool is_same_word(const char *a, const char *b)
{
    static const char skipped[] = " \t-_";

    for (;; a++, b++) {
        a += strspn(a, skipped);
        b += strspn(b, skipped);
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

/* Cisco's "Required" does not verify the certificate; "Required - Verify" does. */
static const struct {
    const char *word;
    enum tls_level level;
} level_words[] = {{"required verify", LEVEL_VERIFY},
                   {"required", LEVEL_ENCRYPT},
                   {"preferred", LEVEL_MAY},
                   {"opportunistic", LEVEL_MAY}};

/* Whether `s` is a word for a level that says nothing about verification: some forms mean verify by
 * it, and others encrypt. */
static bool is_ambiguous_level(const char *s)
{
    return is_same_word(s, "mandatory") || is_same_word(s, "enforced") || is_same_word(s, "forced");
}

bool option_value_level(const char *s, enum tls_level *out, struct error *e)
{
    struct closest c = {.word = s};

    for (int i = LEVEL_MAY; i <= LEVEL_DANE_ONLY; i++) {
        const char *name = tls_policy_level_name((enum tls_level)i);

        closest_offer(&c, name);
        if (is_same_word(s, name)) {
            *out = (enum tls_level)i;
            return true;
        }
    }
    for (size_t i = 0; i < sizeof level_words / sizeof *level_words; i++) {
        if (is_same_word(s, level_words[i].word)) {
            *out = level_words[i].level;
            return true;
        }
    }
    if (is_ambiguous_level(s))
        return refuse(e, "does not say whether the certificate is verified; write verify, or "
                         "encrypt for TLS without verification");
    if (c.name)
        return error_set(e, ERROR_USAGE, "is not a level; the closest one is %s", c.name);
    return refuse(e, "is not one of may, encrypt, fingerprint, verify, secure, dane, dane-only");
}

/* Returns the part of `s` after "TLSv", "tls" or "TLS ", such as "1.2"; `s` itself where it does
 * not begin with TLS, in any case. */
static const char *after_tls(const char *s)
{
    if (strncasecmp(s, "tls", 3) != 0)
        return s;
    s += 3;
    return *s == 'v' || *s == 'V' || *s == ' ' ? s + 1 : s;
}

bool option_value_min_tls(const char *s, int *version, const char **name, struct error *e)
{
    static const struct {
        const char *name;
        int version;
    } versions[] = {{"1.0", TLS1_VERSION},
                    {"1.1", TLS1_1_VERSION},
                    {"1.2", TLS1_2_VERSION},
                    {"1.3", TLS1_3_VERSION}};

    s = after_tls(s);
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        if (strcmp(s, versions[i].name) == 0) {
            *version = versions[i].version;
            *name = versions[i].name;
            return true;
        }
    }
    return refuse(e, "is not one of 1.0, 1.1, 1.2, 1.3");
}

/* Reads one digit where `shape` has '0', and that very byte elsewhere; strptime and scanf allow
 * blanks, signs and fewer digits. Writes the number of the n-th run of digits to fields[n], which
 * has room for each run. Returns the text after them. NULL: `s` differs, and `fields` may have
 * changed. */
static const char *read_digits(const char *s, const char *shape, int *fields)
{
    for (*fields = 0; *shape; shape++, s++) {
        if (*shape == '0' ? !isdigit((unsigned char)*s) : *s != *shape)
            return NULL;
        if (*shape == '0')
            *fields = *fields * 10 + (*s - '0');
        else
            *++fields = 0;
    }
    return s;
}

/* Reads "Z", in any case, "+hh:mm" or "-hh:mm", which must be the whole text, to *out as seconds
 * east of UTC. False: it is anything else, "" included, and *out is 0. */
static bool zone_offset(const char *s, long *out)
{
    int f[2];
    const char *end;

    *out = 0;
    if (strcasecmp(s, "Z") == 0)
        return true;
    if (*s != '+' && *s != '-')
        return false;
    end = read_digits(s + 1, "00:00", f);
    if (!end || *end || f[0] > 23 || f[1] > 59)
        return false;
    *out = (*s == '-' ? -1L : 1L) * (f[0] * 3600 + f[1] * 60);
    return true;
}

/* Reads what follows the date in an RFC 3339 time, the "T" or blank included, or nothing, which is
 * midnight UTC. Fills t[0] to t[2] with hours, minutes and seconds, and *offset with the zone's
 * seconds east of UTC. False: it is anything else. */
static bool read_time_of_day(const char *s, int *t, long *offset)
{
    t[0] = t[1] = t[2] = 0;
    *offset = 0;
    if (!*s)
        return true;
    s = strchr("Tt ", *s) ? read_digits(s + 1, "00:00:00", t) : NULL;
    if (s && *s == '.')
        s = isdigit((unsigned char)s[1]) ? s + 1 + strspn(s + 1, "0123456789") : NULL;
    return s && zone_offset(s, offset) && t[0] <= 23 && t[1] <= 59 && t[2] <= 60;
}

static const char no_time[] = "is neither a date such as 2027-01-31 nor an RFC 3339 time such as "
                              "2027-01-31T12:00:00Z";

bool option_value_time(const char *s, time_t *out, struct error *e)
{
    int d[3], t[3];
    const char *rest = read_digits(s, "0000-00-00", d);
    struct tm tm, day;
    long offset;

    if (!rest || !read_time_of_day(rest, t, &offset))
        return refuse(e, no_time);
    tm = day = (struct tm){.tm_year = d[0] - 1900, .tm_mon = d[1] - 1, .tm_mday = d[2]};
    timegm(&day); /* turns a day that does not exist into another */
    if (day.tm_mon != tm.tm_mon || day.tm_mday != tm.tm_mday)
        return refuse(e, no_time);
    tm.tm_hour = t[0];
    tm.tm_min = t[1];
    tm.tm_sec = t[2];
    *out = timegm(&tm) - offset;
    return true;
}

bool option_value_list(const char *s, struct option_value_list *out,
                       const char *(*each)(const char *item, struct error *e), struct error *e)
{
    char *copy = strdup(s), *next = copy, *item;
    bool ok = copy != NULL;

    if (!copy)
        return error_memory(e);
    /* The last one given holds, as with every option that is not for repeating. */
    while (out->count > 0)
        free((char *)out->at[--out->count]);
    while (ok && (item = strsep(&next, ","))) {
        ok = (out->count < OPTION_VALUE_LIST_MAX || refuse(e, "has more than 256 entries")) &&
             (out->at[out->count] = each(item, e));
        out->count += ok;
    }
    free(copy);
    return ok;
}

/* Returns a copy, which the caller frees although it is const. NULL with `e` filled: memory. */
static const char *keep(const char *s, struct error *e)
{
    char *copy = strdup(s);

    if (!copy)
        error_memory(e);
    return copy;
}

const char *option_value_fingerprint(const char *item, struct error *e)
{
    char digits[CERT_SHA256_HEX];
    size_t n = 0;

    for (; *item; item++) {
        if (*item == ':')
            continue;
        if (!isxdigit((unsigned char)*item) || n == sizeof digits - 1) {
            refuse(e, "is not a SHA-256 in hexadecimal");
            return NULL;
        }
        digits[n++] = (char)tolower((unsigned char)*item);
    }
    digits[n] = '\0';
    if (n != sizeof digits - 1) {
        refuse(e, "is not a SHA-256 in hexadecimal");
        return NULL;
    }
    return keep(digits, e);
}

/* Returns that of hostname, nexthop and dot-nexthop, static, for which the word seems to be a
 * misspelling. NULL: it has a dot, is close to none of them, or is one of them, in any case. */
static const char *near_match(const char *item)
{
    struct closest c = {.word = item};

    closest_offer(&c, "hostname");
    closest_offer(&c, "nexthop");
    closest_offer(&c, "dot-nexthop");
    if (!c.name || strchr(item, '.') || strcasecmp(item, c.name) == 0)
        return NULL;
    return c.name;
}

const char *option_value_match(const char *item, struct error *e)
{
    const char *name, *near = near_match(item);
    char *dotted;

    if (near) {
        error_set(e, ERROR_USAGE, "is not a domain name; the closest word is %s", near);
        return NULL;
    }
    if (*item != '.')
        return hostname_or_address(
            item, e); /* hostname, nexthop and dot-nexthop have the form of names */
    name = hostname_ascii(item + 1, e);
    if (!name)
        return NULL;
    if (asprintf(&dotted, ".%s", name) < 0) {
        error_memory(e);
        dotted = NULL;
    }
    free((char *)name);
    return dotted;
}

bool option_value_endpoint(const char *value, struct error *e)
{
    const char *colon = strrchr(value, ':');
    size_t len = colon ? (size_t)(colon - value) : 0;
    bool v6 = len > 2 && value[0] == '[' && value[len - 1] == ']';
    struct address ignored;
    char address[64];
    unsigned port;

    if (len == 0 || len >= sizeof address)
        return refuse(e, "is not ADDRESS:PORT");
    text_format(address, sizeof address, "%.*s", (int)(v6 ? len - 2 : len), value + v6);
    if (!address_parse(address, 1, &ignored) || v6 != (strchr(address, ':') != NULL))
        return refuse(e, "is not ADDRESS:PORT");
    return option_value_unsigned(colon + 1, 1, 65535, "port number", &port, e);
}
