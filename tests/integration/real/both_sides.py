# SPDX-License-Identifier: BSD-2-Clause
"""check_partner_policy beside two mail servers that write to each other by the forms in examples/partners.

What it says of a gateway, of ours or of our policy is what then becomes of mail.
"""
import os
import re
import smtplib
import subprocess

import exim
import opensmtpd
import own_exim
import xclient
from cases import CRITICAL, OK, UNKNOWN, play
from correspondents import GATEWAYS, MASTER, OURS, Ours, Theirs, due, replace, told
from process import wait_for, write
from servers import SERVICES

EXAMPLES = os.path.join(os.path.dirname(__file__), "..", "..", "..", "examples", "partners")

RELAYED = """
[relayed]
domains = relayed.com
gateways = mail1.hella.com
direction = outbound
"""

NAMED = """
[named]
domains = othername.test
gateways = mx.othername.test
tls-level = secure
match = .elsewhere.test
direction = outbound
"""

FIXED = """
[fixed]
domains = fixed.com
gateways = mail2.hella.com:25
fixed-route = yes
direction = outbound
"""

# --print postfix: form: (the keys of smtp_tls_policy_maps, those of check_sender_access)
KEYS = {
    "hella": (["hella.com"], ["hella.com"]),
    "tuv": (["tuv.com", ".tuv.com"], ["tuv.com", ".tuv.com"]),
    "relayed": (["[mail1.hella.com]:25"], []),
}
NO_KEYS = ["com", ".com", "mail1.hella.com", "mx5.de.tuv.com", "*.tuv.com", "[hella.com]", "hella.com:25", "test"]
TYPES = ["hash", "lmdb", "btree", "cdb"]


class BothSides:
    def __init__(self, lab, build):
        self.lab = lab
        self.program = os.path.abspath(build + "/check_partner_policy")
        self.dir = lab.dir + "/both-sides"
        self.policy = self.dir + "/tls_policy"
        os.mkdir(self.dir)
        self._certificates()
        self._forms()
        self.printed = self.print("postfix")
        replace(self.policy, self.printed)
        self._start()

    def _certificates(self):
        pki = self.lab.pki
        pki.authority("dtrust", "root", subject="CN = D-TRUST SSL Class 3 CA 1 2009")
        for name, issuer in (("hella", "inter"), ("tuv", "dtrust")):
            pki.leaf(name, list(GATEWAYS[name]), issuer=issuer, chain=(issuer,))
        pki.leaf("ours", ["mx1.example.com"])

    def _forms(self):
        """The published examples as they are, but for our files' place, and two of the lab's own."""
        write(self.dir + "/relayed.ini", RELAYED)
        write(self.dir + "/named.ini", NAMED)
        os.mkdir(self.dir + "/fixed")
        self.fixed = self.dir + "/fixed/fixed.ini"
        write(self.fixed, FIXED)
        for name in ("hella.ini", "tuv.ini", "own.ini"):
            with open(f"{EXAMPLES}/{name}") as f:
                write(f"{self.dir}/{name}", f.read().replace("/etc/postfix", self.dir))
        self.transport = "texthash:" + self.dir + "/transport"
        self.printed_fixed = self.print("postfix", forms=self.fixed)
        rows = re.findall(r"^#> (.*\n)", self.printed_fixed, re.M)
        replace(self.dir + "/transport", "relayed.com smtp:[mail1.hella.com]:25\n" + "".join(rows))
        # Where mail goes decides what is printed, before there is a Postfix that sends by it.
        write(self.dir + "/main.cf", f"compatibility_level = 3.6\ntransport_maps = {self.transport}\n")
        write(self.dir + "/master.cf", MASTER + SERVICES)

    def _start(self):
        """By what the head of the printed table says."""
        said = dict(re.findall(r"^#   (smtpd?_\w+) = (.*)$", self.printed, re.M))
        said["smtp_tls_CAfile"] = self.lab.ca_file
        said = {name: value.replace("/etc/postfix", self.dir) for name, value in said.items()}
        self.split, = re.findall(r"^#   (sed .*>tls_senders)$", self.printed, re.M)
        self.senders = self.dir + "/" + self.split.split(">")[-1]
        senders(self)
        pki = self.lab.pki
        self.ours = Ours(self.lab.servers, said | {"smtpd_tls_chain_files": pki.path("ours.pem"),
                                                   "transport_maps": self.transport})
        for name in ("main.cf", "master.cf"):  # beside the tables, as in /etc/postfix
            os.remove(f"{self.dir}/{name}")
            os.symlink(f"{self.ours.dir}/{name}", f"{self.dir}/{name}")
        self.refusal = said["smtpd_sender_restrictions"]
        self.theirs = Theirs(self.lab.servers, {f"{name}_{what}": value for name in GATEWAYS for what, value in
                                                (("tls", "may"), ("chain", pki.path(name + ".pem")))})

    def print(self, what, *more, forms=None):
        return subprocess.run([self.program, "-f", forms or self.dir, "--print", what, *more], check=True,
                              capture_output=True, text=True, timeout=20).stdout

    def rewrite(self, line="", new=""):
        """The policy as it was printed, with another line in place of this one."""
        if line not in self.printed:
            raise ValueError(f"no {line!r} in the table")
        replace(self.policy, self.printed.replace(line, new) if line else self.printed)

    def says(self, partner, status, due, more="", forms=None):
        """None where the plugin finds just that."""
        return play(self.lab, self.program, f"-f {forms or self.dir} --partner {partner} {more}", status, due)


def run(lab, build):
    p = BothSides(lab, build)
    steps = [tables, starttls_switched_off, certificate_of_another, senders_in_clear, *xclient.STEPS, restrictions, parents,
             weakened, nobodys_key, next_hop, fixed_route, agreed_name, no_warnings, key_twice, classes, nothing_left]
    unpacked = build + "/mail-servers"
    return [result for step in steps for result in told(step.__name__, step(p))] + \
        [*told("exim", exim.play(p, unpacked)), *told("own exim", own_exim.run(p)),
         *told("opensmtpd", opensmtpd.play(p, unpacked))]


def tables(p):
    """postmap(1) finds each key, and no other."""
    types = [t for t in TYPES if t in subprocess.run(["postconf", "-c", p.ours.dir, "-m"], check=True, text=True,
                                                     capture_output=True).stdout.split()]
    yield None if types else "no type of table that postmap makes"
    for form, keys in KEYS.items():
        printed = p.print("postfix", "--partner", form, forms=f"{EXAMPLES}/{form}.ini" if form in GATEWAYS else p.dir)
        for side, text in enumerate((printed, "".join(re.findall(r"^#: (.*\n)", printed, re.M)))):
            file = f"{p.dir}/{form}-{side}"
            replace(file, text)
            yield from table(p, file, types, keys[side])


def table(p, file, types, keys):
    with open(file) as f:
        lines = dict(line.split(maxsplit=1) for line in f.read().splitlines() if line and line[0] != "#")
    found = postmap(p, "-q", "-", "texthash:" + file, text="\n".join(keys + NO_KEYS))
    yield None if pairs(found) == lines and sorted(lines) == sorted(keys) else f"{file}: {found}, due {keys}: {lines}"
    for kind in types:
        made = postmap(p, f"{kind}:{file}")  # says what is wrong with a line
        found = postmap(p, "-s", f"{kind}:{file}")
        yield None if not made and pairs(found) == lines else f"{kind}:{file}: {made}{found}, due {lines}"


def pairs(text):
    return dict(line.split("\t", 1) for line in text.splitlines())


def postmap(p, *arguments, text=""):
    return subprocess.run(["postmap", "-c", p.ours.dir, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          input=text, text=True, timeout=20).stdout


def starttls_switched_off(p):
    yield p.says("hella", OK, [])
    yield from delivered(p, "user@hella.com", "with TLS")
    p.theirs.set(hella_tls="none")
    yield p.says("hella", CRITICAL, [f"starttls-not-supported critical {name}" for name in GATEWAYS["hella"]])
    mail = p.ours.send("user@hella.com", "waits for TLS")
    yield due(r"deferred \(TLS is required, but was not offered by host mail\d\.hella\.com", p.ours.outcome(mail))
    waits = wait_for(f"{mail} waits", lambda: p.ours.deferred().get(mail), instead=p.ours.deferred)
    yield due(r"TLS is required, but was not offered by host mail\d\.hella\.com", waits)
    p.theirs.set(hella_tls="may")
    yield p.says("hella", OK, [])
    yield from flushed(p, mail, "waits for TLS")


def certificate_of_another(p):
    yield p.says("tuv", OK, [])
    yield from delivered(p, "user@any.tuv.com", "with its certificate")
    p.theirs.set(tuv_chain=p.lab.pki.path("othername.pem"))
    yield p.says("tuv", CRITICAL, [f"{code} {name}" for name in GATEWAYS["tuv"] for code in (
        "certificate-host-mismatch critical", "certificate-cn-changed warning", "issuer-changed warning")])
    mail = p.ours.send("user@amer.tuv.com", "waits for a certificate")
    yield due(r"deferred \(Server certificate not verified\)", p.ours.outcome(mail))
    p.theirs.set(tuv_chain=p.lab.pki.path("tuv.pem"))
    yield p.says("tuv", OK, [])
    yield from flushed(p, mail, "waits for a certificate")


def delivered(p, recipient, subject):
    mail = p.ours.send(recipient, subject)
    yield due(r"sent \(250 ", p.ours.outcome(mail))
    yield due(r".*\(using TLSv1\.\d .* with ESMTPS id", p.theirs.received(subject))


def flushed(p, mail, subject):
    p.ours.flush()
    yield due(r"sent \(250 ", p.ours.outcome(mail, 2))
    yield due(r".*\(using TLSv1\.\d .* with ESMTPS id", p.theirs.received(subject))


def senders_in_clear(p):
    """Our own gateway, from outside of mynetworks."""
    for domain, answer in (("hella.com", 450), ("tuv.com", 450), ("de.tuv.com", 450), ("any.tuv.com", 450),
                           ("elsewhere.com", 250)):
        yield due(f"{answer} ", recipient_in(f"user@{domain}", tls=False), domain)
        yield due("250 ", recipient_in(f"user@{domain}", tls=True), domain + " with TLS")
    yield p.says("hella", OK, [], "--inbound")
    yield p.says("tuv", OK, [], "--inbound")
    p.ours.set(smtpd_sender_restrictions="")
    yield p.says("hella", CRITICAL, ["plaintext-accepted critical mx1.example.com"])
    yield p.says("tuv", CRITICAL, ["plaintext-accepted critical mx1.example.com"] * 4,
                 "--inbound")
    p.ours.set(smtpd_sender_restrictions=p.refusal)
    yield p.says("hella", OK, [])


def restrictions(p):
    """The table is as it was; whether it counts, main.cf decides."""
    taken = "plaintext-accepted critical mx1.example.com"
    usual = {"smtpd_sender_restrictions": p.refusal, "smtpd_client_restrictions": "",
             "smtpd_recipient_restrictions": "", "smtpd_delay_reject": "yes", "smtpd_tls_security_level": "may",
             "smtpd_restriction_classes": "must_encrypt", "must_encrypt": p.refusal}
    none = {"smtpd_sender_restrictions": ""}
    for settings, answer, found in (
            (none | {"smtpd_recipient_restrictions": "must_encrypt"}, 450, []),
            (none | {"smtpd_client_restrictions": p.refusal}, 450, []),
            (none | {"smtpd_client_restrictions": p.refusal, "smtpd_delay_reject": "no"}, 250,
             [taken]),
            ({"smtpd_sender_restrictions": "permit_auth_destination, " + p.refusal}, 250,
             [taken]),
            (none | {"smtpd_tls_security_level": "encrypt"}, 530, []),
            ({"smtpd_tls_security_level": "none"}, 450, ["starttls-not-supported critical"])):
        p.ours.set(**usual | settings)
        yield due(f"{answer} ", recipient_in("user@hella.com", tls=False), str(settings))
        yield p.says("hella", CRITICAL if found else OK, found, "--inbound")
    p.ours.set(**usual)
    yield p.says("hella", OK, [])


def parents(p):
    """Whether a domain's key in the access table stands for its subdomains, main.cf decides, too."""
    missing = ["plaintext-accepted critical mx1.example.com"] * 3
    for names, keys, answer, found in (
            ("relay_domains, smtpd_access_maps", ["tuv.com"], 450, []),
            ("relay_domains", ["tuv.com"], 250, missing),
            ("", ["tuv.com"], 250, missing),
            ("!smtpd_access_maps, smtpd_access_maps", ["tuv.com"], 250, missing),
            ("", ["tuv.com", ".tuv.com"], 450, [])):
        p.ours.set(parent_domain_matches_subdomains=names)
        senders(p, *(f"{key} reject_plaintext_session" for key in keys))
        yield due(f"{answer} ", recipient_in("user@de.tuv.com", tls=False), f"{names}: {keys}")
        yield p.says("tuv", CRITICAL if found else OK, found, "--inbound")
    del p.ours.settings["parent_domain_matches_subdomains"]
    p.ours.set()
    senders(p)
    yield p.says("tuv", OK, [])


def classes(p):
    """What an entry comes to, where it is a list of restrictions or a class of them."""
    taken = ["plaintext-accepted critical mx1.example.com"]
    refused_all = ["plaintext-inconclusive unknown"]
    for value, restrictions_of, answers, found in (
            ("must_encrypt", "reject_plaintext_session", (450, 250), []),
            ("permit_mynetworks, must_encrypt", "reject_unauth_destination, reject_plaintext_session", (450, 250), []),
            ("must_encrypt", "permit, reject_plaintext_session", (250, 250), taken),
            ("warn_if_reject must_encrypt", "reject_plaintext_session", (250, 250), taken),
            ("warn_if_reject reject_plaintext_session", "permit_mynetworks", (250, 250), taken),
            ("Must_Encrypt", "reject_plaintext_session", (451, 451), refused_all),
            ("reject_plaintext_session, check_client_access static:OK", "permit_mynetworks", (451, 451), refused_all)):
        p.ours.set(smtpd_restriction_classes="must_encrypt", must_encrypt=restrictions_of)
        senders(p, f"hella.com {value}")
        for tls, answer in enumerate(answers):
            yield due(f"{answer} ", recipient_in("user@hella.com", tls), f"{value}: {restrictions_of}")
        status = {"critical": CRITICAL, "unknown": UNKNOWN}[found[0].split()[1]] if found else OK
        yield p.says("hella", status, found, "--inbound")
    senders(p)
    yield p.says("hella", OK, [])


def senders(p, *lines):
    """The access table as these lines; as it was printed, where there are none."""
    if lines:
        replace(p.senders, "".join(line + "\n" for line in lines))
    else:
        subprocess.run(p.split, shell=True, cwd=p.dir, check=True, timeout=10)


def recipient_in(sender, tls):
    with smtplib.SMTP(OURS, 25, timeout=20) as client:
        client.ehlo()
        if tls:
            client.starttls()
            client.ehlo()
        code, text = client.mail(sender)
        if code == 250:
            code, text = client.rcpt("postmaster@mx1.example.com")
        return f"{code} {text.decode()}"


def weakened(p):
    p.rewrite("\nhella.com verify match=hostname", "\nhella.com encrypt")
    yield p.says("hella", CRITICAL, ["own-policy-weak critical"])
    p.rewrite("\nhella.com verify match=hostname protocols=>=TLSv1.2", "\nhella.com may")
    yield p.says("hella", CRITICAL, ["own-policy-weak critical"])
    yield from in_clear(p, "hella", "by level may")


def nobodys_key(p):
    """A key that Postfix does not look up: it is in the table, and mail is sent in plaintext."""
    p.rewrite("\nhella.com verify", "\n[hella.com] verify")
    yield p.says("hella", CRITICAL, ["own-policy-missing critical"])
    yield from in_clear(p, "hella", "by no policy")


def next_hop(p):
    """The other way about: the key of mail that a transport table routes is its next-hop, with brackets and port."""
    yield p.says("relayed", OK, [])
    yield from delivered(p, "user@relayed.com", "by a next-hop's policy")
    p.rewrite("\n[mail1.hella.com]:25 verify", "\nrelayed.com verify")
    yield p.says("relayed", CRITICAL, ["own-policy-missing critical"])
    yield from in_clear(p, "relayed", "by a domain's policy")


def fixed_route(p):
    """What is printed for a form alone: a line for the transport table, and the policy of that next-hop."""
    own = os.path.dirname(p.fixed)
    os.symlink(f"{p.dir}/own.ini", f"{own}/own.ini")
    yield p.says("fixed", CRITICAL, ["own-policy-missing critical"], forms=own)
    replace(p.policy, p.printed + p.printed_fixed)
    yield p.says("fixed", OK, [], forms=own)
    yield from delivered(p, "user@fixed.com", "by a fixed route")
    p.rewrite()


def agreed_name(p):
    """A certificate by a name that was agreed, which is not the MX host's."""
    yield p.says("named", OK, [])
    yield due(r"sent \(250 ", p.ours.outcome(p.ours.send("user@othername.test", "by a name that was agreed")))
    p.rewrite("match=.elsewhere.test", "match=nexthop")
    yield p.says("named", CRITICAL, ["own-policy-weak critical"])
    p.rewrite()


def in_clear(p, partner, subject):
    p.theirs.set(hella_tls="none")
    yield due(r"sent \(250 ", p.ours.outcome(p.ours.send(f"user@{partner}.com", subject)))
    yield due(r"(?!.*using TLS).* with ESMTP id", p.theirs.received(subject))
    p.theirs.set(hella_tls="may")
    p.rewrite()
    yield p.says(partner, OK, [])


def key_twice(p):
    """Postfix refuses such a table as a whole."""
    p.rewrite("\nhella.com verify", "\nhella.com may\nhella.com verify")
    yield p.says("hella", CRITICAL, ["own-policy-weak critical"])
    mail = p.ours.send("user@hella.com", "by a table that is refused")
    yield due(r"deferred ", p.ours.outcome(mail))
    yield None if "duplicate entry" in p.ours.log() else "Postfix takes a key twice"
    p.rewrite()
    yield p.says("hella", OK, [])
    yield from flushed(p, mail, "by a table that is refused")


def no_warnings(p):
    for server in (p.ours, p.theirs):
        said = server.warnings()
        yield "\n    ".join(said) if said else None


def nothing_left(p):
    """All that was deferred has been delivered since."""
    wait_for("no mail waits", lambda: not p.ours.deferred(), instead=p.ours.deferred)
    yield None
