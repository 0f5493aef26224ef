# SPDX-License-Identifier: BSD-2-Clause
"""A gigabyte of mail log: check_mail_log beside `wc -l` on the same file in the same run, and beside pflogsumm."""
import os
import shutil
import tempfile

from common import measure

SIZE = 1000 * 1000 * 1000
ROUNDS = 5
SAMPLE = 5 * 1000 * 1000  # of which instructions are counted
SHARE = 20          # pflogsumm gets one part of so many
WC_BAR = 3.0        # times the time of wc -l
PFLOGSUMM_BAR = 20  # times faster
MEMORY_BAR = 64     # MiB
FORMS = [("check_mail_log, 1 % of the mail is partners'", 100), ("check_mail_log, 33 %", 3)]

TLS = "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits)"
MESSAGE = """\
Nov 30 05:{m:02}:{s:02} mx1 postfix/smtpd[{smtpd}]: connect from host.{domain}[203.0.113.{n}]
Nov 30 05:{m:02}:{s:02} mx1 postfix/smtpd[{smtpd}]: Anonymous TLS connection established from host.{domain}[203.0.113.{n}]: {tls}
Nov 30 05:{m:02}:{s:02} mx1 postfix/smtpd[{smtpd}]: {id}: client=host.{domain}[203.0.113.{n}]
Nov 30 05:{m:02}:{s:02} mx1 postfix/cleanup[77]: {id}: message-id=<{i}.abcdefghijkl@{domain}>
Nov 30 05:{m:02}:{s:02} mx1 opendkim[88]: {id}: DKIM verification successful
Nov 30 05:{m:02}:{s:02} mx1 postfix/qmgr[99]: {id}: from=<user{i}@{domain}>, size=12345, nrcpt=1 (queue active)
Nov 30 05:{m:02}:{s:02} mx1 postfix/smtpd[{smtpd}]: disconnect from host.{domain}[203.0.113.{n}] ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7
Nov 30 05:{m:02}:{s:02} mx1 postfix/smtp[{smtp}]: Verified TLS connection established to mx.{domain}[192.0.2.{n}]:25: {tls}
Nov 30 05:{m:02}:{s:02} mx1 postfix/smtp[{smtp}]: {id}: to=<someone{i}@{domain}>, relay=mx.{domain}[192.0.2.{n}]:25, delay=0.52, delays=0.05/0.01/0.25/0.21, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4Q1234567ABC)
Nov 30 05:{m:02}:{s:02} mx1 postfix/qmgr[99]: {id}: removed
"""


DOMAINS = 300
MESSAGES = 10000    # in an hour of the log
LETTERS = b"BCDFGHJKLMNPQRSTVWXZ"


def write_log(path, size):
    """Hours with ten thousand messages, each with queue ids of its own, to and from as many domains."""
    hour = "".join(MESSAGE.format(i=i, n=i % 250, id=f"4Q{i:011X}", domain=f"d{i % DOMAINS}.example", tls=TLS,
                                  m=i * 60 // MESSAGES, s=i * 3600 // MESSAGES % 60, smtp=1000 + i % 100,
                                  smtpd=5000 + i * 7 % 100) for i in range(MESSAGES)).encode()
    left, n = size, 0
    with open(path, "wb") as out:
        while left > 0:
            letters = bytes((LETTERS[n // 20 % 20], LETTERS[n % 20]))
            text = hour.replace(b"Nov 30 05:", b"Nov %2d %02d:" % (1 + n // 24, n % 24)).replace(b" 4Q", b" " + letters)
            whole = text[:text.rfind(b"\n", 0, left) + 1]
            out.write(whole)
            left = left - len(whole) if len(whole) == len(text) else 0
            n += 1


def write_form(path, every):
    """Each `every`th of the domains is a partner's."""
    with open(path, "w", encoding="ascii") as f:
        for n in range(0, DOMAINS, every):
            f.write(f"[d{n}]\ndomains = d{n}.example\ngateways = mx.d{n}.example\nsending-hosts = 203.0.113.0/24\n")


def check_of(build, form, log):
    return [build + "/check_mail_log", "-f", form, "--since", "3660d", "-t", "600", "--log", log]


def instructions(build, profile):
    """Of a line, on the average, in the plugin and in libc; `profile` counts those of a command."""
    with tempfile.TemporaryDirectory(prefix="bench-mail-log.") as directory:
        log, empty, form = directory + "/mail.log", directory + "/empty.log", directory + "/form.ini"
        write_log(log, SAMPLE)
        write_log(empty, 0)
        write_form(form, 3)
        with open(log, "rb") as f:
            lines = f.read().count(b"\n")
        of_log, of_empty = (sum(profile(check_of(build, form, path), None).values()) for path in (log, empty))
    return (of_log - of_empty) / lines


def mail_log(report, build):
    report.heading("A gigabyte of mail log")
    with tempfile.TemporaryDirectory(prefix="bench-mail-log.") as directory:
        log, part = directory + "/mail.log", directory + "/part.log"
        write_log(log, SIZE)
        write_log(part, SIZE // SHARE)
        commands = [["wc", "-l", log]]
        for _, every in FORMS:
            write_form(f"{directory}/{every}.ini", every)
            commands.append(check_of(build, f"{directory}/{every}.ini", log))
        runs = measure(build, os.environ, ROUNDS, commands)
        on_part, = measure(build, os.environ, ROUNDS, [commands[-1][:-1] + [part]])
        pflogsumm, = measure(build, os.environ, 1, [["pflogsumm", part]]) if shutil.which("pflogsumm") else [None]
    wall = [min(r.wall for r in of_one) / 1000 for of_one in runs]
    cpu = [min(r.cpu for r in of_one) / 1000 for of_one in runs]
    theirs = pflogsumm[0].wall / 1000 * SHARE if pflogsumm else 0
    faster = pflogsumm[0].wall / min(r.wall for r in on_part) if pflogsumm else 0
    kib = max(r.kib for of_one in runs[1:] for r in of_one)
    report.say(f"The least of {ROUNDS} runs in turn. Nine of ten lines are Postfix's, of {DOMAINS} domains; pflogsumm reads a "
               f"{SHARE}th part.\n`python3 tests/bench/mail_log.py build` runs this section alone.\n")
    names = ["wc -l"] + [name for name, _ in FORMS]
    rows = [[name, f"{w:.2f} s", f"{w / wall[0]:.1f}", f"{c:.2f} s"] for name, w, c in zip(names, wall, cpu)]
    rows.append([f"pflogsumm, times {SHARE}", f"{theirs:.0f} s", f"{theirs / wall[0]:.0f}", ""])
    report.table(["", "time", "of wc -l", "CPU"], rows)
    report.bar(all(r.status == 0 for of_one in runs for r in of_one), "every run found all mail as agreed")
    for name, w in zip(names[1:], wall[1:]):
        report.bar(w <= WC_BAR * wall[0], f"{name}: {w / wall[0]:.1f} times the time of wc -l, at most {WC_BAR:.0f}")
    report.bar(kib <= MEMORY_BAR * 1024, f"memory: {kib / 1024:.0f} MiB, at most {MEMORY_BAR}")
    report.bar(faster >= PFLOGSUMM_BAR,
               f"{faster:.0f} times faster than pflogsumm on a part of it, at least {PFLOGSUMM_BAR}")


def main(build):
    """By itself, without the rest of the bench."""
    from bench import Report
    mail_log(Report(), build)


if __name__ == "__main__":
    import sys
    main(os.path.abspath(sys.argv[1]))
