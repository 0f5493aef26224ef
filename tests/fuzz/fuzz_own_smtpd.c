/* Restrictions of smtpd in a main.cf: however classes lead to each other, a table is judged once,
 * and what is found is clean; where it ends with TLS, a list that does nothing but ask the table,
 * and the class that the table's entry names, nothing is, whatever stands before. */
#include <string.h>

#include "fuzz.h"
#include "own_policy.h"
#include "postfix_main.h"

static enum own_answer look_up(void *ctx, const char *map, const char *key, struct own_value *out,
                               struct err *e)
{
    (void)ctx, (void)map, (void)key, (void)e;
    strcpy(out->text, "permit_mynetworks, tls");
    out->line = 1;
    return OWN_FOUND;
}

static enum own_answer main_cf(void *ctx, const char *map, const char *name, struct own_value *out,
                               struct err *e)
{
    const struct postfix_parameter *set = postfix_main_find(ctx, name);

    (void)map, (void)e;
    out->line = set ? set->line : 0;
    return postfix_main_expand(ctx, set ? set->value : "", out->text, sizeof out->text) ? OWN_FOUND
                                                                                        : OWN_NONE;
}

static bool same_file(void *ctx, const char *a, const char *b)
{
    (void)ctx;
    return strcmp(a, b) == 0;
}

static bool judge(struct postfix_main *m)
{
    char *maps[] = {"hash:/t"}, *domains[] = {"a.test"};
    struct form_own own = {.given = true, .file = "f", .postfix_access = {maps, 1}};
    struct partner p = {.domains = {domains, 1}, .inbound = true, .level = LEVEL_VERIFY};
    struct own_asked a = {
        .partner = &p,
        .own = &own,
        .inbound = true,
        .reader = {.look_up = look_up, .main_cf = main_cf, .same_file = same_file, .ctx = m}};
    struct own_problems l = {0};
    struct err e = {0};
    bool found;

    HOLDS(own_policy_check(&a, &l, &e) && l.count <= 1);
    for (size_t i = 0; i < l.count; i++)
        HOLDS(fuzz_is_clean(l.at[i].headline) && fuzz_is_clean(l.at[i].detail));
    HOLDS(fuzz_is_clean(l.unclear));
    found = l.count > 0 || *l.unclear;
    own_problems_clear(&l);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char asked[] = "\nsmtpd_tls_security_level = may\nsmtpd_data_restrictions = "
                                "check_sender_access hash:/t\n"
                                "smtpd_restriction_classes = tls\n"
                                "tls = reject_plaintext_session\n"
                                "parent_domain_matches_subdomains =\n";
    char *text = malloc(size + sizeof asked);
    struct postfix_main m;
    struct err e = {0};

    HOLDS(text);
    if (size > 0)
        memcpy(text, data, size);
    memcpy(text + size, asked, sizeof asked);
    if (postfix_main_read("d/main.cf", text, size, &m, &e)) {
        judge(&m);
        postfix_main_clear(&m);
    }
    if (postfix_main_read("d/main.cf", text, size + sizeof asked - 1, &m, &e)) {
        HOLDS(!judge(&m));
        postfix_main_clear(&m);
    }
    free(text);
    return 0;
}
