# SPDX-License-Identifier: BSD-2-Clause
"""The basket, restored into a real Director and deployed to a real Icinga 2, does what icinga2/ does in another one:
the same command lines for the same variables, the same services, notifications and dependencies for the same host."""
import json
import os
import shutil
import subprocess

import configuration
from harness import TEMPLATES, changed, wait_for, write

BASKET = TEMPLATES + "/director/basket.json"
HOST = "mailout"
OURS = "ours"  # a mail server of ours, which imports nothing of the basket; Director alone has it
OVERRIDE = {"smtp_tls_stage_timeout": 7}  # variables of its smtp-egress, as Director's form writes them

# One host in the words of both: Director's lists, and hosts.conf.
LISTS = {
    "mail_partners": ["one", "evil"],
    "mail_senders": ["sender"],
    "mail_partner_gateways": ["mx1.one.test", "mx2.one.test", "mx3.one.test", "mx.evil.test"],
    "mail_gateways": ["mx.own.test"],
    "mail_domains": ["one.test", "evil.test", "own.test"],
    "egress_domain": "own.test",
}
LOG = "mail.log"
PARTNERS = {
    "one": {"domains": ["one.test"], "gateways": ["mx1.one.test", "mx2.one.test", "mx3.one.test"]},
    "evil": {"domains": ["evil.test"], "gateways": ["mx.evil.test"]},
}
WRITTEN = {"mail_partners": PARTNERS, "mail_senders": {"sender": {}}, "mail_gateways": {"mx.own.test": {}}, "mail_domains": {"own.test": {}},
           "egress_domain": "own.test"}

SERVICES = [f"{HOST}!{prefix}{entry}" for prefix, lists in (
    ("partner-", ["mail_partners"]), ("changes-", ["mail_partners", "mail_gateways"]), ("smtp-tls-", ["mail_partner_gateways", "mail_gateways"]),
    ("mx-cert-", ["mail_domains"]), ("mail-log-", ["mail_partners", "mail_senders"])) for name in lists for entry in LISTS[name]] + [HOST + "!smtp-egress", HOST + "!mail-log-own"]

FORM = """\
[{partner}]
domains = {domains}
gateways = {gateways}
issuer = Lab inter
direction = outbound
"""

RUNBOOK = "https://wiki.lab.test/#"

# What a value may hold: quotes, blanks, what the DSL and the shell and macros treat specially.
ODD = "it's \"odd\" \\ {{ x }} $$HOME; % & <b> ä"


def restore(stack):
    """Twice, for it must be possible to bring in a newer one; returns what went wrong."""
    for _ in range(2):
        with open(BASKET) as f:
            stack.icingacli("director", "basket", "restore", stdin=f)
    with open(BASKET) as f:
        shipped = json.load(f)
    results = []
    for kind, table in (("Datafield", "datafield"), ("DatafieldCategory", "datafield_category")):
        there = int(stack.sql_value("director", f"SELECT COUNT(*) FROM director_{table}"))
        results.append(same(f"number of each {kind}, restored twice", there, len(shipped[kind])))
    for plugin in configuration.plugins():
        command = configuration.prefix(plugin)
        wanted = sorted(variable(command, name) for name in configuration.options(plugin))
        results.append(same(f"fields in the form of {command}", form(stack, "command", command), wanted))
    for kind, template, wanted in (
            ("host", "mailtls-host", [*LISTS, "mailtls_runbook", *host_options()]),
            ("service", "mailtls-service", ["mailtls_notify"]),
            ("service", "mailtls-own", ["mailtls_runbook"]),
            ("service", "mailtls-own-changes", ["mailtls_runbook"]),
            ("user", "mailtls-user", ["command", "webhook"])):
        results.append(same(f"fields in the form of {template}", form(stack, kind, template), sorted(wanted)))
    return results


# The commands of the host's services, and the options that the services set.
NOT_OF_HOSTS = {"host", "domain", "address", "partner", "own", "no-own", "critical-only", "verbose", "output", "verify"}
NOT_OF_HOSTS_WITH_LOGS = {"on", "queue"}


def host_options():
    return [variable(configuration.prefix(plugin), name) for plugin in configuration.plugins()
            for name in configuration.options(plugin) if name not in NOT_OF_HOSTS
            and not (plugin == "check_mail_log" and name in NOT_OF_HOSTS_WITH_LOGS)]


def variable(command, option):
    return f"{command}_{option.replace('-', '_')}"


def form(stack, table, name):
    """The variables that Director's form of an object asks for."""
    found = stack.sql_value("director", f"""
        SELECT COALESCE(GROUP_CONCAT(d.varname ORDER BY BINARY d.varname), '') FROM icinga_{table} o
        JOIN icinga_{table}_field f ON f.{table}_id = o.id JOIN director_datafield d ON d.id = f.datafield_id
        WHERE o.object_name = '{name}'""")
    return found.split(",") if found else []


def cases():
    """name -> (command, variables): everything set, nothing set, everything switched off, odd values."""
    made = {}
    for plugin in configuration.plugins():
        command = configuration.prefix(plugin)
        everything, off, odd = {}, {}, {}
        for name, valued in configuration.options(plugin).items():
            var = variable(command, name)
            everything[var] = configuration.value_of(name) if valued or name == "verbose" else True
            off[var] = "" if valued else 0 if name == "verbose" else False
            odd[var] = [ODD, "second"] if valued else 9 if name == "verbose" else "1"
        for case, variables in {"all": everything, "none": {}, "off": off, "odd": odd}.items():
            made[f"{command}-{case}"] = (command, variables)
    return made


def prepare(place, written, ca_file):
    """Partners' forms, the notification script where the basket has it, and the whole configuration of `written`.
    Returns the variables that the host has in both."""
    for partner, those in PARTNERS.items():
        write(f"{place}/partners/{partner}.ini", FORM.format(
            partner=partner, domains=" ".join(those["domains"]), gateways=" ".join(those["gateways"])))
    write(f"{place}/partners/sender.ini", "[sender]\ndomains = sender.test\ndirection = inbound\n")
    os.makedirs(place + "/scripts")
    shutil.copy(TEMPLATES + "/mailtls-notify", place + "/scripts")
    # In our mount namespace only
    subprocess.run(["mount", "--bind", place + "/scripts", "/etc/icinga2/scripts"], check=True)
    common = {configuration.prefix(plugin) + "_ca_file": ca_file for plugin in configuration.plugins()}
    configuration.install(written)
    configuration.write_log(f"{place}/{LOG}")
    changed(written.path("conf.d/mailtls/constants.conf"), ("/etc/mailtls/partners", place + "/partners"),
            ("MailtlsMailLogs = [ ]", f'MailtlsMailLogs = [ "{place}/{LOG}" ]'))
    written.write("conf.d/mailtls/hosts.conf", dsl_host(HOST, 'import "mailtls-host"', WRITTEN | common))
    written.write("conf.d/cases.conf", "".join(
        dsl_host(name, f'check_command = "{command}"', variables) for name, (command, variables) in cases().items()))
    return common | {"partner_policy_form": place + "/partners", "mail_log_form": place + "/partners",
                     "mail_log_log": [f"{place}/{LOG}"]}


def dsl_host(name, first, variables):
    lines = "".join(f"  vars[{json.dumps(k)}] = {dsl(v)}\n" for k, v in variables.items())
    return f"object Host {json.dumps(name)} {{\n  {first}\n{lines}}}\n"


def dsl(value):
    if isinstance(value, dict):
        return "{ " + " ".join(f"{json.dumps(k)} = {dsl(v)};" for k, v in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def fill_director(stack, common, webhook):
    """The same hosts, as an administrator or an import makes them, and somebody on call."""
    create(stack, "host", HOST, imports=["mailtls-host"], vars=LISTS | common | {"mailtls_runbook": RUNBOOK})
    create(stack, "host", "bare", imports=["mailtls-host"])  # lists of nothing
    for name, (command, variables) in cases().items():
        create(stack, "host", name, check_command=command, vars=variables)
    create(stack, "host", OURS, check_command="dummy",
           vars={"egress_domain": "own.test", "_override_servicevars": {"smtp-egress": OVERRIDE}})
    create(stack, "service", "mailtls-own", host=OURS, imports=["mailtls-own"])
    create(stack, "user", "oncall", imports=["mailtls-user"], groups=["mailtls-oncall"], vars={"webhook": webhook})


def create(stack, kind, name, **properties):
    stack.icingacli("director", kind, "create", name, "--json", json.dumps({"object_type": "object"} | properties))


def deploy(stack, icinga):
    stack.icingacli("director", "config", "deploy")
    # The process that has the new configuration answers; the one before it had no such host.
    wait_for(f"{icinga.name} has the host {HOST}", lambda: HOST in icinga.names("hosts"), 60)


# --- comparisons: each returns a list of failures, "" for what is the same ---

def same(what, director, wanted):
    return "" if director == wanted else f"{what}: Director has {director} rather than {wanted}"


def compare(director, written):
    return [
        *command_objects(director, written),
        *command_lines(director, written),
        *services(director, written),
        same("time periods", *(time_periods(i) for i in (director, written))),
        same("user groups", *(attributes(i, "usergroups", ["display_name"]) for i in (director, written))),
        same("notification command", *(notify(i) for i in (director, written))),
        *(configuration.same_options(director, plugin) for plugin in configuration.plugins()),
        same("services of a host without lists", names_of(director, "services", "bare"), []),
        same("override of smtp-egress", overridden(director), OVERRIDE),
    ]


def attributes(icinga, kind, wanted):
    query = "&".join("attrs=" + a for a in ["__name", *wanted])
    return {o["name"]: {a: o["attrs"][a] for a in wanted} for o in icinga.api("GET", f"/v1/objects/{kind}?{query}")}


def of_both(icinga, kind, wanted):
    """Without what Director alone has."""
    return {name: said for name, said in attributes(icinga, kind, wanted).items() if not name.startswith(OURS + "!")}


def overridden(director):
    return {name: director.service(OURS, "smtp-egress")["vars"].get(name) for name in OVERRIDE}


def names_of(icinga, kind, host):
    return sorted(name for name in icinga.names(kind) if name.startswith(host + "!"))


# Variables by which icinga2/commands.conf takes the host's address where there is no target.
OF_THE_HOST = ("check_address", "check_ipv4", "check_ipv6")


def command_objects(director, written):
    wanted = ["arguments", "command", "timeout", "vars"]
    ours = [configuration.prefix(p) for p in configuration.plugins()]
    there, here = (attributes(i, "checkcommands", wanted) for i in (director, written))
    for side in (there, here):
        for name in ours:
            side[name]["vars"] = {k: v for k, v in side[name]["vars"].items() if k not in (*OF_THE_HOST, name + "_host")}
            for argument in side[name]["arguments"].values():
                if isinstance(argument.get("value"), dict):  # a function, named after its place in the file
                    argument["value"] = argument["value"]["type"]
    return [same("CheckCommand " + name, there[name], here[name]) for name in ours]


def command_lines(director, written):
    """Those that Icinga has really run."""
    results = []
    for name in cases():
        ran = [executed(icinga, "Host", name) for icinga in (director, written)]
        results.append(same("command line of " + name, *ran))
    for name in names_of(written, "services", HOST):
        ran = [executed(icinga, "Service", name) for icinga in (director, written)]
        results.append(same("command line of " + name, *ran))
    return results


def executed(icinga, kind, name):
    """The command line of one forced check."""
    path = kind.lower() + "s"
    icinga.api("POST", "/v1/actions/reschedule-check", {kind.lower(): name, "type": kind, "force": True})

    def result():
        return icinga.attributes(path, name)["last_check_result"]
    return wait_for(f"{icinga.name}: a check of {name}", result, 60)["command"]


SERVICE = ["check_command", "check_interval", "retry_interval", "max_check_attempts", "enable_flapping", "display_name",
           "groups"]
NOTIFICATION = ["command", "interval", "period", "states", "types", "times", "user_groups"]
DEPENDENCY = ["parent_host_name", "parent_service_name", "states", "ignore_soft_states", "disable_checks",
              "disable_notifications"]


def services(director, written):
    there, here = ({name: said | {"groups": sorted(said["groups"])} for name, said in of_both(i, "services", SERVICE).items()}
                   for i in (director, written))
    results = [same("services", sorted(there), sorted(SERVICES)), same("services", sorted(SERVICES), sorted(here))]
    results += [same("service " + name, there.get(name), here[name]) for name in here]
    for kind, wanted in (("notifications", NOTIFICATION), ("dependencies", DEPENDENCY)):
        there, here = (by_service(i, kind, wanted) for i in (director, written))
        results += [same(f"{kind} of {name}", there.get(name), here.get(name)) for name in there | here]
    return results


def by_service(icinga, kind, wanted):
    """host!service -> its notifications or dependencies, whatever they are called, in one order."""
    found = {}
    for name, said in of_both(icinga, kind, wanted).items():
        of = name.rpartition("!")[0]
        found.setdefault(of, []).append({k: sorted(v) if isinstance(v, list) else v for k, v in said.items()})
    return {of: sorted(those, key=json.dumps) for of, those in found.items()}


def time_periods(icinga):
    return {name: said for name, said in attributes(icinga, "timeperiods", ["display_name", "ranges"]).items()
            if name.startswith("mailtls-")}


def notify(icinga):
    """Its arguments, but those that are the administrator's: a page shows them."""
    arguments = icinga.attributes("notificationcommands", "mailtls-notify")["arguments"]
    return {key: value for key, value in arguments.items() if key not in ("--plugin", "--runbook")}, len(arguments)
