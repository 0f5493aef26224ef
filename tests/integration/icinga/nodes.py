# SPDX-License-Identifier: BSD-2-Clause
"""A cluster of Icinga 2, set up as icinga-templates/README.md says: a master and two satellites. They listen
on addresses of 127.66.0.0/16."""
import shutil
from dataclasses import dataclass

from configuration import complaints
from harness import TEMPLATES, Icinga

SHIPPED = TEMPLATES + "/icinga2-cluster"
ADDRESSES = {
    "master.example.com": "127.66.0.1",
    "satellite1.example.com": "127.66.0.2",
    "satellite2.example.com": "127.66.0.3",
}
MASTER, SATELLITE1, SATELLITE2 = ADDRESSES

# icinga2.conf, constants.conf and features-available/ as they come with Icinga; the rest is what we ship.
CONFIG = """\
const NodeName = "{name}"
const TicketSalt = ""
include <itl>
include <plugins>
include "zones.conf"
include "features-enabled/*.conf"
object CheckerComponent "checker" {{ }}
object FileLogger "main" {{ path = LogDir + "/icinga2.log" }}
object ApiUser "test" {{ password = "{password}", permissions = [ "*" ] }}
"""
NOTIFICATION = 'object NotificationComponent "notification" { }\n'


@dataclass
class Result:
    state: int
    hard: bool
    source: str   # the node that has run the check
    start: float  # when it did, seconds since 1970


class Node(Icinga):
    def __init__(self, directory, pki, name):
        super().__init__(directory, pki, name, config=CONFIG, address=ADDRESSES[name])
        role = "master" if name == MASTER else "satellite"
        self.copy(SHIPPED + "/zones.conf", "zones.conf")
        self.copy(f"{SHIPPED}/api-{role}.conf", "features-enabled/api.conf")
        if role == "master":
            self.write("features-enabled/notification.conf", NOTIFICATION)
            # The links of zones.d become files: cp -RL
            shutil.copytree(SHIPPED + "/zones.d", directory + "/zones.d", dirs_exist_ok=True)

    def command(self, *options):
        return super().command("-D", "ApiBindHost=" + self.address, *options)

    def wrong(self):
        """What `icinga2 daemon -C` says against the configuration, warnings included."""
        status, output = self.validate()
        return "\n".join(complaints(output)) or (output if status else "")

    def results(self):
        """host!service -> Result, of those that were checked."""
        services = self.api("GET", "/v1/objects/services?attrs=state&attrs=state_type&attrs=last_check_result")
        got = {}
        for service in services:
            result = service["attrs"]["last_check_result"]
            if result:
                got[service["name"]] = Result(int(service["attrs"]["state"]), service["attrs"]["state_type"] == 1,
                                              result["check_source"], result["execution_start"])
        return got
