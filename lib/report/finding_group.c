/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/finding_group.h"

#include <string.h>

struct finding_group_list finding_group_list(const struct verdict *v, size_t partner)
{
    if (partner == FINDING_NONE)
        return (struct finding_group_list){v, partner, v->findings.count};
    return (struct finding_group_list){v, partner, v->partners[partner].finding_count};
}

const struct finding *finding_group_at(const struct finding_group_list *list, size_t n)
{
    if (list->partner == FINDING_NONE)
        return &list->verdict->findings.at[n];
    return verdict_partner_finding(list->verdict, list->partner, n);
}

/* Whether both are about the same gateway and in the same state. False for findings without a
 * gateway. */
static bool is_same_place(const struct finding *a, const struct finding *b)
{
    return a->state == b->state && a->host == b->host && a->host != FINDING_NONE;
}

/* Whether two findings say the same about addresses of one gateway; the caller has checked
 * is_same_place. False where one has no address. */
static bool says_the_same(const struct finding *a, const struct finding *b)
{
    if (a->code != b->code || a->address == FINDING_NONE || b->address == FINDING_NONE)
        return false;
    return a->repeated == b->repeated && strcmp(a->headline, b->headline) == 0 &&
           strcmp(a->detail, b->detail) == 0;
}

bool finding_group_is_said(const struct finding_group_list *list, size_t n)
{
    const struct finding *f = finding_group_at(list, n);

    for (size_t i = n; i > 0 && is_same_place(finding_group_at(list, i - 1), f); i--) {
        if (says_the_same(finding_group_at(list, i - 1), f))
            return true;
    }
    return false;
}

/* Appends `before` and the finding's address, which it must have, without a closing bracket. */
static void add_address(const struct report_input *in, const struct finding *f, const char *before,
                        struct text *out)
{
    const struct resolve_host *h = &in->facts->resolution->hosts[f->host];

    text_addf(out, "%s%s", before, h->addresses[f->address].text);
}

/* Appends " [192.0.2.1, 192.0.2.2]": where the gateway shows what the n-th finding, the first of
 * its group, says. Appends nothing for a finding without an address, or a gateway that was given as
 * one. */
static void add_addresses(const struct report_input *in, const struct finding_group_list *list,
                          size_t n, struct text *out)
{
    const struct finding *f = finding_group_at(list, n), *g;

    if (f->address == FINDING_NONE || in->facts->resolution->hosts[f->host].literal)
        return;
    add_address(in, f, " [", out);
    for (size_t i = n + 1; i < list->count; i++) {
        g = finding_group_at(list, i);
        if (!is_same_place(f, g))
            break;
        if (says_the_same(f, g))
            add_address(in, g, ", ", out);
    }
    text_add(out, "]");
}

void finding_group_place(const struct report_input *in, const struct finding_group_list *list,
                         size_t n, struct text *out)
{
    char place[280];

    report_place(in, finding_group_at(list, n), place, sizeof place);
    text_add(out, place);
    add_addresses(in, list, n, out);
}
