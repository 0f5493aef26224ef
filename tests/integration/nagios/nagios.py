# SPDX-License-Identifier: BSD-2-Clause
"""Nagios Core 4 out of a directory of its own, with the shipped objects; its states are read from status.dat."""
import os
import re
import shutil
import subprocess
import time
import urllib.parse

from harness import STATES, TEMPLATES, changed, write
from process import Process, wait_for

SHIPPED = TEMPLATES + "/nagios"
DEBIAN = "/etc/nagios4"
EXTINFO = "/usr/lib/cgi-bin/nagios4/extinfo.cgi"
CGI = """
main_config_file={dir}/nagios.cfg
physical_html_path=/usr/share/nagios4/htdocs
url_html_path=/nagios4
use_authentication=0
escape_html_tags=1
"""
SETTINGS = """
log_file={dir}/nagios.log
cfg_dir={dir}/objects
object_cache_file={dir}/objects.cache
precached_object_file={dir}/objects.precache
resource_file={dir}/resource.cfg
status_file={dir}/status.dat
status_update_interval=1
nagios_user=root
nagios_group=root
command_file={dir}/nagios.cmd
query_socket={dir}/nagios.qh
lock_file={dir}/nagios.pid
temp_file={dir}/nagios.tmp
temp_path={dir}
use_syslog=0
log_archive_path={dir}
check_result_path={dir}/results
retain_state_information=0
service_inter_check_delay_method=n
max_service_check_spread=1
interval_length=1
check_for_updates=0
"""


def main_config(settings):
    """Debian's nagios.cfg without its objects, and with these settings."""
    with open(DEBIAN + "/nagios.cfg") as f:
        lines = [line for line in f if re.match(r"[a-z]", line) and not re.match(r"cfg_(file|dir)=", line)]
    return "".join(line for line in lines if line.split("=")[0] not in settings) + \
        "".join(f"{name}={value}\n" for name, value in settings.items())


def complaint(directory, name, partners="", with_log=False):
    """What nagios4 -v has against what is shipped, beside Debian's own objects; "" if nothing. partners: instead of the
    shipped partners.cfg. with_log: without the comment signs before the services of our mail log."""
    shutil.copytree(SHIPPED, f"{directory}/{name}")
    if partners:
        write(f"{directory}/{name}/partners.cfg", partners)
    if with_log:
        changed(f"{directory}/{name}/hosts.cfg", ("# hostgroup_members  mailtls-partners", "hostgroup_members  mailtls-partners"),
                ("# hostgroup_members  mailtls-egress", "hostgroup_members  mailtls-egress"))
    objects = [f"cfg_file={DEBIAN}/objects/{file}.cfg\n" for file in ("commands", "contacts", "timeperiods", "templates")]
    write(f"{directory}/{name}.cfg", main_config({}) + "".join(objects) + f"cfg_dir={directory}/{name}\n")
    run = subprocess.run(["nagios4", "-v", f"{directory}/{name}.cfg"], capture_output=True, text=True, timeout=30)
    clean = run.returncode == 0 and "\nTotal Warnings: 0\n" in run.stdout and "Warning:" not in run.stdout
    return "" if clean else f"nagios4 -v, {name}: {run.stdout[-2000:]}"


class Nagios:
    """Its minutes are seconds, so that the intervals of what is shipped stay as they are."""

    def __init__(self, directory, plugin_dir):
        self.dir = directory
        self.plugin_dir = plugin_dir
        self.child = None

    def start(self, edits, partners):
        """edits: (pattern, what an administrator writes instead) in the shipped objects; partners: his partners.cfg."""
        os.makedirs(self.dir + "/results")
        settings = dict(line.split("=", 1) for line in SETTINGS.format(dir=self.dir).split())
        write(self.dir + "/nagios.cfg", main_config(settings))
        write(self.dir + "/resource.cfg", f"$USER1$={self.plugin_dir}\n")
        objects = {name: open(f"{SHIPPED}/{name}").read() for name in os.listdir(SHIPPED) if name.endswith(".cfg")}
        for pattern, text in edits:
            changed = {name: re.sub(pattern, text, was, flags=re.M) for name, was in objects.items()}
            if changed == objects:
                raise RuntimeError(f"nothing shipped looks like {pattern}")
            objects = changed
        for name, text in (objects | {"partners.cfg": partners}).items():
            write(f"{self.dir}/objects/{name}", text)
        self.child = Process(["nagios4", self.dir + "/nagios.cfg"], self.dir)
        self.child.until("takes commands", lambda: os.path.exists(self.dir + "/nagios.cmd"))

    def stop(self):
        if self.child:
            self.child.end()

    def command(self, *words):
        """An external command, as the web interface gives it."""
        with open(self.dir + "/nagios.cmd", "w") as f:
            f.write(f"[{int(time.time())}] {';'.join(words)}\n")

    def check_now(self, host, service):
        self.command("SCHEDULE_FORCED_SVC_CHECK", host, service, str(int(time.time())))

    def manual(self, host, service):
        """From here on the service is checked by checked() alone, so that attempts can be counted."""
        self.command("DISABLE_SVC_CHECK", host, service)
        return self.checked(host, service)

    def automatic(self, host, service):
        self.command("ENABLE_SVC_CHECK", host, service)

    def checked(self, host, service):
        """(state, whether it is hard, attempt) after one check."""
        before = int(self.service(host, service)["last_check"])
        time.sleep(max(0, before + 1.1 - time.time()))  # its times are seconds
        self.check_now(host, service)
        values = wait_for(f"a check of {host}, {service}", lambda: self._after(before, host, service))
        return STATES[int(values["current_state"])], values["state_type"] == "1", int(values["current_attempt"])

    def _after(self, before, host, service):
        """What status.dat has of it; none before a later check."""
        values = self.service(host, service)
        return values if int(values.get("last_check", 0)) > before else None

    def put_off_escalation(self, host, service):
        """For a fault that is to be over before, however slow this machine is."""
        self.command("DELAY_SVC_NOTIFICATION", host, service, str(int(time.time()) + 3600))

    def service(self, host, service):
        """What status.dat has of it, as a dict of strings; empty if there is nothing yet."""
        if not os.path.exists(self.dir + "/status.dat"):
            return {}
        with open(self.dir + "/status.dat") as f:
            text = f.read()
        for block in re.findall(r"^servicestatus \{\n(.*?)^\t\}", text, re.M | re.S):
            values = dict(line.strip().split("=", 1) for line in block.splitlines() if "=" in line)
            if (values.get("host_name"), values.get("service_description")) == (host, service):
                return values
        return {}

    def page(self, host, service):
        """The HTML of the service's page, by Nagios's own CGI."""
        write(self.dir + "/cgi.cfg", CGI.format(dir=self.dir))
        run = subprocess.run([EXTINFO], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=30, check=True,
                             env={"NAGIOS_CGI_CONFIG": self.dir + "/cgi.cfg", "REQUEST_METHOD": "GET",
                                  "QUERY_STRING": urllib.parse.urlencode({"type": 2, "host": host, "service": service})})
        return run.stdout

    def host_state(self, host):
        """"0" for UP; none before the first check."""
        with open(self.dir + "/status.dat") as f:
            text = f.read()
        for block in re.findall(r"^hoststatus \{\n(.*?)^\t\}", text, re.M | re.S):
            values = dict(line.strip().split("=", 1) for line in block.splitlines() if "=" in line)
            if values.get("host_name") == host and values.get("has_been_checked") == "1":
                return values["current_state"]
        return None

    def state(self, host, service):
        """A hard state such as "OK"; none before the first check and while it is soft."""
        values = self.service(host, service)
        if values.get("has_been_checked") != "1" or values["state_type"] != "1":
            return None
        return STATES[int(values["current_state"])]
