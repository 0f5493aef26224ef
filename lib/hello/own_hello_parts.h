/* SPDX-License-Identifier: BSD-2-Clause */
/* own_hello_parts: what own_hello asks Postfix and Exim. A part of own_hello. */
#ifndef HELLO_OWN_HELLO_PARTS_H
#define HELLO_OWN_HELLO_PARTS_H

#include "base/process.h"
#include "hello/own_hello.h"
#include "tls/hello_openssl.h"

enum { OWN_HELLO_OUTPUT_MAX = 1024 * 1024, OWN_HELLO_KEY_SHARE = 305 /* OpenSSL 3.5 has one */ };

/* Each fills *out, zeroed before, by asking the mail server. Errors as of own_hello_load. */
bool own_hello_parts_postfix(const struct own_hello_config *c, struct sent_hello *out,
                             struct error *e);
bool own_hello_parts_exim(const struct own_hello_config *c, struct sent_hello *out,
                          struct error *e);

/* Runs a program. True: it ended with status 0, and process_result_free is due. False with `e`
 * filled, and nothing to free; out->end is PROCESS_MISSING where there is no such program. */
bool own_hello_parts_run(const char *const *argv, instant deadline, struct process_result *out,
                         struct error *e);

/* Makes the hello that our OpenSSL sends with these settings, to which the key share that newer
 * versions send is added. `of`: whose settings these are, for an error, "Postfix". False with `e`
 * filled. */
bool own_hello_parts_make(const struct hello_openssl_settings *s, const char *of,
                          struct hello_template *out, struct error *e);

/* Sets h->library to the first two words of `text`, "OpenSSL 3.5.1 1 Jul 2025". Returns the version
 * as in 305 for 3.5; 0: it is none of OpenSSL, and h->library is "". */
int own_hello_parts_library(const char *text, struct sent_hello *h);

#endif
