"""A demo's whole day leaves no plaintext, key or passphrase anywhere but where it has to be."""
import gzip
import os
import resource
import shutil
import tempfile
import zlib

import pytest
from cofferdam_format import padding

import opened
import recorded
import search


class Day:
    def __init__(self, root):
        self.root = root
        self.played = recorded.run(root)
        self.needles, self.records, self.devices = opened.secrets_of(root)
        self.opened = {opened.name_of(header): (padding.unpack(plain.encoding, plain.bytes), dek)
                       for header, dek, _, plain in opened.records(root)}
        self.found = {path: search.find(self.needles, opened.read(root, path)) for path in self.files()}

    def files(self, folder=""):
        """Paths in the root; sockets and such are left out."""
        for at, _, names in os.walk(os.path.join(self.root, folder)):
            for name in names:
                if os.path.isfile(os.path.join(at, name)):
                    yield os.path.relpath(os.path.join(at, name), self.root)

    def names(self, numbers):
        return sorted(self.needles.names[n] for n in numbers)

    def task(self):
        """(number, plaintext, number of the DEK, DEK) of some task."""
        name = next(name for name in self.opened if name.endswith("of kind 2"))
        numbers = [self.needles.names.index(n) for n in (name, "DEK of " + name)]
        return numbers[0], self.opened[name][0], numbers[1], self.opened[name][1]


@pytest.fixture(scope="module")
def day():
    root = tempfile.mkdtemp(prefix="cofferdam-leaks-")
    try:
        yield Day(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def test_the_day_went_well_and_was_recorded(day):
    f = day.played.figures
    assert day.played.status == 0
    # The guide, tasks, submissions, and a review for each that was returned.
    assert day.records == 1 + f["tasks"] + f["submissions"] + f["returned"]
    assert day.devices == 20    # lab and vendor have a root key each beside their device's
    for name in ("gate1", "gate2", "gate3", "store"):
        assert any(p.startswith(f"traffic/{name}-") for p in day.files("traffic")), name
    lines = b" ".join(opened.read(day.root, p) for p in day.files("processes"))
    for words in (b"gate\0serve", b"store\0serve", b"watch\0serve", b"agent\0--state"):
        assert words in lines
    assert len(list(day.files("transcripts"))) >= 18
    size = sum(os.path.getsize(os.path.join(day.root, p)) for p in day.found)
    print(f"\n{day.records} records, {len(day.needles.names)} secrets, {len(day.needles.windows)} windows; "
          f"{len(day.found)} files, {size} bytes searched")


def test_no_record_key_or_passphrase_is_where_it_need_not_be(day):
    leaks = {}
    for path, numbers in day.found.items():
        away = [n for n in numbers if not day.needles.at_home(n, path)]
        if away:
            leaks[path] = day.names(away)
    assert leaks == {}


def test_control_what_is_at_home_is_found(day):
    """The same search finds each record that was delivered, each passphrase and each key of a gate."""
    everywhere = set().union(*day.found.values())
    homeless = [n for n in range(len(day.needles.names)) if not day.needles.homes[n]]
    assert not everywhere & set(homeless)
    kinds = ("passphrase", "gate1/secret", "gate2/pair", "key 0 of gate 3")
    for kind in kinds:
        assert any(kind in name for name in day.names(everywhere)), kind
    accepted = [n for n in day.found["delivered.jsonl"] if "of kind 5" in day.needles.names[n]]
    assert len(accepted) >= day.played.figures["delivered"]


def test_control_the_traffic_holds_what_is_no_secret(day):
    needles = search.Needles()
    needles.add("a device's public key", opened.public_key(day.root, "annotator03"))
    assert any(search.find(needles, opened.read(day.root, p)) for p in day.files("traffic"))


def packings(raw):
    yield "gzip", gzip.compress(raw)
    yield "zlib", zlib.compress(raw)
    yield "zstd", search.zstd_of(raw)
    yield "gzip in zstd", search.zstd_of(b"before" + gzip.compress(raw) + b"after")


def test_control_a_plant_is_found_in_every_encoding(day):
    """One window of a record and a whole key, at every alignment, in copies of what was searched."""
    record, plain, key, dek = day.task()
    path = max((p for p in day.found if p.startswith("traffic/gate")), key=lambda p: len(opened.read(day.root, p)))
    host = opened.read(day.root, path)[:4096]
    planted = 0
    for number, raw in ((record, plain), (key, dek)):
        for name, form in [*search.encodings(raw), *packings(raw)]:
            piece = form if name in dict(packings(raw)) else form[:search.WINDOW]
            for shift in range(search.WORD):
                at = 1024 + shift
                planted += 1
                assert number in search.find(day.needles, host[:at] + piece + host[at:]), (name, shift)
            if piece is not form:
                other = piece[:-1] + bytes([piece[-1] ^ 1])
                assert number not in search.find(day.needles, host + other), name
    assert record not in search.find(day.needles, host) and key not in search.find(day.needles, host)
    print(f"\n{planted} plants, all found")


def test_a_daemon_that_aborts_leaves_no_core(day):
    kinds = {name.split(" of ")[0] for name in day.played.aborted}
    assert {"gate serve", "store serve", "watch serve", "agent --state"} <= kinds
    assert set(day.played.aborted.values()) == {os.CLD_KILLED}
    assert list(day.files("cores")) == []


def test_control_an_ordinary_process_leaves_a_core_that_gives_its_secret_away(day, tmp_path):
    number, plain, _, _ = day.task()
    assert resource.getrlimit(resource.RLIMIT_CORE)[1] != 0, "core dumps are forbidden here: nothing is shown"
    code, core = recorded.control_dump(str(tmp_path), plain)
    assert code == os.CLD_DUMPED
    if core:    # else the kernel gives cores to a program (core_pattern)
        assert number in search.find(day.needles, opened.read(core))
