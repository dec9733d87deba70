"""The checker itself, and our vectors."""

import copy
import json
import pathlib
import re

import pytest
from helpers import header

from cofferdam_format import check, record
from cofferdam_format.outcome import OUTCOMES
from cofferdam_format.shape import REGISTRY

OPERATIONS = REGISTRY.files["dek.json"]
MADE = {"name": "made", "why": "a key from its parts", "outcome": "ok",
        "in": {"op": "make", "random": "00" * 32, "hedge": "01" * 32, "plaintext": "02" * 256},
        "out": {"dek": record.dek(bytes(32), b"\1" * 32, b"\2" * 256).hex()}}
STREAM = {"name": "stream", "why": "no plaintext yet", "outcome": "ok", "in": {"op": "stream", "random": "00" * 32, "hedge": "01" * 32},
          "out": {"dek": record.dek(bytes(32), b"\1" * 32).hex()}}


def document(*cases, **changed):
    return {"format": "cofferdam-vectors/1", "section": "2.1", "outcomes": list(OUTCOMES), "cases": list(cases)} | changed


def judge(tmp_path, content, operations=OPERATIONS):
    file = tmp_path / "dek.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return check.check_file(file, operations)


def test_good_cases_pass(tmp_path):
    assert judge(tmp_path, document(MADE, STREAM)) == (2, [])


def bend(path, value):
    case = copy.deepcopy(MADE)
    at = case
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return case


@pytest.mark.parametrize("content, why", [
    (document(bend(["out", "dek"], "00" * 32), STREAM), "another result"), (document(bend(["outcome"], "format"), STREAM), "ok, not format"),
    (document(bend(["outcome"], "fine"), STREAM), "unknown outcome"), (document(bend(["out"], None), STREAM), "no out"),
    (document(bend(["out", "more"], "00"), STREAM), "a member too many in out"), (document(bend(["in", "more"], "00"), STREAM), "one too many in in"),
    (document(bend(["in", "hedge"], None), STREAM), "one missing in in"), (document(bend(["in", "hedge"], "0"), STREAM), "half a byte"),
    (document(bend(["in", "hedge"], "AA" * 32), STREAM), "upper case"), (document(bend(["in", "hedge"], 1), STREAM), "an integer"),
    (document(bend(["in", "hedge"], "00"), STREAM), "outcome format"), (document(bend(["in", "op"], "nothing"), STREAM), "unknown op"),
    (document(MADE, MADE, STREAM), "a name twice"), (document(MADE), "an operation without a case"), (document(), "no cases"),
    (document(MADE, STREAM, outcomes=["ok"]), "other outcomes"), (document(MADE, STREAM, format="x"), "another format"), ("{", "not JSON"),
    (document(bend(["why"], ""), STREAM), "no reason"),
])
def test_each_fault_of_a_file_is_found(tmp_path, content, why):
    assert judge(tmp_path, content)[1], why


def test_a_refused_case_needs_exactly_its_outcome(tmp_path):
    operations = {"parse": REGISTRY.files["header.json"]["parse"]}
    bad = {"name": "kind 9", "why": "reserved", "in": {"op": "parse", "header": (header().raw[:6] + b"\x09" + header().raw[7:]).hex()}}
    lines = {outcome: judge(tmp_path, document(bad | {"outcome": outcome}), operations)[1] for outcome in ("format", "version")}
    assert not any("kind 9" in line for line in lines["format"]) and any("kind 9" in line for line in lines["version"])


def test_missing_unlisted_and_empty_files_fail(tmp_path, capsys):
    assert check.main(["check", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == f"0 passed, {len(REGISTRY.files)} failed"
    (tmp_path / "extra.json").write_text(json.dumps(document(MADE)))
    assert check.unlisted(tmp_path) == ["extra.json"]
    assert check.main(["check"]) == 2


def test_the_readme_names_every_operation_with_its_members():
    readme = pathlib.Path(__file__).parents[1].joinpath("vectors/README.md").read_text()
    for name, operations in REGISTRY.files.items():
        section = readme.split(f"### {name} ")[1].split("\n### ")[0]
        listed = {m[1]: m[2] for m in re.finditer(r"^\| `(\w+)` \|.*\| ([a-z, -]+) \|$", section, re.M)}
        assert listed == {op: ", ".join(o.must) for op, o in operations.items()}, name
        for member in {m for o in operations.values() for m in o.rule}:
            assert member in section or name == "shares.json", (name, member)


def test_the_vectors_agree(vectors, capsys):
    code = check.main(["check", str(vectors)])
    assert code == 0, capsys.readouterr().out


