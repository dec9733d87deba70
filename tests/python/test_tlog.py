"""Tree hashes, proofs and signed notes; published vectors."""

import base64

import pytest
from helpers import drawn, flip, refused
from hypothesis import given, strategies as st

from cofferdam_format import note, prim, tlog
from cofferdam_format.outcome import Refused

HASHES = [tlog.leaf_hash(bytes([i])) for i in range(40)]
OWNER, SEED = drawn("owner"), drawn("log key")
NAME = note.origin(OWNER, 2, 1)
KEY = prim.ed25519_key(SEED)


def test_all_inclusion_proofs_of_small_logs_verify_and_no_other_index_does():
    for size in range(1, 34):
        root = tlog.root_of_hashes(HASHES[:size])
        for i in range(size):
            path = tlog.inclusion(HASHES[:size], i)
            tlog.check_inclusion(HASHES[i], i, size, path, root)
            for other in (i + 1, i ^ 1):
                with refused("proof"):
                    tlog.check_inclusion(HASHES[i], other, size, path, root)
            for bad in (path + [HASHES[0]], path[:-1] if path else [root]):
                with refused("proof"):
                    tlog.check_inclusion(HASHES[i], i, size, bad, root)


def test_all_consistency_proofs_of_small_logs_verify():
    for size in range(0, 34):
        for old in range(0, size + 1):
            roots = [tlog.root_of_hashes(HASHES[:s]) for s in (old, size)]
            proof = tlog.consistency(HASHES[:size], old)
            tlog.check_consistency(old, roots[0], size, roots[1], proof)
            with refused("rollback"):
                tlog.check_consistency(old, roots[0], size, roots[1], proof + [HASHES[0]])
            if old:
                with refused("rollback"):
                    tlog.check_consistency(old, flip(roots[0], 3), size, roots[1], proof)
            if old < size:
                with refused("rollback"):
                    tlog.check_consistency(size, roots[1], old, roots[0], [])


def run(case, check):
    try:
        check()
        ok = True
    except Refused:
        ok = False
    assert ok != case["wantErr"], case["desc"]


def test_published_proofs(published):
    cases = published("tlog/merkle-proofs.json")
    raw = lambda text: base64.b64decode(text or "")
    proof = lambda case: [raw(h) for h in case["proof"] or []]
    for case in cases["inclusion"]:
        run(case, lambda: tlog.check_inclusion(raw(case["leafHash"]), case["leafIdx"], case["treeSize"], proof(case), raw(case["root"])))
    for case in cases["consistency"]:
        # From size 0 everything follows, and format.md wants no proof there; roots that are words are not for us.
        if case["size1"] > 0 and len(raw(case["root1"])) == 32:
            run(case, lambda: tlog.check_consistency(case["size1"], raw(case["root1"]), case["size2"], raw(case["root2"]), proof(case)))


def test_published_notes(published):
    one, log = published("tlog/signed-note.json"), published("tlog/tessera-testlog.json")
    name, _, key = one["vkey"].split("+", 2)
    note.verify(one["note"].encode(), name, base64.b64decode(key)[1:])
    name, _, key = log["vkey"].split("+", 2)
    for checkpoint in log["checkpoints"]:
        assert note.open_(checkpoint["checkpoint"].encode(), name, base64.b64decode(key)[1:]).size == checkpoint["size"]


def good(size=7, root=drawn("root")):
    return note.make(NAME, size, root, SEED)


STRANGER = note.sign("example.com/other", b"", drawn("stranger")).split(b"\n", 1)[1]


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32), st.integers(0, 1 << 14))
def test_a_checkpoint_reads_back_and_any_change_is_refused(size, root, bit):
    root = root if size else tlog.root([])
    made = good(size, root)
    assert note.open_(made, NAME, KEY) == note.Checkpoint(size, root)
    with refused("checkpoint"):
        note.open_(flip(made, bit), NAME, KEY)


def test_strangers_signatures_say_nothing():
    text, ours = good().split(b"\n\n")
    assert note.open_(text + b"\n\n" + STRANGER + ours, NAME, KEY).size == 7
    assert note.open_(text + b"\n\n" + ours + STRANGER, NAME, KEY).size == 7
    with refused("checkpoint"):
        note.open_(text + b"\n\n" + STRANGER, NAME, KEY)


def resigned(text):
    return note.sign(NAME, text.encode(), SEED)


ROOT = prim.b64(drawn("root"))


@pytest.mark.parametrize("bad, why", [
    (resigned(f"{NAME}\n07\n{ROOT}\n"), "leading zero"), (resigned(f"{NAME}\n+7\n{ROOT}\n"), "sign"),
    (resigned(f"{NAME}\n\n{ROOT}\n"), "no size"), (resigned(f"{NAME}\n{2**64}\n{ROOT}\n"), "2^64"),
    (resigned(f"{NAME}\n٧\n{ROOT}\n"), "a digit that is not ASCII"),
    (resigned(f"{NAME}\n7\n{ROOT[:-1]}\n"), "unpadded root"), (resigned(f"{NAME}\n7\n{prim.b64(bytes(31))}\n"), "root of 31"),
    (resigned(f"{NAME}\n7\n{ROOT}\nextension\n"), "extension line"), (resigned(f"{NAME}x\n7\n{ROOT}\n"), "another origin"),
    (resigned(f"{NAME}\n7\n{ROOT}\n\n"), "an empty extension line"),
    (good().replace(b"\n\n", b"\n"), "no blank line"), (good()[:-1], "no newline at the end"),
    (good() + good().split(b"\n\n")[1], "ours doubled"), (good().replace("—".encode(), b"-"), "no em dash"),
    (good() + "— x\n".encode(), "a malformed line"), (good() + b"\n", "an empty line after"), (good().split(b"\n\n")[0] + b"\n\n", "no signature"),
    (good().replace(b"\n7\n", b"\r\n7\n"), "carriage return"), (b"", "nothing"),
])
def test_malformed_checkpoints(bad, why):
    with refused("checkpoint"):
        note.open_(bad, NAME, KEY)
