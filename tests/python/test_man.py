"""Man pages and completions are made from the command table, without a word lacking and without a complaint."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

import pytest

from exchange import BIN, ROOT, environment

TABLE = json.loads(subprocess.run([BIN, "commands", "--json"], capture_output=True, check=True,
                                  env=environment()).stdout)["data"]
COMMANDS = {f"{c['noun']} {c['verb']}".strip(): c for c in TABLE["commands"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("man")
    subprocess.run([sys.executable, "-B", str(ROOT / "tools/man.py"), BIN, str(out)], check=True, env=environment())
    return out


def pages(made):
    found = sorted(made.glob("man*/*"))
    assert len(found) > 30
    return found


def rendered(page):
    text = subprocess.run(["man", "-E", "UTF-8", "-l", str(page)], capture_output=True, check=True,
                          env=environment(MANWIDTH="500", PAGER="cat")).stdout.decode()
    return re.sub(r".\b|[‐\n]", lambda m: "" if m.group() == "\b" else m.group(), text)


def test_no_page_is_complained_of(made):
    for page in pages(made):
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(page)], capture_output=True, check=False)
        assert lint.stdout + lint.stderr == b"", page
        warned = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", str(page)], capture_output=True, check=True,
                                env=environment(MANWIDTH="100", PAGER="cat"))
        assert warned.stderr == b"", page


def test_a_page_with_a_fault_would_be_complained_of(made, tmp_path):
    bad = tmp_path / "bad.1"
    bad.write_text((made / "man1/cofferdam.1").read_text() + ".XY no such macro\n.RE\n")
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(bad)], capture_output=True, check=False)
    assert b"unknown macro" in lint.stdout


def test_every_command_and_option_of_the_table_is_on_its_page(made):
    main = rendered(made / "man1/cofferdam.1")
    for option in TABLE["common_options"]:
        assert option["name"] in main and option["help"] in main
    for words, c in COMMANDS.items():
        text = rendered(made / f"man1/cofferdam-{c['noun']}.1")
        assert f"cofferdam {words}" in text and f" {words} " in main.replace("\n", " ")
        for option in c["options"]:
            assert option["name"] in text and option["help"] in text, words


def test_every_command_is_explained_in_prose(made):
    prose = re.split(r"(?m)^## (.*)\n", (ROOT / "docs/man/commands.md").read_text())
    assert set(prose[1::2]) == set(COMMANDS), "docs/man/commands.md has a section for each command and no other"
    assert all(len(text.split()) >= 3 for text in prose[2::2])


def test_every_section_of_the_formats_is_on_a_page(made):
    everything = " ".join(p.read_text() for p in made.glob("man5/*"))
    for heading in re.findall(r"(?m)^##+ (\d+\.\d* .*)$", (ROOT / "docs/format.md").read_text()):
        number = heading.split(" ")[0]
        assert re.search(rf"(?m)^\.S[HS] {re.escape(number)} ", everything), heading


def test_every_code_is_on_the_page_of_codes(made):
    text = rendered(made / "man7/cofferdam-codes.7")
    for code in re.findall(r'"(CFD-[A-Z]{3}-\d{3})"', (ROOT / "src/base/err.c").read_text()):
        assert code in text


# --- completion ---

def bash(made, *words):
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cofferdam; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    got = subprocess.run(["bash", "--norc", "-c", script, "bash", str(made / "cofferdam"), "cofferdam", *words],
                         capture_output=True, check=True, cwd=ROOT)
    assert got.stderr == b""
    return set(got.stdout.decode().split("\n")) - {""}


def fish(made, *words):
    line = " ".join(["cofferdam", *[w or "''" for w in words[:-1]], words[-1]])
    got = subprocess.run(["fish", "--no-config", "-c", 'source $argv[1]; complete -C $argv[2]',
                          str(made / "cofferdam.fish"), line], capture_output=True, check=True, cwd=ROOT,
                         env=environment(HOME=str(made)))
    return {row.split("\t")[0] for row in got.stdout.decode().split("\n")} - {""}


def zsh(made, *words):
    script = ('autoload -U compinit && compinit -u -d "$2/dump"; source "$1"; shift 2; COMP_WORDS=("$@"); '
              'COMP_CWORD=$(($# - 1)); (){ emulate -L sh; setopt kshglob noshglob braceexpand nokshglob ksharrays; '
              '_cofferdam; print -l -- "${COMPREPLY[@]}" }')
    got = subprocess.run(["zsh", "-f", "-c", script, "zsh", str(made / "_cofferdam"), str(made), "cofferdam", *words],
                         capture_output=True, check=True, cwd=ROOT, env=environment(HOME=str(made)))
    assert got.stderr == b""
    # What does not begin with the word is dropped by zsh itself: see the test on its prompt.
    return {row for row in got.stdout.decode().split("\n") if row and row.startswith(words[-1])}


def test_zsh_completes_on_its_prompt(made):
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execvpe("zsh", ["zsh", "-f", "-i"], environment(HOME=str(made), TERM="dumb", PS1="> "))
    seen = b""

    def until(text, send):
        nonlocal seen
        os.write(fd, send)
        end = time.monotonic() + 20
        while text not in seen and time.monotonic() < end:
            if select.select([fd], [], [], 0.2)[0]:
                seen += os.read(fd, 65536)
        assert text in seen, seen[-800:]

    until(b"ready-1", f"autoload -U compinit && compinit -u -d {made}/dump; source {made}/_cofferdam; echo ready-$((1))\n"
          .encode())
    until(b"cofferdam gate", b"cofferdam ga\t")
    until(b"serve ", b"serv\t")
    os.close(fd)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


@pytest.mark.parametrize("shell", [bash, zsh, fish])
def test_nouns_verbs_options_and_files_are_completed(made, shell):
    nouns = {c["noun"] for c in COMMANDS.values()}
    assert shell(made, "") == nouns
    assert shell(made, "ga") == {"gate"}
    for noun in ("lab", "gate", "task", "review"):
        assert shell(made, noun, "") == {c["verb"] for c in COMMANDS.values() if c["noun"] == noun}
    common = {o["name"] for o in TABLE["common_options"]}
    for words in ("task import", "record seal", "deliver", "member enrol"):
        got = shell(made, *words.split(), "--")
        assert got == {o["name"] for o in COMMANDS[words]["options"]} | common, words
    assert shell(made, "policy", "check", "READ") == {"README.md"}
    assert shell(made, "lab", "epoch", "--card", "LICEN") == {"LICENSE"}
    assert shell(made, "record", "seal", "--state", "LICEN") == {"LICENSE"}
    assert shell(made, "member", "enrol", "--device", "LICEN") == set()


def test_the_whole_table_is_completed_in_bash(made):
    for words, c in COMMANDS.items():
        got = bash(made, *words.split(), "--")
        assert {o["name"] for o in c["options"]} <= got, words


def test_an_unknown_shell_is_refused_by_name():
    got = subprocess.run([BIN, "completion", "tcsh"], capture_output=True, check=False, env=environment())
    assert got.returncode == 1 and b"'tcsh'" in got.stderr and b"CFD-USE-004" in got.stderr


def test_an_installed_tree_has_pages_and_completions(tmp_path):
    build = os.environ.get("COFFERDAM_PLAIN_BUILD", str(ROOT / "build"))
    if not os.path.exists(os.path.join(build, "docs", "man1")):
        subprocess.run(["./dev", "build"], check=True, cwd=ROOT, capture_output=True)
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", str(tmp_path)], check=True,
                   capture_output=True)
    found = {p.name for p in tmp_path.rglob("*") if p.is_file()}
    assert {"cofferdam", "cofferdam-thief", "cofferdam.1", "cofferdam-task.1", "cofferdam.conf.5", "_cofferdam",
            "cofferdam-codes.7", "cofferdam.fish"} <= found
