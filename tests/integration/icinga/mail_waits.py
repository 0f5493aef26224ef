# SPDX-License-Identifier: BSD-2-Clause
"""Mail waits because of a partner's TLS: the page says how much, since when, why, and at which host; once it is gone, another
page says so. The scenarios' program stands in for postqueue, at a time that is given."""
import json
import os
import shutil
import subprocess

from configuration import HOST, install
from harness import ROOT, Icinga, Pager, changed, expect, failure, write
from pki import Pki

SERVICE, STAND_IN = "mail-log-tuv", ROOT + "/tests/gateway/programs/postqueue"
ARRIVED, NOW = 1796004780, "2026-11-30T03:00:00Z"  # 02:13 UTC
REASON = "TLS is required, but was not offered by host mx5.de.tuv.com[2001:db8::25]"
WATCHED = f"""
object Host "{HOST}" {{
  import "mailtls-host"
  vars.mail_senders["tuv"] = {{ mail_log_at = "{NOW}", contact = "Anna, +49 30 5550123" }}
}}
"""
LOG = "Nov 30 02:00:00 mx postfix/smtp[7]: Verified TLS connection established to mx5.de.tuv.com[2001:db8::25]:25: TLSv1.3\n"


class OnCall:
    """Of a Postfix that nobody runs; the monitoring host, and who is told."""

    def __init__(self, place):
        self.place, self.pager = place, Pager()
        self.icinga = Icinga(place + "/icinga", Pki(place + "/pki"))
        self.postqueue = os.path.realpath(shutil.which("postqueue"))
        subprocess.run(["mount", "--bind", STAND_IN, self.postqueue], check=True)
        install(self.icinga)
        self.icinga.write("conf.d/mailtls/hosts.conf", WATCHED)
        self.icinga.write("partners/tuv.ini", "[tuv]\ndomains = tuv.com\ngateways = mx5.de.tuv.com\n")
        self.icinga.write("partners/own.ini", f"[own]\ndomains = example.com\npostfix = {place}/postfix\n")
        changed(self.icinga.path("conf.d/mailtls/constants.conf"), ("/etc/mailtls/partners", self.icinga.path("partners")),
                ("MailtlsMailLogs = [ ]", f'MailtlsMailLogs = [ "{place}/mail.log" ]'))
        changed(self.icinga.path("conf.d/mailtls/users.conf"),
                ('"https://pager.example.com/mailtls"', f'"{self.pager.url("oncall")}"'))
        write(place + "/mail.log", LOG)
        write(place + "/postfix/main.cf", "compatibility_level = 3.6\nsmtp_tls_loglevel = 1\n")
        write(place + "/postfix/master.cf", "smtp unix - - n - - smtp\n")
        self.wait(0)
        self.icinga.start()

    def wait(self, count):
        message = {"queue_name": "deferred", "queue_id": "AAAA1", "arrival_time": ARRIVED, "message_size": 1,
                   "sender": "a@example.com", "recipients": [{"address": "u@tuv.com", "delay_reason": REASON}]}
        write(self.place + "/postfix/queue", count * (json.dumps(message) + "\n"))

    def stop(self):
        self.icinga.stop()
        self.pager.stop()
        subprocess.run(["umount", self.postqueue], check=True)


def run(place):
    office = OnCall(place + "/mail_waits")
    try:
        return [failure(page, office)]
    finally:
        office.stop()


def page(office):
    expect("before", office.icinga.check(HOST, SERVICE)["state"], 0)
    office.wait(12)
    office.icinga.check_until_hard(HOST, SERVICE, "CRITICAL")
    told = office.pager.wait("oncall", type="PROBLEM", service=SERVICE)
    expect("first line", told["summary"], "MAIL_LOG CRITICAL - tuv: 12 messages wait since 02:13 UTC: TLS is required, but was "
           "not offered by mx5.de.tuv.com")
    expect("findings", [finding["code"] for finding in told["findings"]], ["mail-waiting"])
    expect("contact", told["notes"], "Contact: Anna, +49 30 5550123")
    office.wait(0)
    expect("after", office.icinga.check(HOST, SERVICE)["state"], 0)
    office.pager.wait("oncall", type="RECOVERY", service=SERVICE)
    expect("pages", len(office.pager.of("oncall")), 2)
