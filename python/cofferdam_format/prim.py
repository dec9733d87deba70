"""Suite cfd1's primitives: stdlib hashes, AES of python3-cryptography, the rest of libsodium."""

import base64
import binascii
import functools
import hashlib
import hmac as _hmac

import nacl.bindings as sodium
import nacl.exceptions
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .outcome import Refused, require


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def hmac(key, *parts):
    return _hmac.new(key, b"".join(parts), "sha256").digest()


def same(a, b):
    return _hmac.compare_digest(a, b)


def hkdf_extract(salt, ikm):
    return hmac(salt, ikm)


def hkdf_expand(prk, info, length):
    out, block = b"", b""
    for i in range(1, -(-length // 32) + 1):
        block = hmac(prk, block, info, bytes([i]))
        out += block
    return out[:length]


def hkdf(ikm, info, length=32, salt=b""):
    return hkdf_expand(hkdf_extract(salt, ikm), info, length)


def xor(*parts):
    size = len(parts[0])
    assert all(len(p) == size for p in parts)
    return functools.reduce(lambda a, b: a ^ b, (int.from_bytes(p, "big") for p in parts)).to_bytes(size, "big")


def gcm_seal(key, nonce, aad, plaintext):
    return AESGCM(key).encrypt(nonce, plaintext, aad)


def gcm_open(key, nonce, aad, sealed):
    require(len(sealed) >= 16, "open", "shorter than a tag")
    try:
        return AESGCM(key).decrypt(nonce, sealed, aad)
    except InvalidTag:
        raise Refused("open", "does not open") from None


def ctr_keystream(key, offset, length):
    """`length` bytes at `offset` of AES-256-CTR under a zero IV; offset a multiple of 16."""
    assert offset % 16 == 0
    encryptor = Cipher(algorithms.AES(key), modes.CTR((offset // 16).to_bytes(16, "big"))).encryptor()
    return encryptor.update(bytes(length)) + encryptor.finalize()


def ed25519_key(seed):
    return sodium.crypto_sign_seed_keypair(seed)[0]


def ed25519_sign(seed, *parts):
    _, secret = sodium.crypto_sign_seed_keypair(seed)
    return sodium.crypto_sign(b"".join(parts), secret)[:64]


def ed25519_verify(key, signature, *parts):
    require(len(key) == 32 and len(signature) == 64, "signature", "key or signature of a wrong length")
    try:
        sodium.crypto_sign_open(signature + b"".join(parts), key)
    except nacl.exceptions.BadSignatureError:
        raise Refused("signature", "signature does not verify") from None


def ed25519_enrol(key):
    """A key that is to be trusted must be a point of the prime-order group."""
    require(len(key) == 32 and sodium.crypto_core_ed25519_is_valid_point(key), "key",
            "no point of the prime-order group")


def x25519_key(secret):
    return sodium.crypto_scalarmult_base(secret)


def x25519(secret, public):
    """An all-zero result, that is a point of low order, is refused by libsodium itself."""
    try:
        return sodium.crypto_scalarmult(secret, public)
    except (nacl.exceptions.RuntimeError, RuntimeError):
        raise Refused("key", "exchange gives zero: point of low order") from None


def argon2id(passphrase, salt, passes, kib):
    return sodium.crypto_pwhash_alg(32, passphrase, salt, passes, kib * 1024,
                                    sodium.crypto_pwhash_ALG_ARGON2ID13)


def b64(data):
    return base64.b64encode(data).decode()


def unb64(text, outcome):
    """Standard alphabet, padded, no bit that a writer would not have written."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Refused(outcome, "not base64") from None
    require(b64(data) == text, outcome, "not the one base64 form")
    return data
