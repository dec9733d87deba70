"""All secrets of a demo that was kept: what two gates' disks and every passphrase open, by the second implementation."""
import glob
import os
import re
import sqlite3

from cofferdam_format import body, keyfile, padding, prim, record, shares, slot

from search import WINDOW, Needles

PLAIN_HOMES = (r"delivered\.jsonl", r"\w+\.notebook")


def read(*names):
    with open(os.path.join(*names), "rb") as f:
        return f.read()


def gate_key_files(root):
    """(gate, path in the root, bytes) of each gate's epoch keys (shares/key_file.h)."""
    for path in sorted(glob.glob(os.path.join(root, "gate?", "keys-*"))):
        yield int(os.path.basename(os.path.dirname(path))[4:]), os.path.relpath(path, root), read(path)


def rows(raw):
    return [raw[i:i + 32] for i in range(40, len(raw), 32)]


def epoch(root):
    """The epoch with all subset keys, which no machine but a thief of two gates has."""
    keys = {}
    for number, _, raw in gate_key_files(root):
        t, roster, own = raw[5], raw[6], raw[7]
        assert raw[:5] == b"cfdx\x01" and own == number
        held = [a for a in shares.subsets(roster, len(shares.members(roster)) - t + 1) if a >> number - 1 & 1]
        keys.update(zip(held, rows(raw)))
    return shares.Epoch(t, roster, raw[8:40], keys, {})


def records(root):
    """(header, DEK, pad, plaintext) of every record in the store."""
    e = epoch(root)
    with sqlite3.connect(f"file:{os.path.join(root, 'store', 'index.db')}?mode=ro", uri=True) as db:
        found = db.execute("SELECT id, header, pack, place, sealed FROM record").fetchall()
        slots = {row[0]: row[1] for row in db.execute("SELECT record, slot FROM slot ORDER BY place DESC")}
    db.close()
    for rid, raw, pack, place, sealed in found:
        header = record.parse(raw)
        pad = e.pad(header.project, header.kind, rid)
        dek = slot.open_(header, slots[rid], pad)
        blob = read(root, "store", "pack", pack.hex())
        yield header, dek, pad, padding.parse(body.open_(header, dek, blob[place:place + sealed]))


def name_of(header):
    return f"record {header.id.hex()[:12]} of kind {header.kind}"


def add_records(needles, root):
    count = 0
    for header, dek, pad, plain in records(root):
        name = name_of(header)
        needles.add(f"DEK of {name}", dek)
        needles.add(f"content key of {name}", record.content_key(dek, header))
        needles.add(f"pad of {name}", pad)
        content = padding.unpack(plain.encoding, plain.bytes)
        if len(content) >= WINDOW:
            needles.add(name, content, PLAIN_HOMES)
            count += 1
        if plain.encoding:
            needles.add(f"{name}, packed", plain.bytes)
    return count


def add_gates(needles, root):
    """A gate's keys lie in its own folder, 0600; the demo's thief copies two of them."""
    for path in glob.glob(os.path.join(root, "gate?", "secret")) + [os.path.join(root, "watch", "secret")]:
        where = os.path.relpath(path, root)
        homes = [rf"(stolen/)?{re.escape(where)}"]
        raw = read(path)
        for i in range(0, len(raw), 32):
            needles.add(f"{where}, byte {i}", raw[i:i + 32], homes)
    for path in glob.glob(os.path.join(root, "gate?", "pair-*")):
        needles.add(os.path.relpath(path, root), read(path), [r"(stolen/)?gate\d/pair-\d"])
    for number, where, raw in gate_key_files(root):
        for i, key in enumerate(rows(raw)):
            needles.add(f"key {i} of gate {number}", key, [r"(stolen/)?gate\d/keys-[0-9a-f]{64}"])


def add_devices(needles, root):
    count = 0
    for path in sorted(glob.glob(os.path.join(root, "*", "*.key"))):
        name = os.path.basename(os.path.dirname(path))
        keys = keyfile.open_(read(root, name + ".passphrase").strip(), read(path))
        for what, key in vars(keys).items():
            needles.add(f"{what} of {name}/{os.path.basename(path)}", key)
        count += 1
    for path in glob.glob(os.path.join(root, "*.passphrase")):
        where = os.path.relpath(path, root)
        needles.add(where, read(path).strip(), [re.escape(where)])
    return count


def secrets_of(root):
    """(needles, records, devices): everything, and how many records and device keys are in it."""
    needles = Needles()
    count = add_records(needles, root)
    add_gates(needles, root)
    return needles, count, add_devices(needles, root)


def public_key(root, name):
    """Something that is no secret and has to be found in the logs."""
    return prim.ed25519_key(keyfile.open_(read(root, name + ".passphrase").strip(),
                                          read(root, name, "device.key")).seed)
