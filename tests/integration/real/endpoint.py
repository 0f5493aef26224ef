# SPDX-License-Identifier: BSD-2-Clause
"""HTTP servers on a free port of loopback, each in a thread of its own."""
import http.server
import json
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    """Logs nothing."""

    def body(self):
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, status, **headers):
        """Status and headers; an underscore in a header's name is a hyphen."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *_):
        pass


class Endpoint:
    """Serves with that class of handler until it is stopped."""

    def __init__(self, handler):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Pager(Endpoint):
    """Keeps what is posted to it as JSON: (receiver, page), the receiver from the URL's path. What is posted to /moved is
    kept too, and answered by a redirection."""

    def __init__(self):
        self.pages = pages = []

        class Take(Handler):
            def do_POST(self):
                pages.append((self.path.strip("/"), json.loads(self.body())))
                if self.path == "/moved":
                    self.answer(302, Location="/elsewhere")
                else:
                    self.answer(204)

            def do_GET(self):
                self.answer(204)

        super().__init__(Take)

    def url(self, receiver):
        return f"http://127.0.0.1:{self.port}/{receiver}"

    def of(self, receiver, since=0):
        return [page for to, page in self.pages[since:] if to == receiver]
