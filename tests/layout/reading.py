# SPDX-License-Identifier: BSD-2-Clause
"""Names, lengths, macros and licence lines: what a reader relies on, read by universal-ctags."""
import json
import os
import re
import subprocess

import tree

FUNCTION_LINES = 60
FILE_LINES = 500
LICENCE = "SPDX-License-Identifier: BSD-2-Clause"
SOURCES = (".c", ".h", ".def", ".py", ".sh", ".yml")


def tags(root, paths, kinds):
    """What ctags finds in C files, as a list of dictionaries."""
    command = ["ctags", "--languages=C", "--langmap=C:.c.h", f"--kinds-C={kinds}", "--fields=+neS",
               "-I", "STACK_OF+,_Atomic+,END_TEST", "-D", "START_TEST(name)=static void name(void)",
               "--output-format=json", "-f", "-", *paths]
    out = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root).stdout
    return [json.loads(line) for line in out.splitlines()]


def check_names(root, findings):
    """A header's functions begin with the module's name."""
    for tag in tags(root, tree.files(root, tree.CODE, (".h",)), "p"):
        module = os.path.basename(tag["path"])[:-2]
        name = tag["name"]
        if name != module and not name.startswith(module + "_"):
            findings.add("name", tag["path"], f"{tag['path']}:{tag['line']}: {name} does not begin "
                         f"with {module}_")


def check_functions(root, findings):
    paths = tree.files(root, ["lib", "plugins", "tests"], (".c",))
    for tag in tags(root, paths, "f"):
        lines = tag.get("end", tag["line"]) - tag["line"] + 1
        if lines > FUNCTION_LINES:
            findings.add("function", f"{tag['path']}:{tag['name']}", f"{tag['path']}:{tag['line']}: "
                         f"{tag['name']} has {lines} lines; at most {FUNCTION_LINES} are allowed")


def check_files(root, findings):
    """Not of .def: a table of texts, an entry after another, grows with what it describes."""
    for path in tree.files(root, ["lib", "plugins", "tests", "packaging"], (".c", ".h", ".py", ".sh")):
        text = tree.read(root, path)
        lines = text.count("\n")
        if lines > FILE_LINES:
            findings.add("file", path, f"{path} has {lines} lines; at most {FILE_LINES} are allowed")


def check_macros(root, findings):
    """No macro makes a function whose name it is given or puts together: ctags, an editor and grep
    do not find such a function."""
    macro = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)\(([^)]*)\)((?:[^\n]*\\\n)*[^\n]*)", re.M)
    for path in tree.files(root, tree.CODE, (".c", ".h", ".def")):
        text = tree.plain(tree.read(root, path))
        for match in macro.finditer(text):
            name, parameters, body = match.groups()
            makes = [word for word in re.findall(r"\w+", parameters)
                     if re.search(rf"[\w*][ \t*]+{word}[ \t\\\n]*\([^)]*\w[ \t*]+\w+[,)]", body)]
            if makes or re.search(r"##[ \t]*\w*[ \t]*\(", body):
                line = text.count("\n", 0, match.start()) + 1
                findings.add("macro", path, f"{path}:{line}: {name} makes names of functions")


def is_source(root, path):
    if path.endswith(SOURCES) or os.path.basename(path) == "Makefile":
        return True
    if "." in os.path.basename(path) and not path.startswith((".ci/", ".github/")):
        return False
    return tree.read(root, path).startswith("#!")


def check_licences(root, findings):
    """Every source, script and Makefile says its licence in its first lines."""
    for path in tree.files(root):
        if is_source(root, path):
            head = "\n".join(tree.read(root, path).split("\n", 5)[:5])
            if LICENCE not in head:
                findings.add("licence", path, f"{path}: its first lines do not have \"{LICENCE}\"")


def check(root, findings):
    check_names(root, findings)
    check_functions(root, findings)
    check_files(root, findings)
    check_macros(root, findings)
    check_licences(root, findings)
