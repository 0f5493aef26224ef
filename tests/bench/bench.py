# SPDX-License-Identifier: BSD-2-Clause
"""The cost of a check, beside that of OpenSSL alone and of other programs, all in one run.

    bench.py BUILD REPORT       REPORT: the Markdown file to write
"""

import datetime
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

import cost
from common import HERE, HOST, Lab, Trust, floor, measure, most_sockets, quartile, successes
from crowds import crowds
from mail_log import mail_log
from own import own
from partners import partners
from peers import peers, postfix_environment

ROUNDS = 100        # of one check
FLEET_ROUNDS = 5    # of 1000 gateways and more
SMALL_ROUNDS = 25   # of fewer, which are over soon and vary more
RATE_ROUNDS = 15    # of what the bar of the rate compares
COST_BAR = 1.3      # times the floor
RATE_BAR = 0.8      # of the floor's sessions a second
MEMORY_BAR = 64     # MiB at 1000 in flight
SESSION_BAR = 8     # round trips
POSTFIX_BAR = 9     # its reply to the second EHLO waits behind its session tickets
DNS_BAR = 2
PARALLEL_BAR = 1.05  # times the slowest address
FLAT_BAR = 1.15     # CPU a gateway, against that with fewer gateways


def domains(name, count):
    """Of 250 gateways each: more are not looked at of one domain."""
    return " ".join(f"{name}{k}" for k in range(1, count + 1))


FLEET = [(1, "one"), (10, "ten"), (100, "hundred"), (1000, domains("fleet", 4)), (4000, domains("fleet", 16))]
NUMBERED = "m%d.example.test"
CROWD = 1000        # gateways in flight concurrently
CROWD_ROUNDS = 5
WIDTH = 256         # the plugin's default of --parallel


class Report:
    """Prints as it goes, and keeps it for the file."""

    def __init__(self):
        self.lines, self.missed, self.held = [], [], 0

    def say(self, line=""):
        print(line, flush=True)
        self.lines.append(line)

    def heading(self, text):
        self.say(f"\n## {text}\n")

    def table(self, head, rows):
        cells = [list(map(str, head))] + [list(map(str, row)) for row in rows]
        widths = [max(len(r[i]) for r in cells) for i in range(len(head))]
        for n, row in enumerate(cells):
            pad = [c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))]
            self.say("| " + " | ".join(pad) + " |")
            if n == 0:
                self.say("|" + "|".join("-" * (w + 2) if i == 0 else "-" * (w + 1) + ":"
                                        for i, w in enumerate(widths)) + "|")
        self.say()

    def bar(self, holds, text):
        self.say(f"- {'held' if holds else '**missed**'}: {text}")
        if holds:
            self.held += 1
        else:
            self.missed.append(text)


def text_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout.strip()


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        models = re.findall(r"model name\s*: (.*)", f.read())
    kernel = re.match(r"\d+\.\d+", platform.release()).group()
    today = datetime.date.today().isoformat()
    return (f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores; Linux {kernel}; "
            f"{text_of('openssl', 'version').split('(')[0].strip()}; {today}")


def mib(kib):
    return f"{kib / 1024:.1f}"


# --- one check ---------------------------------------------------------------------------------


def one_check(report, build):
    report.heading("One check of one gateway")
    with Lab(build, "one") as lab, Trust(lab) as trust, \
            tempfile.TemporaryDirectory(prefix="bench-postfix.") as postfix:
        env = {**trust.env, **postfix_environment(postfix)}
        everybody = peers(lab, trust)
        there = [p for p in everybody if p.path]
        commands = [
            floor(build, lab),
            lab.plugin(build, "--match", HOST, "--sni", HOST, "-a", "user@[127.0.0.2]"),
            lab.plugin(build, "-a", "user@example.test"),
            lab.plugin(build, "--match", HOST, "--sni", HOST, "-H", "127.0.0.2"),
        ] + [p.command for p in there]
        runs = measure(build, env, ROUNDS, commands)
        names = ["OpenSSL alone (the floor)", "check_smtp_tls", "check_smtp_tls, with DNS",
                 "check_smtp_tls, as the peers do"] + [p.name for p in there]
        cpu = [quartile(r, "cpu") for r in runs]
        rows = []
        for name, r, c in zip(names, runs, cpu):
            failed = len(r) - successes(r)
            rows.append([name, f"{c:.1f} ms", f"{c / cpu[0]:.2f}", f"{quartile(r, 'wall'):.1f} ms",
                         f"{mib(quartile(r, 'kib'))} MiB", f"{failed} failed" if failed else ""])
        report.say(f"{ROUNDS} runs each, in turn; lower quartile; CPU is user and system together, children "
                   f"included. The trust store has {trust.count} roots. The floor and the plugin ask for a sender and a "
                   f"recipient too. Peers do not, and are given the gateway's address; with \"as the peers do\" the "
                   f"plugin is compared with them on the same work.\n")
        report.table(["", "CPU", "of the floor", "time", "memory", ""], rows)
        for p in everybody:
            if not p.path:
                report.say(f"- not installed: {p.name}")
        report.bar(all(successes(r) == ROUNDS for r in runs[:4]), "every run of the floor and the plugin succeeded")
        report.bar(cpu[1] <= COST_BAR * cpu[0],
                   f"CPU {cpu[1] / cpu[0]:.2f} times the floor, at most {COST_BAR}; {cpu[2] / cpu[0]:.2f} with DNS")
        for p, r, c in zip(there, runs[4:], cpu[4:]):
            if p.verifies:
                report.bar(successes(r) == ROUNDS and cpu[3] < c, f"less CPU than {p.name}, which verifies: {cpu[3] / c:.2f} of it")


def instructions(report, build):
    report.heading("Instructions of one check")
    with Lab(build, "one") as lab, Trust(lab) as trust:
        c = cost.Cost(build, lab, trust)
    report.say("Under callgrind, by domain, least of three.\n")
    report.table(["object", "share"], [[name, f"{c.percent(n):.2f} %"] for name, n in c.objects.most_common()
                                       if c.percent(n) >= 0.01])
    report.say("The most expensive functions that are not OpenSSL's, ld.so's or libc's:\n")
    report.table(["function", "object", "share"], [[function, name, f"{c.percent(n):.2f} %"]
                                                   for n, (name, function) in c.own[:8]])
    report.table(["with", "instructions of the check without"], [[f"`{name}`", f"{ratio:.2f}"] for name, ratio in c.more.items()])
    report.bar(c.ratio <= cost.RATIO_BAR, f"{c.ratio:.2f} times the floor, at most {cost.RATIO_BAR}")
    report.bar(c.own_percent <= cost.OWN_BAR,
               f"{c.own_percent:.1f} % are not OpenSSL, ld.so or libc, at most {cost.OWN_BAR:.0f}")


# --- many gateways -----------------------------------------------------------------------------


def asks(names):
    return [w for d in names.split() for w in ("-a", f"u@{d}.example.test")]


def rounds(gateways):
    return FLEET_ROUNDS if gateways >= 1000 else SMALL_ROUNDS


def rate(report, build, lab, trust):
    """The bar's two sides alone and in turn, so that the machine's mood is the same for both."""
    ratios, whole = {}, True
    for n, _ in FLEET:
        literals = [w for i in range(1, n + 1) for w in ("-a", f"u@[127.1.{i // 256}.{i % 256}]")]
        alone, own = measure(build, trust.env, RATE_ROUNDS, [
            floor(build, lab, str(n), str(min(n, WIDTH)), address="127.1.0.1", name=NUMBERED),
            lab.plugin(build, "--match", HOST, "--sni", HOST, *literals)])
        whole = whole and all(successes(r) == RATE_ROUNDS for r in (alone, own))
        ratios[n] = quartile(alone, "wall") / quartile(own, "wall")
    report.bar(whole and min(ratios.values()) >= RATE_BAR,
               f"by address, as the floor: {', '.join(f'{r:.2f}' for r in ratios.values())} of the floor's rate at "
               f"{', '.join(map(str, ratios))} gateways, at least {RATE_BAR} ({RATE_ROUNDS} runs each, in turn)")


def crowd(report, build, lab, trust, start):
    """Memory with many concurrent sessions. `start`: KiB of one session of the floor."""
    n = str(CROWD)
    under_way = lab.plugin(build, "--parallel", n, *asks(domains("distant", 4)))
    brisk, far, alone, late = measure(build, trust.env, CROWD_ROUNDS, [
        lab.plugin(build, "--parallel", n, *asks(domains("fleet", 4))),
        under_way,
        floor(build, lab, n, n, address="127.2.0.1", name=NUMBERED),
        lab.plugin(build, "--parallel", n, *asks(domains("late", 4)))])
    report.bar(all(successes(r) == CROWD_ROUNDS for r in (brisk, far, alone, late)), "every run of them succeeded")
    most = most_sockets(under_way, trust.env)
    kib = max(quartile(r, "kib") for r in (brisk, far))
    report.bar(most >= CROWD and kib <= MEMORY_BAR * 1024,
               f"memory with {CROWD} gateways in flight, --parallel {CROWD}: {mib(quartile(far, 'kib'))} MiB where they are "
               f"as slow as those far away ({most} sockets open at one moment), {mib(quartile(brisk, 'kib'))} where they "
               f"answer immediately, at most {MEMORY_BAR}")
    kib = [quartile(r, "kib") for r in (alone, late)]
    report.bar(kib[1] <= COST_BAR * kib[0],
               f"where each keeps its session inside TLS for 2 s: {mib(kib[1])} MiB, {kib[1] / kib[0]:.2f} times OpenSSL "
               f"alone, at most {COST_BAR}")
    report.say(f"- a session of OpenSSL alone that is kept there takes {(kib[0] - start) / CROWD:.0f} KiB with its thread")


def fleets(report, build):
    report.heading("Many gateways in one run")
    with Lab(build, "fleet") as lab, Trust(lab) as trust:
        runs = []
        for n, names in FLEET:
            runs += measure(build, trust.env, rounds(n), [
                floor(build, lab, str(n), str(min(n, WIDTH)), address="127.1.0.1", name=NUMBERED),
                lab.plugin(build, *asks(names))])
        rows, each = [], {}
        for (n, _), base, own in zip(FLEET, runs[::2], runs[1::2]):
            each[n] = quartile(own, "cpu") / n
            rows.append([n, f"{1000 * n / quartile(own, 'wall'):.0f}",
                         f"{quartile(base, 'wall') / quartile(own, 'wall'):.2f}",
                         f"{each[n]:.2f} ms", f"{each[n] / quartile(base, 'cpu') * n:.2f}",
                         f"{mib(quartile(own, 'kib'))} MiB", f"{mib(quartile(base, 'kib'))} MiB"])
        report.say(f"By domain, DNS included, against as many sessions of OpenSSL alone over {WIDTH} threads, without "
                   f"DNS. The gateways and the name server run on the same cores. {SMALL_ROUNDS} runs each, {FLEET_ROUNDS} of "
                   f"1000 and more, in turn; lower quartile.\n")
        report.table(["gateways", "a second", "of the floor", "CPU a gateway", "of the floor", "memory", "floor"], rows)
        report.bar(all(successes(r) == len(r) for r in runs), "every run succeeded")
        rate(report, build, lab, trust)
        more = [(each[n] * n - each[1]) / (n - 1) for n in each if n > 1]
        growth = max(late / min(more[:i + 1]) for i, late in enumerate(more))
        report.bar(growth <= FLAT_BAR,
                   f"the CPU that each gateway after the first costs does not grow up to 4000: at most {growth:.2f} times "
                   f"what it is with fewer, of {FLAT_BAR}; where it falls, threads are used again, as with OpenSSL alone")
        crowd(report, build, lab, trust, quartile(runs[0], "kib"))


# --- time --------------------------------------------------------------------------------------


def perfdata(out, label):
    return float(re.search(rf"::{label}'=([0-9.]+)s", out).group(1))


class FarPostfix:
    """A Postfix at the far end of the link. The block has its root's file."""

    def __init__(self, build, far):
        self.dir = f"{build}/far-postfix"
        self.command = [*far, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                        sys.executable, "-B", f"{HERE}/far_postfix.py", self.dir]

    def __enter__(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise SystemExit("bench: Postfix does not start")
        return self.dir + "/pki/root.crt"

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)


def trips(near, trust, command):
    """Round trips of 100 ms for DNS and for the session, least of three."""
    outs = [subprocess.run(near + command, env=trust.env, stdout=subprocess.PIPE, text=True, check=True).stdout
            for _ in range(3)]
    return [10 * min(times) for times in zip(*((perfdata(o, "dns"), perfdata(o, "total") - perfdata(o, "dns"))
                                               for o in outs))]


def round_trips(report, build):
    report.heading("Round trips")
    if os.geteuid() != 0:
        report.bar(False, "the delaying link has root for its network namespaces")
        return
    link = subprocess.Popen([f"{build}/bench/delay", "50"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        ends = link.stdout.readline().split()
        if len(ends) != 2:
            report.bar(False, "the delaying link works on this machine")
            return
        near, far = (["nsenter", f"--net={end}"] for end in ends)
        with Lab(build, "far", far) as lab, Trust(lab) as trust:
            dns, session = trips(near, trust, lab.plugin(build, "-a", "user@example.test"))
            with FarPostfix(build, far) as root:
                _, postfix = trips(near, trust, lab.plugin(build, "-p", "25", "--ca-file", root, "-a", "user@postfix.test"))
            others = [measure(build, trust.env, 3, [near + c]) for c in (
                floor(build, lab, address="192.0.2.2"),
                ["/usr/lib/nagios/plugins/check_smtp", "-H", "192.0.2.2", "-p", lab.at["PORT"], "-S"])]
    finally:
        link.stdin.close()
        link.wait(10)
    rows = [["check_smtp_tls, DNS", f"{dns:.1f}"], ["check_smtp_tls, connect to RCPT", f"{session:.1f}"],
            ["check_smtp_tls, connect to RCPT of Postfix", f"{postfix:.1f}"]]
    names = ("OpenSSL alone, the whole process", "check_smtp -S, the whole process, no MAIL and RCPT")
    for name, runs in zip(names, others):
        if successes(runs[0]):
            rows.append([name, f"{quartile(runs[0], 'wall') / 100:.1f}"])
    report.say("Behind a link that delays every packet by 50 ms each way: time over 100 ms, least of three. What is "
               "above a whole number is the work at both ends.\n")
    report.table(["", "round trips"], rows)
    report.bar(session < SESSION_BAR + 0.25, f"the session takes {SESSION_BAR} round trips")
    report.bar(postfix < POSTFIX_BAR + 0.25, f"with Postfix it takes {POSTFIX_BAR}")
    report.bar(dns < DNS_BAR + 0.25, f"DNS takes {DNS_BAR}")


def side_by_side(report, build):
    report.heading("Eight addresses, one of them slow")
    with Lab(build, "eight") as lab, Trust(lab) as trust:
        alone = lab.plugin(build, "--match", HOST, "--sni", HOST, "-a", "user@[127.0.0.9]")
        runs = measure(build, trust.env, 3, [alone, lab.plugin(build, "-a", "user@example.test")])
    slow, all_eight = quartile(runs[0], "wall"), quartile(runs[1], "wall")
    report.bar(all(successes(r) == 3 for r in runs) and all_eight <= PARALLEL_BAR * slow,
               f"{all_eight / slow:.3f} times the time of the slow one alone, at most {PARALLEL_BAR}")


def limits(report, build):
    report.heading("Limits")
    run = subprocess.run([sys.executable, "-B", f"{HERE}/../integration/limits.py", build], stdout=subprocess.PIPE,
                         text=True, check=False)
    report.say("What `make check-limits` prints: runs that are large, or hostile, or that nobody reads.\n")
    report.say(f"```\n{run.stdout}```\n")
    report.bar(run.returncode == 0, "all limits")


def main():
    build, path = sys.argv[1:]
    report = Report()
    report.say("# Performance\n")
    report.say("Written by `make bench`, which runs all of this side by side on one machine; ratios are what to "
               "compare.\nThe floor is `tests/bench/floor.c`: the same session and the same verification with OpenSSL "
               "alone.\n")
    report.say(machine())
    for section in (one_check, instructions, fleets, crowds, partners, own, mail_log, round_trips, side_by_side,
                    limits):
        section(report, build)
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(report.lines) + "\n")
    for text in report.missed:
        print(f"missed: {text}")
    print(f"{report.held} passed, {len(report.missed)} failed")
    sys.exit(bool(report.missed))


if __name__ == "__main__":
    main()
