# SPDX-License-Identifier: BSD-2-Clause
"""The plugins' options, from plugins/*.def: OPTIONS of the manual pages, and completion for bash and zsh."""
import os
import re
import textwrap
from dataclasses import dataclass

from definitions import calls, string

PLUGINS_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "plugins")
SHARED = "options"  # the table of what all plugins share
GROUPS = os.path.join(PLUGINS_DIR, "option_groups.def")


@dataclass
class Option:
    name: str
    letter: str  # "" for none
    argument: str  # "" for a flag
    values: list  # words that it takes, if they are few
    group: str
    help: str
    more: list  # paragraphs for the manual; "@PLUGIN " or "@!PLUGIN " in front says whose


def table(name):
    """The options of plugins/NAME.def."""
    return [Option(string(a[0]), a[1].strip("'") if a[1] != "0" else "", string(a[2]), string(a[3]).split(), a[6],
                   string(a[7]), string(a[8]).split("\n"))
            for a in calls(os.path.join(PLUGINS_DIR, name + ".def"), "OPTION")]


def shared_by(plugin):
    """The options of the shared table that the plugin has: all, unless its own table names some."""
    names = [string(a[0]) for a in calls(os.path.join(PLUGINS_DIR, plugin + ".def"), "SHARED")]
    return [o for o in table(SHARED) if not names or o.name in names]


def options_of(plugin):
    """Group by group, as --help has them: [(title, [Option])]."""
    options = table(plugin) + shared_by(plugin)
    groups = [(a[0], string(a[1])) for a in calls(GROUPS, "OPTION_GROUP")]
    lost = {o.group for o in options} - {group for group, _ in groups}
    if lost:
        raise ValueError(f"{plugin}: no group {lost}")
    listed = [(title, [o for o in options if o.group == group]) for group, title in groups]
    return [(title, members) for title, members in listed if members]


# --- manual pages ---

def mdoc(plugin, to_lines):
    """`to_lines` makes lines of mdoc out of a paragraph."""
    lines = []
    for title, members in options_of(plugin):
        lines += [f".Ss {title}", ".Bl -tag -width Ds"]
        for o in members:
            names = (f"Fl {o.letter} , " if o.letter else "") + "Fl -" + o.name
            lines.append(".It " + names + (f" Ns = Ns Ar {o.argument}" if o.argument else ""))
            for paragraph in o.more:
                mark = re.match(r"@(!?)(\w+) (.*)", paragraph)
                if not mark or (mark[2] == plugin) != bool(mark[1]):
                    lines += to_lines(mark[3] if mark else paragraph)
        lines.append(".El")
    return "\n".join(lines) + "\n"


# --- completion ---

BASH = """\
# Completion of mailtls-plugins for bash. Made by `make docs`; do not edit.

_mailtls() {{
    local plugin=${{COMP_WORDS[0]##*/}} cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
    local options= words= files=

    # bash divides --name=value into three words.
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]] && (( COMP_CWORD > 1 )); then
        prev=${{COMP_WORDS[COMP_CWORD-2]}}
    fi
    case $plugin:$prev in
{values}\
    *:--explain | *:--on)
        words=$("${{COMP_WORDS[0]}}" --list-findings 2>/dev/null | cut -d ' ' -f 1) ;;
    esac
    case $plugin in
{options}\
    esac
    COMPREPLY=()
    if [[ -n $files ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    elif [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    elif [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        [[ ${{COMPREPLY[0]-}} != *= ]] || compopt -o nospace 2>/dev/null
    fi
    return 0
}}

complete -F _mailtls {plugins}
"""


def words_of(o):
    """Names of an option, for a case of the shell."""
    return ["--" + o.name] + (["-" + o.letter] if o.letter else [])


def is_file(o):
    return bool(re.match(r"FILE|DIR", o.argument))


def bash(plugins):
    shared = table(SHARED)
    values, files = "", []
    for plugin, o in [("*", o) for o in shared] + [(p, o) for p in plugins for o in table(p)]:
        names = [f"{plugin}:{name}" for name in words_of(o)]
        if o.values:
            values += f'    {" | ".join(names)})\n        words="{" ".join(o.values)}" ;;\n'
        elif is_file(o):
            files += names
    values += f'    {" | ".join(files)})\n        files=yes ;;\n'
    cases = ""
    for plugin in plugins:
        listed = " ".join(f"--{o.name}" + ("=" if o.argument else "") for o in table(plugin) + shared_by(plugin))
        lines = textwrap.wrap(listed, 100, break_on_hyphens=False)
        cases += f'    {plugin})\n        options="{"".join(line + chr(10) + " " * 12 for line in lines).rstrip()}" ;;\n'
    return BASH.format(values=values, options=cases, plugins=" ".join(plugins))


def zsh_quoted(text):
    return re.sub(r"([\[\]:\\])", r"\\\1", text).replace("'", "'\\''")


def zsh_action(o):
    if o.values:
        return f":{o.argument}:({' '.join(o.values)})"
    if is_file(o):
        return f":{zsh_quoted(o.argument)}:_files"
    if o.argument.startswith("CODE"):
        return f":{o.argument}:_mailtls_codes"
    return f":{zsh_quoted(o.argument)}:" if o.argument else ""


def zsh(plugins):
    text = f"#compdef {' '.join(plugins)}\n# Completion of mailtls-plugins for zsh. Made by `make docs`; do not edit.\n"
    text += "\n_mailtls_codes() {\n    compadd -- ${(f)\"$($words[1] --list-findings 2>/dev/null | cut -d ' ' -f 1)\"}\n}\n"
    text += "\ncase $service in\n"
    for plugin in plugins:
        text += f"{plugin})\n    _arguments -s -S"
        for _, members in options_of(plugin):
            for o in members:
                repeat = "*" if "may be repeated" in o.help or o.name == "verbose" else ""
                sign = "=" if o.argument else ""
                for name in [f"--{o.name}{sign}"] + (["-" + o.letter + ("+" if o.argument else "")] if o.letter else []):
                    text += f" \\\n        '{repeat}{name}[{zsh_quoted(o.help)}]{zsh_action(o)}'"
        text += "\n    ;;\n"
    return text + "esac\n"
