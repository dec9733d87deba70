"""Primitives against published vectors; the point rules of section 1."""


import pytest
from helpers import drawn, refused

from cofferdam_format import hpke, prim
from cofferdam_format.outcome import Refused


def accepts(check):
    try:
        check()
        return True
    except Refused:
        return False


def test_hpke_is_rfc_9180s(published):
    suites = [s for s in published("rfc9180/rfc9180-x25519.json") if s["mode"] == 0 and s["aead_id"] == 1]
    assert suites
    for suite in suites:
        raw = {name: bytes.fromhex(suite[name]) for name in ("skEm", "pkRm", "skRm", "info", "enc")}
        first = {name: bytes.fromhex(suite["encryptions"][0][name]) for name in ("pt", "aad", "ct")}
        made = hpke.seal(raw["skEm"], raw["pkRm"], raw["info"], first["pt"], first["aad"])
        assert made == (raw["enc"], first["ct"])
        assert hpke.open_(raw["skRm"], raw["enc"], raw["info"], first["ct"], first["aad"]) == first["pt"]


def test_ed25519_is_libsodiums_strict_one(published):
    cases = published("cctv/ed25519vectors.json")
    passed = sum(accepts(lambda: prim.ed25519_verify(bytes.fromhex(c["key"]), bytes.fromhex(c["sig"]), c["msg"].encode()))
                 for c in cases)
    assert (passed, len(cases)) == (43, 914)


def test_ed25519_passes_wycheproof(published):
    for group in published("wycheproof/ed25519_test.json")["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            ok = accepts(lambda: prim.ed25519_verify(key, bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])))
            assert ok == (test["result"] == "valid"), test


def test_hkdf_passes_wycheproof(published):
    for group in published("wycheproof/hkdf_sha256_test.json")["testGroups"]:
        for test in group["tests"]:
            if test["result"] == "valid":
                ikm, salt, info, okm = (bytes.fromhex(test[name]) for name in ("ikm", "salt", "info", "okm"))
                assert prim.hkdf(ikm, info, test["size"], salt) == okm


@pytest.mark.parametrize("key, why", [
    ("00" * 32, "order 4"), ("01" + "00" * 31, "the identity"), ("ec" + "ff" * 30 + "7f", "order 2"),
    ("ee" + "ff" * 30 + "7f", "the identity, not canonical"), ("02" + "00" * 31, "off the curve"),
    ("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "order 8"),
])
def test_keys_that_are_not_enrolled(key, why):
    with refused("key"):
        prim.ed25519_enrol(bytes.fromhex(key))


def test_a_made_key_is_enrolled_and_verifies():
    key = prim.ed25519_key(drawn("seed"))
    prim.ed25519_enrol(key)
    prim.ed25519_verify(key, prim.ed25519_sign(drawn("seed"), b"m"), b"m")
    with refused("signature"):
        prim.ed25519_verify(key, prim.ed25519_sign(drawn("seed"), b"m"), b"n")
