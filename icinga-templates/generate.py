#!/usr/bin/env python3
"""Writes CheckCommands out of what the plugins' --help prints, which comes from their tables of options.

    generate.py icinga2 [BUILD]      the text of icinga2/commands.conf
    generate.py director [BUILD]     the text of director/basket.json

read_help and check_command are for other formats too."""
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field

import director

PLUGINS = ("check_smtp_tls", "check_mx_cert", "check_partner_policy")
PRINTS_ONLY = {"help", "version", "list-findings", "print"}  # options that check nothing
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
            if line.lstrip().startswith("-"):
                raise ValueError(f"{plugin.name} --help: not an option: {line}")
            continue
        letter, name, argument = (part or "" for part in found.groups())
        help_text = lines[at + 1].strip()
        if help_text == "likewise":
            help_text = plugin.options[-1].help
        plugin.options.append(Option(
            name, letter, argument, help_text, repeats=bool(re.search(r"\brepeat\b", help_text)) or name == "verbose",
            required=bool(letter and re.search(rf" -{letter}\b", mandatory))))
    if not plugin.options:
        raise ValueError(f"{plugin.name} --help lists no options")
    return plugin


def argument_of(plugin, option, order):
    variable = plugin.variable(option)
    macro = f"${variable}$"
    text = f"{option.argument}: {option.help}" if option.argument else option.help
    argument = Argument("--" + option.name, order, variable, text, required=option.required)
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
    else:
        argument.set_if = macro
    return argument


def check_command(plugin):
    """What every format of a CheckCommand says."""
    options = [o for o in plugin.options if o.name not in PRINTS_ONLY]
    # What the command line says beats the file, whatever their order; own options first, as in --help.
    arguments = [argument_of(plugin, option, at) for at, option in enumerate(options, 1)]
    # Icinga's perfdata writers drop thresholds that are ranges.
    variables = {plugin.variable(plugin.option("perfdata-thresholds")): "plain"}
    limit = re.search(r"\((\d+)\)", plugin.option("timeout").help)
    if not limit:
        raise ValueError(f"{plugin.name} --help: no default of --timeout")
    timeout = int(limit.group(1)) + MARGIN
    return CheckCommand(plugin.command, plugin.name, plugin.purpose, timeout, variables, arguments)


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


def dsl_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def dsl_argument(argument):
    lines = []
    if argument.value:
        lines.append(f"value = {dsl_string(argument.value)}")
    if argument.expression:
        lines.append(f"value = {{{{ {argument.expression} }}}}")
    if argument.set_if:
        lines.append(f"set_if = {dsl_string(argument.set_if)}")
    lines.append(f"description = {dsl_string(argument.description)}")
    lines += [f"{name} = true" for name in ("required", "repeat_key", "skip_key") if getattr(argument, name)]
    lines.append(f"order = {argument.order}")
    body = "".join(f"      {line}\n" for line in lines)
    return f"    {dsl_string(argument.key)} = {{\n{body}    }}\n"


def icinga2(commands):
    text = HEAD.format(margin=MARGIN)
    for c in commands:
        variables = "".join(f"  vars.{name} = {dsl_string(value)}\n" for name, value in c.vars.items())
        arguments = "".join(dsl_argument(a) for a in c.arguments)
        text += (f"\n/* {c.plugin}: {c.purpose} */\nobject CheckCommand {dsl_string(c.name)} {{\n"
                 f"  command = [ PluginDir + {dsl_string('/' + c.plugin)} ]\n  timeout = {c.timeout}s\n"
                 f"  arguments = {{\n{arguments}  }}\n{variables}}}\n")
    return text


FORMATS = {"icinga2": icinga2, "director": director.basket}


def main(argv):
    if len(argv) not in (2, 3) or argv[1] not in FORMATS:
        sys.exit(f"usage: {argv[0]} {'|'.join(FORMATS)} [BUILD]")
    try:
        sys.stdout.write(FORMATS[argv[1]](read_plugins(argv[2] if len(argv) == 3 else "build")))
    except (OSError, ValueError, subprocess.SubprocessError) as e:
        sys.exit(f"{argv[0]}: {e}")


if __name__ == "__main__":
    main(sys.argv)
