"""Section 3.1: the ceremony that opens an epoch."""

from dataclasses import dataclass

from . import prim, shares
from .outcome import require
from .wire import Reader, fixed, rows, vector


@dataclass(frozen=True)
class Pair:
    x: bytes
    s: bytes
    z: bytes
    next: bytes


def pair(x, p, epoch_id, low, high):
    s = prim.hkdf(fixed(p, 32) + x, b"cfd1 pair" + fixed(epoch_id, 32) + bytes([low, high]))
    return Pair(x, s, prim.hkdf(s, b"cfd1 zero"), prim.hkdf(s, b"cfd1 ratchet"))


def deal_key(s, sender, a):
    return prim.hkdf(s, b"cfd1 deal" + bytes([sender, a]))


def subset_key(contributions, epoch_id, a):
    """`contributions` in ascending order of the gates of A."""
    return prim.hkdf(b"".join(contributions), b"cfd1 subset" + epoch_id + bytes([a]))


def check_value(key, epoch_id, a):
    return prim.hkdf(key, b"cfd1 check" + epoch_id + bytes([a]))


def sets_of_both(t, roster, one, other):
    size = len(shares.members(roster)) - t + 1
    both = shares.as_set([one, other])
    return [a for a in shares.subsets(roster, size) if a & both == both]


def deal(s, epoch_id, sender, receiver, contributions):
    """`contributions`: set -> c of the sender, for each set that holds both."""
    sealed = b"".join(bytes([a]) + prim.gcm_seal(deal_key(s, sender, a), bytes(12), b"", fixed(c, 32))
                      for a, c in sorted(contributions.items()))
    return b"cfdd" + bytes([1, sender, receiver, 0]) + fixed(epoch_id, 32) + vector(sealed, 0, 65535)


def deal_open(s, t, roster, epoch_id, sender, receiver, raw):
    reader = Reader(raw)
    reader.magic(b"cfdd")
    reader.version()
    require(reader.uint(1) == sender, "format", "dealt by another gate")
    require(reader.uint(1) == receiver, "format", "dealt to another gate")
    reader.zero(1)
    require(reader.take(32) == epoch_id, "format", "dealt for another epoch")
    dealt = rows(reader.vector(0, 65535), 49)
    reader.done()
    require([row[0] for row in dealt] == sets_of_both(t, roster, sender, receiver), "format",
            "rows are not those of the sets that hold both gates")
    return {row[0]: prim.gcm_open(deal_key(s, sender, row[0]), bytes(12), b"", row[1:]) for row in dealt}


def ceremony(t, epoch_id, secrets, carried, contributions):
    """Everything that the gates do together. `secrets`: gate -> X25519 secret; `carried`: (low, high) -> p;
    `contributions`: (gate, set) -> c. Gives pairs, deals and subset keys by the same keys."""
    roster = shares.as_set(secrets)
    shares.check_shape(t, roster)
    gates = shares.members(roster)
    pairs = {(a, b): pair(prim.x25519(secrets[a], prim.x25519_key(secrets[b])), carried[a, b], epoch_id, a, b)
             for a in gates for b in gates if a < b}
    deals = {(g, h): deal(pairs[min(g, h), max(g, h)].s, epoch_id, g, h,
                          {a: contributions[g, a] for a in sets_of_both(t, roster, g, h)})
             for g in gates for h in gates if g != h}
    keys = {a: subset_key([contributions[g, a] for g in shares.members(a)], epoch_id, a)
            for a in shares.subsets(roster, len(gates) - t + 1)}
    return pairs, deals, keys
