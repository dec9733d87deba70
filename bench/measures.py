"""The measurements of ./dev bench: each takes a folder and `quick`, and yields rows for run.py's table."""
import json
import os
import subprocess
import tempfile
import time

import postgres
from world import World, core_seconds, pin, resident_kib

BUILD = os.environ["COFFERDAM_BUILD"]
CORES = sorted(os.sched_getaffinity(0))
GATE_CORE, OWN_CORE = CORES[0], CORES[-1]
CLIENTS = (1, 16, 64)
RATES = {}  # releases a second by clients, for the peer beside them


def lines(program, *words):
    """Runs one of our programs and reads its JSON lines."""
    argv = [os.path.join(BUILD, "bench", program), *map(str, words)]
    out = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def tmpfs():
    """A folder in memory: there no disk hides what the code costs."""
    return tempfile.TemporaryDirectory(prefix="cofferdam-bench-", dir="/dev/shm")


def seal(_where, quick):
    yield from lines("bench_seal", 16 if quick else 256)


def made_file(path, size):
    """Bytes that no disk or file system can make smaller."""
    block = os.urandom(1 << 20)
    with open(path, "wb") as f:
        for at in range(0, size, len(block)):
            f.write(block[:min(len(block), size - at)])
    return path


def best_seconds(argv, rounds=3):
    """The best of a few: what disturbs makes it slower, never faster."""
    spent = []
    for _ in range(rounds):
        begun = time.monotonic()
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        spent.append(time.monotonic() - begun)
    return min(spent)


def file(_where, quick):
    ours = os.path.join(BUILD, "bench", "bench_file")
    with tmpfs() as memory:
        at = lambda name: os.path.join(memory, name)  # noqa: E731
        subprocess.run(["age-keygen", "-o", at("id")], check=True, capture_output=True)
        recipient = subprocess.run(["age-keygen", "-y", at("id")], check=True, capture_output=True,
                                   text=True).stdout.strip()
        for mib in (1, 4, 16) if quick else (16, 128, 1024):
            made_file(at("in"), mib << 20)
            seal_s = best_seconds([ours, "seal", at("in"), at("body"), at("key")])
            age_s = best_seconds(["age", "-r", recipient, "-o", at("age"), at("in")])
            yield file_row("file seal", mib, seal_s, age_s)
            open_s = best_seconds([ours, "open", at("body"), at("out"), at("key")])
            age_s = best_seconds(["age", "-d", "-i", at("id"), "-o", at("out2"), at("age")])
            yield file_row("file open", mib, open_s, age_s)
            for name in ("in", "body", "age", "out", "out2"):
                os.remove(at(name))


def file_row(name, mib, ours, age):
    return {"bench": name, "size": mib, "what": "MiB, file to file", "figure": mib / ours, "unit": "MiB/s",
            "floor": mib / age, "floor_is": "age, X25519 recipient", "ratio": age / ours, "wanted": 1.5}


def append(_where, quick):
    with tmpfs() as memory:
        yield from lines("bench_append", memory, 1 << (14 if quick else 18))


def sync_p99_ms(where, count):
    """What the disk needs for one small write and its sync, alone."""
    with tempfile.TemporaryFile(dir=where) as f:
        os.pwrite(f.fileno(), bytes(count * 4096), 0)
        os.fsync(f.fileno())
        spent = []
        for i in range(count):
            begun = time.monotonic()
            os.pwrite(f.fileno(), b"\1" * 4096, i * 4096)
            os.fdatasync(f.fileno())
            spent.append((time.monotonic() - begun) * 1e3)
    return sorted(spent)[count * 99 // 100]


def p99_row(row, where, quick):
    sync = sync_p99_ms(where, 100 if quick else 1000)
    return {"bench": "release p99", "size": row["size"], "what": "clients", "figure": row["p99_ms"], "unit": "ms",
            "floor": sync, "floor_is": "fdatasync p99 of the same disk", "ratio": row["p99_ms"] / sync,
            "wanted": 8, "at_most": True, "limit": 15}


def core_row(row, seconds, count):
    """The same by the core's time that the gate used: waiting for the disk and for its turn left out."""
    figure = count / seconds
    return {**row, "bench": row["bench"] + " core", "figure": figure, "unit": row["unit"] + " of a core",
            "ratio": figure / row["floor"]}


def release(where, quick):
    world = World(where)
    try:
        gate = world.only_gate_one()
        pin(gate.pid, GATE_CORE)
        for clients in CLIENTS:
            count = max(clients, 300) if quick else 4000 * min(clients, 4)
            before = core_seconds(gate.pid)
            row = lines("bench_load", *world.device(), clients, count, GATE_CORE, OWN_CORE)[0]
            spent = core_seconds(gate.pid) - before
            RATES[clients] = row["figure"]
            yield row
            yield core_row(row, spent, count)
            yield p99_row(row, where, quick)
    finally:
        world.stop()


def inserts(where, quick):
    if not RATES:
        yield from release(where, quick)
    with postgres.Cluster(where, GATE_CORE) as cluster:
        for clients, rate in RATES.items():
            rows = cluster.inserts_per_second(clients, 2 if quick else 10, OWN_CORE)
            yield {"bench": "vs postgres", "size": clients, "what": "clients", "figure": rate,
                   "unit": "releases/s", "floor": rows, "floor_is": "PostgreSQL single-row inserts, committed",
                   "ratio": rate / rows}


def bulk(where, quick):
    world = World(where)
    try:
        gate = world.only_gate_one()
        pin(gate.pid, GATE_CORE)
        for size in (64, 512, 4096) if quick else (1024, 8192, 65536):
            before = core_seconds(gate.pid)
            row = lines("bench_bulk", *world.device(), GATE_CORE, OWN_CORE, size)[0]
            yield row
            yield core_row(row, core_seconds(gate.pid) - before, row["rounds"] * size)
    finally:
        world.stop()


def memory_row(what, size, kib, limit_mib):
    return {"bench": "memory", "size": size, "what": what, "figure": kib / 1024, "unit": "MiB resident, most",
            "floor": limit_mib, "floor_is": "what it may have", "ratio": kib / 1024 / limit_mib, "wanted": 1,
            "at_most": True}


def memory(where, quick):
    world = World(where)
    try:
        store = world.processes[0].pid
        gate = world.gates[1].pid
        counts = (100, 1000, 3000) if quick else (1000, 10000, 100000)
        store_kib = resident_kib(store)
        world.only_gate_one()
        done = 0
        for count in counts:
            while done < count:
                step = min(count - done, 10000)
                lines("bench_load", *world.device(), 16, step, GATE_CORE, OWN_CORE)
                done += step
            yield memory_row("gate, releases", count, resident_kib(gate), 64)
        yield memory_row("store", 0, store_kib, 64)
    finally:
        world.stop()


def client(where, quick):
    """What a command needs beyond unlocking its key: the most of a long seal against that of a tiny one."""
    world = World(where)
    try:
        world.only_gates_and_store()
        tiny = seal_kib(world, 1 << 10)
        for mib in (1, 8, 32) if quick else (1, 64, 1024):
            row = memory_row("MiB sealed by a client", mib, max(seal_kib(world, mib << 20) - tiny, 0), 32)
            yield {**row, "figure": row["figure"] or 0.001}
    finally:
        world.stop()


def seal_kib(world, size):
    path = made_file(world.path("long"), size)
    argv = world.lab.argv("record", "seal", path, "--kind", "file", "--project", "bench", "--json")
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"sealing {size} bytes failed with {process.returncode}")
    os.remove(path)
    return used.ru_maxrss


def recover(where, quick):
    """COFFERDAM_BENCH_ENTRIES adds a size: 10000000 takes 25 GB in DIR and some minutes."""
    more = os.environ.get("COFFERDAM_BENCH_ENTRIES", "").split()
    sizes = (1000, 3000, 10000) if quick else (10_000, 100_000, 1_000_000)
    yield from lines("bench_recover", where, *sizes, *more)


ALL = {"seal": seal, "file": file, "append": append, "release": release, "postgres": inserts, "bulk": bulk,
       "memory": memory, "client": client, "recover": recover}
