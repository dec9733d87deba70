"""One good statement of each kind, for tests to bend."""

from helpers import drawn

from cofferdam_format import fields, prim, statement

ADMIN, DEVICE = drawn("admin"), drawn("device")
ZERO, OWNER, PROJECT, MEMBER = "0" * 64, drawn("owner").hex(), drawn("project").hex()[:32], drawn("member").hex()[:32]


def public(*words):
    return prim.ed25519_key(drawn(*words)).hex()


ROOT_SEEDS = sorted((drawn("root", i) for i in range(3)), key=prim.ed25519_key)
GATES = [{"number": n, "incarnation": 1, "key": public("gate", n), "exchange": prim.x25519_key(drawn("x", n)).hex()} for n in (1, 2, 5)]
RECORDS = [drawn("record", i).hex() for i in range(3)]
MEMBERS = {
    "root": {"party": "owner", "threshold": 2, "keys": [prim.ed25519_key(s).hex() for s in ROOT_SEEDS],
             "devices": [{"key": public("admin"), "member": MEMBER, "door": "native", "role": "person"}]},
    "epoch": {"epoch": 1, "threshold": 2, "gates": GATES, "witnesses": [{"name": "watcher", "key": public("w")}], "cosigners": 1},
    "watcher": {"key": public("w")},
    "project": {"project": PROJECT},
    "policy": {"project": PROJECT, "version": 1, "text": 'permit work "ä" \\\nfor annotator'},
    "vendor": {"project": PROJECT, "vendor": OWNER},
    "member": {"project": PROJECT, "member": MEMBER, "role": "annotator"},
    "device": {"project": PROJECT, "member": MEMBER, "key": public("device"), "door": "browser", "role": "person", "revokes": ZERO},
    "heads": {"heads": sorted(({"issuer": public("i", i), "number": i + 1, "statement": RECORDS[i]} for i in range(2)), key=lambda h: h["issuer"])},
    "assignment": {"project": PROJECT, "member": MEMBER, "records": RECORDS},
    "manifest": {"project": PROJECT, "count": 3, "root": RECORDS[0]},
    "act": {"project": PROJECT, "act": "submitted", "task": RECORDS[0], "submission": RECORDS[1], "review": ZERO},
    "receipt": {"project": PROJECT, "records": RECORDS},
    "pause": {"project": "0" * 32, "what": "vendor", "of": OWNER, "reason": "a breach is looked into"},
    "resume": {"pause": RECORDS[0]},
    "revocation": {"what": "member", "of": MEMBER + "0" * 32, "reason": ""},
    "attestor": {"key": public("attestor"), "names": ["iso27001", "soc2-type2"]},
    "attestation": {"what": "vendor", "of": OWNER, "name": "soc2-type2", "method": "document-seen",
                    "auditor": "Muster & Partner", "from": 1750000000, "until": 1760000000},
    "withdrawal": {"attestation": RECORDS[0], "auditor": ""},
    "placement": {"member": MEMBER, "site": MEMBER},
    "access": {"project": PROJECT, "purpose": "deliver", "reason": "the July batch", "ticket": "", "from": 1, "until": 2},
    "approval": {"statement": RECORDS[0]},
}
assert set(MEMBERS) == set(fields.KINDS)


def whole(kind, number=1, previous=ZERO, issuer=ADMIN, **changed):
    root = kind == "root"
    common = {"owner": ZERO if root else OWNER, "issuer": ZERO if root else prim.ed25519_key(issuer).hex(),
              "number": number, "previous": previous, "created": 1750000000, "expires": 1760000000}
    return common | MEMBERS[kind] | changed


def seeds(kind, issuer=ADMIN):
    return ROOT_SEEDS[:2] if kind == "root" else [issuer]


def make(kind, issuer=ADMIN, **changed):
    return statement.make(kind, seeds(kind, issuer), whole(kind, issuer=issuer, **changed))


def signed(kind, body):
    """An envelope around any bytes, signed as the kind demands."""
    return statement.envelope(kind, body, seeds(kind))
