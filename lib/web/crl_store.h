/* SPDX-License-Identifier: BSD-2-Clause */
/* crl_store: the CRLs of a run, each URL fetched and read once, however many certificates name it.
 *
 * Hides who fetches and who waits, and the limit on their memory. A list is freed when the last
 * certificate that names it has been answered. */
#ifndef WEB_CRL_STORE_H
#define WEB_CRL_STORE_H

#include <pthread.h>

#include "base/hash.h"
#include "tls/crl.h"
#include "web/http_fetch.h"

/* Bytes that all lists of a run may have at the same time. Beside them the signature of one list is
 * verified, which takes the size of that list once more. */
enum { CRL_STORE_MAX = 112 * 1024 * 1024 };

struct crl_entry {
    const char *url;      /* borrowed */
    pthread_mutex_t lock; /* held while the list is fetched and verified */
    size_t users;         /* certificates that have not been answered yet */
    bool fetched;
    struct http_answer answer;
    struct crl list;
    bool is_list;
};

struct crl_store {
    struct crl_entry **entries;
    size_t count;
    struct hash by_url;
    pthread_mutex_t verifying;
    struct http_budget budget;
};

void crl_store_init(struct crl_store *s, size_t max);

/* Counts one more certificate that names the URL; the URL must outlive the store. All are counted
 * before the first question. False: memory. crl_store_clear frees. */
bool crl_store_add(struct crl_store *s, const char *url);

/* Looks a certificate up in the list at `url`, as crl_check does; `point` is the index of the
 * certificate's distribution point. Waits while another thread fetches it. */
unsigned crl_store_ask(struct crl_store *s, const struct http_fetch_config *web,
                       const struct cert_facts *cert, const struct cert_facts *issuer,
                       const struct cert_url *url, time_t now, struct revocation_fact *out);

/* A certificate that names the URL has been answered. */
void crl_store_done(struct crl_store *s, const char *url);

void crl_store_clear(struct crl_store *s);

#endif
