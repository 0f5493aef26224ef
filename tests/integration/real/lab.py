# SPDX-License-Identifier: BSD-2-Clause
"""The lab's Internet: gateways, domains, zones, and the servers that serve them."""
import subprocess

from correspondents import COM
from pki import Pki
from process import write
from servers import RESOLVER, TERSE_RESOLVER, Servers, loopback_up
from zones import Zones

NO_TLS = {"smtpd_tls_security_level": "none"}
MAP = "inline:{{ {{ {} = {} }} }}"

# Every gateway is mx.NAME.test at an address of its own, for the domain NAME.test, and shows a certificate for both.
# name: ({smtpd's parameters}, {what is different about the certificate})
GATEWAYS = {
    "plain": ({}, {}),
    "notls": (NO_TLS, {}),
    "nokey": ({"smtpd_tls_chain_files": ""}, {}),
    "tls10": ({"smtpd_tls_protocols": "TLSv1", "smtpd_tls_mandatory_protocols": "TLSv1",
               "tls_medium_cipherlist": "DEFAULT:@SECLEVEL=0"}, {}),
    "enforced": ({"smtpd_tls_security_level": "encrypt"}, {}),
    "nosender": ({"smtpd_sender_restrictions": "reject"}, {}),
    "nosenderclear": (NO_TLS | {"smtpd_sender_restrictions": "reject", "smtpd_delay_reject": "no"}, {}),
    "noclient": ({"smtpd_client_restrictions": "reject", "smtpd_delay_reject": "no"}, {}),
    "nohelo": ({"smtpd_helo_restrictions": "reject", "smtpd_delay_reject": "no"}, {}),
    "grey": ({"smtpd_recipient_restrictions":
              "check_recipient_access " + MAP.format("user@grey.test", "450 4.2.0 greylisted, come back")}, {}),
    "norcpt": ({"smtpd_recipient_restrictions": "reject"}, {}),
    "slow": ({"smtpd_client_restrictions": "sleep 2", "smtpd_delay_reject": "no"}, {}),
    "askccert": ({"smtpd_tls_ask_ccert": "yes"}, {}),
    "reqccert": ({"smtpd_tls_security_level": "encrypt", "smtpd_tls_req_ccert": "yes",
                  "smtpd_tls_CAfile": "{ca}"}, {}),
    "othername": ({}, {"names": ["mx.elsewhere.test"]}),
    "wildcard": ({}, {"names": ["*.wildcard.test", "wildcard.test"]}),
    "expired": ({}, {"start": "-60d", "end": "-3d"}),
    "future": ({}, {"start": "3d"}),
    "selfsigned": ({}, {"issuer": "selfsigned", "chain": ()}),
    "stranger": ({}, {"issuer": "foreign", "chain": ()}),
    "nointer": ({}, {"chain": ()}),
    "onlytls": ({"smtpd_sender_restrictions":
                 "check_sender_access " + MAP.format("partner.test", "reject_plaintext_session")}, {}),
    # A first part of the greeting immediately, the rest after two seconds, to clients that it has not seen lately
    "screened": ({"service": "postscreen", "postscreen_greet_wait": "2s", "postscreen_greet_action": "enforce",
                  "postscreen_greet_banner": "wait for it", "postscreen_greet_ttl": "1s",
                  "postscreen_access_list": "", "postscreen_cache_map": "internal:screened"},
                 {"names": ["mx.screened.test", "screened.test", "mx.deep.test", "deep.test"]}),
    # The same by SMTP tests of its own: STARTTLS through tlsproxy, 450 to RCPT
    "deep": ({"service": "postscreen", "postscreen_greet_wait": "1s", "postscreen_greet_ttl": "1s",
              "postscreen_pipelining_enable": "yes", "postscreen_pipelining_action": "enforce",
              "postscreen_pipelining_ttl": "1s", "postscreen_bare_newline_enable": "yes",
              "postscreen_bare_newline_ttl": "1s", "postscreen_non_smtp_command_enable": "yes",
              "postscreen_non_smtp_command_ttl": "1s",
              "postscreen_access_list": "", "postscreen_cache_map": "internal:deep"}, {}),
    # Takes one session a minute, then says 421
    "busy": ({"smtpd_client_connection_rate_limit": "1"}, {}),
    # A certificate for the domain only where the client asks for the name
    "sni": ({"tls_server_sni_maps": "hash:{sni}"}, {"names": ["mx.elsewhere.test"]}),
    "cnonly": ({}, {"san": False}),
    "clientonly": ({}, {"more": "extendedKeyUsage = clientAuth\n"}),
    "rsa": ({}, {"key": "RSA -pkeyopt rsa_keygen_bits:2048"}),
    "rsa1024": ({"tls_medium_cipherlist": "DEFAULT:@SECLEVEL=0"}, {"key": "RSA -pkeyopt rsa_keygen_bits:1024"}),
    "constrained": ({}, {"issuer": "narrow", "chain": ("narrow",)}),
    "tls12": ({"smtpd_tls_protocols": "TLSv1.2"}, {}),
    "tls13": ({"smtpd_tls_protocols": "TLSv1.3", "smtpd_tls_mandatory_protocols": "TLSv1.3"}, {}),
    "cbc": ({"smtpd_tls_protocols": "TLSv1.2", "tls_medium_cipherlist": "ECDHE-ECDSA-AES128-SHA"}, {}),
    "anonymous": ({"smtpd_tls_protocols": "TLSv1.2", "tls_medium_cipherlist": "aNULL:@SECLEVEL=0"}, {}),
    # With TLSA records:
    "ee": ({}, {}),
    "ta": ({}, {"chain": ("inter", "root")}),
    "wrongee": ({}, {}),
    "wrongta": ({}, {"chain": ("inter", "root")}),
    "eeodd": ({}, {"issuer": "eeodd", "chain": (), "names": ["mx.elsewhere.test"], "start": "-60d", "end": "-3d"}),
    "taothername": ({}, {"names": ["mx.elsewhere.test"], "chain": ("inter", "root")}),
    "pkixee": ({}, {}),
    "rollover": ({}, {}),
    "tlsaalias": ({}, {}),
    "tlsabogus": ({}, {}),
    "eenotls": (NO_TLS, {}),
    "ee301": ({}, {}),
    "ee310": ({}, {}),
    "ee312": ({}, {}),
    "ee300": ({}, {}),
    "ta201": ({}, {"chain": ("inter", "root")}),
    "ta200": ({}, {"issuer": "foreign", "chain": ()}),
    "taabsent": ({}, {}),
    "taexpired": ({}, {"start": "-60d", "end": "-3d"}),
    "taroot": ({}, {"chain": ("inter", "root")}),
    "agile": ({}, {}),
    "agilewrong": ({}, {}),
    "short": ({}, {}),
    "shortandgood": ({}, {}),
    "futureuse": ({}, {}),
    "aliased": ({}, {"chain": ("inter", "root")}),
    "tadomain": ({}, {"names": ["tadomain.test", "tadomain.unsigned.test"], "chain": ("inter", "root")}),
}


POLICY_HOST = "127.25.2.1"


class Lab:
    def __init__(self, directory):
        self.dir = directory
        self.servers = Servers(directory)
        self.addresses = {}

    def start(self):
        loopback_up()
        self.pki = Pki(self.dir + "/pki")
        self.ca_file = self.pki.ca_file
        self.mail_config = self.servers.start_postfix(self._listeners(), self.pki.path("screened.pem"))
        self.pki.leaf("policies", [f"mta-sts.{name}.test" for name in ("plain", "many", "ee", "ta", "screened", "busy")])
        self.servers.start_https(POLICY_HOST, self.pki.path("policies.pem"))
        anchor = self._zones()
        self.servers.start_nsd(self.zones.files)
        self.servers.start_unbound(RESOLVER, anchor, "yes")
        self.servers.start_unbound(TERSE_RESOLVER, anchor, "no")

    def chain(self, name):
        return self.pki.path(name + ".chain")

    def _listeners(self):
        listeners = []
        for i, (name, (parameters, certificate)) in enumerate(GATEWAYS.items()):
            made = {"names": [f"mx.{name}.test", f"{name}.test"]} | certificate
            self.pki.leaf(name, **made)
            self.addresses[name] = f"127.25.0.{i + 1}"
            listeners.append((self.addresses[name], 25, self._parameters(name) | parameters))
        self.pki.leaf("many", ["many.test", "mx1.many.test", "mx2.many.test", "mx3.many.test", "bare.test"])
        for address in ("127.25.1.1", "127.25.1.2", "127.25.1.3", "::1"):
            listeners.append((address, 25, self._parameters("many")))
        self.pki.leaf("big", ["*.big.test"])
        listeners.append(("127.25.1.5", 25, self._parameters("big")))
        self.pki.leaf("byname", ["mx.sni.test", "sni.test"])
        sni = self.pki.path("sni")
        write(sni, "mx.sni.test " + self.pki.path("byname.pem") + "\n")
        subprocess.run(["postmap", "-c", self.pki.dir, "-F", "hash:" + sni], check=True, timeout=30)
        self.pki.leaf("wrapper", ["mx.wrapper.test", "wrapper.test"])
        listeners.append(("127.25.1.4", 465, self._parameters("wrapper") | {"smtpd_tls_wrappermode": "yes"}))
        files = {"{ca}": self.ca_file, "{sni}": sni}
        return [(address, port, {name: filled(value, files) for name, value in parameters.items()})
                for address, port, parameters in listeners]

    def _parameters(self, name):
        return {"smtpd_tls_chain_files": self.pki.path(name + ".pem"), "myhostname": f"mx.{name}.test"}

    def _tlsa(self):
        tlsa = self.pki.tlsa
        at = "_25._tcp.mx.{}.test. TLSA {}".format
        return [
            at("ee", tlsa(3, 1, "ee")), at("eenotls", tlsa(3, 1, "eenotls")),
            at("ta", tlsa(2, 1, "inter")), at("taothername", tlsa(2, 1, "inter")),
            at("wrongee", tlsa(3, 1, "ee")), at("wrongta", tlsa(2, 1, "foreign")),
            at("eeodd", tlsa(3, 1, "eeodd")), at("pkixee", tlsa(1, 1, "pkixee")),
            at("rollover", tlsa(3, 1, "ee")), at("rollover", tlsa(3, 1, "rollover")),
            at("ee301", tlsa(3, 0, "ee301")), at("ee310", tlsa(3, 1, "ee310", 0)), at("ee312", tlsa(3, 1, "ee312", 2)),
            at("ee300", tlsa(3, 0, "ee300", 0)),
            at("ta201", tlsa(2, 0, "inter")), at("ta200", tlsa(2, 0, "foreign", 0)),
            at("taabsent", tlsa(2, 1, "root")), at("taroot", tlsa(2, 1, "root")), at("taexpired", tlsa(2, 1, "inter")),
            at("tadomain", tlsa(2, 1, "inter")),
            at("agile", tlsa(3, 1, "ee")), at("agile", tlsa(3, 1, "agile", 2)),
            at("agilewrong", tlsa(3, 1, "agilewrong")), at("agilewrong", tlsa(3, 1, "ee", 2)),
            at("short", "3 1 1 " + "ab" * 31), at("shortandgood", "3 1 1 " + "ab" * 31),
            at("shortandgood", tlsa(3, 1, "shortandgood")), at("futureuse", "3 1 9 " + "ab" * 32),
            # Below an alias that is secure all the way, the target's records count, else the alias's own.
            at("aliased", tlsa(2, 1, "inter")),
            "_25._tcp.alias.ownrecords.test. TLSA " + tlsa(3, 1, "plain"),
            "_25._tcp.alias.leaves.test. TLSA " + tlsa(3, 1, "ee"),
            "_25._tcp.alias.leaveswrong.test. TLSA " + tlsa(3, 1, "plain"),
            "_25._tcp.mx.tlsaalias.test. CNAME digest.tlsaalias.test.",
            "digest.tlsaalias.test. TLSA " + tlsa(3, 1, "tlsaalias"),
            "_25._tcp.mx.tlsabogus.test. CNAME digest.bogus.test.",
            "_465._tcp.mx.wrapper.test. TLSA " + tlsa(3, 1, "wrapper"),
        ]

    def _zones(self):
        """Returns the trust anchor's file."""
        self.zones = Zones(self.dir + "/zones")
        plain, ee = self.addresses["plain"], self.addresses["ee"]
        bogus = self.zones.add("bogus.test.", [
            "@ MX 10 mx", f"mx A {plain}", "digest TLSA " + self.pki.tlsa(3, 1, "tlsabogus")], expired=True)
        self.zones.add("unsigned.test.", [
            "@ MX 10 mx", f"mx A {ee}", "_25._tcp.mx TLSA " + self.pki.tlsa(3, 1, "ee"),
            "alias MX 10 away", "away CNAME mx", "_25._tcp.away TLSA " + self.pki.tlsa(3, 1, "plain"),
            "toee MX 10 mx.ee.test.", "tadomain MX 10 mx.tadomain.test."], signed=False)
        self.zones.add("com.", COM, signed=False)
        nsec3 = self.zones.add("nsec3.test.", ["@ MX 10 mx", f"mx A {plain}"], nsec3=True)
        records = []
        for name, address in self.addresses.items():
            records += [f"{name} MX 10 mx.{name}", f"mx.{name} A {address}"]
        records += [
            "many MX 10 mx1.many", "many MX 20 mx2.many", "many MX 20 mx3.many",
            "mx1.many A 127.25.1.1", "mx1.many AAAA ::1", "mx2.many A 127.25.1.2", "mx3.many A 127.25.1.3",
            "v6 MX 10 mx3.v6", "mx3.v6 AAAA ::1",
            "wrapper MX 10 mx.wrapper", "mx.wrapper A 127.25.1.4",
            "nullmx MX 0 .",
            "bare A 127.25.1.1",
            "aliasmx MX 10 alias.aliasmx", "alias.aliasmx CNAME mx.plain",
            "deadmx MX 10 mx.deadmx", 'mx.deadmx TXT "no address"',
            "halfmx MX 10 mx.deadmx", "halfmx MX 20 mx.plain",
            "refused MX 10 mx.refused", "mx.refused A 127.25.9.9",
            "tobogus MX 10 mx.bogus",
            "toalias MX 10 alias.toalias", "alias.toalias CNAME mx.aliased",
            "ownrecords MX 10 alias.ownrecords", "alias.ownrecords CNAME mx.plain",
            "leaves MX 10 alias.leaves", "alias.leaves CNAME mx.unsigned",
            "leaveswrong MX 10 alias.leaveswrong", "alias.leaveswrong CNAME mx.unsigned",
            "leavesbare MX 10 alias.leavesbare", "alias.leavesbare CNAME mx.unsigned",
            "aliasdomain CNAME plain", "aliaschain CNAME aliasdomain", "loop CNAME loop2", "loop2 CNAME loop",
            "taalias CNAME tadomain",
            "*.wild MX 10 mx.plain", "xn--bcher-kva MX 10 mx.plain", "UPPER MX 10 MX.Plain.TEST.",
            "half4 MX 10 mx.half4", f"mx.half4 A {plain}", "mx.half4 A 127.25.9.9",
            "both MX 10 mx.both", "mx.both AAAA ::1", "mx.both A 127.25.1.1",
            "toempty MX 10 nothing.here",
        ] + [
            record for name in ("plain", "many", "ee", "ta", "screened", "wildcard", "busy")
            for record in (f'_mta-sts.{name} TXT "v=STSv1; id=1;"', f"mta-sts.{name} A {POLICY_HOST}")
        ] + [
            '_smtp._tls.plain TXT "v=TLSRPTv1; rua=mailto:tls@plain.test"', '_smtp._tls.many TXT "v=TLSRPTv1"',
            '_mta-sts.expired TXT "v=STSv1; id=1;"', '_mta-sts.future TXT "v=STSv1; id=a-b;"',
        ] + [f"big MX {10 + i} a-rather-long-name-for-a-gateway-{i}.big" for i in range(40)] + [
            "*.big A 127.25.1.5",
            "evil MX 10 mx1.evil", "evil MX 20 mx2.evil", "mx1.evil A 127.25.4.1", "mx2.evil A 127.25.4.2",
            "shop MX 10 mx1.shop", "shop MX 20 mx2.shop", "mx1.shop A 127.25.4.3", "mx2.shop A 127.25.4.4",
            "mx3.shop A 127.25.4.3",
        ] + self._tlsa() + self.zones.delegation("bogus.test.", bogus) + \
            self.zones.delegation("nsec3.test.", nsec3) + self.zones.delegation("unsigned.test.", [])
        anchor = self.dir + "/anchor.ds"
        write(anchor, "\n".join(self.zones.add("test.", records)) + "\n")
        return anchor


def filled(text, values):
    for name, value in values.items():
        text = text.replace(name, value)
    return text
