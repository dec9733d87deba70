"""ATTACKS 27: requests that no client of ours would sign, by a device that is really enrolled."""
import dataclasses
import secrets
import time

import pytest
from cofferdam_format import prim
from evil_device import CREATE, EvilDevice, Signed, call, pad_of, sign

STRANGER = prim.sha256(b"a device that nobody enrolled")


@pytest.fixture(scope="module")
def mallory(world):
    return EvilDevice(world, "mallory")


@pytest.fixture(scope="module")
def task(world, mallory):
    [found] = mallory.find(world.tasks[0])
    return found


def honest(device, task):
    """The control: the same request, as a client would sign it, opens the record."""
    return device.opens(task, pad_of(device.ask(device.request([task.header.raw])).values()))


def refusals(device, task, rows):
    """Sends each; what is not refused with its own code and status is listed. No row is answered."""
    bad = []
    for name, signed, status, code in rows:
        reply = device.send(signed, 1)
        if (reply.status, reply.code) != (status, code):
            bad.append((name, reply.status, reply.code, reply.body[:200]))
    assert not bad and len(rows) > 0
    assert honest(device, task)


def with_fields(signed, *fields, **changed):
    """The same request; `fields` come after it, `changed` take the place of those of that name."""
    kept = [(n, changed.get(n.replace("-", "_"), v)) for n, v in signed.fields]
    return dataclasses.replace(signed, fields=kept + list(fields))


def test_a_request_is_answered_once_also_after_a_restart(world, mallory, task):
    signed = mallory.request([task.header.raw], valid=120)
    assert mallory.opens(task, pad_of(mallory.ask(signed).values()))
    again = mallory.signed(signed.body, signed.secret, signed.asked)     # one body signed twice is one request
    for gate in (1, 2):
        for request in (signed, again):
            reply = mallory.send(request, gate)
            assert (reply.status, reply.code) == (409, "CFD-REL-003")
    for how in (False, True):                        # an end, and a kill
        world.restart("gate1", kill=how)
        for request in (signed, again):
            reply = mallory.send(request, 1)
            assert (reply.status, reply.code) == (409, "CFD-REL-003")
    assert honest(mallory, task)


def test_another_clock_is_refused(mallory, task):
    header = [task.header.raw]
    refusals(mallory, task, [
        ("two minutes and more ago", mallory.request(header, age=125, valid=120), 403, "CFD-REL-002"),
        ("yesterday", mallory.request(header, age=86400), 403, "CFD-REL-002"),
        ("two minutes and more ahead", mallory.request(header, age=-130), 403, "CFD-REL-002"),
        ("tomorrow", mallory.request(header, age=-86400), 403, "CFD-REL-002"),
        ("has expired", mallory.request(header, age=70, valid=60), 403, "CFD-REL-002"),
        ("valid for longer than a gate remembers", mallory.request(header, valid=121), 403, "CFD-REL-002"),
        ("expires before it was created", mallory.request(header, valid=-1), 403, "CFD-REL-002"),
        ("signed at another time than the body says",
         mallory.signed(mallory.request(header).body, created=int(time.time()) - 1), 403, "CFD-REL-002"),
    ])


def test_a_signature_has_one_form_and_covers_everything(mallory, task):
    good = mallory.request([task.header.raw])
    names = ["@method", "@path", "content-digest"]
    tampered = good.body[:-1] + bytes([good.body[-1] ^ 1])
    two = dict(good.fields)
    resigned = lambda **how: mallory.signed(good.body, **how)             # noqa: E731
    form, false = (400, "CFD-FMT-001"), (401, "CFD-CRY-002")
    refusals(mallory, task, [
        ("another's key id", resigned(keyid=task.header.author), *false),
        ("an unknown device's own signature",
         Signed(good.body, sign(STRANGER, "POST", "/v1/request", good.asked.created, good.body), b"", good.asked),
         401, "CFD-REL-001"),
        ("no @path", resigned(order=["@method", "content-digest"]), *form),
        ("no @method", resigned(order=["@path", "content-digest"]), *form),
        ("no digest", resigned(order=["@method", "@path"]), *form),
        ("nothing", resigned(order=[]), *form),
        ("changed order", resigned(order=[names[1], names[0], names[2]]), *form),
        ("a component twice", resigned(order=[*names, names[0]]), *form),
        ("one component more", resigned(authority="127.0.0.1"), *form),
        ("another tag", resigned(tag="cofferdam/2"), *form),
        ("for another path", resigned(path="/v1/heads"), *false),
        ("for another method", dataclasses.replace(good, fields=sign(
            mallory.seed, "PUT", "/v1/request", good.asked.created, good.body)), *false),
        ("the body changed behind it", dataclasses.replace(good, body=tampered), *false),
        ("digest of the changed body, old signature", dataclasses.replace(
            with_fields(good, content_digest="sha-256=:" + prim.b64(prim.sha256(tampered)) + ":"), body=tampered), *false),
        ("two signatures under two labels", with_fields(
            good, signature_input=two["signature-input"] + ", " + two["signature-input"].replace("sig=", "sig2=", 1),
            signature=two["signature"] + ", " + two["signature"].replace("sig=", "sig2=", 1)), *form),
        ("two signature fields", with_fields(good, ("signature", two["signature"])), *form),
        ("two inputs", with_fields(good, ("signature-input", two["signature-input"])), *form),
        ("two digests", with_fields(good, ("content-digest", two["content-digest"])), *form),
        ("no signature", dataclasses.replace(good, fields=[f for f in good.fields if f[0] != "signature"]), *form),
        ("no input", dataclasses.replace(good, fields=[f for f in good.fields if f[0] != "signature-input"]), *form),
        ("a parameter more", with_fields(good, signature_input=two["signature-input"] + ';alg="ed25519"'), *form),
        ("a signature of zeroes", with_fields(good, signature="sig=:" + prim.b64(bytes(64)) + ":"), *false),
        ("upper-case key id", with_fields(good, signature_input=two["signature-input"].replace(
            mallory.key.hex(), mallory.key.hex().upper())), *form),
    ])


def test_a_request_is_for_its_gates_owner_epoch_and_project(mallory, task):
    header = [task.header.raw]
    refusals(mallory, task, [
        ("a gate that it does not name", mallory.request(header, gates=0b110), 403, "CFD-REL-004"),
        ("another owner", mallory.request(header, owner=bytes(32)), 403, "CFD-STM-007"),
        ("another epoch", mallory.request(header, epoch_id=bytes(32)), 403, "CFD-REL-005"),
        ("another project than its records", mallory.request(header, project=bytes(16)), 400, "CFD-FMT-001"),
        ("a manifest that is not its newest", mallory.request(header, manifest=prim.sha256(b"m")), 409, "CFD-STM-001"),
        ("an ephemeral key of low order", mallory.request(header, ephemeral=bytes(32)), 401, "CFD-CRY-003"),
        ("a purpose of another role", mallory.request(header, purpose="deliver"), 403, "CFD-POL-002"),
        ("a purpose that no rule has", mallory.request(header, purpose="look"), 403, "CFD-POL-002"),
    ])
    body = mallory.request(header).body
    for at, value in ((4, 2), (5, 2), (6, 3), (6, 4), (6, 0)):           # version, suite, reserved acts
        reply = mallory.send(mallory.signed(body[:at] + bytes([value]) + body[at + 1:]), 1)
        assert reply.status == 400 and reply.code in ("CFD-FMT-001", "CFD-FMT-002", "CFD-USE-004"), (at, value, reply)
    assert honest(mallory, task)


def test_a_target_with_a_query_and_a_cut_or_longer_body_are_refused(mallory, task):
    good = mallory.request([task.header.raw])
    for path in ("/v1/request?", "/v1/request?gate=1", "/v1/request/", "//v1/request", "/V1/request", "/v1/request%20",
                 "/v1/reques%74", "/v1/request#"):
        reply = mallory.send(good, 1, path)
        assert (reply.status, reply.code) in ((400, "CFD-FMT-001"), (404, "CFD-STO-001")), (path, reply)
    for body in (b"", good.body[:-1], good.body + b"\0", good.body[:168], secrets.token_bytes(400)):
        reply = mallory.send(mallory.signed(body, created=good.asked.created), 1)
        assert (reply.status, reply.code) == (400, "CFD-FMT-001"), (len(body), reply)
    assert mallory.opens(task, pad_of(mallory.ask(good).values()))       # none of that has used it up


def test_the_store_takes_no_signature_for_another_host(world, mallory):
    url, body, now = world.urls["store"], bytes.fromhex(world.tasks[0]), int(time.time())
    host = url.split("://")[1]

    def asked(fields, host=None):
        reply = call(url, "POST", "/v1/records", fields, body, host)
        return reply.status, reply.code if reply.status != 200 else "OK"
    good = sign(mallory.seed, "POST", "/v1/records", now, body, host)
    assert asked(good) == (200, "OK")
    assert asked(sign(mallory.seed, "POST", "/v1/records", now, body, "store.example")) == (401, "CFD-CRY-002")
    assert asked(good, "store.example") == (401, "CFD-CRY-002")
    assert asked(sign(mallory.seed, "POST", "/v1/records", now, body)) == (400, "CFD-FMT-001")
    assert asked([*good, ("host", host)])[0] == 400
    assert asked(sign(mallory.seed, "POST", "/v1/records", now - 130, body, host)) == (403, "CFD-REL-002")
    assert asked(sign(STRANGER, "POST", "/v1/records", now, body, host)) == (401, "CFD-REL-001")
    assert asked(good) == (200, "OK")


def test_a_hundred_random_bytes_of_a_signed_request_changed_are_never_answered(mallory, task):
    good, answered = mallory.request([task.header.raw], act=CREATE, gates=7), 0
    for _ in range(100):
        at = secrets.randbelow(len(good.body))
        body = good.body[:at] + bytes([good.body[at] ^ 1 << secrets.randbelow(8)]) + good.body[at + 1:]
        answered += mallory.send(dataclasses.replace(good, body=body), 1).status == 200
    assert answered == 0 and honest(mallory, task)
