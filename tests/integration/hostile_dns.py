# SPDX-License-Identifier: BSD-2-Clause
"""A resolver that answers every question with as many records as fit into 64 KiB, with AD, over TCP."""
import socketserver
import struct
import threading

TYPE_A, TYPE_MX, TYPE_AAAA, TYPE_TLSA = 1, 15, 28, 52
FLAGS_TRUNCATED, FLAGS = 0x8780, 0x85A0  # QR, AA, RD and RA; TC; AD


def rdata(qtype, i):
    """The i-th record: addresses at which nobody listens, hosts m1, m2, ... of the domain."""
    if qtype == TYPE_A:
        return bytes((127, 9, i >> 8, i & 255))
    if qtype == TYPE_AAAA:
        return bytes.fromhex("20010db8") + i.to_bytes(12, "big")
    if qtype == TYPE_MX:
        label = b"m%d" % i
        return struct.pack(">HB", 10, len(label)) + label + b"\xc0\x0c"
    return b"\x03\x01\x01" + i.to_bytes(32, "big")


def records(qtype, room):
    """The records that fit, as one string, and how many they are."""
    parts, size = [], 0
    while qtype in (TYPE_A, TYPE_MX, TYPE_AAAA, TYPE_TLSA):
        data = rdata(qtype, len(parts))
        record = b"\xc0\x0c" + struct.pack(">HHIH", qtype, 1, 300, len(data)) + data
        if size + len(record) > room:
            break
        parts.append(record)
        size += len(record)
    return b"".join(parts), len(parts)


ANSWERS = {qtype: records(qtype, 65535 - 300) for qtype in (TYPE_A, TYPE_MX, TYPE_AAAA, TYPE_TLSA)}


def reply(query, flags):
    end = query.index(b"\0", 12) + 5
    body, count = ANSWERS.get(struct.unpack(">H", query[end - 4:end - 2])[0], (b"", 0))
    if flags == FLAGS_TRUNCATED:
        body, count = b"", 0
    return query[:2] + struct.pack(">HHHHH", flags, 1, count, 0, 0) + query[12:end] + body


class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        self.request[1].sendto(reply(self.request[0], FLAGS_TRUNCATED), self.client_address)


class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        size = self.rfile.read(2)
        if len(size) == 2:
            answer = reply(self.rfile.read(int.from_bytes(size, "big")), FLAGS)
            self.wfile.write(len(answer).to_bytes(2, "big") + answer)


class Listener(socketserver.ThreadingTCPServer):
    request_queue_size = 1024
    daemon_threads = True


class Resolver:
    """with Resolver() as address: ..."""

    def __enter__(self):
        self.tcp = Listener(("127.0.0.1", 0), Stream)
        self.udp = socketserver.UDPServer(self.tcp.server_address, Datagram)
        for server in (self.tcp, self.udp):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return "%s:%d" % self.tcp.server_address

    def __exit__(self, *_):
        for server in (self.tcp, self.udp):
            server.shutdown()
            server.server_close()
