"""Tries side by side: each lane has a gate's directory and a control file of its own."""
import collections
import concurrent.futures
import random
import time

import faults
import gate

LANES = 6
# What a gate that lacks something may say to a request that is good; anything else accuses the asker.
# (CFD-FMT-003: a buffer that could not grow says that it has no room.)
MAY_SAY = {"CFD-REL-003", "CFD-REL-010", "CFD-REL-011", "CFD-SYS-001", "CFD-FMT-003"}


class Lane:
    def __init__(self, site, number):
        self.site, self.place = site, site.world.path(f"lane-{number}")
        self.control = faults.Control(self.place + ".control")

    def session(self, late=False):
        """(what was told, what is broken). `late`: the fault can come only once the gate is ready."""
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
        assert not broken and told.refused[0] == "CFD-REL-003" and len(told.statements) == 3, (broken, told.refused)
        return self.control.seen

    def go(self, fault, late=False):
        """(the fault, whether it was met, what is broken)"""
        self.control.set(fault, armed=not late)
        try:
            _, broken = self.session(late)
        except Exception as e:                              # an answer that a client would refuse, too
            broken = [f"{type(e).__name__}: {e}"]
            self.process.kill()
            self.process.wait()
        return fault, self.control.hits > 0, broken


def sample(plan, count, seed=1):
    """A seeded choice in which every call meets each of its kinds at least once; 0: all, in a seeded order."""
    drawn = random.Random(seed).sample(plan, len(plan))
    if count == 0:
        return drawn
    first = list({(f.call, f.kind): f for f in drawn}.values())
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
