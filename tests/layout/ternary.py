# SPDX-License-Identifier: BSD-2-Clause
"""The conditional operator: not nested, no statement, no lvalue, no effects, one a statement.

C is read as a tree of brackets, far enough to tell a block from an initializer; a part is what
is between commas or semicolons, and a list in it is the text in brackets there."""
import re

import tree

TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|\"[^\"]*\"|'[^']*'|->|\+\+|--|<<=|>>=|[-+*/%&|^!=<>]=|&&|\|\||\S")
CLOSING = {"(": ")", "[": "]", "{": "}"}
ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
CONTROLS = {"if", "while", "for", "switch", "else", "do"}
LABELS = {"case", "default"}
KEYWORDS = {"return", "sizeof", "goto"}

# A call whose name says that it changes something. A script cannot hold more than names.
EFFECT = re.compile(r"(^|_)(add|append|push|put|set|clear|free|take|give|send|recv|read|write|open|close|"
                    r"connect|start|stop|fail|fill|keep|drop|remove|alloc|dup|strdup|malloc|calloc|realloc|"
                    r"asprintf|snprintf|memcpy|memmove|memset|die|exit|print|wait|kill)$")


class Group:
    """A pair of brackets: kind "(", "[", "block" or "list" (an initializer), and its parts."""

    def __init__(self, kind):
        self.kind = kind
        self.parts = [[]]


def tokens_of(text):
    """(token, line) of C text without comments and without lines of the preprocessor."""
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  tree.plain(text), flags=re.M)
    line, last = 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", last, match.start())
        last = match.start()
        yield match.group(0), line


def kind_of_brace(parent, part):
    """Whether a { opens a block or an initializer, by what stands before it."""
    if parent.kind == "list":
        return "list"
    if not part:
        return "block"
    before = part[-1]
    if isinstance(before, Group):
        if before.kind != "(":
            return "block"
        previous = part[-2] if len(part) > 1 else None
        named = isinstance(previous, tuple) and re.match(r"[A-Za-z_]", previous[0])
        return "block" if named and previous[0] != "return" else "list"
    return "list" if before[0] in ASSIGNMENTS | {"return"} else "block"


def parse(text):
    """The outermost group."""
    top = Group("block")
    stack = [top]
    for token, line in tokens_of(text):
        group = stack[-1]
        if token in CLOSING:
            kind = kind_of_brace(group, group.parts[-1]) if token == "{" else token
            inner = Group(kind)
            group.parts[-1].append(inner)
            stack.append(inner)
        elif token in ")]}":
            if len(stack) > 1:
                stack.pop()
            if group.kind == "block" and len(stack[-1].parts[-1]) and token == "}":
                stack[-1].parts.append([])
        elif token == ";" or (token == "," and group.kind != "block"):
            group.parts.append([])
        else:
            group.parts[-1].append((token, line))
    return top


def own(part, token):
    return sum(1 for item in part if isinstance(item, tuple) and item[0] == token)


def questions(part):
    """How many ?: a part has, those in its brackets included; blocks are statements of their own."""
    count = own(part, "?")
    for item in part:
        if isinstance(item, Group) and item.kind != "block":
            count += sum(questions(inner) for inner in item.parts)
    return count


def line_of(part):
    for item in part:
        if isinstance(item, tuple):
            if item[0] == "?":
                return item[1]
        else:
            for inner in item.parts:
                if questions(inner):
                    return line_of(inner)
    return 0


def changes(part):
    """Whether a part assigns, counts, or calls something by whose name it changes something."""
    for at, item in enumerate(part):
        if isinstance(item, tuple):
            called = at + 1 < len(part) and isinstance(part[at + 1], Group) and part[at + 1].kind == "("
            if item[0] in ASSIGNMENTS | {"++", "--"} or (called and EFFECT.search(item[0])):
                return True
        elif item.kind in "([" and any(changes(inner) for inner in item.parts):
            return True
    return False


def after_assignment(part):
    """The text after the last assignment of a part, or after its return."""
    start = 0
    for at, item in enumerate(part):
        if isinstance(item, tuple) and item[0] in ASSIGNMENTS | {"return"}:
            start = at + 1
    return part[start:]


def judge_part(part, report):
    """Any part with a ?: of its own: another one in it, or an effect."""
    if not own(part, "?"):
        return
    if questions(part) > 1:
        report("nested", line_of(part))
    if changes(after_assignment(part)):
        report("effect", line_of(part))


def simple_statements(part):
    """`if (a) b` to `(a)` and `b`: what a statement controls is a statement of its own."""
    while part and isinstance(part[0], tuple) and part[0][0] in CONTROLS | LABELS:
        if part[0][0] in LABELS:
            part = part[next((at for at, item in enumerate(part) if isinstance(item, tuple) and item[0] == ":"),
                             len(part) - 1) + 1:]
            continue
        headed = len(part) > 1 and isinstance(part[1], Group)
        if headed:
            yield part[1:2]
        part = part[2:] if headed else part[1:]
    yield part


def judge_statement(part, report):
    """One statement of a block, which controls no other."""
    if not questions(part):
        return
    first = next((at for at, item in enumerate(part) if isinstance(item, tuple) and item[0] in ASSIGNMENTS), None)
    keyword = isinstance(part[0], tuple) and part[0][0] in KEYWORDS
    if first is not None and questions(part[:first]):
        report("lvalue", line_of(part))
    elif first is None and not keyword and own(part, "?"):
        report("statement", line_of(part))
    if questions(part) > 1:
        report("two", line_of(part))


def walk(group, report):
    for part in group.parts:
        if group.kind == "block":
            for statement in simple_statements(part):
                judge_statement(statement, report)
        judge_part(part, report)
        for item in part:
            if isinstance(item, Group):
                walk(item, report)


SAYS = {"nested": "a ?: within a ?:", "lvalue": "a ?: is assigned to", "statement": "a ?: is a statement",
        "effect": "a ?: has an effect", "two": "two ?: in one statement"}


def check(root, findings):
    for path in tree.files(root, tree.CODE, (".c", ".h")):
        seen = set()
        walk(parse(tree.read(root, path)), lambda what, line: seen.add((line, what)))
        for line, what in sorted(seen):
            if what != "two" or (line, "nested") not in seen:
                findings.add(what, path, f"{path}:{line}: {SAYS[what]}")
