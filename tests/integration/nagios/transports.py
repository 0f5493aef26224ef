# SPDX-License-Identifier: BSD-2-Clause
"""What arrives of a plugin's output by NRPE, check_by_ssh and SNMP, with servers of these: the first line and the exit status,
whatever does not fit. icinga-templates/README.md says which options that takes."""
import os
import re
import subprocess

from harness import BUILD, expect, failure, wait_for, write
from process import Processes
from servers import loopback_up

PLUGINS = "/usr/lib/nagios/plugins"
FEW, MANY = 8, 1000  # gateways that refuse connections: 5 kB and 170 kB of output
NRPE_LIMITS = {"-2": 1024, "-3": 1024, "": 65536}  # bytes; the option that chooses the protocol
NRPE = """\
server_address=127.0.0.1
server_port=5666
allowed_hosts=127.0.0.1
command_timeout=60
nrpe_user=nobody
nrpe_group=nogroup
pid_file={dir}/nrpe.pid
"""
SNMPD = """\
agentAddress udp:127.0.0.1:161
rocommunity public 127.0.0.1
"""
RESULT, FIRST_LINE = 4, 1  # columns of nsExtendOutput1Table and nsExtendOutputTable
SSHD = """\
ListenAddress 127.0.0.1
HostKey {dir}/host
AuthorizedKeysFile {dir}/user.pub
PidFile {dir}/sshd.pid
PermitRootLogin yes
StrictModes no
UsePAM no
"""


def run(place):
    """A list with the text of each failure, "" for what passed."""
    loopback_up()
    there = Transports(place + "/transports")
    try:
        return [failure(case, there) for case in (
            nrpe_first_line, nrpe_without_total, nrpe_all_that_fits, snmp, snmp_by_check_snmp, by_ssh)]
    finally:
        there.servers.stop()


class Transports:
    """The servers, and programs that run a plugin: few and many gateways, each with other options. `words`: name of the program
    -> the plugin's command line."""

    def __init__(self, directory):
        self.servers = Processes(directory)
        self.dir = directory
        os.makedirs(directory)
        self.words = {}
        for size, count in (("few", FEW), ("many", MANY)):
            for name, options in (("", []), ("_total", ["--perfdata", "total"]),
                                  ("_file", ["--perfdata", "total", "--output", f"{directory}/{size}.txt"])):
                self._program(size + name, count, options)
        self._nrpe()
        self._snmpd()
        self._sshd()

    def _program(self, name, count, options):
        hosts = [word for i in range(count) for word in ("-H", f"127.7.{i // 250 + 1}.{i % 250 + 1}")]
        self.words[name] = [BUILD + "/check_smtp_tls", "--allow-loopback", "-p", "9", *options, *hosts]
        write(f"{self.dir}/{name}", f"#!/bin/sh\nexec {' '.join(self.words[name])}\n")
        os.chmod(f"{self.dir}/{name}", 0o755)

    def _nrpe(self):
        write(self.dir + "/nrpe.cfg", NRPE.format(dir=self.dir) + "".join(
            f"command[{name}]={self.dir}/{name}\n" for name in self.words))
        self.servers.run(["nrpe", "-c", self.dir + "/nrpe.cfg", "-f"], self.servers.make("nrpe"), ("127.0.0.1", 5666))

    def _snmpd(self):
        write(self.dir + "/snmpd.conf", SNMPD + "".join(
            f"extend -cacheTime 600 {name} {self.dir}/{name}\n" for name in self.words if name.endswith("_file")))
        directory = self.servers.make("snmpd")
        self.servers.run(["snmpd", "-f", "-Lo", "-C", "-c", self.dir + "/snmpd.conf", "-p", directory + "/pid"], directory,
                         env=os.environ | {"SNMP_PERSISTENT_DIR": directory})
        wait_for("snmpd answers", lambda: self.snmp_get(".1.3.6.1.2.1.1.3.0", 1))

    def _sshd(self):
        directory = self.servers.make("sshd")
        # sshd wants a directory there; in our mount namespace only.
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        os.mkdir("/run/sshd")
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{directory}/{key}"], check=True, timeout=30)
        with open(directory + "/host.pub") as f:
            write(directory + "/known_hosts", "127.0.0.1 " + f.read())
        write(directory + "/sshd_config", SSHD.format(dir=directory))
        self.servers.run(["/usr/sbin/sshd", "-D", "-e", "-f", directory + "/sshd_config"], directory, ("127.0.0.1", 22))
        self.ssh_options = ["-i", directory + "/user", "-o", f"UserKnownHostsFile={directory}/known_hosts"]

    def plugin(self, name):
        """(exit status, output) of the plugin alone."""
        return answer(self.words[name])

    def nrpe(self, name, protocol):
        """The same by NRPE."""
        return answer([PLUGINS + "/check_nrpe", "-H", "127.0.0.1", "-t", "60", *protocol.split(), "-c", name])

    def snmp_get(self, oid, seconds=60):
        """The value of an OID; "" where there is no answer."""
        return answer(["snmpget", "-v2c", "-c", "public", "-t", str(seconds), "-r", "0", "-Oqv", "127.0.0.1", oid])[1].strip().strip('"')


def answer(words):
    """(exit status, output) of a program, with 0 for its times."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          timeout=90, check=False)
    return done.returncode, re.sub(r"=[0-9.]+s", "=0s", done.stdout)


def extended(column, name):
    """The OID of what snmpd's extend NAME has in a column."""
    return f".1.3.6.1.4.1.8072.1.3.2.3.1.{column}.{len(name)}." + ".".join(str(byte) for byte in name.encode())


def first_line(output):
    return output.split("\n", 1)[0]


def nrpe_first_line(there):
    """--perfdata total: the whole first line, and the state, over each protocol."""
    for name in ("few_total", "many_total"):
        status, output = there.plugin(name)
        for protocol, limit in NRPE_LIMITS.items():
            seen = there.nrpe(name, protocol)
            expect(f"{name} {protocol}", (seen[0], first_line(seen[1])), (status, first_line(output)))
            if len(seen[1].encode()) > limit:
                raise AssertionError(f"{name} {protocol}: {len(seen[1])} bytes")


def nrpe_without_total(there):
    """Each gateway's perfdata does not fit into 1 kB; the line as far as the | arrives all the same."""
    status, output = there.plugin("many")
    seen = there.nrpe("many", "-2")
    expect("many", (seen[0], seen[1].split(" | ")[0]), (status, output.split(" | ")[0]))
    if first_line(seen[1]) == first_line(output):
        raise AssertionError("the perfdata of many gateways fits into 1 kB, so that this says nothing")


def nrpe_all_that_fits(there):
    """The whole output, where it is short enough."""
    expect("few", there.nrpe("few", ""), there.plugin("few"))


def snmp(there):
    """--output leaves the first line alone for snmpd, which ends a plugin that says more than it keeps."""
    for name in ("few_file", "many_file"):
        status, output = there.plugin(name)
        seen = there.snmp_get(extended(RESULT, name)), there.snmp_get(extended(FIRST_LINE, name))
        expect(name, (seen[0], seen[1]), (str(status), first_line(output)))


def snmp_by_check_snmp(there):
    """CRITICAL by the result, with the first line."""
    oids = ",".join(extended(column, "many_file") for column in (RESULT, FIRST_LINE))
    status, output = answer([PLUGINS + "/check_snmp", "-H", "127.0.0.1", "-P", "2c", "-C", "public", "-t", "60", "-o", oids,
                             "-w", "0,", "-c", "0:1,"])
    text = there.plugin("many_file")[1].split(" | ")[0]
    expect("check_snmp", (status, text in output), (2, True))


def by_ssh(there):
    """Everything."""
    command = [PLUGINS + "/check_by_ssh", "-H", "127.0.0.1", "-l", "root", "-t", "60", *there.ssh_options, "-C"]
    for name in ("few", "many"):
        expect(name, answer([*command, f"{there.dir}/{name}"]), there.plugin(name))
