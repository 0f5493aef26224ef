#include "own_policy.h"

#include <string.h>
#include <strings.h>

#include "own_main.h"
#include "own_smtpd.h"
#include "text.h"

/* The first of a key and its parents that a table has. */
static enum own_answer find_up(const struct own_check *c, const char *key,
                               const char *(*parent)(const char *), struct own_hit *h)
{
    enum own_answer answer = OWN_NONE;

    for (; key && answer == OWN_NONE; key = parent(key))
        answer = own_find(c, 0, key, h);
    return answer;
}

/* The same for a domain in the one table of the check, which belongs to that parameter. `*first` is
 * the key that Postfix begins with; NULL: it is not wanted. */
static enum own_answer find_domain(const struct own_check *c, const char *parameter,
                                   struct own_hit *h, const char **first)
{
    const char *key = c->domain;
    bool bare;

    if (!own_main_parents(c, c->maps->at[0], parameter, &bare))
        return OWN_ERROR;
    if (*key == '*')
        key += bare ? 2 : 1;
    if (first)
        *first = key;
    return find_up(c, key, bare ? postfix_bare_parent : postfix_dotted_parent, h);
}

static void refused(const struct own_check *c, const struct own_hit *h)
{
    own_weak(c, h, "Postfix refuses the table, mail is deferred", "each key once");
}

/* --- outbound --- */

static enum tls_level by_match(enum tls_level level, bool hostname)
{
    if (level != LEVEL_VERIFY && level != LEVEL_SECURE)
        return level;
    return hostname ? LEVEL_VERIFY : LEVEL_SECURE;
}

enum tls_level own_level(const struct partner *p)
{
    bool hostname = p->level == LEVEL_VERIFY;

    for (size_t i = 0; i < p->match.count; i++)
        hostname = (i > 0 && hostname) || strcmp(p->match.at[i], "hostname") == 0;
    return by_match(p->level, hostname);
}

/* Puts in the names that Postfix takes by itself. */
static void default_match(struct postfix_policy *p)
{
    if (p->match.count > 0)
        return;
    if (p->level == LEVEL_VERIFY)
        p->match = (struct postfix_list){{"hostname"}, 1};
    else if (p->level == LEVEL_SECURE)
        p->match = (struct postfix_list){{"nexthop", "dot-nexthop"}, 2};
}

/* Whether mail is as safe as the form says. `dane` goes out in clear where there is no TLSA record.
 */
static bool satisfies(enum tls_level form, const struct postfix_policy *p)
{
    static const unsigned authenticated =
        1u << LEVEL_FINGERPRINT | 1u << LEVEL_SECURE | 1u << LEVEL_DANE_ONLY;
    unsigned enough = authenticated;

    if (p->level == POSTFIX_LEVEL_NONE)
        return false;
    switch (form) {
    case LEVEL_MAY:
        return true;
    case LEVEL_ENCRYPT:
        enough |= 1u << LEVEL_ENCRYPT | 1u << LEVEL_VERIFY;
        break;
    case LEVEL_FINGERPRINT:
    case LEVEL_VERIFY:
        enough |= 1u << LEVEL_VERIFY;
        break;
    case LEVEL_DANE:
        enough |= 1u << LEVEL_VERIFY | 1u << LEVEL_DANE;
        break;
    case LEVEL_SECURE:
    case LEVEL_DANE_ONLY:
        break;
    }
    return enough >> by_match((enum tls_level)p->level, postfix_match_has(&p->match, "hostname")) &
           1u;
}

/* Says where a later table has what an earlier one hides. */
static void shadows(const struct own_check *c, const struct own_hit *weak_hit)
{
    struct own_problem *last = c->out->count ? &c->out->at[c->out->count - 1] : NULL;
    struct postfix_policy p;
    struct own_hit h;
    char why[64], place[200];

    if (!last || own_find(c, weak_hit->map + 1, weak_hit->key, &h) != OWN_FOUND ||
        !postfix_policy_read(h.value.text, &p, why, sizeof why))
        return;
    default_match(&p);
    if (!satisfies(own_level(c->a->partner), &p))
        return;
    own_place(c->maps->at[h.map], h.value.line, place, sizeof place);
    text_append(last->detail, sizeof last->detail, "; it hides %s", place);
}

/* Whether it takes certificates by one of the names that were agreed, wherever the MX hosts are. */
static bool has_agreed_name(const struct partner *form, const struct postfix_policy *p)
{
    if (form->level == LEVEL_SECURE && form->match.count == 0)
        return postfix_match_has(&p->match, "nexthop") ||
               postfix_match_has(&p->match, "dot-nexthop");
    for (size_t i = 0; i < form->match.count; i++)
        if (postfix_match_has(&p->match, form->match.at[i]))
            return true;
    return false;
}

/* Whose certificates are compared: of the MX hosts, or of the host that a transport table names.
 * Hosts behind another domain are not known. */
static void check_names(const struct own_check *c, const struct own_hit *h,
                        const struct postfix_policy *p, const char *hop)
{
    char expected[200], host[POSTFIX_KEY_MAX];
    bool by_mx = strcmp(hop, c->domain) == 0;
    size_t count = by_mx ? c->a->mx_count : *hop == '[';

    if ((p->level != LEVEL_VERIFY && p->level != LEVEL_SECURE) || has_agreed_name(c->a->partner, p))
        return;
    postfix_hop_name(hop, host, sizeof host);
    for (size_t i = 0; i < count; i++) {
        const char *name = by_mx ? c->a->mx[i] : host;
        if (postfix_match_covers(&p->match, name, hop + (*hop == '*' ? 2 : 0)))
            continue;
        text_format(expected, sizeof expected, "match= that covers %.180s", name);
        own_weak(c, h, "its match does not cover an MX host", expected);
        return;
    }
}

/* Postfix writes digests with colons, the form without. */
static bool is_digest(const char *written, const char *hex)
{
    for (; *written; written++)
        if (*written != ':' && strncasecmp(written, hex++, 1) != 0)
            return false;
    return *hex == '\0';
}

static void check_digests(const struct own_check *c, const struct own_hit *h,
                          const struct postfix_policy *p)
{
    const struct form_list *wanted = &c->a->partner->fingerprints;
    char expected[100];

    if (p->level != LEVEL_FINGERPRINT || p->match.count == 0)
        return;
    if (wanted->count > 0)
        own_main_digests(c, h);
    for (size_t i = 0; i < wanted->count; i++) {
        size_t k = 0;

        while (k < p->match.count && !is_digest(p->match.at[k], wanted->at[i]))
            k++;
        if (k < p->match.count)
            continue;
        text_format(expected, sizeof expected, "the SHA-256 %s", wanted->at[i]);
        own_weak(c, h, "a fingerprint of the form is missing", expected);
    }
    for (size_t k = 0; wanted->count > 0 && k < p->match.count; k++) {
        size_t i = 0;

        while (i < wanted->count && !is_digest(p->match.at[k], wanted->at[i]))
            i++;
        if (i == wanted->count)
            own_weak(c, h, "a fingerprint that the form does not have",
                     "the form's fingerprints only");
    }
}

/* Where TLS may be left out, a stricter version would only leave it out more often. */
static bool is_mandatory(enum tls_level level)
{
    return level != LEVEL_MAY && level != LEVEL_DANE;
}

/* As Postfix has it behind "TLSv". */
static const char *version_name(const struct partner *p)
{
    return p->min_version == TLS1_VERSION ? "1" : p->min_version_name;
}

static void check_strength(const struct own_check *c, const struct own_hit *h,
                           const struct postfix_policy *p)
{
    const struct partner *partner = c->a->partner;
    int lowest = p->protocols ? postfix_protocols_lowest(p->protocols) : 0;
    char expected[60];

    if (lowest > 0 && lowest < partner->min_version && is_mandatory(partner->level)) {
        text_format(expected, sizeof expected, "protocols=>=TLSv%s", version_name(partner));
        own_weak(c, h, "it allows an older TLS version", expected);
    }
    if (p->ciphers && (strcasecmp(p->ciphers, "null") == 0 ||
                       strcasecmp(p->ciphers, "export") == 0 || strcasecmp(p->ciphers, "low") == 0))
        own_weak(c, h, "it allows weak ciphers", "ciphers=high or medium");
}

static void check_roots(const struct own_check *c, const struct own_hit *h,
                        const struct postfix_policy *p)
{
    const struct own_reader *reader = &c->a->reader;
    const char *root = c->a->partner->ca_file;
    char expected[300];

    if (p->level != LEVEL_VERIFY && p->level != LEVEL_SECURE)
        return;
    for (size_t i = 0; i < p->tafile.count; i++) {
        if (reader->readable(reader->ctx, p->tafile.at[i]))
            continue;
        own_weak(c, h, "its trust anchor cannot be read", "tafile= with a file that can be read");
        return;
    }
    if (p->tafile.count > 0)
        return;
    if (!root) {
        own_main_trusts(c, h);
        return;
    }
    text_format(expected, sizeof expected, "tafile=%s", root);
    own_weak(c, h, "the form's root is not its trust anchor", expected);
}

static void judge_policy(const struct own_check *c, const struct own_hit *h, const char *hop,
                         const char *expected)
{
    struct postfix_policy p;
    char why[160];

    if (!postfix_policy_read(h->value.text, &p, why, sizeof why)) {
        char what[200];

        text_format(what, sizeof what, "invalid, mail is deferred: %s", why);
        own_weak(c, h, what, expected);
        return;
    }
    default_match(&p);
    if (!satisfies(own_level(c->a->partner), &p)) {
        own_weak(c, h, "weaker than the form", expected);
        shadows(c, h);
        return;
    }
    check_names(c, h, &p, hop);
    check_digests(c, h, &p);
    check_strength(c, h, &p);
    check_roots(c, h, &p);
}

/* The policy of one next-hop. */
static bool check_hop(const struct own_check *c, const char *hop, const char *expected)
{
    const char *first = *hop == '*' ? hop + 1 : hop;
    struct own_hit h;

    switch (find_up(c, first, postfix_dotted_parent, &h)) {
    case OWN_FOUND:
        judge_policy(c, &h, hop, expected);
        break;
    case OWN_REFUSED:
        refused(c, &h);
        break;
    case OWN_ERROR:
        return false;
    case OWN_NONE:
    case OWN_IGNORED:
        if (c->a->partner->level != LEVEL_MAY)
            own_missing(c, "our Postfix has no TLS policy for it", first, expected);
    }
    return true;
}

bool own_next_hops(const struct own_asked *a, const char *domain, struct postfix_hops *out,
                   struct err *e)
{
    char *map = a->own->postfix_transport;
    const struct form_list maps = {&map, map != NULL};
    const struct own_check c = {.a = a, .maps = &maps, .e = e, .domain = domain};
    enum own_answer answer = OWN_NONE;
    struct own_hit h;

    if (map)
        answer = find_domain(&c, "transport_maps", &h, NULL);
    if (map && answer == OWN_NONE)
        answer = own_find(&c, 0, "*", &h);
    switch (answer) {
    case OWN_FOUND:
        if (postfix_transport_read(h.value.text, domain, out))
            return true;
        err_set(e, ERR_FILE, "%.150s: %.60s: too long a next-hop", map, h.key);
        break;
    case OWN_REFUSED:
        err_set(e, ERR_FILE, "%.150s:%d: Postfix refuses it: %.60s", map, h.value.line,
                h.value.text);
        break;
    case OWN_ERROR:
        break;
    case OWN_NONE:
    case OWN_IGNORED:
        return postfix_transport_read("", domain, out);
    }
    return form_own_wrong(a->own, "postfix-transport", e);
}

static bool check_outbound(struct own_check *c)
{
    struct postfix_hops hops;
    char expected[POSTFIX_VALUE_MAX];

    if (!own_policy_value(c->a->partner, c->a->own, expected, sizeof expected))
        text_copy(expected, sizeof expected, level_name(c->a->partner->level));
    if (strlen(expected) > 120)
        expected[strcspn(expected, " ")] = '\0';
    if (!own_next_hops(c->a, c->domain, &hops, c->e))
        return false;
    for (size_t i = 0; i < hops.list.count; i++)
        if (!check_hop(c, hops.list.at[i], expected))
            return form_own_wrong(c->a->own, "postfix-policy", c->e);
    return true;
}

/* --- inbound --- */

/* What the i-th table does with mail from the domain; the rest of its keys count no more once one
 * is found. */
static enum own_answer ask_access(const struct own_check *c, size_t i, struct own_hit *h,
                                  const char **first)
{
    const struct form_list map = {&c->maps->at[i], 1};
    struct own_check one = *c;
    enum own_answer answer;

    one.maps = &map;
    answer = find_domain(&one, "smtpd_access_maps", h, first);
    h->map = i;
    return answer;
}

static bool check_inbound(struct own_check *c)
{
    const char *first = c->domain;
    struct own_hit h;

    for (size_t i = 0; i < c->maps->count; i++) {
        enum own_answer answer = ask_access(c, i, &h, &first);

        if (answer == OWN_ERROR)
            return false;
        if (answer == OWN_REFUSED) {
            refused(c, &h);
            return true;
        }
        if (answer == OWN_FOUND && postfix_access_read(h.value.text) != POSTFIX_ACCESS_NEXT)
            return own_smtpd_judge(c, &h);
    }
    own_missing(c, "our Postfix has no rule against its mail without TLS", first,
                "reject_plaintext_session");
    return true;
}

/* --- */

const char *own_domain(const struct partner *p, size_t i)
{
    for (size_t k = 0; k < p->domains.count; k++) {
        const char *domain = p->domains.at[k];

        if (i == 0)
            return *domain == '*' ? domain + 2 : domain;
        if (*domain == '*' && --i == 0)
            return domain;
        i--;
    }
    return i < p->subdomains.count ? p->subdomains.at[i] : NULL;
}

/* match=, of the form's names or the level's own. */
static void add_match(const struct partner *p, char *dst, size_t cap)
{
    text_append(dst, cap, " match=");
    for (size_t i = 0; i < p->match.count; i++)
        text_append(dst, cap, "%s%s", i ? ":" : "", p->match.at[i]);
    if (p->match.count == 0)
        text_append(dst, cap, p->level == LEVEL_VERIFY ? "hostname" : "nexthop:dot-nexthop");
}

static void add_digest(const char *hex, char *dst, size_t cap)
{
    text_append(dst, cap, " match=");
    for (size_t i = 0; hex[i] && hex[i + 1]; i += 2)
        text_append(dst, cap, "%s%.2s", i ? ":" : "", hex + i);
}

bool own_policy_value(const struct partner *p, const struct form_own *own, char *dst, size_t cap)
{
    bool pkix = p->level == LEVEL_VERIFY || p->level == LEVEL_SECURE;

    text_copy(dst, cap, level_name(p->level));
    if (pkix)
        add_match(p, dst, cap);
    for (size_t i = 0; p->level == LEVEL_FINGERPRINT && i < p->fingerprints.count; i++)
        add_digest(p->fingerprints.at[i], dst, cap);
    if (is_mandatory(p->level))
        text_append(dst, cap, " protocols=>=TLSv%s", version_name(p));
    if (pkix && p->ca_file)
        text_append(dst, cap, " tafile=%s", p->ca_file);
    if (own->sni && strcmp(own->sni, "none") != 0)
        text_append(dst, cap, " servername=%s", own->sni);
    /* What is cut ends within a character's length of the end. */
    return strlen(dst) + 5 < cap && !(pkix && p->ca_file && strpbrk(p->ca_file, ", \t\r\n{}"));
}

static bool check_policy(struct own_check *c)
{
    c->maps = &c->a->own->postfix_policy;
    c->domain = own_domain(c->a->partner, 0);
    if (!own_main_uses(c))
        return form_own_wrong(c->a->own, "postfix-policy", c->e);
    for (size_t i = 0; (c->domain = own_domain(c->a->partner, i)); i++)
        if (!check_outbound(c))
            return false;
    return true;
}

static bool check_access(struct own_check *c)
{
    bool all;

    c->maps = &c->a->own->postfix_access;
    if (!own_smtpd_refuses_all(c, &all))
        return form_own_wrong(c->a->own, "postfix-access", c->e);
    for (size_t i = 0; !all && (c->domain = own_domain(c->a->partner, i)); i++)
        if (!check_inbound(c))
            return form_own_wrong(c->a->own, "postfix-access", c->e);
    return true;
}

bool own_policy_check(const struct own_asked *a, struct own_problems *out, struct err *e)
{
    struct own_check c = {.a = a, .out = out, .e = e};

    if (a->partner->outbound && a->outbound && a->own->postfix_policy.count > 0 &&
        !check_policy(&c))
        return false;
    if (a->partner->inbound && a->inbound && a->own->postfix_access.count > 0 && !check_access(&c))
        return false;
    own_problems_once(out);
    return !out->failed || err_memory(e);
}
