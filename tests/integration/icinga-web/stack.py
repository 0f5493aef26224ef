# SPDX-License-Identifier: BSD-2-Clause
"""MariaDB, Redis, Icinga DB and Icinga Web 2, each out of a directory of its own, each a child that is ended by process
id."""
import os
import secrets
import subprocess

from process import Processes, write

SHARE = "/usr/share/icingaweb2"
ICINGADB_SCHEMA = "/usr/share/icingadb/schema/mysql/schema.sql"
# ipl and the other libraries come along without being modules.
MODULES = ("incubator", "reactbundle", "icingadb", "director")
USER = "lab"

ICINGADB = """
database: {{ type: mysql, host: 127.0.0.1, port: {sql}, database: icingadb, user: {user}, password: {password} }}
redis: {{ host: 127.0.0.1, port: {redis} }}
logging: {{ level: info, output: console }}
"""

RESOURCE = """
[{name}]
type = "db"
db = "mysql"
host = "127.0.0.1"
port = {sql}
dbname = "{name}"
username = "{user}"
password = "{password}"
charset = "{charset}"
"""

LOGIN = 'username = "{api_user}"\npassword = "{api_password}"\n'

# No login: whom the environment calls REMOTE_USER is in.
WEB = {
    "config.ini": '[global]\nshow_stacktraces = "1"\nconfig_backend = "ini"\nmodule_path = "{modules}"\n'
                  '[logging]\nlog = "file"\nlevel = "ERROR"\nfile = "{dir}/icingaweb2.log"\n',
    "authentication.ini": '[external]\nbackend = "external"\n',
    # Director 1.10 asks the module monitoring, which is not enabled, where somebody has its permissions.
    "roles.ini": '[administrators]\nusers = "{user}"\npermissions = "*"\nrefusals = "director/monitoring/*"\n',
    "modules/icingadb/config.ini": '[icingadb]\nresource = "icingadb"\n[redis]\ntls = "0"\n',
    "modules/icingadb/redis.ini": '[redis1]\nhost = "127.0.0.1"\nport = "{redis}"\n',
    "modules/icingadb/commandtransports.ini":
        '[lab]\ntransport = "api"\nhost = "127.0.0.1"\nport = "{api}"\n' + LOGIN,
    "modules/director/config.ini": '[db]\nresource = "director"\n',
    "modules/director/kickstart.ini":
        '[config]\nendpoint = "{endpoint}"\nhost = "127.0.0.1"\nport = {api}\n' + LOGIN,
}


class Stack(Processes):
    """Around one Icinga 2 (harness.Icinga), which feeds Icinga DB and is deployed to by Director. `other` is a directory
    with modules/ and perhaps libraries/ that are used rather than Debian's, or None."""

    sql, redis, web = 3306, 6379, 8080  # ports

    def __init__(self, directory, icinga, other=None):
        super().__init__(directory)
        self.icinga = icinga
        self.modules = [other + "/modules"] if other else []
        self.modules.append(SHARE + "/modules")
        self.libraries = other + "/libraries" if other else ""
        self.password = secrets.token_hex(16)

    def start(self):
        """The databases first: Icinga 2 may start behind them."""
        self._start_mariadb()
        self._start_redis()
        self._start_icingadb()
        self._configure_web()
        self._start_web()
        return self

    def _start_mariadb(self):
        directory = self.make("mariadb")
        data = directory + "/data"
        me = ["--user=root"] if os.geteuid() == 0 else []
        run(["mariadb-install-db", "--no-defaults", "--datadir=" + data, "--auth-root-authentication-method=normal",
             "--skip-test-db", *me])
        init = directory + "/init.sql"
        statements = [f"CREATE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{self.password}';"]
        schemas = {"director": self._module("director") + "/schema/mysql.sql", "icingadb": ICINGADB_SCHEMA}
        for name in schemas:
            statements += [f"CREATE DATABASE {name} CHARACTER SET utf8mb4;",
                           f"GRANT ALL ON {name}.* TO '{USER}'@'127.0.0.1';"]
        write(init, "\n".join(statements) + "\n")
        self.run(["mariadbd", "--no-defaults", "--datadir=" + data, "--bind-address=127.0.0.1", f"--port={self.sql}",
                  "--socket=mariadb.sock", "--init-file=" + init, "--skip-name-resolve", "--skip-log-bin",
                  "--innodb-flush-log-at-trx-commit=0", *me], directory, ("127.0.0.1", self.sql))
        for name, schema in schemas.items():
            with open(schema) as text:
                self._mariadb(name, stdin=text)

    def _module(self, name):
        """Its directory."""
        found = [f"{modules}/{name}" for modules in self.modules if os.path.isdir(f"{modules}/{name}")]
        if not found:
            raise RuntimeError(f"no module {name} in {', '.join(self.modules)}")
        return found[0]

    def _start_redis(self):
        directory = self.make("redis")
        self.run(["redis-server", "--bind", "127.0.0.1", "--port", str(self.redis), "--save", ""],
                 directory, ("127.0.0.1", self.redis))

    def _start_icingadb(self):
        directory = self.make("icingadb")
        config = directory + "/config.yml"
        write(config, ICINGADB.format(sql=self.sql, redis=self.redis, user=USER, password=self.password))
        self.run(["icingadb", "--config", config], directory)

    def _configure_web(self):
        directory = self.make("icingaweb2")
        values = {"dir": directory, "user": USER, "password": self.password, "redis": self.redis, "sql": self.sql,
                  "api": self.icinga.port, "api_user": "test", "api_password": self.icinga.password,
                  "endpoint": self.icinga.name, "modules": ":".join(self.modules)}
        for name, text in WEB.items():
            os.makedirs(os.path.dirname(f"{directory}/{name}"), exist_ok=True)
            write(f"{directory}/{name}", text.format(**values))
        write(directory + "/resources.ini",
              RESOURCE.format(name="director", charset="utf8", **values) +
              RESOURCE.format(name="icingadb", charset="utf8mb4", **values))
        for name in ("enabledModules", "storage", "sessions"):
            os.mkdir(f"{directory}/{name}")
        for module in MODULES:
            os.symlink(self._module(module), f"{directory}/enabledModules/{module}")
        self.web_env = os.environ | {
            "ICINGAWEB_CONFIGDIR": directory, "ICINGAWEB_STORAGEDIR": directory + "/storage", "REMOTE_USER": USER}
        if os.path.isdir(self.libraries):
            self.web_env["ICINGAWEB_LIBDIR"] = self.libraries

    def _start_web(self):
        directory = self.dir + "/icingaweb2"
        self.run(["php", "-d", f"session.save_path={directory}/sessions", "-S", f"127.0.0.1:{self.web}",
                  "-t", SHARE + "/public", SHARE + "/public/index.php"], directory, ("127.0.0.1", self.web), env=self.web_env)

    def url(self, path):
        return f"http://127.0.0.1:{self.web}/{path}"

    def versions(self):
        """Of the modules that are in use, as Icinga Web tells them."""
        rows = [line.split() for line in self.icingacli("module", "list").splitlines()]
        return ", ".join(f"{row[0]} {row[1]}" for row in rows if len(row) > 2 and row[2] == "enabled")

    def icingacli(self, *args, **more):
        return run(["icingacli", *args], env=self.web_env, **more)

    def sql_value(self, database, query):
        """The first column of the first row."""
        return self._mariadb(database, "-N", "-e", query).partition("\n")[0].partition("\t")[0]

    def redis_value(self, key, field):
        return run(["redis-cli", "-h", "127.0.0.1", "-p", str(self.redis), "--raw", "HGET", key, field])

    def _mariadb(self, database, *args, **more):
        return run(["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{self.sql}", "-u" + USER, *args, database],
                   env=os.environ | {"MYSQL_PWD": self.password}, **more)


def run(command, **more):
    """The command's output; its complaints become the exception's text."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, **more)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:6])}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout

