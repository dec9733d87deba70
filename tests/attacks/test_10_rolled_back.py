"""ATTACKS 10: the store goes back to yesterday: guide, manifest, chains, everything."""
import os
import shutil

import pytest
from evil_store import envelopes, unenvelopes
from party import Party
from world import attack, opens, refused


@pytest.fixture(scope="module")
def days(world):
    """Yesterday's store, wholly, beside today's: since then a newer guide and a submission have come."""
    words = world.stop("store")
    shutil.copytree(world.path("store"), world.path("yesterday"), ignore=shutil.ignore_patterns("lock"))
    world.start("store", words)
    newer = world.path("newer.md")
    with open(newer, "w") as f:
        f.write("# Newer\nDo it otherwise.\n")
    lab = world.party("lab")
    guide = lab.do("record", "seal", newer, "--kind", "guide", "--type", "text/markdown", "--project", "demo")["record"]
    shutil.copy(world.party("store").passphrase, world.path("yesterday.passphrase"))
    old = world.parties["yesterday"] = Party(world.root, "yesterday")
    port = world.setup.free_port()
    world.processes.append(old.start("store", "serve", "--listen", f"127.0.0.1:{port}"))
    return {"guide": guide, "url": f"http://127.0.0.1:{port}"}


@pytest.mark.parametrize("known", [False, True], ids=["who has seen nothing", "who has seen today"])
def test_nobody_works_by_yesterdays_guide(world, days, known):
    newcomer = world.forget(world.clone("newcomer"))
    if known:
        assert days["guide"].encode() in opens(newcomer, "task", "next")
    world.connect(newcomer, store=days["url"])
    refused(newcomer, "task", "next", codes="CFD-REC-003")
    world.connect(newcomer)
    assert days["guide"].encode() in opens(newcomer, "task", "next")


@pytest.mark.parametrize("known", [False, True], ids=["who has seen nothing", "who has seen today"])
def test_nothing_is_delivered_from_yesterday(world, days, known):
    tom, out = world.forget(world.clone("tom")), world.path("yesterday.jsonl")
    if known:
        opens(tom, "deliver", "--project", "demo", "--out", world.path("today.jsonl"))
        os.remove(world.path("today.jsonl"))
    world.connect(tom, store=days["url"])
    refused(tom, "deliver", "--project", "demo", "--out", out, codes="CFD-REC-003", out=out)
    world.connect(tom)
    opens(tom, "deliver", "--project", "demo", "--out", out)
    os.remove(out)


def test_an_older_manifest_is_not_the_newer_one(world, evil, days):
    """Under the name of each manifest comes the first one."""
    first = []

    def lie(x):
        if x.path.startswith("/v1/object/") and x.status == 200:
            first.append(x.reply)
            x.reply = first[0]
    newcomer = world.forget(world.clone("newcomer", store=evil.url))
    attack(evil, lie, newcomer, "task", "next", codes="CFD-REC-002")


def test_a_chain_that_ends_earlier_is_not_whole(world, evil, days, mallory):
    """The admin's chain without its newest statement: the newer guide's manifest."""
    lab = mallory.issuer("epoch").hex()

    def lie(x):
        if x.path.startswith(f"/v1/chain/{lab}/"):
            x.reply = unenvelopes(envelopes(x.reply)[:-1])
    newcomer = world.forget(world.clone("newcomer", store=evil.url))
    attack(evil, lie, newcomer, "task", "next", codes="CFD-REC-003")
