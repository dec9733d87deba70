"""ATTACKS 2: the store serves its own key as a member's, a manager's, a gate's: only the chain from the root counts."""
import os
import time

import pytest
from cofferdam_format import fields, prim, statement
from evil_store import unenvelopes
from world import attack

SEED = bytes(range(32))
EVIL = prim.ed25519_key(SEED)


def forge(mallory, kind, issuer, number, previous, seeds=(SEED,), **members):
    """An envelope by the attacker's key that names whom it likes as issuer; readers of the formats refuse to make it."""
    from cofferdam_format import payload
    now = int(time.time())
    members = {"owner": mallory.owner.hex(), "issuer": issuer.hex(), "number": number, "previous": previous,
               "created": now, "expires": now + 86400, **members}
    body = payload.write(fields.order(kind, members)).encode()
    return statement.envelope(kind, body, list(seeds))


def forged(world, mallory):
    """name: (whose chain, kind, members)."""
    lab, vendor = mallory.issuer("epoch"), mallory.issuer("member")
    gates = [{"number": g, "incarnation": 1, "key": EVIL.hex(), "exchange": os.urandom(32).hex()} for g in (1, 2, 3)]
    epoch = {"epoch": 2, "threshold": 2, "gates": gates, "witnesses": [], "cosigners": 0}
    device = {"project": world.project, "member": "11" * 16, "key": EVIL.hex(), "door": "native", "role": "person",
              "revokes": "0" * 64}
    return {"gates": (lab, "epoch", epoch), "watcher": (lab, "watcher", {"key": EVIL.hex()}),
            "member": (vendor, "device", device), "member by the lab": (lab, "device", device)}


@pytest.mark.parametrize("name", ["gates", "watcher", "member", "member by the lab"])
@pytest.mark.parametrize("signed", ["as itself", "in the issuer's name", "with the issuer's key id"])
def test_a_key_that_no_chain_leads_to_is_nobodys(world, evil, mallory, name, signed):
    issuer, kind, members = forged(world, mallory)[name]
    end = mallory.head(issuer)
    by = EVIL if signed == "as itself" else issuer
    number, previous = (1, fields.ZERO64) if by == EVIL else (end[0] + 1, end[1].hex())
    envelope = forge(mallory, kind, by, number, previous, **members)
    if signed == "with the issuer's key id":
        envelope = envelope.replace(b'"keyid":"' + EVIL.hex().encode(), b'"keyid":"' + issuer.hex().encode())

    def lie(x):
        if x.path == f"/v1/chain/{by.hex()}/{number}":
            x.status, x.reply = 200, unenvelopes([envelope])
        if x.path == "/v1/issuers" and by == EVIL:
            x.reply = EVIL + x.reply
    newcomer = world.forget(world.clone("newcomer", store=evil.url))
    attack(evil, lie, newcomer, "record", "show", world.tasks[0],
           codes={"as itself": ["CFD-STM-003"], "in the issuer's name": ["CFD-FMT-001"],
                  "with the issuer's key id": ["CFD-CRY-002"]}[signed])


def test_an_annotators_statement_enrols_nobody(world, evil, mallory):
    """A true member of the project says in its own chain what only a manager may."""
    _, kind, members = forged(world, mallory)["member"]
    members["member"] = mallory.first("member")[1].fields["member"]
    refusals = [b'"code":"CFD-STM-004"', b'"code":"CFD-STM-009"']
    envelope = forge(mallory, kind, mallory.key, mallory.number + 1, mallory.previous, seeds=[mallory.seed], **members)
    reply = mallory.ask("store", "POST", "/v1/statements", unenvelopes([envelope]))
    assert any(code in reply for code in refusals), reply
    for gate in (1, 2, 3):
        reply = mallory.ask(gate, "POST", "/v1/statements", unenvelopes([envelope]))
        assert any(code in reply for code in refusals), reply

    assert mallory.call("store", "GET", f"/v1/chain/{EVIL.hex()}/1") == (200, b"")
    assert mallory.head(mallory.issuer("member"))[0] > 0     # control: the manager's own chain is there
