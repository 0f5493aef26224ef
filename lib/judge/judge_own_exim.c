/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_own_exim.h"

#include <string.h>

#include "base/text.h"

#define HEADLINE(out, ...) text_format((out)->headline, sizeof(out)->headline, __VA_ARGS__)
#define DETAIL(out, ...) text_format((out)->detail, sizeof(out)->detail, __VA_ARGS__)

#define RIGHTS "add the monitoring user to group Debian-exim, or run the whole plugin by sudo"

void judge_own_exim_expected(enum tls_level form, const struct mta_hop *hop, char *dst, size_t cap)
{
    static const char verified[] = "hosts_require_tls = * and tls_verify_hosts = *";
    /* Exim compares no fingerprints, and no name but the host's. */
    static const char *const options[] = {[LEVEL_MAY] = "any",
                                          [LEVEL_ENCRYPT] = "hosts_require_tls = *",
                                          [LEVEL_FINGERPRINT] = verified,
                                          [LEVEL_VERIFY] = verified,
                                          [LEVEL_SECURE] = "hosts_require_dane = *",
                                          [LEVEL_DANE] = "hosts_try_dane = *",
                                          [LEVEL_DANE_ONLY] = "hosts_require_dane = *"};

    const char *expected = options[form];

    if (strcmp(hop->policy.source.key, "tls_verify_cert_hostnames") == 0 && expected == verified)
        expected = "tls_verify_cert_hostnames = *";
    text_format(dst, cap, "%s in transport %.60s", expected, hop->service);
}

/* Writes headline and detail for MTA_VALUE_UNEXPANDED. f->text has the words of exim -be, or,
 * without a blank, the part of the value because of which exim -be was not asked; it may be "".
 * `source` is what judge_own_text_source writes of the fact. */
static void say_unexpanded(const struct mta_fact *f, const char *source, struct judge_own_text *out)
{
    bool denied = strstr(f->text, "Permission denied") != NULL;

    if (!strchr(f->text, ' ')) {
        HEADLINE(out, "what our Exim does is decided when mail is sent: %.60s", f->source.key);
        if (*f->text)
            DETAIL(out, "it depends on %.60s; seen %s", f->text, source);
        else
            DETAIL(out, "seen %s", source);
        return;
    }
    HEADLINE(out, "our user cannot expand %.60s of our Exim", f->source.key);
    DETAIL(out, "%s; exim -be says \"%.200s\"%s", source, f->text, denied ? "; " RIGHTS : "");
}

/* Writes headline and detail for MTA_NOT_FOLLOWED, whatever the reason. `source` is what
 * judge_own_text_source writes of the fact. */
static void say_not_followed(const struct mta_fact *f, const char *source,
                             struct judge_own_text *out)
{
    if (strcmp(f->source.key, "address_test") == 0) {
        HEADLINE(out, "our Exim cannot be asked about %.60s", f->source.file);
        DETAIL(out, "it has no_address_test: exim -bt skips it, mail does not");
    } else if (strcmp(f->source.key, "tls_verify_hosts") == 0) {
        HEADLINE(out, "our Exim does not tell whether it verifies certificates");
        DETAIL(out,
               "tls_verify_hosts and tls_try_verify_hosts are empty in %.60s, and it matters "
               "whether they are set at all; set tls_verify_hosts = *",
               f->source.file);
    } else if (strcmp(f->source.file, "exim -bt") == 0) {
        HEADLINE(out, "our Exim turns mail for it into mail for another domain");
        DETAIL(out, "seen %.100s become %.100s", f->source.key, f->source.value);
    } else {
        HEADLINE(out, "what our Exim does with the mail is not followed: %.60s", f->source.key);
        DETAIL(out, "seen %s", source);
    }
}

bool judge_own_exim_unknown(const struct mta_fact *f, const char *source,
                            struct judge_own_text *out)
{
    switch (f->code) {
    case MTA_TABLE_FAILED:
        HEADLINE(out, "our Exim does not tell where mail for it goes");
        DETAIL(out, "asked exim -bt for %.120s, seen \"%.200s\"", f->source.key, f->text);
        return true;
    case MTA_VALUE_HIDDEN:
        HEADLINE(out, "our Exim does not show %.60s to our user", f->source.key);
        DETAIL(out, "it is hidden in %.60s; " RIGHTS, f->source.file);
        return true;
    case MTA_VALUE_UNEXPANDED:
        say_unexpanded(f, source, out);
        return true;
    case MTA_NOT_FOLLOWED:
        say_not_followed(f, source, out);
        return true;
    default:
        return false;
    }
}
