"""The demo's parties: lab with three gates and a watcher, vendor with its store, members, tasks."""
import concurrent.futures
import hashlib
import json
import os
import shutil
import socket
import sys

from party import BIN, Party

GATES, THRESHOLD = (1, 2, 3), 2
ANNOTATORS = [f"annotator{i:02d}" for i in range(1, 13)]
REVIEWERS = [f"reviewer{i}" for i in range(1, 4)]
LATE = ANNOTATORS[-1]  # enrolled while a gate is down


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def party(demo, name):
    if name not in demo.parties:
        demo.parties[name] = Party(demo.root, name)
    return demo.parties[name]


def start_gate(demo, number):
    process = party(demo, f"gate{number}").start("gate", "serve", "--listen",
                                                 f"127.0.0.1:{demo.ports[number]}")
    demo.gates[number] = process
    demo.processes.append(process)


def pair_by_hand(demo, a, b):
    """The 32 bytes of a pair go from gate to gate in a file, as somebody would carry them."""
    carried = demo.path(f"pair-{a}-{b}")
    party(demo, f"gate{a}").do("gate", "pair", "--peer", str(b), "--make", carried)
    party(demo, f"gate{b}").do("gate", "pair", "--peer", str(a), "--take", carried)
    os.remove(carried)


def lab_and_gates(demo):
    demo.step("a lab: root key, admin device, three gates (2 of 3) without a dealer, a watcher")
    lab, demo.gates = party(demo, "lab"), {}
    lab.do("lab", "init", "--kdf", "interactive")
    root = os.path.join(lab.state, "root")
    demo.ports = {name: free_port() for name in (*GATES, "store")}
    demo.urls = {name: f"http://127.0.0.1:{port}" for name, port in demo.ports.items()}
    connect = [w for g in GATES for w in ("--gate", f"{g}={demo.urls[g]}")] + ["--store", demo.urls["store"]]
    cards = []
    for g in GATES:
        gate = party(demo, f"gate{g}")
        gate.do("gate", "init", "--number", str(g), "--owner", root)
        cards += ["--card", os.path.join(gate.state, "card.json")]
        for peer in GATES:
            if peer != g:
                gate.do("gate", "peer", "--peer", str(peer), "--url", demo.urls[peer])
    for a, b in ((1, 2), (1, 3), (2, 3)):
        pair_by_hand(demo, a, b)
    store = party(demo, "store")
    store.do("store", "init", "--owner", root)
    demo.processes.append(store.start("store", "serve", "--listen", f"127.0.0.1:{demo.ports['store']}"))
    for g in GATES:
        start_gate(demo, g)
    lab.do("connect", *connect)
    demo.processes.append(lab.start("agent"))
    lab.do("lab", "epoch", "--threshold", str(THRESHOLD), *cards)
    watch = party(demo, "watch")
    key = watch.do("watch", "init", "--owner", root)["key"]
    lab.do("lab", "watcher", key)
    demo.processes.append(watch.start("watch", "serve", "--every", "5", *connect))
    lab.do("lab", "wait", "--seconds", "20")


def member(demo, name, role, by):
    """A person makes a key on an own device; the manager (or admin) enrols it; the agent unlocks it."""
    person = party(demo, name)
    key = person.do("device", "init", "--kdf", "interactive")["key"]
    handle = by.do("member", "enrol", "--project", "demo", "--role", role, "--device", key)["member"]
    person.do("join", demo.path("invite.json"))
    demo.processes.append(person.start("agent"))
    return handle


def vendor_and_people(demo):
    demo.step("a project and its policy; a vendor is admitted; its manager enrols people")
    lab, vendor = party(demo, "lab"), party(demo, "vendor")
    lab.do("project", "new", "demo")
    here = os.path.dirname(os.path.abspath(__file__))
    lab.do("policy", "set", os.path.join(here, "policy.txt"), "--project", "demo")
    vendor.do("vendor", "init", "--kdf", "interactive")
    lab.do("vendor", "admit", os.path.join(vendor.state, "party"), "--project", "demo")
    with open(demo.path("invite.json"), "w") as f:
        json.dump(lab.do("invite", "--project", "demo"), f)
    vendor.do("join", demo.path("invite.json"))
    demo.processes.append(vendor.start("agent"))
    early = [(name, "annotator", vendor) for name in ANNOTATORS if name != LATE]
    early += [(name, "reviewer", vendor) for name in REVIEWERS]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda p: member(demo, *p), early))
    member(demo, "trainer", "trainer", lab)


def notebooks(demo, lines):
    """What each annotator knows: answers as raw JSON, by the question's hash; never the source's lines."""
    book = {}
    for line in lines:
        question = json.loads(line)["question"]
        raw = line[line.index(b'", "answer": ') + len(b'", "answer": '):-1].decode()
        book[hashlib.sha256(question.encode()).hexdigest()] = raw
    for name in ANNOTATORS:
        with open(demo.path(name + ".notebook"), "w") as f:
            json.dump(book, f)


def project_and_tasks(demo, lines):
    demo.step(f"a guide and {len(lines)} questions are sealed and pushed to the store")
    lab = party(demo, "lab")
    here = os.path.dirname(os.path.abspath(__file__))
    lab.do("record", "seal", os.path.join(here, "guide.md"), "--kind", "guide", "--type", "text/markdown",
           "--project", "demo")
    questions = demo.path("questions.jsonl")
    with open(questions, "wb") as f:
        for line in lines:
            f.write(line[:line.index(b'", "answer": ') + 1] + b"}\n")
    demo.figures["tasks"] = lab.do("task", "import", questions, "--project", "demo")["tasks"]
    os.remove(questions)
    notebooks(demo, lines)


def stay(demo):
    print(f"""Everything keeps running. Try:
  export COFFERDAM_STATE={demo.path('lab')} COFFERDAM_PASSPHRASE_FILE={demo.path('lab')}.passphrase
  {BIN} status
  {BIN} exposure
  {BIN} explain CFD-POL-004
  {BIN} record show 00000000     (a refusal says why)
Ctrl-C ends it and removes {demo.root}""", file=sys.stderr)
    try:
        while all(p.poll() is None for p in demo.gates.values()):
            demo.gates[1].wait()
    except KeyboardInterrupt:
        pass


def copy_state(demo, name, to):
    """What a thief who takes the disk gets; a file that is just being written (.new) comes and goes."""
    shutil.copytree(party(demo, name).state, to, ignore=shutil.ignore_patterns("*.sock", "lock", "*.new"))
