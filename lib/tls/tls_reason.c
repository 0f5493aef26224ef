/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/tls_reason.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "base/text.h"

/* Writes OpenSSL's words for an alert without their first one. "sslv3 alert handshake failure" is
 * what OpenSSL 3.0 says of each version of TLS, and 3.5 says "ssl/tls". */
static void write_alert(const char *words, char *out, size_t cap)
{
    static const char alert[] = "alert ";
    const char *rest = strchr(words, ' ');

    rest = rest ? rest + 1 : words;
    if (strncmp(rest, alert, strlen(alert)) == 0)
        rest += strlen(alert);
    text_format(out, cap, "%s%s", alert, rest);
}

void tls_reason_alert(int alert, char out[TLS_REASON_ALERT])
{
    const char *words =
        ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, SSL_AD_REASON_OFFSET + alert));

    if (words)
        write_alert(words, out, TLS_REASON_ALERT);
    else
        text_format(out, TLS_REASON_ALERT, "alert %d", alert);
}

int tls_reason_take(char *out, size_t cap)
{
    unsigned long code = ERR_get_error();
    const char *words = code ? ERR_reason_error_string(code) : NULL;
    int reason = ERR_GET_REASON(code), alert = 0;

    if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET)
        alert = reason - SSL_AD_REASON_OFFSET;
    if (alert && words)
        write_alert(words, out, cap);
    else
        text_copy(out, cap, words ? words : "connection closed");
    if (reason == SSL_R_WRONG_VERSION_NUMBER)
        text_append(out, cap, " (no TLS)");
    ERR_clear_error();
    return alert;
}
