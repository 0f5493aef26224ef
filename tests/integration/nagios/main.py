# SPDX-License-Identifier: BSD-2-Clause
"""icinga-templates/nagios in Nagios Core, the plugins and a real Postfix behind it; and the ways of an output. Argument: the build directory."""
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "icinga"))

import harness  # makes real/ importable
import session

import story
import transports

LIMIT = 240


if __name__ == "__main__":
    sys.exit(session.run("nagios", sys.argv[1], LIMIT, lambda place: transports.run(place) + story.run(place)))
