/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of options. What is accepted goes into SMTP commands, DNS questions and perfdata. */
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "plugins/options.h"
#include "base/text.h"
#include "policy/hostname.h"
#include "policy/option_value.h"

/* RFC 3339's date-time, and days since 1970 by counting. */
static bool rfc3339(const char *s, long long *out)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int n[6], zone[2] = {0, 0}, used = 0;
    long long days = 0;
    bool leap;
    char sign = '+';
    size_t i = 0;

    for (const char *shape = "0000-00-00T00:00:00"; *shape; shape++, i++) {
        if (*shape == '0'   ? s[i] < '0' || s[i] > '9'
            : *shape == 'T' ? !strchr("Tt ", s[i]) || !s[i]
                            : s[i] != *shape)
            return false;
    }
    sscanf(s, "%4d-%2d-%2d%*c%2d:%2d:%2d", &n[0], &n[1], &n[2], &n[3], &n[4], &n[5]);
    s += i;
    if (*s == '.') {
        size_t digits = strspn(s + 1, "0123456789");

        if (digits == 0)
            return false;
        s += 1 + digits;
    }
    if (strcasecmp(s, "Z") != 0) {
        if ((*s != '+' && *s != '-') || strspn(s + 1, "0123456789") != 2 || s[3] != ':' ||
            strspn(s + 4, "0123456789") != 2 || s[6])
            return false;
        sscanf(s, "%c%2d:%2d%n", &sign, &zone[0], &zone[1], &used);
    }
    leap = (n[0] % 4 == 0 && n[0] % 100 != 0) || n[0] % 400 == 0;
    if (n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > lengths[n[1] - 1] + (n[1] == 2 && leap) ||
        n[3] > 23 || n[4] > 59 || n[5] > 60 || zone[0] > 23 || zone[1] > 59)
        return false;
    for (int y = 1970; y < n[0]; y++)
        days += (y % 4 == 0 && y % 100 != 0) || y % 400 == 0 ? 366 : 365;
    for (int y = n[0]; y < 1970; y++)
        days -= (y % 4 == 0 && y % 100 != 0) || y % 400 == 0 ? 366 : 365;
    for (int m = 1; m < n[1]; m++)
        days += lengths[m - 1] + (m == 2 && leap);
    days += n[2] - 1;
    *out = days * 86400 + n[3] * 3600 + n[4] * 60 + n[5] -
           (sign == '-' ? -1 : 1) * (zone[0] * 3600 + zone[1] * 60);
    return true;
}

static void look_at_time(const char *s)
{
    struct error e = {0};
    long long want = 0;
    time_t got = 0;
    char midnight[32];
    bool due = rfc3339(s, &want), ok = option_value_time(s, &got, &e);

    if (strlen(s) == strlen("2027-01-31")) { /* a date */
        snprintf(midnight, sizeof midnight, "%sT00:00:00Z", s);
        due = rfc3339(midnight, &want);
    }
    HOLDS(ok == due);
    HOLDS(ok ? got == (time_t)want : fuzz_is_error(&e));
}

static bool is_host(const char *s)
{
    return *s && strlen(s) <= 253 &&
           strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.:") == strlen(s) && s[0] != '.';
}

static void look_at_host(const char *s)
{
    struct error e = {0};
    const char *host = hostname_or_address(s, &e), *again;

    if (!host) {
        HOLDS(fuzz_is_error(&e));
        return;
    }
    HOLDS(is_host(host) && !strstr(host, ".."));
    again = hostname_or_address(host, &e);
    HOLDS(again && strcmp(again, host) == 0);
    free((char *)host);
    free((char *)again);
}

static void look_at_mailbox(const char *s)
{
    struct error e = {0};
    const char *domain = NULL, *mailbox = hostname_mailbox(s, &domain, &e), *again;

    if (!mailbox) {
        HOLDS(fuzz_is_error(&e));
        return;
    }
    HOLDS(is_host(domain));
    HOLDS(strlen(mailbox) <= 64 + 1 + 253 + 8);                    /* RFC 5321 4.5.3.1 */
    HOLDS(text_utf8(mailbox, strlen(mailbox)) == strlen(mailbox)); /* RFC 6531 3.3 */
    for (const char *c = mailbox; *c; c++)
        HOLDS((unsigned char)*c >= ' ' && *c != '\x7f');
    if (mailbox[0] != '"') /* outside quotes nothing may end the path */
        HOLDS(!strpbrk(mailbox, "<> \"\\,;"));
    free((char *)domain);
    again = hostname_mailbox(mailbox, &domain, &e);
    HOLDS(again && strcmp(again, mailbox) == 0);
    free((char *)domain);
    free((char *)mailbox);
    free((char *)again);
}

static void look_at_list(const char *s, const char *(*each)(const char *item, struct error *e))
{
    struct option_value_list list = {.count = 0};
    size_t commas = 0;
    struct error e = {0};
    bool ok = option_value_list(s, &list, each, &e);

    for (const char *c = s; *c; c++)
        commas += *c == ',';
    HOLDS(list.count <= OPTION_VALUE_LIST_MAX);
    HOLDS(ok ? list.count == commas + 1 : fuzz_is_error(&e));
    for (size_t i = 0; i < list.count; i++) {
        if (each == option_value_fingerprint)
            HOLDS(strlen(list.at[i]) == 64 && strspn(list.at[i], "0123456789abcdef") == 64);
        else
            HOLDS(is_host(list.at[i] + (list.at[i][0] == '.')));
        free((char *)list.at[i]);
    }
}

static void look_at_numbers(const char *s)
{
    struct error e = {0};
    struct threshold_range ranges[STAGE_COUNT] = {0};
    int states[FINDING_COUNT] = {0};
    unsigned n = 0;
    double seconds = 0;

    HOLDS(option_value_unsigned(s, 1, 65535, "port number", &n, &e) ? n >= 1 && n <= 65535
                                                                    : fuzz_is_error(&e));
    HOLDS(option_value_seconds(s, &seconds, &e) ? seconds >= 0.1 && seconds <= 3600
                                                : fuzz_is_error(&e));
    HOLDS(option_value_stage_range(s, ranges, &e) || fuzz_is_error(&e));
    HOLDS(option_value_on(s, states, &e) || fuzz_is_error(&e));
    for (int c = 0; c < FINDING_COUNT; c++)
        HOLDS(states[c] >= STATE_OK && states[c] <= STATE_UNKNOWN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *s = fuzz_string(data, size);

    look_at_time(s);
    look_at_host(s);
    look_at_mailbox(s);
    look_at_list(s, option_value_match);
    look_at_list(s, option_value_fingerprint);
    look_at_numbers(s);
    free(s);
    return 0;
}
