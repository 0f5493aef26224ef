"""Starts the lab, plays the cases, asks other tools the same, ends the lab. Argument: the build directory."""
import os
import shutil
import signal
import subprocess
import sys
import time

import cases
import differential
import partners
from lab import Lab

LIMIT = 300  # seconds for everything
PLACE = "/var/lib/postfix"  # where Postfix's own user gets at, wherever the sources stand; hidden in our namespace only


def main(build):
    started = time.monotonic()
    signal.signal(signal.SIGALRM, over)
    signal.alarm(LIMIT)
    shutil.rmtree(build + "/real", ignore_errors=True)
    os.makedirs(build + "/real")
    program = os.path.abspath(build + "/check_smtp_tls")
    subprocess.run(["mount", "--bind", build + "/real", PLACE], check=True)
    lab = Lab(PLACE)
    try:
        lab.start()
        use_resolver(lab)
        results = cases.run(lab, program) + differential.run(lab, program) + partners.run(lab, program)
    except (OSError, RuntimeError, subprocess.SubprocessError) as e:
        results = [f"lab: {e} {getattr(e, 'stderr', '') or ''}"]
    finally:
        lab.servers.stop()
    failed = [text for text in results if text]
    for text in failed:
        print("FAIL " + text)
    print(f"real servers: {time.monotonic() - started:.0f} s")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not results else 0


def over(_signal, _frame):
    print(f"not done in {LIMIT} s\n0 passed, 1 failed", flush=True)
    os._exit(1)  # ends the namespace and with it all servers


def use_resolver(lab):
    """resolv.conf, for a plugin that is given no resolver and for other tools, which take none."""
    path = lab.dir + "/resolv.conf"
    with open(path, "w") as f:
        f.write("nameserver 127.53.0.1\noptions edns0 trust-ad\n")
    subprocess.run(["mount", "--bind", path, os.path.realpath("/etc/resolv.conf")], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
