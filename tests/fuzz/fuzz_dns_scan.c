/* SPDX-License-Identifier: BSD-2-Clause */
/* The scan that comes before all reading: what it lets through cannot cost quadratic time, and its
 * names are not too long. */
#include "dns/dns_scan.h"

#include <ldns/ldns.h>
#include <stdlib.h>

#include "fuzz.h"

/* Bytes that a plain decompressor visits for the name at `at`; more than any honest name needs,
 * where hostile. */
static size_t cost_of_name(const unsigned char *m, size_t len, size_t at)
{
    size_t cost = 0;

    while (at < len && m[at] != 0 && cost < 1024) {
        cost++;
        if ((m[at] & 0xc0) == 0xc0 && at + 1 < len)
            at = (size_t)(m[at] & 0x3f) << 8 | m[at + 1];
        else
            at += m[at] + 1u;
    }
    return cost;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char *m = (unsigned char *)fuzz_string(data, size);
    bool ok = dns_scan_message(m, size);
    ldns_pkt *pkt = NULL;

    HOLDS(!ok || size >= DNS_SCAN_HEADER);
    /* 128 labels fill a name (RFC 1035 2.3.4), 16 pointers are the limit. */
    if (ok)
        HOLDS(cost_of_name(m, size, DNS_SCAN_HEADER) <= 128 + DNS_SCAN_POINTERS);
    if (ok && ldns_wire2pkt(&pkt, m, size) == LDNS_STATUS_OK) {
        const ldns_rr_list *answer = ldns_pkt_answer(pkt);

        for (size_t i = 0; i < ldns_rr_list_rr_count(answer); i++)
            HOLDS(ldns_rdf_size(ldns_rr_owner(ldns_rr_list_rr(answer, i))) <= 255);
    }
    ldns_pkt_free(pkt);
    free(m);
    return 0;
}
