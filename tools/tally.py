"""tally.py KIND FILE STATUS: how many tests passed and failed, from what a runner left behind.

Prints "PASSED FAILED". KIND: meson (its testlog.json; cmocka's own counts where a test gives them), pytest, tap,
check (a last line "N passed, M failed") or status (one test). A runner that failed without saying so counts as
one failure. Skipped tests count as nothing.
"""

import json
import pathlib
import re
import sys


def last(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def meson(text):
    passed = failed = 0
    for line in text.splitlines():
        test = json.loads(line)
        said = f"{test.get('stdout') or ''}\n{test.get('stderr') or ''}"
        good = sum(map(int, re.findall(r"\[  PASSED  \] (\d+) test", said)))
        bad = sum(map(int, re.findall(r"\[  FAILED  \] (\d+) test", said)))
        if test["result"] == "OK":
            passed += good or 1
        elif test["result"] != "SKIP":
            passed, failed = passed + good, failed + (bad or 1)
    return passed, failed


def pytest(text):
    return last(r"(\d+) passed", text), last(r"(\d+) failed", text) + last(r"(\d+) errors?\b", text)


def tap(text):
    passed = len(re.findall(r"(?m)^ok \d+(?!.*# skip)", text))
    return passed, len(re.findall(r"(?m)^not ok \d+(?!.*# skip)", text))


def check(text):
    return last(r"(?m)^(\d+) passed, \d+ failed$", text), last(r"(?m)^\d+ passed, (\d+) failed$", text)


def main(argv):
    kind, path, status = argv[1], pathlib.Path(argv[2]), int(argv[3])
    text = path.read_text(errors="replace") if path.exists() else ""
    readers = {"meson": meson, "pytest": pytest, "tap": tap, "check": check,
               "status": lambda _: (int(status == 0), 0)}
    passed, failed = readers[kind](text)
    print(passed, failed or int(status != 0))


if __name__ == "__main__":
    main(sys.argv)
