#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The dashboards in the words of Grafana's own schema: grafana.py SCHEMA WORK. SCHEMA is the unpacked npm package
@grafana/schema, WORK a directory for files. tsc compares each dashboard, the options of each panel, and each property of its
fields with Grafana's types; what Grafana calls deprecated is taken out of the types before."""
import copy
import glob
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.normpath(os.path.dirname(os.path.abspath(__file__)) + "/../..")
DASHBOARDS = sorted(glob.glob(ROOT + "/icinga-templates/grafana/*.json"))
MODULES = {"stat": "stat", "table": "table", "timeseries": "timeseries", "state-timeline": "statetimeline"}
OLDEST = 38  # schemaVersion; Grafana 10 has it
RAREST = 6 / 24  # days between two results of a service, check_mx_cert's; a line takes two results and more
TSCONFIG = {"compilerOptions": {"strict": True, "noEmit": True, "skipLibCheck": True, "target": "es2020", "moduleResolution": "node",
                                "module": "es2020", "types": [], "baseUrl": ".", "paths": {"@grafana/schema": ["types/index"]}},
            "include": ["*.ts"]}

ENUM = re.compile(r"^export declare enum (\w+) \{\n(.*?)^\}", re.M | re.S)
MEMBER = re.compile(r'^ +(\w+) = ("[^"]*"),?$', re.M)
DEPRECATED = re.compile(r"^( +)/\*\*(?:(?!\*/).)*?\bdeprecated\b(?:(?!\*/).)*?\*/\n\1\w+\?: [^\n{]*;\n", re.M | re.S)


def types(schema, work):
    """Grafana's types in WORK/types, so that a text is taken where they have an enum of texts, and without deprecated
    members. Returns the schemaVersion that a new dashboard has, and how many members were taken out."""
    shutil.copytree(schema + "/dist/types", work + "/types")
    removed = 0
    for path in glob.glob(work + "/types/**/*.d.ts", recursive=True):
        with open(path) as f:
            text = f.read()
        text, count = DEPRECATED.subn("", text)
        removed += count
        with open(path, "w") as f:
            f.write(ENUM.sub(text_enum, text))
    with open(schema + "/dist/esm/raw/dashboard/x/types.gen.mjs") as f:
        return int(re.search(r"schemaVersion: (\d+)", f.read())[1]), removed


def text_enum(found):
    """An enum of texts as a union of them, with a namespace for its members; another enum as it is."""
    members = MEMBER.findall(found[2])
    if not members:
        return found[0]
    return (f"export type {found[1]} = {' | '.join(value for _, value in members)};\n"
            f"export declare namespace {found[1]} {{ {' '.join(f'type {name} = {value};' for name, value in members)} }}")


def panels(dashboard):
    """All but rows."""
    for panel in dashboard["panels"]:
        yield from panel["panels"] if panel["type"] == "row" else [panel]


def program(dashboard):
    """TypeScript that is right if the dashboard is."""
    lines = ['import type { Dashboard, FieldConfig } from "./types/raw/dashboard/x/types.gen";']
    lines += [f'import type * as {module} from "./types/raw/composable/{module}/panelcfg/x/types.gen";'
              for module in MODULES.values()]
    lines.append(f"export const dashboard: Dashboard = {json.dumps(dashboard)};")
    for panel in panels(dashboard):
        module, name = MODULES[panel["type"]], f"panel_{panel['id']}"
        fields = "Record<string, never>" if module == "stat" else f"Required<{module}.FieldConfig>"
        lines.append(f"export const {name}: {module}.Options = {json.dumps(panel.get('options', {}))};")
        custom = panel["fieldConfig"]["defaults"].get("custom", {})
        lines.append(f"export const {name}_custom: Partial<{fields}> = {json.dumps(custom)};")
        for number, (key, value) in enumerate(overrides(panel)):
            kind, key = (fields, key.split(".", 1)[1]) if key.startswith("custom.") else ("Required<FieldConfig>", key)
            lines.append(f"export const {name}_{number}: {kind}[{json.dumps(key)}] = {json.dumps(value)};")
    return "\n".join(lines) + "\n"


def overrides(panel):
    for override in panel["fieldConfig"]["overrides"]:
        for one in override["properties"]:
            yield one["id"], one["value"]


def complaints(work, dashboards):
    """name -> dashboard to name -> what tsc says of it."""
    for name, dashboard in dashboards.items():
        with open(f"{work}/{name}.ts", "w") as f:
            f.write(program(dashboard))
    with open(work + "/tsconfig.json", "w") as f:
        json.dump(TSCONFIG, f)
    run = subprocess.run(["tsc", "-p", work], cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, timeout=300, check=False)
    found = {name: [] for name in dashboards}
    for error in re.findall(r"^\S.*\n(?: .*\n)*", run.stdout, re.M):
        at = re.match(r"(\w+)\.ts\(", error)
        if not at:
            raise RuntimeError(f"tsc: {run.stdout[-2000:]}")
        found[at[1]].append(error)
    return {name: "\n".join(lines) for name, lines in found.items()}


# What is wrong in a copy of the first dashboard, and what tsc has to say.
def deprecated_cell(dashboard):
    table = next(p for p in panels(dashboard) if p["type"] == "table")
    table["fieldConfig"]["overrides"][-1]["properties"].append({"id": "custom.displayMode", "value": "color-background"})


def unknown_option(dashboard):
    next(p for p in panels(dashboard) if p["type"] == "timeseries")["options"]["odd"] = True


def unknown_colour(dashboard):
    next(p for p in panels(dashboard) if p["type"] == "stat")["fieldConfig"]["defaults"]["color"]["mode"] = "odd"


def no_version(dashboard):
    del dashboard["schemaVersion"]


PLANTED = {deprecated_cell: "'displayMode' does not exist", unknown_option: "'\"odd\"' does not exist", unknown_colour: '"odd"',
           no_version: "'schemaVersion' is missing"}


def references(dashboard):
    """What refers to something that is not there: data sources other than the variable, variables, ids that are double."""
    text = json.dumps(dashboard)
    names = {v["name"] for v in dashboard["templating"]["list"]}
    used = set(re.findall(r"\$\{?(?!__|tag_|col\b|timeFilter)([a-z_]+)", text))
    ids = [p["id"] for p in [*panels(dashboard), *(p for p in dashboard["panels"] if p["type"] == "row")]]
    sources = {s["uid"] for p in panels(dashboard) for s in [p["datasource"], *(t["datasource"] for t in p["targets"])]}
    wrong = [f"variables {used - names}"] if used - names else []
    wrong += ["ids that are double"] if len(ids) != len(set(ids)) else []
    return wrong + ([f"data sources {sources}"] if sources != {"${datasource}"} else [])


def short(dashboard):
    """Whether the range that is shown at first may be without a line for a service."""
    days = re.fullmatch(r"now-(\d+)d", dashboard["time"]["from"])
    return not days or int(days[1]) < 3 * RAREST or dashboard["time"]["to"] != "now"


def main(schema, work):
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    newest, removed = types(schema, work)
    dashboards = {os.path.basename(path).removesuffix(".json").replace("-", "_"): json.load(open(path)) for path in DASHBOARDS}
    planted = {}
    for change in PLANTED:
        planted[change.__name__] = copy.deepcopy(next(iter(dashboards.values())))
        change(planted[change.__name__])
    found = complaints(work, dashboards | planted)
    failures = ["" if removed > 10 else f"only {removed} deprecated members found in the types"]
    for name, dashboard in dashboards.items():
        failures.append(f"{name}: {found[name]}" if found[name] else "")
        version = dashboard["schemaVersion"]
        failures.append("" if OLDEST <= version <= newest else f"{name}: schemaVersion {version}, not {OLDEST} to {newest}")
        failures.append(f"{name}: the range is {dashboard['time']}" if short(dashboard) else "")
        failures += [f"{name}: {text}" for text in references(dashboard)] or [""]
    for change, words in PLANTED.items():
        said = found[change.__name__]
        failures.append("" if words in said else f"planted {change.__name__}: tsc says {said!r}")
    for text in filter(None, failures):
        print("FAIL " + text)
    failed = sum(map(bool, failures))
    print(f"{len(failures) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*map(os.path.abspath, sys.argv[1:])))
