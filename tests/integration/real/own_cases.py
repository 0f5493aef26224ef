# SPDX-License-Identifier: BSD-2-Clause
"""Configurations of our own Postfix, and what real Postfix does with mail under each.

Each is tried with four partners' gateways: one without STARTTLS, one with another name's certificate, one with TLS 1.0 alone,
one that is well. DUE is what became of mail to each of them, in this order:

    plain      sent in plaintext
    encrypted  sent over TLS, the certificate was not verified
    verified   sent over TLS, the certificate was verified
    deferred   not sent, Postfix tries again
    bounced    given back

A line of a file that has @D@ stands for four lines, one for each partner's domain; @H@ is the partner's MX host. @DIR@ is the
instance's directory, @CA@ the lab's root, @P@ texthash:@DIR@/policy, @T@ texthash:@DIR@/transport.
"""

SAFE = "deferred deferred deferred verified"  # what the form asks for: level verify, TLS 1.2
STUCK = "deferred deferred deferred deferred"
CLEAR = "plain plain plain plain"
MAY = "plain encrypted encrypted encrypted"
ENCRYPT = "deferred encrypted encrypted encrypted"

WEAK, MISSING, RELAYED, UNKNOWN = "own-policy-weak", "own-policy-missing", "own-relayed", "own-policy-unknown"

TLS12 = "smtp_tls_mandatory_protocols = >=TLSv1.2\n"
GOOD = "smtp_tls_CAfile = @CA@\n" + TLS12 + "smtp_tls_policy_maps = @P@\n"
VERIFY = "@D@ verify\n"
BY_LEVEL = "smtp_tls_CAfile = @CA@\n" + TLS12 + \
    "smtp_tls_security_level = ${{$compatibility_level} <level {3.6} ? {may} : {verify}}\n"
NO_CA = TLS12 + "smtp_tls_policy_maps = @P@\n"


class Case:
    def __init__(self, name, main, due, found, policy=VERIFY, transport="", master="", form="", own="", says="", **files):
        self.name, self.main, self.due, self.found = name, main, due, found
        self.master, self.form, self.own, self.says = master, form, own, says
        self.files = {"policy": policy, "transport": transport} | files


CASES = [
    # --- policies ---
    Case("verify", GOOD, SAFE, []),
    Case("no policy at all", "", CLEAR, [MISSING]),
    Case("level of main.cf", "smtp_tls_CAfile = @CA@\nsmtp_tls_security_level = verify\n" + TLS12, SAFE, []),
    Case("default may", "smtp_tls_security_level = may\n", MAY, [MISSING]),
    Case("default encrypt", "smtp_tls_security_level = encrypt\n", ENCRYPT, [MISSING]),
    Case("use_tls", "smtp_use_tls = yes\n", MAY, [MISSING]),
    Case("enforce_tls", "smtp_tls_CAfile = @CA@\nsmtp_enforce_tls = yes\n" + TLS12, SAFE, []),
    Case("enforce_tls without names", "smtp_enforce_tls = yes\nsmtp_tls_enforce_peername = no\n" + TLS12,
         "deferred encrypted deferred encrypted", [MISSING]),
    Case("level none", GOOD, CLEAR, [WEAK], policy="@D@ none\n"),
    Case("level none with attributes", GOOD, CLEAR, [WEAK], policy="@D@ none match=x\n"),
    Case("level may", GOOD, MAY, [WEAK], policy="@D@ may\n"),
    Case("level encrypt", GOOD, "deferred encrypted deferred encrypted", [WEAK], policy="@D@ encrypt\n"),
    Case("level in capitals", GOOD, SAFE, [], policy="@D@ VERIFY\n"),
    Case("key in capitals", "smtp_tls_CAfile = @CA@\n" + TLS12 + "smtp_tls_policy_maps = hash:@DIR@/policy\n", SAFE, [],
         policy="@D@ verify\n"),
    Case("secure", GOOD, SAFE, [], policy="@D@ secure\n"),
    Case("encrypt, as in the form", GOOD, "deferred encrypted deferred encrypted", [], policy="@D@ encrypt\n",
         form="tls-level = encrypt\n"),
    Case("verify for a form with encrypt", GOOD, SAFE, [], form="tls-level = encrypt\n"),
    Case("a form that asks for nothing", "", CLEAR, [], form="tls-level = may\n"),
    Case("dane", GOOD, MAY, [WEAK], policy="@D@ dane\n"),
    Case("dane-only", GOOD, STUCK, [], policy="@D@ dane-only\n"),
    Case("dane-only without dnssec", GOOD + "smtp_dns_support_level = enabled\n", STUCK, [WEAK],
         policy="@D@ dane-only\n"),
    # --- maps and their order ---
    Case("another map before the table", "smtp_tls_CAfile = @CA@\n" + TLS12 +
         "smtp_tls_policy_maps = inline:{ {notls.test=may}, {othername.test=may}, {tls10.test=may}, {plain.test=may} }, @P@\n",
         MAY, [WEAK]),
    Case("another map after the table", GOOD.replace("@P@", "@P@ static:may"), SAFE, []),
    Case("key by key through all maps", GOOD.replace("@P@", "static:may @P@"), MAY, [WEAK]),
    Case("a parent in the first map", GOOD.replace("@P@", "inline:{.test=may} @P@"), SAFE, []),
    Case("parent with its dot", GOOD, SAFE, [], policy=".test verify\n"),
    Case("parent without its dot", GOOD, CLEAR, [MISSING], policy="test verify\n"),
    Case("patterns", GOOD.replace("@P@", "regexp:@DIR@/re"), SAFE, [], re="/^[a-z0-9]+\\.test$/ verify\n"),
    Case("patterns with a substitution", GOOD.replace("@P@", "regexp:@DIR@/re"), SAFE, [],
         re="/^(notls|othername|tls10|plain)\\.test$/ verify match=mx.$1.test\n"),
    Case("cidr has no names", GOOD.replace("@P@", "cidr:@DIR@/re"), CLEAR, [MISSING], re="127.0.0.0/8 verify\n"),
    Case("key in brackets", GOOD, CLEAR, [MISSING], policy="[@D@] verify\n"),
    Case("proxy", GOOD.replace("@P@", "proxy:@P@") + "proxy_read_maps = proxy:@P@\n", SAFE, []),
    Case("proxy by default", GOOD.replace("@P@", "proxy:@P@"), SAFE, []),
    Case("proxy without approval", GOOD.replace("@P@", "proxy:@P@") + "proxy_read_maps = @P@\n", STUCK, [WEAK]),
    Case("unionmap", GOOD.replace("@P@", "unionmap:{inline:{x.test=may}, @P@}"), SAFE, []),
    Case("a key twice", GOOD, STUCK, [WEAK], policy=VERIFY + "x.test may\nx.test may\n",
         says="a key is in the table twice; seen x.test in texthash:@DIR@/policy:6"),
    Case("an entry without a value", GOOD, CLEAR, [MISSING], policy="x.test may\n@D@\n",
         says='postmap warns "@DIR@/policy, line 2: expected format: key whitespace value -- ignoring this line"'),
    Case("a comment in a list of maps", GOOD.replace("@P@", "@P@ # ours"), STUCK, [WEAK]),
    Case("stale database", GOOD.replace("@P@", "hash:@DIR@/policy"), MAY, [WEAK], policy="@D@ may\n",
         after={"policy": VERIFY}, says='postmap warns "database @DIR@/policy.db is older than source file @DIR@/policy"'),
    # --- whole files of reports ---
    Case("reported: protocols of main.cf", "compatibility_level = 3.6\nsmtp_tls_CAfile = @CA@\nsmtp_tls_policy_maps = @P@\n"
         "smtp_tls_loglevel = 1\nsmtp_tls_mandatory_protocols = >=TLSv1.2\n", SAFE, []),
    Case("reported: default protocols at encrypt", "compatibility_level = 3.6\nsmtp_tls_CAfile = @CA@\n"
         "smtp_tls_policy_maps = @P@\nsmtp_tls_loglevel = 1\n", ENCRYPT, [WEAK], policy="@D@ encrypt\n",
         form="tls-level = encrypt\n", says="our Postfix allows TLS 1.0"),
    Case("reported: hostname at secure", "compatibility_level = 3.6\nsmtp_tls_CAfile = @CA@\nsmtp_tls_policy_maps = @P@\n"
         "smtp_tls_secure_cert_match = hostname, nexthop, dot-nexthop\n", SAFE, [WEAK], policy="@D@ secure\n",
         form="tls-level = secure\n", says="our Postfix accepts certificates for hostname"),
    Case("reported: stale database", "compatibility_level = 3.6\nsmtp_tls_CAfile = @CA@\n"
         "smtp_tls_policy_maps = hash:@DIR@/policy\n", CLEAR, [MISSING], policy="x.test verify\n", after={"policy": VERIFY},
         says='postmap warns "database @DIR@/policy.db is older than source file @DIR@/policy"'),
    # --- a level by compatibility_level ---
    Case("level by compatibility_level", BY_LEVEL, SAFE, []),
    Case("level by an old compatibility_level", BY_LEVEL + "compatibility_level = 2\n", MAY, [MISSING]),
    Case("a service's own compatibility_level", BY_LEVEL + "transport_maps = @T@\n", MAY, [MISSING], transport="@D@ old:\n",
         master="old unix - - n - - smtp\n  -o compatibility_level=2\n"),
    Case("a service's own newer compatibility_level", BY_LEVEL + "compatibility_level = 2\ntransport_maps = @T@\n", SAFE, [],
         transport="@D@ new:\n", master="new unix - - n - - smtp\n  -o compatibility_level=3.6\n"),
    # --- entries that are malformed, and what they leave out ---
    Case("unknown level", GOOD, STUCK, [WEAK], policy="@D@ mandatory\n"),
    Case("unknown attribute", GOOD, STUCK, [WEAK], policy="@D@ verify matches=hostname\n"),
    Case("attribute of a later version", GOOD, STUCK, [WEAK], policy="@D@ verify enable_rpk=no\n"),
    Case("attribute in braces", GOOD, STUCK, [WEAK], policy="@D@ verify { match = hostname }\n"),
    Case("match at encrypt", GOOD, STUCK, [WEAK], policy="@D@ encrypt match=hostname\n"),
    Case("ciphers twice", GOOD, STUCK, [WEAK], policy="@D@ verify ciphers=high ciphers=high\n"),
    Case("unknown grade", GOOD, STUCK, [WEAK], policy="@D@ verify ciphers=strong\n"),
    Case("unknown protocol", GOOD, STUCK, [WEAK], policy="@D@ verify protocols=TLS12\n"),
    Case("empty match", GOOD, STUCK, [WEAK], policy="@D@ verify match=\n"),
    # OpenSSL 3 leaves TLS 1.0 out where Postfix verifies certificates, but not at level encrypt.
    Case("protocols of main.cf", GOOD.replace(TLS12, ""), SAFE, []),
    Case("protocols of main.cf at encrypt", GOOD.replace(TLS12, ""), ENCRYPT, [WEAK], policy="@D@ encrypt\n",
         form="tls-level = encrypt\n"),
    Case("protocols of the entry at encrypt", GOOD.replace(TLS12, ""), "deferred encrypted deferred encrypted", [],
         policy="@D@ encrypt protocols=>=TLSv1.2\n", form="tls-level = encrypt\n"),
    Case("cipher suites that want old TLS back", GOOD.replace(TLS12, "tls_medium_cipherlist = DEFAULT:@SECLEVEL=0\n"),
         SAFE, []),
    Case("protocols of the entry", GOOD.replace(TLS12, ""), SAFE, [], policy="@D@ verify protocols=>=TLSv1.2\n"),
    Case("protocols excluded one by one", GOOD.replace(TLS12, ""), SAFE, [],
         policy="@D@ verify protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1\n"),
    Case("old TLS is what the form allows", GOOD.replace(TLS12, ""), SAFE, [], form="min-tls = 1.0\n"),
    # --- names ---
    Case("a name of another", GOOD, "deferred verified deferred deferred", [WEAK],
         policy="@D@ verify match=mx.elsewhere.test\n"),
    Case("names of main.cf", GOOD + "smtp_tls_verify_cert_match = mx.elsewhere.test, hostname\n",
         "deferred verified deferred verified", [WEAK]),
    Case("hostname at secure", GOOD + "smtp_tls_secure_cert_match = hostname, nexthop\n", SAFE, [WEAK],
         policy="@D@ secure\n", form="tls-level = secure\n"),
    Case("a comment in a list of names", GOOD + "smtp_tls_verify_cert_match = hostname # the usual\n", SAFE, [WEAK]),
    Case("a domain's names", GOOD, SAFE, [], policy="@D@ verify match=.@D@:@D@\n"),
    # --- next hops ---
    Case("transport to the MX host", GOOD + "transport_maps = @T@\n", CLEAR, [MISSING], transport="@D@ smtp:[@H@]\n"),
    Case("a policy for the next hop", GOOD + "transport_maps = @T@\n", SAFE, [], transport="@D@ smtp:[@H@]:25\n",
         policy="[@H@]:25 verify\n"),
    Case("next hop with another port in the policy", GOOD + "transport_maps = @T@\n", CLEAR, [MISSING],
         transport="@D@ smtp:[@H@]:25\n", policy="[@H@] verify\n"),
    Case("next hop without a change", GOOD + "transport_maps = @T@\n", SAFE, [], transport="@D@ :\n"),
    Case("transport of the address", GOOD + "transport_maps = @T@\n", CLEAR, [MISSING],
         transport="postmaster@@D@ smtp:[@H@]\n@D@ smtp:\n"),
    Case("transport of a parent", GOOD + "transport_maps = @T@\n", SAFE, [], transport="test smtp:[mx.rsa.test]\n"),
    Case("transport of a parent with its dot", GOOD + "transport_maps = @T@\n",
         "plain plain plain plain", [MISSING, RELAYED], transport=".test smtp:[mx.rsa.test]\n"),
    Case("transport of everything", GOOD + "transport_maps = @T@\n", "plain plain plain plain", [MISSING, RELAYED],
         transport="* smtp:[mx.rsa.test]\n"),
    Case("pattern tables get no part of an address", GOOD + "transport_maps = regexp:@DIR@/re\n", SAFE, [],
         re="/^(notls|othername|tls10|plain)\\.test$/ smtp:[mx.rsa.test]\n"),
    Case("pattern tables get the address", GOOD + "transport_maps = regexp:@DIR@/re\n", "plain plain plain plain",
         [MISSING, RELAYED], re="/@(notls|othername|tls10|plain)\\.test$/ smtp:[mx.rsa.test]\n"),
    Case("pattern tables may not substitute", GOOD + "transport_maps = regexp:@DIR@/re\n", SAFE, [UNKNOWN],
         re="/@([a-z0-9]+)\\.test$/ smtp:[mx.$1.test]\n"),
    Case("error transport", GOOD + "transport_maps = @T@\n", "bounced bounced bounced bounced", [WEAK],
         transport="@D@ error:no mail today\n"),
    Case("retry transport", GOOD + "transport_maps = @T@\n", STUCK, [WEAK], transport="@D@ retry:later\n"),
    Case("transport that is not there", GOOD + "transport_maps = @T@\n", STUCK, [WEAK], transport="@D@ partner:\n"),
    Case("relayhost", GOOD + "relayhost = [mx.rsa.test]:25\n", "plain plain plain plain", [MISSING, RELAYED]),
    Case("relayhost with a policy", GOOD + "relayhost = [mx.rsa.test]:25\n", "verified verified verified verified",
         [RELAYED], policy="[mx.rsa.test]:25 verify\n"),
    Case("a relay of ours", GOOD + "relayhost = [mx.rsa.test]:25\n", "plain plain plain plain", [],
         own="relay = mx.rsa.test\n"),
    Case("relayhost by MX", GOOD + "relayhost = rsa.test\n", "plain plain plain plain", [MISSING, RELAYED]),
    Case("default_transport with a next hop", GOOD + "default_transport = smtp:[mx.rsa.test]\n",
         "plain plain plain plain", [MISSING, RELAYED]),
    Case("relay_transport and relay_domains", GOOD + "relay_domains = test\nrelay_transport = relay\n", CLEAR, [WEAK],
         master="relay unix - - n - - smtp\n  -o smtp_tls_policy_maps=static:none\n"),
    Case("sender-dependent relayhost", GOOD + "sender_dependent_relayhost_maps = inline:{ {us@sender.test = [mx.rsa.test]} }\n",
         "plain plain plain plain", [MISSING, RELAYED]),
    Case("another sender's relayhost", GOOD + "sender_dependent_relayhost_maps = inline:{ {you@sender.test = [mx.rsa.test]} }\n",
         SAFE, []),
    Case("sender-dependent relayhost by domain",
         GOOD + "sender_dependent_relayhost_maps = inline:{ {@sender.test = [mx.rsa.test]} }\n",
         "plain plain plain plain", [MISSING, RELAYED]),
    Case("sender-dependent transport", GOOD + "sender_dependent_default_transport_maps = inline:{ {us@sender.test = loose} }\n",
         CLEAR, [WEAK], master="loose unix - - n - - smtp\n  -o smtp_tls_policy_maps=static:none\n"),
    Case("two next hops", GOOD + "transport_maps = @T@\n", SAFE, [], policy="[@H@]:25 verify\n[127.25.9.9] verify\n",
         transport="@D@ smtp:[127.25.9.9],[@H@]:25\n", form="gateways = 127.25.9.9\n"),
    Case("fallback relay", GOOD + "smtp_fallback_relay = [mx.rsa.test]\n", "plain plain plain verified",
         [MISSING, RELAYED]),
    # --- services ---
    Case("a service's own level", GOOD + "transport_maps = @T@\n", CLEAR, [WEAK],
         transport="@D@ loose:\n", master="loose unix - - n - - smtp\n  -o smtp_tls_policy_maps=static:none\n"),
    Case("a service's own level instead of the default", "transport_maps = @T@\nsmtp_tls_CAfile = @CA@\n" + TLS12, SAFE, [],
         transport="@D@ strict:\n", master="strict unix - - n - - smtp\n  -o smtp_tls_security_level=verify\n"),
    Case("an override changes a $name of main.cf", "level = verify\nsmtp_tls_CAfile = @CA@\n" + TLS12 +
         "smtp_tls_security_level = $level\ntransport_maps = @T@\n", MAY, [MISSING],
         transport="@D@ loose:\n", master="loose unix - - n - - smtp\n  -o level=may\n"),
    Case("a $name", "maps = @P@\nsmtp_tls_CAfile = @CA@\n" + TLS12 + "smtp_tls_policy_maps = $maps\n", SAFE, []),
    # --- whether Postfix can meet the policy ---
    Case("a CA file that is not there", "smtp_tls_CAfile = @DIR@/none.pem\n" + NO_CA, STUCK, [WEAK]),
    Case("no CA", NO_CA, STUCK, [WEAK]),
    Case("a CA file that is empty", "smtp_tls_CAfile = @DIR@/empty.pem\n" + NO_CA, STUCK, [WEAK], **{"empty.pem": "\n"}),
    Case("a missing CA file at may", "smtp_tls_CAfile = @DIR@/none.pem\n" + NO_CA, CLEAR, [WEAK], policy="@D@ may\n"),
    Case("tafile in the place of CAs", NO_CA, SAFE, [], policy="@D@ verify tafile=@CA@\n"),
    Case("tafile that is not there", GOOD, STUCK, [WEAK], policy="@D@ verify tafile=@DIR@/none.pem\n"),
    Case("a client certificate that is not there", GOOD + "smtp_tls_cert_file = @DIR@/none.pem\n", STUCK, [WEAK]),
    Case("STARTTLS is discarded", GOOD + "smtp_discard_ehlo_keywords = starttls\n", STUCK, [WEAK]),
    Case("another keyword is discarded", GOOD + "smtp_discard_ehlo_keywords = chunking\n", SAFE, []),
    Case("level of main.cf is malformed", GOOD + "smtp_tls_security_level = must\n", STUCK, [WEAK]),
    Case("wrapper mode at may", "smtp_tls_security_level = may\nsmtp_tls_wrappermode = yes\n", STUCK, [WEAK]),
    # --- per_site, and old compatibility levels ---
    Case("per_site", "smtp_tls_CAfile = @CA@\n" + TLS12 + "smtp_tls_per_site = @P@\n", SAFE, [], policy="@D@ MUST\n"),
    Case("per_site by host", "smtp_tls_CAfile = @CA@\n" + TLS12 + "smtp_tls_per_site = @P@\n", SAFE, [],
         policy="@H@ MUST\n"),
    Case("per_site NONE", "smtp_tls_security_level = may\nsmtp_tls_per_site = @P@\n", CLEAR, [WEAK], policy="@D@ NONE\n"),
    Case("per_site beside policy maps", GOOD + "smtp_tls_per_site = static:NONE\n", SAFE, []),
    Case("compatibility level 0", GOOD + "compatibility_level = 0\n", SAFE, []),
    # --- before the route ---
    Case("virtual alias elsewhere", GOOD + "virtual_alias_maps = regexp:@DIR@/re\n", None, [UNKNOWN],
         re="/@(notls|othername|tls10|plain)\\.test$/ x@rsa.test\n"),
    Case("content filter elsewhere", GOOD + "content_filter = smtp:[mx.rsa.test]:25\n", "plain plain plain plain", [UNKNOWN]),
    Case("content filter of one service", GOOD, SAFE, [UNKNOWN],
         master="127.0.0.1:10026 inet n - n - - smtpd\n  -o content_filter=smtp:[mx.rsa.test]:25\n"),
    Case("FILTER by recipient", GOOD + "smtpd_recipient_restrictions = check_recipient_access regexp:@DIR@/re\n",
         "plain plain plain plain", [UNKNOWN], re="/@(notls|othername|tls10|plain)\\.test$/ FILTER smtp:[mx.rsa.test]:25\n"),
    Case("FILTER by recipient, after the mail was permitted",
         GOOD + "smtpd_recipient_restrictions = permit_mynetworks, check_recipient_access regexp:@DIR@/re\n", SAFE,
         [UNKNOWN], re="/@(notls|othername|tls10|plain)\\.test$/ FILTER smtp:[mx.rsa.test]:25\n"),
    Case("FILTER by a header", GOOD + "header_checks = regexp:@DIR@/re\n", "plain plain plain plain", [UNKNOWN],
         re="/^Subject:/ FILTER smtp:[mx.rsa.test]:25\n"),
    Case("another access table", GOOD + "smtpd_recipient_restrictions = check_recipient_access static:OK\n", SAFE, []),
    Case("our own domain", GOOD + "mydestination = notls.test othername.test tls10.test plain.test\nlocal_transport = error:local\n",
         "bounced bounced bounced bounced", [WEAK]),
    Case("relocated", GOOD + "relocated_maps = regexp:@DIR@/re\n", "bounced bounced bounced bounced", [WEAK],
         re="/./ elsewhere@rsa.test\n"),
]
