/* SPDX-License-Identifier: BSD-2-Clause */
#include "cases_partner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "fixture.h"
#include "partner/mail_tally.h"
#include "partner/partners.h"
#include "partner/partners_mta.h"
#include "plugins/forms.h"

enum { FILES = 4 };

static struct fixture_pki pki;
static struct trust *trust;
static char dir[] = "/tmp/mailtls-fault.XXXXXX";

bool cases_fleet(void)
{
    struct form form = {0};
    struct partners partners = {0};
    struct tls_policy policy;
    const struct partners_config c = {
        .form = &form, .policy = &policy, .outbound = true, .inbound = true, .port = 25};
    struct error e = {0};
    char text[600];
    bool got, ok;

    snprintf(text, sizeof text,
             "[a]\ndomains = *.a.test\nsubdomains = b.a.test\ngateways = mx.a.test ::1\n"
             "[b]\ndomains = b.test\ngateways = mx.b.test\nca-file = %s\n"
             "[c]\ndomains = c.test\ngateways = mx.c.test\nca-file = none.pem\n"
             "[own]\ngateways = own.test\n",
             pki.ca_file);
    tls_policy_default(&policy);
    policy.trust = trust;
    got = form_read("f", text, strlen(text), &form, &e) && partners_make(&c, &partners);
    /* A ca-file that cannot be opened leaves its partner out, and says so. */
    if (got && fault_fired())
        ok = partners.count + partners.invalid_count == 3 && partners.count >= 1 &&
             partners.trust_count == partners.count - 1;
    else if (got)
        ok = partners.count == 2 && partners.invalid_count == 1 && partners.trust_count == 1 &&
             partners.target_count == 10;
    else
        ok = fault_fired();
    partners_clear(&partners);
    form_clear(&form);
    return ok;
}

/* A form that memory does not suffice for is said to be wrong: it is not as if it were not there.
 */
bool cases_forms(void)
{
    struct form form = {0};
    struct partners partners = {0};
    struct error e = {0};
    bool got = forms_read(dir, NULL, &form, &partners, &e);
    bool ok = got ? form.count + form.own.given + partners.invalid_count == FILES
                  : fault_fired() && e.cause != ERROR_NONE;

    ok = ok && (fault_fired() || partners.invalid_count == 1);
    partners_clear(&partners);
    form_clear(&form);
    return ok;
}

/* With the partner at hand, what is missing is another's, unless it may be [own]. */
bool cases_forms_for_one(void)
{
    struct form form = {0};
    struct partners partners = {0};
    struct error e = {0};
    bool got = forms_read(dir, "a", &form, &partners, &e);
    bool ok = got ? form_partner(&form, "a") && (form.own.given || partners.invalid_count > 0)
                  : fault_fired() && e.cause != ERROR_NONE;

    ok = ok && (fault_fired() || (form.own.given && partners.invalid_count == 0));
    partners_clear(&partners);
    form_clear(&form);
    return ok;
}

/* A tally is whole, or there is none: a domain that it lacks would be one without mail. */
bool cases_tally(void)
{
    static const char text[] = "[a]\n"
                               "domains = a.test b.test\n"
                               "gateways = mx.a.test\n"
                               "sending-hosts = 192.0.2.1\n"
                               "[own]\n"
                               "domains = own.test\n"
                               "internal = 10.0.0.0/8 192.168.0.0/16\n";
    struct form form = {0};
    struct mail_tally t = {0};
    struct error e;
    bool ok = false;

    if (!form_read("f.ini", text, strlen(text), &form, &e))
        ok = fault_fired();
    else if (!mail_tally_begin(&t, &form, NULL))
        ok = fault_fired();
    else
        ok = t.count == 1 && t.name_count == 2 && t.internal_count == 2 &&
             t.partners[0].host_count == 1;
    mail_tally_clear(&t);
    form_clear(&form);
    return ok;
}

/* Every question about every partner is asked, or none is: one that were missing would be a policy
 * that nobody looked at. */
bool cases_questions(void)
{
    static const char text[] = "[a]\n"
                               "domains = a.test *.b.test\n"
                               "gateways = mx.a.test\n"
                               "sending-hosts = 192.0.2.1 2001:db8::1 192.0.2.0/24 out.a.test\n"
                               "[own]\n"
                               "domains = own.test our.test\n"
                               "exim = default\n";
    struct form form = {0};
    struct partners_mta m = {0};
    struct error e;
    bool got = form_read("f.ini", text, strlen(text), &form, &e) &&
               partners_mta_add(&m, &form.own, &form.at[0], 0, true, true);
    bool ok =
        got ? m.question_count == 3 && m.sender_count == 2 && m.client_count == 4 : fault_fired();

    partners_mta_clear(&m);
    form_clear(&form);
    return ok;
}

bool cases_partner_begin(void)
{
    static const char *const texts[FILES] = {"[a]\ndomains = a.test\ngateways = mx.a.test\n",
                                             "[b]\ndomains = b.test\ngateways = mx.b.test\n",
                                             "[c]\ndomains = c.test\n",
                                             "[own]\ngateways = mx.own.test\n"};
    struct error e;
    char path[64];
    bool ok = fixture_pki_make(&pki) && mkdtemp(dir);

    for (int i = 0; ok && i < FILES; i++) {
        FILE *f;

        snprintf(path, sizeof path, "%s/%d.ini", dir, i);
        f = fopen(path, "w");
        ok = f && fputs(texts[i], f) >= 0;
        ok = f && fclose(f) == 0 && ok;
    }
    trust = ok ? trust_new(&(struct trust_config){.ca_file = pki.ca_file}, &e) : NULL;
    return trust != NULL;
}

void cases_partner_end(void)
{
    char path[64];

    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%d.ini", dir, i);
        unlink(path);
    }
    rmdir(dir);
    trust_free(trust);
    fixture_pki_free(&pki);
}
