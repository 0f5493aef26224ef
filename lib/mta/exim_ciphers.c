/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_ciphers.h"

#include <string.h>

#include "policy/tls_policy.h"

/* TLS 1.0 to 1.3, as bits; SSL 3.0 has one more. */
enum { SSL3 = 1, TLS10 = 2, TLS11 = 4, TLS12 = 8, TLS13 = 16 };
enum { ALL = TLS10 | TLS11 | TLS12 | TLS13, MODERN = TLS12 | TLS13 };

struct word {
    const char *name;
    unsigned versions;
};

/* The keywords that a string may begin with. The secure levels have no suites for old versions
 * (GnuTLS 3.7). */
static const struct word beginnings[] = {{"NORMAL", ALL},
                                         {"PERFORMANCE", ALL},
                                         {"PFS", ALL},
                                         {"LEGACY", ALL},
                                         {"SECURE128", ALL},
                                         {"SECURE", ALL},
                                         {"SECURE192", MODERN},
                                         {"SECURE256", MODERN},
                                         {"SUITEB128", TLS12},
                                         {"SUITEB192", TLS12},
                                         {"NONE", 0}};

static const struct word names[] = {{"VERS-SSL3.0", SSL3},   {"VERS-TLS1.0", TLS10},
                                    {"VERS-TLS1.1", TLS11},  {"VERS-TLS1.2", TLS12},
                                    {"VERS-TLS1.3", TLS13},  {"VERS-TLS-ALL", ALL | SSL3},
                                    {"VERS-ALL", ALL | SSL3}};

/* The word of that name, in any case of letters; borrowed from `words`. NULL: there is none. */
static const struct word *find(const struct word *words, size_t count, struct span name)
{
    for (size_t i = 0; i < count; i++) {
        if (span_is_folded(name, words[i].name))
            return &words[i];
    }
    return NULL;
}

/* The set `versions` after one word of a priority string, without blanks: "+VERS-TLS1.3",
 * "-VERS-ALL", "!VERS-TLS1.0". A word that is about something else changes nothing. */
static unsigned apply(unsigned versions, struct span word)
{
    bool adds = word.len > 0 && *word.at == '+';
    const struct word *name;

    if (word.len < 2 || !strchr("+-!", *word.at))
        return versions;
    word.at++;
    word.len--;
    name = find(names, sizeof names / sizeof *names, word);
    if (!name)
        return versions;
    /* "all" are those that GnuTLS knows, and SSL 3.0 it does not any more. */
    if (adds && name->versions == (ALL | SSL3))
        return versions | ALL;
    return adds ? versions | name->versions : versions & ~name->versions;
}

/* The lowest version of a set of bits, as on the wire; 0: it has SSL 3.0, or is empty. */
static int lowest(unsigned versions)
{
    static const int numbers[] = {0, TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (versions >> i & 1u)
            return numbers[i];
    }
    return 0;
}

bool exim_ciphers_gnutls(struct span priority, int *version, struct span *wrong)
{
    struct span first = span_trim(span_until(&priority, ':'));
    const struct word *beginning;
    unsigned versions;

    *version = 0;
    *wrong = first;
    if (span_begins(first, "@"))
        return true; /* the system's own priorities, which only GnuTLS can read */
    beginning = find(beginnings, sizeof beginnings / sizeof *beginnings, first);
    if (!beginning)
        return false;
    versions = beginning->versions;
    while (priority.len > 0)
        versions = apply(versions, span_trim(span_until(&priority, ':')));
    *version = lowest(versions);
    return versions != 0;
}
