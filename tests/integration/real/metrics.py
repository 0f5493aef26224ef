# SPDX-License-Identifier: BSD-2-Clause
"""What --format openmetrics prints about real gateways, read by Prometheus's own promtool and by Prometheus."""
import os

import prometheus
from cases import check

PROFILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../profiles/ncsc-nl.ini")
RUNS = [
    ("check_smtp_tls", "-d plain.test"),
    ("check_smtp_tls", "-d many.test -d notls.test -a user@norcpt.test"),
    ("check_smtp_tls", "-H ::1 -d nowhere.invalid"),
    ("check_mx_cert", "-d ee.test -d expired.test"),
    ("check_smtp_tls", f"-d plain.test -d tls12.test -d notls.test --tls-profile {PROFILE}"),
]
FAMILIES = ["mailtls_state", "mailtls_finding", "mailtls_stage_seconds", "mailtls_confidence_ratio",
            "mailtls_certificate_not_after_timestamp_seconds", "mailtls_last_run_timestamp_seconds",
            "mailtls_client_certificate_requested", "mailtls_requiretls_offered"]
OF_PROFILES = ["mailtls_profile_violations", "mailtls_profile_deprecated", "mailtls_profile_complete"]


def play(lab, program, promtool, plugin, arguments):
    """None, or how it fails."""
    _, output = check(lab, program.replace("check_smtp_tls", plugin), arguments + " --format openmetrics")
    due = FAMILIES + (OF_PROFILES if PROFILE in arguments else [])
    missing = [family for family in due if f"# TYPE {family} gauge\n" not in output]
    if missing or not output.endswith("# EOF\n"):
        return f"metrics, {arguments}: {missing} missing, or the end, in {output}"
    complaint = prometheus.refused(promtool, output)
    return f"metrics, {arguments}: {complaint}" if complaint else None


def run(lab, program, tools):
    """tools: the directory of prometheus and promtool."""
    return [play(lab, program, tools + "/promtool", *one) for one in RUNS] + prometheus.run(lab, program, tools)
