"""./dev bench runs, and every figure stands beside a floor. The figures themselves are not looked at here."""
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def bench(*words):
    argv = [sys.executable, "-B", os.path.join(ROOT, "bench", "run.py"), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)


def test_every_figure_stands_beside_a_floor():
    got = bench("--quick", "--json", "seal", "append", "bulk")
    assert got.returncode == 0, got.stderr
    rows = [json.loads(line) for line in got.stdout.splitlines()]
    assert {row["bench"] for row in rows} == {"seal", "open", "append", "bulk", "bulk core"}
    for name in ("seal", "open", "append", "bulk"):
        assert len({row["size"] for row in rows if row["bench"] == name}) == 3, name
    for row in rows:
        assert row["figure"] > 0 and row["floor"] > 0 and row["floor_is"] and row["unit"]
        assert abs(row["ratio"] - row["figure"] / row["floor"]) < 0.01 * row["ratio"] + 0.001


def test_an_unknown_benchmark_is_refused_by_name():
    got = bench("nothing")
    assert got.returncode == 2 and "no benchmark is called nothing" in got.stderr
