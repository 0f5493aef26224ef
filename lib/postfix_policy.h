/* postfix_policy: what the values of Postfix's tables mean, and which keys it looks up.
 *
 * Hides the syntax of smtp_tls_policy_maps (TLS_README), transport(5) and access(5), as Postfix's
 * own readers take it. It judges nothing. Pure. */
#ifndef POSTFIX_POLICY_H
#define POSTFIX_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "terms.h"

enum { POSTFIX_VALUE_MAX = 8192, POSTFIX_LIST_MAX = 128, POSTFIX_KEY_MAX = 320 };

/* Below LEVEL_MAY: no TLS at all. */
enum { POSTFIX_LEVEL_NONE = -1 };

struct postfix_list {
    const char *at[POSTFIX_LIST_MAX];
    size_t count;
};

/* A policy; its strings lie in `text`, so that it is not to be copied. */
struct postfix_policy {
    int level; /* enum tls_level or POSTFIX_LEVEL_NONE */
    struct postfix_list match, tafile;
    const char *protocols, *ciphers, *servername; /* NULL: main.cf decides */
    char text[POSTFIX_VALUE_MAX];
};

/* Reads a policy. False where Postfix refuses it, and then defers mail: `why` says what it is
 * about. */
bool postfix_policy_read(const char *value, struct postfix_policy *out, char *why, size_t cap);

/* The lowest TLS version that a list of protocols leaves, as TLS1_2_VERSION: 0 where it leaves
 * none, -1 where Postfix cannot read it. */
int postfix_protocols_lowest(const char *protocols);

/* The next token of a list at `*at`, NUL-terminated in place; blanks and commas in {braces} do not
 * end it. NULL: no more. */
char *postfix_next_token(char **at);

/* A next-hop's host or domain, without brackets and port. */
void postfix_hop_name(const char *next_hop, char *dst, size_t cap);

/* Whether one of the policy's names would match a certificate of that name: "hostname" any MX
 * host's. */
bool postfix_match_covers(const struct postfix_list *match, const char *name, const char *next_hop);

/* Whether `match` names the strategy, case folded. */
bool postfix_match_has(const struct postfix_list *match, const char *strategy);

/* The next key after `key` for a next-hop or a domain, NULL where there is none: parent domains
 * with their dot, for a bare domain only. "*.tuv.com" stands for any subdomain that has no key of
 * its own. */
const char *postfix_dotted_parent(const char *key);

/* The same without their dot: of tables that parent_domain_matches_subdomains has. */
const char *postfix_bare_parent(const char *key);

/* Next-hops of a transport table's value for mail to `domain`, in lower case. None: it is not sent
 * (error:, retry:, discard:). False: too long, or too many. */
struct postfix_hops {
    struct postfix_list list;
    char text[POSTFIX_VALUE_MAX];
};
bool postfix_transport_read(const char *value, const char *domain, struct postfix_hops *out);

/* What an access table's value does with a session in clear, unless it is a list of restrictions.
 * Mail that it refuses with TLS too passes for our purpose: that is not what the partner asks for.
 */
enum postfix_access { POSTFIX_ACCESS_PASSES, POSTFIX_ACCESS_NEXT, POSTFIX_ACCESS_LIST };
enum postfix_access postfix_access_read(const char *value);

/* Whether smtpd has a restriction of that name, other than check_...: else it may be a class. */
bool postfix_has_restriction(const char *name);

#endif
