# SPDX-License-Identifier: BSD-2-Clause
"""An Exim that sends and one that receives, messages at known levels, and what check_mail_log counts, exactly.

Who asks for Exim's queue as an ordinary user is told which group may; a member of that group gets the answer.
"""
import grp
import json
import os
import shutil
import subprocess

from exim import USER, libraries, make_user, with_line
from process import Processes, wait_for, write
from scripted import Gateway

EACH, SOME = 15, 5
OUR_ADDRESS, FILTER = "10.25.2.250", "127.27.2.251"

# name: (the gateway's certificate, whether it offers TLS, options of our transport, how mail counts)
STRICT = "hosts_require_tls = *\n  tls_verify_hosts = *"
DOMAINS = {
    "verified": ("verified", True, STRICT, "verified"),
    "encrypted": ("other", True, "hosts_require_tls = *\n  tls_try_verify_hosts = *", "encrypted"),
    "plain": ("verified", False, "", "plaintext"),
    "avoided": ("verified", True, "hosts_avoid_tls = *", "plaintext"),
    "waiting": ("verified", False, STRICT, "verified"),
    "switched": ("verified", True, "", "verified"),
    "reused": ("verified", True, STRICT, "verified"),
    "redirected": ("verified", True, STRICT, "verified"),
    "filtered": ("verified", True, STRICT, "verified"),
    "broken": (None, True, "", "plaintext"),
    "refused": (None, True, "", "plaintext"),
}
# What the gateways that are no Exim answer otherwise: one ends each session after the handshake, one has no TLS after all.
SCRIPTED = {"broken": {"ehlo_tls": None}, "refused": {"starttls": b"454 not now\r\n", "refuses": True}}
ADDRESSES = {name: f"10.25.2.{i}" for i, name in enumerate(DOMAINS, 1)}

MAIN = """
primary_hostname = {name}
spool_directory = {dir}
log_file_path = {dir}/%slog
keep_environment =
rfc1413_query_timeout = 0s
host_lookup =
queue_run_in_order
"""

SENDER = """
local_interfaces = {filter}
daemon_smtp_ports = 10025
tls_advertise_hosts =
acl_smtp_rcpt = accept
begin routers
alias:
  driver = redirect
  domains = alias.test
  data = $local_part@redirected.test
filter:
  driver = manualroute
  domains = filtered.test
  condition = ${{if !eq{{$received_port}}{{10025}}}}
  route_list = * {filter}
  self = send
  transport = filter
{routers}
begin transports
{transports}
filter:
  driver = smtp
  port = 10025
begin retry
* * F,1h,10m
"""

ROUTER = """
{name}:
  driver = manualroute
  domains = {name}.test
  route_list = * mx.{name}.test byname
  host_find_failed = defer
  self = send
  transport = {name}
"""

TRANSPORT = """
{name}:
  driver = smtp
  interface = {ours}
  tls_verify_certificates = {ca}
  {options}
"""

RECEIVER = """
local_interfaces = {addresses}
tls_advertise_hosts = ${{if exists{{{dir}/no-tls-$received_ip_address}}{{}}{{*}}}}
tls_certificate = ${{lookup{{$received_ip_address}}lsearch{{{dir}/certificates}}}}
acl_smtp_rcpt = accept
begin routers
all:
  driver = redirect
  data = :blackhole:
"""


class EximLog:
    def __init__(self, place, program, unpacked, pki):
        self.dir, self.program, self.pki = place, program, pki
        self.exim = os.path.abspath(unpacked) + "/usr/sbin/exim4"
        self.env = os.environ | {"LD_LIBRARY_PATH": libraries(unpacked)}
        self.processes = Processes(place)
        self.sender, self.receiver = self.processes.make("exim-sender"), self.processes.make("exim-receiver")
        make_user(self.dir)
        for directory in self.sender, self.receiver:
            shutil.chown(directory, USER, USER)
        for name in ("verified", "other"):
            self._certificate(name)
        with_line(place, "/etc/hosts", "".join(f"{ADDRESSES[name]} mx.{name}.test\n" for name in DOMAINS))
        self._configure()
        self._forms()
        self.gateways = {name: Gateway(ADDRESSES[name], self.pki.path("exim-verified.pem"), **replies)
                         for name, replies in SCRIPTED.items()}
        self.processes.run([self.exim, "-C", self.receiver + "/conf", "-bdf"], self.receiver,
                           (ADDRESSES["verified"], 25), env=self.env)
        self.processes.run([self.exim, "-C", self.sender + "/conf", "-bdf"], self.sender, (FILTER, 10025), env=self.env)

    def _certificate(self, name):
        chain = shutil.copy(self.pki.path(f"exim-{name}.pem"), self.receiver)
        os.chmod(chain, 0o644)

    def _configure(self):
        routers = "".join(ROUTER.format(name=name) for name in DOMAINS)
        transports = "".join(TRANSPORT.format(name=name, ours=OUR_ADDRESS, ca=self.pki.ca_file, options=row[2])
                             for name, row in DOMAINS.items())
        write(self.sender + "/conf", MAIN.format(name="mx.us.test", dir=self.sender)
              + SENDER.format(routers=routers, transports=transports, filter=FILTER))
        theirs = {ADDRESSES[name]: row[0] for name, row in DOMAINS.items() if name not in SCRIPTED}
        write(self.receiver + "/conf", MAIN.format(name="mx.them.test", dir=self.receiver)
              + RECEIVER.format(dir=self.receiver, addresses=" : ".join(theirs)))
        write(self.receiver + "/certificates", "".join(f"{address}: {self.receiver}/exim-{chain}.pem\n"
                                                       for address, chain in theirs.items()))
        for name, row in DOMAINS.items():
            if not row[1]:
                write(f"{self.receiver}/no-tls-{ADDRESSES[name]}", "")
        # What Exim of this machine would read: for the group's right, which -C would take away.
        shutil.copy(self.sender + "/conf", "/etc/exim4/exim4.conf")

    def _forms(self):
        write(self.dir + "/exim-forms/own.ini", "[own]\ndomains = us.test\nexim = default\n")
        for name in DOMAINS:
            write(f"{self.dir}/exim-forms/{name}.ini",
                  f"[{name}]\ndomains = {name}.test\ngateways = mx.{name}.test\ndirection = outbound\n")
        write(self.dir + "/exim-us.ini", f"[us]\ndomains = us.test\ngateways = mx.us.test\nsending-hosts = {OUR_ADDRESS}\n")

    def stop(self):
        for gateway in self.gateways.values():
            gateway.close()
        self.processes.stop()

    def run(self, *arguments, text=""):
        return subprocess.run([self.exim, "-C", self.sender + "/conf", *arguments], input=text, text=True, check=True,
                              capture_output=True, timeout=60, env=self.env).stdout

    def waits(self):
        """How many messages wait in our queue."""
        return int(self.run("-bpc"))

    def send(self, domain, count, recipients=1, when="-odi"):
        for _ in range(count):
            self.run(when, "-f", "us@us.test", *(f"u{i}@{domain}.test" for i in range(recipients)),
                     text="Subject: x\n\nx\n")

    def asked(self, *arguments, **who):
        run = subprocess.run([self.program, "-f", *arguments, "--format", "json"], capture_output=True, text=True, timeout=60,
                             **who)
        return json.loads(run.stdout)


def levels(direction):
    return {level: n for level, n in direction.items() if n and level != "total"}


def play(p):
    """Sends, and compares. The text of each failure, "" for what passed."""
    sent = {name: {DOMAINS[name][3]: EACH} for name in ("verified", "encrypted", "plain", "avoided")}
    for name in sent:
        p.send(name, EACH)
    p.send("verified", 3, recipients=3)
    sent["verified"]["verified"] += 9
    # Switched off in the middle: without hosts_require_tls Exim goes on in plaintext
    write(f"{p.receiver}/no-tls-{ADDRESSES['encrypted']}", "")
    p.send("encrypted", 2)  # which hosts_require_tls keeps in the queue
    os.remove(f"{p.receiver}/no-tls-{ADDRESSES['encrypted']}")
    p.run("-qff")
    sent["encrypted"]["encrypted"] += 2
    sent |= {name: {DOMAINS[name][3]: SOME} for name in DOMAINS if name not in sent and name != "waiting"}
    sent["switched"]["plaintext"] = SOME
    yield from switched(p)
    yield from reused(p)
    yield from on_the_way(p)
    yield from broken(p)
    yield from counted(p, sent)
    yield from received(p, sent)
    yield from waiting(p)


def switched(p):
    """At level may Exim goes on in plaintext when the gateway does not offer TLS any more."""
    p.send("switched", SOME)
    write(f"{p.receiver}/no-tls-{ADDRESSES['switched']}", "")
    p.send("switched", SOME)
    yield "" if p.waits() == 0 else "mail_log_exim: mail waits at the gateway without STARTTLS"


def reused(p):
    """Messages that waited together share a connection, where Exim forgets that it has verified the server."""
    p.send("reused", SOME, when="-odqs")
    p.run("-qqf")
    with open(p.sender + "/mainlog", errors="replace") as log:
        lines = [line for line in log if f"=> u0@reused.test R=reused T=reused H=mx.reused.test [{ADDRESSES['reused']}]" in line]
    marked = [line for line in lines if f"[{ADDRESSES['reused']}]* X=" in line and "CV=no" in line]
    yield "" if (len(lines), len(marked)) == (SOME, SOME - 1) else f"mail_log_exim: one connection: {lines}"


def on_the_way(p):
    """A router that redirects to the partner, and a content filter that hands each message back. Neither what goes to the
    filter nor what comes from it is counted."""
    p.send("alias", SOME)
    p.send("filtered", SOME)
    wait_for("the filtered mail is sent", lambda: p.waits() == 0, instead=lambda: p.run("-bp"))
    with open(p.sender + "/mainlog", errors="replace") as log:
        text = log.read()
    seen = (text.count(f" T=filter H={FILTER} [{FILTER}]"), text.count(" => u0@redirected.test <u0@alias.test> "))
    yield "" if seen == (SOME, SOME) else f"mail_log_exim: filtered and redirected: {seen}"
    write(p.dir + "/exim-filter.ini", "[us]\ndomains = us.test\ngateways = mx.us.test\nsending-hosts = 127.0.0.0/8\n")
    said = p.asked(p.dir + "/exim-filter.ini", "--log", p.sender + "/mainlog")
    seen = levels(said["partners"][0]["received"])
    yield "" if seen == {} else f"mail_log_exim: received from the filter: {seen}"


def broken(p):
    """At level may Exim goes on in plaintext when a gateway ends the session after the handshake, or refuses to start TLS."""
    for name in SCRIPTED:
        p.send(name, SOME)
        taken = p.gateways[name].taken
        yield "" if taken == [False] * SOME else f"mail_log_exim: {name}: taken over TLS: {taken}"
    with open(p.sender + "/mainlog", errors="replace") as log:
        seen = log.read().count("TLS session: error on first read: delivering unencrypted to H=mx.broken.test")
    yield "" if seen == SOME else f"mail_log_exim: {seen} sessions were broken after the handshake"


def counted(p, sent):
    for partner in p.asked(p.dir + "/exim-forms", "--log", p.sender + "/mainlog")["partners"]:
        seen, due = levels(partner["sent"]), sent.get(partner["name"], {})
        yield "" if seen == due else f"mail_log_exim: {partner['name']}: sent {due}, counted {seen}"


def received(p, sent):
    """A message to several recipients is one message to the receiver, which sees no difference in certificates."""
    due = {"encrypted": 2 * EACH + 3 + 2 + 4 * SOME, "plaintext": 2 * EACH + SOME}
    said = p.asked(p.dir + "/exim-us.ini", "--log", p.receiver + "/mainlog")
    seen = levels(said["partners"][0]["received"])
    yield "" if seen == due else f"mail_log_exim: received {due}, counted {seen}"


def waiting(p):
    """Mail that waits because TLS is not offered is in the queue, its reason in the log, and both are gone after the
    flush. Only Exim's own group may see the queue."""
    p.send("waiting", 3)
    arguments = [p.dir + "/exim-forms", "--partner", "waiting", "--log", p.sender + "/mainlog", "--queue"]
    said = p.asked(*arguments)
    seen = said["partners"][0]["waiting"]
    codes = {f["code"]: f["state"] for f in said["findings"]}
    good = seen["messages"] == 3 and codes.get("mail-waiting") == "WARNING" and "a TLS session is required" in seen["reason"]
    yield "" if good else f"mail_log_exim: waiting: {said}"
    yield from rights(p, arguments)
    os.remove(f"{p.receiver}/no-tls-{ADDRESSES['waiting']}")
    p.run("-qff")
    said = p.asked(*arguments)
    partner = said["partners"][0]
    good = levels(partner["sent"]) == {"verified": 3} and partner["waiting"]["messages"] == 0
    yield "" if good else f"mail_log_exim: after the flush: {said}"


def rights(p, arguments):
    nobody = {"user": "nobody", "group": "nogroup"}
    os.chmod(p.sender + "/mainlog", 0o644)
    os.chmod(p.sender, 0o755)
    said = p.asked(*arguments, **nobody, extra_groups=[])
    texts = [f["headline"] + (f["detail"] or "") for f in said["findings"] if f["code"] == "mail-log-unreadable"]
    good = said["exit_status"] == 3 and len(texts) == 1 and texts[0].endswith("add the monitoring user to the group Debian-exim")
    yield "" if good else f"mail_log_exim: as nobody: {said}"
    said = p.asked(*arguments, **nobody, extra_groups=[grp.getgrnam(USER).gr_gid])
    yield "" if said["partners"][0]["waiting"]["messages"] == 3 else f"mail_log_exim: in Exim's group: {said}"


def run(place, program, unpacked, pki):
    pki.leaf("exim-verified", [f"mx.{name}.test" for name in DOMAINS])
    pki.leaf("exim-other", ["mx.other.test"], issuer="foreign", chain=("foreign",))
    p = EximLog(place, program, unpacked, pki)
    try:
        return list(play(p))
    finally:
        p.stop()
