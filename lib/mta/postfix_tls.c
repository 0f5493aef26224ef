/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/postfix_tls.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "mta/postfix_entry.h"
#include "mta/postfix_trust.h"
#include "policy/postfix_protocols.h"

enum { NAME_MAX_LEN = 64, TLS_1_2 = 0x0303 };

#define NAMES(p)                                                                                   \
    p "tls_security_level", p "use_tls", p "enforce_tls", p "tls_enforce_peername",                \
        p "tls_policy_maps", p "tls_per_site", p "tls_mandatory_protocols", p "tls_protocols",     \
        p "tls_mandatory_ciphers", p "tls_ciphers", p "tls_exclude_ciphers",                       \
        p "tls_mandatory_exclude_ciphers", p "tls_verify_cert_match", p "tls_secure_cert_match",   \
        p "tls_fingerprint_cert_match", p "tls_fingerprint_digest", p "tls_CAfile",                \
        p "tls_CApath", p "tls_trust_anchor_file", p "tls_wrappermode", p "tls_chain_files",       \
        p "tls_cert_file", p "tls_key_file", p "tls_dcert_file", p "tls_dkey_file",                \
        p "tls_eccert_file", p "tls_eckey_file", p "discard_ehlo_keywords",                        \
        p "discard_ehlo_keyword_address_maps", p "fallback_relay", p "dns_support_level",          \
        p "host_lookup", p "dns_resolver_options", p "tcp_port", "tls_append_default_CA",          \
        "disable_dns_lookups", "ignore_mx_lookup_error", "smtp_never_send_ehlo",                   \
        "proxy_read_maps", NULL

const char *postfix_tls_prefix(const char *command)
{
    if (strcmp(command, "smtp") == 0)
        return "smtp_";
    return strcmp(command, "lmtp") == 0 ? "lmtp_" : NULL;
}

const char *const *postfix_tls_names(const char *prefix)
{
    static const char *const smtp[] = {NAMES("smtp_")}, *const lmtp[] = {NAMES("lmtp_")};

    return strcmp(prefix, "smtp_") == 0 ? smtp : lmtp;
}

/* Writes a parameter's name with the prefix, cut where it is too long. */
static void full_name(const struct postfix_client *c, const char *name, char dst[NAME_MAX_LEN])
{
    snprintf(dst, NAME_MAX_LEN, "%s%s", c->prefix, name);
}

const char *postfix_tls_setting(const struct postfix_client *c, const char *name)
{
    char full[NAME_MAX_LEN];

    full_name(c, name, full);
    return postfix_settings_get(c->service, full);
}

/* Whether a parameter, named without the prefix, is "yes". */
static bool is_on(const struct postfix_client *c, const char *name)
{
    return strcasecmp(postfix_tls_setting(c, name), "yes") == 0;
}

/* A parameter, named without the prefix, as a source. */
static struct mta_source source_of(const struct postfix_client *c, const char *name)
{
    char full[NAME_MAX_LEN];

    full_name(c, name, full);
    return postfix_settings_source(c->instance, c->service, full);
}

/* Appends a fact about a parameter, named without the prefix. `text`: raw, or NULL. */
static void add_parameter_fact(const struct postfix_client *c, struct mta_hop *hop,
                               enum mta_fact_code code, const char *name, const char *text)
{
    mta_facts_add_fact(c->instance->server, &hop->facts, code, source_of(c, name), text);
}

/* --- look-up --- */

/* The entry of smtp_tls_policy_maps: by the next hop as it is, and by its parents with their dot
 * where it is a bare host name. POSTFIX_FOUND or ERROR with *hit filled, NONE, or PENDING. */
static enum postfix_answer find_entry(const struct postfix_client *c,
                                      const struct postfix_destination *d, struct postfix_hit *hit)
{
    const char *spec = postfix_tls_setting(c, "tls_policy_maps");
    bool parents = postfix_entry_is_hostname(d->next_hop), pending = false;

    *hit = (struct postfix_hit){0};
    for (const char *key = d->next_hop; key; key = parents ? strchr(key + 1, '.') : NULL) {
        struct postfix_hit one;
        enum postfix_answer answer = postfix_tables_find(c->tables, spec, key, true, &one);

        pending = pending || answer == POSTFIX_PENDING;
        if (pending || answer == POSTFIX_NONE)
            continue;
        *hit = one;
        return answer;
    }
    return pending ? POSTFIX_PENDING : POSTFIX_NONE;
}

/* smtp_tls_per_site's words. */
static const struct {
    const char *word;
    int level;
} site_words[] = {{"NONE", MTA_LEVEL_NONE},
                  {"MAY", LEVEL_MAY},
                  {"MUST_NOPEERMATCH", LEVEL_ENCRYPT},
                  {"MUST", LEVEL_VERIFY}};

/* The level that smtp_tls_per_site has for a next hop and one of its hosts. Begins zeroed. */
struct site {
    bool found;
    int level;
    struct postfix_hit hit; /* that decides */
};

/* Adds the word of an entry that was found to *s: NONE beats MAY, else the stricter one counts.
 * False: the word is unknown; only s->hit changes, to that entry. */
static bool take_site(struct site *s, const struct postfix_hit *hit)
{
    for (size_t i = 0; i < sizeof site_words / sizeof *site_words; i++) {
        int level = site_words[i].level;
        bool stricter = !s->found || level > s->level;

        if (strcasecmp(site_words[i].word, hit->value) != 0)
            continue;
        if (level == MTA_LEVEL_NONE)
            stricter = !s->found || s->level == LEVEL_MAY;
        else if (level == LEVEL_MAY)
            stricter = !s->found;
        if (stricter)
            *s = (struct site){true, level, *hit};
        return true;
    }
    s->hit = *hit;
    return false;
}

/* Looks up one name, and adds its level to *s: POSTFIX_FOUND, NONE, PENDING, or ERROR with s->hit
 * filled, whose value is NULL where the table gives no answer, else the word that is unknown. */
static enum postfix_answer find_site(const struct postfix_client *c, const char *name,
                                     struct site *s)
{
    const char *spec = postfix_tls_setting(c, "tls_per_site");
    struct postfix_hit hit;
    enum postfix_answer answer = postfix_tables_find(c->tables, spec, name, true, &hit);

    if (answer == POSTFIX_ERROR)
        s->hit = hit;
    if (answer == POSTFIX_FOUND && !take_site(s, &hit))
        return POSTFIX_ERROR;
    return answer;
}

/* Whether smtp_tls_per_site counts: only without smtp_tls_policy_maps. */
static bool uses_site(const struct postfix_client *c)
{
    return !*postfix_tls_setting(c, "tls_policy_maps") && *postfix_tls_setting(c, "tls_per_site");
}

/* The i-th host that a destination may lead to, borrowed; NULL: no more, or none is known. */
static const char *host_at(const struct postfix_destination *d, size_t i)
{
    if (!d->by_mx)
        return i == 0 ? d->name : NULL;
    return i < d->host_count ? d->hosts[i] : NULL;
}

enum postfix_answer postfix_tls_find(const struct postfix_client *c,
                                     const struct postfix_destination *d)
{
    enum postfix_answer answer;
    struct postfix_hit hit;
    struct site site = {0};

    if (!uses_site(c))
        return find_entry(c, d, &hit);
    answer = find_site(c, d->next_hop, &site);
    for (size_t i = 0; host_at(d, i); i++) {
        if (find_site(c, host_at(d, i), &site) == POSTFIX_PENDING)
            answer = POSTFIX_PENDING;
    }
    return answer;
}

/* --- the level --- */

/* The level without an entry, and the parameter that gives it. False: it is no level, and smtp(8)
 * does not start. */
static bool default_level(const struct postfix_client *c, int *level, const char **name)
{
    const char *value = postfix_tls_setting(c, "tls_security_level");

    *name = "tls_security_level";
    *level = MTA_LEVEL_NONE;
    if (*value)
        return postfix_entry_read_level(value, level);
    if (is_on(c, "enforce_tls")) {
        *name = "enforce_tls";
        *level = is_on(c, "tls_enforce_peername") ? LEVEL_VERIFY : LEVEL_ENCRYPT;
    } else if (is_on(c, "use_tls")) {
        *name = "use_tls";
        *level = LEVEL_MAY;
    }
    return true;
}

/* Sets level and source by main.cf; a word that is no level is a fact, and MTA_LEVEL_NONE. */
static void fill_default(const struct postfix_client *c, struct mta_hop *hop)
{
    const char *name;

    if (!default_level(c, &hop->policy.level, &name))
        add_parameter_fact(c, hop, MTA_PARAMETER_MALFORMED, name, postfix_tls_setting(c, name));
    hop->policy.source = source_of(c, name);
}

/* An entry that was found, as a source. */
static struct mta_source source_of_hit(const struct postfix_client *c,
                                       const struct postfix_hit *hit)
{
    return mta_facts_source(c->instance->server, hit->table->name, 0, hit->key, hit->value);
}

/* Sets the weakest level that smtp_tls_per_site, which counts, has for the hosts of the next hop,
 * and appends facts; the default is set before. */
static void fill_site(const struct postfix_client *c, const struct postfix_destination *d,
                      struct mta_hop *hop)
{
    struct mta_server *s = c->instance->server;
    struct mta_policy *p = &hop->policy;
    int general = p->level;

    if (!host_at(d, 0))
        add_parameter_fact(c, hop, MTA_NOT_FOLLOWED, "tls_per_site", NULL);
    for (size_t i = 0; host_at(d, i); i++) {
        struct site site = {0};
        bool broken = find_site(c, d->next_hop, &site) == POSTFIX_ERROR ||
                      (strcasecmp(d->next_hop, host_at(d, i)) != 0 &&
                       find_site(c, host_at(d, i), &site) == POSTFIX_ERROR);

        if (broken && site.hit.value)
            mta_facts_add_fact(s, &hop->facts, MTA_ENTRY_MALFORMED, source_of_hit(c, &site.hit),
                               site.hit.value);
        else if (broken)
            postfix_tables_fact(s, &hop->facts, site.hit.table, site.hit.key);
        /* MAY is only a minimum: a stricter default beats it. */
        if (broken || !site.found || (site.level == LEVEL_MAY && general > LEVEL_MAY))
            site.level = general;
        if (i > 0 && site.level >= p->level)
            continue;
        p->level = site.level;
        if (site.found) {
            p->found = true;
            p->source = source_of_hit(c, &site.hit);
        }
    }
}

/* Fills *entry with the entry that counts, and sets level, found and source. False: there is none,
 * or it cannot be used, which is a fact; *entry is of no use then, and the level stays. */
static bool fill_entry(const struct postfix_client *c, const struct postfix_destination *d,
                       struct mta_hop *hop, struct postfix_entry *entry)
{
    struct mta_server *s = c->instance->server;
    struct postfix_hit hit;
    char why[400];

    switch (find_entry(c, d, &hit)) {
    case POSTFIX_NONE:
        return false;
    case POSTFIX_PENDING:
        mta_facts_add_fact(s, &hop->facts, MTA_TIME_OVER, source_of(c, "tls_policy_maps"), NULL);
        return false;
    case POSTFIX_ERROR:
        postfix_tables_fact(s, &hop->facts, hit.table, hit.key);
        return false;
    case POSTFIX_FOUND:
        break;
    }
    hop->policy.found = true;
    hop->policy.source = source_of_hit(c, &hit);
    if (!postfix_entry_read(hit.value, c->version, entry, why, sizeof why)) {
        mta_facts_add_fact(s, &hop->facts, MTA_ENTRY_MALFORMED, hop->policy.source, why);
        return false;
    }
    hop->policy.level = entry->level;
    return true;
}

/* --- what the entry leaves out --- */

/* Appends a name to the match, whose source is set, and a fact where it begins with '#'. */
static void add_name(const struct postfix_client *c, struct mta_hop *hop, struct span name)
{
    if (span_begins(name, "#"))
        mta_facts_add_fact(c->instance->server, &hop->facts, MTA_LIST_COMMENT,
                           hop->policy.match_source, NULL);
    mta_facts_list_add(c->instance->server, &hop->policy.match, name.at, name.len);
}

/* At verify and secure, sets the match by the entry, which may be NULL, or else by a parameter. */
static void fill_match(const struct postfix_client *c, const struct postfix_entry *entry,
                       struct mta_hop *hop)
{
    const char *name =
        hop->policy.level == LEVEL_VERIFY ? "tls_verify_cert_match" : "tls_secure_cert_match";
    struct span rest = span_of(postfix_tls_setting(c, name)), one;

    if (entry && entry->match_count > 0) {
        hop->policy.match_source = hop->policy.source;
        for (size_t i = 0; i < entry->match_count; i++)
            add_name(c, hop, span_of(entry->match[i]));
        return;
    }
    hop->policy.match_source = source_of(c, name);
    while ((one = span_word(&rest, ", \t\r\n:")).len > 0)
        add_name(c, hop, one);
}

/* Appends a digest, "AB:cd" as "abcd"; it is not checked. Out of memory is `failed` of the
 * server. */
static void add_digest(const struct postfix_client *c, struct mta_hop *hop, struct span digest)
{
    char hex[300];
    size_t len = 0;

    for (size_t i = 0; i < digest.len && len + 1 < sizeof hex; i++) {
        if (digest.at[i] != ':')
            hex[len++] = (char)tolower((unsigned char)digest.at[i]);
    }
    mta_facts_list_add(c->instance->server, &hop->policy.digests, hex, len);
}

/* At fingerprint, sets digests by the entry, which may be NULL, or a parameter; none are a fact. */
static void fill_digests(const struct postfix_client *c, const struct postfix_entry *entry,
                         struct mta_hop *hop)
{
    const char *algorithm = postfix_tls_setting(c, "tls_fingerprint_digest");
    struct span rest = span_of(postfix_tls_setting(c, "tls_fingerprint_cert_match")), one;

    hop->policy.digest = mta_facts_copy(c->instance->server, algorithm, strlen(algorithm));
    hop->policy.match_source = hop->policy.source;
    for (size_t i = 0; entry && i < entry->match_count; i++)
        add_digest(c, hop, span_of(entry->match[i]));
    if (entry && entry->match_count > 0)
        return;
    hop->policy.match_source = source_of(c, "tls_fingerprint_cert_match");
    while ((one = span_word(&rest, ", \t\r\n")).len > 0)
        add_digest(c, hop, one);
    if (hop->policy.digests.count == 0)
        add_parameter_fact(c, hop, MTA_PARAMETER_MALFORMED, "tls_fingerprint_cert_match", NULL);
}

/* Whether OpenSSL leaves versions before TLS 1.2 out, whatever is configured: Postfix sets security
 * level 1 where it verifies certificates, at which OpenSSL 3 does not sign as these versions need
 * it. */
static bool drops_old_versions(const struct postfix_client *c, int level)
{
    return level > LEVEL_ENCRYPT && c->openssl >= 3;
}

/* Sets the minimum version, 0 for none, and its source, by the entry, which may be NULL, or else by
 * the parameter of the level; appends a fact where the list is malformed. */
static void fill_version(const struct postfix_client *c, const struct postfix_entry *entry,
                         struct mta_hop *hop)
{
    const char *name = hop->policy.level == LEVEL_MAY ? "tls_protocols" : "tls_mandatory_protocols";
    const char *list = postfix_tls_setting(c, name);
    struct mta_source source = source_of(c, name);
    struct postfix_protocols range;
    bool readable;

    if (entry && entry->protocols) {
        list = entry->protocols;
        source = hop->policy.source;
    }
    readable = postfix_protocols_read(list, &range);
    if (readable && range.lowest < TLS_1_2 && drops_old_versions(c, hop->policy.level))
        range.lowest = TLS_1_2;
    hop->policy.version_source = source;
    hop->policy.min_version = range.lowest;
    if (!readable)
        mta_facts_add_fact(c->instance->server, &hop->facts,
                           entry && entry->protocols ? MTA_ENTRY_MALFORMED
                                                     : MTA_PARAMETER_MALFORMED,
                           source, list);
}

/* Whether a list of exclusions takes out the suites that do not encrypt; case counts. */
static bool excludes_null(const char *list)
{
    struct span rest = span_of(list), one;

    while ((one = span_word(&rest, ", \t\r\n:")).len > 0) {
        if (span_is(one, "eNULL") || span_is(one, "NULL") || span_is(one, "COMPLEMENTOFALL"))
            return true;
    }
    return false;
}

/* Appends a fact where the grade of the entry, which may be NULL, or else that of the parameter of
 * the level is not known, or where suites may not encrypt. */
static void check_ciphers(const struct postfix_client *c, const struct postfix_entry *entry,
                          struct mta_hop *hop)
{
    const char *name = hop->policy.level == LEVEL_MAY ? "tls_ciphers" : "tls_mandatory_ciphers";
    const char *grade = postfix_tls_setting(c, name);
    bool by_entry = entry && entry->ciphers;
    struct mta_source source = by_entry ? hop->policy.source : source_of(c, name);
    bool excluded = excludes_null(postfix_tls_setting(c, "tls_exclude_ciphers")) ||
                    excludes_null(postfix_tls_setting(c, "tls_mandatory_exclude_ciphers"));

    if (by_entry)
        grade = entry->ciphers;
    if (entry && entry->exclude)
        excluded = excludes_null(entry->exclude);
    if (!postfix_entry_grade_known(grade))
        mta_facts_add_fact(c->instance->server, &hop->facts,
                           by_entry ? MTA_ENTRY_MALFORMED : MTA_PARAMETER_MALFORMED, source, grade);
    /* At encrypt Postfix excludes them itself. */
    else if (strcasecmp(grade, "null") == 0 && !excluded && hop->policy.level > LEVEL_ENCRYPT)
        mta_facts_add_fact(c->instance->server, &hop->facts, MTA_CIPHERS_NULL, source, NULL);
}

/* Sets `wrapper`: TLS from the first byte. A level that does not require TLS is a fact then. */
static void fill_wrapper(const struct postfix_client *c, struct mta_hop *hop)
{
    hop->policy.wrapper = is_on(c, "tls_wrappermode");
    if (hop->policy.wrapper && hop->policy.level < LEVEL_ENCRYPT)
        add_parameter_fact(c, hop, MTA_PARAMETER_MALFORMED, "tls_wrappermode",
                           postfix_tls_setting(c, "tls_wrappermode"));
}

/* Whether a list has exactly that token. */
static bool has_token(const char *list, struct span token)
{
    struct span rest = span_of(list), one;

    do
        one = postfix_tables_token(&rest);
    while (one.len > 0 && (one.len != token.len || memcmp(one.at, token.at, one.len) != 0));
    return one.len > 0;
}

/* Whether smtp(8) can open a table: it has a type, or with "proxy:" proxymap(8) may read it. */
static bool is_usable(const struct postfix_client *c, struct span table)
{
    if (span_begins(table, "proxy:"))
        return has_token(postfix_settings_get(c->service, "proxy_read_maps"), table);
    return span_find(table, ":") < table.len;
}

/* Whether a list of tables has one that is not usable: smtp(8) does not start, as a fact says. */
static bool has_broken_maps(const struct postfix_client *c, struct mta_hop *hop)
{
    static const char *const names[] = {"tls_policy_maps", "tls_per_site"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct span rest = span_of(postfix_tls_setting(c, names[i])), one;

        while ((one = postfix_tables_token(&rest)).len > 0) {
            if (is_usable(c, one))
                continue;
            mta_facts_add_fact(c->instance->server, &hop->facts, MTA_PARAMETER_MALFORMED,
                               source_of(c, names[i]), NULL);
            return true;
        }
    }
    return false;
}

void postfix_tls_fill(const struct postfix_client *c, const struct postfix_destination *d,
                      struct mta_hop *hop)
{
    struct postfix_entry read;
    const struct postfix_entry *entry = NULL;
    int level;

    if (has_broken_maps(c, hop))
        return;
    fill_default(c, hop);
    if (uses_site(c))
        fill_site(c, d, hop);
    else if (fill_entry(c, d, hop, &read))
        entry = &read;
    fill_wrapper(c, hop);
    level = hop->policy.level;
    if (level == MTA_LEVEL_NONE)
        return;
    if (tls_policy_verifies((enum tls_level)level))
        fill_match(c, entry, hop);
    if (level == LEVEL_FINGERPRINT)
        fill_digests(c, entry, hop);
    fill_version(c, entry, hop);
    check_ciphers(c, entry, hop);
    postfix_trust_check(c, entry, hop);
}
