# SPDX-License-Identifier: BSD-2-Clause
"""Our own Postfix when it cannot be asked: as root and as an ordinary user, with real programs and tables."""
import fnmatch
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from process import write

UNKNOWN = 3
TOGETHER = 4  # runs at the same time
DOMAINS = [letter + ".test" for letter in "abcdefghijklmnopqrst"]
LIMIT = 60  # seconds for a run with -t 45

FORM = """
[partner]
domains = {domains}
gateways = mx.a.test
direction = outbound
[own]
postfix = {dir}
"""

MAIN = """
compatibility_level = 3.6
smtp_tls_CAfile = {ca}
smtp_tls_mandatory_protocols = >=TLSv1.2
smtp_tls_policy_maps = {maps}
"""

MASTER = """
rewrite unix - - n - - trivial-rewrite
smtp    unix - - n - - smtp
relay   unix - - n - - smtp
"""


def answer(connection):
    """A socketmap daemon: b.test is a failure, other names are verified."""
    with connection, connection.makefile("rwb") as stream:
        while True:
            length = b""
            while not length.endswith(b":"):
                byte = stream.read(1)
                if not byte:
                    return
                length += byte
            key = stream.read(int(length[:-1]) + 1)[:-1].split()[1].decode()
            said = b"TEMP out of order" if key == "b.test" else b"OK verify"
            stream.write(b"%d:%s," % (len(said), said))
            stream.flush()


def daemon(talks):
    """The port of a daemon that answers, or only accepts."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            connection, _ = server.accept()
            if talks:
                threading.Thread(target=answer, args=(connection,), daemon=True).start()
            else:
                held.append(connection)
    held = []
    threading.Thread(target=serve, daemon=True).start()
    return server.getsockname()[1]


def cases(directory):
    """name: (maps, as whom, table and detail that are due; none: all is well)"""
    secret = f"texthash:{directory}/secret"
    down = f"socketmap:unix:{directory}/none:x"
    silent, failing = (f"socketmap:inet:127.0.0.1:{daemon(talks)}:x" for talks in (False, True))
    denied = f'seen "open database {directory}/%s: Permission denied"; %srun the whole plugin by sudo'
    cure = "; correct the table, or start the daemon that it asks"
    group = f"texthash:{directory}/group"
    failed = f'asked for a.test, seen "table %s: query error: %s"' + cure
    return [
        ("a table of root's, as root", secret, "root", None),
        ("a table of root's", secret, "nobody", (secret, denied % ("secret", ""))),
        ("a table of a group's", group, "nobody", (group, denied % ("group", "add the monitoring user to group mail, or "))),
        ("the same by proxymap", "proxy:" + secret, "nobody", ("proxy:" + secret, denied % ("secret", ""))),
        ("a daemon that is down", down, "both", (down, failed % (down, "No such file or directory"))),
        ("a daemon that hangs", silent, "both",
         (silent, "expected an answer within 5 s; look at the daemon that the table asks")),
        ("a key that fails among others", failing, "both", (failing, failed % (failing, "*"))),
        ("a table that prints 100 MB", f"regexp:{directory}/large", "both",
         (f"regexp:{directory}/large", "expected at most 16 MiB and 1,000,000 entries, seen more; correct the table")),
        ("a type that is not there", "nosuch:/x", "both", ("nosuch:/x", 'asked for a.test, seen "unsupported dictionary type: nosuch"' + cure)),
    ]


def ask(program, directory, user):
    command = [program, "-f", directory + "/form.ini", "--own", "-t", "45", "--format", "json"]
    if user == "nobody":
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    started = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)
    return done.returncode, json.loads(done.stdout), time.monotonic() - started


def play(program, ca_file, directory, case, user):
    """None, or how the case fails."""
    name, maps, _, words = case
    write(directory + "/main.cf", MAIN.format(maps=maps, ca=ca_file))
    write(directory + "/master.cf", MASTER)
    write(directory + "/form.ini", FORM.format(dir=directory, domains=" ".join(DOMAINS)))
    try:
        status, answer_, seconds = ask(program, directory, user)
    except (OSError, ValueError, subprocess.SubprocessError) as e:
        return f"own failures, {name}, {user}: {e}"
    said = "\n".join(f"{f['code']}: {f['headline']}; {f['detail']}" for f in answer_["findings"] if f["state"] != "OK")
    due = f"own-policy-unknown: a table of our Postfix gives no answer: {words[0]}; {words[1]}" if words else ""
    if status == (UNKNOWN if words else 0) and fnmatch.fnmatchcase(said, due) and seconds < 45:
        return None
    return f"own failures, {name}, {user}: status {status} after {seconds:.1f} s: {said}\n    due: {due}"


def run(lab, program):
    program = program.replace("check_smtp_tls", "check_partner_policy")
    directory = lab.servers.make("failures")
    os.chmod(directory, 0o755)
    write(directory + "/secret", "".join(f"{domain} verify\n" for domain in DOMAINS))
    os.chmod(directory + "/secret", 0o600)
    shutil.copy(directory + "/secret", directory + "/group")
    shutil.chown(directory + "/group", group="mail")
    os.chmod(directory + "/group", 0o640)
    write(directory + "/large", "/./ verify" + " x" * 2_500_000 + "\n")
    users = {"both": ["root", "nobody"]}
    played = [(case, user) for case in cases(directory) for user in users.get(case[2], [case[2]])]
    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(pool.map(lambda i: play(program, lab.ca_file, f"{directory}/{i}", *played[i]), range(len(played))))
