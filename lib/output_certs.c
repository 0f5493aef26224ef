#include "output_certs.h"

#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "judge_sts.h"

enum { HOST, ADDRESS, SUBJECT, ISSUER, NAMES, DAYS, TRUST, DANE, STS, COLUMNS };
enum { NAMES_SHOWN = 3, DAY = 86400 };

/* One table under way. */
struct table {
    const struct report_input *in;
    const struct sts_facts *sts; /* or NULL */
    struct grid grid;
};

static void fill(struct grid_cell *cell, bool ok, const char *text)
{
    text_copy(cell->text, sizeof cell->text, text);
    cell->mark = ok ? GRID_OK : GRID_FAIL;
}

static void fill_head(struct table *t)
{
    static const char *const heads[COLUMNS] = {"MX Server", "Address", "Subject", "Issuer", "Names",
                                               "Days",      "Trust",   "DANE",    "STS"};
    struct grid_cell *row = grid_row(&t->grid);

    for (size_t i = 0; i < COLUMNS; i++)
        text_copy(row[i].text, sizeof row[i].text, heads[i]);
}

static void fill_names(struct grid_cell *cell, const struct cert_facts *c)
{
    for (size_t i = 0; i < c->name_count && i < NAMES_SHOWN; i++)
        text_append(cell->text, sizeof cell->text, "%s%s", i ? ", " : "", c->names[i]);
    if (c->name_count > NAMES_SHOWN)
        text_append(cell->text, sizeof cell->text, " and %zu more", c->name_count - NAMES_SHOWN);
}

static struct grid_cell *fill_cert(struct table *t, const struct cert_facts *c, const char *note)
{
    double days = difftime(c->not_after, t->in->judge->now) / DAY;
    struct grid_cell *row = grid_row(&t->grid);
    char text[32];

    text_format(row[SUBJECT].text, sizeof row[SUBJECT].text, note ? "%s (%s)" : "%s", cert_title(c),
                note);
    text_copy(row[ISSUER].text, sizeof row[ISSUER].text, cert_issuer_title(c));
    fill_names(&row[NAMES], c);
    text_format(text, sizeof text, "%.1f", days);
    fill(&row[DAYS], days > 0 && c->not_before <= t->in->judge->now, text);
    return row;
}

static struct grid_cell *fill_leaf(struct table *t, const struct trust_facts *f, const char *note)
{
    struct grid_cell *row = fill_cert(t, &f->certs[0], note);
    bool trusted = f->pkix.count == 0;

    fill(&row[TRUST], trusted, trusted ? "OK" : "FAIL");
    if (f->dane_asked)
        fill(&row[DANE], f->dane_matched, f->dane_matched ? "OK" : "FAIL");
    else
        text_copy(row[DANE].text, sizeof row[DANE].text, "-");
    return row;
}

/* The rest of the path, without the root, of which clients have their own copy. */
static void fill_path(struct table *t, const struct trust_facts *f)
{
    for (int place = 2; place <= (int)f->cert_count; place++) {
        for (size_t i = 0; i < f->cert_count; i++) {
            if (f->certs[i].path == place && !f->certs[i].self_issued)
                fill_cert(t, &f->certs[i], NULL);
        }
    }
}

static void fill_sts(struct table *t, struct grid_cell *cell, const struct resolve_host *h)
{
    const struct sts_facts *f = t->sts;
    const char *mode;
    bool listed;

    text_copy(cell->text, sizeof cell->text, "-");
    if (!f || !atomic_load(&f->done) || f->records.count == 0)
        return;
    if (!f->policy_ok) {
        fill(cell, false, "FAIL");
        return;
    }
    mode = mtasts_mode_name(f->policy.mode);
    listed = judge_sts_lists(f, h);
    text_format(cell->text, sizeof cell->text, "%s (%s)", listed ? "OK" : "FAIL", mode);
    cell->mark = listed ? GRID_OK : GRID_FAIL;
}

static bool is_other(const struct second_look *look, const struct trust_facts *f)
{
    return look->has_chain && strcmp(look->chain.certs[0].sha256, f->certs[0].sha256) != 0;
}

static void fill_address(struct table *t, const struct resolve_mx *mx, size_t address)
{
    const struct resolve_host *h = &t->in->resolution->hosts[mx->host];
    bool none = address >= h->address_count;
    const struct observation *o = none ? NULL : report_observation(t->in, mx->host, address);
    const struct trust_facts *other = o ? observation_other_chain(o) : NULL;
    struct grid_cell *row;

    if (o && o->has_chain)
        row = fill_leaf(t, &o->chain, other ? cert_kind_name(o->chain.certs[0].kind) : NULL);
    else
        row = grid_row(&t->grid);
    if (!row[SUBJECT].text[0])
        text_copy(row[SUBJECT].text, sizeof row[SUBJECT].text, "no certificate seen");
    text_copy(row[HOST].text, sizeof row[HOST].text, h->shown);
    text_copy(row[ADDRESS].text, sizeof row[ADDRESS].text,
              none ? "no address" : h->addresses[address].text);
    fill_sts(t, &row[STS], h);
    if (!o || !o->has_chain)
        return;
    fill_path(t, &o->chain);
    if (other)
        fill_leaf(t, other, cert_kind_name(other->certs[0].kind));
    if (is_other(&o->without_sni, &o->chain) && (!other || is_other(&o->without_sni, other)))
        fill_leaf(t, &o->without_sni.chain, "without SNI");
}

static size_t row_limit(const struct report_input *in, const struct resolve_target *t)
{
    size_t rows = 1;

    for (size_t m = 0; m < t->mx_count; m++) {
        size_t host = t->mx[m].host, n = in->resolution->hosts[host].address_count;

        rows += n ? 0 : 1;
        for (size_t a = 0; a < n; a++)
            rows += 3 + report_observation(in, host, a)->chain.cert_count;
    }
    return rows;
}

/* --- records --- */

/* Adds the titles of certificates at one address that a record stands for; usages 1 and 3 are for
 * the leaf alone. */
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
        if (!strstr(out, title))
            text_append(out, cap, "%s%s%s", *out ? ", " : "", title,
                        f->certs[i].served ? "" : " (not served)");
    }
    return count;
}

static size_t matches_of(const struct report_input *in, size_t host, size_t record, char *out,
                         size_t cap)
{
    const struct resolve_host *h = &in->resolution->hosts[host];
    size_t count = 0;

    out[0] = '\0';
    for (size_t a = 0; a < h->address_count; a++) {
        const struct observation *o = report_observation(in, host, a);
        const struct trust_facts *other = observation_other_chain(o);

        if (o->has_chain)
            count += add_matches(&o->chain, &h->tlsa[record], record, out, cap);
        if (other)
            count += add_matches(other, &h->tlsa[record], record, out, cap);
    }
    return count;
}

static void add_tlsa(const struct report_input *in, size_t host, struct text *out)
{
    const struct resolve_host *h = &in->resolution->hosts[host];
    const struct host_verdict *v = &in->verdict->hosts[host];
    bool secure = resolve_tlsa_counts(h) && h->tlsa_secure;
    size_t in_use = 0, ready = 0;
    int days = v->soonest == FINDING_NONE ? 0 : (int)v->addresses[v->soonest].end.days;

    for (size_t i = 0; i < h->tlsa_count; i++) {
        bool usable = dane_tlsa_usable(&h->tlsa[i]);
        char record[200], titles[200];
        size_t matches = matches_of(in, host, i, titles, sizeof titles);

        dane_tlsa_text(&h->tlsa[i], record, sizeof record);
        text_addf(out, "%s: TLSA %s: %s%s%s\n", h->shown, record,
                  usable ? "" : "unusable for SMTP, ",
                  !secure   ? "ignored, not secured by DNSSEC"
                  : matches ? "matches "
                            : "matches nothing that is served",
                  titles);
        in_use += usable && h->tlsa[i].usage == 3 && matches > 0;
        ready += usable && (h->tlsa[i].usage == 2 || matches == 0);
    }
    if (in_use > 0 && ready == 0 && v->soonest != FINDING_NONE)
        text_addf(out,
                  "%s: TLSA: no record is ready for a next key, and the certificate ends in %d "
                  "day%s\n",
                  h->shown, days, days == 1 ? "" : "s");
}

/* Which certificate cert_days is about. */
static void add_end(const struct report_input *in, size_t host, struct text *out)
{
    const struct host_verdict *v = &in->verdict->hosts[host];
    const struct path_end *end;

    if (v->soonest == FINDING_NONE)
        return;
    end = &v->addresses[v->soonest].end;
    text_addf(out, "%s: first to end, in %.1f days: %s%s\n", in->resolution->hosts[host].shown,
              end->days, end->first->path > 1 ? "intermediate " : "", cert_title(end->first));
}

static void add_sts(const struct table *t, struct text *out)
{
    const struct sts_facts *f = t->sts;

    if (!f || !atomic_load(&f->done))
        return;
    if (f->policy_ok)
        text_addf(out, "MTA-STS: id %s, mode %s, max_age %ld s, mx: %s\n", f->record.id,
                  mtasts_mode_name(f->policy.mode), f->policy.max_age,
                  f->policy.mx[0] ? f->policy.mx : "-");
    else
        text_addf(out, "MTA-STS: %s\n", f->records.count ? "no policy that counts" : "none");
    if (f->reports.ok)
        text_addf(out, "TLSRPT: %s\n", f->report.rua);
    else
        text_addf(out, "TLSRPT: %s\n", f->reports.count ? "no record that counts" : "none");
}

/* --- all of it --- */

static void print_target(const struct report_config *c, const struct report_input *in, size_t index,
                         bool records, struct text *out)
{
    const struct resolve_target *target = &in->resolution->targets[index];
    struct table t = {.in = in};

    if (in->sts && target->ask->kind == RESOLVE_DOMAIN)
        t.sts = &in->sts[index];
    if (!grid_init(&t.grid, COLUMNS, row_limit(in, target), 1u << DAYS)) {
        out->failed = true;
        return;
    }
    text_addf(out, "Certificates of \"%s\":\n", target->ask->name);
    fill_head(&t);
    for (size_t m = 0; m < target->mx_count; m++) {
        size_t n = in->resolution->hosts[target->mx[m].host].address_count;

        for (size_t a = 0; a < (n ? n : 1); a++)
            fill_address(&t, &target->mx[m], a);
    }
    if (target->mx_count > 0)
        grid_print(&t.grid, c->colour, out);
    if (records)
        add_sts(&t, out);
    for (size_t m = 0; records && m < target->mx_count; m++) {
        add_end(in, target->mx[m].host, out);
        add_tlsa(in, target->mx[m].host, out);
    }
    grid_free(&t.grid);
}

void output_certs(const struct report_config *c, const struct report_input *in, bool records,
                  struct text *out)
{
    for (size_t i = 0; i < in->resolution->target_count; i++)
        print_target(c, in, i, records, out);
}
