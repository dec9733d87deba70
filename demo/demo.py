"""./dev demo: the whole way once, on real data, with separate processes on loopback.

usage: demo.py [--json] [--stay] [--tasks N] [--seed N] [--keep DIR]
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

import setup_steps
import thief_steps
import work_steps

FIGURES = ["tasks", "submissions", "returned", "accepted", "delivered", "identical", "releases",
           "gates_killed", "releases_while_down", "work_lost", "store_tried", "store_readable",
           "store_and_gate_tried", "store_and_gate_readable", "banked_tried", "banked_readable",
           "control_tried", "control_opened", "stolen_device_predicted", "stolen_device_readable",
           "seconds"]


class Demo:
    """What all steps share: the folder, the parties, the processes, and the figures so far."""

    def __init__(self, args):
        self.args, self.begun = args, time.monotonic()
        self.root = args.keep or tempfile.mkdtemp(prefix="cofferdam-demo-")
        os.makedirs(self.root, mode=0o700, exist_ok=True)
        self.rng = random.Random(args.seed)
        self.figures = {name: 0 for name in FIGURES}
        self.processes, self.scripts = [], []
        self.parties = {}

    def step(self, text):
        print(f"[{time.monotonic() - self.begun:5.1f} s] {text}", file=sys.stderr, flush=True)

    def path(self, *names):
        return os.path.join(self.root, *names)

    def stop(self):
        """Ends everything, and returns what ended by itself or badly: a sanitizer's report ends a daemon too."""
        broken = [p.args[1:3] for p in self.processes
                  if p not in self.scripts and p.poll() is not None and not self.args.stay]
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.returncode and process not in self.scripts:
                broken.append(process.args[1:3])
        return [" ".join(words) for words in broken]


def source_lines(count):
    here = os.path.dirname(os.path.abspath(__file__))
    path = os.path.join(here, "..", "tests", "data", "gsm8k", "train-600.jsonl")
    with open(path, "rb") as f:
        return [line.rstrip(b"\n") for line in f][:count]


def table(figures):
    rows = [("tasks sealed and pushed", figures["tasks"]),
            ("submissions · returned · accepted",
             f"{figures['submissions']} · {figures['returned']} · {figures['accepted']}"),
            ("delivered · identical to the source", f"{figures['delivered']} · {figures['identical']}"),
            ("releases · while a gate was down",
             f"{figures['releases']} · {figures['releases_while_down']}"),
            ("gates killed · work lost", f"{figures['gates_killed']} · {figures['work_lost']}"),
            ("thief with the store: readable of tried",
             f"{figures['store_readable']} of {figures['store_tried']}"),
            ("thief with the store and one gate",
             f"{figures['store_and_gate_readable']} of {figures['store_and_gate_tried']}"),
            ("thief with banked shares", f"{figures['banked_readable']} of {figures['banked_tried']}"),
            ("positive controls: opened of tried",
             f"{figures['control_opened']} of {figures['control_tried']}"),
            ("stolen device: readable · predicted from the logs",
             f"{figures['stolen_device_readable']} · {figures['stolen_device_predicted']}"),
            ("seconds", f"{figures['seconds']:.1f}")]
    width = max(len(name) for name, _ in rows)
    print()
    for name, value in rows:
        print(f"  {name.ljust(width)}   {value}")
    print()


def verdict(figures):
    """What has to hold, or the demo has failed."""
    f = figures
    checks = [("every task is delivered", f["delivered"] == f["tasks"] == f["accepted"]),
              ("delivered bytes are the source's", f["identical"] == f["tasks"]),
              ("some work was returned", f["returned"] > 0),
              ("submissions are tasks and returns", f["submissions"] == f["tasks"] + f["returned"]),
              ("one gate was killed", f["gates_killed"] == 1),
              ("100 releases while it was down", f["releases_while_down"] >= 100),
              ("no work was lost", f["work_lost"] == 0),
              ("the store tells nothing", f["store_readable"] == 0 < f["store_tried"]),
              ("nor with one gate", f["store_and_gate_readable"] == 0 < f["store_and_gate_tried"]),
              ("banked shares tell nothing", f["banked_readable"] == 0 < f["banked_tried"]),
              ("each control opens all", f["control_opened"] == f["control_tried"] > 0),
              ("exposure predicts the stolen device",
               f["stolen_device_readable"] == f["stolen_device_predicted"] > 0)]
    return [name for name, held in checks if not held]


def run(demo):
    lines = source_lines(demo.args.tasks)
    setup_steps.lab_and_gates(demo)
    setup_steps.vendor_and_people(demo)
    setup_steps.project_and_tasks(demo, lines)
    work_steps.work(demo, lines)
    work_steps.deliver(demo, lines)
    thief_steps.play(demo)
    demo.figures["seconds"] = round(time.monotonic() - demo.begun, 1)
    table(demo.figures)
    broken = verdict(demo.figures)
    for name in broken:
        print(f"cofferdam demo: does not hold: {name}", file=sys.stderr)
    if demo.args.stay:
        setup_steps.stay(demo)
    for words in demo.stop():
        broken.append(words)
        print(f"cofferdam demo: ended by itself, or badly: {words}", file=sys.stderr)
    if demo.args.json:
        print(json.dumps({name: demo.figures[name] for name in FIGURES}))
    return 1 if broken else 0


def main():
    parser = argparse.ArgumentParser(description="the whole way once, on real data")
    parser.add_argument("part", nargs="?", choices=["path", "all"], default="all")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object, last line")
    parser.add_argument("--stay", action="store_true", help="leave everything running")
    parser.add_argument("--tasks", type=int, default=500)
    parser.add_argument("--seed", type=int, default=None, help="the same random choices again")
    parser.add_argument("--keep", help="work in this folder and leave it")
    args = parser.parse_args()
    if not 60 <= args.tasks <= 600:
        parser.error("--tasks is 60 to 600: fewer are done before a gate was down for 100 releases")
    if args.seed is None:
        args.seed = random.SystemRandom().randrange(1 << 32)
    demo = Demo(args)
    print(f"cofferdam demo: in {demo.root}, seed {args.seed}", file=sys.stderr)
    try:
        return run(demo)
    except KeyboardInterrupt:
        return 130
    finally:
        demo.stop()
        if not args.keep:
            shutil.rmtree(demo.root, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
