/* SPDX-License-Identifier: BSD-2-Clause */
/* Our own mail server's policy: asked, and printed, while memory fails. */
#include <string.h>

#include "cases.h"
#include "fault.h"
#include "mta/exim.h"
#include "mta/postfix.h"
#include "partner/print_exim.h"
#include "partner/print_opensmtpd.h"
#include "partner/print_postfix.h"

static const char form_text[] = "[a]\ndomains = *.a.test b.test\nsubdomains = c.a.test\n"
                                "gateways = mx.a.test\n[own]\ngateways = mx.own.test\n";

/* Its memory is not to fail. */
static bool read_form(struct form *form)
{
    struct error e;

    *form = (struct form){0};
    return form_read("f", form_text, sizeof form_text - 1, form, &e);
}

static const char *const senders[] = {"postmaster@own.test"};
static const struct mta_question questions[] = {
    {.recipient = "postmaster@b.test", .domain = "b.test"},
    {.recipient = "postmaster@mailtls-test.a.test", .domain = "*.a.test"}};
static const struct mta_client client = {
    .address = "192.0.2.1", .sender = "postmaster@b.test", .recipient = "postmaster@own.test"};

static struct mta_ask what_is_asked(void)
{
    return (struct mta_ask){.questions = questions,
                            .question_count = 2,
                            .senders = senders,
                            .sender_count = 1,
                            .clients = &client,
                            .client_count = 1,
                            .deadline = deadline_in_ms(20000)};
}

static bool is_short_of(const struct error *e)
{
    return fault_fired() && (e->cause == ERROR_MEMORY || e->cause == ERROR_SYSTEM);
}

/* The instance in tests/fault/postfix, of programs that stand in for Postfix's. */
bool own_postfix_asked(void)
{
    const struct mta_ask ask = what_is_asked();
    struct mta_server s;
    struct error e = {0};
    bool got = postfix_ask("tests/fault/postfix", &ask, &s, &e), ok;

    ok = got ? s.route_count == 3 && s.routes[2].hop_count == 1 && *s.routes[2].below
             : is_short_of(&e);
    mta_facts_free(&s);
    return ok;
}

/* The configuration in tests/fault/exim, of the program that stands in for Exim. */
bool own_exim_asked(void)
{
    const struct mta_ask ask = what_is_asked();
    struct mta_server s;
    struct error e = {0};
    bool got = exim_ask("tests/fault/exim/conf", &ask, &s, &e), ok;

    ok = got ? s.route_count == 2 && s.routes[0].hop_count == 1 && s.routes[1].hop_count == 1 &&
                   s.refusal_count == 1 && s.refusals[0].code == 550
             : is_short_of(&e);
    mta_facts_free(&s);
    return ok;
}

/* All of a policy, or an error: what would be missing would go out in plaintext. */
static bool is_printed(bool (*print)(const struct print_common_policy *, struct text *,
                                     struct error *),
                       const char *last)
{
    struct form form;
    struct text t;
    struct error e = {0};
    bool ok = true;

    text_init(&t, 65536);
    if (read_form(&form)) {
        struct print_common_policy a = {.partners = form.at, .count = form.count, .own = &form.own};

        ok = print(&a, &t, &e) ? strstr(text_str(&t), last) != NULL
                               : fault_fired() && e.cause == ERROR_MEMORY;
    }
    text_free(&t);
    form_clear(&form);
    return ok;
}

bool policy_printed(void)
{
    return is_printed(print_postfix, "\nb.test verify match=hostname ") &&
           is_printed(print_exim, "sender_domains = a.test : *.a.test : b.test") &&
           is_printed(print_opensmtpd, "for domain <\"partner_a_domains\">");
}
