"""seeds.py DIR [TARGET...]: writes DIR/TARGET/*: inputs to begin from, made of tests/vectors and a few by hand.

A vector's value becomes a seed behind each prefix that its target reads first (the byte that chooses a parser).
Targets that read a grammar get random strings of it, always the same.
"""
import hashlib
import json
import pathlib
import random
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SEED_MAX = 1 << 16


def number(n):
    return bytes([n])


# target: (vector file, member, prefixes)
VALUES = {
    "statement": [("statement", "envelope", [b"\0"]), ("chain", "envelopes", [b"\0"]),
                  ("statement", "payload", [number(n) for n in range(1, 16)])],
    "request": [("request", "body", [b""])],
    "answer": [("answer", "answer", [b""])],
    "heads": [("heads", "question", [b"\1"]), ("heads", "reply", [b"\0"])],
    "entry": [("entry", "entry", [b""])],
    "keyfile": [("keyfile", "file", [b""])],
    "header": [("header", "header", [b""]), ("slot", "slot", [b""])],
    "plaintext": [("padding", "plaintext", [b""]), ("padding", "bytes", [b""])],
    "manifest": [("manifest", "manifest", [b""])],
    "note": [("checkpoint", "note", [b"\1", b"\2"]), ("checkpoint", "key", [b"\0"])],
    "gate_keys": [("kept", "kept", [b"\1"]), ("ceremony", "message", [b"\2\0\x08\1", b"\2\0\x11\1"])],
    "text": [("statement", "payload", [b"\0", b"\1"]), ("statement", "id", [b"\2"])],
}
POLICY = (ROOT / "demo" / "policy.txt").read_bytes()
ID = b"0123456789abcdef" * 4
CONF = (b"[owner]\nid = " + ID + b"\n\n[gate 1]\nurl = http://127.0.0.1:1\n\n[store]\nurl = http://s\n\n"
        b"[project demo]\nid = " + ID[:32] + b"\n")
GATE_CONF = b"[gate]\nnumber = 1\nincarnation = 1\n\n[peer 2]\nurl = http://127.0.0.1:2\n"


def frame(kind, content=b""):
    return struct.pack(">I", len(content)) + kind + content


ASKED = frame(b"A", b"\1\0\x50\0\2\0\7record\0\0\5show\0")
BY_HAND = {
    "policy": [number(n) + POLICY for n in (0, 8, 16, 63, 127)],
    "config": [b"\0" + CONF, b"\1" + GATE_CONF],
    "agent": [ASKED + frame(b"E"), ASKED + frame(b"I", b"input") + frame(b"E"), frame(b"E")],
    "text": [b"\4" + b"2026-11-24T11:00:00Z", b"\4" + b"90s", b"\4" + b"30d", b"\3" + b"QUJDRA==",
             b"\1" + b'{"a":[1,2]}', b"\1" + b'{"a":"' + ID + b'"}', b"\1" + b'{"a":true}'],
    "tile_path": [b"\0tile/0/x001/234", b"\0tile/entries/000.p/7", b"\1\0\2ab"],
    "log": [b"\1\0\2\0\1\xff", b"\1\1\0\x10\1\1", b"\1\0\3\0\xff"],
    # a task's records, body by range, claims, lists; paths that are none
    "store_http": [b"\0\x08\0\x05\x06\x07", b"\0\x09\1\x0bbytes=0-100\x05", b"\2\x0d\0\x10\1", b"\0\x0f\0\x10\1",
                   b"\0\x06\0\x05\0\2" + b"x" * 64, b"\0\x0c\0\x10\x06", b"\1\2\0\2\1", b"\0\x10\0\0../../index.db"],
    "gate_http": [b"\0\4\0\0checkpoint\n", b"\0\4\0\0tile/entries/000.p/9\n", b"\0\7\0\4\2", b"\0\3\0",
                  b"\4\4\0\0../secret\n", b"\0\4\0\0..%2fsecret\n", b"\0\4\0\0tile/0/000.p/9\n"],
    # what the client does, with true replies and its own
    "client": [number(what) + bytes(replies) for what in range(0xff)
               for replies in ((2, 1, 4, 1, 1), (4, 1, 5, 1, 5), (3, 1, 11, 2, 2), (5, 5, 5, 5))] +
              [number(10) + b'{"code":"CFD-STO-001","message":"m","hint":"h"}'],
}
RANDOM = {"decide": (300, 300), "snapshot": (20, 200), "proof": (40, 100), "log": (40, 60), "store_http": (100, 60),
          "gate_http": (60, 60), "client": (60, 60)}


def values(node, member, under=""):
    if isinstance(node, dict):
        for name, value in node.items():
            yield from values(value, member, name)
    elif isinstance(node, list):
        for value in node:
            yield from values(value, member, under)
    elif isinstance(node, str) and under == member:
        yield node


def decoded(text):
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode()


def signatures():
    """The three fields, a line each, as the target reads them."""
    vectors = json.loads((ROOT / "tests" / "vectors" / "request.json").read_text())
    rows = zip(*(values(vectors, name) for name in ("content_digest", "signature_input", "signature")))
    for row in rows:
        yield from (prefix + "\n".join(row).encode() for prefix in (b"\0", b"\1"))


def packs():
    """A blob, and its length behind it."""
    vectors = json.loads((ROOT / "tests" / "vectors" / "pack.json").read_text())
    for text in values(vectors, "pack"):
        blob = decoded(text)
        yield blob + struct.pack(">Q", len(blob))


def seeds(target):
    yield from BY_HAND.get(target, ())
    for file, member, prefixes in VALUES.get(target, ()):
        vectors = json.loads((ROOT / "tests" / "vectors" / f"{file}.json").read_text())
        for text in values(vectors, member):
            yield from (prefix + decoded(text) for prefix in prefixes)
    if target == "signature":
        yield from signatures()
    if target == "pack":
        yield from packs()
    count, most = RANDOM.get(target, (0, 0))
    chance = random.Random(target)
    for _ in range(count):
        yield chance.randbytes(chance.randrange(1, most))


def main(argv):
    for target in argv[2:]:
        folder = pathlib.Path(argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for seed in seeds(target):
            if len(seed) <= SEED_MAX:
                (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)


if __name__ == "__main__":
    main(sys.argv)
