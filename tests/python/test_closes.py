"""What a device hands in or skips is closed at every gate: its next requests say so, until each gate has answered one."""
import contextlib
import json
import os
import sqlite3
import time

import pytest
from cofferdam_format import entry, request

from exchange import GATES, exchange

exchange = pytest.fixture(scope="module", name="exchange")(exchange)
SUBMISSION, SKIP = 1, 2


def read_log(state):
    """The entries of a gate's log, once all are published; fewer than 256."""
    place = os.path.join(state, "log", "tlog")
    for _ in range(100):
        with contextlib.suppress(FileNotFoundError):
            with open(os.path.join(place, "checkpoint"), "rb") as f:
                size = int(f.read().split(b"\n")[1])
            with open(os.path.join(place, "tile", "entries", f"000.p/{size}"), "rb") as f:
                raw, out = f.read(), []
            while raw:
                end = 2 + int.from_bytes(raw[:2], "big")
                out.append(entry.parse(raw[2:end]))
                raw = raw[end:]
            return out
        time.sleep(0.05)
    raise AssertionError(f"no log under {place}")


def closes(exchange, gate, device):
    """What the device closed, request by request, by that gate's log."""
    time.sleep(0.5)                                  # a checkpoint is published five times a second
    out = []
    for e in read_log(exchange.path(f"gate{gate}")):
        if e.type == entry.RELEASE and e.body["device"].hex() == device:
            asked = request.read(e.body["request"])
            out.append([(c.task.hex(), c.how, c.record.hex()) for c in asked.closes])
    return out


def untold(exchange):
    db = sqlite3.connect(f"file:{exchange.path('ann', 'client.db')}?mode=ro", uri=True)
    rows = {(t.hex(), how, r.hex()) for t, how, r in db.execute("SELECT task, how, record FROM closing")}
    db.close()
    return rows


def takes(exchange):
    ann = exchange.party("ann")
    task = ann.do("task", "next")["task"]
    ann.content("record", "show", task)
    return task


def submits(exchange, task):
    path = exchange.path("answer.json")
    with open(path, "w") as f:
        f.write(json.dumps({"answer": 4}) + "\n")
    return (task, SUBMISSION, exchange.party("ann").do("submit", task, path)["submission"])


def skips(exchange, task):
    assert exchange.party("ann").do("task", "skip", task)["task"] == task
    return (task, SKIP, "0" * 64)


@pytest.fixture(scope="module", autouse=True)
def tasks(exchange):
    path = exchange.path("tasks.jsonl")
    with open(path, "w") as f:
        f.writelines(json.dumps({"question": f"{i}?"}) + "\n" for i in range(12))
    exchange.party("lab").do("task", "import", path)


def test_the_gates_logs_show_what_was_handed_in_and_what_was_skipped(exchange):
    ann = exchange.keys["ann"]
    first = submits(exchange, takes(exchange))
    assert first in untold(exchange)
    skipped = skips(exchange, takes(exchange))
    third = takes(exchange)
    assert third != skipped[0], "what she skipped is offered to others first"
    last = submits(exchange, third)                  # a create goes to all three gates
    for gate in GATES:
        said = closes(exchange, gate, ann)
        assert {c for asked in said for c in asked} >= {first, skipped}, gate
        assert last not in {c for asked in said for c in asked}, "no close comes before its submission"
    assert untold(exchange) == {last}, "what all gates were told is forgotten"
    takes(exchange)
    assert closes(exchange, 1, ann)[-1] == [last], "and not said again"


def test_a_gate_that_was_down_is_told_at_the_next_visit(exchange):
    ann, gate = exchange.keys["ann"], exchange.servers[3]
    words = gate.args[1:gate.args.index("--state")]
    assert "gate3" in gate.args[gate.args.index("--state") + 1]
    missed = submits(exchange, takes(exchange))
    gate.terminate()
    assert gate.wait(20) == 0
    takes_two = skips(exchange, takes(exchange))
    takes(exchange)
    assert closes(exchange, 1, ann)[-1] == [takes_two]
    exchange.servers[3] = exchange.party("gate3").start(*words)
    exchange.party("lab").do("lab", "wait", "--seconds", "60")
    time.sleep(2.5)                                  # the agent asks a silent gate again after two seconds
    submits(exchange, takes(exchange))
    told = {c for asked in closes(exchange, 3, ann) for c in asked}
    assert told >= {missed, takes_two}
    assert not untold(exchange) & {missed, takes_two}


def test_a_gate_reads_its_own_log_of_them(exchange):
    gate = exchange.servers[2]
    words = gate.args[1:gate.args.index("--state")]
    gate.terminate()
    assert gate.wait(20) == 0
    exchange.party("gate2").do("gate", "verify")
    exchange.servers[2] = exchange.party("gate2").start(*words)
    exchange.party("lab").do("lab", "wait", "--seconds", "60")
