#include "http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* One transfer under way. */
struct transfer {
    const struct http_request *r;
    const struct http_trust *trust;
    struct http_answer *out;
    CURL *curl;
    struct curl_slist *resolve, *connect_to, *headers;
    char error[CURL_ERROR_SIZE];
    size_t room; /* of the body */
    bool too_large, memory;
};

bool http_begin(void)
{
    return curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK;
}

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

/* Doubles the room, so that a large CRL is not copied with each piece of it. */
static bool make_room(struct transfer *t, size_t needed)
{
    size_t room = needed > 2 * t->room ? needed : 2 * t->room;
    char *grown;

    if (needed <= t->room)
        return true;
    grown = realloc(t->out->body, room);
    if (!grown)
        return false;
    t->out->body = grown;
    t->room = room;
    return true;
}

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    struct http_answer *a = t->out;
    size_t len = size * count;

    t->too_large = len > t->r->max - a->len;
    t->memory = !t->too_large && !make_room(t, a->len + len + 1);
    if (t->too_large || t->memory)
        return 0;
    memcpy(a->body + a->len, data, len);
    a->len += len;
    a->body[a->len] = '\0';
    return len;
}

static bool is_literal(const char *host)
{
    unsigned char address[16];

    return host[0] == '[' || inet_pton(AF_INET, host, address) == 1;
}

/* --at is for the policy host's certificate too. Its CN never counts (RFC 8461 3.3): libcurl would
 * take that where there is no DNS name. */
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

static void set_protocols(CURL *curl, bool plain)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, plain ? "https,http" : "https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS,
                     plain ? (long)(CURLPROTO_HTTPS | CURLPROTO_HTTP) : (long)CURLPROTO_HTTPS);
#endif
}

/* libcurl's own defaults are taken away, too. */
static void set_trust(CURL *curl, const struct http_trust *t)
{
    curl_easy_setopt(curl, CURLOPT_CAINFO, t->file);
    curl_easy_setopt(curl, CURLOPT_CAPATH, t->dir);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, set_verification);
}

/* Our own look-up is the only one. */
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

static enum http_status status_of(const struct transfer *t, CURLcode code)
{
    if (t->memory || code == CURLE_OUT_OF_MEMORY)
        return HTTP_LOCAL;
    if (t->too_large)
        return HTTP_TOO_LARGE;
    switch (code) {
    case CURLE_OK:
        return HTTP_ANSWERED;
    case CURLE_PEER_FAILED_VERIFICATION:
        return HTTP_UNTRUSTED;
    case CURLE_OPERATION_TIMEDOUT:
        return HTTP_TIMEOUT;
    default:
        return HTTP_FAILED;
    }
}

/* In OpenSSL's words, which do not change with libcurl's version. */
static const char *trust_words(CURL *curl)
{
    long result = X509_V_OK;

    curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &result);
    return result == X509_V_OK || result == X509_V_ERR_UNSPECIFIED ||
                   result == X509_V_ERR_HOSTNAME_MISMATCH
               ? "it is for another name"
               : X509_verify_cert_error_string(result);
}

static void finish(struct transfer *t, CURLcode code)
{
    const char *words = t->error[0] ? t->error : curl_easy_strerror(code), *type = NULL;
    struct http_answer *a = t->out;

    a->status = status_of(t, code);
    if (a->status == HTTP_TOO_LARGE)
        text_format(a->why, sizeof a->why, "more than %zu bytes", t->r->max);
    else if (a->status == HTTP_UNTRUSTED)
        text_copy(a->why, sizeof a->why, trust_words(t->curl));
    else if (code == CURLE_SSL_CONNECT_ERROR)
        text_copy(a->why, sizeof a->why, "TLS handshake failed");
    else if (code == CURLE_COULDNT_CONNECT)
        text_copy(a->why, sizeof a->why, "cannot connect");
    else if (a->status == HTTP_TIMEOUT)
        text_copy(a->why, sizeof a->why, "no whole answer in time");
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
    text_copy(out->why, sizeof out->why, "out of memory, or no URL that can be asked");
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
