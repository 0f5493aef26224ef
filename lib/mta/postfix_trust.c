/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/postfix_trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mta/mta_files.h"

enum { PATH_LEN = 1200, NAME_LEN = 64 };

/* One hop's check under way. The hop's policy is set before; the hop gets facts. */
struct check {
    const struct postfix_client *c;
    struct mta_hop *hop;
};

/* The value of a parameter of the client, named without its prefix "smtp_" or "lmtp_"; borrowed, ""
 * where it has none. */
static const char *setting(const struct check *k, const char *name)
{
    return postfix_tls_setting(k->c, name);
}

/* Appends a fact about a parameter, named without the prefix. `value` replaces the parameter's own;
 * NULL: it does not. */
static void add(const struct check *k, enum mta_fact_code code, const char *name, const char *value)
{
    struct mta_server *s = k->c->instance->server;
    struct mta_source source;
    char full[NAME_LEN];

    snprintf(full, sizeof full, "%s%s", k->c->prefix, name);
    source = postfix_settings_source(k->c->instance, k->c->service, full);
    if (value)
        source.value = mta_facts_copy(s, value, strlen(value));
    mta_facts_add_fact(s, &k->hop->facts, code, source, NULL);
}

/* Appends a fact about a parameter that has no prefix, with its own value. */
static void add_global(const struct check *k, enum mta_fact_code code, const char *name)
{
    mta_facts_add_fact(k->c->instance->server, &k->hop->facts, code,
                       postfix_settings_source(k->c->instance, k->c->service, name), NULL);
}

/* Writes the path under which we find a file that the daemon opens in its chroot; `path` itself
 * where the daemon has none. The path is cut where it does not fit. */
static void in_chroot(const struct check *k, const char *path, char *dst, size_t cap)
{
    snprintf(dst, cap, "%s%s", k->c->service->chroot ? k->c->queue_directory : "", path);
}

/* The fact for a state, which is not MTA_FILES_CA_GOOD. */
static enum mta_fact_code fact_of(enum mta_files_ca state)
{
    static const enum mta_fact_code codes[] = {[MTA_FILES_CA_MISSING] = MTA_CA_MISSING,
                                               [MTA_FILES_CA_DENIED] = MTA_CA_UNREADABLE,
                                               [MTA_FILES_CA_EMPTY] = MTA_CA_EMPTY,
                                               [MTA_FILES_CA_OWN] = MTA_CA_OWN};

    return codes[state];
}

/* --- trust anchors --- */

/* Appends a fact about the first file of an entry's tafile= that has no CA; these are in the place
 * of all CAs. */
static void check_tafiles(const struct check *k, const struct postfix_entry *entry)
{
    struct mta_server *s = k->c->instance->server;

    for (size_t i = 0; i < entry->tafile_count; i++) {
        struct mta_source source = k->hop->policy.source;
        enum mta_files_ca state;
        char path[PATH_LEN];

        in_chroot(k, entry->tafiles[i], path, sizeof path);
        state = mta_files_ca(path, NULL);
        if (state == MTA_FILES_CA_GOOD)
            continue;
        source.value = mta_facts_copy(s, path, strlen(path));
        mta_facts_add_fact(s, &k->hop->facts, fact_of(state), source, NULL);
        return;
    }
}

/* Appends a fact about each file of tls_trust_anchor_file that has no CA. */
static void check_anchor_file(const struct check *k)
{
    struct span rest = span_of(setting(k, "tls_trust_anchor_file")), one;

    while ((one = span_word(&rest, ", \t\r\n")).len > 0) {
        char name[512], path[PATH_LEN];
        enum mta_files_ca state;

        if (!span_copy(one, name, sizeof name))
            return;
        in_chroot(k, name, path, sizeof path);
        state = mta_files_ca(path, NULL);
        if (state != MTA_FILES_CA_GOOD)
            add(k, fact_of(state), "tls_trust_anchor_file", path);
    }
}

/* The path of our own certificate, borrowed; NULL: no parameter names one. */
static const char *own_certificate(const struct check *k)
{
    const char *name = setting(k, "tls_cert_file");

    return *name ? name : NULL;
}

/* Appends a fact where neither the CA file nor the directory has a CA. One that is missing is no
 * matter where the other has a CA; but without the file Postfix has no TLS at all, which
 * check_engine says. */
static void check_cas(const struct check *k)
{
    const char *file = setting(k, "tls_CAfile"), *directory = setting(k, "tls_CApath");
    enum mta_files_ca of_file = MTA_FILES_CA_MISSING, of_directory = MTA_FILES_CA_MISSING;
    char path[PATH_LEN];

    if (*file)
        of_file = mta_files_ca(file, own_certificate(k));
    in_chroot(k, directory, path, sizeof path);
    if (*directory)
        of_directory = mta_files_ca_directory(path);
    if (of_file == MTA_FILES_CA_GOOD || of_directory == MTA_FILES_CA_GOOD ||
        strcasecmp(postfix_settings_get(k->c->service, "tls_append_default_CA"), "yes") == 0)
        return;
    if (!*file && !*directory)
        add(k, MTA_CA_NONE, "tls_CAfile", NULL);
    else if (*file && of_file != MTA_FILES_CA_MISSING)
        add(k, fact_of(of_file), "tls_CAfile", NULL);
    else if (*directory)
        add(k, fact_of(of_directory), "tls_CApath", path);
}

/* Appends facts about CAs at levels verify and secure; nothing at others. `entry` may be NULL. */
static void check_trust(const struct check *k, const struct postfix_entry *entry)
{
    if (!tls_policy_verifies((enum tls_level)k->hop->policy.level))
        return;
    if (entry && entry->tafile_count > 0)
        check_tafiles(k, entry);
    else if (*setting(k, "tls_trust_anchor_file"))
        check_anchor_file(k);
    else
        check_cas(k);
}

/* --- what switches TLS off for the whole service --- */

/* Whether there is no file of that path, outside any chroot; false where that is not known. */
static bool is_missing(const char *path)
{
    char *text;
    enum mta_file state = mta_files_read(path, &text);

    free(text);
    return state == MTA_FILE_MISSING;
}

/* Appends a fact about the first file of our certificate and key that is not there: whether they
 * can be read is root's affair. */
static void check_certificate(const struct check *k)
{
    static const char *const names[] = {"tls_chain_files", "tls_cert_file", "tls_key_file",
                                        "tls_dcert_file",  "tls_dkey_file", "tls_eccert_file",
                                        "tls_eckey_file"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct span rest = span_of(setting(k, names[i])), one;

        while ((one = span_word(&rest, ", \t\r\n")).len > 0) {
            char path[PATH_LEN];

            if (!span_copy(one, path, sizeof path) || *path != '/' || !is_missing(path))
                continue;
            add(k, MTA_CERT_MISSING, names[i], path);
            return; /* by default the key is in the certificate's file */
        }
    }
}

/* Appends a fact about each file without which Postfix has no TLS at all. */
static void check_engine(const struct check *k)
{
    const char *file = setting(k, "tls_CAfile");

    if (*file && is_missing(file))
        add(k, MTA_CA_MISSING, "tls_CAfile", NULL);
    check_certificate(k);
}

/* --- DNSSEC and STARTTLS --- */

/* Whether a list has a word, in any case of letters. */
static bool has_word(const char *list, const char *word)
{
    struct span rest = span_of(list), one;

    while ((one = span_word(&rest, ", \t\r\n")).len > 0) {
        if (span_is_folded(one, word))
            return true;
    }
    return false;
}

/* At the levels of DANE, appends a fact where DNSSEC is off; nothing at others. */
static void check_dnssec(const struct check *k)
{
    if (k->hop->policy.level != LEVEL_DANE && k->hop->policy.level != LEVEL_DANE_ONLY)
        return;
    if (strcasecmp(setting(k, "dns_support_level"), "dnssec") != 0)
        add(k, MTA_DNSSEC_OFF, "dns_support_level", NULL);
    else if (!has_word(setting(k, "host_lookup"), "dns"))
        add(k, MTA_DNSSEC_OFF, "host_lookup", NULL);
    else if (strcasecmp(postfix_settings_get(k->c->service, "ignore_mx_lookup_error"), "yes") == 0)
        add_global(k, MTA_DNSSEC_OFF, "ignore_mx_lookup_error");
    else if (*setting(k, "dns_resolver_options"))
        add(k, MTA_DNSSEC_OFF, "dns_resolver_options", NULL);
}

/* Whether a table discards STARTTLS at any server; true also where its entries are not known. */
static bool may_discard(const struct postfix_table *table)
{
    bool suspect = !table->listed || table->failed;

    for (size_t i = 0; !suspect && i < table->all_count; i++)
        suspect = has_word(table->all[i].value, "starttls");
    return suspect;
}

/* Appends a fact, once, where a table may discard STARTTLS. The table is by the servers' addresses,
 * which are not known here: any entry that discards STARTTLS makes the policy unknown, as does a
 * table of a type that cannot be listed. Where postmap gave no answer, the fact says why. */
static void check_discarding_maps(const struct check *k)
{
    static const char name[] = "discard_ehlo_keyword_address_maps";
    const struct postfix_maps *m = postfix_tables_of(k->c->tables, setting(k, name));

    for (size_t i = 0; m && i < m->count; i++) {
        const struct postfix_table *table = &k->c->tables->at[m->tables[i]];

        if (!may_discard(table))
            continue;
        if (table->failed && table->failure != MTA_PARAMETER_MALFORMED)
            postfix_tables_fact(k->c->instance->server, &k->hop->facts, table, "");
        else
            add(k, MTA_NOT_FOLLOWED, name, NULL);
        return;
    }
}

/* Appends a fact where STARTTLS is not used, or may not be; nothing with TLS from the first byte.
 */
static void check_starttls(const struct check *k)
{
    if (k->hop->policy.wrapper)
        return;
    if (has_word(setting(k, "discard_ehlo_keywords"), "starttls"))
        add(k, MTA_STARTTLS_DISCARDED, "discard_ehlo_keywords", NULL);
    else if (strcasecmp(postfix_settings_get(k->c->service, "smtp_never_send_ehlo"), "yes") == 0)
        add_global(k, MTA_STARTTLS_DISCARDED, "smtp_never_send_ehlo");
    else
        check_discarding_maps(k);
}

void postfix_trust_check(const struct postfix_client *c, const struct postfix_entry *entry,
                         struct mta_hop *hop)
{
    const struct check k = {c, hop};

    check_engine(&k);
    check_trust(&k, entry);
    check_dnssec(&k);
    check_starttls(&k);
}
