"""lint.py [ROOT]: the house rules that a compiler does not check. Prints `file:line: rule: message`,
then "N files, M findings"; exit status 1 when there are findings. Standard library only."""

import ast
import os
import pathlib
import re
import shutil
import subprocess
import sys

import c_text

FLOORS = {"base": 0, "crypto": 1,
          **dict.fromkeys("record shares statement request tlog formats".split(), 2),
          **dict.fromkeys("decide policy exposure queue ledger quality trace spread".split(), 3),
          "sys": 4, **dict.fromkeys("client evidence drill".split(), 5),
          **dict.fromkeys("gate store agent watch".split(), 6), "cli": 7}
PURE_TO = 3                     # floors 0 to 3 take all they need as arguments
FILE_LINES, FUNCTION_LINES, COLUMNS = 500, 70, 100

# What a floor up to PURE_TO may use all the same, and why.
ALLOWED = {
    ("crypto/algorithms.c", "fprintf"): "the last words before abort: libcrypto failed on valid input",
    ("crypto/crypto.c", "sys/prctl.h"): "forbids core dumps, before any key is in memory",
    ("crypto/crypto.c", "sys/resource.h"): "the same",
    ("crypto/crypto.c", "prctl"): "the same",
    ("crypto/crypto.c", "setrlimit"): "the same",
    ("crypto/crypto.c", "randombytes_buf"): "random_bytes: floor 1 alone may ask the kernel",
}
MUTABLE_ALLOWED = {"crypto/algorithms.c": "algorithms fetched once, by crypto_init"}
PREFIXES = {                    # nouns of a file beside its own name's first word and its folder
    "base/bytes.c": ["buf", "put", "get"], "base/hex.c": ["base64"],
    "crypto/crypto.c": ["random", "secret"], "crypto/hash.c": ["sha256", "hmac", "hkdf"],
    "crypto/aead.c": ["ctr"], "shares/key.c": ["gate_keys"],
}
FOLDER_PREFIXES = {"cli": ["cmd"]}  # one function a command, named by the command table

IO_HEADERS = set("""unistd.h fcntl.h poll.h netdb.h dirent.h time.h sys/time.h pthread.h threads.h
    signal.h sys/socket.h sys/un.h sys/stat.h sys/file.h sys/mman.h sys/epoll.h sys/eventfd.h
    sys/random.h sys/wait.h sys/uio.h sys/select.h sys/prctl.h sys/resource.h sys/syscall.h
    netinet/in.h netinet/tcp.h arpa/inet.h semaphore.h stdatomic.h aio.h
    curl/curl.h microhttpd.h sqlite3.h openssl/rand.h openssl/ssl.h""".split())
IO_CALLS = re.compile(r"(?<![\w.>])(" + "|".join(r"""
    v?f?printf vdprintf dprintf puts fputs putchar fputc putc perror fopen freopen fdopen fclose fread fwrite
    fgets fgetc getc getchar getline getdelim v?f?scanf fflush fseek ftell rewind tmpfile
    open openat creat p?readv? p?writev? lseek fsync fdatasync ftruncate truncate unlink unlinkat rename
    renameat l?stat fstat mkdir rmdir opendir mkstemp mmap munmap ioctl fcntl flock
    socket bind listen accept4? connect send sendto sendmsg recv recvfrom recvmsg poll select epoll_\w+
    getaddrinfo shutdown setsockopt time clock clock_\w+time gettimeofday localtime(?:_r)? nanosleep usleep
    sleep rand rand_r srand random srandom [delmn]rand48 getrandom getentropy arc4random\w*
    randombytes_\w+ RAND_(?:priv_)?bytes pthread_\w+ thrd_\w+ mtx_\w+ cnd_\w+ sem_\w+ fork vfork exec[lv]\w*
    posix_spawnp? kill getenv secure_getenv setenv putenv prctl setrlimit syscall""".split()) + r")\s*\(")
BANNED = re.compile(r"\b(strcpy|strcat|stpcpy|sprintf|vsprintf|gets|atoi|atol|atoll|atof|strtok|strtok_r|"
                    r"alloca|system|popen|mktemp|tmpnam)\s*\(")
WORDS = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b")
HOSTS = re.compile(r"\b(?:(?:deb|ftp|security|snapshot|archive)\.debian\.org|registry\.npmjs\.org|pypi\.org|"
                   r"files\.pythonhosted\.org|(?:static\.|index\.)?crates\.io|proxy\.golang\.org|"
                   r"archive\.ubuntu\.com|rubygems\.org|repo1?\.maven(?:\.apache)?\.org|unpkg\.com|"
                   r"cdn\.jsdelivr\.net)")
PATHS = re.compile(r"(?<![\w/.}$*-])/(?:root/\w|home/\w+|Users/\w+|work/\w|tmp/team|tmp/bash_jobs)")

C, CODE = (".c", ".h"), (".c", ".h", ".py", ".ts", ".tsx", ".sh", ".bats")
SKIPPED = {".git", "__pycache__", ".hypothesis", ".pytest_cache", "node_modules"}


def listed(root):
    """Paths relative to the root: what git tracks or would track, else all but build folders."""
    if (root / ".git").exists() and shutil.which("git"):
        git = ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z", "--cached", "--others",
               "--exclude-standard"]
        found = subprocess.run(git, stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
        return sorted({f for f in found if f and (root / f).is_file()})
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if f not in SKIPPED and not re.match(r"build(-|$)", f)]
        found += [str((pathlib.Path(folder) / f).relative_to(root)) for f in files]
    return sorted(found)


def lines_matching(pattern, text):
    """(line number, match) of each."""
    for number, line in enumerate(text.split("\n"), 1):
        for match in pattern.finditer(line):
            yield number, match


def check_text(path, text):
    """Rules for every text file."""
    for number, match in lines_matching(WORDS, text):
        yield number, "word", f"'{match.group()}': do it, or file an issue"
    for number, match in lines_matching(HOSTS, text):
        yield number, "host", f"names the package host {match.group()}"
    for number, match in lines_matching(PATHS, text):
        yield number, "path", f"'{match.group()}' is one machine's path"
    lines = text.count("\n") + (text[-1:] not in ("\n", ""))
    if path.endswith(CODE) and lines > FILE_LINES:
        yield lines, "file-length", f"{lines} lines, at most {FILE_LINES}: split it by ideas"


def check_python(text):
    try:
        tree = ast.parse(text)
    except SyntaxError as e:
        yield e.lineno or 1, "syntax", str(e.msg)
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield node.lineno, "function-length", f"{node.name} has {lines} lines, at most {FUNCTION_LINES}"


def check_c(text, code):
    """Rules for all C, wherever it stands. `code`: text without comments and strings."""
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:
            yield number, "tab", "indent by 4 spaces"
        if line != line.rstrip():
            yield number, "blank", "blanks at the end of the line"
        if len(line) > COLUMNS:
            yield number, "columns", f"{len(line)} columns, at most {COLUMNS}"
    for number, match in lines_matching(BANNED, code):
        yield number, "banned", f"{match.group(1)} is not used here"
    for number, match in lines_matching(re.compile(r"^\s*#\s*if\s+0\b"), code):
        yield number, "banned", "dead code: delete it, git remembers"
    for function in c_text.items(c_text.without_directives(code))[0]:
        if function.lines > FUNCTION_LINES:
            yield (function.line, "function-length",
                   f"{function.name} has {function.lines} lines, at most {FUNCTION_LINES}")


def includes(text, code):
    """(line number, quote, name); only where the code has the directive, so not in comments."""
    for number, (line, clean) in enumerate(zip(text.split("\n"), code.split("\n")), 1):
        match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if match and re.match(r"\s*#\s*include\b", clean):
            yield number, match.group(1), match.group(2)


def check_includes(root, inside, text, code):
    """Includes go down the floors; a file's own header comes first. `inside`: path below src."""
    folder, stem = inside.split("/")[0], inside.rsplit(".", 1)[0]
    found = list(includes(text, code))
    for number, quote, name in found:
        if quote != '"':
            continue
        to = name.split("/")[0]
        if "/" not in name or to not in FLOORS:
            yield number, "include", f'"{name}" is not written "folder/file.h" with a folder of the house'
        elif FLOORS[to] > FLOORS[folder]:
            yield number, "floor", f"{folder} is on floor {FLOORS[folder]}, {to} above it on floor {FLOORS[to]}"
    own = stem + ".h"
    if inside.endswith(".c") and (root / "src" / own).exists() and (not found or found[0][2] != own):
        yield found[0][0] if found else 1, "own-header", f'"{own}" comes first, so that it stands alone'


def check_pure(inside, text, code):
    """Floors 0 to 3: no files, sockets, clocks, threads, chance, and nothing that changes."""
    for number, _, name in includes(text, code):
        if name in IO_HEADERS and (inside, name) not in ALLOWED:
            yield number, "pure", f"<{name}> below floor {PURE_TO + 1}: what it gives comes in as an argument"
    plain = c_text.without_directives(code)
    for number, match in lines_matching(IO_CALLS, plain):
        if (inside, match.group(1)) not in ALLOWED:
            yield number, "pure", f"{match.group(1)} below floor {PURE_TO + 1}: its result comes in as an argument"
    if inside in MUTABLE_ALLOWED:
        return
    for variable in c_text.items(plain)[1]:
        if c_text.is_mutable(variable.text):
            yield variable.line, "mutable", f"'{' '.join(variable.text.split())[:50]}' can change: state has an owner"
    for number, match in lines_matching(re.compile(r"^\s+static\b(?!_)([^;{]*)"), plain):
        if c_text.is_mutable(match.group(1)):
            yield number, "mutable", "a static in a function that can change: state has an owner"


def check_exports(root, inside, text, code):
    """Names begin with the noun of the file's own header; a file without one serves the header it names first."""
    folder, file = inside.split("/")[0], pathlib.PurePath(inside)
    first = next((name for _, quote, name in includes(text, code) if quote == '"'), inside)
    if not (root / "src" / file.with_suffix(".h")).exists() and first.startswith(folder + "/"):
        file = pathlib.PurePath(first)
    nouns = {file.stem, file.stem.split("_")[0], file.stem.rstrip("s"), folder, *PREFIXES.get(inside, ()),
             *FOLDER_PREFIXES.get(folder, ())}
    for function in c_text.items(c_text.without_directives(code))[0]:
        if function.static or function.name == "main":
            continue
        if not any(function.name == noun or function.name.startswith(noun + "_") for noun in nouns):
            yield (function.line, "prefix",
                   f"{function.name} starts with none of {', '.join(sorted(nouns))}; static, or renamed")


def check_source(root, path, text, code):
    """Rules for src/."""
    inside = path[len("src/"):]
    folder = inside.split("/")[0]
    if folder not in FLOORS:
        yield 1, "floor", f"src/{folder} is on no floor of the house (FLOORS in tools/lint.py, DESIGN 10)"
        return
    yield from check_includes(root, inside, text, code)
    is_test = inside.endswith(("_test.c", "_test.h")) or inside == "base/test.h"
    if FLOORS[folder] <= PURE_TO and not is_test:
        yield from check_pure(inside, text, code)
    if inside.endswith(".c") and not is_test:
        yield from check_exports(root, inside, text, code)


def check_file(root, path):
    raw = (root / path).read_bytes()
    if b"\0" in raw:
        return
    text = raw.decode("utf-8", "replace")
    yield from check_text(path, text)
    if path.endswith(".py"):
        yield from check_python(text)
    if path.endswith(C):
        code = c_text.blanked(text)
        yield from check_c(text, code)
        if path.startswith("src/"):
            yield from check_source(root, path, text, code)


def main(argv):
    if len(argv) > 2:
        print("usage: lint.py [ROOT]", file=sys.stderr)
        return 2
    root = pathlib.Path(argv[1] if len(argv) == 2 else pathlib.Path(__file__).parents[1]).resolve()
    files = [f for f in listed(root) if not f.startswith("tests/data/")]    # others' data, unchanged
    findings = 0
    for path in files:
        for line, rule, message in sorted(set(check_file(root, path))):
            print(f"{path}:{line}: {rule}: {message}")
            findings += 1
    print(f"{len(files)} files, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
