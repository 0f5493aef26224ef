# SPDX-License-Identifier: BSD-2-Clause
"""What the plugins have to find at each gateway and domain: exit status and every finding that is not ok."""
import json
import re
import subprocess

from servers import RESOLVER, TERSE_RESOLVER

OK, WARNING, CRITICAL, UNKNOWN = range(4)
STATES = {"ok": OK, "warning": WARNING, "critical": CRITICAL, "unknown": UNKNOWN}

# (arguments, exit status, findings as "code state gateway"; a gateway may be left out)
CASES = [
    # Good gateways
    ("-d plain.test", OK, []),
    ("-a user@plain.test", OK, []),
    ("-d plain.test --tls-level secure", OK, []),
    ("-d many.test", OK, []),
    ("-d v6.test --match many.test", OK, []),
    ("-H ::1 --match many.test", OK, []),
    ("-H ::1", CRITICAL, ["certificate-host-mismatch critical ::1"]),
    ("-d many.test -6", WARNING, ["no-address warning mx2.many.test", "no-address warning mx3.many.test"]),
    ("-d enforced.test", OK, []),
    ("-a user@enforced.test", OK, []),
    ("-d slow.test", OK, []),
    ("-d slow.test -w 1.5", WARNING, ["slow warning mx.slow.test"]),
    ("-d slow.test --stage-critical greeting=1.5", CRITICAL, ["slow critical mx.slow.test"]),
    ("-d slow.test --stage-timeout 1", CRITICAL, ["connection-failed warning mx.slow.test",
                                                   "no-gateway-reachable critical"]),
    ("-H mx.wrapper.test --tls-wrapper", OK, []),
    ("-d wrapper.test --tls-wrapper -p 465", OK, []),
    ("-d wildcard.test", OK, []),
    ("-d screened.test", OK, []),
    ("-a user@deep.test", OK, []),
    # The session
    ("-d busy.test", OK, []),
    ("-d busy.test", WARNING, ["throttled warning mx.busy.test"]),
    ("-d notls.test", CRITICAL, ["starttls-not-supported critical mx.notls.test"]),
    ("-a user@notls.test", CRITICAL, ["starttls-not-supported critical mx.notls.test"]),
    ("-d notls.test --tls-level may", OK, []),
    ("-d nokey.test", CRITICAL, ["starttls-refused critical mx.nokey.test"]),
    ("-a user@nosenderclear.test", CRITICAL, ["starttls-not-supported critical mx.nosenderclear.test",
                                              "sender-rejected warning mx.nosenderclear.test"]),
    ("-a user@nosender.test", WARNING, ["recipient-rejected warning mx.nosender.test"]),
    ("-a user@norcpt.test", WARNING, ["recipient-rejected warning mx.norcpt.test"]),
    ("-d noclient.test", CRITICAL, ["greeting-rejected critical mx.noclient.test"]),
    ("-d nohelo.test", CRITICAL, ["ehlo-rejected critical mx.nohelo.test"]),
    ("-a user@grey.test", OK, []),
    ("-a user@grey.test --on deferred=warning", WARNING, ["deferred warning mx.grey.test"]),
    # The handshake
    ("-d tls10.test", CRITICAL, ["tls-version critical mx.tls10.test"]),
    ("-d tls10.test --min-tls 1.0", OK, []),
    ("-d plain.test --min-tls 1.3", OK, []),
    ("-d askccert.test", OK, []),
    # Postfix ends the handshake without an alert and says 421 to EHLO.
    ("-d reqccert.test", CRITICAL, ["client-certificate-required critical mx.reqccert.test"]),
    ("-d reqccert.test --client-cert {pki}/plain.chain --client-key {pki}/plain.key", OK, []),
    ("-d plain.test -p 465", CRITICAL, ["connection-failed warning mx.plain.test", "no-gateway-reachable critical"]),
    # Certificates
    ("-d othername.test", CRITICAL, ["certificate-host-mismatch critical mx.othername.test"]),
    ("-d expired.test", CRITICAL, ["certificate-expired critical mx.expired.test"]),
    ("-d future.test", CRITICAL, ["certificate-not-yet-valid critical mx.future.test"]),
    ("-d selfsigned.test", CRITICAL, ["certificate-not-trusted critical mx.selfsigned.test"]),
    ("-d stranger.test", CRITICAL, ["certificate-not-trusted critical mx.stranger.test"]),
    ("-d nointer.test", CRITICAL, ["certificate-not-trusted critical mx.nointer.test"]),
    ("-d othername.test --tls-level encrypt", OK, []),
    ("-d expired.test --tls-level encrypt", OK, []),
    ("-d v6.test", CRITICAL, ["certificate-host-mismatch critical mx3.v6.test"]),
    ("-d sni.test", OK, []),
    ("-d sni.test --sni none", CRITICAL, ["certificate-host-mismatch critical mx.sni.test"]),
    ("-d cnonly.test", WARNING, ["certificate-cn-only warning mx.cnonly.test"]),
    ("-d clientonly.test", CRITICAL, ["certificate-not-trusted critical mx.clientonly.test"]),
    ("-d constrained.test", CRITICAL, ["certificate-not-trusted critical mx.constrained.test"]),
    ("-d rsa.test", OK, []),
    ("-d rsa1024.test", CRITICAL, ["certificate-weak critical mx.rsa1024.test"]),
    ("-d tls12.test", OK, []),
    ("-d tls13.test", OK, []),
    ("-d tls12.test --min-tls 1.3", CRITICAL, ["tls-version critical mx.tls12.test"]),
    ("-d cbc.test", OK, []),
    ("-d anonymous.test", CRITICAL, ["tls-handshake-failed critical mx.anonymous.test"]),
    # Plaintext refused
    ("-H mx.onlytls.test --refuses-plaintext a@partner.test", OK, []),
    ("-H mx.onlytls.test --refuses-plaintext a@other.test", CRITICAL, ["plaintext-accepted critical mx.onlytls.test"]),
    ("-H mx.plain.test --refuses-plaintext a@partner.test", CRITICAL, ["plaintext-accepted critical mx.plain.test"]),
    ("-H mx.enforced.test --refuses-plaintext a@partner.test", OK, []),
    ("-H mx.norcpt.test --refuses-plaintext a@partner.test", UNKNOWN,
     ["plaintext-inconclusive unknown mx.norcpt.test"]),
    # MX
    ("-d nullmx.test", CRITICAL, ["null-mx critical"]),
    ("-d bare.test", OK, []),
    ("-d aliasmx.test", CRITICAL, ["mx-is-cname warning alias.aliasmx.test",
                                   "certificate-host-mismatch critical alias.aliasmx.test"]),
    ("-d aliasmx.test --match mx.plain.test", WARNING, ["mx-is-cname warning alias.aliasmx.test"]),
    ("-d deadmx.test", CRITICAL, ["no-address critical mx.deadmx.test"]),
    ("-d halfmx.test", WARNING, ["no-address warning mx.deadmx.test"]),
    ("-d missing.test", CRITICAL, ["domain-not-found critical"]),
    ("-d refused.test", CRITICAL, ["connection-failed warning mx.refused.test", "no-gateway-reachable critical"]),
    ("-d aliasdomain.test", OK, []),
    ("-d aliaschain.test", OK, []),
    ("-d loop.test", UNKNOWN, ["dns-failure unknown"]),
    ("-d any.wild.test", OK, []),
    ("-d b\u00fccher.test", OK, []),
    ("-d UPPER.test.", OK, []),
    ("-d half4.test --match mx.plain.test", WARNING, ["connection-failed warning mx.half4.test"]),
    ("-d both.test --match many.test", OK, []),
    ("-d toempty.test", CRITICAL, ["no-address critical nothing.here.test"]),
    ("-d big.test", OK, []),
    # DNSSEC and DANE
    ("-d nsec3.test --match mx.plain.test", OK, []),
    ("-d nsec3.test --tls-level dane", WARNING, ["dane-absent warning mx.nsec3.test"]),
    ("-d absent.nsec3.test", CRITICAL, ["domain-not-found critical"]),
    *((f"-d {name}.test --tls-level dane-only", OK, []) for name in
      ("ee300", "ee301", "ee310", "ee312", "ta200", "ta201", "taroot", "agile", "aliased", "shortandgood")),
    ("-d agilewrong.test --tls-level dane-only", CRITICAL, ["tlsa-invalid critical mx.agilewrong.test"]),
    ("-d taabsent.test --tls-level dane-only", CRITICAL, ["tlsa-invalid critical mx.taabsent.test"]),
    ("-d taexpired.test --tls-level dane", CRITICAL, ["certificate-expired critical mx.taexpired.test"]),
    ("-d short.test --tls-level dane", WARNING, ["tlsa-unusable warning mx.short.test"]),
    ("-d futureuse.test --tls-level dane", WARNING, ["tlsa-unusable warning mx.futureuse.test"]),
    ("-d toalias.test --tls-level dane-only", WARNING, ["mx-is-cname warning alias.toalias.test"]),
    ("-d ownrecords.test --tls-level dane-only", WARNING, ["mx-is-cname warning alias.ownrecords.test"]),
    # A secure alias to addresses that are not secure, its own records good, wrong, none; an alias that is not (RFC 7672 2.2.2)
    ("-d leaves.test --tls-level dane-only", WARNING, ["mx-is-cname warning alias.leaves.test"]),
    ("-d leaves.test --tls-level dane-only", WARNING, ["mx-is-cname warning alias.leaves.test"], TERSE_RESOLVER),
    ("-d leaveswrong.test --tls-level dane", CRITICAL, ["mx-is-cname warning alias.leaveswrong.test",
                                                          "tlsa-invalid critical alias.leaveswrong.test"]),
    ("-d leavesbare.test --tls-level dane", WARNING, ["mx-is-cname warning alias.leavesbare.test",
                                                        "dane-absent warning alias.leavesbare.test"]),
    ("-d alias.unsigned.test --tls-level dane", WARNING, ["mx-is-cname warning away.unsigned.test",
                                                            "dane-absent warning away.unsigned.test"]),
    ("-d bogus.test", CRITICAL, ["dnssec-invalid critical"]),
    ("-d bogus.test", CRITICAL, ["dnssec-invalid critical"], TERSE_RESOLVER),
    ("-d tobogus.test", CRITICAL, ["dnssec-invalid critical mx.bogus.test"]),
    ("-H mx.bogus.test", CRITICAL, ["dnssec-invalid critical mx.bogus.test"], TERSE_RESOLVER),
    ("-d ee.test --tls-level dane-only", OK, []),
    ("-d ee.test --tls-level dane-only", OK, [], TERSE_RESOLVER),
    ("-d ta.test --tls-level dane-only", OK, []),
    ("-d rollover.test --tls-level dane-only", OK, []),
    ("-d tlsaalias.test --tls-level dane-only", OK, []),
    ("-d eeodd.test --tls-level dane-only", OK, []),
    ("-d eeodd.test", CRITICAL, ["certificate-expired critical mx.eeodd.test",
                                 "certificate-host-mismatch critical mx.eeodd.test",
                                 "certificate-not-trusted critical mx.eeodd.test"]),
    ("-d wrongee.test --tls-level dane", CRITICAL, ["tlsa-invalid critical mx.wrongee.test"]),
    ("-d wrongta.test --tls-level dane", CRITICAL, ["tlsa-invalid critical mx.wrongta.test"]),
    ("-d wrongee.test", OK, []),
    ("-d taothername.test --tls-level dane", CRITICAL, ["certificate-host-mismatch critical mx.taothername.test"]),
    # A certificate for the domain alone, behind a CNAME too, and by an insecure MX record (RFC 7672 3.2.2)
    ("-d tadomain.test --tls-level dane-only", OK, []),
    ("-d taalias.test --tls-level dane-only", OK, []),
    ("-d tadomain.unsigned.test --tls-level dane", CRITICAL, ["certificate-host-mismatch critical mx.tadomain.test"]),
    ("-d pkixee.test --tls-level dane", WARNING, ["tlsa-unusable warning mx.pkixee.test"]),
    ("-d pkixee.test --tls-level dane-only", CRITICAL, ["dane-required critical mx.pkixee.test",
                                                   "tlsa-unusable warning mx.pkixee.test"]),
    ("-d eenotls.test --tls-level dane", CRITICAL, ["starttls-not-supported critical mx.eenotls.test"]),
    ("-d plain.test --tls-level dane", WARNING, ["dane-absent warning mx.plain.test"]),
    ("-d plain.test --tls-level dane-only", CRITICAL, ["dane-required critical mx.plain.test"]),
    ("-d unsigned.test --tls-level dane", WARNING, ["dane-absent warning mx.unsigned.test"]),
    ("-d unsigned.test --tls-level dane-only", CRITICAL, ["dane-required critical -",
                                                     "dane-required critical mx.unsigned.test"]),
    # An insecure MX record that names a gateway with secure TLSA records (RFC 7672 2.2.1)
    ("-d toee.unsigned.test --tls-level dane", OK, []),
    ("-d toee.unsigned.test --tls-level dane-only", CRITICAL, ["dane-required critical -"]),
    ("-d tlsabogus.test --tls-level dane", CRITICAL, ["dnssec-invalid critical mx.tlsabogus.test"]),
    ("-d tlsabogus.test --tls-level dane", CRITICAL, ["dnssec-invalid critical mx.tlsabogus.test"], TERSE_RESOLVER),
    ("-d tlsabogus.test", OK, []),
    ("-H mx.wrapper.test --tls-wrapper --tls-level dane-only", OK, []),
    # The resolver of resolv.conf
    ("-d ee.test --tls-level dane-only", OK, [], None),
    # Everything together
    ("-d plain.test -d many.test -d notls.test", CRITICAL, ["starttls-not-supported critical mx.notls.test"]),
    ("-d plain.test --ca-dir {pki}/hashed", OK, []),
    ("-d stranger.test --ca-dir {pki}/hashed", CRITICAL, ["certificate-not-trusted critical mx.stranger.test"]),
]

# The same for check_mx_cert
MX_CERT_CASES = [
    ("-d plain.test", OK, []),
    ("-d plain.test --no-mta-sts", OK, []),
    ("-d many.test", WARNING, ["tlsrpt-invalid warning -"]),
    ("-d ee.test", WARNING, ["sts-mx-mismatch warning mx.ee.test"]),
    ("-d ee.test --no-mta-sts --tls-level dane-only", OK, []),
    ("-d ta.test", CRITICAL, ["sts-mx-mismatch critical mx.ta.test"]),
    ("-d screened.test", WARNING, ["sts-policy-invalid warning -"]),
    ("-d wildcard.test", WARNING, ["sts-webpki-invalid warning -"]),
    ("-d busy.test --on throttled=ok", WARNING, ["sts-policy-fetch-error warning -"]),
    ("-d expired.test", CRITICAL, ["certificate-expired critical mx.expired.test", "sts-policy-fetch-error warning -"]),
    ("-d future.test", CRITICAL, ["certificate-not-yet-valid critical mx.future.test", "sts-policy-invalid warning -"]),
    # At level verify DANE is at most a warning.
    ("-d wrongee.test", WARNING, ["tlsa-invalid warning mx.wrongee.test"]),
    ("-d wrongee.test --tls-level dane", CRITICAL, ["tlsa-invalid critical mx.wrongee.test"]),
    ("-d pkixee.test", WARNING, ["tlsa-unusable warning mx.pkixee.test"]),
    ("-d tlsabogus.test", WARNING, ["dnssec-invalid warning mx.tlsabogus.test"]),
    # Records that are not secure do not count, here for a certificate that they fit.
    ("-d unsigned.test", CRITICAL, ["certificate-host-mismatch critical mx.unsigned.test"]),
    # Postfix has another certificate for the name alone.
    ("-d sni.test", WARNING, ["sni-dependent warning mx.sni.test"]),
]

CONFIDENCE = {
    "-d many.test": 100,
    "-d notls.test": 10,
    "-d othername.test": 70,
    "-d halfmx.test": 100,
    "-d plain.test -d notls.test": 10,
}

# The output for people and graphs
OUTPUT = {
    "-d many.test":
        r"\ASMTP_TLS OK - many.test: 3 of 3 gateways verified, first certificate expires in 82 days \| "
        r"time=[\d.]+s;;;0;20 "
        r"confidence=100%;;;0;100 gateways=3;;;0 gateways_ok=3;;;0;3 cert_days_min=8[23]\.\d;28.\d+:;11.\d+:;; "
        r"'mx1\.many\.test::dns'=.*'mx1\.many\.test::connect'=[\d.]+s.*'mx3\.many\.test::cert_days'=8[23]\.\d;",
    "-H mx.wrapper.test --tls-wrapper": r" - mx\.wrapper\.test: .*'mx\.wrapper\.test:465::connect'=",
    "-d many.test --perfdata address": r"'mx1\.many\.test/--1::connect'=.*'mx3\.many\.test/127\.25\.1\.3::tls'=",
    "-d reqccert.test": r"No client certificate presented",
    "-d nokey.test": r"454",
    "-d nointer.test": r"(?i)intermediate",
}


def ask(lab, program, arguments, resolver=RESOLVER):
    """The plugin's exit status and its JSON."""
    status, output = check(lab, program, arguments + " --format json", resolver)
    return status, json.loads(output)


def check(lab, program, arguments, resolver=RESOLVER):
    """Exit status and output; without a resolver it is that of resolv.conf."""
    trusted = [] if "--ca-dir" in arguments else ["--ca-file", lab.ca_file]
    asked = ["--resolver", resolver] if resolver else []
    command = [program, "--allow-loopback", *asked, *trusted, "-t", "20", *arguments.format(pki=lab.pki.dir).split()]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    if done.stderr:
        raise ValueError("stderr: " + done.stderr)
    return done.returncode, done.stdout


def run(lab, program):
    results = [play(lab, program, *case) for case in CASES]
    mx_cert = program.replace("check_smtp_tls", "check_mx_cert")
    results += [play(lab, mx_cert, *case) for case in MX_CERT_CASES]
    for arguments, due in CONFIDENCE.items():
        got = ask(lab, program, arguments)[1]["confidence"]
        results.append(None if got == due else f"{arguments}: confidence {got}, due {due}")
    for arguments, pattern in OUTPUT.items():
        got = check(lab, program, arguments)[1]
        results.append(None if re.search(pattern, got) else f"{arguments}: {got}    does not match {pattern}")
    return results


def play(lab, program, arguments, status, due, resolver=RESOLVER):
    """None, or how the case fails."""
    try:
        got, answer = ask(lab, program, arguments, resolver)
    except (OSError, ValueError, subprocess.TimeoutExpired) as e:
        return f"{arguments}: {e}"
    seen = [f"{f['code']} {f['state'].lower()} {f['gateway'] or '-'}" for f in answer["findings"]
            if f["state"].lower() != "ok"]
    fits = len(seen) == len(due) and all(is_due(s, d) for s, d in zip(sorted(seen), sorted(due)))
    if got == status and fits:
        return None
    return f"{arguments}: exit status {got}, due {status}; {answer['summary']}\n    seen: {seen}\n    due:  {due}"


def is_due(seen, due):
    """Code and state, and the gateway where one is given."""
    words = due.split()
    return len(words) > 1 and seen.split()[:2] == words[:2] and seen.split()[2].startswith("".join(words[2:]))
