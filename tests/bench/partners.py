# SPDX-License-Identifier: BSD-2-Clause
"""A fleet of partners in one run of check_partner_policy, each gateway declared by two of them."""

import os
import subprocess
import tempfile

from common import Lab, Trust, floor, measure, quartile, successes

PARTNERS, EACH = 1000, 4
GATEWAYS = PARTNERS * EACH
ROUNDS = 3
MEMORY_BAR = 128    # MiB
BUSY_BAR = 0.8      # of what all cores can do


def gateways(partner):
    """Its own, and those of the next one."""
    return [f"mx{(partner * EACH + k) % GATEWAYS + 1}.example.test" for k in range(2 * EACH)]


def write_scenario(path, once):
    with open(path, "w") as out:
        out.write("cert mx cn=example.test dns=*.example.test\n")
        for p in range(PARTNERS):
            for name in gateways(p):
                out.write(f"record p{p}.example.test. MX 10 {name}.\n")
        out.write(f"record-range {GATEWAYS} mx%d.example.test. A 127.1.0.1\n"
                  f"gateway-range 127.1.0.1 {GATEWAYS}{' sessions=1' if once else ''}\n    serve cert=mx\n")
        if once:
            out.write("run check_partner_policy $LAB -t 50 --perfdata none -f $DIR\nexit 0\ncontains\n"
                      f"> PARTNER_POLICY OK - {PARTNERS} partners: {GATEWAYS} of {GATEWAYS} gateways verified, first certificate expires in {{days}} days\n")


def write_forms(path):
    with open(path, "w") as out:
        for p in range(PARTNERS):
            out.write(f"[p{p}]\ndomains = p{p}.example.test\ngateways = {' '.join(gateways(p))}\n"
                      "certificate-cn = example.test\nissuer = Lab Root CA\n")


def probed_once(build, directory):
    """The lab itself counts each gateway's sessions."""
    path = f"{directory}/once.scenario"
    write_scenario(path, True)
    with open(path) as f:
        text = f.read()
    with open(f"{directory}/forms.ini") as f:
        forms = "".join(f"> {line}" for line in f)
    with open(path, "w") as out:
        out.write(text.replace("run ", f"file forms.ini\n{forms}run ", 1))
    return subprocess.run([f"{build}/lab", "--bin", build, path], stdout=subprocess.DEVNULL).returncode == 0


def core_ticks():
    """Ticks that all cores have been busy, and those that there were."""
    with open("/proc/stat") as f:
        ticks = list(map(int, f.readline().split()[1:]))
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def busy(command, env):
    before = core_ticks()
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
    after = core_ticks()
    return (after[0] - before[0]) / (after[1] - before[1])


def partners(report, build):
    report.heading("Many partners in one run")
    with tempfile.TemporaryDirectory(prefix="bench-partners.") as directory:
        forms, scenario = f"{directory}/forms.ini", f"{directory}/partners.scenario"
        write_scenario(scenario, False)
        write_forms(forms)
        with Lab(build, scenario) as lab, Trust(lab) as trust:
            command = [f"{build}/check_partner_policy", "--resolver", lab.at["NS"], "-p", lab.at["PORT"],
                       "--allow-loopback", "-t", "50", "-f", forms]
            share = busy(command, trust.env)
            runs, base = measure(build, trust.env, ROUNDS, [
                command,
                floor(build, lab, str(GATEWAYS), "256", address="127.1.0.1", name="m%d.example.test")])
        once = probed_once(build, directory)
    cpu, wall, kib = (quartile(runs, what) for what in ("cpu", "wall", "kib"))
    report.say(f"{PARTNERS} partners declare {GATEWAYS} gateways, each of them by two partners. {ROUNDS} runs, in turn "
               "with as many sessions of OpenSSL alone; lower quartile.\n")
    report.table(["", "wall", "CPU", "memory"],
                 [["check_partner_policy", f"{wall / 1000:.2f} s", f"{cpu / 1000:.2f} s", f"{kib / 1024:.0f} MiB"],
                  ["OpenSSL alone", f"{quartile(base, 'wall') / 1000:.2f} s", f"{quartile(base, 'cpu') / 1000:.2f} s",
                   f"{quartile(base, 'kib') / 1024:.0f} MiB"]])
    report.bar(successes(runs) == len(runs), "every run succeeded")
    report.bar(once, "no gateway had more than one session")
    report.bar(share >= BUSY_BAR, f"bound by the cores: {100 * share:.0f} % of what they can do was done while it "
               f"ran, at least {100 * BUSY_BAR:.0f} %; {quartile(base, 'wall') / wall:.2f} of the floor's rate")
    report.bar(kib <= MEMORY_BAR * 1024, f"memory: {kib / 1024:.0f} MiB, at most {MEMORY_BAR}")


def main(build):
    """By itself, without the rest of the bench."""
    from bench import Report
    partners(Report(), build)


if __name__ == "__main__":
    import sys
    main(os.path.abspath(sys.argv[1]))
