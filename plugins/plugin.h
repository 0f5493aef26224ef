/* SPDX-License-Identifier: BSD-2-Clause */
/* plugin: what every plugin takes from its environment and from the machine. */
#ifndef PLUGINS_PLUGIN_H
#define PLUGINS_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "dns/dns.h"
#include "tls/trust.h"

/* This machine's fully qualified name, or "" where it has none. */
void plugin_fqdn(char *out, size_t cap);

/* The path of a shipped example, "partners/tuv.ini": where `make install` has put it, seen from the
 * program; in the source otherwise. */
void plugin_example(const char *name, char *out, size_t cap);

/* The directories where profiles of --tls-profile are looked for by their names, in order: where
 * `make install` has put them, seen from the program; in the source otherwise; and those of
 * packages. Static; *count is how many. For one thread. */
const char *const *plugin_profile_directories(size_t *count);

/* Fills in the resolvers and options of resolv.conf(5) where there are no resolvers yet, or else
 * loopback. The options of RES_OPTIONS count in both cases. */
void plugin_resolvers(struct dns_config *c);

/* SSL_CERT_FILE and SSL_CERT_DIR. */
void plugin_trust_environment(struct trust_config *c);

/* Starts OpenSSL with the configuration of OPENSSL_CONF, or its own; before anything of OpenSSL's.
 * False with `e` filled. */
bool plugin_openssl(struct error *e);

#endif
