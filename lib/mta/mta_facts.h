/* SPDX-License-Identifier: BSD-2-Clause */
/* mta_facts: what our own mail servers answered when they were asked where mail for the partners
 * goes, and with what TLS policy.
 *
 * Facts only: no severity, no comparison with a form, no English but what a program wrote. postfix
 * and exim fill them in, the judge compares them with the forms and words them.
 *
 * A server owns everything that hangs from it, strings included; mta_facts_free frees it. All
 * strings are clean (text_clean) and never NULL; "" where nothing is known. An allocation that
 * fails sets `failed` of the server; the functions below then return NULL or do nothing. */
#ifndef MTA_MTA_FACTS_H
#define MTA_MTA_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"
#include "policy/tls_policy.h"

/* --- what is asked --- */

/* Where does mail for this recipient go? */
struct mta_question {
    const char *recipient;    /* "postmaster@example.com"; at a wildcard in an invented subdomain */
    const char *domain;       /* of the form: "example.com", or "*.example.com" */
    const char *const *hosts; /* the partner's gateways that the form declares */
    size_t host_count;
};

/* Does our server refuse this client's mail? `refused` where it is sent without TLS. */
struct mta_client {
    const char *address;   /* of the partner's sending host: "192.0.2.1", "2001:db8::1" */
    const char *sender;    /* "postmaster@example.com" */
    const char *recipient; /* of ours */
};

struct mta_ask {
    const struct mta_question *questions; /* of all partners; the answers name them by index */
    size_t question_count;
    const char *const *senders; /* mailboxes of ours; at least one */
    size_t sender_count;
    const struct mta_client *clients; /* inbound; Postfix is asked by a session instead */
    size_t client_count;
    instant deadline; /* of all questions to one server */
};

/* --- what is answered --- */

/* Where a value comes from. */
struct mta_source {
    const char
        *file; /* "/etc/postfix/main.cf", "hash:/etc/postfix/tls_policy", "router smarthost" */
    int line;  /* 0: the program does not tell */
    const char *key;   /* "smtp_tls_security_level", ".example.com", "hosts_require_tls" */
    const char *value; /* as it is written there */
};

enum mta_fact_code {
    /* The server could not be asked, or only in part: the policy is not known. */
    MTA_PROGRAM_MISSING,  /* key: "postconf" */
    MTA_PROGRAM_DENIED,   /* key: the program, which we may not execute */
    MTA_PROGRAM_FAILED,   /* key: the program; value: "status 75"; text: what it wrote */
    MTA_PROGRAM_TIMEOUT,  /* key: the program */
    MTA_PROGRAM_TOO_LONG, /* key: the program, which wrote more than can be an answer */
    MTA_PROGRAM_LEFT,     /* key: the program; value: its pid: it could not be ended, it runs on */
    MTA_CONFIG_MISSING,   /* file: the configuration directory or file that is not there */
    MTA_SERVICE_MISSING,  /* file: master.cf; key: the service without which no mail is sent */
    MTA_TABLE_FAILED,     /* file: the table; key: as asked; text: what the program wrote */
    MTA_TABLE_DENIED,     /* the same; value: the group that may read it, or "" */
    MTA_TABLE_TIMEOUT,    /* file: the table */
    MTA_TABLE_TOO_LONG,   /* file: the table */
    MTA_VALUE_HIDDEN,     /* the program does not show this value to our user */
    MTA_VALUE_UNEXPANDED, /* the value depends on what is known only when mail is sent */
    MTA_CA_UNREADABLE,    /* source: the parameter, whose file our user may not read */
    MTA_NOT_FOLLOWED,     /* the source changes domain or route in a way that is not followed */
    MTA_TIME_OVER,        /* the deadline passed before it was asked */
    MTA_UNKNOWN_LAST = MTA_TIME_OVER,

    /* The server will not send mail by this policy: it defers or bounces. */
    MTA_ENTRY_MALFORMED,     /* source: the entry; text: the part that is wrong */
    MTA_PARAMETER_MALFORMED, /* source: the parameter; text: the part that is wrong */
    MTA_TABLE_DUPLICATE,     /* source: the table, line and key; text: what the program wrote */
    MTA_CA_NONE,             /* source: the parameter; no CA is configured at all */
    MTA_CA_MISSING,          /* source: the parameter, whose file or directory is not there */
    MTA_CA_EMPTY,            /* source: the parameter; no certificate is in it */
    MTA_CA_OWN,              /* source: the parameter; only our own certificate is in it */
    MTA_CERT_MISSING,        /* source: the parameter; our client certificate or key */
    MTA_DNSSEC_OFF,          /* source: the parameter; a DANE level needs it */
    MTA_STARTTLS_DISCARDED,  /* source: the parameter or entry; STARTTLS is not used */
    MTA_TLS_NOT_BUILT,       /* the program was built without TLS */
    MTA_DEFER_LAST = MTA_TLS_NOT_BUILT,

    /* Settings that weaken a policy, beside its level. */
    MTA_LIST_COMMENT,  /* source: a list with '#'; the words after it count as entries */
    MTA_CIPHERS_NULL,  /* source: cipher suites without encryption are allowed */
    MTA_HOSTS_LIMITED, /* source: of the level; text: the host that has this level, others a
                          stricter one */
    MTA_RULE_SKIPPED,  /* source: a rule of a pattern table that the server passes over */
    MTA_TABLE_WARNING  /* source: the table; text: what the program wrote about it */
};

struct mta_fact {
    enum mta_fact_code code;
    struct mta_source source;
    const char *text;
};

struct mta_fact_list {
    struct mta_fact *at;
    size_t count;
};

/* Whether a fact means that the policy is not known; that mail is deferred or bounced. */
bool mta_facts_is_unknown(enum mta_fact_code code);
bool mta_facts_defers(enum mta_fact_code code);

struct mta_list {
    const char **at;
    size_t count;
};

enum { MTA_LEVEL_NONE = -1 }; /* below LEVEL_MAY: no TLS */

/* With what TLS mail goes to one next hop. */
struct mta_policy {
    int level;                /* enum tls_level, or MTA_LEVEL_NONE */
    bool found;               /* by an entry of a policy table; else it is a default */
    struct mta_source source; /* of the level */
    struct mta_list match; /* at verify and secure: "hostname", "nexthop", "dot-nexthop", names */
    struct mta_source match_source;
    struct mta_list digests; /* at fingerprint: lower-case hex, without colons */
    const char *digest;      /* "sha256" */
    int min_version;         /* TLS1_VERSION .. TLS1_3_VERSION; 0: SSL 3 or older, or not known */
    struct mta_source version_source;
    bool wrapper; /* TLS from the first byte */
    bool dane;    /* at LEVEL_ENCRYPT and above: TLSA records count first, where there are some */
};

/* One place to which mail for a recipient may be sent. */
struct mta_hop {
    const char *next_hop;     /* as the server has it: "example.com", "[mx.example.com]:587" */
    const char *name;         /* its domain, host or address alone, lower case */
    unsigned port;            /* 0: the service's own, 25 as a rule */
    bool by_mx;               /* the name is a domain whose MX records are looked up */
    bool fallback;            /* used only where others cannot be reached */
    const char *service;      /* "smtp", "relay", "remote_smtp" */
    struct mta_source source; /* what sends mail there; file "" where it is the MX lookup alone */
    struct mta_policy policy; /* not valid where a fact of `facts` says that it is not known */
    struct mta_fact_list facts;
};

enum mta_fate {
    MTA_SENT,      /* to one of `hops` */
    MTA_KEPT,      /* delivered here, or to a program of ours */
    MTA_DISCARDED, /* thrown away */
    MTA_BOUNCED,
    MTA_DEFERRED,
    MTA_UNKNOWN /* by `facts`, or where these are empty by those of the server */
};

/* Where mail from a sender of ours for a recipient goes. */
struct mta_route {
    size_t question;       /* index */
    const char *recipient; /* the question's, or one at a name below its domain which a table has */
    const char *sender;    /* "" where it goes the same way from all senders */
    const char *below;     /* the key of that name; "" where the recipient is the question's */
    enum mta_fate fate;
    struct mta_source source; /* what decides `fate` */
    struct mta_hop *hops;
    size_t hop_count;
    struct mta_fact_list facts;
};

/* The reaction of our server to a client's mail in plaintext. */
struct mta_refusal {
    size_t client;       /* index */
    const char *command; /* "MAIL", "RCPT"; "" where no reply came */
    unsigned code;       /* of the reply to it */
    const char *reply;
    struct mta_fact_list facts; /* why it could not be asked */
};

enum mta_kind { MTA_POSTFIX, MTA_EXIM };

struct mta_server {
    enum mta_kind kind;
    const char *name; /* "/etc/postfix", "exim" */
    const char *version;
    struct mta_route *routes; /* one or more for each question, in their order, */
    size_t route_count;
    struct mta_refusal *refusals; /* and one for each client that was asked about */
    size_t refusal_count;
    struct mta_fact_list facts; /* about the server as a whole */
    struct mta_chunk *chunks;   /* owned memory */
    bool failed;                /* memory ran out */
};

struct mta_facts {
    struct mta_server *servers;
    size_t count;
};

/* --- for postfix and exim --- */

void mta_facts_init(struct mta_server *s, enum mta_kind kind, const char *name);
void mta_facts_free(struct mta_server *s);

/* A clean copy of `len` bytes that lives as long as the server, cut where it is longer than 1,000
 * bytes; "" where memory ran out. */
const char *mta_facts_copy(struct mta_server *s, const char *text, size_t len);

/* A source whose strings are copied; NULL is "". */
struct mta_source mta_facts_source(struct mta_server *s, const char *file, int line,
                                   const char *key, const char *value);

/* Each appends an element that is zeroed but for strings, which are "". The result is valid until
 * the next element is appended to the same array; NULL: memory ran out. */
struct mta_route *mta_facts_add_route(struct mta_server *s, size_t question, const char *recipient);
struct mta_hop *mta_facts_add_hop(struct mta_server *s, struct mta_route *r);
struct mta_refusal *mta_facts_add_refusal(struct mta_server *s, size_t client);

/* Appends a fact. `text`: raw, or NULL. */
void mta_facts_add_fact(struct mta_server *s, struct mta_fact_list *l, enum mta_fact_code code,
                        struct mta_source source, const char *text);

/* Appends a clean copy. */
void mta_facts_list_add(struct mta_server *s, struct mta_list *l, const char *text, size_t len);

#endif
