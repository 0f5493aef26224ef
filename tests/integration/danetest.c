/* SPDX-License-Identifier: BSD-2-Clause */
/* danetest: OpenSSL's published DANE cases (test/danetest.in of its source) through trust_verify.
 *
 * Usage: danetest FILE ROOTS. Two kinds of cases have another verdict in SMTP, on purpose: usages 0
 * and 1 may be taken for unusable (RFC 7672 3.1.3), and with usage 3 names do not count (3.2.1).
 * They are counted, not compared. */
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#include "tls/trust.h"

enum { RECORDS_MAX = 32, LINE = 65536 };

struct test_case {
    int records, certs, no_names, want, depth; /* as the first line of a case has them */
    struct dane_tlsa tlsa[RECORDS_MAX];
    STACK_OF(X509) * chain;
};

struct tally {
    int agree, differ, pkix_usage, ee_name;
};

static bool next_line(FILE *f, char *line)
{
    while (fgets(line, LINE, f)) {
        if (line[0] != '#' && line[0] != '\n')
            return true;
    }
    return false;
}

static bool read_record(FILE *f, struct dane_tlsa *out)
{
    static char line[LINE], hex[LINE];
    unsigned usage, selector, matching;
    long len;

    if (!next_line(f, line) ||
        sscanf(line, "%u %u %u %65535s", &usage, &selector, &matching, hex) != 4)
        return false;
    *out = (struct dane_tlsa){(uint8_t)usage, (uint8_t)selector, (uint8_t)matching, NULL, 0};
    out->data = OPENSSL_hexstr2buf(hex, &len);
    out->len = (size_t)len;
    return out->data != NULL;
}

/* 1: a case, 0: the end, -1: not of the form. */
static int read_case(FILE *f, struct test_case *t)
{
    static char line[LINE];

    if (!next_line(f, line))
        return 0;
    if (sscanf(line, "%d %d %d %d %d", &t->records, &t->certs, &t->no_names, &t->want, &t->depth) !=
            5 ||
        t->records > RECORDS_MAX)
        return -1;
    for (int i = 0; i < t->records; i++) {
        if (!read_record(f, &t->tlsa[i]))
            return -1;
    }
    t->chain = sk_X509_new_null();
    for (int i = 0; i < t->certs; i++) {
        X509 *x = PEM_read_X509(f, NULL, NULL, NULL);

        if (!x || !sk_X509_push(t->chain, x))
            return -1;
    }
    return 1;
}

static bool has_pkix_usage(const struct test_case *t)
{
    for (int i = 0; i < t->records; i++) {
        if (t->tlsa[i].usage < 2)
            return true;
    }
    return false;
}

static bool accepted(const struct trust_facts *f)
{
    return f->dane_matched && (f->dane_usage == 3 ||
                               (f->dane.count == 0 && f->dane_names[0].match != CERT_MATCH_NONE));
}

static bool run_case(const struct trust *trust, const struct test_case *t, int number,
                     struct tally *n)
{
    static const char *const names[] = {"example.com"};
    struct trust_query q = {.now = time(NULL),
                            .tlsa = t->tlsa,
                            .tlsa_count = (size_t)t->records,
                            .dane_names = names,
                            .dane_name_count = 1};
    struct trust_facts f;

    if (!trust_verify(trust, t->chain, &q, &f))
        return false;
    if (has_pkix_usage(t)) {
        n->pkix_usage++;
    } else if (t->want == X509_V_ERR_HOSTNAME_MISMATCH && f.dane_usage == 3) {
        n->ee_name++;
    } else if (accepted(&f) == (t->want == X509_V_OK)) {
        n->agree++;
    } else {
        n->differ++;
        printf("case %d: published verdict %d, ours: %s\n", number, t->want,
               accepted(&f) ? "accepted" : "refused");
    }
    trust_facts_clear(&f);
    return true;
}

static void free_case(struct test_case *t)
{
    for (int i = 0; i < t->records; i++)
        dane_tlsa_clear(&t->tlsa[i]);
    sk_X509_pop_free(t->chain, X509_free);
}

int main(int argc, char **argv)
{
    struct trust_config config = {.ca_file = argc > 2 ? argv[2] : NULL};
    FILE *f = argc > 2 ? fopen(argv[1], "re") : NULL;
    struct error e = {.text = "usage: danetest FILE ROOTS"};
    struct trust *trust = f ? trust_new(&config, &e) : NULL;
    struct tally n = {0};
    struct test_case t = {0};
    int more = 0;

    if (!trust) {
        fprintf(stderr, "%s\n", e.text);
        return EXIT_FAILURE;
    }
    for (int number = 1; (more = read_case(f, &t)) == 1; number++) {
        if (!run_case(trust, &t, number, &n))
            return EXIT_FAILURE;
        free_case(&t);
    }
    fclose(f);
    trust_free(trust);
    printf("%d cases with a usage that SMTP does not know, %d of names that do not count with "
           "usage 3\n",
           n.pkix_usage, n.ee_name);
    printf("%d passed, %d failed\n", n.agree, n.differ);
    return more == 0 && n.differ == 0 && n.agree > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
