#include "partners.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

void partners_open(struct partners *p)
{
    struct err e = {0};

    *p = (struct partners){.c = {.outbound = true, .inbound = true, .port = 25}};
    fixture_open(&p->f);
    p->f.terms.trust = trust_new(&(struct trust_config){0}, &e);
    ck_assert_msg(p->f.terms.trust != NULL, "%s", e.text);
    p->c.form = &p->form;
    p->c.terms = &p->f.terms;
}

void partners_close(struct partners *p)
{
    fixture_close(&p->f);
    fleet_clear(&p->fleet);
    form_clear(&p->form);
    trust_free(p->f.terms.trust);
}

void partners_read(struct partners *p, const char *text)
{
    struct err e = {0};
    char path[40];

    snprintf(path, sizeof path, "forms/%zu.ini", p->form.count);
    ck_assert_msg(form_read(path, text, strlen(text), &p->form, &e), "%s", e.text);
}

void partners_make(struct partners *p)
{
    ck_assert(fleet_make(&p->c, &p->fleet));
    p->f.fleet = &p->fleet;
}

void partners_probe(struct partners *p, const struct names_record *zone)
{
    struct names *n = names_begin(zone);

    partners_make(p);
    names_resolve(n, p->fleet.asks, p->fleet.ask_count, &p->f.r);
    names_end(n);
    fleet_drop_found(&p->fleet, &p->f.r);
    fixture_observe(&p->f);
}

void partners_judge(struct partners *p, const struct names_record *zone)
{
    partners_probe(p, zone);
    fixture_judge(&p->f);
}

size_t partners_host(const struct partners *p, const char *id, const char *name)
{
    for (size_t h = 0; h < p->f.r.host_count; h++) {
        for (size_t i = 0; i < p->fleet.count; i++) {
            const struct fleet_member *m = &p->fleet.members[i];

            if (strcmp(m->partner->id, id) == 0 && p->f.r.hosts[h].terms == &m->outbound &&
                strcmp(p->f.r.hosts[h].name, name) == 0)
                return h;
        }
    }
    return FINDING_NONE;
}
