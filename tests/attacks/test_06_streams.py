"""ATTACKS 6: truncated, empty, too long, without end, one byte a second; other bytes by range than whole."""
import concurrent.futures

import pytest
from evil_store import EvilStore
from world import attack, opens, refused

SHORT = {"a byte": ("body_cut", 1), "a tag": ("body_cut", 16), "a half": ("body_cut", 136), "all": ("body_empty",),
         "a row's end": ("records_cut", 1), "a row's slot": ("records_cut", 68), "a row": ("records_cut", 173)}
CODES = ["CFD-REC-005", "CFD-FMT-001"]


@pytest.mark.parametrize("lie", SHORT.values(), ids=SHORT)
def test_what_is_cut_is_refused(world, evil, reader, lie):
    attack(evil, lie, reader, "record", "show", world.tasks[0], codes=CODES)


def test_what_is_too_long_is_refused(world, evil, reader):
    for count in (1, 16, 65552, 1 << 20):
        attack(evil, ("body_longer", count), reader, "record", "show", world.tasks[0],
               codes=["CFD-REC-005", "CFD-FMT-003"])
    attack(evil, ("records_more",), reader, "record", "show", world.tasks[0], codes="CFD-FMT-001")


def test_a_length_that_the_row_does_not_say_is_refused_before_any_key_is_asked_for(world, evil, reader):
    for more in (1, 16, 65552, 1 << 40, -1):
        attack(evil, ("length_other", more), reader, "record", "show", world.tasks[0], codes="CFD-REC-002")


def test_other_bytes_by_range_than_whole_do_not_open(world, evil, reader):
    attack(evil, ("body_elsewhere", 16, 256), reader, "record", "show", world.tasks[0], codes="CFD-CRY-001")
    evil.tell("body_whole")
    assert opens(reader, "record", "show", world.tasks[0]) == world.reads[world.tasks[0]]


def test_a_status_or_a_redirect_is_no_answer(world, evil, reader):
    for code in (204, 302, 401, 404, 500, 503):
        attack(evil, ("status", code), reader, "record", "show", world.tasks[0], codes=["CFD-NET-002", "CFD-NET-001"])
    attack(evil, ("redirect",), reader, "record", "show", world.tasks[0], codes="CFD-NET-002")
    attack(evil, ("redirect", "/v1/body/"), reader, "record", "show", world.tasks[0], codes="CFD-NET-002")


def test_nobody_waits_long_for_a_store_that_stalls(world):
    """A body without end, drips, silence, true answers that all come late: all at once, as each takes its time."""
    lies = {"body_endless": ("record", ["CFD-FMT-003"]), "body_drip": ("record", ["CFD-NET-001"]),
            "drip": ("record", ["CFD-NET-001"]), "silent": ("record", ["CFD-NET-001"]),
            "slow": ("deliver", ["CFD-NET-001"])}

    def suffer(name, kind, codes):
        with EvilStore(world.urls["store"]) as evil:
            person = world.forget(world.clone("tom", store=evil.url))
            words = ["record", "show", world.tasks[0]]
            if kind == "deliver":
                words = ["deliver", "--project", "demo", "--out", world.path(name)]
            evil.tell(name, *([20] if name == "slow" else []))
            refused(person, *words, codes=codes, out=world.path(name))
            assert evil.told
            evil.honest()
            assert opens(person, *words)
    with concurrent.futures.ThreadPoolExecutor(len(lies)) as pool:
        for done in [pool.submit(suffer, name, *what) for name, what in lies.items()]:
            done.result()
