# SPDX-License-Identifier: BSD-2-Clause
"""What is shipped for Icinga 2 is valid without a warning, and its CheckCommands and the plugins' options are the same."""
import json
import os
import re
import shutil
import subprocess
import time

from harness import BUILD, ROOT, TEMPLATES, Icinga, changed, wait_for, write
from pki import Pki

DEBIAN = "/etc/icinga2"
PRINTS_ONLY = {"help", "version", "list-findings", "explain", "print", "draft"}
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
# What a form may contain that means something to Icinga or Nagios.
FORMS = {"odd.ini": r"""
[odd]
company = "A" & B\C; $host.name$ {{ throw }} */ D
contact-name = N. N. <n@a.test>; 100 $
contact-urgent = +49 30 1
domains = a.test *.b.test
subdomains = x.b.test
gateways = mx.a.test mx.a.test:26 2001:db8::1 [2001:db8::2]:26 192.0.2.1:587 *.hosted.test
ca-file = /etc/a b's $dir$; "c.pem
tls-level = secure
match = a.test .b.test
min-tls = 1.3
tls-wrapper = yes
client-cert = c.pem
[plain]
domains = c.test
gateways = mx.a.test
[inbound]
domains = d.test
direction = inbound
[own]
gateways = mx.own.test
"""}
# Hosts, and what their check has as targets.
HOSTS_WITH_ADDRESSES = """
template Host "addressed" {
  check_interval = 1s
  address = "127.0.0.9"
  address6 = "::1"
}
object Host "v4" { import "addressed", check_command = "smtp_tls" }
object Host "v6" { import "addressed", check_command = "smtp_tls", vars.check_ipv6 = true }
object Host "v4-cert" { import "addressed", check_command = "mx_cert" }
object Host "domain" { import "addressed", check_command = "smtp_tls", vars.smtp_tls_domain = "a.test" }
object Host "mailbox" { import "addressed", check_command = "smtp_tls", vars.smtp_tls_address = "b@a.test" }
object Host "named" { import "addressed", check_command = "mx_cert", vars.mx_cert_host = "mx.a.test" }
object Host "no-address" { check_command = "smtp_tls", check_interval = 1s }
"""
ADDRESSED = {"v4": ["--host", "127.0.0.9"], "v6": ["--host", "::1"], "v4-cert": ["--host", "127.0.0.9"],
             "domain": ["--domain", "a.test"], "mailbox": ["--address", "b@a.test"], "named": ["--host", "mx.a.test"],
             "no-address": []}
OPTION = re.compile(r"^  (?:-\w,|   ) --([a-z0-9-]+)(=?)", re.M)


def run(place):
    place += "/configuration"
    pki = Pki(place + "/pki")
    icinga = Icinga(place + "/icinga", pki)
    install(icinga)
    print_partners(icinga, place)
    results = [valid(icinga), valid_beside_debians(place, pki)]
    results.append(valid_as_library(place, pki))
    commands = plugins()
    icinga.write("conf.d/all.conf", "".join(every_option(p) for p in commands) + HOSTS_WITH_ADDRESSES)
    icinga.start()
    try:
        results += [office_hours(icinga), partners_as_printed(icinga), mail_log_checked(icinga), *hosts_addresses(icinga)]
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
    changed(icinga.path("conf.d/mailtls/constants.conf"), ("/etc/mailtls/partners", icinga.path("partners")))


def plugins():
    """Those that have a CheckCommand."""
    with open(TEMPLATES + "/icinga2/commands.conf") as f:
        return sorted(set(re.findall(r"/(check_\w+)", f.read())))


def complaints(output):
    return [line for line in output.splitlines() if re.search(r" (warning|critical)/", line)]


def print_partners(icinga, place):
    """partners.conf made from forms, with our own side and our line checked."""
    for name, text in FORMS.items():
        write(f"{place}/partners/{name}", text)
    icinga.write("conf.d/mailtls/partners.conf", printed("icinga", place + "/partners"))
    changed(icinga.path("conf.d/mailtls/constants.conf"), ('MailtlsEgressDomain = ""', 'MailtlsEgressDomain = "a.test"'),
            ("MailtlsMailLogs = [ ]", f'MailtlsMailLogs = [ "{place}/mail.log" ]'), ("/etc/mailtls/partners", place + "/partners"))
    write_log(place + "/mail.log")
    changed(icinga.path("conf.d/mailtls/hosts.conf"), ("mailtls-own-changes is for the office.\n", "*/\n"),
            ("} */", "}"), ("// vars.mail_gateways", "vars.mail_gateways"), ("// vars.mail_domains", "vars.mail_domains"))


def write_log(path):
    """A message to a.test, of the partner odd, in plaintext from a service that logs TLS."""
    now, smtp = time.strftime("%b %e %H:%M:%S"), "mx postfix/smtp"
    sent = "to=<u@{0}>, relay=mx.{0}[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)"
    write(path, f"{now} {smtp}[7]: Verified TLS connection established to mx.c.test[192.0.2.1]:25: TLSv1.3\n"
                f"{now} {smtp}[7]: AAAA1: {sent.format('c.test')}\n{now} {smtp}[8]: AAAA2: {sent.format('a.test')}\n")


def mail_log_checked(icinga):
    """The service of a partner, checked by Icinga, says what the log has."""
    host, service = "mailtls-odd", "mail-log-odd"
    said = icinga.check(host, service)["last_check_result"]["output"].splitlines()[0].strip()
    wanted = "MAIL_LOG CRITICAL - odd: 1 of 1 sent message was in plaintext"
    return "" if said == wanted else f"{host}!{service}: {said} rather than {wanted}"


def printed(what, forms):
    run = subprocess.run([f"{BUILD}/check_partner_policy", "-f", forms, "--print", what], stdout=subprocess.PIPE,
                         text=True, check=True, timeout=30)
    return run.stdout


def partners_as_printed(icinga):
    """The services that the printed hosts become, and that nothing of a form was changed on the way."""
    names = {name for name in icinga.names("services") if name.startswith("mailtls-") or "-own" in name}
    gateways = ["mx.a.test", "mx.a.test:26", "2001:db8::1", "[2001:db8::2]:26", "192.0.2.1:587"]
    wanted = {"mailout!mailtls-own", "mailout!mailtls-own-changes", "mailout!mail-log-own",
              "mailtls-odd!partner-odd", "mailtls-plain!partner-plain",
              "mailtls-odd!changes-odd", "mailtls-plain!changes-plain",
              "mailtls-odd!mail-log-odd", "mailtls-plain!mail-log-plain", "mailtls-inbound!mail-log-inbound",
              "mailtls-plain!mx-cert-c.test", "mailtls-plain!smtp-tls-mx.a.test",
              *("mailtls-odd!mx-cert-" + d for d in ("a.test", "b.test", "x.b.test")),
              *("mailtls-odd!smtp-tls-" + g for g in gateways)}
    if names != wanted:
        return f"services of printed partners: {sorted(names ^ wanted)}"
    company = '"A" & B\\C; $host.name$ {{ throw }} */ D'
    host = icinga.attributes("hosts", "mailtls-odd")
    notes = icinga.attributes("services", "mailtls-odd!partner-odd")["notes"]
    service = icinga.attributes("services", "mailtls-odd!smtp-tls-[2001:db8::2]:26")
    gateway = f"SMTP TLS [2001:db8::2]:26 ({company})"
    if (service["display_name"], service["groups"], service["notes_url"]) != (gateway, ["mailtls"], "https://wiki.example.com/mailtls#"):
        return f"printed partner: {service['display_name']}, {service['groups']}, {service['notes_url']}"
    got = (host["display_name"], notes, service["vars"]["smtp_tls_host"], service["vars"]["smtp_tls_port"],
           service["vars"]["smtp_tls_match"], service["vars"]["smtp_tls_tls_wrapper"])
    right = (company, "Contact: +49 30 1, N. N. <n@a.test>; 100 $", "2001:db8::2", "26", "a.test,.b.test", True)
    return "" if got == right else f"printed partner: {got} rather than {right}"


def valid(icinga):
    status, output = icinga.validate()
    return f"icinga2 daemon -C: {output}" if status or complaints(output) else ""


def valid_beside_debians(place, pki):
    """Copied into conf.d of the distribution's own configuration, and nothing changed: rules match nowhere yet, so that
    nobody's gateways are checked."""
    icinga = Icinga(place + "/debian", pki)
    shutil.rmtree(icinga.path(""))
    shutil.copytree(DEBIAN, icinga.path(""), symlinks=True)
    icinga.write("conf.d/bare.conf", 'object Host "without-vars" { check_command = "dummy" }')
    bare = icinga.validate()[1]
    before = complaints(bare)
    install(icinga)
    status, output = icinga.validate()
    new = [line for line in complaints(output) if "does not match anywhere" not in line and line.split("] ")[1] not in {b.split("] ")[1] for b in before}]
    if status or new:
        return f"icinga2 daemon -C with Debian's own configuration: {output}"
    seen, due = services(output), services(bare)
    return "" if seen == due else f"services before a partner is printed: {seen} rather than {due}"


def services(output):
    """How many services there are, as icinga2 daemon -C says."""
    return int(re.search(r"Instantiated (\d+) Services?\.", output)[1])


def valid_as_library(place, pki):
    """The file for the Icinga Template Library instead of ours: the same commands, in the style of the library."""
    icinga = Icinga(place + "/library", pki)
    install(icinga)
    print_partners(icinga, place)
    os.remove(icinga.path("conf.d/mailtls/commands.conf"))
    icinga.copy(TEMPLATES + "/itl/mail.conf", "conf.d/mail.conf")
    icinga.write("conf.d/constants.conf", f'const PluginContribDir = "{BUILD}"\n')
    with open(TEMPLATES + "/itl/mail.conf") as f, open(TEMPLATES + "/icinga2/commands.conf") as ours:
        text, here = f.read(), ours.read()
    problem = valid(icinga)
    if problem:
        return problem
    same = without_style(text).replace("PluginContribDir", "PluginDir") == without_style(here)
    tabs = not re.search("^ ", text[text.index("\n/* check_"):], re.M)
    return "" if same and tabs else "itl/mail.conf: another style, or other commands than in icinga2/commands.conf"


def without_style(text):
    """CheckCommands without blanks and descriptions."""
    return re.sub(r"\s+", " ", re.sub(r'description = ".*"', "", text[text.index("\n/* check_"):]))


def hosts_addresses(icinga):
    """A check without a target is about its host, by IPv4 unless check_ipv6 is set; with another target it is not."""
    for host, words in ADDRESSED.items():
        wait_for(f"a check of {host}", lambda host=host: icinga.attributes("hosts", host)["last_check"] > 0, 30)
        command = icinga.attributes("hosts", host)["last_check_result"]["command"]
        seen = command[1:command.index("--perfdata-thresholds")]
        yield "" if seen == words else f"{host}: {command}"


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
