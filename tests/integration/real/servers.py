# SPDX-License-Identifier: BSD-2-Clause
"""NSD, Unbound and Postfix, each from a directory of its own below the lab's, each a child that is ended by pid."""
import errno
import fcntl
import os
import shutil
import socket
import struct
import sys

from process import Processes, write

AUTHORITY = "127.53.0.2"
RESOLVER = "127.53.0.1"        # tells the cause of a validation failure (RFC 8914)
TERSE_RESOLVER = "127.53.0.3"  # says SERVFAIL and no more

NSD = """
server:
  ip-address: {address}
  username: ""
  chroot: ""
  zonesdir: "{dir}"
  zonelistfile: "{dir}/zone.list"
  database: ""
  pidfile: "{dir}/nsd.pid"
  xfrdfile: "{dir}/xfrd.state"
  xfrdir: "{dir}"
  logfile: "{dir}/nsd.log"
  server-count: 1
remote-control:
  control-enable: no
"""

UNBOUND = """
server:
  interface: {address}
  username: ""
  chroot: ""
  directory: "{dir}"
  pidfile: "{dir}/unbound.pid"
  use-syslog: no
  logfile: "{dir}/unbound.log"
  num-threads: 1
remote-control:
  control-enable: no
"""

VALIDATING = """
server:
  val-log-level: 2
  do-not-query-localhost: no
  local-zone: "test." nodefault
  trust-anchor-file: "{anchor}"
  module-config: "validator iterator"
  ede: {ede}
stub-zone:
  name: "test."
  stub-addr: {authority}
stub-zone:
  name: "com."
  stub-addr: {authority}
"""

# All of test. from its own file, nothing from elsewhere.
LOCAL_DNS = """
server:
  module-config: "iterator"
  local-zone: "test." static
{records}
"""

# What any Postfix has in main.cf here.
MAIN = """
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
mail_owner = postfix
maillog_file = {dir}/mail.log
maillog_file_prefixes = {dir}
alias_maps =
smtpd_peername_lookup = no
dnssec_probe = ns:test
notify_classes =
"""

POSTFIX = """
myhostname = mx.lab.test
mydestination =
mynetworks =
inet_interfaces = all
local_recipient_maps =
relay_domains = test
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_session_cache_database =
smtp_dns_support_level = dnssec
anvil_status_update_time = 600s
"""

# What postscreen hands a client to that it has taken; it decides which by their names.
MASTER = """
smtpd     pass  - - n - - smtpd
  -o {{ smtpd_tls_chain_files = {screened} }}
  -o {{ myhostname = mx.screened.test }}
tlsproxy  unix  - - n - 0 tlsproxy
  -o {{ smtpd_tls_chain_files = {screened} }}
dnsblog   unix  - - n - 0 dnsblog
"""

# What any Postfix needs behind what takes its mail.
SERVICES = """
postlog   unix-dgram n - n - 1 postlogd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
tlsmgr    unix  - - n 1000? 1 tlsmgr
anvil     unix  - - n - 1 anvil
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
proxymap  unix  - - n - - proxymap
error     unix  - - n - - error
retry     unix  - - n - - error
"""

SENDER = """
myhostname = mx.sender.test
mydestination =
mynetworks = 127.0.0.0/8
smtp_dns_support_level = dnssec
smtp_tls_fingerprint_digest = sha256
"""

SENDER_MASTER = """
{address}:25 inet n - n - - smtpd
smtp      unix  - - n - - smtp
scache    unix  - - n - 1 scache
"""


def loopback_up():
    """What `ip link set lo up` does, without iproute2; 10.25.0.0/16 is then ours as well."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # IFF_UP, IFF_RUNNING
        fcntl.ioctl(s, 0x8914, request)  # SIOCSIFFLAGS
    local_network("10.25.0.0", 16)


def local_network(network, bits):
    """Makes addresses ours that are not loopback addresses: what `ip route add local NETWORK/BITS dev lo` does."""
    # Table local, scope host, type local
    route = struct.pack("BBBBBBBBI", socket.AF_INET, bits, 0, 0, 255, 3, 254, 2, 0)
    route += struct.pack("HH4s", 8, 1, socket.inet_aton(network))  # RTA_DST
    route += struct.pack("HHI", 8, 4, socket.if_nametoindex("lo"))  # RTA_OIF
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:  # NETLINK_ROUTE
        s.send(struct.pack("IHHII", 16 + len(route), 24, 0x605, 1, 0) + route)  # RTM_NEWROUTE
        error = struct.unpack_from("i", s.recv(4096), 16)[0]
    if error not in (0, -errno.EEXIST):
        raise OSError(-error, "local route to " + network)


def main_cf(directory, text):
    return (MAIN + text).replace("{dir}", directory)


class Servers(Processes):
    def start_nsd(self, zones):
        """zones: name -> text of the zone file."""
        directory = self.make("nsd")
        config = NSD.format(dir=directory, address=AUTHORITY)
        for name, file in zones.items():
            config += f'zone:\n  name: "{name}"\n  zonefile: "{file}"\n'
        write(directory + "/nsd.conf", config)
        self.run(["nsd", "-d", "-c", directory + "/nsd.conf"], directory, (AUTHORITY, 53))

    def start_unbound(self, address, anchor, ede):
        self._run_unbound(address, VALIDATING.format(anchor=anchor, ede=ede, authority=AUTHORITY))

    def start_local_dns(self, address, records):
        """records: lines as "mx.a.test. A 127.0.0.1", absolute names below test. only."""
        self._run_unbound(address, LOCAL_DNS.format(records="\n".join(f"  local-data: '{r}'" for r in records)))

    def _run_unbound(self, address, more):
        directory = self.make("unbound-" + address)
        write(directory + "/unbound.conf", UNBOUND.format(dir=directory, address=address) + more)
        # A copy, because AppArmor knows the installed one by its path and keeps it in /etc.
        program = shutil.copy(shutil.which("unbound"), directory)
        self.run([program, "-d", "-c", directory + "/unbound.conf"], directory, (address, 53))

    def start_postfix(self, listeners, screened):
        """listeners: (address, port, {parameter: value}); "service" is postscreen rather than smtpd."""
        master = MASTER.format(screened=screened)
        for address, port, parameters in listeners:
            where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
            service = parameters.get("service", "smtpd")
            master += f"{where} inet n - n - {1 if service == 'postscreen' else '-'} {service}\n"
            for name, value in parameters.items():
                if name == "service":
                    continue
                master += f"  -o {{ {name} = {value} }}\n"
        return self.start_mail_server("postfix", POSTFIX, master, listeners[-1][:2])

    def start_sender(self, address, parameters, transports):
        """A Postfix that sends. transports: name -> {parameter: value} of more smtp clients."""
        main = SENDER + "".join(f"{name} = {value}\n" for name, value in parameters.items())
        master = SENDER_MASTER.format(address=address)
        for name, differences in transports.items():
            master += f"{name} unix - - n - - smtp\n"
            master += "".join(f"  -o {{ {key} = {value} }}\n" for key, value in differences.items())
        self.start_mail_server("sender", main, master, (address, 25))

    def start_mail_server(self, name, main, master, listens):
        """A Postfix of these files, with MAIN and SERVICES added. Returns its directory."""
        directory = self.make(name)
        write(directory + "/main.cf", main_cf(directory, main))
        write(directory + "/master.cf", master + SERVICES)
        write(directory + "/mail.log", "")
        for part in ("data", "queue"):
            os.mkdir(f"{directory}/{part}")
        shutil.chown(directory + "/data", "postfix")
        self.run_postfix(directory, listens)
        return directory

    def run_postfix(self, directory, listens):
        """Also for one that was stopped. Returns the master process."""
        # start-fg makes the queue's directories and keeps master a child of ours.
        return self.run(["postfix", "-c", directory, "start-fg"], directory, listens)

    def start_https(self, address, chain):
        directory = self.make("https")
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "https.py")
        self.run([sys.executable, "-B", program, address, chain], directory, (address, 443))
