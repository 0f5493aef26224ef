# SPDX-License-Identifier: BSD-2-Clause
"""A copy of the tree with its build, in which one change at a time is made, built and tested."""
import os
import re
import shutil
import signal
import subprocess

COPIED = ("Makefile", "lib", "plugins", "tests", "docs", "packaging", "icinga-templates", "examples",
          "profiles")
LEFT_OUT = shutil.ignore_patterns("corpus", "__pycache__")
LEFT_OUT_OF_BUILD = shutil.ignore_patterns("mutants-*", "corpus", "*.gcda", "asan", "tsan", "fuzz", "clang", "coverage",
                                           "icinga*", "real", "nagios", "mail-servers")
BUILD_LIMIT, TEST_LIMIT = 300, 240  # seconds
SLOW = "4"  # several copies share the machine
LSAN_OPTIONS = f"suppressions={os.path.abspath('tests/lsan.supp')}:print_suppressions=0"
REPORT = re.compile(r"(Address|Leak|UndefinedBehavior)Sanitizer|runtime error: ")  # a slow test is none


def kill_session(leader):
    """Kills what belongs to a session: unit tests run in groups of their own."""
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.getsid(int(name)) == leader:
                os.kill(int(name), signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended


class Worker:
    def __init__(self, tree, build, place, sanitized=False):
        """sanitized: the copy has the sanitizers' build too, for tests named asan:TEST."""
        self.place = place
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        for name in COPIED:
            source = os.path.join(tree, name)
            if os.path.isdir(source):
                shutil.copytree(source, os.path.join(place, name), symlinks=True, ignore=LEFT_OUT)
            elif os.path.exists(source):
                shutil.copy2(source, place)
        shutil.copytree(build, os.path.join(place, "build"), symlinks=True, ignore=LEFT_OUT_OF_BUILD)
        os.symlink(os.path.abspath(f"{build}/mail-servers"), os.path.join(place, "build/mail-servers"))
        if sanitized:
            shutil.copytree("build/asan", os.path.join(place, "build/asan"), symlinks=True)

    def remove(self):
        shutil.rmtree(self.place, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.place, name)

    def text(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, words, limit, **environment):
        """(output, exit status); 124 where it did not end in time, and everything that it has started is killed."""
        with subprocess.Popen(words, cwd=self.place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, start_new_session=True, text=True, errors="replace",
                              env={k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS", "CK_"))}
                              | environment) as program:
            try:
                said = program.communicate(timeout=limit)[0]
                return said, program.returncode
            except subprocess.TimeoutExpired:
                kill_session(program.pid)
                program.communicate()
                return "", 124

    def make(self, *goals):
        """What the compiler says, or None where it says nothing against it."""
        said, status = self.run(["make", "-s", "WERROR=", *goals], BUILD_LIMIT)
        return said if status else None

    def passes(self, test):
        """Whether a test passes: unit:CASE, unit or fault (all), or a scenario file or folder."""
        return not self.failing([test])

    def failing(self, tests, limit=TEST_LIMIT):
        """Which of the tests fail: of scenarios any number at a time, of others one; all where that is not known."""
        words, environment = command_of(tests, "build")
        said, status = self.run(words, limit, **environment)
        if status == 0 or (is_sanitized(tests) and not REPORT.search(said)):
            return []
        named = [line.split(" ", 1)[1] for line in said.splitlines() if line.startswith("FAILED ")]
        return [test for test in tests if test.removeprefix("asan:") in named] or tests


def is_sanitized(tests):
    return tests[0].startswith("asan:")


def command_of(tests, build):
    """(words, environment) that run unit:CASE, valgrind:CASE, real:PARTS of check-real, unit or fault (all), or scenario
    files or folders; those named asan:TEST with the sanitizers' build."""
    if is_sanitized(tests):
        words, environment = command_of([test.removeprefix("asan:") for test in tests], "build/asan")
        return words, environment | {"CK_FORK": "no", "LSAN_OPTIONS": LSAN_OPTIONS}
    kind, _, case = tests[0].partition(":")
    if kind == "valgrind":
        words = ["valgrind", "-q", "--leak-check=full", "--error-exitcode=99", f"{build}/unit"]
        return words, {"CK_RUN_CASE": case, "CK_FORK": "no"}
    if kind == "real":
        return ["tests/integration/isolated.sh", "real/main.py", build, *case.split()], {}
    if kind in ("unit", "fault"):
        return [f"{build}/{kind}"], {"CK_RUN_CASE": case} if case else {}
    return [f"{build}/lab", "-v", "--bin", build, "--slow", SLOW, "-j", "8", *tests], {}


def goals_of(test):
    return ["build/unit"] if test.partition(":")[0] == "unit" else ["all", "build/lab"]
