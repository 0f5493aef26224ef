# SPDX-License-Identifier: BSD-2-Clause
"""The notification script by itself: what it makes of hostile output, of Nagios's form of it, and of ways that fail.
notify.py [BUILD]"""
import email
import email.policy
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(HERE + "/integration/real")

from endpoint import Pager

BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
NOTIFY = os.path.join(HERE, "..", "icinga-templates", "mailtls-notify")
FINDING = "\\_ [CRITICAL] mx.a.test [127.0.0.1]: STARTTLS not offered; seen: PIPELINING"
CODE = "starttls-not-supported"
PERSON = ("--mail", "a@a.test")
LATE = """
import runpy, subprocess, sys, time
class Late(subprocess.Popen):
    def __init__(self, words, **more):
        time.sleep(0.8 if words[0].endswith("/slow") else 0)
        super().__init__(words, **more)
subprocess.Popen = Late
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""  # runs the script, but with a program "slow" that takes so long to start


def expect(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what}: {got} rather than {wanted}")


class Talker:
    """A server that answers every connection with these bytes, one each `every` seconds, and does not close first."""

    def __init__(self, said, every=0.0):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.said, self.every = said, every
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with connection:
            try:
                connection.recv(65536)
                for at in range(len(self.said)):
                    connection.sendall(self.said[at:at + 1])
                    time.sleep(self.every)
            except OSError:
                pass

    def stop(self):
        self.listener.close()


class Script:
    def __init__(self, place):
        self.dir = place
        self.mail = self.dir + "/mail"
        self.pager = Pager()
        self.program("sendmail", f'#!/bin/sh\necho "$@" >{self.mail}.arguments\nexec cat >{self.mail}\n')

    def program(self, name, text):
        path = f"{self.dir}/{name}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)
        return path

    def run(self, *ways, output="SMTP_TLS CRITICAL - mx.a.test: fault\n" + FINDING, runner=(), **more):
        """(status, standard error) of the script, which `runner` runs."""
        options = {"type": "PROBLEM", "host": "mailout", "service": "partner-a", "state": "CRITICAL", "output": output,
                   "plugin": BUILD + "/check_smtp_tls", "sendmail": self.dir + "/sendmail"} | more
        words = [word for name, value in options.items() for word in ("--" + name.replace("_", "-"), value)]
        run = subprocess.run([*runner, NOTIFY, *ways, *words], stdin=subprocess.DEVNULL, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=90, check=False)
        expect("standard output", run.stdout, "")
        return run.returncode, run.stderr

    def page(self, **options):
        """The JSON that a webhook gets."""
        expect("webhook", self.run("--webhook", self.pager.url("a"), **options), (0, ""))
        return self.pager.pages[-1][1]

    def sent(self):
        with open(self.mail, "rb") as f:
            return email.message_from_binary_file(f, policy=email.policy.default)


def codes_of(page):
    return [f["code"] for f in page["findings"]]


def codes(script):
    """Each once, worst first, at most five; the one at the end of the line, whatever a gateway has said before it."""
    lines = [f"{FINDING} (certificate-expired) ({CODE})", f"{FINDING} ({CODE})", f"   {FINDING} (slow)", "(tls-version)",
             FINDING.replace("CRITICAL", "OK") + " (deferred)", FINDING] + [f"{FINDING} (x{n})" for n in range(5)]
    page = script.page(output="\n".join(["first", *lines]), runbook="https://wiki.test/#")
    expect("codes", codes_of(page), [CODE, "slow", "x0", "x1", "x2"])
    expect("runbook", page["findings"][0]["runbook"], "https://wiki.test/#" + CODE)
    expect("explanations", [f["explanation"][:38] for f in page["findings"][:3]],
           ["The gateway does not offer STARTTLS. M", "A session or one of its stages takes l", ""])
    expect("steps", [len(f["cure"]) for f in page["findings"][:3]], [3, 4, 0])
    expect("step", page["findings"][0]["cure"][1],
           "If STARTTLS is missing everywhere, the gateway was replaced or reset: call its operator.")


def nagios(script):
    """The long output by itself, with line ends written as backslash and n, backslashes twice, without angle brackets."""
    text = f"{FINDING} ({CODE})\nsaid: a\\nb\n"
    page = script.page(output="SMTP_TLS CRITICAL - mx.a.test: fault",
                       long_output=text.replace("\\", "\\\\").replace("\n", "\\n"))
    expect("page", (page["summary"], codes_of(page), page["details"][1:]),
           ("SMTP_TLS CRITICAL - mx.a.test: fault", [CODE], ["said: a\\nb"]))


def hostile(script):
    """Nothing in the output becomes a header, a control character or perfdata."""
    output = f"CRITICAL - mx\r\x1b[31m\x00\u202e\u00e4 | time=1s;;;\nBcc: all@a.test\n{FINDING} ({CODE})".replace("\x00", "")
    expect("mail", script.run("--mail", "a@a.test", output=output), (0, ""))
    mail = script.sent()
    expect("subject", mail["Subject"], "CRITICAL - mx??[31m?\u00e4")
    expect("headers", sorted(mail.keys()), ["Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date",
                                            "In-Reply-To", "MIME-Version", "References", "Subject", "To"])
    expect("body", mail.get_content().splitlines()[0], mail["Subject"])


def threaded(script):
    """The recovery answers the same message as the problem, and what is said of another service answers another."""
    def answered(**about):
        expect("exit", script.run(*PERSON, **about), (0, ""))
        mail = script.sent()
        expect("references", mail["References"], mail["In-Reply-To"])
        return mail["In-Reply-To"]
    problem = answered(service="a\nBcc: b", type="PROBLEM")
    expect("an id", re.fullmatch(r"<[0-9a-f]{32}@mailtls-notify\.invalid>", problem) is not None, True)
    expect("recovery", answered(service="a\nBcc: b", type="RECOVERY"), problem)
    expect("another", answered(service="b", type="PROBLEM") != problem, True)


def duration(script):
    for seconds, said in (("1860.5", "31 minutes"), ("7200", "2 hours"), ("172801", "2 days"), ("59", "59 seconds"),
                          ("0", ""), ("nan", ""), ("inf", ""), ("x", ""), ("", "")):
        page = script.page(output="first", duration=seconds)
        expect(f"duration {seconds}", page["duration"], said)
    script.run(*PERSON, output="first", duration="1860")
    expect("line", script.sent().get_content().splitlines()[2][-16:], ", for 31 minutes")


def long_output(script):
    page = script.page(output="first " + "x" * 1000 + "\n" + 1000 * ("y" * 99 + "\n"))
    expect("cut", (len(page["summary"]), sum(map(len, page["details"])) <= 16000, page["details"][-1][-3:]), (400, True, "..."))


def no_plugin(script):
    """A page without an explanation is better than none."""
    for plugin in ("/nonexistent", "/bin/false", script.program("binary", "#!/bin/sh\nprintf '\\377'\n")):
        page = script.page(output=f"first\n{FINDING} ({CODE})", plugin=plugin)
        expect(plugin, page["findings"], [{"code": CODE, "explanation": "", "cure": [], "runbook": ""}])


def several_ways(script):
    since = len(script.pager.pages)
    kept = script.dir + "/kept"
    program = script.program("keep", f'#!/bin/sh\nexec cat >"$1"\n')
    expect("hyphens", script.page(output="-first", comment="--second", author="-h")["comment"], "--second")
    expect("exit", script.run("--mail", "-x@a.test", "--webhook", script.pager.url("b"), "--command", f"{program} {kept}",
                              type="RECOVERY"), (0, ""))
    with open(kept) as f:
        expect("command", json.load(f), script.pager.of("b", since)[0])
    expect("subject", script.sent()["Subject"], "RECOVERY: SMTP_TLS CRITICAL - mx.a.test: fault")
    with open(script.mail + ".arguments") as f:
        expect("an address is no option", f.read(), "-oi -- -x@a.test\n")


def ways_that_fail(script):
    """The others are tried all the same."""
    os.unlink(script.mail)
    url = "http://127.0.0.1:1/"  # nobody listens there
    status, text = script.run("--webhook", url, "--mail", "a@a.test", "--command", "/bin/false")
    expect("exit", (status, len(text.splitlines())), (1, 2))
    expect("names them", [f"--webhook {url}: " in text, "--command /bin/false: " in text], [True, True])
    expect("mail", script.sent()["Subject"], "SMTP_TLS CRITICAL - mx.a.test: fault")


def command(script):
    status, text = script.run("--command", "'unbalanced")
    expect("exit", (status, text.startswith("mailtls-notify: --command 'unbalanced: ")), (1, True))


def wrong_use(script):
    for ways, wanted in (((), "no way to tell it"),
                         ((*PERSON, "--timeout", "0"), "--timeout: needs a number of seconds"),
                         ((*PERSON, "--timeout", "nan"), "--timeout: needs a number of seconds"),
                         (("--unknown", "x"), "unrecognized arguments: --unknown=x")):
        status, text = script.run(*ways)
        expect("exit", (status, wanted in text, len(text.splitlines())), (2, True, 1))


# --- one way fails, in each manner that is known, and the mail goes out all the same ---

def fails_beside_mail(script, *way, reason, seconds=30.0, **more):
    """The mail was sent, the exit status is 1, and one line on standard error gives the reason."""
    if os.path.exists(script.mail):
        os.unlink(script.mail)
    started = time.monotonic()
    status, text = script.run(*way, *PERSON, **more)
    took = time.monotonic() - started
    expect("exit, lines", (status, len(text.splitlines())), (1, 1))
    expect("reason", text if reason not in text or not text[:-1].isprintable() else reason, reason)
    expect("mail", script.sent()["Subject"], "SMTP_TLS CRITICAL - mx.a.test: fault")
    expect(f"seconds ({took:.1f})", took < seconds, True)


def http_garbage(script):
    """What is no HTTP raises http.client's own exceptions, and its bytes do not reach a log as they are."""
    for said in (b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x1b[31m\xff\r\n", b"HTTP/1.1 200 " + b"x" * 70000):
        talker = Talker(said)
        try:
            fails_beside_mail(script, "--webhook", talker.url, reason=f"--webhook {talker.url}: ", timeout="5")
        finally:
            talker.stop()


def http_closes(script):
    talker = Talker(b"")
    try:
        fails_beside_mail(script, "--webhook", talker.url, reason=f"--webhook {talker.url}: ", timeout="5")
    finally:
        talker.stop()


def http_drips(script):
    """Each byte comes in time, the whole does not."""
    talker = Talker(b"HTTP/1.1 200 OK\r\n" + b"X-Header: x\r\n" * 1000, every=0.2)
    try:
        fails_beside_mail(script, "--webhook", talker.url, reason="not done after 1 s", timeout="1")
    finally:
        talker.stop()


def http_redirects(script):
    """What a redirect is followed with is GET, without the page."""
    fails_beside_mail(script, "--webhook", script.pager.url("moved"), reason="302")


def wrong_urls(script):
    for url, reason in (("file:///etc/passwd", "not a URL of http or https"), ("http://127.0.0.1:99999/", "Port"),
                        ("http://127.0.0.1:x/", "Port"), ("http://[::1/", "IPv6"), ("http:///", "host"),
                        ("http://127.0.0.1:1/\udcff", "")):
        fails_beside_mail(script, "--webhook", url, reason=reason)


def wrong_commands(script):
    for command_line, reason in ((" ", "no command"), ("''", ""), ("/nonexistent", "No such file"), ("/etc/passwd", "Permission"),
                                 ("sh -c 'exit 3'", "3")):
        fails_beside_mail(script, "--command", command_line, reason=reason)


def empty_ways(script):
    """Templates write a way that a contact does not have as an empty word: that is no way, and no failure."""
    expect("exit", script.run("--command", "", "--webhook", "", *PERSON), (0, ""))


def slow_command(script, runner=()):
    """The command and what it has started are ended; the number of the latter is in a file."""
    kept = script.dir + "/child"
    program = script.program("slow", f'#!/bin/sh\nsleep 300 & echo $! >{kept}\nwait\n')
    fails_beside_mail(script, "--command", program, reason="not done after 3 s", timeout="3", runner=runner)
    with open(kept, encoding="utf-8") as file:
        child = file.read().strip()
    deadline = time.monotonic() + 5
    while os.path.exists(f"/proc/{child}") and time.monotonic() < deadline:
        with open(f"/proc/{child}/stat", encoding="utf-8") as file:
            if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                break
        time.sleep(0.05)
    else:
        expect("the command's child", os.path.exists(f"/proc/{child}"), False)


def late_command(script):
    """So they are where the script ends before the command's own time is over, because the command began late."""
    slow_command(script, ("/usr/bin/python3", "-B", "-c", LATE))


def slow_mail(script):
    """A sendmail that hangs does not keep the webhook back either."""
    since = len(script.pager.pages)
    hangs = script.program("hangs", "#!/bin/sh\nexec sleep 300\n")
    status, text = script.run(*PERSON, "--webhook", script.pager.url("d"), timeout="3", sendmail=hangs)
    expect("exit", (status, "--mail a@a.test: " in text), (1, True))
    expect("webhook", len(script.pager.of("d", since)), 1)


def not_utf8(script):
    """Names and texts that are not UTF-8 are shown with question marks, in mail and JSON."""
    odd = "x\udcff\udc80y"
    since = len(script.pager.pages)
    expect("exit", script.run(*PERSON, "--webhook", script.pager.url("c"), host=odd, service=odd, state=odd, author=odd,
                              comment=odd, notes=odd, runbook=odd, output=f"first {odd}\n{FINDING} ({CODE})"), (0, ""))
    page = script.pager.of("c", since)[0]
    expect("names", [page[name] for name in ("host", "service", "state", "author", "comment", "notes")], ["x??y"] * 6)
    expect("runbook", page["findings"][0]["runbook"], "x??y" + CODE)
    expect("mail", script.sent()["Subject"], "first x??y")


CASES = (codes, nagios, hostile, threaded, duration, long_output, no_plugin, several_ways, ways_that_fail, command,
         wrong_use, http_garbage, http_closes, http_drips, http_redirects, wrong_urls, wrong_commands, empty_ways,
         slow_command, late_command, slow_mail, not_utf8)


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as place:
        script = Script(place)
        for case in CASES:
            try:
                case(script)
            except (AssertionError, OSError, subprocess.SubprocessError, LookupError) as e:
                failed += 1
                print(f"notify: {case.__name__}: {e}")
        script.pager.stop()
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
