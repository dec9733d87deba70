"""Settings: command line, environment, the user's file, the system's, in this order; and what a terminal shows."""
import json
import os
import re
import subprocess

import pytest

from exchange import BIN, ROOT, environment
from terminal import on_terminal


def show(*words, home, **env):
    got = subprocess.run([BIN, "config", "show", "--origin", "--json", *words], capture_output=True, check=False,
                         stdin=subprocess.DEVNULL, env=environment(HOME=str(home), **env))
    data = json.loads(got.stdout)["data"] if got.stdout else None
    if got.returncode:
        return got.returncode, got.stderr.decode()
    return {s["key"]: (s["value"], s["origin"]) for s in data["settings"]}


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / ".config/cofferdam"
    folder.mkdir(parents=True)
    (folder / "cofferdam.conf").write_text(
        "# a comment\nstate = mine ; and another\nproject = plain\nquiet = yes\n\n"
        "[profile work]\nproject = profiled\npassphrase-file = ~/secret\n[profile other]\nproject = no\n")
    return tmp_path


def test_what_is_typed_comes_first_then_environment_then_profile_then_file(home):
    conf = f"{home}/.config/cofferdam/cofferdam.conf"
    got = show(home=home)
    assert got["state"] == (f"{home}/.config/cofferdam/mine", f"{conf}:2")
    assert got["project"] == ("plain", f"{conf}:3")
    assert got["quiet"] == ("yes", f"{conf}:4")
    assert got["verbose"] == (None, "")
    got = show("--profile", "work", home=home)
    assert got["project"] == ("profiled", f"{conf}:7")
    assert got["passphrase-file"] == (f"{home}/secret", f"{conf}:8")
    assert got["state"][1] == f"{conf}:2"
    got = show(home=home, COFFERDAM_PROFILE="work", COFFERDAM_PROJECT="environment", COFFERDAM_QUIET="no")
    assert got["project"] == ("environment", "COFFERDAM_PROJECT")
    assert got["passphrase-file"][1] == f"{conf}:8"
    assert got["quiet"] == ("no", "COFFERDAM_QUIET")
    got = show("--project", "typed", "--quiet", home=home, COFFERDAM_PROJECT="environment", COFFERDAM_QUIET="no")
    assert got["project"] == ("typed", "command line")
    assert got["quiet"] == ("yes", "command line")


def test_xdg_and_config_name_another_file(home, tmp_path):
    other = tmp_path / "xdg/cofferdam"
    other.mkdir(parents=True)
    (other / "cofferdam.conf").write_text("project = x\n")
    assert show(home=home, XDG_CONFIG_HOME=str(tmp_path / "xdg"))["project"] == ("x", f"{other}/cofferdam.conf:1")
    (tmp_path / "named").write_text("project = named\n")
    for words, env in ((("--config", str(tmp_path / "named")), {}), ((), {"COFFERDAM_CONFIG": str(tmp_path / "named")})):
        assert show(*words, home=home, **env)["project"] == ("named", f"{tmp_path}/named:1")
    assert show("--config", "/no/such", home=home)[0] == 3


def test_the_systems_file_comes_last(home, tmp_path):
    """In a mount namespace with an /etc of its own, so that the machine's stays as it is."""
    (tmp_path / "etc/cofferdam").mkdir(parents=True)
    (tmp_path / "etc/cofferdam/cofferdam.conf").write_text("project = system\nverbose = yes\n")
    script = f'mount --bind {tmp_path}/etc /etc && exec {BIN} config show --origin --json'
    got = subprocess.run(["unshare", *([] if os.geteuid() == 0 else ["-r"]), "-m", "sh", "-c", script],
                         capture_output=True, check=False, env=environment(HOME=str(home)))
    assert got.returncode == 0, got.stderr
    rows = {s["key"]: (s["value"], s["origin"]) for s in json.loads(got.stdout)["data"]["settings"]}
    assert rows["verbose"] == ("yes", "/etc/cofferdam/cofferdam.conf:2")
    assert rows["project"][0] == "plain"


@pytest.mark.parametrize("text,said", [
    ("state = x\nstaet = y\n", "line 2: unknown key 'staet'"),
    ("\n[porfile x]\nstate = y\n", "line 3: unknown section 'porfile x'"),
    ("[profile x]\nfoo = y\n", "line 2: unknown key 'foo'"),
    ("state = x\nstate = y\n", "line 2: set twice: 'state'"),
    ("quiet = perhaps\n", "line 1: no usable value for 'quiet'"),
    ("state =\n", "line 1: no usable value for 'state'"),
    ("state\n", "line 1: not 'key = value'"),
    ("state = " + "x" * 300 + "\n", "line 1: longer than 198 bytes"),
    ("state = x\n project = y\n", "line 2: set twice: 'state'"),     # inih goes on with an indented line
])
def test_a_wrong_file_is_an_error_with_file_and_line(tmp_path, text, said):
    (tmp_path / "conf").write_text(text)
    code, err = show("--config", str(tmp_path / "conf"), home=tmp_path)
    assert code == 2 and f"'{tmp_path}/conf' {said}" in err and "CFD-USE-002" in err, err


def test_a_profile_that_no_file_has_is_an_error(home):
    code, err = show("--profile", "wrok", home=home)
    assert code == 3 and "no file has a profile 'wrok'" in err


def test_a_wrong_line_of_client_conf_is_named_by_its_key(home):
    state = home / "state"
    state.mkdir()
    (state / "client.conf").write_text("[owner]\nid = 00\n")
    (home / "pass").write_text("p\n")
    got = subprocess.run([BIN, "status", "--state", str(state), "--passphrase-file", str(home / "pass")],
                         capture_output=True, check=False, env=environment())
    assert got.returncode == 2 and b"client.conf' line 2: unknown key or bad value: 'id' in [owner]" in got.stderr


# --- options and terminals ---

def run(*words, **env):
    return subprocess.run([BIN, *words], capture_output=True, check=False, stdin=subprocess.DEVNULL,
                          env=environment(**env))


def test_options_may_be_joined_by_an_equals_sign_and_words_follow_two_dashes(tmp_path):
    (tmp_path / "--odd").write_text("nonsense")
    assert b"'--odd'" not in run("policy", "check", "--", str(tmp_path / "--odd")).stderr
    assert json.loads(run("explain", "--json", "CFD-POL-004").stdout)["ok"]
    got = run("config", "show", "--project=x=y", "--json")
    assert [s["value"] for s in json.loads(got.stdout)["data"]["settings"] if s["key"] == "project"] == ["x=y"]
    assert b"takes no value" in run("version", "--json=yes").stderr


def test_what_is_not_built_is_refused_by_name():
    for words in (("task", "import", "x", "--yes"), ("gate", "init", "--dry-run")):
        got = run(*words)
        assert got.returncode == 1 and words[-1].encode() in got.stderr and b"CFD-USE-004" in got.stderr


def test_a_dash_is_standard_input_where_it_is_read_and_refused_elsewhere(tmp_path):
    init = [BIN, "device", "init", "--state", str(tmp_path / "d"), "--kdf", "interactive", "--passphrase-file", "-"]
    got = subprocess.run(init, input=b"a passphrase\n", capture_output=True, check=False, env=environment())
    assert got.returncode == 0 and len(got.stdout) == 65
    got = subprocess.run([BIN, "policy", "check", "-"], capture_output=True, check=False, env=environment(),
                         input=(ROOT / "demo/policy.txt").read_bytes())
    assert got.returncode == 0
    for words in (("deliver", "--out", "-"), ("gate", "pair", "--make", "-"), ("lab", "epoch", "--card=-")):
        got = run(*words)
        assert got.returncode == 1 and b"CFD-USE-004" in got.stderr, words
    assert not (tmp_path / "-").exists()


def test_no_input_asks_nothing_even_on_a_terminal(tmp_path):
    written, code = on_terminal([BIN, "device", "init", "--state", str(tmp_path / "d"), "--no-input"])
    assert code == 2 and b"no passphrase" in written


def test_ctrl_c_at_the_prompt_ends_with_130_and_brings_the_echo_back(tmp_path):
    argv = ["/bin/sh", "-c", f'trap : INT; {BIN} device init --state {tmp_path}/d; echo "code $?"; stty -a']
    written, _ = on_terminal(argv, type_in=[(b"passphrase for", b"\x03")])
    assert b"code 130" in written and re.search(rb"[^-]\becho\b", written), written
    assert not (tmp_path / "d/device.key").exists()


def test_a_prompt_names_the_key_and_shows_nothing_of_what_is_typed(tmp_path):
    typed = [(b"/d': ", b"swordfish\n"), (b"again: ", b"swordfish\n")]
    written, code = on_terminal([BIN, "device", "init", "--state", f"{tmp_path}/d", "--kdf", "interactive"],
                                type_in=typed)
    assert code == 0 and b"swordfish" not in written and f"passphrase for '{tmp_path}/d'".encode() in written


@pytest.mark.parametrize("columns", [60, 100])
@pytest.mark.parametrize("words", [["help"], ["help", "task", "import"], ["explain"], ["explain", "CFD-REL-007"],
                                   ["status"], ["config", "show", "--origin"], ["lab", "epoch", "--dry-rn"]])
def test_no_screen_is_wider_than_its_terminal_and_no_word_is_cut(words, columns):
    written, _ = on_terminal([BIN, *words], columns=columns)
    lines = [line.rstrip() for line in written.decode().replace("\r\n", "\n").split("\n")]
    assert max(map(len, lines)) <= columns, lines
    got = run(*words)
    plain = (got.stdout + got.stderr).decode().split()
    assert sorted(" ".join(lines).split()) == sorted(plain)


def test_errors_cannot_drive_the_terminal():
    written, _ = on_terminal([BIN, "explain", "CFD\033[2J"])
    assert b"\033" not in written and b"CFD?[2J" in written
