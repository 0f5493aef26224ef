/* finding: all that can be found, what each counts as, and a list of judged facts.
 *
 * Hides the table. Pure. */
#ifndef FINDING_H
#define FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "stage.h"

/* The monitoring plugins' states; the values are their exit statuses. */
enum state { STATE_OK, STATE_WARNING, STATE_CRITICAL, STATE_UNKNOWN };

const char *state_name(enum state s);                    /* "WARNING" */
bool state_from_name(const char *name, enum state *out); /* case folded */
/* CRITICAL > WARNING > UNKNOWN > OK */
enum state state_worse(enum state a, enum state b);
int state_rank(enum state s);

enum finding_code {
    F_DNS_FAILURE,
    F_DNSSEC_INVALID,
    F_DOMAIN_NOT_FOUND,
    F_NULL_MX,
    F_NO_ADDRESS,
    F_MX_IS_CNAME,
    F_FAMILY_UNAVAILABLE,
    F_CONNECTION_FAILED,
    F_NO_GATEWAY_REACHABLE,
    F_THROTTLED,
    F_GREETING_REJECTED,
    F_EHLO_REJECTED,
    F_PROTOCOL_ERROR,
    F_STARTTLS_NOT_SUPPORTED,
    F_STARTTLS_STRIPPED,
    F_STARTTLS_REFUSED,
    F_STARTTLS_INJECTION,
    F_TLS_HANDSHAKE_FAILED,
    F_TLS_VERSION,
    F_CERTIFICATE_EXPIRED,
    F_CERTIFICATE_NOT_YET_VALID,
    F_CERTIFICATE_EXPIRING,
    F_CERTIFICATE_SUPERFLUOUS,
    F_CERTIFICATE_HOST_MISMATCH,
    F_CERTIFICATE_NOT_TRUSTED,
    F_CERTIFICATE_CN_ONLY,
    F_CERTIFICATE_WEAK,
    F_CERTIFICATE_REVOKED,
    F_OCSP_UNAVAILABLE,
    F_MUST_STAPLE_MISSING,
    F_CERTIFICATES_DIFFER,
    F_SNI_DEPENDENT,
    F_FINGERPRINT_MISMATCH,
    F_TLSA_INVALID,
    F_TLSA_UNUSABLE,
    F_DANE_ABSENT,
    F_DANE_REQUIRED,
    F_STS_POLICY_FETCH_ERROR,
    F_STS_POLICY_INVALID,
    F_STS_WEBPKI_INVALID,
    F_STS_MX_MISMATCH,
    F_TLSRPT_INVALID,
    F_SENDER_REJECTED,
    F_RECIPIENT_REJECTED,
    F_DEFERRED,
    F_PLAINTEXT_ACCEPTED,
    F_PLAINTEXT_INCONCLUSIVE,
    F_SLOW,
    F_MX_UNDECLARED,
    F_MX_MISSING,
    F_CERTIFICATE_CN_CHANGED,
    F_ISSUER_CHANGED,
    F_OWN_POLICY_MISSING,
    F_OWN_POLICY_WEAK,
    F_FORM_INVALID,
    F_NOT_PROBED,
    FINDING_COUNT
};

/* Which TLS levels let a finding count. */
enum finding_group { GROUP_ALWAYS, GROUP_TLS, GROUP_CERT };

/* The plugins, as a set. */
enum { FINDING_OF_SMTP_TLS = 1, FINDING_OF_MX_CERT = 2, FINDING_OF_PARTNER_POLICY = 4 };

struct finding_info {
    const char *code;
    enum state state;       /* at level verify */
    const char *state_note; /* where the state depends on more, else NULL */
    enum finding_group group;
    const char *when; /* one line for people */
};

const struct finding_info *finding_info(enum finding_code c);
/* Whether the plugin, one of FINDING_OF_..., can meet it. */
bool finding_is_of(enum finding_code c, unsigned plugin);
bool finding_from_code(const char *code, enum finding_code *out);

#define FINDING_NONE ((size_t)-1)

struct finding {
    enum finding_code code;
    enum state state;             /* what it counts as, --on included */
    enum state level_state;       /* what it counts as without --on */
    enum stage stage;             /* STAGE_COUNT: none in particular */
    size_t target, host, address; /* indices, FINDING_NONE where it is about more than one */
    size_t order;                 /* place of its target or gateway in the output */
    size_t next;                  /* the earlier one in its bucket plus 1; 0: none */
    size_t after;                 /* in a verdict, the next of the same partner; FINDING_NONE */
    char headline[160];           /* what is wrong, fit for a pager */
    char detail[440];             /* expected and seen; may be "" */
};

enum { FINDING_BUCKETS = 512 };

/* A growing list. Begins zeroed; finding_list_clear frees it. */
struct finding_list {
    struct finding *at;
    size_t count;
    size_t buckets[FINDING_BUCKETS]; /* by place and code, until it is sorted: the latest plus 1 */
    bool failed;                     /* memory ran out */
};

/* Appends a zeroed finding and returns it; NULL where memory ran out. */
struct finding *finding_add(struct finding_list *l, enum finding_code code);

/* Appends a copy, unless one of the same words is there about the same gateway and address,
 * whatever target led there, or without a gateway about the same target. Not to a list that is
 * sorted. */
void finding_add_once(struct finding_list *l, const struct finding *f);

/* Worst first, of one state faults before expiry and slowness, then in the order of targets and
 * gateways, then by address. */
void finding_sort(struct finding_list *l);
void finding_list_clear(struct finding_list *l);

#endif
