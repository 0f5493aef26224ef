# SPDX-License-Identifier: BSD-2-Clause
"""What the bench and the check of the cost share: the lab, a trust store, runs and their figures."""

import os
import glob
import shlex
import shutil
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SYSTEM_ROOTS = "/etc/ssl/certs"
HOST = "mx.example.test"


class Lab:
    """The servers of a scenario, until the block ends. `prefix`: a command to start them with."""

    def __init__(self, build, scenario, prefix=()):
        self.command = [*prefix, f"{build}/lab", "--serve",
                        scenario if "/" in scenario else f"{HERE}/{scenario}.scenario"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.at = {}
        while "DIR" not in self.at:
            line = self.process.stdout.readline()
            if not line:
                raise SystemExit("bench: the lab does not start")
            name, value = shlex.split(line)[0].split("=", 1)
            self.at[name] = value
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def plugin(self, build, *arguments):
        return [f"{build}/check_smtp_tls", "--resolver", self.at["NS"], "-p", self.at["PORT"],
                "--allow-loopback", "-t", "50", *arguments]


class Trust:
    """A directory of hashed certificates as the system has it, and the lab's root."""

    def __init__(self, lab):
        self.lab = lab

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="bench-trust.")
        self.bundle = f"{self.dir}/bundle.crt"
        roots = sorted(f for f in glob.glob(f"{SYSTEM_ROOTS}/*.pem") if os.path.exists(f))
        for root in roots:
            shutil.copy(root, self.dir)
        self.count = len(roots) + 1
        shutil.copy(self.lab.at["CA"], f"{self.dir}/lab.pem")
        subprocess.run(["openssl", "rehash", self.dir], check=True, stderr=subprocess.DEVNULL)
        with open(self.bundle, "wb") as out:
            for root in sorted(glob.glob(f"{self.dir}/*.pem")):
                with open(root, "rb") as f:
                    out.write(f.read())
        self.env = {k: v for k, v in os.environ.items()
                    if k not in ("SSL_CERT_FILE", "OPENSSL_CONF") and not k.startswith("LC_")}
        self.env.update(SSL_CERT_DIR=self.dir, LANG="C")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir)


def floor(build, lab, *threads, address="127.0.0.2", name=HOST):
    return [f"{build}/bench/floor", address, lab.at["PORT"], name, "user@example.test", *threads]


class Run:
    """What one run cost: CPU and wall time in ms, peak memory in KiB, exit status."""

    def __init__(self, line):
        _, cpu, wall, self.kib, self.status = map(int, line.split())
        self.cpu, self.wall = cpu / 1000, wall / 1000


def measure(build, env, rounds, commands):
    """Runs all commands in turn, `rounds` times; a list of runs for each."""
    args = [f"{build}/bench/measure", str(rounds)]
    for command in commands:
        args += ["--", *command]
    out = subprocess.run(args, env=env, stdout=subprocess.PIPE, text=True, check=True).stdout
    runs = [[] for _ in commands]
    for line in out.splitlines():
        runs[int(line.split()[0])].append(Run(line))
    return runs


def quartile(runs, what):
    """The lower quartile: what it costs when the machine has little else in mind."""
    return sorted(getattr(r, what) for r in runs)[len(runs) // 4]


def successes(runs):
    return sum(r.status == 0 for r in runs)


def most_sockets(command, env):
    """The most that one run of it had open at one moment."""
    run = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    fds, most = f"/proc/{run.pid}/fd", 0
    while run.poll() is None:
        most = max(most, sum(is_socket(f"{fds}/{fd}") for fd in os.listdir(fds)))
        time.sleep(0.05)
    return most


def is_socket(path):
    try:
        return os.readlink(path).startswith("socket:")
    except OSError:
        return False  # closed meanwhile
