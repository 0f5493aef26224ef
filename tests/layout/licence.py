# SPDX-License-Identifier: BSD-2-Clause
"""Writes the licence's line into each source, script and Makefile that does not have it, but for those that
tests/layout/exceptions names: licence.py [ROOT]"""
import fnmatch
import os
import sys

import reading
import tree


def with_line(path, text):
    if path.endswith((".c", ".h", ".def")):
        return f"/* {reading.LICENCE} */\n{text}"
    if text.startswith("#!"):
        first, _, rest = text.partition("\n")
        return f"{first}\n# {reading.LICENCE}\n{rest}"
    return f"# {reading.LICENCE}\n{text}"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    findings = tree.Findings()
    reading.check_licences(root, findings)
    excepted = [line.split(" ", 1)[1].strip() for line in tree.read(root, "tests/layout/exceptions").splitlines()
                if line.startswith("licence ")]
    for _, path, _ in findings.items:
        if not any(fnmatch.fnmatch(path, pattern) for pattern in excepted):
            text = tree.read(root, path)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(with_line(path, text))
            print(path)


main()
