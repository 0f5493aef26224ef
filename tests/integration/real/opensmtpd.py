# SPDX-License-Identifier: BSD-2-Clause
"""What --print opensmtpd writes, in an OpenSMTPD that sends by it.

Its places are built in, so that it gets a root of its own, with the system's /usr and the unpacked package in it.
"""
import fcntl
import os
import re
import shutil
import smtplib
import socket
import struct
import subprocess

from correspondents import due
from process import wait_for, write

ADDRESS = "127.26.2.1"
IDS = {"opensmtpd": 65531, "opensmtpq": 65532}
CONFIG = """
listen on {address}
{rules}
action "elsewhere" relay
match from local for any action "elsewhere"
"""


def second_address():
    """OpenSMTPD finds no IPv4 address of anything where 127.0.0.1 is the only one here (AI_ADDRCONFIG)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton("192.0.2.1"))
        fcntl.ioctl(s, 0x8916, request)  # SIOCSIFADDR


class OpenSMTPD:
    def __init__(self, p, unpacked):
        self.lab = p.lab
        self.dir = p.lab.dir + "/opensmtpd"
        for place in ("usr", "dev", "server", "etc/ssl/certs", "var/lib/opensmtpd/empty", "var/run", "var/spool/smtpd"):
            os.makedirs(f"{self.dir}/{place}")
        for place in ("lib", "lib64"):
            os.symlink("usr/" + place, f"{self.dir}/{place}")
        for place, what in (("usr", "/usr"), ("dev", "/dev"), ("server", unpacked)):
            subprocess.run(["mount", "--bind", what, f"{self.dir}/{place}"], check=True)
        self._etc()
        self._queue()

    def _etc(self):
        shutil.copy("/etc/resolv.conf", self.dir + "/etc")
        shutil.copy(self.lab.ca_file, self.dir + "/etc/ssl/certs/ca-certificates.crt")
        for name, form in (("passwd", "{0}:x:{1}:{1}::/var/lib/opensmtpd/empty:/bin/false\n"),
                           ("group", "{0}:x:{1}:\n")):
            with open(f"/etc/{name}") as f:
                others = [line for line in f if line.split(":")[0] not in IDS]
            write(f"{self.dir}/etc/{name}", "".join(others) + "".join(form.format(*user) for user in IDS.items()))

    def _queue(self):
        """As smtpd's package makes it."""
        spool = self.dir + "/var/spool/smtpd"
        os.chmod(spool, 0o711)
        for name in ("queue", "purge", "corrupt", "temporary", "incoming"):
            os.mkdir(f"{spool}/{name}", 0o700)
            os.chown(f"{spool}/{name}", IDS["opensmtpq"], 0)
        os.mkdir(spool + "/offline")
        os.chmod(spool + "/offline", 0o770)
        os.chown(spool + "/offline", 0, IDS["opensmtpq"])

    def command(self, rules, *options):
        write(self.dir + "/etc/smtpd.conf", CONFIG.format(address=ADDRESS, rules=rules))
        found = [name for name in os.listdir(self.dir + "/server/usr/lib") if "-linux-gnu" in name]
        libraries = ":".join("/server/usr/lib/" + name for name in found)
        return ["chroot", self.dir, "/usr/bin/env", "LD_LIBRARY_PATH=" + libraries, "/server/usr/sbin/smtpd",
                *options, "-f", "/etc/smtpd.conf"]

    def reads(self, rules):
        done = subprocess.run(self.command(rules, "-n"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=20)
        return f"{done.stdout}exit status {done.returncode}"

    def start(self, rules):
        self.lab.servers.run(self.command(rules, "-d"), self.dir, (ADDRESS, 25))

    def send(self, recipient):
        """What the log says of the first attempt."""
        before = len(self._log())
        with smtplib.SMTP(ADDRESS, 25, timeout=20) as client:
            client.sendmail("postmaster@mx1.example.com", [recipient], "Subject: by OpenSMTPD\r\n\r\n.\r\n")

        def told():
            outcome = rf"mta (?:delivery .*to=<{recipient}>.* |error )((?:result|reason)=.*)"
            found = re.search(outcome, self._log()[before:])
            return found and found[1]
        return wait_for(f"mail to {recipient} is tried", told, instead=lambda: self._log()[before:])

    def _log(self):
        with open(self.dir + "/console.log") as f:
            return f.read()


def play(p, unpacked):
    o = OpenSMTPD(p, unpacked)
    rules = p.print("opensmtpd")
    yield due(r"(?s).*syntax error.*exit status 1", o.reads('match any "nothing"'))
    yield due(r"configuration OK\nexit status 0", o.reads(rules))
    yield due(r"configuration OK\nexit status 0", o.reads(p.print("opensmtpd", forms=p.fixed)))
    second_address()
    o.start(rules)
    # Gateways of their own: a session is used again, and whoever failed is left alone for a while.
    yield due('result="Ok"', o.send("user@amer.tuv.com"))
    yield due('result="Ok"', o.send("user@notls.test"))
    p.theirs.set(hella_tls="none", tuv_chain=p.lab.pki.path("othername.pem"))
    yield due("reason=TLS required but not supported", o.send("user@hella.com"))
    yield due("reason=SSL certificate check failed", o.send("user@de.tuv.com"))
    p.theirs.set(hella_tls="may", tuv_chain=p.lab.pki.path("tuv.pem"))
