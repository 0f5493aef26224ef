# SPDX-License-Identifier: BSD-2-Clause
"""Icinga Director, Icinga DB and Icinga Web 2 with what icinga-templates/ ships."""
import argparse
import functools
import os
import shutil
import sys

sys.path[1:1] = [os.path.dirname(os.path.abspath(__file__)) + "/../" + d for d in ("icinga", "real")]
import basket
import page
import servers
import session
from gateways import RESOLVER, Gateways
from harness import Icinga, Pager
from stack import Stack

LIMIT = 300  # seconds for everything

DOMAINS = {"one.test": ["mx1.one.test", "mx2.one.test", "mx3.one.test"], "evil.test": ["mx.evil.test"],
           "own.test": ["mx.own.test"]}
CERTIFICATES = {
    "mx2.one.test": {"start": "-60d", "end": "+10d"},  # within the quarter of its lifetime that --days has by default
    "mx.evil.test": {"names": ["<img src=x>"]},        # whoever prints that as it is has an image
}

# Director deploys to an endpoint of that address and port, templates to a zone of that name.
DIRECTOR = """
object Endpoint NodeName {{ host = "127.0.0.1"; port = {port} }}
object Zone ZoneName {{ endpoints = [ NodeName ] }}
object Zone "director-global" {{ global = true }}
object IcingaDB "icingadb" {{ host = "127.0.0.1"; port = {redis} }}
"""


def play(other, place):
    servers.loopback_up()
    hosts = [host for those in DOMAINS.values() for host in those]
    gateways = Gateways(place, hosts, DOMAINS, CERTIFICATES)
    session.use_resolver(place, RESOLVER)
    written = Icinga(place + "/written", gateways.pki, "written", address="127.0.0.2")
    directed = Icinga(place + "/directed", gateways.pki, "directed", zones="")
    stack = Stack(place + "/web", directed, other)
    pager = Pager()
    directed.write("conf.d/director.conf", DIRECTOR.format(port=directed.port, redis=stack.redis))
    try:
        common = basket.prepare(place, written, gateways.pki.ca_file)
        written.start()
        stack.start()
        directed.start()
        print("icinga-web: " + stack.versions(), flush=True)
        stack.icingacli("director", "kickstart", "run")
        results = basket.restore(stack)
        basket.fill_director(stack, common, pager.url("oncall"))
        basket.deploy(stack, directed)
        results += basket.compare(directed, written)
        try:
            return results + page.run(place, stack, directed, gateways, pager)
        except RuntimeError as e:
            return results + [str(e)]  # what was compared before counts too
    finally:
        for each in (stack, directed, written, pager, gateways):
            each.stop()


def keep_pictures(build, directory):
    owner = os.stat(directory)
    for name in page.PICTURES:
        shutil.copyfile(f"{build}/icinga-web/{name}", f"{directory}/{name}")
        os.chown(f"{directory}/{name}", owner.st_uid, owner.st_gid)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", help="the build directory")
    parser.add_argument("--director", metavar="DIR", help="another Director: DIR/modules/director, beside it the modules, and "
                        "in DIR/libraries the libraries, that are used rather than Debian's")
    parser.add_argument("--pictures", metavar="DIR", help="the directory in which the pictures of the documents are made anew")
    given = parser.parse_args()
    if given.director and not os.path.isdir(given.director + "/modules/director"):
        parser.error(f"no directory {given.director}/modules/director")
    return given


if __name__ == "__main__":
    given = arguments()
    status = session.run("icinga-web", given.build, LIMIT, functools.partial(play, given.director))
    if status == 0 and given.pictures:
        keep_pictures(given.build, given.pictures)
    sys.exit(status)
