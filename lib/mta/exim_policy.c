/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mta/exim_ciphers.h"
#include "mta/exim_match.h"
#include "mta/mta_files.h"

enum { NAME_SIZE = 256, PATH_SIZE = 1024 };

/* One host that is looked at; exim_policy_of sets it up. */
struct look {
    const struct exim_way *way;
    const struct exim_subject *subject;
    struct exim_tls *tls;
    /* The first option that could not be compared. */
    const char *unsure;
    int unsure_code;
    struct span why;
};

/* The transport's option as it is configured; NULL: this version of Exim does not have it. */
static const struct exim_setting *option_of(const struct exim_way *way, const char *name)
{
    return exim_output_get_setting(&way->known->settings, EXIM_TRANSPORT, way->transport, name);
}

struct mta_source exim_policy_source(struct mta_server *s, const struct exim_way *way,
                                     const char *option)
{
    const struct exim_setting *set = option_of(way, option);
    char file[NAME_SIZE];
    struct mta_source source;

    snprintf(file, sizeof file, "transport %.*s", (int)(way->transport.len & 0xff),
             way->transport.at);
    source = mta_facts_source(s, file, 0, option, NULL);
    if (set && !set->hidden)
        source.value = mta_facts_copy(s, set->value.at, set->value.len);
    return source;
}

/* --- lists of hosts --- */

/* Remembers the first option that could not be compared, with its enum mta_fact_code and the
 * reason. Later ones change nothing. */
static void note(struct look *l, const char *option, int code, struct span why)
{
    if (l->unsure)
        return;
    l->unsure = option;
    l->unsure_code = code;
    l->why = why;
}

/* Whether the list of hosts of the option has the host. EXIM_NO where this version does not have
 * the option. EXIM_UNSURE, also while an answer is pending: the option, a static text, is noted in
 * *l with the reason, unless an earlier one is noted already. *l->tls stays as it is. */
static enum exim_match covers(struct look *l, const char *option)
{
    const struct exim_setting *set = option_of(l->way, option);
    enum exim_match found;
    struct span why;

    if (!set)
        return EXIM_NO;
    if (set->hidden) {
        note(l, option, MTA_VALUE_HIDDEN, span_of(""));
        return EXIM_UNSURE;
    }
    found = exim_match_list(l->way->known, EXIM_HOST_LIST, set->value, l->subject, &why);
    if (found == EXIM_UNSURE)
        note(l, option, MTA_VALUE_UNEXPANDED, why);
    return found;
}

/* Whether an option of the transport has no value, or this version does not have it. */
static bool is_empty(const struct exim_way *way, const char *option)
{
    const struct exim_setting *set = option_of(way, option);

    return !set || set->value.len == 0;
}

/* --- what is found --- */

/* Sets the level, enum tls_level or MTA_LEVEL_NONE, and the option that decides about it. */
static void decide(struct look *l, int level, const char *option)
{
    l->tls->level = level;
    l->tls->option = option;
}

/* Makes the level unknown, for the reason that was noted; there must be one. */
static void undecided(struct look *l)
{
    l->tls->unknown = l->unsure_code;
    l->tls->unknown_option = l->unsure;
    l->tls->why = l->why;
}

/* Sets why mail waits, in the place of an earlier reason; the level stays. */
static void defer(struct look *l, enum mta_fact_code code, const char *option)
{
    l->tls->defers = (int)code;
    l->tls->defers_option = option;
}

/* --- certificates --- */

/* Whether Exim verifies certificates although tls_verify_hosts does not have the host. With both
 * lists empty it matters whether they are set at all, which Exim does not print: where they are
 * not, GnuTLS builds verify, and OpenSSL builds do in any case. EXIM_UNSURE: noted as by covers. */
static enum exim_match verifies_by_default(struct look *l)
{
    if (!is_empty(l->way, "tls_verify_hosts") || !is_empty(l->way, "tls_try_verify_hosts"))
        return EXIM_NO;
    if (is_empty(l->way, "tls_verify_certificates"))
        return EXIM_NO;
    if (l->way->library == EXIM_OPENSSL)
        return EXIM_YES;
    note(l, "tls_verify_hosts", MTA_NOT_FOLLOWED, span_of(""));
    return EXIM_UNSURE;
}

/* Copies the path of the file that an option of the transport names to `path`. False: the option
 * has no absolute path of less than `cap` bytes, or is hidden, or cannot be expanded yet. */
static bool file_of(struct look *l, const char *option, char *path, size_t cap)
{
    const struct exim_setting *set = option_of(l->way, option);
    struct span value;

    if (!set || set->hidden)
        return false;
    if (exim_known_expand(l->way->known, set->value, l->subject, &value) != EXIM_ANSWERED)
        return false;
    return span_begins(value, "/") && span_copy(value, path, cap);
}

/* False also where there is nothing of that path, or we may not look. */
static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Sets why mail waits, or why the level is not known, where Exim has no certificates of CAs to
 * verify by; a directory is not looked at. Else nothing changes. */
static void check_roots(struct look *l)
{
    static const char option[] = "tls_verify_certificates";
    char path[PATH_SIZE];

    if (is_empty(l->way, option))
        defer(l, MTA_CA_NONE, option);
    if (!file_of(l, option, path, sizeof path) || is_directory(path))
        return;
    switch (mta_files_ca(path, NULL)) {
    case MTA_FILES_CA_MISSING:
        defer(l, MTA_CA_MISSING, option);
        break;
    case MTA_FILES_CA_EMPTY:
        defer(l, MTA_CA_EMPTY, option);
        break;
    case MTA_FILES_CA_DENIED:
        l->tls->unknown = MTA_CA_UNREADABLE;
        l->tls->unknown_option = option;
        break;
    default:
        break;
    }
}

/* Sets the level where TLS is certain: LEVEL_ENCRYPT or LEVEL_VERIFY, or unknown; where
 * certificates are verified, the CAs are checked too. */
static void verification(struct look *l)
{
    enum exim_match verified = covers(l, "tls_verify_hosts"), named;

    if (verified == EXIM_NO)
        verified = verifies_by_default(l);
    if (verified == EXIM_UNSURE) {
        undecided(l);
        return;
    }
    decide(l, LEVEL_ENCRYPT, "tls_verify_hosts");
    if (verified == EXIM_NO)
        return;
    named = covers(l, "tls_verify_cert_hostnames");
    if (named == EXIM_UNSURE)
        undecided(l);
    else if (named == EXIM_YES)
        decide(l, LEVEL_VERIFY, "tls_verify_hosts");
    else
        decide(l, LEVEL_ENCRYPT, "tls_verify_cert_hostnames");
    check_roots(l);
}

/* --- whether there is TLS at all --- */

/* Sets the level where TLS is not required. `avoided`: whether hosts_avoid_tls has the host,
 * EXIM_YES or EXIM_NO. */
static void without_requirement(struct look *l, enum exim_match avoided)
{
    if (avoided == EXIM_YES)
        decide(l, MTA_LEVEL_NONE, "hosts_avoid_tls");
    else if (l->tls->dane)
        decide(l, LEVEL_DANE, "hosts_require_tls");
    else
        decide(l, LEVEL_MAY, "hosts_require_tls");
}

/* Sets the level of a transport that uses STARTTLS, or makes it unknown, and sets why mail waits;
 * tls->dane is set already, l->unsure is NULL, and tls->unknown and tls->defers are EXIM_NO_FACT.
 */
static void by_starttls(struct look *l)
{
    enum exim_match required = covers(l, "hosts_require_tls");
    enum exim_match dane = covers(l, "hosts_require_dane");
    enum exim_match avoided = covers(l, "hosts_avoid_tls");

    if (avoided == EXIM_UNSURE || (required == EXIM_UNSURE && dane != EXIM_YES) ||
        (required == EXIM_NO && dane == EXIM_UNSURE)) {
        undecided(l);
        return;
    }
    if (required == EXIM_NO && dane == EXIM_NO) {
        without_requirement(l, avoided);
        return;
    }
    if (avoided == EXIM_YES)
        defer(l, MTA_STARTTLS_DISCARDED, "hosts_avoid_tls");
    if (dane == EXIM_YES) {
        decide(l, LEVEL_DANE_ONLY, "hosts_require_dane");
        if (!l->way->dnssec)
            defer(l, MTA_DNSSEC_OFF, "hosts_require_dane");
        return;
    }
    verification(l);
}

/* Whether the transport uses TLS from the first byte. */
static bool is_wrapped(const struct exim_way *way)
{
    const struct exim_setting *set = option_of(way, "protocol");

    return set &&
           (span_is_folded(set->value, "smtps") || span_is_folded(set->value, "submissions"));
}

struct exim_tls exim_policy_of(const struct exim_way *way, const struct exim_subject *subject)
{
    struct exim_tls tls = {.unknown = EXIM_NO_FACT, .defers = EXIM_NO_FACT, .why = span_of("")};
    struct look l = {.way = way, .subject = subject, .tls = &tls, .why = span_of("")};
    char path[PATH_SIZE];

    tls.wrapper = is_wrapped(way);
    tls.dane = way->dnssec && covers(&l, "hosts_try_dane") == EXIM_YES;
    l.unsure = NULL;
    if (!tls.wrapper)
        by_starttls(&l);
    else if (covers(&l, "hosts_require_dane") == EXIM_YES)
        decide(&l, LEVEL_DANE_ONLY, "hosts_require_dane");
    else
        verification(&l);
    if (tls.unknown == EXIM_NO_FACT && tls.level >= LEVEL_ENCRYPT && tls.level != LEVEL_DANE) {
        if (way->library == EXIM_NO_TLS)
            defer(&l, MTA_TLS_NOT_BUILT, "hosts_require_tls");
        else if (file_of(&l, "tls_certificate", path, sizeof path) && access(path, F_OK) != 0 &&
                 errno == ENOENT)
            defer(&l, MTA_CERT_MISSING, "tls_certificate");
    }
    return tls;
}

/* --- all hosts of a hop --- */

/* How much the level, enum tls_level or MTA_LEVEL_NONE, requires: 0 for no TLS, 1 for may, up to 6.
 * Level dane, 2, is weaker than encrypt, because it falls back to plaintext where there are no TLSA
 * records; so is a level that is not known. */
static int strength(const struct exim_tls *tls)
{
    static const int order[] = {
        [LEVEL_MAY] = 1,    [LEVEL_DANE] = 2,   [LEVEL_ENCRYPT] = 3,  [LEVEL_FINGERPRINT] = 4,
        [LEVEL_VERIFY] = 4, [LEVEL_SECURE] = 5, [LEVEL_DANE_ONLY] = 6};

    if (tls->unknown != EXIM_NO_FACT)
        return order[LEVEL_DANE];
    if (tls->level < 0)
        return 0;
    return order[tls->level];
}

/* Whether `a` is to be shown rather than `b`: mail gets through, then by the weaker level, and what
 * is known to be weak before what is not known. False where they are alike. */
static bool comes_first(const struct exim_tls *a, const struct exim_tls *b)
{
    if ((a->defers == EXIM_NO_FACT) != (b->defers == EXIM_NO_FACT))
        return a->defers == EXIM_NO_FACT;
    return strength(a) < strength(b);
}

/* Sets the minimum version and its source by tls_require_ciphers of a GnuTLS build, or appends a
 * fact where that is malformed. Else nothing changes: version 0 stays. Only where TLS is required.
 */
static void write_versions(struct mta_server *s, const struct exim_way *way, struct mta_hop *hop)
{
    static const char option[] = "tls_require_ciphers";
    const struct exim_setting *set = option_of(way, option);
    const struct exim_subject nothing = {0};
    struct span value, wrong;
    char text[NAME_SIZE];

    if (!set || set->value.len == 0 || set->hidden || way->library != EXIM_GNUTLS)
        return;
    if (exim_known_expand(way->known, set->value, &nothing, &value) != EXIM_ANSWERED)
        return;
    if (exim_ciphers_gnutls(value, &hop->policy.min_version, &wrong)) {
        if (hop->policy.min_version != 0)
            hop->policy.version_source = exim_policy_source(s, way, option);
        return;
    }
    snprintf(text, sizeof text, "%.*s", (int)(wrong.len & 0xff), wrong.at);
    mta_facts_add_fact(s, &hop->facts, MTA_PARAMETER_MALFORMED, exim_policy_source(s, way, option),
                       text);
}

/* Appends a fact about an option of the transport. `code`: enum mta_fact_code. `text`: raw, or
 * NULL. */
static void add_fact(struct mta_server *s, const struct exim_way *way, struct mta_hop *hop,
                     int code, const char *option, const char *text)
{
    mta_facts_add_fact(s, &hop->facts, (enum mta_fact_code)code, exim_policy_source(s, way, option),
                       text);
}

/* Writes the policy of one host into the hop, whose policy is as mta_facts_add_hop made it, and
 * appends a fact for why the policy is not known and for why mail waits, if that is so. */
static void write_one(struct mta_server *s, const struct exim_way *way, struct mta_hop *hop,
                      const struct exim_tls *tls)
{
    char why[1000];

    hop->policy.level = tls->level;
    hop->policy.wrapper = tls->wrapper;
    hop->policy.dane = tls->dane;
    if (tls->option)
        hop->policy.source = exim_policy_source(s, way, tls->option);
    hop->policy.found = (tls->level >= LEVEL_ENCRYPT && tls->level != LEVEL_DANE) ||
                        hop->policy.source.value[0] != '\0';
    if (tls->level == LEVEL_VERIFY) {
        mta_facts_list_add(s, &hop->policy.match, "hostname", strlen("hostname"));
        hop->policy.match_source = exim_policy_source(s, way, "tls_verify_cert_hostnames");
    }
    if (tls->unknown != EXIM_NO_FACT) {
        snprintf(why, sizeof why, "%.*s", (int)(tls->why.len < 999 ? tls->why.len : 999),
                 tls->why.at);
        add_fact(s, way, hop, tls->unknown, tls->unknown_option, why);
    }
    if (tls->defers != EXIM_NO_FACT)
        add_fact(s, way, hop, tls->defers, tls->defers_option, NULL);
}

void exim_policy_write(struct mta_server *s, const struct exim_way *way, struct mta_hop *hop,
                       const struct exim_tls *found, const char *const *names, size_t count)
{
    size_t first = 0, others = 0;

    for (size_t i = 1; i < count; i++) {
        if (comes_first(&found[i], &found[first]))
            first = i;
    }
    write_one(s, way, hop, &found[first]);
    for (size_t i = 0; i < count; i++)
        others += found[i].unknown == EXIM_NO_FACT && found[i].level != found[first].level;
    if (others > 0 && found[first].unknown == EXIM_NO_FACT)
        add_fact(s, way, hop, MTA_HOSTS_LIMITED, found[first].option, names[first]);
    if (found[first].unknown == EXIM_NO_FACT && found[first].level >= LEVEL_ENCRYPT)
        write_versions(s, way, hop);
}
