#include "own_main.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "text.h"

enum own_answer own_main_ask(const struct own_check *c, const char *map, const char *name,
                             struct own_value *out)
{
    const struct own_reader *reader = &c->a->reader;

    return reader->main_cf ? reader->main_cf(reader->ctx, map, name, out, c->e) : OWN_NONE;
}

void own_main_place(const char *map, int line, char place[OWN_MAIN_PLACE_MAX])
{
    char path[4096];

    if (own_main_path(map, path, sizeof path))
        own_place(path, line, place, OWN_MAIN_PLACE_MAX);
    else
        text_copy(place, OWN_MAIN_PLACE_MAX, "main.cf");
}

/* The first item that names the feature counts, files and tables of such items are not opened. Of
 * the features that we ask for, the default has access tables alone. */
bool own_main_parents(const struct own_check *c, const char *map, const char *feature, bool *bare)
{
    struct own_value list;
    enum own_answer answer = own_main_ask(c, map, "parent_domain_matches_subdomains", &list);
    char *rest = list.text;

    *bare = strcmp(feature, "smtpd_access_maps") == 0;
    if (answer != OWN_FOUND || list.line == 0)
        return answer != OWN_ERROR;
    for (const char *item; (item = postfix_next_token(&rest));) {
        size_t nots = strspn(item, "!");

        if (item[nots] == '/' || strchr(item, ':'))
            return true;
        if (strcasecmp(item + nots, feature) == 0) {
            *bare = nots % 2 == 0;
            return true;
        }
    }
    *bare = false;
    return true;
}

/* hash: is made of the text that texthash: names. */
bool own_main_has(const struct own_check *c, const char *list, const char *map)
{
    const struct own_reader *reader = &c->a->reader;
    static const char between[] = ", \t\r\n{}";
    char names[POSTFIX_VALUE_MAX], *rest, *at;

    strcpy(names, list);
    for (at = strtok_r(names, between, &rest); at; at = strtok_r(NULL, between, &rest)) {
        const char *path = strchr(strncmp(at, "proxy:", 6) == 0 ? at + 6 : at, ':');

        if (path && reader->same_file(reader->ctx, path + 1, strchr(map, ':') + 1))
            return true;
    }
    return false;
}

static void add_unused(const struct own_check *c, const char *map, const struct own_value *list)
{
    struct own_problem *p = own_problem_add(c->out, true, c->domain);
    char place[OWN_MAIN_PLACE_MAX], expected[160], seen[120];

    if (!p)
        return;
    own_main_place(map, list->line, place);
    text_clean(expected, sizeof expected, map, strlen(map));
    text_clean(seen, sizeof seen, list->text, strlen(list->text));
    text_copy(p->headline, sizeof p->headline, "our main.cf does not use the policy table");
    text_format(p->detail, sizeof p->detail, "expected smtp_tls_policy_maps = %s; seen %s in %s",
                expected, *seen ? seen : "none", place);
}

bool own_main_uses(const struct own_check *c)
{
    for (size_t i = 0; i < c->maps->count; i++) {
        const char *map = c->maps->at[i];
        struct own_value list;
        enum own_answer answer = own_main_ask(c, map, "smtp_tls_policy_maps", &list);

        if (answer == OWN_ERROR)
            return false;
        if (answer == OWN_FOUND && c->a->partner->level != LEVEL_MAY &&
            !own_main_has(c, list.text, map))
            add_unused(c, map, &list);
    }
    return true;
}

void own_main_trusts(const struct own_check *c, const struct own_hit *h)
{
    /* tls_append_default_CA does nothing where neither a CA file nor a path is set. */
    static const char *const anchors[] = {"smtp_tls_CAfile", "smtp_tls_CApath",
                                          "smtp_tls_trust_anchor_file"};
    const char *map = c->maps->at[h->map];
    char expected[OWN_MAIN_PLACE_MAX + 80], place[OWN_MAIN_PLACE_MAX];
    struct own_value v;

    for (size_t i = 0; i < sizeof anchors / sizeof *anchors; i++)
        if (own_main_ask(c, map, anchors[i], &v) != OWN_FOUND || *v.text)
            return;
    own_main_place(map, 0, place);
    text_format(expected, sizeof expected, "smtp_tls_CAfile or smtp_tls_CApath in %s", place);
    own_weak(c, h, "Postfix trusts no CA, mail is deferred", expected);
}

void own_main_digests(const struct own_check *c, const struct own_hit *h)
{
    static const char name[] = "smtp_tls_fingerprint_digest";
    const char *map = c->maps->at[h->map];
    char expected[OWN_MAIN_PLACE_MAX + 120], place[OWN_MAIN_PLACE_MAX], seen[40];
    const EVP_MD *digest;
    struct own_value v;

    if (own_main_ask(c, map, name, &v) != OWN_FOUND || !*v.text)
        return;
    digest = EVP_get_digestbyname(v.text);
    if (digest && EVP_MD_type(digest) == NID_sha256)
        return;
    own_main_place(map, v.line, place);
    text_clean(seen, sizeof seen, v.text, strlen(v.text));
    text_format(expected, sizeof expected, "%s = sha256, not %s as in %s", name, seen, place);
    own_weak(c, h, "Postfix compares fingerprints by another digest, mail is deferred", expected);
}
