"""What is shipped for Icinga 2 is valid without a warning, and its CheckCommands and the plugins' options are the same."""
import json
import os
import re
import shutil
import subprocess
import time

from harness import BUILD, ROOT, TEMPLATES, Icinga, changed, wait_for
from pki import Pki

DEBIAN = "/etc/icinga2"
PRINTS_ONLY = {"help", "version", "list-findings", "print"}
HOST = "mailout"
HOSTS = """
object Host "mailout" {
  import "mailtls-host"
  vars.smtp_tls_ca_file = "%(ca)s"
  vars.mx_cert_ca_file = "%(ca)s"
  vars.partner_policy_ca_file = "%(ca)s"
%(more)s}
"""
FORM = """
[{partner}]
domains = {partner}.test
gateways = {gateways}
issuer = Lab inter
direction = outbound
"""
OPTION = re.compile(r"^  (?:-\w,|   ) --([a-z0-9-]+)(=?)", re.M)


def run(place):
    place += "/configuration"
    pki = Pki(place + "/pki")
    icinga = Icinga(place + "/icinga", pki)
    install(icinga)
    results = [valid(icinga), valid_beside_debians(place, pki)]
    commands = plugins()
    icinga.write("conf.d/all.conf", "".join(every_option(p) for p in commands))
    icinga.start()
    try:
        results.append(office_hours(icinga))
        for plugin in commands:
            results += [same_options(icinga, plugin), rendered(icinga, plugin)]
    finally:
        icinga.stop()
    return results + [none_is_missing(commands)]


def install(icinga):
    """As icinga-templates/README.md has it."""
    icinga.copy(TEMPLATES + "/icinga2", "conf.d/mailtls")
    icinga.copy(TEMPLATES + "/mailtls-notify", "scripts/mailtls-notify")


def install_host(icinga, ca_file, more, partners):
    """The same with a host, `more` in its definition, and with partners' forms: name -> gateways."""
    install(icinga)
    icinga.write("conf.d/mailtls/hosts.conf", HOSTS % {"ca": ca_file, "more": more})
    for partner, gateways in partners.items():
        icinga.write(f"partners/{partner}.ini", FORM.format(partner=partner, gateways=" ".join(gateways)))
    changed(icinga.path("conf.d/mailtls/settings.conf"), ("/etc/mailtls/partners", icinga.path("partners")))


def plugins():
    """Those that have a CheckCommand."""
    with open(TEMPLATES + "/icinga2/commands.conf") as f:
        return sorted(set(re.findall(r"/(check_\w+)", f.read())))


def complaints(output):
    return [line for line in output.splitlines() if re.search(r" (warning|critical)/", line)]


def valid(icinga):
    status, output = icinga.validate()
    return f"icinga2 daemon -C: {output}" if status or complaints(output) else ""


def valid_beside_debians(place, pki):
    """Copied into conf.d of the distribution's own configuration."""
    icinga = Icinga(place + "/debian", pki)
    shutil.rmtree(icinga.path(""))
    shutil.copytree(DEBIAN, icinga.path(""), symlinks=True)
    icinga.write("conf.d/bare.conf", 'object Host "without-vars" { check_command = "dummy" }')
    before = complaints(icinga.validate()[1])
    install(icinga)
    status, output = icinga.validate()
    new = [line for line in complaints(output) if line.split("] ")[1] not in {b.split("] ")[1] for b in before}]
    return f"icinga2 daemon -C with Debian's own configuration: {output}" if status or new else ""


def office_hours(icinga):
    """Icinga agrees with the calendar whether it is Monday to Thursday 8 to 17, Friday 8 to 16, and no holiday."""
    before = time.localtime()
    inside = icinga.attributes("timeperiods", "mailtls-office-hours")["is_inside"]
    after = time.localtime()  # the office may have opened or closed
    return "" if inside in (is_open(before), is_open(after)) else f"office hours at {time.asctime(after)}: {inside}"


def is_open(at):
    return (at.tm_mon, at.tm_mday) not in ((1, 1), (5, 1), (12, 25), (12, 26)) and \
        8 <= at.tm_hour < (17 if at.tm_wday < 4 else 16 if at.tm_wday == 4 else 0)


def options(plugin):
    """name -> whether it takes a value, by --help."""
    run = subprocess.run([f"{BUILD}/{plugin}", "--help"], stdout=subprocess.PIPE, text=True, check=False, timeout=30)
    return {name: bool(value) for name, value in OPTION.findall(run.stdout) if name not in PRINTS_ONLY}


def prefix(plugin):
    return plugin.removeprefix("check_")


def value_of(name):
    """What every_option gives; "verbose" counts."""
    return {"verbose": 2, "on": ["mx-is-cname=ok", "throttled=ok"]}.get(name, f"value of {name}")


def every_option(plugin):
    """A host whose check has every variable of the plugin's command set."""
    text = f'object Host "{plugin}" {{\n  check_command = "{prefix(plugin)}"\n  check_interval = 1s\n'
    for name, valued in options(plugin).items():
        value = value_of(name) if valued or name == "verbose" else True
        text += f"  vars.{prefix(plugin)}_{name.replace('-', '_')} = {json.dumps(value)}\n"  # as the DSL writes it
    return text + "}\n"


def same_options(icinga, plugin):
    arguments = icinga.attributes("checkcommands", prefix(plugin))["arguments"]
    wrong = {"--" + name for name in options(plugin)} ^ set(arguments)
    unsaid = [key for key, a in arguments.items() if not a.get("description")]
    if wrong or unsaid:
        return f"{plugin}: not both option and argument: {sorted(wrong)}; without description: {unsaid}"
    return ""


def rendered(icinga, plugin):
    """Icinga's command line has every option with its value, in the order of --help."""
    wait_for(f"a check of {plugin}", lambda: icinga.attributes("hosts", plugin)["last_check"] > 0, 30)
    command = icinga.attributes("hosts", plugin)["last_check_result"]["command"]
    wanted = [f"{BUILD}/{plugin}"]
    for name, valued in options(plugin).items():
        values = value_of(name) if isinstance(value_of(name), list) else [value_of(name)]
        if name == "verbose":
            wanted.append("-vv")
        elif name == "extra-opts":
            wanted.append(f"--extra-opts={values[0]}")
        elif valued:
            wanted += [word for value in values for word in ("--" + name, value)]
        else:
            wanted.append("--" + name)
    return "" if command == wanted else f"{plugin}: Icinga runs {command} rather than {wanted}"


def none_is_missing(commands):
    built = sorted(f for f in os.listdir(ROOT + "/plugins") if re.fullmatch(r"check_\w+\.c", f))
    return "" if [p + ".c" for p in commands] == built else f"CheckCommands of {commands}, plugins are {built}"
