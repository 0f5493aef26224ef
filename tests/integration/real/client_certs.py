# SPDX-License-Identifier: BSD-2-Clause
"""Client certificates at gateways that others wrote: Postfix, Exim with GnuTLS, and OpenSSL's s_server behind a front that
speaks SMTP up to STARTTLS, and a script that speaks it inside TLS. Each asks for a certificate from the lab's root or
requires one, in TLS 1.2 and 1.3. What the check says about ours is compared with what the gateway makes of it."""
import json
import os
import shutil
import subprocess
import threading

from exim import USER, libraries, make_user
from pki import Pki
from process import write
from profiles import EXIM_CONFIG, Front
from servers import Servers, loopback_up

UNSUITABLE, REQUIRED = "client-certificate-unsuitable", "client-certificate-required"
CLIENT, SERVER = ("extendedKeyUsage = clientAuth\n", "extendedKeyUsage = serverAuth\n")

# name: what is different about the certificate; every gateway names the root alone
CERTIFICATES = {
    "good": {"more": CLIENT}, "any": {}, "expired": {"more": CLIENT, "start": "-60d", "end": "-3d"},
    "early": {"more": CLIENT, "start": "3d"}, "server": {"more": SERVER}, "alone": {"more": CLIENT, "chain": ()},
    "broken": {"more": CLIENT, "chain": ("narrow",)}, "stranger": {"more": CLIENT, "issuer": "foreign", "chain": ()},
}

ASK = {"smtpd_tls_ask_ccert": "yes"}
REQUIRE = {"smtpd_tls_security_level": "encrypt", "smtpd_tls_req_ccert": "yes"}
ONLY_1_2 = {"smtpd_tls_protocols": "TLSv1.2", "smtpd_tls_mandatory_protocols": "TLSv1.2"}
POSTFIX = {"postfix-ask": ASK, "postfix-require": REQUIRE, "postfix-ask-1-2": ASK | ONLY_1_2,
           "postfix-require-1-2": REQUIRE | ONLY_1_2}

GNUTLS_1_2 = "tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.2\n"
EXIM = {"exim-ask": "tls_try_verify_hosts = *\n", "exim-require": "tls_verify_hosts = *\n",
        "exim-ask-1-2": "tls_try_verify_hosts = *\n" + GNUTLS_1_2, "exim-require-1-2": "tls_verify_hosts = *\n" + GNUTLS_1_2}

OPENSSL = {"openssl-ask": "-verify 4", "openssl-require": "-Verify 4 -verify_return_error",
           "openssl-ask-1-2": "-verify 4 -tls1_2", "openssl-require-1-2": "-Verify 4 -verify_return_error -tls1_2"}

# GnuTLS's server does not look at the purpose of a client's certificate.
TAKEN = {("exim-require", "server"), ("exim-require-1-2", "server")}


def due(gateway, certificate):
    """The codes that are due."""
    suits = certificate in ("good", "any")
    codes = set() if suits or not certificate else {UNSUITABLE}
    if "require" in gateway and not suits and (gateway, certificate) not in TAKEN:
        codes.add(REQUIRED)
    return codes


def speak(server):
    """Answers EHLO inside TLS, as s_server prints it and takes it from its standard input."""
    for line in server.stdout:
        if line.startswith(b"EHLO"):
            server.stdin.write(b"250 mx.front.test\r\n")
            server.stdin.flush()


def start_openssl(pki, addresses):
    """Returns the processes."""
    children = []
    for port, (name, more) in enumerate(OPENSSL.items(), 21000):
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", pki.path("mx.pem"), "-key",
                   pki.path("mx.pem"), "-CAfile", pki.ca_file, *more.split()]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        children.append(child)
        threading.Thread(target=speak, args=(child,), daemon=True).start()
        addresses[name] = f"127.67.0.{len(addresses) + 1}"
        Front(addresses[name], ("127.0.0.1", port))
    return children


def start_postfix(servers, pki, addresses):
    listeners = []
    for name, parameters in POSTFIX.items():
        addresses[name] = f"127.67.0.{len(addresses) + 1}"
        more = {"smtpd_tls_chain_files": pki.path("mx.pem"), "smtpd_tls_CAfile": pki.ca_file}
        listeners.append((addresses[name], 25, more | parameters))
    servers.start_postfix(listeners, pki.path("mx.pem"))


def start_exim(servers, pki, addresses, unpacked):
    path = libraries(os.path.abspath(unpacked))
    write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0")
    for name, more in EXIM.items():
        directory, address = servers.make(name), f"127.67.0.{len(addresses) + 1}"
        make_user(directory)
        more = f"tls_verify_certificates = {pki.ca_file}\n{more}"
        write(directory + "/conf", EXIM_CONFIG.format(dir=directory, chain=pki.path("mx.pem"), address=address, more=more))
        shutil.chown(directory, USER, USER)
        servers.run([os.path.abspath(unpacked) + "/usr/sbin/exim4", "-C", directory + "/conf", "-bdf"], directory,
                    (address, 25), env=os.environ | {"LD_LIBRARY_PATH": path})
        addresses[name] = address


def play(program, pki, name, address, certificate):
    """Empty, or how the check differs from what is due."""
    shown = ["--client-cert", pki.path(certificate + ".chain"), "--client-key", pki.path(certificate + ".key")]
    command = [program, "-H", address, "--tls-level", "encrypt", "--ca-file", pki.ca_file, "-t", "20", "--format", "json"]
    done = subprocess.run(command + (shown if certificate else []), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=30)
    report = json.loads(done.stdout)
    seen = {f["code"] for f in report["findings"] if f["state"] != "OK"}
    request = report["gateways"][0]["addresses"][0]["client_certificate"]
    request_due = {"sent": bool(certificate), "ca_count": 1, "cas": ["CN=Lab root"]}
    if seen == due(name, certificate) and request == request_due:
        return ""
    return (f"{name} and {certificate or 'no certificate'}: {sorted(seen)}, due {sorted(due(name, certificate))}; "
            f"request {request}; {[f['detail'] for f in report['findings']]}")


def run(place, program, unpacked):
    """Returns a text for each case, "" for what is as it has to be."""
    loopback_up()
    os.makedirs(place)
    pki = Pki(place + "/pki")
    pki.leaf("mx", ["mx.front.test"])
    for name, differences in CERTIFICATES.items():
        pki.leaf(name, [f"{name}.us.test"], **differences)
    servers, addresses = Servers(place), {}
    children = start_openssl(pki, addresses)
    try:
        start_postfix(servers, pki, addresses)
        start_exim(servers, pki, addresses, unpacked)
        return [play(program, pki, name, address, certificate)
                for name, address in addresses.items() for certificate in ("", *CERTIFICATES)]
    finally:
        for child in children:
            child.kill()
            child.wait(20)
        servers.stop()
