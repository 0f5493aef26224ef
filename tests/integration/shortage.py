#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs with too few descriptors, and with too little memory in all libraries: each says UNKNOWN or the true verdict, and
never that a gateway is at fault.

Usage: shortage.py [BUILD]. Prints what was seen; exit status 0 if every run was right."""
import collections
import os
import resource
import subprocess
import sys

from limits import BUILD, Lab

HERE = os.path.dirname(os.path.abspath(__file__))
MIB = 1024 * 1024
RUNS = (("check_smtp_tls", "-d", "example.test"), ("check_mx_cert", "--no-mta-sts", "-d", "example.test"),
        ("check_partner_policy", "-f"))


def run(lab, arguments, which, limit):
    """The exit status and the first line, with that resource limited."""
    arguments = [f"{BUILD}/{arguments[0]}", *arguments[1:], "--resolver", lab.variables["NS"], "--port",
                 lab.variables["PORT"], "--ca-file", lab.variables["CA"], "--allow-loopback", "--perfdata", "none"]
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          preexec_fn=lambda: resource.setrlimit(which, (limit, limit)))
    return done.returncode, done.stdout.decode().partition("\n")[0], done.stderr.decode()[:100]


def is_right(status, first, errors):
    word = {0: " OK - ", 3: " UNKNOWN - "}.get(status)
    return bool(word) and word in first and not errors


def least_memory(lab, arguments):
    """In MiB: what is enough to begin, and what is enough for the true verdict."""
    enough = next(m for m in range(8, 1000, 8) if run(lab, arguments, resource.RLIMIT_AS, m * MIB)[0] == 0)
    begins = next(m for m in range(4, enough + 1, 4) if run(lab, arguments, resource.RLIMIT_AS, m * MIB)[0] != 127)
    return begins, enough


def sweep(lab, arguments, name, which, limits):
    """How many runs were wrong."""
    seen, wrong = collections.Counter(), 0
    for limit in limits:
        status, first, errors = run(lab, arguments, which, limit)
        seen[status] += 1
        if not is_right(status, first, errors):
            wrong += 1
            print(f"{arguments[0]}, {name} {limit}: exit status {status}: {first} {errors}")
    print(f"{arguments[0]}, {name} {limits[0]} to {limits[-1]}: "
          + ", ".join(f"{n} {('OK', 'WARNING', 'CRITICAL', 'UNKNOWN')[s] if 0 <= s < 4 else s}"
                      for s, n in sorted(seen.items())))
    return wrong


def main():
    os.environ["SSL_CERT_DIR"] = "/nonexistent"
    wrong = runs = 0
    with Lab(f"{HERE}/shortage.scenario") as lab:
        form = f"{lab.dir}/form.ini"
        with open(form, "w") as f:
            f.write("[p]\ndomains = example.test\ngateways = *.example.test\ndirection = outbound\n")
        for arguments in RUNS:
            if arguments[-1] == "-f":
                arguments = (*arguments, form)
            begins, enough = least_memory(lab, arguments)
            step = max((enough + 4 - begins) * MIB // 40, 4096)
            for name, which, limits in (
                    ("descriptors", resource.RLIMIT_NOFILE, range(16, 80, 4)),
                    ("bytes of memory", resource.RLIMIT_AS, range(begins * MIB, (enough + 4) * MIB, step))):
                wrong += sweep(lab, arguments, name, which, limits)
                runs += len(limits)
    print(f"{runs - wrong} passed, {wrong} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
