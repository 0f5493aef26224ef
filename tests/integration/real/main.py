# SPDX-License-Identifier: BSD-2-Clause
"""Starts the lab, plays the cases, asks other tools the same, ends the lab. Arguments: the build directory, and the names
of the parts to be run; without names, all of them."""
import os
import sys

import both_sides
import cases
import client_certs
import differential
import exim
import hellos
import mail_log
import metrics
import node_exporter
import own_failures
import own_policy
import own_programs
import partners
import profiles
import report_page
import senders
import session
from lab import Lab
from servers import RESOLVER

LIMIT = 1500  # seconds for everything


def main(build, *parts):
    program = os.path.abspath(build + "/check_smtp_tls")
    tools = os.path.abspath(build + "/mail-servers/usr/bin")
    in_lab = {"cases": lambda lab: cases.run(lab, program), "differential": lambda lab: differential.run(lab, program),
              "partners": lambda lab: partners.run(lab, program), "both_sides": lambda lab: both_sides.run(lab, build),
              "own_policy": lambda lab: own_policy.run(lab, program),
              "own_failures": lambda lab: own_failures.run(lab, program) + own_programs.run(lab, program),
              "metrics": lambda lab: metrics.run(lab, program, tools),
              "html": lambda lab: report_page.run(lab, program),
              "node_exporter": lambda lab: node_exporter.run(lab, program, tools + "/prometheus-node-exporter")}

    def play(place):
        exim.install(build + "/mail-servers", place + "/exim")  # before anything is put into /etc
        results = []
        if not parts or "senders" in parts:
            results += senders.run(place + "/senders", program, build + "/mail-servers")
        if not parts or "profiles" in parts:
            results += profiles.run(place + "/profiles", program, build + "/mail-servers")
        if not parts or "client_certs" in parts:
            results += client_certs.run(place + "/client_certs", program, build + "/mail-servers")
        if not parts or "hellos" in parts:
            results += hellos.run(place + "/hellos", os.path.abspath(build + "/check_partner_policy"), build + "/mail-servers")
        if not parts or "mail_log" in parts:
            results += mail_log.run(place + "/mail_log", os.path.abspath(build + "/check_mail_log"), build + "/mail-servers")
        wanted = [run for name, run in in_lab.items() if not parts or name in parts]
        return results + (play_in_lab(place, wanted) if wanted else [])

    def play_in_lab(place, wanted):
        lab = Lab(place)
        try:
            lab.start()
            session.use_resolver(lab.dir, RESOLVER)
            return [result for run in wanted for result in run(lab)]
        finally:
            lab.servers.stop()

    return session.run("real", build, LIMIT, play)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
