# SPDX-License-Identifier: BSD-2-Clause
"""What tests of monitoring systems share: Icinga 2 out of a directory of its own, its REST API, what receives pages.
In a network namespace only: ports are the usual ones, which no outgoing connection takes from those that are to listen
there. Nothing uses the system's own configuration; all is ended by process id."""
import base64
import http.client
import json
import os
import pwd
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(HERE + "/../../..")
TEMPLATES = ROOT + "/icinga-templates"
BUILD = os.path.abspath(sys.argv[1])  # every test's one argument
sys.path.append(HERE + "/../real")  # endpoint, pki, process, servers, session

import endpoint
from process import Process, wait_for, write

STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")

CONFIG = """\
const NodeName = "{name}"
const ZoneName = NodeName
const TicketSalt = ""
include <itl>
include <plugins>
object CheckerComponent "checker" {{ }}
object NotificationComponent "notification" {{ }}
object FileLogger "main" {{ path = LogDir + "/icinga2.log", severity = "notice" }}
object ApiListener "api" {{ bind_host = "{address}", bind_port = {port} }}
object ApiUser "test" {{ password = "{password}", permissions = [ "*" ] }}
{zones}
"""

ZONES = """\
object Endpoint NodeName { }
object Zone ZoneName { endpoints = [ NodeName ] }
"""


def expect(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what}: {got} rather than {wanted}")


def failure(case, *arguments):
    """Runs a case: what went wrong, or ""."""
    started = time.monotonic()
    try:
        case(*arguments)
    except (AssertionError, OSError, RuntimeError, subprocess.SubprocessError) as e:
        return f"{case.__module__}.{case.__name__}: {e}"
    finally:
        print(f"{case.__module__}.{case.__name__}: {time.monotonic() - started:.1f} s", flush=True)
    return ""


def changed(path, *changes):
    """Edits a copied file as its administrator would: each (old, new) has to be there once."""
    with open(path) as f:
        text = f.read()
    for old, new in changes:
        if text.count(old) != 1:
            raise RuntimeError(f"{path}: {text.count(old)} times: {old}")
        text = text.replace(old, new)
    write(path, text)


def http_answer(connection, *request):
    """(status, text) of one request; OSError where no whole answer comes."""
    try:
        connection.request(*request)
        response = connection.getresponse()
        return response.status, response.read().decode()
    except http.client.HTTPException as e:
        raise OSError(f"{request[0]} {request[1]}: {e!r}") from None
    finally:
        connection.close()


class Icinga:
    """One Icinga 2 process out of `directory`. etc/ is its ConfigDir; what is in etc/conf.d is read.

    `pki` (real/pki.py) issues its certificate; nodes of one cluster share one. `zones` replaces a single node's own
    endpoint and zone. The API is at Icinga's own port of `address`."""

    port = 5665

    def __init__(self, directory, pki, name="monitor", zones=ZONES, config=CONFIG, address="127.0.0.1"):
        self.dir, self.name, self.address = directory, name, address
        self.password = secrets.token_hex(16)
        self.process = None
        for part in ("zones.d", "data/certs", "log", "cache", "spool", "run", "etc/conf.d"):
            os.makedirs(f"{directory}/{part}")
        self._certificates(pki)
        write(directory + "/etc/icinga2.conf", f'const PluginDir = "{BUILD}"\n' + config.format(
            name=name, address=address, port=self.port, password=self.password, zones=zones) + 'include_recursive "conf.d"\n')

    def _certificates(self, pki):
        certs = self.dir + "/data/certs"
        if not os.path.exists(pki.path(self.name + ".chain")):
            pki.leaf(self.name, [self.name], issuer="root", chain=())
        shutil.copy(pki.path(self.name + ".chain"), f"{certs}/{self.name}.crt")
        shutil.copy(pki.path(self.name + ".key"), f"{certs}/{self.name}.key")
        shutil.copy(pki.ca_file, certs + "/ca.crt")
        self.tls = ssl.create_default_context(cafile=pki.ca_file)

    def copy(self, source, target):
        """A file or folder of ours into etc/, as the administrator copies it."""
        target = f"{self.dir}/etc/{target}"
        if os.path.isdir(source):
            shutil.copytree(source, target)
        else:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(source, target)

    def write(self, path, text):
        write(f"{self.dir}/etc/{path}", text)

    def path(self, path):
        return f"{self.dir}/etc/{path}"

    def command(self, *options):
        places = {"ConfigDir": "etc", "ZonesDir": "zones.d", "DataDir": "data", "LogDir": "log", "CacheDir": "cache",
                  "SpoolDir": "spool", "InitRunDir": "run"}
        defines = [f"{name}={self.dir}/{place}" for name, place in places.items()]
        defines += ["RunAsUser=" + user_name(), "RunAsGroup=" + user_name()]
        return ["icinga2", "daemon", "-c", self.dir + "/etc/icinga2.conf", *options,
                *(word for d in defines for word in ("-D", d))]

    def validate(self):
        """(status, output) of icinga2 daemon -C."""
        run = subprocess.run(self.command("-C"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        return run.returncode, run.stdout

    def start(self):
        self.process = Process(self.command(), self.dir + "/log")
        self.process.until(f"answers as {self.name}", lambda: self.api("GET", "/v1/status/IcingaApplication"))
        return self

    def stop(self):
        """Orderly: the state is saved."""
        if self.process and not self.process.end():
            raise RuntimeError(f"{self.name} did not end")

    def kill(self):
        """kill -9 of all its processes."""
        if self.process:
            self.process.kill()

    def api(self, method, path, body=None):
        """The answer's results; RuntimeError with status and text where it is not 2xx, OSError without connection."""
        connection = http.client.HTTPConnection(self.address, self.port)
        connection.sock = self.tls.wrap_socket(socket.create_connection((self.address, self.port), 20),
                                               server_hostname=self.name)
        user = base64.b64encode(f"test:{self.password}".encode()).decode()
        status, text = http_answer(connection, method, path, json.dumps(body) if body is not None else None,
                                   {"Authorization": "Basic " + user, "Accept": "application/json"})
        if status // 100 != 2:
            raise RuntimeError(f"{self.name}: {method} {path}: {status} {text[:2000]}")
        return json.loads(text)["results"]

    def attributes(self, kind, name):
        """Of an object such as ("services", "host!service")."""
        return self.api("GET", f"/v1/objects/{kind}/{urllib.parse.quote(name, safe='')}")[0]["attrs"]

    def modify(self, kind, name, **attributes):
        self.api("POST", f"/v1/objects/{kind}/{urllib.parse.quote(name, safe='')}", {"attrs": attributes})

    def names(self, kind):
        return sorted(o["attrs"]["__name"] for o in self.api("GET", f"/v1/objects/{kind}?attrs=__name"))

    def service(self, host, name):
        return self.attributes("services", f"{host}!{name}")

    def act(self, action, host, name, **parameters):
        self.api("POST", "/v1/actions/" + action, parameters | {
            "type": "Service", "filter": "host.name == h && service.name == s", "filter_vars": {"h": host, "s": name}})

    def check(self, host, name, seconds=60):
        """Forces one check and waits for its result; the service's attributes after it."""
        def later(than):
            service = self.service(host, name)
            return service if service["last_check"] > than else None
        asked = time.time()
        while True:  # once more where one that was under way has come first: Icinga begins no other beside it
            before = self.service(host, name)["last_check"]
            self.act("reschedule-check", host, name, force=True)
            service = wait_for(f"{self.name}: a check of {host}!{name}", lambda: later(before), seconds)
            if service["last_check_result"]["execution_start"] >= asked:
                return service

    def check_until_hard(self, host, name, state):
        """Checks until the state, such as "CRITICAL", is hard; at which attempt it is, those by themselves included."""
        attempt = 0
        for _ in range(5):
            service = self.check(host, name)
            if STATES[int(service["state"])] != state:
                raise RuntimeError(f"{host}!{name}: {service['last_check_result']['output']} rather than {state}")
            if service["state_type"] == 1:
                return attempt + 1
            attempt = int(service["check_attempt"])
        raise RuntimeError(f"{host}!{name}: {state} is not hard after 5 checks")

    def log(self):
        with open(self.dir + "/log/icinga2.log") as f:
            return f.read()


def user_name():
    return pwd.getpwuid(os.getuid()).pw_name


class Pager(endpoint.Pager):
    def wait(self, receiver, since=0, seconds=30, **wanted):
        """The first page to `receiver`, behind the first `since` ones, whose fields are as wanted."""
        def arrived():
            return next((p for p in self.of(receiver, since) if all(p.get(k) == v for k, v in wanted.items())), None)

        def there():
            return [(to, page["type"], page["service"], page["summary"]) for to, page in self.pages[since:]]
        return wait_for(f"a page to {receiver} with {wanted}", arrived, seconds, instead=there)
