# SPDX-License-Identifier: BSD-2-Clause
"""Serves MTA-STS policies by the name in the Host field. Arguments: address, certificate chain with key."""
import http.server
import ssl
import sys

POLICY = "version: STSv1\r\nmode: {}\r\nmx: {}\r\nmax_age: 604800\r\n".format
POLICIES = {
    "mta-sts.plain.test": POLICY("enforce", "mx.plain.test"),
    "mta-sts.many.test": POLICY("enforce", "*.many.test"),
    "mta-sts.ee.test": POLICY("testing", "mx.plain.test"),
    "mta-sts.ta.test": POLICY("enforce", "mx.plain.test"),
    "mta-sts.screened.test": POLICY("enforced", "mx.screened.test"),
    "mta-sts.wildcard.test": POLICY("enforce", "mx.wildcard.test"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        policy = POLICIES.get(self.headers.get("Host"))
        found = policy is not None and self.path == "/.well-known/mta-sts.txt"
        body = (policy if found else "nothing here").encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2])
server = http.server.ThreadingHTTPServer((sys.argv[1], 443), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
