# SPDX-License-Identifier: BSD-2-Clause
"""The tables of docs/architecture.md: the folders of lib/, and what a plugin does not have."""
import re

DOCUMENT = "docs/architecture.md"

# A library's name in the table, and how its headers begin.
LIBRARIES = {"ldns": "ldns/", "openssl": "openssl/", "libidn2": "idn2.h",
             "curl": "curl/", "jansson": "jansson.h", "libsystemd": "systemd/",
             "zlib": "zlib.h", "lzma": "lzma.h", "zstd": "zstd.h"}


class Row:
    """One folder: its modules, the folders that it may include, its foreign libraries and, for
    those that not all of its modules may use, the modules that may."""

    def __init__(self, folder, modules, allowed, foreign):
        self.folder = folder
        self.modules = modules
        self.allowed = allowed
        self.foreign = foreign


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def rows_below(text, heading):
    """The rows of the table whose first cell is heading, as lists of cells."""
    rows = []
    on = False
    for line in text.splitlines():
        if not line.startswith("|"):
            on = False
        elif cells(line)[0] == heading:
            on = True
        elif on and not re.fullmatch(r"[|: -]+", line):
            rows.append(cells(line))
    return rows


def modules_of(cell):
    """`error`, `text` (what it is), ... to the names between backticks."""
    return re.findall(r"`([a-z0-9_.]+)`", cell)


def foreign_of(cell):
    """"curl, libsystemd (maillog alone)" to {"curl": None, "libsystemd": ["maillog"]}."""
    found = {}
    for name, only in re.findall(r"([a-z0-9]+)(?: \(([a-z_, ]+) alone\))?", cell):
        found[name] = re.split(r", *", only) if only else None
    return found


def read_rows(text):
    """The folders by name, in the table's order."""
    rows = {}
    for folder, modules, allowed, foreign in rows_below(text, "lib/"):
        rows[folder] = Row(folder, modules_of(modules), allowed.split(), foreign_of(foreign))
    return rows


def check(rows, findings):
    """A row names only rows above it, and libraries that are known here."""
    if not rows:
        findings.add("table", "none", f"{DOCUMENT} has no table of folders")
    above = []
    for row in rows.values():
        for name in row.allowed:
            if name not in above:
                findings.add("table", f"{row.folder} -> {name}", f"{DOCUMENT}: the row of {row.folder} "
                             f"names {name}, which is not a row above it")
        for name in row.foreign:
            if name not in LIBRARIES:
                findings.add("table", name, f"{DOCUMENT}: {name} is not a library that "
                             "tests/layout/table.py knows")
        above.append(row.folder)


def plugins(text):
    """Each plugin's name, and the folders that it has nothing of."""
    return {name.strip("`"): without.split() for name, without in rows_below(text, "plugin")}
