"""Operations of shares, ceremony, answer, entry, checkpoint and heads vectors."""

from . import answer, ceremony, entry, heads, note, prim, shares
from .shape import HEX, OBJECT, decode, encode, op, spec

EPOCH = "t# roster# epoch_id project r gates#"
EPOCH_LISTS = {"subset_keys": [spec("set# key")], "pair_keys": [spec("low# high# key")],
               "records": [spec("kind# id")]}
SHARES = [spec("gate# shares")]
ROWS = [spec("issuer number# id manifest")]


@op("shares/subsets", "t# roster#")
def shares_subsets(t, roster):
    shares.check_shape(t, roster)
    return {"sets": shares.subsets(roster, len(shares.members(roster)) - t + 1)}


@op("shares/assign", "t# roster# gates#", "ok gates")
def shares_assign(t, roster, gates):
    return {"assigned": [{"gate": g, "sets": sets} for g, sets in shares.assign(t, roster, gates).items()]}


@op("shares/partial", "epoch_id set# key project kind# id")
def shares_partial(epoch_id, set, key, project, kind, id):
    project_key = shares.project_key(key, epoch_id, set, project, kind)
    return {"project_key": project_key, "partial": shares.partial(project_key, id)}


@op("shares/mask", "pair_key r gates# index#")
def shares_mask(pair_key, r, gates, index):
    return {"mask": shares.mask(pair_key, r, gates, index)}


def _answers(act, t, roster, epoch_id, project, r, gates, subset_keys, pair_keys, records):
    shares.check_quorum(act, t, roster, gates)
    epoch = shares.Epoch(t, roster, epoch_id, {k["set"]: k["key"] for k in subset_keys},
                         {(k["low"], k["high"]): k["key"] for k in pair_keys})
    listed = [(record["kind"], record["id"]) for record in records]
    given = {g: epoch.answer(act, g, gates, project, listed, r) for g in shares.members(gates)}
    return {"pads": [epoch.pad(project, kind, id) for kind, id in listed],
            "shares": [{"gate": g, "shares": plain} for g, plain in given.items()]}


@op("shares/release", EPOCH, "ok gates", **EPOCH_LISTS)
def shares_release(**given):
    return _answers(shares.RELEASE, **given)


@op("shares/create", EPOCH, "ok gates", **EPOCH_LISTS)
def shares_create(**given):
    return _answers(shares.CREATE, **given)


@op("ceremony/pair", "secret public p epoch_id low# high#", "ok key")
def ceremony_pair(secret, public, p, epoch_id, low, high):
    return vars(ceremony.pair(prim.x25519(secret, public), p, epoch_id, low, high))


@op("ceremony/ceremony", "t# epoch_id", gates=[spec("gate# secret")], pairs=[spec("low# high# p")],
    contributions=[spec("gate# set# c")])
def ceremony_whole(t, epoch_id, gates, pairs, contributions):
    made, deals, keys = ceremony.ceremony(
        t, epoch_id, {g["gate"]: g["secret"] for g in gates}, {(p["low"], p["high"]): p["p"] for p in pairs},
        {(c["gate"], c["set"]): c["c"] for c in contributions})
    return {"pairs": [{"low": a, "high": b, "s": p.s, "z": p.z, "next": p.next} for (a, b), p in made.items()],
            "deals": [{"from": g, "to": h, "message": message} for (g, h), message in deals.items()],
            "subsets": [{"set": a, "key": key, "check": ceremony.check_value(key, epoch_id, a)}
                        for a, key in keys.items()]}


@op("ceremony/deal_open", "s t# roster# epoch_id from# to# message", "ok format version open")
def ceremony_deal_open(s, t, roster, epoch_id, to, message, **given):
    dealt = ceremony.deal_open(s, t, roster, epoch_id, given["from"], to, message)
    return {"contributions": [{"set": a, "c": c} for a, c in dealt.items()]}


@op("answer/seal", "ephemeral r epoch_id gate# secret plaintext", "ok key")
def answer_seal(ephemeral, r, epoch_id, gate, secret, plaintext):
    enc, ciphertext = answer.seal(ephemeral, r, epoch_id, gate, secret, plaintext)
    return {"enc": enc, "ciphertext": ciphertext, "answer_hash": answer.answer_hash(enc, ciphertext)}


@op("answer/build", "gate# entry enc ciphertext index# checkpoint", inclusion=[HEX], consistency=[HEX])
def answer_build(**given):
    return {"answer": answer.Answer(**given).write()}


@op("answer/check", "key owner gate# incarnation# kept r epoch_id device request_hash purpose act# t# gates# count# secret answer",
    "ok format version checkpoint rollback proof answer open")
def answer_check(**given):
    raw = given.pop("answer")
    plaintext, logged, seen = answer.check(answer.Expected(**given), raw)
    return {"shares": plaintext, "entry": logged, "size": seen.size, "root": seen.root}


def _by_gate(listed):
    return {item["gate"]: item["shares"] for item in listed}


@op("answer/combine", "gates#", "ok pad", headers=[HEX], slots=[HEX], shares=SHARES)
def answer_combine(gates, headers, slots, **given):
    pads, deks = shares.combine(gates, headers, slots, _by_gate(given["shares"]))
    return {"pads": pads, "deks": deks}


@op("answer/combine_create", "t# gates# count#", shares=SHARES)
def answer_combine_create(t, gates, count, **given):
    found = shares.combine_create(t, gates, count, _by_gate(given["shares"]))
    return {"quorums": [{"set": q, "pads": pads} for q, pads in found.items()]}


BODIES = {
    entry.STATEMENT: spec("envelope"),
    entry.RELEASE: spec("gate# act# epoch_id r device signature answer_hash rule reason obligations place#"
                        " request_hash request"),
    entry.REFUSALS: spec("device minute# count# reason r"),
    entry.CHECK: spec("gate# epoch_id", rows=[spec("set# check")]),
    entry.READY: spec("gate# epoch_id"),
}


@op("entry/make", "salt ms# type#", body=OBJECT)
def entry_make(salt, ms, type, body):
    raw = entry.Entry(salt, ms, type, decode(BODIES[type], body, "in.body")).write()
    return {"entry": raw, "leaf": entry.leaf(raw)}


@op("entry/parse", "entry", "ok format version")
def entry_parse(**given):
    raw = given["entry"]
    parsed = entry.parse(raw)
    return {"salt": parsed.salt, "ms": parsed.ms, "type": parsed.type, "body": encode(parsed.body),
            "leaf": entry.leaf(raw)}


@op("checkpoint/make", "owner gate# incarnation# size# root seed")
def checkpoint_make(owner, gate, incarnation, size, root, seed):
    name = note.origin(owner, gate, incarnation)
    return {"origin": name.encode(), "key_id": note.key_id(name, prim.ed25519_key(seed)),
            "note": note.make(name, size, root, seed)}


@op("checkpoint/open", "owner gate# incarnation# key note", "ok checkpoint")
def checkpoint_open(owner, gate, incarnation, key, **given):
    return vars(note.open_(given["note"], note.origin(owner, gate, incarnation), key))


@op("heads/question", "project nonce")
def heads_question(project, nonce):
    return {"question": heads.question(project, nonce)}


@op("heads/parse_question", "question", "ok format version")
def heads_parse_question(question):
    project, nonce = heads.parse_question(question)
    return {"project": project, "nonce": nonce}


@op("heads/reply", "question gate# size# seed", rows=ROWS)
def heads_reply(question, gate, size, seed, rows):
    return {"reply": heads.reply(question, gate, size, [heads.Row(**row) for row in rows], seed)}


@op("heads/check", "question gate# key reply", "ok format version signature answer")
def heads_check(question, gate, key, reply):
    size, rows = heads.check(question, gate, key, reply)
    return {"size": size, "rows": [vars(row) for row in rows]}


@op("heads/newest", replies=[{"rows": ROWS}])
def heads_newest(replies):
    return {"rows": [vars(row) for row in heads.newest([[heads.Row(**row) for row in reply["rows"]]
                                                        for reply in replies])]}
