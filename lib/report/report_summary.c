/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_summary.h"

#include <string.h>

#include "report/report_line.h"

#define POLICY_UNKNOWN "our policy unknown"

enum {
    LINE_MAX_BYTES = 119,
    PLACE_MAX = 50,
    PROBLEM_LEAST = 20,
    PROBLEM_READABLE = 32, /* cut to less, its two ends would say nothing */
    PARTNER_LEAST = 20,
    PARTNER_MAX = 160,
    COUNTS_MAX = 4,
    NAMES_LEAST = 12,
    NAMED_MAX = 3
};

/* --- what fits into a line --- */

/* One line under way. */
struct line {
    char partner[64]; /* its id, or "" */
    char place[280], problem[200];
    char addresses[32];            /* "1 of 2", where only these of the gateway have the state */
    char counts[COUNTS_MAX][120];  /* forms of " (2 of 3 gateways fail)", each shorter; also "" */
    size_t count_forms, count_cut; /* how many, and the one for texts that must be cut anyway */
    bool hides_policy;             /* all counts end with "our policy unknown" */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Returns how many bytes place and problem take, with at most that many of the place. */
static size_t texts_length(const struct line *l, size_t place_max)
{
    size_t place = least(strlen(l->place), place_max);

    return place + (place > 0 ? strlen(": ") : 0) + strlen(l->problem);
}

/* Returns the longest count beside which all texts stay whole in `room` bytes; where there is none,
 * a short one. Borrowed from the line; "" where the line has no counts. */
static const char *choose_count(const struct line *l, size_t room)
{
    size_t length = texts_length(l, SIZE_MAX), partner = strlen(l->partner);

    if (partner > 0)
        length += partner + strlen(": ");
    for (size_t i = 0; i < l->count_forms; i++) {
        if (length + strlen(l->counts[i]) <= room)
            return l->counts[i];
    }
    return l->counts[l->count_cut];
}

/* Appends "ID: " of the partner, if there is one, cut so that place and problem fit into `room`
 * bytes with it, as far as that is possible. */
static void add_partner(struct line *l, size_t room, struct text *out)
{
    size_t others = strlen(": ") + texts_length(l, PLACE_MAX);
    size_t share = PARTNER_LEAST;

    if (!*l->partner)
        return;
    if (room > others + PARTNER_LEAST)
        share = room - others;
    report_line_cut(l->partner, share);
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
        report_line_cut_words(l->problem, room);
    else
        report_line_shorten(l->problem, room);
}

/* Appends "partner: place: problem count", without those that are "", in at most `room` bytes.
 * Shortens the texts of *l. */
static void add_line(struct line *l, size_t room, struct text *out)
{
    const char *count = choose_count(l, room);
    size_t end = out->len + room - strlen(count);

    add_partner(l, end - out->len, out);
    room = end - out->len;
    if (*l->place) {
        room -= strlen(": ");
        report_line_cut(l->place, place_share(room, strlen(l->problem)));
        text_addf(out, "%s: ", l->place);
        room -= strlen(l->place);
    }
    cut_problem(l, room);
    text_addf(out, "%s%s", l->problem, count);
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

/* Adds the finding's address to the line's place, and how many addresses have the state to the
 * line, where only some of the gateway's have it. l->place must be written. */
static void add_address(const struct report_input *in, const struct finding *f, struct line *l)
{
    const struct resolve_host *h;
    size_t count;

    if (f->address == FINDING_NONE)
        return;
    h = &in->facts->resolution->hosts[f->host];
    count = count_addresses(in, f);
    if (count == h->address_count)
        return;
    text_append(l->place, sizeof l->place, " [%s]", h->addresses[f->address].text);
    text_format(l->addresses, sizeof l->addresses, "%zu of %zu", count, h->address_count);
}

/* Replaces the line's place and problem by those of a finding, and counts the addresses where the
 * finding is about only some of the gateway's. */
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

/* Adds the next form of the counts, " (COUNT; MORE)", without those that are "", and that our
 * policy is unknown, where it is. */
static void add_count(struct line *l, const char *count, const char *more)
{
    const char *const parts[] = {count, more, l->hides_policy ? POLICY_UNKNOWN : ""};
    char *out = l->counts[l->count_forms++];

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (*parts[i])
            text_append(out, sizeof *l->counts, "%s%s", *out ? "; " : " (", parts[i]);
    }
    if (*out)
        text_append(out, sizeof *l->counts, ")");
}

/* Adds the counts of a line about only some of a gateway's addresses: each says how many they are.
 * `whole` is the count of the whole run. */
static void add_address_counts(struct line *l, const char *whole)
{
    char addresses[sizeof l->addresses + sizeof " addresses"];

    text_format(addresses, sizeof addresses, "%s addresses", l->addresses);
    add_count(l, addresses, whole);
    add_count(l, addresses, "");
    l->count_cut = l->count_forms;
    add_count(l, l->addresses, "");
}

/* Adds the line's counts, the longest first: how many partners or gateways share the state, which
 * is not OK. Each shorter one leaves out more: how many are unknown, then the noun or the verb. The
 * last is empty, but for partners: how many of them always stays. The place and l->hides_policy
 * must be written. */
static void add_counts(struct line *l, enum state s, const struct state_count *c, bool partners)
{
    const char *noun = partners ? "partners" : "gateways";
    struct state_count known = *c;
    char words[64], brief[64] = "";

    report_line_count(s, c, noun, words, sizeof words);
    if (*l->addresses) {
        add_address_counts(l, words);
        return;
    }
    if (s != STATE_UNKNOWN) {
        known.all -= c->by_state[STATE_UNKNOWN];
        known.by_state[STATE_UNKNOWN] = 0;
    }
    add_count(l, words, "");
    report_line_count(s, &known, noun, words, sizeof words);
    add_count(l, words, "");
    if (*words && c->all > 1)
        text_format(brief, sizeof brief, "%zu of %zu %s", known.by_state[s], known.all,
                    partners ? noun : report_line_verb(s));
    l->count_cut = l->count_forms;
    add_count(l, brief, "");
    if (!partners)
        add_count(l, "", "");
}

/* Adds the line's counts, of the whole run. The place must be written. */
static void take_counts(const struct verdict *v, struct line *l)
{
    bool partners = v->partner_count + v->invalid_forms > 1;
    struct state_count c = v->gateways;

    if (partners)
        report_summary_count(v, &c);
    add_counts(l, v->state, &c, partners);
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

/* Returns for how many partners has_own_fault is true, where the first finding says that our mail
 * server's policy differs; else 0. There must be a finding. */
static size_t count_own_faults(const struct verdict *v)
{
    size_t count = 0;

    if (!is_own_policy(v->findings.at[0].code))
        return 0;
    for (size_t i = 0; i < v->partner_count; i++)
        count += has_own_fault(v, i);
    return count;
}

/* Appends to `names`, which is "" before, up to three partners for which has_own_fault is true: the
 * first, cut where it must be, and the others as far as they fit into `cap` bytes with a NUL.
 * Returns how many were written. */
static size_t name_partners(const struct verdict *v, char *names, size_t cap)
{
    size_t named = 0;

    for (size_t i = 0; i < v->partner_count && named < NAMED_MAX; i++) {
        const char *id = v->partners[i].id;

        if (!has_own_fault(v, i) || (named > 0 && strlen(names) + 2 + strlen(id) >= cap))
            continue;
        text_join(names, cap, id);
        named++;
    }
    return named;
}

/* Writes to l->problem "our TLS policy differs for a, b, c and 7 more" of `count` partners, because
 * that is one problem; in at most `room` bytes with the line's second count, which leaves out how
 * many are unknown. */
static void write_own_fault(const struct verdict *v, size_t count, size_t room, struct line *l)
{
    static const char begin[] = "our TLS policy differs for ", more[] = " and 10000 more";
    char names[LINE_MAX_BYTES] = "";
    size_t taken = strlen(begin) + strlen(more) + strlen(l->counts[1]);
    size_t named, cap = NAMES_LEAST;

    if (room > taken + cap)
        cap = least(room - taken + 1, sizeof names);
    named = name_partners(v, names, cap);
    text_format(l->problem, sizeof l->problem, "%s%s", begin, names);
    if (count > named)
        text_append(l->problem, sizeof l->problem, " and %zu more", count - named);
}

/* Replaces the line, which is all zero, by what is wrong in the whole run. It has at most `room`
 * bytes. There must be a finding. */
static void take_problem(const struct report_input *in, size_t room, struct line *l)
{
    const struct verdict *v = in->verdict;
    size_t own = count_own_faults(v);

    l->hides_policy = hides_unknown_policy(v);
    if (own < 2) {
        take_finding(in, &v->findings.at[0], l);
        take_partner(in, &v->findings.at[0], l);
    }
    take_counts(v, l);
    if (own >= 2)
        write_own_fault(v, own, room, l);
}

void report_summary(const struct report_config *c, const struct report_input *in, struct text *out)
{
    const struct verdict *v = in->verdict;
    size_t end = out->len + LINE_MAX_BYTES;
    struct line l = {.partner = ""};

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
    take_problem(in, end - out->len, &l);
    add_line(&l, end - out->len, out);
}

void report_summary_partner(const struct report_input *in, size_t i, struct text *out)
{
    const struct partner_verdict *v = &in->verdict->partners[i];
    struct line l = {.partner = ""};

    if (v->state == STATE_OK) {
        write_success(&v->gateways, v->soonest, &v->claim, l.problem, sizeof l.problem);
        text_add(out, l.problem);
        return;
    }
    take_finding(in, verdict_partner_finding(in->verdict, i, 0), &l);
    add_counts(&l, v->state, &v->gateways, false);
    add_line(&l, PARTNER_MAX, out);
}
