/* SPDX-License-Identifier: BSD-2-Clause */
/* profile_facts: what a gateway answered to hellos that offer what a TLS profile does not allow;
 * facts, no severity. Plain copied data, nothing is owned. */
#ifndef PROBE_PROFILE_FACTS_H
#define PROBE_PROFILE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/hello_ask.h"
#include "tls/tls_code.h"

enum { PROFILE_CONNECTIONS_MAX = 8, PROFILE_REASON = 160 };

/* What a hello is to find out, in the order in which they are sent first. */
enum profile_question {
    PROFILE_TLS_1_3,    /* whether it speaks that, where the session did not */
    PROFILE_VERSIONS,   /* below TLS 1.3, without the versions that are allowed */
    PROFILE_SUITES_1_3, /* the others offer the same of their kind */
    PROFILE_GROUPS_1_3,
    PROFILE_SUITES_1_2,
    PROFILE_GROUPS_1_2, /* elliptic curves */
    PROFILE_FIELD_1_2,  /* which finite field the server has for DHE */
    PROFILE_SIGNATURES, /* of the key exchange with TLS 1.2 */
    PROFILE_REQUIRED,   /* something that the profile requires, alone */
    PROFILE_HYBRIDS,    /* groups with ML-KEM, alone */
    PROFILE_CONTROL,    /* what any server accepts: whether it still answers */
    PROFILE_QUESTIONS
};

/* How the answers to a question stand. */
enum profile_outcome {
    PROFILE_NOT_ASKED, /* no connection was left, or the gateway ended them */
    PROFILE_NOT_DUE,   /* nothing to offer, or a version that the gateway does not speak */
    PROFILE_WHOLE,     /* nothing more is to be found */
    PROFILE_HARMLESS,  /* what is forbidden was refused; what is being phased out was accepted, and
                          more of that may be */
    PROFILE_OPEN       /* something was accepted, and more may be */
};

/* The alerts that refuse a hello (RFC 8446 6.2). */
enum {
    PROFILE_HANDSHAKE_FAILURE = 40,
    PROFILE_PROTOCOL_VERSION = 70,
    PROFILE_INSUFFICIENT_SECURITY = 71
};

struct profile_answer {
    enum profile_question question;
    enum hello_ask_end end; /* HELLO_ASK_ALERT: one that refuses what was offered;
                               HELLO_ASK_CLOSED: perhaps with another alert; HELLO_ASK_MALFORMED:
                               perhaps something that was not offered */
    uint16_t asked;         /* for PROFILE_REQUIRED: the number, of kind asked_kind */
    int asked_kind;         /* enum tls_code_kind */
    uint16_t version, suite, group, signature; /* as struct server_hello has them */
    unsigned dh_bits;
    int alert; /* with HELLO_ASK_ALERT and HELLO_ASK_CLOSED; 0: none, or close_notify */
    int code;  /* of the SMTP reply, where it did not come to the handshake; 0: none */
};

struct profile_facts {
    struct profile_answer at[PROFILE_CONNECTIONS_MAX];
    size_t count; /* connections that were made */
    enum profile_outcome outcomes[PROFILE_QUESTIONS];
    bool stopped;  /* the gateway or our side ended it early: the last answer says how */
    bool in_doubt; /* connections ended without a refusal, or everything was refused, and the
                      control was not accepted either: refusals may be none */
    char reason[PROFILE_REASON]; /* of the last answer, clean; "" where there is nothing to say */
};

/* What an answer says of a kind; 0: nothing. */
unsigned profile_facts_number(const struct profile_answer *a, enum tls_code_kind kind);

/* Whether PROFILE_REQUIRED has asked for a number. */
bool profile_facts_required(const struct profile_facts *f, enum tls_code_kind kind,
                            unsigned number);

#endif
