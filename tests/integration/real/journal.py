# SPDX-License-Identifier: BSD-2-Clause
"""A journal of systemd, written by systemd-journal-remote from a log file."""
import datetime
import os
import re
import subprocess

from exim import libraries

LINE = re.compile(r"(\w{3} [ \d]\d \d\d:\d\d:\d\d) \S+ ([^\s\[]+)\[(\d+)\]: (.*)")
BOOT = "0123456789abcdef0123456789abcdef"


def entries(log):
    """The lines of a log of this year in the journal's export format, each a microsecond after the one before."""
    year = datetime.datetime.now().year
    with open(log, errors="replace") as lines:
        for i, line in enumerate(lines):
            when, tag, pid, text = LINE.fullmatch(line.rstrip("\n")).groups()
            seconds = int(datetime.datetime.strptime(f"{year} {when}", "%Y %b %d %H:%M:%S").timestamp())
            fields = {"__REALTIME_TIMESTAMP": seconds * 1000000 + i % 1000000, "__MONOTONIC_TIMESTAMP": i + 1, "_BOOT_ID": BOOT,
                      "SYSLOG_IDENTIFIER": tag, "SYSLOG_PID": pid, "MESSAGE": text}
            yield "".join(f"{name}={value}\n" for name, value in fields.items()) + "\n"


def write_journal(unpacked, log, path):
    """Writes the journal file of a log; systemd-journal-remote is below `unpacked`."""
    os.makedirs(os.path.dirname(path))
    unpacked = os.path.abspath(unpacked)
    program = unpacked + "/lib/systemd/systemd-journal-remote"
    shared = ":".join(f"{directory}/systemd" for directory in libraries(unpacked).split(":"))
    subprocess.run([program, "--output", path, "-"], input="".join(entries(log)), text=True, check=True, capture_output=True,
                   timeout=60, env={**os.environ, "LD_LIBRARY_PATH": f"{libraries(unpacked)}:{shared}"})
