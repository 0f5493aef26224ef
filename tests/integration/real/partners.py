# SPDX-License-Identifier: BSD-2-Clause
"""What check_partner_policy prints for Postfix, in a Postfix that sends by it.

It has to take the tables, deliver where the plugin says OK and defer where it says CRITICAL. What a hand spoils in
them, the plugin has to find.
"""
import contextlib
import os
import re
import shutil
import smtplib
import subprocess

from cases import CRITICAL, OK, ask, check
from pki import openssl
from process import wait_for, write
from servers import RESOLVER

SENDER = "127.25.3.1"
LIMIT = 40  # seconds until all mail has been tried

# partner at NAME.test, its form beside domain and gateway, what becomes of mail and of the check
PARTNERS = [
    ("plain", {}, "sent", OK),
    ("notls", {}, "deferred", CRITICAL),
    ("othername", {}, "deferred", CRITICAL),
    ("expired", {}, "deferred", CRITICAL),
    ("nointer", {}, "deferred", CRITICAL),
    ("nokey", {"tls-level": "encrypt"}, "deferred", CRITICAL),
    ("future", {"tls-level": "encrypt"}, "sent", OK),
    ("tls10", {}, "deferred", CRITICAL),
    ("tls12", {"min-tls": "1.3"}, "deferred", CRITICAL),
    ("tls13", {"min-tls": "1.3"}, "sent", OK),
    ("stranger", {}, "deferred", CRITICAL),
    ("anonymous", {"ca-file": "{pki}/foreign.crt"}, "deferred", CRITICAL),
    ("selfsigned", {"tls-level": "fingerprint", "fingerprint": "{selfsigned}"}, "sent", OK),
    ("eeodd", {"tls-level": "fingerprint", "fingerprint": "{selfsigned}"}, "deferred", CRITICAL),
    ("wildcard", {"tls-level": "secure"}, "sent", OK),
    ("rsa", {"ca-file": "{pki}/root.crt"}, "sent", OK),
    ("ee", {"tls-level": "dane-only"}, "sent", OK),
    ("wrongee", {"tls-level": "dane-only"}, "deferred", CRITICAL),
    ("cbc", {"tls-level": "dane-only"}, "deferred", CRITICAL),
    ("ta", {"tls-level": "dane"}, "sent", OK),
    ("wrongta", {"tls-level": "dane"}, "deferred", CRITICAL),
]

ASKED = """
compatibility_level = 3.6
mydestination =
smtp_tls_policy_maps = {policy}
transport_maps = texthash:{transport}
smtp_tls_CAfile = {ca}
smtp_dns_support_level = dnssec
smtp_tls_fingerprint_digest = sha256
"""

# What a hand may make of the table, and what has to be found for the partner `plain`
SPOILT = [
    (lambda t: t, []),
    (lambda t: t.replace("\nplain.test verify", "\nplain.test may"), ["own-policy-weak"]),
    (lambda t: t.replace("\nplain.test ", "\n[plain.test] "), ["own-policy-missing"]),
    (lambda t: t.replace("\nplain.test verify match=hostname", "\nplain.test secure match=other.test"),
     ["own-policy-weak"]),
    (lambda t: t.replace("\nplain.test verify", "\nPlain.Test\n  # as Postfix reads it\n  verify"), []),
    (lambda t: t.replace("\nplain.test verify match", "\nplain.test verify mach"), ["own-policy-weak"]),
]


def forms(lab, own):
    """All forms in one text; `own` are lines of [own]."""
    digest = openssl("x509", "-in", lab.pki.path("selfsigned.crt"), "-noout", "-fingerprint", "-sha256").decode()
    values = {"pki": lab.pki.dir, "selfsigned": digest.strip().split("=")[1].replace(":", "").lower()}
    text = ""
    for name, fields, _, _ in PARTNERS:
        domains = f"*.{name}.test" if name == "wildcard" else f"{name}.test"
        text += f"[{name}]\ndomains = {domains}\ngateways = mx.{name}.test\n"
        text += "".join(f"{field} = {value.format(**values)}\n" for field, value in fields.items()) + "\n"
    return text + "[own]\nsni = none\n" + own


def postmap(lab, *arguments):
    """Lines that postmap prints; none of them may be a warning."""
    done = subprocess.run(["postmap", "-c", lab.pki.dir, *arguments], capture_output=True, text=True, timeout=30)
    if done.stderr:
        raise RuntimeError("postmap: " + done.stderr)
    return done.stdout.splitlines()


def keys_of(text):
    return sorted(line.split()[0] for line in text.splitlines() if line and not line.startswith("#"))


class Sender:
    """A Postfix that sends by what is printed."""

    def __init__(self, lab, program):
        self.lab, self.program = lab, program
        self.dir = lab.dir + "/partners"
        self.policy, self.senders = self.dir + "/tls_policy", self.dir + "/tls_senders"
        self.transport = self.dir + "/transport"

    def print(self):
        write(self.transport, "rsa.test smtp:[mx.rsa.test]:25\n")
        self.write_forms("postfix = /etc/postfix\n")
        self.use("texthash:" + self.policy)
        status, text = check(self.lab, self.program, f"-f {self.dir}/forms.ini --print postfix")
        write(self.policy, text)
        # As the head of the table says
        with open(self.senders, "w") as f:
            subprocess.run(["sed", "-n", "s/^#: //p", self.policy], stdout=f, check=True, timeout=30)
        return status, text

    def use(self, policy):
        """The instance that is asked: as the one that sends, by this table, and without chroot."""
        with open(self.dir + "/etc/master.cf") as f:
            write(self.dir + "/etc/master.cf", re.sub(r"(?m)^((?:smtp|relay)\s+unix\s+-\s+-\s+)y", r"\1n", f.read()))
        write(self.dir + "/etc/main.cf", ASKED.format(policy=policy, transport=self.transport, ca=self.lab.ca_file))

    def write_forms(self, own):
        write(self.dir + "/forms.ini", forms(self.lab, own))

    def send(self, recipients):
        """What became of mail to each, "sent" or "deferred", with Postfix's words."""
        with smtplib.SMTP(SENDER, 25, local_hostname="sender.test", timeout=20) as smtp:
            for recipient in recipients:
                smtp.sendmail("us@sender.test", [recipient], "Subject: TLS\r\n\r\nOnly with TLS.\r\n")
        seen = {}

        def all_are_tried():
            with open(self.lab.servers.dir + "/sender/mail.log") as log:
                for line in log:
                    got = re.search(r"/smtp\w*\[.* to=<([^>]+)>.* status=(\w+) (.*)", line)
                    if got:
                        seen[got[1]] = got[2], got[3]
            return len(seen) == len(recipients)
        with contextlib.suppress(RuntimeError):  # who is missing is told with the others
            wait_for("mail to all is tried", all_are_tried, LIMIT)
        return seen


def run(lab, program):
    program = program.replace("check_smtp_tls", "check_partner_policy")
    sender = Sender(lab, program)
    os.mkdir(sender.dir)
    use_config(sender.dir + "/etc")
    status, text = sender.print()
    results = [None if status == OK else f"--print postfix: exit status {status}: {text}"]
    return results + tables(lab, sender, text) + delivery(lab, sender) + spoilt(lab, sender, text)


def use_config(directory):
    """Postfix's own directory, for a postmap that is not told of another; in our namespace only. *.d is make's."""
    shutil.copytree("/etc/postfix", directory, symlinks=True, ignore=shutil.ignore_patterns("*.d"))
    write(directory + "/main.cf", "compatibility_level = 3.6\n")
    subprocess.run(["mount", "--bind", directory, "/etc/postfix"], check=True)


def tables(lab, sender, text):
    """Postfix reads of the tables what was meant."""
    with open(sender.senders) as f:
        senders = f.read()
    results = []
    for path, content in ((sender.policy, text), (sender.senders, senders)):
        got = sorted(line.split("\t")[0] for line in postmap(lab, "-s", "texthash:" + path))
        due = keys_of(content)
        results.append(None if got == due and len(due) >= len(PARTNERS) else f"{path}: keys {got}, due {due}")
        for line in content.splitlines():
            if line and not line.startswith("#"):
                key, value = line.split(" ", 1)
                got = postmap(lab, "-q", key, "texthash:" + path)
                results.append(None if got == [value] else f"postmap -q {key}: {got}, due {value}")
    return results


def delivery(lab, sender):
    """Mail goes where the plugin says that it may."""
    double = sender.dir + "/double"
    write(double, "pkixee.test verify\npkixee.test verify\n")
    lab.servers.start_sender(SENDER, {
        "smtp_tls_policy_maps": "texthash:" + sender.policy,
        "smtp_tls_CAfile": lab.ca_file,
        "transport_maps": f"texthash:{sender.transport} inline:{{ {{ pkixee.test = double: }} }}",
    }, {"double": {"smtp_tls_policy_maps": "texthash:" + double}})
    due = {f"user@{name}.test": status for name, _, status, _ in PARTNERS}
    due["user@pkixee.test"] = "deferred"  # a key twice: Postfix refuses the table
    seen = sender.send(due)
    results = []
    for recipient, status in due.items():
        got = seen.get(recipient, ("not tried", ""))
        results.append(None if got[0] == status else f"mail to {recipient}: {got}, due {status}")
    for name, _, _, status in PARTNERS:
        arguments = f"-f {sender.dir}/forms.ini --partner {name} --outbound"
        got, answer = ask(lab, sender.program, arguments)
        results.append(None if got == status else f"{arguments}: exit status {got}, due {status}; {answer['summary']}")
    return results


def spoilt(lab, sender, text):
    """Our own policy's findings, by text and by a map that only Postfix can read."""
    results = []
    for i, (spoil, due) in enumerate(SPOILT):
        if (spoil(text) == text) != (i == 0):
            results.append(f"spoilt {i}: nothing is changed")
        for kind in ("texthash", "hash", "btree"):
            path = f"{sender.dir}/{kind}{i}"
            write(path, spoil(text))
            if kind != "texthash":
                postmap(lab, f"{kind}:{path}")
            sender.use(f"{kind}:{path}")
            arguments = f"-f {sender.dir}/forms.ini --partner plain --outbound"
            status, output = check(lab, sender.program, arguments + " --format json", RESOLVER)
            got = re.findall(r'"code": *"(own-policy-\w+)"', output)
            fits = got == due and status == (CRITICAL if due else OK)
            results.append(None if fits else f"{kind} {i}: exit status {status}, {got}, due {due}: {output}")
    return results
