/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"
#include "base/text.h"

/* One transfer under way. Begins zeroed, but with r, trust, out and curl, none of them NULL.
 * http_do frees the lists. */
struct transfer {
    const struct http_request *r;
    const struct http_trust *trust;
    struct http_answer *out;
    CURL *curl;
    struct curl_slist *resolve, *connect_to, *headers;
    char error[CURL_ERROR_SIZE];
    bool too_large, too_much, memory; /* too_much: beyond the budget */
};

bool http_begin(void)
{
    return curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK;
}

/* Copies a part of a URL: a port that it does not give is the default one, an IPv6 host stays in
 * brackets. False: it has no such part, it does not fit, or memory ran out; `out` is unchanged. */
static bool url_part(const char *url, CURLUPart part, char *out, size_t cap)
{
    CURLU *u = curl_url();
    char *value = NULL;
    bool ok = u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_get(u, part, &value, CURLU_DEFAULT_PORT) == CURLUE_OK && strlen(value) < cap;

    if (ok)
        strcpy(out, value);
    curl_free(value);
    curl_url_cleanup(u);
    return ok;
}

bool http_host(const char *url, char *out, size_t cap)
{
    size_t len;

    if (!url_part(url, CURLUPART_HOST, out, cap))
        return false;
    len = strlen(out);
    if (out[0] == '[' && len > 2) {
        memmove(out, out + 1, len - 2);
        out[len - 2] = '\0';
    }
    return len > 0;
}

void http_budget_init(struct http_budget *b, size_t max)
{
    atomic_init(&b->left, max);
    b->max = max;
}

void http_budget_give_back(struct http_budget *b, size_t room)
{
    atomic_fetch_add(&b->left, room);
}

/* Takes bytes from a budget. True with NULL, which is no limit. False: not so much is left; nothing
 * was taken. */
static bool take_budget(struct http_budget *b, size_t bytes)
{
    size_t left = b ? atomic_load(&b->left) : 0;

    while (b && bytes <= left) {
        if (atomic_compare_exchange_weak(&b->left, &left, left - bytes))
            return true;
    }
    return b == NULL;
}

/* Makes room for `needed` bytes, at most r->max + 1, in all in the answer's body; sets t->too_much
 * or t->memory where that fails. Doubles the room, so that a large CRL is not copied with each
 * piece of it. */
static void make_room(struct transfer *t, size_t needed)
{
    struct http_answer *a = t->out;
    size_t limit = t->r->max + 1, room = 2 * a->room < limit ? 2 * a->room : limit;
    char *grown;

    if (needed <= a->room)
        return;
    room = needed > room ? needed : room;
    t->too_much = !take_budget(t->r->budget, room - a->room);
    if (t->too_much)
        return;
    grown = realloc(a->body, room);
    t->memory = !grown;
    if (t->memory && t->r->budget)
        http_budget_give_back(t->r->budget, room - a->room);
    if (t->memory)
        return;
    a->body = grown;
    a->room = room;
}

/* CURLOPT_WRITEFUNCTION; `arg` is the transfer. Appends the bytes and a NUL to the answer's body.
 * Returns 0, which ends the transfer, where the limit, the budget or memory does not allow that. */
static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    struct http_answer *a = t->out;
    size_t len = size * count;

    t->too_large = len > t->r->max - a->len;
    if (!t->too_large)
        make_room(t, a->len + len + 1);
    if (t->too_large || t->too_much || t->memory)
        return 0;
    memcpy(a->body + a->len, data, len);
    a->len += len;
    a->body[a->len] = '\0';
    return len;
}

/* Whether a host as it is in a URL is an address: IPv4, or anything in brackets, which is not read.
 */
static bool is_literal(const char *host)
{
    unsigned char address[16];

    return host[0] == '[' || inet_pton(AF_INET, host, address) == 1;
}

/* CURLOPT_SSL_CTX_FUNCTION; `ctx` is the SSL_CTX, `arg` the transfer. --at is for the policy host's
 * certificate too. Its CN never counts (RFC 8461 3.3): libcurl would take that where there is no
 * DNS name. */
static CURLcode set_verification(CURL *curl, void *ctx, void *arg)
{
    const struct transfer *t = arg;
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
    char host[256];

    (void)curl;
    X509_VERIFY_PARAM_set_time(param, t->trust->now);
    if (!url_part(t->r->url, CURLUPART_HOST, host, sizeof host) || is_literal(host))
        return CURLE_OK;
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                               X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(param, host, 0) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

/* Allows https alone, or with `plain` http too. */
static void set_protocols(CURL *curl, bool plain)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, plain ? "https,http" : "https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS,
                     plain ? (long)(CURLPROTO_HTTPS | CURLPROTO_HTTP) : (long)CURLPROTO_HTTPS);
#endif
}

/* Sets the trust store, and TLS 1.2 as the minimum. A file or dir that is NULL is none: libcurl's
 * own default is taken away, too. The caller sets CURLOPT_SSL_CTX_DATA to the transfer. */
static void set_trust(CURL *curl, const struct http_trust *t)
{
    curl_easy_setopt(curl, CURLOPT_CAINFO, t->file);
    curl_easy_setopt(curl, CURLOPT_CAPATH, t->dir);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, set_verification);
}

/* Has libcurl connect to the request's connect_to, else to its addresses, else to the address in
 * its URL; libcurl looks nothing up. False: memory, or there is no address to connect to. */
static bool set_addresses(struct transfer *t)
{
    char host[256], port[8], entry[1024];

    if (!url_part(t->r->url, CURLUPART_HOST, host, sizeof host) ||
        !url_part(t->r->url, CURLUPART_PORT, port, sizeof port))
        return false;
    if (t->r->connect_to) {
        text_format(entry, sizeof entry, "::%s", t->r->connect_to);
        t->connect_to = curl_slist_append(NULL, entry);
        curl_easy_setopt(t->curl, CURLOPT_CONNECT_TO, t->connect_to);
        return t->connect_to != NULL;
    }
    if (!t->r->addresses)
        return is_literal(host);
    text_format(entry, sizeof entry, "%s:%s:%s", host, port, t->r->addresses);
    t->resolve = curl_slist_append(NULL, entry);
    curl_easy_setopt(t->curl, CURLOPT_RESOLVE, t->resolve);
    return t->resolve != NULL;
}

/* Makes a POST of the request if it has a body. False: memory. */
static bool set_body(struct transfer *t)
{
    char header[100];

    if (!t->r->body)
        return true;
    text_format(header, sizeof header, "Content-Type: %s", t->r->body_type);
    t->headers = curl_slist_append(NULL, header);
    curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, t->r->body);
    curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE, (long)t->r->body_len);
    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
    return t->headers != NULL;
}

/* Sets all options of t->curl. False: memory, or there is no address to connect to. */
static bool configure(struct transfer *t)
{
    CURL *c = t->curl;
    long left = deadline_left_ms(t->r->deadline);

    set_protocols(c, t->r->plain);
    set_trust(c, t->trust);
    curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, t);
    curl_easy_setopt(c, CURLOPT_URL, t->r->url);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, left > 0 ? left : 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, left > 0 ? left : 1L);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "mailtls-plugins");
    return set_addresses(t) && set_body(t);
}

/* The status of a transfer that ended with `code`; HTTP_ANSWERED whatever the server's status code
 * is, HTTP_LOCAL where our memory ran out. */
static enum http_status status_of(const struct transfer *t, CURLcode code)
{
    if (t->memory || code == CURLE_OUT_OF_MEMORY)
        return HTTP_LOCAL;
    if (code != CURLE_OK && shortage_noted())
        return HTTP_LOCAL;
    if (t->too_large || t->too_much)
        return HTTP_TOO_LARGE;
    switch (code) {
    case CURLE_OK:
        return HTTP_ANSWERED;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: /* no file of roots, so nobody is trusted */
        return HTTP_UNTRUSTED;
    case CURLE_OPERATION_TIMEDOUT:
        return HTTP_TIMEOUT;
    default:
        return HTTP_FAILED;
    }
}

/* Why the server's certificate does not verify, after a transfer that is HTTP_UNTRUSTED: OpenSSL's
 * words, which do not change with libcurl's version, or that it is for another name where OpenSSL
 * has no fault. Static, never NULL. */
static const char *trust_words(CURL *curl)
{
    long result = X509_V_OK;

    curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &result);
    return result == X509_V_OK || result == X509_V_ERR_UNSPECIFIED ||
                   result == X509_V_ERR_HOSTNAME_MISMATCH
               ? "it is for another name"
               : X509_verify_cert_error_string(result);
}

/* Fills in the answer's status, code and type, and `why` unless HTTP_ANSWERED; `code` is how
 * curl_easy_perform(3) ended. */
static void finish(struct transfer *t, CURLcode code)
{
    const char *words = t->error[0] ? t->error : curl_easy_strerror(code), *type = NULL;
    struct http_answer *a = t->out;

    a->status = status_of(t, code);
    if (t->too_much)
        text_format(a->why, sizeof a->why, "more than %zu MiB for all CRLs of a run",
                    t->r->budget->max / 1024 / 1024);
    else if (a->status == HTTP_TOO_LARGE)
        text_format(a->why, sizeof a->why, "more than %zu bytes", t->r->max);
    else if (a->status == HTTP_UNTRUSTED)
        text_copy(a->why, sizeof a->why, trust_words(t->curl));
    else if (code == CURLE_SSL_CONNECT_ERROR)
        text_copy(a->why, sizeof a->why, "TLS handshake failed");
    else if (code == CURLE_COULDNT_CONNECT)
        text_copy(a->why, sizeof a->why, "cannot connect");
    else if (a->status == HTTP_TIMEOUT)
        text_copy(a->why, sizeof a->why, "no complete answer in time");
    else if (a->status != HTTP_ANSWERED)
        text_clean(a->why, sizeof a->why, words, strcspn(words, "\r\n"));
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &a->code);
    if (curl_easy_getinfo(t->curl, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type)
        text_clean(a->type, sizeof a->type, type, strlen(type));
}

void http_do(const struct http_trust *trust, const struct http_request *r, struct http_answer *out)
{
    struct transfer t = {.r = r, .trust = trust, .out = out, .curl = curl_easy_init()};

    *out = (struct http_answer){.status = HTTP_LOCAL};
    text_copy(out->why, sizeof out->why, "out of memory, or the URL is not valid");
    if (t.curl && configure(&t))
        finish(&t, curl_easy_perform(t.curl));
    curl_easy_cleanup(t.curl);
    curl_slist_free_all(t.resolve);
    curl_slist_free_all(t.connect_to);
    curl_slist_free_all(t.headers);
}

void http_answer_clear(struct http_answer *a)
{
    free(a->body);
    *a = (struct http_answer){0};
}
