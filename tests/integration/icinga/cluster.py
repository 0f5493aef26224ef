# SPDX-License-Identifier: BSD-2-Clause
"""A cluster of a master and two satellites loses one of them, then another, and pages all the same."""
import glob
import json
import os
import time
from collections import Counter

import session
from gateways import RESOLVER, Gateways
from harness import TEMPLATES, Pager, changed, wait_for, write
from nodes import ADDRESSES, MASTER, SATELLITE1, SATELLITE2, SHIPPED, Node

PARTNERS = [f"partner{i}" for i in range(1, 6)]
OK, WARNING, CRITICAL = 0, 1, 2
TAKE_OVER = 60  # seconds; Icinga waits 30 after its own start for the other in its zone, and looks every 10

RECONNECT = 10  # seconds between two tries of Icinga to connect

HOSTS = """\
object Host "mailout" {{
  import "mailtls-host"
  vars.egress_domain = "{partners[0]}.test"
  for (partner in {names}) {{
    vars.mail_partners[partner] = {{
      domains = [ partner + ".test" ]
      gateways = [ "mx." + partner + ".test" ]
      smtp_tls_ca_file = "{ca}"
      mx_cert_ca_file = "{ca}"
      partner_policy_ca_file = "{ca}"
    }}
  }}
}}
"""
FORM = """\
[{partner}]
domains = {partner}.test
gateways = mx.{partner}.test
direction = outbound
"""


def run(place):
    """The text of each failure, "" for what passed."""
    results = [each_file_has_a_zone()]
    cluster = Cluster(place + "/cluster")
    try:
        for step in (starts, shares, master_dies, master_dies_before_it_pages, satellite_dies, satellite_returns,
                     all_satellites_die):
            began = time.monotonic()
            step(cluster)
            results.append("")
            print(f"cluster {step.__name__}: {time.monotonic() - began:.0f} s", flush=True)
    except (OSError, RuntimeError) as e:
        results.append(f"cluster {step.__name__}: {e}")  # each step builds on those before it
    finally:
        cluster.stop()
    return results


def each_file_has_a_zone():
    """zones.d has each file of the single machine once, as a link."""
    single = glob.glob(TEMPLATES + "/icinga2/*.conf")
    linked = [os.path.realpath(path) for path in glob.glob(SHIPPED + "/zones.d/*/*") if os.path.islink(path)]
    return "" if sorted(linked) == sorted(single) else f"zones.d links to {linked}, a single machine has {single}"


class Cluster:
    def __init__(self, place):
        domains = {f"{partner}.test": ["mx." + partner + ".test"] for partner in PARTNERS}
        self.gateways = Gateways(place, [hosts[0] for hosts in domains.values()], domains,
                                 records=[f"{name}. A {address}" for name, address in ADDRESSES.items()])
        session.use_resolver(place, RESOLVER)
        self.pager = Pager()
        self.nodes = [Node(f"{place}/{name}", self.gateways.pki, name) for name in ADDRESSES]
        self.master, self.satellite1, self.satellite2 = self.nodes
        self.satellites = self.nodes[1:]
        # Those that are run all the time; certificates come every six hours.
        self.checks = {f"mailout!partner-{p}" for p in PARTNERS} | {f"mailout!smtp-tls-mx.{p}.test" for p in PARTNERS}

    def adapt(self):
        """What an administrator has to change, and short intervals."""
        zones = self.master.dir + "/zones.d"
        self.master.copy(TEMPLATES + "/mailtls-notify", "scripts/mailtls-notify")
        write(zones + "/satellites/hosts.conf", HOSTS.format(
            partners=PARTNERS, names=json.dumps(PARTNERS), ca=self.gateways.pki.ca_file))
        for partner in PARTNERS:
            write(f"{zones}/satellites/partners/{partner}.ini", FORM.format(partner=partner))
        changed(zones + "/global-templates/constants.conf",
                ('"/etc/mailtls/partners"', 'DataDir + "/api/zones/satellites/_etc/partners"'))
        changed(zones + "/master/users.conf", ('"https://pager.example.com/mailtls"', f'"{self.pager.url("oncall")}"'))
        changed(zones + "/global-templates/templates.conf",
                ("check_interval = 10m\n  retry_interval = 1m", "check_interval = 2s\n  retry_interval = 2s"))
        changed(zones + "/master/cluster.conf",
                ("check_interval = 1m\n  retry_interval = 30s\n  vars.satellite ", "check_interval = 1s\n  vars.satellite "),
                # Three failed checks take longer than Icinga takes to connect again, as they do with the minutes shipped.
                ("check_interval = 1m\n  retry_interval = 30s\n  vars.cluster",
                 f"check_interval = 1s\n  retry_interval = {RECONNECT}s\n  vars.cluster"))

    def starttls(self, partner, on):
        self.gateways.starttls(f"mx.{partner}.test", on)

    def stop(self):
        for node in self.nodes:
            node.kill()
        self.pager.stop()
        self.gateways.stop()


def require(truth, text):
    if not truth:
        raise RuntimeError(text)


def starts(cluster):
    """The satellites know nothing but who is master; it gives them their configuration, and all is well."""
    wrong = [line for line in cluster.master.wrong().splitlines() if "does not match anywhere" not in line]
    require(not wrong, f"{MASTER}, as shipped: {wrong}")
    cluster.adapt()
    for node in (*cluster.satellites, cluster.master):
        node.start()
    wait_for("all services OK on the master", lambda: all_ok(cluster), 60)
    for node in cluster.satellites:
        wrong = node.wrong()
        require(not wrong, f"{node.name}: {wrong}")


def all_ok(cluster):
    results = cluster.master.results()
    return cluster.checks <= results.keys() and all(results[name].state == OK for name in cluster.checks)


def shares(cluster):
    """Both satellites check, the master does not."""
    wait_for("checks by both satellites, and no other", lambda: sources(cluster) == {SATELLITE1, SATELLITE2}, 30)
    require(not cluster.pager.pages, f"pages while all is well: {cluster.pager.pages}")


def sources(cluster, since=0.0):
    """The nodes that have made the last checks; None while there are older ones."""
    results = cluster.master.results()
    if not cluster.checks <= results.keys() or any(results[name].start < since for name in cluster.checks):
        return None
    return {results[name].source for name in cluster.checks}


def master_dies(cluster):
    """While it is away one gateway drops TLS, and another drops it and takes it up again. Then it pages for both."""
    before = len(cluster.pager.pages)
    cluster.master.kill()
    cluster.starttls("partner1", False)
    cluster.starttls("partner2", False)
    wait_hard(cluster.satellites, ("partner1", "partner2"), CRITICAL)
    cluster.starttls("partner2", True)
    wait_hard(cluster.satellites, ("partner2",), OK)
    require(len(cluster.pager.pages) == before, f"pages without a master: {cluster.pager.pages[before:]}")
    returned = time.time()
    cluster.master.start()
    page = cluster.pager.wait("oncall", before, 30, service="partner-partner1", type="PROBLEM")
    require("mx.partner1.test: STARTTLS not offered" in page["summary"], f"the page says: {page['summary']}")
    cluster.pager.wait("oncall", before, 30, service="partner-partner2", type="PROBLEM")
    wait_for("new results of all services", lambda: sources(cluster, returned + 2), 30)
    # Icinga takes what both satellites have kept in parallel; if it is at the recovery before it has noted down whom it
    # has told of the problem, the recovery is told to nobody.
    expect_pages(cluster, before, {("partner-partner1", "PROBLEM"): 1, ("partner-partner2", "PROBLEM"): 1},
                 or_not=("partner-partner2", "RECOVERY"))
    cluster.starttls("partner1", True)
    cluster.pager.wait("oncall", before, 30, service="partner-partner1", type="RECOVERY")


def wait_hard(nodes, partners, due):
    def are():
        return all(result and result.hard for result in (state(node, p, due) for node in nodes for p in partners))
    wait_for(f"hard state {due} of {partners} on {[node.name for node in nodes]}", are, 40)


def state(node, partner, due):
    """The partner's result on that node if it is of that state."""
    result = node.results().get("mailout!partner-" + partner)
    return result if result and result.state == due else None


def expect_pages(cluster, before, due, or_not=None):
    """Each as often as is due; `or_not` may come once besides."""
    got = Counter((page["service"], page["type"]) for page in cluster.pager.of("oncall", before))
    require(got in (due, due | {or_not: 1}), f"pages {dict(got)}, due {due}")


def master_dies_before_it_pages(cluster):
    """It has seen a first failure, and loses that knowledge: it pages all the same after its return."""
    for _ in range(5):  # where this machine is so slow that it has paged before it can be killed, once more
        before = len(cluster.pager.pages)
        cluster.starttls("partner3", False)
        failed = wait_for("a first failure on the master", lambda: state(cluster.master, "partner3", CRITICAL))
        cluster.master.kill()
        if not failed.hard and len(cluster.pager.pages) == before:
            break
        cluster.starttls("partner3", True)
        cluster.master.start()
        wait_for("all services OK on the master", lambda: all_ok(cluster), 60)
    else:
        raise RuntimeError("it came to a hard state before it could be killed")
    wait_hard(cluster.satellites, ("partner3",), CRITICAL)
    cluster.master.start()
    cluster.pager.wait("oncall", before, 30, service="partner-partner3", type="PROBLEM")


def all_connected(cluster):
    names = ["satellites", *("satellite-" + name for name in (SATELLITE1, SATELLITE2))]
    return all(cluster.master.service("mailtls-cluster", name)["state"] == OK for name in names)


def satellite_dies(cluster):
    """The other goes on with all checks, and what it sees is told."""
    wait_for("both satellites connected to the master", lambda: all_connected(cluster), 3 * RECONNECT)
    before, died = len(cluster.pager.pages), time.time()
    cluster.satellite1.kill()
    cluster.starttls("partner3", True)
    wait_for(f"all checks by {SATELLITE2}", lambda: sources(cluster, died) == {SATELLITE2}, TAKE_OVER)
    cluster.pager.wait("oncall", before, 30, service="partner-partner3", type="RECOVERY")
    cluster.starttls("partner4", False)
    cluster.pager.wait("oncall", before, 30, service="partner-partner4", type="PROBLEM")

    def told():
        gone = cluster.master.service("mailtls-cluster", "satellite-" + SATELLITE1)
        return gone["state"], gone["state_type"], gone["last_check_result"]["output"]
    wait_for(f"{SATELLITE1} is gone", lambda: told() == (WARNING, 1, SATELLITE1 + " is not connected"), instead=told)
    expect_pages(cluster, before, {("partner-partner3", "RECOVERY"): 1, ("partner-partner4", "PROBLEM"): 1})


def satellite_returns(cluster):
    """It takes its share again."""
    before = len(cluster.pager.pages)
    cluster.satellite1.start()
    cluster.starttls("partner4", True)
    wait_for("checks by both satellites again", lambda: sources(cluster) == {SATELLITE1, SATELLITE2}, 40)
    wait_for("all services OK on the master", lambda: all_ok(cluster), 30)
    cluster.pager.wait("oncall", before, 30, service="partner-partner4", type="RECOVERY")


def all_satellites_die(cluster):
    """Nothing is checked any more: that pages, once."""
    before = len(cluster.pager.pages)
    for node in cluster.satellites:
        node.kill()
    page = cluster.pager.wait("oncall", before, 30 + 2 * RECONNECT, service="satellites", type="PROBLEM")
    require("Zone 'satellites' is not connected" in page["summary"], f"the page says: {page['summary']}")
    time.sleep(3)
    expect_pages(cluster, before, {("satellites", "PROBLEM"): 1})
