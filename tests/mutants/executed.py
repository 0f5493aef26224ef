# SPDX-License-Identifier: BSD-2-Clause
"""Finds out which tests execute which lines of lib/, with a build for gcov, and writes that down:

    executed.py BUILD FILE

A test that does not execute a line cannot notice a change of that line, so mutants.py leaves that test out. What a test
executes is not certain if the test failed, left no counts, or sends a signal, after which a plugin writes none. Such a
test counts as one that executes what any test of its folder executes."""
import glob
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from worker import command_of

JOBS = 10  # most of the time, tests wait
LIMIT = 900  # seconds
ENDS = (";", "{", "}", ":")  # of a line after which another statement begins


def all_tests():
    with open("tests/unit/unit.h", encoding="utf-8") as file:
        units = dict.fromkeys(re.findall(r"^    DO\((\w+)\)", file.read(), re.MULTILINE))
    files = sorted(file for file in glob.glob("tests/scenarios/**/*.scenario", recursive=True)
                   if "/lab-selftest/" not in file)  # these run nothing of lib/
    return ["fault"] + files + [f"unit:{name}" for name in units]


def sends_signal(test):
    if not test.endswith(".scenario"):
        return False
    with open(test, encoding="utf-8") as file:
        return re.search(r"^signal", file.read(), re.MULTILINE) is not None


class Counts:
    """A directory for the counts of one test at a time, with what gcov needs beside them."""

    def __init__(self, build, root):
        self.root = root
        self.lib = root + os.path.abspath(f"{build}/lib")
        shutil.copytree(f"{build}/lib", self.lib, ignore=shutil.ignore_patterns("*.o", "*.d", "*.gcda"))

    def take(self):
        """What gcov says of each file of lib/; nothing where a process was killed while it wrote. Removes the counts."""
        files = glob.glob(f"{self.lib}/**/*.gcda", recursive=True)
        if not files:
            return []
        gcov = subprocess.run(["gcov", "-t", "-j", *files], capture_output=True, text=True, check=False)
        for name in files:
            os.unlink(name)
        if gcov.returncode:
            return []
        return [file for line in gcov.stdout.splitlines() for file in json.loads(line)["files"]
                if re.fullmatch(r"lib/.*\.c", file["file"])]


def run(build, test, counts):
    """(seconds, whether it passed)"""
    words, environment = command_of([test], build)
    environment |= {"GCOV_PREFIX": counts.root, "CK_FORK": "no"}  # or each of thousands of children writes its counts
    start = time.monotonic()
    try:
        status = subprocess.run(words, env=os.environ | environment, timeout=LIMIT,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                check=False).returncode
    except subprocess.TimeoutExpired:
        status = 124
    return time.monotonic() - start, status == 0


def work(build, counts, waiting, map_, lock):
    while True:
        try:
            test = waiting.get_nowait()
        except queue.Empty:
            return
        seconds, passed = run(build, test, counts)
        files = counts.take()
        with lock:
            map_["seconds"][test] = round(seconds, 2)
            if not passed or not files or sends_signal(test):
                map_["uncertain"].append(test)
                print(f"{test}: not certain", flush=True)
            for file in files:
                here = map_["lines"].setdefault(file["file"], {})
                map_["functions"][file["file"]] = [(f["start_line"], f["end_line"]) for f in file["functions"]]
                for line in file["lines"]:
                    tests = here.setdefault(line["line_number"], [])
                    if line["count"] and test not in tests[-1:]:
                        tests.append(test)


class Executed:
    """What was written down."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.map = json.load(file)

    def seconds(self, test):
        if test.startswith("valgrind:"):
            return 10 + 50 * self.map["seconds"]["unit:" + test[9:]]
        if test.startswith("real:"):
            return 60
        if test.startswith("asan:"):
            return 10 + 5 * self.map["seconds"][test[5:]]
        return self.map["seconds"][test]

    def tests(self, path, lines, number):
        """The tests that execute a line's statement, the quick ones first. Of a statement without a line that gcov
        counts, an initialiser for instance, those that execute its function; outside of functions, all."""
        counted = self.map["lines"].get(path, {})
        found = self.executing(counted, statement(lines, number))
        if found is None:
            around = [range(a - 1, b) for a, b in self.map["functions"].get(path, []) if a - 1 <= number < b]
            found = self.executing(counted, around[0]) if around else None
            found = set(self.map["seconds"]) if found is None else found
        folders = {os.path.dirname(test) for test in found}
        found |= {test for test in self.map["uncertain"] if os.path.dirname(test) in folders}
        return sorted(found, key=self.seconds)

    @staticmethod
    def executing(counted, numbers):
        """None where gcov counts none of these lines, whose numbers are from 0."""
        known = [counted[str(n + 1)] for n in numbers if str(n + 1) in counted]
        return {test for tests in known for test in tests} if known else None


def ends(line):
    """Whether no statement goes on after the line."""
    code = re.sub(r"\s*(/\*.*)?$", "", line)
    return not code or code.endswith(ENDS) or code.lstrip().startswith(("#", "*"))


def statement(lines, number):
    """The lines of the statement that the line is a part of."""
    first = last = number
    while first > 0 and not ends(lines[first - 1]):
        first -= 1
    while last + 1 < len(lines) and not ends(lines[last]):
        last += 1
    return range(first, last + 1)


def main():
    build, path = sys.argv[1:]
    waiting = queue.Queue()
    for test in all_tests():
        waiting.put(test)
    map_, lock = {"seconds": {}, "uncertain": [], "lines": {}, "functions": {}}, threading.Lock()
    with tempfile.TemporaryDirectory() as root:
        threads = [threading.Thread(target=work, args=(build, Counts(build, f"{root}/{n}"), waiting, map_, lock))
                   for n in range(JOBS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with open(path, "w", encoding="utf-8") as file:
        json.dump(map_, file)
    print(f"{len(map_['seconds'])} tests measured")


if __name__ == "__main__":
    main()
