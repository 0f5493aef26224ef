/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_find.h"

#include "base/text.h"

/* At level may, findings about TLS and certificates are OK; at levels that do not verify, those
 * about certificates. */
enum state judge_find_state(const struct judge *j, enum finding_code code, enum state s, bool dane)
{
    enum finding_group group = finding_code_info(code)->group;

    if (group == GROUP_ALWAYS)
        return s;
    switch (j->policy->level) {
    case LEVEL_MAY:
        return STATE_OK;
    case LEVEL_ENCRYPT:
    case LEVEL_FINGERPRINT:
        return group == GROUP_CERT ? STATE_OK : s;
    case LEVEL_DANE:
    case LEVEL_DANE_ONLY:
        return group == GROUP_CERT && !dane ? STATE_OK : s;
    default:
        return s;
    }
}

/* Whether TLSA records decide about the certificate of the address. False where the place has no
 * address. */
static bool is_by_dane(const struct judge *j, struct judge_place at)
{
    return at.address != FINDING_NONE && j->v->hosts[at.host].addresses[at.address].dane;
}

/* Writes the headline to `out`, after "with LABEL: " where j->label is not NULL: "with RSA:
 * certificate expired 3 days ago". It is cut where it is too long. */
static void write_headline(const struct judge *j, const char *headline, char *out, size_t cap)
{
    if (j->label)
        text_format(out, cap, "with %s: %s", j->label, headline);
    else
        text_copy(out, cap, headline);
}

void judge_find_as(struct judge *j, struct judge_place at, enum state s,
                   const struct judge_found *found)
{
    struct judge_words words = {0};
    int on = j->policy->on[found->code];
    struct finding f = {.code = found->code,
                        .level_state = judge_find_state(j, found->code, s, is_by_dane(j, at)),
                        .stage = found->stage,
                        .target = at.target,
                        .host = at.host,
                        .address = at.address,
                        .order = at.target,
                        .headline = words.headline,
                        .detail = words.detail};

    if (j->pinned && j->policy->level == LEVEL_ENCRYPT)
        f.level_state = s;
    if (at.host != FINDING_NONE)
        f.order = j->v->hosts[at.host].order;
    f.state = on == STATE_DEFAULT ? f.level_state : (enum state)on;
    if (on == STATE_DEFAULT && f.state == STATE_WARNING && j->policy->critical_only)
        f.state = STATE_OK;
    write_headline(j, found->headline, words.headline, sizeof words.headline);
    if (found->detail)
        text_copy(words.detail, sizeof words.detail, found->detail);
    finding_list_add_once(&j->v->findings, &f);
}

void judge_find(struct judge *j, struct judge_place at, const struct judge_found *f)
{
    judge_find_as(j, at, finding_code_info(f->code)->state, f);
}

void judge_find_words(struct judge *j, struct judge_place at, enum finding_code code,
                      enum stage stage, const struct judge_words *w)
{
    judge_find(j, at, &(struct judge_found){code, stage, w->headline, w->detail});
}
