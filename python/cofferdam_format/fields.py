"""Section 4.2: the members of each kind of statement, in order, and the rules that one statement can show."""

import re

from . import prim
from .outcome import require
from .wire import strictly_ascending

ZERO64 = "0" * 64
UINT32_MAX = (1 << 32) - 1
NAME = re.compile(r"[!-*,-~]{1,255}")             # visible ASCII without '+'


def _need(condition, what):
    require(condition, "format", what)


def integer(floor=0, ceiling=(1 << 53) - 1):
    def check(v, what):
        _need(isinstance(v, int) and not isinstance(v, bool) and floor <= v <= ceiling, f"{what}: not an integer in range")
    return check


def hexes(size):
    def check(v, what):
        _need(isinstance(v, str) and len(v) == size and set(v) <= set("0123456789abcdef"), f"{what}: not {size} hex digits")
    return check


def word(*allowed):
    def check(v, what):
        _need(isinstance(v, str) and v in allowed, f"{what}: not one of {', '.join(allowed)}")
    return check


def string(v, what):
    _need(isinstance(v, str), f"{what}: not a string")


def name(v, what):
    _need(isinstance(v, str) and NAME.fullmatch(v), f"{what}: not a name")


def short_name(v, what):
    name(v, what)
    _need(len(v) <= 32, f"{what}: longer than 32 bytes")


def text(floor, ceiling):
    def check(v, what):
        string(v, what)
        _need(floor <= len(v.encode()) <= ceiling, f"{what}: not {floor} to {ceiling} bytes")
    return check


def key(v, what):
    """One that others are to trust: a point of the prime-order group."""
    HEX64(v, what)
    prim.ed25519_enrol(bytes.fromhex(v))


def listed(item, floor=0, ceiling=1 << 20, distinct=False, ascending=None):
    def check(v, what):
        _need(isinstance(v, list) and floor <= len(v) <= ceiling, f"{what}: not a list of {floor} to {ceiling}")
        for i, entry in enumerate(v):
            item(entry, f"{what}[{i}]")
        if distinct:
            _need(len(set(v)) == len(v), f"{what}: an entry twice")
        if ascending:
            _need(strictly_ascending([ascending(entry) for entry in v]), f"{what}: not ascending")
    return check


def members(table):
    def check(v, what):
        _need(isinstance(v, dict), f"{what}: not an object")
        _need(set(v) == set(table), f"{what}: not exactly the members {', '.join(table)}")
        for key, rule in table.items():
            rule(v[key], f"{what}.{key}")
    return check


HEX64, HEX32 = hexes(64), hexes(32)
DOOR, USE = word("native", "browser"), word("person", "program", "relay")
DEVICE = {"key": key, "member": HEX32, "door": DOOR, "role": USE}
GATE = {"number": integer(1, 8), "incarnation": integer(1, UINT32_MAX), "key": key, "exchange": HEX64}
WITNESS = {"name": name, "key": key}
HEAD = {"issuer": HEX64, "number": integer(1), "statement": HEX64}
RECORDS = listed(HEX64, 1, 400, distinct=True)
PROJECT = {"project": HEX32}
SUBJECT = word("everything", "project", "vendor", "site", "member", "device", "kind", "watcher", "attestor")
# What a statement of that kind may be about.
ABOUT = {"pause": ("everything", "project", "vendor", "member", "device", "kind"),
         "revocation": ("vendor", "member", "device", "watcher", "attestor"),
         "attestation": ("vendor", "site", "member", "device")}
SUBJECT_BYTES = {"everything": 0, "project": 16, "site": 16, "member": 16, "kind": 1}

COMMON = {"owner": HEX64, "issuer": HEX64, "number": integer(1), "previous": HEX64,
          "created": integer(), "expires": integer()}

KINDS = {
    "root": {"party": word("owner", "vendor"), "threshold": integer(1, 16),
             "keys": listed(key, 1, 16, ascending=str), "devices": listed(members(DEVICE))},
    "epoch": {"epoch": integer(1, UINT32_MAX), "threshold": integer(2, 4),
              "gates": listed(members(GATE), 3, 5, ascending=lambda g: g["number"]),
              "witnesses": listed(members(WITNESS)), "cosigners": integer()},
    "watcher": {"key": key},
    "project": PROJECT,
    "policy": PROJECT | {"version": integer(1), "text": string},
    "vendor": PROJECT | {"vendor": HEX64},
    "member": PROJECT | {"member": HEX32,
                         "role": word("annotator", "reviewer", "manager", "trainer", "auditor", "admin")},
    "device": PROJECT | {"member": HEX32, "key": key, "door": DOOR, "role": USE, "revokes": HEX64},
    "heads": {"heads": listed(members(HEAD), ascending=lambda h: h["issuer"])},
    "assignment": PROJECT | {"member": HEX32, "records": RECORDS},
    "manifest": PROJECT | {"count": integer(1, 65536), "root": HEX64},
    "act": PROJECT | {"act": word("submitted", "accepted", "returned"), "task": HEX64,
                      "submission": HEX64, "review": HEX64},
    "receipt": PROJECT | {"records": RECORDS},
    "pause": PROJECT | {"what": SUBJECT, "of": HEX64, "reason": text(0, 255)},
    "resume": {"pause": HEX64},
    "revocation": {"what": SUBJECT, "of": HEX64, "reason": text(0, 255)},
    "attestor": {"key": key, "names": listed(short_name, 1, 64)},
    "attestation": {"what": SUBJECT, "of": HEX64, "name": short_name,
                    "method": word("self-declared", "document-seen", "tested", "measured"),
                    "auditor": text(0, 255), "from": integer(), "until": integer(1)},
    "withdrawal": {"attestation": HEX64, "auditor": text(0, 255)},
    "placement": {"member": HEX32, "site": HEX32},
    "access": PROJECT | {"purpose": short_name, "reason": text(1, 255), "ticket": text(0, 255),
                         "from": integer(), "until": integer(1)},
    "approval": {"statement": HEX64},
}
NESTED = {"devices": DEVICE, "gates": GATE, "witnesses": WITNESS, "heads": HEAD}


def order(kind, value):
    """The same members in the page's order. An object with other members than the page's keeps its own
    order: what is wrong with it is the members (`format`), not the form."""
    def arrange(table, v):
        if not isinstance(v, dict) or set(v) != set(table):
            return v
        return {key: nested(key, v[key]) for key in table}

    def nested(key, v):
        return [arrange(NESTED[key], item) for item in v] if key in NESTED and isinstance(v, list) else v
    return arrange(COMMON | KINDS[kind], value)


def check(kind, v):
    members(COMMON | KINDS[kind])(v, kind)
    _need(v["expires"] > v["created"], "expires not after created")
    _need((v["number"] == 1) == (v["previous"] == ZERO64), "previous is zero for number 1 and for no other")
    if kind == "root":
        _check_root(v)
    _check_authority(kind, v)
    if kind == "epoch":
        _need(v["threshold"] < len(v["gates"]), "not t < n")
        _need(v["cosigners"] <= len(v["witnesses"]), "more cosigners than witnesses")


def _check_subject(kind, v):
    _need(v["what"] in ABOUT[kind], f"a {kind} is not about a {v['what']}")
    size = 2 * SUBJECT_BYTES.get(v["what"], 32)
    _need(v["of"][size:] == "0" * (64 - size), "more bytes than such a subject has")
    _need(size == 0 or v["of"] != ZERO64, "no subject")


def _check_authority(kind, v):
    if kind in ABOUT:
        _check_subject(kind, v)
    if kind == "pause":
        _need(v["what"] not in ("everything", "project") or v["project"] == "0" * 32, "a pause of another project")
    if kind in ("attestation", "access"):
        _need(v["from"] < v["until"], "over before it begins")
    if kind == "withdrawal":
        _need((v["attestation"] == ZERO64) == (v["auditor"] != ""), "either an attestation or an auditor")


def _check_root(v):
    require(v["number"] == 1, "version", "a later root statement is not supported")
    _need(v["owner"] == ZERO64 and v["issuer"] == ZERO64, "first root statement names an owner or issuer")
    _need(v["threshold"] <= len(v["keys"]) < 2 * v["threshold"], "threshold is no majority of the keys")
    keys = [device["key"] for device in v["devices"]]
    _need(len(set(keys)) == len(keys), "a device twice")
