#include "report.h"

#include <string.h>

enum { FIRST_LINE_MAX = 119, PLACE_MAX = 50, PROBLEM_LEAST = 20 };

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

    for (size_t h = 0; h < v->host_count; h++) {
        const struct host_verdict *host = &v->hosts[h];

        if (host->soonest != FINDING_NONE &&
            (!soonest || host->addresses[host->soonest].end.days < soonest->end.days))
            soonest = &host->addresses[host->soonest];
    }
    return soonest;
}

bool report_next_host(const struct resolution *r, bool *seen, size_t *host)
{
    for (size_t t = 0; t < r->target_count; t++) {
        for (size_t m = 0; m < r->targets[t].mx_count; m++) {
            *host = r->targets[t].mx[m].host;
            if (!seen[*host]) {
                seen[*host] = true;
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

static void subject(const struct resolution *r, char *out, size_t cap)
{
    const char *name = report_target(&r->targets[0]);
    char first[256];

    text_clean(first, sizeof first, name, strlen(name));
    if (r->target_count == 1)
        text_copy(out, cap, first);
    else
        text_format(out, cap, "%s and %zu more", first, r->target_count - 1);
}

static const char *success_word(enum tls_level level)
{
    return level == LEVEL_MAY ? "reached" : level == LEVEL_ENCRYPT ? "encrypted" : "verified";
}

static void success(const struct report_input *in, char *out, size_t cap)
{
    const struct verdict *v = in->verdict;
    const struct address_verdict *soonest = report_soonest(v);
    const struct terms *terms = in->resolution->targets[0].ask->terms;
    int days = soonest ? (int)soonest->end.days : 0;

    text_format(out, cap, "%zu of %zu gateways %s", v->gateways_ok, v->gateways,
                success_word(terms->level));
    if (terms->refuses_plaintext)
        text_append(out, cap, ", plaintext refused");
    if (soonest && soonest->end.days >= 0)
        text_append(out, cap, ", first certificate ends in %d day%s", days, days == 1 ? "" : "s");
}

/* "(2 of 3 gateways fail; 1 unknown)": how many share the state of the whole. */
static void tally(const struct verdict *v, char *out, size_t cap)
{
    size_t counts[4] = {0}, known;

    out[0] = '\0';
    for (size_t h = 0; h < v->host_count; h++)
        counts[v->hosts[h].state] += v->hosts[h].used;
    known = v->gateways - counts[STATE_UNKNOWN];
    if (counts[v->state] == 0)
        return;
    if (v->state == STATE_UNKNOWN)
        text_format(out, cap, " (%zu of %zu gateways unknown)", counts[STATE_UNKNOWN], v->gateways);
    else
        text_format(out, cap, " (%zu of %zu gateways %s)", counts[v->state], known,
                    v->state == STATE_CRITICAL ? "fail" : "warn");
    if (v->state != STATE_UNKNOWN && counts[STATE_UNKNOWN] > 0)
        text_format(out + strlen(out) - 1, cap - strlen(out) + 1, "; %zu unknown)",
                    counts[STATE_UNKNOWN]);
}

static void place_name(const struct resolution *r, const struct finding *f, char *out, size_t cap)
{
    const char *name;

    if (f->host != FINDING_NONE) {
        report_label(&r->hosts[f->host], out, cap);
        return;
    }
    name = report_target(&r->targets[f->target]);
    text_clean(out, cap, name, strlen(name));
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

void report_first_line(const struct report_config *c, const struct report_input *in,
                       struct text *out)
{
    const struct verdict *v = in->verdict;
    char start[40], place[280], problem[200], count[80] = "";
    size_t fixed, room, most;

    text_format(start, sizeof start, "%s %s - ", c->service, state_name(v->state));
    if (v->failed) {
        text_addf(out, "%sout of memory", start);
        return;
    }
    if (v->state == STATE_OK) {
        subject(in->resolution, place, sizeof place);
        success(in, problem, sizeof problem);
    } else {
        place_name(in->resolution, &v->findings.at[0], place, sizeof place);
        text_copy(problem, sizeof problem, v->findings.at[0].headline);
        tally(v, count, sizeof count);
    }
    fixed = strlen(start) + 2 + strlen(count);
    room = FIRST_LINE_MAX - fixed;
    /* Who is meant matters more than the end of what is wrong; that stands below, too. */
    most = room < PLACE_MAX + PROBLEM_LEAST ? room - PROBLEM_LEAST : PLACE_MAX;
    shorten(place, strlen(problem) + most < room ? room - strlen(problem) : most);
    shorten(problem, room - strlen(place));
    text_addf(out, "%s%s: %s%s", start, place, problem, count);
}

/* --- findings --- */

void report_findings(const struct report_input *in, bool all, struct text *out)
{
    const struct resolution *r = in->resolution;

    for (size_t i = 0; i < in->verdict->findings.count; i++) {
        const struct finding *f = &in->verdict->findings.at[i];
        char place[280];

        if (f->state == STATE_OK && !all)
            continue;
        place_name(r, f, place, sizeof place);
        text_addf(out, "\\_ [%s] %s", state_name(f->state), place);
        if (f->address != FINDING_NONE && !r->hosts[f->host].literal)
            text_addf(out, " [%s]", r->hosts[f->host].addresses[f->address].text);
        text_addf(out, ": %s%s%s\n", f->headline, f->detail[0] ? "; " : "", f->detail);
    }
}
