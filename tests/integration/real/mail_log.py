# SPDX-License-Identifier: BSD-2-Clause
"""A Postfix that sends and one that receives, a few hundred messages at known levels, and what check_mail_log counts.

The counts are those of what was sent, exactly, in each direction and at each level.
"""
import grp
import json
import os
import shutil
import smtplib
import subprocess

import mail_log_exim
from exim import hide
from journal import write_journal
from pki import Pki
from process import wait_for, write
from scripted import Gateway
from servers import POSTFIX, SENDER, Servers, loopback_up

# Not the address of senders, whose smtpd may live on for a while.
SUBMISSION, OUR_ADDRESS = "127.27.0.251", "10.25.0.250"
# Content filters, ours and theirs: they take mail at one address, and hand it back at another.
FILTERED, FILTER, THEIR_FILTER = "127.27.0.252", "127.27.0.253", "127.27.0.254"
EACH = 40
VERIFY = "verify match=mx.verified.test"

# name: (the transport of our mail to that domain, its gateway's certificate and TLS level, our policy, how mail counts)
DOMAINS = {
    "verified": ("smtp", "verified", "may", VERIFY, "verified"),
    "trusted": ("smtp", "verified", "may", "encrypt", "trusted"),
    "encrypted": ("smtp", "other", "may", "encrypt", "encrypted"),
    "plain": ("smtp", "verified", "none", "may", "plaintext"),
    "switched": ("smtp", "verified", "may", "may", "trusted"),
    "reused": ("reuse", "verified", "may", VERIFY, "verified"),
    "silent": ("silent", "verified", "may", VERIFY, "unknown"),
    "filtered": ("smtp", "verified", "may", VERIFY, "verified"),
    "broken": ("fallback", "verified", None, "may", "plaintext"),
    "waiting": ("smtp", "verified", "none", "encrypt", "trusted"),
}
ADDRESSES = {name: f"10.25.1.{i}" for i, name in enumerate(DOMAINS, 1)}

MASTER = f"""
{SUBMISSION}:25 inet n - n - - smtpd
{FILTERED}:25 inet n - n - - smtpd
  -o content_filter=filter:[{FILTER}]:25
{FILTER}:25 inet n - n - - smtpd
  -o myhostname=filter.sender.test
smtp      unix  - - n - 20 smtp
filter    unix  - - n - 2 smtp
  -o smtp_bind_address=
reuse     unix  - - n - 2 smtp
  -o smtp_tls_connection_reuse=yes
  -o smtp_connection_cache_destinations=static:all
  -o syslog_name=postfix/reuse
fallback  unix  - - n - 2 smtp
  -o minimal_backoff_time=1s
silent    unix  - - n - 2 smtp
  -o smtp_tls_loglevel=0
  -o syslog_name=postfix/silent
pickup    unix  n - n 60 1 pickup
showq     unix  n - n - - showq
tlsproxy  unix  - - n - 0 tlsproxy
scache    unix  - - n - 1 scache
trace     unix  - - n - 0 bounce
discard   unix  - - n - - discard
"""

FORM = """
[{name}]
domains = {name}.test
gateways = mx.verified.test
direction = outbound
"""


class MailLog:
    def __init__(self, place, program, unpacked, pki):
        self.servers, self.pki, self.unpacked = Servers(place), pki, unpacked
        self.dir = place
        self.program = shutil.copy(program, place)  # where an ordinary user gets at
        pki.leaf("verified", ["mx.verified.test"])
        pki.leaf("other", ["mx.other.test"], issuer="foreign", chain=("foreign",))
        self.receiver = self._receiver()
        self.gateway = Gateway(ADDRESSES["broken"], pki.path("verified.pem"), ehlo_tls=None)
        self.sender = self._sender()
        self._forms()

    def _sender(self):
        main = SENDER.replace("smtp_dns_support_level = dnssec", "smtp_dns_support_level = disabled") + f"""
smtp_tls_loglevel = 1
smtp_bind_address = {OUR_ADDRESS}
smtp_tls_CAfile = {self.pki.ca_file}
smtp_tls_session_cache_database =
minimal_backoff_time = 300s
transport_maps = texthash:{self.dir}/transport
smtp_tls_policy_maps = texthash:{self.dir}/policy
"""
        write(self.dir + "/policy", "".join(f"[{ADDRESSES[name]}] {row[3]}\n" for name, row in DOMAINS.items()))
        write(self.dir + "/transport", "".join(f"{name}.test {row[0]}:[{ADDRESSES[name]}]\n"
                                               for name, row in DOMAINS.items()) + "us.test discard:\n")
        return self.servers.start_mail_server("log-sender", main, MASTER, (SUBMISSION, 25))

    def _receiver(self):
        master = ("discard unix - - n - - discard\nsmtp unix - - n - - smtp\n"
                  f"{THEIR_FILTER}:25 inet n - n - - smtpd\n  -o myhostname=filter.lab.test\n")
        for name, (_, chain, level, _, _) in DOMAINS.items():
            if not level:
                continue
            master += (f"{ADDRESSES[name]}:25 inet n - n - - smtpd\n  -o smtpd_tls_security_level={level}\n"
                       f"  -o smtpd_tls_chain_files={self.pki.path(chain + '.pem')}\n")
            if name == "filtered":
                master += f"  -o content_filter=smtp:[{THEIR_FILTER}]:25\n"
        main = POSTFIX + "smtpd_tls_loglevel = 1\ntransport_maps = static:{discard:}\n"
        return self.servers.start_mail_server("log-receiver", main, master, (ADDRESSES["verified"], 25))

    def _forms(self):
        write(self.dir + "/forms/own.ini", f"[own]\ndomains = us.test\npostfix = {self.sender}\nverify-sender = probe@us.test\n")
        for name in DOMAINS:
            write(f"{self.dir}/forms/{name}.ini", FORM.format(name=name))
        write(self.dir + "/us.ini", f"[us]\ndomains = us.test\ngateways = mx.us.test\nsending-hosts = {OUR_ADDRESS}\n"
                                    "[spoofed]\ndomains = spoofed.test\ngateways = mx.spoofed.test\n")

    def stop(self):
        self.servers.stop()

    def starttls(self, name, level):
        """Switches STARTTLS on or off; processes that offer what they offered before end one after the other."""
        postconf = ["postconf", "-c", self.receiver, "-P", f"{ADDRESSES[name]}:25/inet/smtpd_tls_security_level={level}"]
        subprocess.run(postconf, check=True, timeout=20)
        subprocess.run(["postfix", "-c", self.receiver, "reload"], check=True, capture_output=True, timeout=20)

        def offers():
            with smtplib.SMTP(ADDRESSES[name], 25, local_hostname="us.test", timeout=20) as client:
                client.ehlo()
                return client.has_extn("starttls")

        wait_for("STARTTLS is switched", lambda: {offers() for _ in range(10)} == {level != "none"})

    def send(self, domain, count, recipients=1, to=SUBMISSION):
        with smtplib.SMTP(to, 25, local_hostname="us.test", timeout=20) as client:
            for i in range(count):
                client.sendmail("us@us.test", [f"u{i}-{k}@{domain}.test" for k in range(recipients)],
                                "Subject: x\r\n\r\nx\r\n")

    def wait_empty(self):
        said = []

        def empty():
            done = subprocess.run(["postqueue", "-c", self.sender, "-j"], capture_output=True, text=True, timeout=20)
            said[:] = [done.stderr]
            return done.returncode == 0 and not done.stdout

        def instead():
            with open(self.sender + "/mail.log", errors="replace") as log:
                return "".join(said) + log.read()[-3000:]
        wait_for("all mail is sent", empty, 120, instead=instead)

    def sessions_are_over(self):
        """Postfix keeps a session that it may use again for some seconds."""
        with open(self.receiver + "/mail.log", errors="replace") as log:
            text = log.read()
        return text.count(": connect from ") == text.count(": disconnect from ")

    def says(self, forms, log, *more):
        return self.asked(forms, "--log", log, *more)

    def asked(self, *arguments, **who):
        """What the plugin says, run by root or by whom subprocess is told."""
        run = subprocess.run([self.program, "-f", *arguments, "--format", "json"], capture_output=True, text=True, timeout=60,
                             **who)
        return json.loads(run.stdout)


def play(p):
    """Sends, and compares. The text of each failure, "" for what passed."""
    sent = {name: {} for name in DOMAINS if name != "waiting"}

    for name in sent:
        p.send(name, EACH, to=FILTERED if name == "filtered" else SUBMISSION)
        sent[name] = {DOMAINS[name][4]: EACH}
    p.send("verified", 5, recipients=3)
    sent["verified"]["verified"] += 15
    yield from broken(p)
    p.wait_empty()
    p.starttls("switched", "none")  # at level may Postfix goes on in plaintext
    p.send("switched", EACH)
    sent["switched"]["plaintext"] = EACH
    p.wait_empty()
    yield from reused(p)
    yield from sent_as(p, sent)
    yield from received_as(p, sent)
    yield from from_journal(p, sent)
    yield from verified(p)
    yield from waiting(p)


def broken(p):
    """The gateway ends each session after the handshake. At level may Postfix goes on in plaintext, once a message has
    waited for a while: the same process logs TLS with that gateway first."""
    def queued():
        done = subprocess.run(["postqueue", "-c", p.sender, "-j"], capture_output=True, text=True, timeout=20)
        return [json.loads(line) for line in done.stdout.splitlines()]

    wait_for("all other mail is sent", lambda: all(m["queue_name"] == "deferred" for m in queued()), 60, instead=queued)
    yield "" if len(queued()) == EACH else f"mail_log: {len(queued())} messages wait at the broken gateway"

    def flushed():  # what has waited for less than a second waits on
        subprocess.run(["postqueue", "-c", p.sender, "-f"], check=True, timeout=20)
        return not queued()

    wait_for("mail goes in plaintext to the broken gateway", flushed, 60, every=2, instead=queued)
    address = ADDRESSES["broken"]
    with open(p.sender + "/mail.log", errors="replace") as log:
        text = log.read()
    handshakes = text.count(f": Trusted TLS connection established to {address}[{address}]:25: ")
    # One and a later attempt at least; which messages share a session is chance.
    yield "" if handshakes >= 2 else f"mail_log: {handshakes} handshakes with the broken gateway"
    taken = p.gateway.taken
    yield "" if taken == [False] * EACH else f"mail_log: taken over TLS: {taken}"


def reused(p):
    """The handshakes with that gateway were tlsproxy's, and most messages went over a connection that others had before."""
    peer = f"{ADDRESSES['reused']}[{ADDRESSES['reused']}]:25"
    with open(p.sender + "/mail.log", errors="replace") as log:
        lines = [line for line in log if peer in line]
    ours = [line for line in lines if " postfix/reuse/smtp[" in line]
    handshakes, told, again, used = (sum(part in line for line in of) for part, of in [
        (" postfix/tlsproxy[", lines), (f"TLS connection established to {peer}", ours),
        (f"TLS connection reused to {peer}", ours), (f"relay={peer}, conn_use=", ours)])
    good = handshakes == told > 0 and again == used == EACH - told and used >= EACH / 2
    yield "" if good else f"mail_log: {handshakes} handshakes of tlsproxy, {told} told, {again} reused, for {used} messages"


def levels(direction):
    return {level: n for level, n in direction.items() if n and level != "total"}


def sent_as(p, sent):
    yield from counted("log", p.says(p.dir + "/forms", p.sender + "/mail.log"), sent)
    copy = shutil.copy(p.sender + "/mail.log", p.dir)
    yield from rights(p, ["--log", copy], copy, "its group, such as adm", sent)


def counted(what, said, sent):
    """Compares the counts of what was sent to each partner."""
    if len(said["partners"]) != len(DOMAINS):
        yield f"mail_log: {what}: {said['summary']}"
    for partner in said["partners"]:
        seen, due = levels(partner["sent"]), sent.get(partner["name"], {})
        yield "" if seen == due else f"mail_log: {what}: {partner['name']}: sent {due}, counted {seen}"


def received_as(p, sent):
    """The receiver has seen TLS wherever the sender had it, certificates apart."""
    due = {"plaintext": 0, "encrypted": 0}
    for name, counts in sent.items():
        for level, n in counts.items() if name != "broken" else ():
            due["plaintext" if level == "plaintext" else "encrypted"] += n
    # A message to several recipients is one message to the receiver.
    due["encrypted"] -= 5 * 2
    wait_for("all sessions are over", p.sessions_are_over)
    said = p.says(p.dir + "/us.ini", p.receiver + "/mail.log")
    seen = levels(said["partners"][0]["received"])
    yield "" if seen == due else f"mail_log: received {due}, counted {seen}"


def from_journal(p, sent):
    """The same lines in a journal, which an ordinary user may not read, and a member of its group may."""
    directory = p.dir + "/journal/" + "0123456789abcdef" * 2
    path = directory + "/system.journal"
    write_journal(p.unpacked, p.sender + "/mail.log", path)
    yield from counted("journal", p.asked(p.dir + "/forms", "--journal-directory", directory), sent)
    yield from counted("journal", p.asked(p.dir + "/forms", "--journal-directory", p.dir + "/journal"), sent)
    yield from rights(p, ["--journal-directory", directory], path, "the group systemd-journal", sent)
    write(p.dir + "/cut/cut.journal", "")
    with open(path, "rb") as whole, open(p.dir + "/cut/cut.journal", "wb") as part:
        part.write(whole.read(100000))
    shutil.copy(path, p.dir + "/cut")
    said = p.asked(p.dir + "/forms", "--journal-directory", p.dir + "/cut")
    yield "" if said["summary"].endswith('/cut/cut.journal": is damaged') else f"mail_log: damaged: {said['summary']}"


def rights(p, source, path, cure, sent):
    """What may be read by its group alone is UNKNOWN for anybody else, and the group is named."""
    group = grp.getgrnam("adm").gr_gid
    os.chmod(path, 0o640)
    os.chown(path, 0, group)
    nobody = {"user": "nobody", "group": "nogroup"}
    said = p.asked(p.dir + "/us.ini", *source, **nobody, extra_groups=[])
    texts = [f["headline"] + (f["detail"] or "") for f in said["findings"] if f["code"] == "mail-log-unreadable"]
    due = f'"{path}": Permission denied: add the monitoring user to {cure}'
    yield "" if said["exit_status"] == 3 and len(texts) == 1 and texts[0].endswith(due) else f"mail_log: rights: {said}"
    yield from counted("in the group", p.asked(p.dir + "/forms", *source, **nobody, extra_groups=[group]), sent)


def verified(p):
    """Postfix verifies an address, once an hour, and counts as it would for mail; no mail is sent."""
    log, forms = p.sender + "/mail.log", p.dir + "/forms"

    def ask(name):
        said = p.says(forms, log, "--partner", name, "--verify", f"verify@{name}.test", "-v")
        found = [f for f in said["findings"] if f["code"] == "address-verification"]
        return found[0]["state"], found[0]["headline"], levels(said["partners"][0]["sent"])

    before = {partner["name"]: levels(partner["sent"]) for partner in p.says(forms, log)["partners"]}
    for name, state, result in [("verified", "OK", "is deliverable (verified)"),
                                ("trusted", "CRITICAL", "is deliverable (name not verified)"),
                                ("encrypted", "CRITICAL", "is deliverable (encrypted, not verified)"),
                                ("plain", "CRITICAL", "is deliverable (plaintext)"),
                                ("silent", "UNKNOWN", "is deliverable (not logged)"),
                                ("waiting", "CRITICAL", "is undeliverable: TLS is required, but was not offered by host "
                                                        f"{ADDRESSES['waiting']}[{ADDRESSES['waiting']}]")]:
        due = (state, f"verify@{name}.test {result}", before[name])
        for seen in ask(name), ask(name):
            yield "" if seen == due else f"mail_log: verify: expected {due}, got {seen}"
    with open(log, errors="replace") as lines:
        asked = lines.read().count("uid=0 from=<probe+tls-")
    yield "" if asked == 6 else f"mail_log: verified {asked} times"


def waiting(p):
    """Mail that waits because TLS is not offered is found with its reason, and is gone after the flush."""
    p.send("waiting", 3)
    log, forms = p.sender + "/mail.log", p.dir + "/forms"

    def partner(name):
        said = p.says(forms, log, "--queue", "--partner", name)
        return said, said["partners"][0]["waiting"]

    said, seen = wait_for("three messages wait", lambda: (lambda a: a if a[1]["messages"] == 3 else None)(partner("waiting")),
                          instead=lambda: partner("waiting")[1])
    codes = {f["code"]: f["state"] for f in said["findings"]}
    yield "" if codes.get("mail-waiting") == "WARNING" else f"mail_log: waiting: {codes}"
    yield "" if "TLS is required, but was not offered" in seen["reason"] else f"mail_log: waiting: {seen}"
    yield from queue_rights(p)
    p.starttls("waiting", "may")
    subprocess.run(["postqueue", "-c", p.sender, "-f"], check=True, timeout=20)
    p.wait_empty()
    said, seen = partner("waiting")
    yield "" if levels(said["partners"][0]["sent"]) == {"trusted": 3} else f"mail_log: waiting: {said['partners']}"
    yield "" if seen["messages"] == 0 else f"mail_log: waiting after the flush: {seen}"


def queue_rights(p):
    """Two parameters of Postfix decide who may see the queue of another instance than the default one."""
    default = p.dir + "/default"
    write(default + "/main.cf", "compatibility_level = 3.6\n")
    write(default + "/master.cf", "")
    hide("/etc/postfix", default)

    def ask():
        said = p.asked(p.dir + "/forms", "--queue", "--partner", "waiting", user="nobody", group="nogroup", extra_groups=[])
        texts = [f["headline"] + (f["detail"] or "") for f in said["findings"] if f["code"] == "mail-log-unreadable"]
        return said["partners"][0]["waiting"], texts

    def due(got, cure):
        waiting, texts = got
        if cure:
            return "" if waiting is None and texts and cure in texts[-1] else f"mail_log: {cure}: {got}"
        return "" if waiting and waiting["messages"] == 3 else f"mail_log: the queue as nobody: {got}"

    yield due(ask(), "alternate_config_directories of the default main.cf")
    write(default + "/main.cf", f"compatibility_level = 3.6\nalternate_config_directories = {p.sender}\n")
    yield due(ask(), "")
    subprocess.run(["postconf", "-c", p.sender, "-e", "authorized_mailq_users=root"], check=True, timeout=20)
    yield due(ask(), "add the monitoring user to authorized_mailq_users")
    subprocess.run(["postconf", "-c", p.sender, "-X", "authorized_mailq_users"], check=True, timeout=20)
    subprocess.run(["umount", os.path.realpath("/etc/postfix")], check=True)


def run(place, program, unpacked):
    os.makedirs(place)
    loopback_up()
    p = MailLog(place, program, unpacked, Pki(place + "/pki"))
    try:
        return list(play(p)) + mail_log_exim.run(place, p.program, unpacked, p.pki)
    finally:
        p.stop()
