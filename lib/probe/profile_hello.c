/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/profile_hello.h"

bool profile_hello_has_use(unsigned use, unsigned wanted)
{
    return (use & wanted) == wanted;
}

void profile_hello_add(struct profile_hello_numbers *n, unsigned number)
{
    if (n->count < PROFILE_HELLO_NUMBERS && number != TLS_CODE_OTHER_DH)
        n->at[n->count++] = (uint16_t)number;
}

void profile_hello_add_all(struct profile_hello_numbers *n, enum tls_code_kind kind, unsigned use)
{
    size_t count;
    const struct tls_code *all = tls_code_all(kind, &count);

    for (size_t i = 0; i < count; i++) {
        if (profile_hello_has_use(all[i].use, use))
            profile_hello_add(n, all[i].number);
    }
}

void profile_hello_complete(struct profile_hello *h, const char *sni)
{
    h->hello.sni = sni;
    h->hello.suites = (struct client_hello_list){h->suites.at, h->suites.count};
    h->hello.groups = (struct client_hello_list){h->groups.at, h->groups.count};
    h->hello.signatures = (struct client_hello_list){h->signatures.at, h->signatures.count};
}

/* Appends all groups of TLS 1.3, those with ML-KEM first: a server that has one and follows our
 * order shows it. */
static void add_groups_1_3(struct profile_hello_numbers *n)
{
    size_t count;
    const struct tls_code *all = tls_code_all(TLS_CODE_GROUP, &count);

    profile_hello_add_all(n, TLS_CODE_GROUP, TLS_CODE_1_3 | TLS_CODE_HYBRID);
    for (size_t i = 0; i < count; i++) {
        if (profile_hello_has_use(all[i].use, TLS_CODE_1_3) &&
            !profile_hello_has_use(all[i].use, TLS_CODE_HYBRID))
            profile_hello_add(n, all[i].number);
    }
}

void profile_hello_single(struct profile_hello *h, enum tls_code_kind kind, unsigned number,
                          bool may_1_3, const char *sni)
{
    const struct tls_code *code = tls_code_find(kind, number);
    bool is_1_3 = may_1_3 && code && profile_hello_has_use(code->use, TLS_CODE_1_3);
    unsigned use = TLS_CODE_1_2;

    if (kind == TLS_CODE_VERSION)
        is_1_3 = number == TLS_CODE_TLS_1_3;
    if (is_1_3)
        use = TLS_CODE_1_3;
    h->hello.version = is_1_3 ? TLS_CODE_TLS_1_3 : TLS_CODE_TLS_1_2;
    if (kind == TLS_CODE_VERSION)
        h->hello.version = (uint16_t)number;
    h->suites.count = h->groups.count = h->signatures.count = 0;
    profile_hello_add_all(&h->suites, TLS_CODE_SUITE,
                          kind == TLS_CODE_GROUP && !is_1_3 ? TLS_CODE_ECDHE : use);
    if (is_1_3)
        add_groups_1_3(&h->groups);
    else
        profile_hello_add_all(&h->groups, TLS_CODE_GROUP, use);
    profile_hello_add_all(&h->signatures, TLS_CODE_SIGNATURE, 0);
    if (kind == TLS_CODE_SUITE)
        h->suites = (struct profile_hello_numbers){{(uint16_t)number}, 1};
    if (kind == TLS_CODE_GROUP)
        h->groups = (struct profile_hello_numbers){{(uint16_t)number}, 1};
    if (kind == TLS_CODE_SIGNATURE)
        h->signatures = (struct profile_hello_numbers){{(uint16_t)number}, 1};
    profile_hello_complete(h, sni);
}
