/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_config.h"

#include <ctype.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DNS_PORT = 53, LINE = 256 };

static const char BLANKS[] = " \t\r";

/* Cuts "HOST", "HOST:PORT" or "[HOST]:PORT" down to the host, which is not looked at and may be "";
 * *port is DNS_PORT where there is none. False: brackets or port are malformed; `s` may have been
 * cut. */
static bool split_port(char *s, unsigned *port)
{
    char *colon = s[0] == '[' ? strchr(s, ']') : strchr(s, ':');
    unsigned long n;
    char *end;

    *port = DNS_PORT;
    if (s[0] == '[') {
        if (!colon)
            return false;
        *colon++ = '\0';
        memmove(s, s + 1, strlen(s));
        if (*colon == '\0')
            return true;
    } else if (!colon || strchr(colon + 1, ':')) {
        return true; /* no port, or an IPv6 address without brackets */
    }
    if (colon[0] != ':' || colon[1] < '0' || colon[1] > '9')
        return false;
    n = strtoul(colon + 1, &end, 10);
    *port = (unsigned)n;
    *colon = '\0';
    return *end == '\0' && n > 0 && n <= 65535;
}

/* Reads an address without brackets and port; a link-local one needs its interface: fe80::1%eth0
 * (RFC 4007 11). Cuts `host` at the '%'. False: no such address or interface; *out may have been
 * written to. */
static bool parse_zoned(char *host, unsigned port, struct address *out)
{
    char *zone = strchr(host, '%');
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->sockaddr;

    if (zone)
        *zone++ = '\0';
    if (!address_parse(host, port, out) || (zone && in6->sin6_family != AF_INET6))
        return false;
    if (zone)
        in6->sin6_scope_id = if_nametoindex(zone);
    return !zone || in6->sin6_scope_id != 0;
}

bool dns_config_add(struct dns_config *c, const char *server)
{
    struct dns_server s = {0};
    char host[64];
    unsigned port;

    if (c->server_count == DNS_SERVERS_MAX || strlen(server) >= sizeof host)
        return false;
    strcpy(host, server);
    strcpy(s.text, server);
    if (!split_port(host, &port) || !parse_zoned(host, port, &s.address))
        return false;
    c->servers[c->server_count++] = s;
    return true;
}

/* Sets *out to the N of an option "NAME:N" whose name is `name`: from 1 to `most`, as in the C
 * library, and 1 where N is no number. False: `word` is another option; *out is unchanged. */
static bool numbered(const char *word, const char *name, unsigned most, unsigned *out)
{
    size_t len = strlen(name);
    unsigned long n;

    if (strncmp(word, name, len) != 0 || word[len] != ':')
        return false;
    n = isdigit((unsigned char)word[len + 1]) ? strtoul(word + len + 1, NULL, 10) : 0;
    *out = (unsigned)(n < most ? n : most);
    if (*out == 0)
        *out = 1;
    return true;
}

/* Takes one word after "options"; a word that we do not know changes nothing. */
static void read_option(struct dns_config *c, const char *word)
{
    const struct {
        const char *name;
        bool *field;
    } flags[] = {{"trust-ad", &c->system_trust_ad},
                 {"use-vc", &c->use_vc},
                 {"rotate", &c->rotate},
                 {"no-aaaa", &c->no_aaaa}};

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        *flags[i].field = *flags[i].field || strcmp(word, flags[i].name) == 0;
    if (!numbered(word, "timeout", DNS_TIMEOUT_MAX, &c->timeout))
        numbered(word, "attempts", DNS_ATTEMPTS_MAX, &c->attempts);
}

/* Takes the options in `s`, with blanks between them, which are overwritten. `s` NULL: the options
 * after the words that strtok_r(3) has already taken; *save is its state. */
static void read_options(struct dns_config *c, char *s, char **save)
{
    const char *word;

    for (word = strtok_r(s, BLANKS, save); word; word = strtok_r(NULL, BLANKS, save))
        read_option(c, word);
}

void dns_config_read_options(struct dns_config *c, const char *words)
{
    char line[LINE];
    char *save = NULL;

    snprintf(line, sizeof line, "%s", words);
    read_options(c, line, &save);
}

void dns_config_read(struct dns_config *c, const char *text)
{
    char line[LINE];

    while (*text) {
        size_t len = strcspn(text, "\n");
        char *save = NULL, *word;

        snprintf(line, sizeof line, "%.*s", (int)(len < sizeof line ? len : sizeof line - 1), text);
        text += len + (text[len] == '\n');
        word = strtok_r(line, BLANKS, &save);
        if (word && strcmp(word, "nameserver") == 0) {
            word = strtok_r(NULL, BLANKS, &save);
            if (word)
                dns_config_add(c, word);
        } else if (word && strcmp(word, "options") == 0) {
            read_options(c, NULL, &save);
        }
    }
}

/* Whether a server's address is that of Docker's resolver or of systemd-resolved. Both pass an AD
 * bit on that nobody has validated. */
static bool is_stub(const struct dns_server *s)
{
    static const char *const stubs[] = {"127.0.0.11", "127.0.0.53"};

    return strcmp(s->address.text, stubs[0]) == 0 || strcmp(s->address.text, stubs[1]) == 0;
}

bool dns_config_believes(const struct dns_config *c, size_t server)
{
    const struct dns_server *s = &c->servers[server];

    if (c->trust_ad)
        return true;
    return !is_stub(s) && (c->system_trust_ad || address_is_loopback(&s->address));
}

const char *dns_config_doubted(const struct dns_config *c)
{
    for (size_t i = 0; i < c->server_count; i++) {
        if (!dns_config_believes(c, i))
            return c->servers[i].text;
    }
    return NULL;
}
