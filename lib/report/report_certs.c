/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_certs.h"

#include <stdlib.h>
#include <string.h>

enum { HOST, ADDRESS, SUBJECT, ISSUER, NAMES, DAYS, TRUST, DANE, STS, COLUMNS };
enum { NAMES_SHOWN = 3, DAY = 86400 };

/* How an address is laid out; the first is taken that fits the terminal. */
enum layout {
    WIDE,  /* a row for each certificate */
    HOSTS, /* the host on a line of its own */
    LINES, /* the address, too */
    CUT,   /* the names as well, and the other texts cut */
    LAYOUTS
};

/* What the columns of numbers and verdicts take in layout CUT, and the blanks around them. */
enum { CUT_FIXED = 44, CUT_LEAST = 8 };

/* One table under way. */
struct table {
    enum layout layout;
    size_t share; /* characters of a subject or issuer; 0: all */
    const struct report_input *in;
    const struct plan_target *target;
    const struct target_verdict *verdict;
    const struct mtasts_facts *mtasts; /* or NULL */
    struct text_table table;
};

/* Adds the row of the columns' heads, as far as the layout has them. */
static void fill_head(struct table *t)
{
    static const char *const heads[COLUMNS] = {"MX Server", "Address", "Subject", "Issuer", "Names",
                                               "Days",      "Trust",   "DANE",    "STS"};
    struct text_table_cell *row = text_table_heads(&t->table, heads);

    if (t->layout == WIDE)
        return;
    text_copy(row[HOST].text, sizeof row[HOST].text, "  ");
    if (t->layout >= LINES)
        *row[ADDRESS].text = '\0';
    if (t->layout == CUT)
        *row[NAMES].text = '\0';
}

/* Appends the first names, and how many more there are, to a cell that is empty. Appends nothing
 * where there are none. */
static void fill_names(struct text_table_cell *cell, const struct cert_facts *c)
{
    for (size_t i = 0; i < c->name_count && i < NAMES_SHOWN; i++)
        text_join(cell->text, sizeof cell->text, c->names[i]);
    if (c->name_count > NAMES_SHOWN)
        text_append(cell->text, sizeof cell->text, " and %zu more", c->name_count - NAMES_SHOWN);
}

/* Adds a row with the certificate's subject, issuer, names and days, and returns its cells; those
 * of host, address and verdicts are the caller's to fill. There must be room. `note`: in brackets
 * after the subject; or NULL. */
static struct text_table_cell *fill_cert(struct table *t, const struct cert_facts *c,
                                         const char *note)
{
    double days = difftime(c->not_after, t->in->judge->now) / DAY;
    struct text_table_cell *row = text_table_row(&t->table);
    char text[32];

    text_copy(row[SUBJECT].text, sizeof row[SUBJECT].text, cert_title(c));
    if (note)
        text_append(row[SUBJECT].text, sizeof row[SUBJECT].text, " (%s)", note);
    text_copy(row[ISSUER].text, sizeof row[ISSUER].text, cert_issuer_title(c));
    if (t->layout != CUT)
        fill_names(&row[NAMES], c);
    if (t->layout != WIDE)
        text_copy(row[HOST].text, sizeof row[HOST].text, "  ");
    if (t->share > 0) {
        text_table_cut(row[SUBJECT].text, t->share);
        text_table_cut(row[ISSUER].text, t->share);
    }
    text_format(text, sizeof text, "%.1f", days);
    text_table_fill(&row[DAYS], days > 0 && c->not_before <= t->in->judge->now, text);
    return row;
}

/* Adds a row for the first certificate of a chain, which there must be, with the results of trust
 * store and DANE. Returns its cells; host, address and STS are the caller's to fill. There must be
 * room. `note`: in brackets after the subject; or NULL. */
static struct text_table_cell *fill_leaf(struct table *t, const struct trust_facts *f,
                                         const char *note)
{
    struct text_table_cell *row = fill_cert(t, &f->certs[0], note);

    text_table_verdict(&row[TRUST], f->pkix.count == 0);
    if (f->dane_asked)
        text_table_verdict(&row[DANE], f->dane_matched);
    else
        text_copy(row[DANE].text, sizeof row[DANE].text, "-");
    return row;
}

/* Adds rows for the path after the leaf, without the root: clients have their own copy of that.
 * Certificates outside the path are left out. */
static void fill_path(struct table *t, const struct trust_facts *f)
{
    for (int place = 2; place <= (int)f->cert_count; place++) {
        for (size_t i = 0; i < f->cert_count; i++) {
            if (f->certs[i].path == place && !f->certs[i].self_issued)
                fill_cert(t, &f->certs[i], NULL);
        }
    }
}

/* Writes whether the policy lists the target's mx-th host: "OK (enforce)" or "FAIL (enforce)".
 * "FAIL": there is no valid policy. "-": no record was found or looked for, or the run ended
 * first. */
static void fill_mtasts(struct table *t, struct text_table_cell *cell, size_t mx)
{
    const struct mtasts_facts *f = t->mtasts;

    text_copy(cell->text, sizeof cell->text, "-");
    if (!f || !atomic_load(&f->done) || f->records.count == 0)
        return;
    if (!f->policy_ok) {
        text_table_verdict(cell, false);
        return;
    }
    if (!t->verdict->in_mtasts) /* the run ended before the policy was judged */
        return;
    text_table_verdict(cell, t->verdict->in_mtasts[mx]);
    text_append(cell->text, sizeof cell->text, " (%s)", mtasts_mode_name(f->policy.mode));
}

/* Whether a handshake got another certificate than the first of `f`. False where it got none. */
static bool is_other(const struct extra_handshake *other, const struct trust_facts *f)
{
    return other->has_chain && strcmp(other->chain.certs[0].sha256, f->certs[0].sha256) != 0;
}

/* Adds the lines above the rows of an address that the layout has; in WIDE none. `address` is an
 * index; address_count or more: no address. */
static void add_headings(struct table *t, const struct resolve_host *h, size_t address)
{
    char line[TEXT_TABLE_CELL];

    if (t->layout != WIDE && address == 0)
        text_table_heading(&t->table, h->shown);
    if (t->layout < LINES)
        return;
    text_copy(line, sizeof line, "  no address");
    if (address < h->address_count)
        text_format(line, sizeof line, "  %s", h->addresses[address].text);
    text_table_heading(&t->table, line);
}

/* Writes the columns that say which gateway it is, where no line does. `address` is an index;
 * address_count or more: no address. */
static void fill_place(const struct table *t, struct text_table_cell *row,
                       const struct resolve_host *h, size_t address)
{
    const char *host = t->layout == WIDE ? h->shown : "  ";

    text_copy(row[HOST].text, sizeof row[HOST].text, host);
    if (t->layout >= LINES)
        return;
    text_copy(row[ADDRESS].text, sizeof row[ADDRESS].text,
              address < h->address_count ? h->addresses[address].text : "no address");
}

/* Adds a line with the names of a gateway's own certificate, in layout CUT alone, which has no
 * column for them. Adds nothing where it has no names. */
static void add_names(struct table *t, const struct cert_facts *c)
{
    struct text_table_cell names = {.text = ""};
    char line[TEXT_TABLE_CELL];

    fill_names(&names, c);
    text_format(line, sizeof line, "    names: %s", names.text);
    if (t->layout == CUT && c->name_count > 0)
        text_table_heading(&t->table, line);
}

/* Adds the rows of an address of the target's mx-th host. Where the host has none, `address` is 0.
 */
static void fill_address(struct table *t, size_t mx, size_t address)
{
    size_t host = t->target->mx[mx].host;
    const struct resolve_host *h = &t->in->facts->resolution->hosts[host];
    bool none = address >= h->address_count;
    const struct observation *o = none ? NULL : facts_observation(t->in->facts, host, address);
    const struct trust_facts *other = o ? observation_other_chain(o) : NULL;
    struct text_table_cell *row;

    add_headings(t, h, address);
    if (o && o->has_chain)
        row = fill_leaf(t, &o->chain, other ? cert_kind_name(o->chain.certs[0].kind) : NULL);
    else
        row = text_table_row(&t->table);
    if (!row[SUBJECT].text[0])
        text_copy(row[SUBJECT].text, sizeof row[SUBJECT].text, "no certificate seen");
    fill_place(t, row, h, address);
    fill_mtasts(t, &row[STS], mx);
    if (!o || !o->has_chain)
        return;
    add_names(t, &o->chain.certs[0]);
    fill_path(t, &o->chain);
    if (other)
        fill_leaf(t, other, cert_kind_name(other->certs[0].kind));
    if (observation_second_chain(o))
        fill_leaf(t, &o->again->chain, "other machine");
    else if (is_other(o->without_sni, &o->chain) && (!other || is_other(o->without_sni, other)))
        fill_leaf(t, &o->without_sni->chain, "without SNI");
}

/* How many rows a table of the target has at most, in whatever layout. */
static size_t row_limit(const struct report_input *in, const struct plan_target *t)
{
    size_t rows = 1; /* of the layout with most of them */

    for (size_t m = 0; m < t->mx_count; m++) {
        size_t host = t->mx[m].host, n = in->facts->resolution->hosts[host].address_count;

        rows += n ? 1 : 3;
        for (size_t a = 0; a < n; a++)
            rows += 5 + facts_observation(in->facts, host, a)->chain.cert_count;
    }
    return rows;
}

/* --- records --- */

/* Appends the titles, each once, of certificates at one address that the record `r`, whose index is
 * `record`, stands for; usages 1 and 3 are for the leaf alone. `out` must be a string. Returns how
 * many certificates match. */
static size_t add_matches(const struct trust_facts *f, const struct dane_tlsa *r, size_t record,
                          char *out, size_t cap)
{
    bool issuers = r->usage == 0 || r->usage == 2;
    size_t count = 0;

    for (size_t i = 0; i < f->cert_count && (i == 0 || issuers); i++) {
        const char *title = cert_title(&f->certs[i]);

        if (record >= CERT_TLSA_MAX || !(f->certs[i].tlsa >> record & 1))
            continue;
        count++;
        if (strstr(out, title))
            continue;
        text_join(out, cap, title);
        if (!f->certs[i].served)
            text_append(out, cap, " (not served)");
    }
    return count;
}

/* Replaces `out` by the titles of the certificates of a host that a TLSA record, by its index,
 * stands for. Returns how many match, counted at each address; 0: `out` is "". */
static size_t matches_of(const struct report_input *in, size_t host, size_t record, char *out,
                         size_t cap)
{
    const struct resolve_host *h = &in->facts->resolution->hosts[host];
    size_t count = 0;

    out[0] = '\0';
    for (size_t a = 0; a < h->address_count; a++) {
        const struct observation *o = facts_observation(in->facts, host, a);
        const struct trust_facts *other = observation_other_chain(o);

        if (o->has_chain)
            count += add_matches(&o->chain, &h->tlsa[record], record, out, cap);
        if (other)
            count += add_matches(other, &h->tlsa[record], record, out, cap);
    }
    return count;
}

/* Returns the use of a record in words; static. "matches " ends with a blank: the caller appends
 * the titles of the certificates. */
static const char *use_of(bool secure, bool matches)
{
    if (!secure)
        return "ignored, not secured by DNSSEC";
    return matches ? "matches " : "matches no certificate that is served";
}

/* Appends a line that no TLSA record of the host is ready for the next key. Appends nothing where
 * it is not known when the certificate expires. */
static void add_unready(const struct report_input *in, size_t host, struct text *out)
{
    const struct host_verdict *v = &in->verdict->hosts[host];
    int days;

    if (v->soonest == FINDING_NONE)
        return;
    days = (int)v->addresses[v->soonest].expiry.days;
    text_addf(out,
              "%s: TLSA: no record is ready for the next key, and the certificate expires in %d "
              "day%s\n",
              in->facts->resolution->hosts[host].shown, days, text_plural((size_t)days));
}

/* Appends a line for each TLSA record of the host, and one that none is ready for the next key
 * where that is so. Appends nothing where it has no record. */
static void add_tlsa(const struct report_input *in, size_t host, struct text *out)
{
    const struct resolve_host *h = &in->facts->resolution->hosts[host];
    bool secure = resolve_tlsa_counts(h) && h->tlsa_secure;
    size_t in_use = 0, ready = 0;

    for (size_t i = 0; i < h->tlsa_count; i++) {
        bool usable = dane_tlsa_usable(&h->tlsa[i]);
        char record[200], titles[200];
        size_t matches = matches_of(in, host, i, titles, sizeof titles);

        dane_tlsa_text(&h->tlsa[i], record, sizeof record);
        text_addf(out, "%s: TLSA %s: %s", h->shown, record, usable ? "" : "unusable for SMTP, ");
        text_addf(out, "%s%s\n", use_of(secure, matches > 0), titles);
        in_use += usable && h->tlsa[i].usage == 3 && matches > 0;
        ready += usable && (h->tlsa[i].usage == 2 || matches == 0);
    }
    if (in_use > 0 && ready == 0)
        add_unready(in, host, out);
}

/* Appends a line about the certificate of the host that expires first. Appends nothing where none
 * is known. */
static void add_expiry(const struct report_input *in, size_t host, struct text *out)
{
    const struct host_verdict *v = &in->verdict->hosts[host];
    const struct path_expiry *expiry;

    if (v->soonest == FINDING_NONE)
        return;
    expiry = &v->addresses[v->soonest].expiry;
    text_addf(out, "%s: first to expire, in %.1f days: %s%s\n",
              in->facts->resolution->hosts[host].shown, expiry->days,
              expiry->first->path > 1 ? "intermediate " : "", cert_title(expiry->first));
}

/* Appends a line about MTA-STS and one about TLSRPT. Appends nothing where they were not looked
 * up. */
static void add_sts(const struct table *t, struct text *out)
{
    const struct mtasts_facts *f = t->mtasts;

    if (!f || !atomic_load(&f->done))
        return;
    if (f->policy_ok)
        text_addf(out, "MTA-STS: id %s, mode %s, max_age %ld s, mx: %s\n", f->record.id,
                  mtasts_mode_name(f->policy.mode), f->policy.max_age, text_or(f->policy.mx, "-"));
    else
        text_addf(out, "MTA-STS: %s\n", f->records.count ? "no valid policy" : "none");
    if (f->reports.ok)
        text_addf(out, "TLSRPT: %s\n", f->report.rua);
    else
        text_addf(out, "TLSRPT: %s\n", f->reports.count ? "no valid record" : "none");
}

/* --- all of it --- */

/* Adds head and rows of all gateways to a table that is empty and has room. t->layout and t->share
 * must be set. */
static void fill_table(struct table *t)
{
    fill_head(t);
    for (size_t m = 0; m < t->target->mx_count; m++) {
        size_t n = t->in->facts->resolution->hosts[t->target->mx[m].host].address_count;

        for (size_t a = 0; a < (n ? n : 1); a++)
            fill_address(t, m, a);
    }
}

/* Returns how many characters a subject or issuer may have in that layout; 0: any number. */
static size_t share_of(const struct report_config *c, enum layout layout)
{
    if (layout != CUT)
        return 0;
    return c->width < CUT_FIXED + 2 * CUT_LEAST ? CUT_LEAST : (c->width - CUT_FIXED) / 2;
}

/* Fills t->table in the widest layout that fits; the caller frees it by text_table_free. False: out
 * of memory. */
static bool make_table(const struct report_config *c, struct table *t)
{
    size_t limit = row_limit(t->in, t->target);

    for (enum layout layout = WIDE; layout < LAYOUTS; layout++) {
        t->layout = layout;
        t->share = share_of(c, layout);
        if (!text_table_init(&t->table, COLUMNS, limit, 1u << DAYS))
            return false;
        fill_table(t);
        if (c->width == 0 || layout == CUT || text_table_width(&t->table, 0, 0) <= c->width)
            break;
        text_table_free(&t->table);
    }
    return true;
}

/* Returns the beginning of the table of the target with that index: t.table is empty, and the
 * layout is not chosen yet. */
static struct table table_of(const struct report_input *in, size_t index)
{
    struct table t = {.in = in,
                      .target = &in->facts->plan->targets[index],
                      .verdict = &in->verdict->targets[index]};

    if (in->facts->mtasts && t.target->resolved->target->kind == TARGET_DOMAIN)
        t.mtasts = &in->facts->mtasts[index];
    return t;
}

bool report_certs_table(const struct report_input *in, size_t target, struct text_table *out)
{
    struct table t = table_of(in, target);

    if (!make_table(&(struct report_config){.width = 0}, &t))
        return false;
    *out = t.table;
    return true;
}

void report_certs_records(const struct report_input *in, size_t target, struct text *out)
{
    const struct table t = table_of(in, target);

    add_sts(&t, out);
    for (size_t m = 0; m < t.target->mx_count; m++) {
        add_expiry(in, t.target->mx[m].host, out);
        add_tlsa(in, t.target->mx[m].host, out);
    }
}

/* Appends heading and table of one target; without MX host the heading alone. `records`: the lines
 * about MTA-STS, expiry and TLSA, too. */
static void print_target(const struct report_config *c, const struct report_input *in, size_t index,
                         bool records, struct text *out)
{
    struct table t = table_of(in, index);

    if (!make_table(c, &t)) {
        out->failed = true;
        return;
    }
    text_addf(out, "Certificates of \"%s\":\n", t.target->resolved->target->name);
    if (t.target->mx_count > 0)
        text_table_print(&t.table, c->width, c->colour, out);
    if (records)
        report_certs_records(in, index, out);
    text_table_free(&t.table);
}

void report_certs(const struct report_config *c, const struct report_input *in, bool records,
                  struct text *out)
{
    for (size_t i = 0; i < in->facts->resolution->target_count; i++)
        print_target(c, in, i, records, out);
}
