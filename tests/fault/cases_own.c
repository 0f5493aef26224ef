/* Our own mail server's policy: read, judged and printed while memory fails. */
#include <string.h>

#include "cases.h"
#include "fault.h"
#include "own_exim.h"
#include "own_policy.h"
#include "policy_print.h"
#include "postfix_main.h"

static const char form_text[] = "[a]\ndomains = *.a.test b.test\nsubdomains = c.a.test\n"
                                "gateways = mx.a.test\n[own]\npostfix-policy = texthash:p\n"
                                "postfix-access = texthash:p\n";

/* Its memory is not to fail. */
static bool read_form(struct form *form)
{
    struct err e;

    *form = (struct form){0};
    return form_read("f", form_text, sizeof form_text - 1, form, &e);
}

static enum own_answer look_up(void *ctx, const char *map, const char *key, struct own_value *out,
                               struct err *e)
{
    (void)map, (void)e;
    return own_value_of(ctx, key, out);
}

/* Only what is read of main.cf can fail. */
static enum own_answer main_cf(void *ctx, const char *map, const char *name, struct own_value *out,
                               struct err *e)
{
    static const char text[] = "a = 1\nb = 2\nc = 3\n";
    struct postfix_main m;

    (void)ctx, (void)map, (void)name;
    if (!postfix_main_read("main.cf", text, sizeof text - 1, &m, e))
        return OWN_ERROR;
    *out->text = '\0', out->line = 0;
    postfix_main_clear(&m);
    return OWN_FOUND;
}

static bool readable(void *ctx, const char *path)
{
    (void)ctx, (void)path;
    return true;
}

/* All that there is to find, or an error. */
static bool is_whole(bool got, const struct own_problems *l, const struct err *e, size_t due)
{
    if (got && !l->failed)
        return l->count == due;
    return fault_fired() && (l->failed || e->cause == ERR_MEMORY);
}

bool own_postfix_judged(void)
{
    static const char table[] = "a.test may\n.a.test\n b.test\nb.test verify mach=x\nx 1\ny 2\n";
    struct own_problems found = {0};
    struct postfix_map map = {0};
    struct form form;
    struct err e = {0};
    bool got = read_form(&form) && postfix_map_read("p", table, sizeof table - 1, &map, &e);
    struct own_asked a = {.partner = form.at,
                          .own = &form.own,
                          .outbound = true,
                          .inbound = true,
                          .reader = {look_up, readable, main_cf, NULL, &map}};
    bool ok;

    got = got && own_policy_check(&a, &found, &e);
    ok = !form.at ? fault_fired() : is_whole(got, &found, &e, 6);
    own_problems_clear(&found);
    postfix_map_clear(&map);
    form_clear(&form);
    return ok;
}

bool own_exim_judged(void)
{
    static const char config[] = "A = *\nBB = A\nbegin routers\nr:\n transport = t\n"
                                 "begin transports\nt:\n driver = smtp\n"
                                 " hosts_require_tls = BB\n";
    struct own_problems found = {0};
    struct exim_config exim = {0};
    struct form form;
    struct err e = {0};
    bool got = read_form(&form) && exim_config_read("e", config, sizeof config - 1, &exim, &e);
    struct own_asked a = {.partner = form.at, .own = &form.own, .exim = &exim, .outbound = true};
    bool ok;

    if (got)
        own_exim_check(&a, &found);
    ok = !form.at ? fault_fired() : is_whole(got, &found, &e, 1);
    own_problems_clear(&found);
    exim_config_clear(&exim);
    form_clear(&form);
    return ok;
}

/* All of a policy, or an error: what would be missing would go out in clear. */
static bool is_printed(bool (*print)(const struct policy_asked *, struct text *, struct err *),
                       const char *last)
{
    struct form form;
    struct text t;
    struct err e = {0};
    bool ok = true;

    text_init(&t, 65536);
    if (read_form(&form)) {
        struct policy_asked a = {.partners = form.at, .count = form.count, .own = &form.own};

        ok = print(&a, &t, &e) ? strstr(text_str(&t), last) != NULL
                               : fault_fired() && e.cause == ERR_MEMORY;
    }
    text_free(&t);
    form_clear(&form);
    return ok;
}

bool policy_printed(void)
{
    return is_printed(policy_print_postfix, "\nb.test verify match=hostname ") &&
           is_printed(policy_print_exim, "sender_domains = a.test : *.a.test : b.test") &&
           is_printed(policy_print_opensmtpd, "for domain <\"partner_a_domains\">");
}
