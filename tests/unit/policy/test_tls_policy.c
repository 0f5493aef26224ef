/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/tls_policy.h"

#include <string.h>

#include "unit/unit.h"

START_TEST(levels)
{
    static const struct {
        const char *name;
        bool dane, verifies;
    } all[] = {{"may", false, false},     {"encrypt", false, false}, {"fingerprint", false, false},
               {"verify", false, true},   {"secure", false, true},   {"dane", true, false},
               {"dane-only", true, false}};

    for (int i = 0; i < COUNT(all); i++) {
        ck_assert_str_eq(tls_policy_level_name((enum tls_level)i), all[i].name);
        ck_assert_int_eq(tls_policy_is_dane((enum tls_level)i), all[i].dane);
        ck_assert_int_eq(tls_policy_verifies((enum tls_level)i), all[i].verifies);
    }
}
END_TEST

/* Whatever changes what our side does on the wire needs a session of its own; what only changes how
 * that is judged does not. */
START_TEST(connects_alike)
{
    char one, two, address[] = "192.0.2.1", name[] = "mx.test";
    struct tls_policy a, b[20];
    int apart = 0, alike;

    tls_policy_default(&a);
    a.trust = (struct trust *)&one;
    a.xclient_address = "192.0.2.1";
    a.xclient_name = "mx.test";
    for (int i = 0; i < COUNT(b); i++)
        b[i] = a;
    b[apart++].min_version = TLS1_3_VERSION;
    b[apart++].tlsa = true;
    b[apart++].wrapper = true;
    b[apart++].level = LEVEL_DANE;
    b[apart++].trust = (struct trust *)&two;
    b[apart++].profile = (const struct tls_profile *)&one;
    b[apart++].hello = (const struct sent_hello *)&one;
    b[apart++].refuses_plaintext = true;
    b[apart++].sender = "a@example.com";
    b[apart++].xclient_address = NULL;
    b[apart++].xclient_name = NULL;
    b[apart++].xclient_address = "192.0.2.2";
    b[apart++].xclient_name = "other.test";
    alike = apart;
    b[alike++].level = LEVEL_ENCRYPT;
    b[alike++].on[F_SLOW] = STATE_OK;
    b[alike].xclient_address = address;
    b[alike++].xclient_name = name;
    ck_assert(tls_policy_connects_alike(&a, &a));
    for (int i = 0; i < alike; i++) {
        ck_assert_msg(tls_policy_connects_alike(&a, &b[i]) == (i >= apart), "%d", i);
        ck_assert_msg(tls_policy_connects_alike(&b[i], &a) == (i >= apart), "%d", i);
    }
}
END_TEST

UNIT_CASE(tls_policy, {levels, 1}, {connects_alike, 1})
