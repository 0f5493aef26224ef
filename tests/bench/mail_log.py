# SPDX-License-Identifier: BSD-2-Clause
"""A gigabyte of mail log: check_mail_log beside `wc -l` on the same file in the same run, and beside pflogsumm."""
import os
import resource
import shutil
import subprocess
import tempfile
import time

SIZE = 1000 * 1000 * 1000
ROUNDS = 5
SHARE = 20          # pflogsumm gets one part of so many
WC_BAR = 3.0        # times the time of wc -l
PFLOGSUMM_BAR = 20  # times faster
MEMORY_BAR = 64     # MiB

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


def write_log(path):
    """Ten thousand messages to 300 domains, again and again."""
    text = "".join(MESSAGE.format(i=i, n=i % 250, id=f"4Q{i:011X}", domain=f"d{i % 300}.example", tls=TLS, m=i // 60 % 60,
                                  s=i % 60, smtp=1000 + i % 100, smtpd=5000 + i * 7 % 100) for i in range(10000)).encode()
    with open(path, "wb") as out:
        while out.tell() < SIZE:
            out.write(text)
    with open(path + ".part", "wb") as out:
        while out.tell() < SIZE / SHARE:
            out.write(text)


def timed(*command):
    """Wall time and CPU in seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, done


def memory(*command):
    """Of one run, in MiB; that of RUSAGE_CHILDREN is the largest of all children."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    return os.wait4(process.pid, 0)[2].ru_maxrss / 1024


def mail_log(report, build):
    report.heading("A gigabyte of mail log")
    with tempfile.TemporaryDirectory(prefix="bench-mail-log.") as directory:
        log, form = directory + "/mail.log", directory + "/form.ini"
        write_log(log)
        with open(form, "w", encoding="ascii") as f:
            for n in range(0, 300, 3):
                f.write(f"[d{n}]\ndomains = d{n}.example\ngateways = mx.d{n}.example\nsending-hosts = 203.0.113.0/24\n")
        check = [build + "/check_mail_log", "-f", form, "--since", "3660d", "--log"]
        wc, ours = [], []
        for _ in range(ROUNDS):
            wc.append(timed("wc", "-l", log)[:2])
            ours.append(timed(*check, log))
        part = timed(*check, log + ".part")[0]
        pflogsumm = timed("pflogsumm", log + ".part") if shutil.which("pflogsumm") else None
        kib = memory(*check, log)
    ratio = min(wall for wall, _, _ in ours) / min(wall for wall, _ in wc)
    rows = [["wc -l", f"{min(w for w, _ in wc):.2f} s", f"{min(c for _, c in wc):.2f} s"],
            ["check_mail_log", f"{min(w for w, _, _ in ours):.2f} s", f"{min(c for _, c, _ in ours):.2f} s"]]
    report.say(f"The least of {ROUNDS} runs in turn; a hundred partners, whose mail is a third.\n")
    report.table(["", "time", "CPU"], rows)
    report.bar(all(done.returncode == 0 for _, _, done in ours), "every run found all mail as agreed")
    report.bar(ratio <= WC_BAR, f"{ratio:.1f} times the time of wc -l, at most {WC_BAR:.0f}")
    report.bar(kib <= MEMORY_BAR, f"memory: {kib:.0f} MiB, at most {MEMORY_BAR}")
    report.bar(pflogsumm and pflogsumm[0] >= PFLOGSUMM_BAR * part,
               f"{pflogsumm[0] / part if pflogsumm else 0:.0f} times faster than pflogsumm on a part of it, at least {PFLOGSUMM_BAR}")


def main(build):
    """By itself, without the rest of the bench."""
    from bench import Report
    mail_log(Report(), build)


if __name__ == "__main__":
    import sys
    main(os.path.abspath(sys.argv[1]))
