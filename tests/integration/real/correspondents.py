# SPDX-License-Identifier: BSD-2-Clause
"""Two mail servers that write to each other: ours, which enforces what partners' forms ask for, and the partners'."""
import json
import mailbox
import os
import re
import shutil
import smtplib
import subprocess
import time

from process import wait_for, write
from servers import main_cf

PATIENCE = 20  # seconds for what is due
OURS = "127.26.1.1"
XCLIENT_PORT = 2525
EXEMPT = "out.exempt.test"  # a host that may send in plaintext

# Who plays which gateway of the forms in examples/partners
GATEWAYS = {
    "hella": {"mail1.hella.com": "127.26.0.1", "mail2.hella.com": "127.26.0.2", "mail3.hella.com": "127.26.0.3"},
    "tuv": {"mx5.de.tuv.com": "127.26.0.4", "mx6.de.tuv.com": "127.26.0.5",
            "mx1.amer.tuv.com": "127.26.0.6", "mx1.asia.tuv.com": "127.26.0.7"},
}
DOMAINS = ["hella.com", "relayed.com", "fixed.com", "tuv.com", "de.tuv.com", "amer.tuv.com", "asia.tuv.com",
           "any.tuv.com"]

# The zone com.
COM = [f"{name}. A {address}" for gateways in GATEWAYS.values() for name, address in gateways.items()] + [
    "hella MX 10 mail1.hella", "hella MX 20 mail2.hella", "hella MX 20 mail3.hella",
    "relayed MX 10 mail1.hella",
    "tuv MX 10 mx5.de.tuv", "*.tuv MX 10 mx5.de.tuv", "de.tuv MX 10 mx5.de.tuv", "de.tuv MX 20 mx6.de.tuv",
    "amer.tuv MX 10 mx1.amer.tuv", "asia.tuv MX 10 mx1.asia.tuv",
    f"mx1.example A {OURS}",
]

MAIN = """
inet_interfaces = all
inet_protocols = ipv4
mynetworks =
mydestination = mx1.example.com
local_recipient_maps =
smtpd_error_sleep_time = 0
smtpd_tls_received_header = yes
smtp_tls_loglevel = 1
"""

# Who sends or receives does it once, so that main.cf and the tables are seen as they are.
MASTER = """
trace     unix  - - n - 0 bounce
pickup    unix  n - n 600 1 pickup
flush     unix  n - n 1000? 0 flush
showq     unix  n - n - - showq
smtp      unix  - - n - - smtp
  -o max_use=1
virtual   unix  - n n - - virtual
"""


NO_RESTRICTIONS = {f"smtpd_{stage}_restrictions": "" for stage in ("client", "sender", "recipient")}


class Server:
    """One Postfix, whose main.cf can be changed while it runs."""

    def __init__(self, servers, name, settings, listeners):
        """listeners: (address, port, {parameter: value})."""
        self.settings = dict(settings)
        master = MASTER
        for address, port, parameters in listeners:
            master += f"{address}:{port} inet n - n - - smtpd\n  -o max_use=1\n"
            master += "".join(f"  -o {{ {key} = {value} }}\n" for key, value in parameters.items())
        self.dir = servers.start_mail_server(name, MAIN + self._lines(), master, listeners[-1][:2])

    def set(self, **settings):
        self.settings |= settings
        replace(self.dir + "/main.cf", main_cf(self.dir, MAIN + self._lines()))

    def _lines(self):
        return "".join(f"{name} = {value}\n" for name, value in self.settings.items())

    def log(self):
        with open(self.dir + "/mail.log", errors="replace") as f:
            return f.read()

    def warnings(self):
        return re.findall(r"^(?!.*postfix-script).*(?:warning|error|fatal|panic):.*$", self.log(), re.M)


class Ours(Server):
    """Enforces by the tables that --print postfix has written; a client gets in by port 587 only."""

    def __init__(self, servers, settings):
        common = {"myhostname": "mx1.example.com", "smtpd_tls_security_level": "may"}
        exempt = f"check_client_access inline:{{ {{ {EXEMPT} = OK }} }}"
        refusal = settings["smtpd_sender_restrictions"]
        super().__init__(servers, "ours", common | settings, [
            (OURS, XCLIENT_PORT, {"mynetworks": "127.0.0.0/8", "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
                                  "inet_protocols": "all",
                                  "smtpd_sender_restrictions": f"permit_mynetworks, {exempt}, {refusal}"}),
            (OURS, 587, {"mynetworks": "127.0.0.0/8", "smtpd_tls_security_level": "none", **NO_RESTRICTIONS}),
            (OURS, 25, {})])

    def send(self, recipient, subject):
        """Takes a mail into the queue; returns its id."""
        with smtplib.SMTP(OURS, 587, timeout=PATIENCE) as client:
            client.ehlo()
            client.mail("postmaster@mx1.example.com")
            client.rcpt(recipient)
            code, text = client.data(f"Subject: {subject}\r\n\r\n.\r\n")
        queued = re.search(rb"queued as (\w+)", text)
        if code != 250 or not queued:
            raise RuntimeError(f"mail to {recipient}: {code} {text!r}")
        return queued[1].decode()

    def outcome(self, queue_id, attempt=1):
        """What came of an attempt to deliver, as "sent (250 ...)"."""
        def told():
            found = re.findall(rf": {queue_id}: to=.*status=(\w+ \(.*\))$", self.log(), re.M)
            return found[attempt - 1] if len(found) >= attempt else None
        return wait_for(f"attempt {attempt} to deliver {queue_id}", told, instead=lambda: self.log()[-1000:])

    def flush(self):
        subprocess.run(["postqueue", "-c", self.dir, "-f"], check=True, capture_output=True, timeout=PATIENCE)

    def deferred(self):
        """Why mail waits: queue id -> Postfix's words."""
        listed = subprocess.run(["postqueue", "-c", self.dir, "-j"], check=True, capture_output=True, text=True,
                                timeout=PATIENCE).stdout
        mails = [json.loads(line) for line in listed.splitlines()]
        return {m["queue_id"]: m["recipients"][0].get("delay_reason", "") for m in mails
                if m["queue_name"] == "deferred"}


class Theirs(Server):
    """All partners' gateways; $NAME_tls and $NAME_chain of a partner are settings."""

    def __init__(self, servers, settings):
        listeners = [(address, 25, {"myhostname": host, "smtpd_tls_security_level": f"${name}_tls",
                                    "smtpd_tls_chain_files": f"${name}_chain"})
                     for name, gateways in GATEWAYS.items() for host, address in gateways.items()]
        self.inbox = servers.dir + "/inbox"
        write(self.inbox, "")
        shutil.chown(self.inbox, "nobody")
        super().__init__(servers, "theirs", {
            "virtual_mailbox_domains": " ".join(DOMAINS), "virtual_mailbox_maps": "static:inbox",
            "virtual_mailbox_base": servers.dir, "virtual_mailbox_lock": "fcntl",
            "virtual_uid_maps": "static:65534", "virtual_gid_maps": "static:65534",
        } | settings, listeners)

    def received(self, subject):
        """How a mail came: the Received line of the partner's gateway."""
        def arrived():
            for mail in mailbox.mbox(self.inbox, create=False):
                if mail["subject"] == subject:
                    return " ".join(mail.get_all("received")[0].split())
        return wait_for(f"mail arrives: {subject}", arrived)


def replace(path, text):
    """At once, and with a time gone by: Postfix waits until what it reads has been left alone for two seconds."""
    write(path + ".new", text)
    os.utime(path + ".new", (time.time() - 10,) * 2)
    os.replace(path + ".new", path)


def due(pattern, got, what=""):
    """None where it fits from its beginning."""
    return None if re.match(pattern, got) else f"{what}: {got}\n    does not match {pattern}"


def told(name, failures):
    """Each failure with the name of what it belongs to; what cannot go on has failed too."""
    try:
        for failure in failures:
            yield f"{name}: {failure}" if failure else None
    except (OSError, RuntimeError, subprocess.SubprocessError) as e:
        yield f"{name}: {e} {getattr(e, 'stderr', '') or ''}"
