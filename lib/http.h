/* http: one bounded GET or POST.
 *
 * Hides libcurl, which check_mx_cert alone is linked with. It looks no name up, follows no
 * redirect, takes no proxy from the environment, and ends at its deadline and at its size limit. */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "deadline.h"

/* What the server's certificate is verified against; its CN never counts (RFC 8461 3.3). */
struct http_trust {
    const char *file, *dir; /* as trust_paths has them */
    time_t now;
};

struct http_request {
    const char *url;
    bool plain;             /* http:// will do too: what comes is signed */
    const char *addresses;  /* of the URL's host, separated by commas; where it is a name, nothing
                               else is asked */
    const char *connect_to; /* "address:port" instead, [v6]:port; or NULL */
    const void *body;       /* of a POST, or NULL */
    size_t body_len;
    const char *body_type;
    size_t max; /* bytes of the answer's body */
    instant deadline;
};

enum http_status {
    HTTP_ANSWERED,  /* a whole answer, whatever its code */
    HTTP_UNTRUSTED, /* the server's certificate does not verify */
    HTTP_TOO_LARGE,
    HTTP_TIMEOUT,
    HTTP_FAILED, /* `why` */
    HTTP_LOCAL   /* our memory */
};

struct http_answer {
    enum http_status status;
    long code;
    char type[100]; /* Content-Type, cleaned */
    char *body;     /* owned */
    size_t len;
    char why[160];
};

/* Once, before threads. False: libcurl does not start. */
bool http_begin(void);

/* The host of a URL that http_do would take, a name or an address without brackets. False: none. */
bool http_host(const char *url, char *out, size_t cap);

/* Always fills *out; http_answer_clear frees it. */
void http_do(const struct http_trust *trust, const struct http_request *r, struct http_answer *out);
void http_answer_clear(struct http_answer *a);

#endif
