"""One table of exit codes (UX section 1), each provoked by a real command; and codes, commands and options that
the documents name exist."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

from exchange import BIN, ROOT, environment, exchange

exchange = pytest.fixture(scope="module", name="exchange")(exchange)


def run(*words, **env):
    return subprocess.run([BIN, *words], capture_output=True, check=False, stdin=subprocess.DEVNULL,
                          env=environment(**env), timeout=60)


def check(got, exit_code, code):
    assert got.returncode == exit_code, (got.returncode, got.stderr)
    assert f"[{code}]".encode() in got.stderr, got.stderr


def test_0_ok():
    assert run("version").returncode == 0


def test_1_failure():
    check(run("policy", "check", "/"), 1, "CFD-SYS-003")
    check(run("task", "import", "x", "--yes"), 1, "CFD-USE-004")


def test_2_usage(tmp_path):
    check(run("task", "nxt"), 2, "CFD-USE-001")
    check(run("status"), 2, "CFD-USE-001")
    (tmp_path / "c").write_text("# mine\nstate = x\nstaet = y\n")
    got = run("status", "--config", str(tmp_path / "c"))
    check(got, 2, "CFD-USE-002")
    assert b"line 3: unknown key 'staet'" in got.stderr


def test_3_not_found(exchange):
    check(run("explain", "CFD-NOP-000"), 3, "CFD-STO-001")
    check(exchange.run("lab", "record", "show", "00000000"), 3, "CFD-STO-001")


def test_4_not_authenticated(exchange, tmp_path):
    (tmp_path / "wrong").write_text("not the passphrase\n")
    exchange.party("eve").do("device", "init", "--kdf", "interactive")
    exchange.party("eve").do("join", exchange.path("invite.json"))
    check(run("status", "--state", exchange.path("eve"), "--passphrase-file", str(tmp_path / "wrong")), 4,
          "CFD-CRY-004")
    check(exchange.run("eve", "task", "next"), 4, "CFD-REL-001")


def import_one(exchange, name):
    path = exchange.path(name)
    with open(path, "w") as f:
        f.write(json.dumps({"question": name}) + "\n")
    exchange.party("lab").do("task", "import", path)


def test_5_denied_by_policy(exchange):
    import_one(exchange, "denied")
    submission = exchange.party("ann").do("task", "next")["task"]
    submission = exchange.party("ann").do("submit", submission, "-", text=b"an answer")["submission"]
    check(exchange.run("rita", "record", "show", submission), 5, "CFD-POL-005")
    check(exchange.run("lab", "record", "show", submission), 5, "CFD-POL-003")


def test_6_revoked(exchange):
    exchange.member("bob", "annotator", "vendor")
    new = exchange.party("bob2").do("device", "init", "--kdf", "interactive")["key"]
    exchange.party("vendor").do("member", "enrol", "--device", new, "--replaces", exchange.keys["bob"])
    exchange.party("bob2").do("join", exchange.path("invite.json"))
    import_one(exchange, "for bob")
    check(exchange.run("bob", "task", "next"), 6, "CFD-REL-009")
    assert exchange.run("bob2", "task", "next").returncode == 0


def test_7_integrity_failure(exchange):
    path = exchange.path("guide")
    with open(path, "w") as f:
        f.write("a guide\n" * 9000)
    record = exchange.party("lab").do("record", "seal", path, "--kind", "guide")["record"]
    packs = pathlib.Path(exchange.path("store", "pack"))
    newest = max((p for p in packs.iterdir()), key=lambda p: p.stat().st_mtime_ns)
    raw = bytearray(newest.read_bytes())
    raw[-40] ^= 1
    newest.write_bytes(raw)
    check(exchange.run("lab", "record", "show", record), 7, "CFD-CRY-001")
    raw[-40] ^= 1
    newest.write_bytes(raw)
    assert exchange.run("lab", "record", "show", record).returncode == 0


def test_8_conflict_or_locked(exchange):
    check(exchange.run("lab", "agent"), 8, "CFD-SYS-004")
    check(exchange.run("lab", "lab", "init", "--kdf", "interactive"), 8, "CFD-STO-006")


def elsewhere(exchange, name):
    """A copy of ann's device that reaches no gate."""
    copy = exchange.path(name)
    shutil.copytree(exchange.path("ann"), copy, ignore=shutil.ignore_patterns("*.sock", "lock"))
    shutil.copy(exchange.path("ann.passphrase"), copy + ".passphrase")
    exchange.party(name).do("connect", *[w for g in "123" for w in ("--gate", f"{g}=http://127.0.0.1:1")])
    return exchange.party(name)


def test_9_unreachable(exchange):
    import_one(exchange, "out of reach")
    device = elsewhere(exchange, "no gates")
    check(exchange.run("no gates", "task", "next"), 9, "CFD-SHR-001")
    device.do("connect", "--store", "http://127.0.0.1:1")
    check(exchange.run("no gates", "task", "next"), 9, "CFD-NET-001")


def test_10_finished_with_findings(exchange):
    stolen = exchange.path("stolen")
    for name in ("store", "gate1", "gate2"):
        shutil.copytree(exchange.path(name), os.path.join(stolen, name),
                        ignore=shutil.ignore_patterns("*.sock", "lock"))
    store, one, two = (os.path.join(stolen, n) for n in ("store", "gate1", "gate2"))
    got = run("drill", "gate", "--store", store, "--gate", one, "--gate", two, "--control-gate", one)
    check(got, 10, "CFD-USE-005")


def test_130_interrupted(exchange):
    elsewhere(exchange, "waiting")
    process = subprocess.Popen(exchange.party("waiting").argv("lab", "wait", "--seconds", "50"),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.PIPE,
                               env=environment())
    process.stdin.close()
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    process.wait(20)
    err = process.stderr.read()
    assert process.returncode == 130, err
    assert b"[CFD-USE-003]" in err


def codes():
    return {c["code"]: c for c in json.loads(run("explain", "--json").stdout)["data"]["codes"]}


def test_every_code_of_the_program_is_explained_with_its_exit_code():
    source = (ROOT / "src/base/err.c").read_text()
    named = set(re.findall(r'"(CFD-[A-Z]{3}-\d{3})"', source))
    known = codes()
    assert named == set(known) - {"OK"} and len(named) > 60
    wanted = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130}
    assert {c["exit_code"] for c in known.values()} == wanted
    for code, row in known.items():
        got = run("explain", code.lower())
        assert got.returncode == 0
        assert row["title"] in got.stdout.decode() and row["explain"] in got.stdout.decode()
        assert len(row["explain"]) > 15 and row["explain"].endswith((".", "?"))


def documents():
    files = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    assert len(files) > 8
    return {f: f.read_text() for f in files}


def test_every_code_that_the_documents_name_exists():
    known, found = codes(), 0
    for file, text in documents().items():
        for code in re.findall(r"CFD-[A-Z]{3}-\d{3}", text):
            assert code in known, f"{file.name} names {code}"
            found += 1
    assert found > 5


def commands():
    data = json.loads(run("commands", "--json").stdout)["data"]
    common = {o["name"] for o in data["common_options"]}
    return {f'{c["noun"]} {c["verb"]}'.strip(): common | {o["name"] for o in c["options"]}
            for c in data["commands"]}


def shown(text):
    """A document's fenced lines and inline code, one a line."""
    return "\n".join(re.findall(r"(?ms)^```\w*\n(.*?)^```", text) + re.findall(r"`([^`\n]+)`", text))


def hints(text):
    """Strings and quoted commands of a C file, one a line; and what stands behind an "or"."""
    strings = [s for literal in re.findall(r'"([^"\n]*)"', text) for s in re.split(r"`|, or ", literal)]
    return "\n".join(s for s in strings if re.match(r"cofferdam [a-z]", s) and not s.startswith("cofferdam zsh"))


def test_every_command_that_documents_and_hints_name_exists():
    known, found = commands(), 0
    nouns = {c.split()[0] for c in known}
    for file, text in [*((f, shown(t)) for f, t in documents().items()),
                       *((f, hints(f.read_text())) for f in (ROOT / "src").rglob("*.c"))]:
        for noun, verb in re.findall(r"(?m)^(?:\$ )?cofferdam ([a-z]+)\b ?([a-z]+)?", text):
            assert noun in nouns, f"{file} names `cofferdam {noun}`"
            if noun not in known:
                assert f"{noun} {verb}" in known, f"{file} names `cofferdam {noun} {verb}`"
            found += 1
    assert found > 20


def test_the_tables_of_exit_codes_in_the_documents_agree_with_the_program():
    names = {1: "failure", 2: "usage", 3: "not found", 4: "not authenticated", 5: "denied by policy",
             6: "paused or revoked", 7: "integrity failure", 8: "conflict or locked", 9: "unreachable",
             10: "finished with findings", 130: "interrupted"}
    text = (ROOT / "docs/man/cofferdam.md").read_text()
    for number, name in names.items():
        assert re.search(rf"(?m)^\| {number} +\| {name}", text), f"docs/man/cofferdam.md lacks {number} {name}"
