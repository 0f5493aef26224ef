# SPDX-License-Identifier: BSD-2-Clause
"""Mail gateways of partners, played by one Postfix, and the DNS that leads to them. In a network namespace only:
they listen on port 25 of addresses of 10.25.0.0/16."""
import email
import email.policy
import glob
import os
import shutil
import smtplib
import subprocess

from harness import wait_for
from pki import Pki
from servers import Servers

RESOLVER = "127.53.0.1"


class Gateways:
    """`names`: hosts such as mx1.tuv.test, each at an address of its own with a certificate of its own. `domains`:
    domain -> its MX hosts among them."""

    def __init__(self, directory, names, domains, certificates=None, records=()):
        """certificates: name -> what is different about its certificate, for Pki.leaf. records: what else DNS has."""
        self.pki = Pki(directory + "/pki")
        self.servers = Servers(directory)
        self.address = {name: f"10.25.0.{i}" for i, name in enumerate(names, 1)}
        for name in names:
            self.pki.leaf(name, **({"names": [name]} | (certificates or {}).get(name, {})))
        records = [*records, *(f"{name}. A {address}" for name, address in self.address.items())]
        records += [f"{domain}. MX {10 + i} {host}." for domain, hosts in domains.items()
                    for i, host in enumerate(hosts)]
        self.servers.start_local_dns(RESOLVER, records)
        listeners = [(address, 25, {"myhostname": name, "smtpd_tls_chain_files": self.pki.path(name + ".pem")})
                     for name, address in self.address.items()]
        self.dir = self.servers.start_postfix(listeners, self.pki.path(names[0] + ".pem"))
        self.process = self.servers.children[-1]

    def starttls(self, name, on, wait=True):
        """Switches STARTTLS off or on in Postfix and waits until the gateway does so; `wait` is for one that runs."""
        service = f"{self.address[name]}:25/inet/smtpd_tls_security_level"
        subprocess.run(["postconf", "-c", self.dir, "-P", f"{service}={'may' if on else 'none'}"], check=True, timeout=30)
        if not wait:
            return
        subprocess.run(["postfix", "-c", self.dir, "reload"], check=True, timeout=30, capture_output=True)
        wait_for(f"{name}: STARTTLS {on}", lambda: self.offers(name) == on, 20)

    def offers(self, name):
        """Whether it offers STARTTLS."""
        with smtplib.SMTP(self.address[name], 25, timeout=10) as client:
            client.ehlo("monitor.test")
            return client.has_extn("starttls")

    def deliver(self, domain):
        """Mail that sendmail is given for this domain goes into Maildirs, see mail()."""
        settings = ["virtual_mailbox_domains=" + domain, "virtual_mailbox_base=" + self.dir + "/mail",
                    f"virtual_mailbox_maps=static:{domain}/", "virtual_uid_maps=static:65534",
                    "virtual_gid_maps=static:65534", "virtual_transport=virtual"]
        subprocess.run(["postconf", "-c", self.dir, "-e", *settings], check=True, timeout=30)
        for line in ("pickup/unix=pickup unix n - n 1 1 pickup", "virtual/unix=virtual unix - n n - - virtual"):
            subprocess.run(["postconf", "-c", self.dir, "-M", line], check=True, timeout=30)
        os.makedirs(f"{self.dir}/mail/{domain}")
        shutil.chown(f"{self.dir}/mail/{domain}", 65534, 65534)
        # sendmail looks there; in our mount namespace only. What the package has there, Postfix wants to find.
        shutil.copytree("/etc/postfix", self.dir, dirs_exist_ok=True, ignore=shutil.ignore_patterns("main.cf", "master.cf"))
        subprocess.run(["mount", "--bind", self.dir, "/etc/postfix"], check=True)
        subprocess.run(["postfix", "-c", self.dir, "reload"], check=True, timeout=30, capture_output=True)

    def mail(self, domain):
        """What has arrived there: a list of email.message.EmailMessage."""
        messages = []
        for file in sorted(glob.glob(f"{self.dir}/mail/{domain}/new/*")):
            with open(file, "rb") as f:
                messages.append(email.message_from_binary_file(f, policy=email.policy.default))
        return messages

    def down(self):
        """From here on every connection is refused, as with the uplink gone."""
        subprocess.run(["postfix", "-c", self.dir, "stop"], check=True, timeout=30, capture_output=True)
        self.process.wait(20)

    def up(self):
        name = list(self.address)[-1]
        self.process = self.servers.run_postfix(self.dir, (self.address[name], 25))

    def stop(self):
        if self.process.poll() is None:
            self.down()  # ends master; the child that we have is the script that has started it
        self.servers.stop()
