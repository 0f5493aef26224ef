#include "report.h"

#include <string.h>

enum {
    FIRST_LINE_MAX = 119,
    PLACE_MAX = 50,
    PLACE_LEAST = 8,
    PROBLEM_LEAST = 20,
    PARTNER_LINE_MAX = 160
};

void report_label(const struct resolve_host *h, char *out, size_t cap)
{
    if (h->port == 25)
        text_copy(out, cap, h->shown);
    else if (strchr(h->shown, ':'))
        text_format(out, cap, "[%s]:%u", h->shown, h->port);
    else
        text_format(out, cap, "%s:%u", h->shown, h->port);
}

const struct observation *report_observation(const struct report_input *in, size_t host,
                                             size_t address)
{
    return &in->observations[in->plan->of_host[host][address]];
}

const struct address_verdict *report_soonest(const struct verdict *v)
{
    const struct address_verdict *soonest = NULL;

    for (size_t i = 0; i < v->member_count; i++) {
        const struct address_verdict *end = v->members[i].soonest;

        if (end && (!soonest || end->end.days < soonest->end.days))
            soonest = end;
    }
    for (size_t h = 0; v->member_count == 0 && h < v->host_count; h++) {
        const struct host_verdict *host = &v->hosts[h];

        if (host->soonest != FINDING_NONE &&
            (!soonest || host->addresses[host->soonest].end.days < soonest->end.days))
            soonest = &host->addresses[host->soonest];
    }
    return soonest;
}

bool report_next_host(const struct resolution *r, struct report_walk *w, size_t *host)
{
    for (; w->target < r->target_count; w->target++, w->mx = 0) {
        const struct resolve_target *t = &r->targets[w->target];

        while (w->mx < t->mx_count) {
            *host = t->mx[w->mx++].host;
            if (!w->seen[r->hosts[*host].first]) {
                w->seen[r->hosts[*host].first] = true;
                return true;
            }
        }
    }
    return false;
}

/* --- the first line --- */

const char *report_target(const struct resolve_target *t)
{
    return t->ask->recipient ? t->ask->recipient : t->ask->name;
}

struct clean {
    char s[256];
};

static struct clean clean_target(const struct resolve_target *t)
{
    const char *name = report_target(t);
    struct clean c;

    text_clean(c.s, sizeof c.s, name, strlen(name));
    return c;
}

/* What is said of gateways with which nothing is wrong. */
struct good {
    enum tls_level level;
    bool plaintext_refused;
    bool by_tables; /* so our own tables say, and nothing was probed */
};

static struct good good_under(const struct terms *t)
{
    return (struct good){t->level, t->refuses_plaintext, false};
}

/* Whether a gateway with it may still be called verified. */
static bool leaves_verified(const struct finding *f)
{
    switch (f->code) {
    case F_DANE_ABSENT: /* then it is as at level encrypt */
    case F_DANE_REQUIRED:
    case F_TLSA_UNUSABLE:
        return false;
    case F_CERTIFICATE_EXPIRING:
    case F_CERTIFICATE_CN_CHANGED:
    case F_ISSUER_CHANGED:
        return true;
    default:
        return f->stage != STAGE_CERT || f->level_state != STATE_CRITICAL;
    }
}

/* What somebody chose to count as ok is not therefore true. */
static void restrict_good(struct good *g, const struct finding *f)
{
    bool tls =
        f->level_state != STATE_CRITICAL || (f->stage != STAGE_STARTTLS && f->stage != STAGE_TLS);
    enum tls_level most = !tls ? LEVEL_MAY : leaves_verified(f) ? g->level : LEVEL_ENCRYPT;

    g->level = most < g->level ? most : g->level;
    if (f->code == F_PLAINTEXT_ACCEPTED || f->code == F_PLAINTEXT_INCONCLUSIVE)
        g->plaintext_refused = false;
}

static struct good good_of_member(const struct report_input *in, size_t i)
{
    const struct fleet_member *m = &in->fleet->members[i];
    const struct finding_list *l = &in->verdict->findings;
    struct good g = {.level = LEVEL_VERIFY, .by_tables = true};

    if (fleet_is_by_tables(m)) {
        g.plaintext_refused = m->access_known && m->problems.count == 0;
        return g;
    }
    g = good_under(m->outbound_asked ? &m->outbound : m->inbound);
    g.plaintext_refused = m->inbound != NULL;
    for (size_t n = 0; n < l->count; n++) {
        if (l->at[n].target != FINDING_NONE && in->fleet->member_of[l->at[n].target] == i)
            restrict_good(&g, &l->at[n]);
    }
    return g;
}

/* Of several partners, what is true of each. */
static struct good good_of_all(const struct report_input *in)
{
    const struct finding_list *l = &in->verdict->findings;
    struct good all;

    if (!in->fleet) {
        all = good_under(in->resolution->targets[0].ask->terms);
        for (size_t n = 0; n < l->count; n++)
            restrict_good(&all, &l->at[n]);
        return all;
    }
    all = good_of_member(in, 0);
    for (size_t i = 1; i < in->fleet->count; i++) {
        struct good one = good_of_member(in, i);

        all.level = one.level < all.level ? one.level : all.level;
        all.plaintext_refused = all.plaintext_refused && one.plaintext_refused;
        all.by_tables = all.by_tables && one.by_tables;
    }
    return all;
}

static void subject(const struct report_input *in, char *out, size_t cap)
{
    const struct resolution *r = in->resolution;
    const struct fleet *f = in->fleet;

    if (f && f->count == 1)
        text_copy(out, cap, f->members[0].partner->id);
    else if (f)
        text_format(out, cap, "%zu partners", f->count);
    else if (r->target_count == 1)
        text_copy(out, cap, clean_target(&r->targets[0]).s);
    else
        text_format(out, cap, "%s and %zu more", clean_target(&r->targets[0]).s,
                    r->target_count - 1);
}

static const char *success_word(enum tls_level level)
{
    return level == LEVEL_MAY ? "reached" : level == LEVEL_ENCRYPT ? "encrypted" : "verified";
}

/* What went well, under the terms of the whole or of a partner. */
static void success(const struct state_count *gateways, const struct address_verdict *soonest,
                    const struct good *good, char *out, size_t cap)
{
    int days = soonest ? (int)soonest->end.days : 0;

    if (good->by_tables) {
        text_copy(out, cap,
                  good->plaintext_refused ? "plaintext refused by our access tables"
                                          : "no gateway to probe");
        return;
    }
    text_format(out, cap, "%zu of %zu gateways %s", gateways->ok, gateways->all,
                success_word(good->level));
    if (good->plaintext_refused)
        text_append(out, cap, ", plaintext refused");
    if (soonest && soonest->end.days >= 0)
        text_append(out, cap, ", first certificate ends in %d day%s", days, days == 1 ? "" : "s");
}

/* "(2 of 3 gateways fail; 1 unknown)": how many share the state of the whole. */
static void tally(enum state s, const struct state_count *c, const char *noun, char *out,
                  size_t cap)
{
    size_t unknown = c->by_state[STATE_UNKNOWN];

    out[0] = '\0';
    if (c->by_state[s] == 0)
        return;
    if (s == STATE_UNKNOWN)
        text_format(out, cap, " (%zu of %zu %s unknown)", unknown, c->all, noun);
    else
        text_format(out, cap, " (%zu of %zu %s %s)", c->by_state[s], c->all - unknown, noun,
                    s == STATE_CRITICAL ? "fail" : "warn");
    if (s != STATE_UNKNOWN && unknown > 0)
        text_format(out + strlen(out) - 1, cap - strlen(out) + 1, "; %zu unknown)", unknown);
}

/* "" where a finding is about a form as a whole. */
static void place_name(const struct resolution *r, const struct finding *f, char *out, size_t cap)
{
    out[0] = '\0';
    if (f->host != FINDING_NONE)
        report_label(&r->hosts[f->host], out, cap);
    else if (f->target != FINDING_NONE)
        text_copy(out, cap, clean_target(&r->targets[f->target]).s);
}

/* Cuts to `max` bytes with dots at the end. */
static void shorten(char *s, size_t max)
{
    char copy[512];

    if (strlen(s) <= max)
        return;
    text_copy(copy, sizeof copy, s);
    text_format(s, max - 2, "%s", copy);
    strcat(s, "...");
}

/* "place: problem count" in at most `room` bytes. Who is meant matters more than the end of what is
 * wrong; that stands below, too. */
static void fit(char place[280], char problem[200], const char *count, size_t room,
                struct text *out)
{
    size_t most;

    if (!*place) {
        shorten(problem, room - strlen(count));
        text_addf(out, "%s%s", problem, count);
        return;
    }
    room -= strlen(count) + 2;
    most = room < PLACE_MAX + PROBLEM_LEAST ? room - PROBLEM_LEAST : PLACE_MAX;
    shorten(place, strlen(problem) + most < room ? room - strlen(problem) : most);
    shorten(problem, room - strlen(place));
    text_addf(out, "%s: %s%s", place, problem, count);
}

static void add_worst(const struct report_input *in, const struct finding *f, const char *count,
                      size_t room, struct text *out)
{
    char place[280], problem[200];

    place_name(in->resolution, f, place, sizeof place);
    text_copy(problem, sizeof problem, f->headline);
    fit(place, problem, count, room, out);
}

void report_count_partners(const struct report_input *in, struct state_count *c)
{
    size_t invalid = in->fleet->invalid_count - in->fleet->unread_count;

    *c = (struct state_count){0};
    for (size_t i = 0; i < in->fleet->count; i++)
        state_count_add(c, in->verdict->members[i].state);
    for (size_t i = 0; invalid > 0 && i < in->verdict->findings.count; i++) {
        const struct finding *f = &in->verdict->findings.at[i];

        if (f->code != F_FORM_INVALID || f->target != FINDING_NONE)
            continue;
        state_count_add(c, f->state); /* of all of them the same */
        invalid--;
    }
}

/* "partner: " before a finding of one of several, or of the only one; what it leaves is enough for
 * where and what. */
static void add_partner(const struct report_input *in, const struct finding *f, const char *count,
                        size_t room, struct text *out)
{
    char id[64];

    if (!in->fleet || f->target == FINDING_NONE)
        return;
    text_copy(id, sizeof id, in->fleet->members[in->fleet->member_of[f->target]].partner->id);
    shorten(id, room - strlen(count) - 2 - PLACE_LEAST - 2 - PROBLEM_LEAST);
    text_addf(out, "%s: ", id);
}

void report_first_line(const struct report_config *c, const struct report_input *in,
                       struct text *out)
{
    const struct verdict *v = in->verdict;
    bool several =
        in->fleet && in->fleet->count + in->fleet->invalid_count - in->fleet->unread_count > 1;
    char place[280], problem[200], count[80] = "";
    size_t start = out->len;

    text_addf(out, "%s %s - ", c->service, state_name(v->state));
    if (v->failed) {
        text_add(out, "out of memory");
    } else if (v->state == STATE_OK) {
        struct good good = good_of_all(in);

        subject(in, place, sizeof place);
        success(&v->gateways, report_soonest(v), &good, problem, sizeof problem);
        fit(place, problem, "", FIRST_LINE_MAX - (out->len - start), out);
    } else {
        struct state_count partners;

        if (several)
            report_count_partners(in, &partners);
        tally(v->state, several ? &partners : &v->gateways, several ? "partners" : "gateways",
              count, sizeof count);
        add_partner(in, &v->findings.at[0], count, FIRST_LINE_MAX - (out->len - start), out);
        add_worst(in, &v->findings.at[0], count, FIRST_LINE_MAX - (out->len - start), out);
    }
}

/* --- findings --- */

static void add_finding(const struct report_input *in, const struct finding *f, const char *indent,
                        bool code, struct text *out)
{
    const struct resolution *r = in->resolution;
    char place[280];

    place_name(r, f, place, sizeof place);
    text_addf(out, "%s\\_ [%s] %s", indent, state_name(f->state), place);
    if (f->address != FINDING_NONE && !r->hosts[f->host].literal)
        text_addf(out, " [%s]", r->hosts[f->host].addresses[f->address].text);
    text_addf(out, "%s%s%s%s", *place ? ": " : "", f->headline, f->detail[0] ? "; " : "",
              f->detail);
    if (code)
        text_addf(out, " (%s)", finding_info(f->code)->code);
    text_add(out, "\n");
}

/* Whether two findings of a partner are about the same of our own gateways. */
static bool is_same_own(const struct report_input *in, const struct finding *a,
                        const struct finding *b)
{
    const struct resolve_ask *x = in->resolution->targets[a->target].ask;
    const struct resolve_ask *y = in->resolution->targets[b->target].ask;

    return fleet_role_of(x) == FLEET_INBOUND && fleet_role_of(y) == FLEET_INBOUND &&
           x->port == y->port && strcmp(x->name, y->name) == 0;
}

/* It is asked once for each of a partner's domains, and what is wrong with it may well have nothing
 * to do with the sender. */
static bool is_said(const struct report_input *in, size_t n)
{
    const struct finding *f = &in->verdict->findings.at[n];

    const struct finding *before;

    if (!in->fleet || f->target == FINDING_NONE)
        return false;
    for (size_t i = in->verdict->members[in->fleet->member_of[f->target]].worst; i != n;
         i = before->after) {
        before = &in->verdict->findings.at[i];
        if (is_same_own(in, before, f) && before->address == f->address &&
            before->code == f->code && strcmp(before->headline, f->headline) == 0 &&
            strcmp(before->detail, f->detail) == 0)
            return true;
    }
    return false;
}

void report_partner(const struct report_input *in, size_t i, struct text *out)
{
    const struct member_verdict *v = &in->verdict->members[i];
    char words[200], count[80];

    if (v->state == STATE_OK) {
        struct good good = good_of_member(in, i);

        success(&v->gateways, v->soonest, &good, words, sizeof words);
        text_add(out, words);
        return;
    }
    tally(v->state, &v->gateways, "gateways", count, sizeof count);
    add_worst(in, &in->verdict->findings.at[v->worst], count, PARTNER_LINE_MAX, out);
}

/* Forms that cannot be read, then the partners of one state after the other. */
static void report_partners(const struct report_input *in, bool all, struct text *out)
{
    static const enum state order[] = {STATE_CRITICAL, STATE_WARNING, STATE_UNKNOWN, STATE_OK};
    const struct finding_list *l = &in->verdict->findings;

    for (size_t i = 0; i < l->count; i++) {
        if (l->at[i].target == FINDING_NONE)
            add_finding(in, &l->at[i], "", all, out);
    }
    for (size_t k = 0; k < 4; k++) {
        for (size_t i = 0; i < in->fleet->count; i++) {
            if (in->verdict->members[i].state != order[k])
                continue;
            text_addf(out, "\\_ [%s] %s: ", state_name(order[k]),
                      in->fleet->members[i].partner->id);
            report_partner(in, i, out);
            text_add(out, "\n");
            for (size_t n = in->verdict->members[i].worst; all && n != FINDING_NONE;
                 n = l->at[n].after) {
                if (!is_said(in, n))
                    add_finding(in, &l->at[n], "   ", true, out);
            }
        }
    }
}

void report_findings(const struct report_input *in, bool all, struct text *out)
{
    const struct finding_list *l = &in->verdict->findings;

    if (in->fleet && in->fleet->count > 1) {
        report_partners(in, all, out);
        return;
    }
    for (size_t i = 0; i < l->count; i++) {
        if ((l->at[i].state != STATE_OK || all) && !is_said(in, i))
            add_finding(in, &l->at[i], "", all, out);
    }
}
