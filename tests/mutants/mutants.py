# SPDX-License-Identifier: BSD-2-Clause
"""Changes lines of lib/ at random, one at a time, and prints the changes that no test notices:

    mutants.py BUILD EXECUTED SEED [COUNT]

A condition is negated, a bound moved by one, a comparison or a logical operator turned round, a statement dropped, or a
constant changed. EXECUTED is what executed.py has written: only the tests that execute a line run with its change, unit
tests first, then scenarios, those with failing memory, slow scenarios, what check-real has with real mail servers, some
of the first with AddressSanitizer and UndefinedBehaviorSanitizer, and some unit tests under valgrind, up to the first
that fails twice. As root, for check-real."""
import os
import queue
import random
import re
import sys
import threading

from executed import Executed
from worker import Worker

JOBS = 6  # most of the time, tests wait
LOT = 24  # scenarios at a time
SANITIZED = 48  # scenarios with the sanitizers' build
VALGRIND = 5  # unit tests
SLOW = 6  # seconds from which a scenario waits for the others
REAL = (("lib/mta/mail", "mail_log"), ("lib/mta/", "own_policy own_failures both_sides"),
        ("lib/judge/judge_own", "own_policy own_failures both_sides"), ("lib/hello/", "hellos"))  # parts of check-real
SWAPS = {" < ": " <= ", " <= ": " < ", " > ": " >= ", " >= ": " > ", " == ": " != ", " != ": " == ", " && ": " || ",
         " || ": " && "}
SKIPPED = re.compile(r"^\s*(#|/\*|\*|//|static const|enum|struct|typedef|return;|case |default:|break;|[{}])")


def blanked(line):
    """The line with what is in its strings and comments as blanks, so that nothing there is changed."""
    return re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|/\*.*?\*/|/\*.*$',
                  lambda match: "\0" * len(match.group(0)), line)


def closes(text, start):
    """Where the bracket that opens at start closes; -1: not in this line."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            return at
    return -1


def changes_of(line):
    """Every (what, new line) that one line allows."""
    if SKIPPED.match(line):
        return []
    code = blanked(line)
    found = []
    control = re.match(r"\s*(?:\} else )?(?:else )?(?:if|while) \(", code)
    if control:
        end = closes(code, control.end() - 1)
        if end > 0:
            inside = line[control.end():end]
            found.append(("negated", f"{line[:control.end()]}!({inside}){line[end:]}"))
    for old, new in SWAPS.items():
        for match in re.finditer(re.escape(old), code):
            found.append(("turned", line[:match.start()] + new + line[match.end():]))
    for match in re.finditer(r"(?<![\w.\[])(\d+)(?![\w.\]])", code):
        found.append(("constant", line[:match.start()] + str(int(match.group(1)) + 1) + line[match.end():]))
    for word, other in (("true", "false"), ("false", "true")):
        for match in re.finditer(rf"\b{word}\b", code):
            found.append(("constant", line[:match.start()] + other + line[match.end():]))
    statement = re.match(r"(\s{4,})(?:[a-z_]\w*\(.*\)|[a-z_][\w.>\[\]-]* (?:=|\|=|&=|\+=|-=) .*|[a-z_][\w.>-]*(?:\+\+|--));$", code)
    if statement and not re.match(r"\s*(?:return|goto)\b", code):
        found.append(("dropped", statement.group(1) + ";"))
    return found


def all_changes(root):
    """(path, line number from 0, what, new line), in an order that depends on the tree only."""
    found = []
    for where, dirs, names in os.walk(os.path.join(root, "lib")):
        dirs.sort()
        for name in sorted(names):
            if not name.endswith(".c"):
                continue
            path = os.path.relpath(os.path.join(where, name), root)
            with open(os.path.join(root, path), encoding="utf-8") as file:
                lines = file.read().split("\n")
            for number, line in enumerate(lines):
                inside = line.startswith("    ")  # of a function, as clang-format writes it
                found += [(path, number, what, new) for what, new in changes_of(line)] if inside else []
    return found


def lots(tests, path, executed):
    """(goals of make, what runs together): each unit case alone, that of the changed file first, scenarios, failing
    memory, real mail servers; then, for what is lost or read beyond its end, unit cases and scenarios with the sanitizers' build, and for
    what is read before it is written, the first unit cases under valgrind."""
    module = os.path.basename(path)[:-2]
    units = [test for test in tests if test.startswith("unit:")]
    units.sort(key=lambda test: not module.startswith(test[5:]))
    files = [test for test in tests if test.endswith(".scenario")]
    quick = [test for test in files if executed.seconds(test) < SLOW]
    slow = [test for test in files if test not in quick]
    return ([["build/unit", [test]] for test in units]
            + [["all build/lab", quick[at:at + LOT]] for at in range(0, len(quick), LOT)]
            + [["build/fault", [test]] for test in tests if test == "fault"]
            + [["all build/lab", slow[at:at + LOT]] for at in range(0, len(slow), LOT)]
            + [["all", ["real:" + parts]] for start, parts in REAL if path.startswith(start)][:1]
            + [["sanitized", ["asan:" + test]] for test in units]
            + [["sanitized", ["asan:" + test for test in quick[at:at + LOT]]] for at in range(0, min(len(quick), SANITIZED), LOT)]
            + [["sanitized", ["asan:fault"]] for test in tests if test == "fault"]
            + [["build/unit", ["valgrind:" + test[5:]]] for test in units[:VALGRIND]])


def noticed_by(worker, lot, executed):
    """The test that fails with the change, and fails once more alone, or None: a busy machine is not a change."""
    limit = 30 + 5 * sum(executed.seconds(test) for test in lot)
    failed = worker.failing(lot, limit)
    again = worker.failing(failed, limit) if failed else []
    return again[0] if again else None


def verdict(worker, change, executed):
    """"no C", the test that noticed, or None: nobody noticed; and how many tests execute the line."""
    path, number, _, new = change
    text = worker.text(path)
    lines = text.split("\n")
    tests = executed.tests(path, lines, number)
    lines[number] = new
    worker.write(path, "\n".join(lines))
    try:
        if worker.make("CFLAGS=-O1 -g -Werror", "build/unit") is not None:
            return "no C", 0
        for goals, lot in lots(tests, path, executed):
            if worker.make(*goals.split()) is not None:
                return "no C", 0
            if by := noticed_by(worker, lot, executed):
                return by, len(tests)
        return None, len(tests)
    finally:
        worker.write(path, text)


def work(worker, executed, waiting, results, due, lock):
    """Judges changes until as many are due no more; a change that is no C is none, and leaves its place to another."""
    while due.acquire(blocking=False):
        try:
            change = waiting.get_nowait()
        except queue.Empty:
            return
        by, tests = verdict(worker, change, executed)
        if by == "no C":
            due.release()
            continue
        path, number, what, new = change
        with lock:
            results.append((change, by))
            print(f"{'killed by ' + by if by else f'SURVIVED {tests} tests'}: {path}:{number + 1}: {what}: {new.strip()}", flush=True)


def main():
    build, executed, seed = sys.argv[1], Executed(sys.argv[2]), sys.argv[3]
    due = threading.Semaphore(int(sys.argv[4]) if len(sys.argv) > 4 else 100)
    changes = all_changes(".")
    random.Random(seed).shuffle(changes)
    workers = [Worker(".", build, os.path.abspath(f"{build}/mutants-{n}"), sanitized=True) for n in range(JOBS)]
    for test in ("unit", "fault", "asan:unit", "asan:fault"):
        if not workers[0].passes(test) and not workers[0].passes(test):
            sys.exit(f"mutants: {test} fails without any change")
    waiting = queue.Queue()
    for change in changes:
        waiting.put(change)
    results, lock = [], threading.Lock()
    threads = [threading.Thread(target=work, args=(worker, executed, waiting, results, due, lock)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for worker in workers:
        worker.remove()
    survived = [change for change, by in results if not by]
    print(f"\nseed {seed}: {len(results) - len(survived)} of {len(results)} killed, {len(changes)} possible changes")
    for path, number, what, new in survived:
        with open(path, encoding="utf-8") as file:
            old = file.read().split("\n")[number]
        print(f"{path}:{number + 1}: {what}\n  -{old.strip()}\n  +{new.strip()}")


main()
