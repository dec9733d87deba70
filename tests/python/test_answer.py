"""Log entries, and a client's checks of an answer: every one of them, in order."""

import dataclasses

import pytest
from helpers import drawn, flip, key, refused
from hypothesis import given, strategies as st

from cofferdam_format import answer, entry, note, prim, shares, tlog

OWNER, R, EPOCH, LOG, SECRET = drawn("owner"), drawn("r"), drawn("epoch"), drawn("log"), drawn("client")
EPHEMERAL, SHARES = prim.x25519_key(SECRET), drawn("share 0") + drawn("share 1")
NAME = note.origin(OWNER, 2, 1)

names = st.text("abc", min_size=1, max_size=16).map(str.encode)
gates = st.integers(1, 8)
word = st.integers(0, 2**64 - 1)
bodies = st.one_of(
    st.tuples(st.just(1), st.fixed_dictionaries({"envelope": st.binary(min_size=1, max_size=99)})),
    st.tuples(st.just(3), st.fixed_dictionaries({"device": key, "minute": word, "count": st.integers(1, 2**32 - 1), "reason": names, "r": key})),
    st.tuples(st.just(4), st.fixed_dictionaries({"gate": gates, "epoch_id": key, "rows": st.lists(
        st.fixed_dictionaries({"set": st.integers(0, 255), "check": key}), min_size=1, max_size=4, unique_by=lambda r: r["set"]).map(
            lambda rows: sorted(rows, key=lambda r: r["set"]))})),
    st.tuples(st.just(5), st.fixed_dictionaries({"gate": gates, "epoch_id": key})),
)


def release(**changed):
    body = {"gate": 2, "act": 1, "epoch_id": EPOCH, "r": R, "device": drawn("device"), "signature": bytes(64), "answer_hash": bytes(32),
            "rule": b"work#1", "reason": b"OK", "obligations": b"", "place": 0, "request_hash": prim.sha256(b"body"), "request": b"body"}
    return entry.Entry(drawn("salt")[:16], 1750000000000, entry.RELEASE, body | changed)


@given(st.binary(min_size=16, max_size=16), word, bodies)
def test_an_entry_reads_back_and_nothing_may_be_left_over(salt, ms, body):
    made = entry.Entry(salt, ms, *body)
    raw = made.write()
    assert entry.parse(raw) == made
    for bad in (raw + b"\0", raw[:-1]):
        with refused("format"):
            entry.parse(bad)


def test_a_release_reads_back_inline_and_beside_the_log():
    for made in (release(), release(place=1, request=b"", request_hash=drawn("object")), release(act=2, obligations=b"receipt")):
        assert entry.parse(made.write()) == made


@pytest.mark.parametrize("changed, why", [
    ({"gate": 0}, "gate 0"), ({"gate": 9}, "gate 9"), ({"act": 3}, "act 3"), ({"place": 2}, "place 2"), ({"place": 1}, "both places"),
    ({"request_hash": bytes(32)}, "hash of another request"), ({"reason": b"PAUSED"}, "a refusal's reason"), ({"rule": b"work"}, "no number"),
    ({"rule": b"work#0"}, "rule 0"), ({"rule": b"#1"}, "no purpose"), ({"rule": b"work#01"}, "leading zero"), ({"obligations": b"\xff"}, "not UTF-8"),
])
def test_releases_that_are_refused(changed, why):
    with refused("format"):
        entry.parse(release(**changed).write())


def test_entries_that_are_refused():
    raw = release().write()
    for bad, outcome in ((raw[:24] + b"\0\6" + raw[26:], "format"), (raw[:24] + b"\0\0" + raw[26:], "format"),
                         (raw[:26] + b"\0\2" + raw[28:], "version"), (b"", "format")):
        with refused(outcome):
            entry.parse(bad)
    rows = [{"set": 3, "check": bytes(32)}, {"set": 3, "check": bytes(32)}]
    with refused("format"):
        entry.parse(entry.Entry(bytes(16), 0, entry.CHECK, {"gate": 1, "epoch_id": EPOCH, "rows": rows}).write())


SEALED = answer.seal(EPHEMERAL, R, EPOCH, 2, drawn("gate ephemeral"), SHARES)


def gate_answers(sealed=SEALED, size=9, index=6, gate=2, log_key=LOG, origin=NAME, old=4, logged=None, others=range(20)):
    """A whole answer; `old` is the size that the client has named."""
    raw = (logged or release(answer_hash=answer.answer_hash(*sealed))).write()
    hashes = [tlog.leaf_hash(bytes([i])) for i in others][:size]
    hashes[index] = entry.leaf(raw)
    checkpoint = note.make(origin, size, tlog.root_of_hashes(hashes), log_key)
    return answer.Answer(gate, raw, *sealed, index, tuple(tlog.inclusion(hashes, index)), checkpoint,
                         tuple(tlog.consistency(hashes, old)))


def kept(size, others=range(20), with_entry=None):
    hashes = [tlog.leaf_hash(bytes([i])) for i in others][:size]
    if with_entry is not None:
        hashes[6] = entry.leaf(with_entry)
    return note.make(NAME, size, tlog.root_of_hashes(hashes), LOG)


EXPECTED = answer.Expected(prim.ed25519_key(LOG), OWNER, 2, 1, kept(4), R, EPOCH, drawn("device"),
                           prim.sha256(b"body"), b"work", shares.RELEASE, 2, 0b011, 2, SECRET)
GOOD = gate_answers()


def check(made, **changed):
    return answer.check(dataclasses.replace(EXPECTED, **changed), made if isinstance(made, bytes) else made.write())


def test_an_honest_answer_is_taken():
    assert check(GOOD)[0] == SHARES
    assert check(gate_answers(old=0), kept=b"")[0] == SHARES
    assert check(gate_answers(old=0), kept=note.make(NAME, 0, tlog.root([]), LOG))[2].size == 9
    assert check(gate_answers(old=9), kept=kept(9, with_entry=GOOD.entry))[0] == SHARES


@given(st.integers(0, 1 << 20))
def test_a_changed_answer_is_never_taken(bit):
    with refused():
        check(flip(GOOD.write(), bit))


OTHER_R = answer.seal(EPHEMERAL, drawn("r2"), EPOCH, 2, drawn("gate ephemeral"), SHARES)
SHORT = answer.seal(EPHEMERAL, R, EPOCH, 2, drawn("gate ephemeral"), SHARES[:32])


def but(**changed):
    return dataclasses.replace(GOOD, **changed)


@pytest.mark.parametrize("made, outcome, why", [
    (b"cfdx" + GOOD.write()[4:], "format", "magic"), (b"cfda\2" + GOOD.write()[5:], "version", "version"),
    (GOOD.write()[:7] + b"\1" + GOOD.write()[8:], "format", "reserved"), (GOOD.write() + b"\0", "format", "left over"),
    (but(inclusion=(bytes(33),)), "format", "33 bytes of hashes"), (but(ciphertext=b""), "format", "no ciphertext"),
    (gate_answers(log_key=drawn("other")), "checkpoint", "another key"), (gate_answers(origin=note.origin(OWNER, 3, 1)), "checkpoint", "another gate's"),
    (gate_answers(origin=note.origin(OWNER, 2, 2)), "checkpoint", "another incarnation's"),
    (gate_answers(size=3, index=2, old=3), "rollback", "shrank"), (gate_answers(others=range(1, 20)), "rollback", "another history"),
    (gate_answers(size=4, index=2, old=4), "rollback", "same size, another root"), (but(consistency=()), "rollback", "no proof"),
    (but(consistency=GOOD.consistency + (bytes(32),)), "rollback", "a hash too many"),
    (but(inclusion=GOOD.inclusion[:-1]), "proof", "too short"), (but(index=7), "proof", "another place"), (but(index=9), "proof", "index = size"),
    (but(entry=release(answer_hash=bytes(32)).write()), "proof", "another entry"),
    (gate_answers(logged=entry.Entry(bytes(16), 0, 5, {"gate": 2, "epoch_id": EPOCH})), "answer", "another type"),
    *[(gate_answers(logged=release(**({"answer_hash": answer.answer_hash(*SEALED)} | {name: value}))), "answer", f"another {name}")
      for name, value in (("r", bytes(32)), ("gate", 3), ("epoch_id", bytes(32)), ("answer_hash", bytes(32)), ("act", 2), ("device", bytes(32)), ("rule", b"play#1"))],
    (gate_answers(logged=release(answer_hash=answer.answer_hash(*SEALED), request=b"other", request_hash=prim.sha256(b"other"))),
     "answer", "another request"),
    (but(gate=3), "answer", "says another gate"), (but(enc=drawn("enc")), "answer", "enc is not the logged one"),
    (gate_answers(sealed=OTHER_R), "open", "sealed for another request"),
    (gate_answers(sealed=(bytes(32), SEALED[1])), "open", "encapsulated key of low order"),
    (gate_answers(sealed=SHORT), "format", "a share too few"),
])
def test_each_check_of_the_client_refuses(made, outcome, why):
    with refused(outcome):
        check(made)


def test_what_is_sealed_for_another_key_does_not_open():
    with refused("open"):
        check(GOOD, secret=drawn("another client"))
    create = gate_answers(logged=release(act=2, answer_hash=answer.answer_hash(*SEALED)))
    with refused("format"):
        check(create, act=shares.CREATE, t=2, gates=0b111)
