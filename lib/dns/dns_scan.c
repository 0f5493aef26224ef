/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_scan.h"

#include "dns/dns_message.h"

uint16_t dns_scan_16(const unsigned char *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

size_t dns_scan_name(const unsigned char *m, size_t len, size_t at)
{
    size_t end = 0, total = 0;
    int pointers = 0;

    while (at < len && m[at] != 0) {
        if ((m[at] & 0xc0) == 0xc0) {
            size_t target;

            if (at + 1 >= len || ++pointers > DNS_SCAN_POINTERS)
                return 0;
            target = dns_scan_16(m + at) & 0x3fff;
            if (target >= at)
                return 0;
            end = end ? end : at + 2;
            at = target;
        } else {
            total += m[at] + 1u;
            if (m[at] > 63 || total > 254) /* and the root */
                return 0;
            at += m[at] + 1u;
        }
    }
    if (at >= len)
        return 0;
    return end ? end : at + 1;
}

size_t dns_scan_record(const unsigned char *m, size_t len, size_t at, struct dns_scan_record *r)
{
    r->owner = at;
    at = dns_scan_name(m, len, at);
    if (at == 0 || at + DNS_SCAN_FIXED > len)
        return 0;
    r->type = dns_scan_16(m + at);
    r->len = dns_scan_16(m + at + 8);
    r->rdata = at + DNS_SCAN_FIXED;
    return r->rdata + r->len <= len ? r->rdata + r->len : 0;
}

/* Whether the size of an address's RDATA is right; true for every other type. */
static bool has_size(const struct dns_scan_record *r)
{
    if (r->type == DNS_A)
        return r->len == 4;
    return r->type != DNS_AAAA || r->len == 16;
}

/* Where in the RDATA of a type the name begins that we read; -1: we read no name in it. */
static int rdata_name_offset(uint16_t type)
{
    if (type == DNS_CNAME)
        return 0;
    return type == DNS_MX ? 2 : -1;
}

/* The offset after the record at `at`, which may be any; 0: it is hostile, not whole, or an address
 * or a name in its RDATA is malformed. */
static size_t check_record(const unsigned char *m, size_t len, size_t at)
{
    struct dns_scan_record r;
    size_t next = dns_scan_record(m, len, at, &r), end;
    int offset;

    if (next == 0 || !has_size(&r))
        return 0;
    offset = rdata_name_offset(r.type);
    if (offset < 0)
        return next;
    if ((size_t)offset >= r.len)
        return 0;
    end = dns_scan_name(m, len, r.rdata + (size_t)offset);
    return end != 0 && end <= next ? next : 0;
}

bool dns_scan_message(const unsigned char *m, size_t len)
{
    size_t at = DNS_SCAN_HEADER, records;

    if (len < DNS_SCAN_HEADER || dns_scan_16(m + 4) != 1)
        return false;
    at = dns_scan_name(m, len, at);
    if (at == 0 || at + 4 > len)
        return false;
    at += 4;
    records = (size_t)dns_scan_16(m + 6) + dns_scan_16(m + 8) + dns_scan_16(m + 10);
    for (size_t i = 0; i < records; i++) {
        at = check_record(m, len, at);
        if (at == 0)
            return false;
    }
    return true;
}
