"""python3 -m cofferdam_format.check FOLDER: does every case of every vector file again.

Exit status 0 when all pass. The shape of the files: tests/vectors/README.md.
"""

import json
import pathlib
import sys

from . import checks_gates, checks_record, checks_signed  # noqa: F401  (they register their operations)
from .outcome import OUTCOMES, Refused
from .shape import REGISTRY, Shape, decode, encode

FORMAT = "cofferdam-vectors/1"


def _no_repeats(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise Shape("a member twice")
    return dict(pairs)


def load(path):
    try:
        return json.loads(path.read_bytes(), object_pairs_hook=_no_repeats)
    except ValueError as e:
        raise Shape(f"not JSON: {e}") from None


def check_shape(document):
    if not isinstance(document, dict) or set(document) != {"format", "section", "outcomes", "cases"}:
        raise Shape("not exactly the members format, section, outcomes, cases")
    if document["format"] != FORMAT:
        raise Shape(f"format is not {FORMAT}")
    if document["outcomes"] != list(OUTCOMES):
        raise Shape("outcomes are not the closed set of format.md, in its order")
    if not isinstance(document["cases"], list) or not document["cases"]:
        raise Shape("no cases")


def _case_shape(case, operations):
    if not isinstance(case, dict) or not {"name", "why", "in", "outcome"} <= set(case) <= {"name", "why", "in", "out", "outcome"}:
        raise Shape("not exactly the members of a case")
    if not all(isinstance(case[m], str) and case[m] for m in ("name", "why", "outcome")):
        raise Shape("name, why or outcome is no text")
    if case["outcome"] not in OUTCOMES:
        raise Shape(f"unknown outcome '{case['outcome']}'")
    if (case["outcome"] == "ok") != ("out" in case):
        raise Shape("out belongs to ok, and only to ok")
    if not isinstance(case["in"], dict) or case["in"].get("op") not in operations:
        raise Shape("unknown op")


def differences(got, want, where="out"):
    """Paths at which two decoded JSON values differ."""
    if isinstance(got, dict) and isinstance(want, dict):
        return [d for key in sorted(set(got) | set(want))
                for d in ([f"{where}.{key}: only in {'file' if key in want else 'result'}"] if (key in got) != (key in want)
                          else differences(got[key], want[key], f"{where}.{key}"))]
    if isinstance(got, list) and isinstance(want, list) and len(got) == len(want):
        return [d for i, (a, b) in enumerate(zip(got, want)) for d in differences(a, b, f"{where}[{i}]")]
    if got == want and type(got) is type(want):
        return []
    short = [text if len(text) < 80 else text[:77] + "…" for text in (str(got), str(want))]
    return [f"{where}: {short[0]}, file says {short[1]}"]


def run(operation, given):
    """(outcome, out or None, reason)."""
    arguments = decode(operation.rule, {key: value for key, value in given.items() if key != "op"})
    try:
        return "ok", encode(operation.run(**arguments)), ""
    except Refused as refused:
        return refused.outcome, None, str(refused)


def check_case(case, operations):
    """What is wrong with it: empty when nothing is."""
    _case_shape(case, operations)
    outcome, out, reason = run(operations[case["in"]["op"]], case["in"])
    if outcome != case["outcome"]:
        return [f"outcome {outcome}, file says {case['outcome']}" + (f" ({reason})" if reason else "")]
    return differences(out, case["out"]) if outcome == "ok" else []


def check_file(path, operations):
    """(passed, list of failures)."""
    try:
        document = load(path)
        check_shape(document)
    except (Shape, OSError) as e:
        return 0, [str(e)]
    passed, failures, seen, names = 0, [], set(), set()
    for i, case in enumerate(document["cases"]):
        name = case.get("name", f"case {i}") if isinstance(case, dict) else f"case {i}"
        try:
            wrong = check_case(case, operations)
            if name in names:
                wrong.append("name not unique")
            names.add(name)
            seen.add((case["in"]["op"], case["outcome"]))
        except Exception as e:                      # a case that breaks this program has not passed
            wrong = [f"{type(e).__name__}: {e}"]
        failures += [f"'{name}': {w}" for w in wrong]
        passed += not wrong
    wanted = [(name, outcome) for name, operation in operations.items() for outcome in operation.must]
    failures += [f"no case of op '{name}' with outcome '{outcome}'" for name, outcome in wanted if (name, outcome) not in seen]
    return passed, failures


def unlisted(folder):
    """Files of this format that no list here names: nobody would have checked them."""
    out = []
    for path in sorted(folder.glob("*.json")):
        if path.name in REGISTRY.files:
            continue
        try:
            document = load(path)
        except Shape:
            document = None
        if isinstance(document, dict) and str(document.get("format", "")).startswith("cofferdam-vectors"):
            out.append(path.name)
    return out


def main(argv):
    if len(argv) != 2:
        print("usage: python3 -m cofferdam_format.check FOLDER", file=sys.stderr)
        return 2
    folder = pathlib.Path(argv[1])
    total, failed = 0, 0
    for name, operations in REGISTRY.files.items():
        passed, failures = check_file(folder / name, operations)
        print(f"{name:16} {passed:5} passed {len(failures):5} failed")
        for failure in failures:
            print(f"    {failure}")
        total, failed = total + passed, failed + len(failures)
    for name in unlisted(folder):
        print(f"{name:16} is not on the list")
        failed += 1
    print(f"{total} passed, {failed} failed")
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
