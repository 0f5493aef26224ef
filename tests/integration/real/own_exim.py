# SPDX-License-Identifier: BSD-2-Clause
"""Exim configurations: what Exim does with mail, and what check_partner_policy says of them.

Each is tried at gateways without STARTTLS, with another's certificate, and as they should be. What Exim delivers tells what
it insists on; the plugin has to say the same, or that it cannot tell.
"""
import os
import re
import shutil
import subprocess

from cases import CRITICAL, OK, UNKNOWN, play
from correspondents import due
from process import write

# What mail becomes: at which gateways it is delivered.
PLAINTEXT, ENCRYPTED, VERIFIED, DEFERRED = "sent in plaintext", "encrypted", "verified", "deferred"
BOUNCED = "bounced"

MISSING, WEAK, NOT_KNOWN = "own-policy-missing critical", "own-policy-weak critical", "own-policy-unknown unknown"

BOTH = "hosts_require_tls = *\n  tls_verify_hosts = *"

LOOKUP = """
dnslookup:
  driver = dnslookup
  domains = ! +local_domains
  transport = remote_smtp
  no_more
"""

# name: (options of the transport, what mail becomes, finding; None: OK). {dir} is a directory with the files of FILES.
OPTIONS = {
    "none": ("", PLAINTEXT, MISSING),
    "verify": ("tls_verify_hosts = *", PLAINTEXT, MISSING),
    "require": ("hosts_require_tls = *", ENCRYPTED, WEAK),
    "both": (BOTH, VERIFIED, None),
    "avoid": (BOTH + "\n  hosts_avoid_tls = *.hella.com", DEFERRED, WEAK),
    "avoid_others": (BOTH + "\n  hosts_avoid_tls = *.tuv.com", VERIFIED, None),
    "any_name": (BOTH + "\n  tls_verify_cert_hostnames =", ENCRYPTED, WEAK),
    "ca_missing": (BOTH + "\n  tls_verify_certificates = {dir}/missing.pem", DEFERRED, WEAK),
    "ca_empty": (BOTH + "\n  tls_verify_certificates = {dir}/empty", DEFERRED, WEAK),
    "certificate_missing": (BOTH + "\n  tls_certificate = {dir}/missing.pem", DEFERRED, WEAK),
    "ciphers_malformed": (BOTH + "\n  tls_require_ciphers = HIGH:!aNULL", DEFERRED, WEAK),
    "ciphers": (BOTH + "\n  tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", VERIFIED, None),
    "have_tls": (".ifdef _HAVE_TLS\n  " + BOTH + "\n.endif", VERIFIED, None),
    "include": (".include {dir}/options", VERIFIED, None),
    # hosts_require_tls by name, address, list, look-up
    "some": ("hosts_require_tls = mail1.hella.com : mail2.hella.com\n  tls_verify_hosts = *", PLAINTEXT, WEAK),
    "all": ("hosts_require_tls = mail1.hella.com : mail2.hella.com : mail3.hella.com\n  tls_verify_hosts = *", VERIFIED, None),
    "pattern": ("hosts_require_tls = *.hella.com\n  tls_verify_hosts = *", VERIFIED, None),
    "gone": ("hosts_require_tls = gone.hella.com : *\n  tls_verify_hosts = *", PLAINTEXT, WEAK),
    "gone_ignored": ("hosts_require_tls = +ignore_unknown : gone.hella.com : *\n  tls_verify_hosts = *", VERIFIED, None),
    "network": ("hosts_require_tls = 127.26.0.0/24\n  tls_verify_hosts = *", VERIFIED, None),
    "small_network": ("hosts_require_tls = 127.26.0.0/31\n  tls_verify_hosts = *", PLAINTEXT, WEAK),
    "negated": ("hosts_require_tls = ! *.elsewhere.test\n  tls_verify_hosts = *", VERIFIED, None),
    "named": ("hosts_require_tls = +strict\n  tls_verify_hosts = *", VERIFIED, None),
    "named_missing": ("hosts_require_tls = +nobody\n  tls_verify_hosts = *", PLAINTEXT, WEAK),
    "lsearch": ("hosts_require_tls = lsearch;{dir}/hosts\n  tls_verify_hosts = *", VERIFIED, None),
    "lsearch_none": ("hosts_require_tls = lsearch;{dir}/empty\n  tls_verify_hosts = *", PLAINTEXT, WEAK),
    "regex": ("hosts_require_tls = \\N^MAIL[1-3]\\.hella\\.com$\\N\n  tls_verify_hosts = *", VERIFIED, None),
    # by what is expanded
    "domain": ("hosts_require_tls = ${{lookup{{$domain}}lsearch{{{dir}/domains}}{{*}}{{}}}}\n  tls_verify_hosts = *", VERIFIED, None),
    "domain_none": ("hosts_require_tls = ${{lookup{{$domain}}lsearch{{{dir}/empty}}{{*}}{{}}}}\n  tls_verify_hosts = *", PLAINTEXT, WEAK),
    "domain_list": ("hosts_require_tls = ${{if match_domain{{$domain}}{{+partners}}{{*}}{{}}}}\n  tls_verify_hosts = *", VERIFIED, None),
    "host": ("hosts_require_tls = ${{if match{{$host}}{{\\N^mail.\\.hella\\.com$\\N}}{{$host_address}}{{}}}}\n"
             "  tls_verify_hosts = *", VERIFIED, None),
    "file_missing": ("hosts_require_tls = ${{lookup{{$domain}}lsearch{{{dir}/missing}}{{*}}{{}}}}\n  tls_verify_hosts = *", PLAINTEXT, WEAK),
    # what is tried only
    "try": ("tls_try_verify_hosts = *", PLAINTEXT, MISSING),
    "require_and_try": ("hosts_require_tls = *\n  tls_try_verify_hosts = *", ENCRYPTED, WEAK),
    "require_and_try_others": ("hosts_require_tls = *\n  tls_try_verify_hosts = *.tuv.com", ENCRYPTED, WEAK),
    "verify_and_try": (BOTH + "\n  tls_try_verify_hosts = *", VERIFIED, None),
    "verify_others_and_try": ("hosts_require_tls = *\n  tls_verify_hosts = *.tuv.com\n  tls_try_verify_hosts = *", ENCRYPTED, WEAK),
    # hosts_require_dane, without TLSA records
    "dane": ("hosts_require_dane = *", BOUNCED, None),
    "dane_others": ("hosts_require_dane = *.tuv.com", PLAINTEXT, MISSING),
    "dane_and_avoid": ("hosts_require_dane = *\n  hosts_avoid_tls = *", BOUNCED, WEAK),
    "dane_and_verify": (BOTH + "\n  hosts_require_dane = *.tuv.com", VERIFIED, None),
    # what only mail decides
    "address_data": ("hosts_require_tls = ${{if eq{{$address_data}}{{x}}{{}}{{*}}}}\n  tls_verify_hosts = *", VERIFIED, NOT_KNOWN),
    "unset": ("hosts_require_tls = *\n  tls_try_verify_hosts =", VERIFIED, NOT_KNOWN),
    "set_empty": ("hosts_require_tls = *\n  tls_try_verify_hosts =\n  tls_verify_hosts =", ENCRYPTED, NOT_KNOWN),
}

FILES = {
    "empty": "",
    "options": "  " + BOTH + "\n",
    "hosts": "mail1.hella.com: 1\nmail2.hella.com: 1\nmail3.hella.com: 1\n",
    "domains": "hella.com: 1\n",
}

PLAIN = "\nplain:\n  driver = smtp\n  hosts_avoid_tls = *\n"

# name: (routers, more transports, what mail becomes, finding), the transport remote_smtp as in BOTH
ROUTERS = {
    # /etc/exim4/notls_domains of a report, and macros that are defined late
    "lsearch_weak": ("\nnotls:\n  driver = dnslookup\n  domains = lsearch;{dir}/domains\n  transport = plain\n  no_more\n" + LOOKUP,
                     PLAIN, PLAINTEXT, WEAK),
    "lsearch_strong": ("\nnotls:\n  driver = dnslookup\n  domains = lsearch;{dir}/empty\n  transport = plain\n  no_more\n" + LOOKUP,
                       PLAIN, VERIFIED, None),
    "latemacro": (LOOKUP.replace("remote_smtp", "late"),
                  "\nSTRICT_HOSTS = *\nlate:\n  driver = smtp\n  hosts_require_tls = STRICT_HOSTS\n  tls_verify_hosts = STRICT_HOSTS\n",
                  VERIFIED, None),
    "by_sender": ("\nus:\n  driver = dnslookup\n  senders = postmaster@example.com\n  transport = plain\n" + LOOKUP,
                  PLAIN, PLAINTEXT, WEAK),
    "route": ("\nroute:\n  driver = manualroute\n  route_list = hella.com mail2.hella.com\n  transport = remote_smtp\n" + LOOKUP,
              "", VERIFIED, None),
    "route_plain": ("\nroute:\n  driver = manualroute\n  route_list = hella.com mail2.hella.com\n  transport = plain\n" + LOOKUP,
                    PLAIN, PLAINTEXT, WEAK),
    "hosts": ("\nall:\n  driver = accept\n  domains = ! +local_domains\n  transport = with_hosts\n",
              "\nwith_hosts:\n  driver = smtp\n  hosts = mail3.hella.com\n  " + BOTH + "\n", VERIFIED, None),
    "fallback": (LOOKUP.replace("no_more", "fallback_hosts = mail1.hella.com"), "", VERIFIED, None),
    "not_tested": ("\nskipped:\n  driver = dnslookup\n  domains = hella.com\n  no_address_test\n  transport = plain\n" + LOOKUP,
                   PLAIN, PLAINTEXT, NOT_KNOWN),
    "header": ("\nmarked:\n  driver = dnslookup\n  condition = ${{if eq{{$h_subject:}}{{plain}}}}\n  transport = plain\n" + LOOKUP,
               PLAIN, PLAINTEXT, NOT_KNOWN),
    "deferred": ("\nwaits:\n  driver = redirect\n  domains = hella.com\n  allow_defer\n  data = :defer: later\n" + LOOKUP,
                 "", DEFERRED, WEAK),
}

# Debian's own configuration: (type, smart host, macros, what mail becomes, finding)
STOCK = {
    "internet": ("internet", "", "", PLAINTEXT, MISSING),
    "smarthost": ("smarthost", "mail1.hella.com", "", PLAINTEXT, MISSING),
    "satellite": ("satellite", "mail1.hella.com", "", PLAINTEXT, MISSING),
    "internet_require": ("internet", "", "REMOTE_SMTP_HOSTS_REQUIRE_TLS = *", ENCRYPTED, WEAK),
    "smarthost_require": ("smarthost", "mail1.hella.com", "REMOTE_SMTP_SMARTHOST_HOSTS_REQUIRE_TLS = *", VERIFIED, None),
    "satellite_avoid": ("satellite", "mail1.hella.com", "REMOTE_SMTP_SMARTHOST_HOSTS_AVOID_TLS = *", PLAINTEXT, WEAK),
}

CONFIG = """
primary_hostname = mx1.example.com
spool_directory = {spool}
log_file_path = {spool}/%slog
keep_environment =
domainlist local_domains = example.com
domainlist partners = hella.com : tuv.com
hostlist strict = ! *.tuv.com : +nested
hostlist nested = *.hella.com
begin routers
{routers}
begin transports
remote_smtp:
  driver = smtp
  {options}
{transports}
begin retry
* * F,1h,1m
"""

OWN = """
[own]
domains = example.com
exim = {exim}
"""

FORM = """
[hella]
domains = hella.com
gateways = mail1.hella.com mail2.hella.com mail3.hella.com
direction = outbound
""" + OWN

# Of the laboratory: as its TLSA record says; another certificate; without TLS; without TLSA records.
DANE = ["ee", "wrongee", "eenotls", "plain"]

DEBIAN = """
dc_eximconfig_configtype='{type}'
dc_other_hostnames='example.com'
dc_local_interfaces=''
dc_readhost='example.com'
dc_relay_domains=''
dc_minimaldns='false'
dc_relay_nets=''
dc_smarthost='{smarthost}'
CFILEMODE='644'
dc_use_split_config='false'
dc_hide_mailname='false'
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'
"""


class Configuration:
    """One Exim, with a queue and a log of its own."""

    def __init__(self, own, name, becomes, found):
        self.name, self.becomes, self.found = name, becomes, found
        self.spool, self.conf, self.form = (f"{own.dir}/{name}{end}" for end in ("", ".conf", ".ini"))
        os.mkdir(self.spool)
        shutil.chown(self.spool, "Debian-exim", "Debian-exim")
        write(self.form, FORM.format(exim=self.conf))

    def send(self, domain="hella.com"):
        """One mail, delivered immediately. Returns what the log says of it."""
        shutil.rmtree(self.spool + "/db", ignore_errors=True)  # what went wrong before does not count
        subprocess.run(["exim4", "-C", self.conf, "-odf", "-oi", "-f", "postmaster@example.com", "postmaster@" + domain],
                       input="Subject: plain\n\n.\n", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
                       timeout=30, check=False)
        with open(self.spool + "/mainlog") as f:
            log = f.read()
        os.remove(self.spool + "/mainlog")
        return "".join(re.findall(rf" ((?:=>|==|\*\*) postmaster@{domain}.*\n)", log))


class OwnExim:
    def __init__(self, p):
        self.p, self.dir = p, p.lab.dir + "/own-exim"
        os.mkdir(self.dir)
        os.chmod(self.dir, 0o755)
        for name, text in FILES.items():
            write(f"{self.dir}/{name}", text)
        self.all = [*self._by_options(), *self._by_routers(), *self._stock()]

    def _by_options(self):
        for name, (options, *rest) in OPTIONS.items():
            yield self.made(Configuration(self, name, *rest), LOOKUP, options, "")

    def _by_routers(self):
        for name, (routers, transports, *rest) in ROUTERS.items():
            yield self.made(Configuration(self, "router_" + name, *rest), routers, BOTH, transports)

    def made(self, c, routers, options, transports):
        parts = [part.format(dir=self.dir) for part in (routers, options, transports)]
        write(c.conf, CONFIG.format(spool=c.spool, routers=parts[0], options=parts[1], transports=parts[2]))
        return c

    def _stock(self):
        for name, (kind, smarthost, macros, *rest) in STOCK.items():
            c = Configuration(self, "debian_" + name, *rest)
            write("/etc/exim4/update-exim4.conf.conf", DEBIAN.format(type=kind, smarthost=smarthost))
            # The laboratory's gateways are on loopback.
            write("/etc/exim4/exim4.conf.localmacros", "ROUTER_DNSLOOKUP_IGNORE_TARGET_HOSTS =\n"
                  f"MAIN_HARDCODE_PRIMARY_HOSTNAME = mx1.example.com\n{macros}\n")
            subprocess.run(["update-exim4.conf", "-o", c.conf], check=True, capture_output=True, text=True)
            with open(c.conf) as f:
                text = f.read()
            text = text.replace("SPOOLDIR = /var/spool/exim4", f"SPOOLDIR = {c.spool}")
            write(c.conf, f"log_file_path = {c.spool}/%slog\n{text}")
            yield c


def run(p):
    own = OwnExim(p)
    yield from delivered(p, own)
    yield from judged(p, own)
    yield from dane(p, own)
    yield from beside_postfix(p, own)
    yield from rights(p, own)


def delivered(p, own):
    """What Exim does."""
    gateways = {"none": {"hella_tls": "none"},
                "another's": {"hella_tls": "may", "hella_chain": p.lab.pki.path("othername.pem")},
                "good": {"hella_tls": "may", "hella_chain": p.lab.pki.path("hella.pem")}}
    seen = {c.name: {} for c in own.all}
    for state, settings in gateways.items():
        p.theirs.set(**settings)
        for c in own.all:
            seen[c.name][state] = c.send()
    for c in own.all:
        got = becomes(seen[c.name])
        yield None if got == c.becomes else f"{c.name}: {got}, due {c.becomes}: {seen[c.name]}"


def becomes(seen):
    if any("=>" in log and " X=" not in log for log in seen.values()):
        return PLAINTEXT
    if "=>" in seen["another's"]:
        return ENCRYPTED
    if "=>" in seen["good"]:
        return VERIFIED
    return DEFERRED if "==" in seen["good"] else BOUNCED


def judged(p, own):
    """What the plugin says."""
    for c in own.all:
        status = {None: OK, NOT_KNOWN: UNKNOWN}.get(c.found, CRITICAL)
        failure = play(p.lab, p.program, f"-f {c.form} --own", status, [c.found] if c.found else [])
        yield f"{c.name}: {failure}" if failure else None


def dane(p, own):
    """hosts_require_dane where zones are signed: mail goes to the gateway with the certificate of its TLSA record alone."""
    partners = "".join(f"[{name}]\ndomains = {name}.test\ngateways = mx.{name}.test\ndirection = outbound\ntls-level = {{level}}\n"
                       for name in DANE)
    for option, sent, found in (("hosts_require_dane = *", ["ee"], None),
                                ("hosts_try_dane = *", ["ee", "plain"], MISSING),
                                ("hosts_try_dane = *\n  hosts_require_tls = *", ["ee", "plain"], WEAK)):
        c = own.made(Configuration(own, "dane_" + str(len(option)), None, found), LOOKUP, option, "")
        for name in DANE:
            outcome = r"=> .* X=TLS.* CV=dane " if name == "ee" else r"=> " if name in sent else r"(==|\*\*) "
            yield due(outcome, c.send(name + ".test"), f"{option}: {name}")
        for level in ("dane-only", "verify"):
            write(c.form, partners.format(level=level) + OWN.format(exim=c.conf))
            yield p.says("ee", CRITICAL if found else OK, [found] if found else [], "--own", c.form)


def beside_postfix(p, own):
    """Both mail servers of one machine: each is asked, and a finding says of which of them it is."""
    good, bad = (f"{own.dir}/{name}.conf" for name in ("both", "none"))
    postfix = f"postfix = {p.dir}\n"
    weak = ("\nhella.com verify match=hostname protocols=>=TLSv1.2", "\nhella.com may")
    for exim, entry, said in ((good, None, []), (bad, None, ["Exim"]), (good, weak, ["Postfix"]),
                              (bad, weak, ["Exim", "Postfix"])):
        form = own.dir + "/beside.ini"
        write(form, FORM.format(exim=exim) + postfix)
        if entry:
            p.rewrite(*entry)
        text = subprocess.run([p.program, "-f", form, "--own", "--format", "nagios"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=30, check=False).stdout
        named = re.findall(r"^\\_ \[(?:CRITICAL|UNKNOWN)\] (.*?our \w+)", text, re.M)
        fits = sorted(named) == [f"hella.com: our {name}" for name in said]
        state = "CRITICAL" if said else "OK"
        yield None if fits and text.startswith(f"PARTNER_POLICY {state} - ") else f"{exim}, {entry}: {text}"
        p.rewrite()


def rights(p, own):
    """With Exim's own configuration, as users who may read less."""
    program = shutil.copy(p.program, own.dir)
    form = own.dir + "/default.ini"
    write(form, FORM.format(exim="default"))
    write(own.dir + "/secret", "hella.com: 1\n")
    shutil.chown(own.dir + "/secret", "root", "Debian-exim")
    os.chmod(own.dir + "/secret", 0o640)
    looked_up = f"${{lookup{{$domain}}lsearch{{{own.dir}/secret}}{{*}}{{}}}}"
    denied = r"UNKNOWN - our user cannot expand hosts_require_tls[^$]*[^|]*Permission denied.*group Debian-exim"
    hidden = r"UNKNOWN - our Exim does not show hosts_require_tls[^|]*.*group Debian-exim"
    for options, nobody, member in (
            (BOTH, " OK - ", " OK - "),
            ("hide " + BOTH, hidden, " OK - "),
            (f"hosts_require_tls = {looked_up}\n  tls_verify_hosts = *", denied, " OK - "),
            ("hosts_require_tls = *", "does not verify its certificate", "does not verify its certificate")):
        use(own, options)
        for groups, pattern in (("nogroup", nobody), ("Debian-exim", member)):
            yield due(rf"(?s).*{pattern}", asked(p, program, form, groups), f"{options} as {groups}")
    # A program that runs as root cannot be ended by our user, and is not waited for.
    use(own, BOTH, "\nslow:\n  driver = accept\n  condition = ${run{/bin/sleep 12}}\n  transport = remote_smtp\n")
    yield due(r"(?s).*exim \(process \d+\) could not be ended and runs on.*no answer from exim in time",
              asked(p, program, form, "nogroup", "5"), "slow")


def use(own, options, routers=""):
    """As Exim's own configuration, which only Exim may read."""
    conf = "/etc/exim4/exim4.conf"
    spool = own.dir + "/both"
    write(conf, CONFIG.format(spool=spool, routers=routers + LOOKUP, options=options, transports=""))
    shutil.chown(conf, "root", "Debian-exim")
    os.chmod(conf, 0o640)


def asked(p, program, form, groups, seconds="15"):
    done = subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", f"--groups={groups}",
                           program, "-f", form, "--own", "-t", seconds, "--format", "nagios"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout + done.stderr
