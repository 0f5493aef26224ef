/* observation: what a session with one gateway address saw; facts, no severity.
 *
 * Hides which of them may be read while the session is under way on another thread. */
#ifndef OBSERVATION_H
#define OBSERVATION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "conn.h"
#include "look.h"
#include "revocation.h"
#include "smtp_reply.h"
#include "stage.h"
#include "text.h"
#include "trust.h"

/* Why a stage did not do what it should. */
enum probe_fault {
    PROBE_FINE,
    PROBE_NO_ROUTE, /* the kernel has none for this address family */
    PROBE_LOCAL,    /* our side ran short */
    PROBE_FAILED,   /* refused, reset, unreachable */
    PROBE_SILENT,   /* nothing whole came in time */
    PROBE_CLOSED,   /* the peer closed the connection in order */
    PROBE_NO_SMTP,
    PROBE_BROKEN,      /* breaks RFC 5321 or the limits */
    PROBE_REJECTED,    /* a reply with another code than is due */
    PROBE_NOT_OFFERED, /* STARTTLS */
    PROBE_TLS,         /* OpenSSL's reason is in the text */
    PROBE_UNFINISHED   /* under way when the run ended */
};

struct stage_fact {
    bool entered, passed;
    enum probe_fault fault;
    int code;       /* SMTP reply code, 0: none */
    int64_t us;     /* how long it took, -1: it had nothing to wait for */
    char text[200]; /* reply, reason or fault, cleaned */
};

struct recipient_fact {
    enum probe_fault fault;
    int code;
    char text[200];
};

/* What a session in clear met (--refuses-plaintext). */
struct plaintext_fact {
    bool asked;
    enum stage at; /* the last stage that was entered */
    enum probe_fault fault;
    int code; /* of the reply that decided */
    char text[200];
};

/* What came stapled to a handshake, about its certificate. */
struct staple {
    bool came;
    struct revocation_fact fact;
};

/* A further handshake, and the certificate that it brought. */
struct second_look {
    struct look look;
    bool has_chain;
    struct trust_facts chain;
    struct staple staple; /* asked for by that of the other kind */
};

/* Of the bits in `final`, the one behind those of the stages. */
enum { OBSERVATION_PLAINTEXT_FINAL = STAGE_COUNT };

struct observation {
    /* For the main thread while the session runs: the stage under way (STAGE_DNS: not begun), since
     * when, and a bit for each stage whose facts are final, the details below included. */
    atomic_int at;
    _Atomic instant since;
    atomic_uint final;
    atomic_bool done; /* all is final */

    struct stage_fact stages[STAGE_COUNT];
    char keywords[256]; /* of the EHLO reply in clear */
    bool stripped;
    char stripped_by[32];
    size_t injected; /* bytes in clear behind the 220 to STARTTLS */
    char injected_text[64];
    bool has_tls;
    struct conn_tls tls;
    bool has_chain;
    struct trust_facts chain;
    struct staple staple;
    struct look diagnosis;             /* with everything allowed, after a failed handshake */
    struct recipient_fact *recipients; /* in the request's order, as far as they were asked */
    size_t recipient_count;
    struct plaintext_fact plaintext;
    struct text transcript;

    /* What other senders see, written behind `done` and final with `looked`. */
    atomic_bool looked;
    struct second_look without_sni; /* where SNI is sent */
    struct second_look other_kind;  /* RSA where the first one is ECDSA, and the reverse */
};

/* Copies what is final of a session that may be under way on another thread; PROBE_UNFINISHED
 * stands at the stage it is in. A copy shares the observation's memory. */
void observation_snapshot(const struct observation *o, struct observation *out);
void observation_clear(struct observation *o);

/* The chain of the other kind of key, where one is served besides; else NULL. */
const struct trust_facts *observation_other_chain(const struct observation *o);

#endif
