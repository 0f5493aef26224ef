/* SPDX-License-Identifier: BSD-2-Clause */
/* resolv.conf(5), and each of its words as a server from the command line. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "dns/dns.h"
#include "fuzz.h"

static void look_at(const struct dns_config *c)
{
    HOLDS(c->server_count <= DNS_SERVERS_MAX);
    for (size_t i = 0; i < c->server_count; i++) {
        const struct dns_server *s = &c->servers[i];

        HOLDS(s->address.sockaddr.ss_family == AF_INET ||
              s->address.sockaddr.ss_family == AF_INET6);
        HOLDS(s->address.length == (s->address.sockaddr.ss_family == AF_INET
                                        ? sizeof(struct sockaddr_in)
                                        : sizeof(struct sockaddr_in6)));
        HOLDS(memchr(s->text, 0, sizeof s->text) && fuzz_is_clean(s->text));
    }
    HOLDS(!dns_config_doubted(c) || c->server_count > 0);
}

/* The port of what was added is the one that is written there. */
static void look_at_port(const struct dns_server *s)
{
    const char *digits = s->text + strlen(s->text), *port;
    bool v6 = s->address.sockaddr.ss_family == AF_INET6;
    unsigned got = ntohs(v6 ? ((const struct sockaddr_in6 *)&s->address)->sin6_port
                            : ((const struct sockaddr_in *)&s->address)->sin_port);

    while (digits > s->text && digits[-1] >= '0' && digits[-1] <= '9')
        digits--;
    port = digits > s->text && digits[-1] == ':' &&
                   (!v6 || (digits - 2 > s->text && digits[-2] == ']'))
               ? digits
               : "53";
    while (*port == '0')
        port++;
    HOLDS(strlen(port) <= 5 && got == strtoul(port, NULL, 10) && got > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_config whole = {0}, one = {0};
    char *s = fuzz_string(data, size), *save = NULL;

    dns_config_read(&whole, s);
    look_at(&whole);
    HOLDS(!whole.trust_ad && (!whole.system_trust_ad || strstr(s, "trust-ad")));
    HOLDS(whole.timeout <= DNS_TIMEOUT_MAX && whole.attempts <= DNS_ATTEMPTS_MAX);
    HOLDS(whole.server_count == 0 || strstr(s, "nameserver"));
    for (char *word = strtok_r(s, " \t\r\n", &save); word;
         word = strtok_r(NULL, " \t\r\n", &save)) {
        size_t before = one.server_count;
        bool added = dns_config_add(&one, word);

        HOLDS(one.server_count == before + added);
        if (added) {
            HOLDS(strcmp(one.servers[before].text, word) == 0);
            look_at_port(&one.servers[before]);
        }
    }
    look_at(&one);
    free(s);
    return 0;
}
