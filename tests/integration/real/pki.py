# SPDX-License-Identifier: BSD-2-Clause
"""Certificates: a root, an intermediate, a stranger's root, and what the gateways show."""
import datetime
import hashlib
import os
import shutil
import subprocess

EC = "EC -pkeyopt ec_paramgen_curve:P-256"

CONFIG = """
[ca]
default_ca = lab
[lab]
database = {dir}/index.txt
serial = {dir}/serial
new_certs_dir = {dir}
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""


def openssl(*args):
    return subprocess.run(["openssl", *args], check=True, capture_output=True, timeout=30).stdout


class Pki:
    def __init__(self, directory):
        self.dir = directory
        os.makedirs(directory)
        self._write("main.cf", "compatibility_level = 3.6\n")  # for postmap
        self._write("index.txt", "")
        self._write("serial", "1000\n")
        self._write("ca.cnf", CONFIG.format(dir=directory))
        self._authority("root", "root")
        self._authority("inter", "root")
        self._authority("foreign", "foreign")
        self._authority("narrow", "root", "nameConstraints = critical, permitted;DNS:elsewhere.test\n")
        self.ca_file = self.path("root.crt")
        os.mkdir(self.path("hashed"))
        shutil.copy(self.ca_file, self.path("hashed/root.pem"))
        openssl("rehash", self.path("hashed"))

    def path(self, name):
        return os.path.join(self.dir, name)

    def _write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)

    def _authority(self, name, issuer, more=""):
        self.authority(name, issuer, "CN = Lab " + name, more)

    def authority(self, name, issuer, subject, more=""):
        more += "basicConstraints = critical, CA:true\nkeyUsage = keyCertSign\n"
        self._sign(name, issuer, subject, more, end="+830d")

    def _sign(self, name, issuer, subject, extensions, start="-30d", end="+83d", key=EC):
        self._write(name + ".ext", extensions + "subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n")
        openssl("genpkey", "-algorithm", *key.split(), "-out", self.path(name + ".key"))
        openssl("req", "-new", "-key", self.path(name + ".key"), "-subj", "/" + subject.replace(" = ", "="),
                "-out", self.path(name + ".csr"))
        who = ["-selfsign"] if issuer == name else ["-cert", self.path(issuer + ".crt")]
        openssl("ca", "-batch", "-notext", "-config", self.path("ca.cnf"), *who,
                "-keyfile", self.path(issuer + ".key"), "-in", self.path(name + ".csr"),
                "-out", self.path(name + ".crt"), "-extfile", self.path(name + ".ext"),
                "-startdate", utc(start), "-enddate", utc(end))

    def leaf(self, name, names, issuer="inter", chain=("inter",), san=True, more="", **signed):
        """Issuer is an authority or the leaf's own name; the file for Postfix has the key first, then the chain."""
        if san:
            more += "subjectAltName = " + ", ".join("DNS:" + n for n in names) + "\n"
        self._sign(name, issuer, "CN = " + names[0], more, **signed)
        parts = [self.path(name + ".crt")] + [self.path(c + ".crt") for c in chain]
        certificates = "".join(open(p).read() for p in parts)
        self._write(name + ".chain", certificates)
        self._write(name + ".pem", open(self.path(name + ".key")).read() + certificates)

    def tlsa(self, usage, selector, name, matching=1):
        certificate = self.path(name + ".crt")
        if selector == 0:
            der = openssl("x509", "-in", certificate, "-outform", "DER")
        else:
            key = openssl("x509", "-in", certificate, "-noout", "-pubkey")
            der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key, check=True,
                                 capture_output=True, timeout=30).stdout
        data = [der, hashlib.sha256(der).digest(), hashlib.sha512(der).digest()][matching]
        return f"{usage} {selector} {matching} {data.hex()}"


def utc(offset):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=int(offset.rstrip("d")))
    return when.strftime("%Y%m%d%H%M%SZ")
