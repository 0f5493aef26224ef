"""Icinga Director, Icinga DB and Icinga Web 2 with what icinga-templates/ ships. Argument: the build directory."""
import os
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


def play(place):
    servers.loopback_up()
    hosts = [host for those in DOMAINS.values() for host in those]
    gateways = Gateways(place, hosts, DOMAINS, CERTIFICATES)
    session.use_resolver(place, RESOLVER)
    written = Icinga(place + "/written", gateways.pki, "written", address="127.0.0.2")
    directed = Icinga(place + "/directed", gateways.pki, "directed", zones="")
    stack = Stack(place + "/web", directed)
    pager = Pager()
    directed.write("conf.d/director.conf", DIRECTOR.format(port=directed.port, redis=stack.redis))
    try:
        common = basket.prepare(place, written, gateways.pki.ca_file)
        written.start()
        stack.start()
        directed.start()
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


if __name__ == "__main__":
    sys.exit(session.run("icinga-web", sys.argv[1], LIMIT, play))
