"""tools/tally.py: what each runner left behind is counted, and a runner that only died is a failure."""

import json
import pathlib
import subprocess
import sys

import pytest

TALLY = pathlib.Path(__file__).resolve().parents[2] / "tools" / "tally.py"


def meson(*tests):
    return "".join(json.dumps({"name": "x", "result": result, "stdout": "", "stderr": said}) + "\n"
                   for result, said in tests)


ROWS = [
    ("cmocka's own counts", "meson", meson(("OK", "[  PASSED  ] 6 test(s)."), ("OK", "[  PASSED  ] 2 test(s).")), 0, 8, 0),
    ("some failed", "meson", meson(("FAIL", "[  PASSED  ] 6 test(s).\n[  FAILED  ] 2 test(s), listed")), 1, 6, 2),
    ("a test that counts nothing", "meson", meson(("OK", "")), 0, 1, 0),
    ("a crash", "meson", meson(("OK", "[  PASSED  ] 3 test(s)."), ("ERROR", "")), 1, 3, 1),
    ("a time-out", "meson", meson(("TIMEOUT", "")), 1, 0, 1),
    ("a sanitizer's word after all passed", "meson", meson(("FAIL", "[  PASSED  ] 3 test(s).")), 1, 3, 1),
    ("skipped counts as nothing", "meson", meson(("SKIP", "")), 0, 0, 0),
    ("it never ran", "meson", "", 1, 0, 1),
    ("pytest", "pytest", "....\n338 passed, 7 skipped in 11.55s\n", 0, 338, 0),
    ("pytest, failures and an error", "pytest", "1 failed, 2 passed, 1 error in 0.1s\n", 1, 2, 2),
    ("pytest without tests", "pytest", "no tests ran in 0.1s\n", 5, 0, 1),
    ("TAP", "tap", "1..4\nok 1 a\nnot ok 2 b\nok 3 c # skip why\nok 4 d\n", 1, 2, 1),
    ("the checker", "check", "a.json 3 passed 1 failed\n7 passed, 1 failed\n", 1, 7, 1),
    ("a status", "status", "", 0, 1, 0),
    ("a bad status", "status", "", 3, 0, 1),
]


@pytest.mark.parametrize("why, kind, left, status, passed, failed", ROWS, ids=[r[0] for r in ROWS])
def test_counts(tmp_path, why, kind, left, status, passed, failed):
    (tmp_path / "log").write_text(left)
    run = subprocess.run([sys.executable, "-B", str(TALLY), kind, str(tmp_path / "log"), str(status)],
                         capture_output=True, text=True, check=True)
    assert run.stdout == f"{passed} {failed}\n"
