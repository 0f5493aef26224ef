/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/postfix_protocols.h"

#include "unit/unit.h"

static const struct {
    const char *list;
    bool readable;
    int lowest, highest;
} lists[] = {
    {"", true, 0, 0x0304},
    {">=TLSv1", true, 0x0301, 0x0304},
    {">=TLSv1.2", true, 0x0303, 0x0304},
    {">=0303", true, 0x0303, 0x0304},
    {"<=TLSv1.2", true, 0, 0x0303},
    {">=TLSv1.1, <=TLSv1.2", true, 0x0302, 0x0303},
    {"!SSLv2, !SSLv3", true, 0x0301, 0x0304},
    {"!SSLv2:!SSLv3:!TLSv1:!tlsv1.1", true, 0x0303, 0x0304},
    {"TLSv1.2", true, 0x0303, 0x0303},
    {"TLSv1.3 TLSv1.1", true, 0x0302, 0x0304},
    {"TLSv1.2 !TLSv1.2", true, 0, 0},
    {">=0", true, 0, 0x0304},
    {"TLSv1.2.", false, 0, 0},
    {"TLS12", false, 0, 0},
    {">=x", false, 0, 0},
    {">=123456", false, 0, 0},
    {"!", false, 0, 0},
    {"!TLSv1.3", true, 0, 0x0303},
    {"SSLv3", true, 0, 0x0300},
};

START_TEST(range)
{
    struct postfix_protocols p;

    ck_assert_msg(postfix_protocols_read(lists[_i].list, &p) == lists[_i].readable, "%s",
                  lists[_i].list);
    ck_assert_msg(p.lowest == lists[_i].lowest, "%s: lowest %x", lists[_i].list, p.lowest);
    ck_assert_msg(p.highest == lists[_i].highest, "%s: highest %x", lists[_i].list, p.highest);
}
END_TEST

UNIT_CASE(postfix_protocols, {range, COUNT(lists)})
