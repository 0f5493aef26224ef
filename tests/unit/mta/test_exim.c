/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim.h"

#include <stdio.h>

#include "unit/mta/exim_fixture.h"
#include "unit/unit.h"

/* --- policies --- */

static const struct {
    const char *options, *lists, *texts, *due;
} policies[] = {
    {DEFAULTS "hosts_require_tls = \ntls_verify_hosts = \n", "", "",
     BY "dane " T "hosts_require_tls = ]\n"},
    {DEFAULTS "hosts_require_tls = \ntls_verify_hosts = *\n", "", "",
     BY "dane " T "hosts_require_tls = ]\n"},
    {"hosts_try_dane = \n" DEFAULTS "hosts_require_tls = \n", "", "",
     BY "may " T "hosts_require_tls = ]\n"},
    {DEFAULTS "hosts_require_tls = *\ntls_verify_hosts = \n", "", "",
     BY "encrypt " T "tls_verify_hosts = ]\n"},
    {DEFAULTS REQUIRED, "", "", VERIFIED},
    {"tls_verify_cert_hostnames = \n" DEFAULTS REQUIRED, "", "",
     BY "encrypt " T "tls_verify_cert_hostnames = ]\n"},
    {"hosts_avoid_tls = *.example.test\n" DEFAULTS REQUIRED, "", "",
     VERIFIED "   starttls-discarded " T "hosts_avoid_tls = *.example.test]\n"},
    {"hosts_avoid_tls = *\n" DEFAULTS "hosts_require_tls = \n", "", "",
     BY "none " T "hosts_avoid_tls = *]\n"},
    {"hosts_require_dane = *\n" DEFAULTS REQUIRED, "", "",
     BY "dane-only " T "hosts_require_dane = *]\n"},
    {"protocol = smtps\nport = smtps\n" DEFAULTS "tls_verify_hosts = \n", "", "",
     "0 sent\n  example.test:465 (MX) by remote_smtp\n   encrypt wrapper " T
     "tls_verify_hosts = ]\n"},
    /* Some hosts only: the weakest counts. */
    {DEFAULTS "hosts_require_tls = mx.example.test\ntls_verify_hosts = *\n", "",
     "s/.*a+=mx.example.test.*/> 0:192.0.2.1:0/\n",
     BY "dane " T "hosts_require_tls = mx.example.test]\n   hosts-limited " T
        "hosts_require_tls = mx.example.test] mx2.example.test\n"},
    {DEFAULTS "hosts_require_tls = mx2.example.test\ntls_verify_hosts = *\n", "",
     "s/.*a+=mx2.example.test.*/> 0:192.0.2.2:0/\n",
     BY "dane " T "hosts_require_tls = mx2.example.test]\n   hosts-limited " T
        "hosts_require_tls = mx2.example.test] mx.example.test\n"},
    {DEFAULTS "hosts_require_tls = *\ntls_verify_hosts = mx2.example.test\n", "",
     "s/.*a+=mx2.example.test.*/> 0:192.0.2.2:0/\n",
     BY "encrypt " T "tls_verify_hosts = mx2.example.test]\n   hosts-limited " T
        "tls_verify_hosts = mx2.example.test] mx.example.test\n"},
    /* A host to which no mail gets through does not count beside others. */
    {"hosts_avoid_tls = mx2.example.test\n" DEFAULTS REQUIRED, "",
     "s/.*a+=mx2.example.test.*/> 0:192.0.2.2:0/\n", VERIFIED},
    {"hosts_avoid_tls = mx.example.test\n" DEFAULTS REQUIRED, "",
     "s/.*a+=mx.example.test.*/> 0:192.0.2.1:0/\n", VERIFIED},
    {"protocol = Submissions\nhosts_require_dane = *\n" DEFAULTS REQUIRED, "", "",
     BY "dane-only wrapper " T "hosts_require_dane = *]\n"},
    {"protocol = smtps\n" DEFAULTS REQUIRED, "", "",
     BY "verify match=hostname wrapper " T "tls_verify_hosts = *]\n"},
    {"protocol = smtps\nhosts_avoid_tls = *\n" DEFAULTS REQUIRED, "", "",
     BY "verify match=hostname wrapper " T "tls_verify_hosts = *]\n"},
    {"protocol = lmtp\n" DEFAULTS REQUIRED, "", "",
     "0 sent\n  not-followed " T "protocol = lmtp]\n  example.test (MX) by remote_smtp\n   "
     "verify match=hostname " T "tls_verify_hosts = *]\n"},
    /* Versions, certificates */
    {"tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.3\n" DEFAULTS REQUIRED, "", "",
     BY "verify match=hostname >=304 " T "tls_verify_hosts = *]\n"},
    {"tls_require_ciphers = HIGH:!aNULL\n" DEFAULTS REQUIRED, "", "",
     VERIFIED "   parameter-malformed " T "tls_require_ciphers = HIGH:!aNULL] HIGH\n"},
    {"tls_verify_certificates = /none/ca.pem\n" DEFAULTS REQUIRED, "", "",
     VERIFIED "   ca-missing " T "tls_verify_certificates = /none/ca.pem]\n"},
    {"tls_verify_certificates = \n" DEFAULTS REQUIRED, "", "",
     VERIFIED "   ca-none " T "tls_verify_certificates = ]\n"},
    {"tls_verify_certificates = /dev/null\n" DEFAULTS REQUIRED, "", "",
     VERIFIED "   ca-unreadable " T "tls_verify_certificates = /dev/null]\n"},
    {"tls_certificate = /none/cert.pem\n" DEFAULTS REQUIRED, "", "",
     VERIFIED "   cert-missing " T "tls_certificate = /none/cert.pem]\n"},
    {"tls_try_verify_hosts = \n" DEFAULTS "hosts_require_tls = *\ntls_verify_hosts = \n", "", "",
     BY "may [:  = ]\n   not-followed " T "tls_verify_hosts = ]\n"},
    /* Not shown, not known */
    {DEFAULTS "hosts_require_tls = <value not displayable>\ntls_verify_hosts = *\n", "", "",
     BY "may [:  = ]\n   value-hidden " T "hosts_require_tls = ]\n"},
    {DEFAULTS "hosts_require_tls = ${if eq{$address_data}{x}{*}{}}\n", "", "",
     BY "may [:  = ]\n   value-unexpanded " T
        "hosts_require_tls = ${if eq{$address_data}{x}{*}{}}] $address_data\n"},
    {DEFAULTS "hosts_require_tls = ${lookup{$domain}lsearch{/f}{*}{}}\ntls_verify_hosts = *\n", "",
     "s/.*/> Failed: failed to open \\/f: Permission denied (euid=1 egid=1)/\n",
     BY "may [:  = ]\n   value-unexpanded " T
        "hosts_require_tls = ${lookup{$domain}lsearch{/f}{*}{}}] failed to open /f: Permission "
        "denied (euid=1 egid=1)\n"},
    {DEFAULTS "hosts_require_tls = ${lookup{$domain}lsearch{/f}{*}{}}\ntls_verify_hosts = *\n", "",
     "s/^> 0:${lookup{example.test}lsearch{\\/f}{\\*}{}}:0/> 0:*:0/\n", VERIFIED},
    {DEFAULTS "hosts_require_tls = +strict\ntls_verify_hosts = *\n",
     "hostlist strict = *.example.test\n", "", VERIFIED},
    {DEFAULTS "hosts_require_tls = +none\n",
     "no address, domain, host, or local part list called \"none\" exists\n", "",
     BY "dane " T "hosts_require_tls = +none]\n"},
    {DEFAULTS "hosts_require_tls = +strict\n", "", "",
     BY "may [:  = ]\n   value-unexpanded " T "hosts_require_tls = +strict] exim -bP\n"},
    /* An answer that is not the one to the question is none. */
    {DEFAULTS "hosts_require_tls = ${lookup{$domain}lsearch{/f}{*}{}}\n", "", "s/.*/> 1:*:1/\n",
     BY "may [:  = ]\n   value-unexpanded " T
        "hosts_require_tls = ${lookup{$domain}lsearch{/f}{*}{}}] 1:*:1\n"},
};

START_TEST(policy)
{
    struct mta_ask ask = exim_one_question();
    char settings[4096];
    struct exim_place p;

    exim_place_make(&p);
    snprintf(settings, sizeof settings, "%s%s", LOOKUP, policies[_i].options);
    exim_place_put(&p, "settings", settings);
    exim_place_put(&p, "lists", policies[_i].lists);
    exim_place_put(&p, "texts", policies[_i].texts);
    exim_place_put(&p, "routes", ROUTED);
    exim_check(NULL, &ask, policies[_i].due);
    exim_place_drop(&p);
}
END_TEST

UNIT_CASE(exim, {policy, COUNT(policies)})
