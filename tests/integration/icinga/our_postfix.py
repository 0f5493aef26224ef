# SPDX-License-Identifier: BSD-2-Clause
"""Our own mail server: the configuration of a Postfix, which mailtls-own asks and nobody runs."""
import shutil

from process import write

MAIN = """\
compatibility_level = 3.6
myhostname = mail.own.test
smtp_tls_policy_maps = texthash:{policy}
smtp_tls_CAfile = {ca_file}
"""


class OurPostfix:
    """In `directory`, with a policy for NAME.test for each of `partners`; its form, own.ini, is beside theirs in `forms`."""

    def __init__(self, directory, forms, ca_file, partners):
        self.policy, self.partners = directory + "/policy", partners
        write(directory + "/main.cf", MAIN.format(policy=self.policy, ca_file=ca_file))
        shutil.copy("/usr/share/postfix/master.cf.dist", directory + "/master.cf")
        write(forms + "/own.ini", f"[own]\npostfix = {directory}\ndomains = own.test\n")
        self.require_tls(True)

    def require_tls(self, on):
        """Whether all partners have a policy, or none."""
        write(self.policy, "".join(f"{partner}.test verify\n" for partner in self.partners) if on else "")
