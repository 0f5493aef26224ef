/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_summary.h"

#include <string.h>

#include "report/report_line.h"

#define POLICY_UNKNOWN "our policy unknown"

enum {
    LINE_MAX_BYTES = 119,
    PLACE_MAX = 50,
    PLACE_LEAST = 28, /* of a longer place */
    PROBLEM_LEAST = 20,
    PROBLEM_READABLE = 32, /* cut to less, its two ends would say nothing */
    PARTNER_LEAST = 13,
    PARTNER_MAX = 160,
    NAMES_LEAST = 12,
    NAMED_MAX = 3
};

/* --- what fits into a line --- */

/* One line under way. */
struct line {
    char partner[64]; /* its id, or "" */
    char place[280], problem[200];
    char count[120];   /* " (2 of 3 gateways fail)" or "" */
    char brief[64];    /* where has_brief: a count that takes less room, also "" */
    bool has_brief;    /* there is a brief count */
    bool hides_policy; /* both counts end with "our policy unknown" */
    bool one;          /* the brief count leaves out what nobody misses: there is one gateway */
    bool addresses;    /* both counts begin with how many addresses */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Returns how many bytes the line takes without its count and the partner, with at most that many
 * of the place and of the problem. */
static size_t line_length(const struct line *l, size_t place_max, size_t problem_max)
{
    size_t place = least(strlen(l->place), place_max);

    return place + (place > 0 ? strlen(": ") : 0) + least(strlen(l->problem), problem_max);
}

/* Takes the brief count where the texts would have to be cut for the other one, or cut too much. */
static void choose_count(struct line *l, size_t room)
{
    size_t problem_max = l->addresses ? PROBLEM_READABLE : PROBLEM_LEAST;
    size_t partner = strlen(l->partner), length = line_length(l, PLACE_LEAST, problem_max);

    if (l->one)
        length = line_length(l, SIZE_MAX, SIZE_MAX);
    else
        partner = least(partner, PARTNER_LEAST);
    if (partner > 0)
        partner += strlen(": ");
    if (l->has_brief && partner + length + strlen(l->count) > room)
        text_copy(l->count, sizeof l->count, l->brief);
}

/* Appends "ID: " of the partner, if there is one, cut so that place and problem fit into `room`
 * bytes with it, as far as that is possible. */
static void add_partner(struct line *l, size_t room, struct text *out)
{
    size_t others = strlen(": ") + line_length(l, PLACE_LEAST, PROBLEM_LEAST);
    size_t share = PARTNER_LEAST;

    if (!*l->partner)
        return;
    if (room > others + PARTNER_LEAST)
        share = room - others;
    report_line_shorten(l->partner, share);
    text_addf(out, "%s: ", l->partner);
}

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

/* Cuts the problem to `room` bytes, of which the caller leaves it enough. Beside a place, its end
 * stays, which says what was seen; without one it begins with a file and a line, which stay. */
static void cut_problem(struct line *l, size_t room)
{
    if (*l->place && room >= PROBLEM_READABLE)
        report_line_cut(l->problem, room);
    else
        report_line_shorten(l->problem, room);
}

/* Appends "partner: place: problem count", without those that are "", in at most `room` bytes.
 * Shortens the texts of *l. */
static void add_line(struct line *l, size_t room, struct text *out)
{
    size_t end = out->len + room;

    choose_count(l, room);
    end -= strlen(l->count);
    add_partner(l, end - out->len, out);
    room = end - out->len;
    if (*l->place) {
        room -= strlen(": ");
        report_line_cut(l->place, place_share(room, strlen(l->problem)));
        text_addf(out, "%s: ", l->place);
        room -= strlen(l->place);
    }
    cut_problem(l, room);
    text_addf(out, "%s%s", l->problem, l->count);
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
    text_append(out, cap, ", first certificate expires in %d day%s", days,
                text_plural((size_t)days));
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

/* Adds the finding's address to the line's place, and to its counts how many addresses have the
 * state, where only some of the gateway's have it. l->place and l->count must be written. */
static void add_address(const struct report_input *in, const struct finding *f, struct line *l)
{
    const struct resolve_host *h;
    char rest[sizeof l->count], addresses[40];
    size_t count;

    if (f->address == FINDING_NONE)
        return;
    h = &in->facts->resolution->hosts[f->host];
    count = count_addresses(in, f);
    if (count == h->address_count)
        return;
    text_append(l->place, sizeof l->place, " [%s]", h->addresses[f->address].text);
    text_format(addresses, sizeof addresses, "%zu of %zu addresses", count, h->address_count);
    text_copy(rest, sizeof rest, *l->count ? l->count + strlen(" (") : ")");
    text_format(l->count, sizeof l->count, " (%s%s%s", addresses, *rest == ')' ? "" : "; ", rest);
    text_format(l->brief, sizeof l->brief, " (%s%s)", addresses,
                l->hides_policy ? "; " POLICY_UNKNOWN : "");
    l->has_brief = l->addresses = true;
    l->one = in->verdict->gateways.all == 1;
}

/* Replaces the line's place and problem by those of a finding, and adds to its counts where the
 * finding is about only some addresses of the gateway. The counts must be written. */
static void take_finding(const struct report_input *in, const struct finding *f, struct line *l)
{
    report_place(in, f, l->place, sizeof l->place);
    text_copy(l->problem, sizeof l->problem, f->headline);
    add_address(in, f, l);
}

/* Writes the id of the finding's partner to the line, unless it has no target, or there are no
 * partners. */
static void take_partner(const struct report_input *in, const struct finding *f, struct line *l)
{
    const struct resolve_target *t;

    if (in->verdict->partner_count == 0 || f->target == FINDING_NONE)
        return;
    t = &in->facts->resolution->targets[f->target];
    text_copy(l->partner, sizeof l->partner, in->verdict->partners[t->target->partner].id);
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

/* Writes a count of the whole, and that our policy is unknown, where it is: " (...)" or "". */
static void write_count(const struct line *l, enum state s, const struct state_count *c,
                        const char *noun, char *out, size_t cap)
{
    report_line_count(s, c, noun, out, cap);
    if (!l->hides_policy)
        return;
    if (*out)
        out[strlen(out) - 1] = '\0';
    text_append(out, cap, "%s" POLICY_UNKNOWN ")", *out ? "; " : " (");
}

/* Writes the line's counts: how many partners, or gateways where there are not several partners,
 * share the state of the whole, which is not OK. The brief one leaves out how many are unknown, and
 * everything where there is one gateway. */
static void take_counts(const struct verdict *v, struct line *l)
{
    const char *noun = v->partner_count + v->invalid_forms > 1 ? "partners" : "gateways";
    struct state_count c = v->gateways;

    l->hides_policy = hides_unknown_policy(v);
    if (strcmp(noun, "partners") == 0)
        report_summary_count(v, &c);
    write_count(l, v->state, &c, noun, l->count, sizeof l->count);
    l->one = c.all == 1;
    if (l->one)
        c = (struct state_count){0};
    else if (v->state == STATE_UNKNOWN)
        return;
    l->has_brief = true;
    c.all -= c.by_state[STATE_UNKNOWN];
    c.by_state[STATE_UNKNOWN] = 0;
    write_count(l, v->state, &c, noun, l->brief, sizeof l->brief);
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
        text_join(names, cap, id);
        named++;
    }
    return named;
}

/* Writes to l->problem "our TLS policy differs for a, b, c and 7 more", in at most `room` bytes
 * with the brief count, where the first finding says so of two partners or more, because that is
 * one problem. False, and nothing is written: it does not. There must be a finding. */
static bool write_own_fault(const struct verdict *v, size_t room, struct line *l)
{
    static const char begin[] = "our TLS policy differs for ", more[] = " and 10000 more";
    char names[LINE_MAX_BYTES] = "";
    size_t count, named, taken = strlen(begin) + strlen(more) + strlen(l->brief), cap = NAMES_LEAST;

    if (!is_own_policy(v->findings.at[0].code))
        return false;
    if (room > taken + cap)
        cap = least(room - taken + 1, sizeof names);
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
    take_counts(v, &l);
    if (!write_own_fault(v, end - out->len, &l)) {
        take_finding(in, &v->findings.at[0], &l);
        take_partner(in, &v->findings.at[0], &l);
    }
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
