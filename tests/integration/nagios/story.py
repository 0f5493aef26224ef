"""What has to happen in Nagios Core, told in order; its minutes are seconds here."""
import re
import time

import harness
import nagios
from gateways import RESOLVER, Gateways
from servers import loopback_up
from session import use_resolver

GATEWAYS = {f"{name}.test": [f"mx.{name}.test"] for name in ("alpha", "beta", "delta", "far")}
ALPHA = ("alpha", "partner-policy")
BETA = ("beta", "partner-policy")     # WARNING: its certificate ends in 20 days
GAMMA = ("gamma", "partner-policy")   # UNKNOWN: nobody answers where its resolver should be
DELTA = ("mx.delta.test", "smtp-tls")
DETAIL = ("mx.alpha.test", "smtp-tls")
EGRESS = ("way-out", "smtp-egress")
LATER = [("mailtls-unknown", *GAMMA), ("mailtls-lead", *ALPHA)]  # told by the time alone
GOOD = [EGRESS, ALPHA, ("alpha", "mx-cert"), DETAIL, DELTA, ("delta.test", "smtp-tls"), ("delta.test", "mx-cert")]
STAGES = "dns connect greeting ehlo starttls cert tls ehlo_tls total cert_days".split()

# template, host_name, then what else an administrator writes
PARTNERS = [
    ("mailtls-egress", "way-out", "_DOMAIN far.test"),
    ("mailtls-partner", "alpha", "_PARTNER alpha", "_DOMAINS -d alpha.test", "notes Contact: alice@alpha.test",
     "_MAILTLS --ca-file {ca}"),
    ("mailtls-partner-gateway", "mx.alpha.test", "_MAILTLS --ca-file {ca}"),
    ("mailtls-partner", "beta", "_PARTNER beta", "_DOMAINS -d beta.test", "_MAILTLS --ca-file {ca}"),
    ("mailtls-partner", "gamma", "_PARTNER gamma", "_DOMAINS -d gamma.test",
     "_MAILTLS --resolver 127.53.9.9 --stage-timeout 1"),
    ("mailtls-gateway", "mx.delta.test", "_MAILTLS --ca-file {ca}"),
    ("mailtls-domain", "delta.test", "_MAILTLS --ca-file {ca}"),
]
FORM = """[{name}]
company = {name}
domains = {name}.test
gateways = mx.{name}.test:25
certificate-cn = mx.{name}.test
issuer = Lab inter
ca-file = {ca}
direction = outbound
"""


def run(place):
    """Returns a list with the text of each failure, "" for what passed."""
    loopback_up()
    gateways = Gateways(place, [mx for hosts in GATEWAYS.values() for mx in hosts], GATEWAYS,
                        {"mx.beta.test": {"start": "-300d", "end": "20d"}})
    monitor = nagios.Nagios(place + "/nagios", harness.BUILD)
    pager = harness.Pager()
    try:
        use_resolver(place, RESOLVER)
        forms, ca = place + "/partners", gateways.pki.ca_file
        for name in ("alpha", "beta", "gamma"):
            harness.write(f"{forms}/{name}.ini", FORM.format(name=name, ca=ca))
        hosts = ["define host {\n" + "\n".join([f"use {template}", f"host_name {name}", *more]) + "\n}\n"
                 for template, name, *more in PARTNERS]
        # What an administrator changes; besides, each contact has a pager of its own, and the office is closed.
        monitor.start([
            (r"/etc/nagios4/scripts/mailtls-notify", harness.TEMPLATES + "/mailtls-notify"),
            (r"/etc/mailtls/partners", forms),
            (r"^ +(_WEBHOOK|email) .*\n", ""),
            (r"( +contact_name +(mailtls-(?!wait)\w+)\n)", rf"\1    _WEBHOOK {pager.url('')}\2\n"),
            (r"^ +(mon|tues|wednes|thurs|fri)day +08:00-1.:00\n", ""),
        ], "".join(hosts).replace("{ca}", ca))
        return valid(place) + Story(gateways, monitor, pager).tell()
    finally:
        monitor.stop()
        pager.stop()
        gateways.stop()


def valid(place):
    """As it is shipped, and for an administrator who has our way out and one kind of host besides."""
    host = "define host {{\nuse {0}\nhost_name {0}.example\n_DOMAIN a.example\n_PARTNER a\n_DOMAINS -d a.example\n}}\n"
    return [nagios.complaint(place, "shipped")] + [
        nagios.complaint(place, "with-" + template, "".join(host.format(t) for t in {"mailtls-egress", template}))
        for template in {template for template, *_ in PARTNERS}]


class Story:
    def __init__(self, gateways, monitor, pager):
        self.gateways = gateways
        self.nagios = monitor
        self.pager = pager
        self.results = []

    def tell(self):
        self._begins()
        self._starttls_goes()
        self._it_lasts()
        self._starttls_returns()
        self._egress_goes()
        self._egress_returns()
        return self.results

    # --- what happens --------------------------------------------------------------------------------------------

    def _begins(self):
        for service in GOOD:
            self._becomes(service, "OK")
        data = self.nagios.service(*DETAIL)["performance_data"]
        self._same("labels", [label.strip("'") for label in re.findall(r"('[^']+'|[^ =]+)=[^ ]+", data)],
                   ["time", "confidence", "gateways", "gateways_ok", "cert_days_min"] +
                   ["mx.alpha.test::" + stage for stage in STAGES])
        self._becomes(BETA, "WARNING")
        self._becomes(GAMMA, "UNKNOWN")
        self._same("pages at first", self._told(but=LATER), [])

    def _starttls_goes(self):
        self.gateways.starttls("mx.alpha.test", False)
        self.nagios.check_now(*ALPHA)
        self.nagios.check_now(*DETAIL)
        page = self._paged("mailtls-oncall", ALPHA, "PROBLEM", "CRITICAL")
        first = r"^PARTNER_POLICY CRITICAL - alpha: mx\.alpha\.test: STARTTLS not offered"
        self._says("the page's first line", page["summary"], first)
        self._same("its finding", [f["code"] for f in page["findings"]], ["starttls-not-supported"])
        self._says("its explanation", page["findings"][0]["explanation"], r"not offered")
        self._says("its runbook", page["findings"][0]["runbook"], r"^https://.*#starttls-not-supported$")
        self._same("whom to call", page["notes"], "Contact: alice@alpha.test")
        self._becomes(ALPHA, "CRITICAL")
        self._says("status.dat's first line", self.nagios.service(*ALPHA)["plugin_output"], first)
        self._becomes(DETAIL, "CRITICAL")
        self._says("the long output", self.nagios.service(*DETAIL)["long_plugin_output"],
                   r"^\\\\_ \[CRITICAL\] mx\.alpha\.test \[[0-9.]+\]: STARTTLS not offered; expected")
        self._same("pages for one fault", self._told(but=LATER), [("mailtls-oncall", *ALPHA)])

    def _it_lasts(self):
        """For half an hour, and the office opens."""
        self._paged("mailtls-lead", ALPHA, "PROBLEM", "CRITICAL", seconds=50)
        self._paged("mailtls-unknown", GAMMA, "PROBLEM", "UNKNOWN")
        self._same("mail to a closed office", self.pager.of("mailtls-office"), [])
        self.nagios.command("CHANGE_CONTACT_SVC_NOTIFICATION_TIMEPERIOD", "mailtls-office", "mailtls-always")
        self._paged("mailtls-office", BETA, "PROBLEM", "WARNING")

    def _starttls_returns(self):
        self.gateways.starttls("mx.alpha.test", True)
        self.nagios.check_now(*ALPHA)
        self.nagios.check_now(*DETAIL)
        for receiver in ("mailtls-oncall", "mailtls-lead"):
            self._paged(receiver, ALPHA, "RECOVERY", "OK")
        self._becomes(DETAIL, "OK")
        self._same("all that was sent", sorted(set(self._told())), [
            ("mailtls-lead", *ALPHA), ("mailtls-office", *BETA), ("mailtls-oncall", *ALPHA), ("mailtls-unknown", *GAMMA)])

    def _egress_goes(self):
        """No gateway can be reached, as when our own line is cut."""
        before = len(self.pager.pages)
        self.gateways.down()
        for service in (ALPHA, DELTA, ("delta.test", "smtp-tls")):
            self.nagios.check_now(*service)
            self._becomes(service, "CRITICAL")
        self._paged("mailtls-oncall", EGRESS, "PROBLEM", "CRITICAL")
        self.nagios.put_off_escalation(*EGRESS)
        time.sleep(11)  # every service is checked once more
        self._same("pages without egress", self._told(before), [("mailtls-oncall", *EGRESS)])

    def _egress_returns(self):
        """And one gateway comes back without STARTTLS: its page was put off, not lost."""
        before = len(self.pager.pages)
        self.gateways.starttls("mx.delta.test", False, wait=False)
        self.gateways.up()
        self._paged("mailtls-oncall", EGRESS, "RECOVERY", "OK")
        self._paged("mailtls-oncall", DELTA, "PROBLEM", "CRITICAL")
        self.nagios.put_off_escalation(*DELTA)
        self._becomes(ALPHA, "OK")
        self._same("pages of who came back", [told for told in self._told(before) if told[1] == "alpha"], [])
        self.gateways.starttls("mx.delta.test", True)
        self.nagios.check_now(*DELTA)
        self._paged("mailtls-oncall", DELTA, "RECOVERY", "OK")
        self._same("what the lead hears of a short fault", self.pager.of("mailtls-lead", before), [])

    # --- what is seen --------------------------------------------------------------------------------------------

    def _becomes(self, service, state):
        harness.wait_for(f"{service} hard {state}", lambda: self.nagios.state(*service) == state,
                         instead=lambda: self.nagios.service(*service))
        self.results.append("")

    def _paged(self, receiver, service, kind, state, seconds=30):
        page = self.pager.wait(receiver, seconds=seconds, host=service[0], service=service[1], type=kind, state=state)
        self.results.append("")
        return page

    def _told(self, since=0, but=()):
        told = [(receiver, page["host"], page["service"]) for receiver, page in self.pager.pages[since:]]
        return [one for one in told if one not in but]

    def _same(self, what, seen, due):
        self.results.append("" if seen == due else f"{what}: {seen} rather than {due}")

    def _says(self, what, seen, pattern):
        self.results.append("" if re.search(pattern, seen) else f"{what}: {seen!r} rather than {pattern}")
