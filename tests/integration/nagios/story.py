# SPDX-License-Identifier: BSD-2-Clause
"""What has to happen in Nagios Core, told in order; its minutes are seconds here."""
import os
import re
import shutil
import time

import configuration
import harness
import nagios
import our_mail
import quick_start
from gateways import RESOLVER, Gateways
from our_postfix import OurPostfix
from servers import loopback_up
from session import use_resolver

MANY = [f"p{i}" for i in range(1, 8)]  # partners with one gateway; alpha, beta and gamma make them ten
GATEWAYS = {f"{name}.test": [f"mx.{name}.test"] for name in ("alpha", "beta", "delta", "echo", "far")} | \
    {f"{name}.test": ["mx.many.test"] for name in MANY}
SOON = {"start": "-300d", "end": "20d"}
MAIL = "office.example"  # where the mail goes; the gateways relay for .test
ALPHA = ("alpha", "partner-policy")
BETA = ("beta", "partner-policy")     # its certificate expires soon
BETA_CHANGES = ("beta", "partner-changes")
ECHO = ("mx.echo.test", "smtp-tls")   # so does its own, and it is nobody's partner
ECHO_CHANGES = ("mx.echo.test", "smtp-tls-changes")
OWN = ("mailout", "mailtls-own")
GAMMA = ("gamma", "partner-policy")   # UNKNOWN: nobody answers where its resolver should be
DELTA = ("mx.delta.test", "smtp-tls")
DETAIL = ("mx.alpha.test", "smtp-tls")
EGRESS = ("way-out", "smtp-egress")
LOG = ("alpha", "mail-log")
OUR_LOG = ("way-out", "mail-log-own")
LATER = [("mailtls-unknown", *GAMMA), ("mailtls-lead", *ALPHA)]  # told by the time alone
GOOD = [EGRESS, ALPHA, ("alpha", "mx-cert"), ("alpha", "partner-changes"), DETAIL, DELTA, ("mx.delta.test", "smtp-tls-changes"),
        ("delta.test", "smtp-tls"), ("delta.test", "smtp-tls-changes"), ("delta.test", "mx-cert"), BETA, ECHO, OWN,
        ("mailout", "mailtls-own-changes"), LOG, ("beta", "mail-log"), OUR_LOG, *((name, "partner-policy") for name in MANY)]
STAGES = "dns connect greeting ehlo starttls cert tls ehlo_tls total cert_days".split()

# template, host_name, then what else an administrator writes
PARTNERS = [
    ("mailtls-partner", "alpha", "_PARTNER alpha", "_DOMAINS -d alpha.test", "notes Contact: alice@alpha.test",
     "_MAILTLS --ca-file {ca}"),
    ("mailtls-partner-gateway", "mx.alpha.test", "_MAILTLS --ca-file {ca}"),
    ("mailtls-partner", "beta", "_PARTNER beta", "_DOMAINS -d beta.test", "_MAILTLS --ca-file {ca}"),
    ("mailtls-partner", "gamma", "_PARTNER gamma", "_DOMAINS -d gamma.test",
     "_MAILTLS --resolver 127.53.9.9 --stage-timeout 1"),
    ("mailtls-gateway", "mx.delta.test", "_MAILTLS --ca-file {ca}"),
    ("mailtls-gateway", "mx.echo.test", "_MAILTLS --ca-file {ca}"),
    ("mailtls-domain", "delta.test", "_MAILTLS --ca-file {ca}"),
    ("mailtls-own", "mailout"),
    *(("mailtls-partner", name, f"_PARTNER {name}", f"_DOMAINS -d {name}.test", "_MAILTLS --ca-file {ca}") for name in MANY),
]
FORM = """[{name}]
company = {name}
domains = {name}.test
gateways = {gateway}:25
certificate-cn = {gateway}
issuer = Lab inter
ca-file = {ca}
direction = outbound
"""


def run(place):
    """Returns a list with the text of each failure, "" for what passed."""
    loopback_up()
    gateways = Gateways(place, list(dict.fromkeys(mx for hosts in GATEWAYS.values() for mx in hosts)), GATEWAYS,
                        {"mx.beta.test": SOON, "mx.echo.test": SOON})
    monitor = nagios.Nagios(place + "/nagios", harness.BUILD)
    pager = harness.Pager()
    try:
        use_resolver(place, RESOLVER)
        forms, ca = place + "/partners", gateways.pki.ca_file
        gateways.deliver(MAIL)
        names = ["alpha", "beta", "gamma", *MANY]
        for name in names:
            gateway = GATEWAYS.get(f"{name}.test", [f"mx.{name}.test"])[0]
            harness.write(f"{forms}/{name}.ini", FORM.format(name=name, gateway=gateway, ca=ca))
        ours = OurPostfix(place + "/our-postfix", forms, ca, names)
        mail = our_mail.OurMail(place + "/our-postfix")
        hosts = ["define host {\n" + "\n".join([f"use {template}", f"host_name {name}", *more]) + "\n}\n"
                 for template, name, *more in PARTNERS]
        # What an administrator changes; besides, each contact has a pager and a mailbox of its own, and
        # the office is closed.
        monitor.start([
            (r"/usr/share/mailtls-plugins/icinga-templates/mailtls-notify", harness.TEMPLATES + "/mailtls-notify"),
            (r"/etc/mailtls/partners", forms),
            (r"^ +(_WEBHOOK|email) .*\n", ""),
            (r"( +contact_name +(mailtls-(?!wait)\w+)\n)", rf"\1    _WEBHOOK {pager.url('')}\2\n    email \2@{MAIL}\n"),
            (r"^ +(mon|tues|wednes|thurs|fri)day +08:00-1.:00\n", ""),
            (r"host_name  smtp-egress", "host_name  way-out"),
            (r"_DOMAIN    change.invalid", "_DOMAIN    far.test"),
            (r"# hostgroup_members", "hostgroup_members"),
            (r"/var/log/mail\.log", mail.log),
        ], "".join(hosts).replace("{ca}", ca))
        return [harness.failure(as_readme_says, place + "/readme", ca)] + valid(place) + Story(gateways, monitor, pager, ours, mail).tell()
    finally:
        monitor.stop()
        pager.stop()
        gateways.stop()


def as_readme_says(place, ca):
    """README's commands in a copy of Debian's configuration: it is valid, and has the partner of whom a form was drafted."""
    shutil.copytree(nagios.DEBIAN, place + "/nagios4")
    for directory, _, files in os.walk(place + "/nagios4"):
        for file in files:
            with open(f"{directory}/{file}") as f:
                text = f.read()
            harness.write(f"{directory}/{file}", text.replace(nagios.DEBIAN, place + "/nagios4"))
    commands, files = quick_start.steps("Nagios Core 4")
    places = quick_start.system(place + "/root", place + "/partners", (nagios.DEBIAN, place + "/nagios4"))
    os.environ["SSL_CERT_FILE"] = ca
    try:
        quick_start.execute(commands, place, places | {"tuv.com": "alpha.test"}, {"systemctl": '[ "$*" = "reload nagios4" ]'})
    finally:
        del os.environ["SSL_CERT_FILE"]
    with open(place + "/nagios4/conf.d/mailtls/partners.cfg") as f:
        harness.expect("partners.cfg", "host_name  alpha.test\n" in f.read(), True)
    harness.expect("files to change", [file for file in files if not os.path.exists(f"{nagios.SHIPPED}/{file}")], [])


def valid(place):
    """As it is shipped, with partners as they are printed, and with one kind of host besides our way out."""
    host = "define host {{\nuse {0}\nhost_name {0}.example\n_PARTNER a\n_DOMAINS -d a.example\n}}\n"
    for name, text in configuration.FORMS.items():
        harness.write(f"{place}/odd/{name}", text)
    printed = configuration.printed("nagios", place + "/odd")
    return [nagios.complaint(place, "shipped"), nagios.complaint(place, "printed", printed),
            nagios.complaint(place, "shipped-with-log", with_log=True),
            nagios.complaint(place, "printed-with-log", printed, with_log=True)] + [
        nagios.complaint(place, "with-" + template, host.format(template))
        for template in {template for template, *_ in PARTNERS}]


class Story:
    def __init__(self, gateways, monitor, pager, ours, mail):
        self.gateways = gateways
        self.nagios = monitor
        self.pager = pager
        self.ours = ours
        self.mail = mail
        self.results = []

    def tell(self):
        self._begins()
        self._starttls_goes()
        self._it_lasts()
        self._starttls_returns()
        self._our_policy()
        self._mail_waits()
        self._glitch("mx.beta.test", BETA, BETA_CHANGES)
        self._mailed("PARTNER_POLICY CRITICAL - beta: mx.beta.test: STARTTLS not offered")
        self._glitch("mx.echo.test", ECHO, ECHO_CHANGES)
        self._egress_goes()
        self._egress_returns()
        return self.results

    # --- what happens --------------------------------------------------------------------------------------------

    def _begins(self):
        for service in GOOD:
            self._becomes(service, "OK")
        for host in sorted({host for host, _ in GOOD}):
            harness.wait_for(f"{host} is up", lambda host=host: self.nagios.host_state(host) == "0")
            self.results.append("")
        data = self.nagios.service(*DETAIL)["performance_data"]
        self._same("labels", [label.strip("'") for label in re.findall(r"('[^']+'|[^ =]+)=[^ ]+", data)],
                   ["time", "confidence", "gateways", "gateways_ok", "cert_days_min"] +
                   ["mx.alpha.test::" + stage for stage in STAGES])
        self._becomes(BETA_CHANGES, "WARNING")
        self._becomes(ECHO_CHANGES, "WARNING")
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
        self._says("its explanation", page["findings"][0]["explanation"], r"does not offer")
        self._says("its runbook", page["findings"][0]["runbook"], r"^https://.*#starttls-not-supported$")
        self._same("whom to call", page["notes"], "Contact: alice@alpha.test")
        self._becomes(ALPHA, "CRITICAL")
        self._says("status.dat's first line", self.nagios.service(*ALPHA)["plugin_output"], first)
        self._becomes(DETAIL, "CRITICAL")
        self._says("the long output", self.nagios.service(*DETAIL)["long_plugin_output"],
                   r"^\\\\_ \[CRITICAL\] mx\.alpha\.test \[[0-9.]+\]: STARTTLS not offered; expected")
        self._service_page()
        self._same("pages for one fault", self._told(but=LATER), [("mailtls-oncall", *ALPHA)])

    def _service_page(self):
        """What Nagios's CGI shows of a service: whom to call, and the matrix."""
        page = self.nagios.page(*ALPHA)
        self._says("whom to call, on the page", page, r">Contact: alice@alpha\.test<")
        # extinfo.css is for this cell: with it, blanks stay as they are.
        cell = r"<TD CLASS='dataVal'>[^\n]*<BR>mx\.alpha\.test \[10\.25\.0\.1\]    10  OK \(\d+ms\)  OK"
        self._says("the matrix, on the page", page, cell)
        self._says("its style sheet", page, r"HREF='/nagios4/stylesheets/extinfo\.css'")

    def _it_lasts(self):
        """For half an hour, and the office opens."""
        self._paged("mailtls-lead", ALPHA, "PROBLEM", "CRITICAL", seconds=50)
        self._paged("mailtls-unknown", GAMMA, "PROBLEM", "UNKNOWN")
        self._same("mail to a closed office", self.pager.of("mailtls-office"), [])
        self.nagios.command("CHANGE_CONTACT_SVC_NOTIFICATION_TIMEPERIOD", "mailtls-office", "mailtls-always")
        for service in (BETA_CHANGES, ECHO_CHANGES):
            self.nagios.check_now(*service)
            self._paged("mailtls-office", service, "PROBLEM", "WARNING")

    def _starttls_returns(self):
        self.gateways.starttls("mx.alpha.test", True)
        self.nagios.check_now(*ALPHA)
        self.nagios.check_now(*DETAIL)
        for receiver in ("mailtls-oncall", "mailtls-lead"):
            self._paged(receiver, ALPHA, "RECOVERY", "OK")
        self._becomes(DETAIL, "OK")
        self._same("everything that was sent", sorted(set(self._told())), [
            ("mailtls-lead", *ALPHA), ("mailtls-office", *BETA_CHANGES), ("mailtls-office", *ECHO_CHANGES),
            ("mailtls-oncall", *ALPHA), ("mailtls-unknown", *GAMMA)])

    def _our_policy(self):
        """A fault of ours is one page, whatever the number of partners."""
        before = len(self.pager.pages)
        self.ours.require_tls(False)
        self.nagios.check_now(*OWN)
        page = self._paged("mailtls-oncall", OWN, "PROBLEM", "CRITICAL")
        self.nagios.put_off_escalation(*OWN)
        self._same("our first line", page["summary"], "PARTNER_POLICY CRITICAL - our TLS policy differs for alpha, beta, "
                   "gamma and 7 more (10 of 10 partners fail)")
        time.sleep(11)  # every service that pages is checked once more
        self._same("pages for our policy", self._told(before), [("mailtls-oncall", *OWN)])
        for name in ("alpha", "beta", *MANY):
            self._becomes((name, "partner-policy"), "OK")
        self.ours.require_tls(True)
        self.nagios.check_now(*OWN)
        self._paged("mailtls-oncall", OWN, "RECOVERY", "OK")

    def _mail_waits(self):
        """Because of a partner's TLS: a page about that partner. Because of ours: one page, whatever the number of partners."""
        before = len(self.pager.pages)
        self.mail.wait({"alpha": 12}, "TLS is required, but was not offered by host mx.alpha.test[10.25.0.1]")
        self.nagios.check_now(*LOG)
        page = self._paged("mailtls-oncall", LOG, "PROBLEM", "CRITICAL")
        self.nagios.put_off_escalation(*LOG)
        self._says("the page's first line", page["summary"],
                   r"^MAIL_LOG CRITICAL - alpha: 12 messages wait since .*not offered by mx\.alpha\.test$")
        self._same("its finding", [f["code"] for f in page["findings"]], ["mail-waiting"])
        self._says("its cure", "\n".join(page["findings"][0]["cure"]), r"postqueue -f")
        self._same("whom to call", page["notes"], "Contact: alice@alpha.test")
        self.mail.wait({name: 1 for name in ("alpha", "beta", *MANY)}, "client TLS configuration problem")
        self.nagios.check_now(*LOG)
        self._paged("mailtls-oncall", LOG, "RECOVERY", "OK")
        self.nagios.check_now(*OUR_LOG)
        page = self._paged("mailtls-oncall", OUR_LOG, "PROBLEM", "CRITICAL")
        self.nagios.put_off_escalation(*OUR_LOG)
        self._says("our first line", page["summary"], r"^MAIL_LOG CRITICAL - 9 messages wait because of our own TLS: client TLS")
        time.sleep(11)  # every service that pages is checked once more
        self.mail.wait({}, "")
        self.nagios.check_now(*OUR_LOG)
        self._paged("mailtls-oncall", OUR_LOG, "RECOVERY", "OK")
        self._same("pages for mail that waits", self._told(before), 2 * [("mailtls-oncall", *LOG)] + 2 * [("mailtls-oncall", *OUR_LOG)])

    def _glitch(self, gateway, service, changes):
        """While the office knows of a WARNING: one failed check sends no page, the third in a row does."""
        self._becomes(changes, "WARNING")
        self._same("before the glitch", self.nagios.manual(*service), ("OK", True, 1))
        before = len(self.pager.pages)
        self.gateways.starttls(gateway, False)
        self._same("the glitch", self.nagios.checked(*service), ("CRITICAL", False, 1))
        self.gateways.starttls(gateway, True)
        self._same("after the glitch", self.nagios.checked(*service), ("OK", True, 1))
        self.gateways.starttls(gateway, False)
        for attempt in (1, 2):
            self._same("a fault", self.nagios.checked(*service), ("CRITICAL", False, attempt))
        self._same("pages before the third", self._told(before), [])
        self._same("a fault that lasts", self.nagios.checked(*service), ("CRITICAL", True, 3))
        self._paged("mailtls-oncall", service, "PROBLEM", "CRITICAL")
        self.nagios.put_off_escalation(*service)
        self.gateways.starttls(gateway, True)
        self.nagios.checked(*service)
        self._paged("mailtls-oncall", service, "RECOVERY", "OK")
        self._same("pages for the fault", [told for told in self._told(before) if told[0] != "mailtls-office"],
                   2 * [("mailtls-oncall", *service)])
        self.nagios.automatic(*service)

    def _mailed(self, subject):
        """The page in the mailbox of the person on call, and the recovery in its thread."""
        def arrived():
            mails = [mail for mail in self.gateways.mail(MAIL) if mail["To"] == "mailtls-oncall@" + MAIL]
            problem = [mail for mail in mails if mail["Subject"].startswith(subject)]
            recovery = [mail for mail in mails if mail["Subject"].startswith("RECOVERY: ") and "beta" in mail["Subject"]]
            return (problem, recovery) if problem and recovery else None
        problem, recovery = harness.wait_for(f"mail of {subject}", arrived)
        self._same("mails", (len(problem), len(recovery)), (1, 1))
        text = problem[0].get_content()
        self._says("the explanation", text, r"^starttls-not-supported: The gateway does not offer STARTTLS\. Mail for which")
        self._says("the cure", text, r"^- Run `openssl s_client -starttls smtp -connect HOST:25`")
        self._says("the state", text, r"^PROBLEM: partner-policy on beta is CRITICAL")
        self._same("thread", recovery[0]["In-Reply-To"], problem[0]["In-Reply-To"])

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
        self.results.append("" if re.search(pattern, seen, re.M) else f"{what}: {seen!r} rather than {pattern}")
