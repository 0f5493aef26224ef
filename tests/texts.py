#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks what a person reads: words, README's size, columns, anchors. texts.py BUILD

Prints what is wrong; nothing where all is well. tests/texts.exceptions lists, as "PATH: WORDS", what is wrong for now;
an exception that nothing needs is wrong, too."""
import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
PLUGINS = ("check_smtp_tls", "check_mx_cert", "check_partner_policy", "check_mail_log")
README_MAX = 8192  # bytes: a front page
HELP_COLUMNS = 80
PAGE_COLUMNS = 80  # of a rendered manual page
MARKDOWN_COLUMNS = 100  # of prose

# What we do not write, and what we write instead.
GLOSSARY = [
    (r"in clear\b", "in plaintext"),
    (r"\bends? (soon|in \d|in [%{]|next)|\bcertificate ends\b|first to end\b|soonest to end", "expires"),
    (r"\bbehind (the|a) (220|value|first line|reply|handshake|greeting|EHLO|wait)\b|\bthose behind\b", "after"),
    (r"\bahead of\b", "before"),
    (r"\bat once\b", "immediately, or concurrently"),
    (r"\bstands? (in(?! for)|there|beside|below|above|behind|first|here)\b", "is in, contains"),
    (r"\bheld against\b|\bholds? [\w' ]{1,40} against\b", "compared with, checked against"),
    (r"\b[Ll]ikewise\b", "say it again"),
    (r"\bdemand(s|ed)?\b", "requires"),
    (r"(?<!at\x20)\bleast (TLS|version|allowed)\b", "minimum"),
    (r"\bdearest\b", "most expensive"),
    (r"\ball that\b", "everything that"),
    (r"leaves? the form\b|have left it\b", "differs from the form"),
    (r"came to a greeting\b", "sent an SMTP greeting"),
    (r"\bfor want of\b|\bfor lack of\b", "because ... is missing"),
    (r"\blest\b", "so that ... not"),
    (r"\bbe it\b", "also if it is"),
    (r"is one target too many", "more than N targets"),
    (r"leave each other nothing", "cannot be combined"),
    (r"without a word", "without an error message"),
    (r"nobody's time", "not counted"),
    (r"nothing is printed but", "only the error is printed"),
    (r"no MX host any more", "no longer an MX host"),
    (r"nothing to look at", "nothing to check"),
    (r"is not known(?=; (expected|seen))", "could not be determined"),
    (r"looks? at neither\b", "skip ... and ..."),
]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def files():
    """What a person reads, by path. What is made from something else is read at its source too: that does no harm."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                            stdout=subprocess.PIPE, text=True).stdout.splitlines()
    kinds = re.compile(r".*\.md$|Makefile$|(docs|examples|icinga-templates|packaging|lib|plugins|tests)/.*")
    return [path for path in listed if kinds.match(path) and not path.endswith((".svg", ".png", "tests/texts.py", "tests/planted.py"))
            and not path.startswith("tests/fuzz/corpus")
            and not os.path.islink(os.path.join(ROOT, path)) and os.path.exists(os.path.join(ROOT, path))]


def wrong_words(name, text):
    """Found across the ends of lines too."""
    for pattern, instead in GLOSSARY:
        for found in re.finditer(pattern.replace(" ", r"\s+"), text):
            words = " ".join(found[0].split())
            yield f'{name}:{text.count(chr(10), 0, found.start()) + 1}: "{words}": {instead}'


def strings(text):
    """A C file with nothing left but its strings, at their lines; those that are broken are joined."""
    text = re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment[0].count("\n"), text, flags=re.S)
    tokens = re.split(r'("(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*)', text)
    for at in range(0, len(tokens), 2):
        tokens[at] = "\n" * tokens[at].count("\n")
    for at in range(1, len(tokens), 2):
        tokens[at] = re.sub(r'"(\s*)"', lambda gap: "\n" * gap[1].count("\n"), tokens[at])
    return "".join(tokens)


def anchors(text):
    """As GitHub makes them from headings."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def wrong_links(path, text):
    for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", text):
        other = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
        if not os.path.exists(os.path.join(ROOT, other)):
            yield f"{path}: no file {other}"
        elif anchor not in anchors(read(other)):
            yield f"{path}: {other} has no heading #{anchor}"


def wrong_columns(path, text):
    """Prose alone: neither tables nor code nor what cannot be broken."""
    text = re.sub(r"^```.*?^```", lambda block: "\n" * block[0].count("\n"), text, flags=re.M | re.S)
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > MARKDOWN_COLUMNS and not line.startswith(("|", "    ")) and " " in line.strip():
            yield f"{path}:{number}: {len(line)} columns"


def wrong_help(build, plugin):
    run = subprocess.run([os.path.join(build, plugin), "--help"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         text=True, timeout=30, check=False)
    yield from wrong_words(plugin + " --help", run.stdout)
    for number, line in enumerate(run.stdout.splitlines(), 1):
        if len(line) > HELP_COLUMNS:
            yield f"{plugin} --help:{number}: {len(line)} columns"


def wrong_page(path):
    """Lines that are too wide when a terminal shows them."""
    page = subprocess.run(["mandoc", "-T", "utf8", "-O", f"width={PAGE_COLUMNS}", path], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, timeout=30, check=True).stdout
    for line in re.sub(".\\x08", "", page).splitlines():
        if len(line) > PAGE_COLUMNS:
            yield f"{path}: {len(line)} columns: {line.strip()}"


def wrong_readme():
    text = read("README.md")
    if len(text.encode()) > README_MAX:
        yield f"README.md: {len(text.encode())} bytes, {README_MAX} at most"
    if not any(os.path.exists(os.path.join(ROOT, picture)) for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", text)):
        yield "README.md: no picture"


def weighed(wrong, exceptions):
    """What no exception covers, and the exceptions that cover nothing."""
    needed = set()
    rest = []
    for line in wrong:
        path, _, words = line.partition(":")
        covers = [e for e in exceptions if e.partition(": ")[0] == path and e.partition(": ")[2] in words]
        needed.update(covers)
        rest += [] if covers else [line]
    return rest + [f"tests/texts.exceptions: not needed: {e}" for e in exceptions if e not in needed]


def main(argv):
    wrong = list(wrong_readme())
    for path in files():
        text = read(path)
        found = list(wrong_words(path, text))
        if path.endswith((".c", ".h")):
            found += [line for line in wrong_words(path, strings(text)) if line not in found]
        wrong += found
        if path.endswith(".md"):
            wrong += wrong_links(path, text)
            wrong += wrong_columns(path, text) if not path.startswith(".git") else []  # forms of web pages
        if re.fullmatch(r"docs/.*\.[1-8]", path):
            wrong += wrong_page(path)
    for plugin in PLUGINS:
        wrong += wrong_help(argv[1], plugin)
    wrong = weighed(wrong, read("tests/texts.exceptions").splitlines())
    print("".join(line + "\n" for line in wrong), end="")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
