# SPDX-License-Identifier: BSD-2-Clause
"""Our own Postfix asked about many partners: how long that takes, and how many processes."""
import os
import subprocess
import tempfile
import time

FEW, MANY = 10, 1000
BAR = 3.0  # seconds, beside the programs' own time

# Counts itself, and runs the real program, whose time is taken too.
COUNTED = """#!/bin/sh
start=$(date +%s%N)
/usr/sbin/{name} "$@"
status=$?
echo $(($(date +%s%N) - start)) >>{log}
exit $status
"""

MAIN = """
compatibility_level = 3.6
smtp_tls_CAfile = {dir}/ca.pem
smtp_tls_mandatory_protocols = >=TLSv1.2
smtp_tls_policy_maps = texthash:{dir}/policy
transport_maps = texthash:{dir}/transport
"""

MASTER = """
rewrite unix - - n - - trivial-rewrite
smtp    unix - - n - - smtp
relay   unix - - n - - smtp
"""


def write(path, text, mode=0o644):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    os.chmod(path, mode)


def prepare(directory, count):
    """An instance that has an entry for each partner, and the forms of all of them."""
    names = [f"p{i}.example.test" for i in range(count)]
    write(directory + "/main.cf", MAIN.format(dir=directory))
    write(directory + "/master.cf", MASTER)
    write(directory + "/ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    write(directory + "/policy", "".join(f"{name} verify\n" for name in names))
    write(directory + "/transport", "elsewhere.test smtp:[relay.test]\n")
    write(directory + "/forms.ini", f"[own]\npostfix = {directory}\n" + "".join(
        f"[p{i}]\ndomains = {name}\ngateways = mx{i}.example.test\ndirection = outbound\n"
        for i, name in enumerate(names)))
    for name in ("postconf", "postmap"):
        write(f"{directory}/{name}", COUNTED.format(name=name, log=directory + "/log"), 0o755)


def run(build, count):
    """Exit status, seconds, the programs' seconds, and their number."""
    with tempfile.TemporaryDirectory(prefix="bench-own.") as directory:
        prepare(directory, count)
        start = time.monotonic()
        done = subprocess.run([build + "/check_partner_policy-lab", "-f", directory + "/forms.ini", "--own"],
                              env=os.environ | {"MAILTLS_TEST_PROGRAMS": directory}, stdout=subprocess.DEVNULL)
        wall = time.monotonic() - start
        with open(directory + "/log", encoding="ascii") as f:
            programs = [int(line) / 1e9 for line in f]
    return done.returncode, wall, sum(programs), len(programs)


def own(report, build):
    report.heading("Our own Postfix, asked about many partners")
    few, many = run(build, FEW), run(build, MANY)
    report.table(["partners", "wall", "of that postconf and postmap", "processes"],
                 [[str(count), f"{wall:.2f} s", f"{programs:.2f} s", str(processes)]
                  for count, (_, wall, programs, processes) in ((FEW, few), (MANY, many))])
    report.bar(few[0] == many[0] == 0, "every run found the policy as agreed")
    report.bar(few[3] == many[3], f"as many processes for {MANY} partners as for {FEW}")
    report.bar(many[1] - many[2] <= BAR, f"{many[1] - many[2]:.2f} s beside the programs' own time, at most {BAR}")


def main(build):
    """By itself, without the rest of the bench."""
    from bench import Report
    own(Report(), build)


if __name__ == "__main__":
    import sys
    main(os.path.abspath(sys.argv[1]))
