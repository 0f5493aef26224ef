# SPDX-License-Identifier: BSD-2-Clause
"""Counts the instructions of one check and of the floor, and of a line of mail log: they do not depend on the machine's
mood.

    cost.py BUILD           as a check: exit status 1 where a bar is missed
    cost.py BUILD BEFORE    beside the build of an earlier commit, too: one check, and start-up alone
"""

import collections
import os
import re
import subprocess
import sys
import tempfile

from common import Lab, Trust, floor
from mail_log import instructions

RATIO_BAR = 1.3
OWN_BAR = 5.0
BEFORE_BAR = 1.02
PROFILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../profiles/mozilla-intermediate.ini")
# What somebody may ask for besides, which costs further connections. What the profile finds is not the question here.
MORE = {"--tls-profile mozilla-intermediate": ("--tls-profile", PROFILE, "--on", "tls-profile-violation=ok"),
        "--hello openssl": ("--hello", "openssl")}
LINE_BAR = 790      # instructions for a line of mail log
NOT_OURS = re.compile(r"lib(crypto|ssl|c)\.so|ld-linux|vgpreload")


def read_profile(path):
    """Callgrind's own costs by (object, function)."""
    names = {"ob": {}, "fn": {}}
    costs = collections.Counter()
    at = {"ob": "", "fn": ""}
    of_call = False
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            name = re.match(r"(c?)(ob|fn)=(?:\((\d+)\))? ?(.*)", line)
            if name:
                called, kind, number, text = name.groups()
                if text:
                    names[kind][number] = text
                if not called:
                    at[kind] = names[kind].get(number, text)
            elif line.startswith("calls="):
                of_call = True
            elif line[0].isdigit() or line[0] in "+-*":
                if not of_call:
                    costs[os.path.basename(at["ob"]), at["fn"]] += int(line.split()[-1])
                of_call = False
    return costs


def profile(command, env):
    with tempfile.NamedTemporaryFile(prefix="bench-callgrind.") as out:
        done = subprocess.run(["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out.name}",
                               *command], env=env, stdout=subprocess.DEVNULL, check=False)
        if done.returncode != (3 if "--version" in command else 0):
            raise RuntimeError(f"{command}: exit status {done.returncode}")
        return read_profile(out.name)


def least(command, env):
    """Random keys and timing move the count by a percent: the least of three."""
    return min((profile(command, env) for _ in range(3)), key=lambda c: sum(c.values()))


class Cost:
    def __init__(self, build, lab, trust):
        of_floor = least(floor(build, lab), trust.env)
        self.of = least(lab.plugin(build, "-a", "user@example.test"), trust.env)
        self.total = sum(self.of.values())
        self.ratio = self.total / sum(of_floor.values())
        self.own = [(n, where) for where, n in self.of.most_common()
                    if not NOT_OURS.search(where[0])]
        self.own_percent = self.percent(sum(n for n, _ in self.own))
        self.more = {name: sum(least(lab.plugin(build, "-a", "user@example.test", *words), trust.env).values()) / self.total
                     for name, words in MORE.items()}
        self.objects = collections.Counter()
        for (of_object, _), n in self.of.items():
            self.objects[of_object] += n

    def percent(self, n):
        return 100 * n / self.total

    def show(self):
        print(f"{self.total / 1e6:.1f} million instructions, {self.ratio:.3f} of the floor's "
              f"(bar {RATIO_BAR})")
        for name, n in self.objects.most_common():
            if self.percent(n) >= 0.01:
                print(f"  {self.percent(n):5.2f} %  {name}")
        print(f"not OpenSSL, ld.so or libc: {self.own_percent:.2f} % (bar {OWN_BAR:.0f})")
        for n, (name, function) in self.own[:12]:
            print(f"  {self.percent(n):5.2f} %  {name}  {function}")
        for name, ratio in self.more.items():
            print(f"with {name}: {ratio:.2f} of that")


def compare(build, before, lab, trust):
    """How many ratios to the earlier build miss their bar."""
    bad = 0
    for name, words in (("one check", ("-a", "user@example.test")), ("start-up", ("--version",))):
        now, then = (sum(least(lab.plugin(b, *words), trust.env).values()) for b in (build, before))
        print(f"{name}: {now / 1e6:.2f} million instructions, {now / then:.3f} of before (bar {BEFORE_BAR})")
        bad += now / then > BEFORE_BAR
    return bad


def main():
    build, before = sys.argv[1], sys.argv[2:]
    with Lab(build, "one") as lab, Trust(lab) as trust:
        cost = Cost(build, lab, trust)
        cost.show()
        bad = (cost.ratio > RATIO_BAR) + (cost.own_percent > OWN_BAR)
        bad += sum(compare(build, path, lab, trust) for path in before)
    line = instructions(build, profile)
    print(f"{line:.0f} instructions for a line of mail log (bar {LINE_BAR})")
    bad += line > LINE_BAR
    print(f"{3 + 2 * len(before) - bad} passed, {bad} failed")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
