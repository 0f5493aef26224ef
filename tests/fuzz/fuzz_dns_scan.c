/* The scan that stands before libldns: what it lets through cannot cost quadratic time. It is static, so its
 * source is taken in here. */
#include "../../lib/dns_message.c"

#include "fuzz.h"

/* Bytes that a plain decompressor visits for the name at `at`; more than any honest name needs, where hostile. */
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
    bool ok = scan(m, size);
    ldns_pkt *pkt = NULL;

    HOLDS(!ok || size >= HEADER);
    /* 128 labels fill a name (RFC 1035 2.3.4), 16 pointers are the limit. */
    if (ok)
        HOLDS(cost_of_name(m, size, HEADER) <= 128 + POINTERS_MAX);
    if (ok && ldns_wire2pkt(&pkt, m, size) == LDNS_STATUS_OK) {
        const ldns_rr_list *answer = ldns_pkt_answer(pkt);

        for (size_t i = 0; i < ldns_rr_list_rr_count(answer); i++)
            HOLDS(ldns_rdf_size(ldns_rr_owner(ldns_rr_list_rr(answer, i))) <= 255);
    }
    ldns_pkt_free(pkt);
    free(m);
    return 0;
}
