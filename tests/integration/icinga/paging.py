# SPDX-License-Identifier: BSD-2-Clause
"""From a gateway's fault to the pager, in real Icinga 2 with what is shipped, real Postfix behind the plugins: who is
told what, once, and who is not."""
import re
import subprocess
import time

from configuration import HOST, install_host
from gateways import RESOLVER, Gateways
from harness import STATES, Icinga, Pager, changed, expect, failure, wait_for
from our_postfix import OurPostfix
from session import use_resolver

MAIL = "office.example"  # where the mail goes; the gateways relay for .test
DOMAINS = {"tuv.test": ["mx1.tuv.test", "mx2.tuv.test"], "hella.test": ["mx1.hella.test"],
           "soon.test": ["mx1.soon.test"], "far.test": ["mx1.far.test", "mx2.far.test"]}
NAMES = [name for names in DOMAINS.values() for name in names] + ["mx1.own.test", "mx2.own.test"]
SOON = ["mx1.soon.test", "mx2.own.test"]  # their certificates expire soon
ESCALATE = 6  # seconds
LATE, NEVER = 30, 3600  # for what has to be done before, however slow this machine is
TIMER = 6  # seconds; Icinga looks every 5 s for what is due or held back

PARTNERS = ["tuv", "hella", "soon", "lost", *(f"p{i}" for i in range(1, 7))]

WATCHED = """\
  vars.egress_domain = "far.test"
  vars.mail_partners["tuv"] = {
    contact = "Anna, +49 30 5550123"
    domains = [ "tuv.test" ]
    gateways = [ "mx1.tuv.test", "mx2.tuv.test:25" ]
  }
  vars.mail_partners["hella"] = { domains = [ "hella.test" ], gateways = [ "mx1.hella.test" ] }
  vars.mail_partners["soon"] = { domains = [ "soon.test" ], gateways = [ "mx1.soon.test" ] }
  // Nobody answers there
  vars.mail_partners["lost"] = { partner_policy_resolver = "127.53.0.9", partner_policy_timeout = 2 }
  vars.mail_gateways["mx1.own.test"] = { }
  vars.mail_gateways["mx2.own.test"] = { }
  vars.mail_gateways["by-address"] = { smtp_tls_host = "%s", smtp_tls_match = "mx2.far.test" }
  vars.mail_domains["lost.test"] = { }
"""


class Office:
    """The monitoring host, its gateways, who is told."""

    def __init__(self, place):
        self.gateways = Gateways(place, NAMES, DOMAINS, {name: {"start": "-330d", "end": "+20d"} for name in SOON})
        use_resolver(place, RESOLVER)
        self.gateways.deliver(MAIL)
        self.pager = Pager()
        self.icinga = Icinga(place + "/icinga", self.gateways.pki)
        install_host(self.icinga, self.gateways.pki.ca_file, WATCHED % self.gateways.address["mx2.far.test"],
                     {partner: DOMAINS.get(partner + ".test", ["mx1.lost.test"]) for partner in PARTNERS})
        self.icinga.write("conf.d/mailtls/own.conf",
                          'object Service "mailtls-own" { import "mailtls-own"\n host_name = "mailout" }')
        self.ours = OurPostfix(place + "/our-postfix", self.icinga.path("partners"), self.gateways.pki.ca_file, PARTNERS)
        changed(self.icinga.path("conf.d/mailtls/users.conf"),
                ('"https://pager.example.com/mailtls"', f'"{self.pager.url("oncall")}"'),
                ('"https://pager.example.com/mailtls-lead"', f'"{self.pager.url("lead")}"'),
                ('"lead@example.com"', f'"lead@{MAIL}"'), ('"postmaster@example.com"', f'"postmaster@{MAIL}"'))
        changed(self.icinga.path("conf.d/mailtls/constants.conf"),
                ("MailtlsEscalateAfter = 30m", f"MailtlsEscalateAfter = {ESCALATE}s"),
                ("MailtlsUnknownAfter = 30m", "MailtlsUnknownAfter = 1s"))
        self.hours(open_now=False)
        self.icinga.start()

    def hours(self, open_now):
        """Office hours that are all week, or never."""
        ranges = "".join(f'    "{day}" = "00:00-24:00"\n' for day in
                         ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
        self.icinga.write("conf.d/mailtls/timeperiods.conf", 'object TimePeriod "mailtls-office-hours" {\n  ranges = {\n'
                          + (ranges if open_now else "") + "  }\n}\n")

    def services(self, *beginnings):
        names = [name.split("!")[1] for name in self.icinga.names("services")]
        return [name for name in names if name.startswith(beginnings)]

    def check(self, *names):
        """The states after one check of each."""
        return {name: STATES[int(self.icinga.check(HOST, name)["state"])] for name in names}

    def until_hard(self, state, *names):
        return {name: self.icinga.check_until_hard(HOST, name, state) for name in names}

    def stop(self):
        self.icinga.stop()
        self.pager.stop()
        self.gateways.stop()


def run(place):
    office = Office(place + "/paging")
    results = []
    try:
        for case in (all_is_well, labels_as_printed, perfdata, our_policy, one_page, escalation, recovery,
                     glitch_beside_a_warning, short_fault, restart_before_escalation, acknowledged, egress_down,
                     one_of_all_down, unknown, warning_waits_for_the_office, no_other_page):
            results.append(failure(case, office))
    finally:
        office.stop()
    return results


def all_is_well(office):
    names = [n for n in office.services("") if n not in ("partner-lost", "changes-lost", "mx-cert-lost.test", "changes-mx2.own.test")
             and "soon" not in n]
    expect("states", office.check(*names), {name: "OK" for name in names})
    expect("services", len(names), 1 + 1 + 2 * 2 + 6 + 2 + 2)  # uplink, our side, partners and changes, gateways, changes of two, domains


STAGES = ("dns", "connect", "greeting", "ehlo", "starttls", "cert", "tls", "ehlo_tls", "total")


def parsed_perfdata(office, service):
    """What Icinga's own parser makes of a service's perfdata, by label."""
    script = f'get_service("{HOST}", "{service}").last_check_result.performance_data.map(parse_performance_data)'
    data = office.icinga.api("POST", "/v1/console/execute-script", {"command": script})[0]["result"]
    return {datum["label"]: datum for datum in data}


def labels_as_printed(office):
    """Every service's labels arrive as its plugin prints them: no prefix sticks, none is lost."""
    for service in ("partner-tuv", "smtp-tls-mx2.tuv.test:25", "mx-cert-tuv.test", "smtp-egress"):
        command = office.icinga.service(HOST, service)["last_check_result"]["command"]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=True)
        printed = re.findall(r"'([^']+)'=|(\S+?)=\S+", run.stdout.splitlines()[0].split(" | ")[1])
        expect(service, list(parsed_perfdata(office, service)), [quoted or plain for quoted, plain in printed])


def perfdata(office):
    """Labels, units and thresholds of a gateway."""
    parsed = parsed_perfdata(office, "smtp-tls-mx1.tuv.test")
    latencies = [f"mx1.tuv.test::{stage}" for stage in STAGES]
    expect("labels", list(parsed), ["time", "confidence", "gateways", "gateways_ok", "cert_days_min", *latencies,
                                    "mx1.tuv.test::cert_days"])
    expect("units", {parsed[label]["unit"] for label in ("time", *latencies)}, {"seconds"})
    expect("confidence", (parsed["confidence"]["value"], parsed["confidence"]["unit"]), (100, "percent"))
    expect("gateways_ok", (parsed["gateways_ok"]["value"], parsed["gateways_ok"]["max"]), (1, 1))
    for label in ("cert_days_min", "mx1.tuv.test::cert_days"):
        days = parsed[label]
        expect(label, (82 < days["value"] < 84, days["warn"] is not None, days["crit"] is not None), (True, True, True))


def problem(office, to, service, since=0):
    return office.pager.wait(to, since, type="PROBLEM", service=service)


def our_policy(office):
    """A fault of ours is one page, whatever the number of partners."""
    escalate_after(office, "mailtls-own", NEVER)
    office.ours.require_tls(False)
    expect("checks until it is hard", office.until_hard("CRITICAL", "mailtls-own"), {"mailtls-own": 3})
    page = problem(office, "oncall", "mailtls-own")
    expect("first line", page["summary"], "PARTNER_POLICY CRITICAL - our TLS policy differs for hella, lost, p1 and "
           "7 more (10 of 10 partners fail)")
    expect("partners", office.check("partner-tuv", "partner-hella"), {"partner-tuv": "OK", "partner-hella": "OK"})
    office.ours.require_tls(True)
    expect("state", office.check("mailtls-own"), {"mailtls-own": "OK"})
    office.pager.wait("oncall", type="RECOVERY", service="mailtls-own")


def one_page(office):
    office.gateways.starttls("mx1.tuv.test", False)
    expect("checks until it is hard", office.until_hard("CRITICAL", "partner-tuv"), {"partner-tuv": 3})
    page = problem(office, "oncall", "partner-tuv")
    expect("first line", page["summary"],
           "PARTNER_POLICY CRITICAL - tuv: mx1.tuv.test: STARTTLS not offered (1 of 2 gateways fail)")
    finding = page["findings"][0]
    expect("meaning", finding.pop("explanation")[:38], "The gateway does not offer STARTTLS. M")
    expect("steps", len(finding.pop("cure")), 3)
    expect("findings", page["findings"], [{
        "code": "starttls-not-supported",
        "runbook": "https://wiki.example.com/mailtls#starttls-not-supported"}])
    expect("quotes or angle brackets", [c for c in page["summary"] if c in "\"'<>|"], [])
    office.until_hard("CRITICAL", "smtp-tls-mx1.tuv.test")  # tells nobody


def mails(office, subject):
    def arrived():
        return [m for m in office.gateways.mail(MAIL) if subject in m["Subject"]]
    return wait_for(f"mail about {subject}", arrived, instead=lambda: [m["Subject"] for m in office.gateways.mail(MAIL)])


def escalation(office):
    page = problem(office, "lead", "partner-tuv")
    mail = mails(office, page["summary"])[0]
    expect("mail to", mail["To"], "lead@" + MAIL)
    lines = mail.get_content().splitlines()
    expect("first line and meaning", (lines[0], lines[2][:63]),
           (page["summary"], "starttls-not-supported: The gateway does not offer STARTTLS. Ma"))
    expect("steps", [line[:2] for line in lines[3:6]], ["- "] * 3)
    expect("runbook and contact", [*lines[6:9], lines[9].split(", for ")[0]], [
        "Runbook: https://wiki.example.com/mailtls#starttls-not-supported",
        "Contact: Anna, +49 30 5550123", "", "PROBLEM: partner-tuv on mailout is CRITICAL"])


def recovery(office):
    office.gateways.starttls("mx1.tuv.test", True)
    expect("states", office.check("partner-tuv", "smtp-tls-mx1.tuv.test"),
           {"partner-tuv": "OK", "smtp-tls-mx1.tuv.test": "OK"})
    for who in ("oncall", "lead"):
        office.pager.wait(who, type="RECOVERY", service="partner-tuv")
    recovered, problem_mail = mails(office, "RECOVERY: ")[0], mails(office, "PARTNER_POLICY CRITICAL - tuv: ")[0]
    expect("thread", recovered["In-Reply-To"], problem_mail["In-Reply-To"])
    expect("has lasted", re.search(r" is CRITICAL, for \d+ seconds$", problem_mail.get_content(), re.M) is not None, True)


def glitch_beside_a_warning(office):
    """A certificate that expires soon is known; one failed check pages nobody, three do."""
    for gateway, service, changes in (("mx1.soon.test", "partner-soon", "changes-soon"),
                                      ("mx2.own.test", "smtp-tls-mx2.own.test", "changes-mx2.own.test")):
        glitch(office, gateway, service, changes)


def glitch(office, gateway, service, changes):
    expect("known", office.until_hard("WARNING", changes).keys(), {changes})
    expect("before", office.check(service), {service: "OK"})
    since = len(office.pager.pages)
    office.gateways.starttls(gateway, False)
    expect("glitch", office.check(service, changes), {service: "CRITICAL", changes: "CRITICAL"})
    office.gateways.starttls(gateway, True)
    expect("over", office.check(service, changes), {service: "OK", changes: "WARNING"})
    time.sleep(TIMER)
    expect("pages", office.pager.pages[since:], [])
    escalate_after(office, service, NEVER)
    office.gateways.starttls(gateway, False)
    expect("checks until it is hard", office.until_hard("CRITICAL", service), {service: 3})
    problem(office, "oncall", service, since)
    office.gateways.starttls(gateway, True)
    office.check(service)
    office.pager.wait("oncall", since, type="RECOVERY", service=service)


def escalate_after(office, service, seconds):
    office.icinga.modify("notifications", f"{HOST}!{service}!mailtls-escalation", **{"times.begin": seconds})


def short_fault(office):
    """Over before the escalation: the lead hears of neither fault nor recovery."""
    since = len(office.pager.pages)
    escalate_after(office, "partner-tuv", NEVER)
    office.gateways.starttls("mx2.tuv.test", False)
    office.until_hard("CRITICAL", "partner-tuv")
    office.gateways.starttls("mx2.tuv.test", True)
    office.check("partner-tuv")
    problem(office, "oncall", "partner-tuv", since)
    office.pager.wait("oncall", since, type="RECOVERY", service="partner-tuv")
    escalate_after(office, "partner-tuv", ESCALATE)


def restart_before_escalation(office):
    """It is postponed by a minute, which we do not wait for, and not lost."""
    since = len(office.pager.pages)
    escalate_after(office, "partner-hella", LATE)
    office.gateways.starttls("mx1.hella.test", False)
    office.until_hard("CRITICAL", "partner-hella")
    problem(office, "oncall", "partner-hella", since)
    office.icinga.stop()
    office.icinga.start()
    due = office.icinga.attributes("notifications", f"{HOST}!partner-hella!mailtls-escalation")["next_notification"]
    expect("due within a minute", time.time() < due < time.time() + 60, True)
    escalate_after(office, "partner-hella", ESCALATE)
    office.icinga.act("delay-notification", HOST, "partner-hella", timestamp=time.time())
    problem(office, "lead", "partner-hella", since)
    office.gateways.starttls("mx1.hella.test", True)
    office.check("partner-hella")
    for who in ("oncall", "lead"):
        office.pager.wait(who, since, type="RECOVERY", service="partner-hella")


def acknowledged(office):
    """A gateway without a partner pages by itself; who acknowledges in time is not escalated over."""
    office.gateways.starttls("mx1.own.test", False)
    escalate_after(office, "smtp-tls-mx1.own.test", NEVER)
    office.until_hard("CRITICAL", "smtp-tls-mx1.own.test")
    problem(office, "oncall", "smtp-tls-mx1.own.test")
    office.icinga.act("acknowledge-problem", HOST, "smtp-tls-mx1.own.test", author="anna", comment="calling them",
                      notify=True)
    page = office.pager.wait("oncall", type="ACKNOWLEDGEMENT")
    expect("comment", (page["author"], page["comment"]), ("anna", "calling them"))
    escalate_after(office, "smtp-tls-mx1.own.test", ESCALATE)
    office.icinga.act("delay-notification", HOST, "smtp-tls-mx1.own.test", timestamp=time.time())


def egress_down(office):
    office.gateways.down()
    expect("uplink", office.check("smtp-egress"), {"smtp-egress": "CRITICAL"})
    office.until_hard("CRITICAL", *office.services("partner-tuv", "partner-hella", "smtp-tls-mx1.tuv", "smtp-tls-mx1.hella"))
    office.until_hard("CRITICAL", "smtp-egress")
    for who in ("oncall", "lead"):
        page = problem(office, who, "smtp-egress")
        expect("first line", page["summary"],
               "SMTP_TLS CRITICAL - far.test: no gateway sent an SMTP greeting (2 of 2 gateways fail)")


def one_of_all_down(office):
    """The uplink is back, and one gateway is not as it was before."""
    since = len(office.pager.pages)
    office.gateways.starttls("mx1.hella.test", False, wait=False)
    office.gateways.up()
    office.check("smtp-egress")
    for who in ("oncall", "lead"):
        office.pager.wait(who, type="RECOVERY", service="smtp-egress")
    time.sleep(TIMER)  # states are still those of the outage
    expect("states", office.check("partner-tuv", "partner-hella", *office.services("smtp-tls-mx1.tuv")),
           {"partner-tuv": "OK", "partner-hella": "CRITICAL", "smtp-tls-mx1.tuv.test": "OK"})
    # It also waits for a check that is due within a minute.
    office.icinga.act("reschedule-check", HOST, "partner-hella", next_check=time.time() + 300)
    for who in ("oncall", "lead"):
        expect("first line", problem(office, who, "partner-hella", since)["summary"],
               "PARTNER_POLICY CRITICAL - hella: mx1.hella.test: STARTTLS not offered (1 of 1 gateways fail)")
    office.gateways.starttls("mx1.hella.test", True)
    office.gateways.starttls("mx1.own.test", True)
    office.check("partner-hella", "smtp-tls-mx1.own.test")
    for who, service in (("oncall", "partner-hella"), ("lead", "partner-hella"), ("oncall", "smtp-tls-mx1.own.test")):
        office.pager.wait(who, since, type="RECOVERY", service=service)


def unknown(office):
    office.until_hard("UNKNOWN", "partner-lost")
    expect("mail to", mails(office, "UNKNOWN - lost: ")[0]["To"], "postmaster@" + MAIL)


def warning_waits_for_the_office(office):
    """So does whatever check_mx_cert finds for itself. The wait outlasts a restart."""
    office.until_hard("WARNING", "changes-soon", "changes-mx2.own.test", "mx-cert-soon.test")
    office.until_hard("CRITICAL", "mx-cert-lost.test")
    office.icinga.stop()
    beginnings = ["PARTNER_POLICY WARNING - soon: mx1.soon.test: ", "SMTP_TLS WARNING - mx2.own.test: ",
                  "MX_CERT WARNING - mx1.soon.test: ", "MX_CERT CRITICAL - lost.test: "]
    expect("mail before office hours", [m["Subject"] for m in office.gateways.mail(MAIL)
                                        if m["Subject"].startswith(tuple(beginnings))], [])
    office.hours(open_now=True)
    office.icinga.start()
    for beginning in beginnings:
        expect("mail to", mails(office, beginning)[0]["To"], "postmaster@" + MAIL)


def no_other_page(office):
    """All that was told, in all of it; Icinga has had time for one thing more."""
    time.sleep(TIMER)
    told = sorted((who, p["type"], p["service"]) for who, p in office.pager.pages)
    both = [(who, kind, service) for who in ("oncall", "lead") for kind in ("PROBLEM", "RECOVERY")
            for service in ("partner-tuv", "smtp-egress", "partner-hella", "partner-hella")]
    short = [("oncall", kind, "partner-tuv") for kind in ("PROBLEM", "RECOVERY")]
    own = [("oncall", kind, "smtp-tls-mx1.own.test") for kind in ("PROBLEM", "ACKNOWLEDGEMENT", "RECOVERY")]
    own += [("oncall", kind, name) for kind in ("PROBLEM", "RECOVERY") for name in
            ("mailtls-own", "partner-soon", "smtp-tls-mx2.own.test")]
    expect("pages", told, sorted(both + short + own))
    expect("mail", sorted(m["To"] for m in office.gateways.mail(MAIL)),
           8 * ["lead@" + MAIL] + 5 * ["postmaster@" + MAIL])
