"""docs/tutorial.md, followed literally: every command of every block, in order, with the real programs."""
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import queue

import pytest

from exchange import BIN, ROOT, environment, free_port

TUTORIAL = ROOT / "docs/tutorial.md"
FENCE = re.compile(r"(?ms)^```([^\n]*)\n(.*?)^```$")


def blocks(text):
    """(kind, exit code, lines) of each fenced block; a kind that nobody runs is an error."""
    found = []
    for info, body in FENCE.findall(text):
        words = info.split()
        exit_code = 0
        if words[:1] == ["sh"] and len(words) == 2 and words[1].startswith("exit="):
            exit_code = int(words.pop()[5:])
        kind = " ".join(words)
        assert kind in ("sh", "sh server", "output"), f"a block of kind '{info}' would not be run"
        found.append((kind, exit_code, body.replace("\\\n", " ").splitlines() if kind != "output"
                      else body.splitlines()))
    assert len(found) == text.count("\n```") / 2, "a fence is not closed, or not at the line's beginning"
    return found


class Reader:
    """Somebody who types what the page says: one terminal for commands, a new one for each server."""

    def __init__(self, home):
        # A build folder of another kind (sanitizers) may stand for the one that the page names.
        self.env = environment(HOME=home, LC_ALL="C.UTF-8")
        self.ports = {}
        self.home, self.servers, self.ran = home, [], 0
        self.shell = subprocess.Popen(["bash", "--norc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=open(os.path.join(home, "stderr"), "ab"), env=self.env, cwd=ROOT,
                                      text=True, start_new_session=True)

    def typed(self, command):
        command = command.replace("$PWD/build/src/cli", shlex.quote(os.path.dirname(BIN)))
        return re.sub(r"127\.0\.0\.1:(70\d\d)", lambda m: f"127.0.0.1:{self.port(m[1])}", command)

    def port(self, printed):
        if printed not in self.ports:
            self.ports[printed] = free_port()
        return self.ports[printed]

    def printed(self, text):
        for printed, real in self.ports.items():
            text = text.replace(f"127.0.0.1:{real}", f"127.0.0.1:{printed}")
        return text

    def stderr(self):
        with open(os.path.join(self.home, "stderr"), errors="replace") as f:
            return f.read()[-1500:]

    def run(self, command):
        """Exit code and what went to standard output."""
        self.ran += 1
        self.shell.stdin.write(self.typed(command) + '\nstatus=$?; echo; echo "done-with-it $status"\n')
        self.shell.stdin.flush()
        lines = []
        for line in self.shell.stdout:
            if line.startswith("done-with-it "):
                return int(line.split()[1]), self.printed("".join(lines)[:-1])
            lines.append(line)
        raise AssertionError(f"the shell ended at: {command}\n{self.stderr()}")

    def serve(self, command):
        self.ran += 1
        process = subprocess.Popen(["bash", "--norc", "-c", ". ~/exchange/env; exec " + self.typed(command)],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=self.env, cwd=self.home,
                                   stderr=open(os.path.join(self.home, "stderr"), "ab"), text=True)
        self.servers.append(process)
        lines = queue.Queue()
        threading.Thread(target=lambda: lines.put(process.stdout.readline()), daemon=True).start()
        assert lines.get(timeout=60).startswith("ready"), f"{command}\n{self.stderr()}"

    def leave(self):
        self.shell.stdin.close()
        for process in self.servers:
            process.send_signal(signal.SIGTERM)
        for process in [self.shell, *self.servers]:
            process.wait(20)


def fits(pattern, line):
    """`…` is anything; runs of blanks are alike, since columns are as wide as what is in them."""
    squeezed = [" ".join(x.split()) for x in (pattern, line)]
    return re.fullmatch(".*".join(map(re.escape, squeezed[0].split("…"))), squeezed[1]) is not None


def compare(command, shown, printed):
    got = [line for line in printed.splitlines() if line.strip()]
    assert len(got) == len(shown) and all(map(fits, shown, got)), \
        f"{command}\nshown:\n" + "\n".join(shown) + "\nprinted:\n" + "\n".join(got)


@pytest.fixture
def reader():
    home = tempfile.mkdtemp(prefix="cofferdam-tutorial-")
    r = Reader(home)
    yield r
    r.leave()
    shutil.rmtree(home, ignore_errors=True)


def follow(reader, text):
    command, printed = None, None
    for kind, exit_code, lines in blocks(text):
        if kind == "output":
            assert command, "an output without a command before it"
            compare(command, lines, printed)
            continue
        for command in lines:
            if kind == "sh server":
                reader.serve(command)
                command = None
                continue
            status, printed = reader.run(command)
            assert status == exit_code, f"exit code {status}, not {exit_code}: {command}\n{reader.stderr()}"


def test_every_command_of_the_tutorial_works_as_printed(reader):
    text = TUTORIAL.read_text()
    follow(reader, text)
    commands = sum(len(lines) for kind, _, lines in blocks(text) if kind != "output")
    assert reader.ran == commands > 80
    assert "cofferdam" in text and "…=" not in text and "=…" not in text


@pytest.mark.parametrize("text,complaint", [
    ("```sh\ntrue\n```\n```console\nfalse\n```\n", "would not be run"),
    ("```sh\ntrue\n", "not closed"),
    ("```sh\ntrue\nfalse\n```\n", "exit code 1, not 0"),
    ("```sh exit=5\ntrue\n```\n", "exit code 0, not 5"),
    ("```sh\necho one\n```\n```output\ntwo\n```\n", "shown:"),
    ("```sh\nprintf 'one\\ntwo\\n'\n```\n```output\n…\n```\n", "shown:"),
])
def test_a_page_that_is_wrong_fails(reader, text, complaint):
    with pytest.raises(AssertionError, match=re.escape(complaint)):
        follow(reader, "\n" + text)
