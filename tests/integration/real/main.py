"""Starts the lab, plays the cases, asks other tools the same, ends the lab. Argument: the build directory."""
import os
import sys

import both_sides
import cases
import differential
import partners
import session
from lab import Lab
from servers import RESOLVER

LIMIT = 300  # seconds for everything


def main(build):
    program = os.path.abspath(build + "/check_smtp_tls")

    def play(place):
        lab = Lab(place)
        try:
            lab.start()
            session.use_resolver(lab.dir, RESOLVER)
            return cases.run(lab, program) + differential.run(lab, program) + partners.run(lab, program) + \
                both_sides.run(lab, build)
        finally:
            lab.servers.stop()

    return session.run("real", build, LIMIT, play)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
