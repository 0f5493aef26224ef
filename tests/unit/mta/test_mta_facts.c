/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/mta_facts.h"

#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

enum { MANY = 100 };

START_TEST(grows)
{
    struct mta_server s;

    mta_facts_init(&s, MTA_POSTFIX, "/etc/postfix");
    for (size_t i = 0; i < MANY; i++) {
        struct mta_route *r = mta_facts_add_route(&s, i, "postmaster@example.com");

        for (size_t h = 0; h < 6; h++) {
            struct mta_hop *hop = mta_facts_add_hop(&s, r);

            mta_facts_list_add(&s, &hop->policy.match, "hostname and more", 8);
            mta_facts_add_fact(&s, &hop->facts, MTA_CA_EMPTY,
                               mta_facts_source(&s, "main.cf", 0, "smtp_tls_CAfile", NULL), NULL);
        }
        mta_facts_add_fact(&s, &r->facts, MTA_TIME_OVER, r->source, "late");
        mta_facts_add_refusal(&s, i)->code = 530;
    }
    ck_assert(!s.failed);
    ck_assert_str_eq(s.name, "/etc/postfix");
    ck_assert_uint_eq(s.route_count, MANY);
    ck_assert_uint_eq(s.refusal_count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        const struct mta_route *r = &s.routes[i];

        ck_assert_uint_eq(r->question, i);
        ck_assert_str_eq(r->recipient, "postmaster@example.com");
        ck_assert_str_eq(r->source.file, "");
        ck_assert_uint_eq(r->hop_count, 6);
        ck_assert_str_eq(r->hops[5].policy.match.at[0], "hostname");
        ck_assert_str_eq(r->hops[5].facts.at[0].source.key, "smtp_tls_CAfile");
        ck_assert_str_eq(r->hops[5].facts.at[0].source.value, "");
        ck_assert_str_eq(r->facts.at[0].text, "late");
        ck_assert_uint_eq(s.refusals[i].client, i);
    }
    mta_facts_free(&s);
    ck_assert_uint_eq(s.route_count, 0);
}
END_TEST

/* A program or a table may say hostile things. */
START_TEST(is_clean_and_bounded)
{
    char huge[5000];
    struct mta_server s;

    memset(huge, 'x', sizeof huge);
    mta_facts_init(&s, MTA_EXIM, "exim");
    ck_assert_str_eq(mta_facts_copy(&s, "a\033[1m\nb|c", 9), "a?[1m?b?c");
    ck_assert_uint_eq(strlen(mta_facts_copy(&s, huge, sizeof huge)), 1000);
    ck_assert_str_eq(mta_facts_copy(&s, huge, 0), "");
    mta_facts_free(&s);
}
END_TEST

START_TEST(kinds_of_facts)
{
    ck_assert(mta_facts_is_unknown(MTA_PROGRAM_MISSING) && mta_facts_is_unknown(MTA_TIME_OVER));
    ck_assert(!mta_facts_is_unknown(MTA_ENTRY_MALFORMED));
    ck_assert(mta_facts_defers(MTA_ENTRY_MALFORMED) && mta_facts_defers(MTA_TLS_NOT_BUILT));
    ck_assert(!mta_facts_defers(MTA_TIME_OVER) && !mta_facts_defers(MTA_LIST_COMMENT));
}
END_TEST

UNIT_CASE(mta_facts, {grows, 1}, {is_clean_and_bounded, 1}, {kinds_of_facts, 1})
