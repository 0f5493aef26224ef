/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of options that needs OpenSSL, for plugins that probe. */
#include <openssl/crypto.h>
#include <stdio.h>

#include "plugins/options.h"
#include "plugins/plugin.h"
#include "plugins/work.h"

const char *options_trust_library(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

/* Sets o->policy.profile to that of o->tls_profile, which is not NULL. Ends the process where it
 * cannot be read. */
static void load_profile(struct options *o)
{
    struct error e = {0};
    size_t count;
    const char *const *directories = plugin_profile_directories(&count);
    char text[sizeof e.text + 16];

    o->policy.profile = tls_profile_load(o->tls_profile, directories, count, &e);
    if (o->policy.profile)
        return;
    snprintf(text, sizeof text, "--tls-profile: %s", e.text);
    work_fail(text);
}

void options_trust(struct options *o)
{
    struct error e = {0};

    plugin_resolvers(&o->dns);
    o->dns.memory = &o->dns_memory;
    plugin_trust_environment(&o->trust);
    if (!plugin_openssl(&e))
        work_fail(e.text);
    o->policy.trust = trust_new(&o->trust, &e);
    if (!o->policy.trust)
        work_fail(e.text);
    o->policy.client_cert = o->trust.client_cert;
    if (o->tls_profile)
        load_profile(o);
}
