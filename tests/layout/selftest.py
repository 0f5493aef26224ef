# SPDX-License-Identifier: BSD-2-Clause
"""Plants one violation of each kind in a copy of the tree and expects main.py to name it: selftest.py [BUILD [CC]]"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

# Text that is appended to a file of the copy (made where it is not there), and what main.py has to say then.
PLANTED = [
    ("lib/stray.c", "int stray;\n", "folder: lib/stray.c is not in a folder"),
    ("lib/attic/attic.c", "int attic;\n", "folder: docs/architecture.md has no row for lib/attic"),
    ("lib/dns/unnamed.c", "int unnamed;\n", "module: docs/architecture.md: the row of dns does not name its module unnamed"),
    ("lib/base/error.c", '#include "error.h"\n', 'include: lib/base/error.c:LAST: "error.h" is included without its folder'),
    ("lib/dns/dns.c", '#include "tls/cert.h"\n', 'include: lib/dns/dns.c:LAST: dns may not include "tls/cert.h"'),
    ("lib/tls/cert.c", '#include "smtp/conn.h"\n',  # smtp includes tls: a circle
     'include: lib/tls/cert.c:LAST: tls may not include "smtp/conn.h"'),
    ("lib/base/limiter.c", "#  include <openssl/ssl.h>\n",
     "foreign: lib/base/limiter.c:LAST: the row of base does not have openssl, to which <openssl/ssl.h> belongs"),
    ("lib/smtp/smtp.c", "#include <gnutls/gnutls.h>\n",
     "foreign: lib/smtp/smtp.c:LAST: <gnutls/gnutls.h> is neither the system's nor of a library that "
     "tests/layout/table.py knows"),
    ("lib/dns/dns_batch.h", "void batch_planted(void);\n",
     "name: lib/dns/dns_batch.h:LAST: batch_planted does not begin with dns_batch_"),
    ("lib/smtp/conn.c", "#define PLANTED(NAME) static int NAME(int a)\n",
     "macro: lib/smtp/conn.c:LAST: PLANTED makes names of functions"),
    ("lib/smtp/smtp_reply.c", "#define PASTED(NAME) smtp_##NAME(1)\n",
     "macro: lib/smtp/smtp_reply.c:LAST: PASTED makes names of functions"),
    ("lib/tls/dane.c", "static int planted(void)\n{\n" + "    ;\n" * 60 + "}\n",
     "function: lib/tls/dane.c:FIRST: planted has 63 lines; at most 60 are allowed"),
    ("tests/unit/test_stray.c", "int a;\n",
     "unit: tests/unit/test_stray.c is neither a folder of lib/ nor what runs the tests"),
    ("tests/unit/attic/test_attic.c", "int a;\n",
     "unit: tests/unit/attic is neither a folder of lib/ nor what runs the tests"),
    ("tests/unit/base/long.c", "/**/\n" * 501, "file: tests/unit/base/long.c has 501 lines; at most 500 are allowed"),
    ("lib/tls/unlicensed.c", "int a;\n",
     'licence: lib/tls/unlicensed.c: its first lines do not have "SPDX-License-Identifier: BSD-2-Clause"'),
    ("tests/unlicensed", "#!/bin/sh\n",
     'licence: tests/unlicensed: its first lines do not have "SPDX-License-Identifier: BSD-2-Clause"'),
    ("lib/base/address.c", "int f(int a, int b)\n{\n    return a ? 1 : (b ? 2 : 3);\n}\n",
     "nested: lib/base/address.c:FIRST+2: a ?: within a ?:"),
    ("lib/base/address.c", "int g(int a)\n{\n    return h(a ? 1 : h(a ? 2 : 3));\n}\n",
     "nested: lib/base/address.c:FIRST+2: a ?: within a ?:"),
    ("lib/base/deadline.c", "void f(int a, int *b, int *c)\n{\n    *(a ? b : c) = 1;\n}\n",
     "lvalue: lib/base/deadline.c:FIRST+2: a ?: is assigned to"),
    ("lib/base/deadline.c", "void g(int a)\n{\n    if (a)\n        a ? h(1) : h(2);\n}\n",
     "statement: lib/base/deadline.c:FIRST+3: a ?: is a statement"),
    ("lib/base/deadline.c", "void h(int a)\n{\n    switch (a) {\n    case 1:\n        a ? h(1) : h(2);\n    }\n}\n",
     "statement: lib/base/deadline.c:FIRST+4: a ?: is a statement"),
    ("lib/base/error.c", "int f(int a)\n{\n    return a ? queue_add(a) : 0;\n}\n",
     "effect: lib/base/error.c:FIRST+2: a ?: has an effect"),
    ("lib/base/error.c", "int g(int a)\n{\n    int b = a ? a++ : 0;\n}\n",
     "effect: lib/base/error.c:FIRST+2: a ?: has an effect"),
    ("lib/base/error.c", "int h(int a)\n{\n    return k(a ? 1 : 2, a ? 3 : 4);\n}\n",
     "two: lib/base/error.c:FIRST+2: two ?: in one statement"),
    ("tests/layout/exceptions", "nested lib/nowhere.c\n",
     'tests/layout/exceptions: "nested lib/nowhere.c" is not needed any more'),
]

# A function that is added to an archive of the copy's build, and what main.py has to say then.
LINKED = [
    ("libdns.a", "void cert_planted(void); void f(void) { cert_planted(); }", "planted.o"),
    ("libtls.a", "void cert_planted(void) { }", "defines.o"),
    ("libweb.a", "int http_fetch_planted(void) { return 1; }", "defines.o"),
    ("libmta.a", "int postfix_planted(void) { return 1; }", "defines.o"),
    ("libjudge.a", "int judge_planted(void) { return 1; }", "defines.o"),
    ("libreport.a", "int judge_planted(void); int f(void) { return judge_planted(); }", "planted.o"),
    ("libbase.a", "#include <stdio.h>\nvoid f(void) { printf(\"%d\", 1); }", "planted.o"),
    ("libprobe.a", "#include <sys/socket.h>\nint f(void) { return socket(1, 1, 0); }", "planted.o"),
]
PROGRAMS = {"check_smtp_tls": "http_fetch_planted", "check_mx_cert": "postfix_planted",
            "check_partner_policy": "http_fetch_planted", "check_mail_log": "cert_planted"}
SYMBOLS = [
    "symbol: libdns.a(planted.o) uses cert_planted of tls, which its row in docs/architecture.md does not name",
    "report: libreport.a(planted.o) uses judge_planted of judge, where only finding_* and verdict_* are for reports",
    "call: libbase.a(planted.o) uses printf",
    "call: libprobe.a(planted.o) uses socket",
    "plugin: check_smtp_tls has 1 symbols of web, which its row in docs/architecture.md excludes; "
    "the first is http_fetch_planted",
    "plugin: check_mx_cert has 1 symbols of mta, which its row in docs/architecture.md excludes; "
    "the first is postfix_planted",
    "plugin: check_partner_policy has 1 symbols of web, which its row in docs/architecture.md excludes; "
    "the first is http_fetch_planted",
    "plugin: check_mail_log has 1 symbols of tls, which its row in docs/architecture.md excludes; "
    "the first is cert_planted",
    "judge: lib/judge/judge.c depends on lib/base/planted_curl.h, which includes libcurl's",
]

# What becomes of the table itself: (pattern, replacement), and the message.
TABLES = [
    (r"\| base \|(.*?)\| \| \|", r"| base |\1| dns | |",
     "table: docs/architecture.md: the row of base names dns, which is not a row above it"),
    (r"\| curl openssl \|", "| curl gnutls |",
     "table: docs/architecture.md: gnutls is not a library that tests/layout/table.py knows"),
    (r"`dns_batch`", "`dns_batch`, `dns_gone`",
     "module: docs/architecture.md: the row of dns names dns_gone, which is no file there"),
    (r"(?m)^\| dns \|", "| hen | `hen` | base egg | |\n| egg | `egg` | base hen | |\n| dns |",
     "table: docs/architecture.md: the row of hen names egg, which is not a row above it"),
    (r"\| egg \|", "| egg |", "unit: tests/unit/egg has no tests"),
]

# Two folders that include each other, as the rows of TABLES allow: the table is what has to fail.
CIRCLE = {"lib/hen/hen.c": '#include "egg/egg.h"\n', "lib/egg/egg.c": '#include "hen/hen.h"\n'}


def copy_of(tree, build, to):
    """The part of the tree that the planted violations need, with its build, as to."""
    for name in ("lib", "plugins", "docs", "tests/layout", "tests/unit"):
        shutil.copytree(os.path.join(tree, name), os.path.join(to, name))
    os.makedirs(os.path.join(to, "build"))
    for name in os.listdir(build):
        if re.fullmatch(r"lib\w+\.a|check_\w+", name):
            shutil.copy(os.path.join(build, name), os.path.join(to, "build", name))
    shutil.copytree(os.path.join(build, "lib/judge"), os.path.join(to, "build/lib/judge"))
    # What is excepted would hide what is planted.
    with open(os.path.join(to, "tests/layout/exceptions"), "w", encoding="utf-8"):
        pass


def says(root):
    out = subprocess.run([sys.executable, "-B", "tests/layout/main.py", ".", "build"], cwd=root,
                         capture_output=True, text=True)
    if out.stderr or out.returncode not in (0, 1):
        sys.exit(f"main.py: exit status {out.returncode}\n{out.stderr}")
    return set(out.stdout.splitlines())


def plant_files(root):
    """Appends what PLANTED has; the messages, with FIRST and LAST as numbers of lines."""
    due = []
    for path, text, message in PLANTED:
        path = os.path.join(root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a+", encoding="utf-8") as file:
            file.seek(0)
            first = file.read().count("\n") + 1
            file.write(text)
        due.append(re.sub(r"FIRST(?:\+(\d))?|LAST", lambda match: str(first + int(match.group(1) or 0)), message))
    return due


def plant_symbols(root, compiler):
    for archive, text, name in LINKED:
        source = os.path.join(root, "build", "planted.c")
        made = os.path.join(root, "build", name)
        with open(source, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        subprocess.run([compiler, "-w", "-c", source, "-o", made], check=True)
        subprocess.run(["ar", "rcs", os.path.join(root, "build", archive), made], check=True)
    for plugin, symbol in PROGRAMS.items():
        source = os.path.join(root, "build", "planted.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write(f"int {symbol}(void) {{ return 1; }}\nint main(void) {{ return {symbol}(); }}\n")
        subprocess.run([compiler, "-w", source, "-o", os.path.join(root, "build", plugin)], check=True)
    with open(os.path.join(root, "lib/base/planted_curl.h"), "w", encoding="utf-8") as file:
        file.write("#include <curl/curl.h>\n")
    with open(os.path.join(root, "build/lib/judge/judge.d"), "a", encoding="utf-8") as file:
        file.write("x: \\\n lib/base/planted_curl.h\n")


def plant_tables(root):
    path = os.path.join(root, "docs/architecture.md")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for pattern, replacement, _ in TABLES:
        text, count = re.subn(pattern, replacement, text, count=1)
        if count != 1:
            sys.exit(f"selftest.py: docs/architecture.md does not have {pattern}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    for name, included in CIRCLE.items():
        os.makedirs(os.path.dirname(os.path.join(root, name)))
        with open(os.path.join(root, name), "w", encoding="utf-8") as file:
            file.write("/* SPDX-License-Identifier: BSD-2-Clause */\n" + included)
    return [message for _, _, message in TABLES]


def main():
    build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
    compiler = sys.argv[2] if len(sys.argv) > 2 else "cc"
    passed = failed = 0
    with tempfile.TemporaryDirectory() as work:
        copy_of(".", build, os.path.join(work, "plain"))
        shutil.copytree(os.path.join(work, "plain"), os.path.join(work, "code"))
        shutil.copytree(os.path.join(work, "plain"), os.path.join(work, "table"))
        due = plant_files(os.path.join(work, "code"))
        plant_symbols(os.path.join(work, "code"), compiler)
        before = says(os.path.join(work, "plain"))
        cases = [(due + SYMBOLS, says(os.path.join(work, "code")))]
        cases.append((plant_tables(os.path.join(work, "table")), says(os.path.join(work, "table"))))
        for messages, said in cases:
            for message in messages:
                if message in said and message not in before:
                    passed += 1
                else:
                    failed += 1
                    print(f"planted, but not found: {message}")
    print(f"planted violations: {passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


main()
