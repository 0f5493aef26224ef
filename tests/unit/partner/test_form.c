/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "unit/partner/form_fixture.h"
#include "unit/unit.h"

#define FORM(literal) literal, sizeof literal - 1
#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static bool read_form(const char *path, const char *data, size_t len, struct form *form,
                      struct error *e)
{
    char *exact = malloc(len ? len : 1); /* no NUL behind it */
    bool ok;

    if (len > 0)
        memcpy(exact, data, len);
    *e = (struct error){0};
    ok = form_read(path, exact, len, form, e);
    free(exact);
    return ok;
}

/* --- forms that are right --- */

/* domains and gateways, which every partner needs */
#define A "[a]\ndomains=a.test\ngateways=mx.a.test\n"
#define GOT_A "dir/f:1[a]domains=a.test;gateways=mx.a.test/0;"

static const struct {
    const char *name, *data;
    size_t len;
    const char *want;
} right[] = {
    {"empty", FORM(""), ""},
    {"comments alone", FORM("; one\n# two\n\n"), ""},
    {"the least", FORM(A), GOT_A},
    {"no end of line at the end", FORM("[a]\ndomains=a.test\ngateways=mx.a.test"), GOT_A},
    {"CRLF", FORM("[a]\r\ndomains=a.test\r\ngateways=mx.a.test\r\n"), GOT_A},
    {"byte-order mark", FORM("\xef\xbb\xbf" A), GOT_A},
    {"colons for equals signs", FORM("[a]\ndomains: a.test\ngateways: mx.a.test\n"), GOT_A},
    {"empty fields are as none",
     FORM(A "company =\nca-file = # none\npinned=\non=\non=\ntls-level=\nissuer=\nmatch = ,\n"),
     GOT_A},
    {"lists by blanks and commas",
     FORM("[a]\ndomains = a.test,b.test , c.test\td.test\n"
          "gateways=,mx.a.test,\n"),
     "dir/f:1[a]domains=a.test,b.test,c.test,d.test;gateways=mx.a.test/0;"},
    {"names in ASCII, lower case",
     FORM("[a]\ndomains=*.M\xc3\xbc"
          "ller.Test\nsubdomains=X.m\xc3\xbcller.test.\n"
          "gateways=MX.A.test.\n"),
     "dir/f:1[a]domains=*.xn--mller-kva.test;subdomains=x.xn--mller-kva.test;"
     "gateways=mx.a.test/0;"},
    {"gateways",
     FORM("[a]\ndomains=a.test\ngateways = mx.a.test:25 mx.a.test:587 192.0.2.1 192.0.2.1:26 "
          "[192.0.2.2]:27 2001:DB8::1 [2001:db8:0::2] [IPv6:2001:db8::3]:28 mx:65535 m:1\n"),
     "dir/f:1[a]domains=a.test;gateways=mx.a.test/25,mx.a.test/587,192.0.2.1/0,192.0.2.1/26,"
     "192.0.2.2/27,2001:db8::1/0,2001:db8::2/0,2001:db8::3/28,mx/65535,m/1;"},
    {"texts",
     FORM("[a]\ncompany = T\xc3\x9cV Rheinland, K\xc3\xb6ln\naddress=1 Main St | Town\n"
          "contact-name=N. N.\ncontact-email=tls@a.test\ncontact-phone=+49 221 1\n"
          "contact-mobile=+49 170 1\nca-url=http://ca.a.test/root.crt\ndomains=a.test\n"
          "gateways=mx.a.test\n"),
     "dir/f:1[a]company=T\xc3\x9cV Rheinland, K\xc3\xb6ln;address=1 Main St ? Town;name=N. N.;"
     "email=tls@a.test;phone=+49 221 1;mobile=+49 170 1;domains=a.test;gateways=mx.a.test/0;"
     "ca-url=http://ca.a.test/root.crt;"},
    {"CN and issuers",
     FORM(A "certificate-cn = mx.a.test *.A.test\nissuer=Some CA, 1 2009\npinned=yes\n"
            "issuer=Other CA\n"),
     GOT_A "cn=mx.a.test,*.A.test;issuer=Some CA, 1 2009,Other CA;pinned;"},
    {"names in Unicode",
     FORM(A
          "certificate-cn = mx.m\xc3\xbcller.test *.m\xc3\xbcller.test M\xc3\xbcller Mx.A.test\n"),
     GOT_A "cn=mx.xn--mller-kva.test,*.xn--mller-kva.test,M\xc3\xbcller,Mx.A.test;"},
    {"pinned no", FORM(A "pinned=no\n"), GOT_A},
    {"what is agreed besides",
     FORM(A "contact-urgent=+1 2\ncontact-second=B\ntls-wrapper=yes\nfixed-route=yes\n"
            "requiretls=yes\n"
            "client-cert=c.pem\nclient-key=/k.pem\nsending-certificate=*.a.test A\n"
            "signed=1970-01-02\nvalid-until=2000-02-29\nreview=1970-01-03\n"),
     "dir/f:1[a]urgent=+1 2;second=B;domains=a.test;gateways=mx.a.test/0;wrapper;fixed;requiretls;"
     "client-cert=dir/c.pem;client-key=/k.pem;sending-certs=*.a.test,A;"
     "dates=86400,951782400,172800;"},
    {"ca-file beside the form", FORM(A "ca-file=a.pem\n"), GOT_A "ca-file=dir/a.pem;"},
    {"ca-file anywhere", FORM(A "ca-file=/etc/a b.pem\n"), GOT_A "ca-file=/etc/a b.pem;"},
    {"lists by semicolons, and over several lines",
     FORM("[a]\ndomains = a.test; b.test;c.test ;\nGateways=mx.a.test\ngateways=mx.b.test # old\n"
          "certificate_cn = mx.a.test\nmatch=a.test;hostname\n"),
     "dir/f:1[a]domains=a.test,b.test,c.test;gateways=mx.a.test/0,mx.b.test/0;cn=mx.a.test;"
     "match=a.test,hostname;"},
    {"names of fields and of [own] in capital letters",
     FORM("[a]\nDOMAINS=a.test\nGATEWAYS=mx.a.test\nCompany=A ; B\n[OWN]\nSNI=none\n"),
     "dir/f:1[a]company=A ; B;domains=a.test;gateways=mx.a.test/0;dir/f:5[own]sni=none;"},
    {"directions",
     FORM("[a]\ndomains=a.test\ndirection=inbound\n[b]\ndomains=b.test\n"
          "gateways=mx\ndirection=outbound\n[c]\ndomains=c.test\ngateways=mx\n"
          "direction=both\n"),
     "dir/f:1[a]domains=a.test;not outbound;dir/f:4[b]domains=b.test;gateways=mx/0;not inbound;"
     "dir/f:8[c]domains=c.test;gateways=mx/0;"},
    {"levels", FORM(A "tls-level = dane-only\nmin-tls = 1.3\n"),
     GOT_A "level=dane-only;min=1.3/304;"},
    {"match", FORM(A "match = hostname .A.test nexthop\n"),
     GOT_A "match=hostname,.a.test,nexthop;"},
    {"fingerprint", FORM(A "tls-level=fingerprint\nfingerprint=" SHA "\n"),
     GOT_A "level=fingerprint;fingerprint=" SHA ";"},
    {"on", FORM(A "on = slow=ok, mx-is-cname=critical\non=throttled=UNKNOWN\n"),
     GOT_A "on mx-is-cname=CRITICAL;on throttled=UNKNOWN;on slow=OK;"},
    {"what its hosts are",
     FORM(A "inbound-level=verify\nsending-hosts=192.0.2.1, 10.0.0.0/8 Out.a.test 2001:DB8::1\n"
            "xclient=192.0.2.1,out.a.test\n"),
     GOT_A "inbound-level=verify;sending-hosts=192.0.2.1,10.0.0.0/8,out.a.test,2001:DB8::1;"
           "xclient=192.0.2.1;as=out.a.test;"},
    {"a host by its address alone", FORM(A "inbound-level=encrypt\nxclient=192.0.2.1\n"),
     GOT_A "xclient=192.0.2.1;"},
    {"a profile by its name, and one of a file",
     FORM(A "tls-profile=mozilla-modern\n[b]\n"
            "domains=b.test\ngateways=mx\ntls-profile=./our.ini\n"),
     "dir/f:1[a]domains=a.test;gateways=mx.a.test/0;tls-profile=mozilla-modern;"
     "dir/f:5[b]domains=b.test;gateways=mx/0;tls-profile=dir/./our.ini;"},
    {"wildcards",
     FORM("[a]\ndomains=*.a.test b.test\nsubdomains=x.a.test y.z.a.test\n"
          "gateways=mx *.hosted.test *.B\xc3\xbc"
          "cher.test:26\n"),
     "dir/f:1[a]domains=*.a.test,b.test;subdomains=x.a.test,y.z.a.test;gateways=mx/0,*.hosted.test/"
     "0,"
     "*.xn--bcher-kva.test/26;"},
    {"our side",
     FORM("[own]\ngateways=mx1.own.test:25 [::1]\nrecipient=Post@Own.test\nsni=none\n"
          "domains=Own.test\npostfix=/etc/postfix, p2\npostfix=../p3\nexim=exim.conf\n"
          "senders=a@own.test b@Own.test\nrecipients=c@their.test\nrelay=[192.0.2.1]:26 r.test\n"
          "internal=10.0.0.0/8 ::1\nverify-sender=v+x@own.test\n"),
     "dir/f:1[own]gateways=mx1.own.test/25,::1/0;recipient=Post@own.test;sni=none;"
     "ours=own.test;postfix=/etc/postfix,dir/p2,dir/../p3;exim=dir/exim.conf;"
     "senders=a@own.test,b@own.test;recipients=c@their.test;relay=192.0.2.1/26,r.test/0;"
     "internal=10.0.0.0/8,::1;verify=v+x@own.test;"},
    {"our Exim", FORM("[own]\nexim = default\n"), "dir/f:1[own]exim=default;"},
    {"our side empty", FORM("[own]"), "dir/f:1[own]"},
    {"our SNI", FORM("[own]\nsni = MX.own.test\n"), "dir/f:1[own]sni=mx.own.test;"},
    {"same field in two sections", FORM(A "[own]\ngateways=x.test\n"),
     GOT_A "dir/f:4[own]gateways=x.test/0;"},
};

START_TEST(reads)
{
    struct form form = {0};
    struct text got;
    struct error e;

    ck_assert_msg(read_form("dir/f", right[_i].data, right[_i].len, &form, &e), "%s: %s",
                  right[_i].name, e.text);
    form_fixture_show(&got, &form);
    ck_assert_msg(strcmp(text_str(&got), right[_i].want) == 0, "%s:\n%s\n%s", right[_i].name,
                  text_str(&got), right[_i].want);
    text_free(&got);
    form_clear(&form);
    ck_assert(form.count == 0 && !form.own.given && !form.at);
}
END_TEST

/* --- forms that are wrong: the one line that says so --- */

static const struct {
    const char *name, *data;
    size_t len;
    const char *error;
} wrong[] = {
    {"NUL", FORM("[a]\ncompany=a\0b\n"), "f:2: NUL byte"},
    {"not UTF-8", FORM("[a]\ndomains=a.test\ncompany=T\xdcV\n"),
     "f:3: not UTF-8: if the file is in Latin-1, use iconv -f latin1 -t utf-8"},
    {"not UTF-8 in a comment", FORM("; T\xdcV\n" A),
     "f:1: not UTF-8: if the file is in Latin-1, use iconv -f latin1 -t utf-8"},
    {"neither", FORM("[a\n"), "f:1: neither a section, nor key = value"},
    {"before any section", FORM("company=a\n"), "f:1: is before the first [section]"},
    {"unknown field", FORM(A "gatway=b\n"),
     "f:4: gatway: no such field of a partner; did you mean gateways?"},
    {"field of the other kind", FORM(A "recipient=b\n"),
     "f:4: recipient: no such field of a partner; [own] has it"},
    {"unknown in own", FORM("[own]\nsubdomains=b\n"),
     "f:2: subdomains: no such field in [own]; a partner has it"},
    {"letters exchanged", FORM(A "comapny=b\n"),
     "f:4: comapny: no such field of a partner; did you mean company?"},
    {"hostile field", FORM(A "x\033|=b\n"),
     "f:4: x??: no such field of a partner; see mailtls-partner(5)"},
    {"no value", FORM(A "pinned\n"), "f:4: pinned: expected pinned = value"},
    {"given twice", FORM(A "company=\ncompany=b\n"), "f:5: company: given twice, first in line 4"},
    {"given twice under another spelling", FORM(A "ca-url=a\nCA_URL=b\n"),
     "f:5: ca-url: given twice, first in line 4"},
    {"partner twice", FORM(A A), "f:4: [a] exists already, in f:1"},
    {"adjacent headings", FORM("[a]\n[a]\ndomains=a.test\n"), "f:1: domains: missing"},
    {"own twice", FORM("[own]\n[own]\n"), "f:2: [own] exists already, in f:1"},
    {"own twice, apart", FORM("[own]\nsni=none\n" A "[own]\n"),
     "f:6: [own] exists already, in f:1"},
    {"no id", FORM("[]\n"), "f:1: [] is not a name of a partner: use letters, digits, \"-_.\""},
    {"id with a blank", FORM("[a b]\n"),
     "f:1: [a b] is not a name of a partner: use letters, digits, \"-_.\""},
    {"id like an option", FORM("[-a]\n"),
     "f:1: [-a] is not a name of a partner: use letters, digits, \"-_.\""},
    {"id like a path", FORM("[../a]\n"),
     "f:1: [../a] is not a name of a partner: use letters, digits, \"-_.\""},
    {"hostile id", FORM("[\033]\n"),
     "f:1: [?] is not a name of a partner: use letters, digits, \"-_.\""},
    {"section without a key", FORM(A "[b]\n"), "f:4: domains: missing"},
    {"no domains", FORM("[a]\ngateways=mx\n[b]\n"), "f:1: domains: missing"},
    {"no gateways", FORM("\n[a]\ndomains=a.test\n"),
     "f:2: gateways: missing; required unless direction = inbound"},
    {"port 99999", FORM("[a]\ndomains=a.test\ngateways=mx.a.test:25 mx.b.test:99999\n"),
     "f:3: gateways: \"mx.b.test:99999\" has a port that is not one of 1 to 65535"},
    {"port 0", FORM("[a]\ngateways=mx:0\n"),
     "f:2: gateways: \"mx:0\" has a port that is not one of 1 to 65535"},
    {"no port", FORM("[a]\ngateways=mx:\n"),
     "f:2: gateways: \"mx:\" has a port that is not one of 1 to 65535"},
    {"port of v6", FORM("[a]\ngateways=[::1]:x\n"),
     "f:2: gateways: \"[::1]:x\" has a port that is not one of 1 to 65535"},
    {"behind the bracket", FORM("[a]\ngateways=[::1]25\n"),
     "f:2: gateways: \"[::1]25\" is not [ADDRESS]:PORT"},
    {"brackets around a name", FORM("[a]\ngateways=[mx.a.test]:25\n"),
     "f:2: gateways: \"[mx.a.test]:25\" is neither a host name nor an address"},
    {"gateway of colons", FORM("[a]\ngateways=mx:25:26\n"),
     "f:2: gateways: \"mx:25:26\" is neither a host name nor an address"},
    {"port alone", FORM("[a]\ngateways=:25\n"),
     "f:2: gateways: \":25\" is neither a host name nor an address"},
    {"wildcard within a gateway's name", FORM("[a]\ngateways=mx*.a.test\n"),
     "f:2: gateways: \"mx*.a.test\" is neither a host name nor an address"},
    {"wildcard of any name", FORM("[a]\ngateways=*.\n"),
     "f:2: gateways: \"*.\" is not a domain name"},
    {"gateway of ours is a wildcard", FORM("[own]\ngateways=*.a.test\n"),
     "f:2: gateways: \"*.a.test\" is neither a host name nor an address"},
    {"gateway twice", FORM("[a]\ndomains=a.test\ngateways=mx.a.test mx mx.A.test.\n"),
     "f:3: gateways: \"mx.a.test\" is listed twice"},
    {"our gateway twice", FORM("[own]\ngateways=mx:25 m mx:25\n" A),
     "f:2: gateways: \"mx\" is listed twice"},
    {"address for a domain", FORM("[a]\ndomains=192.0.2.1\n"),
     "f:2: domains: \"192.0.2.1\" is an address, not a domain name"},
    {"not a domain", FORM("[a]\ndomains=a..test\n"),
     "f:2: domains: \"a..test\" is not a domain name"},
    {"digits for a domain", FORM("[a]\ndomains=1.2.3\n"),
     "f:2: domains: \"1.2.3\" is not a domain name"},
    {"mailbox for a domain", FORM("[a]\ndomains=x@a.test\n"),
     "f:2: domains: \"x@a.test\" is not a domain name"},
    {"wildcard inside", FORM("[a]\ndomains=a.*.test\n"),
     "f:2: domains: \"a.*.test\" has a wildcard that is not the whole leftmost label of a domain"},
    {"wildcard in a label", FORM("[a]\ndomains=a*.test\n"),
     "f:2: domains: \"a*.test\" has a wildcard that is not the whole leftmost label of a domain"},
    {"two wildcards", FORM("[a]\ndomains=*.*.test\n"),
     "f:2: domains: \"*.*.test\" has a wildcard that is not the whole leftmost label of a domain"},
    {"wildcard of nothing", FORM("[a]\ndomains=*\n"),
     "f:2: domains: \"*\" has a wildcard that is not the whole leftmost label of a domain"},
    {"wildcard of the empty name", FORM("[a]\ndomains=*.\n"),
     "f:2: domains: \"*.\" is not a domain name"},
    {"wildcard of an address", FORM("[a]\ndomains=*.192.0.2.1\n"),
     "f:2: domains: \"*.192.0.2.1\" is an address, not a domain name"},
    {"wildcard in subdomains", FORM("[a]\nsubdomains=*.a.test\n"),
     "f:2: subdomains: \"*.a.test\" has a wildcard that is not the whole leftmost label of a "
     "domain"},
    {"subdomain of a name", FORM(A "subdomains=x.a.test\n"),
     "f:4: subdomains: \"x.a.test\" is not below a wildcard of domains"},
    {"subdomain elsewhere", FORM("[a]\nsubdomains=x.b.test\ndomains=*.a.test\ngateways=mx\n"),
     "f:2: subdomains: \"x.b.test\" is not below a wildcard of domains"},
    {"subdomain is the apex", FORM("[a]\nsubdomains=a.test\ndomains=*.a.test\ngateways=mx\n"),
     "f:2: subdomains: \"a.test\" is not below a wildcard of domains"},
    {"subdomain ends alike", FORM("[a]\nsubdomains=xa.test\ndomains=*.a.test\ngateways=mx\n"),
     "f:2: subdomains: \"xa.test\" is not below a wildcard of domains"},
    {"domain twice", FORM("[a]\ndomains=a.test b.test A.test\ngateways=mx\n"),
     "f:2: domains: \"a.test\" is listed twice; \"*.\" includes the domain, and subdomains count, "
     "too"},
    {"apex twice", FORM("[a]\ndomains=a.test *.a.test\ngateways=mx\n"),
     "f:2: domains: \"a.test\" is listed twice; \"*.\" includes the domain, and subdomains count, "
     "too"},
    {"a domain among the subdomains",
     FORM("[a]\ndomains=*.a.test x.a.test\nsubdomains=x.a.test\ngateways=mx\n"),
     "f:2: domains: \"x.a.test\" is listed twice; \"*.\" includes the domain, and subdomains "
     "count, too"},
    {"pinned", FORM("[a]\npinned=true\n"), "f:2: pinned: \"true\" is neither yes nor no"},
    {"pinned where names do not count", FORM(A "tls-level=may\ncertificate-cn=mx\npinned=yes\n"),
     "f:6: pinned: names do not count at tls-level may and fingerprint"},
    {"nothing to pin", FORM(A "pinned=yes\n"), "f:4: pinned: requires certificate-cn or issuer"},
    {"direction", FORM("[a]\ndirection=out\n"),
     "f:2: direction: \"out\" is not one of outbound, inbound, both"},
    {"level", FORM("[a]\ntls-level=Verified\n"),
     "f:2: tls-level: \"Verified\" is not one of may, encrypt, fingerprint, verify, secure, dane, "
     "dane-only"},
    {"tls-profile", FORM("[a]\ntls-profile=mozilla modern\n"),
     "f:2: tls-profile: \"mozilla modern\" is not the name of a profile"},
    {"min-tls", FORM("[a]\nmin-tls=1.4\n"),
     "f:2: min-tls: \"1.4\" is not one of 1.0, 1.1, 1.2, 1.3"},
    {"match", FORM("[a]\nmatch=a..b\n"),
     "f:2: match: \"a..b\" is neither a host name nor an address"},
    {"fingerprint", FORM("[a]\nfingerprint=00\n"),
     "f:2: fingerprint: \"00\" is not a SHA-256 in hexadecimal"},
    {"level without fingerprint", FORM(A "tls-level=fingerprint\n"),
     "f:4: tls-level: fingerprint requires fingerprint = HEX"},
    {"fingerprint without level", FORM(A "fingerprint=" SHA "\n"),
     "f:4: fingerprint: requires tls-level = fingerprint"},
    {"code of on", FORM("[a]\non=fast=ok\n"),
     "f:2: on: \"fast=ok\" is not CODE=STATE with a code of --list-findings"},
    {"state of on", FORM("[a]\non=slow=bad\n"),
     "f:2: on: \"slow=bad\" has none of the states ok, warning, critical, unknown"},
    {"on twice", FORM("[a]\non=slow=ok\non=slow=warning\n"),
     "f:3: on: \"slow=warning\" names a finding that has a state already"},
    {"hostile value", FORM("[a]\npinned=\033[31m|x\xe2\x80\xae\n"),
     "f:2: pinned: \"?[31m?x?\" is neither yes nor no"},
    {"long value", FORM("[a]\npinned=0123456789012345678901234567890123456789012345678901234567\n"),
     "f:2: pinned: \"0123456789012345678901234567890123456789...\" is neither yes nor no"},
    {"control character in a path", FORM("[a]\nca-file=a\033b\n"),
     "f:2: ca-file: \"a?b\" is not a file name: it has a control character"},
    {"field that is gone", FORM("[own]\npostfix-policy=hash:/etc/postfix/tls_policy\n"),
     "f:2: postfix-policy: no such field in [own]; see mailtls-partner(5)"},
    {"network", FORM("[own]\ninternal=10.0.0.0/33\n"),
     "f:2: internal: \"10.0.0.0/33\" is neither an address nor a network such as 192.0.2.0/24"},
    {"inbound level", FORM("[a]\ninbound-level=dane\n"),
     "f:2: inbound-level: \"dane\" is not one of encrypt, verify"},
    {"xclient", FORM("[a]\nxclient=mx.a.test\n"),
     "f:2: xclient: \"mx.a.test\" is not ADDRESS or ADDRESS,NAME"},
    {"recipient", FORM("[own]\nrecipient=a@b>RCPT\n"),
     "f:2: recipient: \"a@b>RCPT\" is not a mail address"},
    {"sni", FORM("[own]\nsni=192.0.2.1\n"),
     "f:2: sni: \"192.0.2.1\" is an address, not a domain name"},
};

START_TEST(refuses)
{
    struct form form = {0};
    struct text before, after;
    struct error e;

    ck_assert(read_form("g", FORM("[g]\ndomains=g.test\ngateways=mx\n"), &form, &e));
    form_fixture_show(&before, &form);
    ck_assert_msg(!read_form("f", wrong[_i].data, wrong[_i].len, &form, &e), "%s: no error",
                  wrong[_i].name);
    ck_assert_msg(strcmp(e.text, wrong[_i].error) == 0, "%s:\n%s\n%s", wrong[_i].name, e.text,
                  wrong[_i].error);
    ck_assert_int_eq(e.cause, ERROR_FILE);
    form_fixture_show(&after, &form);
    ck_assert_str_eq(text_str(&before), text_str(&after));
    text_free(&before);
    text_free(&after);
    form_clear(&form);
}
END_TEST

/* --- several files --- */

START_TEST(files_add_up)
{
    struct form form = {0};
    struct text got;
    struct error e;

    ck_assert(read_form("d/1", FORM(A), &form, &e));
    ck_assert(read_form("d/2", FORM("[b]\ndomains=b.test\ngateways=mx\n[own]\n"), &form, &e));
    ck_assert(!read_form("d/3", FORM("[c]\ndomains=c.test\ngateways=mx\n\n[a]\n"), &form, &e));
    ck_assert_str_eq(e.text, "d/3:5: [a] exists already, in d/1:1");
    ck_assert(!read_form("d/4", FORM("[d]\ndomains=d.test\ngateways=mx\n[own]\n"), &form, &e));
    ck_assert_str_eq(e.text, "d/4:4: [own] exists already, in d/2:4");
    ck_assert(read_form("x", FORM("[d]\ndomains=d.test\ngateways=mx\nca-file=r.pem\n"), &form, &e));
    form_fixture_show(&got, &form);
    ck_assert_str_eq(text_str(&got), "d/1:1[a]domains=a.test;gateways=mx.a.test/0;"
                                     "d/2:1[b]domains=b.test;gateways=mx/0;"
                                     "x:1[d]domains=d.test;gateways=mx/0;ca-file=r.pem;d/2:4[own]");
    ck_assert_ptr_eq(form_partner(&form, "d"), &form.at[2]);
    ck_assert_ptr_null(form_partner(&form, "c"));
    ck_assert_ptr_null(form_partner(&form, "own"));
    text_free(&got);
    form_clear(&form);
}
END_TEST

START_TEST(domains_that_take_mail)
{
    static const char *const want[] = {"a.test", "b.test", "x.a.test", "y.x.a.test", NULL};
    struct form form = {0};
    struct error e;

    ck_assert(read_form("f",
                        FORM("[a]\ndomains=*.a.test b.test\ngateways=mx\n"
                             "subdomains=x.a.test y.x.a.test\n"),
                        &form, &e));
    for (size_t i = 0; i < (size_t)COUNT(want); i++)
        ck_assert_pstr_eq(form_domain(&form.at[0], i), want[i]);
    form_clear(&form);
}
END_TEST

/* --- what is shipped as an example --- */

static const struct {
    const char *path, *want;
} examples[] = {
    {"examples/partners/hella.ini",
     ":3[hella]company=Hella;email=securemail@hella.com;domains=hella.com;"
     "gateways=mail1.hella.com/0,mail2.hella.com/0,mail3.hella.com/0;"},
    {"examples/partners/tuv.ini",
     ":3[tuv]company=TUV Rheinland Group;name=TUV Rheinland Service GmbH;email=securemail@tuv.com;"
     "domains=*.tuv.com;subdomains=de.tuv.com,amer.tuv.com,asia.tuv.com;"
     "gateways=mx5.de.tuv.com/0,mx6.de.tuv.com/0,mx1.amer.tuv.com/0,mx1.asia.tuv.com/0;"
     "cn=mx5.de.tuv.com;issuer=D-TRUST SSL Class 3 CA 1 2009;"},
    {"examples/partners/own.ini",
     ":6[own]gateways=mx1.example.com/25;sni=none;ours=example.com;postfix=/etc/postfix;"},
};

START_TEST(example)
{
    const char *path = examples[_i].path;
    FILE *file = fopen(path, "r");
    struct form form = {0};
    char data[4096];
    struct text got;
    struct error e;

    ck_assert_msg(file, "%s: unit tests run where the repository begins", path);
    ck_assert_msg(read_form(path, data, fread(data, 1, sizeof data, file), &form, &e), "%s",
                  e.text);
    fclose(file);
    form_fixture_show(&got, &form);
    ck_assert_msg(strncmp(text_str(&got), path, strlen(path)) == 0, "%s", text_str(&got));
    ck_assert_str_eq(text_str(&got) + strlen(path), examples[_i].want);
    text_free(&got);
    form_clear(&form);
}
END_TEST

UNIT_CASE(form, {reads, COUNT(right)}, {refuses, COUNT(wrong)}, {files_add_up, 1},
          {domains_that_take_mail, 1}, {example, COUNT(examples)})
