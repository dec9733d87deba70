"""Every operation of the checker runs: what one makes its counterpart reads back."""

from helpers import drawn, epoch, header
from statements import MEMBERS, ROOT_SEEDS, make, seeds, whole
import test_answer as an
import test_request as rq

from cofferdam_format import answer, check, note, prim
from cofferdam_format.shape import REGISTRY, encode

DONE = set()


def run(path, /, **given):
    file, operation = path.split("/")
    DONE.add(path)
    outcome, out, reason = check.run(REGISTRY.files[file + ".json"][operation], encode(given) | {"op": operation})
    assert outcome == "ok", (path, reason)
    return out


def h(*words):
    return drawn(*words).hex()


DEK, HEAD, ID = drawn("dek"), header().raw, header().id


def records():
    parts = {"kind": 2, "project": bytes(16), "author": header().author, "dek": DEK}
    made = run("header/make", **parts)
    assert made["header"] == HEAD.hex()
    read = run("header/parse", header=HEAD)
    assert (read["kind"], read["id"], read["commitment"]) == (2, made["id"], made["commitment"])
    assert run("header/commit", header=HEAD, dek=DEK)["content_key"] == made["content_key"]
    plain = {"type": b"text/plain", "name": b"a", "encoding": 0, "bytes": b"hello"}
    padded = run("padding/build", **plain)["plaintext"]
    assert run("padding/parse", plaintext=padded) == encode(plain)
    assert run("padding/unpack", encoding=0, bytes=b"x") == {"content": b"x".hex()}
    assert run("padding/length", length=17) == {"padded": 256}
    run("dek/make", random=h(1), hedge=h(2), plaintext=padded)
    run("dek/stream", random=h(1), hedge=h(2))
    sealed = run("body/seal", header=HEAD, dek=DEK, plaintext=padded)["body"]
    assert run("body/open", header=HEAD, dek=DEK, body=sealed) == {"plaintext": padded}
    assert run("body/open_key", content_key=made["content_key"], id=ID, body=sealed) == {"plaintext": padded}
    assert run("body/seal_fill", header=HEAD, dek=DEK, length=65537)["sealed"] == 65537 + 32
    run("body/open_fill", header=HEAD, dek=DEK, length=65537, chunks=[0, 1], cut=0, flip=[])
    slot = run("slot/make", id=ID, epoch=3, dek=DEK, pad=h("pad"))["slot"]
    assert run("slot/parse", slot=slot)["epoch"] == 3
    assert run("slot/open", header=HEAD, slot=slot, pad=h("pad")) == {"dek": DEK.hex()}
    row = {"id": ID, "kind": 2, "parents": [drawn(1)], "length": 256, "body_hash": drawn(2)}
    whole_manifest = run("manifest/make", rows=[row])
    assert run("manifest/parse", **whole_manifest) == {"rows": [encode(row)]}
    packed = run("pack/make", records=[{"header": HEAD, "body": sealed}])
    assert run("pack/parse", pack=packed["pack"])["records"][0]["offset"] == 116


def keys_of_gates():
    whole_epoch = epoch(2, 7)
    common = {"t": 2, "roster": 7, "epoch_id": whole_epoch.id, "project": bytes(16), "r": drawn("r"),
              "subset_keys": [{"set": a, "key": k} for a, k in whole_epoch.subset_keys.items()],
              "pair_keys": [{"low": a, "high": b, "key": k} for (a, b), k in whole_epoch.pair_keys.items()],
              "records": [{"kind": 2, "id": ID}]}
    assert run("shares/subsets", t=2, roster=7) == {"sets": [3, 5, 6]}
    assert run("shares/assign", t=2, roster=7, gates=5) == {"assigned": [{"gate": 1, "sets": [3, 5]}, {"gate": 3, "sets": [6]}]}
    run("shares/partial", epoch_id=whole_epoch.id, set=3, key=drawn("k", 3), project=bytes(16), kind=2, id=ID)
    run("shares/mask", pair_key=drawn("z", 1, 2), r=drawn("r"), gates=3, index=1)
    released = run("shares/release", gates=3, **common)
    slot = run("slot/make", id=ID, epoch=1, dek=DEK, pad=released["pads"][0])["slot"]
    opened = run("answer/combine", gates=3, headers=[HEAD], slots=[slot], shares=released["shares"])
    assert opened == {"pads": released["pads"], "deks": [DEK.hex()]}
    created = run("shares/create", gates=7, **common)
    quorums = run("answer/combine_create", t=2, gates=7, count=1, shares=created["shares"])["quorums"]
    assert [q["pads"] for q in quorums] == [released["pads"]] * 3
    gates, sets = [1, 2, 3], [3, 5, 6]
    given = {"t": 2, "epoch_id": drawn("e"), "gates": [{"gate": g, "secret": drawn(g)} for g in gates],
             "pairs": [{"low": a, "high": b, "p": drawn(a, b)} for a in gates for b in gates if a < b],
             "contributions": [{"gate": g, "set": a, "c": drawn("c", g, a)} for g in gates for a in sets if a >> g - 1 & 1]}
    made = run("ceremony/ceremony", **given)
    deal = made["deals"][0]
    assert run("ceremony/deal_open", s=made["pairs"][0]["s"], t=2, roster=7, epoch_id=drawn("e"), **deal)["contributions"] == [
        {"set": 3, "c": h("c", 1, 3)}]
    assert run("ceremony/pair", secret=drawn(1), public=prim.x25519_key(drawn(2)), p=drawn(1, 2), epoch_id=drawn("e"), low=1,
               high=2)["z"] == made["pairs"][0]["z"]


def answers_and_logs():
    parts = vars(an.GOOD) | {"inclusion": list(an.GOOD.inclusion)}
    raw = run("answer/build", **parts)["answer"]
    sealed = run("answer/seal", ephemeral=an.EPHEMERAL, r=an.R, epoch_id=an.EPOCH, gate=2, secret=drawn("gate ephemeral"), plaintext=an.SHARES)
    assert sealed["answer_hash"] == answer.answer_hash(*an.SEALED).hex()
    assert run("answer/check", answer=raw, **vars(an.EXPECTED))["shares"] == an.SHARES.hex()
    logged = an.release()
    made = run("entry/make", salt=logged.salt, ms=logged.ms, type=2, body=logged.body)
    assert run("entry/parse", entry=made["entry"]) == encode(vars(logged)) | {"leaf": made["leaf"]}
    place = {"owner": an.OWNER, "gate": 2, "incarnation": 1}
    signed = run("checkpoint/make", size=5, root=drawn("root"), seed=an.LOG, **place)
    assert bytes.fromhex(signed["origin"]).decode() == note.origin(an.OWNER, 2, 1) and len(signed["key_id"]) == 8
    assert run("checkpoint/open", key=prim.ed25519_key(an.LOG), note=signed["note"], **place) == {"size": 5, "root": h("root")}
    question = run("heads/question", project=bytes(16), nonce=drawn("n"))["question"]
    assert run("heads/parse_question", question=question)["nonce"] == h("n")
    rows = [{"issuer": drawn("i"), "number": 4, "id": drawn("s"), "manifest": bytes(32)}]
    reply = run("heads/reply", question=question, gate=2, size=9, rows=rows, seed=an.LOG)["reply"]
    assert run("heads/check", question=question, gate=2, key=prim.ed25519_key(an.LOG), reply=reply) == {"size": 9, "rows": encode(rows)}
    assert run("heads/newest", replies=[{"rows": rows}, {"rows": [rows[0] | {"number": 3}]}]) == {"rows": encode(rows)}


def signed_things():
    for kind in MEMBERS:
        made = run("statement/make", kind=kind, seeds=seeds(kind), fields=whole(kind))
        assert run("statement/read", envelope=made["envelope"]) == {"kind": kind, "payload": made["payload"], "id": made["id"]}
    signature = prim.ed25519_sign(ROOT_SEEDS[0], b"m")
    assert run("statement/verify", key=prim.ed25519_key(ROOT_SEEDS[0]), message=b"m", signature=signature) == {}
    assert run("statement/enrol", key=prim.ed25519_key(ROOT_SEEDS[0])) == {}
    heads = run("chain/fold", envelopes=[make("root")[1], make("policy")[1]])["heads"]
    assert len(heads) == 2 and {head["number"] for head in heads} == {1}
    parts = vars(rq.GOOD) | {"closes": [vars(c) for c in rq.GOOD.closes]}
    made = run("request/make", device=rq.DEVICE, **parts)
    assert run("request/parse", device=rq.DEVICE, t=2, roster=7, gate=1, body=made["body"]) == encode(parts) | {"r": made["r"]}
    signed = run("request/sign", seed=rq.SEED, path=b"/v1/request", created=rq.NOW, authority=b"", body=made["body"])
    assert signed.pop("base").startswith(b'"@method"'.hex())
    assert run("request/verify", path=b"/v1/request", authority=b"", now=0, body=made["body"], **signed) == {
        "device": rq.DEVICE.hex(), "created": rq.NOW}
    secrets = {"seed": drawn("s"), "hedge": drawn("h"), "storage": drawn("k")}
    file = run("keyfile/make", passphrase=b"p", passes=2, memory=65536, salt=bytes(16), nonce=bytes(12), **secrets)["file"]
    assert run("keyfile/open", passphrase=b"p", file=file) == encode(secrets) | {"device": prim.ed25519_key(drawn("s")).hex()}
    kept = run("kept/make", storage=drawn("k"), nonce=bytes(12), id=ID, dek=DEK)["kept"]
    assert run("kept/open", storage=drawn("k"), kept=kept) == {"id": ID.hex(), "dek": DEK.hex()}


def test_every_operation_runs():
    for part in (records, keys_of_gates, answers_and_logs, signed_things):
        part()
    assert DONE == {f"{file[:-5]}/{name}" for file, operations in REGISTRY.files.items() for name in operations}


