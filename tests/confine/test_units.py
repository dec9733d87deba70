"""The systemd units: understood without a word, hardened to a threshold, and what they start exists."""
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "packaging/systemd").glob("*.service"))
EXPOSURE_MAX = 15  # tenths; a unit without hardening has 96


def shown(unit, tmp_path, text=None):
    """The unit as it would be installed, with a program that is there on every machine."""
    path = tmp_path / unit.name.replace("@.", "@1.")
    path.write_text(re.sub(r"^ExecStart=/usr/bin/cofferdam", "ExecStart=/bin/true", text or unit.read_text(), flags=re.M))
    return path


def analyze(*words):
    return subprocess.run(["systemd-analyze", *map(str, words)], capture_output=True, text=True, check=False)


def test_there_is_a_unit_for_each_daemon():
    assert [u.name for u in UNITS] == ["cofferdam-agent@.service", "cofferdam-gate@.service",
                                       "cofferdam-store.service", "cofferdam-watch.service"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda u: u.name)
def test_systemd_understands_the_whole_unit(unit, tmp_path):
    got = analyze("verify", "--man=no", shown(unit, tmp_path))
    assert (got.returncode, got.stderr) == (0, "")
    wrong = analyze("verify", "--man=no", shown(unit, tmp_path, unit.read_text().replace("NoNewPrivileges", "NoNewPrivilege")))
    assert "'NoNewPrivilege'" in wrong.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda u: u.name)
def test_its_exposure_stays_below_the_threshold(unit, tmp_path):
    words = ("security", "--offline=true", f"--threshold={EXPOSURE_MAX}", "--no-pager")
    assert analyze(*words, shown(unit, tmp_path)).returncode == 0
    soft = re.sub(r"^(SystemCallFilter|CapabilityBoundingSet|Protect\w+)=.*\n", "", unit.read_text(), flags=re.M)
    assert analyze(*words, shown(unit, tmp_path, soft)).returncode != 0


@pytest.mark.parametrize("unit", UNITS, ids=lambda u: u.name)
def test_the_filter_lets_the_sandbox_set_itself_up(unit):
    text = unit.read_text()
    for word in ("seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "setrlimit"):
        assert re.search(rf"^SystemCallFilter=(?!~).*\b{word}\b", text, re.M), word
    assert ("LoadCredential=passphrase:" in text) == (unit.name == "cofferdam-agent@.service")
    assert ("Type=notify" in text) == (unit.name != "cofferdam-agent@.service")
