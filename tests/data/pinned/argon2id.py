#!/usr/bin/env python3
"""Makes argon2id.json, and refuses to if two independent implementations disagree.

One is the reference code of the winners of the Password Hashing Competition (Debian's
libargon2-1, called by ctypes), the other OpenSSL 3.2 or later (python's `cryptography`).
Neither is libsodium, which the program under test uses.
"""
import ctypes, json
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

ROWS = [  # passphrase, salt, passes, KiB
    (b"password", b"somesaltsomesalt", 2, 65536),
    (b"password", b"somesaltsomesalu", 2, 65536),
    (b"differentpassword", b"somesaltsomesalt", 2, 65536),
    (b"", bytes(16), 2, 65536),
    ("Schlüssel für das Büro".encode(), bytes(range(16)), 3, 65536),
    (bytes(range(256)), b"\xff" * 16, 3, 98304),
]


def reference(passphrase, salt, ops, mem_kib):
    out = ctypes.create_string_buffer(32)
    code = ctypes.CDLL("libargon2.so.1").argon2id_hash_raw(
        ctypes.c_uint32(ops), ctypes.c_uint32(mem_kib), ctypes.c_uint32(1), passphrase,
        ctypes.c_size_t(len(passphrase)), salt, ctypes.c_size_t(len(salt)), out,
        ctypes.c_size_t(32))
    assert code == 0, code
    return out.raw


rows = []
for passphrase, salt, ops, mem_kib in ROWS:
    key = reference(passphrase, salt, ops, mem_kib)
    other = Argon2id(salt=salt, length=32, iterations=ops, lanes=1, memory_cost=mem_kib)
    if passphrase:  # OpenSSL takes no empty one
        assert other.derive(passphrase) == key
    rows.append({"passphrase": passphrase.hex(), "salt": salt.hex(), "ops": ops,
                 "mem_kib": mem_kib, "key": key.hex()})
with open("argon2id.json", "w") as f:
    json.dump(rows, f, indent=1)
    f.write("\n")
