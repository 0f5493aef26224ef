/* SPDX-License-Identifier: BSD-2-Clause */
/* dns_scan: where the parts of a DNS message are (RFC 1035 4.1), and whether it is hostile.
 *
 * Copies nothing and decompresses nothing. */
#ifndef DNS_DNS_SCAN_H
#define DNS_DNS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DNS_SCAN_HEADER = 12,
    DNS_SCAN_FIXED = 10, /* bytes of a record between its owner and its RDATA */
    DNS_SCAN_POINTERS = 16
};

/* A record where it is in a message. */
struct dns_scan_record {
    size_t owner, rdata, len; /* offsets; bytes of RDATA */
    uint16_t type;
};

/* Whether every name and record is inside the message and costs little to read: then everything
 * below succeeds. */
bool dns_scan_message(const unsigned char *m, size_t len);

uint16_t dns_scan_16(const unsigned char *p);

/* The offset after the name at `at`. 0: the name is hostile. Pointers go strictly backward and are
 * few: a chain of them costs quadratic time. */
size_t dns_scan_name(const unsigned char *m, size_t len, size_t at);

/* Sets *r to the record at `at`. Returns the offset after it, 0 where it is hostile. */
size_t dns_scan_record(const unsigned char *m, size_t len, size_t at, struct dns_scan_record *r);

#endif
