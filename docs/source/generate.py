#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the parts of docs/ that are made from one source: `make docs`.

    generate.py BUILD            writes them, with the plugins and the laboratory in the directory BUILD
    generate.py --check BUILD    prints how the files differ from what would be written; status 1 if one differs

lib/policy/finding.def -> findings.md and findings.html, the section FINDINGS of the man pages, the codes in the schemas.
plugins/*.def           -> OPTIONS of the man pages, packaging/completion.
docs/source/shared.mdoc -> what the man pages share.
docs/source/*.json     -> *.schema.json: what all plugins share, and what each has of its own.
tests/scenarios/documents -> samples of output, and terminal.svg.
Any file                -> a copy of it in a block "file"."""
import difflib
import functools
import glob
import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass

import definitions
import options
import page
import samples
from definitions import read

SOURCE = os.path.dirname(os.path.abspath(__file__))
DOCS = os.path.dirname(SOURCE)
DEFINITIONS = os.path.join(DOCS, "..", "lib", "policy", "finding.def")
PLUGINS = {"check_smtp_tls": "SMTP_TLS", "check_mx_cert": "MX_CERT", "check_partner_policy": "PARTNER_POLICY",
           "check_mail_log": "MAIL_LOG"}
PROBING = [plugin for plugin in PLUGINS if plugin != "check_mail_log"]
PICTURE = os.path.join(DOCS, "terminal.svg")
COMPLETION = os.path.join(DOCS, "..", "packaging", "completion")
WIDTH = 100  # columns of Markdown and JSON
SECTIONS = ("TLS LEVELS", "FILES")  # of the manual pages, which texts may point to
MILDER = {"ALWAYS": "", "TLS": "OK at the TLS level `may`.",
          "CERT": "OK at the TLS levels `may`, `encrypt` and `fingerprint`."}


# --- findings ---

@dataclass
class Finding:
    code: str
    state: str
    group: str
    plugins: list
    note: str  # on the state, "" for none
    when: str
    meaning: str
    cure: list  # of steps


def read_findings():
    findings = []
    for _, code, state, _, group, plugins, note, *texts in definitions.calls(DEFINITIONS, "FINDING"):
        names = [p for p, word in PLUGINS.items() if word in re.split(r"[ |]+", plugins)]
        names = PROBING if plugins == "ALL" else names
        when, meaning, cure = map(definitions.string, texts)
        findings.append(Finding(definitions.string(code), state, group, names, definitions.string(note), when, meaning,
                                cure.split("\n")))
    return findings


# --- findings.md ---

def wrapped(text, first=""):
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first),
                         break_on_hyphens=False, break_long_words=False)


def markdown(findings):
    lines = [wrapped(f"[{f.code}](#{f.code}) {f.state}: {f.when}" + (f" ({f.note})" if f.note else ""), "- ")
             for f in findings]
    for f in findings:
        state = f"**{f.state}**" + (f" ({f.note})." if f.note else ".")
        plugins = "All plugins that probe." if f.plugins == PROBING else " and ".join(f.plugins) + "."
        lines += ["", f"## {f.code}", "", wrapped(" ".join(filter(None, (state, MILDER[f.group], plugins)))), "",
                  wrapped(f.meaning), "", "What to do:", ""]
        lines += [wrapped(step, "- ") for step in f.cure]
    return "\n".join(lines) + "\n"


# --- man pages ---

def mdoc_macro(text, after):
    """`text` as it is typed, and the punctuation behind it."""
    words = [("\\&" if re.match(r"[A-Z][a-z]$|\W$", word) else "") + word.replace("\\", "\\e")
             for word in text.split(" ")]  # neither a macro's name nor punctuation
    option = re.fullmatch(r"-(-?[a-zA-Z?][a-z-]*)(?:=([a-z-]+))?", text)
    page = re.fullmatch(r"([\w-]+)\((\d)\)", text)
    if option:
        line = ".Fl " + option[1] + (f" Ns = Ns Cm {option[2]}" if option[2] else "")
    elif page:
        line = f".Xr {page[1]} {page[2]}"
    elif re.fullmatch(r"[A-Z]{2,}( [A-Z]+)*", text) and text in SECTIONS:
        line = ".Sx " + text
    else:
        line = ".Ql " + " ".join(words)
    return line + "".join(" " + mark for mark in after)


def mdoc_text(text):
    """A paragraph, one sentence a line, with `...` as macros."""
    lines = []
    for part in re.split(r"(?<=[.?:]) (?=[A-Z])", text):
        pieces = re.split(r"`([^`]*)`([.,:;)]*)", part)
        lines += mdoc_words(pieces[0])
        for typed, after, rest in zip(pieces[1::3], pieces[2::3], pieces[3::3]):
            lines += [mdoc_macro(typed, after), *mdoc_words(rest)]
    return lines


def mdoc_lines(text):
    """A page whose lines of text have at most 80 bytes, as mandoc wants them; what is literal stays."""
    lines, literal = [], False
    for line in text.split("\n"):
        if line.startswith((".Bd -literal", ".Ed")):
            literal = line.startswith(".Bd")
        lines += [line] if literal or not line or line[0] in ".'" else mdoc_words(line)
    return "\n".join(lines)


def mdoc_words(text):
    return textwrap.wrap(text.strip(), 80, break_on_hyphens=False)


def mdoc_findings(findings, plugin):
    lines = [".Bl -tag -width Ds"]
    for f in findings:
        if plugin in f.plugins:
            lines += [f".It {f.code} ({f.state})", *mdoc_text(f.meaning)]
    return "\n".join(lines + [".El", ""])


def shared_part(name, page):
    """A part of source/shared.mdoc, as it is on the page."""
    text = read(os.path.join(SOURCE, "shared.mdoc"))
    found = re.search(rf'^\.\\" part {re.escape(name)}\n(.*?)\n*(?=^\.\\" part |\Z)', text, re.M | re.S)
    if not found:
        raise ValueError(f"source/shared.mdoc: no part {name}")
    lines = []
    for line in found[1].split("\n"):
        mark = re.match(r"@(!?)(\w+) (.*)", line)
        if not mark:
            lines.append(line)
        elif (mark[2] == page) != bool(mark[1]):
            lines.append(mark[3])
    return "\n".join(lines) + "\n"


# --- schemas ---

def merged(shared, own):
    """`own` laid over `shared`: objects are merged, a list of required names is added to, anything else is replaced."""
    result = dict(shared)
    for key, value in own.items():
        if isinstance(value, dict) and isinstance(shared.get(key), dict):
            result[key] = merged(shared[key], value)
        elif key == "required" and key in shared:
            result[key] = shared[key] + value
        else:
            result[key] = value
    return result


def layout(value, indent=0, start=0):
    """JSON text whose first line begins in column `start`: whatever fits on a line is on one."""
    line = json.dumps(value, ensure_ascii=False)
    if start + len(line) < WIDTH or not isinstance(value, (dict, list)):
        return line
    pad, close = " " * (indent + 2), "\n" + " " * indent
    if isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return "[\n" + filled([json.dumps(item) for item in value], pad) + close + "]"
        return "[\n" + ",\n".join(pad + layout(item, indent + 2, indent + 2) for item in value) + close + "]"
    heads = [f"{pad}{json.dumps(key)}: " for key in value]
    parts = [head + layout(item, indent + 2, len(head)) for head, item in zip(heads, value.values())]
    return "{\n" + ",\n".join(parts) + close + "}"


def filled(words, pad):
    lines, line = [], pad
    for at, word in enumerate(words):
        word += "," if at + 1 < len(words) else ""
        if len(line) + len(word) + 1 > WIDTH:
            lines.append(line.rstrip())
            line = pad
        line += word + " "
    return "\n".join(lines + [line.rstrip()])


def schema(findings, plugin):
    names = ["shared"] * (plugin in PROBING) + [plugin]
    parts = [json.loads(read(os.path.join(SOURCE, f"{name}.json"))) for name in names]
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:mailtls-plugins:{plugin}:1",
             "title": f"{plugin} --format json",
             "description": f"The result of one run of {plugin}. Times are in seconds.", **functools.reduce(merged, parts)}
    whole["$defs"]["finding"]["properties"]["code"] = {"enum": [f.code for f in findings if plugin in f.plugins]}
    failure = json.loads(read(os.path.join(SOURCE, "failure.json")))
    failure["properties"]["service"] = whole["properties"]["service"]
    report = {key: whole.pop(key) for key in ("type", "additionalProperties", "required", "properties")}
    definitions = whole.pop("$defs")
    whole["anyOf"] = [{"$ref": "#/$defs/report"}, {"$ref": "#/$defs/failure"}]
    whole["$defs"] = {"report": report, "failure": failure, **definitions}
    return layout(whole) + "\n"


# --- blocks: the part of a file between "begin KIND ARGUMENT" and "end KIND" ---

BLOCK = re.compile(r'^(<!-- |\.\\" )begin (\w+)(?: (.+?))?( -->|)\n((?:.*\n)*?)\1end \2\4\n', re.M)


class Maker:
    """Makes the text of each kind of block."""

    def __init__(self, build):
        self.findings = read_findings()
        self.samples = samples.Samples(build)

    def block(self, path, kind, argument, old):
        """What is to be in a block of the file, in which `old` is now."""
        man = not path.endswith(".md")
        if kind == "findings":
            plugin = os.path.basename(path).removesuffix(".8")
            return mdoc_findings(self.findings, plugin) if man else markdown(self.findings)
        if kind == "options":
            return options.mdoc(os.path.basename(path).removesuffix(".8"), mdoc_text)
        if kind == "shared":
            return shared_part(argument, os.path.basename(path).rsplit(".", 1)[0])
        if kind == "file":
            text = read(os.path.join(DOCS, "..", argument))
            return f".Bd -literal\n{text}.Ed\n" if man else f"```ini\n{text}```\n"
        if kind == "sample":
            return self._kept(old, f"```\n{self.samples.text(argument)}```\n")
        if kind == "message":
            return f"```\n{self.samples.message(argument)}```\n"
        raise ValueError(f"{path}: no block of the kind {kind}")

    def picture(self, path, name):
        return self._kept(read(path) if os.path.exists(path) else "", samples.picture(self.samples.text(name)))

    def _kept(self, old, new):
        """The old sample, unless more than its times has changed."""
        return old if samples.masked(old) == samples.masked(new) else new

    def file(self, path):
        text = BLOCK.sub(lambda found: self._block(path, found), read(path))
        return text if path.endswith(".md") else mdoc_lines(text)

    def _block(self, path, found):
        text = self.block(path, found[2], found[3], found[5])
        start = found[0][:found.start(5) - found.start()]
        return start + text + found[0][found.end(5) - found.start():]


def made(build):
    """What is to be in each file: path -> text."""
    maker = Maker(build)
    files = {}
    for path in sorted(glob.glob(os.path.join(DOCS, "*.[58]")) + glob.glob(os.path.join(DOCS, "*.md")) +
                       glob.glob(os.path.join(DOCS, "..", "*.md")) +
                       [os.path.join(DOCS, "..", "icinga-templates", "README.md")]):
        files[path] = maker.file(path)
    for plugin in PLUGINS:
        files[os.path.join(DOCS, plugin + ".schema.json")] = schema(maker.findings, plugin)
    files[os.path.join(COMPLETION, "mailtls-plugins.bash")] = options.bash(PLUGINS)
    files[os.path.join(COMPLETION, "_mailtls-plugins")] = options.zsh(PLUGINS)
    files[os.path.join(DOCS, "findings.html")] = page.page(files[os.path.join(DOCS, "findings.md")])
    files[PICTURE] = maker.picture(PICTURE, "failing/As a table")
    return files


def check(files):
    """Prints the differences; whether there are none."""
    same = True
    for path, text in files.items():
        name = os.path.relpath(path)
        old = read(path) if os.path.exists(path) else ""
        lines = list(difflib.unified_diff(old.splitlines(True), text.splitlines(True), name, "made anew"))
        sys.stdout.writelines(lines)
        same = same and not lines
    return same


def main(argv):
    checks = argv[1:2] == ["--check"]
    if len(argv) != 2 + checks:
        sys.exit(f"usage: {argv[0]} [--check] BUILD")
    try:
        files = made(os.path.abspath(argv[-1]))
        if checks:
            return 0 if check(files) else 1
        for path, text in files.items():
            if not os.path.exists(path) or read(path) != text:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as e:
        sys.exit(f"{argv[0]}: {type(e).__name__}: {e}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
