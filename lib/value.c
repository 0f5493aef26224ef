#include "value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dlfcn.h>
#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "cert.h"
#include "text.h"

enum { NAME_MAX_LENGTH = 253, LABEL_MAX = 63, LOCAL_MAX = 64, DAY = 86400 };

static bool refuse(struct err *e, const char *text)
{
    return err_set(e, ERR_USAGE, "%s", text);
}

/* The same for what a part of the value was refused for, unless it was memory. */
static const char *refuse_part(struct err *e, const char *text)
{
    if (e->cause != ERR_MEMORY)
        refuse(e, text);
    return NULL;
}

bool value_seconds(const char *s, double *out, struct err *e)
{
    if (!threshold_number(s, out) || *out < 0.1 || *out > 3600)
        return refuse(e, "is not a number of seconds from 0.1 to 3600");
    return true;
}

bool value_unsigned(const char *s, unsigned least, unsigned most, const char *noun, unsigned *out,
                    struct err *e)
{
    char *end;
    unsigned long n = isdigit((unsigned char)*s) ? strtoul(s, &end, 10) : 0;

    if (!isdigit((unsigned char)*s) || *end || strlen(s) > 9 || n < least || n > most)
        return err_set(e, ERR_USAGE, "is not a %s", noun);
    *out = (unsigned)n;
    return true;
}

bool value_range(const char *s, struct threshold_range *out, struct err *e)
{
    return threshold_parse(s, out) ||
           refuse(e, "is not a range such as 10, 10:, ~:10, 5:10 or @5:10");
}

/* Splits at '='; the key goes to `key`. NULL where there is none or it is too long. */
static const char *split(const char *s, char *key, size_t cap)
{
    const char *equals = strchr(s, '=');

    if (!equals || (size_t)(equals - s) >= cap)
        return NULL;
    snprintf(key, cap, "%.*s", (int)(equals - s), s);
    return equals + 1;
}

bool value_stage_range(const char *s, struct threshold_range *ranges, struct err *e)
{
    char name[32];
    const char *range = split(s, name, sizeof name);
    enum stage stage;

    if (!range || !stage_from_name(name, &stage))
        return refuse(e,
                      "is not STAGE=RANGE with a stage of dns, connect, greeting, ehlo, starttls, "
                      "cert, tls, ehlo_tls, mail, rcpt");
    return value_range(range, &ranges[stage], e);
}

bool value_on(const char *s, int *states, struct err *e)
{
    char code[64];
    const char *name = split(s, code, sizeof code);
    enum finding_code c;
    enum state state;

    if (!name || !finding_from_code(code, &c))
        return refuse(e, "is not CODE=STATE with a code of --list-findings");
    if (!state_from_name(name, &state))
        return refuse(e, "has no state of ok, warning, critical, unknown");
    states[c] = (int)state;
    return true;
}

bool value_level(const char *s, enum tls_level *out, struct err *e)
{
    for (int i = LEVEL_MAY; i <= LEVEL_DANE_ONLY; i++) {
        if (strcmp(s, level_name((enum tls_level)i)) == 0) {
            *out = (enum tls_level)i;
            return true;
        }
    }
    return refuse(e, "is not one of may, encrypt, fingerprint, verify, secure, dane, dane-only");
}

bool value_min_tls(const char *s, int *version, const char **name, struct err *e)
{
    static const struct {
        const char *name;
        int version;
    } versions[] = {{"1.0", TLS1_VERSION},
                    {"1.1", TLS1_1_VERSION},
                    {"1.2", TLS1_2_VERSION},
                    {"1.3", TLS1_3_VERSION}};

    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        if (strcmp(s, versions[i].name) == 0) {
            *version = versions[i].version;
            *name = versions[i].name;
            return true;
        }
    }
    return refuse(e, "is not one of 1.0, 1.1, 1.2, 1.3");
}

/* Reads digits where `shape` has '0', and that very byte elsewhere; strptime and scanf allow
 * blanks, signs and fewer digits. Returns what stands behind them, NULL where they do not fit. */
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

/* "Z" or "+hh:mm" to seconds east of UTC. */
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

bool value_time(const char *s, time_t *out, struct err *e)
{
    int d[3], t[3];
    const char *rest = read_digits(s, "0000-00-00", d);
    struct tm tm, day;
    long offset;

    if (rest)
        rest = *rest && strchr("Tt ", *rest) ? read_digits(rest + 1, "00:00:00", t) : NULL;
    if (rest && *rest == '.')
        rest = isdigit((unsigned char)rest[1]) ? rest + 1 + strspn(rest + 1, "0123456789") : NULL;
    if (!rest || !zone_offset(rest, &offset) || t[0] > 23 || t[1] > 59 || t[2] > 60)
        return refuse(e, "is not an RFC 3339 time such as 2027-01-31T12:00:00Z");
    tm = day = (struct tm){.tm_year = d[0] - 1900, .tm_mon = d[1] - 1, .tm_mday = d[2]};
    timegm(&day); /* turns a day that does not exist into another */
    if (day.tm_mon != tm.tm_mon || day.tm_mday != tm.tm_mday)
        return refuse(e, "is not an RFC 3339 time such as 2027-01-31T12:00:00Z");
    tm.tm_hour = t[0];
    tm.tm_min = t[1];
    tm.tm_sec = t[2];
    *out = timegm(&tm) - offset;
    return true;
}

bool value_list(const char *s, struct value_list *out,
                const char *(*each)(const char *item, struct err *e), struct err *e)
{
    char *copy = strdup(s), *next = copy, *item;
    bool ok = copy != NULL;

    if (!copy)
        return err_memory(e);
    /* The last one given holds, as with every option that is not for repeating. */
    while (out->count > 0)
        free((char *)out->at[--out->count]);
    while (ok && (item = strsep(&next, ","))) {
        ok = (out->count < VALUE_LIST_MAX || refuse(e, "has more than 256 entries")) &&
             (out->at[out->count] = each(item, e));
        out->count += ok;
    }
    free(copy);
    return ok;
}

static const char *keep(const char *s, struct err *e)
{
    char *copy = strdup(s);

    if (!copy)
        err_memory(e);
    return copy;
}

const char *value_fingerprint(const char *item, struct err *e)
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

const char *value_match(const char *item, struct err *e)
{
    const char *name;
    char *dotted;

    if (*item != '.')
        return value_host(item, e); /* hostname, nexthop and dot-nexthop have the form of names */
    name = value_name(item + 1, e);
    if (!name)
        return NULL;
    if (asprintf(&dotted, ".%s", name) < 0) {
        err_memory(e);
        dotted = NULL;
    }
    free((char *)name);
    return dotted;
}

/* --- names --- */

static bool is_ascii(const char *s)
{
    while (*s && (unsigned char)*s < 0x80)
        s++;
    return *s == '\0';
}

/* Letters, digits, hyphens, and underscores, which DNS has even where host names may not. */
static bool is_name(const char *s)
{
    size_t label = 0, total = strlen(s);

    if (total == 0 || total > NAME_MAX_LENGTH)
        return false;
    for (; *s; s++) {
        if (*s == '.' ? label == 0 : !isalnum((unsigned char)*s) && *s != '-' && *s != '_')
            return false;
        label = *s == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return false;
    }
    return label > 0;
}

/* RFC 5891; NULL with `e` filled. libidn2 is loaded for the name that needs it, as libc does:
 * linked, its tables of Unicode make every check dearer by a twentieth. */
static char *to_ascii(const char *value, struct err *e)
{
    void *library = dlopen("libidn2.so.0", RTLD_LAZY);
    __typeof__(idn2_lookup_u8) *lookup = library ? dlsym(library, "idn2_lookup_u8") : NULL;
    uint8_t *ascii = NULL;
    int result;

    if (!lookup) {
        refuse(e, "is not ASCII, and libidn2 is not installed");
        return NULL;
    }
    result = lookup((const uint8_t *)value, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (result == IDN2_OK)
        return (char *)ascii;
    if (result == IDN2_MALLOC)
        err_memory(e);
    else
        refuse(e, "is not a domain name");
    return NULL;
}

const char *value_name(const char *value, struct err *e)
{
    char *name = is_ascii(value) ? (char *)keep(value, e) : to_ascii(value, e);
    size_t len = name ? strlen(name) : 0;

    if (!name)
        return NULL;
    if (len > 1 && name[len - 1] == '.')
        name[len - 1] = '\0';
    if (!is_name(name)) {
        refuse(e, "is not a domain name");
        free(name);
        return NULL;
    }
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return name;
}

/* An address as inet_ntop writes it, without brackets and "IPv6:" (RFC 5321 4.1.3). False: none. */
static bool address_text(const char *value, char *out, size_t cap)
{
    struct address address;
    char bare[64];
    size_t len = strlen(value);

    if (value[0] == '[' && len > 2 && value[len - 1] == ']') {
        value++;
        len -= 2;
    }
    if (len > 5 && strncasecmp(value, "IPv6:", 5) == 0) {
        value += 5;
        len -= 5;
    }
    if (len >= sizeof bare)
        return false;
    snprintf(bare, sizeof bare, "%.*s", (int)len, value);
    if (!address_parse(bare, 1, &address))
        return false;
    text_copy(out, cap, address.text);
    return true;
}

/* A last label of digits is a mistyped address, never a host (RFC 3696 2). */
static bool ends_in_digits(const char *name)
{
    const char *dot = strrchr(name, '.'), *last = dot ? dot + 1 : name;

    return strspn(last, "0123456789") == strlen(last);
}

const char *value_host(const char *value, struct err *e)
{
    char address[INET6_ADDRSTRLEN];
    const char *name;

    if (address_text(value, address, sizeof address))
        return keep(address, e);
    name = value_name(value, e);
    if (!name)
        return refuse_part(e, "is neither a host name nor an address");
    if (ends_in_digits(name)) {
        refuse(e, "is neither a host name nor an address");
        free((char *)name);
        return NULL;
    }
    return name;
}

/* RFC 5321 4.1.2: a dot-string or a quoted string; nothing that could end the path or the line. */
static bool is_local_part(const char *s, size_t len)
{
    bool quoted = len > 2 && s[0] == '"' && s[len - 1] == '"';

    if (len == 0 || len > LOCAL_MAX)
        return false;
    for (size_t i = quoted ? 1 : 0; i < (quoted ? len - 1 : len); i++) {
        if (quoted ? s[i] < ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\'
                   : !isalnum((unsigned char)s[i]) && !strchr("!#$%&'*+-/=?^_`{|}~.", s[i]))
            return false;
    }
    return quoted || (s[0] != '.' && s[len - 1] != '.' && !memmem(s, len, "..", 2));
}

const char *value_mailbox(const char *value, const char **domain, struct err *e)
{
    const char *at = strrchr(value, '@'), *host;
    size_t local = at ? (size_t)(at - value) : 0;
    char *mailbox;

    if (!at || !is_local_part(value, local)) {
        refuse(e, "is not a mail address");
        return NULL;
    }
    host = at[1] == '[' ? value_host(at + 1, e) : value_name(at + 1, e);
    if (!host)
        return refuse_part(e, "is not a mail address");
    if (asprintf(&mailbox,
                 at[1] != '['        ? "%.*s@%s"
                 : strchr(host, ':') ? "%.*s@[IPv6:%s]"
                                     : "%.*s@[%s]",
                 (int)local, value, host) < 0) {
        err_memory(e);
        mailbox = NULL;
    }
    if (domain && mailbox)
        *domain = host;
    else
        free((char *)host);
    return mailbox;
}
