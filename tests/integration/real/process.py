# SPDX-License-Identifier: BSD-2-Clause
"""Servers as children: started with a log, waited for, ended by process id."""
import contextlib
import os
import signal
import socket
import subprocess
import time


def wait_for(what, ask, seconds=30, every=0.05, instead=None):
    """Asks until the answer is true, and returns it; RuntimeError that says `what` after so many seconds, and what
    instead() says there is.

    An OSError is no answer yet: whoever starts or reloads refuses connections and drops those that it has."""
    deadline = time.monotonic() + seconds
    while True:
        trouble = ""
        try:
            answer = ask()
            if answer:
                return answer
        except OSError as e:
            trouble = f": {e}"
        if time.monotonic() > deadline:
            seen = f"; there is {instead()}" if instead else ""
            raise RuntimeError(f"not within {seconds} s: {what}{trouble}{seen}")
        time.sleep(every)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


class Process(subprocess.Popen):
    """A child in its directory and a session of its own; what it says goes to the end of console.log there."""

    def __init__(self, command, directory, **more):
        self.console = directory + "/console.log"
        with open(self.console, "a") as log:
            super().__init__(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                             start_new_session=True, **more)

    def until(self, what, ask, seconds=30):
        """wait_for; who ends before or does not come to it is killed, and the error has what it said at last."""
        def asked():
            if self.poll() is not None:
                raise RuntimeError(f"{self.args[0]} has ended; there is {self.said()}")
            return ask()
        try:
            return wait_for(f"{self.args[0]} {what}", asked, seconds, 0.02, self.said)
        except RuntimeError:
            self.kill()
            raise

    def listens(self, *address):
        def connects():
            socket.create_connection(address, 1).close()
            return True
        self.until(f"listens on {address}", connects)

    def said(self):
        with open(self.console, errors="replace") as log:
            return f"{self.console}:\n{log.read()[-3000:]}"

    def end(self, seconds=20):
        """Asks it to; whether it did. Otherwise it is killed."""
        self.terminate()
        try:
            self.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            self.kill()
            return False

    def kill(self):
        """With everything that it has started in its session."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait(20)


class Processes:
    """Those that end together, each in a directory of its own below this one."""

    def __init__(self, directory):
        self.dir = directory
        self.children = []

    def make(self, name):
        directory = f"{self.dir}/{name}"
        os.makedirs(directory)
        return directory

    def run(self, command, directory, listens=None, **more):
        """Waits until it listens on that (address, port), where one is given."""
        child = Process(command, directory, **more)
        self.children.append(child)
        if listens:
            child.listens(*listens)
        return child

    def stop(self):
        for child in reversed(self.children):
            child.end()
