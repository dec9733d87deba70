"""Faults on command: the real programs with tests/faults/shim.c before them, and the file that commands it."""
import ctypes
import errno
import mmap
import os
import pathlib
import struct
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("COFFERDAM_FAULTS_BUILD", ROOT / "build-plain"))
SHIM = BUILD / "tests" / "libfaults_shim.so"
BIN = str(BUILD / "src" / "cli" / "cofferdam")
os.environ["COFFERDAM_BIN"] = BIN
NOTHING, FAIL, KILL_BEFORE, KILL_AFTER, FAIL_FROM = range(5)
CALLS = ctypes.string_at(ctypes.addressof(ctypes.c_char.in_dll(ctypes.CDLL(str(SHIM)), "faults_calls"))).decode().split()
HEAD, SEEN = struct.Struct("<IIIi QQ"), struct.Struct("<64Q")

FILE = (errno.EIO, errno.ENOSPC, errno.EINTR)
NAME = (errno.EIO, errno.ENOSPC, errno.ENOMEM)
NET = (errno.EAGAIN, errno.EINTR, errno.ENOMEM)
ERRORS = {"openat": (errno.EIO, errno.ENOSPC, errno.EMFILE, errno.ENOMEM, errno.EINTR), "read": (errno.EIO, errno.EINTR),
          "pread": (errno.EIO, errno.EINTR), "write": FILE, "pwrite": FILE, "fsync": FILE, "fdatasync": FILE,
          **dict.fromkeys(("rename", "renameat", "link", "unlink", "unlinkat", "mkdir", "mkdirat", "ftruncate"), NAME),
          **dict.fromkeys(("stat", "fstat"), (errno.EIO, errno.ENOMEM)), "close": (errno.EIO, errno.EINTR), "flock": (errno.EINTR, errno.ENOMEM), "fcntl": (errno.EIO, errno.ENOMEM),
          **dict.fromkeys(("socket", "accept", "epoll_create"), (errno.EMFILE, errno.ENOMEM)),
          **dict.fromkeys(("connect", "recv", "send", "sendmsg", "writev"), NET),
          **dict.fromkeys(("bind", "listen", "epoll_ctl"), (errno.ENOMEM,)), "epoll_wait": (errno.EINTR,),
          "poll": (errno.EINTR, errno.ENOMEM), "mmap": (errno.ENOMEM,), "thread": (errno.EAGAIN,),
          "allocate": (errno.ENOMEM,)}
KINDS = sorted({"kill before", "kill after"} | {errno.errorcode[e] for row in ERRORS.values() for e in row})


class Fault:
    """The n-th call of one name goes wrong: it fails with an error, or the process is killed before or after it."""

    def __init__(self, call, at, action, error=0):
        self.call, self.at, self.action, self.error = call, at, action, error

    @property
    def kind(self):
        return {KILL_BEFORE: "kill before", KILL_AFTER: "kill after"}.get(self.action) or errno.errorcode[self.error]

    def __str__(self):
        return f"{self.call} {self.at}: {self.kind}"


def plan(seen):
    """Every fault of a session whose calls were counted."""
    out = []
    for call, count in seen.items():
        for at in range(1, count + 1):
            if call != "allocate":                   # no disk and no peer sees it: nothing to be killed around
                out += [Fault(call, at, KILL_BEFORE), Fault(call, at, KILL_AFTER)]
            out += [Fault(call, at, FAIL, error) for error in ERRORS[call]]
    return out


class Control:
    """The file that a process under the shim maps."""

    def __init__(self, path):
        self.path = str(path)
        with open(self.path, "wb") as f:
            f.write(bytes(HEAD.size + SEEN.size))
        with open(self.path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 0)

    def set(self, fault=None, armed=True):
        self.map[:] = HEAD.pack(0, 0, 0, 0, 0, 0) + bytes(SEEN.size)
        if fault:
            self.map[:HEAD.size] = HEAD.pack(0, CALLS.index(fault.call), fault.action, fault.error, fault.at, 0)
        self.map[0] = armed

    def arm(self, armed):
        self.map[0] = armed

    @property
    def hits(self):
        return HEAD.unpack(self.map[:HEAD.size])[5]

    @property
    def seen(self):
        return {c: n for c, n in zip(CALLS, SEEN.unpack(self.map[HEAD.size:])) if n}

    def environment(self):
        return {**os.environ, "LD_PRELOAD": str(SHIM), "COFFERDAM_FAULTS": self.path}

    def start(self, argv, log):
        """The process; whether it is ready is for the caller to find out."""
        with open(log, "ab") as err:
            return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=err, stdin=subprocess.DEVNULL,
                                    env=self.environment())
