# SPDX-License-Identifier: BSD-2-Clause
"""What check_smtp_tls --tls-profile says that a gateway accepts, beside sslscan, which asks for everything one by one:
Postfix, Exim with GnuTLS, and OpenSSL's and GnuTLS's servers behind a front that speaks SMTP up to STARTTLS.

For each kind (versions, cipher suites, groups, and signature algorithms, for which openssl s_client is asked): the verdict
is the one that follows from sslscan's list; nothing is called accepted that sslscan could not get; and where the check says
that it has asked for everything, the lists are the same.
"""
import concurrent.futures
import json
import os
import pwd
import re
import resource
import shutil
import socket
import socketserver
import subprocess
import threading
import xml.etree.ElementTree as xml

from exim import libraries, with_line
from pki import Pki
from process import write
from servers import Servers, loopback_up

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
KINDS = ("versions", "cipher-suites", "groups", "signature-algorithms")
KEYS = {"versions": "version", "cipher-suites": "cipher_suite", "groups": "group",
        "signature-algorithms": "signature_algorithm"}
NOUNS = {"versions": "protocol version", "cipher-suites": "cipher suite", "groups": "group",
         "signature-algorithms": "signature algorithm"}

PROFILES = ("mozilla-intermediate", "ncsc-nl", "mozilla-modern")
VERSIONS = {"SSLv3": 0x300, "TLSv1": 0x301, "TLSv1.1": 0x302, "TLSv1.2": 0x303, "TLSv1.3": 0x304}
# Those that some profile does not allow; sslscan lists some even for a server that signs nothing.
SIGNATURES = {0x201: "RSA+SHA1", 0x203: "ECDSA+SHA1", 0x301: "RSA+SHA224", 0x303: "ECDSA+SHA224"}

# What sslscan knows; of Exim it lists none, and s_client is asked.
GROUPS = {23: "P-256", 24: "P-384", 25: "P-521", 29: "X25519", 30: "X448"} | {
    256 + i: f"ffdhe{bits}" for i, bits in enumerate((2048, 3072, 4096, 6144, 8192))}

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

# name: Postfix's parameters
POSTFIX = {
    "postfix": {}, "postfix-1-2": {"smtpd_tls_protocols": ">=TLSv1.2", "smtpd_tls_exclude_ciphers": "aNULL, SHA1"},
    "postfix-high": {"smtpd_tls_ciphers": "high", "smtpd_tls_protocols": ">=TLSv1.2"},
    "postfix-1-3": {"smtpd_tls_protocols": ">=TLSv1.3"},
    "postfix-curves": {"tls_eecdh_auto_curves": "X25519 prime256v1 secp384r1", "smtpd_tls_protocols": ">=TLSv1.2",
                       "tls_preempt_cipherlist": "yes"},
}

# name: what Exim's main section has besides; Debian's Exim has GnuTLS
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
tls_advertise_hosts = *
tls_certificate = {chain}
tls_privatekey = {chain}
local_interfaces = {address}
daemon_smtp_ports = 25
{more}
"""


class Front(socketserver.ThreadingTCPServer):
    """Speaks SMTP up to STARTTLS, then hands the connection to a server that speaks TLS from the first byte."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, address, backend):
        self.backend = backend
        super().__init__((address, 25), Session)
        threading.Thread(target=self.serve_forever, daemon=True).start()


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


def numbers():
    """Names of IANA to numbers, by kind."""
    words = {"PROTOCOL": "versions", "SUITE": "cipher-suites", "GROUP": "groups", "SIGNATURE": "signature-algorithms"}
    table = {kind: {} for kind in KINDS}
    with open(ROOT + "/lib/tls/tls_code.def", encoding="ascii") as f:
        for word, number, rest in re.findall(r"^([A-Z]+)\((0x[0-9a-f]+|\d+), ([^)]*)\)", f.read(), re.M):
            table[words[word]][re.search(r'"([^"]+)"', rest)[1]] = int(number, 0)
    return table


def read_profile(name, table):
    """The numbers that a profile allows, and those that it phases out, by kind; kinds that it says nothing about are not
    there. Without ends in years."""
    allowed, phase_out, section = {}, {}, None
    with open(f"{ROOT}/profiles/{name}.ini", encoding="utf-8") as f:
        for line in f:
            line = line.strip()
            if line.startswith("["):
                section = line.strip("[]")
                if section in KINDS:
                    allowed[section], phase_out[section] = set(), set()
            elif section in KINDS and "=" in line:
                key, value = (part.strip() for part in line.split("=", 1))
                to = {"allowed": allowed, "phase-out": phase_out}.get(key)
                if to is not None:
                    to[section] |= {table[section].get(name, 0xffff) for name in value.split()}
    return allowed, phase_out


def scan(address, sslscan, path):
    """What sslscan gets, and of signature algorithms openssl s_client: kind -> set of (version, number)."""
    out = subprocess.run([sslscan, "--starttls-smtp", "--no-heartbleed", "--no-renegotiation", "--no-compression",
                          "--no-fallback", "--xml=-", address + ":25"], capture_output=True, text=True,
                         timeout=200, env=os.environ | {"LD_LIBRARY_PATH": path}).stdout
    test = xml.fromstring(out[out.index("<?xml"):]).find("ssltest")
    got = {kind: set() for kind in KINDS}
    for protocol in test.iter("protocol"):
        if protocol.get("enabled") == "1" and protocol.get("type") == "tls":
            version = 0x301 + int(protocol.get("version")[2])
            got["versions"].add((version, version))
    for kind, tag in (("cipher-suites", "cipher"), ("groups", "group")):
        for found in test.iter(tag):
            got[kind].add((VERSIONS[found.get("sslversion").replace("TLSv1.0", "TLSv1")], int(found.get("id"), 16)))
    if not got["groups"]:
        got["groups"] = {(version, number) for version in (0x303, 0x304) for number, name in GROUPS.items()
                         if agrees(address, version, "ECDHE", "-groups", name)}
    got["signature-algorithms"] = {(0x303, number) for number, name in SIGNATURES.items()
                                   if f"Peer signing digest: {name.split('+')[1]}\n" in
                                   agrees(address, 0x303, "ECDHE:DHE", "-sigalgs", name)}
    return got


def agrees(address, version, ciphers, *offer):
    """What s_client says of a handshake with one group or signature algorithm; "" where it fails. A server may take a
    signature algorithm that it was not offered."""
    done = subprocess.run(["openssl", "s_client", "-starttls", "smtp", "-connect", address + ":25",
                           {0x303: "-tls1_2", 0x304: "-tls1_3"}[version], "-cipher", ciphers + ":@SECLEVEL=0", *offer],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    return done.stdout if "Server Temp Key" in done.stdout else ""


def ask(address, program, profile, ca_file):
    """The JSON of check_smtp_tls."""
    out = subprocess.run([program, "-H", address, "--tls-level", "encrypt", "--ca-file", ca_file, "--format", "json",
                          "--tls-profile", f"{ROOT}/profiles/{profile}.ini"], capture_output=True, text=True,
                         timeout=60).stdout
    return json.loads(out)


def compare(name, profile, report, got, table):
    """Yields a text for each kind of the profile, "" where check and sslscan agree."""
    allowed, phase_out = read_profile(profile, table)
    facts = report["gateways"][0]["addresses"][0].get("tls_profile")
    if not facts:
        yield f"{name}: {profile}: not asked: {report['findings']}"
        return
    findings = [f["headline"] for f in report["findings"] if f["code"].startswith("tls-profile-")]
    more = " ".join(f["detail"] or "" for f in report["findings"])
    for kind in allowed:
        seen = {table[kind].get(c[KEYS[kind]], 0) for c in facts["connections"]
                if c["result"] == "accepted" and c[KEYS[kind]] and is_seen(c, allowed, kind)}
        bad = {n for n in seen if n not in allowed[kind]}
        all_got = {n for version, n in got[kind] if kind == "versions" or version in allowed["versions"]}
        due = {n for n in all_got if n not in allowed[kind]}
        found = any(NOUNS[kind] in headline for headline in findings)
        where = f"{name}: {profile}: {kind}: check {sorted(map(hex, bad))}, sslscan {sorted(map(hex, due))}"
        if bad - all_got:
            yield f"{where}: accepted by the check alone"
        elif due and not found:
            yield f"{where}: no finding; {facts['connections']}"
        elif bad != due and "not all were asked" not in more and facts["complete"]:
            yield f"{where}: not complete"
        else:
            yield ""


def is_seen(connection, allowed, kind):
    """Whether what a connection shows of the kind counts, and sslscan would list it: not in a version that is not
    allowed, nor the finite field of TLS 1.2."""
    if kind == "groups" and connection["finite_field_bits"]:
        return False
    return kind == "versions" or VERSIONS[connection["version"]] in allowed["versions"]


def start(place, unpacked, pki):
    """Starts all gateways. Returns the servers, and the address of each gateway by its name."""
    servers, addresses = Servers(place), {}
    path = libraries(os.path.abspath(unpacked))
    gnutls = os.path.abspath(unpacked) + "/usr/bin/gnutls-serv"
    commands = {name: ["openssl", "s_server", "-quiet", "-cert", pki[key], "-key", pki[key]] +
                more.format(**pki).split() for name, (key, more) in OPENSSL.items()}
    commands |= {name: [gnutls, "--quiet", "--echo", "--nodb", f"--x509certfile={pki[key]}", f"--x509keyfile={pki[key]}",
                        "--priority=" + priority] for name, (key, priority) in GNUTLS.items()}
    for port, (name, command) in enumerate(commands.items(), 20000):
        directory = servers.make(name)
        if name in GNUTLS:
            command += [f"--port={port}"]
        else:
            command[2:2] = ["-accept", f"127.0.0.1:{port}"]
        servers.run(command, directory, ("127.0.0.1", port), env=os.environ | {"LD_LIBRARY_PATH": path})
        addresses[name] = f"127.66.0.{len(addresses) + 1}"
        Front(addresses[name], ("127.0.0.1", port))
    return servers, addresses


def start_postfix(servers, addresses, pki):
    listeners = []
    for name, parameters in POSTFIX.items():
        addresses[name] = f"127.66.0.{len(addresses) + 1}"
        listeners.append((addresses[name], 25, {"smtpd_tls_chain_files": pki["rsa"]} | parameters))
    servers.start_postfix(listeners, pki["rsa"])


def start_exim(servers, addresses, unpacked, pki):
    """With -C, Exim gives root's rights up before it listens."""
    user, program = "Debian-exim", os.path.abspath(unpacked) + "/usr/sbin/exim4"
    write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0")
    for name, more in EXIM.items():
        directory, address = servers.make(name), f"127.66.0.{len(addresses) + 1}"
        try:
            pwd.getpwnam(user)
        except KeyError:
            with_line(directory, "/etc/passwd", f"{user}:x:65533:65533::/nonexistent:/bin/false\n")
            with_line(directory, "/etc/group", f"{user}:x:65533:\n")
        write(directory + "/conf", EXIM_CONFIG.format(dir=directory, chain=pki["rsa"], address=address, more=more))
        shutil.chown(directory, user, user)
        servers.run([program, "-C", directory + "/conf", "-bdf"], directory, (address, 25),
                    env=os.environ | {"LD_LIBRARY_PATH": libraries(os.path.abspath(unpacked))})
        addresses[name] = address


def run(place, program, unpacked):
    """Returns a text for each comparison, "" for what agrees."""
    loopback_up()
    os.makedirs(place)
    certificates = Pki(place + "/pki")
    for name, key in (("rsa", "RSA -pkeyopt rsa_keygen_bits:2048"), ("ec", "EC -pkeyopt ec_paramgen_curve:P-256")):
        certificates.leaf(name, ["mx.front.test"], key=key)
    pki = {name: certificates.path(name + ".pem") for name in ("rsa", "ec")}
    table, path = numbers(), libraries(os.path.abspath(unpacked))
    sslscan = os.path.abspath(unpacked) + "/usr/bin/sslscan"
    servers, addresses = start(place, unpacked, pki)
    try:
        start_postfix(servers, addresses, pki)
        start_exim(servers, addresses, unpacked, pki)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            begun = cpu()
            scans = list(pool.map(lambda address: scan(address, sslscan, path), addresses.values()))
            scanned = cpu()
            reports = list(pool.map(lambda address: [ask(address, program, profile, certificates.ca_file)
                                                     for profile in PROFILES], addresses.values()))
            asked = cpu()
        print(f"profiles: {len(addresses)} gateways; CPU of a check "
              f"{(asked - scanned) / len(PROFILES) / len(addresses):.3f} s, of a scan "
              f"{(scanned - begun) / len(addresses):.3f} s")
        return [result for name, got, of_profiles in zip(addresses, scans, reports)
                for profile, report in zip(PROFILES, of_profiles)
                for result in compare(name, profile, report, got, table)]
    finally:
        servers.stop()


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
