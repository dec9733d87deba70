"""mutants.py [--count N] [--seed N] [--floor PERCENT] [--jobs N] [--list]: do the tests see a wrong token?

Each mutant is the checkout with one token of floors 2 and 3 changed (a comparison, an arithmetic or logical operator,
a number, true for false, a negation dropped). It is built without optimisation and these floors' unit tests are run
until one fails: first the file's own, then its folder's, then all others that are linked anew.

What cannot be seen does not count: a mutant that does not compile; one whose object code is the same, as it is or
optimised (the compiler has proved that nothing changed); more room than is needed, in an array's length or in
calloc's count; the zero in an output that is written before it is read. Prints the seed, each survivor, then "KILLED of COUNT killed"; exit status 1 below the floor (85).
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import c_text

FOLDERS = "record shares statement request tlog formats policy decide queue exposure".split()
ACROSS = ["vectors", "allocations"]  # unit tests of more than one of these folders
TEST_SECONDS = 5  # or ten times what the test takes, if that is more
SWAPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "+": "-",
         "-": "+", "*": "+", "/": "*", "%": "+", "&": "|", "|": "&", "<<": ">>", ">>": "<<", "+=": "-=", "-=": "+=",
         "++": "--", "true": "false", "false": "true", "!": ""}
# An operator stands between operands; a sign, a pointer's star and an address do not count.
TOKEN = re.compile(r"(?<=[\w)\]] )(?:<=|>=|==|!=|&&|\|\||<<|>>|\+=|-=|[-+*/%&|<>])(?= )|\+\+|!(?=[\w(])|"
                   r"\b(?:true|false)\b|(?<![\w.\"'])\d+[uU]?(?![\w.\"'])")
# A zero initialiser is read by nobody: what stands there is written first.
UNCOUNTED = re.compile(r"^\s*#|\b(?:static_assert|assert)\s*\(|\{ 0 \}")
# `uint64_t n = 0;` where n is next named as `&n`: an output, written before it is read.
OUTPUT = re.compile(r"\b\w+ (\w+) = (?:0|false);")
# `uint8_t name[32]`, `, name[8] = "..."` and `calloc(1, ...)`.
ROOM = re.compile(r'(?<!return)(?<!sizeof)(?<=[\w*]) \**\w+\[[^\]]*\]|, \w+\[[^\]]*\] = "|\bcalloc\(\d+,')


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
                    room = [m.span() for m in ROOM.finditer(line)]
                    output = OUTPUT.search(line)
                    if output:
                        later = re.search(rf"(.?)\b{output.group(1)}\b", code[offset + output.end():])
                        room += [output.span()] if later and later.group(1) == "&" else []
                    for m in TOKEN.finditer(line):
                        if any(start < m.start() < end for start, end in room):
                            continue
                        old = m.group()
                        digits = re.match(r"\d+", old)
                        new = str(int(digits.group()) + 1) + old[digits.end():] if digits else SWAPS[old]
                        found.append((path.relative_to(root), offset + m.start(), old, new))
                offset += len(line)
    return found


def quietly(command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          **options).returncode == 0


class Tree:
    """A copy of the checkout with a build folder of its own, in which one mutant after another is tried."""

    def __init__(self, place):
        self.place, self.root, self.build = place, place / "tree", place / "build"
        self.codes = {}

    def copied_from(self, root):
        files = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
        for name in files.decode().split("\0"):
            if name and (root / name).is_file():
                target = self.root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, target)
        meson = os.environ.get("MESON", "meson")
        quietly([meson, "setup", self.build, self.root, "-Dtests=enabled", "-Dbuildtype=plain", "-Dwerror=false",
                 "-Db_pie=false", "-Dc_args=-O0 -w"], check=True)
        tests = json.loads(subprocess.run([meson, "introspect", "--tests", self.build], capture_output=True,
                                          check=True).stdout)
        self.env = {**os.environ, "CMOCKA_TEST_ABORT": "1"}
        self.binaries, self.seconds = {}, {}
        for test in tests:
            if test["name"].split("/")[0] in FOLDERS + ACROSS and any(s.endswith(":unit") for s in test["suite"]):
                self.env |= test["env"]
                self.binaries[test["name"]] = os.path.relpath(test["cmd"][0], self.build)
        if not self.ninja(self.binaries.values()):
            raise SystemExit("mutants: the checkout does not build")
        for name in self.binaries:
            start = time.monotonic()
            if not self.passes(name, None):
                raise SystemExit(f"mutants: {name} fails without any mutant")
            self.seconds[name] = time.monotonic() - start
        commands = json.loads((self.build / "compile_commands.json").read_text())
        self.compilers = {os.path.normpath(self.build / c["file"]): shlex.split(c["command"]) for c in commands}
        self.compilers = {os.path.relpath(f, self.root): c for f, c in self.compilers.items()}
        return self

    def twin(self, place):
        """The same, built, in another place; all that ninja and the compiler look at is relative."""
        subprocess.run(["cp", "-a", self.place, place], check=True)
        tree = Tree(place)
        tree.env, tree.binaries, tree.seconds, tree.compilers = self.env, self.binaries, self.seconds, self.compilers
        return tree

    def ninja(self, targets):
        return quietly(["ninja", "-C", self.build, *targets])

    def passes(self, name, seconds):
        try:
            return quietly([self.build / self.binaries[name]], env=self.env, timeout=seconds)
        except subprocess.TimeoutExpired:
            return False

    def code(self, path, *options):
        """A hash of the file's object code, or None where it does not compile."""
        command = self.compilers[str(path)]
        out = self.place / "mutant.o"
        command = [*command[:command.index("-o")], *options, "-o", out, "-c", command[-1]]
        return hashlib.sha256(out.read_bytes()).digest() if quietly(command, cwd=self.build) else None

    def waves(self, path):
        names = sorted(self.binaries, key=self.seconds.get)
        folder = path.parts[1] + "/"
        own = [n for n in names if n.startswith(folder) and path.stem in (n[len(folder):], n[len(folder):] + "_file")]
        near = [n for n in names if n.startswith(folder) and n not in own]
        return [own, near, [n for n in names if n not in own + near]]

    def killed(self, path):
        for names in self.waves(path):
            before = {n: (self.build / self.binaries[n]).stat().st_mtime_ns for n in names}
            if names and not self.ninja([self.binaries[n] for n in names]):
                return True
            for name in names:
                if (self.build / self.binaries[name]).stat().st_mtime_ns != before[name] and \
                        not self.passes(name, max(TEST_SECONDS, 10 * self.seconds[name])):
                    return True
        return False

    def try_one(self, mutant):
        """True if a test fails, False for a survivor, None where it does not count."""
        path, at, old, new = mutant
        file = self.root / path
        text = file.read_text()
        if path not in self.codes:
            self.codes[path] = self.code(path), self.code(path, "-O2")
        plain, optimised = self.codes[path]
        file.write_text(text[:at] + new + text[at + len(old):])
        try:
            if self.code(path) in (None, plain):
                return None
            if self.killed(path):
                return True
            return None if self.code(path, "-O2") == optimised else False
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
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(f"seed {args.seed}", flush=True)
    results = []
    with tempfile.TemporaryDirectory(prefix="cofferdam-mutants-") as place:
        first = Tree(pathlib.Path(place) / "0").copied_from(root)
        trees = [first, *(first.twin(pathlib.Path(place) / str(i)) for i in range(1, args.jobs))]
        source = iter(chosen)

        def work(tree):
            while len(results) < args.count:
                mutant = next(source, None)
                if mutant is None:
                    return
                killed = tree.try_one(mutant)
                if killed is not None:
                    results.append(killed)
                if killed is False:
                    print("lives", where(root, mutant), flush=True)

        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            list(pool.map(work, trees))
    results = results[:args.count]  # two trees may both have had the last one in work
    return sum(results), len(results)


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
