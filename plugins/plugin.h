/* plugin: what every plugin does around its work: process, environment, one write, one exit. */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <stdbool.h>

#include "dns.h"
#include "err.h"
#include "finding.h"
#include "pool.h"
#include "text.h"
#include "trust.h"

/* Call first: SIGPIPE is ignored, the signals that pool watches are blocked, OpenSSL leaves exit
 * alone. */
void plugin_begin(void);

/* This machine's fully qualified name, or "" where it has none. */
void plugin_fqdn(char *out, size_t cap);

/* Fills in the resolvers of resolv.conf(5) where there are none yet, or else loopback. */
void plugin_system_resolvers(struct dns_config *c);

/* SSL_CERT_FILE and SSL_CERT_DIR. */
void plugin_trust_environment(struct trust_config *c);

/* Reads a whole file of at most `max` bytes; the caller frees it. NULL with `e` filled. */
char *plugin_read_file(const char *path, size_t max, size_t *len, struct err *e);

/* Whether the process will end by `exit`, as sanitizers and coverage need it, which report then;
 * else it ends by `_exit` and nothing needs to be freed. */
bool plugin_exits_in_order(enum pool_end end);

/* Writes `out` to stdout in one go and exits with the state; with UNKNOWN where the text is not
 * whole or cannot be written. `end`: whether worker threads may still run. */
_Noreturn void plugin_end(const char *service, const struct text *out, enum state state,
                          enum pool_end end);

/* "SERVICE UNKNOWN - text", exit 3. */
_Noreturn void plugin_usage_error(const char *service, const char *text);

#endif
