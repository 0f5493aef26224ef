# SPDX-License-Identifier: BSD-2-Clause
"""Very many gateways: what each needs in memory, and whether ten times as many cost ten times as much."""

import os
import re
import signal
import subprocess
import tempfile
import time

from common import Lab, Trust, floor, measure, quartile, successes

EACH = 4000         # gateways with a certificate each
PART = 250          # of them a domain: of one domain not many more are looked at
EACH_BAR = 6.5      # KiB a gateway above OpenSSL alone
DOMAINS, HOSTS = 10000, 4
ADDRESSES = 10000   # that the hosts share: a lab opens a socket for each
FEW = 1000          # of the domains
GROWTH_BAR = 1.15   # time and CPU a gateway, against that with few
MEMORY_BAR = 300    # MiB
TIMEOUT = "120"
END_BAR = 1.0       # seconds from SIGTERM to the end; the reserve is 0.56
ROUNDS = 3


def octets(number):
    return f"127.{1 + number // 65536}.{number // 256 % 256}.{number % 256}"


def write_each(path):
    """Domains whose gateways have a certificate each."""
    with open(path, "w", encoding="ascii") as out:
        for i in range(1, EACH + 1):
            out.write(f"cert c{i} cn=mx{i}.example.test dns=mx{i}.example.test\n")
        for i in range(1, EACH + 1):
            out.write(f"record e{i // PART}.example.test. MX 10 mx{i}.example.test.\n")
        out.write(f"record-range {EACH} mx%d.example.test. A {octets(1)}\n")
        for i in range(1, EACH + 1):
            out.write(f"gateway {octets(i)}\n    serve cert=c{i}\n")


def write_many(path):
    with open(path, "w", encoding="ascii") as out:
        out.write("cert mx cn=example.test dns=*.example.test\n")
        for d in range(DOMAINS):
            out.write(f"mx-range {HOSTS} d{d}.example.test. 10 mx%d-{d}.example.test.\n"
                      f"record-range {HOSTS} mx%d-{d}.example.test. A {octets(d * HOSTS % ADDRESSES + 1)}\n")
        out.write(f"gateway-range {octets(1)} {ADDRESSES}\n    serve cert=mx\n")


def each(report, build, path):
    write_each(path)
    mailboxes = [w for d in range(EACH // PART + 1) for w in ("-a", f"u@e{d}.example.test")]
    with Lab(build, path) as lab, Trust(lab) as trust:
        alone, own = measure(build, trust.env, ROUNDS, [
            floor(build, lab, str(EACH), "256", address=octets(1), name="mx%d.example.test"),
            lab.plugin(build, *mailboxes)])
    kib = (quartile(own, "kib") - quartile(alone, "kib")) / EACH
    report.bar(successes(own) == successes(alone) == ROUNDS and kib <= EACH_BAR,
               f"memory at {EACH} gateways, a different certificate at each: {kib:.1f} KiB a gateway above OpenSSL alone, "
               f"at most {EACH_BAR}")


def command(lab, build, domains):
    mailboxes = [w for d in range(domains) for w in ("-a", f"u@d{d}.example.test")]
    return [*lab.plugin(build, "--perfdata", "none", *mailboxes), "-t", TIMEOUT]


def cut_short(many, env, seconds):
    """The first line, seconds from SIGTERM to the end, and peak memory in MiB."""
    run = subprocess.Popen(many, env=env, stdout=subprocess.PIPE, text=True)
    time.sleep(seconds)
    run.send_signal(signal.SIGTERM)
    start = time.monotonic()
    out = run.stdout.read()
    _, _, usage = os.wait4(run.pid, 0)
    return out.split("\n", 1)[0], time.monotonic() - start, usage.ru_maxrss / 1024


def many(report, build, path):
    write_many(path)
    with Lab(build, path) as lab, Trust(lab) as trust:
        few, all_of_them = measure(build, trust.env, ROUNDS, [command(lab, build, FEW), command(lab, build, DOMAINS)])
        line, end, cut_mib = cut_short(command(lab, build, DOMAINS), trust.env, quartile(all_of_them, "wall") / 2000)
    growth = {what: quartile(all_of_them, what) / DOMAINS / (quartile(few, what) / FEW) for what in ("wall", "cpu")}
    mib = quartile(all_of_them, "kib") / 1024
    report.bar(successes(few) == successes(all_of_them) == ROUNDS and max(growth.values()) <= GROWTH_BAR,
               f"{DOMAINS * HOSTS} gateways of {DOMAINS} domains in one run, -t {TIMEOUT}: a gateway takes "
               f"{growth['wall']:.2f} times the time and {growth['cpu']:.2f} times the CPU that it takes of {FEW * HOSTS}, "
               f"at most {GROWTH_BAR}")
    report.bar(mib <= MEMORY_BAR, f"memory then: {mib:.0f} MiB, at most {MEMORY_BAR}")
    judged = re.search(r"\d+ of \d+ gateways .*unknown", line) is not None
    report.bar(judged and end <= END_BAR and cut_mib <= MEMORY_BAR,
               f"with SIGTERM half-way: {'judged' if judged else 'not judged'}, the end after {end:.2f} s, at most "
               f"{END_BAR}; {cut_mib:.0f} MiB")


def crowds(report, build):
    report.heading("Very many gateways")
    with tempfile.TemporaryDirectory(prefix="bench-crowds.") as directory:
        each(report, build, f"{directory}/each.scenario")
        many(report, build, f"{directory}/many.scenario")
