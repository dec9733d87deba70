"""A whole small exchange of real processes: lab, three gates, store, watcher, vendor, people. For tests."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
BIN = os.environ.get("COFFERDAM_BIN") or str(ROOT / "build/src/cli/cofferdam")
os.environ["COFFERDAM_BIN"] = BIN
sys.path.insert(0, str(ROOT / "demo"))
from party import Party, Refused  # noqa: E402  (needs COFFERDAM_BIN)

assert Refused
GATES = (1, 2, 3)


def environment(**more):
    """Without what the tester's own shell may have set, and without the tester's files."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COFFERDAM_") and k != "XDG_CONFIG_HOME"}
    kept["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    return {**kept, "HOME": "/nonexistent", **more}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Exchange:
    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="cofferdam-exchange-")
        self.parties, self.servers, self.keys = {}, [], {}

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def party(self, name):
        if name not in self.parties:
            self.parties[name] = Party(self.root, name)
        return self.parties[name]

    def serve(self, name, *words):
        process = self.party(name).start(*words)
        self.servers.append(process)
        return process

    def lab_and_gates(self):
        lab = self.party("lab")
        lab.do("lab", "init", "--kdf", "interactive")
        root = self.path("lab", "root")
        ports = {g: free_port() for g in (*GATES, "store")}
        urls = {g: f"http://127.0.0.1:{p}" for g, p in ports.items()}
        addresses = [w for g in GATES for w in ("--gate", f"{g}={urls[g]}")] + ["--store", urls["store"]]
        for g in GATES:
            self.party(f"gate{g}").do("gate", "init", "--number", str(g), "--owner", root)
            for peer in GATES:
                if peer != g:
                    self.party(f"gate{g}").do("gate", "peer", "--peer", str(peer), "--url", urls[peer])
        for a, b in ((1, 2), (1, 3), (2, 3)):
            self.party(f"gate{a}").do("gate", "pair", "--peer", str(b), "--make", self.path("pair"))
            self.party(f"gate{b}").do("gate", "pair", "--peer", str(a), "--take", self.path("pair"))
            os.remove(self.path("pair"))
        self.party("store").do("store", "init", "--owner", root)
        self.serve("store", "store", "serve", "--listen", f"127.0.0.1:{ports['store']}")
        for g in GATES:
            self.serve(f"gate{g}", "gate", "serve", "--listen", f"127.0.0.1:{ports[g]}")
        lab.do("connect", *addresses)
        self.serve("lab", "agent")
        cards = [w for g in GATES for w in ("--card", self.path(f"gate{g}", "card.json"))]
        lab.do("lab", "epoch", "--threshold", "2", *cards)
        key = self.party("watch").do("watch", "init", "--owner", root)["key"]
        lab.do("lab", "watcher", key)
        self.serve("watch", "watch", "serve", "--every", "5", *addresses)
        lab.do("lab", "wait", "--seconds", "60")

    def member(self, name, role, by):
        person = self.party(name)
        self.keys[name] = person.do("device", "init", "--kdf", "interactive")["key"]
        self.party(by).do("member", "enrol", "--role", role, "--device", self.keys[name])
        person.do("join", self.path("invite.json"))
        self.serve(name, "agent")

    def people(self):
        lab, vendor = self.party("lab"), self.party("vendor")
        lab.do("project", "new", "demo")
        lab.do("policy", "set", str(ROOT / "demo/policy.txt"))
        vendor.do("vendor", "init", "--kdf", "interactive")
        lab.do("vendor", "admit", self.path("vendor", "party"))
        with open(self.path("invite.json"), "wb") as f:
            f.write(lab.content("invite"))
        vendor.do("join", self.path("invite.json"))
        self.serve("vendor", "agent")
        self.member("ann", "annotator", "vendor")
        self.member("rita", "reviewer", "vendor")
        self.member("tom", "trainer", "lab")

    def run(self, name, *words, env=None, **more):
        """One command as its user runs it: the finished process, whatever came of it."""
        return subprocess.run(self.party(name).argv(*words), capture_output=True, check=False,
                              stdin=more.pop("stdin", subprocess.DEVNULL if "input" not in more else None),
                              env=environment(**(env or {})), timeout=120, **more)

    def stop(self):
        for process in self.servers:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.servers:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.root, ignore_errors=True)


def exchange():
    """For a fixture of module scope."""
    e = Exchange()
    try:
        e.lab_and_gates()
        e.people()
        yield e
    finally:
        e.stop()
