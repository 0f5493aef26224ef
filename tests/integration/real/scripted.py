# SPDX-License-Identifier: BSD-2-Clause
"""A gateway that says what a table tells it to, byte for byte, and notes who has handed it mail, and how. And a resolver
that does not know EDNS, in one of the ways that there are."""
import contextlib
import socket
import ssl
import struct
import threading

PATIENCE = 20  # seconds for the client's next line

REPLIES = {
    "greeting": b"220 mx ESMTP\r\n",
    "ehlo": b"250-mx\r\n250-STARTTLS\r\n250 8BITMIME\r\n",
    "starttls": b"220 go ahead\r\n",
    "ehlo_tls": b"250-mx\r\n250 8BITMIME\r\n",
    "mail": b"250 ok\r\n", "rcpt": b"250 ok\r\n", "data": b"354 go ahead\r\n", "taken": b"250 taken\r\n",
    "quit": b"221 bye\r\n", "other": b"250 ok\r\n",
}


class Gateway:
    """Listens at (address, 25). `replies` differ from REPLIES; where one is None the gateway closes instead. With
    `refuses` there is no handshake after the reply to STARTTLS; `client` is what becomes of client certificates, as
    in the module ssl; `knows` is the only server name that it takes, or none at all."""

    def __init__(self, address, chain, refuses=False, client=ssl.CERT_NONE, knows="", **replies):
        self.refuses = refuses
        self.replies = REPLIES | replies
        self.mail = {}  # (HELO name, recipient's domain) -> whether the mail came over TLS
        self.taken = []  # the same, for each mail
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(chain)
        if client != ssl.CERT_NONE:
            self.tls.load_verify_locations(chain)
            self.tls.verify_mode = client
        if knows:
            self.tls.sni_callback = lambda _, name, __: (
                None if name in (None, knows) else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
        self.socket = socket.create_server((address, 25), backlog=16)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        client.settimeout(PATIENCE)
        with contextlib.suppress(OSError, ValueError, Ended):
            Session(self, client).run()
        client.close()


class Ended(Exception):
    """The gateway closes the connection."""


class Session:
    def __init__(self, gateway, client):
        self.gateway, self.name, self.domain, self.over_tls = gateway, "", "", False
        self._use(client)

    def _use(self, client):
        self.client, self.lines = client, client.makefile("rb")

    def run(self):
        self._say("greeting")
        while True:
            line = self.lines.readline()
            if not line:
                return
            words = line.decode("latin-1").split() or [""]
            self._answer(words[0].lower(), words[-1])

    def _say(self, what):
        reply = self.gateway.replies[what]
        if reply is None:
            raise Ended
        self.client.sendall(reply)

    def _answer(self, verb, last):
        if verb in ("ehlo", "helo"):
            self.name = last
            self._say("ehlo_tls" if self.over_tls else "ehlo")
        elif verb == "starttls":
            self._say("starttls")
            if not self.gateway.refuses:
                self._use(self.gateway.tls.wrap_socket(self.client, server_side=True))
                self.over_tls = True
        elif verb == "data":
            self._say("data")
            while self.lines.readline() not in (b".\r\n", b""):
                pass
            self.gateway.mail[self.name, self.domain] = self.over_tls
            self.gateway.taken.append(self.over_tls)
            self._say("taken")
        else:
            if verb == "rcpt":
                self.domain = last.split("@")[-1].rstrip(">")
            self._say(verb if verb in self.gateway.replies else "other")
            if verb == "quit":
                raise Ended


A, MX = 1, 15
FORMERR, NOTIMP = 1, 4


class Resolver:
    """Answers over UDP at (address, 53). records: (name, type) -> list of RDATA. `without` says how questions with EDNS
    are answered: "formerr", "formerr-header" (12 bytes), "notimp", "badvers", "silence"; None: as those without."""

    def __init__(self, address, records, without):
        self.records, self.without = records, without
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self.socket.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                query, client = self.socket.recvfrom(4096)
                if b"\0" not in query[12:]:
                    continue
                reply = self._reply(query)
                if reply:
                    self.socket.sendto(reply, client)

    def _reply(self, query):
        end = query.index(b"\0", 12) + 5
        question, edns = query[12:end], query[11] > 0
        if edns and self.without:
            return self._refusal(query[:2], question)
        labels, at = [], 0
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode("latin-1").lower())
            at += 1 + question[at]
        name, kind = ".".join(labels), struct.unpack("!H", question[-4:-2])[0]
        rdata = self.records.get((name, kind), [])
        known = any(key[0] == name for key in self.records)
        head = query[:2] + struct.pack("!BBHHHH", 0x81, 0x80 if known else 0x83, 1, len(rdata), 0, 0)
        return head + question + b"".join(struct.pack("!HHHIH", 0xc00c, kind, 1, 60, len(r)) + r for r in rdata)

    def _refusal(self, identifier, question):
        rcode = {"formerr": FORMERR, "formerr-header": FORMERR, "notimp": NOTIMP}
        if self.without == "silence":
            return None
        if self.without == "badvers":  # 16: the upper bits are in the OPT record
            return identifier + struct.pack("!BBHHHH", 0x81, 0x80, 1, 0, 0, 1) + question + b"\0\0\x29\4\0\1\0\0\0\0\0"
        head = identifier + struct.pack("!BB", 0x81, 0x80 | rcode[self.without])
        if self.without == "formerr-header":
            return head + b"\0" * 8
        return head + struct.pack("!HHHH", 1, 0, 0, 0) + question


def mx(host):
    return struct.pack("!H", 10) + b"".join(bytes([len(label)]) + label.encode() for label in host.split(".")) + b"\0"
