# SPDX-License-Identifier: BSD-2-Clause
"""The files of the tree, and what has to be said about them."""
import os
import re

SKIPPED = {"build", ".git", "__pycache__"}
CODE = ("lib", "plugins")


class Findings:
    """What is wrong: (rule, key, text). The key is what tests/layout/exceptions names."""

    def __init__(self):
        self.items = []

    def add(self, rule, key, text):
        self.items.append((rule, key, text))


def files(root, folders=None, ends=()):
    """Paths below root, relative to it, sorted; those in folders only, with one of the ends."""
    found = []
    for top in folders or ["."]:
        for where, dirs, names in os.walk(os.path.join(root, top)):
            dirs[:] = sorted(name for name in dirs if name not in SKIPPED)
            found += [os.path.relpath(os.path.join(where, name), root) for name in names]
    return sorted(path for path in found if not ends or path.endswith(ends))


def read(root, path):
    """A file's text; bytes that are not UTF-8 are replaced."""
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def plain(text):
    """C text with its comments, and what is in its strings and character constants, as blanks.
    Lines stay where they are."""
    def blank(match):
        piece = match.group(0)
        if piece[0] in "\"'":
            return piece[0] + " " * (len(piece) - 2) + piece[0]
        return re.sub(r"[^\n]", " ", piece)
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)
