# SPDX-License-Identifier: BSD-2-Clause
"""The same gateways asked by posttls-finger and ldns-dane. What they say otherwise must be in disagreements.md."""
import concurrent.futures
import os
import re
import subprocess

from cases import CRITICAL, UNKNOWN, ask
from lab import GATEWAYS
from servers import RESOLVER

COMPARED = [name for name in GATEWAYS if name != "busy"]  # whose answer depends on who asks first
LEVELS = ["encrypt", "verify", "secure", "dane", "dane-only"]
MORE = ["many", "v6", "bare", "aliasmx", "deadmx", "halfmx", "refused", "nullmx", "missing", "bogus", "tobogus",
        "unsigned", "toee.unsigned", "toalias", "ownrecords", "leaves", "leaveswrong",
        "leavesbare", "alias.unsigned", "aliasdomain", "aliaschain", "loop", "any.wild", "taalias", "tadomain.unsigned",
        "half4", "xn--bcher-kva", "UPPER", "both", "toempty", "big", "nsec3", "absent.nsec3"]
# Hosts that are no gateway's own name: whose chain they show
HOSTS = {"mx1.many.test": "many", "mx3.v6.test": "many", "alias.aliasmx.test": "plain", "mx.bogus.test": "plain",
         "mx.unsigned.test": "ee", "alias.toalias.test": "aliased", "alias.ownrecords.test": "plain",
         "alias.leaves.test": "ee", "mx.nsec3.test": "plain", "mx.half4.test": "plain", "mx.both.test": "many",
         "a-rather-long-name-for-a-gateway-0.big.test": "big", "bare.test": "many"}
TABLE = os.path.join(os.path.dirname(__file__), "..", "disagreements.md")


def run(lab, program):
    questions = [(posttls_finger, f"{name}.test", level) for name in [*COMPARED, *MORE] for level in LEVELS]
    questions += [(posttls_wrapped, "mx.wrapper.test", level) for level in LEVELS]
    questions += [(ldns_dane, f"mx.{name}.test", "dane-only") for name in COMPARED]
    questions += [(ldns_dane, host, "dane-only") for host in HOSTS]
    questions += [(ldns_dane_wrapped, "mx.wrapper.test", "dane-only")]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda q: compare(lab, program, *q), questions))
    with open(lab.dir + "/differential.log", "w") as log:
        log.writelines(said for _, _, said in answers)
    return judge({case: verdicts for case, verdicts, _ in answers}, listed())


def compare(lab, program, tool, target, level):
    """A case's name, (we take it, the tool takes it), and what the tool said."""
    options = f"-H {target} --tls-wrapper" if tool.__name__.endswith("wrapped") else \
        f"-H {target}" if tool is ldns_dane else f"-d {target}"
    name = tool.__name__.replace("_wrapped", " --tls-wrapper").replace("_", "-")
    case = f"{target} {level} {name}"
    try:
        status, answer = ask(lab, program, f"{options} --tls-level {level}")
        takes, said = tool(lab, target, level)
    except (OSError, ValueError, subprocess.TimeoutExpired) as e:
        return case, None, f"== {case}: {e}\n"
    return case, (status not in (CRITICAL, UNKNOWN), takes), f"== {case}: {takes}; {answer['summary']}\n{said}\n"


def posttls_finger(lab, target, level, *more):
    done = tool_run(["posttls-finger", "-c", "-l", level, "-F", lab.ca_file, "-d", "sha256", "-p", ">=TLSv1.2",
                     "-t", "10", "-T", "10", "-o", "inet_protocols=all", *more, target], lab)
    # Where the MX record is insecure, "Verified" is written "Trusted", and it says so.
    verified = "Trusted" if "MX RRset insecure: log verified as trusted" in done else "Verified"
    established = re.search(r"(\w+) TLS connection established", done)
    unauthenticated = level == "encrypt" or "fallback to unauthenticated TLS" in done
    return bool(established) and (unauthenticated or established[1] == verified), done


def posttls_wrapped(lab, target, level):
    return posttls_finger(lab, f"[{target}]:465", level, "-w")


def ldns_dane(lab, target, _level):
    """It knows no STARTTLS, so it gets the chain that the gateway shows."""
    chain = lab.chain(HOSTS.get(target) or target.split(".")[1])
    return ldns(lab, "-c", chain, "verify", target, "25")


def ldns_dane_wrapped(lab, target, _level):
    return ldns(lab, "verify", target, "465")


def ldns(lab, *arguments):
    done = tool_run(["ldns-dane", "-r", RESOLVER, "-T", "-f", lab.ca_file, *arguments], lab)
    return done.endswith("exit status 0"), done


def tool_run(command, lab):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=30, env=os.environ | {"MAIL_CONFIG": lab.mail_config})
    return f"$ {' '.join(command)}\n{done.stdout}exit status {done.returncode}"


def listed():
    """case -> (we take it, the tool takes it) from the table's rows."""
    rows = {}
    with open(TABLE) as f:
        for line in f:
            cells = [c.strip() for c in line.strip().strip("|").split("|")]
            if line.startswith("| `") and len(cells) == 5:
                for target in cells[0].split(", "):
                    rows[f"{target} {cells[1]}".replace("`", "")] = (cells[2] == "takes it", cells[3] == "takes it")
    return rows


def judge(verdicts, table):
    results = []
    words = ["refuses it", "takes it"]
    for case, got in verdicts.items():
        due = table.pop(case, None)
        if got is None:
            results.append(f"{case}: no answer, see differential.log")
        elif got == due or (due is None and got[0] == got[1]):
            results.append(None)
        else:
            results.append(f"{case}: check_smtp_tls {words[got[0]]}, the tool {words[got[1]]}; see differential.log")
    return results + [f"{case}: in disagreements.md, but never asked" for case in table]
