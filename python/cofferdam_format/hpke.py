"""HPKE base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM; one message, empty aad."""

from . import prim
from .outcome import Refused

KEM = b"KEM\x00\x20"
SUITE = b"HPKE\x00\x20\x00\x01\x00\x01"


def _extract(suite, salt, label, ikm):
    return prim.hkdf_extract(salt, b"HPKE-v1" + suite + label + ikm)


def _expand(suite, prk, label, info, length):
    return prim.hkdf_expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)


def _key_and_nonce(exchanged, enc, receiver, info):
    shared = _expand(KEM, _extract(KEM, b"", b"eae_prk", exchanged), b"shared_secret", enc + receiver, 32)
    context = (b"\x00" + _extract(SUITE, b"", b"psk_id_hash", b"")
               + _extract(SUITE, b"", b"info_hash", info))
    secret = _extract(SUITE, shared, b"secret", b"")
    return _expand(SUITE, secret, b"key", context, 16), _expand(SUITE, secret, b"base_nonce", context, 12)


def seal(secret, receiver, info, plaintext, aad=b""):
    """`secret` is the sender's fresh key, given so that vectors can be made again."""
    enc = prim.x25519_key(secret)
    key, nonce = _key_and_nonce(prim.x25519(secret, receiver), enc, receiver, info)
    return enc, prim.gcm_seal(key, nonce, aad, plaintext)


def open_(secret, enc, info, ciphertext, aad=b""):
    try:
        exchanged = prim.x25519(secret, enc)
    except Refused:
        raise Refused("open", "encapsulated key is of low order") from None
    key, nonce = _key_and_nonce(exchanged, enc, prim.x25519_key(secret), info)
    return prim.gcm_open(key, nonce, aad, ciphertext)
