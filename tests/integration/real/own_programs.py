# SPDX-License-Identifier: BSD-2-Clause
"""How often check_partner_policy starts real Postfix's programs, and what it says where one of them is missing.

For one run /usr/sbin is a directory with programs that write each start down and then are Postfix's own.
"""
import collections
import json
import os
import shutil
import socket
import subprocess

from correspondents import told
from process import write

UNKNOWN = 3
SERVICES = 4  # that deliver
ROUNDS = 3
LISTED = 3    # tables that are listed for a wildcard
LIMIT = 60  # seconds for a run with -t 45

FORM = """
[{id}]
domains = {domain}
gateways = mx.{id}.test
direction = outbound
"""

MAIN = """
compatibility_level = 3.6
smtp_tls_CAfile = {ca}
smtp_tls_mandatory_protocols = >=TLSv1.2
"""

MASTER = """
rewrite unix - - n - - trivial-rewrite
smtp    unix - - n - - smtp
relay   unix - - n - - smtp
  -o syslog_name=relay
loose   unix - - n - - smtp
  -o smtp_tls_policy_maps=texthash:{dir}/loose
strict  unix - - n - - smtp
  -o smtp_tls_policy_maps=texthash:{dir}/strict
"""

STARTED = """#!/bin/sh
echo "${{0##*/}} $*" >>{log}
exec {real}/${{0##*/}} "$@"
"""

# Two services with tables of their own, a table that counts for both ways, more than one key a question
TABLES = {
    "transport": "a.test loose:\nb.test strict:[mx.b.test]\n.d.test smtp:[mx.d.test]:25\n",
    "policy": "x.test verify\n.d.test verify\n",
    "more": "c.test verify\n[mx.d.test]:25 verify\nd.test verify\n",
    "loose": "a.test verify\n",
    "strict": "[mx.b.test] verify\n",
}

SETTINGS = "transport_maps = texthash:{dir}/transport\nsmtp_tls_policy_maps = texthash:{dir}/policy, texthash:{dir}/more\n"


class Programs:
    """A Postfix whose programs are watched, or missing."""

    def __init__(self, lab, program):
        self.program = program
        self.dir = lab.servers.make("programs")
        self.log, self.form = self.dir + "/starts", self.dir + "/form.ini"
        self.ca_file = lab.ca_file
        write(self.dir + "/master.cf", MASTER.format(dir=self.dir))
        for name, text in TABLES.items():
            write(f"{self.dir}/{name}", text)
        for name in ("postconf", "postmap"):
            write(f"{self.dir}/watched/{name}", STARTED.format(log=self.log, real=self.dir + "/real"))
            os.chmod(f"{self.dir}/watched/{name}", 0o755)
            os.makedirs(self.dir + "/real", exist_ok=True)
            shutil.copy(shutil.which(name), self.dir + "/real")

    def use(self, settings, *domains):
        """Each domain is a partner's."""
        write(self.dir + "/main.cf", MAIN.format(ca=self.ca_file) + settings.format(dir=self.dir))
        write(self.form, "".join(FORM.format(id=d.split(".")[-2], domain=d) for d in domains) + f"[own]\npostfix = {self.dir}\n")

    def ask(self, sbin, user="root"):
        """The exit status, the findings as "code: headline; detail", and how often each command was started."""
        write(self.log, "")
        command = [self.program, "-f", self.form, "--own", "-t", "45", "--format", "json"]
        if user != "root":
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
        done = subprocess.run(["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /usr/sbin && exec "$@"', sbin, *command],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=False)
        findings = [f for f in json.loads(done.stdout)["findings"] if f["state"] != "OK"]
        with open(self.log) as log:
            starts = collections.Counter(log.read().replace(self.dir, "DIR").splitlines())
        return done.returncode, [f"{f['code']}: {f['headline']}; {f['detail']}" for f in findings], starts


def few_starts(p):
    """At most once a service, map and round, however many partners there are."""
    few = ["a.test", "b.test", "c.test", "*.d.test"]
    many = [*few, *(f"c{i}.test" for i in range(40))]
    for domains in few, many:
        p.use(SETTINGS, *domains)
        _, _, starts = p.ask(p.dir + "/watched")
        parameters = [command for command in starts if " -x " in command]
        tables = [command for command in starts if command.startswith("postmap")]
        for command, times in starts.items():
            rounds = ROUNDS if " -q " in command else 1
            yield None if times <= rounds else f"{times} times, due {rounds}: {command}"
        yield None if len(parameters) == SERVICES + 1 else f"{len(parameters)} times parameters: {parameters}"
        yield None if len(tables) == len(TABLES) + LISTED else f"tables: {tables}"


def hanging(p):
    """A table that hangs is started once, and nobody waits for it twice."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socketmap = f"socketmap:inet:127.0.0.1:{server.getsockname()[1]}:x"
        fifo = f"texthash:{p.dir}/fifo"
        os.mkfifo(p.dir + "/fifo")
        # By the second round, and by a listing for a wildcard
        way = f"transport_maps = inline:{{{{ {{{{postmaster@a.test = smtp:[mx.a.test]}}}} }}}}, {socketmap}\n"
        for table, settings, domain in ((socketmap, way, "a.test"), (fifo, "", "*.a.test")):
            p.use(f"{settings}smtp_tls_policy_maps = {table}\n", domain, "b.test")
            status, findings, starts = p.ask(p.dir + "/watched")
            due = [f"own-policy-unknown: a table of our Postfix gives no answer: {table}; "
                   "expected an answer within 5 s; look at the daemon that the table asks"]
            yield None if (status, findings) == (UNKNOWN, due) else f"{table}: {status}, {findings}"
            asked = {command: times for command, times in starts.items()
                     if command.startswith("postmap") and command.endswith(" " + table.replace(p.dir, "DIR"))}
            yield None if list(asked.values()) == [1] else f"{table}: {asked}"


def missing(p):
    """A program that is not there is named, with what to do, whoever asks."""
    p.use(SETTINGS, "a.test")
    for there, named in (([], "postconf"), (["postmap"], "postconf"), (["postconf"], "postmap")):
        sbin = f"{p.dir}/{'-'.join(['only', *there])}"
        os.mkdir(sbin)
        for name in there:
            shutil.copy(f"{p.dir}/real/{name}", sbin)
        due = [f"own-policy-unknown: our Postfix cannot be asked: {named} is not installed on this machine; expected {named} in "
               "/usr/sbin, /usr/bin or /usr/local; run the check with --own on the mail server, and with --no-own here"]
        for user in ("root", "nobody"):
            status, findings, _ = p.ask(sbin, user)
            yield None if (status, findings) == (UNKNOWN, due) else f"{there} as {user}: {status}, {findings}"


def run(lab, program):
    p = Programs(lab, program.replace("check_smtp_tls", "check_partner_policy"))
    return [result for step in (few_starts, hanging, missing) for result in told("own programs, " + step.__name__, step(p))]
