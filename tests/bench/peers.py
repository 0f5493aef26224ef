# SPDX-License-Identifier: BSD-2-Clause
"""The peers: what else one may check a mail gateway's TLS with."""

import os
import shutil

from common import HOST

PLUGINS = "/usr/lib/nagios/plugins"


class Peer:
    def __init__(self, name, verifies, command):
        self.name, self.verifies, self.command = name, verifies, command
        path = os.environ["PATH"] + f":/usr/sbin:/usr/lib/postfix/sbin:{PLUGINS}"
        self.path = shutil.which(command[0], path=path)
        if self.path:
            self.command = [self.path, *command[1:]]


def postfix_environment(directory):
    """A main.cf of our own: the system's may be missing, and is nobody's business here."""
    with open(f"{directory}/main.cf", "w", encoding="ascii") as f:
        f.write(f"compatibility_level = 3.6\nqueue_directory = {directory}\ndata_directory = {directory}\n")
    with open(f"{directory}/master.cf", "w", encoding="ascii"):
        pass
    return {"MAIL_CONFIG": directory}


def peers(lab, trust):
    """Each with the same roots, in the form that it reads by itself: a hashed directory, or a bundle."""
    address, port = "127.0.0.2", lab.at["PORT"]
    return [
        Peer("check_smtp -S", False, ["check_smtp", "-H", address, "-p", port, "-S"]),
        Peer("check_smtp -S -D", False, ["check_smtp", "-H", address, "-p", port, "-S", "-D", "14"]),
        Peer("check_ssl_cert", True,
             ["check_ssl_cert", "-H", HOST, "--resolve", address, "-p", port, "-P", "smtp",
              "-r", trust.dir, "--ignore-ocsp", "--ignore-sct"]),
        Peer("posttls-finger -l verify", True,
             ["posttls-finger", "-c", "-l", "verify", "-P", trust.dir, f"[{address}]:{port}", HOST]),
        Peer("openssl s_client", True,
             ["openssl", "s_client", "-starttls", "smtp", "-connect", f"{address}:{port}",
              "-servername", HOST, "-verify_hostname", HOST, "-verify_return_error",
              "-CApath", trust.dir]),
        Peer("gnutls-cli", True,
             ["gnutls-cli", "--starttls-proto=smtp", "-p", port, "--sni-hostname", HOST,
              "--verify-hostname", HOST, "--x509cafile", trust.bundle, address]),
    ]
