/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_name.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

#define LABEL_63 "0123456789012345678901234567890123456789012345678901234567890ab"
#define LABEL_62 "0123456789012345678901234567890123456789012345678901234567890a"
#define LABEL_61 "0123456789012345678901234567890123456789012345678901234567890"

static const char *const texts[] = {"",
                                    ".",
                                    "..",
                                    "a",
                                    "a.",
                                    "a..b",
                                    ".a",
                                    "Example.COM",
                                    "_25._tcp.mx.example.com",
                                    "a\\.b.c",
                                    "a\\046b.c",
                                    "a\\256",
                                    "a\\2",
                                    "a\\",
                                    "\\000\\255.x",
                                    "a b;(c)\\\\.d",
                                    "\xc3\xa4.de",
                                    "*.example.com",
                                    LABEL_63,
                                    LABEL_63 "c",
                                    LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61,
                                    LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_62,
                                    LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61 "."};

/* As libldns reads and writes the name, in lower case and without the last dot. */
START_TEST(as_libldns)
{
    const char *text = texts[_i];
    ldns_rdf *theirs = ldns_dname_new_frm_str(text);
    struct dns_name ours, again;
    char out[1024], *want;

    ck_assert_msg(dns_name_from_text(text, &ours) == (theirs != NULL), "\"%s\"", text);
    if (!theirs)
        return;
    ck_assert_uint_eq(ours.len, ldns_rdf_size(theirs));
    ck_assert_mem_eq(ours.wire, ldns_rdf_data(theirs), ours.len);
    ck_assert(dns_name_text(&ours, out, sizeof out));
    want = ldns_rdf2str(theirs);
    want[strlen(want) - 1] = '\0';
    ck_assert_int_eq(strcasecmp(out, want), 0);
    ck_assert(dns_name_from_text(*out ? out : ".", &again) && dns_name_equal(&again, &ours));
    ck_assert(!dns_name_text(&ours, out, strlen(want)) || !*want);
    free(want);
    ldns_rdf_deep_free(theirs);
}
END_TEST

START_TEST(equal)
{
    struct dns_name a, b;

    ck_assert(dns_name_from_text("a.Example.com", &a) && dns_name_from_text("A.example.COM.", &b));
    ck_assert(dns_name_equal(&a, &b));
    ck_assert(dns_name_from_text("a\\.example.com", &b));
    ck_assert(!dns_name_equal(&a, &b));
    ck_assert(dns_name_from_text("b.example.com", &b));
    ck_assert(!dns_name_equal(&a, &b));
}
END_TEST

/* Decompressed, to the largest name that there may be. */
START_TEST(of_a_message)
{
    static const unsigned char m[] = "\3com\0\7example\xc0\0\2mx\xc0\5";
    struct dns_name name;
    char text[64];

    dns_name_at(m, 15, &name);
    ck_assert(dns_name_text(&name, text, sizeof text));
    ck_assert_str_eq(text, "mx.example.com");
    dns_name_at(m, 4, &name);
    ck_assert(dns_name_text(&name, text, sizeof text));
    ck_assert_str_eq(text, "");
}
END_TEST

UNIT_CASE(dns_name, {as_libldns, COUNT(texts)}, {equal, 1}, {of_a_message, 1})
