# SPDX-License-Identifier: BSD-2-Clause
"""What the linker sees: archives and plugins against the table of folders."""
import os
import subprocess

from table import DOCUMENT

DEFINED = "BCDGRSTVW"

# What lib/ does not call: it never prints, exits or reads the environment; and what ignores deadlines.
# Each with the objects that may: there is one place for sockets in a folder.
FORBIDDEN = {name: () for name in """printf vprintf puts putchar perror exit _exit abort getenv setenv
    putenv getaddrinfo gethostbyname alarm sleep usleep nanosleep setjmp longjmp select system popen
    __printf_chk __vprintf_chk stdout stderr stdin""".split()}
FORBIDDEN.update({"socket": ("smtp/conn.o", "base/source_address.o", "dns/dns.o"),
                  "connect": ("smtp/conn.o", "dns/dns.o")})


def nm(path):
    """(object, symbol, letter) for each global symbol of an archive or a program."""
    out = subprocess.run(["nm", "-A", "-g", path], check=True, capture_output=True, text=True).stdout
    found = []
    for line in out.splitlines():
        where, _, rest = line.rpartition(":")
        words = rest.split()
        if len(words) >= 2:
            found.append((where.rpartition(":")[2], words[-1].partition("@")[0], words[-2]))
    return found


def read_archives(build, rows, findings):
    """For each folder {symbol: object} that it defines, and {(object, symbol)} that it uses."""
    defined, used = {}, {}
    for folder in rows:
        path = os.path.join(build, f"lib{folder}.a")
        if not os.path.exists(path):
            findings.add("symbol", folder, f"{path} is missing; run make")
            continue
        symbols = nm(path)
        defined[folder] = {name: where for where, name, letter in symbols if letter in DEFINED}
        used[folder] = {(where, name) for where, name, letter in symbols if letter == "U"}
    return defined, used


def check_folders(rows, defined, used, findings):
    for folder, uses in used.items():
        for other in defined:
            if other == folder or other in rows[folder].allowed:
                continue
            for where, name in sorted(uses):
                if name in defined[other]:
                    findings.add("symbol", f"{folder} -> {other}", f"lib{folder}.a({where}) uses {name} "
                                 f"of {other}, which its row in {DOCUMENT} does not name")


def check_report(defined, used, findings):
    """Reports read the verdict and its findings; they ask nothing else of the judge."""
    for where, name in sorted(used.get("report", ())):
        if name in defined.get("judge", ()) and not name.startswith(("finding_", "verdict_")):
            findings.add("report", name, f"libreport.a({where}) uses {name} of judge, where only "
                         "finding_* and verdict_* are for reports")


def check_calls(used, findings):
    for folder, uses in used.items():
        for where, name in sorted(uses):
            if name in FORBIDDEN and f"{folder}/{where}" not in FORBIDDEN[name]:
                findings.add("call", f"{folder}/{where}", f"lib{folder}.a({where}) uses {name}")


def check_plugins(build, plugins, defined, findings):
    if not plugins:
        findings.add("plugin", "none", f"{DOCUMENT} has no table of plugins")
    for plugin, without in plugins.items():
        path = os.path.join(build, plugin)
        if not os.path.exists(path):
            findings.add("plugin", plugin, f"{path} is missing; run make")
            continue
        has = {name for _, name, letter in nm(path) if letter in DEFINED}
        for folder in without:
            common = sorted(has & set(defined.get(folder, ())))
            if common:
                findings.add("plugin", f"{plugin} has {folder}", f"{plugin} has {len(common)} symbols of "
                             f"{folder}, which its row in {DOCUMENT} excludes; the first is {common[0]}")


def check(build, rows, plugins, findings):
    defined, used = read_archives(build, rows, findings)
    check_folders(rows, defined, used, findings)
    check_report(defined, used, findings)
    check_calls(used, findings)
    check_plugins(build, plugins, defined, findings)
    return defined
