/* SPDX-License-Identifier: BSD-2-Clause */
/* own_hello: what --hello names, to the ClientHello that our mail server sends.
 *
 * Hides how Postfix and Exim are asked for what their hello depends on. The hello is made by our
 * own OpenSSL with their settings, and the key share for X25519MLKEM768 added where their library
 * would send it; or it is read from a file. */
#ifndef HELLO_OWN_HELLO_H
#define HELLO_OWN_HELLO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"
#include "base/error.h"
#include "policy/sent_hello.h"

struct own_hello_config {
    const char *value;   /* "postfix", "exim", "openssl", or a file's path */
    const char *postfix; /* its configuration directory; NULL: its default */
    const char *exim;    /* its configuration file; NULL: its default */
    instant deadline;    /* for the mail server's programs */
};

/* Fills *out. False with `e` filled: the file is no such hello, the mail server's programs did not
 * answer, or it sends no TLS 1.3. */
bool own_hello_load(const struct own_hello_config *c, struct sent_hello *out, struct error *e);

/* What an entry of smtp_tls_policy_maps has in place of parameters; NULL: nothing. */
struct own_hello_entry {
    const char *protocols, *ciphers, *exclude, *servername;
};

/* Fills out[i] with the hello of our Postfix for destinations with entries[i]; out[i].template.len
 * is 0 where Postfix sends none that is large, because the entry leaves TLS 1.3 out or cannot be
 * used. False with `e` filled: Postfix did not answer, or memory is short. c->value is not read. */
bool own_hello_load_entries(const struct own_hello_config *c, const struct own_hello_entry *entries,
                            size_t count, struct sent_hello *out, struct error *e);

/* Whether OpenSSL 3.5 and later send a key share for X25519MLKEM768 with the groups of
 * tls_eecdh_auto_curves and tls_ffdhe_auto_groups, in the syntax of OpenSSL 3.5. Both empty:
 * OpenSSL's default, which does. */
bool own_hello_groups_send(const char *curves, const char *ffdhe);

#endif
