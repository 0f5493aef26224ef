/* SPDX-License-Identifier: BSD-2-Clause */
/* http: one bounded GET or POST.
 *
 * Hides libcurl, which check_mx_cert alone is linked with. It looks no name up, follows no
 * redirect, takes no proxy from the environment, and ends at its deadline and at its size limit. */
#ifndef WEB_HTTP_H
#define WEB_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/deadline.h"

/* The trust store that the server's certificate is verified with; its CN never counts (RFC
 * 8461 3.3). */
struct http_trust {
    const char *file, *dir; /* as trust_paths has them */
    time_t now;
};

/* How many bytes the bodies of several answers may have together. */
struct http_budget {
    atomic_size_t left;
    size_t max;
};

void http_budget_init(struct http_budget *b, size_t max);
/* After a body that was taken from the budget is freed: its answer's `room`. */
void http_budget_give_back(struct http_budget *b, size_t room);

struct http_request {
    const char *url;
    bool plain;             /* http:// will do too: what comes is signed */
    const char *addresses;  /* of the URL's host, separated by commas; where it is a name, nothing
                               else is asked */
    const char *connect_to; /* "address:port" instead, [v6]:port; or NULL */
    const void *body;       /* of a POST, or NULL */
    size_t body_len;
    const char *body_type;
    size_t max;                 /* bytes of the answer's body */
    struct http_budget *budget; /* that the body is taken from, or NULL */
    instant deadline;
};

enum http_status {
    HTTP_ANSWERED,  /* a whole answer, whatever its code */
    HTTP_UNTRUSTED, /* the server's certificate does not verify */
    HTTP_TOO_LARGE, /* beyond `max`, or beyond what the budget has left */
    HTTP_TIMEOUT,
    HTTP_FAILED, /* `why` */
    HTTP_LOCAL   /* our memory */
};

struct http_answer {
    enum http_status status;
    long code;
    char type[100];   /* Content-Type, cleaned */
    char *body;       /* owned */
    size_t len, room; /* bytes of the body; bytes allocated */
    char why[160];    /* there is no answer; means nothing with HTTP_ANSWERED */
};

/* Once, before threads. False: libcurl does not start. */
bool http_begin(void);

/* The host of a URL that http_do would take, a name or an address without brackets. False: none. */
bool http_host(const char *url, char *out, size_t cap);

/* Always fills *out; http_answer_clear frees it. */
void http_do(const struct http_trust *trust, const struct http_request *r, struct http_answer *out);
void http_answer_clear(struct http_answer *a);

#endif
