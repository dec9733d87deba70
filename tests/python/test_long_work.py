"""Long work: Ctrl-C leaves nothing half-written, and the same command again goes on where it stopped."""
import base64
import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import time

import pytest

from exchange import environment, exchange
from terminal import on_terminal

exchange = pytest.fixture(scope="module", name="exchange")(exchange)


def lines(start, count, text="x" * 300):
    return "".join(json.dumps({"question": f"question {i} {text}"}) + "\n" for i in range(start, start + count))


def write(path, content):
    with open(path, "w") as f:
        f.write(content)
    return path


def tasks(exchange):
    """How many tasks the project has, by the store's queue, and how many rows of tasks are listed."""
    return json.loads(exchange.run("tom", "deliver", "--dry-run", "--json").stdout)["data"]["tasks"]


def listed(exchange):
    """How many rows the lab's own manifests have, by its signed statements."""
    db = sqlite3.connect(f"file:{exchange.path('lab', 'client.db')}?mode=ro", uri=True)
    payloads = [json.loads(base64.b64decode(json.loads(e)["payload"]))
                for (e,) in db.execute("SELECT envelope FROM statement")]
    db.close()
    return sum(p["count"] for p in payloads if p.get("root") and "count" in p)


def start(exchange, name, *words):
    """Ctrl-C works in it, also where these tests run in the background, which ignores it and hands that on."""
    return subprocess.Popen(exchange.party(name).argv(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            stdin=subprocess.DEVNULL, env=environment(),
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def interrupt_after(process, seconds):
    time.sleep(seconds)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_an_import_that_is_interrupted_goes_on_without_doubling_a_task(exchange):
    before = tasks(exchange)
    path = write(exchange.path("many.jsonl"), lines(0, 3000))
    interrupted = 0
    for attempt in range(40):
        process = start(exchange, "lab", "task", "import", path, "--json")
        code, out, err = interrupt_after(process, 0.25 + 0.11 * attempt)
        if code == 0:
            break
        assert code == 130, (code, err)
        assert b"CFD-USE-003" in err
        assert json.loads(out)["error"]["code"] == "CFD-USE-003"
        interrupted += 1
    assert interrupted >= 2, "never interrupted in the middle: the file is too short for this machine"
    assert tasks(exchange) == before + 3000
    again = json.loads(exchange.run("lab", "task", "import", path, "--json").stdout)["data"]
    assert (again["imported"], again["known"]) == (0, 3000)
    assert tasks(exchange) == before + 3000


def test_an_import_that_is_killed_goes_on_without_doubling_a_task(exchange):
    before, rows = tasks(exchange), listed(exchange)
    path = write(exchange.path("killed.jsonl"), lines(10_000, 2500))
    lab, agent = exchange.party("lab"), exchange.servers[4]
    assert "agent" in agent.args
    killed = 0
    for attempt in range(5):
        process = start(exchange, "lab", "task", "import", path)
        time.sleep(0.2 + 0.17 * attempt)
        agent.kill()
        agent.wait()
        _, err = process.communicate(timeout=60)
        killed += process.returncode == 9 and b"went away" in err
        agent = exchange.serve("lab", "agent")
    assert killed >= 2
    assert lab.do("task", "import", path)["tasks"] == 2500
    assert tasks(exchange) == before + 2500
    assert listed(exchange) == rows + 2500


def test_equal_lines_of_a_file_are_as_many_tasks(exchange):
    before = tasks(exchange)
    path = write(exchange.path("equal.jsonl"), lines(50_000, 1) * 3)
    assert exchange.party("lab").do("task", "import", path)["imported"] == 3
    assert exchange.party("lab").do("task", "import", path)["known"] == 3
    longer = write(exchange.path("longer.jsonl"), lines(50_000, 1) * 4 + lines(50_001, 1))
    got = exchange.party("lab").do("task", "import", longer)
    assert (got["imported"], got["known"]) == (2, 3)
    assert tasks(exchange) == before + 5


def accept_some(exchange, count):
    ann, rita, vendor = (exchange.party(n) for n in ("ann", "rita", "vendor"))
    for i in range(count):
        task = ann.do("task", "next")["task"]
        ann.do("submit", task, "-", "--type", "application/json", text=b'{"answer": %d}' % i)
    vendor.do("review", "assign")
    for _ in range(count):
        rita.do("review", "accept", rita.do("review", "next")["task"])


def test_a_delivery_that_is_interrupted_leaves_no_file_and_a_second_one_is_whole(exchange):
    path = exchange.path("out", "delivered.jsonl")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    accept_some(exchange, 30)
    interrupted = 0
    for wait in (0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 0.8):
        code, _, err = interrupt_after(start(exchange, "tom", "deliver", "--out", path), wait)
        if code == 0:
            break
        assert code in (130, -signal.SIGINT), (code, err)
        assert os.listdir(os.path.dirname(path)) == []
        interrupted += 1
    assert interrupted
    assert exchange.party("tom").do("deliver", "--out", path)["delivered"] == 30
    with open(path, "rb") as f:
        assert sorted(json.loads(line)["answer"] for line in f) == list(range(30))
    assert os.listdir(os.path.dirname(path)) == ["delivered.jsonl"]


def test_a_bar_is_drawn_on_a_terminal_alone_and_not_when_quiet(exchange):
    path = write(exchange.path("bar.jsonl"), lines(100_000, 2500))
    argv = exchange.party("lab").argv("task", "import", path)
    written, code = on_terminal(argv)
    assert code == 0
    bars = re.findall(rb"importing tasks  \[#*-*\]  (\d+) of 2500  \d+/s  \d+:\d\d left", written)
    assert bars and [int(b) for b in bars] == sorted(int(b) for b in bars), written[-500:]
    assert written.rstrip().endswith(b"2500 tasks are sealed and waiting, 0 of them were before")
    path = write(exchange.path("quiet.jsonl"), lines(200_000, 2500))
    written, code = on_terminal(exchange.party("lab").argv("task", "import", path, "--quiet"))
    assert code == 0 and b"importing" not in written
    path = write(exchange.path("pipe.jsonl"), lines(300_000, 2500))
    got = exchange.run("lab", "task", "import", path)
    assert got.returncode == 0 and got.stderr == b""


def test_a_hundred_mebibytes_go_through_the_agent_from_file_to_file(exchange):
    source, shown, piped = (exchange.path(n) for n in ("large", "shown", "piped"))
    block = bytes(range(256)) * 4096
    with open(source, "wb") as f:
        for i in range(100):
            f.write(i.to_bytes(4, "big") + block[4:])
    lab = exchange.party("lab")
    record = lab.do("record", "seal", source, "--kind", "guide")["record"]
    # A long file is sealed into one without a name: not even an interrupted command leaves it behind.
    assert not [name for name in os.listdir(exchange.path("lab")) if "nameless" in name]
    data = lab.do("record", "show", record, "--out", shown)
    assert data["bytes"] == 100 << 20 and "content_base64" not in data
    assert os.stat(shown).st_mode & 0o777 == 0o600
    os.mkfifo(exchange.path("fifo"))
    refused = exchange.run("lab", "record", "show", record, "--out", exchange.path("fifo"))
    assert refused.returncode == 2 and b"no ordinary file" in refused.stderr
    assert stat.S_ISFIFO(os.stat(exchange.path("fifo")).st_mode)
    assert not [name for name in os.listdir(os.path.dirname(shown)) if name.endswith(".new")]
    assert subprocess.run(["cmp", source, shown], check=False).returncode == 0
    with open(piped, "wb") as f:
        got = subprocess.run(lab.argv("record", "show", record), stdout=f, stderr=subprocess.PIPE, check=False,
                             env=environment())
    assert got.returncode == 0, got.stderr
    assert subprocess.run(["cmp", source, piped], check=False).returncode == 0
    with open("/dev/full", "wb") as f:
        got = subprocess.run(lab.argv("record", "show", record), stdout=f, stderr=subprocess.PIPE, check=False,
                             env=environment())
    assert got.returncode == 1 and b"cannot write standard output [CFD-SYS-003]" in got.stderr
    refused = exchange.run("lab", "record", "show", record, "--json")
    assert refused.returncode == 7 and b"--out FILE" in refused.stderr


def test_a_terminal_gets_plain_text_only(exchange):
    lab = exchange.party("lab")
    plain, evil = (write(exchange.path(n), t) for n, t in (("plain", "größe\n"), ("evil", "a\033[2Jb\n")))
    ids = [lab.do("record", "seal", p, "--kind", "guide")["record"] for p in (plain, evil)]
    written, code = on_terminal(lab.argv("record", "show", ids[0]))
    assert code == 0 and "größe".encode() in written
    written, code = on_terminal(lab.argv("record", "show", ids[1]))
    assert code == 2 and b"\033[2J" not in written and b"not plain text" in written
    assert lab.content("record", "show", ids[1]) == b"a\033[2Jb\n"
