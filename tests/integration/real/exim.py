# SPDX-License-Identifier: BSD-2-Clause
"""What --print exim writes, in an Exim that sends by it."""
import glob
import os
import pwd
import re
import shutil
import subprocess

import partners
from cases import CRITICAL, OK
from correspondents import due, replace
from process import write

EXIM = """
exim_path = {program}
primary_hostname = mx1.example.com
spool_directory = {dir}
log_file_path = {dir}/%slog
keep_environment =
acl_smtp_rcpt = recipient
begin acl
recipient:
{acl}
accept
begin routers
{routers}
elsewhere:
  driver = dnslookup
  transport = elsewhere
begin transports
{transports}
elsewhere:
  driver = smtp
begin retry
* * F,1h,1m
"""

USER = "Debian-exim"  # and group, of Debian's package
NOT_BY_EXIM = ["fingerprint", "secure"]  # levels that it has no words for

def install(unpacked, directory):
    """Puts Exim and its libraries where the plugin looks for them; in our mount namespace only. /etc/exim4 is a copy."""
    unpacked = os.path.abspath(unpacked)
    for path in ("/usr/sbin", "/etc"):
        subprocess.run(["mount", "-t", "overlay", "-o", f"lowerdir={path}:{unpacked}{path}", "none", path], check=True)
    os.mkdir(directory)
    shutil.copytree(unpacked + "/etc/exim4", directory + "/etc")
    subprocess.run(["mount", "--bind", directory + "/etc", "/etc/exim4"], check=True)
    write(directory + "/ld.so.conf", "include /etc/ld.so.conf\n" + libraries(unpacked).replace(":", "\n") + "\n")
    subprocess.run(["ldconfig", "-X", "-f", directory + "/ld.so.conf", "-C", directory + "/ld.so.cache"], check=True)
    hide("/etc/ld.so.cache", directory + "/ld.so.cache")


class Exim:
    def __init__(self, p, unpacked):
        self.program, self.libraries = os.path.abspath(unpacked) + "/usr/sbin/exim4", libraries(unpacked)
        self.dir = p.lab.dir + "/exim"
        self.conf = self.dir + "/conf"
        make_user(self.dir)
        hide("/etc/ssl/certs/ca-certificates.crt", p.lab.ca_file)  # "system"
        shutil.chown(self.dir, USER, USER)

    def use(self, printed):
        parts = re.split(r"^# --- .*\n", printed, flags=re.M)
        replace(self.conf, EXIM.format(program=self.program, dir=self.dir, routers=parts[1], transports=parts[2],
                                       acl=parts[3]))

    def run(self, *arguments, text=""):
        return said([self.program, "-C", self.conf, *arguments], self.libraries, text)

    def take(self, recipient, subject):
        """Takes a mail into the queue; returns its id."""
        self.run("-odq", "-f", "postmaster@mx1.example.com", recipient, text=f"Subject: {subject}\n\n.\n")
        return re.findall(r" (\S+) <= ", self._log())[-1]

    def deliver(self, mail):
        """One attempt, and what the log then says of the recipient."""
        before = len(self._log())
        self.run("-M", mail)
        return "".join(re.findall(rf"{mail} ((?:=>|==|->|\*\*) .*\n)", self._log()[before:]))

    def _log(self):
        with open(self.dir + "/mainlog") as f:
            return f.read()


def play(p, unpacked):
    e = Exim(p, unpacked)
    e.use(p.print("exim"))
    for step in (accepted, fixed_route, mail_by_exim, weakened, levels):
        yield from step(p, e)


def accepted(p, e):
    """Exim takes it for what was meant."""
    yield due(r"(?s)Exim version.*exit status 0\Z", e.run("-bV"))
    for address, route in (("user@hella.com", "hella"), ("user@tuv.com", "tuv"), ("user@any.tuv.com", "tuv")):
        yield due(rf"(?s).*router = partner_{route}, transport = partner_{route}\n", e.run("-bt", address))
    yield due(r"(?s).*router = elsewhere", e.run("-bt", "user@plain.test"))
    for sender, answer in (("a@hella.com", "550 5.7.0 TLS is required"), ("a@any.tuv.com", "550 5.7.0 TLS is required"),
                           ("a@elsewhere.com", "250 ")):
        dialogue = f"EHLO x\nMAIL FROM:<{sender}>\nRCPT TO:<postmaster@mx1.example.com>\nQUIT\n"
        yield due(rf"(?s).*\n250 OK\n{answer}", e.run("-bh", "127.0.0.9", text=dialogue).replace("\r", ""))


def fixed_route(p, e):
    e.use(p.print("exim", forms=p.fixed))
    yield due(r"(?s).*router = partner_fixed, transport = partner_fixed\n\s*host mail2\.hella\.com .*port=25",
              e.run("-bt", "user@fixed.com"))
    e.use(p.print("exim"))


def mail_by_exim(p, e):
    """The same as by Postfix: it goes over TLS to whom the form means, or waits."""
    sent = r"=> user@{0} R=partner_{1} T=partner_{1} H=\S*{0} \[.* X=TLS1\.3:.* CV=yes "
    to_hella, to_tuv = (e.take(f"user@{name}.com", "by Exim") for name in ("hella", "tuv"))
    p.theirs.set(hella_tls="none", tuv_chain=p.lab.pki.path("othername.pem"))
    yield due(r"== user@hella.com R=partner_hella T=partner_hella defer .*TLS", e.deliver(to_hella))
    yield due(r"== user@tuv.com R=partner_tuv T=partner_tuv defer .*certificate", e.deliver(to_tuv))
    p.theirs.set(hella_tls="may", tuv_chain=p.lab.pki.path("tuv.pem"))
    yield due(sent.format("hella.com", "hella"), e.deliver(to_hella))
    yield due(sent.format("tuv.com", "tuv"), e.deliver(to_tuv))


def weakened(p, e):
    """The plugin says what Exim does by a printed transport that lost a line."""
    forms = e.dir + "/forms"
    os.mkdir(forms)
    for name in ("hella.ini", "tuv.ini"):
        shutil.copy(f"{p.dir}/{name}", forms)
    write(forms + "/own.ini", f"[own]\nsni = none\ndomains = example.com\nexim = {e.conf}\n")
    yield p.says("hella", OK, [], forms=forms)
    yield p.says("tuv", OK, [], forms=forms)
    e.use(p.print("exim").replace("  hosts_require_tls = *\n", "", 1))
    yield p.says("hella", CRITICAL, ["own-policy-missing critical"], forms=forms)
    yield p.says("tuv", OK, [], forms=forms)
    p.theirs.set(hella_tls="none")
    mail = e.take("user@hella.com", "in plaintext")
    yield due(r"=> user@hella.com R=partner_hella T=partner_hella (?!.* X=)", e.deliver(mail))
    p.theirs.set(hella_tls="may")


def levels(p, e):
    """Exim delivers where Postfix does, and no other mail."""
    file = p.lab.dir + "/levels.ini"
    write(file, partners.forms(p.lab, ""))
    e.use(p.print("exim", forms=file))
    for name, form, becomes, _ in partners.PARTNERS:
        if form.get("tls-level") not in NOT_BY_EXIM:
            # Without TLSA records it gives up immediately.
            what = "=>" if becomes == "sent" else r"(==|\*\*)"
            yield due(rf"{what} user@{name}\.test R=partner_{name} T=partner_{name}\b",
                      e.deliver(e.take(f"user@{name}.test", name)), name)


def said(command, path, text=""):
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30,
                          env=os.environ | {"LD_LIBRARY_PATH": path})
    return f"{done.stdout}exit status {done.returncode}"


def libraries(unpacked):
    return ":".join(glob.glob(unpacked + "/usr/lib/*-linux-gnu*") + glob.glob(unpacked + "/lib/*-linux-gnu*"))


def with_line(directory, path, line):
    copy = directory + path.replace("/", "-")
    with open(path) as f:
        write(copy, f.read() + line)
    os.chmod(copy, 0o644)
    hide(path, copy)


def make_user(directory):
    """Makes USER, on whom Exim insists, and the group, where they are missing; in our mount namespace only."""
    try:
        pwd.getpwnam(USER)
    except KeyError:
        with_line(directory, "/etc/passwd", f"{USER}:x:65533:65533::/nonexistent:/bin/false\n")
        with_line(directory, "/etc/group", f"{USER}:x:65533:\n")


def hide(path, by):
    """In our mount namespace only."""
    subprocess.run(["mount", "--bind", by, os.path.realpath(path)], check=True)
