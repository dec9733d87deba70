"""The demo's working day: annotators, reviewers, a manager; one gate dies in the middle and comes back."""
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time

from party import Party, Refused
from setup_steps import ANNOTATORS, LATE, REVIEWERS, member, party, start_gate


class Events:
    """Counts what the scripts report, and hands it on as it comes."""

    def __init__(self):
        self.lock, self.counts, self.opened = threading.Lock(), {}, 0
        self.failures = queue.Queue()

    def read(self, name, process):
        for line in process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            with self.lock:
                self.counts[event["event"]] = self.counts.get(event["event"], 0) + 1
                self.opened += event.get("opened", 0)
        if process.wait():
            self.failures.put(name)

    def count(self, name):
        with self.lock:
            return self.counts.get(name, 0)


def script(demo, events, *words):
    here = os.path.dirname(os.path.abspath(__file__))
    process = subprocess.Popen([sys.executable, os.path.join(here, words[0]), demo.root, *words[1:]],
                               stdout=subprocess.PIPE, stderr=open(demo.path(words[1] + ".script.log"), "ab"),
                               text=True)
    demo.processes.append(process)
    demo.scripts.append(process)
    thread = threading.Thread(target=events.read, args=(words[1], process), daemon=True)
    thread.start()
    return process, thread


def annotate(demo, events, name, stop):
    return script(demo, events, "annotator.py", name, demo.path(name + ".notebook"),
                  str(demo.rng.randrange(1 << 30)), stop)


def assign_all(demo, stop):
    """The manager's program: hands submitted work to reviewers as it comes in."""
    vendor = Party(demo.root, "vendor", script=True)
    while not os.path.exists(stop):
        try:
            vendor.do("review", "assign", "--project", "demo")
        except Refused as r:
            print(f"  review assign: {r}", file=sys.stderr)
        time.sleep(0.3)


def check(events):
    if not events.failures.empty():
        raise RuntimeError(f"the script of {events.failures.get()} failed: see its .script.log")


def gate_dies(demo, events, total, scripts, stop):
    """SIGKILL at a random moment between 20 % and 60 % of the submissions, then at least 100 releases and
    one enrolment without it."""
    moment = demo.rng.randrange(total * 20 // 100, total * 60 // 100)
    number = demo.rng.choice([1, 2, 3])
    while events.count("submitted") < moment:
        check(events)
        time.sleep(0.02)
    demo.gates[number].send_signal(signal.SIGKILL)
    demo.gates[number].wait()
    demo.processes.remove(demo.gates[number])
    demo.figures["gates_killed"] += 1
    before = events.opened
    demo.step(f"gate {number} is killed after {events.count('submitted')} submissions")
    member(demo, LATE, "annotator", party(demo, "vendor"))
    scripts.append(annotate(demo, events, LATE, stop))
    while events.opened - before < 120:
        check(events)
        time.sleep(0.02)
    demo.figures["releases_while_down"] = events.opened - before
    start_gate(demo, number)
    demo.step(f"gate {number} is back after {events.opened - before} releases and one enrolment")


def work(demo, lines):
    demo.step(f"{len(ANNOTATORS)} annotators and {len(REVIEWERS)} reviewers work")
    events, stop, total = Events(), demo.path("stop"), len(lines)
    scripts = [annotate(demo, events, name, stop) for name in ANNOTATORS if name != LATE]
    scripts += [script(demo, events, "reviewer.py", name, stop) for name in REVIEWERS]
    manager = threading.Thread(target=assign_all, args=(demo, stop), daemon=True)
    manager.start()
    gate_dies(demo, events, total, scripts, stop)
    deadline, last = time.monotonic() + 120, 0
    while events.count("accepted") < total:
        check(events)
        if events.count("accepted") > last:
            last, deadline = events.count("accepted"), time.monotonic() + 60
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing was accepted for a minute: {events.counts}")
        time.sleep(0.05)
    with open(stop, "w"):
        pass
    for process, thread in scripts:
        process.wait(30)
        thread.join(5)
    manager.join(10)
    check(events)
    demo.figures["submissions"] = events.count("submitted")
    demo.figures["returned"] = events.count("returned")
    demo.figures["accepted"] = events.count("accepted")


def deliver(demo, lines):
    demo.step("the trainer delivers, and the bytes are compared with the source")
    out = demo.path("delivered.jsonl")
    got = party(demo, "trainer").do("deliver", "--project", "demo", "--out", out)
    demo.figures["delivered"] = got["delivered"]
    with open(out, "rb") as f:
        delivered = f.read().split(b"\n")
    assert delivered.pop() == b""
    demo.figures["identical"] = sum(1 for a, b in zip(delivered, lines) if a == b)
    demo.figures["work_lost"] = demo.figures["submissions"] - got["submissions"]
