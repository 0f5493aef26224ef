# SPDX-License-Identifier: BSD-2-Clause
"""The newcomer's walk: every command of README.md and docs/*.md, pasted as it is written, in a bare Debian.

    walk.py --rows                compares rows.tsv with the documents, and runs nothing
    walk.py BARE TREE PACKAGE     walks in the Debian in the directory BARE, as root

The reader is a user with sudo and has cloned TREE. Of a block of commands, each is run by itself. Commands of apt and
make are run with the machine's network; all others in a network of their own, where the lab of walk.scenario is
example.com and the partners whose forms are examples. rows.tsv has what cannot be run, and what does not end with 0.
A command that has no row there has to end with 0, and so a new block of commands is run or gets a row."""
import glob
import os
import re
import shutil
import subprocess
import sys
import time

ROWS = "tests/walk/rows.tsv"
HOME = "/home/reader"
TREE = HOME + "/mailtls-plugins"
LIMIT = 600  # seconds, for one command
SAMPLE = re.compile(r"^<!-- begin (?:sample|file) .*?^<!-- end (?:sample|file) -->", re.M | re.S)
FORM = re.compile(r"^<!-- begin file (\S+) -->$", re.M)


def documents():
    return ["README.md"] + sorted(glob.glob("docs/*.md"))


def blank(match):
    return "\n" * match[0].count("\n")


def blocks(text):
    """The blocks of code, each as its lines; without those that make docs writes."""
    found = []
    block, fenced = [], False
    for line in SAMPLE.sub(blank, text).splitlines() + [""]:
        if line.startswith("```"):
            fenced = not fenced
        elif fenced:
            block.append(line)
            continue
        elif line.startswith("    "):
            block.append(line[4:])
            continue
        if block:
            found.append(block)
        block = []
    return found


def commands(block):
    """Its commands, without comments; those that go on after a backslash in one."""
    lines = re.sub(r"\\\n *", "", "\n".join(block)).splitlines()
    return [re.sub(r" +# .*", "", line).strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def read_rows():
    """{(file, command): (kind, rest)}"""
    rows = {}
    with open(ROWS, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                path, command, what = line.rstrip("\n").split("\t")
                kind, _, rest = what.partition(": ")
                if not re.fullmatch(r"status \d+|file \S+|root|line|block", kind) or not rest:
                    sys.exit(f"{ROWS}: {command}: {what}")
                rows[path, command] = (kind, rest)
    return rows


def steps(rows):
    """(file, command, kind, rest) for what is to be done, in order: the files of a document before its commands; and
    the rows that nothing needs."""
    found, unused = [], set(rows)
    for path in documents():
        with open(path, encoding="utf-8") as file:
            text = file.read()
        files, rest = [], []
        for form in FORM.findall(text):
            kind, more = rows.get((path, form), ("", ""))
            unused.discard((path, form))
            if kind:
                with open(form, encoding="utf-8") as file:
                    files.append((path, file.read(), kind, more))
        for block in blocks(text):
            first = (commands(block) or [block[0].strip()])[0]
            kind, more = rows.get((path, first), ("", ""))
            unused.discard((path, first))
            if kind.startswith("file "):
                files.append((path, "\n".join(block) + "\n", kind, more))
            elif kind == "block":
                continue
            for command in commands(block) if not kind.startswith("file ") else []:
                kind, more = rows.get((path, command), ("status 0", ""))
                unused.discard((path, command))
                rest.append((path, command, kind, more))
        found += files + rest
    return found, unused


class Walk:
    """The Debian, and what was found there."""

    def __init__(self, bare):
        self.bare = bare
        self.lab = self.network = None
        self.passed = self.failed = 0

    def path(self, inside):
        return os.path.join(self.bare, inside.lstrip("/"))

    def write(self, inside, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(inside)), exist_ok=True)
        with open(self.path(inside), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(inside), mode)

    def inside(self, *command, lab=False, **settings):
        """Runs it there, with processes and terminals of its own."""
        enter = ["nsenter", f"--net=/proc/{self.network.pid}/ns/net"] if lab else []
        script = """mkdir -p "$0/dev/pts"
            mount -t devpts -o newinstance,ptmxmode=0666 devpts "$0/dev/pts"
            ln -sf pts/ptmx "$0/dev/ptmx"
            [ -z "$RESOLVER" ] || mount --bind "$0/root/resolv.conf" "$0/etc/resolv.conf"
            exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@\""""
        return [*enter, "unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.path('proc')}",
                "env", f"RESOLVER={'lab' if lab else ''}", "sh", "-c", script, self.bare, *command]

    def run(self, *command, lab=False):
        """(exit status, what was printed)"""
        run = subprocess.run(self.inside(*command, lab=lab), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, errors="replace", timeout=LIMIT, check=False)
        return run.returncode, run.stdout

    def must(self, *command):
        status, said = self.run(*command)
        if status != 0:
            self.end()
            sys.exit(f"{' '.join(command)}: status {status}\n{said}\n0 passed, 1 failed")

    def prepare(self, tree, package):
        """The reader with sudo, as Debian's installer makes one, in a clone; and the monitoring system's user."""
        self.write("/etc/apt/apt.conf.d/90walk", 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n'
                   'quiet "1";\n')
        self.must("apt-get", "update")
        self.must("apt-get", "install", "sudo")
        self.must("useradd", "--create-home", "--shell", "/bin/bash", "reader")
        self.must("useradd", "--system", "nagios")
        self.write("/etc/sudoers.d/reader", "reader ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440)
        # Whoever pastes them waits longer.
        self.write("/etc/profile.d/walk.sh", f"export MAKEFLAGS=-j{os.cpu_count()} CFLAGS=-O1\n")
        subprocess.run(["git", "-c", "safe.directory=*", "clone", "-q", "--no-hardlinks", tree, self.path(TREE)],
                       check=True)
        os.makedirs(self.path(TREE + "/build"))
        shutil.copy(package, self.path(TREE + "/build"))
        for directory in ("/etc/partners", "/etc/mailtls/partners"):
            os.makedirs(self.path(directory))
            for form in ("tuv", "hella"):
                shutil.copy(f"examples/partners/{form}.ini", self.path(directory))
        for directory in ("/var/www/html", "/var/lib/prometheus/node-exporter", "/var/lib/mailtls", "/etc/postfix"):
            os.makedirs(self.path(directory), exist_ok=True)
            os.chmod(self.path(directory), 0o777)
        self.write("/var/log/mail.log", "Nov 30 10:00:00 mail postfix/qmgr[1]: ABC: removed\n")
        self.must("chown", "-R", "reader:", HOME)

    def start_lab(self):
        """A network where gateways have port 25 and the name server port 53; its root is one that the system trusts."""
        self.network = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up && "
                                         "ip route add local 192.0.2.0/24 dev lo && echo up && exec sleep 3600"],
                                        stdout=subprocess.PIPE, text=True)
        self.network.stdout.readline()
        self.write("/root/resolv.conf", "nameserver 127.0.0.1\n")
        shutil.copy("tests/walk/walk.scenario", self.path("/root/walk.scenario"))
        self.lab = subprocess.Popen(self.inside(TREE + "/build/lab", "--well-known", "--serve", "/root/walk.scenario",
                                                lab=True), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said = {}
        for line in self.lab.stdout:
            name, _, value = line.strip().partition("=")
            said[name] = value.strip("'")
            if name == "DIR":
                break
        for copy in (TREE + "/partner-root.pem", "/usr/local/share/ca-certificates/lab.crt"):
            shutil.copy(self.path(said["CA"]), self.path(copy))
        self.must("update-ca-certificates")

    def step(self, path, command, kind, why):
        network = re.match(r"(sudo )?(apt|make)\b", command)
        if self.lab is None and not network:
            self.start_lab()
        due = 0 if kind == "root" else int(kind.removeprefix("status "))
        status, said = self.run("su", "-l", "root" if kind == "root" else "reader", "-c", f"cd {TREE}\n{command}",
                                lab=not network)
        if status == due:
            self.passed += 1
            return
        self.failed += 1
        print(f"{path}: {command}: status {status}; expected {due}{why and ': ' + why}\n    "
              + "\n    ".join(said.splitlines()[-30:]))

    def end(self):
        for process in (self.lab, self.network):
            if process is not None:
                process.kill()
                process.wait()


def walk(bare, tree, package, todo):
    here = Walk(bare)
    try:
        here.prepare(tree, package)
        for path, command, kind, rest in todo:
            began = time.monotonic()
            if kind.startswith("file "):
                name = os.path.join(TREE, kind.removeprefix("file "))
                here.write(name, command)
                here.must("chown", "reader:", name)
            elif kind != "line":
                here.step(path, command, kind, rest)
            if "WALK_TIMES" in os.environ:
                print(f"{time.monotonic() - began:6.1f} s  {command.splitlines()[0]}", flush=True)
    finally:
        here.end()
    return here.passed, here.failed


def main(argv):
    todo, unused = steps(read_rows())
    for path, command in sorted(unused):
        print(f"{ROWS}: {path} does not have: {command}")
    passed = failed = 0
    if argv[1] != "--rows":
        passed, failed = walk(*argv[1:4], todo)
        print(f"{passed} passed, {failed + len(unused)} failed")
    return 1 if failed or unused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
