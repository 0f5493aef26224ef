/* SPDX-License-Identifier: BSD-2-Clause */
/* DER to facts; where a name matches, it has to show in the facts. */
#include <openssl/x509.h>
#include <string.h>
#include <strings.h>

#include "tls/cert.h"
#include "fuzz.h"

static void look_at(const struct cert_facts *c)
{
    const char *const texts[] = {c->subject, c->issuer,    c->cn,  c->issuer_cn,
                                 c->serial,  c->signature, c->aia, c->key};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        HOLDS(fuzz_is_clean(texts[i]));
    HOLDS(c->name_count <= CERT_NAMES_MAX && (c->name_count == 0 || c->names));
    for (size_t i = 0; i < c->name_count; i++)
        HOLDS(c->names[i] && fuzz_is_clean(c->names[i]) && strlen(c->names[i]) < 256);
    HOLDS(strlen(c->sha256) == 64 && strspn(c->sha256, "0123456789abcdef") == 64);
    HOLDS(strlen(c->key_sha256) == 64 && strspn(c->key_sha256, "0123456789abcdef") == 64);
    HOLDS(strspn(c->serial, "-0123456789ABCDEF") == strlen(c->serial));
    HOLDS(*cert_title(c) || *c->cn == '\0');
    HOLDS(cert_lifetime_days(c) == cert_lifetime_days(c)); /* no NaN */
    HOLDS(!c->served && c->path == 0);
}

static bool lists(const struct cert_facts *c, const char *name)
{
    const char *dot = strchr(name, '.');

    for (size_t i = 0; i < c->name_count; i++) {
        const char *n = c->names[i];

        if (strcasecmp(n, name) == 0)
            return true;
        if (n[0] == '*' && n[1] == '.' && dot && strcasecmp(n + 1, dot) == 0)
            return true;
        if (name[0] == '.' && strlen(n) > strlen(name) &&
            strcasecmp(n + strlen(n) - strlen(name), name) == 0)
            return true;
    }
    return false;
}

static void match(X509 *x, const struct cert_facts *c, const char *name)
{
    enum cert_match m = cert_matches(x, name);

    HOLDS(m == CERT_MATCH_NONE || m == CERT_MATCH_SAN || m == CERT_MATCH_CN);
    if (m == CERT_MATCH_SAN && c->name_count < CERT_NAMES_MAX)
        HOLDS(lists(c, name));
    if (m == CERT_MATCH_CN)
        HOLDS(!c->has_dns_name && *c->cn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"mx1.example.test", "example.test", ".example.test",
                                        "127.0.0.1",        "::1",          "a.b.example.test"};
    struct cert_facts facts, again;
    const unsigned char *p = data;
    X509 *x = d2i_X509(NULL, &p, (long)size);

    if (!x)
        return 0;
    if (cert_facts_from(x, &facts)) {
        look_at(&facts);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            match(x, &facts, names[i]);
        HOLDS(cert_facts_from(x, &again) && strcmp(again.sha256, facts.sha256) == 0);
        cert_facts_clear(&again);
    }
    cert_facts_clear(&facts);
    HOLDS(facts.name_count == 0 && !facts.names);
    X509_free(x);
    return 0;
}
