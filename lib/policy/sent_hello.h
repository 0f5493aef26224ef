/* SPDX-License-Identifier: BSD-2-Clause */
/* sent_hello: the ClientHello that our own mail server sends, as --hello names it, and what is
 * known about it. Plain copied data, nothing is owned; texts are clean. */
#ifndef POLICY_SENT_HELLO_H
#define POLICY_SENT_HELLO_H

#include <stddef.h>

#include "tls/hello_template.h"

enum sent_hello_source {
    SENT_HELLO_FILE,
    SENT_HELLO_POSTFIX,
    SENT_HELLO_EXIM,
    SENT_HELLO_OPENSSL /* our own OpenSSL, of which no mail server is known to have it */
};

/* Whether our mail server sends the large hello, with a key share for X25519MLKEM768. */
enum sent_hello_use {
    SENT_HELLO_NOT_KNOWN,
    SENT_HELLO_USED,               /* Postfix; the library has it, and no setting prevents it */
    SENT_HELLO_OLD_LIBRARY,        /* not before OpenSSL 3.5 */
    SENT_HELLO_OTHER_GROUPS,       /* not with the groups that are set */
    SENT_HELLO_LIBRARY_NOT_KNOWN,  /* if the library is OpenSSL 3.5 or later */
    SENT_HELLO_SETTINGS_NOT_KNOWN, /* if its configuration of OpenSSL does not prevent it */
    SENT_HELLO_OTHER_LIBRARY       /* not OpenSSL */
};

/* Which server name it has (RFC 6066 3). */
enum sent_hello_name {
    SENT_HELLO_NO_NAME,   /* none, but at the DANE levels the gateway's (RFC 7672 8.1) */
    SENT_HELLO_HOST_NAME, /* the gateway's */
    SENT_HELLO_FIXED_NAME /* server_name */
};

struct sent_hello {
    enum sent_hello_source source;
    enum sent_hello_use use;
    enum sent_hello_name name;
    char server_name[256];
    char program[120]; /* "Postfix 3.10.4", "Exim 4.96", a file's path; "" for our own OpenSSL */
    char library[64];  /* "OpenSSL 3.5.1"; "" where it is not known */
    struct hello_template template;
};

enum { SENT_HELLO_TITLE = 200 };

/* "Postfix 3.10.4 with OpenSSL 3.5.1" */
void sent_hello_title(const struct sent_hello *h, char out[SENT_HELLO_TITLE]);

/* The server name that is sent; NULL: none. `host` is the gateway's, NULL where none is to be
 * sent; `dane`: the TLS level is one of DANE. */
const char *sent_hello_server_name(const struct sent_hello *h, const char *host, bool dane);

#endif
