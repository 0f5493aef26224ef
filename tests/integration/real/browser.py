# SPDX-License-Identifier: BSD-2-Clause
"""One page in headless Chromium, by the DevTools protocol over a pair of pipes."""
import base64
import contextlib
import itertools
import json
import os
import select
import time

from process import Process

COMMAND = ["chromium-headless-shell", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
           "--no-first-run", "--disable-background-networking", "--lang=en-US"]


class Browser:
    def __init__(self, directory):
        os.makedirs(directory)
        self.numbers = itertools.count(1)
        self.buffer = b""
        self.events = []  # what the browser says unasked
        read_there, self.to = os.pipe()
        self.back, write_there = os.pipe()
        # Chromium reads from descriptor 3 and writes to 4.
        plumbing = f"exec 3<&{read_there} 4>&{write_there}; exec \"$@\""
        self.process = Process(
            ["bash", "-c", plumbing, "bash", *COMMAND, "--user-data-dir=" + directory + "/profile"], directory,
            pass_fds=(read_there, write_there), env=os.environ | {"HOME": directory})
        os.close(read_there)
        os.close(write_there)
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Network.enable")

    def call(self, method, seconds=30, **params):
        """One command; its result."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + seconds
        while True:
            answer = self._read(deadline, method)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"chromium: {method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def _read(self, deadline, what):
        while b"\0" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.back], [], [], left)[0]:
                raise RuntimeError(f"chromium does not answer {what}")
            more = os.read(self.back, 65536)
            if not more:
                raise RuntimeError("chromium has ended")
            self.buffer += more
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def show(self, url, width=1280, height=1024):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Page.navigate", url=url)

    def load(self, url, width, height, seconds=30):
        """As show, and waits for the end of loading."""
        self.events.clear()
        self.show(url, width, height)
        deadline = time.monotonic() + seconds
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._read(deadline, url))

    def evaluate(self, expression):
        """The value of a JavaScript expression in the page; None where the page is just giving way to another."""
        try:
            answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        except RuntimeError as e:
            if "context" in str(e) or "navigated" in str(e):
                return None
            raise
        if "exceptionDetails" in answer:
            raise RuntimeError(f"chromium: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def screenshot(self, path, **clip):
        """The whole page, as long as it is, or the part of it that x, y, width and height say."""
        only = {"clip": clip | {"scale": 1}} if clip else {}
        with open(path, "wb") as f:
            f.write(base64.b64decode(self.call("Page.captureScreenshot", format="png", **only)["data"]))

    def stop(self):
        self.session = None
        with contextlib.suppress(RuntimeError, OSError):
            self.call("Browser.close", seconds=5)
        self.process.end()
        os.close(self.to)
        os.close(self.back)
