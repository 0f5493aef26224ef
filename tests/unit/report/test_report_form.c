/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

#define X64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LABEL63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* The form of the first partner; the caller frees. */
static char *printed(const char *data)
{
    struct form form = {0};
    struct text t;
    struct error e;

    text_init(&t, 100000);
    ck_assert_msg(form_read("f", data, strlen(data), &form, &e), "%s", e.text);
    report_form(&form.at[0], &form.own, NULL, &t);
    ck_assert(!t.failed && !t.cut);
    form_clear(&form);
    return t.s;
}

/* --- a partner whole --- */

static const char full[] =
    "[p]\n"
    "company = T\xc3\x9cV Rheinland Group\n"
    "address = Am Grauen Stein, a street with a name that does not fit on one line, K\xc3\xb6ln\n"
    "contact-name = N. N.\n"
    "contact-email = securemail@p.test\n"
    "contact-phone = +49 221 1\n"
    "contact-mobile = +49 170 1\n"
    "domains = *.p.test q.test\n"
    "subdomains = x.p.test\n"
    "gateways = mx.p.test:25 192.0.2.1 [2001:db8::1]:26 2001:db8::2\n"
    "certificate-cn = mx.p.test\n"
    "issuer = Some CA 1\n"
    "issuer = Some CA 2\n"
    "ca-file = /etc/partners/root.pem\n"
    "ca-url = http://ca.p.test/root.crt\n"
    "tls-level = fingerprint\n"
    "fingerprint = " X64 "\n"
    "match = mx.p.test .p.test\n"
    "min-tls = 1.3\n"
    "on = slow=ok\n"
    "[own]\n"
    "gateways = mx1.own.test:25 mx2.own.test\n"
    "recipient = probe@own.test\n"
    "sni = none\n"
    "postfix = /etc/secret\n";

static const char full_printed[] =
    "SMTP - Transport Layer Security (TLS)\n"
    "Change Request (please check, fill in and send back)\n"
    "\n"
    "1. Business partner contact details\n"
    "\n"
    "Company\n"
    "  Company Name                T\xc3\x9cV Rheinland Group\n"
    "  Address                     Am Grauen Stein, a street with a name that does\n"
    "                              not fit on one line, K\xc3\xb6ln\n"
    "Technical contact person\n"
    "  Name                        N. N.\n"
    "  Email Address               securemail@p.test\n"
    "  Phone                       +49 221 1\n"
    "  Mobile                      +49 170 1\n"
    "\n"
    "2. Our contact details\n"
    "\n"
    "Technical contact person\n"
    "  Department\n"
    "  Email Address\n"
    "\n"
    "3. TLS from business partner to us\n"
    "\n"
    "Our gateways refuse mail from the business partner's domains that comes without\n"
    "TLS. The business partner's gateways must be configured so that mail to our\n"
    "domains is encrypted using TLS, and our certificate is validated.\n"
    "\n"
    "TLS Information\n"
    "  TLS mode                    Required - Verify\n"
    "  List of E-Mail-Domains\n"
    "  Gateways                    mx1.own.test:25\n"
    "                              mx2.own.test\n"
    "  CN of the TLS Certificates\n"
    "  Name of issuing CA\n"
    "  Recipient of tests          probe@own.test\n"
    "\n"
    "4. TLS from us to business partner\n"
    "\n"
    "All gateways must support STARTTLS, with a certificate or public key of the\n"
    "fingerprints below.\n"
    "\n"
    "Our mail server sends no SNI.\n"
    "\n"
    "For self-signed certificates, please add the root certificates.\n"
    "\n"
    "TLS Business Partner Information\n"
    "  TLS mode                    Required - Fingerprint\n"
    "  Minimum TLS version         1.3\n"
    "  List of E-Mail-Domains      *.p.test\n"
    "                              q.test\n"
    "  Subdomains                  x.p.test\n"
    "  Gateways (MX-Records)       mx.p.test:25\n"
    "                              192.0.2.1\n"
    "                              [2001:db8::1]:26\n"
    "                              [2001:db8::2]\n"
    "  CN of the TLS certificates  mx.p.test\n"
    "  Names that match            mx.p.test\n"
    "                              .p.test\n"
    "  SHA-256 fingerprints        0123456789abcdef0123456789abcdef0123456789abcdef01\n"
    "                              23456789abcdef\n"
    "  Name of the issuing CA      Some CA 1\n"
    "                              Some CA 2\n"
    "  URL (public key of the CA)  http://ca.p.test/root.crt\n"
    "  Root certificate            root.pem\n"
    "  CN and CA are pinned        no\n";

START_TEST(whole)
{
    char *got = printed(full);

    ck_assert_str_eq(got, full_printed);
    free(got);
}
END_TEST

/* --- what differs --- */

#define LEAST "[p]\ndomains=p.test\ngateways=mx\n"

static const struct {
    const char *form, *has, *lacks;
} rows[] = {
    {LEAST, "\n  Company Name\n  Address\n", "Subdomains"},
    {LEAST, "\n  URL (public key of the CA)\n  Root certificate\n", "fingerprint"},
    {LEAST, "  TLS mode                    Required - Verify\n  Minimum TLS version         1.2\n",
     "SNI"},
    {LEAST, "\n  CN and CA are pinned        no\n", "Names that match"},
    {LEAST "certificate-cn=mx.p.test\npinned=yes\n", "\n  CN and CA are pinned        yes\n",
     "pinned        no"},
    {LEAST, "must correspond to the FQDN of the MX entry.\n", "not mandatory"},
    {LEAST "[own]\nsni=mx.own.test\n", "\n  Gateways\n", "no SNI"},
    {LEAST "direction=outbound\n", "3. TLS from business partner to us\n\nTLS is not mandatory",
     "refuse"},
    {LEAST "direction=inbound\n", "4. TLS from us to business partner\n\nTLS is not mandatory",
     "must support"},
    {LEAST "direction=inbound\n", "  TLS mode                    Opportunistic\n  Minimum", NULL},
    {LEAST "match=mx.p.test\n", "to one of the names below.\n", "FQDN"},
    {LEAST "tls-level=may\n", "TLS mode                    Opportunistic\n", "must support"},
    {LEAST "tls-level=encrypt\n", "TLS mode                    Required\n", "valid certificate"},
    {LEAST "tls-level=secure\n", "TLS mode                    Required - Verify (secure)\n",
     "FQDN"},
    {LEAST "tls-level=dane\n", "TLS mode                    Opportunistic DANE\n", "must support"},
    {LEAST "tls-level=dane-only\n", "TLS mode                    Required - DANE\n", "FQDN"},
    {LEAST "ca-file=root.pem\n", "Root certificate            root.pem\n", NULL},
    {LEAST "certificate-cn=" X64 X64 "\n", "0123456789abcdef01\n", NULL},
    {LEAST "company=\xe2\x82\xac" X64 X64 " x\n",
     "\xe2\x82\xac"
     "0123456789abcdef",
     NULL},
    {"[p]\ndomains=" LABEL63 "." LABEL63 "." LABEL63 ".test\ngateways=mx\n",
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", NULL},
};

START_TEST(differs)
{
    char *got = printed(rows[_i].form);

    ck_assert_msg(strstr(got, rows[_i].has), "row %d:\n%s", _i, got);
    ck_assert_msg(!rows[_i].lacks || !strstr(got, rows[_i].lacks), "row %d:\n%s", _i, got);
    for (char *next = got, *line; (line = strsep(&next, "\n"));)
        ck_assert_msg(text_width(line) <= 80 && is_utf8(line), "row %d: %s", _i, line);
    free(got);
}
END_TEST

UNIT_CASE(report_form, {whole, 1}, {differs, COUNT(rows)})
