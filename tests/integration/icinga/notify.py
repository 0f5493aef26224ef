"""The notification script by itself: what it makes of hostile output, of Nagios's form of it, and of ways that fail."""
import email
import email.policy
import json
import os
import subprocess

from harness import BUILD, TEMPLATES, Pager, expect, failure, write

FINDING = "\\_ [CRITICAL] mx.a.test [127.0.0.1]: STARTTLS not offered; seen: PIPELINING"
CODE = "starttls-not-supported"


class Script:
    def __init__(self, place):
        self.dir = place + "/notify"
        self.mail = self.dir + "/mail"
        self.pager = Pager()
        self.program("sendmail", f'#!/bin/sh\necho "$@" >{self.mail}.arguments\nexec cat >{self.mail}\n')

    def program(self, name, text):
        path = f"{self.dir}/{name}"
        write(path, text)
        os.chmod(path, 0o755)
        return path

    def run(self, *ways, output="SMTP_TLS CRITICAL - mx.a.test: fault\n" + FINDING, **more):
        """(status, standard error) of the script."""
        options = {"type": "PROBLEM", "host": "mailout", "service": "partner-a", "state": "CRITICAL", "output": output,
                   "plugin": BUILD + "/check_smtp_tls", "sendmail": self.dir + "/sendmail"} | more
        words = [word for name, value in options.items() for word in ("--" + name.replace("_", "-"), value)]
        run = subprocess.run([TEMPLATES + "/mailtls-notify", *ways, *words], stdin=subprocess.DEVNULL, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
        expect("standard output", run.stdout, "")
        return run.returncode, run.stderr

    def page(self, **options):
        """The JSON that a webhook gets."""
        expect("webhook", self.run("--webhook", self.pager.url("a"), **options), (0, ""))
        return self.pager.pages[-1][1]

    def sent(self):
        with open(self.mail, "rb") as f:
            return email.message_from_binary_file(f, policy=email.policy.default)


def run(place):
    script = Script(place)
    try:
        return [failure(case, script) for case in (
            codes, nagios, hostile, long_output, no_plugin, several_ways, ways_that_fail, command, wrong_use)]
    finally:
        script.pager.stop()


def codes_of(page):
    return [f["code"] for f in page["findings"]]


def codes(script):
    """Each once, worst first, at most five; the one at the end of the line, whatever a gateway has said before it."""
    lines = [f"{FINDING} (certificate-expired) ({CODE})", f"{FINDING} ({CODE})", f"   {FINDING} (slow)", "(tls-version)",
             FINDING.replace("CRITICAL", "OK") + " (deferred)", FINDING] + [f"{FINDING} (x{n})" for n in range(5)]
    page = script.page(output="\n".join(["first", *lines]), runbook="https://wiki.test/#")
    expect("codes", codes_of(page), [CODE, "slow", "x0", "x1", "x2"])
    expect("runbook", page["findings"][0]["runbook"], "https://wiki.test/#" + CODE)
    expect("explanations", [f["explanation"] for f in page["findings"][::2]],
           ["STARTTLS not offered", "", ""])


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
                                            "MIME-Version", "Subject", "To"])
    expect("body", mail.get_content().splitlines()[0], mail["Subject"])


def long_output(script):
    page = script.page(output="first " + "x" * 1000 + "\n" + 1000 * ("y" * 99 + "\n"))
    expect("cut", (len(page["summary"]), sum(map(len, page["details"])) <= 16000, page["details"][-1][-3:]), (400, True, "..."))


def no_plugin(script):
    """A page without an explanation is better than none."""
    for plugin in ("/nonexistent", "/bin/false", script.program("binary", "#!/bin/sh\nprintf '\\377'\n")):
        page = script.page(output=f"first\n{FINDING} ({CODE})", plugin=plugin)
        expect(plugin, page["findings"], [{"code": CODE, "explanation": "", "runbook": ""}])


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
                         (("--webhook", "file:///etc/passwd"), "--webhook: not a URL of http"),
                         (("--unknown", "x"), "unrecognized arguments: --unknown=x")):
        status, text = script.run(*ways)
        expect("exit", (status, wanted in text, len(text.splitlines())), (2, True, 1))
