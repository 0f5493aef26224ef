# SPDX-License-Identifier: BSD-2-Clause
"""What --format openmetrics prints about real gateways, read by Prometheus's own promtool and by Prometheus."""
import prometheus
from cases import check

RUNS = [
    ("check_smtp_tls", "-d plain.test"),
    ("check_smtp_tls", "-d many.test -d notls.test -a user@norcpt.test"),
    ("check_smtp_tls", "-H ::1 -d nowhere.invalid"),
    ("check_mx_cert", "-d ee.test -d expired.test"),
]
FAMILIES = ["mailtls_state", "mailtls_finding", "mailtls_stage_seconds", "mailtls_confidence_ratio",
            "mailtls_certificate_not_after_timestamp_seconds", "mailtls_last_run_timestamp_seconds"]


def play(lab, program, promtool, plugin, arguments):
    """None, or how it fails."""
    _, output = check(lab, program.replace("check_smtp_tls", plugin), arguments + " --format openmetrics")
    missing = [family for family in FAMILIES if f"# TYPE {family} gauge\n" not in output]
    if missing or not output.endswith("# EOF\n"):
        return f"metrics, {arguments}: {missing} missing, or the end, in {output}"
    complaint = prometheus.refused(promtool, output)
    return f"metrics, {arguments}: {complaint}" if complaint else None


def run(lab, program, tools):
    """tools: the directory of prometheus and promtool."""
    return [play(lab, program, tools + "/promtool", *one) for one in RUNS] + prometheus.run(lab, program, tools)
