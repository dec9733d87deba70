"""mutants.py [--count N] [--seed N] [--floor PERCENT] [--jobs N] [--list]: do the tests see a wrong token?

Each mutant is the checkout with one token of floors 2 and 3 changed (a comparison, an arithmetic or logical operator,
a number, true for false, a negation dropped). It is built without optimisation and the unit tests of its folder are
run, then, if it lives, all other unit tests. A mutant that does not compile, or gives the same object code, does not
count. Prints each survivor, then "KILLED of COUNT killed"; exit status 1 below the floor (85).
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

import c_text

FOLDERS = "record shares statement request tlog formats policy decide queue exposure".split()
TESTS_SECONDS = 60
SWAPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "+": "-",
         "-": "+", "*": "+", "/": "*", "%": "+", "&": "|", "|": "&", "<<": ">>", ">>": "<<", "+=": "-=", "-=": "+=",
         "++": "--", "true": "false", "false": "true", "!": ""}
# An operator stands between operands; a sign, a pointer's star and an address do not count.
TOKEN = re.compile(r"(?<=[\w)\]] )(?:<=|>=|==|!=|&&|\|\||<<|>>|\+=|-=|[-+*/%&|<>])(?= )|\+\+|!(?=[\w(])|"
                   r"\b(?:true|false)\b|(?<![\w.\"'])\d+[uU]?(?![\w.\"'])")
# A zero initialiser is read by nobody: what stands there is written first.
UNCOUNTED = re.compile(r"^\s*#|\b(?:static_assert|assert)\s*\(|\{ 0 \}")


def places(root):
    """Every token that could be changed: (file, offset, old, new)."""
    found = []
    for folder in FOLDERS:
        for path in sorted((root / "src" / folder).glob("*.c")):
            if path.name.endswith("_test.c"):
                continue
            text = path.read_text()
            code, offset = c_text.blanked(text), 0
            for line in code.splitlines(keepends=True):
                if not UNCOUNTED.search(line):
                    for m in TOKEN.finditer(line):
                        old = m.group()
                        digits = re.match(r"\d+", old)
                        new = str(int(digits.group()) + 1) + old[digits.end():] if digits else SWAPS[old]
                        found.append((path.relative_to(root), offset + m.start(), old, new))
                offset += len(line)
    return found


class Tree:
    """A copy of the checkout with a build folder of its own, in which one mutant after another is tried."""

    def __init__(self, root, place):
        self.root, self.build = place / "tree", place / "build"
        files = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
        for name in files.decode().split("\0"):
            if name and (root / name).is_file():
                target = self.root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, target)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "check": True}
        subprocess.run([os.environ.get("MESON", "meson"), "setup", self.build, self.root, "-Dtests=enabled",
                        "-Dbuildtype=plain", "-Dwerror=false", "-Db_pie=false", "-Dc_args=-O0 -w"], **quiet)
        subprocess.run(["ninja", "-C", self.build], **quiet)
        tests = json.loads(subprocess.run([os.environ.get("MESON", "meson"), "introspect", "--tests", self.build],
                                          capture_output=True, check=True).stdout)
        self.tests = {t["name"]: t for t in tests if any(s.endswith(":unit") for s in t["suite"])}

    def objects(self, path):
        stem = str(path.relative_to("src")).split("/")[1]
        return {p: hashlib.sha256(p.read_bytes()).digest()
                for p in self.build.glob(f"src/{path.parts[1]}/*.a.p/{stem}.o")}

    def ninja(self, targets):
        return subprocess.run(["ninja", "-C", self.build, *targets], stdout=subprocess.DEVNULL,
                              stderr=subprocess.STDOUT).returncode == 0

    def killed_by(self, names):
        targets = [os.path.relpath(self.tests[n]["cmd"][0], self.build) for n in names]
        if not self.ninja(targets):
            return "link"
        for name in names:
            test = self.tests[name]
            try:
                got = subprocess.run(test["cmd"], env={**os.environ, **test["env"]}, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TESTS_SECONDS)
            except subprocess.TimeoutExpired:
                return name
            if got.returncode:
                return name
        return None

    def try_one(self, mutant):
        """The test that killed it, None for a survivor, or "" where it does not count."""
        path, at, old, new = mutant
        file = self.root / path
        text = file.read_text()
        before = self.objects(path)
        file.write_text(text[:at] + new + text[at + len(old):])
        try:
            if not self.ninja([os.path.relpath(p, self.build) for p in before]) or self.objects(path) == before:
                return ""
            near = [n for n in self.tests if n.startswith(path.parts[1] + "/")]
            far = [n for n in self.tests if n not in near and not n.startswith(("base/", "crypto/"))]
            return self.killed_by(near) or self.killed_by(far)
        finally:
            file.write_text(text)


def where(root, mutant):
    path, at, old, new = mutant
    text = (root / path).read_text()
    start = text.rfind("\n", 0, at) + 1
    line = text[start:text.find("\n", at)].strip()
    return f"{path}:{text.count(chr(10), 0, at) + 1}: '{old}' as '{new}': {line}"


def run(root, args):
    chosen = places(root)
    random.Random(args.seed).shuffle(chosen)
    counts = {"killed": 0, "lived": 0}
    with tempfile.TemporaryDirectory(prefix="cofferdam-mutants-") as place:
        trees = [Tree(root, pathlib.Path(place) / str(i)) for i in range(args.jobs)]
        source = iter(chosen)

        def work(tree):
            while counts["killed"] + counts["lived"] < args.count:
                mutant = next(source, None)
                if mutant is None:
                    return
                by = tree.try_one(mutant)
                if by != "":
                    counts["killed" if by else "lived"] += 1
                if by is None:
                    print("lives", where(root, mutant), flush=True)

        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            list(pool.map(work, trees))
    return counts["killed"], counts["killed"] + counts["lived"]


def main():
    parser = argparse.ArgumentParser(description="do the tests see a wrong token?")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--floor", type=int, default=85)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="only the places that could be changed")
    args = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[1]
    if args.list:
        for mutant in places(root):
            print(where(root, mutant))
        return 0
    killed, count = run(root, args)
    print(f"{killed} of {count} killed")
    return 0 if count >= args.count and killed * 100 >= args.floor * count else 1


if __name__ == "__main__":
    sys.exit(main())
