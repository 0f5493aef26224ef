# SPDX-License-Identifier: BSD-2-Clause
"""What somebody who was paged looks at: the service's page in Icinga Web 2, drawn by a browser. And what the administrator
sees before: Director's form of a host."""
import json
import re

from basket import BASKET, HOST, OURS, RUNBOOK
from browser import Browser
from harness import STATES, wait_for

SERVICE = "partner-one"
CHANGES = "changes-one"
HOSTILE = "partner-evil"
BROKEN = "mx1.one.test"
STATE = re.compile(r"\[(OK|WARNING|CRITICAL|UNKNOWN)\]")
UNITS = {"": 1, "s": 1, "ms": 1e-3, "%": 1}
PICTURE, LIST = PICTURES = ("icinga-web.png", "icinga-web-list.png")
SIZE = (1280, 2200)  # the page as a whole, unfolded
LIST_SIZE = (1100, 640)

# Everything that is looked at, as the browser has drawn it, once the page's own scripts have folded what is long.
# innerText has the lines that somebody sees.
SEEN = """(() => {
    const output = document.querySelector('.object-detail .plugin-output');
    const table = document.querySelector('.object-detail .performance-data-table');
    if (!output || !table || !('canCollapse' in table.dataset)) return null;
    const box = output.closest('.collapsible');
    const all = (from, selector) => [...from.querySelectorAll(selector)];
    const bottom = element => element ? element.getBoundingClientRect().bottom : 0;
    const colour = ball => getComputedStyle(ball).backgroundColor;
    const state = ball => ['ok', 'warning', 'critical', 'unknown'].find(s => ball.classList.contains('state-' + s));
    return {
        subject: document.querySelector('.objectHeader .subject').innerText,
        state: document.querySelector('.objectHeader .state-text').innerText,
        stateColour: colour(document.querySelector('.objectHeader .state-change .state-ball:last-child')),
        lines: output.innerText.split('\\n'),
        balls: all(output, '.state-ball').map(b => [state(b), colour(b), b.offsetWidth]),
        markup: all(output, '*').filter(e => !e.classList.contains('state-ball')).map(e => e.outerHTML),
        font: getComputedStyle(output).fontFamily,
        hidden: [output.scrollWidth - output.clientWidth, box.scrollHeight - box.clientHeight,
                 table.scrollHeight - table.clientHeight],
        worstHidden: bottom(output.querySelector('.state-ball')) > bottom(box),
        links: all(document, '.object-detail a[target=_blank]').map(a => a.href),
        columns: all(table, 'th').map(th => th.innerText.toLowerCase()),
        rows: all(table, 'tbody tr').map(tr => all(tr, 'td').map(td => td.innerText.trim())),
    };
})()"""

# Each group of fields in Director's form, once Director's scripts have folded them: [legend, whether only that is seen,
# captions]. Director adds the number of fields to the legend of a folded group.
GROUPS = """(() => {
    const groups = [...document.querySelectorAll('form fieldset')];
    if (!groups.some(g => g.classList.contains('collapsed'))) return null;
    const name = legend => legend.innerText.trim().replace(/ \\(\\d+\\)$/, '');
    return groups.map(g => [name(g.querySelector('legend')), [...g.querySelectorAll('dd')].every(d => !d.offsetHeight),
                            [...g.querySelectorAll('dt label')].map(l => l.textContent.trim())]);
})()"""

# What README shows: from the service's state to the end of the findings.
SHOWN = """(() => {
    const header = document.querySelector('.objectHeader').getBoundingClientRect();
    const output = document.querySelector('.object-detail .plugin-output').getBoundingClientRect();
    return {x: header.left, y: header.top, width: header.width, height: output.bottom - header.top};
})()"""
MARGIN = 7  # around it, in pixels

FOLDED = "document.querySelectorAll('.object-detail .collapsible.collapsed')"
UNFOLD = f"{FOLDED}.forEach(folded => folded.nextElementSibling.click())"


def run(place, stack, icinga, gateways, pager):
    """A partner's page while one of its gateways has no TLS and another's certificate expires soon, then the page of what is
    left, which is a service of its own; at last a partner whose gateway would write its own page."""
    browser = Browser(place + "/chromium")
    try:
        gateways.starttls(BROKEN, False)
        icinga.check_until_hard(HOST, SERVICE, "CRITICAL")
        results = [paged(pager)] + look(browser, stack, SERVICE, place + "/service-critical.png")
        picture(browser, place + "/" + PICTURE)
        results.append(listed(browser, stack, place + "/" + LIST))
        gateways.starttls(BROKEN, True)
        icinga.check(HOST, CHANGES)
        results += look(browser, stack, CHANGES, place + "/service-warning.png")
        icinga.check(HOST, HOSTILE)
        results += look(browser, stack, HOSTILE, place + "/service-hostile.png")
        return results + [own_notes(browser, stack), *forms(browser, stack, place)]
    finally:
        browser.stop()


def paged(pager):
    """On-call has been told once, by the notification that the basket brings, with what its command adds. The hostile
    partner may have become hard in the meantime; nothing else pages."""
    page = pager.wait("oncall", service=SERVICE, state="CRITICAL", type="PROBLEM")
    finding = page["findings"][0]
    good = BROKEN in page["summary"] and "STARTTLS" in page["summary"] and finding["explanation"] and \
        finding["runbook"] == RUNBOOK + "starttls-not-supported"
    others = [told for _, told in pager.pages if told["service"] != HOSTILE and told is not page]
    return "" if good and not others else f"the pages that Director's configuration sends: {page}, {others}"


def look(browser, stack, name, picture):
    """The page of the service's last check, against what Icinga itself says of it."""
    while True:  # once more where a check has come in between
        service = wait_for(f"Icinga DB has the last check of {name}", lambda: synchronised(stack, name), every=0.2)
        browser.show(stack.url(f"icingadb/service?name={name}&host.name={HOST}"), *SIZE)
        folded = wait_for(f"the page of {name}", lambda: browser.evaluate(SEEN))
        seen = wait_for(f"the page of {name} without folds", lambda: unfolded(browser))
        browser.screenshot(picture)
        if stack.icinga.service(HOST, name)["last_check"] == service["last_check"]:
            break
    result = service["last_check_result"]
    worst = "the worst finding is not seen before somebody unfolds the output" if folded["worstHidden"] else ""
    return [header(seen, service), worst, runbook(seen["links"], RUNBOOK), readable(seen, result["output"]),
            coloured(seen, result["output"]), perfdata(seen, result["performance_data"])]


def listed(browser, stack, picture):
    """The list of the host's services, as on-call meets it: the first line of the one that has failed is in it."""
    browser.show(stack.url(f"icingadb/services?host.name={HOST}&sort=service.state.severity%20desc"), *LIST_SIZE)
    first = stack.icinga.service(HOST, SERVICE)["last_check_result"]["output"].split("\n")[0].split(" - ")[1]
    texts = wait_for("the list of services", lambda: browser.evaluate(
        "[...document.querySelectorAll('.item-list .list-item')].map(item => item.innerText)"),
        instead=lambda: browser.evaluate("document.body.innerText.slice(0, 500)"))
    browser.screenshot(picture)
    return "" if any(first.strip() in text for text in texts) else f"the list of services {texts} is without {first!r}"


def runbook(links, wanted):
    """notes_url leads to the runbook that the host has; Icinga Web leaves out an empty fragment."""
    return "" if links == [wanted.removesuffix("#")] else f"the service's page links to {links} rather than {wanted}"


def own_notes(browser, stack):
    """The same for a service of ours, whose host imports nothing from the basket."""
    browser.show(stack.url(f"icingadb/service?name=mailtls-own&host.name={OURS}"), *SIZE)
    links = wait_for("the page of mailtls-own", lambda: browser.evaluate(
        "[...document.querySelectorAll('.object-detail a[target=_blank]')].map(a => a.href)"))
    return runbook(links, shipped()["ServiceTemplate"]["mailtls-own"]["vars"]["mailtls_runbook"])


def shipped():
    with open(BASKET) as f:
        return json.load(f)


def forms(browser, stack, place):
    """Director's form of the host, and that which overrides the variables of a service, have every field of the basket, in
    groups that are folded."""
    fields = {int(number): field for number, field in shipped()["Datafield"].items()}
    of_host = [fields[f["datafield_id"]] for f in shipped()["HostTemplate"]["mailtls-host"]["fields"]]
    of_service = [f for f in fields.values() if f["varname"] == "mailtls_notify" or f["category"] == "check_smtp_tls"]
    override = f"director/host/servicesetservice?name={HOST}&service=smtp-egress&set=mailtls-egress"
    return [groups(browser, stack.url(f"director/host/edit?name={HOST}"), of_host, place + "/director-host.png"),
            groups(browser, stack.url(override), of_service, place + "/director-override.png")]


def groups(browser, url, fields, picture):
    browser.show(url, *SIZE)
    seen = {name: (folded, sorted(captions))
            for name, folded, captions in wait_for(f"the form {url}", lambda: browser.evaluate(GROUPS))}
    browser.screenshot(picture)
    wanted = {name: (True, sorted(f["caption"] for f in fields if f["category"] == name))
              for name in {f["category"] for f in fields}}
    drawn = {name: seen.get(name) for name in wanted}
    return "" if drawn == wanted else f"the form {url} has {drawn} rather than {wanted}"


def picture(browser, path):
    """The part of the page that README shows."""
    part = browser.evaluate(SHOWN)
    browser.screenshot(path, x=part["x"] - MARGIN, y=part["y"] - MARGIN, width=part["width"] + 2 * MARGIN,
                       height=part["height"] + 2 * MARGIN)


def unfolded(browser):
    """What is seen once nothing is folded; the page may draw itself anew at any time."""
    browser.evaluate(UNFOLD)
    return browser.evaluate(f"{FOLDED}.length == 0 && {SEEN}")


def synchronised(stack, name):
    """The service, as soon as Icinga DB has its last check: in Redis, for a check that changes no state is only there."""
    service = stack.icinga.service(HOST, name)
    key = stack.sql_value("icingadb", f"SELECT LOWER(HEX(id)) FROM service WHERE name = '{name}'")
    state = json.loads(stack.redis_value("icinga:service:state", key) or "{}")
    # No time of the check's own is in there, but perfdata has times enough.
    return service if state.get("performance_data") == " ".join(service["last_check_result"]["performance_data"]) else None


def header(seen, service):
    drawn = (seen["subject"], seen["state"].upper())
    wanted = (service["display_name"], STATES[int(service["state"])])
    return "" if drawn == wanted else f"the page of {wanted} is of {drawn}"


def readable(seen, output):
    """Every line of ours is a line there, blank by blank, with nothing cut off and nothing taken for markup."""
    wanted = [STATE.sub("", line).rstrip() for line in output.strip().splitlines()]
    # Icinga Web lets long words break behind a comma.
    lines = [line.replace("\u200b", "").rstrip() for line in seen["lines"]]
    if lines != wanted:
        return f"the output's lines are drawn as {lines} rather than {wanted}"
    if "mono" not in seen["font"] or seen["hidden"] != [0, 0, 0] or seen["markup"]:
        return f"the output is drawn in {seen['font']}, {seen['hidden']} pixels hidden, markup {seen['markup']}"
    return ""


def coloured(seen, output):
    """Each finding has a ball in the colour of its state, which is the colour of that state elsewhere on the page."""
    wanted = [state.lower() for state in STATE.findall(output)]
    drawn = [state for state, _, width in seen["balls"] if width > 0]
    colours = {state: colour for state, colour, _ in seen["balls"]}
    worst = seen["state"].lower()
    distinct = len(set(colours.values())) == len(colours)
    if not wanted or drawn != wanted or not distinct or colours[worst] != seen["stateColour"]:
        return f"findings {wanted} are drawn as {seen['balls']}, the service's state as {seen['stateColour']}"
    return ""


def perfdata(seen, data):
    """One row for each datum, with its value, and its thresholds where it has some."""
    at = {name: seen["columns"].index(name) for name in ("label", "value", "warning", "critical")}
    rows = {row[at["label"]]: row for row in seen["rows"]}
    wanted = {}
    for datum in data:
        label, value, uom, warning, critical = re.match(
            r"'?([^'=]+)'?=([-0-9.]+)([a-z%]*);?([^;]*);?([^;]*)", datum).groups()
        wanted[label] = (float(value) * UNITS[uom], warning, critical)
    if not wanted or set(rows) != set(wanted):
        return f"perfdata of {sorted(wanted)} is drawn as {sorted(rows)}"
    for label, (value, warning, critical) in wanted.items():
        row = rows[label]
        if abs(quantity(row[at["value"]]) - value) > 0.005:
            return f"{label} is drawn as {row} rather than {value}"
        for column, threshold in (("warning", warning), ("critical", critical)):
            if threshold and abs(quantity(row[at[column]]) - float(threshold)) > 0.005:
                return f"{label}: {column} is drawn as {row[at[column]]} rather than {threshold}"
    return ""


def quantity(text):
    """36.00 ms -> 0.036"""
    number, unit = re.fullmatch(r"([-0-9.,]+) ?([a-z%]*)", text).groups()
    return float(number.replace(",", "")) * UNITS[unit]
