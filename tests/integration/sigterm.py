#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""300 runs of all plugins that get SIGTERM or SIGINT at a random moment, six at the same time: while files are read,
names are looked up, gateways are probed, findings are judged, and the report is written, also to somebody who does not
read it. Each run ends within the reserve, with an exit status of 0 to 3 and a first line that says the same.

Usage: sigterm.py [BUILD [SEED]]. Ends by itself within two minutes; exit status 0 if all is well."""
import collections
import concurrent.futures
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
RUNS = 300
AT_ONCE = 6
RESERVE = 0.2  # seconds from a signal to the end
MARGIN = 0.6 * float(os.environ.get("SLOW", "1"))  # for a machine on which others run, too
HERE = os.path.dirname(os.path.abspath(__file__))
STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
LATE = re.compile(r"^[A-Z_]+ UNKNOWN - ended by SIG(TERM|INT) while ([a-z ]+)(: \".*\")?$")


class Kind:
    """A command line. `window`: the signal comes in so many seconds; `reader`: who reads standard output."""

    def __init__(self, service, arguments, window=0.4, reader="file"):
        self.service = service
        self.plugin = "check_" + service.lower()
        self.arguments = arguments.split()
        self.window = window
        self.reader = reader


def kinds():
    smtp = [Kind("SMTP_TLS", a) for a in (
        "-a info@example.test", "-d example.test -v", "-d wide.test", "-d example.test --format json",
        "-a info@example.test -vvv --parallel 2", "--refuses-plaintext a@b.example -d example.test",
        "-d example.test --tls-level dane", "-d half.test", "-d example.test --output OUTPUT --format json")]
    cert = [Kind("MX_CERT", a) for a in (
        "-d example.test --mta-sts-server POLICY", "-H mx0.example.test --ocsp --no-mta-sts",
        "-d example.test --no-mta-sts --crl --format json", "-d half.test --mta-sts-server POLICY")]
    partner = [
        Kind("PARTNER_POLICY", "-f MANY/forms", 0.5),
        Kind("PARTNER_POLICY", "-f MANY/large.ini --resolver 127.0.0.1:9", 1),
        Kind("PARTNER_POLICY", "-f MANY/large.ini --resolver 127.0.0.1:9 -v -t 1 --output OUTPUT", 1.2),
        Kind("PARTNER_POLICY", "-f MANY/large.ini --resolver 127.0.0.1:9 --format json -t 1", 1.2, "unread"),
        Kind("PARTNER_POLICY", "-f MANY/large.ini --resolver 127.0.0.1:9 -v -t 1", 1.2, "slow"),
        Kind("PARTNER_POLICY", "-f MANY/forms --print form", 0.5, "unread"),
        Kind("PARTNER_POLICY", "-f MANY/some.ini -v", 0.5),
    ]
    return smtp + cert + partner


class Lab:
    """The laboratory of sigterm.scenario, and forms that take a while to read."""

    def __enter__(self):
        self.dir = tempfile.mkdtemp()
        self.process = subprocess.Popen([f"{BUILD}/lab", "--bin", BUILD, "--serve", f"{HERE}/sigterm.scenario"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.variables = {}
        for line in self.process.stdout:
            name, _, value = line.strip().partition("=")
            self.variables[name] = value.strip("'")
            if name == "DIR":
                break
        self.write_forms()
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)
        shutil.rmtree(self.dir)

    def write_forms(self):
        os.mkdir(f"{self.dir}/forms")
        for i in range(1500):
            with open(f"{self.dir}/forms/{i:04}.ini", "w") as f:
                f.write(form(i, "example.test", "mx0.example.test"))
        with open(f"{self.dir}/large.ini", "w") as f:
            f.writelines(form(i, f"partner{i}.test", f"mx{i}.partner.test") for i in range(8000))
        with open(f"{self.dir}/some.ini", "w") as f:
            f.writelines(form(i, "example.test", "mx0.example.test mx5.example.test") for i in range(50))

    def command(self, kind, output):
        replaced = {"POLICY": f"127.3.0.20:{self.variables['PORT2']}", "OUTPUT": output}
        arguments = [replaced.get(a, a.replace("MANY", self.dir)) for a in kind.arguments]
        given = [] if "--resolver" in arguments else ["--resolver", self.variables["NS"]]
        if "-t" not in arguments:
            given += ["-t", "10"]
        return [f"{BUILD}/{kind.plugin}", *given, "--port", self.variables["PORT"],
                "--ca-file", self.variables["CA"], *arguments]


def form(i, domain, gateways):
    return f"[partner{i}]\ncompany = Partner {i} Ltd\ndomains = {domain}\ngateways = {gateways}\n"


def has_begun(pid):
    """Whether the plugin's main has blocked SIGTERM, which it does first of all, or has ended. While it waits for the
    signal it does not block it, but then there is the work thread, too."""
    try:
        with open(f"/proc/{pid}/status") as f:
            status = dict(line.split(":", 1) for line in f)
    except OSError:
        return True
    if "SigBlk" not in status:
        return True
    return int(status["Threads"]) > 1 or int(status["SigBlk"], 16) & 0x4000


class Pulse(threading.Thread):
    """How long the machine has kept waiting what was due every 5 ms: so much later a run may end."""

    def __init__(self):
        super().__init__(daemon=True)
        self.late = 0.0

    def run(self):
        while True:
            due = time.monotonic() + 0.005
            time.sleep(0.005)
            self.late += time.monotonic() - due


PULSE = Pulse()


class Run:
    """One run, its signal, and what came of it."""

    def __init__(self, lab, kind, number, chance):
        self.kind = kind
        self.output = f"{lab.dir}/output.{number}"
        self.signal = chance.choice((signal.SIGTERM, signal.SIGINT))
        self.after = chance.uniform(0, chance.choice((0.02, kind.window)))
        self.command = lab.command(kind, self.output)
        self.stdout_path = f"{lab.dir}/stdout.{number}"

    def play(self):
        with open(self.stdout_path, "w+b") as out:
            pipe = None if self.kind.reader == "file" else os.pipe()
            p = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out if pipe is None else pipe[1],
                                 stderr=subprocess.PIPE)
            if pipe:
                os.close(pipe[1])
            while not has_begun(p.pid):
                time.sleep(0.001)
            time.sleep(self.after)
            p.send_signal(self.signal)
            sent, busy = time.monotonic(), PULSE.late
            if self.kind.reader == "slow":
                time.sleep(0.05)
                out.write(os.read(pipe[0], 1000))
            guard = threading.Timer(30, p.kill)
            guard.start()
            self.status = p.wait()
            self.seconds = time.monotonic() - sent
            self.busy = PULSE.late - busy
            guard.cancel()
            self.errors = p.stderr.read()
            p.stderr.close()
            while pipe and (piece := os.read(pipe[0], 65536)):
                out.write(piece)
            if pipe:
                os.close(pipe[0])
            out.seek(0)
            self.text = out.read().decode()
        return self

    def problem(self):
        """What is wrong; None: nothing is."""
        first = self.text.split("\n", 1)[0]
        if not 0 <= self.status <= 3:
            return f"exit status {self.status}"
        if self.errors:
            return f"standard error: {self.errors[:200]}"
        if self.seconds - self.busy > RESERVE + MARGIN:
            return f"ended {self.seconds:.3f} s after the signal, of which the machine was busy for {self.busy:.3f}"
        return self.wrong_output(first) or self.wrong_file()

    def wrong_output(self, first):
        if LATE.match(first):
            return None if self.status == 3 else f"status {self.status} with: {first}"
        if "--print" in self.command:
            return None  # the forms, as far as the reader took them
        if first.startswith("{"):
            return self.wrong_json()
        if not first.startswith(f"{self.kind.service} {STATES[self.status]} - "):
            return f"status {self.status} with: {first[:200]}"
        if "|" in first and self.text.count("|") != 1:
            return "more than one bar"
        return None

    def wrong_json(self):
        try:
            if json.loads(self.text)["exit_status"] != self.status:
                return "another status in the JSON"
        except ValueError:
            if self.kind.reader != "unread":
                return "no JSON"
        return None

    def wrong_file(self):
        left = [n for n in os.listdir(os.path.dirname(self.output))
                if n.startswith(os.path.basename(self.output) + ".")]
        if left:
            return f"left behind: {left}"
        if not os.path.exists(self.output):
            return None
        with open(self.output) as f:
            text = f.read()
        if "json" in self.command:
            json.loads(text)
        return None if text.endswith("\n") else "the file is not whole"

    def outcome(self):
        late = LATE.match(self.text.split("\n", 1)[0])
        if late:
            return late.group(2)
        return "judged, not all of it read" if self.kind.reader == "unread" and len(self.text) > 60000 else "judged"


def main():
    chance = random.Random(SEED)
    outcomes, failed, slowest = collections.Counter(), 0, None
    os.environ["SSL_CERT_DIR"] = "/nonexistent"
    PULSE.start()
    with Lab() as lab, concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        all_kinds = kinds()
        runs = [Run(lab, all_kinds[i % len(all_kinds)], i, chance) for i in range(RUNS)]
        for run in pool.map(Run.play, runs):
            slowest = run if not slowest or run.seconds > slowest.seconds else slowest
            outcomes[run.outcome()] += 1
            if problem := run.problem():
                failed += 1
                print(f"{problem}\n    {' '.join(run.command)}\n    {run.signal.name} after {run.after:.3f} s")
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:4} {outcome}")
    print(f"{RUNS} runs, {failed} failed; the slowest ended {slowest.seconds:.3f} s after its signal (seed {SEED}):")
    print(f"    {' '.join(slowest.command)}; {slowest.outcome()}")
    met = {"reading the forms", "judged"} <= set(outcomes)
    if not met:
        print("the signals did not meet enough phases")
    return 0 if failed == 0 and met else 1


if __name__ == "__main__":
    sys.exit(main())
