/* dane: TLSA records (RFC 6698, 7671, 7672). Pure: no DNS, no certificates. */
#ifndef DANE_H
#define DANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DANE_DATA_MAX = 16384 };

struct dane_tlsa {
    uint8_t usage, selector, matching;
    unsigned char *data; /* owned */
    size_t len;
};

/* Whether an RDATA of that length can be a TLSA record. */
bool dane_tlsa_fits(size_t len);

/* Reads a TLSA RDATA (RFC 6698 2.1). False where its length does not fit (DANE_DATA_MAX), or memory
 * is short. dane_tlsa_clear frees what it holds. */
bool dane_tlsa_read(struct dane_tlsa *out, const unsigned char *rdata, size_t len);
void dane_tlsa_clear(struct dane_tlsa *t);

/* Usage 2 or 3 (RFC 7672 3.1.3), a known selector and matching type, a digest of its length (RFC
 * 6698 4.1). */
bool dane_tlsa_usable(const struct dane_tlsa *t);

/* "3 1 1 0123abcd..." */
void dane_tlsa_text(const struct dane_tlsa *t, char *out, size_t cap);

#endif
