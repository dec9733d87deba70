"""The sandbox of the plain build, seen from outside: what kills, what cannot be opened, who it runs as.

COFFERDAM_PLAIN names the build folder of released flags; a build with a sanitizer has no sandbox."""
import json
import os
import pathlib
import pwd
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("COFFERDAM_PLAIN", ROOT / "build"))
BIN, PROBE = str(BUILD / "src/cli/cofferdam"), str(BUILD / "tests/confine-probe")
KINDS = ("gate", "store", "watcher", "courier")
AM_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")
KILLED = -signal.SIGSYS


def probe(kind, where, *what):
    return subprocess.run([PROBE, kind, str(where), *what], capture_output=True, text=True, check=False)


def calls(kind):
    return probe(kind, "/", "list").stdout.split()


def landlock():
    """The kernel's own word, not the program's."""
    libc = __import__("ctypes").CDLL(None, use_errno=True)
    return libc.syscall(444, None, 0, 1)


@pytest.fixture
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="cofferdam-confine-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def party(folder):
    """An owner's root, and directories made from it."""
    (folder / "pass").write_text("correct horse\n")
    run("lab", "init", "--kdf", "interactive", "--state", folder / "lab", "--passphrase-file", folder / "pass")
    run("gate", "init", "--number", 1, "--owner", folder / "lab/root", "--state", folder / "gate")
    run("store", "init", "--owner", folder / "lab/root", "--state", folder / "store")
    run("watch", "init", "--owner", folder / "lab/root", "--state", folder / "watch")
    return folder


def run(*words):
    return subprocess.run([BIN, *map(str, words)], capture_output=True, text=True, check=True)


class Daemon:
    def __init__(self, party, kind, *more, name=None):
        words = [kind, "serve", "--state", str(party / (name or kind))]
        if kind != "watch":
            words += ["--listen", "127.0.0.1:0", "--health", "127.0.0.1:0"]
        self.process = subprocess.Popen([BIN, *words, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, cwd=party)
        self.ready = self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    @property
    def port(self):
        return int(self.ready.split()[1])

    def children(self):
        return [int(p) for p in pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]


def status(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {k: v.split() for k, v in (line.split(":", 1) for line in lines)}


def tasks(pid):
    return [status(f"{pid}/task/{t}") for t in os.listdir(f"/proc/{pid}/task")]


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as r:
            return r.status, json.load(r)
    except urllib.error.HTTPError as e:
        return e.code, json.load(e)


@pytest.mark.parametrize("kind", KINDS)
def test_a_serving_daemon_has_at_most_35_calls_and_the_manual_names_each(kind):
    have = calls(kind)
    assert 15 < len(have) <= 35 and len(set(have)) == len(have)
    text = (ROOT / "docs/operations.md").read_text()
    row = re.search(rf"^\| {kind} \| (\d+) \| (.*) \|$", text, re.M)
    assert row and int(row[1]) == len(have) and sorted(re.findall(r"`(\w+)`", row[2])) == sorted(have)


@pytest.mark.parametrize("kind", KINDS)
def test_a_confined_process_gets_on_when_it_does_nothing_forbidden(folder, kind):
    got = probe(kind, folder, "nothing")
    assert (got.returncode, got.stdout) == (0, "alive 0\n")


@pytest.mark.parametrize("what", ["execve", "ptrace", "packet", "fork", "kill", "code", "old-abi", "root"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_forbidden_call_kills(folder, kind, what):
    got = probe(kind, folder, what)
    assert (got.returncode, got.stdout) == (KILLED, "")


@pytest.mark.parametrize("kind", ["gate", "store", "watcher"])
def test_who_holds_keys_or_state_cannot_open_a_connection(folder, kind):
    assert probe(kind, folder, "connect").returncode == KILLED
    assert probe("courier", folder, "connect").stdout == "alive 0\n"


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_outside_the_state_cannot_be_opened(folder, kind):
    state, outside = folder / "state", folder / "outside"
    state.mkdir()
    (state / "in").write_text("x")
    outside.write_text("x")
    got = [probe(kind, state, *what) for what in (("read", outside), ("write", outside), ("write", folder / "new"))]
    if landlock() >= 2:
        assert [g.stdout for g in got] == ["alive 13\n"] * 3
        assert not (folder / "new").exists()
    else:
        assert all("no Landlock" in g.stderr for g in got) or kind == "courier"
    assert probe(kind, state, "read", str(state / "in")).stdout == "alive 0\n"


@pytest.mark.parametrize("kind", ["gate", "store", "watch"])
def test_every_thread_is_confined_and_no_core_is_written(party, kind):
    with Daemon(party, kind) as d:
        assert d.ready.startswith("ready")
        for pid in [d.process.pid, *d.children()]:
            for task in tasks(pid):
                assert task["NoNewPrivs"] == ["1"] and task["Seccomp"] == ["2"], task["Name"]
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
            assert re.search(r"Max core file size +0 +0 ", limits)
        assert len(d.children()) == (kind != "store")
        d.process.send_signal(signal.SIGSEGV)
        _, how = os.waitpid(d.process.pid, 0)
        assert os.WTERMSIG(how) == signal.SIGSEGV and not os.WCOREDUMP(how)
    assert not list(party.glob("core*"))


@pytest.mark.parametrize("kind", ["gate", "store", "watch"])
def test_started_as_root_it_becomes_the_account_for_good_or_says_that_it_is_root(party, kind):
    if not AM_ROOT:
        got = subprocess.run([BIN, kind, "serve", "--state", party / kind, "--listen", "127.0.0.1:0", "--user", "nobody"]
                             if kind != "watch" else [BIN, kind, "serve", "--state", party / kind, "--user", "nobody"],
                             capture_output=True, text=True, check=False)
        assert got.returncode == 2 and "only root can become" in got.stderr
        return
    with Daemon(party, kind, "--user", "nobody") as d:
        assert d.ready == "" and d.process.wait() == 1
        words = d.process.stderr.read()
        assert "belongs to uid 0, not to 'nobody'" in words and "hint: chown -R nobody:" in words
    for path in [party / kind, *(party / kind).rglob("*")]:
        os.chown(path, NOBODY.pw_uid, NOBODY.pw_gid)
    with Daemon(party, kind, "--user", "nobody") as d:
        assert d.ready.startswith("ready")
        for pid in [d.process.pid, *d.children()]:
            for task in tasks(pid):
                assert task["Uid"] == [str(NOBODY.pw_uid)] * 4 and task["Gid"] == [str(NOBODY.pw_gid)] * 4
                assert task["Groups"] == [] and int(task["CapEff"][0], 16) == 0 == int(task["CapPrm"][0], 16)
        d.process.terminate()
        assert d.process.wait() == 0 and "runs as root" not in d.process.stderr.read()
    for path in [party / kind, *(party / kind).rglob("*")]:
        os.chown(path, 0, 0)
    with Daemon(party, kind) as d:
        d.process.terminate()
        assert d.process.wait() == 0 and "runs as root: --user NAME gives that up" in d.process.stderr.read()


def test_root_itself_and_unknown_accounts_are_no_accounts_to_become(party):
    for name, words in (("root", "is root itself"), ("no-such-account", "there is no account")):
        with Daemon(party, "store", "--user", name) as d:
            assert d.ready == "" and d.process.wait() == 2 and words in d.process.stderr.read()


@pytest.mark.parametrize("kind", ["gate", "store", "watch"])
def test_a_frozen_daemon_goes_on_when_it_is_thawed(party, kind):
    with Daemon(party, kind) as d:
        for _ in range(3):
            for number in (signal.SIGSTOP, signal.SIGCONT):
                d.process.send_signal(number)
                time.sleep(0.3)
        assert d.process.poll() is None


@pytest.mark.parametrize("kind", ["gate", "watch"])
def test_without_its_courier_a_daemon_ends_and_says_so(party, kind):
    with Daemon(party, kind) as d:
        os.kill(d.children()[0], signal.SIGKILL)
        assert d.process.wait(10) == 1 and "the courier has gone" in d.process.stderr.read()


def test_a_courier_ends_with_its_daemon(party):
    with Daemon(party, "gate") as d:
        courier = d.children()[0]
        d.process.kill()
        d.process.wait()
        deadline = time.monotonic() + 5
        while os.path.exists(f"/proc/{courier}") and "Z" not in status(courier)["State"] and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not os.path.exists(f"/proc/{courier}") or "Z" in status(courier)["State"]


def test_a_peer_is_found_by_its_name(party):
    """The courier looks names up; localhost stands in /etc/hosts. TLS is spoken there too."""
    name = f"http://localhost:{free_port()}"
    with Daemon(party, "watch", "--gate", f"1={name}", "--gate", "2=https://localhost:1", "--gate",
                "3=http://name.invalid:1") as d:
        time.sleep(1.5)
        assert d.process.poll() is None and len(d.children()) == 1
        d.process.terminate()
        assert d.process.wait(60) == 0
        words = d.process.stderr.read()
    assert "gate 1: cannot reach" in words and "Couldn't connect" in words
    assert "gate 3: cannot reach" in words and "resolve host name" in words


def test_health_says_why_it_is_not_ready_on_loopback_alone(party):
    health = free_port()
    with Daemon(party, "gate", "--health", f"127.0.0.1:{health}") as d:
        assert get(health, "/livez") == (200, {"live": True})
        assert get(health, "/readyz") == (503, {"ready": False, "reasons": [
            {"code": "CFD-REL-006", "text": "the epoch is not ready"}]})
        assert get(health, "/v1/status")[0] == 404 and get(health, "/livez?x=1")[0] == 404
        assert get(d.port, "/livez")[0] == 404 == get(d.port, "/readyz")[0]
    with Daemon(party, "store", "--health", f"127.0.0.1:{health}") as d:
        assert get(health, "/livez") == (200, {"live": True})
        assert get(health, "/readyz") == (200, {"ready": True, "reasons": []})
        assert get(d.port, "/livez")[0] == 404
    with Daemon(party, "store", "--health", "0.0.0.0:0") as d:
        assert d.ready == "" and d.process.wait() == 2 and "only on loopback" in d.process.stderr.read()


def test_a_store_that_cannot_keep_a_statement_has_not_taken_it(party):
    """From some moment on no file may grow: what it takes in meanwhile is forgotten, and it says that it has trouble.
    When files may grow again it goes on by itself."""
    health = free_port()
    words = [BIN, "store", "serve", "--state", str(party / "store"), "--listen", "127.0.0.1:0", "--health",
             f"127.0.0.1:{health}"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
    new = [BIN, "project", "new", "x", "--state", party / "lab", "--passphrase-file", party / "pass"]
    try:
        ready = process.stdout.readline()
        assert get(health, "/readyz")[0] == 200
        whole = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, whole[1]))
        at = f"http://127.0.0.1:{ready.split()[1]}"
        run("connect", "--store", at, "--gate", f"1=http://127.0.0.1:{free_port()}", "--state", party / "lab")
        assert subprocess.run(new, capture_output=True, check=False).returncode != 0
        assert process.poll() is None and get(health, "/readyz")[0] == 503
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, whole)
        subprocess.run(new, capture_output=True, check=False)
        assert get(health, "/readyz")[0] == 200
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_supervisor_is_told(party):
    import socket
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s, pytest.MonkeyPatch.context() as env:
        path = str(party / "notify")
        s.bind(path)
        s.settimeout(10)
        env.setenv("NOTIFY_SOCKET", path)
        env.setenv("WATCHDOG_USEC", "900000")
        with Daemon(party, "gate") as d:
            assert s.recv(100).startswith(b"READY=1\n")
            assert s.recv(100) == b"WATCHDOG=1\n" == s.recv(100)
            d.process.terminate()
            while (word := s.recv(100)) == b"WATCHDOG=1\n":
                pass
            assert word == b"STOPPING=1\n" and d.process.wait() == 0


def test_a_build_with_a_sanitizer_says_that_it_has_no_sandbox(party):
    """The filter is not weakened for the sanitizer: there is none, and the operator reads that."""
    other = os.environ.get("COFFERDAM_BUILD")
    if not other or pathlib.Path(other) == BUILD:
        return
    got = subprocess.run([other + "/tests/confine-probe", "gate", party, "nothing"], capture_output=True, text=True, check=False)
    assert got.returncode == 0 and "a sanitizer or coverage is in this build: no seccomp, no Landlock" in got.stderr
