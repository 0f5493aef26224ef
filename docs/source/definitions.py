# SPDX-License-Identifier: BSD-2-Clause
"""Reads the .def files, as far as they are written: calls of a macro whose arguments are words and C strings."""
import re

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\'.\'|/\*.*?\*/|[(){},]|[^"\'(){},/]+|/', re.S)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def calls(path, macro):
    """The arguments of each call of the macro, as they are written."""
    text = read(path)
    for start in re.finditer(rf"^{macro}\(", text, re.M):
        yield arguments(text, start.end())


def arguments(text, at):
    """Those of the call whose parenthesis is before `at`."""
    found, depth = [""], 0
    for token in TOKEN.finditer(text, at):
        depth += (token[0] in "({") - (token[0] in ")}")
        if depth < 0:
            return [argument.strip() for argument in found]
        if token[0] == "," and depth == 0:
            found.append("")
        elif not token[0].startswith("/*"):
            found[-1] += token[0]
    raise ValueError(f"no end of {text[at:at + 40]!r}")


def string(literals):
    """A C string out of its literals; NULL is ""."""
    text = "".join(literal[1:-1] for literal in re.findall(r'"(?:[^"\\]|\\.)*"', literals))
    return re.sub(r"\\(.)", lambda escaped: "\n" if escaped[1] == "n" else escaped[1], text)
