"""tools/lint.py: one violation planted for each rule is found, at its line; a clean tree passes."""

import pathlib
import shutil
import subprocess
import sys

import pytest

LINT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "lint.py"
CLEAN = {
    "src/base/cur.h": "#ifndef BASE_CUR_H\n#define BASE_CUR_H\n\nint cur_u8(const char *c);\n\n#endif\n",
    "src/base/cur.c": '#include "base/cur.h"\n\nstatic const int rows[] = { 1, 2 };\n'
                      'static const struct { const char *why; int n; } names[] = {\n    { "atoi(x)", 1 },\n};\n\n'
                      "/* time(NULL), strcpy(a, b) */\nint cur_u8(const char *c)\n{\n"
                      "    static const char *const words[] = { \"a\" };\n"
                      "    return rows[0] + names[0].n + *words[0] + *c;\n}\n",
    "src/base/test.h": "#include <stdio.h>\nstatic int shown;\n",
    "src/base/cur_test.c": '#include "base/test.h"\n#include <time.h>\n\nint helper(void)\n{\n'
                           "    return printf(\"%ld\", (long)time(NULL));\n}\n",
    "src/tlog/proof.c": '#include "base/cur.h"\n#include "crypto/hash.h"\n\nenum { PROOF_MAX = 3 };\n'
                        "struct proof { int n; };\nstatic_assert(1, \"x\");\n\n"
                        "static int helper(int (*ask)(void))\n{\n    return ask();\n}\n\n"
                        "int proof_check(struct proof *p)\n{\n    return snprintf(0, 0, \"x\") + p->time(1);\n}\n",
    "src/tlog/tree.h": "int tree_sum(void);\n",
    "src/tlog/sum.c": '#include "tlog/tree.h"\n\nint tree_sum(void)\n{\n    return 0;\n}\n',
    "src/sys/clock.c": '#include "base/cur.h"\n#include <time.h>\n\nstatic long last;\n\n'
                       "long clock_s(void)\n{\n    return last = time(NULL);\n}\n",
    "python/a.py": "def f():\n    return 1\n",
    "tests/data/theirs.c": "\tgets(x);\n",
    "docs/notes.md": "see /v1/records; src/base/ is floor 0\n",
}
WORD, HOST, HOME = "TO" "DO", "deb." "debian.org", "/ro" "ot/x"
LONG_C = "int cur_long(void)\n{\n" + "    (void)0;\n" * 68 + "    return 0;\n}\n"
LONG_PY = "def f():\n" + "    f()\n" * 70
HEAD = '#include "base/cur.h"\n'

# (why, path, text, line, rule)
PLANTED = [
    ("an include upward", "src/base/a.c", '#include "crypto/hash.h"\n', 1, "floor"),
    ("an upward include in a header", "src/tlog/a.h", '#include "decide/a.h"\n', 1, "floor"),
    ("a test that reaches up", "src/base/a_test.c", '#include "base/test.h"\n#include "sys/clock.h"\n', 2, "floor"),
    ("a folder on no floor", "src/attic/a.c", "\n", 1, "floor"),
    ("an include without its folder", "src/base/a.c", '#include "cur.h"\n', 1, "include"),
    ("its own header second", "src/base/cur.c", '#include "base/why.h"\n#include "base/cur.h"\n', 1, "own-header"),
    ("its own header never", "src/base/cur.c", "int cur_u8(void);\n", 1, "own-header"),
    ("a socket header", "src/decide/a.c", "#include <sys/socket.h>\n", 1, "pure"),
    ("the clock", "src/tlog/a.c", "int a_f(void)\n{\n    return time(0);\n}\n", 3, "pure"),
    ("a file", "src/policy/a.c", 'void a_f(void)\n{\n    FILE *f = fopen("x", "r");\n}\n', 3, "pure"),
    ("printing", "src/exposure/a.c", 'void a_f(void)\n{\n    printf("x");\n}\n', 3, "pure"),
    ("a thread", "src/queue/a.c", "void a_f(void)\n{\n    pthread_mutex_lock(m);\n}\n", 3, "pure"),
    ("chance", "src/shares/a.c", "void a_f(void)\n{\n    getrandom(p, 1, 0);\n}\n", 3, "pure"),
    ("chance, from libsodium", "src/crypto/a.c", "void a_f(void)\n{\n    randombytes_buf(p, 1);\n}\n", 3, "pure"),
    ("a variable at file scope", "src/base/a.c", HEAD + "static int count;\n", 2, "mutable"),
    ("one with a value", "src/base/a.c", HEAD + "static struct x y = { 1 };\n", 2, "mutable"),
    ("one that others see", "src/base/a.c", HEAD + "int base_count;\n", 2, "mutable"),
    ("a pointer to const", "src/base/a.c", HEAD + 'static const char *name = "x";\n', 2, "mutable"),
    ("a function pointer", "src/base/a.c", HEAD + "static int (*hook)(void);\n", 2, "mutable"),
    ("a static in a function", "src/base/a.c", "void a_f(void)\n{\n    static int n;\n    n++;\n}\n", 3, "mutable"),
    ("a name of another noun", "src/tlog/proof.c", "int tree_check(void)\n{\n    return 0;\n}\n", 1, "prefix"),
    ("a prefix without its border", "src/tlog/proof.c", "int proofread(void)\n{\n    return 0;\n}\n", 1, "prefix"),
    ("a long C file", "src/base/a.c", "\n" * 501, 501, "file-length"),
    ("a long script", "web/a.ts", "x\n" * 501, 501, "file-length"),
    ("a long C function", "src/base/cur_x.c", LONG_C, 1, "function-length"),
    ("a long Python function", "python/b.py", LONG_PY, 1, "function-length"),
    ("Python that does not parse", "python/b.py", "def\n", 1, "syntax"),
    ("dead code", "src/cli/a.c", "\n#if 0\n#endif\n", 2, "banned"),
    ("a tab", "src/cli/a.c", "\tint x;\n", 1, "tab"),
    ("a blank at the end", "src/cli/a.c", "int x; \n", 1, "blank"),
    ("101 columns", "src/cli/a.c", "/*" + "x" * 97 + "*/\n", 1, "columns"),
    ("a word that puts off", "docs/a.md", f"one\n{WORD}: two\n", 2, "word"),
    ("a package host", "dev", f"curl {HOST}\n", 1, "host"),
    ("one machine's path", "dev", f"cd {HOME}\n", 1, "path"),
] + [
    (f"{name} in a test", "src/sys/a_test.c", f"void f(void)\n{{\n    {name}(a);\n}}\n", 3, "banned")
    for name in "strcpy strcat sprintf vsprintf gets atoi atol atof strtok alloca system popen mktemp tmpnam".split()
]


def lint(root, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    run = subprocess.run([sys.executable, "-B", str(LINT), str(root)], capture_output=True, text=True)
    assert run.stderr == ""
    return run.returncode, run.stdout.splitlines()


def test_a_clean_tree_passes(tmp_path):
    assert lint(tmp_path, CLEAN) == (0, [f"{len(CLEAN) - 1} files, 0 findings"])


@pytest.mark.parametrize("why, path, text, line, rule", PLANTED, ids=[p[0] for p in PLANTED])
def test_one_violation_is_found_and_nothing_else(tmp_path, why, path, text, line, rule):
    status, out = lint(tmp_path, {**CLEAN, path: text})
    assert status == 1
    assert [found.split(": ")[:2] for found in out[:-1]] == [[f"{path}:{line}", rule]], out


def test_build_folders_are_not_looked_at(tmp_path):
    status, out = lint(tmp_path, {**CLEAN, "build-asan/a.c": "\t\n", "build/a.c": "\t\n"})
    assert (status, out) == (0, [f"{len(CLEAN) - 1} files, 0 findings"])


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_in_a_checkout_ignored_files_are_not_looked_at(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    status, out = lint(tmp_path, {**CLEAN, ".gitignore": "/mine/\n", "mine/a.c": "\t\n", "src/cli/new.c": "\tx\n"})
    assert (status, out[0].split(": ")[0]) == (1, "src/cli/new.c:1")
    assert len(out) == 2
