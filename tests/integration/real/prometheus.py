# SPDX-License-Identifier: BSD-2-Clause
"""icinga-templates/ for Prometheus: promtool reads the alerts and plays their cases; a real Prometheus collects what the
plugins print about real gateways, and every query of the dashboard finds something in it."""
import datetime
import json
import os
import re
import subprocess
import urllib.parse
import urllib.request

from cases import check
from endpoint import Endpoint, Handler
from process import Process, wait_for, write

HERE = os.path.dirname(os.path.abspath(__file__))
TEMPLATES = os.path.normpath(HERE + "/../../../icinga-templates")
PORT = 9090
CONFIG = """\
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: node
"""
TARGET = "    static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n"
FORM = """\
[{name}]
domains = {name}.test
direction = outbound
gateways = mx.{name}.test:25
"""
# One mail that was sent to plain.test, verified.
MAIL = """\
{at} mail postfix/smtp[7]: Verified TLS connection established to mx.plain.test[192.0.2.1]:25: TLSv1.3 with cipher X
{at} mail postfix/smtp[7]: AAAA1: to=<b@plain.test>, relay=mx.plain.test[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)
"""


class NodeExporter(Endpoint):
    """As node_exporter with the textfile collector: one text of all files, each family declared once."""

    def __init__(self, texts):
        families = {}
        for line in "".join(texts).splitlines():
            name = line.split()[2] if line.startswith("# ") and line != "# EOF" else re.split(r"[{ ]", line)[0]
            if line != "# EOF":
                families.setdefault(name, []).append(line)
        body = "".join(line + "\n" for lines in families.values() for line in dict.fromkeys(lines)).encode()

        class Give(Handler):
            def do_GET(self):
                self.answer(200, Content_Type="text/plain; version=0.0.4")
                self.wfile.write(body)

        super().__init__(Give)


class Prometheus:
    def __init__(self, program, directory, port):
        write(directory + "/prometheus.yml", CONFIG + TARGET.format(port=port))
        self.child = Process([program, "--config.file=prometheus.yml", f"--storage.tsdb.path={directory}/data",
                              f"--web.listen-address=127.0.0.1:{PORT}"], directory)
        self.child.until("has collected", lambda: self.query("mailtls_mail_waiting"))

    def query(self, expression):
        """The samples of an instant: (labels, value)."""
        where = f"http://127.0.0.1:{PORT}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(where, timeout=20) as answer:
            return [(one["metric"], float(one["value"][1])) for one in json.load(answer)["data"]["result"]]


def metrics(lab, program):
    """What the checks print, each as its cron job would write it."""
    forms = lab.dir + "/metrics"
    for name in ("plain", "notls", "expired"):
        write(f"{forms}/{name}.ini", FORM.format(name=name))
    write(f"{forms}/own.ini", f"[own]\ndomains = own.test\npostfix = {lab.mail_config}\n")
    write(lab.dir + "/metrics.log", MAIL.format(at=datetime.datetime.now().astimezone().isoformat(timespec="seconds")))
    for plugin, arguments in (("check_partner_policy", f"-f {forms} --no-own"), ("check_smtp_tls", "-d many.test")):
        yield check(lab, program.replace("check_smtp_tls", plugin), arguments + " --format openmetrics")[1]
    yield subprocess.run([program.replace("check_smtp_tls", "check_mail_log"), "-f", forms, "--queue", "--log",
                          lab.dir + "/metrics.log", "--format", "openmetrics"], capture_output=True, text=True, timeout=60).stdout


def panels():
    with open(TEMPLATES + "/grafana/dashboard-prometheus.json") as f:
        dashboard = json.load(f)
    for panel in dashboard["panels"]:
        yield from panel["panels"] if panel["type"] == "row" else [panel]


def found(prometheus, panel, values):
    """What is wrong with a panel's queries, with these values of the variables."""
    for target in panel["targets"]:
        query = target["expr"]
        for name, value in values.items():
            query = query.replace("$" + name, value)
        samples = prometheus.query(query)
        if not samples:
            return f"{panel['title']}: nothing: {query}"
        columns = {"Value", "Time"} | {label for labels, _ in samples for label in labels}
        for step in panel.get("transformations", []):
            named = {s["field"] for s in step["options"].get("sort", [])} | set(step["options"].get("renameByName", {}))
            if not named <= columns:
                return f"{panel['title']}: {step['id']} of {named}, there are {columns}"
        shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        if not shown <= columns:
            return f"{panel['title']}: a legend of {shown}, there are {columns}"
    return ""


def right(prometheus):
    """What some panels show is so."""
    by_title = {panel["title"]: panel["targets"][0]["expr"].replace("$partner", ".*").replace("$host", ".*") for panel in panels()}
    states = {labels["partner"]: value for labels, value in prometheus.query(by_title["State"])}
    findings = {(labels["partner"], labels["code"]) for labels, _ in prometheus.query(by_title["Findings"]) if "partner" in labels}
    days = {labels["host"]: value for labels, value in prometheus.query(by_title["Days left, by gateway"])}
    messages = {(labels["direction"], labels["tls"]): value for labels, value in prometheus.query(by_title["Messages, by level of TLS"])}
    return [same("states", states, {"plain": 0, "notls": 2, "expired": 2}),
            same("findings", findings >= {("notls", "starttls-not-supported"), ("expired", "certificate-expired")}, True),
            same("days left", days["mx.plain.test"] > 0 > days["mx.expired.test"], True),
            same("messages", messages[("sent", "verified")], 1)]


def same(what, seen, due):
    return "" if seen == due else f"prometheus, {what}: {seen} rather than {due}"


def alerts(promtool):
    """What promtool says of the rules and of their cases."""
    for words in (["check", "rules", TEMPLATES + "/prometheus/mailtls.rules.yml"], ["test", "rules", HERE + "/alerts.test.yml"]):
        done = subprocess.run([promtool, *words], capture_output=True, text=True, timeout=60)
        yield f"promtool {words[0]} rules: {done.stdout}{done.stderr}" if done.returncode else ""


def refused(promtool, text):
    """What promtool has against metrics that a plugin has printed; "" if nothing."""
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=20)
    if done.returncode == 0 and not done.stdout + done.stderr:
        return ""
    return f"promtool: exit status {done.returncode}: {done.stdout}{done.stderr}: {text[:500]}"


def run(lab, program, bin_directory):
    """A list of the text of each failure, "" for what passed."""
    promtool = bin_directory + "/promtool"
    printed = list(metrics(lab, program))
    results = [*alerts(promtool), *(refused(promtool, text) for text in printed)]
    exporter = NodeExporter(printed)
    directory = lab.dir + "/prometheus"
    os.makedirs(directory)
    prometheus = Prometheus(bin_directory + "/prometheus", directory, exporter.port)
    try:
        wait_for("partners' states", lambda: prometheus.query("mailtls_state"))
        for panel in panels():
            results += [found(prometheus, panel, values) for values in (
                {"partner": ".*", "host": ".*"}, {"partner": "plain|expired", "host": r"mx\\.plain\\.test|mx\\.expired\\.test"})]
        return results + right(prometheus)
    finally:
        prometheus.child.end()
        exporter.stop()
