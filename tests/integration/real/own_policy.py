# SPDX-License-Identifier: BSD-2-Clause
"""Our own Postfix, asked by check_partner_policy --own, beside what that Postfix then does with mail.

For each configuration of own_cases an instance of its own sends one mail to each of four gateways.
"""
import json
import os
import re
import smtplib
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from own_cases import CASES, Case, GOOD, MAY, SAFE, WEAK
from process import wait_for, write
from servers import SERVICES, main_cf

DOMAINS = ["notls.test", "othername.test", "tls10.test", "plain.test"]
SENDER = "us@sender.test"
TOGETHER = 8   # instances that run at the same time
PATIENCE = 25  # seconds for a mail to be tried

MAIN = """
myhostname = sender.test
mydestination =
mynetworks = 127.0.0.0/8
inet_protocols = ipv4
local_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
smtp_dns_support_level = dnssec
smtp_tls_loglevel = 1
smtp_connect_timeout = 3s
"""

MASTER = """
{address}:25 inet n - n - - smtpd
smtp      unix  - - n - - smtp
scache    unix  - - n - 1 scache
virtual   unix  - n n - - virtual
local     unix  - n n - - local
"""

FORM = """
[partner]
domains = {domains}
gateways = {gateways}
direction = outbound
{form}
[own]
postfix = {dir}
senders = {sender}
{own}
"""


class Instance:
    """A Postfix of one case's configuration."""

    def __init__(self, lab, program, case, number):
        self.lab, self.program, self.case = lab, program, case
        self.address = f"127.30.{number // 200}.{number % 200 + 1}"
        self.dir = f"{lab.servers.dir}/own/{number}"
        self.environment = {"LC_ALL": "C", "PATH": os.environ["PATH"]}
        self._write()

    def filled(self, text):
        lines = []
        for line in text.splitlines(keepends=True):
            several = "@D@" in line or "@H@" in line
            lines += [line.replace("@D@", d).replace("@H@", "mx." + d) for d in DOMAINS] if several else [line]
        known = {"@P@": f"texthash:{self.dir}/policy", "@T@": f"texthash:{self.dir}/transport", "@DIR@": self.dir,
                 "@CA@": self.lab.ca_file}
        text = "".join(lines)
        for name, value in known.items():
            text = text.replace(name, value)
        return text

    def _write(self):
        after = self.case.files.pop("after", {})
        for name, text in self.case.files.items():
            write(f"{self.dir}/{name}", self.filled(text))
        write(self.dir + "/main.cf", main_cf(self.dir, settle(MAIN + self.filled(self.case.main))))
        write(self.dir + "/master.cf", MASTER.format(address=self.address) + self.filled(self.case.master) + SERVICES)
        write(self.dir + "/mail.log", "")
        os.mkdir(self.dir + "/data")
        os.mkdir(self.dir + "/queue")
        subprocess.run(["chown", "postfix", self.dir + "/data"], check=True)
        for path in re.findall(r"\bhash:(\S+)", self.filled(self.case.main)):
            subprocess.run(["postmap", "-c", self.dir, "hash:" + path], check=True, capture_output=True, timeout=20)
            os.utime(path + ".db", (time.time() - 400,) * 2)
        for name, text in after.items():
            write(f"{self.dir}/{name}", self.filled(text))
            os.utime(f"{self.dir}/{name}", (time.time() - 200,) * 2)  # Postfix warns after 100 s
        self.write_form()

    def write_form(self):
        gateways = re.findall(r"gateways = (.*)", self.case.form)
        write(self.dir + "/form.ini", FORM.format(
            domains=" ".join(DOMAINS), gateways=" ".join(["mx." + d for d in DOMAINS] + gateways), dir=self.dir,
            form=re.sub(r"gateways = .*\n", "", self.case.form), own=self.case.own, sender=SENDER))

    def sends(self):
        """What became of mail to each domain."""
        child = self.lab.servers.run_postfix(self.dir, (self.address, 25))
        try:
            return self._sent()
        finally:
            child.end()

    def _sent(self):
        with smtplib.SMTP(self.address, 25, local_hostname="sender.test", timeout=PATIENCE) as client:
            for domain in DOMAINS:
                client.sendmail(SENDER, ["postmaster@" + domain], "Subject: TLS\r\n\r\n.\r\n")
        found = wait_for(f"{self.case.name}: mail to all is tried", self._outcomes, PATIENCE, instead=self.log)
        return " ".join(found[domain] for domain in DOMAINS)

    def _outcomes(self):
        """Each domain's, once all are known; None before. A mail that nobody takes is one whose service keeps failing."""
        log = self.log()
        tls, seen = {}, {}
        for line in log.splitlines():
            session = re.search(r"\[(\d+)\]: (\w+) TLS connection established to (\S+):\d+: ", line)
            if session:
                tls[session[1]] = session[3], session[2]
            tried = re.search(r"\[(\d+)\]: \w+: to=<postmaster@([^>]+)>.* relay=(\S+),.* status=(\w+)", line)
            if tried and tried[4] == "sent":
                relay, word = tls.pop(tried[1], (None, None))
                word = word if tried[3].startswith(f"{relay}:") else None
                seen[tried[2]] = {"Verified": "verified", None: "plain"}.get(word, "encrypted")
            elif tried:
                seen[tried[2]] = tried[4]
        if "fatal: " in log and len(seen) < len(DOMAINS):
            seen = {domain: "deferred" for domain in DOMAINS} | seen
        return seen if len(seen) == len(DOMAINS) else None

    def log(self):
        with open(self.dir + "/mail.log", errors="replace") as f:
            return f.read()

    def says(self):
        """The codes that the plugin finds, and its words."""
        done = subprocess.run([self.program, "-f", self.dir + "/form.ini", "--own", "--format", "json"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        answer = json.loads(done.stdout)
        found = [f for f in answer["findings"] if f["state"] != "OK"]
        return sorted({f["code"] for f in found}), "".join(f"\n    {f['headline']}; {f['detail']}" for f in found)


def settle(text):
    """Each parameter once, as it is set last: Postfix warns of others."""
    last = {}
    for line in text.splitlines():
        if "=" in line:
            name = line.split("=")[0].strip()
            last.pop(name, None)
            last[name] = line
    return "\n".join(last.values()) + "\n"


def play(lab, program, number):
    """None, or how the case fails."""
    case = CASES[number]
    try:
        instance = Instance(lab, program, case, number)
        found, output = instance.says()
        sent = instance.sends() if case.due else None
    except (OSError, RuntimeError, ValueError, smtplib.SMTPException, subprocess.SubprocessError) as e:
        return f"own policy, {case.name}: {e}"
    says = instance.filled(case.says)
    if sent == case.due and found == sorted(case.found) and says in output:
        return None
    return f"own policy, {case.name}: mail {sent}, due {case.due}; found {found}, due {case.found}\n    {output}\n    {says}"


def several(lab, program):
    """Two instances of Postfix on one machine, one form: what the second one does with mail is found, and said of it."""
    due = [(Case("first instance", GOOD, SAFE, []), SAFE),
           (Case("second instance", GOOD, MAY, [], policy="@D@ may\n"), MAY)]
    instances = [Instance(lab, program, case, len(CASES) + i) for i, (case, _) in enumerate(due)]
    first, second = instances
    first.case.own = f"postfix = {second.dir}\n"
    first.write_form()
    try:
        sent = [instance.sends() for instance in instances]
    except (OSError, RuntimeError, smtplib.SMTPException) as e:
        return f"own policy, several instances: {e}"
    found, output = first.says()
    if sent == [wanted for _, wanted in due] and found == [WEAK] and second.dir in output and first.dir not in output:
        return None
    return f"own policy, several instances: mail {sent}; found {found}\n    {output}"


def run(lab, program):
    program = program.replace("check_smtp_tls", "check_partner_policy")
    with ThreadPoolExecutor(TOGETHER) as pool:
        results = list(pool.map(lambda number: play(lab, program, number), range(len(CASES))))
    return results + [several(lab, program)]
