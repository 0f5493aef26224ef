# SPDX-License-Identifier: BSD-2-Clause
"""What --format html prints, as a browser has it: valid, with nothing in it that runs or is loaded whatever gateways and
forms say, on a small screen, in the dark, and on paper."""
import base64
import re
import subprocess

import html5lib
from browser import Browser
from process import write
from scripted import Gateway
from servers import RESOLVER

PICTURE = "report.png"
WIDTH, HEIGHT = 1000, 1000
LONG = 3000  # as high as the part of a page that is a picture, and more
NARROW = 420
A4 = (595, 842)   # points
MARGIN = 34 - 1   # at the sides, 12 mm
PAPER = 703       # between them, in CSS pixels; the browser makes all of a page smaller where something is wider

IMAGE = "<img/src=http://127.25.4.9/x onerror=document.title=1>"
EVIL_CN = "</style><img/src=x onerror=run()>"
EVIL_GREETING = f"</title></pre><script/src=http://127.25.4.9/>run()</script>{IMAGE}\"onload=run() "
EVIL_COMPANY = f"</h2><script/>run()</script>{IMAGE}"

FORMS = {
    "shop": ["company = Rheinland Versand GmbH", "contact-name = A. Muster", "contact-email = postmaster@shop.test",
             "contact-urgent = +49 30 000000", "domains = shop.test", "gateways = mx1.shop.test mx3.shop.test",
             "certificate-cn = mail.shop.test", "issuer = Lab inter", "valid-until = 2027-12-31"],
    "evil": [f"company = {EVIL_COMPANY}", "domains = evil.test", "gateways = mx1.evil.test",
             "certificate-cn = mx1.evil.test"],
    "big": ["domains = big.test", "gateways = mx.big.test"],
}

LOG = ["postfix/smtp[7]: Verified TLS connection established to mx1.shop.test[192.0.2.1]:25: TLSv1.3 with cipher X",
       "postfix/smtp[7]: AAAA1: to=<u@shop.test>, relay=mx1.shop.test[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (ok)",
       f"postfix/smtp[8]: AAAA2: to=<u@evil.test>, relay={IMAGE.replace(' ', '/')}[192.0.2.2]:25, delay=1, dsn=2.0.0, "
       "status=sent (ok)"]

ELEMENTS = set("a article b body br caption code div h1 h2 h3 head header html li main meta p pre section span style table "
               "tbody td th thead title tr ul".split())
ATTRIBUTES = set("charset class content href http-equiv id lang name scope".split())

# Everything that the page consists of.
CONTENT = """(() => {
    const all = [...document.querySelectorAll('*')];
    return {
        elements: [...new Set(all.map(e => e.localName))],
        attributes: [...new Set(all.flatMap(e => e.getAttributeNames()))],
        links: all.filter(e => e.hasAttribute('href')).map(e => e.getAttribute('href')),
        ids: all.filter(e => e.id).map(e => e.id),
        scripts: document.scripts.length, images: document.images.length,
        title: document.title, text: document.body.innerText,
        width: document.documentElement.scrollWidth,
        badge: getComputedStyle(document.querySelector('.state')).display,
    };
})()"""

# What the page's policy does to somebody who got markup into it: 'run' is what would have happened.
ATTACK = """(async () => {
    const blocked = [];
    document.addEventListener('securitypolicyviolation', e => blocked.push(e.effectiveDirective));
    const add = (name, fields) => document.body.append(Object.assign(document.createElement(name), fields));
    window.ran = 0;
    add('script', {textContent: 'window.ran += 1'});
    add('style', {textContent: 'body { display: none }'});
    add('img', {src: 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='});
    add('iframe', {src: 'data:text/html,x'});
    document.body.insertAdjacentHTML('beforeend', '<b onclick="window.ran += 1" style="color: red">x</b>');
    document.body.lastElementChild.click();
    await new Promise(done => setTimeout(done, 300));
    return {blocked: blocked.map(b => b.replace(/-(elem|attr)$/, '')), ran: window.ran,
            display: getComputedStyle(document.body).display};
})()"""
BLOCKED = {"script-src", "style-src", "img-src", "frame-src"}

# Colours of a text and of what is behind it.
COLOURS = """[...document.querySelectorAll('body, .state, .note, .when, td.ok, td.fail, .differs, thead th')].map(e => {
    let behind = e;
    while (behind.parentElement && getComputedStyle(behind).backgroundColor == 'rgba(0, 0, 0, 0)')
        behind = behind.parentElement;
    return [e.className || e.localName, getComputedStyle(e).color, getComputedStyle(behind).backgroundColor];
})"""
READABLE = 4.5  # contrast by WCAG 2.1, 1.4.3

WHOLE_ROWS = "[...document.querySelectorAll('tr')].every(row => getComputedStyle(row).breakInside == 'avoid')"

# From the top to the end of the partner's first finding.
SHOWN = """(() => {
    const end = document.querySelector('article').getBoundingClientRect();
    return {x: 0, y: 0, width: innerWidth, height: end.bottom + 8};
})()"""


class Pages:
    """The gateways, the forms and a browser."""

    def __init__(self, lab, program):
        self.lab, self.program, self.dir = lab, program, lab.dir + "/pages"
        pki = lab.pki
        pki.leaf("evil", [EVIL_CN.replace("/", "\\/")])
        pki.leaf("shop", ["mail.shop.test", "mx1.shop.test", "mx3.shop.test"])
        greeting = f"{{}} {EVIL_GREETING}\r\n".format
        self.gateways = [
            Gateway("127.25.4.1", pki.path("evil.pem"), greeting=greeting(220).encode(),
                    ehlo=f"250-mx\r\n250-STARTTLS\r\n250 X{IMAGE}\r\n".encode()),
            Gateway("127.25.4.2", pki.path("evil.pem"), greeting=greeting(554).encode()),
            Gateway("127.25.4.3", pki.path("shop.pem")),
            Gateway("127.25.4.4", pki.path("shop.pem"), ehlo=b"250-mx\r\n250 8BITMIME\r\n"),
        ]
        for name, lines in FORMS.items():
            write(f"{self.dir}/forms/{name}.ini", "\n".join([f"[{name}]", *lines]) + "\n")
        when = subprocess.run(["date", "-u", "+%Y-%m-%dT%H:%M:%SZ"], check=True, capture_output=True, text=True).stdout
        write(self.dir + "/mail.log", "".join(f"{when.strip()} mx {line}\n" for line in LOG))
        self.browser = Browser(self.dir + "/chromium")

    def close(self):
        self.browser.stop()
        for gateway in self.gateways:
            gateway.close()

    def write(self, name, plugin, *arguments):
        """The page of one run, in a file."""
        path = f"{self.dir}/{name}.html"
        probes = ["--allow-loopback", "--resolver", RESOLVER, "--ca-file", self.lab.ca_file]
        command = [self.program.replace("check_smtp_tls", plugin), *(probes if plugin != "check_mail_log" else []),
                   "-t", "20", "--format", "html", "--output", path, *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        if done.returncode != 2 or done.stdout.count("\n") != 1 or done.stderr:
            raise RuntimeError(f"{command}: exit status {done.returncode}: {done.stdout}{done.stderr}")
        return path

    def show(self, path, width=WIDTH, scheme="light", media="screen"):
        self.browser.call("Emulation.setEmulatedMedia", media=media,
                          features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.browser.load("file://" + path, width, HEIGHT)


def luminance(colour):
    """Relative luminance of "rgb(1, 2, 3)"."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def valid(path):
    with open(path, "rb") as f:
        data = f.read()
    try:
        html5lib.HTMLParser(strict=True).parse(data, transport_encoding="utf-8")
    except html5lib.html5parser.ParseError as e:
        return f"not valid HTML: {e}"
    return ""


def inert(pages, path, hostile):
    """Nothing but our own elements and attributes; all links inside; nothing loaded; hostile texts are texts."""
    pages.browser.events.clear()
    pages.show(path)
    seen = pages.browser.evaluate(CONTENT)
    asked = [e["params"]["request"]["url"] for e in pages.browser.events if e["method"] == "Network.requestWillBeSent"]
    strange = (set(seen["elements"]) - ELEMENTS, set(seen["attributes"]) - ATTRIBUTES)
    lost = [link for link in seen["links"] if link[:1] != "#" or link[1:] not in seen["ids"]]
    missing = [text for text in hostile if text not in seen["text"]]
    if any(strange) or seen["scripts"] or seen["images"] or seen["title"] == "1":
        return f"elements or attributes that are not ours: {strange}, title {seen['title']}"
    if asked != ["file://" + path]:
        return f"requests: {asked}"
    if lost or len(seen["ids"]) != len(set(seen["ids"])):
        return f"links to nowhere: {lost}, or one of these twice: {seen['ids']}"
    if missing:
        return f"not shown as texts: {missing} in {seen['text']}"
    return ""


def guarded(pages, path):
    """The style sheet is the one that the policy names, and the policy stops everything else."""
    pages.show(path)
    badge = pages.browser.evaluate(CONTENT)["badge"]
    done = pages.browser.evaluate(ATTACK)
    if badge != "inline-block" or done["ran"] or done["display"] == "none" or not BLOCKED <= set(done["blocked"]):
        return f"the policy: style {badge}, {done}"
    return ""


def readable(pages, path):
    """In both schemes; on a small screen only tables are wider, which can be moved."""
    for scheme in ("light", "dark"):
        pages.show(path, scheme=scheme)
        colours = pages.browser.evaluate(COLOURS)
        pale = [colour for colour in colours if contrast(*colour[1:]) < READABLE]
        if pale or (luminance(colours[0][2]) > 0.5) != (scheme == "light"):
            return f"{scheme}: {pale}, page {colours[0]}"
    pages.show(path, width=NARROW)
    width = pages.browser.evaluate(CONTENT)["width"]
    return f"{width} pixels wide where {NARROW} are there" if width > NARROW else ""


def printed(pages, path):
    """A4, nothing beyond the margins or lost, no row cut, light paper."""
    pages.show(path, PAPER, "dark", "print")
    width = pages.browser.evaluate(CONTENT)["width"]
    if width > PAPER:
        return f"{width} pixels wide where {PAPER} are there"
    rows = pages.browser.evaluate("[...document.querySelectorAll('tbody th')].map(th => th.innerText)")
    if not pages.browser.evaluate(WHOLE_ROWS):
        return "rows may be cut"
    colours = pages.browser.evaluate(COLOURS)
    if luminance(colours[0][1]) > 0.5:
        return f"light text on paper: {colours[0]}"
    pages.show(path)
    pdf = path.replace(".html", ".pdf")
    with open(pdf, "wb") as f:
        f.write(base64.b64decode(pages.browser.call("Page.printToPDF", preferCSSPageSize=True)["data"]))
    return laid_out(extracted(pdf, "-bbox")) or lost(extracted(pdf, "-raw"), rows)


def extracted(pdf, how):
    return subprocess.run(["pdftotext", how, pdf, "-"], check=True, capture_output=True, text=True, timeout=30).stdout


def laid_out(words):
    """How the words, as pdftotext -bbox has them, are not on A4; "" where all are."""
    sizes = {(round(float(w)), round(float(h))) for w, h in re.findall(r'<page width="([\d.]+)" height="([\d.]+)"', words)}
    boxes = [tuple(map(float, box)) for box in
             re.findall(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)"', words)]
    outside = [box for box in boxes if box[0] < MARGIN or box[2] > A4[0] - MARGIN or box[1] < 0 or box[3] > A4[1]]
    if sizes != {A4} or outside or not boxes:
        return f"pages of {sizes}, {outside[:5]} of {len(boxes)} words outside"
    return ""


def lost(text, rows):
    """Which rows' heads are not in a text in the order in which it was written; "" where all are."""
    text = re.sub(r"\s", "", text)
    missing = [row for row in rows if re.sub(r"\s", "", row) not in text]
    return f"not printed: {missing[:5]}" if missing else ""


def picture(pages, path):
    """The part of a partner's page that README shows."""
    pages.browser.load("file://" + path, WIDTH, LONG)
    pages.browser.screenshot(f"{pages.lab.dir}/{PICTURE}", **pages.browser.evaluate(SHOWN))


def judge(pages, path, hostile):
    checks = {"valid": valid(path), "inert": inert(pages, path, hostile), "guarded": guarded(pages, path),
              "readable": readable(pages, path), "printed": printed(pages, path)}
    return [f"page {path}, {name}: {text}" if text else None for name, text in checks.items()]


def run(lab, program):
    pages = Pages(lab, program)
    forms = pages.dir + "/forms"
    hostile = [EVIL_CN, IMAGE]
    try:
        gateway = pages.write("gateway", "check_smtp_tls", "-a", "user@evil.test", "-vvv")
        certificates = pages.write("certificates", "check_mx_cert", "-d", "evil.test")
        partner = pages.write("partner", "check_partner_policy", "-f", forms, "--partner", "shop")
        partners = pages.write("partners", "check_partner_policy", "-f", forms)
        mail = pages.write("mail", "check_mail_log", "-f", forms, "--log", pages.dir + "/mail.log")
        picture(pages, partner)
        return judge(pages, gateway, hostile) + judge(pages, certificates, hostile) + judge(pages, partner, []) + \
            judge(pages, partners, hostile + [EVIL_COMPANY]) + judge(pages, mail, [IMAGE.replace(" ", "/")])
    finally:
        pages.close()
