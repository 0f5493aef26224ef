# SPDX-License-Identifier: BSD-2-Clause
"""Compares the tree with docs/architecture.md and CONTRIBUTING.md: main.py [ROOT [BUILD]]

Prints what is wrong. tests/layout/exceptions names, as "RULE KEY", what may be wrong for now; a key may have
the wildcards of a shell. An exception that is not needed any more is wrong too."""
import fnmatch
import os
import sys

import includes
import reading
import symbols
import table
import ternary
import tree

EXCEPTIONS = "tests/layout/exceptions"


def read_exceptions(root):
    found = []
    for line in tree.read(root, EXCEPTIONS).splitlines():
        if line.strip() and not line.startswith("#"):
            rule, _, key = line.strip().partition(" ")
            found.append((rule, key.strip()))
    return found


def check(root, build):
    """Texts of what is wrong."""
    findings = tree.Findings()
    text = tree.read(root, table.DOCUMENT)
    rows = table.read_rows(text)
    table.check(rows, findings)
    includes.check_modules(root, rows, findings)
    includes.check_units(root, rows, findings)
    includes.check_includes(root, rows, findings)
    includes.check_judge(root, build, findings)
    symbols.check(build, rows, table.plugins(text), findings)
    ternary.check(root, findings)
    reading.check(root, findings)
    return weigh(findings.items, read_exceptions(root))


def weigh(items, exceptions):
    """Texts of what no exception covers, and of the exceptions that cover nothing."""
    wrong = []
    needed = set()
    for rule, key, text in items:
        cover = {(of, pattern) for of, pattern in exceptions if of == rule and fnmatch.fnmatch(key, pattern)}
        needed |= cover
        if not cover:
            wrong.append(f"{rule}: {text}")
    return wrong + [f"{EXCEPTIONS}: \"{rule} {key}\" is not needed any more"
                    for rule, key in exceptions if (rule, key) not in needed]


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    build = sys.argv[2] if len(sys.argv) > 2 else os.path.join(root, "build")
    wrong = check(root, build)
    for text in wrong:
        print(text)
    sys.exit(1 if wrong else 0)


main()
