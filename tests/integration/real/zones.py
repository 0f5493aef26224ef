# SPDX-License-Identifier: BSD-2-Clause
"""Zone files, and their signatures by ldns: test. is the lab's trust anchor, the others hang below it."""
import datetime
import os
import subprocess

from process import write
from servers import AUTHORITY

HEAD = """$ORIGIN {zone}
$TTL 300
@ SOA ns hostmaster 1 3600 900 604800 300
@ NS ns
ns A {authority}
"""


class Zones:
    def __init__(self, directory):
        self.dir = directory
        self.files = {}
        os.makedirs(directory)

    def add(self, zone, records, signed=True, expired=False, nsec3=False):
        """Returns the DS records, none where the zone is not signed."""
        file = f"{self.dir}/{zone}zone"
        write(file, HEAD.format(zone=zone, authority=AUTHORITY) + "\n".join(records) + "\n")
        self.files[zone] = file
        if not signed:
            return []
        keys = [self._ldns("ldns-keygen", *flags, "-a", "ECDSAP256SHA256", zone).strip() for flags in (["-k"], [])]
        dates = ["-i", day(-60), "-e", day(-30)] if expired else ["-i", day(-1), "-e", day(30)]
        self._ldns("ldns-signzone", *(["-n"] if nsec3 else []), *dates, "-o", zone, "-f", file + ".signed", file, *keys)
        self.files[zone] = file + ".signed"
        with open(f"{self.dir}/{keys[0]}.ds") as f:
            return f.read().splitlines()

    def delegation(self, zone, ds):
        return [f"{zone} NS ns.{zone}", f"ns.{zone} A {AUTHORITY}"] + ds

    def _ldns(self, *command):
        return subprocess.run(command, cwd=self.dir, check=True, capture_output=True, text=True, timeout=30).stdout


def day(offset):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset)
    return when.strftime("%Y%m%d%H%M%S")
