"""ATTACKS 14: one ciphertext that opens under two keys (partitioning oracle): the commitment decides."""
import os

from cofferdam_format import body, manifest, prim, record, slot
from device import SUBMISSION, Sealed, plain
from evil_store import change_rows
from world import attack, opens

BLOCK = 1 << 128


def times(x, y):
    """In GCM's field, where the leftmost bit is the coefficient of 1."""
    z = 0
    for i in range(127, -1, -1):
        z ^= x if y >> i & 1 else 0
        x = x >> 1 ^ (0xe1 << 120 if x & 1 else 0)
    return z


def power(x, n):
    out = 1 << 127
    while n:
        out, x, n = times(out, x) if n & 1 else out, times(x, x), n >> 1
    return out


def keystream(key, nonce, count):
    stream = prim.gcm_seal(key, nonce, b"", bytes(count))[:-16]
    return stream


def hash_key(key):
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(bytes(16))


def first_mask(key, nonce):
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(nonce + b"\0\0\0\1")


def ghash(h, aad, ciphertext):
    h, out = int.from_bytes(h, "big"), 0
    blocks = [aad[i:i + 16] for i in range(0, len(aad), 16)]
    blocks += [ciphertext[i:i + 16] for i in range(0, len(ciphertext), 16)]
    blocks.append((8 * len(aad)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big"))
    for block in blocks:
        out = times(out ^ int.from_bytes(block, "big"), h)
    return out


def for_two(keys, nonce, aad, plaintext, free):
    """A sealed chunk that both keys open: the block at `free` (a multiple of 16) is chosen so that the tags agree."""
    ciphertext = bytearray(prim.xor(plaintext, keystream(keys[0], nonce, len(plaintext))))
    ciphertext[free:free + 16] = bytes(16)
    h = [hash_key(k) for k in keys]
    wanted = 0
    for k, hk in zip(keys, h):
        wanted ^= ghash(hk, aad, bytes(ciphertext)) ^ int.from_bytes(first_mask(k, nonce), "big")
    exponent = (len(ciphertext) - free) // 16 + 1
    factor = power(int.from_bytes(h[0], "big"), exponent) ^ power(int.from_bytes(h[1], "big"), exponent)
    block = times(wanted, power(factor, BLOCK - 2))
    ciphertext[free:free + 16] = block.to_bytes(16, "big")
    tag = ghash(h[0], aad, bytes(ciphertext)) ^ int.from_bytes(first_mask(keys[0], nonce), "big")
    return bytes(ciphertext) + tag.to_bytes(16, "big")


def test_a_body_for_two_keys_opens_under_the_committed_one_alone(world, evil, trainer, mallory):
    plaintext, deks = plain(b"x" * 160), [os.urandom(32), os.urandom(32)]
    header = record.make(SUBMISSION, mallory.project, mallory.key, deks[0])
    keys = [record.content_key(dek, header) for dek in deks]
    sealed = for_two(keys, body.nonce(0, True), header.id, plaintext, 96)
    opened = [prim.gcm_open(key, body.nonce(0, True), header.id, sealed) for key in keys]
    assert opened[0] != opened[1]                   # the cipher itself accepts both
    row = manifest.Row(header.id, SUBMISSION, (), len(plaintext), body.body_hash([sealed]))
    mallory.write(Sealed(header, sealed, row, deks[0]))
    first = opens(trainer, "record", "show", header.id.hex())
    assert first[:60] == b"x" * 60
    other = slot.make(header.id, 1, deks[1], mallory.pads[header.id])

    def second_key(x):
        if x.path == "/v1/records":
            change_rows(x, lambda h, n, s: (h, n, [other]))
    attack(evil, second_key, trainer, "record", "show", header.id.hex(), codes="CFD-CRY-001")

    def both(x):
        if x.path == "/v1/records":
            change_rows(x, lambda h, n, s: (h, n, [other, *s]))
    evil.tell(both)
    assert opens(trainer, "record", "show", header.id.hex()) == first and evil.told
