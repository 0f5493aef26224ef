# SPDX-License-Identifier: BSD-2-Clause
"""The log and the queue of our own mail server, which check_mail_log reads."""
import json
import os
import shutil
import subprocess
import time

from process import write

STAND_IN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "gateway", "programs", "postqueue")


class OurMail:
    """Of the Postfix with its configuration in `directory`, which nobody runs: the scenarios' program stands in for postqueue,
    and prints a file in that directory. In our mount namespace only."""

    def __init__(self, directory):
        self.log, self.queue = directory + "/mail.log", directory + "/queue"
        subprocess.run(["mount", "--bind", STAND_IN, os.path.realpath(shutil.which("postqueue"))], check=True)
        now, smtp, host = time.strftime("%b %e %H:%M:%S"), "mx postfix/smtp[7]:", "mx.alpha.test[10.25.0.1]:25"
        write(self.log, f"{now} {smtp} Verified TLS connection established to {host}: TLSv1.3\n"
                        f"{now} {smtp} AAAA1: to=<u@alpha.test>, relay={host}, delay=1, dsn=2.0.0, status=sent (250 ok)\n")
        self.wait({}, "")

    def wait(self, partners, reason):
        """For 40 minutes, messages have waited: partner -> how many. None of others."""
        recipients = [f"u@{name}.test" for name, count in partners.items() for _ in range(count)]
        write(self.queue + ".new", "".join(json.dumps({
            "queue_name": "deferred", "queue_id": f"BBBB{i}", "arrival_time": int(time.time()) - 2400, "message_size": 1,
            "sender": "a@own.test", "recipients": [{"address": recipient, "delay_reason": reason}]}) + "\n"
            for i, recipient in enumerate(recipients)))
        os.rename(self.queue + ".new", self.queue)
