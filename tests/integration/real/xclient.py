# SPDX-License-Identifier: BSD-2-Clause
"""XCLIENT with real Postfix: at a listener that takes it, the inbound check is told what a partner's host would be told."""
import re

from cases import CRITICAL, OK, UNKNOWN
from correspondents import EXEMPT, XCLIENT_PORT
from process import write

FORM = """
[hella]
domains = hella.com
direction = inbound
{xclient}
[own]
gateways = mx1.example.com:{port}
"""

ACCEPTED, INCONCLUSIVE = "plaintext-accepted critical mx1.example.com", "plaintext-inconclusive unknown mx1.example.com"


def asked_as(p):
    """The listener trusts the monitoring host. As another host, that host's rules count: found by its name, or its address."""
    for xclient, client, status, found in (
            ("", r"\S+\[127\.0\.0\.1\]", CRITICAL, [ACCEPTED]),
            ("192.0.2.7,out.hella.com", r"out\.hella\.com\[192\.0\.2\.7\]", OK, []),
            ("192.0.2.7", r"unknown\[192\.0\.2\.7\]", OK, []),
            ("2001:db8::7,out.hella.com", r"out\.hella\.com\[2001:db8::7\]", OK, []),
            ("127.0.0.9", r"unknown\[127\.0\.0\.9\]", CRITICAL, [ACCEPTED]),
            (f"192.0.2.7,{EXEMPT}", rf"{EXEMPT}\[192\.0\.2\.7\]", CRITICAL, [ACCEPTED])):
        before = len(p.ours.log())
        yield judged(p, XCLIENT_PORT, xclient, status, found)
        said = p.ours.log()[before:]
        refused = re.search(rf" NOQUEUE: reject: RCPT from {client}: 450 4\.7\.1 .*ncryption", said)
        yield None if bool(refused) == (status == OK) else f"as {xclient}: Postfix logs {said}"


def not_offered(p):
    """Postfix offers XCLIENT to nobody who is not listed: then nothing is said of the partner's host."""
    yield judged(p, 25, "192.0.2.7", UNKNOWN, [INCONCLUSIVE])
    yield judged(p, 25, "", OK, [])


def judged(p, port, xclient, status, found):
    form = f"{p.dir}/xclient/form.ini"
    write(form, FORM.format(xclient=f"xclient = {xclient}" if xclient else "", port=port))
    return p.says("hella", status, found, "--inbound", form)


STEPS = [asked_as, not_offered]
