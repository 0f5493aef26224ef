# SPDX-License-Identifier: BSD-2-Clause
"""The business process as Icinga Web's module reads it: names the services that the example partners become,
and has the right state when some of them fail."""
import json
import os
import subprocess

from configuration import install, printed
from harness import HERE, ROOT, TEMPLATES, Icinga
from pki import Pki

FILE = TEMPLATES + "/businessprocess/mailtls.conf"
TUV = [f"mailtls-tuv;smtp-tls-{gateway}" for gateway in
       ("mx5.de.tuv.com", "mx6.de.tuv.com", "mx1.amer.tuv.com", "mx1.asia.tuv.com")]

# services with another state than OK, then what tuv, hella and all partners are
CASES = [
    ({}, "OK", "OK", "OK"),
    (dict.fromkeys(TUV[1:], 2), "OK", "OK", "OK"),
    (dict.fromkeys(TUV, 2), "CRITICAL", "OK", "CRITICAL"),
    (dict.fromkeys(TUV, 2) | {TUV[3]: 1}, "WARNING", "OK", "WARNING"),
    (dict.fromkeys(TUV, 3), "UNKNOWN", "OK", "UNKNOWN"),
]


def run(place):
    place += "/businessprocess"
    icinga = Icinga(place + "/icinga", Pki(place + "/pki"))
    install(icinga)
    icinga.write("conf.d/mailtls/partners.conf", printed("icinga", ROOT + "/examples/partners"))
    os.makedirs(place + "/icingaweb")
    icinga.start()
    try:
        services = [icinga.attributes("services", name) for name in icinga.names("services")]
    finally:
        icinga.stop()
    gateways = sorted(f"{s['host_name']};{s['name']}" for s in services
                      if s["name"].startswith("smtp-tls-") and "partner" in s["vars"])
    seen = evaluated(place, {})
    results = [same("gateways of partners", sorted(seen["services"]), gateways),
               same("roots and errors", (seen["roots"], seen["errors"]), (["partners"], []))]
    for states, *due in CASES:
        processes = evaluated(place, states)["processes"]
        results.append(same(f"processes with {states}", [processes[name] for name in ("tuv", "hella", "partners")], due))
    return results


def evaluated(place, states):
    run = subprocess.run(["php", HERE + "/businessprocess.php", FILE, place + "/icingaweb"], input=json.dumps(states),
                         stdout=subprocess.PIPE, text=True, timeout=30, check=True)
    return json.loads(run.stdout)


def same(what, seen, due):
    return "" if seen == due else f"{what}: {seen} rather than {due}"
