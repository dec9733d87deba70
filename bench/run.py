"""./dev bench [--quick] [--json] [--dir DIR] [NAME...]: measures, prints a JSON line a figure, then a table.

Each figure stands beside a floor (the bare primitives) or a peer of the same run. A figure that falls short
is no error: the table says so. DIR lies on the disk that is measured (a temporary folder where not given).
"""
import argparse
import json
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
BUILD = os.environ.setdefault("COFFERDAM_BUILD", os.path.join(HERE, "..", "build"))
os.environ.setdefault("COFFERDAM_BIN", os.path.join(BUILD, "src", "cli", "cofferdam"))

import measures  # noqa: E402


def met(row):
    """Is it as wanted? None: nothing is wanted of a peer's figure."""
    if "wanted" not in row:
        return None
    if row.get("at_most"):
        return row["ratio"] <= row["wanted"] and row["figure"] <= row.get("limit", row["figure"])
    return row["ratio"] >= row["wanted"]


def wanted_text(row):
    if "wanted" not in row:
        return ""
    text = ("≤ " if row.get("at_most") else "≥ ") + f"{row['wanted']:g}"
    return text + (f", ≤ {row['limit']:g}" if "limit" in row else "")


def table(rows):
    print(f"\n{'bench':<14}{'size':>12} {'of':<18}{'figure':>14} {'unit':<22}{'beside':>14}{'ratio':>8}"
          f"  {'wanted':<14}")
    for row in rows:
        word = {True: "met", False: "SHORT", None: ""}[row["met"]]
        print(f"{row['bench']:<14}{row['size']:>12,} {row['what']:<18}{row['figure']:>14,.1f} {row['unit']:<22}"
              f"{row['floor']:>14,.1f}{row['ratio']:>8.2f}  {wanted_text(row):<14}{word}")


def main():
    arguments = argparse.ArgumentParser(prog="./dev bench", description=__doc__.splitlines()[0])
    arguments.add_argument("--quick", action="store_true", help="small counts: does it run? The figures mean little")
    arguments.add_argument("--json", action="store_true", help="no table")
    arguments.add_argument("--dir", help="a folder on the disk that is measured")
    arguments.add_argument("names", nargs="*", metavar="NAME", help="only these: " + ", ".join(measures.ALL))
    args = arguments.parse_args()
    unknown = set(args.names) - set(measures.ALL)
    if unknown:
        arguments.error("no benchmark is called " + ", ".join(sorted(unknown)))
    rows = []
    with tempfile.TemporaryDirectory(prefix="cofferdam-bench-", dir=args.dir) as where:
        for name in args.names or measures.ALL:
            print(f"bench: {name}", file=sys.stderr, flush=True)
            for row in measures.ALL[name](where, args.quick):
                row["met"] = met(row)
                print(json.dumps(row), flush=True)
                rows.append(row)
    if not args.json:
        table(rows)


if __name__ == "__main__":
    main()
