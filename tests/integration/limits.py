#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs that are large, or that nobody reads, against the limits that hold everywhere: time over -t, CPU, memory.

Usage: limits.py [BUILD]. Prints a table of what was measured and what is allowed; exit status 0 if all limits hold.
SLOW=2 allows twice the time, for a machine on which others run, too."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

import hostile_dns

BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
SLOW = float(os.environ.get("SLOW", "1"))
HERE = os.path.dirname(os.path.abspath(__file__))
SCENARIOS = f"{HERE}/../scenarios"
PROCESS_MIB = 8  # of a check without revocation


class Lab:
    """A name server that knows few names and answers quickly, and a directory for forms."""

    def __init__(self, scenario=f"{HERE}/limits.scenario"):
        self.scenario = scenario

    def __enter__(self):
        self.dir = tempfile.mkdtemp()
        self.process = subprocess.Popen([f"{BUILD}/lab", "--bin", BUILD, "--serve", self.scenario],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.variables = {}
        for line in self.process.stdout:
            name, _, value = line.strip().partition("=")
            self.variables[name] = value.strip("'")
            if name == "DIR":
                break
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)
        shutil.rmtree(self.dir)

    def forms(self, name, count, domains, gateways):
        path = f"{self.dir}/{name}.ini"
        with open(path, "w") as f:
            for i in range(count):
                names = " ".join(f"d{k}.p{i}.test" for k in range(domains))
                f.write(f"[partner{i}]\ndomains = {names}\ngateways = {gateways.format(i)}\n")
        return path


class Run:
    """One run: its time, CPU, memory, exit status and first line."""

    def __init__(self, arguments, unread=False):
        begun = time.monotonic()
        p = subprocess.Popen([f"{BUILD}/{arguments[0]}", *arguments[1:]], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        read = Output() if unread else Output(p.stdout)
        _, status, usage = os.wait4(p.pid, 0)
        self.seconds = time.monotonic() - begun
        p.returncode = os.waitstatus_to_exitcode(status)
        self.status = p.returncode
        self.mib = usage.ru_maxrss / 1024
        self.cpu = usage.ru_utime + usage.ru_stime
        self.output = Output(p.stdout) if unread else read
        self.errors = p.stderr.read()
        p.stdout.close()
        p.stderr.close()

    @property
    def first(self):
        return self.output.first


class Output:
    """What a run printed: its first line and its size, and how many lines say that a domain does not exist. No more is
    kept: the kernel counts this program's own memory to that of the programs it starts."""

    def __init__(self, lines=()):
        self.first = None
        self.size = self.missing_domains = 0
        for line in lines:
            if self.first is None:
                self.first = line.decode().rstrip("\n")
            self.size += len(line)
            self.missing_domains += line.count(b"domain does not exist")
        self.first = self.first or ""


class Table:
    def __init__(self):
        self.failed = 0
        print(f"{'what':<76} {'measured':>12} {'allowed':>11}")

    def row(self, what, measured, allowed, unit):
        good = measured <= allowed
        self.failed += not good
        print(f"{what:<76} {measured:>8.2f} {unit:<3} {allowed:>7.2f} {unit:<3}{'' if good else '  TOO MUCH'}", flush=True)

    def holds(self, what, good, seen):
        self.failed += not good
        print(f"{what:<76} {'yes' if good else 'NO: ' + seen[:200]:>12}", flush=True)


def many_domains(lab, table):
    path = lab.forms("domains", 2000, 100, "mx.p{}.test")
    for options in ([], ["-v"], ["--format", "json"]):
        run = Run(["check_partner_policy", "-f", path, "--resolver", lab.variables["NS_SILENT"], "-t", "5", *options])
        name = f"2,000 partners of 100 domains, -t 5 {' '.join(options)}".strip()
        table.row(f"{name}: over -t", run.seconds - 5, 0.1 * SLOW, "s")
        table.row(f"{name}: memory", run.mib, 300, "MiB")
        table.holds(f"{name}: UNKNOWN, with a partner's finding", run.status == 3 and "(2000 of 2000 partners" in run.first,
                    run.first)


def large_json(lab, table):
    path = lab.forms("json", 2000, 20, "mx.p{}.test")
    run = Run(["check_partner_policy", "-f", path, "--resolver", lab.variables["NS"], "-t", "60", "--format", "json"])
    name = "2,000 partners of 20 domains, --format json"
    table.row(f"{name}: memory", run.mib, 100, "MiB")
    table.holds(f"{name}: whole", run.first == "{" and run.output.missing_domains > 40000, run.first)


def shared_gateways(lab, table):
    cpu = []
    for count in (1000, 9000):
        path = lab.forms(f"shared{count}", count, 1, "127.3.0.1 127.3.0.2")
        run = Run(["check_partner_policy", "-f", path, "--resolver", lab.variables["NS"],
                   "--port", lab.variables["PORT"], "--ca-file", lab.variables["CA"], "-t", "60"])
        cpu.append(run.cpu / count * 1e6)
        table.holds(f"{count:,} partners at the same two gateways: judged", f" {count} partners" in run.first, run.first)
    table.row("9,000 partners at the same two gateways: CPU of one to that of 1,000", cpu[1] / cpu[0], 1.5, "x")


def many_targets(lab, table):
    names = [a for i in range(10000) for a in ("-d", f"nowhere{i}.test")]
    run = Run(["check_smtp_tls", "--resolver", lab.variables["NS"], "-t", "60", *names])
    table.row("10,000 targets: memory", run.mib, 128, "MiB")
    table.holds("10,000 targets: each is judged", run.output.missing_domains == 10001, run.first)


def unread_report(lab, table):
    path = lab.forms("unread", 2000, 1, "mx.p{}.test")
    for options in (["-v"], ["--format", "json"]):
        run = Run(["check_partner_policy", "-f", path, "--resolver", lab.variables["NS"], "-t", "5", *options], True)
        name = f"a report that nobody reads, -t 5 {' '.join(options)}"
        table.row(f"{name}: over -t", run.seconds - 5, 0.1 * SLOW, "s")
        table.holds(f"{name}: its own exit status", run.status == 2 and run.output.size >= 65536, str(run.status))


def hostile_domain(lab, table):
    """As many MX hosts as fit into an answer, each with as many addresses and TLSA records."""
    with hostile_dns.Resolver() as resolver:
        run = Run(["check_smtp_tls", "-d", "hostile.test", "--tls-level", "dane", "--resolver", resolver,
                   "--port", lab.variables["PORT"], "--allow-loopback", "-t", "5"])
    name = "2,900 MX hosts, answers of 64 KiB, dane, -t 5"
    table.row(f"{name}: over -t", run.seconds - 5, 0.1 * SLOW, "s")
    table.row(f"{name}: memory", run.mib, 64, "MiB")
    table.holds(f"{name}: judged", run.status == 2 and "(256 of 256 " in run.first, run.first)


def probe(lab, plugin, names, *options):
    hosts = [a for name in names for a in ("-H", f"{name}.example.test")]
    return Run([plugin, "--resolver", lab.variables["NS"], "--port", lab.variables["PORT"], "--allow-loopback",
                "--ca-file", lab.variables["CA"], *options, *hosts])


def one_crl(table):
    with Lab(f"{SCENARIOS}/mx_cert/crl-large.scenario") as lab:
        run = probe(lab, "check_mx_cert", [f"m{i}" for i in range(1, 65)], "--crl")
    table.row("one CRL of 15 MB behind 64 gateways: memory", run.mib, 72, "MiB")
    table.holds("one CRL of 15 MB behind 64 gateways: fetched once, all verified", run.status == 0, run.first)


def many_crls(table):
    with Lab(f"{SCENARIOS}/mx_cert/crl-memory.scenario") as lab:
        run = probe(lab, "check_mx_cert", "abcdefgh", "--crl", "--stage-timeout", "5")
    table.row("8 CRLs of 16 MiB that do not end: memory", run.mib, 128 + PROCESS_MIB, "MiB")
    table.holds("8 CRLs of 16 MiB that do not end: not fetched beyond it", "no valid CRL" in run.first, run.first)


def many_drafts(table):
    names = [f"d{i}.example.test" for i in range(1, 201)]
    with tempfile.TemporaryDirectory() as dir:
        with open(f"{dir}/drafts.scenario", "w") as f:
            f.write("cert mx cn=mx.example.test dns=*.example.test\ngateway-range 127.4.0.1 200\n    serve cert=mx\n")
            for i, name in enumerate(names, 1):
                f.write(f"record {name}. MX 10 mx{i}.example.test.\nrecord mx{i}.example.test. A 127.4.0.{i}\n")
        with Lab(f"{dir}/drafts.scenario") as lab:
            options = ["--resolver", lab.variables["NS"], "--port", lab.variables["PORT"], "--allow-loopback",
                       "--ca-file", lab.variables["CA"], "-t", "30"]
            draft = Run(["check_partner_policy", *options, "--output", f"{dir}/draft.ini", "--draft", *names])
            run = Run(["check_partner_policy", *options, "-f", f"{dir}/draft.ini"])
    table.row("200 domains in one --draft: time", draft.seconds, 5 * SLOW, "s")
    table.holds("200 domains in one --draft: what it writes passes", run.status == 0 and "200 partners: 200 of 200" in run.first,
                run.first)


def floods(table):
    with Lab(f"{SCENARIOS}/hostile/tls-floods.scenario") as lab:
        run = probe(lab, "check_smtp_tls", [f"m{i}" for i in range(1, 25)], "-t", "10")
    table.row("24 floods of HelloRequests, -t 10: over -t", run.seconds - 10, 0.1 * SLOW, "s")
    table.row("24 floods of HelloRequests, -t 10: CPU", run.cpu, 4 * SLOW, "s")


def main():
    os.environ["SSL_CERT_DIR"] = "/nonexistent"
    table = Table()
    with Lab() as lab:
        for case in (many_domains, large_json, shared_gateways, many_targets, hostile_domain, unread_report):
            case(lab, table)
    for case in (one_crl, many_crls, floods, many_drafts):
        case(table)
    print(f"{table.failed} limits do not hold" if table.failed else "all limits hold")
    return 1 if table.failed else 0


if __name__ == "__main__":
    sys.exit(main())
