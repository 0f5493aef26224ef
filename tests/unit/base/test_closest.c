/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/closest.h"

#include "unit/unit.h"

static const char *const names[] = {"company", "domains",        "subdomains",     "gateways",
                                    "issuer",  "certificate-cn", "contact-urgent", "on"};

static const struct {
    const char *word, *want;
} words[] = {
    {"domains", "domains"},
    {"domain", "domains"},
    {"DOMIANS", "domains"},
    {"Sub_Domain", "subdomains"},
    {"gatway", "gateways"},
    {"certificate_cm", "certificate-cn"},
    {"contact-urgnet", "contact-urgent"},
    {"isuer", "issuer"},
    {"password", NULL},
    {"no", NULL},
    {"o", NULL},
    {"", NULL},
    {"companycompanycompanycompanycompanycompany", NULL},
};

START_TEST(finds)
{
    struct closest c = {.word = words[_i].word};

    for (int i = 0; i < COUNT(names); i++)
        closest_offer(&c, names[i]);
    ck_assert_pstr_eq(c.name, words[_i].want);
}
END_TEST

START_TEST(same)
{
    ck_assert(closest_is_same("ca-url", "CA_Url") && closest_is_same("", ""));
    ck_assert(!closest_is_same("ca", "ca-url") && !closest_is_same("ca-url", "ca") &&
              !closest_is_same("cb", "ca"));
}
END_TEST

UNIT_CASE(closest, {finds, COUNT(words)}, {same, 1})
