# SPDX-License-Identifier: BSD-2-Clause
"""One run of tests inside the namespaces that isolated.sh makes: a place for files, a limit of time, the tally."""
import os
import shutil
import signal
import subprocess
import time

PLACE = "/var/lib/postfix"  # where Postfix's own user gets at, wherever the sources stand; hidden in our namespace only


def run(name, build, limit, play):
    """play(PLACE) returns a list with the text of each failure, "" for what passed. BUILD/NAME is PLACE, emptied
    first; after `limit` seconds all is ended. Returns the exit status."""
    started = time.monotonic()
    signal.signal(signal.SIGALRM, lambda *_: over(limit))
    signal.alarm(limit)
    shutil.rmtree(f"{build}/{name}", ignore_errors=True)
    os.makedirs(f"{build}/{name}")
    subprocess.run(["mount", "--bind", f"{build}/{name}", PLACE], check=True)
    try:
        results = play(PLACE)
    except (OSError, RuntimeError, subprocess.SubprocessError) as e:
        results = [f"lab: {e} {getattr(e, 'stderr', '') or ''}"]
    failed = [text for text in results if text]
    for text in failed:
        print("FAIL " + text)
    print(f"{name}: {time.monotonic() - started:.0f} s")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not results else 0


def over(limit):
    print(f"not done in {limit} s\n0 passed, 1 failed", flush=True)
    os._exit(1)  # ends the namespace and with it all servers


def use_resolver(directory, address):
    """resolv.conf, for a plugin that is given no resolver and for other tools, which take none."""
    path = directory + "/resolv.conf"
    with open(path, "w") as f:
        f.write(f"nameserver {address}\noptions edns0 trust-ad\n")
    subprocess.run(["mount", "--bind", path, os.path.realpath("/etc/resolv.conf")], check=True)
