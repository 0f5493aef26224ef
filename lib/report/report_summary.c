/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_summary.h"

#include <string.h>

#include "report/report_line.h"

enum {
    LINE_MAX_BYTES = 119,
    PLACE_MAX = 50,
    PLACE_LEAST = 8,
    PROBLEM_LEAST = 20,
    PARTNER_MAX = 160,
    NAMED_MAX = 3
};

/* --- what fits into a line --- */

/* Returns how many of `room` bytes, more than PROBLEM_LEAST, the place may take beside a problem of
 * `len` bytes. Which gateway it is matters more than the end of the problem, which the lines below
 * have in full. */
static size_t place_share(size_t room, size_t len)
{
    size_t share = PLACE_MAX;

    if (room < PLACE_MAX + PROBLEM_LEAST)
        share = room - PROBLEM_LEAST;
    return len + share < room ? room - len : share;
}

/* One line under way. */
struct line {
    char place[280], problem[200];
    char count[120]; /* " (2 of 3 gateways fail)" or "" */
    char brief[40];  /* in its place where the problem would be cut; "": nothing */
};

/* Appends "place: problem count", or "problem count" where the place is "", in at most `room`
 * bytes, which must be more than the count and PROBLEM_LEAST take. Shortens the texts of *l. */
static void add_line(struct line *l, size_t room, struct text *out)
{
    if (*l->brief && strlen(l->place) + 2 + strlen(l->problem) + strlen(l->count) > room)
        text_copy(l->count, sizeof l->count, l->brief);
    room -= strlen(l->count);
    if (!*l->place) {
        report_line_shorten(l->problem, room);
        text_addf(out, "%s%s", l->problem, l->count);
        return;
    }
    room -= 2;
    report_line_cut(l->place, place_share(room, strlen(l->problem)));
    report_line_shorten(l->problem, room - strlen(l->place));
    text_addf(out, "%s: %s%s", l->place, l->problem, l->count);
}

/* --- what went well --- */

/* Writes what the run is about: the partner, "N partners", or the first target "and N more". There
 * must be a target or a partner. */
static void write_subject(const struct report_input *in, char *out, size_t cap)
{
    const struct resolution *r = in->facts->resolution;
    const struct verdict *v = in->verdict;
    char name[256];

    if (v->partner_count == 1) {
        text_copy(out, cap, v->partners[0].id);
        return;
    }
    if (v->partner_count > 1) {
        text_format(out, cap, "%zu partners", v->partner_count);
        return;
    }
    report_clean_target(&r->targets[0], name, sizeof name);
    text_copy(out, cap, name);
    if (r->target_count > 1)
        text_format(out, cap, "%s and %zu more", name, r->target_count - 1);
}

/* Returns what gateways without a fault are at that level: "reached", "encrypted" or "verified";
 * static. */
static const char *success_word(enum tls_level level)
{
    switch (level) {
    case LEVEL_MAY:
        return "reached";
    case LEVEL_ENCRYPT:
        return "encrypted";
    default:
        return "verified";
    }
}

/* Appends ", first certificate expires in N days" to `out`. Appends nothing where `soonest` is NULL
 * or has expired. */
static void write_expiry(const struct address_verdict *soonest, char *out, size_t cap)
{
    int days;

    if (!soonest || soonest->expiry.days < 0)
        return;
    days = (int)soonest->expiry.days;
    text_append(out, cap, ", first certificate expires in %d day%s", days, days == 1 ? "" : "s");
}

/* Replaces `out` by the words that all is well, for the whole run or for one partner: `gateways`,
 * `soonest` and `claim` are those of the run, or of the partner. `soonest` may be NULL. */
static void write_success(const struct state_count *gateways, const struct address_verdict *soonest,
                          const struct verdict_claim *claim, char *out, size_t cap)
{
    if (claim->by_own_mta) {
        text_copy(out, cap, "our mail server's TLS policy is as agreed");
        return;
    }
    text_format(out, cap, "%zu of %zu gateways %s", gateways->ok, gateways->all,
                success_word(claim->level));
    if (claim->plaintext_refused)
        text_append(out, cap, ", plaintext refused");
    write_expiry(soonest, out, cap);
}

/* --- what is wrong --- */

/* Returns how many addresses of the finding's gateway, which has at most 64, have a finding of its
 * state, whatever that says. The finding must have an address. */
static size_t count_addresses(const struct report_input *in, const struct finding *f)
{
    const struct finding_list *l = &in->verdict->findings;
    uint64_t seen = 0;

    for (size_t i = 0; i < l->count; i++) {
        if (l->at[i].host == f->host && l->at[i].address != FINDING_NONE &&
            l->at[i].state == f->state)
            seen |= UINT64_C(1) << l->at[i].address;
    }
    return (size_t)__builtin_popcountll(seen);
}

/* Adds the finding's address to the line's place, and to its count how many addresses have the
 * state, where only some of the gateway's have it. l->place and l->count must be written. */
static void add_address(const struct report_input *in, const struct finding *f, struct line *l)
{
    const struct resolve_host *h;
    char rest[sizeof l->count];
    size_t count;

    if (f->address == FINDING_NONE)
        return;
    h = &in->facts->resolution->hosts[f->host];
    count = count_addresses(in, f);
    if (count == h->address_count)
        return;
    text_append(l->place, sizeof l->place, " [%s]", h->addresses[f->address].text);
    text_format(l->brief, sizeof l->brief, " (%zu of %zu addresses)", count, h->address_count);
    text_copy(rest, sizeof rest, l->count);
    text_copy(l->count, sizeof l->count, l->brief);
    if (!*rest)
        return;
    l->count[strlen(l->count) - 1] = '\0';
    text_append(l->count, sizeof l->count, "; %s", rest + strlen(" ("));
    if (in->verdict->gateways.all > 1)
        *l->brief = '\0';
}

/* Replaces the line's place and problem by those of a finding, and adds to its count where the
 * finding is about only some addresses of the gateway. l->count must be written. */
static void take_finding(const struct report_input *in, const struct finding *f, struct line *l)
{
    report_place(in, f, l->place, sizeof l->place);
    text_copy(l->problem, sizeof l->problem, f->headline);
    add_address(in, f, l);
}

/* Appends "ID: " of the finding's partner, cut so that place and problem still fit into `room`
 * bytes. Appends nothing where the finding has no target, or there are no partners. */
static void add_partner(const struct report_input *in, const struct finding *f, size_t room,
                        struct text *out)
{
    const struct resolve_target *t;
    char id[64];

    if (in->verdict->partner_count == 0 || f->target == FINDING_NONE)
        return;
    t = &in->facts->resolution->targets[f->target];
    text_copy(id, sizeof id, in->verdict->partners[t->target->partner].id);
    report_line_shorten(id, room - 2 - PLACE_LEAST - 2 - PROBLEM_LEAST);
    text_addf(out, "%s: ", id);
}

void report_summary_count(const struct verdict *v, struct state_count *c)
{
    size_t invalid = v->invalid_forms;

    *c = (struct state_count){0};
    for (size_t i = 0; i < v->partner_count; i++)
        verdict_count(c, v->partners[i].state);
    for (size_t i = 0; invalid > 0 && i < v->findings.count; i++) {
        const struct finding *f = &v->findings.at[i];

        if (f->code != F_FORM_INVALID || f->target != FINDING_NONE)
            continue;
        verdict_count(c, f->state); /* of all of them the same */
        invalid--;
    }
}

/* Whether some finding, but not the first, says that the policy of our own mail server is unknown.
 * There must be a finding. */
static bool hides_unknown_policy(const struct verdict *v)
{
    if (v->findings.at[0].code == F_OWN_POLICY_UNKNOWN)
        return false;
    for (size_t i = 0; i < v->findings.count; i++) {
        const struct finding *f = &v->findings.at[i];

        if (f->code == F_OWN_POLICY_UNKNOWN && f->state == STATE_UNKNOWN)
            return true;
    }
    return false;
}

/* Replaces `out` by how many partners, or gateways where there are not several partners, share the
 * state of the whole, which is not OK, and whether our policy is unknown: " (...)" or "". */
static void write_count_of_all(const struct verdict *v, char *out, size_t cap)
{
    struct state_count partners;

    if (v->partner_count + v->invalid_forms > 1) {
        report_summary_count(v, &partners);
        report_line_count(v->state, &partners, "partners", out, cap);
    } else {
        report_line_count(v->state, &v->gateways, "gateways", out, cap);
    }
    if (!hides_unknown_policy(v))
        return;
    if (*out)
        out[strlen(out) - 1] = '\0';
    text_append(out, cap, "%sour policy unknown)", *out ? "; " : " (");
}

/* --- our mail server's policy for several partners --- */

/* Whether a finding of the code says how our mail server's policy differs; not that it is
 * unknown. */
static bool is_own_policy(enum finding_code code)
{
    return code == F_OWN_POLICY_MISSING || code == F_OWN_POLICY_WEAK || code == F_OWN_RELAYED;
}

/* Whether a finding of the i-th partner in the state of the whole says how our mail server's policy
 * differs from the form. */
static bool has_own_fault(const struct verdict *v, size_t i)
{
    for (size_t n = 0; n < v->partners[i].finding_count; n++) {
        const struct finding *f = verdict_partner_finding(v, i, n);

        if (f->state == v->state && is_own_policy(f->code))
            return true;
    }
    return false;
}

/* Appends to `names`, which is "" before, up to three partners for which has_own_fault is true: the
 * first, cut where it must be, and the others as far as they fit into `cap` bytes with a NUL.
 * Returns how many were written. Always sets *count to how many there are. */
static size_t name_partners(const struct verdict *v, char *names, size_t cap, size_t *count)
{
    size_t named = 0;

    *count = 0;
    for (size_t i = 0; i < v->partner_count; i++) {
        const char *id = v->partners[i].id;

        if (!has_own_fault(v, i))
            continue;
        ++*count;
        if (named == NAMED_MAX || (named > 0 && strlen(names) + 2 + strlen(id) >= cap))
            continue;
        text_append(names, cap, "%s%s", named > 0 ? ", " : "", id);
        named++;
    }
    return named;
}

/* Writes to l->problem "our TLS policy differs for a, b, c and 7 more", in at most `room` bytes,
 * where the first finding says so of two partners or more, because that is one problem. False, and
 * nothing is written: it does not. There must be a finding. */
static bool write_own_fault(const struct verdict *v, size_t room, struct line *l)
{
    static const char begin[] = "our TLS policy differs for ", more[] = " and 10000 more";
    char names[LINE_MAX_BYTES] = "";
    size_t count, named, cap = room - strlen(begin) - strlen(more) + 1;

    if (!is_own_policy(v->findings.at[0].code))
        return false;
    named = name_partners(v, names, cap, &count);
    if (count < 2)
        return false;
    text_format(l->problem, sizeof l->problem, "%s%s", begin, names);
    if (count > named)
        text_append(l->problem, sizeof l->problem, " and %zu more", count - named);
    return true;
}

void report_summary(const struct report_config *c, const struct report_input *in, struct text *out)
{
    const struct verdict *v = in->verdict;
    size_t end = out->len + LINE_MAX_BYTES;
    struct line l = {.count = ""};

    text_addf(out, "%s %s - ", c->service, state_name(v->state));
    if (v->failed) {
        text_add(out, "out of memory");
        return;
    }
    if (v->state == STATE_OK) {
        write_subject(in, l.place, sizeof l.place);
        write_success(&v->gateways, verdict_soonest(v), &v->claim, l.problem, sizeof l.problem);
        add_line(&l, end - out->len, out);
        return;
    }
    write_count_of_all(v, l.count, sizeof l.count);
    if (write_own_fault(v, end - out->len - strlen(l.count), &l)) {
        add_line(&l, end - out->len, out);
        return;
    }
    take_finding(in, &v->findings.at[0], &l);
    add_partner(in, &v->findings.at[0], end - out->len - strlen(l.count), out);
    add_line(&l, end - out->len, out);
}

void report_summary_partner(const struct report_input *in, size_t i, struct text *out)
{
    const struct partner_verdict *v = &in->verdict->partners[i];
    struct line l = {.count = ""};

    if (v->state == STATE_OK) {
        write_success(&v->gateways, v->soonest, &v->claim, l.problem, sizeof l.problem);
        text_add(out, l.problem);
        return;
    }
    report_line_count(v->state, &v->gateways, "gateways", l.count, sizeof l.count);
    take_finding(in, verdict_partner_finding(in->verdict, i, 0), &l);
    add_line(&l, PARTNER_MAX, out);
}
