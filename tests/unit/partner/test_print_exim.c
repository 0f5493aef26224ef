/* SPDX-License-Identifier: BSD-2-Clause */
/* That the program takes it was tried with Exim 4.96. */
#include "partner/print_exim.h"

#include <string.h>

#include "unit/partner/print.h"
#include "unit/unit.h"

static const char as_exim[] =
    "# --- after \"begin routers\", before the router of other domains ---\n"
    "\n# tuv: TUV Rheinland Group\n"
    "partner_tuv:\n"
    "  driver = dnslookup\n"
    "  domains = tuv.com : *.tuv.com\n"
    "  transport = partner_tuv\n"
    "  no_more\n"
    "\n# hella\n"
    "partner_hella:\n"
    "  driver = dnslookup\n"
    "  domains = hella.com\n"
    "  transport = partner_hella\n"
    "  no_more\n"
    "\n# finger.print\n"
    "# Exim cannot enforce tls-level fingerprint with this form's match and ca-file\n"
    "\n# dane\n"
    "partner_dane:\n"
    "  driver = dnslookup\n"
    "  domains = d.example\n"
    "  transport = partner_dane\n"
    "  dnssec_request_domains = *\n"
    "  no_more\n"
    "\n# --- after \"begin transports\" ---\n"
    "\n# tuv: TUV Rheinland Group\n"
    "partner_tuv:\n"
    "  driver = smtp\n"
    "  hosts_require_tls = *\n"
    "  tls_verify_hosts = *\n"
    "  tls_verify_cert_hostnames = *\n"
    "  tls_verify_certificates = system\n"
    ".ifdef _HAVE_GNUTLS\n"
    "  tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3\n"
    ".else\n"
    "  tls_require_ciphers = TLSv1.2:!aNULL:!eNULL\n"
    ".endif\n"
    "\n# hella\n"
    "partner_hella:\n"
    "  driver = smtp\n"
    "  hosts_require_tls = *\n"
    "  tls_verify_hosts = *\n"
    "  tls_verify_cert_hostnames = *\n"
    "  tls_verify_certificates = /ca/root.pem\n"
    ".ifdef _HAVE_GNUTLS\n"
    "  tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3\n"
    ".else\n"
    "  tls_require_ciphers = TLSv1.2:!aNULL:!eNULL\n"
    ".endif\n"
    "\n# finger.print\n"
    "# Exim cannot enforce tls-level fingerprint with this form's match and ca-file\n"
    "\n# dane\n"
    "partner_dane:\n"
    "  driver = smtp\n"
    "  hosts_require_tls = *\n"
    "  hosts_require_dane = *\n"
    "  dnssec_request_domains = *\n"
    ".ifdef _HAVE_GNUTLS\n"
    "  tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3\n"
    ".else\n"
    "  tls_require_ciphers = TLSv1.2:!aNULL:!eNULL\n"
    ".endif\n"
    "\n# --- first in the ACL that acl_smtp_rcpt names ---\n"
    "\n# tuv: TUV Rheinland Group\n"
    "deny\n"
    "  message = 5.7.0 TLS is required\n"
    "  sender_domains = tuv.com : *.tuv.com\n"
    "  !encrypted = *\n"
    "\n# hella\n"
    "deny\n"
    "  message = 5.7.0 TLS is required\n"
    "  sender_domains = hella.com\n"
    "  !encrypted = *\n"
    "\n# finger.print\n"
    "deny\n"
    "  message = 5.7.0 TLS is required\n"
    "  sender_domains = f.example : hella.com\n"
    "  !encrypted = *\n"
    "\n# any\n"
    "deny\n"
    "  message = 5.7.0 TLS is required\n"
    "  sender_domains = any.example\n"
    "  !encrypted = *\n";

START_TEST(exim)
{
    struct text t;

    print_text(print_exim, print_forms, &t);
    ck_assert_str_eq(print_body(&t), as_exim);
    text_free(&t);
}
END_TEST

static const struct print_case cases[] = {
    {"tls-level = secure\n", NULL},
    {"tls-level = secure\nmatch = hostname\n", "tls_verify_cert_hostnames = *\n"},
    {"tls-level = verify\nmatch = nexthop\n", NULL},
    {"tls-level = verify\nca-file = a$b\n", NULL},
    {"tls-level = dane\n", "driver = smtp\n  hosts_try_dane = *\n"},
    {"min-tls = 1.3\n", "NORMAL:-VERS-ALL:+VERS-TLS1.3\n.endif\n# with OpenSSL: openssl_options"},
    {"min-tls = 1.1\n", "tls_verify_certificates = system\n\n# ---"},
    {"[own]\nsni = mx.a\n", "tls_sni = mx.a\n"},
};

START_TEST(fields)
{
    print_check(print_exim, &cases[_i]);
}
END_TEST

UNIT_CASE(print_exim, {exim, 1}, {fields, COUNT(cases)})
