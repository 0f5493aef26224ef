/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/partner/partners_fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unit/tls/pki.h"
#include "unit/unit.h"

/* A trust store with a root of its own: a machine may have none. */
static struct trust *make_trust(void)
{
    struct pki root = pki_make(&(struct pki_spec){.cn = "Root", .ca = true}, NULL);
    struct trust *t;
    struct error e = {0};
    char path[64];

    pki_file(&root.x, 1, path);
    t = trust_new(&(struct trust_config){.ca_file = path}, &e);
    ck_assert_msg(t != NULL, "%s", e.text);
    unlink(path);
    pki_free(&root);
    return t;
}

void partners_fixture_open(struct partners_fixture *p)
{

    *p = (struct partners_fixture){.c = {.outbound = true, .inbound = true, .port = 25}};
    fixture_open(&p->f);
    p->f.policy.trust = make_trust();
    p->c.form = &p->form;
    p->c.policy = &p->f.policy;
}

void partners_fixture_close(struct partners_fixture *p)
{
    fixture_close(&p->f);
    partners_clear(&p->partners);
    form_clear(&p->form);
    trust_free(p->f.policy.trust);
}

void partners_fixture_read(struct partners_fixture *p, const char *text)
{
    struct error e = {0};
    char path[40];

    snprintf(path, sizeof path, "forms/%zu.ini", p->form.count);
    ck_assert_msg(form_read(path, text, strlen(text), &p->form, &e), "%s", e.text);
}

void partners_fixture_make(struct partners_fixture *p)
{
    ck_assert(partners_make(&p->c, &p->partners));
    p->f.partners = &p->partners;
}

void partners_fixture_probe(struct partners_fixture *p, const struct names_record *zone)
{
    struct names *n = names_begin(zone);

    partners_fixture_make(p);
    names_resolve(n, p->partners.targets, p->partners.target_count, &p->f.r);
    names_end(n);
    fixture_observe(&p->f);
}

void partners_fixture_judge(struct partners_fixture *p, const struct names_record *zone)
{
    partners_fixture_probe(p, zone);
    fixture_judge(&p->f);
}

size_t partners_fixture_host(const struct partners_fixture *p, const char *id, const char *name)
{
    for (size_t h = 0; h < p->f.r.host_count; h++) {
        for (size_t i = 0; i < p->partners.count; i++) {
            const struct partner_run *m = &p->partners.runs[i];

            if (strcmp(m->partner->id, id) == 0 && p->f.r.hosts[h].policy == &m->outbound &&
                strcmp(p->f.r.hosts[h].name, name) == 0)
                return h;
        }
    }
    return FINDING_NONE;
}
