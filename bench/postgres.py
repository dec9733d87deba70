"""A PostgreSQL of its own beside the gate: a private cluster on the same disk, each insert committed and synced."""
import glob
import os
import pwd
import re
import subprocess
import tempfile
import time

SCRIPT = "insert into releases (body) values (decode(repeat('ab', 560), 'hex'));\n"  # bytes of a release's entry
CONF = "listen_addresses = ''\nsynchronous_commit = on\nfsync = on\nunix_socket_directories = '{}'\n"


def programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not found:
        raise RuntimeError("there is no PostgreSQL: ./dev bench installs it")
    return found[-1]


class Cluster:
    def __init__(self, where, core):
        self.core, self.bin = core, programs()
        self.root = tempfile.mkdtemp(prefix="postgres-", dir=where)
        self.data = os.path.join(self.root, "data")
        # It refuses to run as root: then its package's own user does.
        self.user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None

    def command(self, name, *words, core=None):
        argv = [os.path.join(self.bin, name), *words]
        if core is not None:
            argv = ["taskset", "-c", str(core), *argv]
        return ["setpriv", f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}", "--clear-groups",
                *argv] if self.user else argv

    def run(self, name, *words, core=None):
        return subprocess.run(self.command(name, *words, core=core), check=True, capture_output=True, text=True,
                              cwd=self.root).stdout

    def __enter__(self):
        if self.user:
            os.chown(self.root, self.user.pw_uid, self.user.pw_gid)
            os.chmod(os.path.dirname(self.root), 0o711)
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", "bench", "--no-sync")
        with open(os.path.join(self.data, "postgresql.conf"), "a") as f:
            f.write(CONF.format(self.root))
        self.script = os.path.join(self.root, "insert.sql")
        with open(self.script, "w") as f:
            f.write(SCRIPT)
        self.server = subprocess.Popen(self.command("postgres", "-D", self.data, core=self.core),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.root)
        for _ in range(200):
            if subprocess.run(self.command("pg_isready", "-h", self.root), capture_output=True).returncode == 0:
                break
            time.sleep(0.05)
        self.run("psql", "-h", self.root, "-U", "bench", "-d", "postgres", "-c",
                 "create table releases (id bigserial primary key, body bytea not null)")
        return self

    def inserts_per_second(self, clients, seconds, core):
        out = self.run("pgbench", "-n", "-h", self.root, "-U", "bench", "-M", "prepared", "-f", self.script,
                       "-c", str(clients), "-T", str(seconds), "postgres", core=core)
        return float(re.search(r"^tps = ([0-9.]+)", out, re.MULTILINE).group(1))

    def __exit__(self, *_why):
        self.server.terminate()
        self.server.wait(30)
