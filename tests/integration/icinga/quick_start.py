# SPDX-License-Identifier: BSD-2-Clause
"""The commands of icinga-templates/README.md, as they are there, from make install to the first page; and how many they are."""
import os
import re
import subprocess

from gateways import RESOLVER, Gateways
from harness import BUILD, ROOT, TEMPLATES, Icinga, Pager, changed, expect, failure, write
from session import use_resolver

COMMANDS, FILES = 7, 2  # at most, from make install to the page
PARTNER = "mailtls-tuv.test"
SERVICE = "partner-tuv.test"


def steps(heading):
    """(commands, files to change) of a section of README, as far as its first table."""
    with open(TEMPLATES + "/README.md") as f:
        section = f.read().split(f"\n## {heading}\n")[1].split("\n| ")[0]
    files = re.search(r"\bchange ((?:`[^`]+`(?:,| and)? ?)+)", section)[1]
    installed = re.findall(r"`(make install [^`]+)`", section)
    return installed + [line.strip() for line in section.splitlines() if line.startswith("    ")], re.findall("`([^`]+)`", files)


def counted(heading):
    commands, files = steps(heading)
    expect(heading, (commands[0][:12], len(commands) <= COMMANDS, len(files) <= FILES), ("make install", True, True))


def execute(commands, directory, places, programs):
    """Runs the commands in a shell. places: what stands for a directory of the system; programs: name -> script that is
    found first."""
    for name, script in programs.items():
        write(f"{directory}/bin/{name}", "#!/bin/sh\n" + script + "\n")
        os.chmod(f"{directory}/bin/{name}", 0o755)
    for command in commands:
        for old, new in places.items():
            command = command.replace(old, new)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        run = subprocess.run(["sh", "-c", command], cwd=ROOT, env=environment | {"PATH": f"{directory}/bin:{os.environ['PATH']}"},
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             timeout=120, check=False)
        if run.returncode:
            raise RuntimeError(f"{command}: {run.returncode}: {run.stdout[-1500:]}")


def system(directory, forms, monitoring):
    """Directories that stand for those of the system; (its own, ours) of the monitoring system. Debian's package is there."""
    return {"make install PREFIX=/usr": f"make -s install PREFIX=/usr BUILD={os.path.relpath(BUILD, ROOT)} DESTDIR={directory}",
            "/usr/share/mailtls-plugins": directory + "/usr/share/mailtls-plugins",
            "/usr/lib/nagios/plugins": directory + "/usr/lib/nagios/plugins", "/etc/mailtls/partners": forms,
            "tuv.com": "tuv.test"} | dict([monitoring])


def to_the_page(place):
    """Icinga 2: after the commands, a gateway drops STARTTLS, and the person on call is told."""
    gateways = Gateways(place, ["mx1.tuv.test"], {"tuv.test": ["mx1.tuv.test"]})
    pager, icinga = Pager(), Icinga(place + "/icinga", gateways.pki)
    os.environ["SSL_CERT_FILE"] = gateways.pki.ca_file
    try:
        use_resolver(place, RESOLVER)
        os.makedirs(icinga.path("scripts"))
        commands, files = steps("Icinga 2")
        check = " ".join(f"'{word}'" for word in icinga.command("-C"))
        at = next(i for i, command in enumerate(commands) if "--print icinga" in command)
        places = system(place + "/root", place + "/partners", ("/etc/icinga2", icinga.path("").rstrip("/")))
        # What Debian's reload does: it checks first.
        programs = {"systemctl": f'[ "$*" = "reload icinga2" ] && {check}'}
        execute(commands[:at], place, places, programs)
        edited(icinga, files, place + "/partners", pager)
        execute(commands[at:], place, places, programs)
        icinga.start()
        expect("state", int(icinga.check(PARTNER, SERVICE)["state"]), 0)
        gateways.starttls("mx1.tuv.test", False)
        icinga.check_until_hard(PARTNER, SERVICE, "CRITICAL")
        page = pager.wait("oncall", type="PROBLEM", service=SERVICE)
        expect("page", page["summary"], "PARTNER_POLICY CRITICAL - tuv.test: mx1.tuv.test: STARTTLS not offered "
               "(1 of 1 gateways fail)")
    finally:
        del os.environ["SSL_CERT_FILE"]
        icinga.stop()
        pager.stop()
        gateways.stop()


def edited(icinga, files, forms, pager):
    """What an administrator changes, in the files that README names."""
    changes = {"constants.conf": [("/etc/mailtls/partners", forms)],
               "users.conf": [('"https://pager.example.com/mailtls"', f'"{pager.url("oncall")}"')]}
    expect("files to change", sorted(files), sorted(changes))
    for file in files:
        changed(icinga.path("conf.d/mailtls/" + file), *changes[file])


def run(place):
    return [failure(counted, "Icinga 2"), failure(counted, "Nagios Core 4"), failure(to_the_page, place + "/quick-start")]
