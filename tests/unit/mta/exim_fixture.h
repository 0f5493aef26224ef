/* SPDX-License-Identifier: BSD-2-Clause */
/* exim_fixture: a program in the place of Exim, and what exim_ask makes of its answers, as text. */
#ifndef EXIM_FIXTURE_H
#define EXIM_FIXTURE_H

#include <stddef.h>

#include "base/text.h"
#include "mta/exim.h"

/* Where the program and its answers are: "version", "settings", "lists", "routes", "texts" (for
 * sed), "replies" and "status"; it writes "calls", "asked" and "session". */
struct exim_place {
    char dir[32];
};

void exim_place_make(struct exim_place *p);
void exim_place_drop(const struct exim_place *p);
void exim_place_put(const struct exim_place *p, const char *name, const char *text);
void exim_place_get(const struct exim_place *p, const char *name, char *text, size_t cap);

/* About postmaster@example.test, with 20 s; `senders` has a second one. */
struct mta_ask exim_one_question(void);

void exim_describe(const struct mta_server *s, struct text *t);

/* Asks, and compares the description. */
void exim_check(const char *config, const struct mta_ask *ask, const char *due);

/* --- what Exim 4.96 prints, shortened --- */

#define BUILT                                                                                      \
    "Exim version 4.96 #2 built 26-Nov-2026 14:26:47\n"                                            \
    "Support for: crypteq iconv() IPv6 GnuTLS TLS_resume DANE DKIM DNSSEC\n"

#define LOOKUP                                                                                     \
    "primary_hostname = mx1.example.com\n\n"                                                       \
    "dnslookup router:\naddress_test\ncondition = \ndnssec_request_domains = *\n"                  \
    "domains = ! +local_domains\ndriver = dnslookup\ntransport = remote_smtp\n\n"                  \
    "remote_smtp transport:\ndriver = smtp\n"
#define DEFAULTS                                                                                   \
    "hosts_avoid_tls = \nhosts_require_dane = \nhosts_try_dane = *\nprotocol = smtp\n"             \
    "tls_require_ciphers = \ntls_try_verify_hosts = *\ntls_verify_cert_hostnames = *\n"            \
    "tls_verify_certificates = system\n"
#define ROUTED                                                                                     \
    "> postmaster@example.test\n  router = dnslookup, transport = remote_smtp\n"                   \
    "  host mx.example.test  [192.0.2.1] MX=10\n  host mx2.example.test [192.0.2.2] MX=20\n> "
#define BY "0 sent\n  example.test (MX) by remote_smtp\n   "
#define T "[transport remote_smtp: "
#define REQUIRED "hosts_require_tls = *\ntls_verify_hosts = *\n"
#define VERIFIED BY "verify match=hostname " T "tls_verify_hosts = *]\n"

#define STRICT DEFAULTS REQUIRED
#define ROUTER(name, options) "\n" name " router:\naddress_test\n" options
#define TRANSPORT(name, options) "\n" name " transport:\n" options
#define WITH(router) "> postmaster@example.test\n  router = " router "\n"

#endif
