# SPDX-License-Identifier: BSD-2-Clause
"""Samples in documents: what the plugins print against the laboratory's gateways, and a picture of it.

A sample is named SCENARIO/HEADING: a file of tests/scenarios/documents, and a run of it by its line "show HEADING"."""
import email
import email.policy
import html
import os
import re
import subprocess
import tempfile
import textwrap

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SCENARIOS = os.path.join("tests", "scenarios", "documents")
LONG = 150  # characters; a longer line is folded, as perfdata are
MESSAGE = 100  # characters of a line of a message
COLOURS = {"OK": "#3fb950", "FAIL": "#f85149", "CRITICAL": "#f85149", "WARNING": "#d29922"}


class Samples:
    """Plays each scenario once."""

    def __init__(self, build):
        self.build = build
        self.played = {}

    def text(self, name):
        """The command and its output, with long lines folded."""
        return "\n".join(map(folded, self._whole(name).split("\n")))

    def _whole(self, name):
        """As somebody sees it who has the plugin in PATH and gateways at port 25."""
        scenario, heading = name.split("/", 1)
        if scenario not in self.played:
            self.played[scenario] = self._play(scenario)
        return self.played[scenario][heading]

    def message(self, name):
        """What icinga-templates/mailtls-notify mails about the sample, down to the line with type and state."""
        _, output = self._whole(name).split("\n", 1)
        service = "smtp-tls-" + output.split(" - ")[1].split(":")[0]
        with tempfile.TemporaryDirectory() as place:
            sendmail = os.path.join(place, "sendmail")
            with open(sendmail, "w", encoding="ascii") as file:
                file.write(f'#!/bin/sh\nexec cat >"{place}/mail"\n')
            os.chmod(sendmail, 0o755)
            words = {"mail": "oncall@example.com", "sendmail": sendmail, "type": "PROBLEM", "host": "mailout",
                     "service": service, "state": "CRITICAL", "output": output,
                     "plugin": os.path.join(self.build, "check_smtp_tls"),
                     "runbook": "https://wiki.example.com/mailtls#", "notes": "Contact: securemail@example.com"}
            subprocess.run([os.path.join(ROOT, "icinga-templates", "mailtls-notify"),
                            *(f"--{word}={value}" for word, value in words.items())], timeout=60, check=True)
            with open(os.path.join(place, "mail"), "rb") as file:
                mail = email.message_from_binary_file(file, policy=email.policy.default)
        lines = mail.get_content().split("\n")
        lines = lines[:next(at for at, line in enumerate(lines) if line.startswith("PROBLEM: ")) + 1]
        return "\n".join(textwrap.fill(line, MESSAGE, subsequent_indent="  " if line[:2] == "- " else "",
                                        break_on_hyphens=False) for line in lines) + "\n"

    def _play(self, scenario):
        path = os.path.join(SCENARIOS, scenario + ".scenario")
        run = subprocess.run([os.path.join(self.build, "lab"), "--bin", self.build, "--show", path], cwd=ROOT,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60, check=True, text=True)
        parts = re.split(r"^(.+)\n\n(?=\$ )", run.stdout, flags=re.M)
        return {heading: plain(text) for heading, text in zip(parts[1::2], parts[2::2])}


def plain(text):
    """Without what the laboratory needs: options for its resolver, port and trust store, and its directory."""
    port = re.search(r" --resolver \S+ --port (\d+) --ca-file \S+(?: --allow-loopback)?", text)
    text = text.replace(port[0], "")
    text = re.sub(rf":{port[1]}\b", "", text)
    text = re.sub(r" --mta-sts-server \S+", "", text)
    text = re.sub(r"/tmp/lab\.\w+/", "", text)
    return text.strip() + "\n"


def folded(line):
    lines = []
    while len(line) > LONG and " " in line[:LONG]:
        cut = line.rindex(" ", 0, LONG)
        lines.append(line[:cut])
        line = "    " + line[cut + 1:]
    return "\n".join(lines + [line])


def masked(text):
    """For comparing: times differ from run to run, and the width of columns with them."""
    text = re.sub(r"\d+(\.\d+)?(?=m?s\b)", "#", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "#", text)
    return re.sub(r"\s+", " ", text)


def picture(text):
    """The sample as a terminal shows it, in SVG."""
    lines = text.rstrip("\n").split("\n")
    width, height = 8 * max(map(len, lines)) + 32, 18 * len(lines) + 28
    rows = "".join(f'<text x="16" y="{18 * at + 27}">{coloured(line)}</text>\n' for at, line in enumerate(lines))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-size="13.3"\n'
            '  font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" fill="#d0d7de">\n'
            f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>\n'
            f'<g style="white-space: pre" xml:space="preserve">\n{rows}</g>\n</svg>\n')


def coloured(line):
    """States in their colours; OK only where it is a state, not in a column's heading."""
    return re.sub(r"\b(FAIL|CRITICAL|WARNING|OK(?= \(| -))\b",
                  lambda found: f'<tspan fill="{COLOURS[found[1]]}">{found[1]}</tspan>', html.escape(line, quote=False))
