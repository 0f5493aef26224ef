#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes CheckCommands out of what the plugins' --help prints, which comes from their tables of options.

    generate.py icinga2 [BUILD]      the text of icinga2/commands.conf
    generate.py itl [BUILD]          the text of itl/mail.conf, for the Icinga Template Library
    generate.py itl-doc [BUILD]      the text of itl/documentation.txt, for its documentation
    generate.py director [BUILD]     the text of director/basket.json

read_help and check_command are for other formats too."""
import itertools
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field

import director

PLUGINS = ("check_smtp_tls", "check_mx_cert", "check_partner_policy", "check_mail_log")
PRINTS_ONLY = {"help", "version", "list-findings", "explain", "print", "draft"}  # options that check nothing
MARGIN = 15  # seconds from the end of -t to Icinga's own time-out

# A flag that counts: vars.smtp_tls_verbose = 2 is -vv.
REPEATED_FLAG = '[ "", "-{0}", "-{0}{0}", "-{0}{0}{0}" ].get(Math.min(number(macro("{1}")), 3))'

OPTION = re.compile(r"  (?:-(\w),|   ) --([a-z][a-z0-9-]*)(?:=(\S+))?$")


@dataclass
class Option:
    name: str
    letter: str = ""
    argument: str = ""  # as --help shows it, "" for a flag
    help: str = ""
    repeats: bool = False
    required: bool = False


@dataclass
class Plugin:
    name: str
    purpose: str
    options: list = field(default_factory=list)

    @property
    def command(self):
        """The CheckCommand's name, and the prefix of its variables."""
        return self.name.removeprefix("check_")

    def option(self, name):
        found = [o for o in self.options if o.name == name]
        if not found:
            raise ValueError(f"{self.name} --help: no --{name}")
        return found[0]

    def variable(self, option):
        return f"{self.command}_{option.name.replace('-', '_')}"


@dataclass
class Argument:
    """One argument of a CheckCommand: a value (text with macros, or an expression of the DSL), a condition, or both."""
    key: str
    order: int
    variable: str
    description: str
    help: str
    value: str = ""
    set_if: str = ""
    expression: str = ""
    skip_key: bool = False
    repeat_key: bool = False
    required: bool = False


@dataclass
class CheckCommand:
    name: str
    plugin: str
    purpose: str
    timeout: int
    vars: dict
    arguments: list
    instead: list  # variables that say what to check; without all of them it is the host's address. Empty: never


def read_help(text):
    """The text of --help to a Plugin; ValueError with the line that does not look as expected."""
    lines = text.splitlines()
    head = re.fullmatch(r"(check_\w+): (.+)", lines[0] if lines else "")
    usage = next((line for line in lines if line.startswith("Usage: ")), None)
    if not head or not usage:
        raise ValueError(f"no --help of a plugin: {lines[:1]}")
    plugin = Plugin(head.group(1), head.group(2))
    mandatory = re.sub(r"\{[^}]*\}|\[[^]]*\]", "", usage)
    for at, line in enumerate(lines):
        found = OPTION.match(line)
        if not found:
            if re.match(r"  ? ?-|      --", line):
                raise ValueError(f"{plugin.name} --help: not an option: {line}")
            continue
        letter, name, argument = (part or "" for part in found.groups())
        help_lines = itertools.takewhile(lambda line: line.startswith(" " * 8), lines[at + 1:])
        help_text = " ".join(line.strip() for line in help_lines)
        plugin.options.append(Option(
            name, letter, argument, help_text, repeats=bool(re.search(r"\bmay be repeated\b", help_text)) or name == "verbose",
            required=bool(letter and re.search(rf" -{letter}\b", mandatory))))
    if not plugin.options:
        raise ValueError(f"{plugin.name} --help lists no options")
    return plugin


def argument_of(plugin, option, order):
    variable = plugin.variable(option)
    macro = f"${variable}$"
    text = f"{option.argument}: {option.help}" if option.argument else option.help
    argument = Argument("--" + option.name, order, variable, text, option.help, required=option.required)
    if option.name == "extra-opts":  # takes its value only behind =
        argument.value = f"--extra-opts={macro}"
        argument.skip_key = True
    elif option.argument:
        argument.value = macro
        argument.repeat_key = option.repeats
    elif option.repeats:
        argument.expression = REPEATED_FLAG.format(option.letter, macro)
        argument.set_if = macro  # unset, false and 0
        argument.skip_key = True
        argument.description += "; a number from 1 to 3"
        argument.help += "; a number from 1 to 3"
    else:
        argument.set_if = macro
    return argument


def check_command(plugin):
    """What every format of a CheckCommand says."""
    options = [o for o in plugin.options if o.name not in PRINTS_ONLY]
    # In the order of --help. The command line overrides the file of --extra-opts, wherever that option is.
    arguments = [argument_of(plugin, option, at) for at, option in enumerate(options, 1)]
    # Icinga's perfdata writers drop thresholds that are ranges.
    variables = {plugin.variable(plugin.option("perfdata-thresholds")): "plain"}
    limit = re.search(r"\((\d+) seconds\)", plugin.option("timeout").help)
    if not limit:
        raise ValueError(f"{plugin.name} --help: no default of --timeout")
    timeout = int(limit.group(1)) + MARGIN
    targets = {o.name: plugin.variable(o) for o in options if o.name in ("domain", "host", "address")}
    instead = [name for option, name in targets.items() if option != "host"] if "host" in targets else []
    return CheckCommand(plugin.command, plugin.name, plugin.purpose, timeout, variables, arguments, instead)


def read_plugins(build):
    """Asks every plugin in the directory `build`."""
    commands = []
    for name in PLUGINS:
        program = os.path.join(build, name)
        run = subprocess.run([program, "--help"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                             timeout=30, check=False)
        if run.returncode != 3:  # as the guidelines for plugins have it
            raise ValueError(f"{program} --help: exit status {run.returncode}")
        commands.append(check_command(read_help(run.stdout)))
    return commands


# --- Icinga 2 ---

HEAD = """\
/* CheckCommands of mailtls-plugins, one for each plugin. Made by generate.py; do not edit.
 *
 * The option --NAME of check_PLUGIN is the variable PLUGIN_NAME, with underscores: vars.smtp_tls_min_tls = "1.3".
 * A list repeats the option: vars.smtp_tls_on = [ "mx-is-cname=ok", "throttled=ok" ].
 * Icinga ends a check {margin} s after the default of --timeout; a service that raises *_timeout raises check_timeout. */
"""

LIBRARY_HEAD = """\
/* CheckCommands of mailtls-plugins for the Icinga Template Library. Made by generate.py; do not edit. */
"""

DOC_HEAD = """\
### Mail <a id="plugin-contrib-mail"></a>

This category includes all plugins that check mail gateways and mail servers.
"""


def dsl_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass
class Style:
    """How the DSL is written: one step of indentation, the constant for the plugins' directory, and whether the argument of an
    option is before its description."""
    indent: str
    directory: str
    argument: bool


OURS = Style("  ", "PluginDir", True)
LIBRARY = Style("\t", "PluginContribDir", False)

# A check without a target is about the host that it belongs to, as in all of the library.
ADDRESS = """\
vars.{host} = {{{{
{step}if ({instead}) {{
{step}{step}return []
{step}}}
{step}return macro("$check_address$") || []
}}}}
"""


def sentence(text):
    return text[0].upper() + text[1:]


def indented(text, indent, depth):
    """Its lines, so many steps to the right."""
    return "".join(f"{indent * depth}{line}\n" for line in text.splitlines())


def dsl_argument(argument, style):
    """One member of `arguments`."""
    lines = []
    if argument.value:
        lines.append(f"value = {dsl_string(argument.value)}")
    if argument.expression:
        lines.append(f"value = {{{{ {argument.expression} }}}}")
    if argument.set_if:
        lines.append(f"set_if = {dsl_string(argument.set_if)}")
    lines.append(f"description = {dsl_string(argument.description if style.argument else sentence(argument.help))}")
    lines += [f"{name} = true" for name in ("required", "repeat_key", "skip_key") if getattr(argument, name)]
    lines.append(f"order = {argument.order}")
    return f"{dsl_string(argument.key)} = {{\n{indented(chr(10).join(lines), style.indent, 1)}}}\n"


def dsl_command(c, style):
    """One CheckCommand."""
    parts = ['import "ipv4-or-ipv6"\n'] if c.instead else []
    parts.append(f"command = [ {style.directory} + {dsl_string('/' + c.plugin)} ]\ntimeout = {c.timeout}s\n")
    arguments = "".join(dsl_argument(a, style) for a in c.arguments)
    parts.append(f"arguments = {{\n{indented(arguments, style.indent, 1)}}}\n")
    variables = "".join(f"vars.{name} = {dsl_string(value)}\n" for name, value in c.vars.items())
    if c.instead:
        said = " || ".join(f'macro("${name}$")' for name in c.instead)
        variables += ADDRESS.format(host=c.name + "_host", step=style.indent, instead=said)
    body = "\n".join(indented(part, style.indent, 1) for part in (*parts, variables))
    return f"/* {c.plugin}: {c.purpose} */\nobject CheckCommand {dsl_string(c.name)} {{\n{body}}}\n"


def icinga2(commands):
    return HEAD.format(margin=MARGIN) + "".join("\n" + dsl_command(c, OURS) for c in commands)


def itl(commands):
    return LIBRARY_HEAD + "".join("\n" + dsl_command(c, LIBRARY) for c in commands)


def itl_doc(commands):
    """The section of doc/10-icinga-template-library.md, in its form."""
    text = DOC_HEAD
    for c in commands:
        text += (f"\n#### {c.name} <a id=\"plugin-contrib-command-{c.name}\"></a>\n\n"
                 f"The `{c.plugin}` plugin of mailtls-plugins {c.purpose}.\n\n"
                 "Custom variables passed as [command parameters](03-monitoring-basics.md#command-passing-parameters):\n\n"
                 "Name | Description\n---|---\n")
        text += "".join(f"{a.variable} | {doc_line(c, a)}\n" for a in c.arguments)
    return text


def doc_line(c, a):
    """What the table says of an argument."""
    default = f" Defaults to {c.vars[a.variable]}." if a.variable in c.vars else ""
    if c.instead and a.variable == c.name + "_host":
        default = f" Defaults to the host's address, unless {' or '.join(c.instead)} is set."
    words = sentence(a.help).replace("|", "\\|").rstrip(".")
    return f"**{'Required' if a.required else 'Optional'}.** {words}.{default}"


FORMATS = {"icinga2": icinga2, "itl": itl, "itl-doc": itl_doc, "director": director.basket}


def main(argv):
    if len(argv) not in (2, 3) or argv[1] not in FORMATS:
        sys.exit(f"usage: {argv[0]} {'|'.join(FORMATS)} [BUILD]")
    try:
        sys.stdout.write(FORMATS[argv[1]](read_plugins(argv[2] if len(argv) == 3 else "build")))
    except (OSError, ValueError, subprocess.SubprocessError) as e:
        sys.exit(f"{argv[0]}: {e}")


if __name__ == "__main__":
    main(sys.argv)
