# SPDX-License-Identifier: BSD-2-Clause
"""What --format openmetrics --output writes, served by Prometheus's own node_exporter; and that the file is whole, whenever
the plugin is killed."""
import glob
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request

from process import Process, write
from servers import RESOLVER

HOSTS = 8000  # of a large report: 4 MB
KILLS = 40
SEED = 1
STATE = re.compile(r"^mailtls_state\{.*\} \d$", re.M)


# --- the exporter ---

class Exporter:
    """node_exporter with its textfile collector alone, over `directory`, which is made."""

    def __init__(self, program, place):
        self.directory = place + "/textfile"
        os.makedirs(self.directory)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = free.getsockname()
        self.process = Process([program, "--collector.disable-defaults", "--collector.textfile",
                                "--collector.textfile.directory", self.directory, "--web.listen-address",
                                "{}:{}".format(*self.address)], place)
        self.process.listens(*self.address)

    def metrics(self):
        with urllib.request.urlopen("http://{}:{}/metrics".format(*self.address), timeout=20) as answer:
            return answer.read().decode()


def samples(text):
    """metric{labels} -> value, of what a plugin has written or the exporter serves. The exporter writes labels and numbers in
    another way, and a label that others have with an empty value, which means the same."""
    found = {}
    for name, labels, value in re.findall(r"^(mailtls_\w+)(?:\{(.*)\})? (\S+)$", text, re.M):
        found[name, tuple(sorted(re.findall(r'(\w+)="((?:[^"\\]|\\.)+)"', labels)))] = float(value)
    return found


def write_reports(lab, program, exporter):
    """What each plugin has written for the exporter, as samples. As with the shipped units, the files are elsewhere, and the
    exporter's directory has links to them."""
    form, log = lab.dir + "/node_exporter/form.ini", lab.dir + "/node_exporter/mail.log"
    write(form, "[plain]\ndomains = plain.test\ngateways = mx.plain.test\n")
    write(log, time.strftime("%b %d %H:%M:%S mx postfix/qmgr[1]: ABC: removed\n"))
    probing = ["--allow-loopback", "--resolver", RESOLVER, "--ca-file", lab.ca_file, "-t", "20"]
    found = {}
    for plugin, arguments in {"check_smtp_tls": [*probing, "-d", "plain.test", "-d", "notls.test"],
                              "check_mx_cert": [*probing, "-d", "expired.test"],
                              "check_partner_policy": [*probing, "-f", form],
                              "check_mail_log": ["-f", form, "--log", log]}.items():
        written = f"{lab.dir}/node_exporter/{plugin}.prom"
        command = [program.replace("check_smtp_tls", plugin), *arguments, "--format", "openmetrics", "--output", written]
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=30)
        os.symlink(written, f"{exporter.directory}/{plugin}.prom")
        with open(written, encoding="utf-8") as f:
            found |= samples(f.read())
    return found


def served(lab, program, exporter):
    """Texts of what is wrong, "" for what is not."""
    due = write_reports(lab, program, exporter)
    text = exporter.metrics()
    seen = samples(text)
    for service, domain, state in (("SMTP_TLS", "plain.test", 0), ("SMTP_TLS", "notls.test", 2), ("MX_CERT", "expired.test", 2)):
        line = seen.get(("mailtls_state", (("domain", domain), ("service", service))))
        yield "" if line == state else f"node_exporter: {service}, {domain}: state {line}; expected {state}"
    for service in ("PARTNER_POLICY", "MAIL_LOG"):
        yield "" if ("mailtls_state", (("service", service),)) in seen else f"node_exporter: no state of {service}"
    other = [f"{sample} {due.get(sample)}, served: {seen.get(sample)}" for sample in {*due, *seen}
             if due.get(sample) != seen.get(sample)]
    yield f"node_exporter: not as in the files: {other}" if other else ""
    yield "" if "\nnode_textfile_scrape_error 0\n" in text else f"node_exporter: it says of the files: {exporter.process.said()}"


# --- SIGKILL ---

class Reader(threading.Thread):
    """Reads the file over and over, as a collector may at any time; `torn` has how it was not whole, and `whole` says how
    often it was."""

    def __init__(self, path):
        super().__init__()
        self.path, self.torn, self.whole, self.ends = path, set(), 0, threading.Event()

    def look(self):
        try:
            with open(self.path, encoding="utf-8") as f:
                text = f.read()
        except FileNotFoundError:
            return
        states = len(STATE.findall(text))
        if states == HOSTS + 1 and text.startswith("# TYPE") and text.endswith("\n# EOF\n"):
            self.whole += 1
        else:
            self.torn.add(f"{len(text)} characters, {states} states")

    def run(self):
        while not self.ends.wait(0.005):
            self.look()


def started(program, path):
    hosts = [word for i in range(HOSTS) for word in ("-H", f"127.1.{i // 250}.{i % 250 + 1}")]
    return subprocess.Popen([program, "-p", "9", "-t", "30", "--format", "openmetrics", "--output", path, *hosts],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def kill_at(child, path, delay):
    """SIGKILL after `delay` seconds; None: as soon as the new file beside the old one is there, and a moment later. Whether
    the new file was there at the child's end."""
    before = set(glob.glob(path + ".*"))
    if delay is None:
        limit = time.monotonic() + 30
        while child.poll() is None and set(glob.glob(path + ".*")) == before and time.monotonic() < limit:
            pass
        delay = random.uniform(0, 0.002)
    time.sleep(delay)
    child.send_signal(signal.SIGKILL)
    child.wait(30)
    return set(glob.glob(path + ".*")) != before


def killed(program, place):
    """Texts of what is wrong, "" for what is not."""
    path = place + "/large.prom"
    random.seed(SEED)
    reader = Reader(path)
    reader.start()
    in_the_middle = 0
    try:
        began = time.monotonic()
        started(program, place + "/first.prom").wait(60)
        length = time.monotonic() - began
        for i in range(KILLS):
            in_the_middle += kill_at(started(program, path), path, None if i % 2 else random.uniform(0, 1.2 * length))
            reader.look()
            yield f"SIGKILL {i}: {path}: {reader.torn}" if reader.torn else ""
        started(program, path).wait(60)
        reader.look()
    finally:
        reader.ends.set()
        reader.join()
    yield "" if in_the_middle >= KILLS / 8 else f"SIGKILL: only {in_the_middle} of {KILLS} were in the middle of writing"
    yield "" if reader.whole else "SIGKILL: no run has written a report"


def run(lab, program, exporter_program):
    place = lab.dir + "/node_exporter"
    os.makedirs(place)
    exporter = Exporter(exporter_program, place)
    try:
        return [*served(lab, program, exporter), *killed(program, place)]
    finally:
        exporter.process.end()
