#include "fleet_policy.h"

#include <stdlib.h>
#include <string.h>

#include "own_exim.h"
#include "own_policy.h"

bool fleet_policy_unread(struct fleet *f, const char *text)
{
    for (size_t i = 0; i < f->invalid_count; i++) {
        if (strcmp(f->invalid[i].text, text) == 0)
            return true;
    }
    f->unread_count++;
    return fleet_add_invalid(f, text);
}

/* The names that mail to a partner may meet: found or declared. */
static const char **gateway_names(const struct fleet_member *m, const struct resolution *r,
                                  size_t *count)
{
    const char **names;
    size_t most = 0;

    for (size_t t = m->first; t < m->first + m->count; t++)
        most += r->targets[t].mx_count;
    names = calloc(most + 1, sizeof *names);
    *count = 0;
    for (size_t t = m->first; names && t < m->first + m->count; t++) {
        for (size_t i = 0;
             fleet_role_of(r->targets[t].ask) != FLEET_INBOUND && i < r->targets[t].mx_count; i++)
            names[(*count)++] = r->hosts[r->targets[t].mx[i].host].name;
    }
    return names;
}

/* Mail to the partner, then mail from it. False with `e` filled. */
static bool ask_policy(struct fleet_member *m, const struct own_asked *asked, struct err *e)
{
    struct own_asked to = *asked, from = *asked;

    to.inbound = from.outbound = false;
    if (!own_policy_check(&to, &m->problems, e))
        return false;
    if (asked->exim)
        own_exim_check(&to, &m->problems);
    m->inbound_problems = m->problems.count;
    return own_policy_check(&from, &m->problems, e);
}

static bool check_member(struct fleet *f, struct fleet_member *m, const struct own_asked *asked)
{
    bool named = asked->exim || asked->own->postfix_policy.count > 0;
    struct err e = {0};

    if (ask_policy(m, asked, &e)) {
        m->access_known = m->access_asked && !*m->problems.unclear;
        m->policy_known = named && f->unread_count == 0;
        return !m->problems.failed;
    }
    return e.cause != ERR_MEMORY && fleet_policy_unread(f, e.text);
}

bool fleet_policy_check(struct fleet *f, const struct own_asked *own, const struct resolution *r)
{
    bool ok = true;

    for (size_t i = 0; ok && i < f->count; i++) {
        struct fleet_member *m = &f->members[i];
        struct own_asked asked = *own;
        const char **names = gateway_names(m, r, &asked.mx_count);

        asked.partner = m->partner;
        asked.mx = names;
        ok = names && check_member(f, m, &asked);
        free(names);
    }
    return ok;
}
