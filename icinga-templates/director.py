# SPDX-License-Identifier: BSD-2-Clause
"""Writes the basket for Icinga Director: the commands that generate.py has read from --help, and the hand-written parts of
icinga2/, as far as Director supports them. There are no uuids, because Director 1.10 does not accept them."""
import json

DATATYPE = "Icinga\\Module\\Director\\DataType\\DataType"

RUNBOOK = "https://wiki.example.com/mailtls#"

# Filters; "=true" is: is set.
ON_OUR_HOSTS = '"mailtls-host"=host.templates'
HAS_EGRESS = "host.vars.egress_domain=true"
HAS_LOG = f"{ON_OUR_HOSTS}&(host.vars.mail_log_log=true|host.vars.mail_log_journal=true)"
PAGES = 'service.vars.mailtls_notify="page"'
OFFICE = 'service.vars.mailtls_notify="office"'
CHANGES = 'service.vars.mailtls_notify="changes"'

SERVICE_GROUPS = {
    "mailtls": ("TLS of mail gateways", '"mailtls-service"=service.templates'),
    "mailtls-paging": ("TLS of mail gateways: services that send pages", PAGES),
    "mailtls-office": ("TLS of mail gateways: differences and expiry, for the office", f"({OFFICE}|{CHANGES})"),
}

# The host's lists, from which the services are made.
HOST_FIELDS = {
    "mail_partners": ("Array", "Partners", "names of sections in the partners' forms: one service each, which sends pages"),
    "mail_senders": ("Array", "Partners who only send us mail", "names of sections in the forms, for mail-log"),
    "mail_partner_gateways": ("Array", "Gateways of partners", "one service each, for graphs and details"),
    "mail_gateways": ("Array", "Other gateways", "of no partner, for instance our own: one service each, which sends pages"),
    "mail_domains": ("Array", "Domains", "one check_mx_cert each"),
    "egress_domain": ("String", "Egress domain", "a domain with gateways at several sites, which are never all down; if "
                      "none of them can be reached, one page is sent, and none for services that depend on it"),
    "mailtls_runbook": ("String", "Runbook", "a URL for messages, to which the code of the finding is appended, and for "
                        "notes_url of the services"),
}


def basket(commands):
    asked = Fields()
    objects = {
        "Command": {c.name: command(c, asked) for c in commands} | {"mailtls-notify": NOTIFY},
        "TimePeriod": {"mailtls-holidays": HOLIDAYS, "mailtls-office-hours": OFFICE_HOURS},
        "HostTemplate": {"mailtls-host": host_template(asked, commands)},
        "ServiceTemplate": service_templates(asked),
        "ServiceGroup": {name: named(name, "object", display_name=text, assign_filter=where)
                         for name, (text, where) in SERVICE_GROUPS.items()},
        "ServiceSet": {s["object_name"]: s for s in SERVICE_SETS},
        "UserGroup": {name: named(name, "object", display_name=text) for name, text in USER_GROUPS.items()},
        "UserTemplate": {"mailtls-user": user_template(asked)},
        "NotificationTemplate": {"mailtls-notification": NOTIFICATION},
        "Notification": {n["object_name"]: n for n in NOTIFICATIONS},
        "Dependency": {"smtp-egress": dependency()},
        "Datafield": asked.fields,
        "DatafieldCategory": {c.plugin: {"category_name": c.plugin, "description": c.purpose} for c in commands} |
                             {"mailtls": {"category_name": "mailtls", "description": "mailtls-plugins"}},
    }
    return json.dumps(objects, indent=4) + "\n"


def named(name, kind, **properties):
    return {"object_name": name, "object_type": kind} | properties


class Fields:
    """The data fields so far, which Director's forms show."""

    def __init__(self):
        self.fields = {}

    def add(self, variable, kind, caption, description, category):
        """Returns the reference to it."""
        number = str(len(self.fields) + 1)
        self.fields[number] = {
            "varname": variable, "caption": caption, "description": description, "datatype": DATATYPE + kind,
            "format": None, "originalId": number, "category": category,
            "settings": {"visibility": "visible"} if kind == "String" else {}}
        return self.reference(number)

    def number(self, variable):
        """Of the field for this variable, which has been added."""
        return next(n for n, field in self.fields.items() if field["varname"] == variable)

    @staticmethod
    def reference(number):
        return {"datafield_id": int(number), "is_required": "n", "var_filter": None}


# --- commands ---

def command(c, asked):
    return named(
        c.name, "object", methods_execute="PluginCheck", command=c.plugin, timeout=c.timeout, vars=c.vars,
        arguments={a.key: argument(a) for a in c.arguments},
        fields=[asked.add(a.variable, kind_of(a), a.key, a.description, c.plugin) for a in c.arguments])


def kind_of(a):
    if a.expression:
        return "Number"
    if a.value:
        return "Array" if a.repeat_key else "String"
    return "Boolean"


def argument(a):
    said = {"description": a.description, "order": a.order}
    if a.value:
        said["value"] = a.value
    if a.expression:
        said["value"] = function(a.expression)
    if a.set_if:
        said["set_if"] = a.set_if
    return said | {name: True for name in ("required", "repeat_key", "skip_key") if getattr(a, name)}


def function(expression):
    return {"type": "Function", "body": expression}


NOTIFY = named(
    "mailtls-notify", "object", methods_execute="PluginNotification", command="/etc/icinga2/scripts/mailtls-notify",
    timeout=60, vars={"mailtls_runbook": RUNBOOK}, arguments={
        "--mail": "$user.email$",
        "--webhook": "$user.vars.webhook$",
        "--command": "$user.vars.command$",
        "--type": {"value": "$notification.type$", "required": True},
        "--host": {"value": "$host.name$", "required": True},
        "--service": {"value": "$service.name$", "required": True},
        "--state": {"value": "$service.state$", "required": True},
        "--output": {"value": "$service.output$", "required": True},
        "--plugin": {"value": function('PluginDir + "/check_" + macro("$service.check_command$")')},
        "--runbook": "$mailtls_runbook$",
        "--notes": "$service.notes$",
        "--duration": "$service.duration_sec$",
        "--author": "$notification.author$",
        "--comment": "$notification.comment$",
    })


# --- hosts and services ---

# The commands of a host's services, of which those of our line make connections, and the variables that a host does not have
# for all of them: what is checked, what the services set themselves, and a file of one service.
OF_OUR_LINE = ("smtp_tls", "mx_cert", "partner_policy")
OF_A_HOST = (*OF_OUR_LINE, "mail_log")
OF_A_SERVICE = ("host", "domain", "address", "partner", "own", "no_own", "critical_only", "verbose", "output", "verify")
SET_BY_SERVICES = ("mail_log_on", "mail_log_queue")


def of_a_host(command, variable):
    """Whether the form of a host asks for a variable of a command."""
    return command in OF_A_HOST and variable not in SET_BY_SERVICES and \
        variable.removeprefix(command + "_") not in OF_A_SERVICE


def host_template(asked, commands):
    """The form of a host asks for its lists, and for the options of its services."""
    fields = [asked.add(name, kind, caption, text, "mailtls") for name, (kind, caption, text) in HOST_FIELDS.items()]
    fields += [asked.reference(asked.number(a.variable)) for c in commands for a in c.arguments
               if of_a_host(c.name, a.variable)]
    return named("mailtls-host", "template", check_command="dummy", check_interval=3600,
                 vars={"dummy_text": "see the services of this host", "partner_policy_form": "/etc/mailtls/partners",
                       "mail_log_form": "/etc/mailtls/partners", "mailtls_runbook": RUNBOOK}, fields=fields)


def service_templates(asked):
    """The intervals of icinga2/templates.conf."""
    text = "page: CRITICAL goes to the person on call and is escalated, WARNING to the office; office: both go to the " \
           "office; changes: WARNING goes to the office; empty: nobody is notified, because another service reports the same fault"
    notify = asked.add("mailtls_notify", "String", "Notify", text, "mailtls")
    runbook = asked.reference(asked.number("mailtls_runbook"))
    templates = [
        template("mailtls-service", check_interval=600, retry_interval=60, max_check_attempts=3, enable_flapping=False,
                 notes_url="$host.vars.mailtls_runbook$", fields=[notify]),
        template("mailtls-changes", "mailtls-service", check_interval=3600, retry_interval=300),
        template("mailtls-own", "mailtls-service", check_command="partner_policy", **OWN,
                 display_name="Our TLS policy for partners",
                 vars=OWN_VARS | {"partner_policy_critical_only": True, "mailtls_notify": "page"}, fields=[runbook]),
        template("mailtls-own-changes", "mailtls-changes", check_command="partner_policy", **OWN,
                 display_name="Changes of our TLS policy for partners",
                 vars=OWN_VARS | {"mailtls_notify": "changes"}, fields=[runbook]),
        template("mailtls-certificates", "mailtls-service", check_interval=21600, retry_interval=900),
        # With its command, for Director's form of an override has the fields of templates only.
        template("mailtls-egress", "mailtls-service", check_command="smtp_tls", check_interval=60, retry_interval=20),
    ]
    return {t["object_name"]: t for t in templates}


def template(name, parent=None, **properties):
    return named(name, "template", **({"imports": [parent]} if parent else {}), **properties)


# The host of these services does not have to import mailtls-host, so they have the runbook themselves.
OWN = {"notes_url": "$service.vars.mailtls_runbook$"}
OWN_VARS = {"partner_policy_own": True, "partner_policy_verbose": 1, "mailtls_runbook": RUNBOOK}

PARTNER = {"imports": ["mailtls-service"], "check_command": "partner_policy", "display_name": "Partner $config$"}
PARTNER_CHANGES = {"imports": ["mailtls-changes"], "check_command": "partner_policy", "display_name": "Changes of $config$"}
GATEWAY = {"imports": ["mailtls-service"], "check_command": "smtp_tls", "display_name": "SMTP TLS $config$"}
DOMAIN = {"imports": ["mailtls-certificates"], "check_command": "mx_cert", "display_name": "Certificates $config$"}
GATEWAY_CHANGES = {"imports": ["mailtls-changes"], "check_command": "smtp_tls", "display_name": "Changes of $config$"}
EGRESS = {"imports": ["mailtls-egress"], "display_name": "SMTP to the outside"}
MAIL_LOG = {"imports": ["mailtls-service"], "check_command": "mail_log", "display_name": "Mail to and from $config$"}
MAIL_LOG_OWN = {"imports": ["mailtls-service"], "check_command": "mail_log",
                "display_name": "Mail that waits because of our own TLS"}
PARTNERS_ALONE = ["own-tls-broken=ok", "own-log-level=ok"]
MAIL_LOG_VARS = {"mail_log_queue": True, "mail_log_verbose": 1, "mailtls_notify": "page"}


def each(name, kind, entries, **variables):
    """A service for each entry of the host's list; its name and variables call the entry $config$."""
    return named(name, "apply", apply_for="host.vars." + entries, vars=variables) | kind


SERVICE_SETS = [
    named("mailtls-partners", "template", description="Partners with their gateways, and domains",
          assign_filter=ON_OUR_HOSTS, services=[
              each("partner-$config$", PARTNER, "mail_partners", partner="$config$",
                   partner_policy_partner="$config$", partner_policy_no_own=True, partner_policy_critical_only=True,
                   partner_policy_verbose=1, mailtls_notify="page"),
              each("changes-$config$", PARTNER_CHANGES, "mail_partners", partner="$config$",
                   partner_policy_partner="$config$", partner_policy_no_own=True, partner_policy_verbose=1,
                   mailtls_notify="changes"),
              each("smtp-tls-$config$", GATEWAY, "mail_partner_gateways", smtp_tls_host="$config$", smtp_tls_verbose=1),
              each("mx-cert-$config$", DOMAIN, "mail_domains", mx_cert_domain="$config$", mx_cert_verbose=1,
                   mailtls_notify="office"),
          ]),
    # A set of its own, because the services have the same names as those of the partners' gateways.
    named("mailtls-gateways", "template", description="Gateways of no partner", assign_filter=ON_OUR_HOSTS, services=[
        each("smtp-tls-$config$", GATEWAY, "mail_gateways", smtp_tls_host="$config$", smtp_tls_critical_only=True,
             smtp_tls_verbose=1, mailtls_notify="page"),
        each("changes-$config$", GATEWAY_CHANGES, "mail_gateways", smtp_tls_host="$config$", smtp_tls_verbose=1,
             mailtls_notify="changes"),
    ]),
    # Where a host names the log. What is wrong on our side is one page, whatever the number of partners.
    named("mailtls-mail-log", "template", description="What became of the partners' mail, by our mail server's log",
          assign_filter=HAS_LOG, services=[
              each("mail-log-$config$", MAIL_LOG, "mail_partners", partner="$config$", mail_log_partner="$config$",
                   mail_log_on=PARTNERS_ALONE, **MAIL_LOG_VARS),
              named("mail-log-own", "apply", vars=MAIL_LOG_VARS | {
                  "mail_log_on": ["sent-in-plaintext=ok", "sent-unverified=ok", "received-in-plaintext=ok",
                                  "mail-waiting=ok"]}) | MAIL_LOG_OWN,
          ]),
    # A set of its own, because the services have the same names as those of the other partners.
    named("mailtls-mail-log-senders", "template", description="The same for partners who only send us mail",
          assign_filter=HAS_LOG, services=[
              each("mail-log-$config$", MAIL_LOG, "mail_senders", partner="$config$", mail_log_partner="$config$",
                   mail_log_on=PARTNERS_ALONE, **MAIL_LOG_VARS),
          ]),
    named("mailtls-egress", "template", description="Our own line, on which all other services depend",
          assign_filter=HAS_EGRESS, services=[
              named("smtp-egress", "apply", vars={
                  "smtp_tls_domain": "$host.vars.egress_domain$", "smtp_tls_tls_level": "may",
                  "smtp_tls_stage_timeout": 10,
                  # One gateway that can be reached is enough. Without DNS, no mail can be sent either.
                  "smtp_tls_on": ["connection-failed=ok", "throttled=ok", "deferred=ok", "no-address=ok",
                                  "mx-is-cname=ok", "dns-failure=critical"],
                  "smtp_tls_critical_only": True,
                  "mailtls_notify": "page"}) | EGRESS,
          ]),
]


def dependency():
    behind = "|".join(f'service.check_command="{name}"' for name in OF_OUR_LINE)
    return named(
        "smtp-egress", "apply", apply_to="service", parent_service_by_name="smtp-egress", states=["OK", "Warning"],
        ignore_soft_states=False, disable_checks=False, disable_notifications=True,
        assign_filter=f'{HAS_EGRESS}&({behind})&service.name!="smtp-egress"&service.name!="mailtls-own*"')


# --- who is notified, and when ---

USER_GROUPS = {
    "mailtls-oncall": "On call",
    "mailtls-lead": "Notified when the person on call does not react",
    "mailtls-postmaster": "Postmasters, in office hours",
}



def user_template(asked):
    """The ways to notify somebody, besides the mail address that every user of Director has."""
    ways = {"webhook": ("Webhook", "a URL to which JSON is posted"),
            "command": ("Command", "a program that reads the same JSON from its standard input")}
    return named("mailtls-user", "template", fields=[
        asked.add(name, "String", caption, text, "mailtls") for name, (caption, text) in ways.items()])


WORKDAYS = {"monday": "17", "tuesday": "17", "wednesday": "17", "thursday": "17", "friday": "16"}
OFFICE_HOURS = named("mailtls-office-hours", "object", display_name="Office hours", update_method="LegacyTimePeriod",
                     ranges={day: f"08:00-{end}:00" for day, end in WORKDAYS.items()})
HOLIDAYS = named("mailtls-holidays", "object", display_name="Holidays", update_method="LegacyTimePeriod",
                 ranges={day: "00:00-24:00" for day in ("january 1", "may 1", "december 25", "december 26")})

NOTIFICATION = named("mailtls-notification", "template", command="mailtls-notify", notification_interval=0,
                     types=["Problem", "Recovery", "Acknowledgement", "Custom"])


def notification(name, group, states, where, **more):
    return named(name, "apply", imports=["mailtls-notification"], apply_to="service", user_groups=[group],
                 states=["OK", *states], assign_filter=where) | more


NOTIFICATIONS = [
    notification("mailtls-page", "mailtls-oncall", ["Critical"], PAGES),
    notification("mailtls-escalation", "mailtls-lead", ["Critical"], PAGES, times_begin=1800),
    notification("mailtls-office", "mailtls-postmaster", ["Warning"], f"({PAGES}|{CHANGES})",
                 period="mailtls-office-hours"),
    notification("mailtls-office-critical", "mailtls-postmaster", ["Warning", "Critical"], OFFICE,
                 period="mailtls-office-hours"),
    notification("mailtls-unknown", "mailtls-postmaster", ["Unknown"], f"({PAGES}|{OFFICE})", times_begin=1800),
]
