# SPDX-License-Identifier: BSD-2-Clause
"""A Postfix at 192.0.2.2, until standard input ends: far_postfix.py DIRECTORY, in namespaces of its own for mounts, processes
and network. Says "ready"; then DIRECTORY/pki/root.crt is the root of its certificate for mx.postfix.test."""

import os
import subprocess
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)) + "/../integration/real")
from pki import Pki
from servers import Servers
from session import PLACE


def main():
    subprocess.run(["mount", "--bind", sys.argv[1], PLACE], check=True)
    pki, servers = Pki(PLACE + "/pki"), Servers(PLACE)
    pki.leaf("mx", ["mx.postfix.test"])
    chain = pki.path("mx.pem")
    servers.start_postfix([("192.0.2.2", 25, {"smtpd_tls_chain_files": chain})], chain)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
