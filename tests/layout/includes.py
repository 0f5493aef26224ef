# SPDX-License-Identifier: BSD-2-Clause
"""Files and includes against the table of folders."""
import os
import re

import tree
from table import DOCUMENT, LIBRARIES

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(?:"([^"]+)"|<([^>]+)>)', re.M)

# Headers of C, POSIX and Linux. Whatever else is in angle brackets belongs to a library.
SYSTEM = set("""arpa/inet.h assert.h ctype.h dirent.h dlfcn.h endian.h errno.h fcntl.h fnmatch.h getopt.h grp.h
    inttypes.h limits.h locale.h math.h net/if.h netdb.h netinet/in.h netinet/tcp.h poll.h pthread.h
    pwd.h regex.h sched.h search.h semaphore.h signal.h spawn.h stdarg.h stdatomic.h stdbool.h
    stddef.h stdint.h stdio.h stdlib.h string.h strings.h sysexits.h time.h unistd.h wchar.h""".split())
SYSTEM_FOLDERS = ("sys/", "linux/")

RUNNER = ("main.c", "unit.c", "unit.h")  # in tests/unit


def library_of(header):
    """The library that a header in angle brackets belongs to; None for the system's; "?"."""
    if header in SYSTEM or header.startswith(SYSTEM_FOLDERS):
        return None
    for name, begin in LIBRARIES.items():
        if header.startswith(begin):
            return name
    return "?"


def includes_of(root, path):
    """(line, header between quotes or None, header in angle brackets or None) of each include."""
    text = tree.read(root, path)
    return [(text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2))
            for match in INCLUDE.finditer(text)]


def check_quoted(path, line, header, row, findings):
    other = header.partition("/")[0]
    if "/" not in header:
        findings.add("include", path, f"{path}:{line}: \"{header}\" is included without its folder")
    elif row and other != row.folder and other not in row.allowed:
        findings.add("include", f"{row.folder} -> {other}",
                     f"{path}:{line}: {row.folder} may not include \"{header}\"")


def check_foreign(path, line, header, row, findings):
    library = library_of(header)
    module = os.path.basename(path)[:-2]
    if library is None or (library != "?" and not row):
        return
    if library == "?":
        findings.add("foreign", header, f"{path}:{line}: <{header}> is neither the system's nor of "
                     "a library that tests/layout/table.py knows")
    elif library not in row.foreign:
        findings.add("foreign", path, f"{path}:{line}: the row of {row.folder} does not have "
                     f"{library}, to which <{header}> belongs")
    elif row.foreign[library] and module not in row.foreign[library]:
        findings.add("foreign", path, f"{path}:{line}: only {', '.join(row.foreign[library])} may "
                     f"include <{header}>")


def check_includes(root, rows, findings):
    for path in tree.files(root, tree.CODE, (".c", ".h", ".def")):
        row = rows.get(path.split("/")[1]) if path.startswith("lib/") else None
        for line, quoted, foreign in includes_of(root, path):
            if quoted:
                check_quoted(path, line, quoted, row, findings)
            else:
                check_foreign(path, line, foreign, row, findings)


def check_modules(root, rows, findings):
    """lib/ holds folders only, each with a row, and the row names each module that is there."""
    for name in sorted(os.listdir(os.path.join(root, "lib"))):
        if not os.path.isdir(os.path.join(root, "lib", name)):
            findings.add("folder", name, f"lib/{name} is not in a folder")
        elif name not in rows:
            findings.add("folder", name, f"{DOCUMENT} has no row for lib/{name}")
    for row in rows.values():
        there = {os.path.splitext(os.path.basename(path))[0]
                 for path in tree.files(root, [f"lib/{row.folder}"])}
        for name in sorted(there - set(row.modules)):
            findings.add("module", f"{row.folder}/{name}",
                         f"{DOCUMENT}: the row of {row.folder} does not name its module {name}")
        for name in sorted(set(row.modules) - there):
            findings.add("module", f"{row.folder}/{name}",
                         f"{DOCUMENT}: the row of {row.folder} names {name}, which is no file there")


def check_units(root, rows, findings):
    """tests/unit has the folders of lib/, and beside them what runs the tests."""
    here = os.path.join(root, "tests/unit")
    for name in sorted(os.listdir(here)):
        if name not in RUNNER and not (name in rows and os.path.isdir(os.path.join(here, name))):
            findings.add("unit", name, f"tests/unit/{name} is neither a folder of lib/ nor what runs the tests")
    for name in rows:
        folder = os.path.join(here, name)
        there = os.listdir(folder) if os.path.isdir(folder) else []
        if not any(file.startswith("test_") for file in there):
            findings.add("unit", name, f"tests/unit/{name} has no tests")


def check_judge(root, build, findings):
    """No judge sees libcurl, not by a header of a header either: its dependency file knows."""
    for path in tree.files(root, ["lib/judge"], (".c",)):
        depends = os.path.join(build, path[:-2] + ".d")
        if not os.path.exists(depends):
            findings.add("judge", path, f"{path}: {depends} is missing; run make")
            continue
        with open(depends, encoding="utf-8") as file:
            headers = set(re.findall(r"[^ \\\n:]+\.h", file.read()))
        for header in sorted(headers):
            if "curl/" in header or (not os.path.isabs(header) and reaches_curl(root, header)):
                findings.add("judge", path, f"{path} depends on {header}, which includes libcurl's")


def reaches_curl(root, header):
    if not os.path.exists(os.path.join(root, header)):
        return False
    return any(foreign and library_of(foreign) == "curl"
               for _, _, foreign in includes_of(root, header))
