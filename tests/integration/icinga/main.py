# SPDX-License-Identifier: BSD-2-Clause
"""icinga-templates/ in real monitoring systems, real gateways behind them. Argument: the build directory."""
import sys

import harness  # makes real/ importable
import servers
import session

import businessprocess
import cluster
import configuration
import graphs
import mail_waits
import paging
import quick_start

LIMIT = 600  # seconds for everything; two and a half minutes where nothing else runs
MODULES = (configuration, quick_start, paging, cluster, graphs, businessprocess, mail_waits)


def play(place):
    """Each module's run(place) returns a list with the text of each failure, "" for what passed."""
    servers.loopback_up()
    results = []
    for module in MODULES:
        results += module.run(place)
    return results


if __name__ == "__main__":
    sys.exit(session.run("icinga", sys.argv[1], LIMIT, play))
