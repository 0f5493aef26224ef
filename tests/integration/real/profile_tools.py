# SPDX-License-Identifier: BSD-2-Clause
"""What sslscan, testssl.sh and openssl s_client say that a gateway accepts, what check_smtp_tls --tls-profile says, and how
these differ. A difference has to be in disagreements.md, with the reason, and what is there has to be seen."""
import json
import os
import re
import shutil
import subprocess
import threading
import xml.etree.ElementTree as xml

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
TABLE = os.path.join(os.path.dirname(__file__), "..", "disagreements.md")
KINDS = ("versions", "cipher-suites", "groups", "signature-algorithms")
KEYS = {"versions": "version", "cipher-suites": "cipher_suite", "groups": "group",
        "signature-algorithms": "signature_algorithm"}
NOUNS = {"versions": "protocol version", "cipher-suites": "cipher suite", "groups": "group",
         "signature-algorithms": "signature algorithm"}
VERSIONS = {"SSLv3": 0x300, "TLSv1": 0x301, "TLSv1.1": 0x302, "TLSv1.2": 0x303, "TLSv1.3": 0x304}
# Those that some profile does not allow.
SIGNATURES = {0x201: "RSA+SHA1", 0x203: "ECDSA+SHA1", 0x301: "RSA+SHA224", 0x303: "ECDSA+SHA224"}
# What sslscan knows, as s_client names it.
GROUPS = {23: "P-256", 24: "P-384", 25: "P-521", 29: "X25519", 30: "X448"} | {
    256 + i: f"ffdhe{bits}" for i, bits in enumerate((2048, 3072, 4096, 6144, 8192))}


def numbers():
    """Names of IANA to numbers, by kind."""
    words = {"PROTOCOL": "versions", "SUITE": "cipher-suites", "GROUP": "groups", "SIGNATURE": "signature-algorithms"}
    table = {kind: {} for kind in KINDS}
    with open(ROOT + "/lib/tls/tls_code.def", encoding="ascii") as f:
        for word, number, rest in re.findall(r"^([A-Z]+)\((0x[0-9a-f]+|\d+), ([^)]*)\)", f.read(), re.M):
            table[words[word]][re.search(r'"([^"]+)"', rest)[1]] = int(number, 0)
    return table


def read_profile(name, table):
    """The numbers that a profile allows, and those that it phases out, by kind; kinds that it says nothing about are not
    there. Without ends in years."""
    allowed, phase_out, section = {}, {}, None
    with open(f"{ROOT}/profiles/{name}.ini", encoding="utf-8") as f:
        for line in f:
            line = line.strip()
            if line.startswith("["):
                section = line.strip("[]")
                if section in KINDS:
                    allowed[section], phase_out[section] = set(), set()
            elif section in KINDS and "=" in line:
                key, value = (part.strip() for part in line.split("=", 1))
                to = {"allowed": allowed, "phase-out": phase_out}.get(key)
                if to is not None:
                    to[section] |= {table[section].get(name, 0xffff) for name in value.split()}
    return allowed, phase_out


# --- the tools: kind -> set of (version, number) -----------------------------------------------------


def measured(command, log, seconds, **more):
    """Runs a command, its output into the file `log`. Returns that, and the CPU time of it and its children."""
    with open(log, "w+", encoding="utf-8", errors="replace") as out, open(log + ".stderr", "w", encoding="utf-8") as err:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, **more)
        killer = threading.Timer(seconds, child.kill)
        killer.start()
        _, child.returncode, used = os.wait4(child.pid, 0)
        killer.cancel()
        out.seek(0)
        return out.read(), used.ru_utime + used.ru_stime


def sslscan(address, unpacked, env, log):
    """What sslscan lists, and its CPU time."""
    out, cpu = measured([unpacked + "/usr/bin/sslscan", "--starttls-smtp", "--no-heartbleed", "--no-renegotiation",
                         "--no-compression", "--no-fallback", "--xml=-", "--show-sigs", address + ":25"], log, 200, env=env)
    test = xml.fromstring(out[out.index("<?xml"):]).find("ssltest")
    got = {kind: set() for kind in KINDS}
    for protocol in test.iter("protocol"):
        if protocol.get("enabled") == "1" and protocol.get("type") == "tls":
            version = 0x301 + int(protocol.get("version")[2])
            got["versions"].add((version, version))
    for kind, tag in (("cipher-suites", "cipher"), ("groups", "group"),
                      ("signature-algorithms", "connection-signature-algorithm")):
        for found in test.iter(tag):
            got[kind].add((VERSIONS[found.get("sslversion").replace("TLSv1.0", "TLSv1")], int(found.get("id"), 16)))
    # With TLS 1.3, the signature is encrypted, and a profile's check does not see it.
    got["signature-algorithms"] = {(v, n) for v, n in got["signature-algorithms"] if v == 0x303}
    return got, cpu


# The first line keeps testssl.sh from using another.
OPENSSL_CONF = """# testssl config file
openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = everything
[everything]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
"""


def short_testssl(directory, unpacked):
    """Makes what testssl.sh reads at its start, with less than half of its cipher suites: it starts a program for each. Left
    out are those that no server here can have, which has neither pre-shared keys nor Kerberos, or no library any more.
    OpenSSL is to ask for old versions, too. Returns the environment that says so."""
    source, gone = unpacked + "/etc/testssl", "PSK|SRP|KRB5|EXP|NULL|anon|ADH|AECDH|GOST|FORTEZZA|DSS|RC2|IDEA|SEED|SSLv2"
    shutil.copytree(source, directory)
    with open(source + "/cipher-mapping.txt", encoding="utf-8") as f:
        lines = [line for line in f if not re.search(gone, line)]
    with open(directory + "/cipher-mapping.txt", "w", encoding="utf-8") as f:
        f.writelines(lines)
    with open(directory + "/openssl.cnf", "w", encoding="utf-8") as f:
        f.write(OPENSSL_CONF)
    return {"TESTSSL_INSTALL_DIR": directory, "OPENSSL_CONF": directory + "/openssl.cnf"}


def testssl(endpoint, unpacked, env, log, with_groups):
    """What testssl.sh lists of an endpoint with TLS from the first byte, and its CPU time. With STARTTLS, it takes four times
    as long. `env` has what short_testssl returned. It tells neither the versions of a group, nor signature algorithms. Without
    groups it asks for cipher suites only, which tell the versions, and has OpenSSL ask, in half of the time."""
    env = env | {"PATH": f"{os.environ['PATH']}:{unpacked}/usr/bin", "USLEEP_SND": "0", "USLEEP_REC": "0", "TERM": "dumb"}
    what = ["-p", "-E", "-f"] if with_groups else ["-E", "--fast"]
    _, cpu = measured(["bash", unpacked + "/usr/bin/testssl", "--quiet", "--color", "0", "--warnings", "batch", "--nodns",
                       "none", *what, "--jsonfile", log + ".json", endpoint], log, 500, env=env)
    with open(log + ".json", encoding="utf-8") as f:
        said = {one["id"]: one["finding"] for one in json.load(f)}
    got = {"cipher-suites": set()}
    for key in said:
        suite = re.fullmatch(r"cipher-(ssl3|tls1(?:_[123])?)_x([0-9a-f]+)", key)
        if suite:
            version = {"ssl3": 0x300, "tls1": 0x301}.get(suite[1]) or 0x301 + int(suite[1][-1])
            got["cipher-suites"].add((version, int(suite[2], 16)))
    got["versions"] = {(version, version) for version, _ in got["cipher-suites"]}
    if with_groups:
        names = {"SSLv3": "SSLv3", "TLS1": "TLSv1", "TLS1_1": "TLSv1.1", "TLS1_2": "TLSv1.2", "TLS1_3": "TLSv1.3"}
        got["versions"] = {(VERSIONS[to],) * 2 for name, to in names.items() if said[name].startswith("offered")}
        known = {name.lower(): number for name, number in numbers()["groups"].items()} | {"prime256v1": 23}
        listed_groups = " ".join(said.get(key, "") for key in ("PFS_ECDHE_curves", "DH_groups")).lower().split()
        got["groups"] = {(version, known[name]) for version, _ in got["versions"] for name in listed_groups if name in known}
    return got, cpu


def s_client(address, with_groups):
    """What openssl s_client gets when it offers nothing else: signature algorithms, and groups where `with_groups`."""
    got = {"signature-algorithms": {(0x303, number) for number, name in SIGNATURES.items()
                                    if f"Peer signing digest: {name.split('+')[1]}\n" in
                                    agrees(address, 0x303, "ECDHE:DHE", "-sigalgs", name)}}
    if with_groups:
        got["groups"] = {(version, number) for version in (0x303, 0x304) for number, name in GROUPS.items()
                         if agrees(address, version, "ECDHE", "-groups", name)}
    return got


def agrees(address, version, ciphers, *offer):
    """What s_client says of a handshake with one group or signature algorithm; "" where it fails. A server may take a
    signature algorithm that it was not offered. Without an alert, the server may just have been busy."""
    for _ in range(3):
        done = subprocess.run(["openssl", "s_client", "-starttls", "smtp", "-connect", address + ":25",
                               {0x303: "-tls1_2", 0x304: "-tls1_3"}[version], "-cipher", ciphers + ":@SECLEVEL=0", *offer],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
        if "Server Temp Key" in done.stdout:
            return done.stdout
        if " alert " in done.stderr:
            break
    return ""


# --- differences -------------------------------------------------------------------------------------


def is_seen(connection, allowed, kind):
    """Whether what a connection shows of the kind counts, and a tool would list it: not in a version that is not allowed,
    nor the finite field of TLS 1.2."""
    if kind == "groups" and connection["finite_field_bits"]:
        return False
    return kind == "versions" or VERSIONS[connection["version"]] in allowed["versions"]


def differences(profile, report, got, table):
    """kind -> (what the check alone says is accepted, what the tool alone does), of what the profile does not allow, for
    each kind of the tool that the profile is about. Where the check did not ask for everything and says so, less is no
    difference, as long as there is a finding where one is due."""
    allowed, _ = read_profile(profile, table)
    facts = report["gateways"][0]["addresses"][0].get("tls_profile")
    findings = [f["headline"] for f in report["findings"] if f["code"].startswith("tls-profile-")]
    more = " ".join(f["detail"] or "" for f in report["findings"])
    differ = {}
    for kind in set(allowed) & set(got):
        seen = {table[kind].get(c[KEYS[kind]], 0) for c in facts["connections"]
                if c["result"] == "accepted" and c[KEYS[kind]] and is_seen(c, allowed, kind)}
        bad = {n for n in seen if n not in allowed[kind]}
        all_got = {n for version, n in got[kind] if kind == "versions" or version in allowed["versions"]}
        due = {n for n in all_got if n not in allowed[kind]}
        in_full = "not all were asked" not in more and facts["complete"]
        has_finding = any(NOUNS[kind] in headline for headline in findings)
        differ[kind] = (bad - all_got, due - bad if in_full or not has_finding else set())
    return differ


def in_words(kind, found, table):
    names = {number: name for name, number in table[kind].items()}
    return " ".join(names.get(number, hex(number)) for number in sorted(found)) or "-"


def listed():
    """(tool, kind, gateway) -> (what the check alone says, what the tool alone says), from the table's rows."""
    rows = {}
    with open(TABLE, encoding="utf-8") as f:
        for line in f:
            cells = [c.strip().replace("`", "") for c in line.strip().strip("|").split("|")]
            if len(cells) == 6 and cells[1] in KINDS:
                for gateway in cells[2].split(", "):
                    rows[(cells[0], cells[1], gateway)] = (cells[3], cells[4])
    return rows


def judge(seen):
    """Yields a text for each case, "" for what is as it has to be. seen: (tool, kind, gateway) -> as in listed()."""
    table = listed()
    for case, words in seen.items():
        due = table.pop(case, ("-", "-"))
        yield "" if words == due else f"{', '.join(case)}: the check alone {words[0]}, the tool alone {words[1]}; " \
            f"disagreements.md: {due[0]}, {due[1]}"
    yield from (f"{', '.join(case)}: in disagreements.md, but never compared" for case in table)
