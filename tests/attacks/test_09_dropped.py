"""ATTACKS 9: the store drops a record, a manifest, the newest statements, a whole device: seen at `deliver`."""
import pytest
from evil_store import envelopes, unenvelopes
from world import attack


def chain_of(key):
    return f"/v1/chain/{key}/"


def missing(x):
    x.status, x.reply = 404, b'{"code":"CFD-STO-001","message":"it is not there","hint":""}'


def drop_record(world, x):
    if x.path == "/v1/records" and bytes.fromhex(world.submissions[world.tasks[0]]) in x.asked:
        missing(x)


def drop_body(world, x):
    if x.path == f"/v1/body/{world.submissions[world.tasks[1]]}":
        missing(x)


def drop_manifest(world, x):
    if x.path.startswith("/v1/object/"):
        missing(x)


def drop_newest(world, x):
    if x.path.startswith(chain_of(world.keys["ann"])):
        x.reply = unenvelopes(envelopes(x.reply)[:-1])


def drop_newest_three(world, x):
    if x.path.startswith(chain_of(world.keys["ann"])):
        x.reply = unenvelopes(envelopes(x.reply)[:-3])


def drop_first(world, x):
    if x.path.startswith(chain_of(world.keys["bob"])):
        x.reply = unenvelopes(envelopes(x.reply)[1:])


def drop_acceptance(world, x):
    if x.path.startswith(chain_of(world.keys["rita"])):
        x.reply = b""


def drop_device(world, x):
    key = world.keys["ann"]
    if x.path.startswith(chain_of(key)):
        x.reply = b""
    if x.path == "/v1/issuers":
        x.reply = x.reply.replace(bytes.fromhex(key), b"")


def drop_vendor(world, x):
    """The members of a vendor are not known any more, nor is what they wrote."""
    drop_device(world, x)
    if x.path.startswith("/v1/chain/") and x.reply and b"cofferdam.device" in x.reply:
        x.reply = b""


CODES = {"drop_first": ["CFD-STM-001", "CFD-REC-003"], "drop_vendor": ["CFD-STM-003", "CFD-REC-003"]}


@pytest.mark.parametrize("drop", [drop_record, drop_body, drop_manifest, drop_newest, drop_newest_three, drop_first,
                                  drop_acceptance, drop_device, drop_vendor], ids=lambda d: d.__name__)
def test_what_is_missing_stops_a_delivery(world, evil, drop):
    out = world.path(drop.__name__ + ".jsonl")
    tom = world.forget(world.clone("tom", store=evil.url))
    attack(evil, lambda x: drop(world, x), tom, "deliver", "--project", "demo", "--out", out,
           codes=CODES.get(drop.__name__, ["CFD-REC-003"]), out=out)
    with open(out, "rb") as f:
        delivered = f.read().splitlines()
    assert len(delivered) == len(world.tasks) and set(delivered) <= set(world.lines)
