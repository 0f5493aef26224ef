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
from process import Processes, write

EACH = 15
OUR_ADDRESS = "10.25.2.250"

# name: (the gateway's certificate, whether it offers TLS, options of our transport, how mail counts)
STRICT = "hosts_require_tls = *\n  tls_verify_hosts = *"
DOMAINS = {
    "verified": ("verified", True, STRICT, "verified"),
    "encrypted": ("other", True, "hosts_require_tls = *\n  tls_try_verify_hosts = *", "encrypted"),
    "plain": ("verified", False, "", "plaintext"),
    "avoided": ("verified", True, "hosts_avoid_tls = *", "plaintext"),
    "waiting": ("verified", False, STRICT, "verified"),
}
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
begin routers
{routers}
begin transports
{transports}
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
        self.processes.run([self.exim, "-C", self.receiver + "/conf", "-bdf"], self.receiver,
                           (ADDRESSES["verified"], 25), env=self.env)

    def _certificate(self, name):
        chain = shutil.copy(self.pki.path(f"exim-{name}.pem"), self.receiver)
        os.chmod(chain, 0o644)

    def _configure(self):
        routers = "".join(ROUTER.format(name=name) for name in DOMAINS)
        transports = "".join(TRANSPORT.format(name=name, ours=OUR_ADDRESS, ca=self.pki.ca_file, options=row[2])
                             for name, row in DOMAINS.items())
        write(self.sender + "/conf", MAIN.format(name="mx.us.test", dir=self.sender)
              + SENDER.format(routers=routers, transports=transports))
        write(self.receiver + "/conf", MAIN.format(name="mx.them.test", dir=self.receiver)
              + RECEIVER.format(dir=self.receiver, addresses=" : ".join(ADDRESSES.values())))
        write(self.receiver + "/certificates", "".join(f"{ADDRESSES[name]}: {self.receiver}/exim-{row[0]}.pem\n"
                                                       for name, row in DOMAINS.items()))
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
        self.processes.stop()

    def run(self, *arguments, text=""):
        subprocess.run([self.exim, "-C", self.sender + "/conf", *arguments], input=text, text=True, check=True,
                       capture_output=True, timeout=60, env=self.env)

    def send(self, domain, count, recipients=1):
        for _ in range(count):
            self.run("-odi", "-f", "us@us.test", *(f"u{i}@{domain}.test" for i in range(recipients)),
                     text="Subject: x\n\nx\n")

    def asked(self, *arguments, **who):
        run = subprocess.run([self.program, "-f", *arguments, "--format", "json"], capture_output=True, text=True, timeout=60,
                             **who)
        return json.loads(run.stdout)


def levels(direction):
    return {level: n for level, n in direction.items() if n and level != "total"}


def play(p):
    """Sends, and compares. The text of each failure, "" for what passed."""
    sent = {name: {row[3]: EACH} for name, row in DOMAINS.items() if name != "waiting"}
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
    yield from counted(p, sent)
    yield from received(p, sent)
    yield from waiting(p)


def counted(p, sent):
    for partner in p.asked(p.dir + "/exim-forms", "--log", p.sender + "/mainlog")["partners"]:
        seen, due = levels(partner["sent"]), sent.get(partner["name"], {})
        yield "" if seen == due else f"mail_log_exim: {partner['name']}: sent {due}, counted {seen}"


def received(p, sent):
    """A message to several recipients is one message to the receiver, which sees no difference in certificates."""
    due = {"encrypted": 2 * EACH + 3 + 2, "plaintext": 2 * EACH}
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
