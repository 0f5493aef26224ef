# SPDX-License-Identifier: BSD-2-Clause
"""The dashboard against InfluxDB as Icinga's own writer fills it: every query finds something, and the right thing. Besides, what
the writers to InfluxDB 2 and to Graphite write."""
import http.client
import json
import os
import re
import subprocess
import urllib.parse

from configuration import HOST, install_host
from endpoint import Endpoint, Handler
from gateways import RESOLVER, Gateways
from harness import TEMPLATES, Icinga, changed, http_answer, wait_for, write
from process import Process
from session import use_resolver

DOMAINS = {"tuv.test": ["mx1.tuv.test", "mx2.tuv.test"], "hella.test": ["mx1.hella.test"]}
ENDS = {"mx1.tuv.test": 83, "mx2.tuv.test": 20, "mx1.hella.test": 40, "mx1.own.test": 50}  # days
WATCHED = """\
  vars.egress_domain = "tuv.test"
  vars.mail_gateways["mx1.own.test"] = { }
  vars.mail_partners["tuv"] = { domains = [ "tuv.test" ], gateways = [ "mx1.tuv.test", "mx2.tuv.test" ] }
  vars.mail_partners["hella"] = { domains = [ "hella.test" ], gateways = [ "mx1.hella.test" ] }
"""
INFLUX_PORT = 8086  # as shipped
INFLUX = """
reporting-disabled = true
bind-address = "127.0.0.1:8088"
[meta]
  dir = "{dir}/meta"
[data]
  dir = "{dir}/data"
  wal-dir = "{dir}/wal"
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
[monitor]
  store-enabled = false
"""


GRAPHITE_PORT = 2003  # as shipped
CARBON = """
[cache]
STORAGE_DIR = {dir}
LOCAL_DATA_DIR = {dir}/whisper
WHITELISTS_DIR = {dir}
CONF_DIR = {dir}
LOG_DIR = {dir}
PID_DIR = {dir}
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = {port}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
CACHE_QUERY_INTERFACE = 127.0.0.1
ENABLE_LOGROTATION = False
USER =
"""


class Influx:
    def __init__(self, directory):
        write(directory + "/influxdb.conf", INFLUX.format(dir=directory, port=INFLUX_PORT))
        self.process = Process(["influxd", "-config", directory + "/influxdb.conf"], directory,
                               env=os.environ | {"HOME": directory})
        self.process.until("answers", lambda: self.query("SHOW DATABASES"))
        self.query("CREATE DATABASE icinga2", "POST")

    def query(self, query, method="GET"):
        """The series of its answer, as InfluxDB has them; RuntimeError with its words where it objects."""
        text = http_answer(http.client.HTTPConnection("127.0.0.1", INFLUX_PORT, timeout=20), method,
                           "/query?" + urllib.parse.urlencode({"db": "icinga2", "epoch": "ms", "q": query}))[1]
        answer = json.loads(text)
        result = answer.get("results", [answer])[0]
        if "error" in result:
            raise RuntimeError(f"{query}: {result['error']}")
        return result.get("series", [])


class Influx2(Endpoint):
    """What Icinga posts to an InfluxDB 2, which is not in Debian: the lines of each request that has path and token as
    influxdb2.conf has them."""

    def __init__(self):
        self.lines = lines = []

        class Take(Handler):
            def do_POST(self):
                due = ("/api/v2/write?precision=s&org=monitoring&bucket=icinga2", "Token change this token")
                seen = (self.path, self.headers["Authorization"])
                body = self.body().decode()
                lines.extend(body.splitlines() if seen == due else [f"{seen} rather than {due}"])
                self.answer(204)

        super().__init__(Take)


class Carbon:
    """carbon-cache with the shipped storage-schemas.conf and storage-aggregation.conf."""

    def __init__(self, directory):
        self.dir = directory
        for file in ("storage-schemas.conf", "storage-aggregation.conf"):
            with open(f"{TEMPLATES}/grafana/{file}") as f:
                write(f"{directory}/{file}", f.read())
        write(directory + "/carbon.conf", CARBON.format(dir=directory, port=GRAPHITE_PORT))
        self.process = Process(["carbon-cache", "--config", directory + "/carbon.conf", "--nodaemon", "start"], directory)
        self.process.listens("127.0.0.1", GRAPHITE_PORT)

    def values(self, metric):
        """The values in the file of a metric, newest last; none where there is no such file."""
        path = f"{self.dir}/whisper/{metric.replace('.', '/')}.wsp"
        if not os.path.exists(path):
            return []
        run = subprocess.run(["whisper-fetch", "--json", path], stdout=subprocess.PIPE, text=True, timeout=30, check=True)
        return [value for value in json.loads(run.stdout)["values"] if value is not None]

    def about(self, metric):
        """(seconds for one value, xFilesFactor) of a metric's file."""
        run = subprocess.run(["whisper-info", "--json", f"{self.dir}/whisper/{metric.replace('.', '/')}.wsp"],
                             stdout=subprocess.PIPE, text=True, timeout=30, check=True)
        info = json.loads(run.stdout)
        return info["archives"][0]["secondsPerPoint"], info["xFilesFactor"]


class Dashboard:
    """What Grafana does with it: the variables' values are asked for, put into each query, rows opened."""

    def __init__(self, influx):
        with open(TEMPLATES + "/grafana/dashboard.json") as f:
            self.json = json.load(f)
        self.influx = influx
        self.values, self.all = {}, {}
        for variable in self.json["templating"]["list"]:
            if variable["type"] == "query":
                self.all[variable["name"]] = variable.get("allValue")
                self.values[variable["name"]] = self._values(variable)

    def _values(self, variable):
        seen = [row[1] for series in self.influx.query(self.filled(variable["query"])) for row in series["values"]]
        if variable["regex"]:
            seen = [re.search(variable["regex"].strip("/"), value).group(1) for value in seen]
        return sorted(set(seen))

    def filled(self, query, only=None):
        """only: variable -> the one value that is chosen; all values otherwise."""
        for name, values in self.values.items():
            chosen = [re.escape(value) for value in (only or {}).get(name, values)]
            text = chosen[0] if len(chosen) == 1 else f"({'|'.join(chosen)})"
            query = query.replace("$" + name, text if name in (only or {}) else self.all[name] or text)
        query = query.replace("$timeFilter", "time > now() - 1h").replace("$__interval", "1s")
        if "$" in re.sub(r"\$/", "", query):
            raise RuntimeError(f"unknown variable: {query}")
        return query

    def panels(self):
        rows = [p for p in self.json["panels"] if p["type"] == "row"]
        return [p for p in self.json["panels"] + [p for row in rows for p in row["panels"]] if p["type"] != "row"]

    def series(self, title, only=None):
        panel = next(p for p in self.panels() if p["title"] == title)
        return self.influx.query(self.filled(panel["targets"][0]["query"], only))


def run(place):
    place += "/graphs"
    gateways = Gateways(place, list(ENDS), DOMAINS, {name: {"start": "-300d", "end": f"{days}d"} for name, days in ENDS.items()})
    influx2 = Influx2()
    influx, carbon, icinga = None, None, Icinga(place + "/icinga", gateways.pki)
    try:
        use_resolver(place, RESOLVER)
        influx = Influx(place + "/influx")
        carbon = Carbon(place + "/carbon")
        install_host(icinga, gateways.pki.ca_file, WATCHED,
                     {domain.removesuffix(".test"): hosts for domain, hosts in DOMAINS.items()})
        icinga.copy(TEMPLATES + "/grafana/influxdb.conf", "conf.d/influxdb.conf")
        changed(icinga.path("conf.d/influxdb.conf"), (f"port = {INFLUX_PORT}", f"port = {INFLUX_PORT}\n  flush_interval = 1s"))
        icinga.copy(TEMPLATES + "/grafana/influxdb2.conf", "conf.d/influxdb2.conf")
        changed(icinga.path("conf.d/influxdb2.conf"), ("port = 8086", f"port = {influx2.port}\n  flush_interval = 1s"))
        icinga.copy(TEMPLATES + "/grafana/graphite.conf", "conf.d/graphite.conf")
        icinga.start()
        return play(gateways, icinga, influx) + [in_influx2(influx2), in_graphite(icinga, carbon)]
    finally:
        icinga.stop()
        influx2.stop()
        if carbon:
            carbon.process.end()
        if influx:
            influx.process.end()
        gateways.stop()


def play(gateways, icinga, influx):
    for name in icinga.names("services"):
        icinga.check(HOST, name.split("!")[1])
    gateways.starttls("mx1.hella.test", False)
    icinga.check(HOST, "partner-hella")

    def written():
        rows = influx.query('SELECT "state" FROM "partner_policy" WHERE "partner" = \'hella\'')
        return rows and rows[0]["values"][-1][1] == 2
    wait_for("Icinga writes the state to InfluxDB", written, 20)
    dashboard = Dashboard(influx)
    results = [same("partners", dashboard.values["partner"], ["hella", "tuv"]),
               same("gateways", dashboard.values["gateway"], sorted(ENDS))]
    for panel in dashboard.panels():
        results += [*found(dashboard, panel), *transformed(dashboard, panel)]
    return results + right(dashboard)


def found(dashboard, panel):
    """With all values of the variables, and with one of each."""
    one = {"partner": ["tuv"], "gateway": ["mx2.tuv.test"]}
    for target in panel["targets"]:
        for only in ({}, one):
            query = dashboard.filled(target["query"], only)
            found_series = dashboard.influx.query(query)
            empty = [column for series in found_series for i, column in enumerate(series["columns"])
                     if all(row[i] is None for row in series["values"])]
            yield "" if found_series and not empty else f"{panel['title']}: nothing in {empty or 'any series'}: {query}"


def transformed(dashboard, panel):
    """Fields that a panel sorts by or renames are there; in a table, tags are columns."""
    series = dashboard.series(panel["title"])
    columns = {"Time"} | {c for s in series for c in [*s["columns"], *s.get("tags", {})]}
    for step in panel.get("transformations", []):
        options = step["options"]
        named = [s["field"] for s in options.get("sort", []) if not s["desc"]] + list(options.get("renameByName", {}))
        yield "" if named or "sort" not in options else f"{panel['title']}: not sorted ascending"
        yield "" if set(named) <= columns else f"{panel['title']}: {step['id']} of {named}, there are {columns}"
        if step["id"] == "renameByRegex":
            names = {s["tags"]["metric"] for s in series}
            yield "" if all(re.search(options["regex"], n) for n in names) else f"{panel['title']}: {options['regex']}, {names}"


def right(dashboard):
    """What the panels show is so."""
    def last(title, tag, only=None):
        return {s["tags"][tag]: s["values"][-1][1] for s in dashboard.series(title, only)}
    days = last("Days left, by gateway", "service")
    stages = {s["tags"]["metric"].split("::")[1] for s in dashboard.series("Stages", {"gateway": ["mx1.tuv.test"]})}
    return [
        same("days left", {name.removeprefix("smtp-tls-"): round(value) for name, value in days.items()}, ENDS),
        same("state", last("State", "partner"), {"hella": 2, "tuv": 0}),
        same("states of one partner", sorted(last("States", "service", {"partner": ["hella"]})),
             ["changes-hella", "mx-cert-hella.test", "partner-hella", "smtp-tls-mx1.hella.test"]),
        same("states that belong to no partner", {"smtp-egress", "smtp-tls-mx1.own.test"} & set(last("States", "service")),
             {"smtp-egress", "smtp-tls-mx1.own.test"}),
        same("confidence", last("Confidence", "partner"), {"hella": 10, "tuv": 100}),
        same("gateways", last("Gateways that are OK", "metric", {"partner": ["hella"]}), {"gateways": 1, "gateways_ok": 0}),
        same("stages", stages, {"dns", "connect", "greeting", "ehlo", "starttls", "cert", "tls", "ehlo_tls"}),
    ]


def in_influx2(influx2):
    """The same measurements, tags and fields as in InfluxDB 1."""
    wanted = r"partner_policy,hostname=mailout,partner=hella,service=partner-hella .*\bstate=2i\b"
    wait_for("the state in InfluxDB 2", lambda: [line for line in influx2.lines if re.match(wanted, line)], 20,
             instead=lambda: influx2.lines[:40])
    wanted = r"smtp_tls,hostname=mailout,partner=tuv,service=smtp-tls-mx1\.tuv\.test,metric=mx1\.tuv\.test::cert_days " \
             r"(?=.*\bcrit=14)(?=.*\bwarn=30)(?=.*\bvalue=8[23])"
    return "" if [line for line in influx2.lines if re.match(wanted, line)] else f"no {wanted} in {influx2.lines[:40]}"


def in_graphite(icinga, carbon):
    """Names as graphite.conf says, and files that keep what comes every six hours."""
    # Results before that are lost: Icinga first connects ten seconds after its start.
    wait_for("Icinga is connected to Graphite", lambda: "Finished reconnecting to Graphite" in icinga.log())
    for service in ("smtp-tls-mx1.tuv.test", "partner-hella"):
        icinga.check(HOST, service)
    days = "icinga2.mailout.services.smtp-tls-mx1_tuv_test.smtp_tls.perfdata.mx1.tuv.test.cert_days.value"
    state = "icinga2.mailout.services.partner-hella.partner_policy.metadata.state"
    wait_for("days in Graphite", lambda: carbon.values(days), 20)
    wait_for("the state in Graphite", lambda: carbon.values(state)[-1:] == [2], 20, instead=lambda: carbon.values(state))
    return same("Graphite", (round(carbon.values(days)[-1]), carbon.about(days)), (ENDS["mx1.tuv.test"], (600, 0)))


def same(what, seen, due):
    return "" if seen == due else f"{what}: {seen} rather than {due}"
