"""Tries side by side: each lane has a daemon's directory and a control file of its own."""
import collections
import concurrent.futures
import os
import random
import time

import faults
import gate
import store

LANES = 6
TRIES = int(os.environ.get("COFFERDAM_FAULT_TRIES", "100"))
SECONDS = float(os.environ.get("COFFERDAM_FAULT_SECONDS", "240"))
REPORT = []                                                 # what share was tried, for the end of the run
# What a gate that lacks something may say to a request that is good; anything else accuses the asker.
# (CFD-FMT-003: a buffer that could not grow says that it has no room.)
MAY_SAY = {"CFD-REL-003", "CFD-REL-010", "CFD-REL-011", "CFD-SYS-001", "CFD-FMT-003"}


class Lane:
    name = "gate"

    def __init__(self, site, number):
        self.site, self.place = site, site.world.path(f"{self.name}-lane-{number}")
        self.control, self.fault = faults.Control(self.place + ".control"), None

    def session(self, late=False):
        """(what was told, what is broken). `late`: the fault can come only once the daemon is ready."""
        place = self.site.fresh(self.place)
        process = self.process = self.control.start(self.site.argv(place), self.place + ".log")
        told, asked, broken = gate.Told(), [self.site.ask(), self.site.ask()], []
        talk = gate.Talk(self.site, told)
        if gate.ready(process, talk):
            if late:
                self.control.arm(True)
            gate.session(self.site, talk, asked)
        if gate.end(process) is None:
            broken.append("it does not end")
        self.control.arm(False)
        broken += [f"it says {c}" for c in set(told.refused) - MAY_SAY]
        return told, broken + gate.recover(self.site, place, told, asked)

    def count(self, late=False):
        """The session without a fault: what is called, how often."""
        self.control.set(armed=not late)
        told, broken = self.session(late)
        assert not broken and self.whole(told), (broken, told.refused)
        return self.control.seen

    def whole(self, told):
        return told.refused[0] == "CFD-REL-003" and len(told.statements) == 3

    def go(self, fault, late=False):
        """(the fault, whether it was met, what is broken)"""
        self.control.set(fault, armed=not late)
        self.fault = fault
        try:
            _, broken = self.session(late)
        except Exception as e:                              # an answer that a client would refuse, too
            broken = [f"{type(e).__name__}: {e}"]
            self.process.kill()
            self.process.wait()
        return fault, self.control.hits > 0, broken


class StoreLane(Lane):
    name = "store"

    def session(self, late=False):
        place = self.site.fresh(self.place)
        process = self.process = self.control.start(self.site.argv(place), self.place + ".log")
        told, broken = store.Told(), []
        talk = store.Talk(self.site, told)
        if gate.ready(process, talk):
            if late:
                self.control.arm(True)
            told.refused = store.session(self.site, talk)
        if gate.end(process) is None:
            broken.append("it does not end")
        killed = process.returncode < 0
        self.control.arm(False)
        # The rest lacks what was lost with the first.
        broken += [f"{call}: {code}" for call, code in told.refused[:1] if code and code not in store.TROUBLE]
        return told, broken + store.recover(self.site, place, told, tidy=not killed and not self.unlinks())

    def unlinks(self):
        """Is what is to be removed kept by the fault itself?"""
        return self.fault is not None and self.fault.call.startswith("unlink")

    def whole(self, told):
        return not told.refused and len(told.claims) == 3


def sample(plan, count, seed=1):
    """A seeded choice in which every call and every kind is met at least once; 0: all, in a seeded order."""
    drawn = random.Random(seed).sample(plan, len(plan))
    if count == 0:
        return drawn
    first = list({**{f.call: f for f in drawn}, **{f.kind: f for f in drawn}}.values())
    return (first + [f for f in drawn if f not in first])[:max(count, len(first))]


def tried(lanes, chosen, seconds, late=False):
    """Tries them all, as long as there is time. The report; a run that did too little has failed."""
    until, met, bad, free = time.monotonic() + seconds, collections.Counter(), [], list(lanes)

    def one(fault):
        if time.monotonic() > until:
            return
        lane = free.pop()
        try:
            fault, hit, broken = lane.go(fault, late)
        finally:
            free.append(lane)
        met[fault.kind] += hit
        if broken:
            bad.append(f"{fault}: {'; '.join(broken)}")

    with concurrent.futures.ThreadPoolExecutor(len(lanes)) as pool:
        list(pool.map(one, chosen))
    return met, bad


def enough(met, chosen):
    """Says what a run did too little of."""
    planned = {f.kind for f in chosen}
    if sum(met.values()) < 0.9 * len(chosen):
        return f"{sum(met.values())} of {len(chosen)} planned faults were met"
    if any(met[k] == 0 for k in planned):
        return f"never met: {', '.join(sorted(k for k in planned if met[k] == 0))}"
    return None


def check(lanes, plan, share, late=False):
    """Tries this share of TRIES, or of SECONDS where all may be tried, and fails if anything is broken."""
    chosen = sample(plan, max(1, round(TRIES * share)) if TRIES else 0)
    met, bad = tried(lanes, chosen, SECONDS * share, late)
    done = sum(met.values())
    REPORT.append(f"{lanes[0].name}: {done} of {len(plan)} faults were met: {dict(met)}")
    assert not bad, "\n".join(bad[:30])
    assert not enough(met, chosen if TRIES else chosen[:done])
