# SPDX-License-Identifier: BSD-2-Clause
"""Our own Postfix when it cannot be asked: as root and as an ordinary user, with real programs and tables."""
import json
import os
import socket
import subprocess
import threading
import time

from process import write

UNKNOWN = 3
LIMIT = 30  # seconds for a run with -t 20

FORM = """
[partner]
domains = a.test b.test c.test
gateways = mx.a.test mx.b.test mx.c.test
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
    """A socketmap daemon: c.test is a failure, other names are verified, and x.test is never answered."""
    with connection, connection.makefile("rwb") as stream:
        while True:
            length = b""
            while not length.endswith(b":"):
                byte = stream.read(1)
                if not byte:
                    return
                length += byte
            key = stream.read(int(length[:-1]) + 1)[:-1].split()[1].decode()
            if os.path.basename(key) in ("mute", "x.test"):
                time.sleep(LIMIT)
                return
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
    """name: (maps, as an ordinary user too or alone, words that are due; none: all is well)"""
    secret = f"texthash:{directory}/secret"
    return [
        ("a table of root's, as root", secret, "root", None),
        ("a table of root's", secret, "nobody", "Permission denied"),
        ("the same by proxymap", "proxy:" + secret, "nobody", "Permission denied"),
        ("a daemon that is down", f"socketmap:unix:{directory}/none:x", "both", "No such file or directory"),
        ("a daemon that hangs", f"socketmap:inet:127.0.0.1:{daemon(False)}:x", "both", "within 5 s"),
        ("a key that fails among others", f"socketmap:inet:127.0.0.1:{daemon(True)}:x", "both", "gives no answer"),
        ("a table that prints 100 MB", f"texthash:{directory}/large", "both", "at most 16 MiB"),
        ("a type that is not there", "nosuch:/x", "both", "gives no answer"),
    ]


def ask(program, directory, user):
    command = [program, "-f", directory + "/form.ini", "--own", "-t", "20", "--format", "json"]
    if user == "nobody":
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    started = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)
    return done.returncode, json.loads(done.stdout), time.monotonic() - started


def play(program, directory, ca_file, case, user):
    """None, or how the case fails."""
    name, maps, _, words = case
    write(directory + "/main.cf", MAIN.format(maps=maps, ca=ca_file))
    try:
        status, answer_, seconds = ask(program, directory, user)
    except (OSError, ValueError, subprocess.SubprocessError) as e:
        return f"own failures, {name}, {user}: {e}"
    found = [f for f in answer_["findings"] if f["state"] != "OK"]
    said = " ".join(f["headline"] + " " + f["detail"] for f in found)
    well = status == 0 and not found if words is None else \
        status == UNKNOWN and words in said and {f["code"] for f in found} == {"own-policy-unknown"}
    if well and seconds < 20:
        return None
    return f"own failures, {name}, {user}: status {status} after {seconds:.1f} s: {said}, due {words}"


def run(lab, program):
    program = program.replace("check_smtp_tls", "check_partner_policy")
    directory = lab.servers.make("failures")
    os.chmod(directory, 0o755)
    write(directory + "/master.cf", MASTER)
    write(directory + "/secret", "".join(f"{d}.test verify\n" for d in "abc"))
    os.chmod(directory + "/secret", 0o600)
    write(directory + "/large", "a.test verify" + " x" * 50_000_000 + "\nb.test verify\nc.test verify\n")
    write(directory + "/form.ini", FORM.format(dir=directory))
    users = {"both": ["root", "nobody"]}
    return [play(program, directory, lab.ca_file, case, user) for case in cases(directory)
            for user in users.get(case[2], [case[2]])]
