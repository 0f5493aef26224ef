/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/tls_reason.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "unit/unit.h"

static const struct {
    int library, reason; /* 0: no error */
    const char *words;
    int alert;
} reasons[] = {
    {0, 0, "connection closed", 0},
    {ERR_LIB_SSL, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, "alert handshake failure", 40},
    {ERR_LIB_SSL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "alert protocol version", 70},
    {ERR_LIB_SSL, SSL_R_TLSV1_UNRECOGNIZED_NAME, "alert unrecognized name", 112},
    {ERR_LIB_SSL, SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, "alert certificate required", 116},
    {ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER, "wrong version number (no TLS)", 0},
    {ERR_LIB_SSL, SSL_R_EXCESSIVE_MESSAGE_SIZE, "excessive message size", 0},
};

/* The first error counts, and none is left. */
START_TEST(words)
{
    char out[100];

    SSL_load_error_strings();
    ERR_clear_error();
    if (reasons[_i].reason) {
        ERR_raise(reasons[_i].library, reasons[_i].reason);
        ERR_raise(ERR_LIB_SSL, SSL_R_NO_SHARED_CIPHER);
    }
    ck_assert_int_eq(tls_reason_take(out, sizeof out), reasons[_i].alert);
    ck_assert_str_eq(out, reasons[_i].words);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

static const struct {
    int alert;
    const char *words;
} alerts[] = {
    {40, "alert handshake failure"},
    {70, "alert protocol version"},
    {112, "alert unrecognized name"},
    {116, "alert certificate required"},
    {199, "alert 199"},
    {255, "alert 255"},
};

START_TEST(alert)
{
    char out[TLS_REASON_ALERT];

    SSL_load_error_strings();
    tls_reason_alert(alerts[_i].alert, out);
    ck_assert_str_eq(out, alerts[_i].words);
}
END_TEST

UNIT_CASE(tls_reason, {words, COUNT(reasons)}, {alert, COUNT(alerts)})
