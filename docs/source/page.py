# SPDX-License-Identifier: BSD-2-Clause
"""A page of docs/ as HTML, for those who read it on a web server or where nothing else shows Markdown.

The page is one file: no script, nothing from elsewhere. It has the Markdown that these documents use, and an anchor for each
heading; anything else is an error, so that nothing is shown in another way than it is meant."""
import html
import re
import textwrap

STYLE = """
:root { color-scheme: light dark; }
body { max-width: 46em; margin: 2em auto; padding: 0 1em; font: 1em/1.5 system-ui, sans-serif; }
h2 { margin-top: 2em; border-top: 1px solid #8886; padding-top: .5em; }
h2:target { background: #fd06; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
a { color: inherit; }
@media print { h2 { break-after: avoid; } p, li { break-inside: avoid; } }
"""

SPAN = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|\*(?P<em>[^*\s][^*]*)\*|\[(?P<text>[^]]+)\]\((?P<link>[^)]+)\)")


def anchor(heading):
    """As GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def span(text):
    """A run of text with its `code`, *emphasis*, **state** and [links](#anchor)."""
    done, at = "", 0
    for found in SPAN.finditer(text):
        done += html.escape(text[at:found.start()], quote=False)
        kind, at = found.lastgroup, found.end()
        if kind == "link":
            done += f'<a href="{html.escape(found["link"])}">{span(found["text"])}</a>'
        else:
            done += f"<{kind}>{html.escape(found[kind], quote=False)}</{kind}>"
    return done + html.escape(text[at:], quote=False)


def block(text):
    """A heading, a list or a paragraph: the lines between two empty ones."""
    heading = re.fullmatch(r"(#{1,3}) ([^\n]+)", text)
    if heading:
        level = len(heading[1])
        return f'<h{level} id="{anchor(heading[2])}">{span(heading[2])}</h{level}>'
    if text.startswith("- "):
        items = re.split(r"^- ", text, flags=re.M)[1:]
        return "<ul>\n" + "".join(wrapped(f"<li>{span(joined(item))}</li>") + "\n" for item in items) + "</ul>"
    if re.match(r"[#|>`]|\d+\. |    ", text):
        raise ValueError(f"source/page.py does not know this Markdown: {text[:60]}")
    return wrapped(f"<p>{span(joined(text))}</p>")


def joined(lines):
    return " ".join(lines.split())


def wrapped(element):
    return textwrap.fill(element, 100, break_long_words=False, break_on_hyphens=False)


def page(markdown):
    """The page, whose title is its first heading."""
    text = re.sub(r"^<!-- .* -->\n", "", markdown, flags=re.M)
    blocks = [part for part in re.split(r"\n{2,}", text.strip("\n")) if part.strip()]
    title = html.escape(blocks[0].removeprefix("# "), quote=False)
    body = "\n".join(map(block, blocks))
    return ('<!DOCTYPE html>\n<!-- Made by `make docs`; do not edit. -->\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n'
            '<meta name="viewport" content="width=device-width"/>\n'
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n")
