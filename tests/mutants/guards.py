# SPDX-License-Identifier: BSD-2-Clause
"""Makes changes that matter, one at a time, and runs the one test that guards against each:

    guards.py BUILD [--draw N] [--seed TEXT] [NAME...]

tests/mutants.tsv has a line for each change: its name, the file, an expression of sed -E that makes it, and the test that
has to fail then: unit:CASE or a scenario. A change that cannot be made any more is a failure, drawn or not, and so is a
test that fails without it. --draw takes that many, another choice for each seed."""
import argparse
import os
import queue
import random
import subprocess
import sys
import threading

from worker import Worker, goals_of

TABLE = "tests/mutants.tsv"


def read_table():
    guards = []
    with open(TABLE, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip() and not line.startswith("#"):
                fields = line.rstrip("\n").split("\t")
                if len(fields) != 4:
                    sys.exit(f"{TABLE}:{number}: {len(fields)} fields rather than name, file, change, test")
                guards.append(fields)
    return guards


def changed(text, expression):
    return subprocess.run(["sed", "-E", expression], input=text, capture_output=True, text=True, check=True).stdout


def impossible(guard):
    """Why the change cannot be made, or ""."""
    _, path, expression, _ = guard
    if not os.path.exists(path):
        return f"{path} is no file any more"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return "" if changed(text, expression) != text else f"the change cannot be made in {path} any more"


def judge(worker, guard):
    """Why the guard does not hold, or ""."""
    _, path, expression, test = guard
    text = worker.text(path)
    worker.write(path, changed(text, expression))
    try:
        said = worker.make(*goals_of(test))
        if said is not None:
            return f"{path} cannot be compiled with the change: {said.strip()[:300]}"
        return f"{test} passes with it" if worker.passes(test) else ""
    finally:
        worker.write(path, text)


def work(worker, waiting, results):
    """First the tests without any change, then the changes."""
    while True:
        try:
            item = waiting.get_nowait()
        except queue.Empty:
            break
        try:
            why = judge(worker, item) if item[0] else ("" if worker.passes(item[3]) else f"{item[3]} fails without a change")
        except OSError as error:
            why = f"the test cannot be run: {error}"
        results.append((item[0] or item[3], why))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("build")
    p.add_argument("--draw", type=int, default=0)
    p.add_argument("--seed", default="")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("names", nargs="*")
    options = p.parse_args()
    table = read_table()
    results = [(guard[0], why) for guard in table if (why := impossible(guard))]
    guards = [guard for guard in table if not impossible(guard) and (not options.names or guard[0] in options.names)]
    if options.draw and options.draw < len(guards):
        guards = random.Random(options.seed).sample(guards, options.draw)
    plain = [("", "", "", test) for test in sorted({guard[3] for guard in guards})]
    workers = [Worker(".", options.build, os.path.abspath(f"{options.build}/mutants-guard-{n}")) for n in range(options.jobs)]
    for items in (plain, guards):
        waiting = queue.Queue()
        for item in items:
            waiting.put(item)
        threads = [threading.Thread(target=work, args=(worker, waiting, results)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for worker in workers:
        worker.remove()
    failed = [(name, why) for name, why in results if why]
    for name, why in failed:
        print(f"{name}: {why}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed or not guards else 0)


main()
