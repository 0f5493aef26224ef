# SPDX-License-Identifier: BSD-2-Clause
"""The same odd gateways met by Postfix's smtp(8), Exim and posttls-finger, with one mail each, and by check_smtp_tls.

What the senders do is the measure: a gateway to which one of them delivers over TLS is at most a warning, and one to
which none of them does is critical. Rows that say otherwise have the reason beside them.
"""
import concurrent.futures
import json
import os
import re
import shutil
import smtplib
import socket
import ssl
import subprocess

from cases import OK, STATES, WARNING
from exim import USER, libraries, make_user, said
from pki import Pki
from process import wait_for, write
from scripted import A, MX, Gateway, Resolver, mx
from servers import SENDER, SENDER_MASTER, Servers, loopback_up
from session import use_resolver

RESOLVER, SUBMISSION = "127.53.1.1", "127.27.0.250"
PATIENCE = 6  # seconds that a sender waits for a reply

POSTFIX = SENDER.replace("smtp_dns_support_level = dnssec", "") + f"""
smtp_tls_security_level = encrypt
smtp_helo_timeout = {PATIENCE}s
smtp_starttls_timeout = {PATIENCE}s
smtp_mail_timeout = {PATIENCE}s
smtp_quit_timeout = 1s
smtp_tls_session_cache_database =
default_process_limit = 100
"""

EXIM = """
exim_path = {program}
primary_hostname = mx.exim.test
spool_directory = {dir}
log_file_path = {dir}/%slog
keep_environment =
log_selector = +received_recipients
begin routers
elsewhere:
  driver = dnslookup
  transport = elsewhere
begin transports
elsewhere:
  driver = smtp
  hosts_require_tls = *
  {more}
begin retry
* * F,1h,1m
"""


def reply(*lines, end=b"\r\n"):
    return b"".join(line.encode("latin-1") + end for line in lines)


EHLO = ("250-mx", "250-STARTTLS", "250 8BITMIME")

# name: (what the gateway does, who delivers over TLS: Postfix, Exim, posttls-Finger; what check_smtp_tls finds)
REPLIES = {
    "plain": ({}, "PEF", []),
    "crcrlf": ({"greeting": reply("220 mx", end=b"\r\r\n"), "ehlo": reply(*EHLO, end=b"\r\r\n"),
                "starttls": reply("220 go", end=b"\r\r\n"), "ehlo_tls": reply("250 mx", end=b"\r\r\n")}, "PEF",
               ["protocol-deviation"]),
    "lf": ({"greeting": reply("220 mx", end=b"\n"), "ehlo": reply(*EHLO, end=b"\n"),
            "starttls": reply("220 go", end=b"\n"), "ehlo_tls": reply("250 mx", end=b"\n")}, "PEF",
           ["protocol-deviation"]),
    "empty-first": ({"greeting": reply("", "220 mx")}, "P", ["protocol-deviation"]),
    "empty-middle": ({"greeting": reply("220-mx", "", "220 mx")}, "P", ["protocol-deviation"]),
    "empty-ehlo": ({"ehlo": reply("250-mx", "", "250-STARTTLS", "250 8BITMIME")}, "P", ["protocol-deviation"]),
    "empty-starttls": ({"starttls": reply("", "220 go")}, "P", ["protocol-deviation"]),
    "empty-after-ehlo": ({"ehlo": reply(*EHLO, "")}, "P", ["protocol-deviation"]),
    "empty-after-starttls": ({"starttls": reply("220 go", "")}, "PF", ["starttls-injection"]),
    "empty-tls": ({"ehlo_tls": reply("", "250 mx")}, "PF", ["protocol-deviation"]),
    "banner": ({"greeting": reply("Authorised use only", "220 mx")}, "P", ["protocol-deviation"]),
    "tab-last": ({"greeting": reply("220\tmx ESMTP")}, "F", ["greeting-rejected"]),
    "tab-middle": ({"greeting": reply("220\tmx", "220 ESMTP")}, "P", ["protocol-deviation"]),
    "tab-ehlo": ({"ehlo": reply("250-mx", "250\t8BITMIME", "250 STARTTLS")}, "P", ["protocol-deviation"]),
    "tab-starttls": ({"ehlo": reply("250-mx", "250\tSTARTTLS", "250 8BITMIME")}, "",
                     ["protocol-deviation", "starttls-not-supported"]),
    "tab-keyword": ({"ehlo": reply("250-mx", "250-STARTTLS\tx", "250 8BITMIME")}, "EF", ["protocol-deviation"]),
    "equals-keyword": ({"ehlo": reply("250-mx", "250-STARTTLS=x", "250 8BITMIME")}, "PF", ["protocol-deviation"]),
    "blank-keyword": ({"ehlo": reply("250-mx", "250- STARTTLS", "250 8BITMIME")}, "PF", ["protocol-deviation"]),
    "parameter": ({"ehlo": reply("250-mx", "250-STARTTLS REQUIRED", "250 8BITMIME")}, "PEF", []),
    "lower": ({"ehlo": reply("250-mx", "250-starttls", "250 8BITMIME")}, "PF", []),
    "first-line": ({"ehlo": reply("250-STARTTLS", "250 8BITMIME")}, "F", ["starttls-not-supported"]),
    "single-line": ({"ehlo": reply("250 STARTTLS")}, "F", ["starttls-not-supported"]),
    "no-blank": ({"greeting": reply("220mx")}, "F", ["greeting-rejected"]),
    "four-digits": ({"greeting": reply("2200 mx")}, "", ["greeting-rejected"]),
    "leading-blank": ({"greeting": reply(" 220 mx")}, "", ["greeting-rejected"]),
    "code-alone": ({"greeting": reply("220")}, "EF", ["protocol-deviation"]),
    "same-class": ({"greeting": reply("220-mx", "250 mx")}, "PEF", ["protocol-deviation"]),
    "same-class-ehlo": ({"ehlo": reply("250-mx", "220-STARTTLS", "250 8BITMIME")}, "PF", ["protocol-deviation"]),
    "other-class-ehlo": ({"ehlo": reply("250-mx", "550-STARTTLS", "250 8BITMIME")}, "PF", ["protocol-deviation"]),
    "teaser-521": ({"greeting": reply("220-mx", "521 5.7.1 blocked")}, "E", ["greeting-rejected"]),
    "teaser-421": ({"greeting": reply("220-mx", "421 4.7.0 busy")}, "E", ["throttled"]),
    "teaser-450": ({"greeting": reply("220-mx", "450 4.7.0 later")}, "E", ["deferred"]),
    "521-220": ({"greeting": reply("521-mx", "220 mx")}, "PF", ["protocol-deviation"]),
    "ehlo-550": ({"ehlo": reply("250-mx", "250-STARTTLS", "550 no")}, "E", ["ehlo-rejected"]),
    "starttls-454": ({"starttls": reply("220-go", "454 no"), "refuses": True}, "", ["starttls-refused"]),
    "250-greeting": ({"greeting": reply("250 mx")}, "PEF", ["protocol-deviation"]),
    "200-greeting": ({"greeting": reply("200 mx")}, "PEF", ["protocol-deviation"]),
    "220-ehlo": ({"ehlo": reply("220-mx", "220-STARTTLS", "220 8BITMIME")}, "PF", ["protocol-deviation"]),
    "250-starttls": ({"starttls": reply("250 go")}, "PEF", ["protocol-deviation"]),
    "299-tls": ({"ehlo_tls": reply("299 mx")}, "PEF", ["protocol-deviation"]),
    "354-greeting": ({"greeting": reply("354 mx")}, "", ["greeting-rejected"]),
    "999-greeting": ({"greeting": reply("999 mx")}, "", ["greeting-rejected"]),
    "199-greeting": ({"greeting": reply("199 mx")}, "", ["greeting-rejected"]),
    "nul-greeting": ({"greeting": b"220 mx \0 ESMTP\r\n"}, "PEF", ["protocol-deviation"]),
    "nul-first": ({"greeting": b"\x00220 mx\r\n"}, "", ["greeting-rejected"]),
    "nul-ehlo": ({"ehlo": b"250-mx\r\n250-SI\0ZE\r\n250 STARTTLS\r\n"}, "PF", ["protocol-deviation"]),
    "nul-keyword": ({"ehlo": b"250-mx\r\n250-STARTTLS\0x\r\n250 8BITMIME\r\n"}, "PEF", ["protocol-deviation"]),
    "long-line": ({"greeting": b"220 " + b"x" * 3000 + b"\r\n"}, "PEF", ["protocol-deviation"]),
    "long-keyword": ({"ehlo": b"250-mx\r\n250-" + b"x" * 5000 + b"\r\n250 STARTTLS\r\n"}, "", ["protocol-error"]),
    "very-long": ({"greeting": b"220 " + b"x" * 40000 + b"\r\n"}, "PF", ["protocol-deviation"]),
    "many-lines": ({"greeting": reply(*["220-mx"] * 150, "220 mx")}, "PEF", []),
    "no-code-ehlo": ({"ehlo": reply("250-mx", "STARTTLS", "250 8BITMIME")}, "",
                     ["protocol-deviation", "starttls-not-supported"]),
    "no-code-middle": ({"ehlo": reply("250-mx", "hello", "250 STARTTLS")}, "P", ["protocol-deviation"]),
    "stray-reply": ({"ehlo": reply(*EHLO, "250 more")}, "", ["starttls-injection"]),
    "masked": ({"greeting": b"220 **************2****0*0**\r\n", "ehlo": reply("250-mx", "250 8BITMIME")}, "",
               ["starttls-stripped"]),
    "masked-offered": ({"greeting": b"220 **************2****0*0**\r\n"}, "EF", ["protocol-deviation"]),
    "overwritten": ({"starttls": reply('500 5.5.1 Command unrecognized: "XXXXXXXX"'), "refuses": True}, "",
                    ["starttls-stripped"]),
    "ehlo-overwritten": ({"ehlo": reply("500 5.5.1 XXXX unrecognized")}, "", ["starttls-stripped"]),
    "ssh": ({"greeting": b"SSH-2.0-OpenSSH_9.2\r\n"}, "", ["greeting-rejected"]),
    "high-bytes": ({"greeting": b"220 m\xfcx\r\n"}, "PEF", []),
    "closed": ({"greeting": None}, "", ["connection-failed", "no-gateway-reachable"]),
}


# name: (DNS, where {at} is the domain and {address} its gateway's, mx.{at}; who delivers there, or, in lower case, to the
# sender's own machine; what check_smtp_tls finds)
MX_SETS = {
    "plain-mx": (["{at} MX 10 mx.{at}"], "PEF", []),
    "null": (["{at} MX 0 ."], "", ["null-mx"]),
    "null-10": (["{at} MX 10 ."], "", ["null-mx"]),
    "null-beside": (["{at} MX 0 .", "{at} MX 10 mx.{at}"], "E", ["null-mx"]),
    "null-10-beside": (["{at} MX 10 .", "{at} MX 20 mx.{at}"], "E", ["null-mx"]),
    "null-later": (["{at} MX 10 mx.{at}", "{at} MX 50 ."], "E", ["null-mx"]),
    "localhost": (["{at} MX 10 localhost.{at}", "localhost.{at} A 127.0.0.1"], "F", ["address-unusable"]),
    "localhost-first": (["{at} MX 10 localhost.{at}", "{at} MX 20 mx.{at}", "localhost.{at} A 127.0.0.1"], "F",
                        ["address-unusable"]),
    "localhost-later": (["{at} MX 10 mx.{at}", "{at} MX 20 localhost.{at}", "localhost.{at} A 127.0.0.1"], "PEF",
                        ["address-unusable"]),
    "unspecified": (["{at} MX 10 no.{at}", "no.{at} A 0.0.0.0"], "pF", ["address-unusable"]),
    "multicast": (["{at} MX 10 no.{at}", "no.{at} A 224.0.0.1"], "", ["address-unusable"]),
    "broadcast": (["{at} MX 10 no.{at}", "no.{at} A 255.255.255.255"], "", ["address-unusable"]),
    "link-local": (["{at} MX 10 no.{at}", "no.{at} AAAA fe80::1"], "", ["address-unusable"]),
    "mapped": (["{at} MX 10 no.{at}", "no.{at} AAAA ::ffff:{address}"], "PEF", ["address-unusable"]),
    "invalid-beside": (["{at} MX 0 mx.{at}", "{at} MX 32767 ms12345678.msv1.invalid."], "PEF", []),
    "invalid-alone": (["{at} MX 0 ms12345678.msv1.invalid."], "", ["no-address"]),
    "literal": (["{at} MX 10 {address}."], "PF", ["no-address"]),
    "implicit": (["{at} A {address}"], "PEF", []),
}

RSA = "RSA -pkeyopt rsa_keygen_bits:2048"
DENIED = reply("554 5.7.1 access denied")
NO_CERTIFICATE = reply("421 4.7.1 mx Error: No client certificate presented")

# name: (the certificate's key and key usage, the gateway, who delivers over TLS, what check_smtp_tls finds)
TLS = {
    "usage-rsa": ({"key": RSA}, "keyEncipherment", {}, "PF", ["certificate-key-usage"]),
    "usage-rsa-both": ({"key": RSA}, "digitalSignature, keyEncipherment", {}, "PEF", []),
    "usage-rsa-sign": ({"key": RSA}, "digitalSignature", {}, "PEF", []),
    "usage-ec": ({}, "keyAgreement", {}, "PF", ["certificate-key-usage"]),
    "usage-none": ({}, "", {}, "PEF", []),
    "client-optional": ({}, "", {"client": ssl.CERT_OPTIONAL}, "PEF", []),
    # posttls-finger is content with the handshake of TLS 1.3; Exim ignores a refused EHLO, so MAIL is refused too
    "client-required": ({}, "", {"client": ssl.CERT_REQUIRED}, "F", ["client-certificate-required"]),
    "client-421": ({}, "", {"client": ssl.CERT_OPTIONAL, "ehlo_tls": NO_CERTIFICATE, "mail": None}, "F",
                   ["client-certificate-required"]),
    "client-554": ({}, "", {"client": ssl.CERT_OPTIONAL, "ehlo_tls": DENIED, "mail": DENIED}, "F",
                   ["client-certificate-required"]),
    "client-closed": ({}, "", {"client": ssl.CERT_OPTIONAL, "ehlo_tls": None}, "F", ["client-certificate-required"]),
    "client-mail": ({}, "", {"client": ssl.CERT_OPTIONAL, "mail": reply("550 Administrative prohibition")}, "F",
                    ["client-certificate-required"]),
    "name-unknown": ({}, "", {"knows": "other.odd.test"}, "PEF", ["tls-handshake-failed"]),
}

# How the resolver of resolv.conf answers questions with EDNS: who delivers by it; what check_smtp_tls finds, and at level
# dane. Postfix asks without EDNS unless it is told to use DNSSEC; Exim and posttls-finger ask with it, and the C library
# does not ask again without.
RESOLVERS = {
    "as-others": ("PEF", [], ["dane-absent"]),
    "formerr": ("P", [], ["dns-failure"]),
    "formerr-header": ("P", [], ["dns-failure"]),
    "notimp": ("P", [], ["dns-failure"]),
    "badvers": ("P", [], ["dns-failure"]),
    "silence": ("P", [], ["dns-failure"]),
}

# Where check_smtp_tls judges otherwise than Postfix or Exim
OTHERWISE = {
    # It sends SNI unless told not to; Postfix and Exim send none without DANE, and the text says what succeeds
    "name-unknown",
    # Exim goes by the first line; Postfix, and RFC 5321 4.2.1 for clients, by the last
    "teaser-521", "ehlo-550",
    # RFC 3207 4.2: nothing may be between the reply and the handshake; Postfix drops it
    "empty-after-starttls",
    # RFC 7505 3 forbids it; Postfix returns the mail, Exim takes the other record
    "null-beside", "null-10-beside", "null-later",
    # A sender takes no MX host that is itself, nor any after it; for everybody else, that is a gateway without use
    "localhost-later",
    # RFC 6890 2.2.3: never forwarded; Linux makes IPv4 of it
    "mapped",
    # RFC 5321 5.1: an MX record names a host; Exim insists on it
    "literal",
}


class Senders:
    """A Postfix and an Exim whose mail goes only over TLS, and what has become of it."""

    def __init__(self, servers, pki, unpacked):
        self.servers, self.pki = servers, pki
        self.postfix = servers.start_mail_server("smtp", POSTFIX, SENDER_MASTER.format(address=SUBMISSION),
                                                 (SUBMISSION, 25))
        self.program, self.libraries = os.path.abspath(unpacked) + "/usr/sbin/exim4", libraries(unpacked)
        self._exim(servers.make("exim-sender"))

    def _exim(self, directory):
        self.exim = directory
        make_user(directory)
        shutil.chown(directory, USER, USER)
        write(directory + "/conf", EXIM.format(program=self.program, dir=directory, more=f"command_timeout = {PATIENCE}s"))

    def by_postfix(self, domains):
        """domain -> what smtp(8) logs of the mail to it."""
        with smtplib.SMTP(SUBMISSION, 25, local_hostname="us.test", timeout=20) as client:
            for domain in domains:
                client.sendmail("us@us.test", [f"user@{domain}"], "Subject: x\r\n\r\nx\r\n")
        seen = {}

        def all_are_tried():
            with open(self.postfix + "/mail.log", errors="replace") as log:
                seen.update(re.findall(r" to=<user@([^>]+)>.*(status=\w+ .*)", log.read()))
            return set(seen) >= set(domains)

        wait_for("Postfix has tried all mail", all_are_tried, 60, instead=lambda: sorted(set(domains) - set(seen)))
        return {domain: seen[domain] for domain in domains}

    def reload(self):
        """Processes that have read resolv.conf end."""
        subprocess.run(["postfix", "-c", self.postfix, "reload"], check=True, capture_output=True, timeout=20)

    def by_exim(self, domain):
        """What Exim logs of the mail to it."""
        def run(*arguments, text=""):
            return said([self.program, "-C", self.exim + "/conf", *arguments], self.libraries, text)

        def logged(pattern):
            with open(self.exim + "/mainlog", errors="replace") as log:
                return re.findall(pattern, log.read(), re.M)

        run("-odq", "-f", "us@mx.exim.test", f"user@{domain}", text="Subject: x\n\nx\n")
        mail = logged(rf" (\S+) <= .* for user@{re.escape(domain)}$")[-1]
        run("-M", mail)  # one attempt; a delivery that Exim starts by itself would lack the libraries' path
        return " / ".join(logged(rf" {mail} (?:=>|==|->|\*\*) (.*)"))

    def by_finger(self, domain):
        command = ["posttls-finger", "-c", "-l", "encrypt", "-t", str(PATIENCE), "-T", str(PATIENCE), domain]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=60, env=os.environ | {"MAIL_CONFIG": self.postfix})
        return done.stdout


def check(program, *target, level="encrypt"):
    """The plugin's worst state and its findings that are not ok."""
    done = subprocess.run([program, "--tls-level", level, "-t", "25", "--format", "json", *target],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    answer = json.loads(done.stdout)
    return done.returncode, sorted({f["code"] for f in answer["findings"] if STATES[f["state"].lower()]}), done.stdout


def run(directory, program, unpacked):
    """All tables; the lab's other servers are not needed."""
    loopback_up()
    servers = Servers(directory)
    tables = []
    try:
        pki = Pki(directory + "/pki")
        pki.leaf("odd", ["*.odd.test"])
        tables += [Replies(pki), MxSets(pki), Handshakes(pki)]
        servers.start_local_dns(RESOLVER, [record for table in tables for record in table.records])
        use_resolver(directory, RESOLVER)
        senders = Senders(servers, pki, unpacked)
        results = [result for table in tables for result in judge(senders, table, program)]
        return results + list(old_resolvers(senders, directory, program))
    finally:
        servers.stop()
        for gateway in {g for table in tables for gateways in table.gateways.values() for g in gateways.values()}:
            gateway.close()


class Replies:
    """A domain and a gateway for each row of REPLIES."""

    @staticmethod
    def target(domain):
        return "-d", domain

    def __init__(self, pki):
        self.rows, self.gateways, self.records = {}, {}, []
        for i, (name, (replies, due, codes)) in enumerate(REPLIES.items()):
            address = f"10.25.2.{i + 1}"
            self.rows[name] = due, codes
            self.gateways[name] = {True: Gateway(address, pki.path("odd.pem"), **replies)}
            self.records += [f"{name}.odd.test. MX 10 mx.{name}.odd.test.", f"mx.{name}.odd.test. A {address}"]


class MxSets:
    """A domain and a gateway for each row of MX_SETS, and a mail server on the sender's own machine."""

    @staticmethod
    def target(domain):
        return "-d", domain

    def __init__(self, pki):
        self.rows, self.gateways, self.records = {}, {}, []
        own = Gateway("127.0.0.1", pki.path("odd.pem"))
        for i, (name, (records, due, codes)) in enumerate(MX_SETS.items()):
            address = f"10.25.3.{i + 1}"
            self.rows[name] = due, codes
            self.gateways[name] = {True: Gateway(address, pki.path("odd.pem")), False: own}
            self.records += [f"mx.{name}.odd.test. A {address}"] + [
                record.format(at=f"{name}.odd.test.", address=address) for record in records]


class Handshakes:
    """A domain, a certificate and a gateway for each row of TLS; check_smtp_tls asks for mail to a user."""

    @staticmethod
    def target(domain):
        return "-a", f"user@{domain}"

    def __init__(self, pki):
        self.rows, self.gateways, self.records = {}, {}, []
        for i, (name, (signed, usage, differences, due, codes)) in enumerate(TLS.items()):
            address = f"10.25.4.{i + 1}"
            more = f"keyUsage = critical, {usage}\n" if usage else ""
            pki.leaf(name, [f"mx.{name}.odd.test"], more=more, **signed)
            self.rows[name] = due, codes
            self.gateways[name] = {True: Gateway(address, pki.path(name + ".pem"), **differences)}
            self.records += [f"{name}.odd.test. MX 10 mx.{name}.odd.test.", f"mx.{name}.odd.test. A {address}"]


def who(gateways, domain, finger):
    """Who has delivered over TLS, as in the tables; in lower case to the sender's own machine."""
    seen = ""
    for letter, name in (("P", "mx.sender.test"), ("E", "mx.exim.test")):
        for theirs, gateway in gateways.items():
            if gateway.mail.get((name, domain)):
                seen += letter if theirs else letter.lower()
    return seen + ("F" if "TLS connection established" in finger else "")


def judge(senders, table, program):
    domains = {name: f"{name}.odd.test" for name in table.rows}
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        postfix = pool.submit(senders.by_postfix, list(domains.values()))
        exim = {name: pool.submit(senders.by_exim, domain) for name, domain in domains.items()}
        finger = {name: pool.submit(senders.by_finger, domain) for name, domain in domains.items()}
        ours = {name: pool.submit(check, program, *table.target(domain)) for name, domain in domains.items()}
    for name, (due, codes) in table.rows.items():
        seen = who(table.gateways[name], domains[name], finger[name].result())
        status, found, text = ours[name].result()
        log(senders, f"== {name}: {seen!r}; Postfix: {postfix.result().get(domains[name])}; "
                     f"Exim: {exim[name].result()}\n{finger[name].result()}{text}\n")
        passes = ("P" in seen or "E" in seen) != (name in OTHERWISE)
        yield None if seen == due else f"{name}: delivered by {seen!r}, due {due!r}; see senders.log"
        yield None if found == codes else f"{name}: check_smtp_tls finds {found}, due {codes}; see senders.log"
        yield None if (status in (OK, WARNING)) == passes else \
            f"{name}: delivered by {seen!r}, but check_smtp_tls says {status}; see senders.log"


def log(senders, text):
    with open(senders.servers.dir + "/senders.log", "a", errors="replace") as file:
        file.write(text)


def old_resolvers(senders, directory, program):
    """One after another, because all programs have the same resolv.conf."""
    gateway = Gateway("10.25.5.1", senders.pki.path("odd.pem"))
    for i, (name, (due, codes, at_dane)) in enumerate(RESOLVERS.items(), 1):
        domain, host, address = f"{name}.old.test", f"mx.{name}.odd.test", f"127.53.2.{i}"
        records = {(domain, MX): [mx(host)], (host, A): [socket.inet_aton("10.25.5.1")]}
        resolver = Resolver(address, records, None if name == "as-others" else name)
        write(directory + "/resolv.conf", f"nameserver {address}\noptions trust-ad\n")
        senders.reload()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            postfix = pool.submit(senders.by_postfix, [domain])
            exim = pool.submit(senders.by_exim, domain)
            finger = pool.submit(senders.by_finger, domain)
            ours = pool.submit(check, program, "-d", domain)
        dane = check(program, "-d", domain, level="dane")
        resolver.close()
        seen = who({True: gateway}, domain, finger.result())
        found = ours.result()[1]
        log(senders, f"== resolver {name}: {seen!r}; Postfix: {postfix.result()}; Exim: {exim.result()}\n"
                     f"{finger.result()}{ours.result()[2]}{dane[2]}\n")
        yield None if seen == due else f"resolver {name}: delivered by {seen!r}, due {due!r}; see senders.log"
        yield None if found == codes else f"resolver {name}: check_smtp_tls finds {found}, due {codes}; see senders.log"
        yield None if dane[1] == at_dane else \
            f"resolver {name}: at level dane check_smtp_tls finds {dane[1]}, due {at_dane}; see senders.log"
    gateway.close()
