/* SPDX-License-Identifier: BSD-2-Clause */
/* observation: what a session with one gateway address saw; facts, no severity.
 *
 * Hides which of them may be read while the session is under way on another thread. */
#ifndef PROBE_OBSERVATION_H
#define PROBE_OBSERVATION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "smtp/conn.h"
#include "probe/handshake.h"
#include "tls/client_cert.h"
#include "tls/revocation.h"
#include "smtp/smtp_reply.h"
#include "policy/stage.h"
#include "base/strings.h"
#include "base/text.h"
#include "tls/trust.h"

/* Why a stage did not do what it should. */
enum probe_fault {
    PROBE_FINE,
    PROBE_NO_ROUTE, /* the kernel has none for this address family */
    PROBE_LOCAL,    /* this machine ran out of memory or files */
    PROBE_FAILED,   /* refused, reset, unreachable */
    PROBE_SILENT,   /* nothing whole came in time */
    PROBE_CLOSED,   /* the peer closed the connection in order */
    PROBE_NO_SMTP,
    PROBE_BROKEN,      /* a reply beyond the limits, or without an end */
    PROBE_REJECTED,    /* a reply with a code of another class than is due */
    PROBE_NOT_OFFERED, /* STARTTLS; for MAIL and RCPT, SMTPUTF8 */
    PROBE_TLS,         /* OpenSSL's reason is in the text */
    PROBE_UNFINISHED   /* under way when the run ended */
};

struct stage_fact {
    bool entered, passed;
    enum probe_fault fault;
    int code;            /* SMTP reply code, 0: none */
    int alert;           /* that ended the session (RFC 8446 6.2), 0: none */
    unsigned deviations; /* bits of enum smtp_deviation */
    int64_t us;          /* how long it took, -1: it had nothing to wait for */
    const char *text;    /* reply, reason or fault, cleaned */
    const char *seen;    /* what came of a reply that is broken or has no end, cleaned */
    const char *echo; /* what a refusal repeats of our command, where a middlebox overwrote it with
                         X */
    const char *odd;  /* the line that shows the deviations, cleaned */
};

/* A stage without facts. */
#define STAGE_FACT_NONE .text = "", .seen = "", .echo = "", .odd = ""

struct recipient_fact {
    enum probe_fault fault;
    int code;
    const char *text, *seen; /* as those of a stage */
};

/* The outcome of a session in plaintext (--refuses-plaintext). */
struct plaintext_fact {
    bool asked;
    enum stage at; /* the last stage that was entered */
    enum probe_fault fault;
    int code; /* of the reply that decided */
    const char *text;
    bool xclient_failed; /* we could not present ourselves as the client: why is in `text` */
};

/* The OCSP response that was stapled to a handshake, about its certificate. */
struct staple {
    bool came;
    struct revocation_fact fact;
};

/* A further handshake, and the certificate that it brought. */
struct extra_handshake {
    struct handshake handshake;
    bool has_chain;
    struct trust_facts chain;
    struct staple staple; /* asked for by that of the other kind */
};

/* How further handshakes differ that look for the cause of a failed one, in this order. */
enum diagnosis_kind {
    DIAGNOSIS_LAX, /* everything allowed */
    DIAGNOSIS_NO_SNI,
    DIAGNOSIS_TLS_1_2, /* nothing else */
    DIAGNOSIS_GROUPS,  /* curves that clients do not offer */
    DIAGNOSIS_COUNT
};

/* They end with the first that succeeds. */
struct diagnosis {
    struct handshake tries[DIAGNOSIS_COUNT];
};

/* The bits in `final` that follow those of the stages. */
enum { OBSERVATION_PLAINTEXT_FINAL = STAGE_COUNT, OBSERVATION_OFFER_FINAL };

/* How long texts are, the NUL included. */
enum { OBSERVATION_TEXT_SIZE = 200, OBSERVATION_SEEN_SIZE = 120, OBSERVATION_INJECTED_SIZE = 64 };

/* The facts of one session. No text is NULL; each is at most as long as OBSERVATION_*_SIZE says,
 * the NUL included. */
struct observation {
    /* For the main thread while the session runs: the stage under way (STAGE_DNS: not begun), since
     * when, and a bit for each stage whose facts are final, the details below included. */
    atomic_int at;
    _Atomic instant since;
    atomic_uint final;
    atomic_bool done; /* all is final */

    struct strings texts; /* owns the texts that follow */
    struct stage_fact stages[STAGE_COUNT];
    const char *keywords; /* of the EHLO reply in plaintext */
    bool stripped;
    const char *stripped_by;
    bool starttls_first; /* STARTTLS is where the host's name is due */
    size_t injected; /* plaintext that nothing was asked for, before or after STARTTLS's reply */
    bool injected_before;
    const char *injected_text;
    enum conn_client client;     /* what became of a request for a client certificate */
    struct client_cert own_cert; /* the request, where one came, and our certificate */
    bool has_tls;
    struct conn_tls tls;
    bool has_offer;           /* a whole reply to EHLO came inside TLS */
    const char *tls_keywords; /* of that reply */
    bool requiretls;          /* is among them, also where they did not fit */
    bool has_chain;
    struct trust_facts chain;
    const struct staple *staple;       /* owned where one came */
    struct diagnosis *diagnosis;       /* after a failed handshake, else NULL; owned */
    struct recipient_fact *recipients; /* in the request's order, as far as they were asked */
    size_t recipient_count;
    struct plaintext_fact plaintext;
    struct plaintext_fact plaintext_again; /* after the session with TLS; final with `done` */
    bool wrapped; /* TLS where a greeting is due: it waits for ours, or sent its own; final with
                   * `done` */
    bool xclient_failed; /* in the session with TLS: why is in `xclient_text`; final with `done` */
    const char *xclient_text;
    struct text transcript;

    /* Certificates as other senders see them, written after `done` and final with `looked`. Owned
     * where they were looked for. */
    atomic_bool looked;
    const struct extra_handshake *without_sni; /* where SNI is sent */
    const struct extra_handshake *again;       /* with SNI once more, where that differs */
    const struct extra_handshake
        *other_kind; /* RSA where the first one is ECDSA, and the reverse */
};

/* Nothing seen yet. Nothing is owned. */
void observation_init(struct observation *o);

/* Copies to be put into an observation, which then owns them; of a handshake the chain is taken
 * over. Where memory runs out, they say so. */
const struct staple *observation_keep_staple(const struct staple *s);
const struct extra_handshake *observation_keep_handshake(struct extra_handshake *h);

/* Copies what is final of a session that may be under way on another thread; PROBE_UNFINISHED
 * stands at the stage it is in. A copy shares the observation's memory. */
void observation_snapshot(const struct observation *o, struct observation *out);
void observation_clear(struct observation *o);

/* What is judged of all sessions: observations that are final are read in place, sessions under way
 * are copied, and those that have not begun share one observation. */
struct observation_view {
    const struct observation **at; /* of each observation; owned */
    struct observation *copies;    /* owned */
};

/* False: memory. */
bool observation_view_take(const struct observation *o, size_t count, struct observation_view *out);
void observation_view_clear(struct observation_view *v);

/* The chain of another machine behind the address, where one more look with SNI met another
 * certificate than the first; else NULL. */
const struct trust_facts *observation_second_chain(const struct observation *o);

/* The chain of the other kind of key, where one is served besides; else NULL. */
const struct trust_facts *observation_other_chain(const struct observation *o);

/* Whether the text of a refusal says that it is for the lack of TLS: "encryption", "STARTTLS". */
bool observation_names_tls(const char *text);

#endif
