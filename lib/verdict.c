#include "verdict.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

/* At level may neither TLS nor certificates count, at those that do not verify no certificates. */
static enum state state_at_level(const struct judge *j, struct judge_place at, enum finding_group g,
                                 enum state s)
{
    switch (j->terms->level) {
    case LEVEL_MAY:
        return g == GROUP_ALWAYS ? s : STATE_OK;
    case LEVEL_ENCRYPT:
    case LEVEL_FINGERPRINT:
        return g == GROUP_CERT ? STATE_OK : s;
    case LEVEL_DANE:
    case LEVEL_DANE_ONLY:
        if (g == GROUP_CERT &&
            (at.address == FINDING_NONE || !j->v->hosts[at.host].addresses[at.address].dane))
            return STATE_OK;
        return s;
    default:
        return s;
    }
}

void judge_find(struct judge *j, struct judge_place at, enum finding_code code, int state,
                enum stage stage, const char *headline, const char *detail)
{
    const struct finding_info *info = finding_info(code);
    enum state s = state == STATE_DEFAULT ? info->state : (enum state)state;
    struct finding f = {.code = code,
                        .level_state = state_at_level(j, at, info->group, s),
                        .stage = stage,
                        .target = at.target,
                        .host = at.host,
                        .address = at.address,
                        .order = at.host == FINDING_NONE ? at.target : j->hosts[at.host].order};

    f.state = j->terms->on[code] == STATE_DEFAULT ? f.level_state : (enum state)j->terms->on[code];
    if (j->face)
        text_format(f.headline, sizeof f.headline, "with %s: %s", j->face, headline);
    else
        text_copy(f.headline, sizeof f.headline, headline);
    text_copy(f.detail, sizeof f.detail, detail ? detail : "");
    finding_add_once(&j->v->findings, &f);
}

const struct observation *judge_observation(const struct judge *j, size_t host, size_t address)
{
    return &j->in->observations[j->in->plan->of_host[host][address]];
}

int64_t judge_dns_us(const struct resolution *r, size_t host)
{
    return r->hosts[host].mx_us + r->hosts[host].us;
}

int64_t judge_total_us(const struct resolution *r, size_t host, const struct observation *o)
{
    int64_t total = judge_dns_us(r, host);

    for (int s = 0; s < STAGE_COUNT; s++)
        total += o->stages[s].entered && o->stages[s].us > 0 ? o->stages[s].us : 0;
    return total;
}

void state_count_add(struct state_count *c, enum state s)
{
    c->all++;
    c->ok += s == STATE_OK || s == STATE_WARNING;
    c->by_state[s]++;
}

void verdict_clear(struct verdict *v)
{
    for (size_t h = 0; v->hosts && h < v->host_count; h++)
        free(v->hosts[h].addresses);
    free(v->hosts);
    free(v->targets);
    free(v->members);
    finding_list_clear(&v->findings);
    *v = (struct verdict){0};
}
