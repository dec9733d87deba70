"""A running exchange to measure: lab, three gates (2 of 3), store, one project; made by the demo's steps."""
import os
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "demo"))

import setup_steps  # noqa: E402

POLICY = "policy bench 1\n\npermit publish\n  role admin\n  read task, file\n  create task, file\n\nfreshness 1h\n"


class World:
    """The demo's steps take it for the demo. `root` lies on the disk that is measured."""

    def __init__(self, where):
        self.root = tempfile.mkdtemp(prefix="world-", dir=where)
        self.parties, self.processes, self.figures = {}, [], {}
        setup_steps.lab_and_gates(self)
        self.lab = self.parties["lab"]
        self.lab.do("project", "new", "bench")
        with open(self.path("policy"), "w") as f:
            f.write(POLICY)
        self.lab.do("policy", "set", self.path("policy"), "--project", "bench")

    def step(self, text):
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def path(self, *names):
        return os.path.join(self.root, *names)

    def only_gate_one(self):
        """Ends everything but gate 1, so that nothing else uses its core; the lab's key comes free."""
        gate = self.gates[1]
        for process in self.processes:
            if process is not gate:
                process.send_signal(signal.SIGTERM)
                process.wait(20)
        self.processes = [gate]
        time.sleep(0.5)
        return gate

    def only_gates_and_store(self):
        """Ends agent and watcher: each command then unlocks the key itself."""
        kept = [*self.gates.values(), self.processes[0]]
        for process in self.processes:
            if process not in kept:
                process.send_signal(signal.SIGTERM)
                process.wait(20)
        self.processes = kept

    def device(self):
        """What a measuring program needs to speak as the lab's admin device."""
        return [self.lab.state, self.lab.passphrase, "bench"]

    def stop(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(20)
        self.processes = []


def pin(pid, core):
    """Every thread of a process on one core."""
    for task in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(task), {core})


def core_seconds(pid):
    """What all threads of a process used of a core so far."""
    spent = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as f:
            spent += int(f.read().split()[0])
    return spent / 1e9


def resident_kib(pid, field="VmHWM"):
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    raise RuntimeError(f"no {field} of process {pid}")
