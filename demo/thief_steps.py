"""The demo's thief: a separate program with what an attacker would hold, and a positive control each time."""
import json
import os
import subprocess

from party import BIN, Refused
from setup_steps import copy_state, party


def drill(demo, *words, env=None):
    argv = [BIN, "drill", *words, "--json"]
    got = subprocess.run(argv, capture_output=True, check=False, env=dict(os.environ, **(env or {})))
    try:
        reply = json.loads(got.stdout)
    except ValueError:
        raise Refused(argv, "no-json", got.returncode, got.stderr.decode(errors="replace")) from None
    if reply["data"] is None:
        raise Refused(argv, reply["error"]["code"], got.returncode, reply["error"]["message"])
    return reply["data"]


def play(demo):
    demo.step("a thief takes the store, then a gate's disk with it, then banks shares")
    f = demo.figures
    stolen = demo.path("stolen")
    os.makedirs(stolen, exist_ok=True)
    for name in ("store", "gate1", "gate2"):
        copy_state(demo, name, os.path.join(stolen, name))
    store, one, two = (os.path.join(stolen, n) for n in ("store", "gate1", "gate2"))
    got = drill(demo, "store", "--store", store, "--control-gate", one, "--control-gate", two)
    f["store_tried"], f["store_readable"] = got["tried"], got["readable"]
    add_control(f, got)
    got = drill(demo, "gate", "--store", store, "--gate", one, "--control-gate", two)
    f["store_and_gate_tried"], f["store_and_gate_readable"] = got["tried"], got["readable"]
    add_control(f, got)
    copied = demo.path("stolen", "banker")
    device = party(demo, "annotator03")
    copy_state(demo, "annotator03", copied)
    got = drill(demo, "banked", "--state", copied, "--passphrase-file", device.passphrase, "--project", "demo")
    f["banked_tried"], f["banked_readable"] = got["tried"], got["readable"]
    add_control(f, got)
    stolen_device(demo)


def add_control(figures, got):
    figures["control_tried"] += got["control_tried"]
    figures["control_opened"] += got["control_opened"]


def stolen_device(demo):
    demo.step("an annotator's device is stolen, unlocked; the logs alone say what it can have")
    copied = demo.path("stolen", "device")
    victim = party(demo, "annotator05")
    copy_state(demo, "annotator05", copied)
    opened = demo.path("opened.txt")
    got = drill(demo, "device", "--state", copied, "--passphrase-file", victim.passphrase, "--project", "demo",
                "--list", opened)
    add_control(demo.figures, got)
    lab = party(demo, "lab")
    said = lab.do("exposure", "--device", got["device"], "--records")
    with open(opened) as f:
        readable = set(f.read().split())
    predicted = set(said["records"])
    demo.figures["stolen_device_readable"] = len(readable)
    demo.figures["stolen_device_predicted"] = len(predicted)
    if readable != predicted:
        raise RuntimeError(f"exposure and thief differ: {len(readable - predicted)} opened and not listed, "
                           f"{len(predicted - readable)} listed and not opened")
    demo.figures["releases"] = lab.do("exposure")["released"]
