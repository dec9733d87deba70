"""ATTACKS 4: chunks mixed, dropped, doubled, reordered: in a record, between records, between projects."""
import random

import pytest
from evil_store import CHUNK, rows
from world import ROOT, attack, opens

ORDERS = [(1, 0, 2, 3), (0, 2, 1, 3), (0, 1, 1, 3), (0, 0, 2, 3), (3, 1, 2, 0), (2, 1, 0, 3)]
LENGTHS = [(0, 1, 2, 2), (0, 1, 3), (0, 1, 2), (1, 2, 3), (0,), (0, 1, 2, 3, 3), (0, 1, 2, 3, 0)]


@pytest.fixture(scope="module")
def large(world):
    """Two records of four chunks in the project, one in another project, and how the store serves them."""
    lab, rng, out = world.party("lab"), random.Random(4), {}
    lab.do("project", "new", "other")
    lab.do("policy", "set", str(ROOT / "demo" / "policy.txt"), "--project", "other")
    for name, project in (("one", "demo"), ("two", "demo"), ("elsewhere", "other")):
        path = world.path(name)
        content = rng.randbytes(200000)
        with open(path, "wb") as f:
            f.write(content)
        out[name] = lab.do("record", "seal", path, "--kind", "task", "--project", project)["record"], content
    return out


@pytest.fixture(scope="module")
def ann(world, evil_server, large):
    return world.clone("ann", agent=True, store=evil_server.url)


@pytest.mark.parametrize("order", ORDERS, ids=lambda o: "".join(map(str, o)))
def test_chunks_in_another_order_do_not_open(evil, ann, large, order):
    record, content = large["one"]
    evil.honest()
    assert opens(ann, "record", "show", record) == content
    attack(evil, ("body_chunks", *order), ann, "record", "show", record, codes=["CFD-CRY-001", "CFD-REC-005"])


@pytest.mark.parametrize("order", LENGTHS, ids=lambda o: "".join(map(str, o)))
def test_chunks_left_out_or_doubled_are_refused(evil, ann, large, order):
    attack(evil, ("body_chunks", *order), ann, "record", "show", large["one"][0],
           codes=["CFD-REC-005", "CFD-FMT-003"])


def bodies(world, evil, person, record):
    kept = {}

    def keep(x):
        if x.path.startswith("/v1/body/"):
            kept["body"] = x.reply
        if x.path == "/v1/records":
            kept["row"] = x.reply
    evil.tell(keep)
    opens(person, "record", "show", record)
    evil.honest()
    return kept


@pytest.mark.parametrize("source", ["two", "elsewhere"])
def test_another_records_chunk_or_body_does_not_open(world, evil, ann, evil_server, large, source):
    lab = world.clone("lab", store=evil.url)
    foreign = bodies(world, evil, lab, large[source][0])["body"]
    for chunk in range(3):
        def one_chunk(x, at=chunk * CHUNK):
            if x.path.startswith("/v1/body/"):
                x.reply = x.reply[:at] + foreign[at:at + CHUNK] + x.reply[at + CHUNK:]
        attack(evil, one_chunk, ann, "record", "show", large["one"][0], codes="CFD-CRY-001")

    def whole(x):
        if x.path.startswith("/v1/body/"):
            x.reply = foreign
    attack(evil, whole, ann, "record", "show", large["one"][0], codes="CFD-CRY-001")


@pytest.mark.parametrize("source", ["two", "elsewhere"])
def test_another_record_in_its_place_is_not_it(world, evil, ann, large, source):
    lab = world.clone("lab", store=evil.url)
    foreign = bodies(world, evil, lab, large[source][0])
    assert len(rows(foreign["row"])) == 1

    def swap(x):
        if x.path == "/v1/records":
            x.reply = foreign["row"]
        if x.path.startswith("/v1/body/"):
            x.reply = foreign["body"]
    attack(evil, swap, ann, "record", "show", large["one"][0], codes="CFD-REC-001")


def test_rows_of_many_records_in_another_order_are_not_they(world, evil):
    tom = world.forget(world.clone("tom", store=evil.url))
    out = world.path("mixed.jsonl")
    attack(evil, ("records_backwards",), tom, "deliver", "--project", "demo", "--out", out, codes="CFD-REC-001", out=out)
