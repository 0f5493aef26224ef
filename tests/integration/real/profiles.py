# SPDX-License-Identifier: BSD-2-Clause
"""What check_smtp_tls --tls-profile says that a gateway accepts, beside sslscan, testssl.sh and openssl s_client, which ask
for everything one by one: Postfix, Exim with GnuTLS, and the servers of OpenSSL, GnuTLS and Node behind a front that speaks
SMTP up to STARTTLS. testssl.sh takes long, and is asked about 20 of them, with as few of its tests as tell what is accepted.

For each kind (versions, cipher suites, groups, signature algorithms): the verdict is the one that follows from the tool's
list; nothing is called accepted that the tool could not get; and where the check says that it has asked for everything, the
lists are the same, or disagreements.md says why not. The fronts count the connections of a check.
"""
import concurrent.futures
import json
import os
import shutil
import socket
import socketserver
import threading

import profile_tools as tools
from exim import USER, libraries, make_user
from pki import Pki
from process import write
from profile_tools import ROOT, measured
from servers import Servers, loopback_up

PROFILES = ("mozilla-intermediate", "ncsc-nl", "mozilla-modern")
# testssl.sh asks these where they have TLS from the first byte; of the first four, for groups, too.
TESTSSL_GROUPS = ("aead", "exim-pfs", "postfix-1-3", "node-1-3")
TESTSSL = (*TESTSSL_GROUPS, "default-ec", "only-1-2", "only-1-3", "clean", "clean-ec", "static", "dhe", "ccm", "curves-ec",
           "serverpref", "secure256", "gnutls-1-2", "node", "postfix", "postfix-1-2", "exim-1-3")
# A check with a profile costs at most that part of what testssl.sh does, although it is asked for little, and makes so many
# connections more.
CPU_SHARE, CONNECTIONS = 0.01, 8

# name: (key of the certificate, arguments of openssl s_server)
OPENSSL = {
    "default": ("rsa", ""), "default-ec": ("ec", ""), "both": ("rsa", "-dcert {ec} -dkey {ec}"),
    "only-1-2": ("rsa", "-no_tls1_3"), "only-1-3": ("ec", "-tls1_3"),
    "old": ("rsa", "-min_protocol TLSv1 -cipher ALL:@SECLEVEL=0"),
    "old-ec": ("ec", "-min_protocol TLSv1 -cipher ALL:@SECLEVEL=0"),
    "aead": ("rsa", "-cipher ECDHE+AESGCM:ECDHE+CHACHA20"),
    "clean": ("rsa", "-cipher ECDHE+AESGCM -groups X25519:P-256:P-384 -sigalgs RSA+SHA256:RSA-PSS+SHA256"),
    "clean-ec": ("ec", "-cipher ECDHE+AESGCM -groups X25519:P-256 -sigalgs ECDSA+SHA256"),
    "static": ("rsa", "-no_tls1_3 -cipher AES128-SHA:AES256-GCM-SHA384"), "cbc": ("rsa", "-cipher ECDHE+AES+SHA"),
    "dhe": ("rsa", "-no_tls1_3 -cipher DHE+AESGCM"), "curves": ("rsa", "-groups P-521:X448:P-256"),
    "curves-ec": ("ec", "-groups P-256:P-521 -cipher ECDHE+AESGCM"),
    "serverpref": ("rsa", "-serverpref -groups X25519:P-521:P-256 -cipher ECDHE+AESGCM:AES128-SHA"),
    "ccm": ("rsa", "-ciphersuites TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256"),
    "sha1": ("rsa", "-no_tls1_3 -cipher ECDHE+AESGCM:@SECLEVEL=0 -sigalgs RSA+SHA1:RSA+SHA256"),
}

# name: (key, priority string of gnutls-serv)
GNUTLS = {
    "normal": ("rsa", "NORMAL"), "normal-ec": ("ec", "NORMAL"), "secure256": ("rsa", "SECURE256"),
    "pfs": ("rsa", "PFS"), "gnutls-1-2": ("rsa", "NORMAL:-VERS-ALL:+VERS-TLS1.2"),
    "gnutls-old": ("rsa", "NORMAL:+VERS-TLS1.1:+VERS-TLS1.0"),
}

# name: (key, options of Node's tls.createServer)
NODE = {
    "node": ("rsa", {}), "node-ec": ("ec", {"honorCipherOrder": False}), "node-1-3": ("ec", {"minVersion": "TLSv1.3"}),
    "node-old": ("rsa", {"minVersion": "TLSv1", "ciphers": "ALL:@SECLEVEL=0", "ecdhCurve": "P-521:X25519"}),
}
NODE_SERVER = """
const [port, pem, options] = process.argv.slice(1);
const pair = require("fs").readFileSync(pem);
require("tls").createServer({key: pair, cert: pair, ...JSON.parse(options)}, s => s.on("error", () => s.destroy()))
    .on("tlsClientError", () => {}).listen(Number(port), "127.0.0.1");
"""

# name: Postfix's parameters
POSTFIX = {
    "postfix": {}, "postfix-1-2": {"smtpd_tls_protocols": ">=TLSv1.2", "smtpd_tls_exclude_ciphers": "aNULL, SHA1"},
    "postfix-high": {"smtpd_tls_ciphers": "high", "smtpd_tls_protocols": ">=TLSv1.2"},
    "postfix-1-3": {"smtpd_tls_protocols": ">=TLSv1.3"},
    "postfix-curves": {"tls_eecdh_auto_curves": "X25519 prime256v1 secp384r1", "smtpd_tls_protocols": ">=TLSv1.2",
                       "tls_preempt_cipherlist": "yes"},
}

# name: what Exim's main section has besides; Debian's Exim has GnuTLS. sslscan leaves more sessions open than the 20 that
# Exim allows by itself, and those who ask next would be refused.
EXIM = {
    "exim": "", "exim-1-3": "tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.3",
    "exim-pfs": "tls_require_ciphers = PFS:-GROUP-ALL:+GROUP-SECP256R1:+GROUP-X25519:-SIGN-RSA-SHA1",
}

EXIM_CONFIG = """
primary_hostname = mx.exim.test
spool_directory = {dir}
log_file_path = {dir}/%slog
pid_file_path = {dir}/pid
keep_environment =
smtp_accept_max = 0
tls_advertise_hosts = *
tls_certificate = {chain}
tls_privatekey = {chain}
local_interfaces = {address}
daemon_smtp_ports = 25 : 465
tls_on_connect_ports = 465
{more}
"""


class Front(socketserver.ThreadingTCPServer):
    """Speaks SMTP up to STARTTLS, then hands the connection to a server that speaks TLS from the first byte."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, address, backend):
        self.backend, self.sessions = backend, 0
        super().__init__((address, 25), Session)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def process_request(self, request, client_address):
        self.sessions += 1
        super().process_request(request, client_address)


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            self.wfile.write(b"220 mx.front.test ESMTP\r\n")
            for line in iter(self.rfile.readline, b""):
                word = line.strip().upper()
                if word == b"STARTTLS":
                    return self.hand_over()
                self.wfile.write(b"250-mx.front.test\r\n250 STARTTLS\r\n" if word.startswith(b"EHLO") else b"250 ok\r\n")
        except OSError:
            pass

    def hand_over(self):
        with socket.create_connection(self.server.backend, 10) as backend:
            self.wfile.write(b"220 go on\r\n")
            there = threading.Thread(target=splice, args=(backend, self.connection), daemon=True)
            there.start()
            splice(self.connection, backend)
            there.join()


def splice(source, sink):
    try:
        for data in iter(lambda: source.recv(65536), b""):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def ask(address, program, log, *more):
    """The JSON of check_smtp_tls, and its CPU time."""
    out, cpu = measured([program, "-H", address, "--tls-level", "encrypt", "--format", "json", *more], log, 60)
    return json.loads(out), cpu


def start(place, unpacked, pki):
    """Starts all gateways behind a front. Returns the servers, and each front by its gateway's name."""
    servers, fronts = Servers(place), {}
    gnutls = unpacked + "/usr/bin/gnutls-serv"
    commands = {name: ["openssl", "s_server", "-accept", "127.0.0.1:{port}", "-quiet", "-cert", pki[key], "-key", pki[key]] +
                more.format(**pki).split() for name, (key, more) in OPENSSL.items()}
    commands |= {name: [gnutls, "--quiet", "--echo", "--nodb", f"--x509certfile={pki[key]}", f"--x509keyfile={pki[key]}",
                        "--priority=" + priority, "--port={port}"] for name, (key, priority) in GNUTLS.items()}
    commands |= {name: ["node", "-e", NODE_SERVER, "--", "{port}", pki[key], json.dumps(options)]
                 for name, (key, options) in NODE.items()}
    for port, (name, command) in enumerate(commands.items(), 20000):
        servers.run([word.replace("{port}", str(port)) for word in command], servers.make(name), ("127.0.0.1", port),
                    env=os.environ | ({"LD_LIBRARY_PATH": libraries(unpacked)} if name in GNUTLS else {}))
        fronts[name] = Front(f"127.66.0.{len(fronts) + 1}", ("127.0.0.1", port))
    return servers, fronts


def start_postfix(servers, addresses, pki):
    listeners = []
    for name, parameters in POSTFIX.items():
        addresses[name] = f"127.66.0.{len(addresses) + 1}"
        # With TLS from the first byte, Postfix has TLS mandatory, and other parameters for that.
        wrapped = {f"smtpd_tls_mandatory_{key}": parameters[f"smtpd_tls_{key}"] for key in ("protocols", "ciphers")
                   if f"smtpd_tls_{key}" in parameters}
        for port, more in ((25, {}), (465, wrapped | {"smtpd_tls_wrappermode": "yes"})):
            listeners.append((addresses[name], port, {"smtpd_tls_chain_files": pki["rsa"]} | parameters | more))
    servers.start_postfix(listeners, pki["rsa"])


def start_exim(servers, addresses, unpacked, pki):
    """With -C, Exim gives root's rights up before it listens."""
    program = os.path.abspath(unpacked) + "/usr/sbin/exim4"
    write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0")
    for name, more in EXIM.items():
        directory, address = servers.make(name), f"127.66.0.{len(addresses) + 1}"
        make_user(directory)
        write(directory + "/conf", EXIM_CONFIG.format(dir=directory, chain=pki["rsa"], address=address, more=more))
        shutil.chown(directory, USER, USER)
        servers.run([program, "-C", directory + "/conf", "-bdf"], directory, (address, 25),
                    env=os.environ | {"LD_LIBRARY_PATH": libraries(os.path.abspath(unpacked))})
        addresses[name] = address


class Gateway:
    """One gateway, asked by the check and by the tools."""

    def __init__(self, name, address, front, place):
        self.name, self.address, self.front = name, address, front
        self.log = f"{place}/{name}-asked"
        self.got, self.cpu = {}, {}  # by the tool's name
        self.reports = {}            # by the profile's
        self.faults = []

    def play(self, program, unpacked, env, testssl, more):
        os.makedirs(self.log)
        if self.name in TESTSSL:
            host, port = self.front.backend if self.front else (self.address, 465)
            self.got["testssl.sh"], self.cpu["testssl.sh"] = tools.testssl(
                f"{host}:{port}", unpacked, env | testssl, self.log + "/testssl", self.name in TESTSSL_GROUPS)
        self.got["sslscan"], self.cpu["sslscan"] = tools.sslscan(self.address, unpacked, env, self.log + "/sslscan")
        self.got["s_client"] = tools.s_client(self.address, not self.got["sslscan"].get("groups"))
        used, plain = [], self.sessions(lambda: ask(self.address, program, self.log + "/plain", *more))
        for profile in PROFILES:
            path = f"{ROOT}/profiles/{profile}.ini"
            made = self.sessions(lambda: used.append(ask(self.address, program, self.log + "/" + profile, *more,
                                                         "--tls-profile", path))) - plain
            self.reports[profile] = used[-1][0]
            self.count(profile, made)
        self.cpu["check"] = max(cpu for _, cpu in used)

    def sessions(self, action):
        before = self.front.sessions if self.front else 0
        action()
        return self.front.sessions - before if self.front else 0

    def count(self, profile, made):
        """Notes a fault unless the gateway has had as many connections as the report shows, CONNECTIONS at most."""
        facts = self.reports[profile]["gateways"][0]["addresses"][0].get("tls_profile")
        shown = len(facts["connections"]) if facts else 0
        if not 0 < shown <= CONNECTIONS or (self.front and made != shown):
            self.faults.append(f"{self.name}: {profile}: {made} connections, {shown} in the report")

    def differ(self, table):
        """Yields ((tool, kind, gateway), words) of all profiles together, see profile_tools.judge."""
        for tool, got in self.got.items():
            sums = {}
            for profile, report in self.reports.items():
                for kind, (check, other) in tools.differences(profile, report, got, table).items():
                    sums[kind] = (sums.get(kind, (set(), set()))[0] | check, sums.get(kind, (set(), set()))[1] | other)
            for kind, found in sums.items():
                yield (tool, kind, self.name), tuple(tools.in_words(kind, one, table) for one in found)


def run(place, program, unpacked):
    """Returns a text for each comparison, "" for what agrees."""
    loopback_up()
    os.makedirs(place)
    certificates, unpacked = Pki(place + "/pki"), os.path.abspath(unpacked)
    for name, key in (("rsa", "RSA -pkeyopt rsa_keygen_bits:2048"), ("ec", "EC -pkeyopt ec_paramgen_curve:P-256")):
        certificates.leaf(name, ["mx.front.test"], key=key)
    pki = {name: certificates.path(name + ".pem") for name in ("rsa", "ec")}
    servers, fronts = start(place, unpacked, pki)
    try:
        addresses = {name: front.server_address[0] for name, front in fronts.items()}
        start_postfix(servers, addresses, pki)
        start_exim(servers, addresses, unpacked, pki)
        gateways = [Gateway(name, address, fronts.get(name), place) for name, address in addresses.items()]
        env = os.environ | {"LD_LIBRARY_PATH": libraries(unpacked)}
        testssl = tools.short_testssl(place + "/testssl", unpacked)
        more = ("--ca-file", certificates.ca_file)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:  # what takes longest begins first
            todo = sorted(gateways, key=lambda gateway: gateway.name not in TESTSSL)
            list(pool.map(lambda gateway: gateway.play(program, unpacked, env, testssl, more), todo))
        return judge(gateways)
    finally:
        servers.stop()


def judge(gateways):
    cost = {who: [gateway.cpu[who] for gateway in gateways if who in gateway.cpu] for who in ("check", "sslscan", "testssl.sh")}
    print(f"profiles: {len(gateways)} gateways; CPU of a check at most {max(cost['check']):.3f} s, of sslscan "
          f"{min(cost['sslscan']):.3f} s to {max(cost['sslscan']):.3f} s, of testssl.sh {min(cost['testssl.sh']):.1f} s to "
          f"{max(cost['testssl.sh']):.1f} s, for {len(cost['testssl.sh'])} gateways {sum(cost['testssl.sh']):.0f} s")
    results = [fault for gateway in gateways for fault in gateway.faults or [""]]
    results += ["" if gateway.cpu["check"] < CPU_SHARE * gateway.cpu["testssl.sh"] else f"{gateway.name}: CPU {gateway.cpu}"
                for gateway in gateways if "testssl.sh" in gateway.cpu]
    table = tools.numbers()
    return results + list(tools.judge(dict(one for gateway in gateways for one in gateway.differ(table))))
