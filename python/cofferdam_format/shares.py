"""Section 3: subset keys, partials, masks, shares and pads."""

from dataclasses import dataclass, field
from itertools import combinations

from . import prim, record, slot
from .outcome import require

RELEASE, CREATE = 1, 2


def members(gates):
    return [g for g in range(1, 9) if gates >> g - 1 & 1]


def as_set(gates):
    return sum(1 << g - 1 for g in gates)


def subsets(gates, size):
    """All sets of `size` of these gates, ascending by their byte."""
    return sorted(as_set(c) for c in combinations(members(gates), size))


def check_shape(t, roster):
    require(2 <= t < len(members(roster)) <= 5, "gates", "not 2 <= t < n <= 5")


def check_quorum(act, t, roster, gates, answering=0):
    """`answering` 0: nobody in particular."""
    check_shape(t, roster)
    n, named = len(members(roster)), len(members(gates))
    most = t if act == RELEASE else min(n, 2 * t - 1)
    require(gates & ~roster == 0, "gates", "a gate outside the roster")
    require(t <= named <= most, "gates", f"{named} gates, not {t} to {most}")
    require(not answering or gates >> answering - 1 & 1, "gates", "the answering gate is not named")


def assign(t, roster, quorum):
    """For each gate of the quorum the sets A that it answers for."""
    check_quorum(RELEASE, t, roster, quorum)
    out = {g: [] for g in members(quorum)}
    for a in subsets(roster, len(members(roster)) - t + 1):
        out[min(members(a & quorum))].append(a)
    return out


def project_key(subset_key, epoch_id, a, project, kind):
    return prim.hkdf(subset_key, b"cfd1 project" + epoch_id + bytes([a]) + project + bytes([kind]))


def partial(key, record_id):
    return prim.hmac(key, b"cfd1 partial", record_id)


def mask(pair_key, r, quorum, index):
    return prim.ctr_keystream(prim.hmac(pair_key, b"cfd1 mask", r, bytes([quorum])), 32 * index, 32)


@dataclass
class Epoch:
    """All secrets of an epoch in one place: for vectors only, no machine ever holds this."""
    t: int
    roster: int
    id: bytes
    subset_keys: dict = field(repr=False)          # A -> k_A
    pair_keys: dict = field(repr=False)            # (low, high) -> z

    def partial(self, a, project, kind, record_id):
        return partial(project_key(self.subset_keys[a], self.id, a, project, kind), record_id)

    def pad(self, project, kind, record_id):
        return prim.xor(*(self.partial(a, project, kind, record_id)
                          for a in subsets(self.roster, len(members(self.roster)) - self.t + 1)))

    def share(self, gate, quorum, project, kind, record_id, r, index):
        parts = [self.partial(a, project, kind, record_id) for a in assign(self.t, self.roster, quorum)[gate]]
        parts += [mask(self.pair_keys[min(gate, h), max(gate, h)], r, quorum, index)
                  for h in members(quorum) if h != gate]
        return prim.xor(*parts)

    def answer(self, act, gate, gates, project, records, r):
        """What gate answers for the (kind, id) records, in the order that the act demands."""
        check_quorum(act, self.t, self.roster, gates, gate)
        return b"".join(self.share(gate, q, project, kind, record_id, r, i)
                        for i, (kind, record_id) in enumerate(records)
                        for q in quorums_of(act, self.t, gates, gate))


def quorums_of(act, t, gates, gate):
    """The quorums a gate answers for, in the answer's order."""
    if act == RELEASE:
        return [gates]
    return [q for q in subsets(gates, t) if q >> gate - 1 & 1]


def answer_length(act, t, gates, gate, count):
    return 32 * count * len(quorums_of(act, t, gates, gate))


def _pieces(plaintext, count):
    require(len(plaintext) == 32 * count, "format", f"{len(plaintext)} bytes for {count} shares")
    return [plaintext[i:i + 32] for i in range(0, 32 * count, 32)]


def combine(quorum, headers, slots, plaintexts):
    """Pads and DEKs of a release; `plaintexts` maps each gate of the quorum to its shares."""
    split = [_pieces(plaintexts[g], len(headers)) for g in members(quorum)]
    pads = [prim.xor(*shares) for shares in zip(*split)]
    return pads, [slot.open_(record.parse(h), s, p) for h, s, p in zip(headers, slots, pads, strict=True)]


def combine_create(t, gates, count, plaintexts):
    """For each t-subset of the gates asked, by its byte, the pads of all records."""
    pads = {q: [] for q in subsets(gates, t)}
    split = {g: _pieces(plaintexts[g], count * len(quorums_of(CREATE, t, gates, g))) for g in members(gates)}
    for i in range(count):
        for q, found in pads.items():
            parts = []
            for g in members(q):
                own = quorums_of(CREATE, t, gates, g)
                parts.append(split[g][i * len(own) + own.index(q)])
            found.append(prim.xor(*parts))
    return pads
