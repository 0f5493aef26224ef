# SPDX-License-Identifier: BSD-2-Clause
"""The ClientHello that --hello sends, beside the one that Postfix's smtp(8), openssl s_client and Exim send with the same
configuration. A gateway that writes down every hello gets both. It closes the connection after one of more than 1400 bytes,
so that the check sends the large one, the small one, and the large one again.

The check adds X25519MLKEM768 where our OpenSSL does not have it. Without that, and without the padding that OpenSSL adds to a
hello of 256 to 511 bytes for Postfix, everything is the same: versions, cipher suites, extensions, groups, signature algorithms
and server name in their order, and the size. Exim in Debian has GnuTLS, whose hello the check does not make: it says so, and a
hello of Exim from a file is sent again as it was.
"""
import json
import os
import re
import shutil
import smtplib
import socket
import socketserver
import subprocess
import threading

from correspondents import Server
from exim import USER, libraries, make_user, said
from pki import Pki
from process import wait_for, write
from profiles import splice
from senders import EXIM
from servers import Servers, loopback_up
from session import use_resolver

RESOLVER, SUBMISSION, BACKEND = "127.53.1.2", "127.68.0.250", ("127.0.0.1", 22000)
SEGMENT = 1400
NAME, GROUPS, PADDING, SHARES = 0, 10, 21, 51  # extensions
MLKEM, MLKEM_SHARE = 0x11ec, 1216  # X25519MLKEM768, and the bytes of its key share

# name: Postfix's parameters
POSTFIX = {
    "default": {}, "named": {"smtp_tls_servername": "hostname"},
    "fixed": {"smtp_tls_servername": "mail.else.test"},
    "curves": {"tls_eecdh_auto_curves": "X448 prime256v1 X25519"},
    "high": {"smtp_tls_mandatory_ciphers": "high", "smtp_tls_mandatory_exclude_ciphers": "SHA, AES128"},
    "excluded": {"smtp_tls_exclude_ciphers": "kRSA, DHE"},
    "only-1-3": {"smtp_tls_mandatory_protocols": ">=TLSv1.3"}, "from-1-0": {"smtp_tls_mandatory_protocols": ">=TLSv1"},
}

# GnuTLS sends key shares for the first group, and for one of another kind: 133 and 1024 bytes.
EXIM_LARGE = "tls_require_ciphers = NORMAL:-GROUP-ALL:+GROUP-SECP521R1:+GROUP-FFDHE8192:+CAMELLIA-128-GCM:+CAMELLIA-256-GCM:" \
    "+AES-128-CCM-8:+AES-256-CCM-8:+CAMELLIA-128-CBC:+CAMELLIA-256-CBC"


# --- a hello -----------------------------------------------------------------------------------------


def take(data, size):
    """The bytes after a length of `size` bytes, and what is left."""
    end = size + int.from_bytes(data[:size], "big")
    return data[size:end], data[end:]


def numbers(data):
    return [int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2)]


def shares_of(data):
    """(group, bytes of the key) of each."""
    shares = []
    while data:
        group, (key, data) = int.from_bytes(data[:2], "big"), take(data[2:], 2)
        shares.append((group, len(key)))
    return shares


def take_apart(record, adds):
    """What is not random in a hello, by name; without padding and X25519MLKEM768 where the check `adds` that."""
    hello, size = record[9:], len(record)
    session, rest = take(hello[34:], 1)
    suites, rest = take(rest, 2)
    compression, rest = take(rest, 1)
    extensions, more = take(rest, 2)
    parts = {"versions": (record[:3], hello[:2]), "session": len(session), "cipher suites": numbers(suites),
             "compression": compression, "order": [], "after it": more}
    while extensions:
        number, (content, extensions) = int.from_bytes(extensions[:2], "big"), take(extensions[2:], 2)
        if number == PADDING and adds:
            size -= 4 + len(content)
            continue
        if number == GROUPS:
            content = numbers(take(content, 2)[0])
        elif number == SHARES:
            content = shares_of(take(content, 2)[0])
        if number in (GROUPS, SHARES) and adds:
            without = [one for one in content if one not in (MLKEM, (MLKEM, MLKEM_SHARE))]
            size -= (len(content) - len(without)) * (2 if number == GROUPS else 4 + MLKEM_SHARE)
            content = without
        parts["order"].append(number)
        parts[f"extension {number}"] = content
    return parts | {"size": size}


def compare(what, sent, due, adds=True):
    """Empty, or how a hello that the check sent differs from the mail server's."""
    mine, theirs = take_apart(sent, adds), take_apart(due, adds)
    return "; ".join(f"{what}: {part}: the check {mine.get(part)}, expected {theirs.get(part)}"
                     for part in {**mine, **theirs} if mine.get(part) != theirs.get(part))


# --- the gateway -------------------------------------------------------------------------------------


class Gate(socketserver.ThreadingTCPServer):
    """Speaks SMTP up to STARTTLS and writes the hello down. Small ones are handed to a server with TLS if it is `open`."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, address):
        self.hellos, self.open = [], False
        super().__init__((address, 25), Session)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            self.wfile.write(b"220 mx.gate.test ESMTP\r\n")
            for line in iter(self.rfile.readline, b""):
                word = line.strip().upper()
                if word == b"STARTTLS":
                    return self.read_hello()
                self.wfile.write(b"250-mx.gate.test\r\n250 STARTTLS\r\n" if word.startswith(b"EHLO") else b"250 ok\r\n")
        except OSError:
            pass

    def read_hello(self):
        self.wfile.write(b"220 go on\r\n")
        header = self.rfile.read(5)
        hello = header + self.rfile.read(int.from_bytes(header[3:], "big"))
        self.server.hellos.append(hello)
        if not self.server.open or len(hello) > SEGMENT:
            return
        with socket.create_connection(BACKEND, 10) as backend:
            backend.sendall(hello)
            there = threading.Thread(target=splice, args=(backend, self.connection), daemon=True)
            there.start()
            splice(self.connection, backend)
            there.join()


class Lab:
    """A gate for each name, mx.NAME.test, which is the MX host of NAME.test; mail servers of ours."""

    def __init__(self, servers, pki, program, unpacked, names):
        self.servers, self.pki, self.program, self.unpacked = servers, pki, program, unpacked
        self.at = {name: f"127.68.0.{i}" for i, name in enumerate(names, 1)}
        self.gates = {name: Gate(address) for name, address in self.at.items()}
        servers.run(["openssl", "s_server", "-accept", ":".join(map(str, BACKEND)), "-quiet", "-cert", pki.path("gate.pem"),
                     "-key", pki.path("gate.pem")], servers.make("backend"), BACKEND)
        servers.start_local_dns(RESOLVER, [record for name, address in self.at.items() for record in (
            f"mx.{name}.test. A {address}", f"{name}.test. MX 10 mx.{name}.test.")])
        use_resolver(servers.dir, RESOLVER)

    def first_hello(self, name):
        """What the mail server has sent."""
        return wait_for(f"a hello for {name}", lambda: self.gates[name].hellos)[0]

    def sent(self, name, own, *words):
        """What the check says, and the hellos that it has sent after its ordinary session: [large, small, large]."""
        gate, form = self.gates[name], f"{self.servers.dir}/{name}.ini"
        write(form, f"[{name}]\ndomains = {name}.test\ngateways = mx.{name}.test\n[own]\n{own}\n")
        gate.hellos, gate.open = [], True
        done = subprocess.run([self.program, "-f", form, "--no-own", "--allow-loopback", "--ca-file", self.pki.ca_file, "-t",
                               "40", "--format", "json", *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        try:
            gateways = json.loads(done.stdout)["gateways"]
            facts = next(address["hello"] for gateway in gateways for address in gateway["addresses"])
        except (ValueError, KeyError, StopIteration):
            raise RuntimeError(f"{name}: no hello in {done.stdout} {done.stderr}") from None
        return facts, gate.hellos[1:]


# --- the mail servers --------------------------------------------------------------------------------


def judge(what, facts, sent, due, adds=True):
    """Yields a text for each case, "" for what is the same. The small hello has nothing of the large one's key shares."""
    yield "" if [len(one) > SEGMENT for one in sent] == [True, False, True] else f"{what}: hellos of {[*map(len, sent)]} bytes"
    yield "" if [len(one) for one in sent] == [one["bytes"] for one in facts["connections"]] else f"{what}: says {facts}"
    for one in sent if adds else sent[::2]:
        yield compare(what, one, due, adds)


def postfix(lab):
    ours = Server(lab.servers, "hello-postfix", {
        "myhostname": "mx1.example.com", "smtp_tls_security_level": "verify", "smtp_tls_CAfile": lab.pki.ca_file},
        [(SUBMISSION, 25, {"mynetworks": "127.0.0.0/8", "smtpd_relay_restrictions": "permit_mynetworks, reject"})])
    common = dict(ours.settings)
    version = subprocess.run(["postconf", "-hd", "mail_version"], check=True, capture_output=True, text=True).stdout.strip()
    for name, parameters in POSTFIX.items():
        ours.settings = dict(common)
        ours.set(**parameters)
        with smtplib.SMTP(SUBMISSION, 25, local_hostname="us.test", timeout=20) as client:
            client.sendmail("us@us.test", [f"user@{name}.test"], "Subject: x\r\n\r\nx\r\n")
        due = lab.first_hello(name)
        facts, sent = lab.sent(name, f"postfix = {ours.dir}", "--hello", "postfix")
        yield from judge(f"postfix, {name}", facts, sent, due)
        yield "" if facts["of"].startswith(f"Postfix {version} with OpenSSL ") else f"postfix, {name}: {facts['of']}"
    yield from (f"postfix: {text}" for text in ours.warnings() if "certificate" not in text)


def openssl(lab):
    at = lab.at["openssl"]
    subprocess.run(["openssl", "s_client", "-starttls", "smtp", "-connect", at + ":25", "-servername", "mx.openssl.test"],
                   stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    due = lab.first_hello("openssl")
    facts, sent = lab.sent("openssl", "", "--hello", "openssl")
    yield from judge("openssl", facts, sent, due)


def exim(lab):
    """Also --hello FILE, with a hello that Exim has sent."""
    program = os.path.abspath(lab.unpacked) + "/usr/sbin/exim4"
    path = libraries(os.path.abspath(lab.unpacked))
    for name, more in (("exim", ""), ("file", EXIM_LARGE)):
        directory = lab.servers.make("hello-" + name)
        make_user(directory)
        shutil.chown(directory, USER, USER)
        write(directory + "/conf", EXIM.format(program=program, dir=directory, more=more))
        said([program, "-C", directory + "/conf", "-odi", "-f", "us@mx.exim.test", f"user@{name}.test"], path,
             "Subject: x\n\nx\n")
        due = lab.first_hello(name)
        if name == "exim":
            facts, sent = lab.sent(name, f"exim = {directory}/conf", "--hello", "exim")
            named = [NAME in take_apart(one, True)["order"] for one in (due, *sent)]
            version = said([program, "-C", directory + "/conf", "-d-all+tls", "-bV"], path)
            runtime = re.search(r"GnuTLS: Compile: .*\n\s+Runtime: (\S+)", version)
            yield "" if runtime and facts["of"].endswith(f" with GnuTLS {runtime[1]}") else f"exim: {facts['of']}, {version}"
            yield "" if len(due) <= SEGMENT and not facts["sent_by_our_mail_server"] and not any(named) else \
                f"exim: a hello of {len(due)} bytes, server name {named}; the check says {facts}"
            continue
        with open(directory + "/hello", "wb") as f:
            f.write(due)
        facts, sent = lab.sent(name, "", "--hello", directory + "/hello")
        yield from judge("file", facts, sent, due, adds=False)


def run(place, program, unpacked):
    """Returns a text for each case, "" for what is as it has to be."""
    loopback_up()
    os.makedirs(place)
    pki = Pki(place + "/pki")
    pki.leaf("gate", ["mx.gate.test"])
    servers = Servers(place)
    try:
        lab = Lab(servers, pki, program, unpacked, (*POSTFIX, "openssl", "exim", "file"))
        return [*postfix(lab), *openssl(lab), *exim(lab)]
    finally:
        servers.stop()
