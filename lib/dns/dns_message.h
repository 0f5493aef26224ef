/* SPDX-License-Identifier: BSD-2-Clause */
/* dns_message: DNS questions to bytes, and answers from bytes to records (RFC 1035, 6891, 8914).
 *
 * Pure. A message is scanned for hostile compression before anything is read. */
#ifndef DNS_DNS_MESSAGE_H
#define DNS_DNS_MESSAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DNS_NAME = 1024, /* a name as text, escapes included */
    DNS_ALIASES_MAX = 12,
    DNS_MESSAGE_MAX = 65535,
    DNS_UDP_SIZE = 1232,
    DNS_MX_MAX = 256,    /* MX records that are read of an answer */
    DNS_RECORDS_MAX = 64 /* records of another type */
};

/* DNS_CNAME stands for the record at the name itself, all others for the records after its aliases.
 */
enum dns_type { DNS_A = 1, DNS_CNAME = 5, DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28, DNS_TLSA = 52 };

struct dns_record {
    uint16_t preference; /* MX */
    char *name;          /* MX: the host, lower case, without the last dot ("" is the root) */
    unsigned char *data; /* other types: the RDATA */
    size_t len;
};

enum dns_status {
    DNS_OK,     /* records */
    DNS_NODATA, /* the name exists, the type does not */
    DNS_NXDOMAIN,
    DNS_BOGUS,  /* DNSSEC validation failed */
    DNS_FAILURE /* no usable answer: `why` */
};

struct dns_answer {
    enum dns_status status;
    bool secure; /* AD, from a resolver whose AD counts */
    struct dns_record *records;
    size_t count;
    bool cut;                 /* there are more records, which were not read */
    bool alias;               /* a CNAME stood at the name */
    char canonical[DNS_NAME]; /* where the chain ends; the name itself without alias */
    char why[192];
    bool refused; /* DNS_FAILURE, for no server could be sent to: `why` has all of them */
    bool plain;   /* the answer came without EDNS, so that DNSSEC had no part in it */
    int64_t us;   /* how long it took, all tries together */
};

struct dns_question {
    const char *name; /* without or with last dot; libldns's escapes */
    enum dns_type type;
    const atomic_bool *unneeded; /* becomes true when nobody waits for the answer; or NULL */
};

/* How far one message from a resolver can be used. */
enum dns_verdict {
    DNS_MESSAGE_ANSWER,    /* *out holds it */
    DNS_MESSAGE_OTHER,     /* not for this question: wait on (RFC 5452 9.1) */
    DNS_MESSAGE_TRUNCATED, /* ask again over TCP */
    DNS_MESSAGE_BROKEN,    /* cannot be parsed */
    DNS_MESSAGE_ERROR,     /* an RCODE other than NOERROR and NXDOMAIN; out->why names it */
    DNS_MESSAGE_ALIAS      /* ends at out->canonical without records: ask there */
};

struct dns_rcode {
    int code;   /* 1 FORMERR, 2 SERVFAIL, 4 NOTIMP, 16 BADVERS ... */
    bool bogus; /* a validation EDE came along (RFC 8914 4.6 - 4.13, or 25); counts with SERVFAIL */
};

enum { DNS_QUERY_CD = 1, DNS_QUERY_PLAIN = 2 };

/* Builds a query with EDNS0, DO (RFC 3225 3) and AD (RFC 6840 5.7). Flags: DNS_QUERY_CD sets CD
 * (RFC 4035 3.2.2), DNS_QUERY_PLAIN leaves EDNS out. Returns its length, 0 where the name is none.
 * buf needs 512 bytes. */
size_t dns_message_query(unsigned char *buf, size_t cap, const struct dns_question *q, uint16_t id,
                         unsigned flags);

/* Reads a message against the question. *out is to be zeroed before; dns_message_clear frees it.
 * Sets out->secure from AD as it is: whether AD counts is the asker's to know. */
enum dns_verdict dns_message_read(const unsigned char *buf, size_t len,
                                  const struct dns_question *q, uint16_t id, struct dns_answer *out,
                                  struct dns_rcode *rcode);

void dns_message_clear(struct dns_answer *a);

#endif
