#include "postfix_policy.h"

#include <ctype.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

#define BLANKS " \t\r\n\v\f"
#define SEPARATORS ", \t\r\n"

static const struct {
    const char *name;
    int level;
} levels[] = {
    {"none", POSTFIX_LEVEL_NONE}, {"may", LEVEL_MAY},
    {"encrypt", LEVEL_ENCRYPT},   {"fingerprint", LEVEL_FINGERPRINT},
    {"verify", LEVEL_VERIFY},     {"secure", LEVEL_SECURE},
    {"dane", LEVEL_DANE},         {"dane-only", LEVEL_DANE_ONLY},
    {"half-dane", LEVEL_DANE},
};

enum attribute { MATCH, TAFILE, PROTOCOLS, CIPHERS, SERVERNAME, ONCE, ANY, UNKNOWN };

static const struct {
    const char *name;
    enum attribute attribute;
} attributes[] = {
    {"match", MATCH},          {"tafile", TAFILE},         {"protocols", PROTOCOLS},
    {"ciphers", CIPHERS},      {"servername", SERVERNAME}, {"exclude", ONCE},
    {"connection_reuse", ANY}, {"enable_rpk", ANY},        {"policy_ttl", ANY},
    {"policy_type", ANY},      {"policy_domain", ANY},     {"policy_string", ANY},
    {"mx_host_pattern", ANY},  {"policy_failure", ANY},
};

char *postfix_next_token(char **at)
{
    char *start = *at + strspn(*at, SEPARATORS), *s = start;

    if (*start == '\0')
        return NULL;
    for (int depth = 0; *s && (depth > 0 || !strchr(SEPARATORS, *s)); s++)
        depth += (*s == '{') - (*s == '}');
    if (*s)
        *s++ = '\0';
    *at = s;
    return start;
}

static char *trim(char *s)
{
    size_t len;

    s += strspn(s, BLANKS);
    for (len = strlen(s); len > 0 && strchr(BLANKS, s[len - 1]); len--)
        s[len - 1] = '\0';
    return s;
}

/* "name=value" or "{ name = value }" in two. */
static bool split(char *token, char **name, char **value)
{
    size_t len = strlen(token);
    char *equals;

    if (*token == '{') {
        if (token[len - 1] != '}')
            return false;
        token[len - 1] = '\0';
        token++;
    }
    equals = strchr(token, '=');
    if (!equals)
        return false;
    *equals = '\0';
    *name = trim(token);
    *value = trim(equals + 1);
    return **name != '\0';
}

static bool list_add(struct postfix_list *l, const char *s)
{
    if (l->count == POSTFIX_LIST_MAX)
        return false;
    l->at[l->count++] = s;
    return true;
}

static bool list_split(struct postfix_list *l, char *value, const char *separators)
{
    char *rest = value;

    for (const char *s; (s = strtok_r(rest, separators, &rest));)
        if (!list_add(l, s))
            return false;
    return l->count > 0;
}

static bool once(const char **field, const char *value)
{
    bool first = *field == NULL;

    *field = value;
    return first && *value != '\0';
}

static bool take(struct postfix_policy *p, enum attribute attribute, char *value)
{
    bool pkix = p->level == LEVEL_VERIFY || p->level == LEVEL_SECURE;

    switch (attribute) {
    case MATCH:
        if (p->level == LEVEL_FINGERPRINT)
            return list_split(&p->match, value, "|");
        return pkix && list_split(&p->match, value, ":");
    case TAFILE:
        return pkix && *value && list_add(&p->tafile, value);
    case PROTOCOLS:
        return once(&p->protocols, value) && postfix_protocols_lowest(value) >= 0;
    case CIPHERS:
        return once(&p->ciphers, value);
    case SERVERNAME:
        return once(&p->servername, value);
    case ONCE:
    case ANY:
        return true;
    case UNKNOWN:
        break;
    }
    return false;
}

static enum attribute attribute_of(const char *name)
{
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (strcasecmp(attributes[i].name, name) == 0)
            return attributes[i].attribute;
    return UNKNOWN;
}

static bool refuse(char *why, size_t cap, const char *what, const char *token)
{
    char shown[128];

    text_clean(shown, sizeof shown, token, strlen(token));
    text_format(why, cap, "%s \"%s\"", what, shown);
    return false;
}

static bool read_level(const char *token, int *level)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strcasecmp(levels[i].name, token) == 0) {
            *level = levels[i].level;
            return true;
        }
    }
    return false;
}

bool postfix_policy_read(const char *value, struct postfix_policy *out, char *why, size_t cap)
{
    char shown[POSTFIX_VALUE_MAX], *rest = out->text, *token, *name, *given;

    memset(out, 0, sizeof *out);
    if (strlen(value) >= sizeof out->text)
        return refuse(why, cap, "too long a policy", "");
    strcpy(out->text, value);
    token = postfix_next_token(&rest);
    if (!token || !read_level(token, &out->level))
        return refuse(why, cap, "unknown level", token ? token : "");
    while (out->level >= LEVEL_MAY && (token = postfix_next_token(&rest))) {
        strcpy(shown, token);
        if (!split(token, &name, &given))
            return refuse(why, cap, "no name=value:", shown);
        if (attribute_of(name) == UNKNOWN)
            return refuse(why, cap, "unknown attribute", shown);
        if (!take(out, attribute_of(name), given))
            return refuse(why, cap, "wrong at this level, repeated or malformed:", shown);
    }
    return true;
}

/* --- protocols --- */

static const struct {
    const char *name;
    int version;
} versions[] = {
    {"SSLv2", SSL2_VERSION},     {"SSLv3", SSL3_VERSION},     {"TLSv1", TLS1_VERSION},
    {"TLSv1.1", TLS1_1_VERSION}, {"TLSv1.2", TLS1_2_VERSION}, {"TLSv1.3", TLS1_3_VERSION},
};

enum { VERSIONS = sizeof versions / sizeof *versions };

/* A limit may be a number, "0" for none. -1: neither. */
static int version_of(const char *name, bool limit)
{
    char *end;
    long number;

    for (size_t i = 0; i < VERSIONS; i++)
        if (strcasecmp(versions[i].name, name) == 0)
            return versions[i].version;
    if (!limit || !isxdigit((unsigned char)*name))
        return -1;
    number = strtol(name, &end, 16);
    return *end || number > 0xffff ? -1 : (int)number;
}

int postfix_protocols_lowest(const char *protocols)
{
    bool only = false, named[VERSIONS] = {false}, excluded[VERSIONS] = {false};
    int least = 0, most = 0xffff;
    char copy[256], *rest = copy;

    if (strlen(protocols) >= sizeof copy)
        return -1;
    strcpy(copy, protocols);
    for (char *token; (token = strtok_r(rest, SEPARATORS ":", &rest));) {
        bool floor = strncmp(token, ">=", 2) == 0, ceiling = strncmp(token, "<=", 2) == 0;
        bool not = *token == '!';
        int version = version_of(token + (floor || ceiling ? 2 : not ), floor || ceiling);

        if (version < 0)
            return -1;
        if (floor)
            least = version;
        else if (ceiling)
            most = version ? version : 0xffff;
        else
            only = only || !not ;
        for (size_t i = 0; !floor && !ceiling && i < VERSIONS; i++)
            if (versions[i].version == version)
                *(not ? &excluded[i] : &named[i]) = true;
    }
    /* SSLv2 is gone from every library that this could be about. */
    for (size_t i = 1; i < VERSIONS; i++)
        if (!excluded[i] && (named[i] || !only) && versions[i].version >= least &&
            versions[i].version <= most)
            return versions[i].version;
    return 0;
}

/* --- names --- */

void postfix_hop_name(const char *next_hop, char *dst, size_t cap)
{
    bool bracket = *next_hop == '[';
    size_t len;

    next_hop += bracket;
    len = strcspn(next_hop, bracket ? "]" : ":");
    len = len < cap ? len : cap - 1;
    memcpy(dst, next_hop, len);
    dst[len] = '\0';
}

static bool is_below(const char *name, const char *parent)
{
    size_t n = strlen(name), p = strlen(parent);

    return n > p + 1 && name[n - p - 1] == '.' && strcasecmp(name + n - p, parent) == 0;
}

bool postfix_match_covers(const struct postfix_list *match, const char *name, const char *next_hop)
{
    char hop[POSTFIX_KEY_MAX];

    postfix_hop_name(next_hop, hop, sizeof hop);
    for (size_t i = 0; i < match->count; i++) {
        const char *m = match->at[i];

        if (strcasecmp(m, "hostname") == 0)
            return true;
        if (strcasecmp(m, "nexthop") == 0       ? strcasecmp(name, hop) == 0
            : strcasecmp(m, "dot-nexthop") == 0 ? is_below(name, hop)
            : *m == '.'                         ? is_below(name, m + 1)
                                                : strcasecmp(name, m) == 0)
            return true;
    }
    return false;
}

bool postfix_match_has(const struct postfix_list *match, const char *strategy)
{
    for (size_t i = 0; i < match->count; i++)
        if (strcasecmp(match->at[i], strategy) == 0)
            return true;
    return false;
}

/* --- keys --- */

const char *postfix_dotted_parent(const char *key)
{
    return strpbrk(key, "[]:/") ? NULL : strchr(key + 1, '.');
}

const char *postfix_bare_parent(const char *key)
{
    const char *dot = strchr(key, '.');

    return dot && dot[1] ? dot + 1 : NULL;
}

bool postfix_transport_read(const char *value, const char *domain, struct postfix_hops *out)
{
    static const char *const unsent[] = {"error:", "retry:", "discard:"};
    const char *colon = strchr(value, ':');
    const char *hop = colon ? colon + 1 : "";

    out->list.count = 0;
    for (size_t i = 0; i < sizeof unsent / sizeof *unsent; i++)
        if (strncasecmp(value, unsent[i], strlen(unsent[i])) == 0)
            return true;
    hop = *hop ? hop : domain;
    if (strlen(hop) >= sizeof out->text)
        return false;
    for (size_t i = 0; i <= strlen(hop); i++)
        out->text[i] = (char)tolower((unsigned char)hop[i]);
    return list_split(&out->list, out->text, SEPARATORS);
}

/* Actions that take text; whatever else is a list of restrictions. */
static const struct {
    const char *name;
    enum postfix_access access;
} actions[] = {
    {"dunno", POSTFIX_ACCESS_NEXT},
    {"info", POSTFIX_ACCESS_NEXT},
    {"warn", POSTFIX_ACCESS_NEXT},
    {"filter", POSTFIX_ACCESS_NEXT},
    {"hold", POSTFIX_ACCESS_NEXT},
    {"redirect", POSTFIX_ACCESS_NEXT},
    {"bcc", POSTFIX_ACCESS_NEXT},
    {"prepend", POSTFIX_ACCESS_NEXT},
    {"ok", POSTFIX_ACCESS_PASSES},
    {"relay", POSTFIX_ACCESS_PASSES},
    {"reject", POSTFIX_ACCESS_PASSES},
    {"defer", POSTFIX_ACCESS_PASSES},
    {"defer_if_reject", POSTFIX_ACCESS_PASSES},
    {"defer_if_permit", POSTFIX_ACCESS_PASSES},
    {"discard", POSTFIX_ACCESS_PASSES},
    {"hangup", POSTFIX_ACCESS_PASSES},
};

enum postfix_access postfix_access_read(const char *value)
{
    if (isdigit((unsigned char)*value) || value[strspn(value, SEPARATORS)] == '\0')
        return POSTFIX_ACCESS_PASSES;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        size_t len = strlen(actions[i].name);

        if (strncasecmp(value, actions[i].name, len) == 0 && strchr(BLANKS, value[len]))
            return actions[i].access;
    }
    /* With a table's name in it smtpd refuses all mail: a class has to have it. */
    return strchr(value, ':') ? POSTFIX_ACCESS_PASSES : POSTFIX_ACCESS_LIST;
}

/* As smtpd of Postfix 3.7 has them. */
static const char restrictions[] =
    "defer defer_if_permit defer_if_reject defer_unauth_destination permit "
    "permit_auth_destination permit_dnswl_client permit_inet_interfaces permit_mx_backup "
    "permit_mynetworks permit_naked_ip_address permit_rhswl_client permit_sasl_authenticated "
    "permit_tls_all_clientcerts permit_tls_clientcerts reject "
    "reject_authenticated_sender_login_mismatch reject_invalid_helo_hostname "
    "reject_invalid_hostname reject_known_sender_login_mismatch reject_maps_rbl "
    "reject_multi_recipient_bounce reject_non_fqdn_helo_hostname reject_non_fqdn_hostname "
    "reject_non_fqdn_recipient reject_non_fqdn_sender reject_plaintext_session reject_rbl "
    "reject_rbl_client reject_rhsbl_client reject_rhsbl_helo reject_rhsbl_recipient "
    "reject_rhsbl_reverse_client reject_rhsbl_sender reject_sender_login_mismatch "
    "reject_unauth_destination reject_unauth_pipelining "
    "reject_unauthenticated_sender_login_mismatch reject_unknown_address "
    "reject_unknown_client reject_unknown_client_hostname reject_unknown_helo_hostname "
    "reject_unknown_hostname reject_unknown_recipient_domain "
    "reject_unknown_reverse_client_hostname reject_unknown_sender_domain "
    "reject_unlisted_recipient reject_unlisted_sender reject_unverified_recipient "
    "reject_unverified_sender sleep warn_if_reject";

bool postfix_has_restriction(const char *name)
{
    size_t len = strlen(name);

    for (const char *at = restrictions; *at; at += strspn(at, " ")) {
        size_t next = strcspn(at, " ");

        if (next == len && strncasecmp(at, name, len) == 0)
            return true;
        at += next;
    }
    return false;
}
