"""A script's own way to its agent: the private socket that the cofferdam command uses (src/agent/agent.h).

A process for each command costs more than the command: a script that works all day speaks to its agent itself.
"""
import socket
import struct

PIECE = 1 << 20


def frame(kind, content=b""):
    return struct.pack(">I", len(content)) + kind + content


def exactly(s, count):
    got = b""
    while len(got) < count:
        more = s.recv(count - len(got))
        if not more:
            raise ConnectionError("the agent went away before the command was done")
        got += more
    return got


def ask(path, words, text=b""):
    """Runs one command line in the agent: (exit code, stdout, stderr)."""
    argv = [w.encode() + b"\0" for w in ("cofferdam", *words)]
    asked = struct.pack(">BHH", 0, 0, len(argv)) + b"".join(struct.pack(">H", len(w)) + w for w in argv)
    told = {b"o": b"", b"e": b""}
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.connect(path)
        s.sendall(frame(b"A", asked))
        for at in range(0, len(text), PIECE):
            s.sendall(frame(b"I", text[at:at + PIECE]))
        s.sendall(frame(b"E"))
        while True:
            size, kind = struct.unpack(">Ic", exactly(s, 5))
            content = exactly(s, size)
            if kind == b"x":
                return content[0], told[b"o"], told[b"e"]
            told[kind] += content
