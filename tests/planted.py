#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Plants changes of a finding's text and expects that the documents are found to be old until they are made anew; and
words that we do not write, and expects that texts.py names each. planted.py BUILD

Prints what is wrong; nothing where all is well."""
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
PARTS = ("docs", "examples", "icinga-templates", "packaging/completion", "plugins", "lib/policy",
         "tests/scenarios/documents")

# In finding.def: what --explain says. In the judge: the first words of the finding, here by a plugin around the plugin.
MEANING = ("The gateway does not offer STARTTLS.", "The gateway offers no STARTTLS.")
HEADLINE = ("STARTTLS not offered", "STARTTLS is missing")
OLD_BY_MEANING = {"docs/findings.md", "docs/check_smtp_tls.8", "docs/check_mx_cert.8", "docs/check_partner_policy.8"}
OLD_BY_HEADLINE = {"README.md", "docs/output-and-perfdata.md", "docs/terminal.svg", "icinga-templates/README.md"}

# Where a person reads: a document, a manual page, a text of C, one that is broken between its words, a comment.
WORDS = [
    ("docs/faq.md", "The certificate ends soon.\n", "expires"),
    ("docs/tls-levels.md", "Mail goes out in\nclear.\n", "in plaintext"),
    ("docs/check_mx_cert.8", "It is sent in clear.\n", "in plaintext"),
    ("docs/source/shared.mdoc", "It demands a certificate.\n", "requires"),
    ("lib/policy/hostname.c", 'const char *a = "compared at once";\n', "immediately, or concurrently"),
    ("plugins/targets.c", 'const char *a = "it is held "\n    "against the form";\n', "compared with, checked against"),
    ("plugins/hints.c", "/* Likewise. */\n", "say it again"),
]

AROUND = """#!/bin/sh
said=$("{plugin}" "$@")
status=$?
printf '%s\\n' "$said" | sed 's/{before}/{after}/'
exit $status
"""


def copy_of_the_tree(to):
    for part in PARTS:
        shutil.copytree(os.path.join(ROOT, part), os.path.join(to, part))
    for name in os.listdir(ROOT):
        if name.endswith(".md"):
            shutil.copy(os.path.join(ROOT, name), to)


def generate(tree, build, *options):
    return subprocess.run([sys.executable, "-B", "docs/source/generate.py", *options, build], cwd=tree,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=120, check=False)


def plant_meaning(tree):
    path = os.path.join(tree, "lib/policy/finding.def")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if MEANING[0] not in text:
        sys.exit(f"planted.py: finding.def does not contain: {MEANING[0]}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(*MEANING))


def plant_headline(build, to):
    """A directory of plugins of which one words the finding in another way."""
    os.mkdir(to)
    for name in os.listdir(build):
        if name == "lab" or name.startswith("check_"):
            os.symlink(os.path.join(build, name), os.path.join(to, name))
    around = os.path.join(to, "check_smtp_tls")
    os.remove(around)
    with open(around, "w", encoding="utf-8") as file:
        file.write(AROUND.format(plugin=os.path.join(build, "check_smtp_tls"), before=HEADLINE[0], after=HEADLINE[1]))
    os.chmod(around, 0o755)


def wrong(tree, build, what, due):
    """The check names the documents that are old, and none once they are made anew."""
    found = generate(tree, build, "--check")
    old = {line[4:].strip() for line in found.stdout.splitlines() if line.startswith("--- ")}
    if found.returncode != 1 or not due <= old:
        yield f"another {what}: status {found.returncode}, and not found to be old: {sorted(due - old)}"
    made = generate(tree, build)
    after = generate(tree, build, "--check")
    if made.returncode or after.returncode:
        yield f"another {what}: the documents are old after they were made anew: {made.stdout}{after.stdout}"


def words(tree, build):
    """What texts.py does not say of the copy in which WORDS are planted."""
    shutil.copytree(os.path.join(ROOT, "tests"), os.path.join(tree, "tests"), dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("corpus", "mutants"))
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    due = []
    for path, text, instead in WORDS:
        with open(os.path.join(tree, path), "a+", encoding="utf-8") as file:
            file.seek(0)
            due.append((f"{path}:{file.read().count(chr(10)) + 1}: ", f": {instead}"))
            file.write(text)
    said = subprocess.run([sys.executable, "-B", "tests/texts.py", build], cwd=tree, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, timeout=120, check=False).stdout.splitlines()
    for begin, end in due:
        if not any(line.startswith(begin) and line.endswith(end) for line in said):
            yield f"planted, but not named: {begin}...{end}"


def main():
    build = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        tree, other = os.path.join(work, "tree"), os.path.join(work, "build")
        copy_of_the_tree(tree)
        plant_meaning(tree)
        for line in wrong(tree, build, "meaning in finding.def", OLD_BY_MEANING):
            print(line)
        plant_headline(build, other)
        for line in wrong(tree, other, "headline of a plugin", OLD_BY_HEADLINE):
            print(line)
        for line in words(tree, build):
            print(line)


if __name__ == "__main__":
    main()
