"""Section 8: C2SP signed notes that hold a checkpoint. Every refusal is `checkpoint`."""

from dataclasses import dataclass

from . import prim, tlog
from .outcome import Refused, require

ED25519 = b"\x01"
SIZE_MAX = (1 << 63) - 1


@dataclass(frozen=True)
class Checkpoint:
    size: int
    root: bytes


def origin(owner, gate, incarnation):
    return f"cofferdam/{owner.hex()}/gate-{gate}/{incarnation}"


def key_id(name, key):
    return prim.sha256(name.encode(), b"\n", ED25519, key)[:4]


def text(name, size, root):
    return f"{name}\n{size}\n{prim.b64(root)}\n".encode()


def sign(name, body, seed):
    line = prim.b64(key_id(name, prim.ed25519_key(seed)) + prim.ed25519_sign(seed, body))
    return body + f"\n— {name} {line}\n".encode()


def make(name, size, root, seed):
    return sign(name, text(name, size, root), seed)


def _need(condition, what):
    require(condition, "checkpoint", what)


def split(note):
    """The note's text (bytes, with its last newline) and its lines of (name, id, signature)."""
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("checkpoint", "note is not UTF-8") from None
    _need(all(c >= " " or c == "\n" for c in whole), "control character in note")
    cut = whole.rfind("\n\n")
    _need(cut >= 0, "no blank line")
    body, tail = whole[:cut + 1], whole[cut + 2:]
    _need(tail.endswith("\n"), "no newline after the last signature")
    return body.encode(), [_line(line) for line in tail[:-1].split("\n")]


def _line(line):
    parts = line.split(" ")
    _need(len(parts) == 3 and parts[0] == "—", "not a signature line")
    name, packed = parts[1], prim.unb64(parts[2], "checkpoint")
    _need(name and "+" not in name and not any(c.isspace() for c in name), "not a key name")
    _need(len(packed) > 4, "signature is too short")
    return name, packed[:4], packed[4:]


def verify(note, name, key):
    """The text, once exactly one line of this signer verifies; lines of other signers say nothing."""
    body, lines = split(note)
    ours = [signature for n, i, signature in lines if (n, i) == (name, key_id(name, key))]
    _need(len(ours) == 1, f"{len(ours)} signatures of the log's key")
    try:
        prim.ed25519_verify(key, ours[0], body)
    except Refused:
        raise Refused("checkpoint", "signature of the log's key does not verify") from None
    return body


def parse(body, name):
    lines = body.decode().split("\n")
    _need(len(lines) == 4 and lines[3] == "", "not the three lines of a checkpoint")
    _need(lines[0] == name, "another origin")
    size = lines[1]
    _need(size.isascii() and size.isdigit() and (size == "0" or size[0] != "0"), "not a size")
    _need(len(size) <= 19 and int(size) <= SIZE_MAX, "size out of range")
    root = prim.unb64(lines[2], "checkpoint")
    _need(len(root) == 32, "root is not 32 bytes")
    _need(int(size) > 0 or root == tlog.root([]), "size 0 with another root than the empty tree's")
    return Checkpoint(int(size), root)


def open_(note, name, key):
    return parse(verify(note, name, key), name)
