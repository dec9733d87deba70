"""A whole installation for attacks: a lab, three gates (2 of 3), a store, a watcher, a vendor and its people.

Everybody is a real program. A test gets clones of people's state directories, so that what it breaks stays its own.
"""
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
os.environ.setdefault("COFFERDAM_BIN", str(ROOT / "build" / "src" / "cli" / "cofferdam"))
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
sys.path[:0] = [str(ROOT / "demo"), str(ROOT / "python")]

import setup_steps                                   # noqa: E402  (the demo's own steps)
from party import BIN, Party, Refused                # noqa: E402

TASKS = 8
SECONDS_MAX = 30                                     # nothing that an attacker does makes anybody wait longer
# mallory's device is for attackers, newcomer has asked for nothing yet.
PEOPLE = {"ann": "annotator", "bob": "annotator", "mallory": "annotator", "newcomer": "annotator", "rita": "reviewer"}


class Failed(AssertionError):
    """A command did not end as the attack's outcome says."""


class World:
    """What setup_steps calls `demo`, and what the tests use.

    urls, ports: of gates (by number) and "store". keys: devices' keys by person. guide, tasks (those with accepted
    work, in order), spare (claimed by bob, unanswered): record ids. reads: a task's bytes. submissions: by task.
    questions, lines: the source's. setup: the demo's steps."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="cofferdam-attacks-")
        self.rng, self.processes, self.parties, self.figures = random.Random(1), [], {}, {}
        self.gates, self.clones = {}, 0
        self.setup = setup_steps
        self.tasks, self.submissions, self.reads = [], {}, {}

    def step(self, text):
        pass

    def path(self, *names):
        return os.path.join(self.root, *names)

    def party(self, name):
        return setup_steps.party(self, name)

    def build(self):
        setup_steps.lab_and_gates(self)
        lab, vendor = self.party("lab"), self.party("vendor")
        self.project = lab.do("project", "new", "demo")["project"]
        lab.do("policy", "set", str(ROOT / "demo" / "policy.txt"), "--project", "demo")
        vendor.do("vendor", "init", "--kdf", "interactive")
        lab.do("vendor", "admit", os.path.join(vendor.state, "party"), "--project", "demo")
        with open(self.path("invite.json"), "w") as f:
            json.dump(lab.do("invite", "--project", "demo"), f)
        vendor.do("join", self.path("invite.json"))
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            made = {n: pool.submit(self.enrol, n, r, vendor) for n, r in PEOPLE.items()}
            self.keys = {name: key.result() for name, key in made.items()}
        self.keys["tom"] = self.enrol("tom", "trainer", lab)
        self.import_tasks()
        self.work()
        return self

    def enrol(self, name, role, by):
        """A person makes a device's key, is enrolled and joins. No agent runs: clones may be made at any time."""
        person = self.party(name)
        key = person.do("device", "init", "--kdf", "interactive")["key"]
        for attempt in range(50):
            try:
                by.do("member", "enrol", "--project", "demo", "--role", role, "--device", key)
                break
            except Refused as r:                     # two enrol at once, and the manager's state is locked
                if r.code != "CFD-SYS-004" or attempt == 49:
                    raise
                time.sleep(0.1)
        person.do("join", self.path("invite.json"))
        return key

    def import_tasks(self):
        lab = self.party("lab")
        self.guide = lab.do("record", "seal", str(ROOT / "demo" / "guide.md"), "--kind", "guide", "--type",
                            "text/markdown", "--project", "demo")["record"]
        with open(ROOT / "tests" / "data" / "gsm8k" / "train-600.jsonl", "rb") as f:
            self.lines = [line.rstrip(b"\n") for line in f][:TASKS]
        self.questions = [line[:line.index(b'", "answer": ') + 1] + b"}" for line in self.lines]
        with open(self.path("questions.jsonl"), "wb") as f:
            f.write(b"\n".join(self.questions) + b"\n")
        lab.do("task", "import", self.path("questions.jsonl"), "--project", "demo")

    def work(self):
        """Two annotators answer half of the tasks; the reviewer accepts; so there is something to deliver."""
        by_question = dict(zip(self.questions, self.lines))
        for i in range(TASKS // 2):
            person = self.party(("ann", "bob")[i % 2])
            task = person.do("task", "next")["task"]
            self.reads[task] = person.content("record", "show", task)
            line = by_question[self.reads[task]]
            self.submissions[task] = person.do("submit", task, "-", "--type", "application/json", text=line)["submission"]
            self.tasks.append(task)
        # A task that bob has claimed and not answered: a clone of his may submit it.
        self.spare = [self.party("bob").do("task", "next")["task"]]
        self.party("vendor").do("review", "assign", "--project", "demo")
        rita = self.party("rita")
        for _ in self.tasks:
            rita.do("review", "accept", rita.do("review", "next")["task"])

    # --- people: copies that may be broken, and that may be told wrong addresses ---

    def clone(self, name, agent=False, **urls):
        """A copy of somebody's state, pointed at other addresses: clone("ann", store=URL, gate1=URL).

        With `agent` the key is unlocked once and what was verified stays in memory; without, each command starts
        from the disk."""
        self.clones += 1
        copy = f"{name}-{self.clones}"
        setup_steps.copy_state(self, name, self.path(copy))
        shutil.copy(self.party(name).passphrase, self.path(copy + ".passphrase"))
        clone = self.parties[copy] = Party(self.root, copy)
        self.connect(clone, **urls)
        if agent:
            self.processes.append(clone.start("agent"))
        return clone

    def connect(self, person, **urls):
        """Points a person at these addresses (store=URL, gate1=URL ...), and at the true ones for the rest."""
        at = {**{f"gate{g}": self.urls[g] for g in setup_steps.GATES}, "store": self.urls["store"], **urls}
        person.do("connect", *[w for g in setup_steps.GATES for w in ("--gate", f"{g}={at[f'gate{g}']}")],
                  "--store", at["store"])

    def forget(self, person):
        """What the person's device had learnt from the store and gates is gone: all has to be fetched again.

        For devices that have signed nothing: their own chain is forgotten too."""
        for name in os.listdir(person.state):
            if name.startswith("client.db"):
                os.remove(os.path.join(person.state, name))
        return person

    # --- daemons: "gate1", "store", "watch", or a clone's agent ---

    def daemon(self, name):
        state = self.party(name).state
        return [p for p in self.processes if p.poll() is None and state in p.args][-1]

    def stop(self, name, kill=False):
        """Ends a daemon, and returns its command line for `start`."""
        process = self.daemon(name)
        process.kill() if kill else process.terminate()
        process.wait(20)
        return process.args[1:-4]

    def start(self, name, words):
        process = self.party(name).start(*words)
        self.processes.append(process)
        return process

    def restart(self, name, kill=False):
        return self.start(name, self.stop(name, kill))

    def end(self):
        """Everybody ends well, or the attack has broken somebody."""
        alive = [p for p in self.processes if p.poll() is None]
        for process in alive:
            process.terminate()
        codes = [(process.args[1:3], process.wait(20)) for process in alive]
        bad = [words for words, code in codes if code]
        logs = [self.path(n) for n in os.listdir(self.root) if n.endswith(".log")]
        said = [line for log in logs for line in open(log, errors="replace") if "Sanitizer" in line]
        shutil.rmtree(self.root, ignore_errors=True)
        assert not bad and not said, f"ended badly: {bad} {said}"


def exits():
    """The exit code of each stable code, as the program's own table says."""
    told = subprocess.run([BIN, "explain", "--json"], capture_output=True, check=True)
    return {row["code"]: row["exit_code"] for row in json.loads(told.stdout)["data"]["codes"]}


EXITS = exits()


def run(person, *words, text=None):
    """One command: (exit code, stdout, stderr), and it takes no longer than anybody may wait."""
    begun = time.monotonic()
    try:
        got = subprocess.run(person.argv(*words), input=text, capture_output=True, timeout=SECONDS_MAX + 15,
                             stdin=subprocess.DEVNULL if text is None else None)
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(words)}: no answer within {SECONDS_MAX + 15} s") from None
    if time.monotonic() - begun > SECONDS_MAX:
        raise Failed(f"{' '.join(words)} took {time.monotonic() - begun:.0f} s")
    return got.returncode, got.stdout, got.stderr


def refused(person, *words, codes, text=None, out=None):
    """The command is refused with this stable code (or one of these) and the table's exit code for it, prints
    nothing of the content, and leaves no file `out` (nor its unfinished part). Returns the code."""
    status, printed, err = run(person, *words, text=text)
    said = err.decode(errors="replace")
    codes = [codes] if isinstance(codes, str) else codes
    found = [c for c in EXITS if f"[{c}]" in said]
    if len(found) != 1 or found[0] not in codes or status != EXITS[found[0]]:
        raise Failed(f"{' '.join(words)}: exit {status}, {found}; {codes} expected: {said.strip()[-400:]}")
    if printed:
        raise Failed(f"{' '.join(words)} printed {len(printed)} bytes though it was refused")
    if out and (os.path.exists(out) or os.path.exists(str(out) + ".part")):
        raise Failed(f"{' '.join(words)} left {out} though it was refused")
    return found[0]


def opens(person, *words, text=None):
    """The positive control: the same command without the lie. Returns what it prints."""
    status, printed, err = run(person, *words, text=text)
    if status:
        raise Failed(f"control: {' '.join(words)}: exit {status}: {err.decode(errors='replace').strip()[-400:]}")
    return printed


def attack(evil, lie, person, *words, codes, text=None, out=None, control=None):
    """The lie is told and the command refused; without the lie the same command (about the record `control`, if
    what was asked for is itself a lie) succeeds. Returns the code."""
    evil.tell(*lie) if isinstance(lie, tuple) else evil.tell(lie)
    code = refused(person, *words, codes=codes, text=text, out=out)
    if not evil.told:
        raise Failed(f"the lie was never told: {lie}")
    evil.lie = None
    opens(person, *words[:-1], control or words[-1], text=text)
    return code


__all__ = ["BIN", "EXITS", "Failed", "Refused", "World", "attack", "opens", "refused", "run"]
